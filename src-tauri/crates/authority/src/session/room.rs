//! A registry that was opened on a full disk, once room was made.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Session, SessionError, tidy_beside};
use crate::back_up::bring_vault;
use crate::keystore::StoreState;
use crate::registry::{OpenError, Registry};

impl Session {
    /// Opens the registry for writing that was opened on a full disk ([`Registry::lacks_room`]), with the keys as they are at hand; `None` while there is
    /// still no room. What this session has locked stays locked, and what it has unlocked needs no passphrase again.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn open_with_room(&self) -> Result<Option<Self>, SessionError> {
        let (path, host) = (self.registry.path(), self.host.clone());
        // The room that was set aside is not lent for this: whoever revokes may need it.
        let registry = match Registry::open_on(path, host.disk(path), &host.actor, host.clock.now()) {
            Err(OpenError::Full { .. }) => return Ok(None),
            outcome => outcome?,
        };
        if registry.read_only() {
            return Ok(None);
        }
        let meta = registry.read(|tx| tx.meta())?;
        if (meta.id, meta.keys) != (self.meta.id, self.meta.keys) {
            drop(registry);
            return Self::open(path, host).map(Some);
        }
        tidy_beside(&registry);
        if let Some(file) = self.vault_file() {
            bring_vault(&registry, &file)?;
        }
        let unlocked = self.keystore.glance() == StoreState::Ready;
        let session = Self::begun(registry, meta, Arc::clone(&self.keystore), self.vault.clone(), host)?;
        if self.unlocks_when_needed.load(Ordering::SeqCst) {
            session.unlock_when_needed();
        } else if unlocked && let Err(error) = session.unlock(None) {
            // What is written is chained, and sealed at the next unlock.
            tracing::warn!(%error, "the keys are not at hand");
        }
        Ok(Some(session))
    }
}
