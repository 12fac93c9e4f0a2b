//! Folders of other programs, taken as they lie there.

use serde_json::json;
use suite::data::named;
use suite::judges::openssl;
use suite::{Sandbox, ask};

fn states(sandbox: &Sandbox) -> (usize, usize) {
    let leaves = sandbox.surface.certificate_list(ask(json!({ "kind": "leaf" }))).expect("a list").items;
    (leaves.len(), leaves.iter().filter(|leaf| leaf.status == "revoked").count())
}

#[test]
fn an_easyrsa_folder_goes_on_as_an_authority() {
    let sandbox = Sandbox::with_keyring();
    let request = json!({ "paths": [named("easyrsa")] });
    let run = sandbox.surface.import_run(ask(request.clone())).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!((run.taken.certificates, run.taken.crls, run.taken.revocations), (7, 1, 2), "{run:?}");
    assert!(run.refused.is_empty(), "{:?}", run.refused);
    assert_eq!(states(&sandbox), (6, 2));
    let authority = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items.remove(0);
    assert_eq!(authority.key_state, "ready");
    sandbox.issue(&authority.name, &["new.example.test"], "new");
    let crl = sandbox.crl(&authority.name);
    let ca = named("easyrsa/ca.crt");
    // easy-rsa does not mark the CA's basicConstraints critical: strictly, OpenSSL refuses that, and nothing else.
    openssl::verify(&ca, &[&crl], &sandbox.text("new/new.example.test.crt"))
        .assert_refused("Basic Constraints of CA cert not marked critical");
    openssl::verify_leniently(&ca, &[&crl], &sandbox.text("new/new.example.test.crt")).assert_accepted();
    assert_eq!(openssl::crl_text(&crl).matches("Serial Number:").count(), 2);
    let again = sandbox.surface.import_run(ask(request)).expect("nothing");
    assert_eq!((again.taken.certificates, again.taken.keys, again.taken.crls, again.taken.revocations), (0, 0, 0, 0));
}

#[test]
fn a_tiny_ca_folder_goes_on_as_an_authority() {
    let sandbox = Sandbox::with_keyring();
    let request = json!({ "paths": [named("tiny-ca")] });
    let run = sandbox.surface.import_run(ask(request.clone())).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!((run.taken.certificates, run.taken.crls, run.taken.revocations), (6, 1, 2), "{run:?}");
    assert_eq!(states(&sandbox), (5, 2));
    let authority = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items.remove(0);
    sandbox.issue(&authority.name, &["new.example.test"], "new");
    let crl = sandbox.crl(&authority.name);
    let ca = sandbox.export(&authority.certificate.id, "pem", "ca.pem");
    openssl::verify(&ca, &[&crl], &sandbox.text("new/new.example.test.crt")).assert_accepted();
    assert_eq!(openssl::crl_text(&crl).matches("Serial Number:").count(), 2);
    let again = sandbox.surface.import_run(ask(request)).expect("nothing");
    assert_eq!((again.taken.certificates, again.taken.keys, again.taken.crls, again.taken.revocations), (0, 0, 0, 0), "{again:?}");
}
