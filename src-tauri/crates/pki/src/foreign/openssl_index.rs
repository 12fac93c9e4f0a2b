//! `index.txt` of `openssl ca` and easy-rsa: a line for each certificate, six fields with tabs between (OpenSSL's `TXT_DB`).

mod one_line;
mod reading;
mod revocation;

use std::fmt;

use thiserror::Error;
use time::OffsetDateTime;

use crate::{
    asn1::{self, tag},
    name::DistinguishedName,
    serial::{SerialError, SerialNumber},
    validity::{ValidityError, time_from_der, time_to_der},
};

pub use one_line::one_line;
pub use reading::{IndexLines, LONGEST_LINE};
pub use revocation::{IndexReason, IndexRevocation, LostDetail};

/// One certificate as OpenSSL's index knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexLine {
    /// What the index says of it; `R` wins over what the times say.
    pub status: IndexStatus,
    /// The certificate's notAfter.
    pub expires: OffsetDateTime,
    /// When and why it was revoked; there with [`IndexStatus::Revoked`], and only then.
    pub revocation: Option<IndexRevocation>,
    /// Its serial number.
    pub serial: SerialNumber,
    /// The file's name; `unknown` as a rule.
    pub file: String,
    /// The subject as it stands there: `/DC=test/OU=PKI+O=acme/CN=N\xC3\xBCrnberg`. The serial number where the subject is empty.
    pub subject: String,
}

/// What the first field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexStatus {
    /// `V`: not revoked, and not seen to have expired.
    Valid,
    /// `R`: revoked.
    Revoked,
    /// `E`: seen to have expired by `openssl ca -updatedb`, and not revoked before.
    Expired,
}

/// Why a line of an index cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IndexError {
    /// Not six fields.
    #[error("{found} fields instead of six")]
    Fields {
        /// How many there are.
        found: usize,
    },
    /// The first field is none of `V`, `R` and `E`.
    #[error("unknown status {found:?}")]
    Status {
        /// What stands there.
        found: String,
    },
    /// A time is neither UTCTime nor GeneralizedTime.
    #[error("{found:?} is no time")]
    Time {
        /// What stands there.
        found: String,
    },
    /// The serial number is not in hexadecimal.
    #[error("the serial number {found:?}: {cause}")]
    Serial {
        /// What stands there.
        found: String,
        /// What is wrong with it.
        cause: SerialError,
    },
    /// A revoked certificate has no time of revocation.
    #[error("revoked, but no time of revocation")]
    NoRevocation,
    /// A certificate that is not revoked has a time of revocation.
    #[error("not revoked, but with a time of revocation: {found:?}")]
    Contradiction {
        /// What stands there.
        found: String,
    },
    /// The reason is none that OpenSSL writes.
    #[error("unknown reason {found:?}")]
    Reason {
        /// What stands there.
        found: String,
    },
    /// What has to follow a reason is not there, or no object identifier or time.
    #[error("{found:?} after the reason {reason}")]
    Argument {
        /// The reason.
        reason: &'static str,
        /// What stands there.
        found: String,
    },
    /// The line is longer than any that OpenSSL writes.
    #[error("longer than {limit} octets")]
    TooLong {
        /// Octets that a line may have.
        limit: usize,
    },
}

impl IndexError {
    /// The error's code, by which words are found for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fields { .. } => "index_fields",
            Self::Status { .. } => "index_status",
            Self::Time { .. } => "index_time",
            Self::Serial { .. } => "index_serial",
            Self::NoRevocation => "index_no_revocation",
            Self::Contradiction { .. } => "index_contradiction",
            Self::Reason { .. } => "index_reason",
            Self::Argument { .. } => "index_argument",
            Self::TooLong { .. } => "index_too_long",
        }
    }
}

impl IndexLine {
    /// A line about a certificate; the file is `unknown`, as OpenSSL has it. Expiry is for `openssl ca -updatedb` to find.
    pub fn new(subject: &DistinguishedName, serial: SerialNumber, expires: OffsetDateTime, revocation: Option<IndexRevocation>) -> Self {
        let subject = if subject.is_empty() { super::openssl_number::serial_digits(&serial) } else { one_line(subject) };
        let status = if revocation.is_some() { IndexStatus::Revoked } else { IndexStatus::Valid };
        Self { status, expires, revocation, serial, file: "unknown".to_owned(), subject }
    }

    /// Reads one line, with or without its end; `None` for an empty one and for a comment (`#`).
    ///
    /// # Errors
    /// [`IndexError`] names the field and what stands there.
    pub fn read(line: &[u8]) -> Result<Option<Self>, IndexError> {
        reading::line(line)
    }

    /// The subject as a name, where its attribute types are known and its values can be written. Escapes of octets become the characters that they are.
    pub fn name(&self) -> Option<DistinguishedName> {
        one_line::name(&self.subject)
    }

    /// The subject for people: escapes of octets become the characters that they are in UTF-8, or in Latin-1.
    pub fn readable_subject(&self) -> String {
        one_line::readable(&self.subject)
    }
}

impl fmt::Display for IndexLine {
    /// The line as OpenSSL reads it, without its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, revocation) = match (self.status, &self.revocation) {
            (_, Some(revocation)) => ('R', revocation.to_string()),
            (IndexStatus::Expired, None) => ('E', String::new()),
            (_, None) => ('V', String::new()),
        };
        let serial = super::openssl_number::serial_digits(&self.serial);
        // A tab inside a field has a backslash before it; a line's end cannot be written at all.
        let field = |text: &str| text.replace('\t', "\\\t").replace(['\n', '\r', '\0'], " ");
        let (file, subject) = (field(&self.file), field(&self.subject));
        write!(f, "{status}\t{}\t{revocation}\t{serial}\t{file}\t{subject}", time_text(self.expires))
    }
}

/// A time as OpenSSL writes it: UTCTime through 2049, else GeneralizedTime.
fn time_text(moment: OffsetDateTime) -> String {
    // Header and length are two octets, for these times are short.
    String::from_utf8_lossy(time_to_der(moment).get(2..).unwrap_or_default()).into_owned()
}

/// Reads a UTCTime or a GeneralizedTime, told apart by their digits as OpenSSL does.
fn time(text: &str) -> Result<OffsetDateTime, IndexError> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let kind = if digits <= 12 { tag::UTC_TIME } else { tag::GENERALIZED_TIME };
    time_from_der(&asn1::tlv(kind, text.as_bytes())).map_err(|_: ValidityError| IndexError::Time { found: text.to_owned() })
}

#[cfg(test)]
mod tests;
