//! What goes wrong goes wrong with its own code, before anything is signed, and leaves the registry with exactly the certificates it had.

use api::{ApiError, ErrorCode};
use serde_json::{Value, json};
use suite::data::named;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

fn issue(sandbox: &Sandbox, draft: Value, hand_over: Value) -> Result<api::view::IssuedView, ApiError> {
    sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": hand_over })))
}

/// Runs every case on one registry: the code must be right, no certificate more, no file more.
#[test]
fn nothing_is_issued_from_a_bad_wish() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["there.example.test"], "there");
    sandbox.authority(
        json!({ "name": "Fenced", "parent": "Root", "subject": "CN=Fenced", "days": 30, "pathLength": 0, "permit": ["dns:example.test"] }),
    );
    sandbox.write("occupied.pem", "mine");
    let before = (sandbox.count(), entries(&sandbox));
    let good = || json!({ "authority": "Issuing", "names": ["www.example.test"] });
    let with = |name: &str, value: Value| {
        let mut draft = good();
        draft[name] = value;
        draft
    };
    let out = || json!({ "out": sandbox.text("out"), "plainKey": true });
    let cases = [
        (with("authority", json!("Nobody")), out(), ErrorCode::AuthorityNotFound),
        (with("profile", json!("no-such")), out(), ErrorCode::ProfileNotFound),
        (with("profile", json!("root")), out(), ErrorCode::BadUsage),
        (with("profile", json!("intermediate")), out(), ErrorCode::BadUsage),
        (with("names", json!(["dns:bad name.example"])), out(), ErrorCode::BadName),
        (with("names", json!(["ip:300.1.1.1"])), out(), ErrorCode::BadName),
        (with("subject", json!("CN")), out(), ErrorCode::BadSubject),
        (with("key", json!("rsa-512")), out(), ErrorCode::BadKeySpec),
        (with("notAfter", json!("soon")), out(), ErrorCode::BadTime),
        (with("names", json!([])), out(), ErrorCode::RefusedByProfile),
        (with("days", json!(20_000)), out(), ErrorCode::OutlivesIssuer),
        (json!({ "authority": "Fenced", "names": ["www.example.org"] }), out(), ErrorCode::NameNotPermitted),
        (json!({ "authority": "Fenced", "names": ["www.example.test"], "days": 31 }), out(), ErrorCode::OutlivesIssuer),
        (good(), json!({ "out": sandbox.text("out") }), ErrorCode::PasswordRequired),
        (good(), json!({ "out": sandbox.text("out"), "plainKey": true, "password": "x" }), ErrorCode::BadUsage),
        (good(), json!({ "out": sandbox.text("out"), "plainKey": true, "format": "jks" }), ErrorCode::BadFormat),
        (good(), json!({ "out": sandbox.text("occupied.pem"), "plainKey": true }), ErrorCode::FileExists),
        (good(), json!({ "out": sandbox.text("no/such/folder/x.pem"), "plainKey": true }), ErrorCode::FileNotFound),
    ];
    for (draft, hand_over, code) in cases {
        let outcome = issue(&sandbox, draft.clone(), hand_over.clone());
        let Err(error) = outcome else { panic!("{draft} {hand_over} was issued") };
        let accepted = error.code == code || (code == ErrorCode::OutlivesIssuer && error.code == ErrorCode::RefusedByProfile);
        assert!(accepted, "{draft} {hand_over}: {error:?} instead of {code:?}");
        assert_eq!((sandbox.count(), entries(&sandbox)), before, "{draft} {hand_over}");
    }
    assert_eq!(sandbox.read("occupied.pem"), "mine");
    let nowhere = sandbox.surface.certificate_issue(ask(json!({ "draft": good() })));
    assert_eq!(refusal(nowhere), ErrorCode::BadUsage);
    sandbox.assert_audit_whole();
}

/// The names in the folder, without what SQLite keeps beside its file.
fn entries(sandbox: &Sandbox) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(sandbox.folder())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    names.sort();
    names
}

#[test]
fn a_keyring_that_fails_leaves_no_certificate_and_no_authority() {
    let sandbox = Sandbox::at_work();
    let before = sandbox.count();
    sandbox.keyring.set_locked(true);
    let draft = json!({ "authority": "Issuing", "names": ["www.example.test"] });
    let out = json!({ "out": sandbox.text("out"), "plainKey": true });
    assert_eq!(refusal(issue(&sandbox, draft.clone(), out.clone())), ErrorCode::Locked);
    let create = json!({ "name": "Second", "subject": "CN=Second" });
    assert_eq!(refusal(sandbox.surface.authority_create(ask(create))), ErrorCode::Locked);
    assert_eq!(refusal(sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" })))), ErrorCode::Locked);
    assert_eq!(sandbox.count(), before);
    assert_eq!(sandbox.surface.authority_list(ask(json!({}))).expect("a list").items.len(), 2);
    sandbox.keyring.set_locked(false);

    let keys: Vec<_> = sandbox.keyring.names().into_iter().filter(|name| !name.starts_with("secret/")).collect();
    for key in &keys {
        sandbox.keyring.lose(key);
    }
    assert_eq!(refusal(issue(&sandbox, draft.clone(), out.clone())), ErrorCode::KeyMissing);
    for key in &keys {
        sandbox.keyring.tamper(key, "not a key of ours");
    }
    assert_eq!(refusal(issue(&sandbox, draft, out)), ErrorCode::KeyStoreFailed);
    assert_eq!(sandbox.count(), before);
    assert!(!sandbox.path("out").join("www.example.test.crt").exists());
}

#[test]
fn a_clock_that_went_back_signs_nothing() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["www.example.test"], "www");
    let before = sandbox.count();
    sandbox.clock.advance(time::Duration::days(-3));
    let out = json!({ "out": sandbox.text("out"), "plainKey": true });
    assert_eq!(refusal(issue(&sandbox, json!({ "authority": "Issuing", "names": ["b.example.test"] }), out)), ErrorCode::ClockWentBack);
    assert_eq!(refusal(sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" })))), ErrorCode::ClockWentBack);
    assert_eq!(sandbox.count(), before);
}

#[test]
fn revoking_asks_for_the_name_and_cannot_be_done_twice() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let revoke = |confirmation: &str, reason: &str| {
        sandbox.surface.certificate_revoke(ask(json!({ "certificates": [www.id], "reason": reason, "confirmation": confirmation })))
    };
    assert_eq!(refusal(revoke("www", "superseded")), ErrorCode::ConfirmationWrong);
    assert_eq!(refusal(revoke("www.example.test", "boredom")), ErrorCode::BadReason);
    assert_eq!(refusal(revoke("www.example.test", "removeFromCRL")), ErrorCode::ReasonNotAllowed);
    let shown = || sandbox.surface.certificate_show(ask(json!({ "certificate": www.id }))).expect("a detail").certificate.status;
    assert_eq!(shown(), "valid");
    revoke("www.example.test", "superseded").expect("revoked");
    assert_eq!(shown(), "revoked");
    assert_eq!(refusal(revoke("www.example.test", "superseded")), ErrorCode::AlreadyRevoked);
    let missing = json!({ "certificates": ["00ff00ff00ff"], "confirmation": "x" });
    assert_eq!(refusal(sandbox.surface.certificate_revoke(ask(missing))), ErrorCode::CertificateNotFound);
}

#[test]
fn a_foreign_crl_is_not_installed() {
    let sandbox = Sandbox::at_work();
    let foreign = json!({ "authority": "Issuing", "path": named("openssl-ca/issuing/crl/issuing.crl.pem") });
    assert_eq!(refusal(sandbox.surface.crl_install(ask(foreign))), ErrorCode::CrlSignatureInvalid);
    let no_crl = json!({ "authority": "Issuing", "path": named("openssl-ca/issuing/www.crt") });
    assert_eq!(refusal(sandbox.surface.crl_install(ask(no_crl))), ErrorCode::NotAnObject);
}

#[test]
fn without_an_open_registry_everything_says_so() {
    let sandbox = Sandbox::empty();
    assert_eq!(refusal(sandbox.surface.certificate_list(ask(json!({})))), ErrorCode::NoRegistryOpen);
    assert_eq!(refusal(sandbox.surface.overview(ask(json!({})))), ErrorCode::NoRegistryOpen);
    assert_eq!(refusal(sandbox.surface.crl_build(ask(json!({ "authority": "x" })))), ErrorCode::NoRegistryOpen);
}
