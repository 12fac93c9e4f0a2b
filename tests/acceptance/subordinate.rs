//! An authority whose key another program holds: its request, answered by one of ours.

use api::ErrorCode;
use api::view::IssuedView;
use serde_json::{Value, json};
use suite::judges::openssl;
use suite::sandbox::refusal;
use suite::{NOW, Sandbox, ask};

const ASKS: &str = "[req]
distinguished_name = none
req_extensions = asked
[none]
[asked]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
nameConstraints = critical,permitted;DNS:field.example.test
[plain]
[leaf]
basicConstraints = CA:FALSE
";

/// A request of OpenSSL with these extensions; gives its file, and leaves the key beside it.
fn request(sandbox: &Sandbox, extensions: &str, stem: &str) -> String {
    let configuration = sandbox.write("asks.cnf", ASKS);
    let (key, file) = (sandbox.text(&format!("{stem}.key")), sandbox.text(&format!("{stem}.csr")));
    let made = ["req", "-new", "-config", &configuration, "-reqexts", extensions, "-subj", "/O=Field/CN=Field CA", "-out", &file];
    let of = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", &key];
    openssl::openssl(&[&made[..], &of[..]].concat()).assert_accepted();
    file
}

fn draft(file: &str, authority: &str) -> Value {
    json!({ "authority": authority, "profile": "intermediate", "request": std::fs::read_to_string(file).expect("a request") })
}

fn issue(sandbox: &Sandbox, draft: &Value, out: &str) -> Result<IssuedView, api::ApiError> {
    sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": { "out": sandbox.text(out) } })))
}

#[test]
fn the_request_of_another_program_becomes_an_authority_below_ours() {
    let sandbox = Sandbox::at_work();
    let authorities = || sandbox.surface.authority_list(ask(json!({}))).expect("a list").items.len();
    let before = authorities();
    let file = request(&sandbox, "asked", "field");
    let issued = issue(&sandbox, &draft(&file, "Root"), "field.pem").expect("issued").certificate;
    assert_eq!((issued.kind.as_str(), issued.profile.as_deref(), issued.key.held), ("authority", Some("intermediate"), false));
    assert_eq!((issued.subject.openssl.as_str(), authorities()), ("/O=Field/CN=Field CA", before));
    let text = openssl::certificate_text(&sandbox.text("field.pem"));
    for said in ["CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", "DNS:field.example.test", "X509v3 Name Constraints: critical"] {
        assert!(text.contains(said), "{said}: {text}");
    }

    // It issues elsewhere, within its bounds and not beyond.
    let at = NOW.unix_timestamp().to_string();
    let root = sandbox.bundle("Root", "root.pem");
    let (field, key) = (sandbox.text("field.pem"), sandbox.text("field.key"));
    let leaf = |name: &str| {
        let (key_file, csr, out) = (sandbox.text("leaf.key"), sandbox.text("leaf.csr"), sandbox.text(&format!("{name}.pem")));
        let alt = sandbox.write("alt.cnf", format!("subjectAltName = DNS:{name}\n"));
        let configuration = sandbox.text("asks.cnf");
        let subject = format!("/CN={name}");
        let of = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", &key_file];
        let made = ["req", "-new", "-config", &configuration, "-reqexts", "plain", "-subj", &subject, "-out", &csr];
        openssl::openssl(&[&made[..], &of[..]].concat()).assert_accepted();
        let signed =
            ["x509", "-req", "-in", &csr, "-CA", &field, "-CAkey", &key, "-CAcreateserial", "-days", "30", "-extfile", &alt, "-out", &out];
        openssl::an_hour_before(&signed).assert_accepted();
        out
    };
    let judged = |file: &str| openssl::openssl(&["verify", "-attime", &at, "-CAfile", &root, "-untrusted", &field, file]);
    judged(&leaf("www.field.example.test")).assert_accepted();
    judged(&leaf("www.other.example.test")).assert_refused("permitted subtree violation");

    // Revoked like anything else that was signed here.
    sandbox.revoke(&issued.id, &issued.name, "cessationOfOperation");
    let crl = sandbox.crl("Root");
    openssl::openssl(&["verify", "-attime", &at, "-crl_check", "-CAfile", &root, "-CRLfile", &crl, &field])
        .assert_refused("certificate revoked");
    sandbox.assert_audit_whole();
}

#[test]
fn what_nobody_asks_for_is_bound_by_the_issuer_alone() {
    let sandbox = Sandbox::with_keyring();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Root", "key": "ec-p256", "pathLength": 1 }));
    let file = request(&sandbox, "plain", "field");
    issue(&sandbox, &draft(&file, "Root"), "field.pem").expect("issued");
    let text = openssl::certificate_text(&sandbox.text("field.pem"));
    assert!(text.contains("CA:TRUE, pathlen:0") && !text.contains("Name Constraints"), "{text}");
}

#[test]
fn an_authority_is_signed_only_for_who_asks_and_only_where_one_may_follow() {
    let sandbox = Sandbox::at_work();
    let (asked, leaf) = (request(&sandbox, "asked", "field"), request(&sandbox, "leaf", "leaf"));
    let before = sandbox.count();
    let attempt = |draft: Value| refusal(issue(&sandbox, &draft, "no.pem"));
    assert_eq!(attempt(draft(&asked, "Issuing")), ErrorCode::PathLengthExceeded);
    assert_eq!(attempt(draft(&leaf, "Root")), ErrorCode::RefusedByProfile);
    let mut root = draft(&asked, "Root");
    root["profile"] = json!("root");
    assert_eq!(attempt(root), ErrorCode::RefusedByProfile);
    let made = json!({ "draft": { "authority": "Root", "profile": "intermediate", "subject": "CN=Made" }, "handOver": { "out": sandbox.text("no"), "plainKey": true } });
    assert_eq!(refusal(sandbox.surface.certificate_issue(ask(made))), ErrorCode::BadUsage);
    let own = json!({ "authority": "Root", "out": sandbox.text("own.csr") });
    sandbox.surface.authority_csr(ask(own)).expect("a request");
    assert_eq!(attempt(draft(&sandbox.text("own.csr"), "Root")), ErrorCode::NotAnAuthority);
    assert_eq!(sandbox.count(), before);
}

/// The request of an authority that has its own line is answered with a second way to trust it, and takes nothing over.
#[test]
fn an_authority_of_ours_goes_on_under_its_own_line() {
    let sandbox = Sandbox::at_work();
    let own = sandbox.authority(json!({ "name": "Second", "subject": "CN=Second Root", "key": "ec-p256" })).certificate;
    sandbox.surface.authority_csr(ask(json!({ "authority": "Second", "out": sandbox.text("second.csr") }))).expect("a request");
    sandbox.clock.set(NOW + time::Duration::days(1));
    let issued = issue(&sandbox, &draft(&sandbox.text("second.csr"), "Root"), "second.pem").expect("issued").certificate;
    assert_eq!((issued.profile.as_deref(), issued.key.held), (Some("cross-certificate"), true));
    let shown = sandbox.surface.authority_show(ask(json!({ "authority": "Second" }))).expect("an authority");
    assert_eq!((shown.certificate.id, shown.parent), (own.id, None));
}

/// The inbox judges a request by the profile as well, and is settled by the certificate.
#[test]
fn the_inbox_offers_the_same() {
    let sandbox = Sandbox::at_work();
    let file = request(&sandbox, "asked", "field");
    let added = sandbox.surface.request_add(ask(json!({ "paths": [file] }))).expect("added");
    let id = added.items[0].id.clone().expect("an id");
    let root = sandbox.surface.authority_show(ask(json!({ "authority": "Root" }))).expect("an authority").id;
    let judge = json!({ "request": id, "authority": root, "profile": "intermediate" });
    let judged = sandbox.surface.request_show(ask(judge)).expect("judged");
    assert_eq!((judged.profile.as_deref(), judged.refusal.is_none()), (Some("intermediate"), true));
    let fate = |name: &str| judged.difference.iter().find(|row| row.label == name).map(|row| row.fate.as_str());
    assert_eq!((fate("basicConstraints"), fate("nameConstraints"), fate("keyUsage")), (Some("taken"), Some("taken"), Some("taken")));
    issue(&sandbox, &draft(&file, "Root"), "field.pem").expect("issued");
    let shown = sandbox.surface.request_show(ask(json!({ "request": id }))).expect("shown");
    assert_eq!(shown.request.state, "issued");
}
