//! A CRL lists every revocation that is in force: none that a wrong clock has ended leaves it, and none whose entry is gone is passed over.

use api::ErrorCode;
use serde_json::json;
use suite::damage::clock::listed;
use suite::judges::sqlite::sqlite;
use suite::sandbox::refusal;
use suite::{NOW, Sandbox, ask};
use time::Duration;

const YEAR: Duration = Duration::days(365);

/// A registry with two revocations, one CRL that lists them, and their serials.
fn with_revocations() -> (Sandbox, std::collections::BTreeSet<Vec<u8>>) {
    let sandbox = Sandbox::at_work();
    for name in ["one.example.test", "two.example.test"] {
        let certificate = sandbox.issue("Issuing", &[name], name).certificate;
        sandbox.revoke(&certificate.id, name, "keyCompromise");
    }
    build(&sandbox);
    let revoked = listed(&sandbox);
    assert_eq!(revoked.len(), 2);
    (sandbox, revoked)
}

fn build(sandbox: &Sandbox) {
    sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
}

/// The codes of what a check finds.
fn found(sandbox: &Sandbox) -> Vec<String> {
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
    check.findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn what_a_clock_that_was_ahead_has_ended_is_listed_again() {
    for years in [5, 50] {
        let (sandbox, revoked) = with_revocations();
        sandbox.clock.set(NOW + YEAR * years);
        build(&sandbox);
        assert_eq!(listed(&sandbox), revoked, "one last time");
        sandbox.clock.set(NOW);
        sandbox.surface.clock_confirm(ask(json!({}))).expect("confirmed");
        build(&sandbox);
        assert_eq!(listed(&sandbox), revoked, "{years} years: the certificates are still valid");
        assert_eq!(found(&sandbox), Vec::<String>::new(), "and each past CRL can be put together as it was");

        // After their end they are listed one last time, and then no more.
        sandbox.clock.set(NOW + YEAR * 2);
        build(&sandbox);
        assert_eq!(listed(&sandbox), revoked);
        build(&sandbox);
        assert_eq!(listed(&sandbox).len(), 0);
        assert_eq!(found(&sandbox), Vec::<String>::new());
    }
}

#[test]
fn an_entry_that_ended_too_early_is_told_and_the_next_crl_lists_it() {
    let (sandbox, revoked) = with_revocations();
    let file = sandbox.text("acme.chancery");
    sqlite(&file, "UPDATE crl_entries SET last_crl = first_crl, closed = 'expired'");
    assert_eq!(found(&sandbox), ["revocation_unlisted"; 2]);
    build(&sandbox);
    assert_eq!(listed(&sandbox), revoked);
    assert_eq!(found(&sandbox), Vec::<String>::new());
}

#[test]
fn no_crl_is_signed_that_lacks_a_revocation() {
    let (sandbox, revoked) = with_revocations();
    let file = sandbox.text("acme.chancery");
    sqlite(&file, "DELETE FROM crl_entries WHERE id = (SELECT max(id) FROM crl_entries)");
    assert!(found(&sandbox).contains(&"revocation_unlisted".to_owned()));
    let intents = "SELECT count(*) FROM intents";
    let before = sqlite(&file, intents);
    let refused = sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" })));
    assert_eq!(refusal(refused), ErrorCode::RegistryDamaged);
    assert_eq!(sqlite(&file, intents), before, "no number was used");
    assert_eq!(listed(&sandbox), revoked, "the one before stays current");
}
