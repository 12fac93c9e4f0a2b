//! Files that are shown without being taken in, with a registry and without.

use api::ErrorCode;
use api::request::Nothing;
use api::view::{ImportCounts, OpenedFile, OpenedObject};
use serde_json::{Value, json};
use suite::data::{data, named};
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

fn shown(sandbox: &Sandbox, request: Value) -> OpenedFile {
    sandbox.surface.file_show(ask(request.clone())).unwrap_or_else(|error| panic!("{request}: {error:?}"))
}

fn counts(found: &ImportCounts) -> (u32, u32, u32, u32) {
    (found.certificates, found.requests, found.crls, found.keys)
}

fn only(mut file: OpenedFile) -> OpenedObject {
    assert_eq!((file.holds.as_str(), file.total, file.items.len()), ("objects", 1, 1), "{file:?}");
    file.items.remove(0)
}

#[test]
fn each_kind_is_shown_without_a_registry_and_nothing_is_taken() {
    let sandbox = Sandbox::empty();
    assert_eq!(refusal(sandbox.surface.registry_status(Nothing {})), ErrorCode::NoRegistryOpen);
    let certificate = only(shown(&sandbox, json!({ "path": named("openssl-ca/issuing/www.crt") })));
    let detail = certificate.certificate.expect("a certificate");
    assert_eq!((certificate.kind.as_str(), certificate.known, certificate.id), ("certificate", false, None));
    assert!(!detail.extensions.is_empty() && detail.certificate.pem.starts_with("-----BEGIN CERTIFICATE-----"), "{detail:?}");
    let request = only(shown(&sandbox, json!({ "path": named("openssl-ca/issuing/www.csr") })));
    assert_eq!(request.kind, "request");
    assert!(request.request.expect("a request").names.iter().any(|name| name.starts_with("dns:www.")));
    let key = only(shown(&sandbox, json!({ "path": named("keystores/ed25519.pem") })));
    let view = key.key.expect("a key");
    assert_eq!((key.kind.as_str(), view.kind.as_str(), view.certificate), ("key", "ed25519", None));
    let folder = std::fs::read_dir(data("openssl-ca/issuing/crl")).expect("a folder");
    let crl = folder.flatten().map(|entry| entry.path()).next().expect("a CRL");
    let crl = only(shown(&sandbox, json!({ "path": crl })));
    let view = crl.crl.expect("a CRL");
    // Nobody here knows who signed it.
    assert_eq!((crl.kind.as_str(), view.signature.as_str(), view.items.len()), ("crl", "unknown", 0));
    assert!(view.entries > 0);
}

#[test]
fn a_key_store_opens_with_its_password_and_says_whose_the_key_is() {
    let sandbox = Sandbox::empty();
    let path = named("keystores/modern.p12");
    for (passwords, tried) in [(&[][..], false), (&["wrong"][..], true)] {
        let file = shown(&sandbox, json!({ "path": path, "passwords": passwords }));
        assert_eq!((file.locked, counts(&file.found)), (1, (0, 0, 0, 0)), "{file:?}");
        let object = only(file);
        assert_eq!((object.locked, object.tried), (true, tried));
        assert!(object.problem.is_some_and(|problem| problem.contains("password")));
    }
    let file = shown(&sandbox, json!({ "path": path, "passwords": ["wrong", "changeit"] }));
    assert_eq!((file.locked, file.found.keys), (0, 1), "{file:?}");
    let key = file.items.iter().find_map(|item| item.key.as_ref()).expect("the key");
    let names: Vec<_> = file.items.iter().filter_map(|item| item.certificate.as_ref()).map(|one| one.certificate.name.as_str()).collect();
    assert!(key.certificate.as_deref().is_some_and(|name| names.contains(&name)), "{key:?} of {names:?}");
}

#[test]
fn what_the_registry_has_is_marked_and_a_revocation_shows() {
    let sandbox = Sandbox::at_work();
    let one = sandbox.issue("Issuing", &["shown.example.test"], "shown").certificate;
    let pem = sandbox.export(&one.id, "pem", "one.pem");
    let known = only(shown(&sandbox, json!({ "path": pem })));
    assert_eq!((known.known, known.id.as_deref()), (true, Some(one.id.as_str())));
    sandbox.revoke(&one.id, &one.name, "keyCompromise");
    let revoked = only(shown(&sandbox, json!({ "path": pem })));
    assert_eq!(revoked.certificate.map(|detail| detail.certificate.status).as_deref(), Some("revoked"));
    let crl = only(shown(&sandbox, json!({ "path": sandbox.crl("Issuing") })));
    assert!(crl.known && crl.id.is_some(), "{crl:?}");
    assert_eq!(crl.crl.map(|view| view.signature).as_deref(), Some("valid"));
    let stranger = only(shown(&sandbox, json!({ "path": named("openssl-ca/issuing/www.crt") })));
    assert!(!stranger.known);
}

#[test]
fn a_text_is_shown_in_pages_and_verified_as_it_stands() {
    let sandbox = Sandbox::at_work();
    let text = std::fs::read_to_string(data("keystores/bundle.pem")).expect("a bundle");
    let whole = shown(&sandbox, json!({ "text": text }));
    assert!(whole.total > 2 && whole.next.is_none(), "{whole:?}");
    assert_eq!(whole.items.len(), usize::try_from(whole.total).expect("a length"));
    let first = shown(&sandbox, json!({ "text": text, "limit": 2 }));
    assert_eq!((first.total, first.items.len(), first.next.as_deref()), (whole.total, 2, Some("2")));
    let rest = shown(&sandbox, json!({ "text": text, "after": first.next }));
    assert_eq!((rest.items.len() + 2, rest.next.as_deref()), (whole.items.len(), None));
    let labels = |file: &OpenedFile| file.items.iter().map(|item| item.label.clone()).collect::<Vec<_>>();
    assert_eq!([labels(&first), labels(&rest)].concat(), labels(&whole));
    let bad = json!({ "text": text, "after": "x" });
    assert_eq!(refusal(sandbox.surface.file_show(ask(bad))), ErrorCode::BadCursor);
    let mut certificates = whole.items.iter().filter_map(|item| item.certificate.as_ref());
    let leaf = certificates.find(|detail| detail.certificate.kind == "leaf").expect("a leaf");
    let asked = json!({ "text": format!("{}{text}", leaf.certificate.pem) });
    let verdict = sandbox.surface.certificate_verify(ask(asked)).expect("a verdict");
    // Its issuers stand behind it in the text; nobody here trusts them.
    assert!(!verdict.trusted && verdict.path.len() > 1, "{verdict:?}");
    assert!(!sandbox.surface.certificate_asn1(ask(json!({ "text": text }))).expect("rows").rows.is_empty());
}

#[test]
fn what_is_not_shown_piece_by_piece_is_named() {
    let sandbox = Sandbox::with_keyring();
    let holds = |request: Value| shown(&sandbox, request).holds;
    assert_eq!(holds(json!({ "path": named("openssl-ca") })), "folder");
    assert_eq!(holds(json!({ "path": named("xca/acme.xdb") })), "database");
    let open = sandbox.surface.registry_status(Nothing {}).expect("a status").path;
    assert_eq!(holds(json!({ "path": open })), "open-registry");
    sandbox.close();
    assert_eq!(holds(json!({ "path": open })), "registry");
    assert_eq!(holds(json!({ "path": sandbox.write("notes.txt", "Monday: renew the certificates.\n") })), "nothing");
    assert_eq!(holds(json!({ "text": "nothing" })), "nothing");
    let refused = |request: Value| refusal(sandbox.surface.file_show(ask(request)));
    assert_eq!(refused(json!({ "path": named("keystores/empty.pem") })), ErrorCode::FileEmpty);
    assert_eq!(refused(json!({ "path": sandbox.text("nowhere") })), ErrorCode::FileNotFound);
    assert_eq!(refused(json!({})), ErrorCode::BadUsage);
    let cut = only(shown(&sandbox, json!({ "path": named("keystores/truncated.pem") })));
    assert_eq!((cut.kind.as_str(), cut.locked), ("unknown", false));
    assert!(cut.problem.is_some_and(|problem| problem.contains("ends too early")));
}
