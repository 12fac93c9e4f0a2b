//! The files `serial` and `crlnumber` beside OpenSSL's index: the number that comes next, in hexadecimal.

use thiserror::Error;

use crate::{
    crl::{CrlNumber, CrlNumberError},
    serial::{SerialError, SerialNumber},
};

/// Why a file holds no number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NumberError {
    /// It is not in hexadecimal.
    #[error(transparent)]
    NotHex(#[from] SerialError),
    /// It is no number of a CRL (RFC 5280 5.2.3).
    #[error(transparent)]
    NotCrlNumber(#[from] CrlNumberError),
}

/// Reads the file `serial`: the serial number of the next certificate.
///
/// # Errors
/// [`NumberError::NotHex`]
pub fn read_serial(text: &str) -> Result<SerialNumber, NumberError> {
    Ok(SerialNumber::from_hex(first_line(text))?)
}

/// Reads the file `crlnumber`: the number of the next CRL, one above the last.
///
/// # Errors
/// [`NumberError`]
pub fn read_crl_number(text: &str) -> Result<CrlNumber, NumberError> {
    Ok(CrlNumber::from_content_octets(read_serial(text)?.content_octets())?)
}

/// The contents of the file `serial`, from which OpenSSL goes on.
pub fn write_serial(next: &SerialNumber) -> String {
    format!("{}\n", serial_digits(next))
}

/// The contents of the file `crlnumber`, from which OpenSSL goes on.
pub fn write_crl_number(next: &CrlNumber) -> String {
    format!("{}\n", digits(&hex::encode_upper(next.to_content_octets())))
}

/// A serial number as OpenSSL writes it: upper case, an even number of digits, no octet of zero in front, `-` if it is negative.
pub fn serial_digits(serial: &SerialNumber) -> String {
    digits(&serial.to_string().to_uppercase())
}

fn digits(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let mut rest = digits;
    while let Some(shorter) = rest.strip_prefix("00").filter(|shorter| !shorter.is_empty()) {
        rest = shorter;
    }
    format!("{sign}{rest}")
}

/// OpenSSL reads the first line only.
fn first_line(text: &str) -> &str {
    text.trim_start().lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn numbers_there_and_back() {
        for text in ["A8FA44E5A0DA2144F09A63F8BD6A2162\n", "01\n", "00\n", "7F\n", "FF\n", "-01\n", "0100\n"] {
            assert_eq!(write_serial(&read_serial(text).unwrap()), text);
        }
        for text in ["1002\n", "00\n", "FF\n", "0100\n"] {
            assert_eq!(write_crl_number(&read_crl_number(text).unwrap()), text);
        }
        assert_eq!(read_crl_number("1002\r\nrest").unwrap(), CrlNumber::from_u64(4098));
        assert_eq!(read_serial("  1001").unwrap(), SerialNumber::from_hex("1001").unwrap());
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert!(read_serial("").is_err() && read_serial("\n\n").is_err());
        assert_eq!(read_serial("1g").unwrap_err(), NumberError::NotHex(SerialError::NotHex { found: 'g' }));
        assert_eq!(read_crl_number("-01").unwrap_err(), NumberError::NotCrlNumber(CrlNumberError::Negative));
        assert!(matches!(read_crl_number(&"ab".repeat(30)), Err(NumberError::NotCrlNumber(CrlNumberError::TooLong { .. }))));
    }
}
