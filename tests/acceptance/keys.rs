//! Private keys: every state with its words and its repair, moves between keyring and vault, the way out of the house, another machine.

use api::ErrorCode;
use api::request::Nothing;
use api::view::{KeyListing, KeyStandingView};
use authority::keystore::{KeyRef, KeyStore as _, MemoryKeyStore};
use authority::pki::{KeySpec, PrivateKey};
use serde_json::{Value, json};
use suite::data::named;
use suite::judges::openssl;
use suite::sandbox::{PASSPHRASE, host, refusal};
use suite::{Sandbox, ask};

fn listed(sandbox: &Sandbox) -> KeyListing {
    sandbox.surface.key_list(ask(json!({}))).expect("keys")
}

fn key_of(sandbox: &Sandbox, name: &str) -> KeyStandingView {
    sandbox.surface.key_show(ask(json!({ "key": name }))).expect("a key")
}

fn repair(sandbox: &Sandbox, key: &str, action: &str) -> Result<api::view::KeyRepaired, api::ApiError> {
    sandbox.surface.key_repair(ask(json!({ "key": key, "action": action })))
}

fn foreign_line() -> String {
    PrivateKey::generate(KeySpec::EcP256).expect("a key").to_line().expect("a line").to_string()
}

#[test]
fn each_state_is_told_apart_with_its_words_and_its_repair() {
    let sandbox = Sandbox::empty();
    let request = json!({
        "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "os",
        "recoveryFile": sandbox.text("acme.recovery"), "recoveryPassphrase": PASSPHRASE,
    });
    sandbox.surface.registry_create(ask(request)).expect("a registry");
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA", "key": "ec-p256" }));
    let root = key_of(&sandbox, "Root");
    assert_eq!((root.state.as_str(), root.location.as_str(), root.recoverable), ("ready", "memory", true));
    assert!(root.proven_at.is_some() && root.next.is_empty());
    assert_eq!(root.owner.as_ref().map(|owner| (owner.kind.as_str(), owner.name.as_str())), Some(("authority", "Root")));

    // Lost: never made anew, and nothing but the recovery file brings it back.
    assert!(sandbox.keyring.lose(&root.id));
    let missing = key_of(&sandbox, "Root");
    assert_eq!((missing.state.as_str(), missing.repairs.as_slice()), ("missing", ["restore".to_owned()].as_slice()));
    assert_eq!(refusal(repair(&sandbox, "Root", "prove")), ErrorCode::KeyMissing);

    // Another key under its name: not used, not overwritten, set aside.
    let foreign = foreign_line();
    sandbox.keyring.tamper(&root.id, &foreign);
    let wrong = key_of(&sandbox, "Root");
    assert_eq!((wrong.state.as_str(), wrong.repairs.as_slice()), ("wrong-key", ["set-aside".to_owned()].as_slice()));
    let restore = json!({ "path": sandbox.text("acme.recovery"), "passphrase": PASSPHRASE });
    assert_eq!(sandbox.surface.recovery_file_restore(ask(restore.clone())).expect("looked").keys_restored, 0, "nothing is overwritten");
    let aside = repair(&sandbox, "Root", "set-aside").expect("set aside").set_aside.expect("an entry");
    assert!(sandbox.keyring.names().contains(&aside) && !sandbox.keyring.names().contains(&root.id));
    assert_eq!(sandbox.surface.recovery_file_restore(ask(restore.clone())).expect("restored").keys_restored, 1);
    assert_eq!(key_of(&sandbox, "Root").state, "ready");
    assert_eq!(refusal(repair(&sandbox, "Root", "set-aside")), ErrorCode::KeyRepairUnfit);

    // Junk under its name.
    sandbox.keyring.tamper(&root.id, "somebody's note");
    assert_eq!(key_of(&sandbox, "Root").state, "unreadable");
    repair(&sandbox, "Root", "set-aside").expect("set aside");
    assert_eq!(key_of(&sandbox, "Root").state, "missing");
    sandbox.surface.recovery_file_restore(ask(restore)).expect("restored");

    // What was set aside is a stray: shown, and never removed.
    let listing = listed(&sandbox);
    assert!(listing.strays_known && listing.strays.len() == 2, "{listing:?}");
    assert!(listing.strays.iter().all(|stray| stray.fits.is_none() && stray.repairs.is_empty() && !stray.next.is_empty()));
    let readable = listing.strays.iter().filter(|stray| stray.fingerprint.is_some()).count();
    assert_eq!(readable, 1, "one is a key, the other a note");

    sandbox.keyring.set_locked(true);
    assert_eq!(key_of(&sandbox, "Root").state, "locked");
    sandbox.keyring.set_locked(false);
    repair(&sandbox, "Root", "prove").expect("proved");
    sandbox.assert_audit_whole();
}

#[test]
fn a_stray_key_that_fits_is_adopted() {
    let sandbox = Sandbox::at_work();
    let root = key_of(&sandbox, "Root");
    let line = PrivateKey::generate(KeySpec::EcP384).expect("a key");
    // The keyring came back with the entry under another name.
    let store = sandbox.keyring.clone();
    let (row, stray) = (KeyRef::new(&root.id).expect("an id"), KeyRef::new("moved-by-hand").expect("an id"));
    store.set_aside(&row, &stray, "").expect("moved");
    let listing = listed(&sandbox);
    assert_eq!(listing.strays.iter().map(|stray| stray.fits.clone()).collect::<Vec<_>>(), [Some(root.id.clone())]);
    assert_eq!(key_of(&sandbox, "Root").repairs, ["adopt"]);
    let adopted = repair(&sandbox, "moved-by-hand", "adopt").expect("adopted").key.expect("a key");
    assert_eq!((adopted.id, adopted.state.as_str()), (root.id, "ready"));
    assert!(listed(&sandbox).strays.is_empty());
    // One that fits no row stays where it is.
    store.store(&stray, "", &line).expect("stored");
    assert_eq!(refusal(repair(&sandbox, "moved-by-hand", "adopt")), ErrorCode::KeyRepairUnfit);
    assert_eq!(listed(&sandbox).strays.len(), 1);
    sandbox.crl("Root");
}

#[test]
fn keys_move_between_keyring_and_vault_and_go_on_signing() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["before.example.test"], "before");
    let other = sandbox.second();
    other.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    let to_vault = json!({ "to": "passphrase", "newPassphrase": "a vault of its own" });
    let moved = sandbox.surface.registry_move_keys(ask(to_vault)).expect("moved");
    assert_eq!((moved.keys, moved.old_removed, moved.status.keys.as_str(), moved.status.unlocked), (2, true, "passphrase", true));
    assert_eq!(sandbox.keyring.names(), Vec::<String>::new());
    assert!(listed(&sandbox).items.iter().all(|key| key.location == "vault" && key.state == "ready"));
    sandbox.issue("Issuing", &["in.example.test"], "in");
    // The other program notices, and wants the passphrase now.
    let status = other.registry_status(Nothing {}).expect("a status");
    assert_eq!((status.keys.as_str(), status.unlocked), ("passphrase", false));
    other.registry_unlock(ask(json!({ "passphrase": "a vault of its own" }))).expect("unlocked");
    other.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
    sandbox.assert_audit_whole();

    let wrong = json!({ "passphrase": "wrong", "newPassphrase": "newer" });
    assert_eq!(refusal(sandbox.surface.registry_passphrase(ask(wrong))), ErrorCode::PassphraseWrong);
    let change = json!({ "passphrase": "a vault of its own", "newPassphrase": "newer" });
    sandbox.surface.registry_passphrase(ask(change)).expect("changed");
    sandbox.close();
    sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    assert_eq!(refusal(sandbox.surface.registry_unlock(ask(json!({ "passphrase": "a vault of its own" })))), ErrorCode::PassphraseWrong);
    let moved = sandbox.surface.registry_move_keys(ask(json!({ "to": "os", "passphrase": "newer" }))).expect("moved");
    assert_eq!((moved.keys, moved.old_removed, moved.status.keys.as_str(), moved.status.unlocked), (2, true, "os", true));
    assert!(!sandbox.path("acme.vault").exists());
    sandbox.issue("Issuing", &["after.example.test"], "after");
    let crls = [sandbox.crl("Root"), sandbox.crl("Issuing")];
    let bundle = sandbox.bundle("Issuing", "bundle.pem");
    for name in ["before", "in", "after"] {
        openssl::verify(&bundle, &[&crls[0], &crls[1]], &sandbox.text(&format!("{name}/{name}.example.test.crt"))).assert_accepted();
    }
    sandbox.assert_audit_whole();
    let again = sandbox.surface.registry_move_keys(ask(json!({ "to": "os" })));
    assert_eq!(refusal(again), ErrorCode::BadUsage);
}

fn departure(certificate: &str, out: String) -> Value {
    json!({ "certificate": certificate, "out": out, "password": "sealed", "reason": "drill", "passphrase": PASSPHRASE })
}

fn with(mut request: Value, field: &str, value: Value) -> Value {
    request[field] = value;
    request
}

#[test]
fn a_key_leaves_only_with_reason_passphrase_and_protection_and_the_log_says_so_first() {
    let sandbox = Sandbox::with_vault();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA", "key": "ec-p256" }));
    let export = |request: Value| sandbox.surface.key_export(ask(request));
    let (file, entries) = (sandbox.text("root.key"), || sandbox.surface.audit_list(ask(json!({ "limit": 500 }))).expect("a log").items);
    let done = || entries().iter().filter(|row| !row.refused).count();
    let before = done();
    let asked = departure("Root", file.clone());
    for (request, code) in [
        (with(asked.clone(), "reason", json!("  ")), ErrorCode::ReasonRequired),
        (with(asked.clone(), "passphrase", json!(null)), ErrorCode::PassphraseRequired),
        (with(asked.clone(), "passphrase", json!("wrong")), ErrorCode::PassphraseWrong),
        (with(asked.clone(), "password", json!(null)), ErrorCode::PasswordRequired),
        (with(asked.clone(), "certificate", json!("nobody")), ErrorCode::CertificateNotFound),
        // An authority's key does not leave plain without its name typed.
        (with(with(asked.clone(), "password", json!(null)), "plainKey", json!(true)), ErrorCode::ConfirmationWrong),
    ] {
        assert_eq!(refusal(export(request)), code);
    }
    assert_eq!(done(), before, "what was refused is not in the log as done");
    assert_eq!(entries().len() - before, 4, "but as refused: passphrase missing, passphrase wrong, no protection, no confirmation");
    assert!(!sandbox.path("root.key").exists());
    export(asked.clone()).expect("a key");
    assert_eq!(refusal(export(asked.clone())), ErrorCode::FileExists);
    let log = sandbox.surface.audit_list(ask(json!({}))).expect("a log");
    let row = log.items.iter().find(|row| row.action == "key.exported").expect("a row");
    assert_eq!(row.why.as_deref(), Some("drill"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(sandbox.path("root.key")).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    let key = sandbox.read("root.key");
    assert!(key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{key}");
    let plain = with(with(departure("Root", sandbox.text("plain.key")), "password", json!(null)), "plainKey", json!(true));
    export(with(plain, "confirmation", json!("Acme Root CA"))).expect("a plain key");
    assert!(sandbox.read("plain.key").starts_with("-----BEGIN PRIVATE KEY-----"));
    export(departure("Root", sandbox.text("root.p12"))).expect("PKCS#12");
    // A file that cannot be written: the log has both, the departure and that nothing left.
    let nowhere = departure("Root", sandbox.text("nowhere/root.key"));
    assert_eq!(refusal(export(nowhere)), ErrorCode::FileNotFound);
    let actions: Vec<_> =
        sandbox.surface.audit_list(ask(json!({}))).expect("a log").items.into_iter().take(2).map(|row| row.action).collect();
    assert_eq!(actions, ["key.not-exported", "key.exported"]);
    sandbox.assert_audit_whole();
}

#[test]
fn the_guard_is_the_recovery_files_passphrase_or_the_name_where_there_is_neither() {
    let bare = Sandbox::at_work();
    assert_eq!(bare.surface.registry_status(Nothing {}).expect("a status").key_guard, "confirmation");
    let asked = departure("Issuing", bare.text("ca.key"));
    assert_eq!(refusal(bare.surface.key_export(ask(asked.clone()))), ErrorCode::ConfirmationWrong);
    bare.surface.key_export(ask(with(asked, "confirmation", json!("Acme Issuing CA")))).expect("a key");

    let guarded = Sandbox::at_work();
    let file = json!({ "path": guarded.text("acme.recovery"), "passphrase": PASSPHRASE });
    guarded.surface.recovery_file_create(ask(file)).expect("a recovery file");
    // The file is far away, as it should be.
    std::fs::remove_file(guarded.path("acme.recovery")).expect("removed");
    assert_eq!(guarded.surface.registry_status(Nothing {}).expect("a status").key_guard, "recovery-passphrase");
    let asked = departure("Issuing", guarded.text("ca.key"));
    assert_eq!(refusal(guarded.surface.key_export(ask(with(asked.clone(), "passphrase", json!("wrong"))))), ErrorCode::PassphraseWrong);
    guarded.surface.key_export(ask(asked)).expect("a key");
}

#[test]
fn a_leaf_key_that_was_kept_comes_back_with_a_reason_and_one_that_was_not_does_not() {
    let sandbox = Sandbox::with_vault();
    let files = json!({ "paths": [named("openssl-ca")], "passwords": ["issuing"] });
    sandbox.surface.import_run(ask(files)).expect("taken");
    let leaves = sandbox.surface.key_list(ask(json!({ "of": "leaves" }))).expect("keys");
    let kept = leaves.items.first().expect("a kept key");
    assert_eq!((kept.location.as_str(), kept.state.as_str()), ("registry", "ready"));
    let owner = kept.owner.clone().expect("a certificate");
    assert_eq!(owner.kind, "certificate");
    repair(&sandbox, &kept.id, "prove").expect("proved");
    let plain = with(with(departure(&owner.id, sandbox.text("www.key")), "password", json!(null)), "plainKey", json!(true));
    sandbox.surface.key_export(ask(plain)).expect("the key");
    let public = openssl::public_key_of_key(&sandbox.text("www.key"), None);
    assert_eq!(public.assert_accepted(), openssl::public_key_of_certificate(&sandbox.export(&owner.id, "pem", "leaf.pem")));
    sandbox.authority(json!({ "name": "Own", "subject": "CN=Own" }));
    let issued = sandbox.issue("Own", &["gone.example.test"], "gone");
    let gone = departure(&issued.certificate.id, sandbox.text("gone.key"));
    assert_eq!(refusal(sandbox.surface.key_export(ask(gone))), ErrorCode::KeyNotHeld);
}

#[test]
fn on_another_machine_an_empty_keyring_is_filled_from_the_recovery_file() {
    let sandbox = Sandbox::empty();
    let request = json!({
        "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "os",
        "recoveryFile": sandbox.text("acme.recovery"), "recoveryPassphrase": PASSPHRASE,
    });
    sandbox.surface.registry_create(ask(request)).expect("a registry");
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA" }));
    sandbox.surface.import_run(ask(json!({ "paths": [named("openssl-ca")], "passwords": ["issuing"] }))).expect("taken");
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("copy.chancery") }))).expect("a backup");

    let elsewhere = MemoryKeyStore::new();
    let surface = api::Surface::new(host(&sandbox.clock, &elsewhere));
    let status = surface.registry_open(ask(json!({ "path": sandbox.text("copy.chancery") }))).expect("opened");
    assert!(status.unlocked, "an empty keyring is open");
    let before = surface.key_list(ask(json!({}))).expect("keys");
    assert!(before.items.iter().filter(|key| key.state != "elsewhere").all(|key| key.state == "missing"), "{before:?}");
    assert_eq!(elsewhere.names(), Vec::<String>::new(), "nothing is made in place of what is missing");
    let file = json!({ "path": sandbox.text("acme.recovery"), "passphrase": PASSPHRASE });
    let restored = surface.recovery_file_restore(ask(file)).expect("restored");
    assert_eq!(restored.keys_restored, restored.keys_sealed);
    let after = surface.key_list(ask(json!({}))).expect("keys");
    assert!(after.items.iter().filter(|key| key.state != "elsewhere").all(|key| key.state == "ready"), "kept leaf keys too: {after:?}");
    // A backup that is opened begins an epoch: its newest published CRL is asked for, and none was ever published.
    assert_eq!(refusal(surface.crl_build(ask(json!({ "authority": "Root" })))), ErrorCode::CrlAwaited);
    surface.crl_decline(ask(json!({ "authority": "Root", "confirmation": "Root" }))).expect("declined");
    surface.crl_build(ask(json!({ "authority": "Root" }))).expect("a CRL");
    let verified = surface.audit_verify(Nothing {}).expect("a verdict");
    assert!(verified.ok && verified.sealed, "{verified:?}");
}

#[test]
fn passphrases_are_measured_and_drawn() {
    let sandbox = Sandbox::empty();
    let meter = |text: &str| sandbox.surface.passphrase_meter(ask(json!({ "passphrase": text }))).expect("a measure");
    assert!(meter("password1").weak && !meter("amber-tulip-comet-ranch-violin-otter").weak);
    let shown = serde_json::to_string(&meter("amber-tulip-comet")).expect("JSON");
    assert!(!shown.contains("amber"), "{shown}");
    for (asked, drawn) in [(json!({}), 6), (json!({ "words": 3 }), 6), (json!({ "words": 8 }), 8), (json!({ "words": 4_000_000 }), 12)] {
        let generated = sandbox.surface.passphrase_generate(ask(asked)).expect("words");
        assert!(!format!("{generated:?}").contains('-'), "debug shows nothing");
        let reply = serde_json::to_value(&generated).expect("JSON");
        let words = reply["words"].as_str().expect("text");
        assert_eq!(words.split('-').count(), drawn, "{words}");
        assert!(!meter(words).weak);
    }
}
