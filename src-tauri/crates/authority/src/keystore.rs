//! Where private keys live: the keyring of the operating system, or a passphrase vault beside the registry.
//!
//! Outside this module a key is a [`KeyRef`] or a [`Signer`], never bytes. What comes out of a store is always held against the public key that the
//! registry expects. "No entry" means unknown, never that a key may be made anew: a keyring daemon may have come back with another home.

mod entries;
mod fault;
#[cfg(any(test, feature = "testing"))]
mod folder;
mod kept_key;
#[cfg(any(test, feature = "testing"))]
mod memory;
mod name;
mod os;
mod recovery;
mod sealing;
mod vault;

use std::time::Duration;

use pki::key::{PrivateKey, PublicKey};
use pki::signer::Signer;
use serde::{Deserialize, Serialize};

use crate::secret::{Passphrase, SecretBytes};

pub use fault::KeyStoreError;
#[cfg(any(test, feature = "testing"))]
pub use folder::FolderKeyStore;
pub use kept_key::{KeptKeyError, open_kept_key, seal_kept_key};
#[cfg(any(test, feature = "testing"))]
pub use memory::{FaultyKeyStore, MemoryKeyStore};
pub use name::{KeyRef, KeyRefError};
pub use os::{DEFAULT_DEADLINE, OsKeyStore};
pub use recovery::{PassphraseCheck, RecoveryError, RecoveryFile, RecoveryKey, RecoveryPublicKey, SealedKey, SealedKeyError};
pub use sealing::KdfCost;
pub use vault::Vault;

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

/// A place for private keys and a few secrets.
///
/// Every call may block: on the disk, on a key derivation, or until a person has answered the prompt of the operating system (with a deadline).
pub trait KeyStore: Send + Sync {
    /// Returns which kind of store this is.
    fn kind(&self) -> KeyStoreKind;

    /// Looks whether the store can be used, without prompting anybody. Waits for a silent keyring, though not for long.
    fn state(&self) -> StoreState;

    /// As [`KeyStore::state`], for what a person is looking at: when the keyring does not answer at once, what was last known of it.
    fn glance(&self) -> StoreState;

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

    /// Returns the names of all entries of this registry, sorted: key ids, and `secret/` before the names of secrets. Nobody is prompted.
    ///
    /// # Errors
    /// [`KeyStoreError::Unsupported`] where the platform cannot list; else whatever the store says.
    fn names(&self) -> Result<Vec<String>, KeyStoreError>;

    /// Returns the public half of the key that stands under this name, whatever it is.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`] when there is none, [`KeyStoreError::Damaged`] when it is no key; else whatever the store says.
    fn public_key(&self, key: &KeyRef) -> Result<PublicKey, KeyStoreError>;

    /// Copies the key that stands under `from` to `key`, after holding it against `expected`, proves it there, and removes the copy under `from`.
    ///
    /// # Errors
    /// As [`KeyStore::signer`] for `from` and [`KeyStore::store`] for `key`; the key stays where it is then.
    fn adopt(&self, from: &KeyRef, key: &KeyRef, expected: &PublicKey, label: &str) -> Result<(), KeyStoreError>;

    /// Moves what stands under `key`, be it a key or not, to the free name `to`, so that the right key can be put there and nothing is lost.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`] when nothing stands there, [`KeyStoreError::AlreadyPresent`] when `to` is taken; else whatever the store says.
    fn set_aside(&self, key: &KeyRef, to: &KeyRef, label: &str) -> Result<(), KeyStoreError>;

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

    /// Seals a secret to the public half of the recovery key; `None` when there is no such secret.
    ///
    /// # Errors
    /// As [`KeyStore::secret`].
    fn sealed_secret(&self, name: &str, to: &RecoveryPublicKey) -> Result<Option<SealedKey>, KeyStoreError>;

    /// Hands a key over, to be written to a file or the clipboard. The audit row comes first.
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
    /// [`KeyStoreError::Locked`] when it was dismissed, for a vault that is locked, and after [`KeyStore::lock`].
    fn ask_to_unlock(&self) -> Result<(), KeyStoreError>;

    /// Forgets what opens the store. A vault wants its passphrase then; a keyring stays as it is, being its owner's for more than this, but nothing is asked
    /// of it before [`KeyStore::reopen`].
    fn lock(&self);

    /// Uses the keyring again after [`KeyStore::lock`], through the prompt of the operating system where that is needed.
    ///
    /// # Errors
    /// [`KeyStoreError::Locked`] when it was dismissed, or for a vault, which its passphrase unlocks.
    fn reopen(&self) -> Result<(), KeyStoreError>;

    /// Ends all waiting for the store: the waiting calls return [`KeyStoreError::Cancelled`].
    fn cancel(&self);

    /// For how long the call that is under way has waited for the store; `None` when none is, or the store is of a kind that answers by itself.
    fn waits(&self) -> Option<Duration> {
        None
    }
}
