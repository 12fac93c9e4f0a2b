//! The audit log: whole when it is whole, and every edit by hand is found.

use api::request::Nothing;
use serde_json::json;
use suite::judges::sqlite::sqlite;
use suite::{Sandbox, ask};

/// A registry with a few rows in its log, closed, so that its file can be edited by hand.
fn at_rest() -> Sandbox {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    sandbox.revoke(&www.id, "www.example.test", "keyCompromise");
    sandbox.crl("Issuing");
    sandbox.assert_audit_whole();
    sandbox.close();
    sandbox
}

/// Edits the file past its triggers, opens it again and asks.
fn after(edit: &str) -> (bool, String) {
    let sandbox = at_rest();
    let file = sandbox.text("acme.chancery");
    let triggers = sqlite(&file, "SELECT name FROM sqlite_master WHERE type = 'trigger'");
    let drops: String = triggers.lines().map(|name| format!("DROP TRIGGER {name};")).collect();
    sqlite(&file, &format!("{drops} {edit}"));
    match sandbox.surface.registry_open(ask(json!({ "path": file }))) {
        Ok(_) => {
            // What goes on being written must not cover it up.
            sandbox.crl("Issuing");
            let verified = sandbox.surface.audit_verify(Nothing {}).expect("a verdict");
            assert!(verified.sealed, "the keyring is at hand");
            (verified.ok, format!("{:?}", verified.findings))
        }
        Err(error) => (false, error.code.as_str().to_owned()),
    }
}

#[test]
fn nothing_is_found_where_nothing_was_edited() {
    assert_eq!(after("SELECT 1"), (true, "[]".to_owned()));
}

#[test]
fn a_changed_row_is_found_whichever_column_it_is() {
    for edit in ["at = at + 1", "actor = '{}'", "action = 'certificate.show'", "subject = 'x'", "detail = '{}'", "why = 'because'"] {
        let (ok, findings) = after(&format!("UPDATE audit SET {edit} WHERE sequence = 4"));
        assert!(!ok, "{edit} was not found");
        assert!(findings.contains('4') || findings.contains("damaged"), "{edit}: {findings}");
    }
}

#[test]
fn a_row_that_is_gone_from_the_middle_is_found() {
    assert!(!after("DELETE FROM audit WHERE sequence = 4").0);
    let closed = "DELETE FROM audit WHERE sequence = 4; UPDATE audit SET sequence = sequence - 1 WHERE sequence > 4";
    assert!(!after(closed).0, "the gap was closed by hand");
}

#[test]
fn a_tail_that_was_cut_off_is_found() {
    let cut = "DELETE FROM audit WHERE sequence > (SELECT max(sequence) - 1 FROM audit)";
    assert!(!after(cut).0);
    assert!(!after(&format!("{cut}; DELETE FROM audit_heads")).0, "the seal was taken away with it");
    assert!(
        !after(&format!("{cut}; UPDATE audit_heads SET count = count - 1, head = (SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1)"))
            .0
    );
}

#[test]
fn the_log_tells_the_whole_story() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let request =
        json!({ "certificates": [www.id], "reason": "keyCompromise", "note": "found in a repository", "confirmation": "www.example.test" });
    sandbox.surface.certificate_revoke(ask(request)).expect("revoked");
    sandbox.crl("Issuing");
    let rows = sandbox.surface.audit_list(ask(json!({}))).expect("a page").items;
    let mut actions: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
    actions.reverse();
    let story = ["registry.created", "authority.created", "authority.created", "certificate.issued", "certificate.revoked", "crl.issued"];
    let mut rest = actions.iter();
    for step in story {
        assert!(rest.any(|action| *action == step), "no {step} in its place in {actions:?}");
    }
    let revoked = rows.iter().find(|row| row.action == "certificate.revoked").expect("a row");
    assert_eq!(revoked.why.as_deref(), Some("found in a repository"));
    assert!(revoked.actor.starts_with("tester@testhost"));
    for pair in rows.windows(2) {
        assert_eq!(pair[0].previous, pair[1].hash);
    }
    let mine = sandbox.surface.audit_list(ask(json!({ "subject": www.id }))).expect("a page").items;
    assert_eq!(mine.len(), 2, "{mine:?}");
}
