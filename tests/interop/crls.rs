//! CRLs: empty and full, by every kind of key.

use serde_json::json;
use suite::judges::{gnutls, nss, openssl};
use suite::{Sandbox, ask, pem};

use crate::KINDS;

#[test]
fn crls_of_every_kind_of_key_are_accepted_empty_and_full() {
    for kind in KINDS {
        let sandbox = Sandbox::with_keyring();
        sandbox.authority(json!({ "name": "Root", "subject": "CN=Root,O=Acme", "key": kind }));
        let root = sandbox.bundle("Root", "root.pem");
        for reason in [None, Some("keyCompromise"), Some("superseded"), Some("unspecified")] {
            if let Some(reason) = reason {
                let leaf = sandbox.issue("Root", &["www.example.test"], reason).certificate;
                sandbox.revoke(&leaf.id, "www.example.test", reason);
            }
            let crl = sandbox.crl("Root");
            openssl::openssl(&["crl", "-in", &crl, "-CAfile", &root, "-noout", "-verify"]).assert_accepted();
            gnutls::verify_crl(&root, &crl).assert_accepted();
            let text = openssl::crl_text(&crl);
            // RFC 5280 5.3.1: `unspecified` is written by writing nothing.
            assert!(!text.contains("Unspecified"), "{text}");
        }
        let crl = sandbox.text("Root.crl");
        assert_eq!(openssl::crl_text(&crl).matches("Serial Number:").count(), 3);
        let mut changed = pem::only(&crl, "X509 CRL");
        *changed.last_mut().expect("bytes") ^= 1;
        let changed = sandbox.write("changed.der", changed);
        let verdict = openssl::openssl(&["crl", "-inform", "DER", "-in", &changed, "-CAfile", &root, "-noout", "-verify"]);
        assert!(!verdict.accepted || verdict.said.contains("verify failure"), "{kind}: {}", verdict.said);
    }
}

#[test]
fn nss_takes_our_crl_and_then_refuses_what_it_lists() {
    let sandbox = Sandbox::with_keyring();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Root,O=Acme" }));
    let www = sandbox.issue("Root", &["www.example.test"], "out").certificate;
    sandbox.revoke(&www.id, "www.example.test", "keyCompromise");
    sandbox.crl("Root");
    let der = sandbox.text("root.der");
    sandbox.surface.crl_export(ask(json!({ "authority": "Root", "out": der }))).expect("exported");
    let database = nss::Database::new();
    database.add("root", &sandbox.bundle("Root", "root.pem"), true);
    database.add("www", &sandbox.text("out/www.example.test.crt"), false);
    database.verify("www", "V").assert_accepted();
    database.take_crl(&der).assert_accepted();
    assert!(!database.verify("www", "V").accepted, "NSS has the CRL and accepts what it lists");
}
