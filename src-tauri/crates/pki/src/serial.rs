//! Serial numbers (RFC 5280 4.1.2.2).

use std::fmt;
use std::str::FromStr;

/// Number of random octets that a serial number is made from (159 bits are used).
pub const ENTROPY_OCTETS: usize = 20;

/// A certificate's serial number: the content octets of its DER INTEGER, verbatim.
///
/// Equality and order are by those octets, since that is what CRLs and registries compare. Negative, non-minimal and over-long numbers
/// of other authorities survive; those that we make are positive, minimal and at most 20 octets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SerialNumber(Vec<u8>);

/// Why bytes or text are no serial number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// There are no octets or digits.
    #[error("a serial number has at least one octet")]
    Empty,
    /// A character is neither a hexadecimal digit, a colon nor a space.
    #[error("not a hexadecimal digit: {found:?}")]
    NotHex {
        /// The character.
        found: char,
    },
}

impl SerialNumber {
    /// Makes a serial number from 20 random octets: 159 bits, positive, never zero, minimal DER (RFC 5280 4.1.2.2; CA/B BR 7.1 wants
    /// at least 64 bits from a CSPRNG).
    pub fn from_entropy(random: [u8; ENTROPY_OCTETS]) -> Self {
        let mut octets = random;
        if let Some(first) = octets.first_mut() {
            *first &= 0x7f;
        }
        if octets.iter().all(|octet| *octet == 0) {
            // One case in 2^159; zero is no serial number.
            return Self(vec![1]);
        }
        Self(minimal(&octets, 0x00))
    }

    /// Takes the content octets of a DER INTEGER as they are.
    ///
    /// # Errors
    /// [`SerialError::Empty`] when there are none.
    pub fn from_content_octets(octets: &[u8]) -> Result<Self, SerialError> {
        if octets.is_empty() {
            return Err(SerialError::Empty);
        }
        Ok(Self(octets.to_vec()))
    }

    /// The content octets of the DER INTEGER.
    pub fn content_octets(&self) -> &[u8] {
        &self.0
    }

    /// Reads a value in hexadecimal, as written by [`fmt::Display`]; colons, spaces, `0x` and upper case are accepted, `-` makes it negative.
    /// The octets are minimal.
    ///
    /// # Errors
    /// [`SerialError`] names the character that is no digit.
    pub fn from_hex(text: &str) -> Result<Self, SerialError> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(digits);
        let mut nibbles = Vec::new();
        for found in digits.chars().filter(|found| !matches!(found, ':' | ' ')) {
            let nibble = found.to_digit(16).and_then(|nibble| u8::try_from(nibble).ok()).ok_or(SerialError::NotHex { found })?;
            nibbles.push(nibble);
        }
        if nibbles.is_empty() {
            return Err(SerialError::Empty);
        }
        if nibbles.len() % 2 == 1 {
            nibbles.insert(0, 0);
        }
        let mut magnitude = vec![0];
        magnitude.extend(nibbles.chunks(2).map(|pair| pair.iter().fold(0_u8, |sum, nibble| (sum << 4) | nibble)));
        if negative { Ok(Self(minimal(&negated(&magnitude), 0xff))) } else { Ok(Self(minimal(&magnitude, 0x00))) }
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        self.0.first().is_some_and(|first| first & 0x80 != 0)
    }

    /// Whether the number is zero.
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|octet| *octet == 0)
    }

    /// Whether the octets are the shortest for this number, as DER wants (X.690 8.3.2).
    pub fn is_minimal(&self) -> bool {
        let padding = if self.is_negative() { 0xff } else { 0x00 };
        minimal(&self.0, padding) == self.0
    }

    /// The whole DER INTEGER.
    pub fn to_der(&self) -> Vec<u8> {
        crate::asn1::tlv(crate::asn1::tag::INTEGER, &self.0)
    }
}

/// Strips leading padding octets as far as the sign allows.
fn minimal(octets: &[u8], padding: u8) -> Vec<u8> {
    let mut octets = octets;
    while let [first, rest @ ..] = octets {
        let sign_kept = rest.first().is_some_and(|next| (next ^ padding) & 0x80 == 0);
        if *first != padding || !sign_kept {
            break;
        }
        octets = rest;
    }
    octets.to_vec()
}

/// Two's complement of the same width.
fn negated(octets: &[u8]) -> Vec<u8> {
    let mut carry = true;
    let mut out: Vec<u8> = octets
        .iter()
        .rev()
        .map(|octet| {
            let (sum, overflow) = (!octet).overflowing_add(u8::from(carry));
            carry = overflow;
            sum
        })
        .collect();
    out.reverse();
    out
}

impl fmt::Display for SerialNumber {
    /// The value in lower-case hexadecimal with an even number of digits, `-` in front if it is negative.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One more octet, so that the magnitude of the lowest number fits.
        let padding = if self.is_negative() { 0xff } else { 0x00 };
        let widened = [&[padding], self.0.as_slice()].concat();
        let magnitude = if self.is_negative() { negated(&widened) } else { widened };
        let digits: Vec<u8> = magnitude.iter().copied().skip_while(|octet| *octet == 0).collect();
        if self.is_negative() {
            formatter.write_str("-")?;
        }
        formatter.write_str(&if digits.is_empty() { "00".to_owned() } else { hex::encode(digits) })
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SerialNumber({self})")
    }
}

impl FromStr for SerialNumber {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_hex(text)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        for (octets, shown) in [
            (&[0x01][..], "01"),
            (&[0x00], "00"),
            (&[0x00, 0xff], "ff"),
            (&[0xff], "-01"),
            (&[0x80], "-80"),
            (&[0xff, 0x00], "-0100"),
            (&[0x00, 0x00, 0x05], "05"),
        ] {
            assert_eq!(SerialNumber::from_content_octets(octets).unwrap().to_string(), shown);
        }
        assert_eq!(SerialNumber::from_hex("AB:cd").unwrap().content_octets(), [0x00, 0xab, 0xcd]);
        assert_eq!(SerialNumber::from_hex("f").unwrap().content_octets(), [0x0f]);
        assert_eq!(SerialNumber::from_hex("xyz"), Err(SerialError::NotHex { found: 'x' }));
        assert_eq!(SerialNumber::from_hex(" "), Err(SerialError::Empty));
        assert_eq!(SerialNumber::from_content_octets(&[]), Err(SerialError::Empty));
    }

    #[test]
    fn entropy_of_zeros_is_still_a_serial() {
        assert_eq!(SerialNumber::from_entropy([0; 20]).to_string(), "01");
        assert_eq!(SerialNumber::from_entropy([0x80; 20]).content_octets().len(), 19 + 1 - usize::from(false));
    }

    proptest! {
        #[test]
        fn entropy_gives_positive_minimal_numbers_of_at_most_20_octets(random: [u8; 20]) {
            let serial = SerialNumber::from_entropy(random);
            prop_assert!(!serial.is_negative() && !serial.is_zero() && serial.is_minimal());
            prop_assert!(serial.content_octets().len() <= 20);
            // All bits but the sign are those of the source.
            let mut padded = vec![0_u8; 20 - serial.content_octets().len()];
            padded.extend_from_slice(serial.content_octets());
            let differing: u32 = padded.iter().zip(random).map(|(left, right)| (left ^ right).count_ones()).sum();
            prop_assert_eq!(differing, u32::from(random.first().is_some_and(|first| first & 0x80 != 0)));
        }

        #[test]
        fn text_names_the_value(octets in proptest::collection::vec(any::<u8>(), 1..24)) {
            let serial = SerialNumber::from_content_octets(&octets).unwrap();
            let again: SerialNumber = serial.to_string().parse().unwrap();
            prop_assert!(again.is_minimal());
            if serial.is_minimal() {
                prop_assert_eq!(&again, &serial);
            }
            prop_assert_eq!(again.to_string(), serial.to_string());
        }
    }
}
