//! macOS Keychain and Windows Credential Manager, through `keyring`.

use keyring_core::Error;
use zeroize::Zeroizing;

use super::SERVICE;
use super::faults::sort;
use super::worker::Keyring;
use crate::keystore::{KeyStoreError, StoreState};

/// Looks whether the platform has a store.
pub(super) fn connect() -> Result<Box<dyn Keyring>, KeyStoreError> {
    match keyring::Entry::store_status() {
        Ok(()) => Ok(Box::new(Platform)),
        Err(error) => Err(KeyStoreError::Unreachable { cause: error.to_string() }),
    }
}

struct Platform;

impl Keyring for Platform {
    fn read(&mut self, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        match keyring::Entry::new(SERVICE, user).and_then(|entry| entry.get_secret()) {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(sort(error)),
        }
    }

    /// Neither platform takes a label from us: both make one of service and user.
    fn create(&mut self, user: &str, _label: &str, line: &str) -> Result<(), KeyStoreError> {
        if self.read(user)?.is_some() {
            return Err(KeyStoreError::AlreadyPresent);
        }
        keyring::Entry::new(SERVICE, user).and_then(|entry| entry.set_secret(line.as_bytes())).map_err(sort)
    }

    fn delete(&mut self, user: &str) -> Result<bool, KeyStoreError> {
        match keyring::Entry::new(SERVICE, user).and_then(|entry| entry.delete_credential()) {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(sort(error)),
        }
    }

    fn list(&mut self, _prefix: &str) -> Result<Vec<String>, KeyStoreError> {
        Err(KeyStoreError::Unsupported { what: "a list of entries".to_owned() })
    }

    /// Both are unlocked with the user's session; macOS prompts per entry.
    fn state(&mut self) -> Result<StoreState, KeyStoreError> {
        Ok(StoreState::Ready)
    }

    fn unlock(&mut self) -> Result<(), KeyStoreError> {
        Ok(())
    }
}
