//! The columns of a registry of tiny_ca: serial numbers in decimal, times of UTC without a zone, reasons by the names of RFC 5280.

use thiserror::Error;
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

use crate::{
    revocation::{RevocationReason, UnknownReason},
    serial::SerialNumber,
};

/// Digits of the longest serial number that is read: far beyond 20 octets (RFC 5280 4.1.2.2), which take 49.
const MOST_DIGITS: usize = 1_000;

/// Why a column cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ColumnError {
    /// No number in decimal, or one of more than 1,000 digits.
    #[error("{found:?} is no serial number in decimal")]
    Serial {
        /// What stands there.
        found: String,
    },
    /// No time of the form `2026-11-21 03:23:23.019108`.
    #[error("{found:?} is no time")]
    Time {
        /// What stands there.
        found: String,
    },
    /// No reason of RFC 5280.
    #[error(transparent)]
    Reason(#[from] UnknownReason),
}

/// Reads `serial_number`: decimal, any length that a certificate can have.
///
/// # Errors
/// [`ColumnError::Serial`]
pub fn serial(text: &str) -> Result<SerialNumber, ColumnError> {
    let fault = || ColumnError::Serial { found: text.chars().take(80).collect() };
    if text.is_empty() || text.len() > MOST_DIGITS {
        return Err(fault());
    }
    // Octets with the lowest first, times ten for each digit; one more than the number needs, so that it stays positive.
    let mut octets = vec![0_u8];
    for digit in text.chars() {
        let mut carried = digit.to_digit(10).ok_or_else(fault)?;
        for octet in &mut octets {
            let [low, rest @ ..] = (u32::from(*octet) * 10 + carried).to_le_bytes();
            *octet = low;
            carried = rest.first().copied().unwrap_or_default().into();
        }
        if let Ok(carried @ 1..) = u8::try_from(carried) {
            octets.push(carried);
        }
    }
    octets.reverse();
    SerialNumber::from_hex(&hex::encode(&octets)).map_err(|_| fault())
}

/// Reads `not_valid_before`, `not_valid_after` and `revocation_date`: UTC, with or without fractions, which are cut off.
///
/// # Errors
/// [`ColumnError::Time`]
pub fn moment(text: &str) -> Result<OffsetDateTime, ColumnError> {
    let fault = || ColumnError::Time { found: text.chars().take(80).collect() };
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole).replace('T', " ");
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    PrimitiveDateTime::parse(&whole, form).map(PrimitiveDateTime::assume_utc).map_err(|_| fault())
}

/// Reads `revocation_reason`; `None` where none is stated.
///
/// # Errors
/// [`ColumnError::Reason`]
pub fn reason(text: &str) -> Result<Option<RevocationReason>, ColumnError> {
    let reason = text.parse()?;
    Ok(Some(reason).filter(|reason| *reason != RevocationReason::Unspecified))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use time::macros::datetime;

    #[test]
    fn columns_are_read() {
        // As sqlite3 and openssl say of the same certificate of tests/data/tiny-ca.
        assert_eq!(
            serial("475772936025847197954175033738681949403197628290").unwrap().to_string(),
            "535665746e692e786e69676e9e915f1b9c4a5f82"
        );
        assert_eq!(serial("0").unwrap().content_octets(), [0]);
        assert_eq!(serial("255").unwrap().content_octets(), [0, 255]);
        assert_eq!(serial("65536").unwrap().content_octets(), [1, 0, 0]);
        assert_eq!(moment("2026-11-21 03:23:23.019108").unwrap(), datetime!(2026-11-21 03:23:23 UTC));
        assert_eq!(moment("2026-11-21T03:23:23").unwrap(), datetime!(2026-11-21 03:23:23 UTC));
        assert_eq!(reason("keyCompromise").unwrap(), Some(RevocationReason::KeyCompromise));
        assert_eq!(reason("unspecified").unwrap(), None);
    }

    #[test]
    fn what_is_none_is_named() {
        for text in ["", "-1", "0x10", "1 2", &"9".repeat(1001)] {
            assert!(matches!(serial(text), Err(ColumnError::Serial { .. })), "{text}");
        }
        for text in ["", "2026-11-21", "2026-13-01 00:00:00", "21.11.2026 03:23:23"] {
            assert!(matches!(moment(text), Err(ColumnError::Time { .. })), "{text}");
        }
        assert!(matches!(reason("because"), Err(ColumnError::Reason(_))));
    }
}
