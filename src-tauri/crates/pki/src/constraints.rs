//! Name constraints (RFC 5280 4.2.1.10).

mod matching;
mod subtree;

pub use subtree::{GeneralSubtree, SubtreeError};

use crate::alt_name::GeneralName;
use crate::asn1::{self, Malformed, Reader, tag};
use crate::name::DistinguishedName;

/// The subtrees within which all names below an authority must lie, and those that they must keep out of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct NameConstraints {
    /// For each form of name that occurs here, a name of that form must lie in one of its subtrees.
    pub permitted: Vec<GeneralSubtree>,
    /// A name must lie in none of these.
    pub excluded: Vec<GeneralSubtree>,
}

/// Which constraint a name breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The name lies in none of the permitted subtrees of its form.
    #[error("{name} is in none of the permitted subtrees ({})", permitted.join(", "))]
    NotPermitted {
        /// The name.
        name: String,
        /// The permitted subtrees of its form.
        permitted: Vec<String>,
    },
    /// The name lies in an excluded subtree.
    #[error("{name} is in the excluded subtree {excluded}")]
    Excluded {
        /// The name.
        name: String,
        /// The subtree.
        excluded: String,
    },
    /// A constraint of the name's form cannot be judged, so the name is refused (RFC 5280 4.2.1.10).
    #[error("{name} falls under the constraint {constraint}, which cannot be judged")]
    CannotJudge {
        /// The name.
        name: String,
        /// The constraint.
        constraint: String,
    },
}

impl NameConstraints {
    /// Whether nothing is constrained.
    pub fn is_empty(&self) -> bool {
        self.permitted.is_empty() && self.excluded.is_empty()
    }

    /// Reads subtrees from text, as [`GeneralSubtree::parse`] does.
    ///
    /// # Errors
    /// [`SubtreeError`] for the first that cannot be read.
    pub fn parse<S: AsRef<str>>(permitted: &[S], excluded: &[S]) -> Result<Self, SubtreeError> {
        let read = |texts: &[S]| texts.iter().map(|text| GeneralSubtree::parse(text.as_ref())).collect::<Result<Vec<_>, _>>();
        Ok(Self { permitted: read(permitted)?, excluded: read(excluded)? })
    }

    /// Judges one name.
    ///
    /// # Errors
    /// The [`Violation`], if there is one.
    pub fn permits(&self, name: &GeneralName) -> Result<(), Violation> {
        for subtree in &self.excluded {
            match matching::excluded_by(subtree, name) {
                None => {
                    return Err(Violation::CannotJudge { name: name.to_string(), constraint: subtree.to_string() });
                }
                Some(true) => return Err(Violation::Excluded { name: name.to_string(), excluded: subtree.to_string() }),
                Some(false) => {}
            }
        }
        let of_form: Vec<&GeneralSubtree> = self.permitted.iter().filter(|subtree| matching::same_form(subtree, name)).collect();
        if of_form.is_empty() {
            return Ok(());
        }
        if let Some(unclear) = of_form.iter().find(|subtree| matching::contains(subtree, name).is_none()) {
            return Err(Violation::CannotJudge { name: name.to_string(), constraint: unclear.to_string() });
        }
        if of_form.iter().any(|subtree| matching::contains(subtree, name) == Some(true)) {
            return Ok(());
        }
        Err(Violation::NotPermitted { name: name.to_string(), permitted: of_form.iter().map(ToString::to_string).collect() })
    }

    /// Judges all names of a certificate: its subject as a directory name unless it is empty, its alternative names, and the
    /// emailAddress attributes of the subject where there is no alternative name of that form (RFC 5280 4.2.1.10).
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn permits_all(&self, subject: &DistinguishedName, names: &[GeneralName]) -> Result<(), Violation> {
        if !subject.is_empty() {
            self.permits(&GeneralName::Directory(subject.clone()))?;
        }
        for name in names {
            self.permits(name)?;
        }
        if !names.iter().any(|name| matches!(name, GeneralName::Email(_))) {
            for attribute in subject.rdns().into_iter().flatten().filter(|attribute| attribute.oid == "1.2.840.113549.1.9.1") {
                self.permits(&GeneralName::Email(attribute.value))?;
            }
        }
        Ok(())
    }

    /// Writes the extension's value.
    pub fn to_der(&self) -> Vec<u8> {
        let list = |tag: u8, subtrees: &[GeneralSubtree]| {
            if subtrees.is_empty() {
                Vec::new()
            } else {
                asn1::tlv(tag, &subtrees.iter().map(GeneralSubtree::to_der).collect::<Vec<_>>().concat())
            }
        };
        asn1::sequence(&[&list(0xa0, &self.permitted), &list(0xa1, &self.excluded)])
    }

    /// Reads the extension's value; subtrees that we do not understand are kept and judged as such.
    ///
    /// # Errors
    /// [`SubtreeError::Malformed`] when the structure is broken.
    pub fn from_der(der: &[u8]) -> Result<Self, SubtreeError> {
        let mut reader = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        let list = |element: Option<asn1::Tlv<'_>>| -> Result<Vec<GeneralSubtree>, Malformed> {
            let mut subtrees = Vec::new();
            let mut members = Reader::new(element.map_or(&[][..], |element| element.content));
            while !members.is_empty() {
                subtrees.push(GeneralSubtree::read(members.expect(tag::SEQUENCE)?.content)?);
            }
            Ok(subtrees)
        };
        let permitted = list(reader.optional(0xa0)?)?;
        let excluded = list(reader.optional(0xa1)?)?;
        reader.finish()?;
        Ok(Self { permitted, excluded })
    }
}

#[cfg(test)]
mod tests;
