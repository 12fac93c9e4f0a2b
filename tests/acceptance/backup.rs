//! A backup opens, holds what there was, and is never written over something.

use api::ErrorCode;
use api::request::Nothing;
use serde_json::json;
use suite::sandbox::{PASSPHRASE, refusal};
use suite::{Sandbox, ask};

#[test]
fn a_backup_opens_and_holds_what_there_was() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let made = sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("backup.chancery") }))).expect("a backup");
    assert_eq!((made.certificates, made.authorities), (3, 2));
    assert_eq!(made.bytes, std::fs::metadata(sandbox.path("backup.chancery")).expect("a file").len());
    sandbox.issue("Issuing", &["later.example.test"], "later");

    let other = sandbox.second();
    let status = other.registry_open(ask(json!({ "path": sandbox.text("backup.chancery") }))).expect("a registry");
    assert_eq!(status.certificates, 3);
    let shown = other.certificate_show(ask(json!({ "certificate": www.fingerprint }))).expect("a certificate");
    assert_eq!(shown.certificate.pem, www.pem);
    assert!(other.registry_check(ask(json!({}))).expect("a check").ok);
    let verified = other.audit_verify(Nothing {}).expect("a verdict");
    assert!(verified.ok, "{verified:?}");
}

#[test]
fn a_backup_never_replaces_a_file() {
    let sandbox = Sandbox::at_work();
    let there = sandbox.write("backup.chancery", "something else");
    let code = refusal(sandbox.surface.registry_backup(ask(json!({ "out": there }))));
    assert!(matches!(code, ErrorCode::FileExists | ErrorCode::RegistryExists), "{code:?}");
    assert_eq!(sandbox.read("backup.chancery"), "something else");
}

#[test]
fn a_vault_travels_in_the_backup() {
    let sandbox = Sandbox::with_vault();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA" }));
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("backup.chancery") }))).expect("a backup");
    sandbox.close();
    for name in ["acme.chancery", "acme.vault"] {
        std::fs::remove_file(sandbox.path(name)).expect("gone");
    }
    let surface = sandbox.second();
    surface.registry_open(ask(json!({ "path": sandbox.text("backup.chancery") }))).expect("opened from the backup alone");
    surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE }))).expect("unlocked");
    let draft = json!({ "draft": { "authority": "Root", "names": ["www.example.test"] }, "handOver": { "out": sandbox.text("www"), "plainKey": true } });
    surface.certificate_issue(ask(draft)).expect("issued with the key from the backup");
}
