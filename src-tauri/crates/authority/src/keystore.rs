//! Where private keys live: the keyring of the operating system, or a passphrase vault beside the registry.
//!
//! Outside this module a key is a [`KeyRef`] or a [`Signer`], never bytes. What comes out of a store is always held against the public key that the
//! registry expects. "No entry" means unknown, never that a key may be made anew: a keyring daemon may have come back with another home.

mod entries;
#[cfg(any(test, feature = "testing"))]
mod folder;
mod kept_key;
#[cfg(any(test, feature = "testing"))]
mod memory;
mod os;
mod recovery;
mod sealing;
mod vault;

use std::fmt;
use std::io;
use std::path::PathBuf;

use pki::key::{Fingerprint, PrivateKey, PublicKey};
use pki::signer::Signer;
use serde::{Deserialize, Serialize};

use crate::clock::{Entropy, EntropyError};
use crate::file::FileError;
use crate::secret::{Passphrase, SecretBytes};

#[cfg(any(test, feature = "testing"))]
pub use folder::FolderKeyStore;
pub use kept_key::{KeptKeyError, open_kept_key, seal_kept_key};
#[cfg(any(test, feature = "testing"))]
pub use memory::{FaultyKeyStore, MemoryKeyStore};
pub use os::{DEFAULT_DEADLINE, OsKeyStore};
pub use recovery::{RecoveryError, RecoveryFile, RecoveryKey, RecoveryPublicKey, SealedKey, SealedKeyError};
pub use sealing::KdfCost;
pub use vault::Vault;

/// The name of a key in its store: the key's id in the registry.
///
/// One to 64 characters of `A-Z a-z 0-9 - _`, so that it fits a keyring attribute on every platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyRef(String);

/// A text that is no [`KeyRef`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no key id")]
pub struct KeyRefError {
    /// The text.
    pub text: String,
}

impl KeyRef {
    /// Reads a key id.
    ///
    /// # Errors
    /// [`KeyRefError`] when the text is empty, longer than 64 characters, or holds others than letters, digits, hyphen and underscore.
    pub fn new(text: &str) -> Result<Self, KeyRefError> {
        if is_entry_word(text) { Ok(Self(text.to_owned())) } else { Err(KeyRefError { text: text.to_owned() }) }
    }

    /// Draws a new id (a UUID, version 4).
    ///
    /// # Errors
    /// [`EntropyError`] when there is no randomness.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = [0u8; 16];
        entropy.fill(&mut bytes)?;
        Ok(Self(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()))
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for KeyRef {
    type Error = KeyRefError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<KeyRef> for String {
    fn from(key: KeyRef) -> Self {
        key.0
    }
}

/// Tells whether `text` can name an entry of a store.
fn is_entry_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The kinds of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStoreKind {
    /// The keyring of the operating system.
    Os,
    /// The passphrase vault beside the registry.
    Vault,
    /// A store that forgets when the process ends. Only in tests.
    Memory,
}

impl KeyStoreKind {
    /// Returns the name: `os`, `vault`, `memory`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Os => "os",
            Self::Vault => "vault",
            Self::Memory => "memory",
        }
    }
}

/// Whether a store can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreState {
    /// Keys can be loaded.
    Ready,
    /// A passphrase is wanted, by us (vault) or by the operating system (keyring).
    Locked,
    /// There is no store to talk to.
    Unreachable {
        /// What the platform said.
        cause: String,
    },
}

impl StoreState {
    /// Returns the name: `ready`, `locked`, `unreachable`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Locked => "locked",
            Self::Unreachable { .. } => "unreachable",
        }
    }
}

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
    fn from_io(path: &std::path::Path, error: &io::Error) -> Self {
        Self::Io { path: path.to_owned(), kind: error.kind(), cause: error.to_string() }
    }

    /// Wraps a fault of the atomic writer, naming the file.
    fn from_file(path: &std::path::Path, error: &FileError) -> Self {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        Self::Io { path: path.to_owned(), kind: error.io_kind(), cause }
    }

    fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

/// A place for private keys and a few secrets.
///
/// Every call may block: on the disk, on a key derivation, or until a person has answered the prompt of the operating system (with a deadline).
pub trait KeyStore: Send + Sync {
    /// Returns which kind of store this is.
    fn kind(&self) -> KeyStoreKind;

    /// Looks whether the store can be used, without prompting anybody.
    fn state(&self) -> StoreState;

    /// Stores a key, then proves it: reads it back in a fresh look-up, rebuilds it, signs and verifies a probe, compares the public key.
    ///
    /// Storing the same key again succeeds, so that a crash between this and the registry's commit can be repaired. `label` is what the keyring's own
    /// program shows a person, where the platform has labels.
    ///
    /// # Errors
    /// [`KeyStoreError::AlreadyPresent`] when something else stands there, which is left alone; else whatever the store says.
    fn store(&self, key: &KeyRef, label: &str, private: &PrivateKey) -> Result<(), KeyStoreError>;

    /// Loads a key to sign with, after holding it against `expected`.
    ///
    /// # Errors
    /// [`KeyStoreError::WrongKey`] when it is another one, [`KeyStoreError::Missing`] when there is none; else whatever the store says.
    fn signer(&self, key: &KeyRef, expected: &PublicKey) -> Result<Box<dyn Signer + Send>, KeyStoreError>;

    /// Loads a key, signs a probe with it and verifies the signature with `expected`.
    ///
    /// # Errors
    /// As [`KeyStore::signer`].
    fn prove(&self, key: &KeyRef, expected: &PublicKey) -> Result<(), KeyStoreError>;

    /// Removes a key and looks whether it is gone.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`] when there was none; else whatever the store says.
    fn remove(&self, key: &KeyRef) -> Result<(), KeyStoreError>;

    /// Looks whether anything stands under this name. `false` means unknown.
    ///
    /// # Errors
    /// Whatever the store says.
    fn present(&self, key: &KeyRef) -> Result<bool, KeyStoreError>;

    /// Loads a secret: a MAC key, a sealing key. `None` means unknown.
    ///
    /// # Errors
    /// Whatever the store says.
    fn secret(&self, name: &str) -> Result<Option<SecretBytes>, KeyStoreError>;

    /// Stores a secret and reads it back. Storing the same again succeeds.
    ///
    /// # Errors
    /// [`KeyStoreError::AlreadyPresent`] when something else stands there, which is left alone; else whatever the store says.
    fn store_secret(&self, name: &str, secret: &SecretBytes) -> Result<(), KeyStoreError>;

    /// Removes a secret; returns whether there was one.
    ///
    /// # Errors
    /// Whatever the store says.
    fn remove_secret(&self, name: &str) -> Result<bool, KeyStoreError>;

    /// Seals a key to the public half of the recovery key.
    ///
    /// # Errors
    /// As [`KeyStore::signer`].
    fn sealed_export(&self, key: &KeyRef, expected: &PublicKey, to: &RecoveryPublicKey) -> Result<SealedKey, KeyStoreError>;

    /// Hands a leaf key over, to be written to a file or the clipboard. The audit row comes first.
    ///
    /// # Errors
    /// As [`KeyStore::signer`].
    fn hand_over(&self, key: &KeyRef, expected: &PublicKey) -> Result<PrivateKey, KeyStoreError>;

    /// Copies a key into another store and proves it there; this store keeps its own.
    ///
    /// # Errors
    /// As [`KeyStore::signer`] here and [`KeyStore::store`] there.
    fn copy_key(&self, key: &KeyRef, expected: &PublicKey, label: &str, to: &dyn KeyStore) -> Result<(), KeyStoreError>;

    /// Makes what was stored durable, so that the registry may count on it.
    ///
    /// # Errors
    /// [`KeyStoreError::Io`] when the file system refuses.
    fn sync(&self) -> Result<(), KeyStoreError>;

    /// Unlocks a vault.
    ///
    /// # Errors
    /// [`KeyStoreError::WrongPassphrase`], [`KeyStoreError::Damaged`], [`KeyStoreError::Io`]; [`KeyStoreError::Unsupported`] for a keyring, which has
    /// a prompt of its own.
    fn unlock(&self, passphrase: &Passphrase) -> Result<(), KeyStoreError>;

    /// Makes sure that a keyring is unlocked, through the prompt of the operating system where that is needed.
    ///
    /// # Errors
    /// [`KeyStoreError::Locked`] when it was dismissed, or for a vault that is locked.
    fn ask_to_unlock(&self) -> Result<(), KeyStoreError>;

    /// Forgets what opens the vault. A keyring is left to its owner, who uses it for more than this.
    fn lock(&self);

    /// Ends all waiting for the store: the waiting calls return [`KeyStoreError::Cancelled`].
    fn cancel(&self);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::clock::SeededEntropy;

    #[test]
    fn key_ids_are_plain_words() {
        for good in ["a", "0190f5b2-6c1e-7b2a-9d0e-2f6f5a0c9b11", &"x".repeat(64)] {
            assert_eq!(KeyRef::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a/b", "ä", "a b", "a\0", "../x", &"x".repeat(65)] {
            assert_eq!(KeyRef::new(bad), Err(KeyRefError { text: bad.to_owned() }));
        }
        let drawn = KeyRef::draw(&SeededEntropy::new(1)).unwrap();
        assert_eq!((drawn.as_str().len(), KeyRef::new(drawn.as_str())), (36, Ok(drawn.clone())));
        assert_eq!(serde_json::from_str::<KeyRef>(&serde_json::to_string(&drawn).unwrap()).unwrap(), drawn);
        assert!(serde_json::from_str::<KeyRef>("\"a/b\"").is_err());
    }
}
