//! A new passphrase for the vault.

use serde_json::json;

use crate::keystore::KeyStoreError;
use crate::registry::RegistryError;
use crate::secret::Passphrase;
use crate::session::Session;

/// The passphrase stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangePassphraseError {
    /// The keys are in the keyring, whose passphrase is the operating system's business.
    #[error("this registry has no vault")]
    NoVault,
    /// The vault refused: most often the present passphrase is wrong.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// Wraps the vault's master key under another passphrase, at no less than today's cost. The vault is unlocked afterwards.
    ///
    /// Copies of the old file (backups) still open with the old passphrase.
    ///
    /// # Errors
    /// [`KeyStoreError::WrongPassphrase`] when `current` is not the passphrase.
    pub fn change_passphrase(&self, current: &Passphrase, new: &Passphrase) -> Result<(), ChangePassphraseError> {
        let vault = self.vault().ok_or(ChangePassphraseError::NoVault)?;
        // Tried before anything is written down, in the registry or in the vault.
        vault.verify_passphrase(current)?;
        let id = self.id().to_string();
        self.change(|tx| tx.append_audit(&self.event("vault.passphrase-changed", &id, json!({}))).map(drop))?;
        if let Err(error) = vault.change_passphrase(current, new) {
            self.change(|tx| tx.append_audit(&self.event("vault.passphrase-not-changed", &id, json!({}))).map(drop))?;
            return Err(error.into());
        }
        self.unlock_after_change()?;
        Ok(())
    }

    /// The vault is open now, also if it was locked before: its other secrets come with it.
    fn unlock_after_change(&self) -> Result<(), ChangePassphraseError> {
        if let Some(secret) = self.keystore().secret(crate::session::AUDIT_SECRET)? {
            self.take_audit_secret(secret);
        }
        Ok(())
    }
}
