//! The Secret Service (gnome-keyring, KDE's wallet, `KeePassXC`) over D-Bus.
//!
//! The store of `keyring` is opened by ourselves, once per connection: `keyring` does it once per process, and what failed or hung then would do so until
//! restart. The state is asked of the service directly, because looking an item up unlocks it, with a prompt.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::api::CredentialStoreApi as _;
use keyring_core::{Entry, Error};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use zbus_secret_service_keyring_store::Store;
use zeroize::Zeroizing;

use super::SERVICE;
use super::faults::{sort, sort_secret_service};
use super::worker::Keyring;
use crate::keystore::{KeyStoreError, StoreState};

/// Connects to the session's service.
pub(super) fn connect() -> Result<Box<dyn Keyring>, KeyStoreError> {
    Ok(Box::new(Service { store: Store::new().map_err(sort)? }))
}

struct Service {
    store: Arc<Store>,
}

impl Service {
    fn entry(&self, user: &str, label: Option<&str>) -> Result<Entry, KeyStoreError> {
        let modifiers = label.map(|label| HashMap::from([("label", label)]));
        self.store.build(SERVICE, user, modifiers.as_ref()).map_err(sort)
    }
}

impl Keyring for Service {
    fn read(&mut self, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        match self.entry(user, None)?.get_secret() {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            // A wallet that is closed finds nothing at all: that nothing was found then means nothing.
            Err(Error::NoEntry) => match self.state()? {
                StoreState::Ready => Ok(None),
                StoreState::Locked => Err(KeyStoreError::Locked),
                StoreState::Unreachable { cause } => Err(KeyStoreError::Unreachable { cause }),
            },
            Err(error) => Err(sort(error)),
        }
    }

    fn create(&mut self, user: &str, label: &str, line: &str) -> Result<(), KeyStoreError> {
        self.unlock()?;
        if self.read(user)?.is_some() {
            return Err(KeyStoreError::AlreadyPresent);
        }
        self.entry(user, Some(label))?.set_secret(line.as_bytes()).map_err(sort)
    }

    fn delete(&mut self, user: &str) -> Result<bool, KeyStoreError> {
        if self.read(user)?.is_none() {
            return Ok(false);
        }
        match self.entry(user, None)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(sort(error)),
        }
    }

    /// Reads attributes only: nothing is decrypted and nobody is prompted.
    fn list(&mut self, prefix: &str) -> Result<Vec<String>, KeyStoreError> {
        let service = SecretService::connect(EncryptionType::Plain).map_err(|error| sort_secret_service(&error))?;
        let found = service.search_items(HashMap::from([("service", SERVICE)])).map_err(|error| sort_secret_service(&error))?;
        let mut users = Vec::new();
        for item in found.unlocked.iter().chain(&found.locked) {
            // An entry that goes away in this moment is none.
            let Ok(mut attributes) = item.get_attributes() else { continue };
            users.extend(attributes.remove("username").filter(|user| user.starts_with(prefix)));
        }
        // A wallet that is closed finds nothing at all.
        match self.state()? {
            StoreState::Ready => Ok(users),
            StoreState::Locked => Err(KeyStoreError::Locked),
            StoreState::Unreachable { cause } => Err(KeyStoreError::Unreachable { cause }),
        }
    }

    fn state(&mut self) -> Result<StoreState, KeyStoreError> {
        // Nothing secret travels: no need for an encrypted session.
        let service = SecretService::connect(EncryptionType::Plain).map_err(|error| sort_secret_service(&error))?;
        let collection = service.get_default_collection().map_err(|error| no_collection(&error))?;
        let locked = collection.is_locked().map_err(|error| sort_secret_service(&error))?;
        Ok(if locked { StoreState::Locked } else { StoreState::Ready })
    }

    fn unlock(&mut self) -> Result<(), KeyStoreError> {
        let service = SecretService::connect(EncryptionType::Plain).map_err(|error| sort_secret_service(&error))?;
        let collection = service.get_default_collection().map_err(|error| no_collection(&error))?;
        if collection.is_locked().map_err(|error| sort_secret_service(&error))? {
            collection.unlock().map_err(|error| sort_secret_service(&error))?;
            if collection.is_locked().map_err(|error| sort_secret_service(&error))? {
                return Err(KeyStoreError::Locked);
            }
        }
        Ok(())
    }
}

/// A service without a default collection (as under WSL) can keep nothing.
fn no_collection(error: &secret_service::Error) -> KeyStoreError {
    match error {
        secret_service::Error::NoResult => KeyStoreError::Unreachable { cause: "the secret service has no default collection".to_owned() },
        error => sort_secret_service(error),
    }
}
