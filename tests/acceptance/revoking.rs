//! Holds that are lifted, reasons that are sharpened, serial numbers that nobody knows, keys in other hands, and what the next CRL makes of it.

use api::request::Nothing;
use api::view::{CertificateView, CompromiseView, CrlDifferenceView, CrlView};
use api::{ErrorCode, Surface};
use serde_json::json;
use suite::data::named;
use suite::judges::openssl;
use suite::sandbox::refusal;
use suite::{Sandbox, ask, pem};
use time::Duration;

fn status(sandbox: &Sandbox, id: &str) -> CertificateView {
    sandbox.surface.certificate_show(ask(json!({ "certificate": id }))).expect("a certificate").certificate
}

fn entries(sandbox: &Sandbox) -> CrlView {
    sandbox.surface.crl_show(ask(json!({ "authority": "Issuing", "entries": true }))).expect("a CRL")
}

fn next(sandbox: &Sandbox) -> CrlDifferenceView {
    sandbox.surface.crl_diff(ask(json!({ "authority": "Issuing" }))).expect("a difference")
}

/// A change, the name, the reason before, the reason, and why the later has none.
type Told<'a> = (&'a str, &'a str, Option<&'a str>, &'a str, Option<&'a str>);

/// Each change.
fn told(difference: &CrlDifferenceView) -> Vec<Told<'_>> {
    difference
        .items
        .iter()
        .map(|item| {
            (
                item.change.as_str(),
                item.entry.name.as_deref().unwrap_or(""),
                item.was.as_deref(),
                item.entry.reason.as_str(),
                item.end.as_deref(),
            )
        })
        .collect()
}

#[test]
fn a_hold_is_lifted_and_leaves_the_next_crl() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    sandbox.revoke(&www.id, "www.example.test", "certificateHold");
    assert_eq!(status(&sandbox, &www.id).status, "held");
    let bundle = sandbox.bundle("Issuing", "bundle.pem");
    openssl::verify(&bundle, &[&sandbox.crl("Root"), &sandbox.crl("Issuing")], &sandbox.text("www/www.example.test.crt"))
        .assert_refused("certificate revoked");
    assert_eq!(entries(&sandbox).items[0].reason, "certificateHold");

    let released = sandbox.surface.certificate_release(ask(json!({ "certificates": [www.id], "note": "found" }))).expect("released");
    assert_eq!((released.certificates[0].status.as_str(), released.stale[0].name.as_str()), ("valid", "Issuing"));
    assert_eq!(told(&next(&sandbox)), [("removed", "www.example.test", None, "certificateHold", Some("lifted"))]);
    openssl::verify(&bundle, &[&sandbox.crl("Root"), &sandbox.crl("Issuing")], &sandbox.text("www/www.example.test.crt")).assert_accepted();
    assert_eq!(entries(&sandbox).entries, 0);
    assert_eq!(refusal(sandbox.surface.certificate_release(ask(json!({ "certificates": [www.id] })))), ErrorCode::NotHeld);
    // Held again, and revoked for good: only a hold can be lifted.
    sandbox.revoke(&www.id, "www.example.test", "certificateHold");
    sandbox.revoke(&www.id, "www.example.test", "cessationOfOperation");
    assert_eq!(refusal(sandbox.surface.certificate_release(ask(json!({ "certificates": [www.id] })))), ErrorCode::NotHeld);
    sandbox.assert_audit_whole();
}

#[test]
fn a_reason_is_sharpened_from_the_day_of_the_hold_and_never_blunted() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    sandbox.revoke(&www.id, "www.example.test", "certificateHold");
    sandbox.crl("Issuing");
    let held = status(&sandbox, &www.id).revocation.expect("held").at;
    sandbox.clock.advance(Duration::days(1));
    sandbox.revoke(&www.id, "www.example.test", "superseded");
    assert_eq!(told(&next(&sandbox)), [("changed", "www.example.test", Some("certificateHold"), "superseded", None)]);
    sandbox.revoke(&www.id, "www.example.test", "keyCompromise");
    assert_eq!(told(&next(&sandbox)), [("changed", "www.example.test", Some("certificateHold"), "keyCompromise", None)]);
    let revocation = status(&sandbox, &www.id).revocation.expect("revoked");
    assert_eq!((revocation.at.as_str(), revocation.reason.as_str()), (held.as_str(), "keyCompromise"));
    for blunter in ["superseded", "certificateHold", "unspecified", "keyCompromise"] {
        let request = json!({ "certificates": [www.id], "reason": blunter, "confirmation": "www.example.test" });
        assert_eq!(refusal(sandbox.surface.certificate_revoke(ask(request))), ErrorCode::AlreadyRevoked, "{blunter}");
    }
    sandbox.crl("Issuing");
    let list = entries(&sandbox);
    assert_eq!((list.entries, list.items[0].reason.as_str(), list.items[0].revoked_at.as_str()), (1, "keyCompromise", held.as_str()));
    assert_eq!(next(&sandbox).items.len(), 0);
}

#[test]
fn serials_that_nobody_knows_are_listed_for_ever_all_or_none() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let revoke = |serials: &[&str], confirmation: &str, reason: &str| {
        let request =
            json!({ "certificates": [], "serials": serials, "issuer": "Issuing", "reason": reason, "confirmation": confirmation });
        sandbox.surface.certificate_revoke(ask(request))
    };
    assert_eq!(refusal(revoke(&["0abc"], "revoke 2", "superseded")), ErrorCode::ConfirmationWrong);
    assert_eq!(refusal(revoke(&["0abc", "xyz"], "revoke 2", "superseded")), ErrorCode::BadSerial);
    assert_eq!(refusal(revoke(&["0abc"], "revoke 1", "certificateHold")), ErrorCode::ReasonNotAllowed);
    revoke(&["0abc", &www.serial, "0def"], "revoke 3", "superseded").expect("revoked");
    assert_eq!(status(&sandbox, &www.id).status, "revoked");
    // One that is revoked already keeps the others from being revoked.
    assert_eq!(refusal(revoke(&["0777", "0abc"], "revoke 2", "superseded")), ErrorCode::AlreadyRevoked);
    revoke(&["0abc"], "revoke 1", "keyCompromise").expect("sharpened");
    // Years later, and twice.
    for _ in 0..2 {
        sandbox.clock.advance(Duration::days(500));
        sandbox.crl("Issuing");
    }
    let shown = entries(&sandbox);
    let serials: Vec<_> = shown.items.iter().map(|entry| (entry.serial.as_str(), entry.reason.as_str())).collect();
    assert!(serials.contains(&("0abc", "keyCompromise")) && serials.contains(&("0def", "superseded")), "{serials:?}");
    assert!(!serials.iter().any(|(serial, _)| *serial == "0777"), "{serials:?}");
    assert!(shown.items.iter().any(|entry| entry.kept.as_deref() == Some("for-ever")));
}

#[test]
fn a_compromised_key_takes_all_its_certificates_in_one_act() {
    let sandbox = Sandbox::at_work();
    sandbox.authority(json!({ "name": "Other", "subject": "CN=Other" }));
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let other = sandbox.issue("Issuing", &["other.example.test"], "other").certificate;
    // The same key again, under another authority, by a request of its own.
    let csr = sandbox.text("www.csr");
    openssl::openssl(&["req", "-new", "-key", &sandbox.text("www/www.example.test.key"), "-subj", "/CN=www", "-out", &csr])
        .assert_accepted();
    let draft = json!({ "authority": "Other", "request": sandbox.read("www.csr"), "names": ["www.example.test"] });
    let again = sandbox.surface.certificate_issue(ask(json!({ "draft": draft }))).expect("issued").certificate;
    let renewed = again.key.fingerprint == www.key.fingerprint;
    assert!(renewed, "both have one key");
    sandbox.revoke(&www.id, "www.example.test", "superseded");

    let ask_key = |dry_run: bool, confirmation: &str| {
        let request = json!({ "path": sandbox.text("www/www.example.test.key"), "dryRun": dry_run, "confirmation": confirmation, "note": "on a share" });
        sandbox.surface.key_compromised(ask(request))
    };
    let outcomes = |view: &CompromiseView| {
        view.certificates
            .iter()
            .map(|found| (found.certificate.id.clone(), found.outcome.clone()))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    // A bundle has the issuers' keys as well: nobody has said which of them is in other hands.
    for bundle in [sandbox.text("www/www.example.test.chain.pem"), sandbox.bundle("Issuing", "issuers.pem")] {
        let request = json!({ "path": bundle, "confirmation": "revoke 2" });
        assert_eq!(refusal(sandbox.surface.key_compromised(ask(request))), ErrorCode::BadUsage, "{bundle}");
    }
    let plan = ask_key(true, "").expect("a plan");
    let wanted = [(www.id.clone(), "sharpened".to_owned()), (again.id.clone(), "revoked".to_owned())].into_iter().collect();
    assert_eq!((plan.done, plan.confirmation.as_str(), &outcomes(&plan)), (false, "revoke 2", &wanted));
    assert_eq!(status(&sandbox, &again.id).status, "valid");
    assert_eq!(refusal(ask_key(false, "revoke 1")), ErrorCode::ConfirmationWrong);
    let done = ask_key(false, "revoke 2").expect("done");
    assert!(done.done && outcomes(&done) == wanted && done.stale.len() == 2, "{done:?}");
    for id in [&www.id, &again.id] {
        assert_eq!(status(&sandbox, id).revocation.expect("revoked").reason, "keyCompromise");
    }
    assert_eq!(status(&sandbox, &other.id).status, "valid");
    let after = sandbox.surface.key_compromised(ask(json!({ "key": www.id, "dryRun": true }))).expect("a plan");
    assert_eq!((after.confirmation.as_str(), after.certificates.len()), ("revoke 0", 2));
    assert!(after.certificates.iter().all(|found| found.outcome == "known"));
    sandbox.assert_audit_whole();
}

#[test]
fn two_crls_are_compared_by_number_and_in_files() {
    let sandbox = Sandbox::at_work();
    let names = ["a.example.test", "b.example.test", "c.example.test"];
    let ids = names.map(|name| sandbox.issue("Issuing", &[name], name).certificate.id);
    sandbox.revoke(&ids[0], names[0], "certificateHold");
    sandbox.revoke(&ids[1], names[1], "superseded");
    let one = std::fs::read(sandbox.crl("Issuing")).expect("a CRL");
    sandbox.surface.certificate_release(ask(json!({ "certificates": [ids[0]] }))).expect("released");
    sandbox.revoke(&ids[1], names[1], "keyCompromise");
    sandbox.revoke(&ids[2], names[2], "superseded");
    let planned = next(&sandbox);
    let two = pem::only(&sandbox.crl("Issuing"), "X509 CRL");
    let numbers = sandbox.surface.crl_list(ask(json!({ "authority": "Issuing" }))).expect("a list").items;
    assert_eq!(serde_json::to_value(&planned.to.number).expect("a number"), serde_json::to_value(&numbers[0].number).expect("a number"));
    let (one, two) = (sandbox.write("one.pem", one), sandbox.write("two.der", two));
    let from = serde_json::to_value(&numbers[1].number).expect("a number").to_string();
    let by_number = sandbox.surface.crl_diff(ask(json!({ "authority": "Issuing", "from": from }))).expect("a difference");
    let by_file = sandbox.surface.crl_diff(ask(json!({ "path": one, "otherPath": two }))).expect("a difference");
    for difference in [&planned, &by_number, &by_file] {
        let mut found = told(difference);
        found.iter_mut().for_each(|item| item.4 = None);
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("added", names[2], None, "superseded", None),
                ("changed", names[1], Some("superseded"), "keyCompromise", None),
                ("removed", names[0], None, "certificateHold", None),
            ]
        );
        assert_eq!((difference.added, difference.removed, difference.changed), (1, 1, 1));
    }
    // A page at a time, and the same as a whole.
    let mut after = serde_json::Value::Null;
    let mut pages = Vec::new();
    loop {
        let page = sandbox.surface.crl_diff(ask(json!({ "path": one, "otherPath": two, "limit": 1, "after": after }))).expect("a page");
        pages.extend(page.items.iter().map(|item| item.entry.serial.clone()));
        let Some(next) = page.next else { break };
        after = json!(next);
    }
    assert_eq!(pages, by_file.items.iter().map(|item| item.entry.serial.clone()).collect::<Vec<_>>());
    assert_eq!(refusal(sandbox.surface.crl_diff(ask(json!({ "authority": "Issuing", "from": "99999" })))), ErrorCode::CrlNotFound);
}

#[test]
fn why_an_entry_stays_after_its_certificate_has_ended_is_said() {
    let sandbox = Sandbox::at_work();
    let draft = json!({ "authority": "Issuing", "names": ["www.example.test"], "days": 2 });
    let www = sandbox.issue_as(draft, "www").certificate;
    sandbox.revoke(&www.id, "www.example.test", "superseded");
    sandbox.crl("Issuing");
    assert_eq!(entries(&sandbox).items[0].kept, None);
    sandbox.clock.advance(Duration::days(3));
    assert_eq!(entries(&sandbox).items[0].kept.as_deref(), Some("once-more"));
    assert_eq!(next(&sandbox).items.len(), 0, "the next lists it once more");
    sandbox.crl("Issuing");
    assert_eq!(entries(&sandbox).items[0].kept.as_deref(), Some("last-time"));
    assert_eq!(told(&next(&sandbox)), [("removed", "www.example.test", None, "superseded", Some("expired"))]);
    sandbox.crl("Issuing");
    assert_eq!(entries(&sandbox).entries, 0);
}

/// The file is walked over, never held: pages go on where the one before ended, whatever the form.
#[test]
fn a_crl_in_a_file_is_shown_page_by_page() {
    let sandbox = Sandbox::at_work();
    let serials: Vec<String> = (1..=25).map(|number| format!("{:04x}", 0x1000 + number * 7)).collect();
    let request = json!({ "certificates": [], "serials": serials, "issuer": "Issuing", "confirmation": "revoke 25" });
    sandbox.surface.certificate_revoke(ask(request)).expect("revoked");
    let octets = pem::only(&sandbox.crl("Issuing"), "X509 CRL");
    let der = sandbox.write("list.der", &octets);
    for path in [sandbox.text("Issuing.crl"), der] {
        let mut after = serde_json::Value::Null;
        let mut found = Vec::new();
        loop {
            let request = json!({ "path": path, "entries": true, "limit": 10, "after": after });
            let page = sandbox.surface.crl_show(ask(request)).expect("a page");
            assert_eq!((page.entries, page.signature.as_str(), page.findings.len()), (25, "valid", 0));
            found.extend(page.items.into_iter().map(|entry| entry.serial));
            let Some(next) = page.next else { break };
            after = json!(next);
        }
        assert_eq!(found, serials);
        let one = sandbox.surface.crl_show(ask(json!({ "path": path, "serial": serials[13] }))).expect("found");
        assert_eq!(one.items.iter().map(|entry| entry.serial.as_str()).collect::<Vec<_>>(), [serials[13].as_str()]);
        assert_eq!(refusal(sandbox.surface.crl_show(ask(json!({ "path": path, "after": "7" })))), ErrorCode::BadCursor);
    }
    let mut changed = octets;
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let changed = sandbox.write("changed.der", changed);
    let shown = sandbox.surface.crl_show(ask(json!({ "path": changed }))).expect("shown");
    assert_eq!(shown.signature, "invalid");
}

/// A serial that was revoked before anybody had its certificate: the certificate comes in revoked.
#[test]
fn a_certificate_that_turns_up_is_revoked_by_its_serial() {
    let sandbox = Sandbox::with_keyring();
    let import = |files: &[&str]| {
        let paths: Vec<_> = files.iter().map(|file| named(file)).collect();
        sandbox.surface.import_run(ask(json!({ "paths": paths, "passwords": ["issuing"] }))).expect("imported")
    };
    import(&["openssl-ca/issuing/ca.crt", "openssl-ca/issuing/private/ca.key"]);
    let shown = sandbox.surface.certificate_in_file(ask(json!({ "path": named("openssl-ca/issuing/www.crt") }))).expect("read");
    let issuer = sandbox.surface.authority_list(Nothing {}).expect("a list").items;
    let issuer =
        issuer.into_iter().find(|authority| authority.certificate.subject.rfc4514 == shown.certificate.issuer.rfc4514).expect("the issuer");
    let request = json!({ "certificates": [], "serials": [shown.certificate.serial], "issuer": issuer.id, "reason": "superseded", "confirmation": "revoke 1" });
    sandbox.surface.certificate_revoke(ask(request)).expect("revoked");
    import(&["openssl-ca/issuing/www.crt"]);
    let found =
        sandbox.surface.certificate_show(ask(json!({ "certificate": shown.certificate.fingerprint }))).expect("a certificate").certificate;
    assert_eq!(found.revocation.map(|revocation| revocation.reason).as_deref(), Some("superseded"));
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
    assert!(check.ok, "{check:?}");
}

/// Serials and reasons on the next lists of the first and of the second key of `Issuing`.
fn on_both_lists(surface: &Surface) -> [Vec<(String, String)>; 2] {
    [1, 2].map(|generation| {
        let request = json!({ "authority": "Issuing", "generation": generation });
        surface.crl_build(ask(request)).expect("a CRL");
        let shown = surface.crl_show(ask(json!({ "authority": "Issuing", "generation": generation, "entries": true }))).expect("a CRL");
        shown.items.into_iter().map(|entry| (entry.serial, entry.reason)).collect()
    })
}

fn revoke_serial(surface: &Surface, serial: &str, reason: &str) {
    let request = json!({ "certificates": [], "serials": [serial], "issuer": "Issuing", "reason": reason, "confirmation": "revoke 1" });
    surface.certificate_revoke(ask(request)).expect("revoked");
}

fn new_key(surface: &Surface) {
    surface.authority_renew(ask(json!({ "renewal": { "authority": "Issuing", "newKey": true } }))).expect("a new key");
}

#[test]
fn a_serial_that_nobody_knows_is_on_the_list_of_every_key_that_answers() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["www.example.test"], "www");
    new_key(&sandbox.surface);
    on_both_lists(&sandbox.surface);
    for reason in ["superseded", "keyCompromise"] {
        revoke_serial(&sandbox.surface, "0abc", reason);
        let due = sandbox.surface.crl_run(Nothing {}).expect("a round");
        let built: Vec<_> = due.items.iter().filter(|run| run.outcome == "built").map(|run| run.generation).collect();
        assert_eq!(built.len(), 2, "both are stale: {due:?}");
        let entry = ("0abc".to_owned(), reason.to_owned());
        assert_eq!(on_both_lists(&sandbox.surface), [vec![entry.clone()], vec![entry]]);
    }
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("checked").ok);
}

#[test]
fn a_certificate_that_turns_up_is_sharpened_on_every_list_that_has_its_serial_and_leaves_them_all() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["long.example.test"], "long");
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    let draft = json!({ "authority": "Issuing", "names": ["www.example.test"], "notAfter": "2026-12-01T00:00:00Z" });
    let www = sandbox.issue_as(draft, "www").certificate;
    sandbox.close();
    let surface = sandbox.second();
    let restore = json!({ "path": sandbox.text("acme.backup"), "to": sandbox.text("restored.chancery"), "acceptLostCrls": true });
    surface.registry_restore(ask(restore)).expect("restored");
    new_key(&surface);
    revoke_serial(&surface, &www.serial, "superseded");
    surface.import_run(ask(json!({ "paths": [sandbox.text("www/www.example.test.crt")], "passwords": [] }))).expect("imported");
    let found = surface.certificate_show(ask(json!({ "certificate": www.fingerprint }))).expect("a certificate").certificate;
    assert_eq!(found.status, "revoked");
    let request = json!({ "certificates": [found.id], "reason": "keyCompromise", "confirmation": "www.example.test" });
    surface.certificate_revoke(ask(request)).expect("sharpened");
    let entry = (www.serial, "keyCompromise".to_owned());
    let expected = [vec![entry.clone()], vec![entry]];
    assert_eq!(on_both_lists(&surface), expected);
    sandbox.clock.advance(Duration::days(30));
    assert_eq!(on_both_lists(&surface), expected, "once more after its end");
    assert_eq!(on_both_lists(&surface), [vec![], vec![]]);
    assert!(surface.registry_check(ask(json!({}))).expect("checked").ok);
}
