//! Rounds over all CRLs that are owed: what is due is built, what fails is told and stops nobody, and the window does it unasked.

use api::ErrorCode;
use api::view::{CrlRoundView, CrlRunView};
use serde_json::json;
use suite::judges::sqlite::sqlite;
use suite::sandbox::refusal;
use suite::{NOW, Sandbox, ask};
use time::Duration;

fn round(sandbox: &Sandbox) -> CrlRoundView {
    sandbox.surface.crl_run(ask(json!({}))).unwrap_or_else(|error| panic!("{error:?}"))
}

fn run<'a>(round: &'a CrlRoundView, authority: &str) -> &'a CrlRunView {
    round.items.iter().find(|run| run.authority.name == authority).unwrap_or_else(|| panic!("{authority} is not in {round:?}"))
}

fn outcomes(round: &CrlRoundView) -> Vec<(&str, &str)> {
    let mut all: Vec<_> = round.items.iter().map(|run| (run.authority.name.as_str(), run.outcome.as_str())).collect();
    all.sort_unstable();
    all
}

/// Codes of the runs of an authority, newest first; `None` for one that went well.
fn events(sandbox: &Sandbox, authority: &str) -> Vec<Option<String>> {
    let list = sandbox.surface.crl_events(ask(json!({ "authority": authority }))).expect("a history");
    list.items.into_iter().map(|event| event.error).collect()
}

/// `Root`, `Issuing`, and beside them `Second`, which writes a distribution point as well.
fn two_at_work() -> Sandbox {
    let sandbox = Sandbox::at_work();
    sandbox.authority(json!({
        "name": "Second", "parent": "Root", "subject": "CN=Second CA", "key": "ec-p256", "crlUrls": ["http://crl.example.test/second.crl"],
    }));
    sandbox
}

/// Makes the keyring lose the key of an authority.
fn lose_key(sandbox: &Sandbox, authority: &str) {
    let file = sandbox.text("acme.chancery");
    let key = sqlite(
        &file,
        &format!("SELECT lower(hex(g.key)) FROM generations g JOIN authorities a ON a.id = g.authority WHERE a.name = '{authority}'"),
    );
    let key = key.trim();
    let name = sandbox.keyring.names().into_iter().find(|name| name.replace('-', "").contains(key));
    assert!(sandbox.keyring.lose(&name.expect("its key is in the keyring")));
}

#[test]
fn what_is_due_is_built_and_nothing_else() {
    let sandbox = two_at_work();
    let first = round(&sandbox);
    // The root writes no distribution point: nobody looks for a CRL of it.
    assert_eq!(outcomes(&first), [("Issuing", "built"), ("Second", "built")]);
    assert!(first.ok);
    assert_eq!(first.next_due.as_deref(), Some("2026-11-27T04:00:00Z"), "two thirds of seven days");
    assert_eq!(outcomes(&round(&sandbox)), [("Issuing", "not-due"), ("Second", "not-due")]);

    let leaf = sandbox.issue("Second", &["www.example.test"], "www").certificate;
    sandbox.revoke(&leaf.id, "www.example.test", "superseded");
    let third = round(&sandbox);
    assert_eq!(outcomes(&third), [("Issuing", "not-due"), ("Second", "built")], "a revocation does not wait for a timer");
    assert_eq!(run(&third, "Second").entries, Some(1));

    sandbox.clock.set(NOW + Duration::hours(111) + Duration::minutes(59));
    assert_eq!(outcomes(&round(&sandbox)), [("Issuing", "not-due"), ("Second", "not-due")]);
    sandbox.clock.set(NOW + Duration::hours(112));
    assert_eq!(outcomes(&round(&sandbox)), [("Issuing", "built"), ("Second", "built")]);
    assert_eq!((events(&sandbox, "Issuing"), events(&sandbox, "Second")), (vec![None; 2], vec![None; 3]));

    let history = sandbox.surface.crl_events(ask(json!({ "authority": "Second" }))).expect("a history");
    let newest = history.items.first().expect("runs");
    assert_eq!((newest.started_at.as_str(), newest.entries, newest.kind.as_str()), ("2026-11-27T04:00:00Z", Some(1), "base"));
    assert_eq!(history.next_due.as_deref(), Some("2026-12-01T20:00:00Z"));
    sandbox.assert_audit_whole();
}

#[test]
fn a_key_that_is_lost_stops_nobody_else_and_stands_in_the_history() {
    let sandbox = two_at_work();
    lose_key(&sandbox, "Issuing");
    let first = round(&sandbox);
    assert_eq!(outcomes(&first), [("Issuing", "failed"), ("Second", "built")]);
    assert!(!first.ok);
    let failed = run(&first, "Issuing");
    assert_eq!((failed.error.as_deref(), failed.number.is_none()), (Some("key-missing"), true));
    assert!(failed.message.is_some());
    assert_eq!((events(&sandbox, "Issuing"), events(&sandbox, "Second")), (vec![Some("key-missing".to_owned())], vec![None]));
    let told = sandbox.surface.crl_events(ask(json!({ "authority": "Issuing" }))).expect("a history").items;
    assert_eq!(told[0].message.as_deref(), Some("The keyring has no entry for the key of Issuing"));
}

#[test]
fn locked_keys_are_a_failure_of_the_round_and_no_error_of_it() {
    let sandbox = two_at_work();
    sandbox.keyring.set_locked(true);
    let first = round(&sandbox);
    assert_eq!(outcomes(&first), [("Issuing", "failed"), ("Second", "failed")]);
    assert_eq!(run(&first, "Second").error.as_deref(), Some("locked"));
    sandbox.keyring.set_locked(false);
    assert_eq!(outcomes(&round(&sandbox)), [("Issuing", "built"), ("Second", "built")]);
    assert_eq!(events(&sandbox, "Issuing"), [None, Some("locked".to_owned())]);
}

#[test]
fn a_write_that_fails_leaves_the_crl_before_in_force_and_the_next_round_builds_it() {
    let sandbox = two_at_work();
    round(&sandbox);
    let file = sandbox.text("acme.chancery");
    sqlite(
        &file,
        "CREATE TRIGGER no_room BEFORE INSERT ON crls WHEN NEW.generation = (SELECT g.id FROM generations g JOIN authorities a ON a.id = g.authority \
        WHERE a.name = 'Issuing') BEGIN SELECT RAISE(ABORT, 'no room'); END",
    );
    sandbox.clock.set(NOW + Duration::days(5));
    let second = round(&sandbox);
    assert_eq!(outcomes(&second), [("Issuing", "failed"), ("Second", "built")]);
    let show = || sandbox.surface.crl_show(ask(json!({ "authority": "Issuing" }))).expect("a CRL").this_update;
    assert_eq!(show(), "2026-11-22T12:00:00Z");
    sqlite(&file, "DROP TRIGGER no_room");
    assert_eq!(outcomes(&round(&sandbox)), [("Issuing", "built"), ("Second", "not-due")]);
    assert_eq!(show(), "2026-11-27T12:00:00Z");
}

#[test]
fn an_authority_that_cannot_sign_here_is_passed_over_and_not_logged() {
    let sandbox = two_at_work();
    round(&sandbox);
    sqlite(
        &sandbox.text("acme.chancery"),
        "UPDATE keys SET location = 'elsewhere' WHERE id = (SELECT g.key FROM generations g JOIN authorities a ON a.id = g.authority WHERE a.name = 'Issuing')",
    );
    sandbox.clock.set(NOW + Duration::days(5));
    for _ in 0..3 {
        let again = round(&sandbox);
        assert!(again.ok, "nothing has failed");
        let over = run(&again, "Issuing");
        assert_eq!((over.outcome.as_str(), over.error.as_deref()), ("passed-over", Some("key-elsewhere")));
    }
    assert_eq!(events(&sandbox, "Issuing"), [None], "only the run of the first day");
}

#[test]
fn a_clock_that_went_back_builds_nothing_until_somebody_confirms_it() {
    let sandbox = two_at_work();
    sandbox.clock.set(NOW + Duration::days(400));
    round(&sandbox);
    sandbox.clock.set(NOW);
    assert_eq!(refusal(sandbox.surface.crl_run(ask(json!({})))), ErrorCode::ClockWentBack);
    assert_eq!(ErrorCode::ClockWentBack.exit_status(), 4);
    sandbox.surface.clock_confirm(ask(json!({}))).expect("confirmed");
    // A CRL dated in a year is not valid yet.
    let again = round(&sandbox);
    assert_eq!(outcomes(&again), [("Issuing", "built"), ("Second", "built")]);
    let shown = sandbox.surface.crl_show(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
    assert_eq!(shown.this_update, "2026-11-22T12:00:00Z");
}

/// What the window does a few times a second.
fn tick(sandbox: &Sandbox) -> Option<bool> {
    sandbox.surface.crl_wake().then(|| sandbox.surface.crl_round_unasked().unwrap_or_else(|error| panic!("{error:?}")))
}

#[test]
fn the_window_builds_at_the_start_when_due_after_sleep_and_after_an_unlock() {
    let sandbox = two_at_work();
    assert_eq!(tick(&sandbox), Some(true), "at the start");
    assert_eq!(tick(&sandbox), None, "everything is fresh");
    sandbox.clock.set(NOW + Duration::hours(111));
    assert_eq!(tick(&sandbox), None);
    sandbox.clock.set(NOW + Duration::hours(112));
    assert_eq!(tick(&sandbox), Some(true), "when due");
    // The clock that only counts has not moved: this is what a sleep of nine days looks like.
    sandbox.clock.set(NOW + Duration::days(14));
    sandbox.surface.registry_lock(ask(json!({}))).expect("locked");
    assert_eq!(tick(&sandbox), None, "locked, nothing can be built, and nothing is logged");
    sandbox.surface.registry_unlock(ask(json!({ "passphrase": null }))).expect("unlocked");
    assert_eq!(tick(&sandbox), Some(true), "after the unlock");
    assert_eq!(events(&sandbox, "Issuing"), vec![None; 3]);
}

#[test]
fn in_the_window_a_revocation_waits_for_others_as_long_as_the_setting_says() {
    let sandbox = two_at_work();
    tick(&sandbox);
    let names = ["a.example.test", "b.example.test"];
    let leaves = names.map(|name| sandbox.issue("Issuing", &[name], name).certificate.id);
    sandbox.revoke(&leaves[0], names[0], "superseded");
    let due = || sandbox.surface.authority_show(ask(json!({ "authority": "Issuing" }))).expect("shown").crl.due_at;
    assert_eq!(due().as_deref(), Some("2026-11-22T12:05:00Z"), "a countdown that can be seen");
    assert_eq!(tick(&sandbox), None);
    sandbox.clock.set(NOW + Duration::minutes(4));
    sandbox.revoke(&leaves[1], names[1], "superseded");
    assert_eq!(tick(&sandbox), None);
    sandbox.clock.set(NOW + Duration::minutes(5));
    assert_eq!(tick(&sandbox), Some(true));
    let shown = sandbox.surface.crl_show(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
    assert_eq!((shown.entries, events(&sandbox, "Issuing").len()), (2, 2), "both on one CRL");

    let setting = json!({ "changes": [{ "key": "crl.hold-off-minutes", "value": "0" }] });
    sandbox.surface.settings_set(ask(setting)).expect("set");
    let last = sandbox.issue("Issuing", &["c.example.test"], "c").certificate.id;
    tick(&sandbox);
    sandbox.revoke(&last, "c.example.test", "superseded");
    assert_eq!(tick(&sandbox), Some(true), "at once");
}

#[test]
fn what_fails_in_the_window_is_not_tried_again_at_once() {
    let sandbox = two_at_work();
    lose_key(&sandbox, "Issuing");
    assert_eq!(tick(&sandbox), Some(true), "there is a failure to show");
    for _ in 0..5 {
        assert_eq!(tick(&sandbox), None);
    }
    assert_eq!(events(&sandbox, "Issuing").len(), 1);
}
