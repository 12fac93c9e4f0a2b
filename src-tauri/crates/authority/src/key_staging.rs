//! Taking a new CA key into use: its row is committed as staging before the keystore is touched, and ready in the transaction that records what it is for
//! (invariant 15). What a crash leaves between the two is undone at the next unlock.

use pki::{PrivateKey, PublicKey};
use time::OffsetDateTime;

use crate::keystore::KeyStoreError;
use crate::registry::{KeyRowId, KeyState, NewKey, RegistryError, Write};
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

    /// Takes a staged key out of the keystore again; whether that worked. What stays is undone at the next unlock.
    pub(crate) fn unkeep_staged(&self, id: KeyRowId) -> Result<bool, KeyStoreError> {
        Ok(match self.keystore().remove(&key_ref(id)?) {
            Ok(()) | Err(KeyStoreError::Missing { .. }) => true,
            Err(error) => {
                tracing::warn!(%error, key = %id, "a staged key stays in the keystore until the next unlock");
                false
            }
        })
    }
}

/// Takes a key into use that was kept and proved.
pub(crate) fn make_ready(tx: &Write<'_>, id: KeyRowId, sealed: Option<&[u8]>, now: OffsetDateTime) -> Result<(), RegistryError> {
    tx.set_key_state(id, KeyState::Ready, now)?;
    match sealed {
        Some(sealed) => tx.set_sealed_recovery(id, sealed),
        None => Ok(()),
    }
}
