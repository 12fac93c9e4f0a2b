//! Root, issuing authority, certificates, finding them, revoking one, CRLs, export, verdict.

use serde_json::json;
use suite::judges::openssl;
use suite::{Sandbox, ask};

use api::request::Nothing;

/// A certificate's serial as OpenSSL reads it from a file, in our way of writing.
fn serial_of(path: &str) -> String {
    let said = openssl::openssl(&["x509", "-in", path, "-noout", "-serial"]).assert_accepted();
    said.trim().trim_start_matches("serial=").to_lowercase()
}

#[test]
fn from_nothing_to_a_revoked_certificate_that_openssl_refuses() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["www.example.test"], "www");
    let old = sandbox.issue("Issuing", &["old.example.test"], "old").certificate;
    let bundle = sandbox.export(&old.id, "bundle", "bundle.pem");
    let crls = [sandbox.crl("Root"), sandbox.crl("Issuing")];
    let crls: Vec<&str> = crls.iter().map(String::as_str).collect();
    let (www_file, old_file) = (sandbox.text("www/www.example.test.crt"), sandbox.text("old/old.example.test.crt"));
    openssl::verify(&bundle, &crls, &www_file).assert_accepted();
    openssl::verify(&bundle, &crls, &old_file).assert_accepted();

    sandbox.revoke(&old.id, "old.example.test", "keyCompromise");
    sandbox.crl("Issuing");
    openssl::verify(&bundle, &crls, &www_file).assert_accepted();
    openssl::verify(&bundle, &crls, &old_file).assert_refused("certificate revoked");
    let text = openssl::crl_text(&sandbox.text("Issuing.crl"));
    assert!(text.contains("Key Compromise"), "{text}");
    assert!(text.contains(&format!("Serial Number: {}", old.serial.to_uppercase())), "{text}");

    // Ours says the same.
    let verdict = |id: &str| sandbox.surface.certificate_verify(ask(json!({ "certificate": id }))).expect("a verdict");
    let www = &sandbox.surface.certificate_list(ask(json!({ "search": "www" }))).expect("a list").items[0];
    assert!(verdict(&www.id).trusted, "{:?}", verdict(&www.id));
    let refused = verdict(&old.id);
    assert!(!refused.trusted);
    assert!(refused.checks.iter().any(|check| check.check == "revocation" && check.result == "fail"), "{refused:?}");
    assert_eq!(refused.path.len(), 3);
    let detail = sandbox.surface.certificate_show(ask(json!({ "certificate": old.id }))).expect("a detail");
    assert_eq!(detail.certificate.status, "revoked");
    assert_eq!(detail.certificate.revocation.expect("a revocation").reason, "keyCompromise");
    assert!(detail.on_crl.is_some());
    sandbox.assert_audit_whole();
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("a check");
    assert!(check.ok, "{check:?}");
}

#[test]
fn a_revocation_counts_before_any_crl_says_so() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    sandbox.crl("Issuing");
    let list = |what: &str| {
        let overview = sandbox.surface.overview(Nothing {}).expect("an overview");
        overview.attention.iter().any(|attention| attention.code == what)
    };
    assert!(!list("crl-stale"));
    sandbox.revoke(&www.id, "www.example.test", "superseded");
    assert!(list("crl-stale"));
    let verdict = sandbox.surface.certificate_verify(ask(json!({ "certificate": www.id }))).expect("a verdict");
    assert!(!verdict.trusted, "{verdict:?}");
    sandbox.crl("Issuing");
    assert!(!list("crl-stale"));
}

#[test]
fn keys_and_certificates_belong_together_in_pem_and_pkcs12() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["www.example.test"], "www");
    let certificate = sandbox.text("www/www.example.test.crt");
    let public = openssl::public_key_of_certificate(&certificate);
    assert_eq!(openssl::public_key_of_key(&sandbox.text("www/www.example.test.key"), None).assert_accepted(), public);
    assert_eq!(sandbox.read("www/www.example.test.chain.pem").matches("BEGIN CERTIFICATE").count(), 2);

    let sealed = json!({ "draft": { "authority": "Issuing", "names": ["sealed.example.test"] }, "handOver": { "out": sandbox.text("sealed"), "password": "päss" } });
    sandbox.surface.certificate_issue(ask(sealed)).expect("issued");
    let key = sandbox.text("sealed/sealed.example.test.key");
    assert!(!openssl::public_key_of_key(&key, Some("wrong")).accepted);
    let public = openssl::public_key_of_certificate(&sandbox.text("sealed/sealed.example.test.crt"));
    assert_eq!(openssl::public_key_of_key(&key, Some("päss")).assert_accepted(), public);

    let p12 = json!({
        "draft": { "authority": "Issuing", "names": ["p12.example.test"] },
        "handOver": { "out": sandbox.text("mail.p12"), "format": "pkcs12", "password": "change it" },
    });
    let issued = sandbox.surface.certificate_issue(ask(p12)).expect("issued");
    let opened = openssl::pkcs12(&sandbox.text("mail.p12"), "change it").assert_accepted();
    assert_eq!(opened.matches("BEGIN CERTIFICATE").count(), 2, "{opened}");
    assert_eq!(opened.matches("BEGIN PRIVATE KEY").count(), 1);
    assert!(opened.contains(issued.certificate.pem.lines().nth(1).expect("a line")));
    openssl::pkcs12(&sandbox.text("mail.p12"), "change It").assert_refused("invalid password");
}

#[cfg(unix)]
#[test]
fn key_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["www.example.test"], "www");
    let mode = |name: &str| std::fs::metadata(sandbox.path(name)).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode("www/www.example.test.key"), 0o600);
    assert_eq!(mode("acme.chancery") & 0o077, 0);
}

#[test]
fn a_certificate_is_found_by_everything_that_names_it() {
    let sandbox = Sandbox::at_work();
    for name in ["www", "mail", "vpn"] {
        sandbox.issue("Issuing", &[&format!("{name}.example.test"), "dns:shared.example.test"], name);
    }
    let file = sandbox.text("mail/mail.example.test.crt");
    let serial = serial_of(&file);
    let fingerprint = openssl::openssl(&["x509", "-in", &file, "-noout", "-fingerprint", "-sha256"]).assert_accepted();
    let fingerprint = fingerprint.trim().rsplit('=').next().expect("a value").to_owned();
    let mail = sandbox.surface.certificate_list(ask(json!({ "name": "dns:mail.example.test" }))).expect("a list").items.remove(0);
    for text in
        [mail.id.clone(), serial.clone(), fingerprint.clone(), fingerprint.replace(':', "").to_lowercase(), format!("Issuing/{serial}")]
    {
        let shown =
            sandbox.surface.certificate_show(ask(json!({ "certificate": text }))).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(shown.certificate.id, mail.id, "{text}");
    }
    let ids = |request| {
        let page = sandbox.surface.certificate_list(ask(request)).expect("a list");
        let mut names: Vec<_> = page.items.into_iter().map(|item| item.name).collect();
        names.sort();
        names
    };
    let leaves = ["mail.example.test", "vpn.example.test", "www.example.test"];
    assert_eq!(ids(json!({ "search": "mail" })), ["mail.example.test"]);
    assert_eq!(ids(json!({ "search": "MAIL exam" })), ["mail.example.test"]);
    assert_eq!(ids(json!({ "search": serial })), ["mail.example.test"]);
    assert_eq!(ids(json!({ "name": "shared.example.test" })), leaves);
    assert_eq!(ids(json!({ "kind": "leaf" })), leaves);
    assert_eq!(ids(json!({ "kind": "authority" })), ["Acme Issuing CA", "Acme Root CA"]);
    assert_eq!(ids(json!({ "authority": "Root" })), ["Acme Issuing CA", "Acme Root CA"]);
    assert_eq!(ids(json!({ "profile": "tls-server" })), leaves);
    assert!(ids(json!({ "search": "nothing-like-this" })).is_empty());
    sandbox.revoke(&mail.id, "mail.example.test", "superseded");
    assert_eq!(ids(json!({ "status": ["revoked"] })), ["mail.example.test"]);
    assert_eq!(ids(json!({ "kind": "leaf", "status": ["valid"] })), ["vpn.example.test", "www.example.test"]);
}

#[test]
fn pages_hold_every_row_once_in_every_order() {
    let sandbox = Sandbox::at_work();
    for number in 0..11 {
        sandbox
            .issue_as(json!({ "authority": "Issuing", "names": [format!("host-{number:02}.example.test")], "days": 10 + number }), "hosts");
    }
    for sort in ["issued", "-issued", "ends", "-ends", "name", "-name"] {
        let whole: Vec<_> =
            sandbox.surface.certificate_list(ask(json!({ "sort": sort }))).expect("a list").items.into_iter().map(|item| item.id).collect();
        assert_eq!(whole.len(), 13);
        let mut walked = Vec::new();
        let mut after = None;
        loop {
            let page = sandbox.surface.certificate_list(ask(json!({ "sort": sort, "limit": 4, "after": after }))).expect("a page");
            assert_eq!((page.total.count, page.total.at_least), (13, false));
            walked.extend(page.items.into_iter().map(|item| item.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(walked, whole, "{sort}");
        let middle = sandbox.surface.certificate_list(ask(json!({ "sort": sort, "limit": 4, "position": 5 }))).expect("a page");
        assert_eq!(middle.items.into_iter().map(|item| item.id).collect::<Vec<_>>(), whole[5..9], "{sort}");
    }
    let soon = sandbox.surface.certificate_list(ask(json!({ "expiresWithinDays": 14, "sort": "ends" }))).expect("a list");
    let soon: Vec<_> = soon.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(
        soon,
        ["host-00.example.test", "host-01.example.test", "host-02.example.test", "host-03.example.test", "host-04.example.test"]
    );
}

#[test]
fn exports_are_what_their_names_say() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let count = |format: &str| sandbox.read_exported(&www.id, format).matches("BEGIN CERTIFICATE").count();
    assert_eq!((count("pem"), count("chain"), count("bundle")), (1, 2, 3));
    let der = sandbox.export(&www.id, "der", "www.der");
    openssl::openssl(&["x509", "-inform", "DER", "-in", &der, "-noout"]).assert_accepted();
    let p7 = sandbox.export(&www.id, "pkcs7", "www.p7b");
    let printed = openssl::openssl(&["pkcs7", "-inform", "DER", "-in", &p7, "-print_certs"]).assert_accepted();
    assert_eq!(printed.matches("BEGIN CERTIFICATE").count(), 3);
    sandbox.crl("Issuing");
    let der = sandbox.text("issuing.der");
    sandbox.surface.crl_export(ask(json!({ "authority": "Issuing", "out": der }))).expect("exported");
    openssl::openssl(&["crl", "-inform", "DER", "-in", &der, "-noout"]).assert_accepted();
}

/// What is exported as text.
trait Exported {
    fn read_exported(&self, certificate: &str, format: &str) -> String;
}

impl Exported for Sandbox {
    fn read_exported(&self, certificate: &str, format: &str) -> String {
        let file = format!("{format}.pem");
        self.export(certificate, format, &file);
        self.read(&file)
    }
}

#[test]
fn crl_numbers_rise_and_every_past_crl_can_be_had_again() {
    let sandbox = Sandbox::at_work();
    let mut seen = Vec::new();
    for round in 0..3 {
        let name = format!("host-{round}.example.test");
        let issued = sandbox.issue("Issuing", &[&name], "hosts").certificate;
        sandbox.revoke(&issued.id, &name, "superseded");
        sandbox.clock.advance(time::Duration::hours(1));
        let path = sandbox.crl("Issuing");
        seen.push(std::fs::read(path).expect("a CRL"));
    }
    let list = sandbox.surface.crl_list(ask(json!({ "authority": "Issuing" }))).expect("a list");
    let numbers: Vec<_> = list.items.iter().map(|item| serde_json::to_value(&item.number).expect("JSON")).collect();
    assert_eq!(numbers, [json!(3), json!(2), json!(1)]);
    for (number, bytes) in (1..).zip(&seen) {
        let request = json!({ "authority": "Issuing", "number": number.to_string(), "format": "pem", "out": sandbox.text("past.crl"), "overwrite": true });
        sandbox.surface.crl_export(ask(request)).expect("a past CRL");
        assert_eq!(&std::fs::read(sandbox.path("past.crl")).expect("a CRL"), bytes, "CRL {number}");
    }
}
