//! The keys are locked by hand, when nobody is at it, when the machine sleeps and when the session is locked; browsing goes on.

use std::time::Instant;

use api::request::Nothing;
use api::{ErrorCode, LockReason};
use serde_json::json;
use suite::sandbox::{PASSPHRASE, refusal};
use suite::{NOW, Sandbox, ask};
use time::Duration;

fn draft(sandbox: &Sandbox) -> serde_json::Value {
    json!({ "draft": { "authority": "Issuing", "names": ["www.example.test"] }, "handOver": { "out": sandbox.text("www"), "plainKey": true } })
}

fn assert_browsing_works(sandbox: &Sandbox) {
    let start = Instant::now();
    assert_eq!(sandbox.surface.authority_list(Nothing {}).expect("a list").items.len(), 2);
    sandbox.surface.certificate_list(ask(json!({}))).expect("a list");
    sandbox.surface.overview(Nothing {}).expect("an overview");
    sandbox.surface.key_list(ask(json!({}))).expect("keys");
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

fn unlock(sandbox: &Sandbox) {
    sandbox.surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE }))).expect("unlocked");
}

fn with_vault() -> Sandbox {
    let sandbox = Sandbox::with_vault();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA" }));
    sandbox.authority(json!({ "name": "Issuing", "parent": "Root", "subject": "CN=Acme Issuing CA" }));
    sandbox
}

#[test]
fn a_keyring_registry_and_a_vault_lock_alike() {
    for sandbox in [Sandbox::at_work(), with_vault()] {
        let status = sandbox.surface.registry_lock(Nothing {}).expect("locked");
        assert!(!status.unlocked && status.key_store == "locked", "{status:?}");
        assert_eq!(refusal(sandbox.surface.certificate_issue(ask(draft(&sandbox)))), ErrorCode::Locked);
        let lock = sandbox.surface.lock_show(Nothing {}).expect("a lock");
        assert_eq!((lock.locked, lock.why.as_deref(), lock.idle_left), (true, Some("by-hand"), None));
        assert_browsing_works(&sandbox);
        let keys = sandbox.surface.key_list(ask(json!({}))).expect("keys");
        assert!(keys.items.iter().all(|key| key.state == "locked" && key.repairs == ["unlock"]), "{keys:?}");
        assert!(!keys.strays_known);
        unlock(&sandbox);
        assert!(!sandbox.surface.lock_show(Nothing {}).expect("a lock").locked);
        sandbox.issue("Issuing", &["www.example.test"], "www");
        sandbox.assert_audit_whole();
    }
}

#[test]
fn the_keyring_itself_stays_open_when_we_lock() {
    let sandbox = Sandbox::at_work();
    sandbox.surface.registry_lock(Nothing {}).expect("locked");
    // Another program of the same user is not held up.
    let second = sandbox.second();
    let status = second.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    assert!(status.unlocked);
}

#[test]
fn nobody_at_it_for_a_quarter_of_an_hour_locks_and_a_hand_on_it_does_not() {
    let sandbox = Sandbox::at_work();
    sandbox.clock.set(NOW + Duration::minutes(14));
    assert!(!sandbox.surface.lock_if_idle());
    let touched = sandbox.surface.lock_touch(Nothing {}).expect("touched");
    assert_eq!((touched.idle_minutes, touched.idle_left), (15, Some(900)));
    sandbox.clock.set(NOW + Duration::minutes(28));
    assert!(!sandbox.surface.lock_if_idle());
    assert_eq!(sandbox.surface.lock_show(Nothing {}).expect("a lock").idle_left, Some(60));
    sandbox.clock.set(NOW + Duration::minutes(29));
    assert!(sandbox.surface.lock_if_idle() && !sandbox.surface.lock_if_idle());
    let lock = sandbox.surface.lock_show(Nothing {}).expect("a lock");
    assert_eq!((lock.locked, lock.why.as_deref()), (true, Some("idle")));
    unlock(&sandbox);
    // Unlocking is a hand on it.
    assert!(!sandbox.surface.lock_if_idle());
    let never = json!({ "changes": [{ "key": "lock.idle-minutes", "value": "0" }] });
    sandbox.surface.settings_set(ask(never)).expect("set");
    sandbox.clock.set(NOW + Duration::days(3));
    assert!(!sandbox.surface.lock_if_idle());
}

#[test]
fn sleep_and_a_locked_session_lock_unless_the_settings_say_no() {
    for (reason, setting) in [(LockReason::Suspend, "lock.on-suspend"), (LockReason::SessionLock, "lock.on-session-lock")] {
        let sandbox = Sandbox::at_work();
        assert!(sandbox.surface.lock_because(reason) && !sandbox.surface.lock_because(reason));
        assert_eq!(sandbox.surface.lock_show(Nothing {}).expect("a lock").why.as_deref(), Some(reason.as_str()));
        unlock(&sandbox);
        sandbox.surface.settings_set(ask(json!({ "changes": [{ "key": setting, "value": "off" }] }))).expect("set");
        assert!(!sandbox.surface.lock_because(reason));
        assert!(sandbox.surface.registry_status(Nothing {}).expect("a status").unlocked);
    }
}

#[test]
fn a_keyring_that_its_owner_locked_is_told_from_one_that_we_locked() {
    let sandbox = Sandbox::at_work();
    sandbox.keyring.set_locked(true);
    let lock = sandbox.surface.lock_show(Nothing {}).expect("a lock");
    assert_eq!((lock.locked, lock.why), (true, None));
    assert_browsing_works(&sandbox);
    sandbox.surface.registry_close(Nothing {}).expect("closed");
    // Opening asks nobody to unlock a keyring that is not needed yet.
    let status = sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    assert_eq!((status.unlocked, status.key_store.as_str()), (false, "locked"));
    assert_browsing_works(&sandbox);
    assert_eq!(refusal(sandbox.surface.registry_unlock(ask(json!({})))), ErrorCode::Locked);
    sandbox.keyring.set_locked(false);
    unlock(&sandbox);
    sandbox.issue("Issuing", &["www.example.test"], "www");
}
