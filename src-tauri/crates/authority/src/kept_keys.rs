//! Leaf keys that a registry keeps: sealed under a key that itself lives in keyring or vault (invariant 14).

use pki::PrivateKey;
use time::OffsetDateTime;

use crate::keystore::seal_kept_key;
use crate::registry::{KeyLocation, KeyRowId, KeyState, NewKey};
use crate::session::{Session, SessionError};

impl Session {
    /// The row of a leaf key that is to be kept. Nothing is written yet.
    ///
    /// # Errors
    /// When the keys are locked or there is no randomness.
    pub(crate) fn kept_key(&self, label: String, key: &PrivateKey, now: OffsetDateTime) -> Result<NewKey, SessionError> {
        let secret = self.sealing_secret()?;
        let id = KeyRowId::new(now, self.id_entropy()?);
        let public = key.public_key();
        Ok(NewKey {
            id,
            spki: public.spki_der().to_vec(),
            fingerprint: public.fingerprint(),
            key_kind: public.algorithm().kind(),
            location: KeyLocation::Registry,
            state: KeyState::Ready,
            label,
            sealed_recovery: None,
            sealed_private: Some(seal_kept_key(&secret, &id.to_string(), key, self.host().entropy.as_ref())?),
            created_at: now,
        })
    }
}
