//! PSS: authorities whose `rsaEncryption` key signs so, and imported ones whose key may do nothing else.

use serde_json::json;
use suite::data::named;
use suite::judges::{gnutls, java, nss, openssl};
use suite::{Sandbox, ask, pem};

/// The parameters that everybody takes: one hash, as much salt as it is long (RFC 4055 3.1).
fn assert_signed_with_pss(text: &str, hash: &str, salt: &str) {
    for said in [
        "Signature Algorithm: rsassaPss",
        &format!("Hash Algorithm: {hash}"),
        &format!("mgf1 with {hash}"),
        &format!("Salt Length: {salt}"),
    ] {
        assert!(text.contains(said), "{said:?} is not in {text}");
    }
}

#[test]
fn every_judge_takes_an_authority_that_signs_with_pss() {
    let sandbox = Sandbox::with_keyring();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Root,O=Acme", "key": "rsa-pss-3072" }));
    sandbox
        .authority(json!({ "name": "Issuing", "parent": "Root", "subject": "CN=Issuing,O=Acme", "key": "rsa-pss-3072", "pathLength": 0 }));
    let www = sandbox.issue("Issuing", &["www.example.test"], "out").certificate;
    let (root, bundle) = (sandbox.bundle("Root", "root.pem"), sandbox.bundle("Issuing", "bundle.pem"));
    let crls = [sandbox.crl("Root"), sandbox.crl("Issuing")];
    let (leaf, chain) = (sandbox.text("out/www.example.test.crt"), sandbox.text("out/www.example.test.chain.pem"));
    assert_signed_with_pss(&openssl::certificate_text(&leaf), "sha256", "0x20");
    assert_signed_with_pss(&openssl::certificate_text(&root), "sha256", "0x20");
    assert_signed_with_pss(&openssl::crl_text(&crls[0]), "sha256", "0x20");
    assert!(openssl::certificate_text(&root).contains("Public Key Algorithm: rsaEncryption"));

    openssl::verify(&bundle, &[&crls[0], &crls[1]], &leaf).assert_accepted();
    gnutls::verify_crl(&root, &crls[0]).assert_accepted();
    java::verify(&root, &chain, &[&crls[0], &crls[1]]).assert_accepted();
    let database = nss::Database::new();
    database.add("root", &root, true);
    let issuing = sandbox.surface.authority_show(ask(json!({ "authority": "Issuing" }))).expect("an authority");
    database.add("issuing", &sandbox.write("issuing.pem", issuing.certificate.pem), false);
    database.add("www", &leaf, false);
    database.verify("www", "V").assert_accepted();

    sandbox.revoke(&www.id, "www.example.test", "keyCompromise");
    let crl = sandbox.crl("Issuing");
    java::verify(&root, &chain, &[&crls[0], &crl]).assert_refused("revoked");
    let der = sandbox.write("issuing.crl.der", pem::only(&crl, "X509 CRL"));
    database.take_crl(&der).assert_accepted();
    assert!(!database.verify("www", "V").accepted, "NSS has the CRL and accepts what it lists");
}

#[test]
fn an_imported_authority_whose_key_is_bound_to_pss_goes_on() {
    let sandbox = Sandbox::with_keyring();
    let taken = sandbox.surface.import_run(ask(json!({ "paths": [named("keystores/pss-authority.pem")] }))).expect("taken").taken;
    assert_eq!((taken.certificates, taken.keys), (1, 1));
    sandbox.issue("PSS Root", &["www.example.test"], "out");
    let (root, crl) = (sandbox.bundle("PSS Root", "root.pem"), sandbox.crl("PSS Root"));
    let (leaf, chain) = (sandbox.text("out/www.example.test.crt"), sandbox.text("out/www.example.test.chain.pem"));
    // Bound to SHA-384, so that is what it signs with.
    assert_signed_with_pss(&openssl::certificate_text(&leaf), "sha384", "0x30");
    openssl::verify_leniently(&root, &[&crl], &leaf).assert_accepted();
    java::verify(&root, &chain, &[&crl]).assert_accepted();
    gnutls::verify_crl(&root, &crl).assert_accepted();
}
