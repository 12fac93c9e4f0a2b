//! What is in the log: every command that changes or exports leaves a row, and so does every refused attempt. A new command has to be put into one of
//! the two tables.

use std::collections::BTreeSet;

use api::ErrorCode;
use api::commands::COMMANDS;
use api::surface::ATTEMPTS;
use api::view::AuditEntry;
use serde_json::{Value, json};
use suite::data::named;
use suite::outside_root::{AS_ASKED, OutsideRoot};
use suite::sandbox::{PASSPHRASE, refusal};
use suite::{Sandbox, ask};

/// Commands that leave no row, and why none is needed.
const READS: &[(&str, &str)] = &[
    ("registry_open", "nothing changes; a task that is found abandoned has a row of its own, and so has a change of schema"),
    ("registry_close", "nothing changes"),
    ("registry_status", "a read"),
    ("registry_unlock", "nothing changes; a refusal is in the log, and so is what it seals"),
    ("registry_lock", "nothing changes"),
    ("registry_history", "a read"),
    ("registry_check", "what is whole stays as it is; damage that is found, and what is made anew, have rows of their own"),
    ("settings_list", "a read"),
    ("certificate_renewal", "a draft"),
    ("certificate_compare", "a read"),
    ("authority_list", "a read"),
    ("authority_show", "a read"),
    ("profile_list", "a read"),
    ("certificate_tags", "a read"),
    ("profile_show", "a read"),
    ("profile_check", "a dry run"),
    ("policy_show", "a read"),
    ("names_recognise", "a read of what is typed"),
    ("request_read", "a read of a file"),
    ("certificate_preview", "a dry run"),
    ("certificate_list", "a read"),
    ("certificate_show", "a read"),
    ("certificate_in_file", "a read of a file"),
    ("file_show", "a read of a file"),
    ("certificate_asn1", "a read"),
    ("certificate_verify", "a read"),
    ("crl_show", "a read"),
    ("crl_list", "a read"),
    ("crl_events", "a read"),
    ("crl_diff", "a read; the plan of the next CRL is undone"),
    ("import_plan", "a dry run"),
    ("import_progress", "a read"),
    ("import_stop", "ends a dry run"),
    ("import_items", "a page of a report"),
    ("import_keep", "a report of what the log has already, if it was no dry run"),
    ("source_diff", "a comparison; nothing changes"),
    ("source_list", "a read"),
    ("source_show", "a read"),
    ("source_certificates", "a read"),
    ("source_crls", "a read"),
    ("source_revoked", "a read"),
    ("source_quarantine", "a read"),
    ("source_events", "a read"),
    ("audit_list", "a read"),
    ("audit_show", "a read"),
    ("audit_facets", "a read"),
    ("audit_verify", "a read"),
    ("overview", "a read"),
    ("doctor", "a read"),
    ("task_list", "a read"),
    ("task_show", "a read"),
    ("registry_undo_plan", "a dry run"),
    ("trash_list", "a read"),
    ("authority_renewal", "a dry run"),
    ("authority_impact", "a read"),
    ("authority_cross_signing", "a dry run"),
    ("issue_many_check", "a dry run"),
    ("issue_many_failures", "a report of a dry run"),
    ("request_list", "a read"),
    ("lock_show", "a read"),
    ("lock_touch", "nothing changes"),
    ("keyring_cancel", "nothing changes"),
    ("clipboard_show", "a read"),
    ("clipboard_clear", "nothing changes"),
    ("passphrase_copy", "nothing changes"),
    ("key_list", "a read"),
    ("key_show", "a read"),
    ("passphrase_meter", "a read of what is typed"),
    ("passphrase_generate", "nothing changes"),
    ("registry_backups", "a read"),
    ("request_show", "a read"),
    ("registry_restore", "makes another registry, whose log tells of it"),
];

fn newest(sandbox: &Sandbox, more_than: usize) -> Vec<AuditEntry> {
    let mut rows = sandbox.surface.audit_list(ask(json!({ "limit": 500 }))).expect("a page").items;
    rows.reverse();
    rows.split_off(more_than)
}

fn count(sandbox: &Sandbox) -> usize {
    sandbox.surface.audit_list(ask(json!({ "limit": 500 }))).expect("a page").items.len()
}

/// Runs one step and gives the actions of the rows that it added.
fn added(sandbox: &Sandbox, step: impl FnOnce(&Sandbox)) -> Vec<String> {
    let before = count(sandbox);
    step(sandbox);
    newest(sandbox, before).into_iter().map(|row| row.action).collect()
}

macro_rules! run {
    ($command:ident $request:tt) => {
        (stringify!($command), |sandbox: &Sandbox, at: &dyn Fn(&str) -> String| {
            let request = fill(json!($request), at);
            sandbox.surface.$command(ask(request)).map(drop).map_err(|error| error.code)
        })
    };
}

type Step = (&'static str, fn(&Sandbox, &dyn Fn(&str) -> String) -> Result<(), ErrorCode>);

/// Puts paths and ids for `$name`.
fn fill(request: Value, at: &dyn Fn(&str) -> String) -> Value {
    match request {
        Value::String(text) => text.strip_prefix('$').map_or_else(|| json!(text), |name| json!(at(name))),
        Value::Array(items) => items.into_iter().map(|item| fill(item, at)).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, fill(value, at))).collect(),
        other => other,
    }
}

#[test]
fn every_command_that_changes_or_exports_leaves_a_row_and_no_read_does() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let spare = Sandbox::at_work();
    spare.bundle("Root", "root.pem");
    let foreign = spare.read("root.pem");
    let own_crl = sandbox.crl("Issuing");
    let at = |name: &str| match name {
        "www" => www.id.clone(),
        "crl" => own_crl.clone(),
        "foreign" => foreign.clone(),
        "task" => {
            let tasks = sandbox.surface.task_list(ask(json!({}))).expect("tasks");
            tasks.items.iter().find(|task| task.resumable).expect("a task to resume").id.clone()
        }
        other => sandbox.text(other),
    };
    let reads: Vec<Step> = vec![
        run!(registry_status {}),
        run!(registry_history {}),
        run!(registry_check { "repair": true }),
        run!(registry_unlock {}),
        run!(authority_list {}),
        run!(authority_show { "authority": "Root" }),
        run!(authority_impact { "authority": "Root" }),
        run!(authority_renewal { "authority": "Issuing", "newKey": true }),
        run!(profile_list {}),
        run!(profile_show { "profile": "tls-server" }),
        run!(profile_check { "text": "name = \"nothing\"" }),
        run!(policy_show { "authority": "Root" }),
        run!(names_recognise { "texts": ["a.example.test"] }),
        run!(certificate_preview { "authority": "Issuing", "names": ["a.example.test"] }),
        run!(certificate_list {}),
        run!(certificate_show { "certificate": "$www" }),
        run!(certificate_asn1 { "certificate": "$www" }),
        run!(certificate_verify { "certificate": "$www" }),
        run!(crl_show { "authority": "Issuing" }),
        run!(crl_list { "authority": "Issuing" }),
        run!(crl_events { "authority": "Issuing" }),
        run!(import_plan { "paths": [], "text": "$foreign" }),
        run!(import_progress {}),
        run!(import_stop {}),
        run!(import_items { "report": "1" }),
        run!(import_keep { "report": "1", "out": "$report.txt" }),
        run!(audit_list {}),
        run!(audit_show { "sequence": 1 }),
        run!(audit_facets {}),
        run!(audit_verify {}),
        run!(overview {}),
        run!(doctor {}),
        run!(task_list {}),
    ];
    for (name, step) in reads {
        let rows = added(&sandbox, |sandbox| step(sandbox, &at).unwrap_or_else(|code| panic!("{name}: {code:?}")));
        assert!(rows.is_empty(), "{name} is a read, and left {rows:?}");
    }

    let own = sandbox.surface.profile_show(ask(json!({ "profile": "tls-server" }))).expect("a profile").text.replace("tls-server", "lab");
    let changes: Vec<(Step, &[&str])> = vec![
        (run!(authority_create { "name": "Third", "subject": "CN=Third" }), &["authority.created"]),
        (run!(authority_renew { "renewal": { "authority": "Third" }, "confirmation": "Third" }), &["authority.renewed"]),
        (
            run!(authority_renew { "renewal": { "authority": "Third", "newKey": true }, "confirmation": "Third" }),
            &["key.staged", "authority.rekeyed"],
        ),
        (run!(profile_set { "text": "$profile" }), &["profile.set"]),
        (run!(profile_remove { "profile": "lab" }), &["profile.removed"]),
        (run!(policy_set { "authority": "Third", "rules": { "longestDays": 30 } }), &["policy.set"]),
        (
            run!(certificate_issue { "draft": { "authority": "Issuing", "names": ["b.example.test"] }, "handOver": { "out": "$b", "plainKey": true } }),
            &["certificate.issued"],
        ),
        (run!(certificate_export { "certificate": "$www", "format": "pem", "out": "$www.pem" }), &["certificate.exported"]),
        (run!(certificates_export { "form": "csv", "out": "$all.csv" }), &["certificates.exported"]),
        (
            run!(authority_export { "authority": "Third", "format": "openssl-index", "out": "$ca", "withoutKeys": true }),
            &["authority.exported"],
        ),
        (
            run!(authority_export { "authority": "Third", "format": "easy-rsa", "out": "$pki", "password": "change it", "reason": "a move", "confirmation": "Third" }),
            &["key.exported", "authority.exported"],
        ),
        (
            run!(certificate_revoke { "certificates": ["$www"], "reason": "certificateHold", "confirmation": "www.example.test" }),
            &["certificate.held"],
        ),
        (run!(certificate_release { "certificates": ["$www"] }), &["certificate.released"]),
        (
            run!(certificate_revoke { "certificates": ["$www"], "reason": "superseded", "confirmation": "www.example.test" }),
            &["certificate.revoked"],
        ),
        (run!(key_compromised { "key": "$www", "confirmation": "revoke 1" }), &["certificate.sharpened", "key.compromised"]),
        (
            run!(certificate_revoke { "certificates": [], "serials": ["0abc"], "issuer": "Issuing", "confirmation": "revoke 1" }),
            &["serial.revoked"],
        ),
        (run!(request_add { "paths": ["$csr"] }), &["request.received"]),
        (run!(request_reject { "request": "$request" }), &["request.rejected"]),
        (run!(request_reopen { "request": "$request" }), &["request.reopened"]),
        (run!(crl_build { "authority": "Issuing" }), &["crl.issued"]),
        (
            run!(authority_cross_sign { "signing": { "authority": "Root", "certificate": "$third" }, "confirmation": "Third", "out": "$cross.pem" }),
            &["authority.cross-signed"],
        ),
        (run!(authority_request { "name": "Outside", "subject": "CN=Outside" }), &["key.staged", "authority.requested"]),
        (run!(authority_csr { "authority": "Third", "out": "$third.csr" }), &["authority.requested", "authority.request-exported"]),
        (run!(authority_install { "authority": "Third", "path": "$answer" }), &["authority.installed"]),
        (run!(authority_retire { "authority": "Third", "confirmation": "Third" }), &["authority.retired"]),
        (run!(settings_set { "changes": [{ "key": "backup.keep", "value": "7" }] }), &["setting.changed"]),
        (run!(crl_export { "authority": "Issuing", "out": "$a.crl" }), &["crl.exported"]),
        (run!(crl_install { "authority": "Issuing", "path": "$a.crl" }), &["crl.installed"]),
        (run!(import_run { "paths": [], "text": "$foreign" }), &["import.done"]),
        (run!(source_create { "name": "Theirs", "kind": "crl", "path": "$a.crl" }), &["source.created"]),
        (run!(source_refresh { "source": "Theirs" }), &[]),
        (run!(source_export { "source": "Theirs", "out": "$theirs.pem" }), &["source.exported"]),
        (run!(source_remove { "source": "Theirs", "confirmation": "Theirs" }), &["source.removed"]),
        (run!(audit_export { "out": "$log.jsonl" }), &["audit.exported"]),
        (run!(registry_backup { "out": "$a.backup" }), &["registry.backed-up"]),
        (run!(registry_drill { "path": "$a.backup" }), &["registry.drilled"]),
        (run!(recovery_file_create { "path": "$a.recovery", "passphrase": "only for these tests" }), &["recovery-file.created"]),
        (run!(recovery_file_test { "path": "$a.recovery", "passphrase": "only for these tests" }), &["recovery-file.tested"]),
        (run!(recovery_file_restore { "path": "$a.recovery", "passphrase": "only for these tests" }), &["recovery-file.restored"]),
    ];
    let at = |name: &str| match name {
        "profile" => own.clone(),
        "third" => sandbox.surface.authority_show(ask(json!({ "authority": "Third" }))).expect("shown").certificate.id,
        "csr" => named("openssl-ca/issuing/www.csr"),
        "answer" => {
            let root = OutsideRoot::in_folder(sandbox.path("outside"), "/CN=Corporate Root");
            root.sign(&sandbox.text("third.csr"), AS_ASKED, &[], "answer.pem")
        }
        "request" => sandbox.surface.request_list(ask(json!({}))).expect("requests").items.remove(0).id,
        other => at(other),
    };
    let mut seen: BTreeSet<&str> = BTreeSet::from([
        "registry_create",
        // Shown with tasks, restoring and keys.
        "task_cancel",
        "task_resume",
        "crl_decline",
        "key_repair",
        "key_export",
        "key_copy",
        "registry_passphrase",
        "registry_move_keys",
        "clock_confirm",
        "registry_undo",
        "trash_restore",
        "authority_set",
        "certificate_archive",
        "certificate_tag",
        "issue_many_run",
        "issue_many_resume",
    ]);
    for ((name, step), expected) in changes {
        let rows = added(&sandbox, |sandbox| step(sandbox, &at).unwrap_or_else(|code| panic!("{name}: {code:?}")));
        for action in expected {
            assert!(rows.iter().any(|row| row == action), "{name} left {rows:?}, not {action}");
        }
        seen.insert(name);
    }
    let first = sandbox.surface.audit_show(ask(json!({ "sequence": 1 }))).expect("the first row");
    assert_eq!(first.action, "registry.created");
    sandbox.assert_audit_whole();

    for (name, _) in READS {
        assert!(seen.insert(name), "{name} is both");
    }
    let all: BTreeSet<&str> = COMMANDS.iter().copied().collect();
    assert_eq!(seen, all, "each command is in one of the two tables");
}

/// Every attempt that can be refused by a rule or a lock, refused: the code, and what the log says.
#[test]
fn every_refused_attempt_leaves_a_row() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    sandbox.revoke(&www.id, "www.example.test", "superseded");
    let live = sandbox.issue("Issuing", &["live.example.test"], "live").certificate;
    sandbox.surface.policy_set(ask(json!({ "authority": "Issuing", "rules": { "longestDays": 90 } }))).expect("a policy");
    sandbox.write("noise", "no certificate at all");
    let other = Sandbox::at_work();
    let foreign_crl = other.crl("Issuing");
    let at = |name: &str| match name {
        "www" => www.id.clone(),
        "live" => live.id.clone(),
        "foreign" => foreign_crl.clone(),
        "no" => "00000000-0000-7000-8000-000000000000".to_owned(),
        other => sandbox.text(other),
    };
    let cases: Vec<(Step, ErrorCode, &str, &str)> = vec![
        (
            run!(certificate_issue { "draft": { "authority": "Issuing", "names": ["a.example.test"], "days": 91 }, "handOver": { "out": "$out", "plainKey": true } }),
            ErrorCode::RefusedByPolicy,
            "certificate.issue-refused",
            "Issuing",
        ),
        (
            run!(certificate_issue { "draft": { "authority": "Issuing", "names": [] }, "handOver": { "out": "$out", "plainKey": true } }),
            ErrorCode::RefusedByProfile,
            "certificate.issue-refused",
            "Issuing",
        ),
        (
            run!(certificate_issue { "draft": { "authority": "Issuing", "names": ["dns:a\u{0}b.example.test"] }, "handOver": { "out": "$out", "plainKey": true } }),
            ErrorCode::BadName,
            "certificate.issue-refused",
            "Issuing",
        ),
        (
            run!(certificate_issue { "draft": { "authority": "Issuing", "names": ["a.example.test"] }, "handOver": { "out": "$out" } }),
            ErrorCode::PasswordRequired,
            "certificate.issue-refused",
            "Issuing",
        ),
        (run!(authority_create { "name": "Root", "subject": "CN=Again" }), ErrorCode::NameTaken, "authority.create-refused", ""),
        (
            run!(authority_create { "name": "Below", "parent": "Issuing", "subject": "CN=Below" }),
            ErrorCode::PathLengthExceeded,
            "authority.create-refused",
            "",
        ),
        (
            run!(authority_cross_sign { "signing": { "authority": "Issuing", "path": "$live/live.example.test.crt" }, "confirmation": "live.example.test", "out": "$out" }),
            ErrorCode::NotAnAuthority,
            "authority.cross-sign-refused",
            "Issuing",
        ),
        (run!(authority_request { "name": "Root", "subject": "CN=Again" }), ErrorCode::NameTaken, "authority.request-refused", ""),
        (
            run!(authority_install { "authority": "Root", "path": "$live/live.example.test.crt" }),
            ErrorCode::AnswerOfAnotherKey,
            "authority.install-refused",
            "Root",
        ),
        (
            run!(authority_renew { "renewal": { "authority": "Root" }, "confirmation": "yes" }),
            ErrorCode::ConfirmationWrong,
            "authority.renew-refused",
            "Root",
        ),
        (
            run!(certificate_revoke { "certificates": ["$www"], "confirmation": "www.example.test" }),
            ErrorCode::AlreadyRevoked,
            "certificate.revoke-refused",
            "www.example.test",
        ),
        (run!(certificate_release { "certificates": ["$live"] }), ErrorCode::NotHeld, "certificate.release-refused", "live.example.test"),
        (run!(key_compromised { "key": "$live", "confirmation": "yes" }), ErrorCode::ConfirmationWrong, "key.compromise-refused", ""),
        (
            run!(certificate_revoke { "certificates": ["$live"], "confirmation": "yes" }),
            ErrorCode::ConfirmationWrong,
            "certificate.revoke-refused",
            "live.example.test",
        ),
        (
            run!(crl_install { "authority": "Issuing", "path": "$foreign" }),
            ErrorCode::CrlSignatureInvalid,
            "crl.install-refused",
            "Issuing",
        ),
        (run!(crl_install { "authority": "Issuing", "path": "$noise" }), ErrorCode::NotAnObject, "crl.install-refused", "Issuing"),
        (run!(profile_remove { "profile": "tls-server" }), ErrorCode::ProfileBuiltIn, "profile.remove-refused", ""),
    ];
    for ((name, step), code, action, subject) in cases {
        let before = count(&sandbox);
        assert_eq!(step(&sandbox, &at), Err(code), "{name}");
        let rows = newest(&sandbox, before);
        let [row] = rows.as_slice() else { panic!("{name} refused with {code:?} left {rows:?}") };
        assert_eq!((row.action.as_str(), row.refused, row.subject_name.as_str()), (action, true, subject));
        assert_eq!(row.detail["code"], code.as_str());
        assert!(row.actor.starts_with("tester@testhost") && row.why.as_ref().is_some_and(|why| !why.is_empty()), "{row:?}");
        assert!(ATTEMPTS.iter().any(|(command, attempt)| *command == name && format!("{attempt}-refused") == action));
    }

    // A lock, a key that is gone, a key that is another.
    let issue = || {
        let draft = json!({ "authority": "Issuing", "names": ["c.example.test"] });
        refusal(
            sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": { "out": sandbox.text("out"), "plainKey": true } }))),
        )
    };
    let last = |code: ErrorCode| {
        let row = sandbox.surface.audit_list(ask(json!({ "limit": 1 }))).expect("a page").items.remove(0);
        assert_eq!((row.action.as_str(), &row.detail["code"]), ("certificate.issue-refused", &json!(code.as_str())));
    };
    sandbox.keyring.set_locked(true);
    assert_eq!(issue(), ErrorCode::Locked);
    last(ErrorCode::Locked);
    sandbox.keyring.set_locked(false);
    for key in sandbox.keyring.names().into_iter().filter(|name| !name.starts_with("secret/")) {
        sandbox.keyring.lose(&key);
    }
    assert_eq!(issue(), ErrorCode::KeyMissing);
    last(ErrorCode::KeyMissing);
    let refused = sandbox.surface.audit_list(ask(json!({ "refused": true, "limit": 500 }))).expect("a page");
    assert!(refused.items.iter().all(|row| row.refused) && refused.total.count == 19, "{:?}", refused.total);
    sandbox.assert_audit_whole();
}

#[test]
fn a_wrong_passphrase_is_in_the_log_and_the_next_unlock_seals_it() {
    let sandbox = Sandbox::with_vault();
    sandbox.surface.registry_lock(ask(json!({}))).expect("locked");
    for _ in 0..2 {
        let wrong = sandbox.surface.registry_unlock(ask(json!({ "passphrase": "a passphrase that is wrong" })));
        assert_eq!(refusal(wrong), ErrorCode::PassphraseWrong);
    }
    let rows = sandbox.surface.audit_list(ask(json!({ "refused": true }))).expect("a page").items;
    assert_eq!(rows.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["registry.unlock-refused"; 2]);
    assert!(!serde_json::to_string(&rows).expect("text").contains("a passphrase that is wrong"));
    // Written while locked: chained, not sealed.
    let verdict = sandbox.surface.audit_verify(ask(json!({}))).expect("a verdict");
    assert_eq!((verdict.ok, verdict.sealed), (true, false));

    let status = sandbox.surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE }))).expect("unlocked");
    assert_eq!(status.sealed_at_unlock, 2);
    let last = sandbox.surface.audit_list(ask(json!({ "limit": 1 }))).expect("a page").items.remove(0);
    assert_eq!((last.action.as_str(), &last.detail["entries"]), ("audit.sealed", &json!(2)));
    sandbox.assert_audit_whole();
    sandbox.surface.registry_lock(ask(json!({}))).expect("locked");
    let status = sandbox.surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE }))).expect("unlocked");
    assert_eq!(status.sealed_at_unlock, 0, "nothing was written in between");
}
