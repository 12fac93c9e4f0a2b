//! What can be wrong with an extension.

use crate::asn1::Malformed;

/// Why the value of an extension cannot be read, or may not be written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ExtensionFault {
    /// The bytes are not what the extension's syntax says.
    #[error("the {part} cannot be read")]
    Unreadable {
        /// The part, by its ASN.1 name.
        part: &'static str,
    },
    /// Something that must be there is not.
    #[error("the {part} is missing ({clause})")]
    Missing {
        /// The part, by its ASN.1 name.
        part: &'static str,
        /// Where the rule stands.
        clause: &'static str,
    },
    /// Something has a value that may not be written.
    #[error("{given:?} may not be written as {part} ({clause})")]
    NotAllowed {
        /// The part, by its ASN.1 name.
        part: &'static str,
        /// Its value.
        given: String,
        /// Where the rule stands.
        clause: &'static str,
    },
    /// The text is no dotted object identifier.
    #[error("{given:?} is not an object identifier")]
    NotAnObjectIdentifier {
        /// The text.
        given: String,
    },
    /// The bytes can be read, but are not the one encoding that DER allows.
    #[error("the value is not in DER (X.690 10)")]
    NotDer,
    /// The extension must be critical.
    #[error("the extension must be critical ({clause})")]
    MustBeCritical {
        /// Where the rule stands.
        clause: &'static str,
    },
    /// The extension must not be critical.
    #[error("the extension must not be critical ({clause})")]
    MustNotBeCritical {
        /// Where the rule stands.
        clause: &'static str,
    },
}

impl From<Malformed> for ExtensionFault {
    fn from(_: Malformed) -> Self {
        Self::Unreadable { part: "value" }
    }
}

/// The fault of not being able to read a part.
pub(super) fn unreadable<E>(part: &'static str) -> impl Fn(E) -> ExtensionFault {
    move |_| ExtensionFault::Unreadable { part }
}

/// Refuses a list without members: `SIZE (1..MAX)`.
pub(super) fn some<T>(members: &[T], part: &'static str, clause: &'static str) -> Result<(), ExtensionFault> {
    if members.is_empty() { Err(ExtensionFault::Missing { part, clause }) } else { Ok(()) }
}

/// Refuses what is no dotted object identifier.
pub(super) fn identifier(text: &str) -> Result<(), ExtensionFault> {
    if crate::asn1::oid(text).is_some() { Ok(()) } else { Err(ExtensionFault::NotAnObjectIdentifier { given: text.to_owned() }) }
}
