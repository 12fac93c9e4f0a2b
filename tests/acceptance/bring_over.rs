//! A PKI of `openssl ca` is brought over and goes on under our hand: OpenSSL must not notice.

use serde_json::json;
use suite::data::named;
use suite::judges::openssl;
use suite::pem;
use suite::{Sandbox, ask};

use api::view::{CertificateView, ImportReport};

fn wish(dry_run: bool, sandbox: &Sandbox, passwords: &[&str]) -> ImportReport {
    let request = json!({ "paths": [named("openssl-ca")], "passwords": passwords });
    let done = if dry_run { sandbox.surface.import_plan(ask(request)) } else { sandbox.surface.import_run(ask(request)) };
    done.unwrap_or_else(|error| panic!("{error:?}"))
}

/// The certificate in a file; OpenSSL may have put text before it.
fn certificate_in(path: &str) -> pki::Certificate {
    pki::Certificate::from_der(&pem::only(path, "CERTIFICATE")).expect("a certificate")
}

/// The registry after the import, and the name of the issuing authority in it.
fn brought_over() -> (Sandbox, String) {
    let sandbox = Sandbox::with_keyring();
    wish(false, &sandbox, &["issuing"]);
    let authorities = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items;
    let issuing = authorities.iter().find(|authority| authority.parent.is_some()).expect("an issuing authority");
    (sandbox, issuing.name.clone())
}

fn leaves(sandbox: &Sandbox) -> Vec<CertificateView> {
    sandbox.surface.certificate_list(ask(json!({ "kind": "leaf", "sort": "name" }))).expect("a list").items
}

#[test]
fn a_dry_run_says_what_the_run_does_and_a_second_run_takes_nothing() {
    let sandbox = Sandbox::with_keyring();
    let plan = wish(true, &sandbox, &["issuing"]);
    assert_eq!(sandbox.count(), 0, "a dry run changes nothing");
    let run = wish(false, &sandbox, &["issuing"]);
    for (what, planned, done) in [
        ("certificates", plan.taken.certificates, run.taken.certificates),
        ("keys", plan.taken.keys, run.taken.keys),
        ("requests", plan.taken.requests, run.taken.requests),
        ("crls", plan.taken.crls, run.taken.crls),
        ("revocations", plan.taken.revocations, run.taken.revocations),
    ] {
        assert_eq!(planned, done, "{what}");
    }
    assert_eq!((run.taken.certificates, run.taken.crls, run.taken.revocations), (11, 2, 4), "{run:?}");
    assert!(run.refused.is_empty(), "{:?}", run.refused);
    assert_eq!(sandbox.count(), 11);
    let again = wish(false, &sandbox, &["issuing"]);
    let taken = again.taken;
    assert_eq!((taken.certificates, taken.keys, taken.requests, taken.crls, taken.revocations), (0, 0, 0, 0, 0), "{again:?}");
    assert_eq!(sandbox.count(), 11);
    sandbox.assert_audit_whole();
}

#[test]
fn what_was_there_is_shown_as_it_stands() {
    let (sandbox, issuing) = brought_over();
    let status = |name: &str| {
        let found = leaves(&sandbox).into_iter().find(|leaf| leaf.name.starts_with(name));
        found
            .unwrap_or_else(|| panic!("no {name} among {:?}", leaves(&sandbox).iter().map(|leaf| leaf.name.clone()).collect::<Vec<_>>()))
            .status
    };
    assert_eq!(leaves(&sandbox).len(), 9);
    assert_eq!(status("old"), "expired");
    assert_eq!(status("www"), "valid");
    let of_state = |state: &str| leaves(&sandbox).iter().filter(|leaf| leaf.status == state).count();
    assert_eq!((of_state("revoked"), of_state("held"), of_state("expired"), of_state("valid")), (3, 1, 1, 4));
    let authorities = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items;
    assert_eq!(authorities.len(), 2);
    for authority in &authorities {
        assert_eq!(authority.key_state, "ready", "{}", authority.name);
        assert_eq!(authority.status, "valid");
    }
    assert_eq!(authorities[1].name, issuing);
    assert_eq!(authorities[1].parent.as_ref(), Some(&authorities[0].id));
    let verdict = |id: &str| sandbox.surface.certificate_verify(ask(json!({ "certificate": id }))).expect("a verdict");
    let www = leaves(&sandbox).into_iter().find(|leaf| leaf.name.starts_with("www")).expect("www");
    assert!(verdict(&www.id).trusted, "{:?}", verdict(&www.id));
    let shown = sandbox.surface.certificate_show(ask(json!({ "certificate": www.id }))).expect("a detail");
    assert_eq!(shown.chain.len(), 3);
}

#[test]
fn openssl_accepts_what_is_issued_under_the_imported_authority() {
    let (sandbox, issuing) = brought_over();
    sandbox.issue(&issuing, &["new.acme.example"], "new");
    let leaf = sandbox.text("new/new.acme.example.crt");
    let (root, ca) = (named("openssl-ca/root/ca.crt"), named("openssl-ca/issuing/ca.crt"));
    let bundle = sandbox.write("bundle.pem", [std::fs::read(&root).expect("a root"), std::fs::read(&ca).expect("a CA")].concat());
    let (old_root_crl, new_crl) = (named("openssl-ca/root/crl/root.crl.pem"), sandbox.crl(&issuing));
    openssl::verify(&bundle, &[&old_root_crl, &new_crl], &leaf).assert_accepted();
    openssl::verify(&bundle, &[&old_root_crl, &new_crl], &named("openssl-ca/issuing/www.crt")).assert_accepted();

    // The issuer field is the CA's subject, byte for byte: two DC, two OU, an RDN of several values.
    let (issued, above) = (certificate_in(&leaf), certificate_in(&ca));
    assert_eq!(issued.issuer().as_der(), above.subject().as_der());

    // Nothing revoked is forgotten, and the numbers go on.
    let text = openssl::crl_text(&new_crl);
    assert_eq!(text.matches("Serial Number:").count(), 4, "{text}");
    let old = openssl::crl_text(&named("openssl-ca/issuing/crl/issuing.crl.pem"));
    for line in old.lines().filter(|line| line.contains("Serial Number:")) {
        assert!(text.contains(line.trim()), "{line} is missing in {text}");
    }
    assert!(text.contains("Superseded") && text.contains("Key Compromise") && text.contains("Certificate Hold"), "{text}");
    assert!(text.contains("Invalidity Date"), "{text}");
    assert!(!text.contains("Hold Instruction"), "{text}");
    let number = text.lines().skip_while(|line| !line.contains("X509v3 CRL Number")).nth(1).expect("a number").trim().to_owned();
    let number: u64 = number.strip_prefix("0x").map_or_else(|| number.parse(), |hex| u64::from_str_radix(hex, 16)).expect("a number");
    assert!(number > 4097, "{number}");
    for revoked in ["db", "vpn", "git", "wiki", "mail", "ldap", "build"] {
        let verdict = openssl::verify(&bundle, &[&old_root_crl, &new_crl], &named(&format!("openssl-ca/issuing/{revoked}.crt")));
        let before = openssl::verify(
            &bundle,
            &[&old_root_crl, &named("openssl-ca/issuing/crl/issuing.crl.pem")],
            &named(&format!("openssl-ca/issuing/{revoked}.crt")),
        );
        assert_eq!(verdict.accepted, before.accepted, "{revoked}: {}", verdict.said);
    }
}

#[test]
fn the_key_of_the_authority_wants_its_password() {
    let sandbox = Sandbox::with_keyring();
    let plan = wish(true, &sandbox, &["wrong"]);
    assert_eq!(plan.passwords_wanted, 1, "{plan:?}");
    assert!(plan.locked_paths[0].ends_with("issuing/private/ca.key"), "{:?}", plan.locked_paths);
    let error = sandbox.surface.import_run(ask(json!({ "paths": [named("openssl-ca")], "passwords": ["wrong"] }))).expect_err("locked");
    assert_eq!(error.code, api::ErrorCode::PasswordWanted);
    assert_eq!(sandbox.count(), 0);
    assert!(sandbox.keyring.names().iter().all(|name| name.starts_with("secret/")), "{:?}", sandbox.keyring.names());
    // Without keys nothing is asked; the authorities are there and cannot sign.
    sandbox.surface.import_run(ask(json!({ "paths": [named("openssl-ca")], "withoutKeys": true }))).expect("taken");
    assert_eq!(sandbox.count(), 11);
    let authorities = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items;
    assert!(authorities.iter().all(|authority| authority.key_location == "elsewhere"), "{authorities:?}");
    let draft = json!({ "draft": { "authority": authorities[1].id, "names": ["x.example.test"] }, "handOver": { "out": sandbox.text("x"), "plainKey": true } });
    assert_eq!(suite::sandbox::refusal(sandbox.surface.certificate_issue(ask(draft))), api::ErrorCode::KeyElsewhere);
    // The keys come later: the same authorities can sign then.
    wish(false, &sandbox, &["issuing"]);
    let issuing = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items.remove(1);
    assert_eq!(issuing.key_state, "ready", "{issuing:?}");
    sandbox.issue(&issuing.name, &["late.acme.example"], "late");
}
