//! Moves all keys of a registry from the keyring into a vault, or from a vault into the keyring.
//!
//! 1. A note in the registry says that a move is under way and where to; no key is taken into use while it stands.
//! 2. Each key and secret is copied, and proved where it arrives.
//! 3. One transaction turns every row, the registry itself and the note to the new place.
//! 4. Each key is proved again in the new place, then what is in the old one is removed, and the note goes.
//!
//! Until the third step the old place counts, from then on the new one; both are whole at that moment. What a crash leaves is undone before the third step and
//! finished after it, when the keys are next unlocked. Undoing is a step of the note too: from then on the third step is refused to whoever began the move.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use pki::PublicKey;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::clock::EntropyError;
use crate::file::{folder_of, sync_folder};
use crate::keystore::{KeyStore, KeyStoreError, KeyStoreKind, StoreState, Vault};
use crate::registry::{KeyLocation, KeyRow, KeyRowId, KeyState, KeysKind, Read, RegistryError};
use crate::session::{NewKeys, SECRETS, Session, SessionError, key_ref, random, vault_path};
use crate::settle::UNDER_WAY;

/// Setting of a registry whose keys are on the move.
pub(crate) const MOVING_SETTING: &str = "keys.moving";

/// Tokens of the moves that this very process is at: a note of it with another token was left by an attempt that has ended.
static AT_IT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The keys were not moved: they are where they were, and can be used there.
#[derive(Debug, thiserror::Error)]
pub enum MoveKeysError {
    /// They are there already.
    #[error("the keys are there already")]
    AlreadyThere,
    /// The registry cannot be written.
    #[error("the registry cannot be written")]
    ReadOnly,
    /// A key was being made or removed meanwhile.
    #[error("a key is being made or removed")]
    Unsettled,
    /// Another program took the move over, or took a key into use meanwhile.
    #[error("another program is using the keys")]
    Overtaken,
    /// Something is in the way of the new vault.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// One of the two stores refused.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedKeys {
    /// Keys of authorities.
    pub keys: u32,
    /// Whether the old copies are gone. If not, they are removed at the next unlocking.
    pub old_removed: bool,
}

/// The note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Moving {
    /// Tells one move from another.
    token: String,
    /// Where the keys are to go, or have gone.
    to: Place,
    step: Step,
    /// Epoch milliseconds.
    since: i64,
    /// The program that moves them, as `HOST:PID:START`; notes of older programs do not say it.
    #[serde(default)]
    holder: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Os,
    Vault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Step {
    /// The old place counts.
    Copying,
    /// The old place counts, and goes on counting; what is in the new one goes.
    Undoing,
    /// The new place counts; what is in the old one goes.
    Removing,
}

impl Moving {
    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn read(tx: &Read<'_>) -> Result<Option<Self>, RegistryError> {
        let Some(text) = tx.setting(MOVING_SETTING)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|_| RegistryError::Damaged { detail: format!("the setting {MOVING_SETTING}") })
    }

    /// Refuses when the note is another by now, or gone: another program has gone on with the move.
    fn check(&self, tx: &Read<'_>) -> Result<(), MoveKeysError> {
        if Self::read(tx)?.as_ref() == Some(self) { Ok(()) } else { Err(MoveKeysError::Overtaken) }
    }

    fn began(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.since) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// While it lives, this process is at a move.
struct AtIt(String);

impl AtIt {
    fn begin(token: &str) -> Self {
        AT_IT.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_owned());
        Self(token.to_owned())
    }

    fn has(token: &str) -> bool {
        AT_IT.lock().unwrap_or_else(PoisonError::into_inner).contains(token)
    }
}

impl Drop for AtIt {
    fn drop(&mut self) {
        AT_IT.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

impl Session {
    /// Moves every key and secret. The session keeps them in the old place still: the registry has to be opened anew.
    ///
    /// # Errors
    /// See [`MoveKeysError`]. What was copied is removed again, at once or at the next unlocking.
    pub fn move_keys(&self, to: &NewKeys) -> Result<MovedKeys, MoveKeysError> {
        let place = match (to, self.keys_kind()) {
            (NewKeys::Os, KeysKind::Os | KeysKind::Memory) | (NewKeys::Vault(_), KeysKind::Passphrase) => {
                return Err(MoveKeysError::AlreadyThere);
            }
            (NewKeys::Os, KeysKind::Passphrase) => Place::Os,
            (NewKeys::Vault(_), KeysKind::Os | KeysKind::Memory) => Place::Vault,
        };
        if self.registry().read_only() {
            return Err(MoveKeysError::ReadOnly);
        }
        match self.keystore().state() {
            StoreState::Ready => {}
            StoreState::Locked => return Err(KeyStoreError::Locked.into()),
            StoreState::Unreachable { cause } => return Err(KeyStoreError::Unreachable { cause }.into()),
        }
        // What an attempt has left whose program has ended is not waited for: whoever asks for a move knows of no other.
        if let Some((note, counts)) = self.left_note()? {
            if self.may_be_at_it(&note) {
                return Err(MoveKeysError::Overtaken);
            }
            self.settle_note(&note, counts);
        }
        if place == Place::Vault && self.new_vault_path().symlink_metadata().is_ok() {
            return Err(SessionError::VaultExists { path: self.new_vault_path() }.into());
        }
        let note = Moving {
            token: hex::encode(random::<16>(self.host().entropy.as_ref())?),
            to: place,
            step: Step::Copying,
            since: self.millis(),
            holder: self.holder(),
        };
        let at_it = AtIt::begin(&note.token);
        let event = self.event("keys.move-started", &self.id().to_string(), json!({ "to": place }));
        self.change(|tx| {
            self.check_keys_stay(tx)?;
            if self.unsettled(tx)? {
                return Err(MoveKeysError::Unsettled);
            }
            tx.set_setting(MOVING_SETTING, Some(&note.text()))?;
            tx.append_audit(&event)?;
            Ok(())
        })?;
        let target = match self.new_place(to) {
            Ok(target) => target,
            Err(error) => {
                // Nothing was copied yet, and a place that has not answered is not asked again.
                let undone = self.end_move(&note, "keys.move-undone");
                if let Err(left) = undone {
                    tracing::warn!(%left, "a move of keys that did not begin is ended at the next unlocking");
                }
                return Err(error);
            }
        };
        let moved = self.copy_all(target.as_ref()).and_then(|keys| {
            let removing = self.turn_over(&note, &keys, target.as_ref())?;
            Ok((keys, removing))
        });
        let (keys, removing) = match moved {
            Ok(moved) => moved,
            Err(error) => {
                if let Err(left) = self.undo_move(&note) {
                    tracing::warn!(%left, "copies of keys are left until the next unlocking");
                }
                return Err(error);
            }
        };
        // From here on the keys have moved, whatever happens to the old copies.
        let old_removed = self.remove_old(target.as_ref(), &removing).and_then(|()| self.end_move(&removing, "keys.old-removed"));
        if let Err(left) = &old_removed {
            tracing::warn!(%left, "old copies of keys are left until the next unlocking");
        }
        drop(at_it);
        Ok(MovedKeys { keys: u32::try_from(keys.len()).unwrap_or(u32::MAX), old_removed: old_removed.is_ok() })
    }

    /// Makes the new place ready, empty.
    fn new_place(&self, to: &NewKeys) -> Result<Arc<dyn KeyStore>, MoveKeysError> {
        Ok(match to {
            NewKeys::Os => {
                let target = self.host().keyring.open(&self.id());
                target.ask_to_unlock()?;
                target
            }
            NewKeys::Vault(passphrase) => {
                let (path, id, host) = (self.new_vault_path(), self.id().to_string(), self.host());
                Arc::new(Vault::create_with_cost(&path, passphrase, &id, Arc::clone(&host.entropy), host.passphrase_cost)?)
            }
        })
    }

    /// Copies every key that is in use, and every secret; proves each where it arrives.
    fn copy_all(&self, target: &dyn KeyStore) -> Result<Vec<KeyRowId>, MoveKeysError> {
        for name in SECRETS {
            if let Some(secret) = self.keystore().secret(name)? {
                target.store_secret(name, &secret)?;
            }
        }
        let rows = self.registry().read(|tx| self.rows_here(tx))?;
        for row in &rows {
            self.keystore().copy_key(&key_ref(row.key.id)?, &public_key(row)?, &row.key.label, target)?;
        }
        target.sync()?;
        Ok(rows.iter().map(|row| row.key.id).collect())
    }

    /// The one moment: all rows, the registry and the note turn to the new place, or none does. What comes back is the note as it stands then.
    fn turn_over(&self, note: &Moving, copied: &[KeyRowId], target: &dyn KeyStore) -> Result<Moving, MoveKeysError> {
        let (location, keys) = match target.kind() {
            KeyStoreKind::Os => (KeyLocation::Os, KeysKind::Os),
            KeyStoreKind::Memory => (KeyLocation::Memory, KeysKind::Os),
            KeyStoreKind::Vault => (KeyLocation::Vault, KeysKind::Passphrase),
        };
        let removing = Moving { step: Step::Removing, ..note.clone() };
        let event = self.event("keys.moved", &self.id().to_string(), json!({ "to": note.to, "keys": copied.len() }));
        let now = self.now();
        self.change(|tx| {
            let here: Vec<_> = self.rows_here(tx)?.iter().map(|row| row.key.id).collect();
            note.check(tx)?;
            if here != copied || self.unsettled(tx)? {
                return Err(MoveKeysError::Overtaken);
            }
            for id in copied {
                tx.set_key_state(*id, KeyState::Ready, now)?;
                tx.set_key_location(*id, location)?;
            }
            tx.set_keys_kind(keys)?;
            tx.set_setting(MOVING_SETTING, Some(&removing.text()))?;
            tx.append_audit(&event)?;
            Ok::<_, MoveKeysError>(())
        })?;
        Ok(removing)
    }

    /// Finishes or undoes a move that did not come to its end. With `patience`, one that is younger is left to the program that may be at it.
    pub(crate) fn settle_move(&self, patience: Option<Duration>) -> Result<(), SessionError> {
        let Some((note, counts)) = self.left_note()? else { return Ok(()) };
        if patience.is_some_and(|patience| note.began() + patience > self.now()) {
            return Ok(());
        }
        self.settle_note(&note, counts);
        Ok(())
    }

    /// The note, if there is one, and whether the keys count where this session keeps them.
    fn left_note(&self) -> Result<Option<(Moving, bool)>, RegistryError> {
        self.registry().read(|tx| {
            let Some(note) = Moving::read(tx)? else { return Ok(None) };
            Ok(Some((note, tx.meta()?.keys == self.keys_kind())))
        })
    }

    /// Whether the program that wrote a note may still be moving. Of another machine nothing can be known: its note is left alone while it is young.
    fn may_be_at_it(&self, note: &Moving) -> bool {
        if note.holder == self.holder() {
            return AtIt::has(&note.token);
        }
        note.began() + UNDER_WAY > self.now() && !self.holder_is_gone(&note.holder)
    }

    /// Finishes or undoes the move of a note. `counts`: whether this session keeps the keys where they count. A session that was opened before they
    /// turned proves nothing in its store, and would remove what it has not proved: it leaves the note to the next one.
    fn settle_note(&self, note: &Moving, counts: bool) {
        if !counts {
            tracing::warn!("a move of keys that was interrupted is left to a session that has the keys where they count");
            return;
        }
        let settled = match note.step {
            Step::Copying | Step::Undoing => self.undo_move(note),
            Step::Removing => self.remove_old(self.keystore().as_ref(), note).and_then(|()| self.end_move(note, "keys.old-removed")),
        };
        if let Err(error) = settled {
            // The keys that count can be used all the same; the note stays, and with it the next attempt.
            tracing::warn!(%error, "a move of keys that was interrupted could not be settled");
        }
    }

    /// Undoes a move before its third step. That it is undone is on record, and synced, before the copies go: whoever began it, and has perhaps only been
    /// slow, is refused the third step from then on, and a third step whose sync has failed is not found in the log any more when the file is next opened.
    fn undo_move(&self, note: &Moving) -> Result<(), MoveKeysError> {
        let undoing = Moving { step: Step::Undoing, ..note.clone() };
        if note.step != Step::Undoing {
            let event = self.event("keys.move-undoing", &self.id().to_string(), json!({ "to": note.to }));
            self.change(|tx| {
                note.check(tx)?;
                tx.set_setting(MOVING_SETTING, Some(&undoing.text()))?;
                tx.append_audit(&event)?;
                Ok::<_, MoveKeysError>(())
            })?;
        }
        self.remove_copies(&undoing)?;
        self.end_move(&undoing, "keys.move-undone")
    }

    /// Undoes step two: every key is proved where it counts, then the copies go.
    fn remove_copies(&self, note: &Moving) -> Result<(), MoveKeysError> {
        let rows = self.prove_all(self.keystore().as_ref())?;
        // Proving may have waited for an answer of the keyring for long.
        self.registry().read(|tx| note.check(tx))?;
        match note.to {
            Place::Vault => remove_vault(&self.new_vault_path(), &self.id().to_string()),
            Place::Os => remove_entries(self.host().keyring.open(&self.id()).as_ref(), &rows),
        }
    }

    /// Step four: every key is proved in the new place, then the old copies go.
    fn remove_old(&self, new: &dyn KeyStore, note: &Moving) -> Result<(), MoveKeysError> {
        let rows = self.prove_all(new)?;
        // As above: by now the old place may be the new one of another move.
        self.registry().read(|tx| note.check(tx))?;
        match note.to {
            Place::Os => remove_vault(&vault_path(self.registry().path()), &self.id().to_string()),
            Place::Vault => remove_entries(self.host().keyring.open(&self.id()).as_ref(), &rows),
        }
    }

    /// Proves every key in use, and looks for every secret, in a store.
    fn prove_all(&self, store: &dyn KeyStore) -> Result<Vec<KeyRow>, MoveKeysError> {
        let location = match store.kind() {
            KeyStoreKind::Os => KeyLocation::Os,
            KeyStoreKind::Memory => KeyLocation::Memory,
            KeyStoreKind::Vault => KeyLocation::Vault,
        };
        let mut rows = self.registry().read(|tx| tx.keys())?;
        rows.retain(|row| row.key.state == KeyState::Ready && row.key.location == location);
        for row in &rows {
            store.prove(&key_ref(row.key.id)?, &public_key(row)?)?;
        }
        Ok(rows)
    }

    /// Takes the note away, if it is still this one.
    fn end_move(&self, note: &Moving, action: &'static str) -> Result<(), MoveKeysError> {
        let event = self.event(action, &self.id().to_string(), json!({}));
        self.change(|tx| {
            note.check(tx)?;
            tx.set_setting(MOVING_SETTING, None)?;
            tx.append_audit(&event)?;
            Ok(())
        })
    }

    /// Keys in use that live in this session's store, by id.
    fn rows_here(&self, tx: &Read<'_>) -> Result<Vec<KeyRow>, RegistryError> {
        let here = self.key_location();
        let mut rows = tx.keys()?;
        rows.retain(|row| row.key.state == KeyState::Ready && row.key.location == here);
        Ok(rows)
    }

    fn unsettled(&self, tx: &Read<'_>) -> Result<bool, RegistryError> {
        Ok(!tx.unsettled_keys()?.is_empty())
    }

    fn new_vault_path(&self) -> std::path::PathBuf {
        vault_path(self.registry().path())
    }

    fn millis(&self) -> i64 {
        i64::try_from(self.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
    }
}

fn public_key(row: &KeyRow) -> Result<PublicKey, KeyStoreError> {
    PublicKey::from_spki_der(&row.key.spki).map_err(|_| KeyStoreError::Damaged { what: format!("the public key of {}", row.key.id) })
}

/// Removes keys and secrets of this registry from a keyring.
fn remove_entries(store: &dyn KeyStore, rows: &[KeyRow]) -> Result<(), MoveKeysError> {
    for row in rows {
        match store.remove(&key_ref(row.key.id)?) {
            Ok(()) | Err(KeyStoreError::Missing { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    for name in SECRETS {
        store.remove_secret(name)?;
    }
    Ok(store.sync()?)
}

/// Removes the vault of this registry, if it is there.
fn remove_vault(path: &Path, registry: &str) -> Result<(), MoveKeysError> {
    let failed = |error: std::io::Error| KeyStoreError::Io { path: path.to_owned(), kind: error.kind(), cause: error.to_string() };
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    // A file that somebody else put there is not ours to remove.
    if Vault::open(path, Arc::new(crate::clock::SystemEntropy))?.registry() != registry {
        return Ok(());
    }
    std::fs::remove_file(path).and_then(|()| sync_folder(folder_of(path))).map_err(failed)?;
    let mut lock = path.to_owned().into_os_string();
    lock.push(".lock");
    match std::fs::remove_file(&lock) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error).into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
