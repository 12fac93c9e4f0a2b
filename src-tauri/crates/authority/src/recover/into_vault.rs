//! Restores every key that is sealed to the recovery file into a new vault: on a machine without a keyring, or where the vault is lost, damaged, or its
//! passphrase is.
//!
//! The vault is made aside, whole, every key in it proved. How it takes its place depends on what the registry counts on:
//!
//! - On a keyring: one transaction turns the registry, all rows, and the vault's bytes, which travel in it until they lie beside it. What the keyring has
//!   stays there.
//! - On a vault: the record is committed, a copy of the old file is kept under another name, and the new file replaces it in one step.
//!
//! A crash leaves the one place or the other, never half of both, and the restoring can be repeated.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{NotRecovered, RecoverError, Recovered, WhyNot, names, sealed_key};
use crate::back_up::{NEW_VAULT_SETTING, VaultLostError};
use crate::file::{FileError, FileMode, folder_of, write_new_atomically};
use crate::keystore::{KeyStore as _, RecoveryKey, Vault};
use crate::leftovers::{self, Workshop};
use crate::move_keys::MOVING_SETTING;
use crate::registry::{KeyLocation, KeyRow, KeyRowId, KeyState, KeysKind, Write};
use crate::secret::Passphrase;
use crate::session::{Session, SessionError, key_ref, vault_path};

/// How many old vaults may lie beside one registry.
const MOST_OLD_VAULTS: u32 = 100;

/// What restoring into a new vault did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveredIntoVault {
    /// The keys.
    pub recovered: Recovered,
    /// Where the vault that was there lies now.
    pub old_vault: Option<PathBuf>,
}

/// A vault that was made aside.
struct FilledVault {
    bytes: Vec<u8>,
    /// The keys that are in it.
    restored: Vec<KeyRowId>,
    recovered: Recovered,
}

impl Session {
    /// Restores all keys and secrets into a new vault under `new`, whatever has become of the place where they were. The session keeps to that place still:
    /// the registry has to be opened anew.
    ///
    /// # Errors
    /// See [`RecoverError`]. Nothing was restored then, and the keys are where they were.
    pub fn restore_into_new_vault(
        &self,
        file: &Path,
        passphrase: &Passphrase,
        new: &Passphrase,
    ) -> Result<RecoveredIntoVault, RecoverError> {
        if self.registry().read_only() {
            return Err(RecoverError::ReadOnly);
        }
        let recovery = self.open_recovery_file(file, passphrase)?;
        let rows = self.keys_here()?;
        let filled = self.filled_vault(&recovery, &rows, new)?;
        let beside = vault_path(self.registry().path());
        let old_vault = match self.vault() {
            None => {
                let old = self.put_vault_aside(&beside)?;
                self.change(|tx| {
                    self.record_vault(tx, &rows, &filled)?;
                    tx.set_keys_kind(KeysKind::Passphrase)?;
                    tx.set_setting(NEW_VAULT_SETTING, Some(&STANDARD.encode(&filled.bytes)))?;
                    Ok::<_, RecoverError>(())
                })?;
                old
            }
            Some(vault) => {
                self.change(|tx| self.record_vault(tx, &rows, &filled))?;
                let old = keep_copy(&beside)?;
                vault.replace_file(&filled.bytes)?;
                old
            }
        };
        Ok(RecoveredIntoVault { recovered: filled.recovered, old_vault })
    }

    /// A vault with every key and secret that is sealed to the recovery file, each proved in it. A copy that is of no use stops no other; where none is of
    /// any, there is no vault.
    fn filled_vault(&self, recovery: &RecoveryKey, rows: &[KeyRow], new: &Passphrase) -> Result<FilledVault, RecoverError> {
        let host = self.host();
        let folder = folder_of(self.registry().path());
        let workshop = Workshop::new_in(folder, leftovers::NEW_VAULT).map_err(|error| failed(FileError::from_io(folder, error)))?;
        let made = workshop.path().join("vault");
        let vault = Vault::create_with_cost(&made, new, &self.id().to_string(), Arc::clone(&host.entropy), host.passphrase_cost)?;
        let (secrets, mut useless) = self.sealed_secrets(recovery)?;
        for (name, secret) in secrets {
            vault.store_secret(name, &secret)?;
        }
        let (mut restored, mut fault) = (Vec::new(), None);
        for row in rows {
            match sealed_key(recovery, row) {
                Ok(Some(key)) => {
                    vault.store(&key_ref(row.key.id)?, &row.key.label, &key)?;
                    restored.push(row.key.id);
                }
                Ok(None) => useless.push(NotRecovered { name: row.key.label.clone(), why: WhyNot::NoCopy }),
                Err(error) => {
                    tracing::warn!(%error, key = %row.key.id, "a sealed copy is of no use");
                    useless.push(NotRecovered { name: row.key.label.clone(), why: WhyNot::CopyDamaged });
                    fault = fault.or(Some(error));
                }
            }
        }
        if let Some(error) = fault
            && restored.is_empty()
        {
            return Err(error);
        }
        let bytes = std::fs::read(&made).map_err(|error| failed(FileError::from_io(&made, error)))?;
        let keys = u32::try_from(restored.len()).unwrap_or(u32::MAX);
        Ok(FilledVault { bytes, restored, recovered: Recovered { sealed: keys, restored: keys, failed: useless } })
    }

    /// Turns every row to the vault, those too that no copy was sealed of: they are missing there, and looked for nowhere else.
    fn record_vault(&self, tx: &Write<'_>, rows: &[KeyRow], filled: &FilledVault) -> Result<(), RecoverError> {
        let here = self.key_location();
        let ready = |row: &&KeyRow| row.key.state == KeyState::Ready && row.key.location == here;
        let now_here = tx.keys()?;
        if tx.meta()?.keys != self.keys_kind() || !now_here.iter().filter(ready).map(|row| row.key.id).eq(rows.iter().map(|row| row.key.id))
        {
            return Err(RecoverError::Overtaken);
        }
        let now = self.now();
        for row in rows {
            tx.set_key_location(row.key.id, KeyLocation::Vault)?;
            if filled.restored.contains(&row.key.id) {
                tx.append_audit(&self.restored_event(row))?;
                tx.set_key_state(row.key.id, KeyState::Ready, now)?;
            }
        }
        // A move that was under way has lost what it moved from or to.
        tx.set_setting(MOVING_SETTING, None)?;
        let detail = json!({ "keys": filled.recovered.restored, "failed": names(&filled.recovered.failed), "to": "vault" });
        tx.append_audit(&self.event("recovery-file.restored", &self.id().to_string(), detail))?;
        Ok(())
    }

    /// Takes a vault of this registry out of the way on which the registry does not count: an interrupted move has left it.
    fn put_vault_aside(&self, beside: &Path) -> Result<Option<PathBuf>, RecoverError> {
        if beside.symlink_metadata().is_err() {
            return Ok(None);
        }
        let ours = Vault::open(beside, Arc::clone(&self.host().entropy)).is_ok_and(|vault| vault.registry() == self.id().to_string());
        if !ours {
            return Err(SessionError::VaultExists { path: beside.to_owned() }.into());
        }
        let kept = keep_copy(beside)?;
        std::fs::remove_file(beside).map_err(|error| failed(FileError::from_io(beside, error)))?;
        Ok(kept)
    }
}

/// Copies a vault, whole or damaged, to a free name beside it: `NAME.old-1.vault`.
fn keep_copy(vault: &Path) -> Result<Option<PathBuf>, RecoverError> {
    let bytes = match std::fs::read(vault) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        outcome => outcome.map_err(|error| failed(FileError::from_io(vault, error)))?,
    };
    for number in 1..=MOST_OLD_VAULTS {
        let kept = vault.with_extension(format!("old-{number}.vault"));
        match write_new_atomically(&kept, FileMode::Private, false, &bytes) {
            // The same copy, from an attempt that was interrupted.
            Err(FileError::AlreadyExists { .. }) if std::fs::read(&kept).is_ok_and(|there| there == bytes) => return Ok(Some(kept)),
            Err(FileError::AlreadyExists { .. }) => {}
            outcome => return outcome.map(|()| Some(kept)).map_err(failed),
        }
    }
    Err(SessionError::VaultExists { path: vault.to_owned() }.into())
}

fn failed(error: FileError) -> RecoverError {
    SessionError::from(VaultLostError::File(error)).into()
}
