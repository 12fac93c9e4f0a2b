//! Master lists (ICAO 9303-12 9): what a country knows of the authorities of others, a version and a SET OF certificates.
//!
//! Each certificate is handed out as it lies there, to be read on its own: one that cannot be read does not hide the others.

use thiserror::Error;

use crate::asn1::{self, Reader, tag};

/// The content is no master list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MasterListError {
    /// The frame is not there.
    #[error("the {0} of the master list cannot be read")]
    Malformed(
        /// The field.
        &'static str,
    ),
    /// The version is one that nobody knows.
    #[error("the master list is of version {0}, which is not known")]
    Version(
        /// The version.
        u32,
    ),
}

/// A master list that is being walked over.
#[derive(Debug, Clone, Copy)]
pub struct MasterList<'a> {
    certificates: Reader<'a>,
}

/// An element of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListElement<'a> {
    /// An element, all of it: a certificate, if it can be read.
    Element(&'a [u8]),
    /// Where the next element should begin nothing can be told apart any more: all octets that are left.
    Broken(&'a [u8]),
}

impl<'a> MasterList<'a> {
    /// Opens a list: the content that is signed (`CscaMasterList`).
    ///
    /// # Errors
    /// [`MasterListError`]
    pub fn open(content: &'a [u8]) -> Result<Self, MasterListError> {
        let malformed = |field| move |_| MasterListError::Malformed(field);
        let mut fields = Reader::new(asn1::single(content, tag::SEQUENCE).map_err(malformed("frame"))?.content);
        let version = asn1::small(fields.expect(tag::INTEGER).map_err(malformed("version"))?.content).map_err(malformed("version"))?;
        if version != 0 {
            return Err(MasterListError::Version(version));
        }
        let certificates = fields.enter(tag::SET).map_err(malformed("list of certificates"))?;
        fields.finish().map_err(malformed("end"))?;
        Ok(Self { certificates })
    }
}

impl<'a> Iterator for MasterList<'a> {
    type Item = ListElement<'a>;

    fn next(&mut self) -> Option<ListElement<'a>> {
        if self.certificates.is_empty() {
            return None;
        }
        let left = self.certificates;
        Some(match self.certificates.any() {
            Ok(element) => ListElement::Element(element.raw),
            Err(_) => {
                self.certificates = Reader::new(&[]);
                ListElement::Broken(left.rest())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use super::*;

    #[test]
    fn elements_come_one_by_one_and_what_is_broken_is_kept() {
        let content = [0x30, 13, 2, 1, 0, 0x31, 8, 0x30, 0, 0x30, 1, 5, 0x30, 9, 1];
        let found: Vec<_> = MasterList::open(&content).unwrap().collect();
        assert_eq!(found, [ListElement::Element(&[0x30, 0]), ListElement::Element(&[0x30, 1, 5]), ListElement::Broken(&[0x30, 9, 1])]);
        assert_eq!(MasterList::open(&[0x30, 5, 2, 1, 1, 0x31, 0]).err(), Some(MasterListError::Version(1)));
        assert_eq!(MasterList::open(&[0x30, 0]).err(), Some(MasterListError::Malformed("version")));
        assert_eq!(MasterList::open(&[0x30, 5, 2, 1, 0, 0x31, 0]).unwrap().count(), 0);
    }
}
