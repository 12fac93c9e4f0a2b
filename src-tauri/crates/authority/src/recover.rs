//! The recovery file: made, tested, and used to put lost keys back (invariant 14).

mod into_vault;
mod not_recovered;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pki::{PrivateKey, PublicKey};
use serde_json::json;
use time::OffsetDateTime;

use crate::audit::AuditEvent;
use crate::keystore::{KeyStoreError, PassphraseCheck, RecoveryError, RecoveryFile, RecoveryKey, RecoveryPublicKey, SealedKey};
use crate::registry::{KeyRow, KeyRowId, KeyState, KeysKind, RecoveryChoice, RegistryError};
use crate::secret::{Passphrase, SecretBytes};
use crate::session::{AUDIT_SECRET, SECRETS, Session, SessionError, key_ref, sealed_setting};
use crate::settle::UNDER_WAY;

use self::not_recovered::names;
pub use self::not_recovered::{NotRecovered, WhyNot};

/// Setting that tells whether a passphrase is the recovery file's, without the file.
pub(crate) const CHECK_SETTING: &str = "recovery.check";

/// The recovery file could not be made, tested or used.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The registry's keys are in a vault, which is its own recovery file.
    #[error("a vault needs no recovery file")]
    NotNeeded,
    /// The registry has a recovery file already; a second would leave the first one powerless, which has to be said.
    #[error("the registry has a recovery file already")]
    AlreadyMade,
    /// The registry has none.
    #[error("the registry has no recovery file")]
    NoneMade,
    /// The file belongs to another registry.
    #[error("the recovery file {} belongs to another registry", path.display())]
    WrongRegistry {
        /// The file.
        path: PathBuf,
    },
    /// The file was made for this registry, and another one took its place.
    #[error("the recovery file {} of {made} was replaced by a newer one", path.display())]
    Replaced {
        /// The file.
        path: PathBuf,
        /// When it was made.
        made: OffsetDateTime,
    },
    /// A key is being made, or its making was interrupted: a file that is made now could not bring it back.
    #[error("the key {label:?} is being made")]
    KeyUnsettled {
        /// The key.
        key: KeyRowId,
        /// Its label.
        label: String,
    },
    /// A secret is sealed to the old file and not in the keyring: a new file could not bring it back.
    #[error("the secret {name} is not in the keyring")]
    SecretNotHere {
        /// Its name.
        name: &'static str,
    },
    /// A secret sealed to it does not come out as it went in.
    #[error("the secret {name} cannot be restored")]
    SecretDamaged {
        /// Its name.
        name: &'static str,
    },
    /// A key sealed to it does not come out as it went in.
    #[error("the key {label:?} cannot be restored")]
    KeyDamaged {
        /// The key's label.
        label: String,
    },
    /// The registry cannot be written.
    #[error("the registry cannot be written")]
    ReadOnly,
    /// Another program has moved the keys meanwhile.
    #[error("another program is using the keys")]
    Overtaken,
    /// Something that is not this registry's lies where the new vault is to be, or the old one could not be kept.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The file could not be written, read or opened.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: RecoveryError,
    },
    /// The passphrase's check could not be made, or something that is sealed does not open.
    #[error(transparent)]
    Sealed(#[from] RecoveryError),
    /// The keystore refused.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// What a recovery file did or could do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Keys sealed to it.
    pub sealed: u32,
    /// Keys put back into keyring or vault.
    pub restored: u32,
    /// Keys and secrets that it does not bring back.
    pub failed: Vec<NotRecovered>,
}

/// The secrets that came out of their sealed copies, each with its name, and the names of those that did not.
type OpenedSecrets = (Vec<(&'static str, SecretBytes)>, Vec<NotRecovered>);

impl Session {
    /// Makes the recovery file, opens it on the spot to prove it, and seals every key that is there to it.
    ///
    /// # Errors
    /// When one was made before, a file is in the way, or a key is not at hand; the choice is then as it was.
    pub fn create_recovery_file(&self, path: &Path, passphrase: &Passphrase) -> Result<Recovered, RecoverError> {
        self.make_recovery_file(path, passphrase, false)
    }

    /// As [`Session::create_recovery_file`], also in the place of one that was made before and is lost, or whose passphrase is: it opens nothing of this
    /// registry from then on, but backups that were made before.
    ///
    /// # Errors
    /// As [`Session::create_recovery_file`]. A key or secret that only the old file could bring back is one that is not at hand.
    pub fn replace_recovery_file(&self, path: &Path, passphrase: &Passphrase) -> Result<Recovered, RecoverError> {
        self.make_recovery_file(path, passphrase, true)
    }

    fn make_recovery_file(&self, path: &Path, passphrase: &Passphrase, replace: bool) -> Result<Recovered, RecoverError> {
        let meta = self.meta()?;
        if meta.keys != KeysKind::Os {
            return Err(RecoverError::NotNeeded);
        }
        let replaced = matches!(meta.recovery, RecoveryChoice::PublicKey(_));
        if replaced && !replace {
            return Err(RecoverError::AlreadyMade);
        }
        // Before a file is made for nothing.
        self.settle_staged()?;
        for row in self.keys_here()? {
            self.keystore().prove(&key_ref(row.key.id)?, &public_key(&row)?)?;
        }
        let public = RecoveryFile::create_with_cost(
            path,
            passphrase,
            &self.id().to_string(),
            self.now(),
            self.host().entropy.as_ref(),
            self.host().passphrase_cost,
        )
        .map_err(|source| RecoverError::File { path: path.to_owned(), source })?;
        let done = self.seal_everything(passphrase, &public, replaced);
        if matches!(done, Err(RecoverError::Overtaken)) {
            // It opens nothing, and would be in the way of the next attempt.
            std::fs::remove_file(path).unwrap_or_else(|error| tracing::warn!(%error, "a recovery file that opens nothing stays"));
        }
        done
    }

    /// Discards keys whose making was interrupted.
    fn settle_staged(&self) -> Result<(), RecoverError> {
        let staged = || self.registry().read(|tx| tx.unsettled_keys());
        let old = |row: &KeyRow| row.key.created_at + UNDER_WAY < self.now();
        for row in staged()?.iter().filter(|row| row.key.state == KeyState::Staging && old(row)) {
            self.discard(row)?;
        }
        match staged()?.into_iter().find(|row| row.key.state == KeyState::Staging) {
            Some(row) => Err(RecoverError::KeyUnsettled { key: row.key.id, label: row.key.label }),
            None => Ok(()),
        }
    }

    /// Seals every key and secret to a new recovery file, and takes it into use.
    fn seal_everything(&self, passphrase: &Passphrase, public: &RecoveryPublicKey, replaced: bool) -> Result<Recovered, RecoverError> {
        let check = PassphraseCheck::of(passphrase, self.host().passphrase_cost, self.host().entropy.as_ref())?;
        let mut secrets = Vec::new();
        for name in SECRETS {
            match self.keystore().sealed_secret(name, public)? {
                Some(bytes) => secrets.push((sealed_setting(name), STANDARD.encode(bytes.to_bytes()))),
                None if self.registry().read(|tx| tx.setting(&sealed_setting(name)))?.is_some() => {
                    return Err(RecoverError::SecretNotHere { name });
                }
                None => {}
            }
        }
        let mut sealed = Vec::new();
        for row in self.keys_here()? {
            let expected = public_key(&row)?;
            sealed.push((row.key.id, self.keystore().sealed_export(&key_ref(row.key.id)?, &expected, public)?.to_bytes()));
        }
        let count = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
        let here = self.key_location();
        self.change(|tx| {
            // A key that was made meanwhile, or is being made now, is sealed to the file before, or to none: it would be the one that no file brings back.
            let now_here = tx.keys()?;
            let unsettled = now_here.iter().any(|row| row.key.state == KeyState::Staging);
            let ready = now_here.iter().filter(|row| row.key.state == KeyState::Ready && row.key.location == here).map(|row| row.key.id);
            if unsettled || tx.meta()?.keys != KeysKind::Os || !ready.eq(sealed.iter().map(|(id, _)| *id)) {
                return Err(RecoverError::Overtaken);
            }
            tx.set_recovery(RecoveryChoice::PublicKey(*public.as_bytes()))?;
            tx.set_setting(CHECK_SETTING, Some(&check.to_text()))?;
            for (setting, text) in &secrets {
                tx.set_setting(setting, Some(text))?;
            }
            for (id, bytes) in &sealed {
                tx.set_sealed_recovery(*id, bytes)?;
            }
            tx.append_audit(&self.event(
                "recovery-file.created",
                &self.id().to_string(),
                json!({ "keys": count, "publicKey": hex::encode(public.as_bytes()), "replaced": replaced }),
            ))?;
            Ok::<_, RecoverError>(())
        })?;
        Ok(Recovered { sealed: count, restored: 0, failed: Vec::new() })
    }

    /// Declines the recovery file by name, on the record.
    ///
    /// # Errors
    /// When the registry cannot be written.
    pub fn refuse_recovery_file(&self) -> Result<(), RegistryError> {
        self.change(|tx| {
            tx.set_recovery(RecoveryChoice::Refused)?;
            tx.append_audit(&self.event("recovery-file.refused", &self.id().to_string(), json!({})))?;
            Ok(())
        })
    }

    /// Opens a recovery file and every key sealed to it, and forgets them again. A copy that does not come out as it went in is told, and stops no other.
    ///
    /// # Errors
    /// A wrong passphrase, or a file of another registry.
    pub fn test_recovery_file(&self, path: &Path, passphrase: &Passphrase) -> Result<Recovered, RecoverError> {
        self.use_recovery_file(path, passphrase, false)
    }

    /// Puts keys back that the keyring has lost. A key that is there is never overwritten.
    ///
    /// # Errors
    /// As [`Session::test_recovery_file`], or the keyring's refusal.
    pub fn restore_from_recovery_file(&self, path: &Path, passphrase: &Passphrase) -> Result<Recovered, RecoverError> {
        self.use_recovery_file(path, passphrase, true)
    }

    fn use_recovery_file(&self, path: &Path, passphrase: &Passphrase, restore: bool) -> Result<Recovered, RecoverError> {
        let recovery = self.open_recovery_file(path, passphrase)?;
        let failed = self.use_sealed_secrets(&recovery, restore)?;
        let mut outcome = Recovered { sealed: 0, restored: 0, failed };
        for row in self.keys_here()? {
            let key = match sealed_key(&recovery, &row) {
                Ok(Some(key)) => {
                    outcome.sealed += 1;
                    Ok(key)
                }
                Ok(None) => Err(WhyNot::NoCopy),
                Err(error) => {
                    tracing::warn!(%error, key = %row.key.id, "a sealed copy is of no use");
                    Err(WhyNot::CopyDamaged)
                }
            };
            let put_back = if restore { self.put_back(&row, key.as_ref().ok()) } else { Ok(false) };
            let why = match (key, put_back) {
                (_, Err(RecoverError::KeyStore(error))) => Some(WhyNot::of_one(&error).ok_or(error)?),
                (_, Err(error)) => return Err(error),
                (Ok(_), Ok(restored)) => {
                    outcome.restored += u32::from(restored);
                    None
                }
                (Err(why), Ok(_)) => Some(why),
            };
            outcome.failed.extend(why.map(|why| NotRecovered { name: row.key.label.clone(), why }));
        }
        if !self.registry().read_only() {
            let (action, keys) =
                if restore { ("recovery-file.restored", outcome.restored) } else { ("recovery-file.tested", outcome.sealed) };
            let event = self.event(action, &self.id().to_string(), json!({ "keys": keys, "failed": names(&outcome.failed) }));
            self.change(|tx| tx.append_audit(&event).map(drop))?;
        }
        Ok(outcome)
    }

    /// Puts a key back that is not there, and tells whether it did. One that is there has to be the right one.
    fn put_back(&self, row: &KeyRow, key: Option<&PrivateKey>) -> Result<bool, RecoverError> {
        let name = key_ref(row.key.id)?;
        if self.keystore().present(&name)? {
            self.keystore().signer(&name, &public_key(row)?)?;
            return Ok(false);
        }
        let Some(key) = key else { return Ok(false) };
        // The audit row comes before key material moves.
        let event = self.restored_event(row);
        self.change(|tx| tx.append_audit(&event).map(drop))?;
        self.keystore().store(&name, &row.key.label, key)?;
        self.keystore().sync()?;
        let now = self.now();
        self.change(|tx| tx.set_key_state(row.key.id, KeyState::Ready, now))?;
        Ok(true)
    }

    /// Opens a recovery file, and makes sure that it is this registry's.
    fn open_recovery_file(&self, path: &Path, passphrase: &Passphrase) -> Result<RecoveryKey, RecoverError> {
        let RecoveryChoice::PublicKey(public) = self.meta()?.recovery else { return Err(RecoverError::NoneMade) };
        let at_path = |source| RecoverError::File { path: path.to_owned(), source };
        let file = RecoveryFile::read(path).map_err(at_path)?;
        // Told before the passphrase is tried, which may be another one.
        if file.public() != &RecoveryPublicKey::new(public) {
            let path = path.to_owned();
            let ours = file.registry() == self.id().to_string();
            return Err(if ours { RecoverError::Replaced { path, made: file.created() } } else { RecoverError::WrongRegistry { path } });
        }
        let recovery = file.unseal(passphrase).map_err(at_path)?;
        if self.registry().read(|tx| tx.setting(CHECK_SETTING))?.is_none() && !self.registry().read_only() {
            // A registry from before there was a check gets one while the passphrase is known.
            let check = PassphraseCheck::of(passphrase, self.host().passphrase_cost, self.host().entropy.as_ref())?;
            self.change(|tx| tx.set_setting(CHECK_SETTING, Some(&check.to_text())))?;
        }
        Ok(recovery)
    }

    /// Opens the secrets that are sealed to the recovery key, and puts those back that the keystore has lost. What comes back are the names of those whose
    /// copy is of no use.
    fn use_sealed_secrets(&self, recovery: &RecoveryKey, restore: bool) -> Result<Vec<NotRecovered>, RecoverError> {
        let (secrets, mut failed) = self.sealed_secrets(recovery)?;
        for (name, secret) in secrets.into_iter().filter(|_| restore) {
            if let Err(error) = self.put_secret_back(name, secret) {
                let why = WhyNot::of_one(&error).ok_or(error)?;
                failed.push(NotRecovered { name: name.to_owned(), why });
            }
        }
        Ok(failed)
    }

    fn put_secret_back(&self, name: &str, secret: SecretBytes) -> Result<(), KeyStoreError> {
        if self.keystore().secret(name)?.is_none() {
            self.keystore().store_secret(name, &secret)?;
            self.keystore().sync()?;
            if name == AUDIT_SECRET {
                self.take_audit_secret(secret);
            }
        }
        Ok(())
    }

    /// Opens the secrets that are sealed to the recovery key.
    fn sealed_secrets(&self, recovery: &RecoveryKey) -> Result<OpenedSecrets, RecoverError> {
        let (mut secrets, mut failed) = (Vec::new(), Vec::new());
        for name in SECRETS {
            let Some(text) = self.registry().read(|tx| tx.setting(&sealed_setting(name)))? else { continue };
            match sealed_secret(recovery, name, &text) {
                Ok(secret) => secrets.push((name, secret)),
                Err(error) => {
                    tracing::warn!(%error, secret = name, "a sealed copy is of no use");
                    failed.push(NotRecovered { name: name.to_owned(), why: WhyNot::CopyDamaged });
                }
            }
        }
        Ok((secrets, failed))
    }

    fn restored_event(&self, row: &KeyRow) -> AuditEvent {
        self.event("key.restored", &row.key.id.to_string(), json!({ "label": row.key.label, "from": "recovery-file" }))
    }

    /// Keys in use that live in this registry's keystore.
    fn keys_here(&self) -> Result<Vec<KeyRow>, RegistryError> {
        let here = self.key_location();
        let mut rows = self.registry().read(|tx| tx.keys())?;
        rows.retain(|row| row.key.state == KeyState::Ready && row.key.location == here);
        Ok(rows)
    }
}

/// Opens the copy of a secret that is sealed to the recovery key.
fn sealed_secret(recovery: &RecoveryKey, name: &'static str, text: &str) -> Result<SecretBytes, RecoverError> {
    let damaged = || RecoverError::SecretDamaged { name };
    let bytes = STANDARD.decode(text).map_err(|_| damaged())?;
    let sealed = SealedKey::from_bytes(&bytes).map_err(|_| damaged())?;
    let secret = recovery.open_sealed_secret(&sealed)?;
    if sealed.key().as_str() != name {
        return Err(damaged());
    }
    Ok(secret)
}

/// Opens the copy of a key that is sealed to the recovery key, and holds it against the key's row; `None` when there is no copy.
fn sealed_key(recovery: &RecoveryKey, row: &KeyRow) -> Result<Option<PrivateKey>, RecoverError> {
    let Some(sealed) = &row.key.sealed_recovery else { return Ok(None) };
    let damaged = || RecoverError::KeyDamaged { label: row.key.label.clone() };
    let key = recovery.open_sealed(&SealedKey::from_bytes(sealed).map_err(|_| damaged())?)?;
    if key.public_key() != &public_key(row)? {
        return Err(damaged());
    }
    Ok(Some(key))
}

fn public_key(row: &KeyRow) -> Result<PublicKey, RecoverError> {
    PublicKey::from_spki_der(&row.key.spki).map_err(|_| RecoverError::KeyDamaged { label: row.key.label.clone() })
}

#[cfg(test)]
mod tests;
