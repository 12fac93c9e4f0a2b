//! The one row that says what this registry is, and its settings.

use time::OffsetDateTime;

use super::cell::{Bound, words};
use super::ids::RegistryId;
use super::{Read, RegistryError, Write};

words! {
    /// Where the keys of a registry are kept; chosen when it is made.
    pub enum KeysKind {
        /// The keyring of the operating system.
        Os = "os",
        /// A vault beside the registry, under a passphrase.
        Passphrase = "passphrase",
        /// Memory, for tests.
        Memory = "memory",
    }
}

/// Whether CA keys are also sealed to a recovery key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryChoice {
    /// Nobody has decided; the first authority waits for it.
    Undecided,
    /// Each CA key is sealed to this public key (X25519).
    PublicKey([u8; 32]),
    /// Refused by name.
    Refused,
}

impl RecoveryChoice {
    fn word(self) -> String {
        match self {
            Self::Undecided => "undecided",
            Self::PublicKey(_) => "public-key",
            Self::Refused => "refused",
        }
        .to_owned()
    }

    fn key(self) -> Option<[u8; 32]> {
        match self {
            Self::PublicKey(key) => Some(key),
            Self::Undecided | Self::Refused => None,
        }
    }
}

/// What this registry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Its id, which is part of the name of each keyring entry.
    pub id: RegistryId,
    /// Its display name.
    pub name: String,
    /// Where its keys are kept.
    pub keys: KeysKind,
    /// Whether it was made as a test.
    pub is_test: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// The latest time that any program has seen while writing here: a clock behind it is suspect.
    pub last_seen_at: OffsetDateTime,
    /// Whether CA keys are also sealed to a recovery key.
    pub recovery: RecoveryChoice,
    /// Goes up with each restore from a backup.
    pub epoch: u32,
    /// Restored from a backup and not yet told the newest published CRL.
    pub awaits_crl: bool,
}

impl Read<'_> {
    /// What this registry is.
    ///
    /// # Errors
    /// [`RegistryError`]; `Missing` if the row is gone.
    pub fn meta(&self) -> Result<Meta, RegistryError> {
        let sql = "SELECT registry, name, keys, is_test, created_at, last_seen_at, recovery, recovery_key, epoch, awaits_crl FROM meta WHERE only = 1";
        self.row("meta", sql, &[], |cells| {
            let recovery = match (cells.get::<String>("recovery")?.as_str(), cells.get::<Option<[u8; 32]>>("recovery_key")?) {
                ("public-key", Some(key)) => RecoveryChoice::PublicKey(key),
                ("refused", None) => RecoveryChoice::Refused,
                ("undecided", None) => RecoveryChoice::Undecided,
                ("public-key", None) => return Err(cells.refuse("recovery_key", "nothing where the recovery key belongs".to_owned())),
                ("refused" | "undecided", Some(_)) => return Err(cells.refuse("recovery_key", "a key where none was chosen".to_owned())),
                (other, _) => return Err(cells.refuse("recovery", format!("{other:?} is no choice"))),
            };
            Ok(Meta {
                id: cells.get("registry")?,
                name: cells.get("name")?,
                keys: cells.get("keys")?,
                is_test: cells.get("is_test")?,
                created_at: cells.get("created_at")?,
                last_seen_at: cells.get("last_seen_at")?,
                recovery,
                epoch: cells.get("epoch")?,
                awaits_crl: cells.get("awaits_crl")?,
            })
        })?
        .ok_or(RegistryError::Missing { table: "meta", row: "1".to_owned() })
    }

    /// The value of a setting.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn setting(&self, key: &str) -> Result<Option<String>, RegistryError> {
        self.row("settings", "SELECT key, value FROM settings WHERE key = ?1", &[&key], |cells| cells.get("value"))
    }

    /// Every setting, by key.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn settings(&self) -> Result<Vec<(String, String)>, RegistryError> {
        self.rows("settings", "SELECT key, value FROM settings ORDER BY key", &[], |cells| Ok((cells.get("key")?, cells.get("value")?)))
    }
}

impl Write<'_> {
    /// Writes the row of a new registry.
    pub(super) fn insert_meta(&self, meta: &Meta) -> Result<(), RegistryError> {
        let sql = "INSERT INTO meta (only, registry, name, keys, is_test, created_at, last_seen_at, recovery, recovery_key) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.execute(
            sql,
            &[
                &Bound(&meta.id),
                &meta.name,
                &Bound(&meta.keys),
                &meta.is_test,
                &Bound(&meta.created_at),
                &Bound(&meta.last_seen_at),
                &meta.recovery.word(),
                &Bound(&meta.recovery.key()),
            ],
        )?;
        Ok(())
    }

    /// Renames the registry.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn set_registry_name(&self, name: &str) -> Result<(), RegistryError> {
        self.change("meta", &1, "UPDATE meta SET name = ?1 WHERE only = 1", &[&name])
    }

    /// Records where the keys are kept from now on.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn set_keys_kind(&self, keys: KeysKind) -> Result<(), RegistryError> {
        self.change("meta", &1, "UPDATE meta SET keys = ?1 WHERE only = 1", &[&Bound(&keys)])
    }

    /// Records the choice about the recovery file.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn set_recovery(&self, choice: RecoveryChoice) -> Result<(), RegistryError> {
        self.change("meta", &1, "UPDATE meta SET recovery = ?1, recovery_key = ?2 WHERE only = 1", &[&choice.word(), &Bound(&choice.key())])
    }

    /// Records the time that this program sees, unless a later one is known.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn note_time(&self, now: OffsetDateTime) -> Result<(), RegistryError> {
        self.change("meta", &1, "UPDATE meta SET last_seen_at = max(last_seen_at, ?1) WHERE only = 1", &[&Bound(&now)])
    }

    /// Sets the last seen time back: someone has confirmed that the clock is right and the later time was not.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn confirm_clock(&self, now: OffsetDateTime) -> Result<(), RegistryError> {
        self.change("meta", &1, "UPDATE meta SET last_seen_at = ?1 WHERE only = 1", &[&Bound(&now)])
    }

    /// Sets or (with `None`) forgets a setting.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn set_setting(&self, key: &str, value: Option<&str>) -> Result<(), RegistryError> {
        match value {
            Some(value) => self.execute(
                "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                &[&key, &value],
            )?,
            None => self.execute("DELETE FROM settings WHERE key = ?1", &[&key])?,
        };
        Ok(())
    }
}
