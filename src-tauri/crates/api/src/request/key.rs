//! Requests about private keys: where they stand, how they are mended, how they leave.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::KeysChoice;
use crate::text::{FilePath, Secret};

/// Which keys are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum KeyHolder {
    /// Keys of authorities, and keys that are being made.
    Authorities,
    /// Leaf keys that are kept, sealed.
    Leaves,
}

/// Asks how keys stand.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct KeyList {
    /// Whose keys; absent: everybody's.
    pub of: Option<KeyHolder>,
    /// At most so many; absent: 200.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// Names one key.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyNamed {
    /// Its id; or an authority's id or name, for the key that it signs with; or a certificate, for the key that belongs to it.
    pub key: String,
}

/// What can be done about a key that does not stand as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum KeyRepairAction {
    /// Reads the key afresh, signs a probe with it and verifies that; notes the time.
    Prove,
    /// Takes a stray entry for the key of the row that has its public key.
    Adopt,
    /// Moves what stands under the key's name and is not the key to a name of its own, so that the key can be restored.
    SetAside,
    /// Ends what was staged and never taken into use.
    Forget,
}

/// Mends what stands between a key and its entry.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyRepair {
    /// The key, as in [`KeyNamed`]; for `adopt` the name of the stray entry.
    pub key: String,
    /// What to do.
    pub action: KeyRepairAction,
}

/// Lets a key leave, into a file.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyExport {
    /// A certificate of the key: id, `authority/serial`, serial, fingerprint; or the id or name of an authority.
    pub certificate: String,
    /// The file to write, 0600.
    pub out: FilePath,
    /// `pem` (the key alone, PKCS#8), `pem-with-certificate`, `pkcs12`, `pkcs12-legacy`, `jks`, `jwk`, `openvpn`, `nginx`, `apache`, `haproxy` or
    /// `kubernetes`; absent: by the file's ending.
    #[serde(default)]
    pub format: Option<String>,
    /// Seals the key on its way.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Lets the key leave without protection, on purpose.
    #[serde(default)]
    pub plain_key: bool,
    /// Why, for the record.
    pub reason: String,
    /// The passphrase that `keyGuard` of the registry's status asks for.
    #[serde(default)]
    pub passphrase: Option<Secret>,
    /// The certificate's name, typed: where `keyGuard` asks for a confirmation, and before an authority's key leaves plain.
    #[serde(default)]
    pub confirmation: Option<String>,
    /// Replaces a file that exists.
    #[serde(default)]
    pub overwrite: bool,
}

/// Puts a key on the clipboard, from where it is cleared after half a minute.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyCopy {
    /// A certificate of the key, as in [`KeyExport`].
    pub certificate: String,
    /// Seals the key on its way; absent: it leaves plain.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Why, for the record.
    pub reason: String,
    /// The passphrase that `keyGuard` of the registry's status asks for.
    #[serde(default)]
    pub passphrase: Option<Secret>,
    /// The certificate's name, typed, as in [`KeyExport`].
    #[serde(default)]
    pub confirmation: Option<String>,
}

/// Puts a passphrase on the clipboard, from where it is cleared after half a minute.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PassphraseCopy {
    /// The passphrase.
    pub passphrase: Secret,
}

/// Gives the vault another passphrase.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryPassphrase {
    /// The present one.
    pub passphrase: Secret,
    /// The new one.
    pub new_passphrase: Secret,
}

/// Moves all keys of the registry from the keyring into a vault, or back.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryMoveKeys {
    /// Where to.
    pub to: KeysChoice,
    /// The passphrase of the vault that they leave; may be absent while it is unlocked.
    #[serde(default)]
    pub passphrase: Option<Secret>,
    /// The passphrase of the vault that they go to.
    #[serde(default)]
    pub new_passphrase: Option<Secret>,
}

/// Asks how hard a passphrase is to guess.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PassphraseMeter {
    /// What was typed so far.
    pub passphrase: Secret,
}

/// Asks for a passphrase of random words.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PassphraseGenerate {
    /// How many words; absent, or less than six: six. At most twelve.
    pub words: Option<u32>,
}

/// Revokes every certificate of a key that is in other hands.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct KeyCompromised {
    /// A certificate of the key, named as in [`CertificateNamed`](super::CertificateNamed), or SHA-256 of its `SubjectPublicKeyInfo`.
    pub key: Option<String>,
    /// Or a file with a certificate, a request or the key itself without a password.
    pub path: Option<FilePath>,
    /// Only says what would be done.
    pub dry_run: bool,
    /// When the key came into other hands, RFC 3339 or a date.
    pub invalidity_date: Option<String>,
    /// Why it is known, for the record.
    pub note: Option<String>,
    /// What the user typed to confirm: `revoke N`, N being how many certificates it revokes or sharpens. It cannot be undone.
    pub confirmation: String,
}
