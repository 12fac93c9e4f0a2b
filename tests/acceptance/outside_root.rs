//! An authority of ours under a root that others run with `openssl ca`: the request, the answers that fit and those that do not.

use api::view::{AuthorityCsrView, AuthorityInstalledView, AuthorityView};
use api::{ApiError, ErrorCode};
use serde_json::{Value, json};
use suite::judges::{gnutls, java, openssl};
use suite::outside_root::{AS_ASKED, AS_LEAF, OutsideRoot, WITHOUT_CRL_SIGN, joined};
use suite::sandbox::{PASSPHRASE, refusal};
use suite::{Sandbox, ask};

const ROOT: &str = "/O=Example Corporation/CN=Corporate Root";
const SUBJECT: &str = "CN=Outside Issuing CA,O=Acme";

fn root(sandbox: &Sandbox) -> OutsideRoot {
    OutsideRoot::in_folder(sandbox.path("outside"), ROOT)
}

fn request(sandbox: &Sandbox) -> AuthorityCsrView {
    let wish = json!({ "name": "Issuing", "subject": SUBJECT, "key": "ec-p256", "pathLength": 0, "crlUrls": ["http://crl.example.test/issuing.crl"] });
    sandbox.surface.authority_request(ask(wish)).expect("a request")
}

fn csr(sandbox: &Sandbox, more: Value, file: &str) -> (AuthorityCsrView, String) {
    let mut wish = json!({ "authority": "Issuing", "out": sandbox.text(file) });
    wish.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    (sandbox.surface.authority_csr(ask(wish)).unwrap_or_else(|error| panic!("{error:?}")), sandbox.text(file))
}

fn install(sandbox: &Sandbox, path: &str) -> Result<AuthorityInstalledView, ApiError> {
    sandbox.surface.authority_install(ask(json!({ "authority": "Issuing", "path": path })))
}

fn shown(sandbox: &Sandbox) -> AuthorityView {
    sandbox.surface.authority_show(ask(json!({ "authority": "Issuing" }))).expect("an authority")
}

#[test]
fn an_outside_root_signs_and_the_authority_issues_revokes_and_answers() {
    let sandbox = Sandbox::with_keyring();
    let root = root(&sandbox);
    let made = request(&sandbox);
    assert!(made.waits && made.path_length == Some(0), "{made:?}");
    let list = sandbox.surface.authority_list(ask(json!({}))).expect("a list");
    assert_eq!((list.items.len(), list.waiting.len(), list.waiting[0].status.as_str()), (0, 1, "waiting"));
    let waits = json!({ "draft": { "authority": "Issuing", "names": ["www.example.test"] }, "handOver": { "out": sandbox.text("no"), "plainKey": true } });
    assert_eq!(refusal(sandbox.surface.certificate_issue(ask(waits))), ErrorCode::AwaitsCertificate);
    assert_eq!(refusal(sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" })))), ErrorCode::AwaitsCertificate);

    let change = json!({ "authority": "Issuing", "crlDays": 3 });
    assert_eq!(refusal(sandbox.surface.authority_set(ask(change))), ErrorCode::AwaitsCertificate);

    // Once for each key: the same bytes, also while the keys are locked.
    let (first, file) = csr(&sandbox, json!({}), "issuing.csr");
    sandbox.keyring.set_locked(true);
    let (second, again) = csr(&sandbox, json!({ "newKey": true }), "again.csr");
    sandbox.keyring.set_locked(false);
    assert_eq!((&first.pem, &first.pem, sandbox.read("issuing.csr")), (&second.pem, &made.pem, sandbox.read("again.csr")));
    assert_eq!(sandbox.keyring.names().len(), 2, "the key, and the secret of the log");
    let text = openssl::openssl(&["req", "-in", &again, "-noout", "-text", "-verify", "-nameopt", "RFC2253"]).assert_accepted();
    for said in ["CN=Outside Issuing CA,O=Acme", "CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", "Requested Extensions"] {
        assert!(text.contains(said), "{said}: {text}");
    }

    let certificate = root.sign(&file, AS_ASKED, &[], "issuing.pem");
    let answer = joined(&[&certificate, &root.certificate()], &sandbox.path("answer.pem"));
    let installed = install(&sandbox, &answer).expect("installed");
    assert!(installed.issuer_known && installed.taken.len() == 1, "{installed:?}");
    assert_eq!(installed.certificate.issuer.openssl, ROOT);
    let list = sandbox.surface.authority_list(ask(json!({}))).expect("a list");
    assert_eq!((list.items.len(), list.waiting.len()), (2, 0));
    let above = list.items.iter().find(|one| one.name == "Corporate Root").expect("the root's row");
    assert_eq!((above.key_location.as_str(), installed.authority.parent.as_ref()), ("elsewhere", Some(&above.id)));
    assert_eq!(refusal(install(&sandbox, &answer)), ErrorCode::AlreadyInstalled);

    let revoked = sandbox.issue("Issuing", &["old.example.test"], "old").certificate;
    sandbox.issue("Issuing", &["www.example.test"], "www");
    sandbox.revoke(&revoked.id, &revoked.name, "superseded");
    let (crl, bundle) = (sandbox.crl("Issuing"), sandbox.bundle("Issuing", "bundle.pem"));
    let crls = [root.crl(), crl];
    let crls: Vec<&str> = crls.iter().map(String::as_str).collect();
    openssl::verify(&bundle, &crls, &sandbox.text("www/www.example.test.crt")).assert_accepted();
    openssl::verify(&bundle, &crls, &sandbox.text("old/old.example.test.crt")).assert_refused("certificate revoked");
    let path = joined(&[&sandbox.text("www/www.example.test.crt"), &certificate], &sandbox.path("path.pem"));
    java::verify(&root.certificate(), &path, &crls).assert_accepted();
    gnutls::verify(&root.certificate(), None, &path).assert_accepted();
    sandbox.assert_audit_whole();
}

#[test]
fn an_answer_that_is_not_what_was_asked_for_is_refused() {
    let sandbox = Sandbox::with_keyring();
    let root = root(&sandbox);
    request(&sandbox);
    let (_, file) = csr(&sandbox, json!({}), "issuing.csr");
    let with_root = |certificate: &str, name: &str| joined(&[certificate, &root.certificate()], &sandbox.path(name));
    let another = root.request_of_another_key("/O=Acme/CN=Outside Issuing CA");
    let long_over = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"];
    let cases = [
        (root.sign(&another, AS_ASKED, &[], "another.pem"), ErrorCode::AnswerOfAnotherKey),
        (root.sign(&file, AS_ASKED, &["-subj", "/O=Acme/CN=Somebody Else"], "subject.pem"), ErrorCode::SubjectMismatch),
        (root.sign(&file, AS_LEAF, &[], "leaf.pem"), ErrorCode::UsageMissing),
        (root.sign(&file, WITHOUT_CRL_SIGN, &[], "no-crl.pem"), ErrorCode::UsageMissing),
        (root.sign(&file, AS_ASKED, &long_over, "over.pem"), ErrorCode::NotValidNow),
    ];
    for (certificate, code) in &cases {
        assert_eq!(refusal(install(&sandbox, &with_root(certificate, "answer.pem"))), *code, "{certificate}");
    }
    // One octet of the signature, and of the validity, changed under way.
    let good = root.sign(&file, AS_ASKED, &[], "good.pem");
    let der = openssl_der(&sandbox, &good);
    for (place, name) in [(der.len() - 3, "signature"), (position(&der, b"311121"), "validity")] {
        let mut tampered = der.clone();
        tampered[place] ^= 1;
        let path = sandbox.write(&format!("{name}.der"), &tampered);
        let text = openssl::openssl(&["x509", "-inform", "DER", "-in", &path]).assert_accepted();
        let text = text + &std::fs::read_to_string(root.certificate()).expect("the root");
        let outcome = sandbox.surface.authority_install(ask(json!({ "authority": "Issuing", "text": text })));
        assert_eq!(refusal(outcome), ErrorCode::NotTrusted, "{path}");
    }
    // Another root of the same name.
    let imposter = OutsideRoot::in_folder(sandbox.path("imposter"), ROOT);
    let mixed = joined(&[&good, &imposter.certificate()], &sandbox.path("mixed.pem"));
    assert_eq!(refusal(install(&sandbox, &mixed)), ErrorCode::NotTrusted);
    assert_eq!(sandbox.count(), 0);
    let refused = sandbox.surface.audit_list(ask(json!({ "refused": true, "limit": 100 }))).expect("a page");
    assert_eq!(refused.items.iter().filter(|row| row.action == "authority.install-refused").count(), 8);
    install(&sandbox, &with_root(&good, "answer.pem")).expect("the right one");
    sandbox.assert_audit_whole();
}

/// The certificate alone is taken, and the root when it comes.
#[test]
fn a_root_that_is_not_known_is_linked_when_it_comes() {
    let sandbox = Sandbox::with_vault();
    let root = root(&sandbox);
    request(&sandbox);
    let (_, file) = csr(&sandbox, json!({}), "issuing.csr");
    let certificate = root.sign(&file, AS_ASKED, &[], "issuing.pem");
    sandbox.close();
    sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    // No key is needed to take it in.
    let installed = install(&sandbox, &certificate).expect("installed");
    assert!(!installed.issuer_known && installed.taken.is_empty() && installed.authority.parent.is_none(), "{installed:?}");
    sandbox.surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE }))).expect("unlocked");
    let leaf = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let trusted = || sandbox.surface.certificate_verify(ask(json!({ "certificate": leaf.id }))).expect("a verdict").trusted;
    assert!(!trusted());
    sandbox.surface.import_run(ask(json!({ "paths": [root.certificate()] }))).expect("imported");
    assert!(trusted());
    assert!(shown(&sandbox).parent.is_some());
}

#[test]
fn the_same_key_is_certified_anew_and_a_new_one_follows_when_its_certificate_comes() {
    let sandbox = Sandbox::with_keyring();
    let root = root(&sandbox);
    request(&sandbox);
    let (made, file) = csr(&sandbox, json!({}), "issuing.csr");
    let first = root.sign(&file, AS_ASKED, &["-days", "100"], "first.pem");
    install(&sandbox, &joined(&[&first, &root.certificate()], &sandbox.path("first-answer.pem"))).expect("installed");
    let old = sandbox.issue("Issuing", &["old.example.test"], "old").certificate;
    let before = shown(&sandbox);

    // The same request, signed anew.
    let (again, file) = csr(&sandbox, json!({}), "again.csr");
    assert_eq!((again.pem, again.waits), (made.pem, false));
    let second = root.sign(&file, AS_ASKED, &["-days", "2000", "-startdate", "20261122110500Z"], "second.pem");
    let renewed = install(&sandbox, &second).expect("installed");
    assert!(renewed.issuer_known && renewed.taken.is_empty());
    assert_eq!(renewed.authority.certificate.id, renewed.certificate.id);
    assert_eq!((renewed.authority.generations.len(), renewed.authority.generations[0].certificates.len()), (1, 2));
    assert_ne!(renewed.certificate.not_after, before.certificate.not_after);

    // A new key waits while the one before goes on.
    let (new, file) = csr(&sandbox, json!({ "newKey": true, "key": "ec-p384" }), "new.csr");
    assert!(new.waits && new.generation == 2 && new.key == "ec-p384", "{new:?}");
    assert_eq!(csr(&sandbox, json!({ "newKey": true }), "new-again.csr").0.pem, new.pem);
    let issued = sandbox.issue("Issuing", &["between.example.test"], "between").certificate;
    assert_eq!(shown(&sandbox).certificate.id, renewed.certificate.id);
    let third = root.sign(&file, AS_ASKED, &[], "third.pem");
    let bundle = sandbox.text("third.p7b");
    openssl::openssl(&["crl2pkcs7", "-nocrl", "-certfile", &third, "-certfile", &root.certificate(), "-out", &bundle]).assert_accepted();
    let rekeyed = install(&sandbox, &bundle).expect("installed").authority;
    assert_eq!((rekeyed.generations.len(), rekeyed.generations[0].current, rekeyed.generations[0].number), (2, true, 2));
    assert_eq!(rekeyed.crl_urls, ["http://crl.example.test/issuing-2.crl"]);
    assert_eq!(rekeyed.generations[1].crl_urls, ["http://crl.example.test/issuing.crl"]);
    let new = sandbox.issue("Issuing", &["new.example.test"], "new").certificate;

    // Each key answers for what it has issued.
    sandbox.revoke(&old.id, &old.name, "superseded");
    sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("both CRLs");
    let export = |generation: u32, file: &str| {
        let wish = json!({ "authority": "Issuing", "generation": generation, "format": "pem", "out": sandbox.text(file) });
        sandbox.surface.crl_export(ask(wish)).expect("a CRL");
        sandbox.text(file)
    };
    let crls = [root.crl(), export(1, "one.crl"), export(2, "two.crl")];
    let crls: Vec<&str> = crls.iter().map(String::as_str).collect();
    let anchors = joined(&[&second, &third, &root.certificate()], &sandbox.path("anchors.pem"));
    for (certificate, refused) in [(&issued, false), (&new, false), (&old, true)] {
        let file = sandbox.export(&certificate.id, "pem", "leaf.pem");
        let verdict = openssl::verify(&anchors, &crls, &file);
        if refused {
            verdict.assert_refused("certificate revoked")
        } else {
            verdict.assert_accepted();
        }
    }
    sandbox.assert_audit_whole();
}

/// A certificate that was asked for by mistake is taken back, and that too.
#[test]
fn an_authority_that_waits_is_retired_and_put_back() {
    let sandbox = Sandbox::with_keyring();
    let root = root(&sandbox);
    request(&sandbox);
    // Its name is taken while it waits, whoever asks for it.
    let again = json!({ "name": " Issuing ", "subject": "CN=Another" });
    assert_eq!(refusal(sandbox.surface.authority_request(ask(again.clone()))), ErrorCode::NameTaken);
    assert_eq!(refusal(sandbox.surface.authority_create(ask(again))), ErrorCode::NameTaken);
    let (_, file) = csr(&sandbox, json!({}), "issuing.csr");
    let retire = || sandbox.surface.authority_retire(ask(json!({ "authority": "Issuing", "confirmation": "Issuing" })));
    assert_eq!(retire().expect("retired").name, "Issuing");
    assert_eq!(refusal(retire()), ErrorCode::AlreadyRetired);
    let list = sandbox.surface.authority_list(ask(json!({}))).expect("a list");
    assert_eq!((list.items.len(), list.waiting.len(), list.waiting[0].status.as_str()), (0, 1, "retired"));
    let answer = joined(&[&root.sign(&file, AS_ASKED, &[], "issuing.pem"), &root.certificate()], &sandbox.path("answer.pem"));
    assert_eq!(refusal(install(&sandbox, &answer)), ErrorCode::AuthorityUnusable);
    let acts = sandbox.surface.audit_list(ask(json!({ "limit": 500 }))).expect("a log").items;
    let retired = acts.iter().find(|row| row.action == "authority.retired").expect("in the log");
    sandbox.surface.registry_undo(ask(json!({ "sequence": retired.sequence }))).expect("undone");
    install(&sandbox, &answer).expect("installed");
    sandbox.issue("Issuing", &["www.example.test"], "www");
}

/// What anybody can make of a public key takes nothing over by being imported; what is installed does.
#[test]
fn an_import_never_puts_an_authority_under_another_one() {
    let sandbox = Sandbox::with_keyring();
    let root = root(&sandbox);
    request(&sandbox);
    let (_, file) = csr(&sandbox, json!({}), "issuing.csr");
    let first = root.sign(&file, AS_ASKED, &["-days", "100"], "first.pem");
    install(&sandbox, &joined(&[&first, &root.certificate()], &sandbox.path("answer.pem"))).expect("installed");
    let before = shown(&sandbox);

    let partner = OutsideRoot::in_folder(sandbox.path("partner"), "/O=Partner/CN=Partner Root");
    let evil = partner.sign(&file, AS_ASKED, &["-subj", "/CN=Evil", "-startdate", "20261122110600Z"], "evil.pem");
    let beside = partner.sign(&file, AS_ASKED, &["-startdate", "20261122110500Z"], "beside.pem");
    // Nobody vouches for it: what is known to be signed by its issuer does not give way to it unasked.
    assert_eq!(refusal(install(&sandbox, &beside)), ErrorCode::NotTrusted);
    sandbox.surface.import_run(ask(json!({ "paths": [evil, beside, partner.certificate()] }))).expect("imported");
    assert_eq!(shown(&sandbox).certificate.id, before.certificate.id);
    let leaf = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    assert_eq!(leaf.issuer.rfc4514, before.certificate.subject.rfc4514);

    // On purpose, although it has been here before.
    let installed = install(&sandbox, &beside).expect("installed");
    assert_eq!(shown(&sandbox).certificate.id, installed.certificate.id);
    assert_eq!(refusal(install(&sandbox, &beside)), ErrorCode::AlreadyInstalled);
    let back = install(&sandbox, &first).expect("installed again");
    assert_eq!((&back.certificate.id, &shown(&sandbox).certificate.id), (&before.certificate.id, &before.certificate.id));
    sandbox.assert_audit_whole();
}

/// A root of ours that an outside root certifies as well goes on under its own line.
#[test]
fn a_root_of_ours_gets_a_second_way_to_be_trusted() {
    let sandbox = Sandbox::with_keyring();
    let root = root(&sandbox);
    sandbox.authority(json!({ "name": "Issuing", "subject": SUBJECT, "key": "ec-p256" }));
    let before = shown(&sandbox).certificate;
    let (_, file) = csr(&sandbox, json!({}), "root.csr");
    let certificate = root.sign(&file, AS_ASKED, &[], "cross.pem");
    let installed = install(&sandbox, &joined(&[&certificate, &root.certificate()], &sandbox.path("answer.pem"))).expect("installed");
    assert_eq!((&installed.authority.certificate.id, installed.authority.parent), (&before.id, None));
    sandbox.issue("Issuing", &["www.example.test"], "www");
    let leaf = sandbox.text("www/www.example.test.crt");
    openssl::verify(&sandbox.bundle("Issuing", "own.pem"), &[], &leaf).assert_accepted();
    let both = joined(&[&certificate, &root.certificate()], &sandbox.path("theirs.pem"));
    openssl::verify(&both, &[], &leaf).assert_accepted();
}

#[test]
fn what_cannot_be_asked_for_leaves_no_key_behind() {
    let sandbox = Sandbox::at_work();
    let keys = || sandbox.keyring.names().len();
    let before = keys();
    let ask_for = |wish: Value| refusal(sandbox.surface.authority_request(ask(wish)));
    assert_eq!(ask_for(json!({ "name": "Root", "subject": "CN=Other" })), ErrorCode::NameTaken);
    assert_eq!(ask_for(json!({ "name": "Other", "subject": format!("CN={}", "long ".repeat(20)) })), ErrorCode::BadSubject);
    sandbox.keyring.set_locked(true);
    assert_eq!(ask_for(json!({ "name": "Other", "subject": "CN=Other" })), ErrorCode::Locked);
    let locked = json!({ "authority": "Root", "out": sandbox.text("root.csr") });
    assert_eq!(refusal(sandbox.surface.authority_csr(ask(locked))), ErrorCode::Locked);
    sandbox.keyring.set_locked(false);
    sandbox.write("there.csr", "somebody's");
    let over = json!({ "authority": "Root", "newKey": true, "out": sandbox.text("there.csr") });
    assert_eq!(refusal(sandbox.surface.authority_csr(ask(over))), ErrorCode::FileExists);
    assert_eq!(keys(), before);
    assert!(!sandbox.path("root.csr").exists());
    let list = sandbox.surface.authority_list(ask(json!({}))).expect("a list");
    assert_eq!((list.items.len(), list.waiting.len()), (2, 0));
    sandbox.assert_audit_whole();
}

fn openssl_der(sandbox: &Sandbox, path: &str) -> Vec<u8> {
    let out = sandbox.text("good.der");
    openssl::openssl(&["x509", "-in", path, "-outform", "DER", "-out", &out]).assert_accepted();
    std::fs::read(out).expect("DER")
}

fn position(der: &[u8], wanted: &[u8]) -> usize {
    der.windows(wanted.len()).position(|window| window == wanted).expect("the year of notAfter") + 1
}
