//! Views of private keys: never a key, only how it stands.

use serde::{Serialize, Serializer};
use ts_rs::TS;
use zeroize::Zeroizing;

/// Whose key it is.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeyOwnerView {
    /// `authority` or `certificate`.
    pub kind: String,
    /// Id of the authority, or of the newest certificate of this key.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Which generation of the authority.
    pub generation: Option<u32>,
    /// Whether the authority signs certificates with it now.
    pub current: bool,
}

/// A key and how it stands.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeyStandingView {
    /// Id, which is also the name of its entry.
    pub id: String,
    /// `ec-p256` and so on.
    pub kind: String,
    /// SHA-256 of the public key.
    pub fingerprint: String,
    /// What the keyring's own program shows.
    pub label: String,
    /// Whose it is; `null` for a key that is being made.
    pub owner: Option<KeyOwnerView>,
    /// `os` (keyring), `vault`, `registry` (a leaf key that is kept, sealed), `memory` (tests) or `elsewhere`.
    pub location: String,
    /// `ready`, `locked`, `unreachable`, `missing`, `wrong-key`, `unreadable`, `staged`, `leaving` or `elsewhere`.
    pub state: String,
    /// The state in a few words.
    pub title: String,
    /// What it means, in words.
    pub message: String,
    /// What to do next, in words; empty when there is nothing to do.
    pub next: String,
    /// What can be done with a click: `unlock`, `retry`, `prove`, `restore` (from the recovery file), `adopt` (a stray fits), `set-aside`, `forget`.
    pub repairs: Vec<String>,
    /// When a signature of it was last checked.
    pub proven_at: Option<String>,
    /// When it was made or taken in.
    pub created_at: String,
    /// Whether the recovery file can bring it back.
    pub recoverable: bool,
}

/// An entry of the key store that no row knows.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StrayKeyView {
    /// The name it stands under.
    pub entry: String,
    /// Kind of key; `null` when it is none that can be read.
    pub kind: Option<String>,
    /// SHA-256 of the public key.
    pub fingerprint: Option<String>,
    /// Id of the key whose public key this is: it can be adopted.
    pub fits: Option<String>,
    /// The state in a few words.
    pub title: String,
    /// What it means, in words.
    pub message: String,
    /// What to do next, in words.
    pub next: String,
    /// `adopt`, or nothing.
    pub repairs: Vec<String>,
}

/// Keys, oldest first, and what stands beside them.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeyListing {
    /// The keys.
    pub items: Vec<KeyStandingView>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// How many there are.
    pub total: super::Total,
    /// Entries that no row knows.
    pub strays: Vec<StrayKeyView>,
    /// Whether the store could be asked for such entries; if not, there may be some.
    pub strays_known: bool,
    /// `ready`, `locked` or `unreachable`.
    pub key_store: String,
}

/// What was repaired.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeyRepaired {
    /// How the key stands now; `null` when it was forgotten.
    pub key: Option<KeyStandingView>,
    /// The entry to which something else was set aside.
    pub set_aside: Option<String>,
}

/// What was moved.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeysMoved {
    /// Keys of authorities, each proved where it is now.
    pub keys: u32,
    /// Whether the old copies are gone. If not, they are removed at the next unlocking.
    pub old_removed: bool,
    /// The registry as it stands now.
    pub status: super::RegistryStatus,
}

/// How hard a passphrase is to guess. What was typed is not in it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StrengthView {
    /// From 0 (guessed at once) to 4 (out of reach).
    pub score: u32,
    /// `very_weak`, `weak`, `fair`, `strong` or `very_strong`.
    pub word: String,
    /// Whether to warn.
    pub weak: bool,
    /// The estimate in bits.
    pub bits: u32,
}

/// A passphrase of random words, for the one who asked. It is kept nowhere.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedPassphrase {
    /// The words, joined by hyphens.
    #[ts(type = "string")]
    pub words: DrawnWords,
}

/// Words that were drawn: shown to one person once, and wiped.
pub struct DrawnWords(Zeroizing<String>);

impl DrawnWords {
    /// Takes the words over.
    pub fn new(words: String) -> Self {
        Self(Zeroizing::new(words))
    }
}

impl Serialize for DrawnWords {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl std::fmt::Debug for DrawnWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DrawnWords(…)")
    }
}

/// What of ours is on the clipboard.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ClipboardView {
    /// `key` or `passphrase`; `null` when nothing of ours is there.
    pub holds: Option<String>,
    /// So many seconds are left until it is taken off.
    pub seconds_left: Option<u32>,
    /// How the last one ended: `cleared`, `left` (something else had been copied over it); `failed` while it is there and cannot be taken off.
    pub ended: Option<String>,
}

/// Whether the keys are locked, and what locks them.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LockView {
    /// Whether the keys can not be used now; true where no registry is open.
    pub locked: bool,
    /// Why we locked them: `by-hand`, `idle`, `suspend` or `session-lock`; `null` when it was not us (the keyring is locked, or the vault was not opened yet).
    pub why: Option<String>,
    /// When we locked them.
    pub since: Option<String>,
    /// After so many minutes without a hand on it the registry is locked; 0: never.
    pub idle_minutes: u32,
    /// So many seconds are left until then; `null` while locked or when it never is.
    pub idle_left: Option<u32>,
    /// For so many seconds a call has waited for the keyring; `null` when none does. `keyring_cancel` ends the wait.
    pub keyring_waits: Option<u32>,
}

/// A certificate of a compromised key.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CompromisedView {
    /// The certificate; after the act as it is then.
    pub certificate: super::CertificateView,
    /// `revoked`, `sharpened` (it was held, or revoked for another reason), `known` (it is revoked for this reason already) or `not-ours` (whoever issued it
    /// must be told).
    pub outcome: String,
}

/// What the word that a key is compromised does, or did.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CompromiseView {
    /// SHA-256 of the key's `SubjectPublicKeyInfo`.
    pub fingerprint: String,
    /// Whether it was done.
    pub done: bool,
    /// What must be typed to do it.
    pub confirmation: String,
    /// Every certificate of the key, oldest first.
    pub certificates: Vec<CompromisedView>,
    /// Authorities whose CRL does not tell it before the next one is built.
    pub stale: Vec<super::AuthorityRef>,
}
