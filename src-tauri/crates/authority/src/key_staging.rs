//! Taking a new CA key into use: its row is committed as staging before the keystore is touched, and ready in the transaction that records what it is for
//! (invariant 15). What a crash leaves between the two is undone at the next unlock.
//!
//! A key leaves in the same order: that it is given up is committed before the keystore is touched. A commit that failed at its sync may yet be found in the
//! log when the file is next opened, and a key that is taken into use there must not be gone from the keystore.

use pki::{PrivateKey, PublicKey};
use time::OffsetDateTime;

use crate::keystore::KeyStoreError;
use crate::registry::{IntentId, KeyRowId, KeyState, NewKey, RegistryError, Write};
use crate::session::{Session, SessionError, key_ref};

/// A staged key could not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeepError {
    /// The keystore refused.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// It could not be sealed to the recovery key.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl Session {
    /// The row of a key that is about to be put into the keystore.
    pub(crate) fn staged_key(&self, id: KeyRowId, label: &str, key: &PrivateKey, now: OffsetDateTime) -> NewKey {
        NewKey {
            id,
            spki: key.public_key().spki_der().to_vec(),
            fingerprint: key.public_key().fingerprint(),
            key_kind: key.spec().map_or_else(|| key.public_key().algorithm().kind(), |spec| spec.to_string()),
            location: self.key_location(),
            state: KeyState::Staging,
            label: label.to_owned(),
            sealed_recovery: None,
            sealed_private: None,
            created_at: now,
        }
    }

    /// Writes a staged key into the keystore and makes sure that it stays there; what comes back is the key sealed to the recovery key.
    pub(crate) fn keep_staged(&self, id: KeyRowId, label: &str, key: &PrivateKey) -> Result<Option<Vec<u8>>, KeepError> {
        let name = key_ref(id)?;
        self.keystore().store(&name, label, key)?;
        self.keystore().sync()?;
        Ok(self.sealed_for_recovery(&name, key.public_key())?)
    }

    /// The signer of a staged key, straight from the keystore, proved against its public half.
    pub(crate) fn staged_signer(&self, id: KeyRowId, key: &PublicKey) -> Result<Box<dyn pki::Signer + Send>, KeyStoreError> {
        self.keystore().signer(&key_ref(id)?, key)
    }

    /// Gives a staged key up: one transaction sets its row to leaving and does what `alongside` does, only then the key leaves the keystore. A key that
    /// was taken into use after all stays as it is, and `alongside` is not done; of one that another program has given up and removed it is.
    ///
    /// # Errors
    /// When the transaction fails; the key is still in the keystore then. What the keystore refuses is undone at the next unlock.
    pub(crate) fn give_up_staged(
        &self,
        id: KeyRowId,
        alongside: impl FnOnce(&Write<'_>) -> Result<(), RegistryError>,
    ) -> Result<(), RegistryError> {
        let leaves = self.change(|tx| {
            let leaves = tx.leave_key(id)?;
            if leaves || tx.key(id)?.is_none_or(|row| row.key.state == KeyState::Deleted) {
                alongside(tx)?;
            }
            Ok::<_, RegistryError>(leaves)
        })?;
        if !leaves {
            tracing::warn!(key = %id, "a key that was to be given up is not staged any more");
        } else if let Err(error) = self.remove_left(id) {
            tracing::warn!(%error, key = %id, "a staged key stays in the keystore until the next unlock");
        }
        Ok(())
    }

    /// Removes from the keystore what stands under the name of a leaving key, and closes its row.
    pub(crate) fn remove_left(&self, id: KeyRowId) -> Result<(), SessionError> {
        match self.keystore().remove(&key_ref(id)?) {
            Ok(()) => self.keystore().sync()?,
            Err(KeyStoreError::Missing { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.change(|tx| tx.close_left_key(id).map(drop))?;
        Ok(())
    }
}

/// Takes a key into use that was kept and proved. Refused when another program has given it up meanwhile: it may be removing it right now.
pub(crate) fn make_ready(tx: &Write<'_>, id: KeyRowId, sealed: Option<&[u8]>, now: OffsetDateTime) -> Result<(), RegistryError> {
    tx.take_staged_key(id, now)?;
    match sealed {
        Some(sealed) => tx.set_sealed_recovery(id, sealed),
        None => Ok(()),
    }
}

/// Voids the intent of a key that is given up, unless whoever gave the key up before has voided it too.
pub(crate) fn void_if_open(tx: &Write<'_>, intent: IntentId, now: OffsetDateTime) -> Result<(), RegistryError> {
    match tx.void_intent(intent, now) {
        Err(RegistryError::Missing { .. }) => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests;
