//! What stands in the columns of an XCA database (releases 2.0 and later): texts and blobs; the tables are read by whoever opens the file.

mod password;
mod private_key;
mod profile;
mod template;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use thiserror::Error;
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

pub use password::{XcaPassword, XcaPasswordHash};
pub use private_key::private_key;
pub use profile::{XcaLeftOut, XcaProfile, profile_name};
pub use template::{TemplateError, XcaLifetime, XcaTemplate};

/// What a database of before release 2.0 starts with: it is no SQLite. XCA up to 2.4 converts it.
pub const OLD_DATABASE: [u8; 4] = [0xca, 0xdb, 0x19, 0x69];

/// The column `revocations.crlNo` of a revocation that no CRL has listed yet.
pub const NO_CRL: u64 = 32_767;

/// What stands for no time at all.
const NEVER: &str = "99991231235959Z";

/// Why a column cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ColumnError {
    /// No base64.
    #[error("no base64")]
    NotBase64,
    /// No time of the form `20261121015439Z`.
    #[error("{found:?} is no time")]
    Time {
        /// What stands there.
        found: String,
    },
}

/// Reads a column of DER: base64 without lines.
///
/// # Errors
/// [`ColumnError::NotBase64`]
pub fn der(text: &str) -> Result<Vec<u8>, ColumnError> {
    STANDARD.decode(text.trim()).map_err(|_| ColumnError::NotBase64)
}

/// Reads a column of time: `20261121015439Z`, UTC; `None` where it is empty or stands for no time.
///
/// # Errors
/// [`ColumnError::Time`]
pub fn moment(text: &str) -> Result<Option<OffsetDateTime>, ColumnError> {
    if text.is_empty() || text == NEVER {
        return Ok(None);
    }
    let form = format_description!("[year][month][day][hour][minute][second]Z");
    let read = PrimitiveDateTime::parse(text, form).map_err(|_| ColumnError::Time { found: text.chars().take(80).collect() });
    read.map(|moment| Some(moment.assume_utc()))
}

#[cfg(test)]
mod tests;
