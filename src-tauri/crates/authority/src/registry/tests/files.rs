//! Creating, opening, copying, migrating and checking files.

use std::fs;
use std::path::Path;

use pki::Certificate;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{NOW, Numbers, actor, certificate, insert, new_registry, write};
use crate::registry::connection;
use crate::registry::{
    CertificateFacts, CertificateFilter, Disk, KeysKind, NewCertificate, NewRegistry, OpenError, RecoveryChoice, Registry, RegistryError,
    RegistryId, known_schema,
};

/// A self-signed server certificate for check.example.test, made with OpenSSL 3.
const LEAF: &str = "\
308201bd30820164a00302010202144546631883792d011194f8717cf2a9375c53215b300a06082a8648ce3d040302301d311b301906035504030c1263686563\
6b2e6578616d706c652e74657374301e170d3236313132313034343631335a170d3336313131383034343631335a301d311b301906035504030c12636865636b\
2e6578616d706c652e746573743059301306072a8648ce3d020106082a8648ce3d0301070342000431f351781e68a543935884789a3c2f42aba92cc81e0d0c08\
6d798bc45f342047a7f20cb30788d1f7d25ff1285e40dabe13bea5834c6c16730651371b9c2b9faca38181307f301d0603551d0e04160414627ba0b884dd9ea2\
9641aad1e05d7b929c36007a301f0603551d23041830168014627ba0b884dd9ea29641aad1e05d7b929c36007a301d0603551d11041630148212636865636b2e\
6578616d706c652e7465737430130603551d25040c300a06082b0601050507030130090603551d1304023000300a06082a8648ce3d0403020347003044022031\
09179c5a4f7f8b157a719ec62c4a37ca81eb06ccf91638d5c553f711ec4f72022041f1516523e2686c131ddd07e88d59c11366f608ec5a1ab533e7fae7559e51\
d9\
";

fn new() -> NewRegistry {
    NewRegistry {
        id: RegistryId::new(NOW, [1; 10]),
        name: "Test".to_owned(),
        keys: KeysKind::Memory,
        is_test: true,
        actor: actor(),
        now: NOW,
        disk: Disk::OWN,
    }
}

fn open_error(path: &Path) -> OpenError {
    Registry::open(path, &actor(), NOW).unwrap_err()
}

#[test]
fn a_new_registry_knows_what_it_is() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ä %?#.chancery");
    let registry = Registry::create(&path, &new()).unwrap();
    let meta = registry.read(|read| read.meta()).unwrap();
    assert_eq!(
        (meta.id, meta.name.as_str(), meta.keys, meta.is_test, meta.recovery),
        (new().id, "Test", KeysKind::Memory, true, RecoveryChoice::Undecided)
    );
    write(&registry, |write| {
        write.set_recovery(RecoveryChoice::PublicKey([7; 32]))?;
        write.set_setting("language", Some("en"))?;
        write.note_time(NOW - time::Duration::days(1))
    });
    drop(registry);
    let registry = Registry::open(&path, &actor(), NOW).unwrap();
    let meta = registry.read(|read| read.meta()).unwrap();
    assert_eq!((meta.recovery, meta.last_seen_at), (RecoveryChoice::PublicKey([7; 32]), NOW));
    assert_eq!(registry.read(|read| read.settings()).unwrap(), [("language".to_owned(), "en".to_owned())]);
    let history = registry.read(|read| read.history()).unwrap();
    assert_eq!(history.iter().map(|row| (row.from, row.to)).collect::<Vec<_>>(), [(0, known_schema())]);
    let mode: String = Connection::open(&path).unwrap().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.')).count(),
        0
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    write(&registry, |write| write.set_registry_name("x"));
    let modes: Vec<u32> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777).collect();
    assert_eq!(modes, [0o600; 3], "file, WAL and shared memory");
}

#[test]
fn reasons_not_to_open_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(matches!(open_error(&at("none")), OpenError::NotFound { .. }));
    assert!(matches!(open_error(folder.path()), OpenError::IsFolder { .. }));
    fs::write(at("empty"), b"").unwrap();
    fs::write(at("text"), "-----BEGIN".repeat(50)).unwrap();
    Connection::open(at("other")).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    for name in ["empty", "text", "other"] {
        assert!(matches!(open_error(&at(name)), OpenError::NotARegistry { .. }), "{name}");
    }
    let whole = Registry::create(&at("whole"), &new()).unwrap();
    whole.backup_to(&at("copy"), &[]).unwrap();
    assert!(matches!(Registry::create(&at("copy"), &new()), Err(OpenError::AlreadyExists { .. })));
    assert!(matches!(Registry::create(&at("no/where"), &new()), Err(OpenError::NotFound { .. })));
    assert!(matches!(whole.backup_to(&at("copy"), &[]), Err(OpenError::AlreadyExists { .. })));
    let bytes = fs::read(at("copy")).unwrap();
    fs::write(at("cut"), &bytes[..8192]).unwrap();
    assert!(matches!(open_error(&at("cut")), OpenError::Damaged { .. }), "{:?}", open_error(&at("cut")));
    Connection::open(at("copy")).unwrap().pragma_update(None, "user_version", known_schema() + 1).unwrap();
    assert!(matches!(open_error(&at("copy")), OpenError::Newer { found, known } if (found, known) == (known_schema() + 1, known_schema())));
    assert!(matches!(Registry::open_read_only(&at("copy")), Err(OpenError::Newer { .. })));
}

#[test]
fn a_registry_opened_for_reading_only_reads() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("copy");
    let registry = new_registry(&folder);
    insert(&registry, &certificate(&mut Numbers(1), "a", NOW, 1));
    registry.backup_to(&path, &[]).unwrap();
    let browsing = Registry::open_read_only(&path).unwrap();
    assert!(browsing.read_only() && !registry.read_only());
    assert_eq!(browsing.read(|read| read.certificate_totals()).unwrap().len(), 1);
    let mut reached = false;
    let outcome = browsing.write(|_| {
        reached = true;
        Ok::<(), RegistryError>(())
    });
    assert_eq!((outcome, reached), (Err(RegistryError::ReadOnly), false));
    assert_eq!(
        fs::read_dir(folder.path())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("copy-"))
            .count(),
        0
    );
}

/// In a folder that takes no new file: the test may run as root, whom no mode stops, so the way there is taken directly.
#[test]
fn a_file_without_wal_is_read_without_shared_memory() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ä %3F?#&.chancery");
    drop(Registry::create(&path, &new()).unwrap());
    let names = || fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(names(), [path.file_name().unwrap()], "the last to leave takes WAL and shared memory away");
    let reader = connection::reader(&path, connection::Access::Immutable).unwrap();
    let name: String = reader.query_row("SELECT name FROM meta", [], |row| row.get(0)).unwrap();
    assert_eq!((name.as_str(), names()), ("Test", vec![path.file_name().unwrap().to_owned()]));
    assert!(reader.execute("UPDATE meta SET name = 'x'", []).is_err());
}

#[test]
fn a_panic_in_a_write_leaves_nothing_behind_and_nothing_locked() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        registry.write(|write| -> Result<(), RegistryError> {
            write.set_registry_name("half")?;
            std::panic::resume_unwind(Box::new("on purpose"))
        })
    }));
    assert!(outcome.is_err());
    assert_eq!(registry.read(|read| read.meta()).unwrap().name, "Test");
    write(&registry, |write| write.set_registry_name("whole"));
    assert_eq!(registry.read(|read| read.meta()).unwrap().name, "whole");
}

#[test]
fn another_programs_lock_is_waited_for_and_then_told() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let other = Connection::open(registry.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(registry.write(|write| write.set_registry_name("x")), Err(RegistryError::Busy));
    assert_eq!(registry.read(|read| read.meta()).unwrap().name, "Test", "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    write(&registry, |write| write.set_registry_name("x"));
}

#[test]
fn a_turn_is_waited_for_as_long_as_others_take_theirs() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let other = Connection::open(registry.path()).unwrap();
    let (begun, waits) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Seven seconds in all, and nobody else comes in between: each turn ends by a write that is followed by the next turn at once.
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            begun.send(()).unwrap();
            for turn in 0..2 {
                std::thread::sleep(std::time::Duration::from_millis(3_500));
                other.execute_batch(&format!("UPDATE meta SET name = 'turn {turn}'; COMMIT; BEGIN IMMEDIATE")).unwrap();
            }
            other.execute_batch("ROLLBACK").unwrap();
        });
        waits.recv().unwrap();
        write(&registry, |write| write.set_registry_name("mine"));
    });
    assert_eq!(registry.read(|read| read.meta()).unwrap().name, "mine");
}

#[test]
fn writers_take_turns_and_lose_nothing() {
    let folder = TempDir::new().unwrap();
    let first = new_registry(&folder);
    let second = Registry::open(first.path(), &actor(), NOW).unwrap();
    std::thread::scope(|scope| {
        for (seed, registry) in [(11, &first), (12, &first), (13, &second), (14, &second)] {
            scope.spawn(move || {
                let numbers = &mut Numbers(seed);
                for _ in 0..25 {
                    insert(registry, &certificate(numbers, "x", NOW, 1));
                }
            });
        }
    });
    assert_eq!(second.read(|read| read.certificate_totals()).unwrap()[0].count, 100);
    let (kept, counted) = first.read(|read| read.recount()).unwrap();
    assert_eq!(kept, counted);
}

#[test]
fn a_copy_is_whole_and_says_what_it_holds() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    insert(&registry, &certificate(&mut Numbers(1), "a", NOW, 1));
    let path = folder.path().join("backup");
    let report = registry.backup_to(&path, &[("vault", "sealed".to_owned())]).unwrap();
    assert_eq!(registry.read(|read| read.setting("vault")).unwrap(), None, "extra settings are the copy's alone");
    assert_eq!((report.certificates, report.audit_rows, report.audit_head), (1, 0, [0; 32]));
    assert_eq!(report.size, fs::metadata(&path).unwrap().len());
    let copy = Registry::open(&path, &actor(), NOW).unwrap();
    assert_eq!(copy.read(|read| read.setting("vault")).unwrap().as_deref(), Some("sealed"));
    assert_eq!(copy.read(|read| read.meta()).unwrap(), registry.read(|read| read.meta()).unwrap());
}

#[test]
fn going_down_a_schema_leaves_a_copy_behind() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let path = registry.path().to_owned();
    drop(registry);
    Registry::migrate(&path, Disk::OWN, 0, &actor(), NOW).unwrap();
    let copy = folder.path().join(format!("test.chancery.schema-{}", known_schema()));
    assert_eq!(Registry::open(&copy, &actor(), NOW).unwrap().read(|read| read.meta()).unwrap().name, "Test");
    Registry::migrate(&path, Disk::OWN, known_schema(), &actor(), NOW).unwrap();
    assert!(matches!(open_error(&path), OpenError::Registry(RegistryError::Missing { table: "meta", .. })));
    assert!(matches!(Registry::migrate(&path, Disk::OWN, known_schema() + 1, &actor(), NOW), Err(OpenError::Newer { .. })));
}

#[test]
fn words_are_indexed_anew_when_an_older_file_is_opened() {
    let folder = TempDir::new().unwrap();
    let registry = with_real_certificate(&folder);
    let path = registry.path().to_owned();
    let search = |registry: &Registry, text: &str| {
        let filter = CertificateFilter { search: Some(text.to_owned()), ..CertificateFilter::default() };
        registry.read(|read| read.certificates_count(&filter, NOW)).unwrap().count
    };
    assert_eq!(search(&registry, "exam"), 1);
    drop(registry);
    Registry::migrate(&path, Disk::OWN, 1, &actor(), NOW).unwrap();
    let matches = |query: &str| -> i64 {
        let sql = "SELECT count(*) FROM certificate_words WHERE certificate_words MATCH ?1";
        Connection::open(&path).unwrap().query_row(sql, [query], |row| row.get(0)).unwrap()
    };
    assert_eq!(matches("\"exam\"*"), 1, "the older program finds it its own way");
    let registry = Registry::open(&path, &actor(), NOW).unwrap();
    assert_eq!((search(&registry, "exam"), search(&registry, "xample")), (1, 0));
    assert!(!registry.read(|read| read.rebuild_asked()).unwrap());
    // Both changes are on record, in the name of who asked for them.
    let rows = registry.read(|read| read.audit_page(None, None, 10)).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.action.as_str(), row.detail.clone(), row.actor.clone())).collect();
    let (known, who) = (known_schema(), actor().to_json().to_string());
    let change = |from: u32, to: u32| ("registry.migrated", serde_json::json!({ "from": from, "to": to }).to_string(), who.clone());
    assert_eq!(told, [change(1, known), change(known, 1)]);
}

fn with_real_certificate(folder: &TempDir) -> Registry {
    let registry = new_registry(folder);
    let der = hex::decode(LEAF).unwrap();
    let facts = CertificateFacts::of(&Certificate::from_der(&der).unwrap());
    assert_eq!(
        (facts.display_name.as_str(), facts.names.as_slice()),
        ("check.example.test", ["dns:check.example.test".to_owned()].as_slice())
    );
    let record = certificate(&mut Numbers(1), "a", NOW, 1).record;
    insert(&registry, &NewCertificate { facts, record, der });
    registry
}

#[test]
fn a_whole_registry_has_no_findings() {
    let folder = TempDir::new().unwrap();
    let registry = with_real_certificate(&folder);
    let report = registry.read(|read| read.check()).unwrap();
    assert_eq!((report.findings, report.certificates), (vec![], 1));
    assert_eq!(registry.read(|read| read.quick_check()).unwrap(), vec![]);
}

#[test]
fn a_check_finds_what_was_changed() {
    for (sql, expected) in [
        ("UPDATE certificate_ders SET der = CAST(der || x'00' AS BLOB)", "certificate_changed"),
        ("DELETE FROM certificate_ders", "certificate_missing"),
        ("UPDATE certificates SET not_after = not_after + 1000", "certificate_columns_differ"),
        ("UPDATE certificates SET names = '[]'", "certificate_columns_differ"),
        ("UPDATE certificates SET names = 'no list'", "cell_unreadable"),
        ("UPDATE certificate_totals SET count = 2", "counter_wrong"),
        ("UPDATE position_ranges SET count = 0", "counter_wrong"),
        ("PRAGMA foreign_keys = OFF; UPDATE certificates SET authority = randomblob(16)", "row_without_parent"),
    ] {
        let folder = TempDir::new().unwrap();
        let registry = with_real_certificate(&folder);
        Connection::open(registry.path()).unwrap().execute_batch(sql).unwrap();
        let report = registry.read(|read| read.check()).unwrap();
        assert!(report.findings.iter().any(|finding| finding.code == expected), "{sql}: {:?}", report.findings);
    }
}

#[test]
fn a_flipped_byte_in_a_page_is_found() {
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("copy");
    with_real_certificate(&folder).backup_to(&copy, &[]).unwrap();
    let der = hex::decode(LEAF).unwrap();
    let mut bytes = fs::read(&copy).unwrap();
    let at = bytes.windows(der.len()).position(|window| window == der).unwrap();
    bytes[at + 100] ^= 1;
    fs::write(&copy, bytes).unwrap();
    let report = Registry::open_read_only(&copy).unwrap().read(|read| read.check()).unwrap();
    assert!(report.findings.iter().any(|finding| finding.code == "certificate_changed"), "{:?}", report.findings);
}

#[test]
fn a_broken_cell_names_table_row_and_column() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let id = insert(&registry, &certificate(&mut Numbers(1), "a", NOW, 1));
    Connection::open(registry.path()).unwrap().execute_batch("UPDATE certificates SET subject = x'0500'").unwrap();
    let error = registry.read(|read| read.certificate(id)).unwrap_err();
    assert!(
        matches!(&error, RegistryError::Cell { table: "certificates", column: "subject", row, .. } if *row == id.to_string()),
        "{error}"
    );
}

#[test]
fn another_program_that_writes_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let registry = new_registry(&folder);
    assert!(!registry.held_by_another().unwrap());
    let other = Connection::open(registry.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(registry.held_by_another().unwrap());
    other.execute_batch("ROLLBACK").unwrap();
    assert!(!registry.held_by_another().unwrap());
}

/// A lock that a process holds on a file is gone once it closes any descriptor of that file; then another program that is done takes the WAL away.
#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "the other program is a real one")]
fn what_another_program_leaves_behind_is_still_in_use_here() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("test.chancery");
    let registry = Registry::create(&path, &new()).unwrap();
    write(&registry, |write| write.set_setting("language", Some("en")));
    // Opened again, looked at past SQLite as an import of its folder would, and by another name.
    drop(Registry::open(&path, &actor(), NOW).unwrap());
    drop(Registry::open_read_only(&path).unwrap());
    let linked = folder.path().join("linked.chancery");
    std::os::unix::fs::symlink(&path, &linked).unwrap();
    for name in ["test.chancery", "linked.chancery", "test.chancery-shm"] {
        let refused = crate::in_use::open_to_read(&folder.path().join(name)).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ResourceBusy, "{name}");
    }
    let other = std::process::Command::new("sqlite3").arg(&path).arg("SELECT count(*) FROM settings").output().unwrap();
    assert!(other.status.success(), "{}", String::from_utf8_lossy(&other.stderr));
    assert!(folder.path().join("test.chancery-wal").exists(), "its WAL was taken away");
    write(&registry, |write| write.set_setting("language", Some("de")));
    drop(registry);
    let registry = Registry::open(&path, &actor(), NOW).unwrap();
    assert_eq!(registry.read(|read| read.setting("language")).unwrap().as_deref(), Some("de"));
    drop(registry);
    assert!(crate::in_use::open_to_read(&path).is_ok());
    // Opened through a link, its shared memory lies beside what the link leads to; renamed, it is still the same file.
    let registry = Registry::open(&linked, &actor(), NOW).unwrap();
    write(&registry, |write| write.set_setting("language", Some("en")));
    assert!(crate::in_use::open_to_read(&folder.path().join("test.chancery-shm")).is_err());
    fs::rename(&path, folder.path().join("renamed.chancery")).unwrap();
    assert!(crate::in_use::open_to_read(&folder.path().join("renamed.chancery")).is_err());
    drop(registry);
}

#[test]
fn whoever_closes_last_takes_the_wal_away() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("test.chancery");
    drop(Registry::create(&path, &new()).unwrap());
    let registry = Registry::open(&path, &actor(), NOW).unwrap();
    registry.data_version().unwrap();
    registry.read(|read| read.meta()).unwrap();
    assert!(folder.path().join("test.chancery-wal").exists());
    drop(registry);
    assert!(!folder.path().join("test.chancery-wal").exists());
    let registry = Registry::open(&path, &actor(), NOW).unwrap();
    write(&registry, |write| write.set_setting("language", Some("en")));
    registry.data_version().unwrap();
    registry.held_by_another().unwrap();
    drop(registry);
    assert!(!folder.path().join("test.chancery-wal").exists());
}
