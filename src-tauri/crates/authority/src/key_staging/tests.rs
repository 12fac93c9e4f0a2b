#![expect(clippy::unwrap_used, reason = "tests fail loudly")]
use std::path::PathBuf;
use std::sync::Arc;

use pki::issuance::Addresses;
use pki::{DistinguishedName, KeySpec, Lifetime, NameConstraints};
use tempfile::TempDir;
use time::Duration;
use time::macros::datetime;

use super::*;
use crate::audit::Actor;
use crate::clock::{FixedClock, SystemEntropy};
use crate::create_authority::NewAuthority;
use crate::keystore::{FaultyKeyStore, KdfCost, KeyStore, MemoryKeyStore};
use crate::registry::RegistryId;
use crate::session::{Host, Keyring, NewKeys, SystemDisks};

/// A keyring in memory behind faults.
struct Ring(Arc<FaultyKeyStore>);

impl Keyring for Ring {
    fn open(&self, _: &RegistryId) -> Arc<dyn KeyStore> {
        Arc::clone(&self.0) as Arc<dyn KeyStore>
    }
}

struct Scene {
    _folder: TempDir,
    path: PathBuf,
    memory: MemoryKeyStore,
    /// One of the programs.
    session: Session,
    /// Another one, with a clock that is ahead.
    other: Session,
    /// The keyring as the other one sees it.
    faulty: Arc<FaultyKeyStore>,
}

fn wish(name: &str) -> NewAuthority {
    NewAuthority {
        name: name.to_owned(),
        subject: DistinguishedName::parse(&format!("CN={name}")).unwrap(),
        parent: None,
        key: Some(KeySpec::EcP256),
        lifetime: Lifetime::ProfileDefault,
        path_length: None,
        constraints: NameConstraints::default(),
        addresses: Addresses::default(),
    }
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.chancery");
        let memory = MemoryKeyStore::new();
        let now = datetime!(2026-11-21 12:00 UTC);
        let host = |ring: &Arc<FaultyKeyStore>, now| Host {
            clock: Arc::new(FixedClock::at(now)),
            entropy: Arc::new(SystemEntropy),
            actor: Actor { user: "u".to_owned(), host: "h".to_owned(), program: "p".to_owned() },
            keyring: Arc::new(Ring(Arc::clone(ring))),
            passphrase_cost: KdfCost::CHEAP,
            disks: Arc::new(SystemDisks),
            on_share: false,
        };
        let ring = || Arc::new(FaultyKeyStore::new(Arc::new(memory.clone())));
        let faulty = ring();
        let session = Session::create(&path, "A", NewKeys::Os, false, host(&ring(), now)).unwrap();
        session.refuse_recovery_file().unwrap();
        let other = Session::open(&path, host(&faulty, now + Duration::minutes(4))).unwrap();
        other.unlock(None).unwrap();
        Self { _folder: folder, path, memory, session, other, faulty }
    }

    /// Stages a key and keeps it, as every step does that makes one.
    fn staged(&self) -> KeyRowId {
        let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
        let id = KeyRowId::new(self.session.now(), self.session.id_entropy().unwrap());
        let row = self.session.staged_key(id, "a key", &key, self.session.now());
        self.session.change(|tx| tx.insert_key(&row)).unwrap();
        assert!(self.session.keep_staged(id, "a key", &key).is_ok());
        id
    }

    fn state(&self, id: KeyRowId) -> KeyState {
        self.session.registry().read(|tx| tx.key(id)).unwrap().unwrap().key.state
    }

    fn kept(&self, id: KeyRowId) -> bool {
        self.memory.names().contains(&id.to_string())
    }

    fn take_into_use(&self, id: KeyRowId) -> Result<(), RegistryError> {
        self.session.change(|tx| make_ready(tx, id, None, self.session.now()))
    }
}

#[test]
fn a_key_is_given_up_on_record_before_it_leaves_the_keystore() {
    let scene = Scene::new();
    let id = scene.staged();
    let refused = scene.session.give_up_staged(id, |_| Err(RegistryError::Full));
    assert_eq!(refused, Err(RegistryError::Full));
    assert_eq!((scene.state(id), scene.kept(id)), (KeyState::Staging, true));
    scene.session.give_up_staged(id, |_| Ok(())).unwrap();
    assert_eq!((scene.state(id), scene.kept(id)), (KeyState::Deleted, false));
}

#[test]
fn a_key_that_was_taken_into_use_is_not_given_up() {
    let scene = Scene::new();
    let id = scene.staged();
    let row = scene.session.registry().read(|tx| tx.key(id)).unwrap().unwrap();
    scene.take_into_use(id).unwrap();
    let mut done = false;
    scene
        .session
        .give_up_staged(id, |_| {
            done = true;
            Ok(())
        })
        .unwrap();
    assert!(!done);
    assert!(scene.other.discard(&row).is_err(), "the other one read the row before");
    assert_eq!((scene.state(id), scene.kept(id)), (KeyState::Ready, true));
}

#[test]
fn a_key_that_another_program_discards_is_not_taken_into_use() {
    let scene = Scene::new();
    let id = scene.staged();
    // The clock of the other one says that nobody is at it any more; its keyring falls silent in the middle.
    scene.faulty.fail_all(Some(KeyStoreError::TimedOut { seconds: 30 }));
    scene.other.settle().unwrap();
    assert_eq!((scene.state(id), scene.kept(id)), (KeyState::Deleting, true));
    assert!(matches!(scene.take_into_use(id), Err(RegistryError::Missing { .. })));
    assert_eq!(scene.state(id), KeyState::Deleting);
    scene.faulty.fail_all(None);
    scene.other.settle().unwrap();
    assert_eq!((scene.state(id), scene.kept(id)), (KeyState::Deleted, false));
    assert!(matches!(scene.take_into_use(id), Err(RegistryError::Missing { .. })));
    // Whoever staged it ends what goes with it, once more or not.
    let mut done = false;
    scene
        .session
        .give_up_staged(id, |_| {
            done = true;
            Ok(())
        })
        .unwrap();
    assert!(done);
}

#[test]
fn while_no_row_can_be_closed_no_key_of_an_authority_that_fails_is_removed() {
    let scene = Scene::new();
    let refuses = rusqlite::Connection::open(&scene.path).unwrap();
    refuses.execute_batch("CREATE TRIGGER refuses BEFORE UPDATE OF state ON keys BEGIN SELECT raise(ABORT, 'no'); END").unwrap();
    assert!(scene.session.create_authority(&wish("One")).is_err());
    let rows = scene.session.registry().read(|tx| tx.unsettled_keys()).unwrap();
    assert_eq!(rows.len(), 1);
    let row = rows.first().unwrap();
    assert_eq!((row.key.state, scene.kept(row.key.id)), (KeyState::Staging, true));
    // The other one cannot close it either, and so lets it be.
    scene.other.settle().unwrap();
    assert!(scene.kept(row.key.id));
    refuses.execute_batch("DROP TRIGGER refuses").unwrap();
    scene.other.settle().unwrap();
    assert_eq!((scene.state(row.key.id), scene.kept(row.key.id)), (KeyState::Deleted, false));
    let id = scene.session.create_authority(&wish("One")).unwrap();
    assert!(scene.session.registry().read(|tx| tx.authority(id)).unwrap().is_some());
}
