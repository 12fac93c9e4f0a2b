//! Takes in certificates, keys, requests and CRLs that other programs made.
//!
//! Three steps: *gather* reads files and recognises what is in them by looking; *plan* sorts it against the registry and changes nothing (this is the
//! dry run); *take* does what the plan says in one transaction. The report accounts for every object.

mod foreign_crl;
mod gather;
mod line;
mod plan;
mod take;

use std::path::PathBuf;

use pki::encoding::Password;

use crate::clock::EntropyError;
use crate::keystore::KeyStoreError;
use crate::registry::RegistryError;
use crate::session::SessionError;

pub use foreign_crl::TakenRevocation;
pub(crate) use foreign_crl::take_crl;
pub(crate) use gather::{Gathered, Given, gather};
pub use gather::{LARGEST_FILE, MOST_FILES};
pub(crate) use plan::refusal_of;
pub(crate) use take::take_issuers;

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

/// What kind of thing an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A certificate.
    Certificate,
    /// A private key.
    Key,
    /// A certificate signing request.
    Request,
    /// A certificate revocation list.
    Crl,
    /// Something that could not be read far enough to say.
    Unknown,
}

impl ObjectKind {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Key => "key",
            Self::Request => "request",
            Self::Crl => "crl",
            Self::Unknown => "unknown",
        }
    }
}

/// Why an object cannot be taken. The words stand in the catalogue under the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A stable code.
    pub code: &'static str,
    /// The values that the words use.
    pub fields: Vec<(&'static str, String)>,
}

/// What becomes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Not in the registry: it would be, or was, taken.
    New,
    /// In the registry already, or twice in the input.
    Known,
    /// Left out on request.
    LeftOut,
    /// It cannot be taken.
    Refused(Refusal),
}

/// What is remarkable about an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// A CA certificate whose key comes with it: an authority that can issue.
    AuthorityWithKey,
    /// A CA certificate without key that issued something here: an authority whose key is elsewhere.
    AuthorityWithoutKey,
    /// A certificate whose issuer is not known here.
    IssuerUnknown,
    /// A private key that goes with a certificate.
    KeyOfCertificate,
    /// A private key of an authority.
    KeyOfAuthority,
    /// A private key without certificate; it is kept sealed.
    KeyAlone,
    /// A revocation list of an authority.
    CrlOfAuthority,
    /// Nothing.
    None,
}

impl Remark {
    /// Its code in the catalogue; empty for nothing.
    pub fn code(self) -> &'static str {
        match self {
            Self::AuthorityWithKey => "authority-with-key",
            Self::AuthorityWithoutKey => "authority-without-key",
            Self::IssuerUnknown => "issuer-unknown",
            Self::KeyOfCertificate => "key-of-certificate",
            Self::KeyOfAuthority => "key-of-authority",
            Self::KeyAlone => "key-alone",
            Self::CrlOfAuthority => "crl-of-authority",
            Self::None => "",
        }
    }
}

/// One object of the input and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportItem {
    /// The file.
    pub path: String,
    /// Which object in it, and what it is called.
    pub object: String,
    /// What it is.
    pub kind: ObjectKind,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What is remarkable about it.
    pub remark: Remark,
    /// Its id in the registry.
    pub id: Option<String>,
}

/// What an import found, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Every object.
    pub items: Vec<ReportItem>,
    /// Files that hold nothing known.
    pub skipped: Vec<String>,
    /// Revocations that were, or would be, taken from CRLs.
    pub revocations: u32,
    /// Revocations in those CRLs that are known already.
    pub revocations_known: u32,
    /// Locked objects that no password opened, by file.
    pub locked: Vec<String>,
}

impl Report {
    /// How many objects of a kind had an outcome.
    pub fn count(&self, kind: ObjectKind, outcome: &Outcome) -> usize {
        self.items.iter().filter(|item| item.kind == kind && item.outcome == *outcome).count()
    }

    /// Whether anything was refused.
    pub fn any_refused(&self) -> bool {
        self.items.iter().any(|item| matches!(item.outcome, Outcome::Refused(_)))
    }
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
