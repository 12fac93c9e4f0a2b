//! Another authority's key under one of ours: two ways to trust it, its bounds kept or narrower.

use api::ErrorCode;
use serde_json::{Value, json};
use suite::judges::{gnutls, java, openssl};
use suite::outside_root::joined;
use suite::sandbox::refusal;
use suite::{NOW, Sandbox, ask};

fn cross(sandbox: &Sandbox, signing: Value, confirmation: &str) -> Result<api::view::CrossSignedView, api::ApiError> {
    let request = json!({ "signing": signing, "confirmation": confirmation, "out": sandbox.text("cross.pem"), "overwrite": true });
    sandbox.surface.authority_cross_sign(ask(request))
}

#[test]
fn a_root_of_another_registry_is_trusted_through_ours_and_by_itself() {
    let (ours, theirs) = (Sandbox::at_work(), Sandbox::with_keyring());
    theirs
        .authority(json!({ "name": "Partner", "subject": "CN=Partner Root,O=Partner", "key": "ec-p256", "permit": ["dns:partner.test"] }));
    theirs.issue("Partner", &["www.partner.test"], "www");
    let (leaf, root) = (theirs.text("www/www.partner.test.crt"), theirs.bundle("Partner", "root.pem"));
    let signing =
        json!({ "authority": "Root", "path": root, "permit": ["dns:www.partner.test"], "exclude": ["dns:secret.www.partner.test"] });

    let plan = ours.surface.authority_cross_signing(ask(signing.clone())).expect("a plan");
    let told: Vec<_> = plan.preview.differences.iter().map(|one| one.name.clone().unwrap_or_else(|| one.field.clone())).collect();
    for name in ["issuer", "notAfter", "nameConstraints", "authorityKeyIdentifier"] {
        assert!(told.iter().any(|one| one == name), "{name} differs: {told:?}");
    }
    assert!(!told.iter().any(|one| ["subject", "key", "subjectKeyIdentifier"].contains(&one.as_str())), "{told:?}");
    assert_eq!(refusal(cross(&ours, signing.clone(), "yes")), ErrorCode::ConfirmationWrong);
    let signed = cross(&ours, signing, "Partner Root").expect("signed");
    assert_eq!(signed.certificate.subject.rfc4514, "CN=Partner Root,O=Partner");

    // Through ours, and by itself.
    let at = NOW.unix_timestamp().to_string();
    let (anchor, between) = (ours.bundle("Root", "ours.pem"), ours.text("cross.pem"));
    openssl::openssl(&["verify", "-x509_strict", "-attime", &at, "-CAfile", &anchor, "-untrusted", &between, &leaf]).assert_accepted();
    openssl::openssl(&["verify", "-x509_strict", "-attime", &at, "-CAfile", &root, &leaf]).assert_accepted();
    openssl::openssl(&["verify", "-x509_strict", "-attime", &at, "-CAfile", &anchor, &leaf]).assert_refused("unable to get local issuer");

    for (trusted, path) in [(&anchor, joined(&[&leaf, &between], &ours.path("path.pem"))), (&root, leaf.clone())] {
        java::verify(trusted, &path, &[]).assert_accepted();
        gnutls::verify(trusted, None, &path).assert_accepted();
    }
    java::verify(&root, &joined(&[&leaf, &between], &ours.path("wrong.pem")), &[]).assert_refused("");

    // Our own verification finds both ways, given theirs.
    let verify = |trust: Value| {
        let request = json!({ "path": leaf, "trust": trust, "untrusted": [between] });
        ours.surface.certificate_verify(ask(request)).expect("verified")
    };
    let both = verify(json!([anchor, root]));
    assert!(both.trusted && both.others.iter().any(|other| other.trusted), "{:?}", both.others.len());
    let lengths: Vec<_> =
        std::iter::once(both.path.len()).chain(both.others.iter().filter(|one| one.trusted).map(|one| one.path.len())).collect();
    assert!(lengths.contains(&2) && lengths.contains(&3), "{lengths:?}");

    // Revoked like anything else that was signed here; what trusts the other root itself is not touched by it.
    ours.revoke(&signed.certificate.id, "Partner Root", "cessationOfOperation");
    let crl = ours.crl("Root");
    let crls = ["-crl_check_all", "-CRLfile", &crl, "-CRLfile", &theirs.crl("Partner")];
    let judged = |anchors: &[&str]| openssl::openssl(&[&["verify", "-x509_strict", "-attime", &at][..], &crls, anchors, &[&leaf]].concat());
    judged(&["-CAfile", &anchor, "-untrusted", &between]).assert_refused("certificate revoked");
    judged(&["-CAfile", &root]).assert_accepted();
    ours.assert_audit_whole();
}

/// What cannot be written is found out before anything is signed.
#[test]
fn nothing_is_signed_for_a_file_that_cannot_be_written() {
    let (ours, theirs) = (Sandbox::at_work(), Sandbox::with_keyring());
    theirs.authority(json!({ "name": "Partner", "subject": "CN=Partner Root", "key": "ec-p256" }));
    let root = theirs.bundle("Partner", "root.pem");
    let before = ours.count();
    ours.write("there.pem", "somebody's");
    for (out, code) in [("nowhere/cross.pem", ErrorCode::FileNotFound), ("there.pem", ErrorCode::FileExists)] {
        let signing = json!({ "authority": "Root", "path": root });
        let request = json!({ "signing": signing, "confirmation": "Partner Root", "out": ours.text(out) });
        assert_eq!(refusal(ours.surface.authority_cross_sign(ask(request))), code);
    }
    assert_eq!(ours.count(), before);
    assert_eq!(ours.read("there.pem"), "somebody's");
}

#[test]
fn bounds_are_kept_or_narrowed_never_widened() {
    let (ours, theirs) = (Sandbox::at_work(), Sandbox::with_keyring());
    let wish =
        json!({ "name": "Partner", "subject": "CN=Partner Root", "key": "ec-p256", "pathLength": 1, "permit": ["dns:partner.test"] });
    theirs.authority(wish);
    let root = theirs.bundle("Partner", "root.pem");
    let attempt = |more: Value| {
        let mut signing = json!({ "authority": "Root", "path": root });
        signing.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        cross(&ours, signing, "Partner Root")
    };
    for wider in [json!({ "pathLength": 2 }), json!({ "permit": ["dns:other.test"] })] {
        assert_eq!(refusal(attempt(wider)), ErrorCode::WiderThanCertificate);
    }
    assert_eq!(refusal(attempt(json!({ "days": 36_500 }))), ErrorCode::OutlivesIssuer);
    attempt(json!({ "pathLength": 0 })).expect("signed");
    let text = openssl::certificate_text(&ours.text("cross.pem"));
    assert!(text.contains("CA:TRUE, pathlen:0") && text.contains("DNS:partner.test"), "{text}");
    let der = suite::pem::only(&root, "CERTIFICATE");
    let altered = ours.write("altered.der", [&der[..der.len() - 1], &[der[der.len() - 1] ^ 1]].concat());
    assert_eq!(refusal(cross(&ours, json!({ "authority": "Root", "path": altered }), "Partner Root")), ErrorCode::NotTrusted);
    // A leaf is no authority, and a key does not sign itself.
    ours.issue("Issuing", &["www.example.test"], "www");
    let leaf = json!({ "authority": "Root", "path": ours.text("www/www.example.test.crt") });
    assert_eq!(refusal(cross(&ours, leaf, "www.example.test")), ErrorCode::NotAnAuthority);
    let own = json!({ "authority": "Root", "path": ours.bundle("Root", "own.pem") });
    assert_eq!(refusal(cross(&ours, own, "Acme Root CA")), ErrorCode::NotAnAuthority);
}

/// An authority of ours that another one of ours has signed goes on issuing under its own line.
#[test]
fn the_own_line_stays_the_current_one() {
    let sandbox = Sandbox::at_work();
    let before = sandbox.authority(json!({ "name": "Second", "subject": "CN=Second Root", "key": "ec-p256" })).certificate;
    sandbox.clock.set(NOW + time::Duration::days(1));
    let cross_certificate =
        cross(&sandbox, json!({ "authority": "Root", "certificate": before.id }), "Second Root").expect("signed").certificate;
    let view = sandbox.surface.authority_show(ask(json!({ "authority": "Second" }))).expect("shown");
    assert_eq!((&view.certificate.id, view.status.as_str()), (&before.id, "valid"));
    assert_eq!(view.generations[0].certificates, [before.id.clone(), cross_certificate.id.clone()]);
    let leaf = sandbox.issue("Second", &["www.example.test"], "www").certificate;
    let detail = sandbox.surface.certificate_show(ask(json!({ "certificate": leaf.id }))).expect("shown");
    let chain: Vec<_> = detail.chain.iter().map(|link| link.name.as_str()).collect();
    assert_eq!(chain, ["Second Root", "www.example.test"]);
    let verified = sandbox.surface.certificate_verify(ask(json!({ "certificate": leaf.id }))).expect("verified");
    assert!(verified.trusted && verified.others.iter().any(|other| other.trusted), "both ways lead to trust");
}
