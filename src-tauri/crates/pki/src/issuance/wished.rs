//! Extensions that profile, signing request or person wish for beside those that follow from the rest of the wish.

use crate::extension::{Extension, ExtensionFault, ExtensionKind, ExtensionValue, Place};
use crate::oid;

/// Why an extension that was wished for may not stand in a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WishedExtensionError {
    /// It was wished for twice (RFC 5280 4.2).
    #[error("{name} is wished for twice")]
    Twice {
        /// Its name, else its object identifier.
        name: String,
    },
    /// It follows from the rest of the wish.
    #[error("{name} follows from profile, names, addresses and key, and cannot be wished for as such")]
    WrittenAnyway {
        /// Its name, else its object identifier.
        name: String,
    },
    /// It may not be written as it is.
    #[error("{name}: {fault}")]
    Unfit {
        /// Its name, else its object identifier.
        name: String,
        /// What is wrong with it.
        fault: ExtensionFault,
    },
    /// It belongs into certificates of authorities only, or into others only.
    #[error("{name} does not belong into this kind of certificate ({clause})")]
    WrongPlace {
        /// Its name, else its object identifier.
        name: String,
        /// Where the rule stands.
        clause: &'static str,
    },
    /// It contradicts another one.
    #[error("{name} contradicts {other} ({clause})")]
    Contradiction {
        /// Its name.
        name: String,
        /// The other's name.
        other: String,
        /// Where the rule stands.
        clause: &'static str,
    },
}

/// What stands in a certificate follows from key, issuer, profile and names, and is judged there.
const OURS: [&str; 6] = [
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
];

/// Puts the wished extensions behind those that are written.
pub(super) fn add<'a>(
    written: &mut Vec<Extension>,
    wished: impl Iterator<Item = &'a Extension>,
    authority: bool,
) -> Result<(), WishedExtensionError> {
    let ours = written.len();
    for extension in wished {
        let name = || extension.name().to_owned();
        if let Some(index) = written.iter().position(|other| other.oid == extension.oid) {
            return Err(if index < ours {
                WishedExtensionError::WrittenAnyway { name: name() }
            } else {
                WishedExtensionError::Twice { name: name() }
            });
        }
        if OURS.contains(&extension.oid.as_str()) {
            return Err(WishedExtensionError::WrittenAnyway { name: name() });
        }
        extension.check().map_err(|fault| WishedExtensionError::Unfit { name: name(), fault })?;
        match ExtensionKind::of(&extension.oid) {
            Some(kind) if (kind.place == Place::Authority && !authority) || (kind.place == Place::Leaf && authority) => {
                return Err(WishedExtensionError::WrongPlace { name: name(), clause: kind.clause });
            }
            _ => written.push(extension.clone()),
        }
    }
    without_contradiction(written)
}

/// Where no revocation information is published, none has an address (RFC 9608 3).
fn without_contradiction(written: &[Extension]) -> Result<(), WishedExtensionError> {
    let Some(none) = written.iter().find(|extension| extension.oid == oid::NO_REV_AVAIL) else { return Ok(()) };
    let revocation = |extension: &&Extension| match extension.value() {
        ExtensionValue::CrlDistributionPoints(_) | ExtensionValue::FreshestCrl(_) => true,
        ExtensionValue::AuthorityInfoAccess(access) => access.0.iter().any(|one| one.method == oid::AD_OCSP),
        _ => false,
    };
    match written.iter().find(revocation) {
        Some(other) => {
            Err(WishedExtensionError::Contradiction { name: none.name().to_owned(), other: other.name().to_owned(), clause: "RFC 9608 3" })
        }
        None => Ok(()),
    }
}
