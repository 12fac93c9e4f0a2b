//! Keys by name: where the private half is and how far its keeping has got.

use pki::Fingerprint;
use time::OffsetDateTime;

use super::cell::{Bound, Cells, words};
use super::ids::KeyRowId;
use super::{Read, RegistryError, Write};

words! {
    /// Where the private half of a key is.
    pub enum KeyLocation {
        /// In the keyring of the operating system.
        Os = "os",
        /// In the vault beside the registry.
        Vault = "vault",
        /// In memory, for tests.
        Memory = "memory",
        /// In the registry itself, sealed: a leaf key that its profile keeps.
        Registry = "registry",
        /// Not with us.
        Elsewhere = "elsewhere",
    }
}

words! {
    /// How far the keeping of a key has got. Staged and half-deleted keys are finished or undone at the next start.
    pub enum KeyState {
        /// The row is written, the keyring may or may not have the key.
        Staging = "staging",
        /// Written, read back and proven.
        Ready = "ready",
        /// To be removed from the keyring.
        Deleting = "deleting",
        /// Removed.
        Deleted = "deleted",
    }
}

/// A key to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Its id, also its name in keyring or vault.
    pub id: KeyRowId,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// SHA-256 of the SubjectPublicKeyInfo.
    pub fingerprint: Fingerprint,
    /// "ec-p256" and so on.
    pub key_kind: String,
    /// Where the private half is.
    pub location: KeyLocation,
    /// How far its keeping has got.
    pub state: KeyState,
    /// What the keyring shows.
    pub label: String,
    /// The private half sealed to the recovery key.
    pub sealed_recovery: Option<Vec<u8>>,
    /// The private half sealed under a key that lives in keyring or vault, for leaf keys that are kept.
    pub sealed_private: Option<Vec<u8>>,
    /// When it was recorded.
    pub created_at: OffsetDateTime,
}

/// A recorded key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// What was recorded; `location` and `state` are as of now.
    pub key: NewKey,
    /// When a signature of it was last checked.
    pub proven_at: Option<OffsetDateTime>,
}

pub(super) const COLUMNS: &str =
    "id, spki, fingerprint, key_kind, location, state, label, sealed_recovery, sealed_private, created_at, proven_at";

pub(super) fn key_row(cells: &Cells<'_>) -> Result<KeyRow, RegistryError> {
    let row = KeyRow {
        key: NewKey {
            id: cells.get("id")?,
            spki: cells.get("spki")?,
            fingerprint: cells.get("fingerprint")?,
            key_kind: cells.get("key_kind")?,
            location: cells.get("location")?,
            state: cells.get("state")?,
            label: cells.get("label")?,
            sealed_recovery: cells.get("sealed_recovery")?,
            sealed_private: cells.get("sealed_private")?,
            created_at: cells.get("created_at")?,
        },
        proven_at: cells.get("proven_at")?,
    };
    if Fingerprint::of(&row.key.spki) != row.key.fingerprint {
        return Err(cells.refuse("spki", format!("the bytes do not have the recorded SHA-256 {}", row.key.fingerprint)));
    }
    Ok(row)
}

impl Read<'_> {
    /// The key with this id.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn key(&self, id: KeyRowId) -> Result<Option<KeyRow>, RegistryError> {
        self.row("keys", &format!("SELECT {COLUMNS} FROM keys WHERE id = ?1"), &[&Bound(&id)], key_row)
    }

    /// The key with this SHA-256 of its SubjectPublicKeyInfo, unless it is deleted.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn key_by_fingerprint(&self, fingerprint: &Fingerprint) -> Result<Option<KeyRow>, RegistryError> {
        self.row(
            "keys",
            &format!("SELECT {COLUMNS} FROM keys WHERE fingerprint = ?1 AND state <> 'deleted'"),
            &[&Bound(fingerprint)],
            key_row,
        )
    }

    /// Whether the private half of the key with this SHA-256 is here.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn holds_key(&self, fingerprint: &Fingerprint) -> Result<bool, RegistryError> {
        let sql = "SELECT id FROM keys WHERE fingerprint = ?1 AND state <> 'deleted' AND state = 'ready' AND location <> 'elsewhere'";
        let found = self.row("keys", sql, &[&Bound(fingerprint)], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// All keys that are not deleted, oldest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn keys(&self) -> Result<Vec<KeyRow>, RegistryError> {
        self.rows("keys", &format!("SELECT {COLUMNS} FROM keys WHERE state <> 'deleted' ORDER BY id"), &[], key_row)
    }

    /// Keys that a crash left between registry and keyring: staged or being deleted.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn unsettled_keys(&self) -> Result<Vec<KeyRow>, RegistryError> {
        self.rows("keys", &format!("SELECT {COLUMNS} FROM keys WHERE state IN ('staging', 'deleting') ORDER BY id"), &[], key_row)
    }
}

impl Write<'_> {
    /// Records a key.
    ///
    /// # Errors
    /// `AlreadyPresent` if the id or the public key is known.
    pub fn insert_key(&self, key: &NewKey) -> Result<(), RegistryError> {
        let sql = "INSERT INTO keys (id, spki, fingerprint, key_kind, location, state, label, sealed_recovery, sealed_private, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.execute(
            sql,
            &[
                &Bound(&key.id),
                &key.spki,
                &Bound(&key.fingerprint),
                &key.key_kind,
                &Bound(&key.location),
                &Bound(&key.state),
                &key.label,
                &key.sealed_recovery,
                &key.sealed_private,
                &Bound(&key.created_at),
            ],
        )?;
        Ok(())
    }

    /// Moves a key on. `Ready` is for a key that has just been proven: `now` becomes its proof time.
    ///
    /// # Errors
    /// `Missing` if there is no such key.
    pub fn set_key_state(&self, id: KeyRowId, state: KeyState, now: OffsetDateTime) -> Result<(), RegistryError> {
        let proven = (state == KeyState::Ready).then_some(now);
        self.change(
            "keys",
            &id,
            "UPDATE keys SET state = ?2, proven_at = coalesce(?3, proven_at) WHERE id = ?1",
            &[&Bound(&id), &Bound(&state), &Bound(&proven)],
        )
    }

    /// Takes a staged key into use; `now` becomes its proof time.
    ///
    /// # Errors
    /// `Missing` if no such key is staged: another program may have given it up meanwhile.
    pub fn take_staged_key(&self, id: KeyRowId, now: OffsetDateTime) -> Result<(), RegistryError> {
        self.change(
            "keys",
            &id,
            "UPDATE keys SET state = 'ready', proven_at = ?2 WHERE id = ?1 AND state = 'staging'",
            &[&Bound(&id), &Bound(&now)],
        )
    }

    /// Gives up a key that is staged or already leaving, so that it is never taken into use any more. `false` if it is in use, or gone.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn leave_key(&self, id: KeyRowId) -> Result<bool, RegistryError> {
        let sql = "UPDATE keys SET state = 'deleting' WHERE id = ?1 AND state IN ('staging', 'deleting')";
        Ok(self.execute(sql, &[&Bound(&id)])? > 0)
    }

    /// Closes the row of a leaving key that is removed. `false` if another program has closed it.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn close_left_key(&self, id: KeyRowId) -> Result<bool, RegistryError> {
        Ok(self.execute("UPDATE keys SET state = 'deleted' WHERE id = ?1 AND state = 'deleting'", &[&Bound(&id)])? > 0)
    }

    /// Records that the private half has moved.
    ///
    /// # Errors
    /// `Missing` if there is no such key.
    pub fn set_key_location(&self, id: KeyRowId, location: KeyLocation) -> Result<(), RegistryError> {
        self.change("keys", &id, "UPDATE keys SET location = ?2 WHERE id = ?1", &[&Bound(&id), &Bound(&location)])
    }

    /// Stores the private half sealed to the recovery key.
    ///
    /// # Errors
    /// `Missing` if there is no such key.
    pub fn set_sealed_recovery(&self, id: KeyRowId, sealed: &[u8]) -> Result<(), RegistryError> {
        self.change("keys", &id, "UPDATE keys SET sealed_recovery = ?2 WHERE id = ?1", &[&Bound(&id), &sealed])
    }

    /// Stores, or with `None` forgets, a kept leaf key in its sealed form.
    ///
    /// # Errors
    /// `Missing` if there is no such key.
    pub fn set_sealed_private(&self, id: KeyRowId, sealed: Option<&[u8]>) -> Result<(), RegistryError> {
        self.change("keys", &id, "UPDATE keys SET sealed_private = ?2 WHERE id = ?1", &[&Bound(&id), &sealed])
    }
}
