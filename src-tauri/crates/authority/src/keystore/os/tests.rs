#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::Instant;

use pki::key::{KeySpec, PrivateKey};

use super::worker::Keyring;
use super::*;
use crate::clock::SeededEntropy;
use crate::keystore::{KeyRef, KeyStore};

/// A keyring that outlives connections, and does what the test says.
#[derive(Default)]
struct Backend {
    lines: Mutex<HashMap<String, Vec<u8>>>,
    connections: AtomicUsize,
    mood: Mutex<Mood>,
    hold: Mutex<Option<Receiver<()>>>,
    labels: Mutex<Vec<String>>,
}

#[derive(Default, Clone, PartialEq)]
enum Mood {
    #[default]
    Fine,
    /// The next call waits until the test lets it go.
    Hang,
    Panic,
    Locked,
    /// The next call fails, as on a connection to a daemon that is gone.
    Stale,
    NoBus,
}

struct Connection(Arc<Backend>);

impl Connection {
    fn lines(&self) -> Result<MutexGuard<'_, HashMap<String, Vec<u8>>>, KeyStoreError> {
        let mood = self.0.mood.lock().unwrap().clone();
        match mood {
            Mood::Hang => {
                let hold = self.0.hold.lock().unwrap().take();
                if let Some(hold) = hold {
                    hold.recv().ok();
                }
            }
            Mood::Panic => {
                *self.0.mood.lock().unwrap() = Mood::Fine;
                panic!("a fault of the library");
            }
            Mood::Stale => {
                *self.0.mood.lock().unwrap() = Mood::Fine;
                return Err(KeyStoreError::Unreachable { cause: "stale".to_owned() });
            }
            Mood::Locked => return Err(KeyStoreError::Locked),
            Mood::NoBus | Mood::Fine => {}
        }
        Ok(self.0.lines.lock().unwrap())
    }
}

impl Keyring for Connection {
    fn read(&mut self, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        Ok(self.lines()?.get(user).cloned().map(Zeroizing::new))
    }

    fn create(&mut self, user: &str, label: &str, line: &str) -> Result<(), KeyStoreError> {
        self.0.labels.lock().unwrap().push(label.to_owned());
        self.lines()?.insert(user.to_owned(), line.as_bytes().to_vec());
        Ok(())
    }

    fn delete(&mut self, user: &str) -> Result<bool, KeyStoreError> {
        Ok(self.lines()?.remove(user).is_some())
    }

    fn list(&mut self, prefix: &str) -> Result<Vec<String>, KeyStoreError> {
        Ok(self.lines()?.keys().filter(|user| user.starts_with(prefix)).cloned().collect())
    }

    fn state(&mut self) -> Result<StoreState, KeyStoreError> {
        self.lines().map(|_| StoreState::Ready)
    }

    fn unlock(&mut self) -> Result<(), KeyStoreError> {
        self.lines().map(|_| ())
    }
}

impl Backend {
    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Waits until a call hangs.
    fn wait_until_held(&self) {
        while self.hold.lock().unwrap().is_some() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// The next call hangs until the sender is used or dropped; calls after it are fine.
    fn hang(&self) -> Sender<()> {
        let (release, hold) = mpsc::channel();
        *self.hold.lock().unwrap() = Some(hold);
        self.set(Mood::Hang);
        release
    }
}

fn store(deadline: Duration) -> (Arc<Backend>, OsKeyStore) {
    let backend = Arc::new(Backend::default());
    let shared = Arc::clone(&backend);
    let connect: Connect = Arc::new(move || {
        shared.connections.fetch_add(1, Ordering::SeqCst);
        if *shared.mood.lock().unwrap() == Mood::NoBus {
            return Err(KeyStoreError::Unreachable { cause: "no bus".to_owned() });
        }
        Ok(Box::new(Connection(Arc::clone(&shared))))
    });
    let store = OsKeyStore::with_connect("reg-1", None, Arc::new(SeededEntropy::new(1)), connect).with_deadline(deadline);
    (backend, store)
}

fn key(text: &str) -> KeyRef {
    KeyRef::new(text).unwrap()
}

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(80);

#[test]
fn keys_stand_under_registry_and_id_and_are_read_back_on_a_new_connection() {
    let (backend, store) = store(LONG);
    let private = PrivateKey::generate(KeySpec::EcP256).unwrap();
    store.store(&key("k"), "Acme\nRoot\u{7}", &private).unwrap();
    assert_eq!(backend.lines.lock().unwrap().keys().collect::<Vec<_>>(), ["reg-1/k"]);
    assert_eq!(*backend.labels.lock().unwrap(), ["Chancery: AcmeRoot"]);
    assert_eq!(backend.connections.load(Ordering::SeqCst), 2);
    store.store_secret("mac", &crate::secret::SecretBytes::new(vec![1; 32])).unwrap();
    assert!(backend.lines.lock().unwrap().contains_key("reg-1/secret/mac"));
    assert_eq!(KeyStore::state(&store), StoreState::Ready);
    assert!(matches!(KeyStore::unlock(&store, &Passphrase::new(String::new())), Err(KeyStoreError::Unsupported { .. })));
}

#[test]
fn a_hanging_keyring_costs_the_deadline_and_no_more() {
    let (backend, store) = store(SHORT);
    let private = PrivateKey::generate(KeySpec::Ed25519).unwrap();
    let release = backend.hang();
    let start = Instant::now();
    assert_eq!(store.present(&key("k")), Err(KeyStoreError::TimedOut { seconds: 0 }));
    assert!(start.elapsed() >= SHORT && start.elapsed() < LONG / 4);
    // The next call has a thread and a connection of its own, while the first still hangs.
    backend.set(Mood::Fine);
    let store = store.with_deadline(LONG);
    store.store(&key("k"), "", &private).unwrap();
    drop(release);
    store.prove(&key("k"), private.public_key()).unwrap();
}

#[test]
fn a_late_answer_goes_nowhere() {
    let (backend, store) = store(SHORT);
    backend.lines.lock().unwrap().insert("reg-1/k".to_owned(), b"late".to_vec());
    let release = backend.hang();
    assert_eq!(store.present(&key("k")), Err(KeyStoreError::TimedOut { seconds: 0 }));
    backend.set(Mood::Fine);
    release.send(()).unwrap();
    let store = store.with_deadline(LONG);
    assert_eq!(store.present(&key("other")), Ok(false));
}

#[test]
fn the_first_look_at_a_silent_keyring_is_a_wait_that_can_be_ended() {
    let (backend, store) = store(LONG);
    let release = backend.hang();
    let start = Instant::now();
    thread::scope(|scope| {
        let look = scope.spawn(|| KeyStore::state(&store));
        backend.wait_until_held();
        while KeyStore::waits(&store).is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        KeyStore::cancel(&store);
        assert_eq!(look.join().unwrap(), StoreState::Unreachable { cause: "the keyring cannot be looked at".to_owned() });
    });
    assert!(start.elapsed() < Duration::from_secs(1), "a look is waited for so long at least, unless it is ended");
    assert_eq!(KeyStore::waits(&store), None);
    // The next look is another one, and the late answer of the first counts for nothing.
    backend.set(Mood::Fine);
    assert_eq!(KeyStore::state(&store), StoreState::Ready);
    drop(release);
}

#[test]
fn cancelling_wakes_the_one_that_waits_for_an_answer_and_those_that_wait_for_their_turn() {
    let (backend, store) = store(LONG);
    let release = backend.hang();
    let start = Instant::now();
    thread::scope(|scope| {
        let calls: Vec<_> = (0..3).map(|_| scope.spawn(|| store.present(&key("k")))).collect();
        // Until the first hangs and the others queue behind it.
        backend.wait_until_held();
        thread::sleep(Duration::from_millis(50));
        assert!(KeyStore::waits(&store).unwrap() >= Duration::from_millis(50));
        KeyStore::cancel(&store);
        for call in calls {
            assert_eq!(call.join().unwrap(), Err(KeyStoreError::Cancelled));
        }
    });
    assert!(start.elapsed() < LONG / 4);
    backend.set(Mood::Fine);
    assert_eq!(store.present(&key("k")), Ok(false));
    assert_eq!(KeyStore::waits(&store), None);
    drop(release);
}

#[test]
fn a_call_that_waited_in_vain_for_its_turn_is_never_made() {
    let (backend, store) = store(LONG);
    let release = backend.hang();
    let short = Duration::from_millis(50);
    thread::scope(|scope| {
        let first = scope.spawn(|| store.present(&key("k")));
        backend.wait_until_held();
        let ask = Ask::Create { user: "reg-1/x".to_owned(), label: String::new(), line: Zeroizing::new("x".to_owned()) };
        assert!(matches!(store.worker.ask(ask, short), Err(KeyStoreError::TimedOut { seconds: 0 })));
        backend.set(Mood::Fine);
        release.send(()).unwrap();
        assert_eq!(first.join().unwrap(), Ok(false));
    });
    assert_eq!(store.present(&key("x")), Ok(false));
}

#[test]
fn a_panic_in_the_library_is_an_error_and_the_next_call_works() {
    let (backend, store) = store(LONG);
    assert_eq!(store.present(&key("k")), Ok(false));
    backend.set(Mood::Panic);
    assert_eq!(store.present(&key("k")), Err(KeyStoreError::Unreachable { cause: "the keyring library failed".to_owned() }));
    assert_eq!(store.present(&key("k")), Ok(false));
    assert_eq!(backend.connections.load(Ordering::SeqCst), 2);
}

#[test]
fn a_restarted_daemon_is_found_again_by_what_changes_nothing() {
    let (backend, store) = store(LONG);
    assert_eq!(store.present(&key("k")), Ok(false));
    backend.set(Mood::Stale);
    assert_eq!(store.present(&key("k")), Ok(false));
    assert_eq!(backend.connections.load(Ordering::SeqCst), 2);
    backend.set(Mood::Stale);
    assert_eq!(store.remove(&key("k")), Err(KeyStoreError::Unreachable { cause: "stale".to_owned() }));
}

#[test]
fn no_bus_and_a_locked_keyring_are_told_apart_and_pass() {
    let (backend, store) = store(LONG);
    let private = PrivateKey::generate(KeySpec::Ed25519).unwrap();
    backend.set(Mood::NoBus);
    let unreachable = KeyStoreError::Unreachable { cause: "no bus".to_owned() };
    assert_eq!(KeyStore::state(&store), StoreState::Unreachable { cause: "no bus".to_owned() });
    assert_eq!(store.store(&key("k"), "", &private), Err(unreachable));
    backend.set(Mood::Locked);
    assert_eq!(KeyStore::state(&store), StoreState::Locked);
    assert_eq!(store.store(&key("k"), "", &private), Err(KeyStoreError::Locked));
    assert!(backend.lines.lock().unwrap().is_empty());
    backend.set(Mood::Fine);
    store.store(&key("k"), "", &private).unwrap();
}

#[test]
fn entries_that_are_not_text_are_damaged() {
    let (backend, store) = store(LONG);
    backend.lines.lock().unwrap().insert("reg-1/k".to_owned(), vec![0xff, 0xfe]);
    let private = PrivateKey::generate(KeySpec::Ed25519).unwrap();
    let damaged = Err(KeyStoreError::Damaged { what: "the entry is not text".to_owned() });
    assert_eq!(store.prove(&key("k"), private.public_key()), damaged);
    assert_eq!(store.store(&key("k"), "", &private), damaged);
    assert_eq!(backend.lines.lock().unwrap().get("reg-1/k").unwrap(), &[0xff, 0xfe]);
}

#[test]
fn threads_that_were_given_up_have_a_limit() {
    let (backend, store) = store(Duration::from_millis(10));
    let mut held = Vec::new();
    for _ in 0..9 {
        held.push(backend.hang());
        assert_eq!(store.present(&key("k")), Err(KeyStoreError::TimedOut { seconds: 0 }));
        backend.wait_until_held();
    }
    backend.set(Mood::Fine);
    assert!(matches!(store.present(&key("k")), Err(KeyStoreError::Unreachable { .. })));
    drop(held);
    let store = store.with_deadline(LONG);
    let start = Instant::now();
    while store.present(&key("k")).is_err() {
        assert!(start.elapsed() < LONG);
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn syncing_names_the_folder_that_fails() {
    let (_, store) = store(LONG);
    // A file system that has nothing to write, so that the test waits for nobody's disk.
    let store = OsKeyStore { home: Some(PathBuf::from("/proc")), ..store };
    #[cfg(target_os = "linux")]
    assert_eq!(KeyStore::sync(&store), Ok(()));
    let nowhere = PathBuf::from("/nonexistent-folder");
    let store = OsKeyStore { home: Some(nowhere.clone()), ..store };
    #[cfg(target_os = "linux")]
    assert!(matches!(KeyStore::sync(&store), Err(KeyStoreError::Io { path, .. }) if path == nowhere));
}

#[test]
fn a_glance_at_a_silent_keyring_is_short_and_shows_what_was_last_known() {
    let (backend, store) = store(LONG);
    assert_eq!(KeyStore::state(&store), StoreState::Ready);
    let release = backend.hang();
    let start = Instant::now();
    assert_eq!(KeyStore::glance(&store), StoreState::Ready);
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    backend.wait_until_held();
    // The look that hangs holds up nobody who uses keys.
    backend.set(Mood::Fine);
    assert_eq!(store.present(&key("k")), Ok(false));
    backend.set(Mood::Locked);
    release.send(()).unwrap();
    let start = Instant::now();
    while KeyStore::glance(&store) != StoreState::Locked {
        assert!(start.elapsed() < LONG);
        backend.set(Mood::Locked);
    }
}

#[test]
fn a_keyring_that_never_answered_is_unreachable() {
    let (backend, store) = store(LONG);
    let release = backend.hang();
    let start = Instant::now();
    assert_eq!(KeyStore::glance(&store), StoreState::Unreachable { cause: "the keyring does not answer".to_owned() });
    assert!(start.elapsed() < LONG / 2, "the first look waits longer than a glance, and not for the deadline: {:?}", start.elapsed());
    drop(release);
}

#[test]
fn what_we_locked_is_not_asked_before_it_is_reopened() {
    let (backend, store) = store(LONG);
    let private = PrivateKey::generate(KeySpec::Ed25519).unwrap();
    store.store(&key("k"), "", &private).unwrap();
    KeyStore::lock(&store);
    let connections = backend.connections.load(Ordering::SeqCst);
    assert_eq!((KeyStore::state(&store), KeyStore::glance(&store)), (StoreState::Locked, StoreState::Locked));
    assert_eq!(store.prove(&key("k"), private.public_key()), Err(KeyStoreError::Locked));
    assert_eq!(store.store(&key("new"), "", &private), Err(KeyStoreError::Locked));
    assert_eq!(KeyStore::names(&store), Err(KeyStoreError::Locked));
    assert_eq!(backend.connections.load(Ordering::SeqCst), connections);
    // A prompt that is dismissed leaves it locked.
    backend.set(Mood::Locked);
    assert_eq!(KeyStore::reopen(&store), Err(KeyStoreError::Locked));
    backend.set(Mood::Fine);
    assert_eq!(KeyStore::state(&store), StoreState::Locked);
    KeyStore::reopen(&store).unwrap();
    assert_eq!(KeyStore::names(&store), Ok(vec!["k".to_owned()]));
    store.prove(&key("k"), private.public_key()).unwrap();
}

#[test]
fn a_keyring_that_cannot_be_reopened_is_told_as_it_is_unless_we_had_locked_it() {
    let (backend, store) = store(Duration::from_secs(2));
    backend.set(Mood::NoBus);
    assert!(matches!(Entries::reopen(&store), Err(KeyStoreError::Unreachable { .. })));
    assert!(matches!(Entries::state(&store), StoreState::Unreachable { .. }));
    Entries::lock(&store);
    assert!(matches!(Entries::reopen(&store), Err(KeyStoreError::Unreachable { .. })));
    assert_eq!(Entries::state(&store), StoreState::Locked);
}

#[test]
fn locking_ends_the_wait_for_a_prompt() {
    let (backend, store) = store(LONG);
    let release = backend.hang();
    let start = Instant::now();
    thread::scope(|scope| {
        let call = scope.spawn(|| KeyStore::ask_to_unlock(&store));
        backend.wait_until_held();
        KeyStore::lock(&store);
        assert_eq!(call.join().unwrap(), Err(KeyStoreError::Cancelled));
    });
    assert!(start.elapsed() < LONG / 4);
    drop(release);
}
