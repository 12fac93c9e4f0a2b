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
    faulty: Mutex<Option<Arc<FaultyKeyStore>>>,
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
        let ring = Arc::new(Ring { memory: MemoryKeyStore::new(), faulty: Mutex::default() });
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

/// The note of a move under way.
fn note_of(session: &Session) -> Option<Moving> {
    session.registry().read(Moving::read).unwrap()
}

/// Begins a move into a vault as another program would: the note is written and everything is copied, the third step is to come.
fn begun(session: &Session, holder: &str) -> (Moving, Arc<dyn KeyStore>, Vec<KeyRowId>) {
    let note =
        Moving { token: "another".to_owned(), to: Place::Vault, step: Step::Copying, since: session.millis(), holder: holder.to_owned() };
    session.change(|tx| tx.set_setting(MOVING_SETTING, Some(&note.text()))).unwrap();
    let target = session.new_place(&NewKeys::Vault(passphrase())).unwrap();
    let copied = session.copy_all(target.as_ref()).unwrap();
    (note, target, copied)
}

#[test]
fn a_move_that_another_program_is_undoing_does_not_turn_over() {
    let scene = Scene::new();
    let slow = scene.open();
    let (note, target, copied) = begun(&slow, "");
    let faulty = Arc::new(FaultyKeyStore::new(Arc::new(scene.ring.memory.clone())));
    *scene.ring.faulty.lock().unwrap() = Some(Arc::clone(&faulty));
    let other = scene.open();
    // It has written down that it undoes the move, and comes no further.
    faulty.fail_at(faulty.calls() + 1, KeyStoreError::TimedOut { seconds: 30 });
    other.settle_move(None).unwrap();
    assert_eq!(note_of(&other), Some(Moving { step: Step::Undoing, ..note.clone() }));
    assert!(matches!(slow.turn_over(&note, &copied, target.as_ref()), Err(MoveKeysError::Overtaken)));
    // What the other has taken on is the other's to end.
    assert!(matches!(slow.undo_move(&note), Err(MoveKeysError::Overtaken)));
    assert!(matches!(slow.end_move(&note, "keys.move-undone"), Err(MoveKeysError::Overtaken)));
    assert!(scene.vault().exists());
    other.settle_move(None).unwrap();
    assert!(!scene.vault().exists());
    assert!(matches!(slow.turn_over(&note, &copied, target.as_ref()), Err(MoveKeysError::Overtaken)));
    drop((slow, other));
    *scene.ring.faulty.lock().unwrap() = None;
    scene.assert_whole(KeysKind::Os);
}

#[test]
fn a_move_that_has_turned_over_is_not_undone() {
    let scene = Scene::new();
    let (slow, other) = (scene.open(), scene.open());
    let (note, target, copied) = begun(&slow, "");
    let removing = slow.turn_over(&note, &copied, target.as_ref()).unwrap();
    // The other has read the note before.
    other.settle_note(&note, true);
    assert_eq!(note_of(&other), Some(removing));
    // It keeps keys where they count no more: there is nothing it could prove, and so nothing that it may remove.
    other.settle_move(None).unwrap();
    assert!(scene.vault().exists() && !scene.ring.memory.names().is_empty());
    drop((slow, other));
    scene.open().settle_move(None).unwrap();
    scene.assert_whole(KeysKind::Passphrase);
}

#[test]
fn a_session_that_has_missed_a_move_removes_nothing() {
    let scene = Scene::new();
    scene.open().move_keys(&NewKeys::Vault(passphrase())).unwrap();
    let (stale, other) = (scene.open(), scene.open());
    let aside = scene.vault().with_extension("aside");
    std::fs::copy(scene.vault(), &aside).unwrap();
    other.move_keys(&NewKeys::Os).unwrap();
    // As after a crash before the old vault was removed.
    std::fs::copy(&aside, scene.vault()).unwrap();
    std::fs::remove_file(&aside).unwrap();
    let note = Moving { token: "t".to_owned(), to: Place::Os, step: Step::Removing, since: other.millis(), holder: String::new() };
    other.change(|tx| tx.set_setting(MOVING_SETTING, Some(&note.text()))).unwrap();
    stale.settle_move(None).unwrap();
    assert!(scene.vault().exists());
    assert_eq!(note_of(&stale), Some(note));
    drop((stale, other));
    scene.open().settle_move(None).unwrap();
    scene.assert_whole(KeysKind::Os);
}

#[test]
fn a_young_move_is_left_to_its_program_while_that_may_live() {
    let scene = Scene::new();
    // A program of another machine, and an older one that says nothing of itself: nothing is known of either.
    for holder in ["elsewhere:7:99", ""] {
        let session = scene.open();
        let (note, ..) = begun(&session, holder);
        assert!(matches!(session.move_keys(&NewKeys::Vault(passphrase())), Err(MoveKeysError::Overtaken)), "{holder}");
        assert_eq!(note_of(&session), Some(note.clone()), "{holder}");
        assert!(scene.vault().exists(), "{holder}");
        // It is old enough that nobody is at it.
        let old = Moving { since: note.since - 600_000, ..note };
        session.change(|tx| tx.set_setting(MOVING_SETTING, Some(&old.text()))).unwrap();
        assert!(session.move_keys(&NewKeys::Vault(passphrase())).unwrap().old_removed, "{holder}");
        scene.assert_whole(KeysKind::Passphrase);
        scene.open().move_keys(&NewKeys::Os).unwrap();
    }
}

#[test]
fn what_this_very_program_has_left_is_not_waited_for_unless_it_is_at_it() {
    let scene = Scene::new();
    let session = scene.open();
    let (note, ..) = begun(&session, &session.holder());
    let at_it = AtIt::begin(&note.token);
    assert!(matches!(session.move_keys(&NewKeys::Vault(passphrase())), Err(MoveKeysError::Overtaken)));
    assert_eq!(note_of(&session), Some(note));
    drop(at_it);
    session.move_keys(&NewKeys::Vault(passphrase())).unwrap();
    scene.assert_whole(KeysKind::Passphrase);
}

#[test]
fn a_note_of_an_older_program_is_understood() {
    let note: Moving = serde_json::from_str(r#"{"token":"t","to":"vault","step":"copying","since":1}"#).unwrap();
    assert_eq!((note.step, note.holder.as_str()), (Step::Copying, ""));
}
