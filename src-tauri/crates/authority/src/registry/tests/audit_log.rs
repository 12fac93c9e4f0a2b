//! The audit chain: what an intruder with an SQL shell can do, and what then shows.

use rusqlite::Connection;
use tempfile::TempDir;

use super::{NOW, new_registry, write};
use crate::audit::{Actor, AuditEvent, BEFORE_THE_FIRST, Link};
use crate::registry::SALVAGED;
use crate::registry::audit_rows::ChainPlace;
use crate::registry::{AuditHead, ChainVerdict, Read, Registry};
use crate::secret::SecretBytes;
use crate::verify_audit::{examine_seal, seal_head};

fn with_rows(folder: &TempDir, count: u32) -> Registry {
    let registry = new_registry(folder);
    for n in 1..=count {
        assert_eq!(write(&registry, |write| write.append_audit(&event(n))), u64::from(n));
    }
    registry
}

fn event(n: u32) -> AuditEvent {
    AuditEvent {
        at: NOW,
        actor: Actor { user: "anna".to_owned(), host: "h".to_owned(), program: "chancery".to_owned() },
        action: "cert.issue".to_owned(),
        subject: n.to_string(),
        detail: serde_json::json!({ "n": n }),
        why: n.is_multiple_of(2).then(|| "asked".to_owned()),
    }
}

fn codes(registry: &Registry) -> Vec<(String, &'static str)> {
    registry.read(|read| read.verify_chain(|_| ())).unwrap().findings.into_iter().map(|finding| (finding.place, finding.code)).collect()
}

/// What the registry itself would not do.
fn tamper(registry: &Registry, sql: &str) {
    let connection = Connection::open(registry.path()).unwrap();
    connection
        .execute_batch("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted; DROP TRIGGER audit_is_appended;")
        .unwrap();
    connection.execute_batch(sql).unwrap();
}

/// The same, once the triggers are gone.
fn tamper_again(registry: &Registry, sql: &str) {
    Connection::open(registry.path()).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn an_untouched_chain_is_whole() {
    let folder = TempDir::new().unwrap();
    let registry = with_rows(&folder, 5);
    let mut seen = 0;
    assert_eq!(registry.read(|read| read.verify_chain(|_| seen += 1)).unwrap(), ChainVerdict::default());
    assert_eq!(seen, 5);
    let page = registry.read(|read| read.audit_page(None, Some(4), 2)).unwrap();
    assert_eq!(page.iter().map(|row| row.sequence).collect::<Vec<_>>(), [3, 2]);
    let of_one = registry.read(|read| read.audit_page(Some("5"), None, 9)).unwrap();
    assert_eq!((of_one.len(), of_one[0].sequence, of_one[0].detail.as_str()), (1, 5, r#"{"n":5}"#));
    assert_eq!(registry.read(|read| read.audit_head()).unwrap(), (5, of_one[0].hash));
}

#[test]
fn the_log_cannot_be_changed_through_its_table() {
    let folder = TempDir::new().unwrap();
    let registry = with_rows(&folder, 2);
    let connection = Connection::open(registry.path()).unwrap();
    for sql in [
        "UPDATE audit SET why = 'x'",
        "DELETE FROM audit WHERE sequence = 2",
        "INSERT INTO audit SELECT 9, at, actor, action, subject, detail, why, previous, hash FROM audit LIMIT 1",
    ] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
    assert_eq!(codes(&registry), vec![]);
}

#[test]
fn every_kind_of_tampering_shows() {
    for (sql, expected) in [
        ("UPDATE audit SET detail = '{\"n\":7}' WHERE sequence = 2", vec![("audit row 2", "audit_changed")]),
        ("UPDATE audit SET at = at + 1 WHERE sequence = 5", vec![("audit row 5", "audit_changed")]),
        ("DELETE FROM audit WHERE sequence = 3", vec![("audit row 4", "audit_gap"), ("audit row 4", "audit_broken")]),
        ("DELETE FROM audit WHERE sequence = 1", vec![("audit row 2", "audit_gap"), ("audit row 2", "audit_broken")]),
        (
            "UPDATE audit SET sequence = 99 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 99",
            vec![
                ("audit row 2", "audit_broken"),
                ("audit row 2", "audit_changed"),
                ("audit row 3", "audit_broken"),
                ("audit row 3", "audit_changed"),
                ("audit row 4", "audit_broken"),
            ],
        ),
        ("UPDATE audit SET actor = x'ff' WHERE sequence = 5", vec![("audit", "audit_unreadable"), ("audit", "audit_cut")]),
        ("DELETE FROM audit WHERE sequence >= 4", vec![("audit", "audit_cut")]),
    ] {
        let folder = TempDir::new().unwrap();
        let registry = with_rows(&folder, 5);
        let (count, head) = registry.read(|read| read.audit_head()).unwrap();
        write(&registry, |write| write.set_audit_mac(&AuditHead { count, head, mac: vec![1], at: NOW }));
        if sql.contains("x'ff'") {
            let connection = Connection::open(registry.path()).unwrap();
            // STRICT keeps bytes out of a text column; a text that is not UTF-8 gets in.
            connection
                .execute_batch("DROP TRIGGER audit_is_not_changed; UPDATE audit SET actor = CAST(x'ff' AS TEXT) WHERE sequence = 5")
                .unwrap();
        } else {
            tamper(&registry, sql);
        }
        let found = codes(&registry);
        let found: Vec<(&str, &str)> = found.iter().map(|(place, code)| (place.as_str(), *code)).collect();
        assert_eq!(found, expected, "{sql}");
    }
}

#[test]
fn a_rewritten_tail_differs_from_the_sealed_head() {
    let folder = TempDir::new().unwrap();
    let registry = with_rows(&folder, 3);
    let (count, head) = registry.read(|read| read.audit_head()).unwrap();
    write(&registry, |write| write.set_audit_mac(&AuditHead { count, head: [9; 32], mac: vec![1], at: NOW }));
    assert_ne!(head, [9; 32]);
    assert_eq!(codes(&registry), vec![("audit row 3".to_owned(), "audit_head_differs")]);
}

/// Writes row `sequence` by hand, as one who knows how rows are hashed: a salvage that has found `breaks`.
fn forge_salvage(registry: &Registry, sequence: u64, previous: [u8; 32], breaks: &[(&str, &str)]) -> [u8; 32] {
    let detail = serde_json::json!({ "breaks": breaks, "seal": "kept" }).to_string();
    let (actor, subject) = ("{}", registry.read(|read| read.meta()).unwrap().id.to_string());
    let link = Link { sequence, at: 0, actor, action: SALVAGED, subject: &subject, detail: &detail, why: None, previous: &previous };
    let sql = "INSERT OR REPLACE INTO audit (sequence, at, actor, action, subject, detail, why, previous, hash) \
        VALUES (?1, 0, ?2, ?3, ?4, ?5, NULL, ?6, ?7)";
    let connection = Connection::open(registry.path()).unwrap();
    let values = rusqlite::params![i64::try_from(sequence).unwrap(), actor, SALVAGED, subject, detail, previous, link.hash()];
    connection.execute(sql, values).unwrap();
    link.hash()
}

fn seal(registry: &Registry) {
    let (count, head) = registry.read(|read| read.audit_head()).unwrap();
    write(registry, |write| write.set_audit_mac(&AuditHead { count, head, mac: vec![1], at: NOW }));
}

#[test]
fn a_salvage_excuses_breaks_only_where_the_seal_vouches_for_it() {
    let cut = [("audit row 4", "audit_gap"), ("audit row 4", "audit_broken")];
    let all = |found: Vec<(String, &'static str)>| -> Vec<(String, String)> {
        found.into_iter().map(|(place, code)| (place, code.to_owned())).collect()
    };
    let told = |breaks: &[(&str, &str)]| -> Vec<(String, String)> {
        breaks.iter().map(|(place, code)| ((*place).to_owned(), (*code).to_owned())).collect()
    };

    // A row is cut out, and a salvage that is none says so; nobody has sealed it.
    let folder = TempDir::new().unwrap();
    let registry = with_rows(&folder, 5);
    seal(&registry);
    tamper(&registry, "DELETE FROM audit WHERE sequence = 3");
    let (_, head) = registry.read(|read| read.audit_head()).unwrap();
    forge_salvage(&registry, 6, head, &cut);
    assert_eq!(all(codes(&registry)), told(&cut), "the row that hides the cut is not sealed");
    // Sealed, it is on record.
    seal(&registry);
    assert_eq!(registry.read(|read| read.verify_chain(|_| ())).unwrap(), ChainVerdict { findings: vec![], on_record: 2 });
    // What breaks later is told all the same.
    tamper_again(&registry, "UPDATE audit SET why = 'x' WHERE sequence = 2");
    assert_eq!(codes(&registry), [("audit row 2".to_owned(), "audit_changed")]);

    // A sealed row becomes one that excuses its own forgery.
    let folder = TempDir::new().unwrap();
    let registry = with_rows(&folder, 5);
    seal(&registry);
    let first = registry.read(|read| read.audit_page(None, Some(2), 1)).unwrap();
    tamper(&registry, "SELECT 1");
    forge_salvage(&registry, 2, first[0].hash, &[("audit row 3", "audit_broken")]);
    assert_eq!(codes(&registry), [("audit row 3".to_owned(), "audit_broken")]);

    // The sealed tail is cut off, and a row behind it speaks of a gap.
    let folder = TempDir::new().unwrap();
    let registry = with_rows(&folder, 5);
    seal(&registry);
    tamper(&registry, "DELETE FROM audit WHERE sequence >= 4");
    let (_, head) = registry.read(|read| read.audit_head()).unwrap();
    forge_salvage(&registry, 6, head, &[("audit row 6", "audit_gap")]);
    assert_eq!(codes(&registry), [("audit row 6".to_owned(), "audit_gap")]);

    // No row excuses what comes after it.
    let folder = TempDir::new().unwrap();
    let registry = with_rows(&folder, 2);
    let (_, head) = registry.read(|read| read.audit_head()).unwrap();
    tamper(&registry, "SELECT 1");
    forge_salvage(&registry, 3, head, &[("audit row 5", "audit_gap"), ("audit row 5", "audit_broken")]);
    for n in 4..=6 {
        write(&registry, |write| write.append_audit(&event(n)));
    }
    seal(&registry);
    tamper_again(&registry, "DELETE FROM audit WHERE sequence = 4");
    assert_eq!(codes(&registry).len(), 2);
}

/// A sealed log of a thousand rows; every edit by hand is made past the triggers, looked for, and taken back.
struct Sealed {
    connection: Connection,
    secret: SecretBytes,
    /// Every row's hash; before the first stands what the first follows.
    hashes: Vec<[u8; 32]>,
    _folder: TempDir,
}

const ROWS: u32 = 1_000;

impl Sealed {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let registry = with_rows(&folder, 0);
        let secret = SecretBytes::random(32, &crate::clock::SystemEntropy).unwrap();
        let mut hashes = vec![BEFORE_THE_FIRST];
        write(&registry, |write| {
            for n in 1..=ROWS {
                write.append_audit(&event(n))?;
                seal_head(write, &secret, NOW)?;
                hashes.push(write.audit_head()?.1);
            }
            Ok(())
        });
        let file = registry.path().to_owned();
        drop(registry);
        let connection = Connection::open(file).unwrap();
        connection
            .execute_batch(
                "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted; DROP TRIGGER audit_is_appended; PRAGMA synchronous = off",
            )
            .unwrap();
        Self { connection, secret, hashes, _folder: folder }
    }

    /// What the walk over a few rows and the look at the seal find. What stands before `from` is untouched, so the whole walk finds no less.
    fn found(&self, from: u64, until: Option<u64>) -> Vec<&'static str> {
        let read = Read::new(&self.connection);
        let place = ChainPlace { sequence: from, hash: self.hashes[usize::try_from(from).unwrap()] };
        let mut codes: Vec<_> =
            read.verify_chain_between(place, until, |_| ()).unwrap().findings.iter().map(|finding| finding.code).collect();
        let (count, _) = read.audit_head().unwrap();
        let seal = read.newest_audit_mac().unwrap();
        codes.extend(examine_seal(&self.secret, seal.as_ref(), count).iter().map(|finding| finding.code));
        codes
    }

    /// Makes an edit, says what is found between two places, and takes it back.
    fn after(&self, edit: &str, from: u64, until: Option<u64>) -> Vec<&'static str> {
        self.connection.execute_batch(&format!("SAVEPOINT edit; {edit}")).unwrap();
        let found = self.found(from, until);
        self.connection.execute_batch("ROLLBACK TO edit; RELEASE edit").unwrap();
        found
    }
}

#[test]
fn every_edit_of_every_row_every_deletion_every_swap_and_every_cut_is_found() {
    let log = Sealed::new();
    assert_eq!(log.found(0, None), Vec::<&str>::new());
    let edits = [
        "sequence = sequence + 5000",
        "at = at + 1",
        "actor = '{}'",
        "action = 'cert.show'",
        "subject = 'x'",
        "detail = '{}'",
        "why = CASE WHEN why IS NULL THEN '' ELSE NULL END",
        "previous = hash",
        "hash = zeroblob(32)",
    ];
    for n in 1..=u64::from(ROWS) {
        let (before, next) = (n - 1, Some(n + 1));
        for edit in edits {
            // The last row moves behind the end; another leaves a gap where it was.
            let until = if n == u64::from(ROWS) { None } else { next };
            let found = log.after(&format!("UPDATE audit SET {edit} WHERE sequence = {n}"), before, until);
            assert!(!found.is_empty(), "{edit} of row {n}");
        }
        let until = (n < u64::from(ROWS)).then_some(n + 1);
        assert!(!log.after(&format!("DELETE FROM audit WHERE sequence = {n}"), before, until).is_empty(), "row {n} deleted");
        if n < u64::from(ROWS) {
            let swap = format!(
                "UPDATE audit SET sequence = 999999 WHERE sequence = {n}; UPDATE audit SET sequence = {n} WHERE sequence = {n} + 1; \
                 UPDATE audit SET sequence = {n} + 1 WHERE sequence = 999999"
            );
            assert!(!log.after(&swap, before, next).is_empty(), "rows {n} and {} swapped", n + 1);
            let cut = format!("DELETE FROM audit WHERE sequence > {n}");
            assert_eq!(log.after(&cut, before, None), ["audit_cut", "audit_cut"], "cut after {n}");
            assert_eq!(log.after(&format!("{cut}; DELETE FROM audit_heads WHERE count > {n}"), before, None), ["audit_unsealed"]);
            let forged = format!("{cut}; UPDATE audit_heads SET count = {n}, head = (SELECT hash FROM audit WHERE sequence = {n})");
            assert_eq!(log.after(&forged, before, None), ["audit_mac_wrong"], "cut after {n}, the seal edited to fit");
        }
    }
    // The same by the whole walk, on a part of the rows.
    for n in (1..u64::from(ROWS)).step_by(97) {
        for edit in [format!("UPDATE audit SET why = 'x' WHERE sequence = {n}"), format!("DELETE FROM audit WHERE sequence = {n}")] {
            assert!(!log.after(&edit, 0, None).is_empty(), "{edit}");
        }
    }
    for edit in ["count = count - 1", "count = count + 1", "head = zeroblob(32)", "mac = zeroblob(32)", "mac = x''"] {
        assert!(!log.after(&format!("UPDATE audit_heads SET {edit}"), 998, None).is_empty(), "the seal's {edit}");
    }
    assert_eq!(log.found(0, None), Vec::<&str>::new(), "every edit was taken back");
}

#[test]
fn a_tail_that_was_written_anew_hash_by_hash_does_not_fit_its_seal() {
    let log = Sealed::new();
    for from in [1, 2, 500, 999, 1000] {
        let read = Read::new(&log.connection);
        log.connection.execute_batch("SAVEPOINT edit").unwrap();
        let mut previous = log.hashes[from - 1];
        for row in read.audit_page(None, None, ROWS).unwrap().into_iter().rev().skip(from - 1) {
            let link = Link {
                sequence: row.sequence,
                at: row.at_milliseconds(),
                actor: &row.actor,
                action: "cert.show",
                subject: &row.subject,
                detail: &row.detail,
                why: row.why.as_deref(),
                previous: &previous,
            };
            let sql = "UPDATE audit SET action = ?2, previous = ?3, hash = ?4 WHERE sequence = ?1";
            let hash = link.hash();
            log.connection.execute(sql, rusqlite::params![i64::try_from(row.sequence).unwrap(), link.action, previous, hash]).unwrap();
            previous = hash;
        }
        assert_eq!(log.found(0, None), ["audit_head_differs"], "from row {from}");
        log.connection.execute_batch("ROLLBACK TO edit; RELEASE edit").unwrap();
    }
}
