//! The clock goes back ten years or forward fifty: nothing is dated wrongly without a person's word, and CRL numbers go on rising.

use std::collections::BTreeSet;

use api::request::Nothing;
use api::{ApiError, ErrorCode};
use pki::crl::Crl;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::{NOW, Sandbox, ask};

const YEAR: Duration = Duration::days(365);

/// Number and time of a new CRL.
fn crl(sandbox: &Sandbox) -> Result<(u64, OffsetDateTime), ApiError> {
    let built = sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" })))?;
    let at = OffsetDateTime::parse(&built.this_update, &time::format_description::well_known::Rfc3339).expect("a time");
    Ok((serde_json::to_value(&built.number).expect("JSON").to_string().trim_matches('"').parse().expect("a number"), at))
}

fn issued(sandbox: &Sandbox, name: &str) -> Result<String, ApiError> {
    let request =
        json!({ "draft": { "authority": "Issuing", "names": [name] }, "handOver": { "out": sandbox.text(name), "plainKey": true } });
    Ok(sandbox.surface.certificate_issue(ask(request))?.certificate.id)
}

/// The serials on the newest CRL.
pub fn listed(sandbox: &Sandbox) -> BTreeSet<Vec<u8>> {
    let out = sandbox.text("listed.crl");
    sandbox.surface.crl_export(ask(json!({ "authority": "Issuing", "out": out, "overwrite": true }))).expect("exported");
    let list = Crl::from_der(&std::fs::read(&out).expect("a file")).expect("a CRL");
    list.entries().map(|entry| entry.expect("an entry").serial_octets().to_vec()).collect()
}

fn rows(sandbox: &Sandbox) -> u32 {
    sandbox.surface.registry_status(Nothing {}).expect("a status").certificates
}

/// Back by ten years: nothing is signed until the cause is gone or a person confirms, which is written down; numbers rise.
pub fn back_ten_years_nothing_is_signed_until_a_person_confirms() {
    let sandbox = Sandbox::at_work();
    let certificate = issued(&sandbox, "before.example.test").expect("issued");
    let (number, at) = crl(&sandbox).expect("a CRL");
    let before = rows(&sandbox);

    sandbox.clock.set(NOW - YEAR * 10);
    let revocation = json!({ "certificates": [certificate], "reason": "superseded", "confirmation": "before.example.test" });
    let authority = json!({ "name": "Second", "subject": "CN=Second CA", "key": "ec-p256" });
    let refusals = [
        issued(&sandbox, "during.example.test").expect_err("refused"),
        crl(&sandbox).expect_err("refused"),
        sandbox.surface.certificate_revoke(ask(revocation)).expect_err("refused"),
        sandbox.surface.authority_create(ask(authority)).expect_err("refused"),
    ];
    for refusal in refusals {
        assert_eq!((refusal.code, refusal.code.exit_status()), (ErrorCode::ClockWentBack, 4));
    }
    assert_eq!(rows(&sandbox), before, "nothing was signed, and everything can be looked at");
    let doctor = sandbox.surface.doctor(Nothing {}).expect("a look");
    assert!(doctor.findings.iter().any(|finding| finding.code == "clock" && !finding.ok));

    // The cause is gone.
    sandbox.clock.set(NOW);
    issued(&sandbox, "after.example.test").expect("it works again");
    let (next, then) = crl(&sandbox).expect("a CRL");
    assert!(next > number && then >= at, "{next} at {then}");

    // Or it was never wrong: a person says so, and that is written down.
    sandbox.clock.set(NOW - Duration::HOUR);
    assert_eq!(crl(&sandbox).expect_err("refused").code, ErrorCode::ClockWentBack);
    let doctor = sandbox.surface.clock_confirm(Nothing {}).expect("confirmed");
    assert!(doctor.findings.iter().any(|finding| finding.code == "clock" && finding.ok));
    assert!(crl(&sandbox).expect("a CRL").0 > next, "the number rises whatever the clock says");
    let log = sandbox.surface.audit_list(ask(json!({ "action": "clock." }))).expect("the log");
    assert_eq!(log.items.len(), 1);
    // Said once more, it changes nothing.
    sandbox.surface.clock_confirm(Nothing {}).expect("nothing to confirm");
    assert_eq!(sandbox.surface.audit_list(ask(json!({ "action": "clock." }))).expect("the log").items.len(), 1);
    sandbox.assert_audit_whole();
}

/// Back by four minutes, as clocks are corrected: it is signed, and no CRL is older than the one before.
pub fn back_by_a_little_no_crl_is_older_than_the_one_before() {
    let sandbox = Sandbox::at_work();
    let (number, at) = crl(&sandbox).expect("a CRL");
    sandbox.clock.advance(Duration::minutes(-4));
    let (next, then) = crl(&sandbox).expect("clocks are corrected by this much");
    assert!(next > number && then == at, "{next} at {then}");
}

/// Forward by fifty years: nothing is issued; a CRL is, and with the clock right again it takes a person's word to go on, and numbers go on rising. What
/// had ended by that CRL alone is listed again.
pub fn forward_fifty_years_nothing_is_issued_and_what_was_seen_is_not_forgotten() {
    let sandbox = Sandbox::at_work();
    for name in ["stolen.example.test", "lost.example.test"] {
        let certificate = issued(&sandbox, name).expect("issued");
        sandbox.revoke(&certificate, name, "keyCompromise");
    }
    let (number, _) = crl(&sandbox).expect("a CRL");
    let revoked = listed(&sandbox);
    assert_eq!(revoked.len(), 2);
    sandbox.clock.set(NOW + YEAR * 50);
    let refusal = issued(&sandbox, "future.example.test").expect_err("refused");
    assert_eq!((refusal.code, refusal.code.exit_status()), (ErrorCode::AuthorityUnusable, 4), "it has ended by then");
    // What is refused leaves no trace of that time: with the clock right again, it works at once.
    sandbox.clock.set(NOW);
    issued(&sandbox, "present.example.test").expect("it works again");

    // What was signed in that time does leave one, and asks for a person's word.
    sandbox.clock.set(NOW + YEAR * 50);
    let (next, then) = crl(&sandbox).expect("an authority that has ended still tells what it revoked");
    assert!(next > number && then == NOW + YEAR * 50, "{next} at {then}");
    sandbox.clock.set(NOW);
    assert_eq!(issued(&sandbox, "past.example.test").expect_err("refused").code, ErrorCode::ClockWentBack);
    assert_eq!(crl(&sandbox).expect_err("refused").code, ErrorCode::ClockWentBack);
    sandbox.surface.clock_confirm(Nothing {}).expect("confirmed");
    issued(&sandbox, "past.example.test").expect("it works again");
    let (last, then) = crl(&sandbox).expect("a CRL");
    assert!(last > next && then == NOW, "{last} at {then}: dated rightly, and by its number newer than the one from the future");
    assert_eq!(listed(&sandbox), revoked, "a certificate that is valid stays revoked");
    crl(&sandbox).expect("a CRL");
    assert_eq!(listed(&sandbox), revoked, "and so on the next one");
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
    assert!(check.ok, "every past CRL can be put together as it was: {:?}", check.findings);
    sandbox.assert_audit_whole();
}
