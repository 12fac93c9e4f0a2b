//! What goes wrong with a store.

use std::io;
use std::path::{Path, PathBuf};

use pki::key::Fingerprint;

use super::KeyRef;
use crate::clock::EntropyError;
use crate::file::FileError;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// The store is locked, or its owner dismissed the prompt that would have unlocked it.
    #[error("the key store is locked")]
    Locked,
    /// The passphrase does not open the vault.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// The store has no such key. That is no proof that it is gone: it must never be made anew because of this.
    #[error("the key store has no key {key}")]
    Missing {
        /// The key that was asked for.
        key: KeyRef,
    },
    /// Another key than the expected one stands under this name.
    #[error("key {key} is not the expected one: found {found}, expected {expected}")]
    WrongKey {
        /// The key that was asked for.
        key: KeyRef,
        /// SHA-256 of the expected public key.
        expected: Fingerprint,
        /// SHA-256 of the public key that belongs to what was found.
        found: Fingerprint,
    },
    /// Something else stands under this name; it was not overwritten.
    #[error("the key store holds something else under this name")]
    AlreadyPresent,
    /// There is no store to talk to, or it stopped answering.
    #[error("the key store cannot be reached: {cause}")]
    Unreachable {
        /// What the platform said.
        cause: String,
    },
    /// The store gave no answer in time. Whether a write took place is unknown.
    #[error("the key store gave no answer within {seconds} seconds")]
    TimedOut {
        /// The deadline.
        seconds: u64,
    },
    /// The wait was cancelled. Whether a write took place is unknown.
    #[error("waiting for the key store was cancelled")]
    Cancelled,
    /// Several entries of the keyring match.
    #[error("several entries of the key store match")]
    Ambiguous,
    /// The value is longer than the store takes.
    #[error("the value is longer than the key store takes")]
    TooLong,
    /// What is stored cannot be read: a file was damaged, or another program wrote into the entry.
    #[error("the key store is damaged: {what}")]
    Damaged {
        /// The part that is damaged.
        what: String,
    },
    /// The cost that a file demands for trying a passphrase is out of bounds; it was not paid.
    #[error("key derivation would take {memory_kib} KiB of memory, {passes} passes, {lanes} lanes")]
    CostRefused {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// This store cannot do that, or the key is of a kind that is not stored, or the file is of a newer version.
    #[error("not supported: {what}")]
    Unsupported {
        /// What is not supported.
        what: String,
    },
    /// A name that no store takes.
    #[error("{name:?} cannot name an entry of a key store")]
    BadName {
        /// The name.
        name: String,
    },
    /// Another process is writing the vault.
    #[error("another process is writing {}", .path.display())]
    Busy {
        /// The vault.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{}: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What kind of fault it was.
        kind: io::ErrorKind,
        /// What the operating system said.
        cause: String,
    },
    /// The operating system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl KeyStoreError {
    /// Wraps a fault of a file, naming the file.
    pub(super) fn from_io(path: &Path, error: &io::Error) -> Self {
        Self::Io { path: path.to_owned(), kind: error.kind(), cause: error.to_string() }
    }

    /// Wraps a fault of the atomic writer, naming the file.
    pub(super) fn from_file(path: &Path, error: &FileError) -> Self {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        Self::Io { path: path.to_owned(), kind: error.io_kind(), cause }
    }

    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}
