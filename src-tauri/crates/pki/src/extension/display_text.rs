//! Texts that a person shall be shown (RFC 5280 4.2.1.4, `DisplayText`), and Microsoft's strings.

use super::ExtensionFault;
use crate::asn1::{self, Malformed, Tlv, tag};

/// Longest text in characters (RFC 5280 4.2.1.4).
const LONGEST: usize = 200;

/// A string of one of several types, kept as it was written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DisplayText {
    tag: u8,
    content: Vec<u8>,
}

impl DisplayText {
    /// The text as UTF8String.
    ///
    /// # Errors
    /// [`ExtensionFault::NotAllowed`] for a text of none or more than 200 characters, or with control characters
    /// (RFC 5280 4.2.1.4).
    pub fn new(text: &str) -> Result<Self, ExtensionFault> {
        let made = Self { tag: tag::UTF8_STRING, content: text.as_bytes().to_vec() };
        made.check().map(|()| made)
    }

    /// A BMPString, as Microsoft writes the names of templates.
    pub(super) fn bmp(text: &str) -> Self {
        Self { tag: tag::BMP_STRING, content: text.encode_utf16().flat_map(u16::to_be_bytes).collect() }
    }

    /// The characters. What its type does not allow is replaced.
    pub fn text(&self) -> String {
        if self.tag == tag::BMP_STRING {
            let units = self.content.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).map_or(0xfffd, u16::from_be_bytes));
            return char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        }
        String::from_utf8_lossy(&self.content).into_owned()
    }

    /// Takes a string of one of the types that occur.
    pub(super) fn read(element: Tlv<'_>) -> Result<Self, Malformed> {
        match element.tag {
            tag::UTF8_STRING | tag::IA5_STRING | tag::VISIBLE_STRING | tag::BMP_STRING | tag::PRINTABLE_STRING => {
                Ok(Self { tag: element.tag, content: element.content.to_vec() })
            }
            _ => Err(Malformed),
        }
    }

    pub(super) fn encoded(&self) -> Vec<u8> {
        asn1::tlv(self.tag, &self.content)
    }

    /// UTF8String or IA5String (RFC 6818 3), 1 to 200 characters, none of them a control character.
    pub(super) fn check(&self) -> Result<(), ExtensionFault> {
        let text = self.text();
        let refused = |clause| Err(ExtensionFault::NotAllowed { part: "DisplayText", given: text.clone(), clause });
        let encoded_right = self.tag == tag::UTF8_STRING || (self.tag == tag::IA5_STRING && self.content.is_ascii());
        if !encoded_right || text.as_bytes() != self.content {
            return refused("RFC 6818 3");
        }
        if !(1..=LONGEST).contains(&text.chars().count()) || text.chars().any(char::is_control) {
            return refused("RFC 5280 4.2.1.4");
        }
        Ok(())
    }
}

impl std::fmt::Debug for DisplayText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "DisplayText({:02x}, {:?})", self.tag, self.text())
    }
}
