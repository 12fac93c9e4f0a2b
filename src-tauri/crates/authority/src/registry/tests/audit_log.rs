//! The audit chain: what an intruder with an SQL shell can do, and what then shows.

use rusqlite::Connection;
use tempfile::TempDir;

use super::{NOW, new_registry, write};
use crate::audit::{Actor, AuditEvent};
use crate::registry::{AuditHead, Registry};

fn with_rows(folder: &TempDir, count: u32) -> Registry {
    let registry = new_registry(folder);
    for n in 1..=count {
        let event = AuditEvent {
            at: NOW,
            actor: Actor { user: "anna".to_owned(), host: "h".to_owned(), program: "chancery".to_owned() },
            action: "cert.issue".to_owned(),
            subject: n.to_string(),
            detail: serde_json::json!({ "n": n }),
            why: (n % 2 == 0).then(|| "asked".to_owned()),
        };
        assert_eq!(write(&registry, |write| write.append_audit(&event)), u64::from(n));
    }
    registry
}

fn codes(registry: &Registry) -> Vec<(String, &'static str)> {
    registry.read(|read| read.verify_chain(|_| ())).unwrap().into_iter().map(|finding| (finding.place, finding.code)).collect()
}

/// What the registry itself would not do.
fn tamper(registry: &Registry, sql: &str) {
    let connection = Connection::open(registry.path()).unwrap();
    connection
        .execute_batch("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted; DROP TRIGGER audit_is_appended;")
        .unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn an_untouched_chain_is_whole() {
    let folder = TempDir::new().unwrap();
    let registry = with_rows(&folder, 5);
    let mut seen = 0;
    assert_eq!(registry.read(|read| read.verify_chain(|_| seen += 1)).unwrap(), vec![]);
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
