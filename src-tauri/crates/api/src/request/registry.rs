//! Requests about the registry as a whole.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::{FilePath, Secret};

/// Where the keys of a new registry's authorities live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum KeysChoice {
    /// In the keyring of the operating system, one entry per key.
    Os,
    /// In a vault beside the registry, sealed under a passphrase.
    Passphrase,
}

/// Creates a registry and opens it.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryCreate {
    /// The file to make; nothing may be there yet.
    pub path: FilePath,
    /// What the registry is called, for people.
    pub name: String,
    /// Where CA keys will live.
    pub keys: KeysChoice,
    /// The vault's passphrase, when `keys` is `passphrase`.
    #[serde(default)]
    pub passphrase: Option<Secret>,
    /// Where to write the recovery file of a keyring registry; nothing may be there yet.
    #[serde(default)]
    pub recovery_file: Option<FilePath>,
    /// The passphrase that seals the recovery file.
    #[serde(default)]
    pub recovery_passphrase: Option<Secret>,
    /// Declines the recovery file by name.
    #[serde(default)]
    pub without_recovery_file: bool,
}

/// Opens an existing registry.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryOpen {
    /// The registry file.
    pub path: FilePath,
    /// Whether to write to it although it lies on a share: with a rollback journal, and only while no other machine has it open.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub on_share: bool,
}

/// Unlocks the keys of the open registry.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryUnlock {
    /// The vault's passphrase; absent for a keyring registry.
    #[serde(default)]
    pub passphrase: Option<Secret>,
}

/// Checks every row of the registry against the certificates it holds.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryCheck {
    /// Rebuilds derived columns and counters from the certificates.
    #[serde(default)]
    pub repair: bool,
}

/// Puts what can be read of a damaged registry into a new one.
#[derive(Debug, Clone)]
pub struct RegistrySalvage {
    /// The damaged file; it is only read.
    pub file: FilePath,
    /// The registry to make; nothing may be there yet.
    pub to: FilePath,
}

/// Brings a registry that is not open to a schema version.
#[derive(Debug, Clone)]
pub struct RegistryMigrate {
    /// The registry file.
    pub path: FilePath,
    /// The version; the newest known if absent.
    pub to: Option<u32>,
}

/// Copies the registry, and its vault, into one new file.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryBackup {
    /// The file to make; nothing may be there yet.
    pub out: FilePath,
}

/// Proves that a backup opens. Named by a file, or by its name in the folder of backups; with neither, the newest there.
#[derive(Debug, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RegistryDrill {
    /// The backup.
    pub path: Option<FilePath>,
    /// The name of a backup in the folder of backups.
    pub name: Option<String>,
    /// The vault's passphrase of that time, where keys live in a vault.
    pub passphrase: Option<Secret>,
}

/// Makes a registry from a backup, and opens it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryRestore {
    /// The backup; it is only read.
    pub path: FilePath,
    /// The registry to make; nothing may be there yet.
    pub to: FilePath,
    /// The newest published CRL of each authority, PEM or DER.
    #[serde(default)]
    pub crls: Vec<FilePath>,
    /// Goes on without the CRLs that are not given: revocations that only they know are lost.
    #[serde(default)]
    pub accept_lost_crls: bool,
}

/// Makes the recovery file of a keyring registry.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecoveryCreate {
    /// The file to make; nothing may be there yet.
    pub path: FilePath,
    /// The passphrase to seal it under.
    pub passphrase: Secret,
    /// Whether it takes the place of one that was made before, which opens nothing made from then on.
    #[serde(default)]
    pub replace: bool,
}

/// Opens a recovery file to test it.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecoveryFile {
    /// The recovery file.
    pub path: FilePath,
    /// The passphrase that seals it.
    pub passphrase: Secret,
}

/// Restores keys from a recovery file.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecoveryRestore {
    /// The recovery file.
    pub path: FilePath,
    /// The passphrase that seals it.
    pub passphrase: Secret,
    /// The passphrase of a new vault beside the registry that every key is restored into. Absent: what is missing goes back to where the registry keeps keys.
    #[serde(default)]
    pub new_vault_passphrase: Option<Secret>,
}

/// Names one task.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskNamed {
    /// Its id.
    pub task: String,
}
