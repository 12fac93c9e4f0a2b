//! The life of an authority: a new certificate for the same key, a new key, what hangs on it, and its retirement.

use api::ErrorCode;
use api::view::AuthorityView;
use serde_json::{Value, json};
use suite::judges::openssl;
use suite::sandbox::refusal;
use suite::{NOW, Sandbox, ask};
use time::Duration;

fn shown(sandbox: &Sandbox, name: &str) -> AuthorityView {
    sandbox.surface.authority_show(ask(json!({ "authority": name }))).expect("an authority")
}

fn renew(sandbox: &Sandbox, renewal: Value, confirmation: Option<&str>) -> AuthorityView {
    let request = json!({ "renewal": renewal, "confirmation": confirmation });
    sandbox.surface.authority_renew(ask(request)).unwrap_or_else(|error| panic!("{error:?}")).authority
}

#[test]
fn the_same_key_keeps_name_and_identifier_and_what_it_has_issued() {
    let sandbox = Sandbox::at_work();
    sandbox.authority(json!({
        "name": "Bound", "parent": "Root", "subject": "CN=Bound", "key": "ec-p256", "pathLength": 0, "permit": ["dns:example.test"],
    }));
    let leaf = sandbox.issue("Bound", &["www.example.test"], "www").certificate;
    sandbox.clock.set(NOW + Duration::days(30));
    for name in ["Root", "Bound"] {
        let before = shown(&sandbox, name).certificate;
        let plan = sandbox.surface.authority_renewal(ask(json!({ "authority": name }))).expect("a plan");
        let told: Vec<&str> = plan.preview.differences.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(told, ["notBefore", "notAfter"], "{name}: {:?}", plan.preview.differences);
        assert_eq!(plan.confirmation.as_deref(), (name == "Root").then_some("Root"));
        let renewed = renew(&sandbox, json!({ "authority": name }), plan.confirmation.as_deref());
        let after = renewed.certificate;
        assert_eq!((&after.key.fingerprint, &after.subject), (&before.key.fingerprint, &before.subject));
        assert_ne!(after.serial, before.serial);
        assert_eq!((renewed.generations.len(), renewed.generations[0].certificates.len()), (1, 2));
        let old = sandbox.surface.certificate_show(ask(json!({ "certificate": before.id }))).expect("shown").certificate;
        assert_eq!(old.status, "superseded");
        let text = |id: &str| openssl::certificate_text(&sandbox.export(id, "pem", "ca.pem"));
        let line = |text: &str, after: &str| {
            text.split_once(after).and_then(|(_, rest)| rest.lines().nth(1)).map(str::trim).unwrap_or_default().to_owned()
        };
        let (one, other) = (text(&before.id), text(&after.id));
        for extension in ["X509v3 Subject Key Identifier:", "X509v3 Basic Constraints: critical", "X509v3 Name Constraints:"] {
            assert_eq!(line(&one, extension), line(&other, extension), "{name}: {extension}");
        }
        let at = (NOW + Duration::days(30)).unix_timestamp().to_string();
        let bundle = sandbox.bundle("Bound", "bundle.pem");
        let file = sandbox.export(&leaf.id, "pem", "leaf.pem");
        openssl::openssl(&["verify", "-x509_strict", "-attime", &at, "-CAfile", &bundle, &file]).assert_accepted();
    }
    sandbox.assert_audit_whole();
}

/// A warning does not stop a renewal; who has accepted it is on record, as with any certificate.
#[test]
fn warnings_are_accepted_by_name() {
    let sandbox = Sandbox::with_keyring();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Root", "key": "ec-p256", "crlUrls": ["https://crl.example.test/root.crl"] }));
    sandbox.authority(json!({ "name": "Below", "parent": "Root", "subject": "CN=Below", "key": "ec-p256" }));
    let lint = "crl_address_over_https";
    for (accept, new_key, accepted) in [(json!([]), false, false), (json!([lint]), false, true), (json!([lint, "no_such"]), true, true)] {
        let renewal = json!({ "authority": "Below", "newKey": new_key, "accept": accept });
        let said = |findings: &[api::view::FindingView]| findings.iter().find(|one| one.lint == lint).map(|one| one.accepted);
        let plan = sandbox.surface.authority_renewal(ask(renewal.clone())).expect("a plan");
        assert_eq!(said(&plan.preview.findings), Some(accepted));
        let renewed = sandbox.surface.authority_renew(ask(json!({ "renewal": renewal }))).expect("renewed");
        assert_eq!(said(&renewed.findings), Some(accepted));
        let log = sandbox.surface.audit_list(ask(json!({ "limit": 20 }))).expect("a log").items;
        let row = log.iter().find(|row| row.action == if new_key { "authority.rekeyed" } else { "authority.renewed" }).expect("in the log");
        assert_eq!(row.detail["accepted"], if accepted { json!([lint]) } else { json!([]) }, "in the record");
    }
    // An error is not accepted away.
    let renewal = json!({ "authority": "Below", "days": 36_500, "accept": ["outlives_issuer"] });
    assert_eq!(refusal(sandbox.surface.authority_renew(ask(json!({ "renewal": renewal })))), ErrorCode::OutlivesIssuer);
}

#[test]
fn a_second_authority_of_one_subject_is_refused_and_a_new_key_is_not() {
    let sandbox = Sandbox::at_work();
    let subject = shown(&sandbox, "Root").certificate.subject.rfc4514;
    let (keys, certificates) = (sandbox.keyring.names().len(), sandbox.count());
    for parent in [json!(null), json!("Root")] {
        let wish = json!({ "name": "Again", "parent": parent, "subject": subject });
        let error = sandbox.surface.authority_create(ask(wish)).expect_err("refused");
        assert_eq!((error.code, error.fields.get("authority").map(String::as_str)), (ErrorCode::SubjectTaken, Some("Root")));
    }
    let asked = sandbox.surface.authority_request(ask(json!({ "name": "Again", "subject": subject })));
    assert_eq!(refusal(asked), ErrorCode::SubjectTaken);
    assert_eq!((sandbox.keyring.names().len(), sandbox.count()), (keys, certificates));
    let renewed = renew(&sandbox, json!({ "authority": "Root", "newKey": true }), Some("Root"));
    assert_eq!((renewed.certificate.subject.rfc4514, renewed.generations.len()), (subject, 2));
}

#[test]
fn what_is_refused_leaves_no_key_behind() {
    let sandbox = Sandbox::at_work();
    let keys = || sandbox.keyring.names().len();
    let before = keys();
    let ask_for = |renewal: Value, confirmation: Option<&str>| {
        refusal(sandbox.surface.authority_renew(ask(json!({ "renewal": renewal, "confirmation": confirmation }))))
    };
    assert_eq!(ask_for(json!({ "authority": "Root", "newKey": true }), Some("root")), ErrorCode::ConfirmationWrong);
    let same_place = json!({ "authority": "Issuing", "newKey": true, "crlUrls": ["http://crl.example.test/issuing.crl"] });
    assert_eq!(ask_for(same_place, None), ErrorCode::CrlUrlTaken);
    assert_eq!(ask_for(json!({ "authority": "Issuing", "key": "ec-p384" }), None), ErrorCode::BadUsage);
    assert_eq!(ask_for(json!({ "authority": "Issuing", "newKey": true, "days": 36500 }), None), ErrorCode::OutlivesIssuer);
    sandbox.keyring.set_locked(true);
    assert_eq!(ask_for(json!({ "authority": "Issuing", "newKey": true }), None), ErrorCode::Locked);
    sandbox.keyring.set_locked(false);
    assert_eq!((keys(), shown(&sandbox, "Issuing").generations.len()), (before, 1));
    let missing = json!({ "authority": "Issuing", "generation": 2 });
    assert_eq!(refusal(sandbox.surface.crl_build(ask(missing))), ErrorCode::GenerationNotFound);
}

#[test]
fn a_compromised_key_is_not_certified_again_but_followed() {
    let sandbox = Sandbox::at_work();
    let before = shown(&sandbox, "Issuing").certificate;
    sandbox.revoke(&before.id, &before.name, "caCompromise");
    let request = json!({ "renewal": { "authority": "Issuing" } });
    assert_eq!(refusal(sandbox.surface.authority_renew(ask(request))), ErrorCode::KeyCompromised);
    let view = renew(&sandbox, json!({ "authority": "Issuing", "newKey": true, "key": "ec-p384" }), None);
    assert_eq!((view.status.as_str(), view.certificate.key.kind.as_str()), ("valid", "ec-p384"));
    sandbox.issue("Issuing", &["www.example.test"], "www");
}

#[test]
fn the_earlier_key_needs_a_look_when_its_crl_is_due() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["www.example.test"], "www");
    renew(&sandbox, json!({ "authority": "Issuing", "newKey": true }), None);
    sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("both CRLs");
    let codes = || {
        let overview = sandbox.surface.overview(ask(json!({}))).expect("an overview");
        overview.attention.into_iter().map(|one| one.code).filter(|code| code.contains("crl")).collect::<Vec<_>>()
    };
    assert!(codes().is_empty(), "{:?}", codes());
    for (days, expected) in [(5, ["crl-due", "earlier-crl-due"]), (8, ["crl-expired", "earlier-crl-expired"])] {
        sandbox.clock.set(NOW + Duration::days(days));
        let mut found = codes();
        found.sort();
        assert_eq!(found, expected);
    }
    // The one command that a timer runs helps both.
    sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("both CRLs");
    assert!(codes().is_empty(), "{:?}", codes());
}

#[test]
fn a_retired_authority_issues_nothing_and_its_crls_go_on() {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    let retire =
        |confirmation: &str| sandbox.surface.authority_retire(ask(json!({ "authority": "Issuing", "confirmation": confirmation })));
    assert_eq!(refusal(retire("yes")), ErrorCode::ConfirmationWrong);
    assert_eq!(retire("Issuing").expect("retired").name, "Issuing");
    assert_eq!(shown(&sandbox, "Issuing").status, "retired");
    assert_eq!(refusal(retire("Issuing")), ErrorCode::AlreadyRetired);
    let over = json!({ "out": sandbox.text("no"), "plainKey": true });
    let draft = json!({ "draft": { "authority": "Issuing", "names": ["no.example.test"] }, "handOver": over });
    assert_eq!(refusal(sandbox.surface.certificate_issue(ask(draft))), ErrorCode::AuthorityUnusable);
    let request = json!({ "renewal": { "authority": "Issuing" } });
    assert_eq!(refusal(sandbox.surface.authority_renew(ask(request))), ErrorCode::AuthorityUnusable);

    sandbox.revoke(&www.id, "www.example.test", "superseded");
    let built = sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
    assert_eq!(built.entries, 1);

    let acts = sandbox.surface.audit_list(ask(json!({ "limit": 500 }))).expect("a log").items;
    let retired = acts.iter().find(|row| row.action == "authority.retired").expect("in the log");
    let plan = sandbox.surface.registry_undo_plan(ask(json!({ "sequence": retired.sequence }))).expect("a plan");
    let undone = sandbox.surface.registry_undo(ask(json!({ "sequence": retired.sequence })));
    assert!(undone.is_ok(), "{plan:?} {undone:?}");
    assert_eq!(shown(&sandbox, "Issuing").status, "valid");
    sandbox.issue("Issuing", &["again.example.test"], "again");
}

#[test]
fn what_hangs_on_an_authority_is_counted_by_kind_and_by_when_it_ends() {
    let sandbox = Sandbox::at_work();
    for (days, name, profile) in [(1, "a", "tls-server"), (40, "b", "tls-server"), (41, "c", "tls-client"), (90, "d", "tls-server")] {
        let names = if profile == "tls-client" { json!([]) } else { json!([format!("{name}.example.test")]) };
        let draft = json!({ "authority": "Issuing", "names": names, "profile": profile, "subject": format!("CN={name}"), "days": days });
        sandbox.issue_as(draft, name);
    }
    let page = sandbox.surface.certificate_list(ask(json!({ "kind": "leaf" }))).expect("a list").items;
    let id = |name: &str| page.iter().find(|row| row.name == name).expect("issued").id.clone();
    sandbox.revoke(&id("d"), "d", "superseded");
    // Put away, and working all the same.
    sandbox.surface.certificate_archive(ask(json!({ "certificates": [id("b")], "archived": true }))).expect("archived");
    let impact = |name: &str| {
        let view = sandbox.surface.authority_impact(ask(json!({ "authority": name }))).expect("counted");
        let own = [view.working.servers, view.working.clients, view.working.authorities, view.working.others];
        let below: Vec<_> = view.below.iter().map(|one| (one.authority.name.clone(), one.depth, one.working.servers)).collect();
        (own, below, view.total, view.months.len(), view.last_ends)
    };
    let (own, below, total, months, last) = impact("Issuing");
    assert_eq!((own, below.len(), total, months, last.as_deref()), ([2, 1, 0, 0], 0, 3, 2, Some("2027-01-02")));
    let (own, below, total, ..) = impact("Root");
    assert_eq!((own, below, total), ([0, 0, 1, 0], vec![("Issuing".to_owned(), 1, 2)], 4), "its own certificate does not hang on it");
    // To the moment: the first ends tomorrow.
    sandbox.clock.set(NOW + Duration::days(1));
    assert_eq!(impact("Issuing").0, [1, 1, 0, 0]);
}
