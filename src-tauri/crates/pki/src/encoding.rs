//! The forms in which certificates, requests, lists and keys travel.

mod asn1_tree;
pub(crate) mod ber;
mod encryption;
mod java_store;
mod jwk;
mod key_derivation;
mod openssh;
pub mod pem;
mod pkcs12;
mod pkcs7;
mod pkcs8;
mod recognise;
mod traditional_pem;

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    certificate::{Certificate, CertificateError},
    crl::{Crl, CrlReadError},
    key::{KeyError, PrivateKey},
    request::{RequestError, SigningRequest},
};

pub use asn1_tree::{Asn1Row, asn1_rows};
pub use java_store::{java_key_store, java_trust_store};
pub use jwk::jwk;
pub use pkcs7::pkcs7_bundle;
pub(crate) use pkcs8::open_pkcs8;
pub use pkcs8::{pkcs8_encrypt_pem, pkcs8_pem};
pub use pkcs12::{pkcs12_encode, pkcs12_encode_legacy};
pub use recognise::{
    LARGEST_BINARY, MOST_ENTRIES, MOST_INFLATED, MOST_RATIO, Numbered, Recognised, Seen, recognise, recognise_block, recognise_each,
};
pub(crate) use traditional_pem::open_legacy_des3;

/// Iterations beyond which no key derivation is begun: what asks for more is a trap, not a key.
pub const MOST_ITERATIONS: u64 = 1_000_000;

/// Octets of memory beyond which no scrypt derivation is begun.
pub const MOST_MEMORY: u64 = 256 << 20;

/// Rounds beyond which no derivation of an OpenSSH key is begun: `ssh-keygen` takes 16 or 24, careful people some hundreds.
pub const MOST_BCRYPT_ROUNDS: u64 = 1_000;

/// A password; wiped when dropped, never shown.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes a password over.
    pub fn new(password: String) -> Self {
        Self(Zeroizing::new(password))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What a file can hold.
#[derive(Debug)]
pub enum Object {
    /// A certificate.
    Certificate(Certificate),
    /// A certification request whose signature verified.
    Request(SigningRequest),
    /// A revocation list.
    Crl(Crl),
    /// A private key.
    PrivateKey(PrivateKey),
}

/// One thing that was found, or why it could not be read.
#[derive(Debug)]
pub struct Found {
    /// Where it stands: `PEM block 2`, a friendly name, `certificate 3`.
    pub label: String,
    /// The thing itself.
    pub object: Result<Object, ObjectError>,
}

/// Why something that was found cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ObjectError {
    /// The text between the PEM lines is not base64, or the lines do not belong together.
    #[error("broken PEM: {0}")]
    BadPem(pem::PemError),
    /// The file ends inside a PEM block, or what is in the block ends early.
    #[error("the PEM block is cut off")]
    TruncatedPem,
    /// The file ends early.
    #[error("the file ends {missing} octets early")]
    Truncated {
        /// Octets that are missing at least.
        missing: usize,
    },
    /// It is encrypted and no password was given.
    #[error("a password is needed")]
    PasswordNeeded,
    /// No password given opens it.
    #[error("no password given opens it")]
    WrongPassword,
    /// Opening it would cost more than any honest file asks for; nothing was tried.
    #[error("opening it would take {cost} steps, {limit} at most")]
    TooCostly {
        /// Iterations, or octets of memory.
        cost: u64,
        /// What we pay.
        limit: u64,
    },
    /// It is larger than anything of its kind that is read.
    #[error("larger than {limit} octets")]
    TooLarge {
        /// Octets that it may have.
        limit: u64,
    },
    /// An archive has more than any honest one; it is not read on.
    #[error("an archive with {found} {what}, {limit} at most")]
    ArchiveLimit {
        /// What there is too much of.
        what: &'static str,
        /// How much was seen.
        found: u64,
        /// How much is read.
        limit: u64,
    },
    /// A form or algorithm that is known but not read here.
    #[error("{what} is not supported")]
    Unsupported {
        /// Name or object identifier.
        what: String,
    },
    /// A request whose signature is not of its own key.
    #[error("the request's signature is not of its own key")]
    BadSignature,
    /// The password is right, what it protects is damaged.
    #[error("the password is right, but the {what} is damaged")]
    Damaged {
        /// The part that is damaged.
        what: &'static str,
    },
    /// It is not what it says it is.
    #[error("not a readable {what}: {cause}")]
    Malformed {
        /// What it says it is.
        what: &'static str,
        /// Why it is not.
        cause: String,
    },
}

impl ObjectError {
    /// The error's code, by which words are found for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadPem(_) => "bad_pem",
            Self::TruncatedPem => "truncated_pem",
            Self::Truncated { .. } => "truncated",
            Self::PasswordNeeded => "password_needed",
            Self::WrongPassword => "wrong_password",
            Self::TooCostly { .. } => "too_costly",
            Self::TooLarge { .. } => "too_large",
            Self::ArchiveLimit { .. } => "archive_limit",
            Self::Unsupported { .. } => "unsupported",
            Self::BadSignature => "bad_signature",
            Self::Damaged { .. } => "damaged",
            Self::Malformed { .. } => "malformed",
        }
    }

    fn malformed(what: &'static str, cause: &dyn fmt::Display) -> Self {
        Self::Malformed { what, cause: cause.to_string() }
    }
}

impl From<CertificateError> for ObjectError {
    fn from(error: CertificateError) -> Self {
        Self::malformed("certificate", &error)
    }
}

impl From<CrlReadError> for ObjectError {
    fn from(error: CrlReadError) -> Self {
        Self::malformed("revocation list", &error)
    }
}

impl From<RequestError> for ObjectError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::BadSignature { .. } => Self::BadSignature,
            RequestError::CannotCheck { algorithm } => Self::Unsupported { what: algorithm },
            other => Self::malformed("request", &other),
        }
    }
}

impl From<KeyError> for ObjectError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unsupported { algorithm } => Self::Unsupported { what: algorithm },
            other => Self::malformed("private key", &other),
        }
    }
}

/// Why something cannot be put into a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The certificate's key is not the private key that should go with it.
    #[error("the certificate belongs to another key")]
    AnotherKey,
    /// The form has no way to say this key.
    #[error("a key of {algorithm} cannot be written so")]
    KeyUnsupported {
        /// Its kind.
        algorithm: String,
    },
    /// The encryption failed.
    #[error("encryption failed: {cause}")]
    Encryption {
        /// What the library says.
        cause: String,
    },
}

#[cfg(test)]
mod tests;
