//! The keyrings that are in use, also before there is a registry that knows of them: one that is being made, opened, restored, or whose keys are moved
//! there. Whoever waits for any of them can be found, and the wait ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use authority::keystore::KeyStore;
use authority::registry::RegistryId;
use authority::session::Keyring;

/// Opens keyrings, and remembers those that are still in use.
pub(crate) struct OpenKeyrings {
    inner: Arc<dyn Keyring>,
    stores: Mutex<Vec<Weak<dyn KeyStore>>>,
}

impl OpenKeyrings {
    pub(crate) fn new(inner: Arc<dyn Keyring>) -> Self {
        Self { inner, stores: Mutex::default() }
    }

    /// For how long the call that has waited longest has waited.
    pub(crate) fn waits(&self) -> Option<Duration> {
        self.in_use().iter().filter_map(|store| store.waits()).max()
    }

    /// Ends all waiting.
    pub(crate) fn cancel(&self) {
        for store in self.in_use() {
            store.cancel();
        }
    }

    fn in_use(&self) -> Vec<Arc<dyn KeyStore>> {
        self.stores().iter().filter_map(Weak::upgrade).collect()
    }

    fn stores(&self) -> MutexGuard<'_, Vec<Weak<dyn KeyStore>>> {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keyring for OpenKeyrings {
    fn open(&self, registry: &RegistryId) -> Arc<dyn KeyStore> {
        let store = self.inner.open(registry);
        let mut stores = self.stores();
        stores.retain(|store| store.strong_count() > 0);
        stores.push(Arc::downgrade(&store));
        store
    }
}
