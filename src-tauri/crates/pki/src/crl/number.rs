//! The number of a CRL (RFC 5280 5.2.3): at most 20 octets, rising, never from the clock.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// Octets of the longest number that RFC 5280 5.2.3 allows, the sign included.
const LONGEST: usize = 20;

/// A CRL number: a non-negative INTEGER of at most 20 octets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CrlNumber(Vec<u8>); // magnitude, big-endian, no leading zero; empty is zero

/// Why something is no CRL number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CrlNumberError {
    /// Nothing where a number should be.
    #[error("a CRL number is empty")]
    Empty,
    /// Negative numbers are not CRL numbers (RFC 5280 5.2.3: `INTEGER (0..MAX)`).
    #[error("a CRL number is negative")]
    Negative,
    /// More than 20 octets.
    #[error("a CRL number of {octets} octets, {LONGEST} at most")]
    TooLong {
        /// Octets that the number takes.
        octets: usize,
    },
    /// A character that is no decimal digit.
    #[error("`{0}` is no decimal digit")]
    NotDecimal(
        /// The character.
        char,
    ),
}

impl CrlNumber {
    /// Makes a number from a small one.
    pub fn from_u64(value: u64) -> Self {
        Self::from_magnitude(&value.to_be_bytes())
    }

    /// Reads the contents of a DER INTEGER; padding is dropped. Errors: empty, negative, longer than 20 octets.
    pub fn from_content_octets(octets: &[u8]) -> Result<Self, CrlNumberError> {
        match octets.first() {
            None => return Err(CrlNumberError::Empty),
            Some(first) if first & 0x80 != 0 => return Err(CrlNumberError::Negative),
            Some(_) => {}
        }
        Self::from_magnitude(octets).within_limit()
    }

    /// The contents of the DER INTEGER, minimal (X.690 8.3.2).
    pub fn to_content_octets(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.0.len() + 1);
        if self.0.first().is_none_or(|first| first & 0x80 != 0) {
            octets.push(0);
        }
        octets.extend_from_slice(&self.0);
        octets
    }

    /// The next number. Errors when 20 octets are used up.
    pub fn next(&self) -> Result<Self, CrlNumberError> {
        let mut magnitude = self.0.clone();
        for octet in magnitude.iter_mut().rev() {
            let (sum, carried) = octet.overflowing_add(1);
            *octet = sum;
            if !carried {
                return Self(magnitude).within_limit();
            }
        }
        magnitude.insert(0, 1);
        Self(magnitude).within_limit()
    }

    /// The number before; `None` before zero.
    pub fn before(&self) -> Option<Self> {
        let mut magnitude = self.0.clone();
        for octet in magnitude.iter_mut().rev() {
            let (difference, borrowed) = octet.overflowing_sub(1);
            *octet = difference;
            if !borrowed {
                return Some(Self::from_magnitude(&magnitude));
            }
        }
        None
    }

    /// The number that lies this far above. Errors when 20 octets are used up.
    pub fn above(&self, distance: u32) -> Result<Self, CrlNumberError> {
        let mut magnitude = vec![0; size_of::<u32>() + 1];
        magnitude.extend_from_slice(&self.0);
        let mut carried = u64::from(distance);
        for octet in magnitude.iter_mut().rev() {
            let sum = u64::from(*octet) + carried;
            let [.., low] = sum.to_be_bytes();
            (*octet, carried) = (low, sum >> 8);
        }
        Self::from_magnitude(&magnitude).within_limit()
    }

    /// The number as 64 bits, if it fits.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.iter().try_fold(0_u64, |value, octet| value.checked_mul(256)?.checked_add(u64::from(*octet)))
    }

    fn from_magnitude(octets: &[u8]) -> Self {
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        Self(octets.get(zeros..).unwrap_or_default().to_vec())
    }

    fn within_limit(self) -> Result<Self, CrlNumberError> {
        let octets = self.to_content_octets().len();
        if octets > LONGEST { Err(CrlNumberError::TooLong { octets }) } else { Ok(self) }
    }
}

impl PartialOrd for CrlNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CrlNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl fmt::Display for CrlNumber {
    /// Decimal, as people and `openssl crl` write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut magnitude = self.0.clone();
        let mut digits = Vec::new();
        while magnitude.iter().any(|octet| *octet != 0) {
            let mut remainder = 0_u16;
            for octet in &mut magnitude {
                let value = (remainder << 8) | u16::from(*octet);
                *octet = u8::try_from(value / 10).unwrap_or(u8::MAX);
                remainder = value % 10;
            }
            digits.push(char::from(b'0' + u8::try_from(remainder).unwrap_or(0)));
        }
        if digits.is_empty() {
            digits.push('0');
        }
        let text: String = digits.iter().rev().collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for CrlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CrlNumber({self})")
    }
}

impl FromStr for CrlNumber {
    type Err = CrlNumberError;

    /// Reads decimal digits.
    fn from_str(text: &str) -> Result<Self, CrlNumberError> {
        if text.is_empty() {
            return Err(CrlNumberError::Empty);
        }
        if text.starts_with('-') {
            return Err(CrlNumberError::Negative);
        }
        let mut magnitude: Vec<u8> = Vec::new();
        for character in text.chars() {
            let digit = character.to_digit(10).ok_or(CrlNumberError::NotDecimal(character))?;
            let mut carry = digit;
            for octet in magnitude.iter_mut().rev() {
                let value = u32::from(*octet) * 10 + carry;
                *octet = u8::try_from(value & 0xff).unwrap_or(0);
                carry = value >> 8;
            }
            if carry != 0 {
                magnitude.insert(0, u8::try_from(carry).unwrap_or(0));
            }
            if magnitude.len() > LONGEST {
                return Err(CrlNumberError::TooLong { octets: magnitude.len() });
            }
        }
        Self(magnitude).within_limit()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn the_number_before_is_the_one_that_this_follows() {
        for number in [1_u64, 2, 255, 256, 65_536, u64::MAX] {
            let number = CrlNumber::from_u64(number);
            assert_eq!(number.before().and_then(|before| before.next().ok()), Some(number));
        }
        assert_eq!(CrlNumber::from_u64(0).before(), None);
        assert_eq!(CrlNumber::from_u64(1).before(), Some(CrlNumber::from_u64(0)));
    }

    #[test]
    fn decimal_octets_and_order_agree() {
        let mut previous: Option<CrlNumber> = None;
        for value in [0_u64, 1, 9, 10, 127, 128, 255, 256, 4097, 65_535, 65_536, u64::MAX] {
            let number = CrlNumber::from_u64(value);
            assert_eq!(number.to_string(), value.to_string());
            assert_eq!(value.to_string().parse(), Ok(number.clone()));
            assert_eq!(number.as_u64(), Some(value));
            assert_eq!(CrlNumber::from_content_octets(&number.to_content_octets()), Ok(number.clone()));
            assert!(previous.is_none_or(|smaller| smaller < number));
            previous = Some(number);
        }
        assert_eq!(CrlNumber::from_u64(128).to_content_octets(), [0, 128]);
        assert_eq!(CrlNumber::from_u64(0).to_content_octets(), [0]);
    }

    #[test]
    fn next_carries_and_stops_at_twenty_octets() {
        assert_eq!(CrlNumber::from_u64(u64::MAX).next().unwrap().to_string(), "18446744073709551616");
        assert_eq!(CrlNumber::from_u64(0).next().unwrap(), CrlNumber::from_u64(1));
        let mut highest = [0xff_u8; 20];
        if let Some(first) = highest.first_mut() {
            *first = 0x7f;
        }
        let highest = CrlNumber::from_content_octets(&highest).unwrap();
        assert_eq!(highest.as_u64(), None);
        assert_eq!(highest.next(), Err(CrlNumberError::TooLong { octets: 21 }));
        assert_eq!(highest.above(1), Err(CrlNumberError::TooLong { octets: 21 }));
        assert_eq!(CrlNumber::from_u64(u64::MAX - 1).above(3).unwrap().to_string(), "18446744073709551617");
        assert_eq!(CrlNumber::from_u64(0).above(1_000_000).unwrap(), CrlNumber::from_u64(1_000_000));
        assert_eq!(highest.to_string().parse(), Ok(highest));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert_eq!("".parse::<CrlNumber>(), Err(CrlNumberError::Empty));
        assert_eq!("-1".parse::<CrlNumber>(), Err(CrlNumberError::Negative));
        assert_eq!("12a".parse::<CrlNumber>(), Err(CrlNumberError::NotDecimal('a')));
        assert_eq!(CrlNumber::from_content_octets(&[0x80]), Err(CrlNumberError::Negative));
        assert_eq!(CrlNumber::from_content_octets(&[]), Err(CrlNumberError::Empty));
        assert!("9".repeat(60).parse::<CrlNumber>().is_err());
    }
}
