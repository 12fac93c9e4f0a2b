//! Keys on their way into use, sealed to the recovery key.

use pki::PublicKey;

use super::{Session, SessionError};
use crate::keystore::{KeyRef, RecoveryPublicKey};
use crate::registry::{KeyRowId, RecoveryChoice, RegistryError, Write};

/// A key sealed to the recovery key that the registry had at that time.
pub(crate) struct RecoveryCopy {
    choice: RecoveryChoice,
    sealed: Option<Vec<u8>>,
}

impl RecoveryCopy {
    /// Puts the copy into the key's row. `false`, with nothing written: the recovery file was made or replaced since, and the key has to be sealed again.
    ///
    /// # Errors
    /// When the registry refuses.
    pub(crate) fn record(&self, tx: &Write<'_>, key: KeyRowId) -> Result<bool, RegistryError> {
        if tx.meta()?.recovery != self.choice {
            return Ok(false);
        }
        if let Some(sealed) = &self.sealed {
            tx.set_sealed_recovery(key, sealed)?;
        }
        Ok(true)
    }
}

impl Session {
    /// As [`Session::sealed_for_recovery`], for a key that is in use already or that no staging row announces: nothing but the choice that it remembers keeps
    /// a recovery file from being replaced in the meantime.
    pub(crate) fn recovery_copy(&self, key: &KeyRef, expected: &PublicKey) -> Result<RecoveryCopy, SessionError> {
        let choice = self.meta()?.recovery;
        let sealed = match choice {
            RecoveryChoice::PublicKey(public) => {
                Some(self.keystore.sealed_export(key, expected, &RecoveryPublicKey::new(public))?.to_bytes())
            }
            RecoveryChoice::Undecided | RecoveryChoice::Refused => None,
        };
        Ok(RecoveryCopy { choice, sealed })
    }

    /// A key of the store sealed to the recovery key, where the registry has one: it goes into the transaction that takes the key into use.
    pub(crate) fn sealed_for_recovery(&self, key: &KeyRef, expected: &PublicKey) -> Result<Option<Vec<u8>>, SessionError> {
        Ok(self.recovery_copy(key, expected)?.sealed)
    }
}
