//! The recovery file: asked for first, tested, and used when the keyring has lost the keys.

use api::ErrorCode;
use serde_json::json;
use suite::judges::openssl;
use suite::judges::sqlite::sqlite;
use suite::sandbox::{PASSPHRASE, refusal};
use suite::{Sandbox, ask};

fn with_recovery_file() -> Sandbox {
    let sandbox = Sandbox::empty();
    let request = json!({
        "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "os",
        "recoveryFile": sandbox.text("acme.recovery"), "recoveryPassphrase": PASSPHRASE,
    });
    let status = sandbox.surface.registry_create(ask(request)).expect("a registry");
    assert_eq!(status.recovery, "made");
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA,O=Acme" }));
    sandbox.authority(json!({ "name": "Issuing", "parent": "Root", "subject": "CN=Acme Issuing CA,O=Acme" }));
    sandbox
}

#[test]
fn keys_that_the_keyring_lost_come_back() {
    let sandbox = with_recovery_file();
    let file = json!({ "path": sandbox.text("acme.recovery"), "passphrase": PASSPHRASE });
    let tested = sandbox.surface.recovery_file_test(ask(file.clone())).expect("a test");
    assert_eq!((tested.keys_sealed, tested.keys_restored), (2, 0));
    let keys: Vec<_> = sandbox.keyring.names().into_iter().filter(|name| !name.starts_with("secret/")).collect();
    assert_eq!(keys.len(), 2);
    for key in &keys {
        assert!(sandbox.keyring.lose(key));
    }
    let draft = json!({ "draft": { "authority": "Issuing", "names": ["www.example.test"] }, "handOver": { "out": sandbox.text("www"), "plainKey": true } });
    assert_eq!(refusal(sandbox.surface.certificate_issue(ask(draft))), ErrorCode::KeyMissing);
    assert!(sandbox.keyring.names().iter().all(|name| name.starts_with("secret/")), "nothing was made in place of the lost keys");
    let restored = sandbox.surface.recovery_file_restore(ask(file.clone())).expect("restored");
    assert_eq!((restored.keys_sealed, restored.keys_restored), (2, 2));
    let again = sandbox.surface.recovery_file_restore(ask(file)).expect("nothing to do");
    assert_eq!(again.keys_restored, 0);
    sandbox.issue("Issuing", &["www.example.test"], "www");
    let root = sandbox.surface.authority_show(ask(json!({ "authority": "Root" }))).expect("the root").certificate;
    let issuing = sandbox.surface.authority_show(ask(json!({ "authority": "Issuing" }))).expect("the issuing CA").certificate;
    let bundle = sandbox.write("bundle.pem", [root.pem, issuing.pem].concat());
    let crls = [sandbox.crl("Root"), sandbox.crl("Issuing")];
    openssl::verify(&bundle, &[&crls[0], &crls[1]], &sandbox.text("www/www.example.test.crt")).assert_accepted();
    sandbox.assert_audit_whole();
}

/// One sealed copy that is spoilt costs that key, and is told; the others come back.
#[test]
fn a_copy_that_is_of_no_use_holds_up_no_other() {
    let sandbox = with_recovery_file();
    let file = json!({ "path": sandbox.text("acme.recovery"), "passphrase": PASSPHRASE });
    sandbox.close();
    sqlite(
        &sandbox.text("acme.chancery"),
        "UPDATE keys SET sealed_recovery = x'00' WHERE label = (SELECT name FROM authorities WHERE parent IS NULL)",
    );
    let surface = sandbox.second();
    surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    let tested = surface.recovery_file_test(ask(file.clone())).expect("a test");
    assert_eq!((tested.keys_sealed, tested.keys_failed.len()), (1, 1), "{tested:?}");
    for key in sandbox.keyring.names().iter().filter(|name| !name.starts_with("secret/")) {
        assert!(sandbox.keyring.lose(key));
    }
    let restored = surface.recovery_file_restore(ask(file)).expect("restored");
    assert_eq!((restored.keys_sealed, restored.keys_restored), (1, 1));
    assert_eq!(restored.keys_failed, tested.keys_failed);
    let draft = json!({ "draft": { "authority": "Issuing", "names": ["www.example.test"] }, "handOver": { "out": sandbox.text("www"), "plainKey": true } });
    surface.certificate_issue(ask(draft)).expect("issued");
}

#[test]
fn a_wrong_passphrase_or_the_file_of_another_registry_restores_nothing() {
    let (sandbox, other) = (with_recovery_file(), with_recovery_file());
    let with = |path: String, passphrase: &str| json!({ "path": path, "passphrase": passphrase });
    let mine = sandbox.text("acme.recovery");
    assert_eq!(refusal(sandbox.surface.recovery_file_test(ask(with(mine.clone(), "wrong")))), ErrorCode::PassphraseWrong);
    let theirs = with(other.text("acme.recovery"), PASSPHRASE);
    assert_eq!(refusal(sandbox.surface.recovery_file_restore(ask(theirs))), ErrorCode::RecoveryFileWrong);
    let none = with(sandbox.text("nowhere.recovery"), PASSPHRASE);
    assert_eq!(refusal(sandbox.surface.recovery_file_test(ask(none))), ErrorCode::FileNotFound);
    let text = sandbox.write("notes.recovery", "just text");
    assert_eq!(refusal(sandbox.surface.recovery_file_test(ask(with(text, PASSPHRASE)))), ErrorCode::NotAnObject);
    let second = with(sandbox.text("second.recovery"), PASSPHRASE);
    assert_eq!(refusal(sandbox.surface.recovery_file_create(ask(second))), ErrorCode::RecoveryFileMade);
    assert!(!sandbox.path("second.recovery").exists());
}

#[test]
fn a_keyring_registry_wants_a_word_about_recovery() {
    let sandbox = Sandbox::empty();
    let silent = json!({ "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "os" });
    assert_eq!(refusal(sandbox.surface.registry_create(ask(silent))), ErrorCode::RecoveryChoiceRequired);
    assert!(!sandbox.path("acme.chancery").exists());
    assert!(sandbox.keyring.names().is_empty());
}

#[test]
fn a_recovery_file_made_late_holds_the_keys_that_were_there() {
    let sandbox = Sandbox::at_work();
    let file = json!({ "path": sandbox.text("late.recovery"), "passphrase": PASSPHRASE });
    let made = sandbox.surface.recovery_file_create(ask(file.clone())).expect("made");
    assert_eq!(made.keys_sealed, 2);
    let tested = sandbox.surface.recovery_file_test(ask(file)).expect("tested");
    assert_eq!(tested.keys_sealed, 2);
}

#[test]
fn a_lost_recovery_file_is_replaced_and_the_old_one_opens_older_backups_only() {
    let sandbox = with_recovery_file();
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("older.chancery") }))).expect("a backup");
    let file = |name: &str, passphrase: &str| json!({ "path": sandbox.text(name), "passphrase": passphrase });
    let replace = |name: &str| {
        let mut request = file(name, "another passphrase");
        request["replace"] = json!(true);
        sandbox.surface.recovery_file_create(ask(request))
    };
    assert_eq!(refusal(sandbox.surface.recovery_file_create(ask(file("new.recovery", "another passphrase")))), ErrorCode::RecoveryFileMade);
    // A key that only the old file could bring back is not given up.
    let names = sandbox.keyring.names();
    let key = names.iter().find(|name| !name.starts_with("secret/")).expect("a key");
    assert!(sandbox.keyring.lose(key));
    assert_eq!(refusal(replace("new.recovery")), ErrorCode::KeyMissing);
    assert!(!sandbox.path("new.recovery").exists());
    sandbox.surface.recovery_file_restore(ask(file("acme.recovery", PASSPHRASE))).expect("restored");

    assert_eq!(replace("new.recovery").expect("replaced").keys_sealed, 2);
    assert_eq!(refusal(sandbox.surface.recovery_file_test(ask(file("acme.recovery", PASSPHRASE)))), ErrorCode::RecoveryFileReplaced);
    let tested = sandbox.surface.recovery_file_test(ask(file("new.recovery", "another passphrase"))).expect("it opens");
    assert_eq!(tested.keys_sealed, 2);
    for name in &names {
        sandbox.keyring.lose(name);
    }
    let restored = sandbox.surface.recovery_file_restore(ask(file("new.recovery", "another passphrase"))).expect("restored");
    assert_eq!(restored.keys_restored, 2);
    assert_eq!(sandbox.keyring.names(), names, "with the secrets");
    sandbox.issue("Issuing", &["www.example.test"], "www");
    sandbox.assert_audit_whole();
    // The older backup has what it had.
    let older = sandbox.second();
    older.registry_open(ask(json!({ "path": sandbox.text("older.chancery") }))).expect("opened");
    assert_eq!(older.recovery_file_test(ask(file("acme.recovery", PASSPHRASE))).expect("it opens").keys_sealed, 2);
}
