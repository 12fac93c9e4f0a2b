#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]
use std::path::PathBuf;

use pki::issuance::Addresses;
use pki::{DistinguishedName, KeySpec, Lifetime, NameConstraints};
use tempfile::TempDir;
use time::macros::datetime;

use super::*;
use crate::audit::Actor;
use crate::clock::{FixedClock, SystemEntropy};
use crate::create_authority::NewAuthority;
use crate::key_standing::{KeyStanding, KeysOf};
use crate::keystore::{FaultyKeyStore, KdfCost, MemoryKeyStore};
use crate::registry::RegistryId;
use crate::secret::Passphrase;
use crate::session::{Host, Keyring, SystemDisks};

/// A keyring in memory behind faults.
struct Ring {
    memory: MemoryKeyStore,
    faulty: std::sync::Mutex<Option<Arc<FaultyKeyStore>>>,
}

impl Keyring for Ring {
    fn open(&self, _: &RegistryId) -> Arc<dyn KeyStore> {
        match &*self.faulty.lock().unwrap() {
            Some(faulty) => Arc::clone(faulty) as Arc<dyn KeyStore>,
            None => Arc::new(self.memory.clone()),
        }
    }
}

struct Scene {
    _folder: TempDir,
    path: PathBuf,
    ring: Arc<Ring>,
    host: Host,
}

fn passphrase() -> Passphrase {
    Passphrase::new("only for this test".to_owned())
}

impl Scene {
    /// A keyring registry with two authorities.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ring = Arc::new(Ring { memory: MemoryKeyStore::new(), faulty: std::sync::Mutex::default() });
        let host = Host {
            clock: Arc::new(FixedClock::at(datetime!(2026-11-21 12:00 UTC))),
            entropy: Arc::new(SystemEntropy),
            actor: Actor { user: "u".to_owned(), host: "h".to_owned(), program: "p".to_owned() },
            keyring: Arc::clone(&ring) as Arc<dyn Keyring>,
            passphrase_cost: KdfCost::CHEAP,
            disks: Arc::new(SystemDisks),
            on_share: false,
        };
        let path = folder.path().join("a.chancery");
        let session = Session::create(&path, "A", NewKeys::Os, false, host.clone()).unwrap();
        session.refuse_recovery_file().unwrap();
        for name in ["One", "Two"] {
            let wish = NewAuthority {
                name: name.to_owned(),
                subject: DistinguishedName::parse(&format!("CN={name}")).unwrap(),
                parent: None,
                key: Some(KeySpec::EcP256),
                lifetime: Lifetime::ProfileDefault,
                path_length: None,
                constraints: NameConstraints::default(),
                addresses: Addresses::default(),
            };
            session.create_authority(&wish).unwrap();
        }
        Self { _folder: folder, path, ring, host }
    }

    fn open(&self) -> Session {
        let session = Session::open(&self.path, self.host.clone()).unwrap();
        session.unlock(Some(&passphrase())).unwrap();
        session
    }

    fn vault(&self) -> PathBuf {
        vault_path(&self.path)
    }

    /// Every key can be used, the log is whole, and no copy is left where the keys are not.
    fn assert_whole(&self, keys: KeysKind) {
        let session = self.open();
        assert_eq!(session.keys_kind(), keys);
        let (standing, ..) = session.keys_standing(KeysOf::Everybody, None, 100).unwrap();
        assert_eq!(standing.len(), 2);
        assert!(standing.iter().all(|key| key.standing == KeyStanding::Ready), "{standing:?}");
        assert!(session.stray_keys().unwrap().is_empty());
        let verdict = session.verify_audit().unwrap();
        assert!(verdict.findings.is_empty() && verdict.sealed, "{verdict:?}");
        assert_eq!(session.registry().read(|tx| tx.setting(MOVING_SETTING)).unwrap(), None);
        match keys {
            KeysKind::Passphrase => assert_eq!(self.ring.memory.names(), Vec::<String>::new()),
            _ => assert!(!self.vault().exists()),
        }
    }
}

#[test]
fn keys_move_into_a_vault_and_back() {
    let scene = Scene::new();
    let session = scene.open();
    assert!(matches!(session.move_keys(&NewKeys::Os), Err(MoveKeysError::AlreadyThere)));
    assert_eq!(session.move_keys(&NewKeys::Vault(passphrase())).unwrap(), MovedKeys { keys: 2, old_removed: true });
    assert!(session.keys_moved().unwrap());
    // A session that has not noticed takes no key into use in the old place.
    assert_eq!(session.registry().read(|tx| session.check_keys_stay(tx)), Err(RegistryError::Busy));
    scene.assert_whole(KeysKind::Passphrase);
    let session = scene.open();
    assert_eq!(session.move_keys(&NewKeys::Os).unwrap(), MovedKeys { keys: 2, old_removed: true });
    scene.assert_whole(KeysKind::Os);
}

#[test]
fn whatever_the_keyring_refuses_on_the_way_there_is_undone_and_on_the_way_out_finished_later() {
    for to_vault in [true, false] {
        let mut call = 0;
        loop {
            call += 1;
            let scene = Scene::new();
            if !to_vault {
                scene.open().move_keys(&NewKeys::Vault(passphrase())).unwrap();
            }
            let faulty = Arc::new(FaultyKeyStore::new(Arc::new(scene.ring.memory.clone())));
            *scene.ring.faulty.lock().unwrap() = Some(Arc::clone(&faulty));
            let session = scene.open();
            let before = faulty.calls();
            // Whether it was done or not: the caller hears of a time-out.
            if call % 2 == 0 {
                faulty.fail_after(before + call, KeyStoreError::TimedOut { seconds: 30 });
            } else {
                faulty.fail_at(before + call, KeyStoreError::TimedOut { seconds: 30 });
            }
            let to = if to_vault { NewKeys::Vault(passphrase()) } else { NewKeys::Os };
            let outcome = session.move_keys(&to);
            let reached = faulty.calls() >= before + call;
            drop(session);
            *scene.ring.faulty.lock().unwrap() = None;
            let moved = outcome.is_ok();
            scene.open().settle_move(None).unwrap();
            let now = if moved == to_vault { KeysKind::Passphrase } else { KeysKind::Os };
            scene.assert_whole(now);
            if !reached {
                assert!(call > 5, "there are more calls than that");
                break;
            }
        }
    }
}

#[test]
fn what_stands_where_the_vault_belongs_is_left_alone() {
    let scene = Scene::new();
    std::fs::write(scene.vault(), b"somebody's").unwrap();
    let Err(MoveKeysError::Session(SessionError::VaultExists { path })) = scene.open().move_keys(&NewKeys::Vault(passphrase())) else {
        panic!("moved over a file");
    };
    assert_eq!((path, std::fs::read(scene.vault()).unwrap()), (scene.vault(), b"somebody's".to_vec()));
    std::fs::remove_file(scene.vault()).unwrap();
    scene.assert_whole(KeysKind::Os);
}

#[test]
fn a_locked_keyring_moves_nothing() {
    let scene = Scene::new();
    let session = scene.open();
    session.lock();
    assert!(matches!(session.move_keys(&NewKeys::Vault(passphrase())), Err(MoveKeysError::KeyStore(KeyStoreError::Locked))));
    scene.assert_whole(KeysKind::Os);
}
