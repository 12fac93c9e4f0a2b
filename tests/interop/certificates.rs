//! Certificates: every profile times every kind of key, on the CA's side and on the leaf's.

use serde_json::json;
use suite::judges::{gnutls, nss, openssl, webpki};
use suite::{Sandbox, pem};

use crate::KINDS;

/// `Root` and, below it, `Issuing`, both with this kind of key.
fn authorities(kind: &str) -> Sandbox {
    let sandbox = Sandbox::with_keyring();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Root,O=Acme", "key": kind }));
    sandbox.authority(json!({
        "name": "Issuing", "parent": "Root", "subject": "/DC=test/DC=acme/O=Acme/CN=Issuing", "key": kind, "pathLength": 0, "permit": ["dns:example.test"],
        "crlUrls": ["http://crl.example.test/issuing.crl"], "issuerUrls": ["http://crl.example.test/issuing.crt"], "ocspUrls": ["http://ocsp.example.test"],
    }));
    sandbox
}

/// One leaf judged by OpenSSL, GnuTLS and rustls, with CRLs; then changed, and refused by them.
fn judge(sandbox: &Sandbox, stem: &str, server: bool) {
    let (root, bundle) = (sandbox.export_root(), sandbox.bundle("Issuing", "bundle.pem"));
    let crls = [sandbox.text("Root.crl"), sandbox.text("Issuing.crl")];
    let both = sandbox.write("both.crl", [sandbox.read("Root.crl"), sandbox.read("Issuing.crl")].concat());
    let (leaf, chain) = (sandbox.text(&format!("{stem}.crt")), sandbox.text(&format!("{stem}.chain.pem")));
    let purpose = if server { "sslserver" } else { "sslclient" };
    openssl::verify_for(&bundle, &[&crls[0], &crls[1]], &leaf, &["-purpose", purpose]).assert_accepted();
    let whole = sandbox.write("whole.pem", [sandbox.read(&format!("{stem}.chain.pem")), sandbox.read("root.pem")].concat());
    gnutls::verify(&root, Some(&both), &whole).assert_accepted();

    let der = pem::only(&leaf, "CERTIFICATE");
    let above = pem::blocks(&std::fs::read_to_string(&chain).expect("a chain"), "CERTIFICATE").split_off(1);
    let lists: Vec<_> = crls.iter().map(|path| pem::only(path, "X509 CRL")).collect();
    let root_der = pem::only(&root, "CERTIFICATE");
    let host = server.then_some("www.example.test");
    webpki::verify(&root_der, &above, &lists, &der, host).unwrap_or_else(|error| panic!("{stem}: {error:?}"));

    // The last byte belongs to the signature, one in the middle to what is signed.
    for place in [der.len() - 1, der.len() / 2] {
        let mut changed = der.clone();
        changed[place] ^= 1;
        let path = sandbox.write("changed.der", &changed);
        let pem = sandbox.text("changed.pem");
        if openssl::openssl(&["x509", "-inform", "DER", "-in", &path, "-out", &pem]).accepted {
            assert!(!openssl::verify(&bundle, &[], &pem).accepted, "{stem}: OpenSSL takes it with byte {place} changed");
        }
        assert!(webpki::verify(&root_der, &above, &[], &changed, host).is_err(), "{stem}: rustls takes it with byte {place} changed");
    }
}

/// The root, exported.
trait ExportedRoot {
    fn export_root(&self) -> String;
}

impl ExportedRoot for Sandbox {
    fn export_root(&self) -> String {
        self.bundle("Root", "root.pem")
    }
}

#[test]
fn authorities_of_every_kind_of_key_issue_what_others_accept() {
    for kind in KINDS {
        let sandbox = authorities(kind);
        sandbox.issue_as(
            json!({ "authority": "Issuing", "names": ["www.example.test", "ip:192.0.2.1", "ip:2001:db8::1"], "mustStaple": true }),
            "out",
        );
        sandbox.issue_as(json!({ "authority": "Issuing", "profile": "tls-client", "names": ["dns:client.example.test"] }), "out");
        sandbox.crl("Root");
        sandbox.crl("Issuing");
        judge(&sandbox, "out/www.example.test", true);
        judge(&sandbox, "out/client.example.test", false);
    }
}

#[test]
fn leaves_of_every_kind_of_key_are_accepted() {
    let sandbox = authorities("ec-p384");
    sandbox.crl("Root");
    sandbox.crl("Issuing");
    for kind in KINDS {
        let (server, client) = (format!("{kind}-server"), format!("{kind}-client"));
        sandbox.issue_as(json!({ "authority": "Issuing", "key": kind, "names": ["www.example.test"] }), &server);
        sandbox.issue_as(
            json!({ "authority": "Issuing", "key": kind, "profile": "tls-client", "names": ["dns:client.example.test"] }),
            &client,
        );
        judge(&sandbox, &format!("{server}/www.example.test"), true);
        judge(&sandbox, &format!("{client}/client.example.test"), false);
    }
}

#[test]
fn nss_accepts_the_chain_and_refuses_the_wrong_purpose() {
    let sandbox = authorities("ec-p256");
    sandbox.issue("Issuing", &["www.example.test"], "out");
    let database = nss::Database::new();
    database.add("root", &sandbox.export_root(), true);
    let issuing = sandbox.surface.authority_show(suite::ask(json!({ "authority": "Issuing" }))).expect("an authority");
    database.add("issuing", &sandbox.write("issuing.pem", issuing.certificate.pem), false);
    database.add("www", &sandbox.text("out/www.example.test.crt"), false);
    database.verify("www", "V").assert_accepted();
    assert!(!database.verify("www", "C").accepted, "a server's certificate is not a client's");
}

#[test]
fn the_wrong_host_and_a_name_outside_the_constraints_are_refused() {
    let sandbox = authorities("ec-p256");
    sandbox.issue("Issuing", &["www.example.test"], "out");
    let root = pem::only(&sandbox.export_root(), "CERTIFICATE");
    let chain = pem::blocks(&sandbox.read("out/www.example.test.chain.pem"), "CERTIFICATE");
    let verify = |host| webpki::verify(&root, &chain[1..], &[], &chain[0], Some(host));
    verify("www.example.test").expect("its own host");
    assert!(verify("other.example.test").is_err());
    openssl::verify_for(
        &sandbox.bundle("Issuing", "b.pem"),
        &[],
        &sandbox.text("out/www.example.test.crt"),
        &["-verify_hostname", "other.example.test"],
    )
    .assert_refused("hostname mismatch");
}
