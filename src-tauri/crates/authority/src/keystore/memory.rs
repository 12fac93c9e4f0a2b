//! Stores for tests: one that lives in memory, and one that fails on demand.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pki::key::{PrivateKey, PublicKey};
use pki::signer::Signer;
use zeroize::Zeroizing;

use super::entries::{Entries, EntryName};
use super::{KeyRef, KeyStore, KeyStoreError, KeyStoreKind, RecoveryPublicKey, SealedKey, StoreState};
use crate::clock::{Entropy, SystemEntropy};
use crate::secret::{Passphrase, SecretBytes};

/// A store in memory. Clones share what is stored, as a keyring outlives the programs that use it; each can be locked by its own program.
#[derive(Default)]
pub struct MemoryKeyStore {
    shared: Arc<Mutex<Shared>>,
    closed: AtomicBool,
}

impl Clone for MemoryKeyStore {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), closed: AtomicBool::new(false) }
    }
}

#[derive(Default)]
struct Shared {
    lines: HashMap<String, Zeroizing<String>>,
    /// Names that several entries stand under.
    doubled: HashSet<String>,
    locked: bool,
}

impl MemoryKeyStore {
    /// Makes an empty store, unlocked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Locks or unlocks the store from outside, as the user of a desktop may at any time. [`KeyStore::unlock`] takes every passphrase.
    pub fn set_locked(&self, locked: bool) {
        self.shared().locked = locked;
    }

    /// Writes `line` over an entry, as another program may: `name` is a key id, or `secret/` and a name.
    pub fn tamper(&self, name: &str, line: &str) {
        self.shared().lines.insert(name.to_owned(), Zeroizing::new(line.to_owned()));
    }

    /// Puts a second entry beside the one of this name, as another program may, or takes it away again.
    pub fn double(&self, name: &str, doubled: bool) {
        let mut shared = self.shared();
        if doubled {
            shared.doubled.insert(name.to_owned())
        } else {
            shared.doubled.remove(name)
        };
    }

    /// Loses an entry; returns whether there was one.
    pub fn lose(&self, name: &str) -> bool {
        self.shared().lines.remove(name).is_some()
    }

    /// Returns a digest of everything that is stored, names and lines.
    #[must_use]
    pub fn digest(&self) -> String {
        let shared = self.shared();
        let mut lines: Vec<_> = shared.lines.iter().map(|(name, line)| format!("{name} {}\n", line.as_str())).collect();
        lines.sort();
        pki::Fingerprint::of(lines.concat().as_bytes()).to_string()
    }

    /// Returns the names of all entries, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.shared().lines.keys().cloned().collect();
        names.sort();
        names
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unlocked(&self) -> Result<MutexGuard<'_, Shared>, KeyStoreError> {
        let shared = self.shared();
        if shared.locked || self.closed.load(Ordering::SeqCst) { Err(KeyStoreError::Locked) } else { Ok(shared) }
    }
}

impl fmt::Debug for MemoryKeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryKeyStore").field("names", &self.names()).finish()
    }
}

impl Entries for MemoryKeyStore {
    fn kind(&self) -> KeyStoreKind {
        KeyStoreKind::Memory
    }

    fn state(&self) -> StoreState {
        if self.unlocked().is_err() { StoreState::Locked } else { StoreState::Ready }
    }

    fn names(&self) -> Result<Vec<String>, KeyStoreError> {
        Ok(self.unlocked()?.lines.keys().cloned().collect())
    }

    fn read(&self, name: &EntryName, _fresh: bool) -> Result<Option<Zeroizing<String>>, KeyStoreError> {
        let shared = self.unlocked()?;
        if shared.doubled.contains(name.as_str()) { Err(KeyStoreError::Ambiguous) } else { Ok(shared.lines.get(name.as_str()).cloned()) }
    }

    fn create(&self, name: &EntryName, _label: &str, line: Zeroizing<String>) -> Result<(), KeyStoreError> {
        let mut shared = self.unlocked()?;
        if shared.lines.contains_key(name.as_str()) {
            return Err(KeyStoreError::AlreadyPresent);
        }
        shared.lines.insert(name.as_str().to_owned(), line);
        Ok(())
    }

    fn delete(&self, name: &EntryName) -> Result<bool, KeyStoreError> {
        let mut shared = self.unlocked()?;
        if shared.doubled.contains(name.as_str()) {
            Err(KeyStoreError::Ambiguous)
        } else {
            Ok(shared.lines.remove(name.as_str()).is_some())
        }
    }

    fn sync(&self) -> Result<(), KeyStoreError> {
        Ok(())
    }

    fn unlock(&self, _passphrase: &Passphrase) -> Result<(), KeyStoreError> {
        self.set_locked(false);
        self.closed.store(false, Ordering::SeqCst);
        Ok(())
    }

    fn ask_to_unlock(&self) -> Result<(), KeyStoreError> {
        self.unlocked().map(|_| ())
    }

    fn lock(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    fn reopen(&self) -> Result<(), KeyStoreError> {
        self.closed.store(false, Ordering::SeqCst);
        self.unlocked().map(|_| ())
    }

    fn cancel(&self) {}

    fn entropy(&self) -> &dyn Entropy {
        &SystemEntropy
    }
}

/// A store that passes calls on to another one, until a call that is told to fail or to wait.
///
/// Calls are counted from 1, every method of [`KeyStore`] that can fail alike. In a mood, all calls fail or wait.
pub struct FaultyKeyStore {
    inner: Arc<dyn KeyStore>,
    plan: Mutex<Plan>,
    cancelled: Condvar,
}

#[derive(Default)]
struct Plan {
    calls: usize,
    before: HashMap<usize, KeyStoreError>,
    after: HashMap<usize, KeyStoreError>,
    delays: HashMap<usize, Duration>,
    panics: HashSet<usize>,
    mood: Option<KeyStoreError>,
    slow: Duration,
    /// Since when a call has been slow.
    since: Option<Instant>,
    /// How often waiting was ended.
    ended: u64,
}

impl FaultyKeyStore {
    /// Stands in front of `inner`, without faults so far.
    #[must_use]
    pub fn new(inner: Arc<dyn KeyStore>) -> Self {
        Self { inner, plan: Mutex::new(Plan::default()), cancelled: Condvar::new() }
    }

    /// Makes the `call`th call fail without reaching the store.
    pub fn fail_at(&self, call: usize, error: KeyStoreError) {
        self.plan().before.insert(call, error);
    }

    /// Makes the `call`th call reach the store and then report failure, as a time-out may.
    pub fn fail_after(&self, call: usize, error: KeyStoreError) {
        self.plan().after.insert(call, error);
    }

    /// Makes the `call`th call wait before it reaches the store.
    pub fn delay_at(&self, call: usize, delay: Duration) {
        self.plan().delays.insert(call, delay);
    }

    /// Makes the `call`th call panic, as a process that dies there.
    pub fn panic_at(&self, call: usize) {
        self.plan().panics.insert(call);
    }

    /// From now on every call fails without reaching the store, or works again with `None`.
    pub fn fail_all(&self, error: Option<KeyStoreError>) {
        self.plan().mood = error;
    }

    /// From now on every call waits before it reaches the store.
    pub fn delay_all(&self, delay: Duration) {
        self.plan().slow = delay;
    }

    /// What a mood makes of the whole store's state.
    fn moody(&self) -> Option<StoreState> {
        match self.plan().mood.clone()? {
            KeyStoreError::Locked => Some(StoreState::Locked),
            error @ (KeyStoreError::Unreachable { .. } | KeyStoreError::TimedOut { .. }) => {
                Some(StoreState::Unreachable { cause: error.to_string() })
            }
            _ => None,
        }
    }

    /// Returns how many calls there have been.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.plan().calls
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as a keyring lets its callers wait, until somebody ends it.
    fn wait<'a>(&self, mut plan: MutexGuard<'a, Plan>, delay: Duration) -> Result<MutexGuard<'a, Plan>, KeyStoreError> {
        if delay.is_zero() {
            return Ok(plan);
        }
        let (start, ended) = (Instant::now(), plan.ended);
        plan.since = Some(start);
        while plan.ended == ended && start.elapsed() < delay {
            plan = self.cancelled.wait_timeout(plan, delay.saturating_sub(start.elapsed())).unwrap_or_else(PoisonError::into_inner).0;
        }
        plan.since = None;
        if plan.ended == ended { Ok(plan) } else { Err(KeyStoreError::Cancelled) }
    }

    fn call<T>(&self, call: impl FnOnce(&dyn KeyStore) -> Result<T, KeyStoreError>) -> Result<T, KeyStoreError> {
        let mut plan = self.plan();
        plan.calls += 1;
        let number = plan.calls;
        let (before, after, delay) = (plan.before.remove(&number), plan.after.remove(&number), plan.delays.remove(&number));
        let panics = plan.panics.remove(&number);
        let mood = plan.mood.clone();
        let delay = delay.unwrap_or(plan.slow);
        drop(self.wait(plan, delay)?);
        assert!(!panics, "call {number} of the key store was told to panic");
        if let Some(error) = before.or(mood) {
            return Err(error);
        }
        let outcome = call(&*self.inner)?;
        after.map_or(Ok(outcome), Err)
    }
}

impl KeyStore for FaultyKeyStore {
    fn kind(&self) -> KeyStoreKind {
        self.inner.kind()
    }

    fn state(&self) -> StoreState {
        self.moody().unwrap_or_else(|| self.inner.state())
    }

    fn glance(&self) -> StoreState {
        self.moody().unwrap_or_else(|| self.inner.glance())
    }

    fn names(&self) -> Result<Vec<String>, KeyStoreError> {
        self.call(|inner| inner.names())
    }

    fn public_key(&self, key: &KeyRef) -> Result<PublicKey, KeyStoreError> {
        self.call(|inner| inner.public_key(key))
    }

    fn adopt(&self, from: &KeyRef, key: &KeyRef, expected: &PublicKey, label: &str) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.adopt(from, key, expected, label))
    }

    fn set_aside(&self, key: &KeyRef, to: &KeyRef, label: &str) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.set_aside(key, to, label))
    }

    fn sealed_secret(&self, name: &str, to: &RecoveryPublicKey) -> Result<Option<SealedKey>, KeyStoreError> {
        self.call(|inner| inner.sealed_secret(name, to))
    }

    fn store(&self, key: &KeyRef, label: &str, private: &PrivateKey) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.store(key, label, private))
    }

    fn signer(&self, key: &KeyRef, expected: &PublicKey) -> Result<Box<dyn Signer + Send>, KeyStoreError> {
        self.call(|inner| inner.signer(key, expected))
    }

    fn prove(&self, key: &KeyRef, expected: &PublicKey) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.prove(key, expected))
    }

    fn remove(&self, key: &KeyRef) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.remove(key))
    }

    fn present(&self, key: &KeyRef) -> Result<bool, KeyStoreError> {
        self.call(|inner| inner.present(key))
    }

    fn secret(&self, name: &str) -> Result<Option<SecretBytes>, KeyStoreError> {
        self.call(|inner| inner.secret(name))
    }

    fn store_secret(&self, name: &str, secret: &SecretBytes) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.store_secret(name, secret))
    }

    fn remove_secret(&self, name: &str) -> Result<bool, KeyStoreError> {
        self.call(|inner| inner.remove_secret(name))
    }

    fn sealed_export(&self, key: &KeyRef, expected: &PublicKey, to: &RecoveryPublicKey) -> Result<SealedKey, KeyStoreError> {
        self.call(|inner| inner.sealed_export(key, expected, to))
    }

    fn hand_over(&self, key: &KeyRef, expected: &PublicKey) -> Result<PrivateKey, KeyStoreError> {
        self.call(|inner| inner.hand_over(key, expected))
    }

    fn copy_key(&self, key: &KeyRef, expected: &PublicKey, label: &str, to: &dyn KeyStore) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.copy_key(key, expected, label, to))
    }

    fn sync(&self) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.sync())
    }

    fn unlock(&self, passphrase: &Passphrase) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.unlock(passphrase))
    }

    fn ask_to_unlock(&self) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.ask_to_unlock())
    }

    fn lock(&self) {
        self.inner.lock();
    }

    fn reopen(&self) -> Result<(), KeyStoreError> {
        self.call(|inner| inner.reopen())
    }

    fn cancel(&self) {
        self.plan().ended += 1;
        self.cancelled.notify_all();
        self.inner.cancel();
    }

    fn waits(&self) -> Option<Duration> {
        self.plan().since.map(|since| since.elapsed())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use pki::key::KeySpec;

    #[test]
    fn faults_come_at_their_call_and_only_there() {
        let memory = MemoryKeyStore::new();
        let faulty = FaultyKeyStore::new(Arc::new(memory.clone()));
        let (one, two) = (KeyRef::new("one").unwrap(), KeyRef::new("two").unwrap());
        let private = PrivateKey::generate(KeySpec::EcP256).unwrap();
        faulty.fail_at(1, KeyStoreError::Locked);
        faulty.fail_after(3, KeyStoreError::TimedOut { seconds: 30 });
        assert_eq!(faulty.store(&one, "", &private), Err(KeyStoreError::Locked));
        assert!(memory.names().is_empty());
        assert_eq!(faulty.store(&one, "", &private), Ok(()));
        assert_eq!(faulty.store(&two, "", &private), Err(KeyStoreError::TimedOut { seconds: 30 }));
        assert_eq!(memory.names(), ["one", "two"]);
        assert_eq!(faulty.prove(&two, private.public_key()), Ok(()));
        assert_eq!(faulty.calls(), 4);
    }

    #[test]
    fn a_call_can_panic_without_poisoning_the_next() {
        let faulty = FaultyKeyStore::new(Arc::new(MemoryKeyStore::new()));
        faulty.panic_at(1);
        faulty.delay_at(2, Duration::from_millis(30));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| faulty.sync())).is_err());
        let start = Instant::now();
        assert_eq!(faulty.sync(), Ok(()));
        assert!(start.elapsed() >= Duration::from_millis(30));
    }
}
