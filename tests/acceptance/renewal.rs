//! Successors: with the same key, with a new one, with a request's; what is refused; what is told beforehand.

use api::ErrorCode;
use api::view::CertificateView;
use serde_json::{Value, json};
use suite::judges::openssl;
use suite::{Sandbox, ask};

/// A draft for the successor of a certificate, with what is said otherwise.
fn draft(sandbox: &Sandbox, before: &CertificateView, otherwise: Value) -> Value {
    let start = sandbox.surface.certificate_renewal(ask(json!({ "certificate": before.id }))).expect("a start");
    let mut draft = serde_json::to_value(start).expect("JSON");
    for (name, value) in otherwise.as_object().expect("an object") {
        draft[name] = value.clone();
    }
    draft
}

fn shown(sandbox: &Sandbox, id: &str) -> CertificateView {
    sandbox.surface.certificate_show(ask(json!({ "certificate": id }))).expect("shown").certificate
}

fn refused(sandbox: &Sandbox, draft: &Value) -> ErrorCode {
    let over = json!({ "out": sandbox.text("refused"), "plainKey": true });
    sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": over }))).expect_err("refused").code
}

#[test]
fn the_same_key_under_a_new_serial_and_a_new_life() {
    let sandbox = Sandbox::at_work();
    let before = sandbox.issue("Issuing", &["www.example.test", "192.0.2.1"], "www").certificate;
    let draft = draft(&sandbox, &before, json!({ "days": 30 }));
    let preview = sandbox.surface.certificate_preview(ask(draft.clone())).expect("a preview");
    let fields: Vec<&str> = preview.differences.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["notAfter"], "{:?}", preview.differences);

    let over = json!({ "out": sandbox.text("renewed") });
    let after = sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": over }))).expect("issued");
    assert_eq!(after.files.iter().map(|file| file.holds.as_str()).collect::<Vec<_>>(), ["certificate", "chain"]);
    let after = after.certificate;
    assert_eq!(
        (&after.key.fingerprint, &after.names, &after.subject.rfc4514),
        (&before.key.fingerprint, &before.names, &before.subject.rfc4514)
    );
    assert_ne!(after.serial, before.serial);
    assert_eq!(shown(&sandbox, &before.id).status, "superseded");
    assert_eq!(shown(&sandbox, &after.id).status, "valid");

    // The key that was handed over with the certificate before fits the one after, and OpenSSL takes both.
    let key = openssl::openssl(&["pkey", "-in", &sandbox.text("www/www.example.test.key"), "-pubout"]).assert_accepted();
    let certified =
        openssl::openssl(&["x509", "-in", &sandbox.text("renewed/www.example.test.crt"), "-noout", "-pubkey"]).assert_accepted();
    assert_eq!(key, certified);
    let bundle = sandbox.export(&after.id, "bundle", "bundle.pem");
    let crls = [sandbox.crl("Root"), sandbox.crl("Issuing")];
    let crls: Vec<&str> = crls.iter().map(String::as_str).collect();
    openssl::verify(&bundle, &crls, &sandbox.text("renewed/www.example.test.crt")).assert_accepted();
    openssl::verify(&bundle, &crls, &sandbox.text("www/www.example.test.crt")).assert_accepted();

    let actions = sandbox.surface.audit_list(ask(json!({ "subject": before.id }))).expect("a log");
    assert!(actions.items.iter().any(|row| row.action == "certificate.superseded"), "{actions:?}");
}

#[test]
fn a_new_key_is_handed_over_and_the_certificate_before_can_be_revoked_for_good() {
    let sandbox = Sandbox::at_work();
    let before = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let draft = draft(&sandbox, &before, json!({ "sameKey": false }));
    let over = json!({ "out": sandbox.text("renewed"), "plainKey": true });
    let after = sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": over }))).expect("issued").certificate;
    assert_ne!(after.key.fingerprint, before.key.fingerprint);
    sandbox.revoke(&before.id, "www.example.test", "superseded");
    assert_eq!(shown(&sandbox, &before.id).status, "revoked", "revoked wins over superseded");
    let compared =
        sandbox.surface.certificate_compare(ask(json!({ "one": before.id, "otherPath": sandbox.text("renewed/www.example.test.crt") })));
    let compared = compared.expect("compared");
    assert_eq!(compared.other.serial, after.serial);
    assert!(compared.differences.iter().any(|one| one.field == "key"), "{compared:?}");
    let same = sandbox.surface.certificate_compare(ask(json!({ "one": before.id, "other": before.id }))).expect("compared");
    assert!(same.differences.is_empty());
}

#[test]
fn what_has_a_successor_gets_no_second_one() {
    let sandbox = Sandbox::at_work();
    let before = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let draft = draft(&sandbox, &before, json!({}));
    sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": null }))).expect("issued");
    assert_eq!(refused(&sandbox, &draft), ErrorCode::AlreadyRenewed);
    let count = sandbox.surface.certificate_list(ask(json!({ "kind": "leaf" }))).expect("a list").total.count;
    assert_eq!(count, 2);
}

#[test]
fn a_compromised_key_is_never_certified_again() {
    let sandbox = Sandbox::at_work();
    let before = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    sandbox.revoke(&before.id, "www.example.test", "keyCompromise");
    assert_eq!(refused(&sandbox, &draft(&sandbox, &before, json!({}))), ErrorCode::KeyCompromised);

    // Nor by a request for another name.
    let csr = sandbox.text("other.csr");
    openssl::openssl(&["req", "-new", "-key", &sandbox.text("www/www.example.test.key"), "-subj", "/CN=other.example.test", "-out", &csr])
        .assert_accepted();
    let text = std::fs::read_to_string(&csr).expect("a request");
    let request = json!({ "authority": "Issuing", "names": ["other.example.test"], "request": text });
    assert_eq!(refused(&sandbox, &request), ErrorCode::KeyCompromised);

    // With a new key it goes on.
    let over = json!({ "out": sandbox.text("renewed"), "plainKey": true });
    let draft = draft(&sandbox, &before, json!({ "sameKey": false }));
    sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": over }))).expect("issued");
    assert_eq!(shown(&sandbox, &before.id).status, "revoked");
}

#[test]
fn an_authority_is_not_renewed_like_a_leaf() {
    let sandbox = Sandbox::at_work();
    let authority = sandbox.surface.authority_show(ask(json!({ "authority": "Issuing" }))).expect("an authority");
    let refused = sandbox.surface.certificate_renewal(ask(json!({ "certificate": authority.certificate.id }))).expect_err("refused");
    assert_eq!(refused.code, ErrorCode::RenewsAuthority);
}
