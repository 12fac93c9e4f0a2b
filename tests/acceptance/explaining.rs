//! Why a certificate is trusted or not: what is asked of a path, and what the registry knows of every certificate on it.

use api::ErrorCode;
use api::view::VerifyView;
use serde_json::{Value, json};
use suite::data::named;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

fn failed(view: &VerifyView) -> Vec<(&str, usize)> {
    view.checks.iter().filter(|check| check.result == "fail").map(|check| (check.check.as_str(), check.subject)).collect()
}

/// A path of NIST's suite, with what else is wished for.
fn nist(sandbox: &Sandbox, wishes: &[(&str, Value)]) -> Result<VerifyView, api::ApiError> {
    let file = |name: &str| named(&format!("pkits/{name}"));
    let mut request = json!({
        "path": file("certs/ValidCertificatePathTest1EE.crt"),
        "trust": [file("certs/TrustAnchorRootCertificate.crt")],
        "untrusted": [file("certs/GoodCACert.crt")],
    });
    for (field, value) in wishes {
        request[*field] = value.clone();
    }
    sandbox.surface.certificate_verify(ask(request))
}

#[test]
fn what_is_asked_of_policies_and_lists_is_kept_to() {
    let sandbox = Sandbox::at_work();
    let lists = json!([named("pkits/crls/GoodCACRL.crl"), named("pkits/crls/TrustAnchorRootCRL.crl")]);
    let own = json!(["2.16.840.1.101.3.2.1.48.1"]);
    let good = nist(&sandbox, &[("policies", own), ("requirePolicy", json!(true)), ("requireRevocation", json!(true)), ("crls", lists)]);
    let good = good.expect("a verdict");
    assert!(good.trusted, "{good:?}");
    assert!(good.checks.iter().any(|check| check.check == "policies" && check.detail.contains("2.16.840.1.101.3.2.1.48.1")));

    let other = nist(&sandbox, &[("policies", json!(["1.2.3"])), ("requirePolicy", json!(true))]).expect("a verdict");
    assert_eq!((other.trusted, failed(&other)), (false, vec![("policies", 0)]));
    // Without lists nothing is known: that refuses only if a list is required.
    assert!(nist(&sandbox, &[]).expect("a verdict").trusted);
    let uncleared = nist(&sandbox, &[("requireRevocation", json!(true))]).expect("a verdict");
    assert_eq!((uncleared.trusted, failed(&uncleared)), (false, vec![]));
    let wrong = refusal(nist(&sandbox, &[("policies", json!(["serverAuth"]))]));
    assert_eq!(wrong, ErrorCode::BadUsage);
}

#[test]
fn what_the_registry_revoked_refuses_every_path_over_it() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let verdict = || sandbox.surface.certificate_verify(ask(json!({ "certificate": www.id }))).expect("a verdict");
    assert!(verdict().trusted);
    let authorities = sandbox.surface.certificate_list(ask(json!({ "kind": "authority" }))).expect("a list").items;
    let issuing = authorities.iter().find(|row| row.name == "Acme Issuing CA").expect("the issuing authority");
    sandbox.revoke(&issuing.id, "Acme Issuing CA", "caCompromise");
    // No list says so yet.
    let refused = verdict();
    assert_eq!((refused.trusted, failed(&refused)), (false, vec![("registry", 1)]));
}
