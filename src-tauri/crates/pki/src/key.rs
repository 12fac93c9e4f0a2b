//! Keys: what we make, what others bring, and the two names a key has.

mod algorithm;
mod explicit_curve;
mod identifier;
mod line;
mod private;
mod public;
mod rsa;
mod spec;
mod verify;

pub use algorithm::KeyAlgorithm;
pub use identifier::{Fingerprint, FingerprintError, KeyId};
pub use private::PrivateKey;
pub use public::PublicKey;
pub(crate) use public::hash_of_algorithm;
pub use spec::{KeySpec, UnknownKeySpec};

/// Why a key could not be made, read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are not what they are said to be.
    #[error("malformed {what}")]
    Malformed {
        /// The structure that was expected, `SubjectPublicKeyInfo` or the like.
        what: &'static str,
    },
    /// The algorithm is none that we can keep a private key for.
    #[error("unsupported key algorithm {algorithm}")]
    Unsupported {
        /// Dotted object identifier of the algorithm or curve, `explicit` for a curve that is spelled out.
        algorithm: String,
    },
    /// The private key is damaged: its parts do not belong together.
    #[error("the parts of the private key do not fit together")]
    Inconsistent,
    /// The cryptographic library could not make a key.
    #[error("key generation failed")]
    Generation,
    /// The one-line text is not of a form or version that we know.
    #[error("not a key line of version 1")]
    LineForm,
    /// The one-line text was damaged: its checksum differs.
    #[error("key line checksum is {found}, should be {expected}")]
    LineChecksum {
        /// The checksum that stands there.
        found: String,
        /// The checksum of what stands there.
        expected: String,
    },
}

#[cfg(test)]
mod tests;
