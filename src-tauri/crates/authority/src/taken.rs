//! What a new authority cannot be called, because another one is.

use pki::DistinguishedName;

use crate::registry::{Read, RegistryError};

/// Another authority has a name that was wished for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// The display name is in use.
    #[error("the name {name:?} is in use")]
    Name {
        /// The name.
        name: String,
    },
    /// Another authority signs under this subject. Whoever looks for an issuer or its CRL by the name alone would take one for the other (RFC 5280 4.1.2.6
    /// and 8, on collisions of names), and a new key of an authority is a generation of it.
    #[error("the subject of {authority} is the same")]
    Subject {
        /// The subject.
        subject: DistinguishedName,
        /// What the other is called.
        authority: String,
    },
}

impl Taken {
    /// Which of the two another authority has, if any.
    pub(crate) fn by_another(tx: &Read<'_>, name: &str, subject: &DistinguishedName) -> Result<Option<Self>, RegistryError> {
        if tx.authority_named(name)?.is_some() {
            return Ok(Some(Self::Name { name: name.to_owned() }));
        }
        let other = tx.authorities_with_issuer_name(subject)?.into_iter().next();
        Ok(other.map(|other| Self::Subject { subject: subject.clone(), authority: other.name }))
    }
}
