//! Secrets on the clipboard: put there by the core, taken off after half a minute, at the lock, at the end; what somebody copied over them stays.

use api::ErrorCode;
use api::request::Nothing;
use api::view::ClipboardView;
use serde_json::{Value, json};
use suite::sandbox::{PASSPHRASE, refusal};
use suite::{NOW, Sandbox, ask};
use time::Duration;

fn wish() -> Value {
    json!({ "certificate": "Root", "password": "for the clipboard", "reason": "a drill", "passphrase": PASSPHRASE })
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_vault();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA", "key": "ec-p256" }));
    sandbox
}

fn said(view: &ClipboardView) -> (Option<&str>, Option<u32>, Option<&str>) {
    (view.holds.as_deref(), view.seconds_left, view.ended.as_deref())
}

fn show(sandbox: &Sandbox) -> ClipboardView {
    sandbox.surface.clipboard_show(Nothing {}).expect("a view")
}

#[test]
fn a_key_stays_for_thirty_seconds_and_no_longer() {
    let sandbox = sandbox();
    assert_eq!(said(&show(&sandbox)), (None, None, None));
    let view = sandbox.surface.key_copy(ask(wish())).expect("copied");
    assert_eq!(said(&view), (Some("key"), Some(30), None));
    assert!(sandbox.clipboard.text().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{}", sandbox.clipboard.text());
    let newest = &sandbox.surface.audit_list(ask(json!({ "limit": 1 }))).expect("a log").items[0];
    assert_eq!((newest.action.as_str(), newest.why.as_deref()), ("key.exported", Some("a drill")));
    sandbox.clock.set(NOW + Duration::seconds(29));
    assert!(!sandbox.surface.clear_clipboard_if_due());
    assert_eq!(said(&show(&sandbox)), (Some("key"), Some(1), None));
    sandbox.clock.set(NOW + Duration::seconds(30));
    assert!(sandbox.surface.clear_clipboard_if_due() && !sandbox.surface.clear_clipboard_if_due());
    assert_eq!(sandbox.clipboard.text(), "");
    assert_eq!(said(&show(&sandbox)), (None, None, Some("cleared")));
    // A clock that was set back is no longer stay.
    sandbox.surface.key_copy(ask(wish())).expect("copied");
    sandbox.clock.set(NOW - Duration::days(1));
    assert!(sandbox.surface.clear_clipboard_if_due());
    assert_eq!(sandbox.clipboard.text(), "");
}

#[test]
fn what_was_copied_over_it_stays() {
    let sandbox = sandbox();
    sandbox.surface.key_copy(ask(wish())).expect("copied");
    sandbox.clipboard.set("a shopping list");
    sandbox.clock.set(NOW + Duration::minutes(1));
    assert!(sandbox.surface.clear_clipboard_if_due());
    assert_eq!(sandbox.clipboard.text(), "a shopping list");
    assert_eq!(said(&show(&sandbox)), (None, None, Some("left")));
    sandbox.surface.clear_clipboard();
    assert_eq!(sandbox.clipboard.text(), "a shopping list", "nothing of ours was there");
}

#[test]
fn it_is_taken_off_by_hand_at_the_lock_and_at_the_end() {
    let sandbox = sandbox();
    for (what, take_off) in [
        ("by hand", (|sandbox| drop(sandbox.surface.clipboard_clear(Nothing {}).expect("cleared"))) as fn(&Sandbox)),
        ("at the end", |sandbox| sandbox.surface.clear_clipboard()),
        ("at the lock", |sandbox| drop(sandbox.surface.registry_lock(Nothing {}).expect("locked"))),
    ] {
        sandbox.surface.key_copy(ask(wish())).expect("copied");
        take_off(&sandbox);
        assert_eq!((sandbox.clipboard.text().as_str(), said(&show(&sandbox))), ("", (None, None, Some("cleared"))), "{what}");
    }
    let view = sandbox.surface.passphrase_copy(ask(json!({ "passphrase": "otter violin harbour" }))).expect("copied");
    assert_eq!((sandbox.clipboard.text().as_str(), said(&view)), ("otter violin harbour", (Some("passphrase"), Some(30), None)));
    sandbox.clock.set(NOW + Duration::hours(1));
    assert!(sandbox.surface.clear_clipboard_if_due());
    assert_eq!(sandbox.clipboard.text(), "");
}

#[test]
fn a_clipboard_that_refuses_is_said_and_tried_again() {
    let sandbox = sandbox();
    sandbox.clipboard.break_down(true);
    assert_eq!(refusal(sandbox.surface.key_copy(ask(wish()))), ErrorCode::ClipboardFailed);
    let log = sandbox.surface.audit_list(ask(json!({ "limit": 2 }))).expect("a log").items;
    assert_eq!(log.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["key.not-exported", "key.exported"]);
    sandbox.clipboard.break_down(false);
    sandbox.surface.key_copy(ask(wish())).expect("copied");
    sandbox.clipboard.break_down(true);
    sandbox.clock.set(NOW + Duration::seconds(30));
    assert!(sandbox.surface.clear_clipboard_if_due());
    assert_eq!(said(&show(&sandbox)), (Some("key"), Some(0), Some("failed")));
    assert_eq!(refusal(sandbox.surface.clipboard_clear(Nothing {})), ErrorCode::ClipboardFailed);
    assert!(!sandbox.surface.clear_clipboard_if_due(), "not at once");
    sandbox.clipboard.break_down(false);
    sandbox.clock.set(NOW + Duration::seconds(35));
    assert!(sandbox.surface.clear_clipboard_if_due());
    assert_eq!(said(&show(&sandbox)), (None, None, Some("cleared")));
}

#[test]
fn the_guards_are_those_of_a_file() {
    let sandbox = sandbox();
    let with = |field: &str, value: Value| {
        let mut wish = wish();
        wish[field] = value;
        refusal(sandbox.surface.key_copy(ask(wish)))
    };
    assert_eq!(with("reason", json!(" ")), ErrorCode::ReasonRequired);
    assert_eq!(with("passphrase", json!("wrong")), ErrorCode::PassphraseWrong);
    assert_eq!(with("password", json!(null)), ErrorCode::ConfirmationWrong);
    assert_eq!(refusal(sandbox.surface.passphrase_copy(ask(json!({ "passphrase": "" })))), ErrorCode::PassphraseRequired);
    assert_eq!(sandbox.clipboard.text(), "");
}
