#![expect(clippy::unwrap_used, reason = "tests fail loudly")]
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pki::KeySpec;
use tempfile::TempDir;
use time::Duration;
use time::macros::datetime;

use super::*;
use crate::audit::Actor;
use crate::clock::{Clock, FixedClock, SystemEntropy};
use crate::key_standing::KeyStanding;
use crate::keystore::{KdfCost, KeyRef, KeyStore, MemoryKeyStore};
use crate::registry::{KeyLocation, RegistryId};
use crate::session::{Host, Keyring, NewKeys, SystemDisks};

struct Ring(MemoryKeyStore);

impl Keyring for Ring {
    fn open(&self, _: &RegistryId) -> Arc<dyn KeyStore> {
        Arc::new(self.0.clone())
    }
}

type Act = Box<dyn FnOnce() + Send>;
type Condition = Box<dyn Fn() -> bool + Send>;

/// A clock at which something happens as soon as a condition is met: the program that asks for the time is held up by another one.
struct Interrupting {
    clock: FixedClock,
    act: Mutex<Option<(Condition, Act)>>,
}

impl Interrupting {
    fn once(&self, when: impl Fn() -> bool + Send + 'static, act: impl FnOnce() + Send + 'static) {
        *self.act.lock().unwrap_or_else(PoisonError::into_inner) = Some((Box::new(when), Box::new(act)));
    }

    fn acted(&self) -> bool {
        self.act.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

impl Clock for Interrupting {
    fn now(&self) -> OffsetDateTime {
        let mut waiting = self.act.lock().unwrap_or_else(PoisonError::into_inner);
        let due = waiting.take_if(|(when, _)| when());
        drop(waiting);
        if let Some((_, act)) = due {
            act();
        }
        self.clock.now()
    }
}

struct Scene {
    folder: TempDir,
    memory: MemoryKeyStore,
    clock: Arc<Interrupting>,
    session: Session,
    /// Another program, with a keyring of its own connection and a clock of its own.
    other: Arc<Session>,
}

fn passphrase() -> Passphrase {
    Passphrase::new("in the safe".to_owned())
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let memory = MemoryKeyStore::new();
        let start = datetime!(2026-11-21 12:00 UTC);
        let clock = Arc::new(Interrupting { clock: FixedClock::at(start), act: Mutex::new(None) });
        let host = |clock: Arc<dyn Clock>| Host {
            clock,
            entropy: Arc::new(SystemEntropy),
            actor: Actor { user: "u".to_owned(), host: "h".to_owned(), program: "p".to_owned() },
            keyring: Arc::new(Ring(memory.clone())),
            passphrase_cost: KdfCost::CHEAP,
            disks: Arc::new(SystemDisks),
            on_share: false,
        };
        let path = folder.path().join("a.chancery");
        let session = Session::create(&path, "A", NewKeys::Os, false, host(Arc::clone(&clock) as _)).unwrap();
        let other = Session::open(&path, host(Arc::new(FixedClock::at(start)))).unwrap();
        other.unlock(None).unwrap();
        Self { folder, memory, clock, session, other: Arc::new(other) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A key with its row, in the keystore.
    fn key(&self, label: &str, state: KeyState) -> KeyRowId {
        let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
        let id = KeyRowId::new(self.session.now(), self.session.id_entropy().unwrap());
        let row = self.session.staged_key(id, label, &key, self.session.now());
        self.session.change(|tx| tx.insert_key(&row)).unwrap();
        let sealed = self.session.keep_staged(id, label, &key);
        assert!(sealed.is_ok());
        if state == KeyState::Ready {
            let sealed = sealed.ok().flatten();
            self.session.change(|tx| crate::key_staging::make_ready(tx, id, sealed.as_deref(), self.session.now())).unwrap();
        }
        id
    }

    fn failed(&self, name: &str, why: WhyNot) -> NotRecovered {
        NotRecovered { name: name.to_owned(), why }
    }
}

#[test]
fn a_file_that_was_replaced_is_told_from_that_of_another_registry() {
    let (scene, elsewhere) = (Scene::new(), Scene::new());
    scene.session.create_recovery_file(&scene.path("first"), &passphrase()).unwrap();
    scene.session.replace_recovery_file(&scene.path("second"), &Passphrase::new("another".to_owned())).unwrap();
    elsewhere.session.create_recovery_file(&elsewhere.path("theirs"), &passphrase()).unwrap();
    let replaced = scene.session.test_recovery_file(&scene.path("first"), &passphrase());
    assert!(matches!(replaced, Err(RecoverError::Replaced { path, made }) if path == scene.path("first") && made == scene.session.now()));
    let foreign = scene.session.test_recovery_file(&elsewhere.path("theirs"), &passphrase());
    assert!(matches!(foreign, Err(RecoverError::WrongRegistry { path }) if path == elsewhere.path("theirs")));
    let missing = scene.session.test_recovery_file(&scene.path("third"), &passphrase());
    assert!(matches!(missing, Err(RecoverError::File { path, .. }) if path == scene.path("third")));
}

#[test]
fn a_key_that_is_being_made_is_waited_for_and_one_that_was_left_is_discarded() {
    let scene = Scene::new();
    let id = scene.key("half made", KeyState::Staging);
    let file = scene.path("file");
    let refused = scene.session.create_recovery_file(&file, &passphrase());
    assert!(matches!(refused, Err(RecoverError::KeyUnsettled { key, label }) if key == id && label == "half made"));
    assert!(!file.exists());
    scene.clock.clock.advance(UNDER_WAY);
    assert!(scene.session.create_recovery_file(&file, &passphrase()).is_err());
    scene.clock.clock.advance(Duration::SECOND);
    assert_eq!(scene.session.create_recovery_file(&file, &passphrase()).unwrap().sealed, 0);
    assert!(!scene.memory.names().contains(&id.to_string()));
}

#[test]
fn what_cannot_be_brought_back_is_named_with_its_reason_and_holds_up_no_other() {
    let scene = Scene::new();
    scene.session.create_recovery_file(&scene.path("file"), &passphrase()).unwrap();
    let [lost, other, junk, twice, unsealed] = ["lost", "other", "junk", "twice", "unsealed"].map(|name| scene.key(name, KeyState::Ready));
    let foreign = PrivateKey::generate(KeySpec::EcP256).unwrap();
    scene.memory.lose(&lost.to_string());
    scene.memory.tamper(&other.to_string(), &foreign.to_line().unwrap());
    scene.memory.tamper(&junk.to_string(), "no key");
    scene.memory.double(&twice.to_string(), true);
    let damaged = rusqlite::Connection::open(scene.path("a.chancery")).unwrap();
    damaged.execute("UPDATE keys SET sealed_recovery = NULL WHERE label = 'unsealed'", []).unwrap();
    let before = scene.memory.digest();
    let tested = scene.session.test_recovery_file(&scene.path("file"), &passphrase()).unwrap();
    assert_eq!((tested.sealed, tested.failed), (4, vec![scene.failed("unsealed", WhyNot::NoCopy)]));
    assert_eq!(scene.memory.digest(), before);
    let mut restored = scene.session.restore_from_recovery_file(&scene.path("file"), &passphrase()).unwrap();
    // Keys of one millisecond stand in any order.
    restored.failed.sort_by(|left, right| left.name.cmp(&right.name));
    let found = foreign.public_key().fingerprint();
    let unreadable = KeyStanding::Unreadable { what: "the key store is damaged: the entry is not a key".to_owned() };
    let failed = vec![
        scene.failed("junk", WhyNot::InTheWay(unreadable)),
        scene.failed("other", WhyNot::InTheWay(KeyStanding::WrongKey { found })),
        scene.failed("twice", WhyNot::InTheWay(KeyStanding::Ambiguous)),
        scene.failed("unsealed", WhyNot::NoCopy),
    ];
    assert_eq!(restored, Recovered { sealed: 4, restored: 1, failed });
    scene.session.prove_key(lost).unwrap();
    scene.session.prove_key(unsealed).unwrap();
    // Set aside, it is in nobody's way.
    scene.session.set_key_aside(other).unwrap();
    assert_eq!(scene.session.restore_from_recovery_file(&scene.path("file"), &passphrase()).unwrap().restored, 1);
    scene.session.prove_key(other).unwrap();
}

#[test]
fn a_store_that_falls_silent_ends_the_restoring() {
    let scene = Scene::new();
    scene.session.create_recovery_file(&scene.path("file"), &passphrase()).unwrap();
    let id = scene.key("lost", KeyState::Ready);
    scene.memory.lose(&id.to_string());
    scene.memory.set_locked(true);
    let refused = scene.session.restore_from_recovery_file(&scene.path("file"), &passphrase());
    assert!(matches!(refused, Err(RecoverError::KeyStore(KeyStoreError::Locked))));
}

/// The public half came without its key; the key is adopted, and between its sealing and its commit the recovery file is replaced.
#[test]
fn an_adopted_key_is_sealed_to_the_recovery_file_that_took_the_place_of_the_old_one() {
    let scene = Scene::new();
    scene.session.create_recovery_file(&scene.path("first"), &passphrase()).unwrap();
    let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
    let id = KeyRowId::new(scene.session.now(), scene.session.id_entropy().unwrap());
    let staged = scene.session.staged_key(id, "late", &key, scene.session.now());
    let row = crate::registry::NewKey { location: KeyLocation::Elsewhere, state: KeyState::Ready, ..staged };
    scene.session.change(|tx| tx.insert_key(&row)).unwrap();
    let stray = KeyRef::new("stray").unwrap();
    scene.session.keystore().store(&stray, "stray", &key).unwrap();
    let (memory, other, second) = (scene.memory.clone(), Arc::clone(&scene.other), scene.path("second"));
    let adopted = move || !memory.names().contains(&"stray".to_owned());
    scene.clock.once(adopted, move || assert_eq!(other.replace_recovery_file(&second, &passphrase()).unwrap().sealed, 0));
    assert_eq!(scene.session.adopt_stray(&stray).unwrap(), id);
    assert!(scene.clock.acted());
    let tested = scene.session.test_recovery_file(&scene.path("second"), &passphrase()).unwrap();
    assert_eq!(tested, Recovered { sealed: 1, restored: 0, failed: Vec::new() });
}
