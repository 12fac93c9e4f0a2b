//! Takes in certificates, keys, requests and CRLs that other programs made.
//!
//! Three steps: *gather* reads files and recognises what is in them by looking; *plan* sorts it against the registry and changes nothing (this is the
//! dry run); *take* does what the plan says in one transaction. The report accounts for every object.

mod blocks;
mod book;
mod elsewhere;
mod foreign_crl;
mod gather;
mod issuers;
mod line;
mod links;
mod openssl_folder;
mod origin;
mod owners;
mod plan;
mod reach;
mod report;
mod said;
mod said_here;
mod take;
mod templates;
mod tiny_ca;
mod xca;

use std::path::PathBuf;

use pki::encoding::Password;

use crate::clock::EntropyError;
use crate::keystore::KeyStoreError;
use crate::registry::RegistryError;
use crate::session::SessionError;

pub use foreign_crl::TakenRevocation;
pub(crate) use foreign_crl::{TakenCrl, take_crl};
pub(crate) use gather::{Gathered, Given, gather};
pub use gather::{LARGEST_FILE, MOST_FILES, MOST_OBJECTS};
pub use origin::{Origin, origin_of};
pub(crate) use plan::refusal_of;
pub use report::{
    KeyMissing, Locked, NotCarried, ObjectKind, Outcome, Refusal, Remark, Report, ReportItem, Source, SourceKind, TakenProfile,
};
pub(crate) use take::take_issuers;

/// Objects between two looks at whether to go on.
const STEP: usize = 64;

/// What shall be taken in.
#[derive(Debug, Default)]
pub struct ImportWish {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Text that was pasted.
    pub text: Option<String>,
    /// Passwords; each is tried on everything that is locked.
    pub passwords: Vec<Password>,
    /// Leaves private keys out.
    pub without_keys: bool,
}

/// An import could not be planned or done; nothing was taken then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A path does not exist.
    #[error("{} does not exist", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// A file or folder cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// There are more files than are taken at once.
    #[error("more than {most} files")]
    TooManyFiles {
        /// The limit.
        most: usize,
    },
    /// There are more objects than are taken at once.
    #[error("more than {most} objects")]
    TooManyObjects {
        /// The limit.
        most: usize,
    },
    /// Something is locked, and no password given opens it.
    #[error("{} locked objects", paths.len())]
    PasswordWanted {
        /// The files.
        paths: Vec<String>,
        /// Whether any password was given at all.
        given: bool,
    },
    /// A key and a certificate were given together and do not belong together.
    #[error("{key} does not belong to {certificate}")]
    KeyMismatch {
        /// The file with the key.
        key: String,
        /// The file with the certificate.
        certificate: String,
    },
    /// The user stopped it.
    #[error("stopped")]
    Cancelled,
    /// A keyring registry wants its recovery file, or a refusal, before the first authority.
    #[error("the registry wants a recovery file first")]
    RecoveryUndecided,
    /// The keystore refused.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// A key could not be sealed, or the keystore's secrets are not at hand.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}
