//! Sources: lists that OpenSSL has signed, with keys of every kind, taken, compared and replaced; bad ones refused with what was there untouched.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use api::ErrorCode;
use api::request::Nothing;
use api::view::{SourceCertificate, SourceDifference, SourceRefreshed};
use pki::{Certificate, preflight};
use serde_json::{Value, json};
use suite::master_list::{Holder, KeyOf, Workshop, ldif_entry, write};
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

fn create(sandbox: &Sandbox, name: &str, kind: &str, path: &str, signers: &[&str]) -> Result<SourceRefreshed, api::ApiError> {
    sandbox.surface.source_create(ask(json!({ "name": name, "kind": kind, "path": path, "signers": signers })))
}

fn refresh(sandbox: &Sandbox, name: &str) -> Result<SourceRefreshed, api::ApiError> {
    sandbox.surface.source_refresh(ask(json!({ "source": name })))
}

fn certificates(sandbox: &Sandbox, name: &str, more: &Value) -> Vec<SourceCertificate> {
    let mut request = json!({ "source": name, "limit": 3 });
    request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let mut found = Vec::new();
    loop {
        let page = sandbox.surface.source_certificates(ask(request.clone())).expect("a page");
        let total = page.total.count;
        found.extend(page.items);
        let Some(next) = page.next else {
            assert_eq!(u32::try_from(found.len()), Ok(total));
            return found;
        };
        request["after"] = json!(next);
    }
}

fn fingerprints(sandbox: &Sandbox, name: &str) -> Vec<String> {
    let mut found: Vec<_> = certificates(sandbox, name, &json!({})).into_iter().map(|certificate| certificate.fingerprint).collect();
    found.sort();
    found
}

fn counts(difference: &SourceDifference) -> [u32; 4] {
    [difference.added, difference.removed, difference.changed, difference.unchanged]
}

fn workshop(sandbox: &Sandbox) -> Workshop {
    Workshop::new(sandbox.path("workshop"))
}

/// Authorities of countries with keys of every kind; one serial number is negative.
fn countries(at: &Workshop) -> Vec<Holder> {
    let kinds = [
        ("DE", KeyOf::Curve("brainpoolP256r1"), "7"),
        ("FR", KeyOf::Rsa, "-5"),
        ("NL", KeyOf::Pss, "9"),
        ("JP", KeyOf::Curve("P-256"), "1"),
        ("US", KeyOf::Curve("P-384"), "1"),
        ("CH", KeyOf::Curve("P-521"), "1"),
        ("AT", KeyOf::Explicit("P-256"), "1"),
    ];
    kinds.into_iter().map(|(country, kind, serial)| at.csca(country, kind, serial)).collect()
}

fn ders(holders: &[Holder]) -> Vec<Vec<u8>> {
    holders.iter().map(Holder::der).collect()
}

#[test]
fn lists_signed_with_keys_of_every_kind_are_taken_typed_and_given_out_again() {
    let sandbox = Sandbox::at_work();
    let at = workshop(&sandbox);
    let listed = ders(&countries(&at));
    let kinds = [
        KeyOf::Rsa,
        KeyOf::Pss,
        KeyOf::Curve("P-256"),
        KeyOf::Curve("P-384"),
        KeyOf::Curve("P-521"),
        KeyOf::Explicit("P-256"),
        KeyOf::Explicit("P-384"),
        KeyOf::Explicit("P-521"),
    ];
    for (nth, kind) in kinds.into_iter().enumerate() {
        let csca = at.csca("UT", kind, &format!("{}", nth + 20));
        let signer = at.below(&csca, &format!("signer{nth}"), "signer", kind, 300);
        let options = if nth % 2 == 0 { "" } else { "-keyid" };
        let list = at.list(&format!("list{nth}.ml"), &signer, Some(&csca), &listed, options);
        let name = format!("list {nth}");
        let made =
            create(&sandbox, &name, "icao-master-list", &list, &[&csca.certificate]).unwrap_or_else(|error| panic!("{kind:?}: {error:?}"));
        assert_eq!((made.outcome.as_str(), counts(&made.difference)), ("created", [7, 0, 0, 0]));
        let source = &made.source;
        assert_eq!((source.certificates.cscas, source.certificates.others, source.countries, source.quarantined), (7, 0, 7, 0));
        assert!(
            source.signed_by.as_ref().is_some_and(|by| by.contains(&format!("signer{nth}"))) && source.signed_at.is_some(),
            "{source:?}"
        );
        // Or by the signer itself.
        create(&sandbox, &format!("{name} by its signer"), "icao-master-list", &list, &[&signer.certificate]).expect("created");
    }
    let found = certificates(&sandbox, "list 0", &json!({}));
    let countries: Vec<_> = found.iter().map(|certificate| certificate.country.as_str()).collect();
    assert_eq!(countries, ["AT", "CH", "DE", "FR", "JP", "NL", "US"]);
    let keys: Vec<_> = found.iter().map(|certificate| certificate.key_kind.as_str()).collect();
    assert_eq!(keys, ["ec-explicit", "ec-p521", "ec-1.3.36.3.3.2.8.1.1.7", "rsa-2048", "ec-p256", "rsa-2048", "ec-p384"]);
    assert!(
        found[3].serial.starts_with('-') && found.iter().all(|certificate| certificate.sources == 16 && certificate.kind == "csca"),
        "{found:?}"
    );
    assert!(found[0].subject.contains("Müller"), "a T61 name: {}", found[0].subject);
    assert_eq!(certificates(&sandbox, "list 0", &json!({ "country": "jp" })).len(), 1);
    assert_eq!(certificates(&sandbox, "list 0", &json!({ "kind": "other" })).len(), 0);
    sandbox.surface.source_export(ask(json!({ "source": "list 0", "out": sandbox.text("out.pem") }))).expect("exported");
    let text = std::fs::read(sandbox.path("out.pem")).expect("a file");
    let mut out: Vec<_> = pki::encoding::pem::blocks(&text).into_iter().map(|block| block.body.expect("PEM").to_vec()).collect();
    let mut wanted = listed.clone();
    out.sort();
    wanted.sort();
    assert!(out == wanted, "byte for byte");
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("a check").ok);
    for source in sandbox.surface.source_list(Nothing {}).expect("a list").items {
        sandbox.surface.source_remove(ask(json!({ "source": source.id, "confirmation": source.name }))).expect("removed");
    }
    let left = suite::judges::sqlite::sqlite(
        &sandbox.text("acme.chancery"),
        "SELECT (SELECT count(*) FROM source_certificates) + (SELECT count(*) FROM source_members)",
    );
    assert_eq!(left.trim(), "0");
    sandbox.assert_audit_whole();
}

#[test]
fn what_is_not_believed_is_refused_and_what_was_there_stays() {
    let sandbox = Sandbox::at_work();
    let at = workshop(&sandbox);
    let cscas = countries(&at);
    let listed = ders(&cscas);
    let csca = at.csca("UT", KeyOf::Curve("P-256"), "1");
    let signer = at.below(&csca, "signer", "signer", KeyOf::Curve("P-256"), 300);
    let good = at.list("good.ml", &signer, Some(&csca), &listed, "");
    let place = sandbox.path("place.ml");
    std::fs::copy(&good, &place).expect("a copy");
    let shown = place.to_string_lossy().into_owned();
    assert_eq!(refusal(create(&sandbox, "list", "icao-master-list", &shown, &[])), ErrorCode::SourceSignerRequired);
    create(&sandbox, "list", "icao-master-list", &shown, &[&csca.certificate]).expect("created");
    assert_eq!(refusal(create(&sandbox, "list", "icao-master-list", &shown, &[&csca.certificate])), ErrorCode::SourceNameTaken);
    let before = fingerprints(&sandbox, "list");

    let stranger = at.csca("ZZ", KeyOf::Curve("P-256"), "2");
    let by_stranger = at.below(&stranger, "stranger", "signer", KeyOf::Curve("P-256"), 300);
    let plain = at.below(&csca, "plain", "plain", KeyOf::Curve("P-256"), 300);
    let ended = at.below(&csca, "ended", "signer", KeyOf::Curve("P-256"), 0);
    let octets = std::fs::read(&good).expect("a list");
    // In the content, in the signed attributes and in the signature.
    let tampered = |at: usize| {
        let mut octets = octets.clone();
        octets[at] ^= 1;
        octets
    };
    let half = octets.len() / 2;
    let other_type = at.path("typed.ml");
    let content = at.path("good.ml.content");
    suite::judges::openssl::an_hour_before(&[
        "cms",
        "-sign",
        "-binary",
        "-nodetach",
        "-outform",
        "DER",
        "-in",
        &content,
        "-signer",
        &signer.certificate,
        "-inkey",
        &signer.key,
        "-out",
        &other_type,
    ])
    .assert_accepted();
    let read = |path: &str| std::fs::read(path).expect("a file");
    let cases: Vec<(&str, Vec<u8>, ErrorCode, &str)> = vec![
        ("tampered content", tampered(half), ErrorCode::SourceSignatureInvalid, "verify"),
        ("tampered signature", tampered(octets.len() - 3), ErrorCode::SourceSignatureInvalid, "verify"),
        (
            "a stranger's",
            read(&at.list("stranger.ml", &by_stranger, Some(&stranger), &listed, "")),
            ErrorCode::SourceSignerUnknown,
            "verify",
        ),
        (
            "signed for another purpose",
            read(&at.list("plain.ml", &plain, Some(&csca), &listed, "")),
            ErrorCode::SourceSignerUnfit,
            "verify",
        ),
        ("an ended signer's", read(&at.list("ended.ml", &ended, Some(&csca), &listed, "")), ErrorCode::SourceSignerUnfit, "verify"),
        (
            "without signed attributes",
            read(&at.list("bare.ml", &signer, Some(&csca), &listed, "-noattr")),
            ErrorCode::SourceSignatureInvalid,
            "verify",
        ),
        ("of another type", read(&other_type), ErrorCode::SourceUnreadable, "stage"),
        ("cut off", octets[..half].to_vec(), ErrorCode::SourceUnreadable, "stage"),
        ("no list at all", b"<html>not found</html>".to_vec(), ErrorCode::SourceUnreadable, "stage"),
        ("nothing", Vec::new(), ErrorCode::SourceUnreadable, "stage"),
        ("an empty list", read(&at.list("empty.ml", &signer, Some(&csca), &[], "")), ErrorCode::SourceEmpty, "compare"),
        ("a shrunken list", read(&at.list("less.ml", &signer, Some(&csca), &listed[..5], "")), ErrorCode::SourceShrinks, "compare"),
    ];
    for (nth, (what, octets, code, stage)) in cases.into_iter().enumerate() {
        write(&place, &octets);
        assert_eq!(refusal(refresh(&sandbox, "list")), code, "{what}");
        assert_eq!(fingerprints(&sandbox, "list"), before, "{what}");
        let event = sandbox.surface.source_events(ask(json!({ "source": "list", "limit": 1 }))).expect("events").items.remove(0);
        let failure = event.failure.expect("a failure");
        let times = u32::try_from(nth + 1).expect("few");
        assert_eq!(
            (event.outcome.as_str(), failure.stage.as_str(), failure.code.as_str(), failure.times),
            ("failed", stage, code.as_str(), times),
            "{what}"
        );
        assert!(!failure.passing && !failure.title.contains('…'), "{}", failure.title);
    }
    let attention = sandbox.surface.overview(Nothing {}).expect("an overview").attention;
    assert!(attention.iter().any(|found| found.code == "source-failed" && found.source.is_some()), "{attention:?}");
    // Signed one day by who is ended now: a week later.
    std::fs::remove_file(&place).expect("removed");
    assert_eq!(refusal(refresh(&sandbox, "list")), ErrorCode::SourceFetchFailed);

    // The shrunken one is looked at, and then accepted.
    let less = at.path("less.ml");
    let difference = sandbox.surface.source_diff(ask(json!({ "source": "list", "path": less }))).expect("a difference");
    assert_eq!((counts(&difference), difference.shrinks), ([0, 2, 0, 5], true));
    assert_eq!(fingerprints(&sandbox, "list"), before);
    std::fs::copy(&less, &place).expect("a copy");
    let accepted = sandbox.surface.source_refresh(ask(json!({ "source": "list", "acceptShrink": true }))).expect("accepted");
    assert_eq!(
        (accepted.outcome.as_str(), counts(&accepted.difference), accepted.source.failure.is_none()),
        ("replaced", [0, 2, 0, 5], true)
    );
    // One of the same name and number with another key is a change.
    let renewed = at.csca("FR", KeyOf::Curve("P-256"), "-5");
    let mut changed = listed.clone();
    changed[1] = renewed.der();
    std::fs::copy(at.list("changed.ml", &signer, Some(&csca), &changed, ""), &place).expect("a copy");
    let done = refresh(&sandbox, "list").expect("refreshed");
    assert_eq!(counts(&done.difference), [2, 0, 1, 4]);
    assert_eq!((done.difference.items[0].change.as_str(), done.difference.items[0].before.is_some()), ("changed", true));
    let same = refresh(&sandbox, "list").expect("refreshed");
    assert_eq!((same.outcome.as_str(), counts(&same.difference)), ("unchanged", [0, 0, 0, 7]));
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("a check").ok);
    sandbox.assert_audit_whole();
}

#[test]
fn a_directory_is_taken_piece_by_piece_and_vouches_for_documents() {
    let sandbox = Sandbox::at_work();
    let at = workshop(&sandbox);
    let csca = at.csca("UT", KeyOf::Explicit("P-384"), "3");
    let document = at.below(&csca, "document", "document", KeyOf::Curve("P-256"), 300);
    let signer = at.below(&csca, "signer", "signer", KeyOf::Rsa, 300);
    let serial = Certificate::from_der(&document.der()).expect("a certificate").serial().to_string();
    let good = std::fs::read(at.crl(&csca, "good.crl", &["0ABC"])).expect("a CRL");
    let mut forged = good.clone();
    let last = forged.len() - 2;
    forged[last] ^= 1;
    let other = at.csca("ZZ", KeyOf::Rsa, "4");
    let unknown = std::fs::read(at.crl(&other, "other.crl", &["01", "02"])).expect("a CRL");
    let list = std::fs::read(at.list("list.ml", &signer, Some(&csca), &ders(&[csca.clone(), other.clone()]), "")).expect("a list");
    let mut text = String::from("version: 1\n\n");
    // The CRL before who signed it.
    text.push_str(&ldif_entry("o=crl,c=UT", "certificateRevocationList;binary", &good));
    text.push_str(&ldif_entry("o=csca,c=UT", "cACertificate;binary", &csca.der()));
    text.push_str(&ldif_entry("o=dsc,c=UT", "userCertificate;binary", &document.der()));
    text.push_str(&ldif_entry("o=again,c=UT", "userCertificate;binary", &document.der()));
    text.push_str(&ldif_entry("o=bad,c=UT", "userCertificate;binary", b"no certificate"));
    text.push_str(&ldif_entry("o=forged,c=UT", "certificateRevocationList;binary", &forged));
    text.push_str("dn: o=worse\nuserCertificate;binary:: ?\n\n");
    text.push_str(&ldif_entry("o=unknown,c=ZZ", "certificateRevocationList;binary", &unknown));
    text.push_str(&ldif_entry("o=ml,c=UT", "CscaMasterListData", &list));
    let place = sandbox.write("directory.ldif", &text);
    let without = create(&sandbox, "no signer", "ldif", &place, &[]).expect("created").source;
    assert_eq!((without.certificates.cscas, without.certificates.document_signers, without.quarantined, without.crls), (1, 1, 4, 2));
    let source = create(&sandbox, "directory", "ldif", &place, &[&csca.certificate]).expect("created").source;
    assert_eq!(
        (source.certificates.cscas, source.certificates.document_signers, source.quarantined, source.crls, source.revoked),
        (2, 1, 3, 2, 3)
    );
    let quarantine = sandbox.surface.source_quarantine(ask(json!({ "source": "directory" }))).expect("a quarantine").items;
    let reasons: Vec<_> = quarantine.iter().map(|thing| thing.reason.as_str()).collect();
    assert_eq!(reasons, ["not-a-certificate", "not-base64", "crl-signature-invalid"]);
    let request = json!({ "source": "directory", "quarantined": quarantine[2].id, "out": sandbox.text("forged.crl") });
    sandbox.surface.source_export(ask(request)).expect("exported");
    assert!(std::fs::read(sandbox.path("forged.crl")).expect("a file") == forged, "as it came");
    let crls = sandbox.surface.source_crls(ask(json!({ "source": "directory" }))).expect("CRLs").items;
    let of = |country: &str| crls.iter().find(|crl| crl.country == country).expect("a CRL");
    // The other's issuer came with the list that was believed.
    assert_eq!((of("UT").signature.as_str(), of("ZZ").signature.as_str(), of("UT").number.as_deref()), ("valid", "valid", Some("42")));
    let alone = sandbox.surface.source_crls(ask(json!({ "source": "no signer" }))).expect("CRLs").items;
    assert_eq!(alone.iter().find(|crl| crl.country == "ZZ").map(|crl| crl.signature.as_str()), Some("unknown"));
    let entries = sandbox.surface.source_revoked(ask(json!({ "crl": of("UT").id }))).expect("entries").items;
    assert_eq!((entries[0].serial.as_str(), entries[0].reason.as_deref()), ("0abc", Some("keyCompromise")));

    // Who the directory trusts, and what its CRL says.
    let verify =
        |path: &str| sandbox.surface.certificate_verify(ask(json!({ "path": path, "requireRevocation": true }))).expect("a verdict");
    let verdict = verify(&document.certificate);
    assert!(verdict.trusted, "{verdict:?}");
    let revoked = std::fs::read(at.crl(&csca, "next.crl", &[&serial.to_uppercase()])).expect("a CRL");
    write(
        Path::new(&place),
        text.replacen(
            &ldif_entry("o=crl,c=UT", "certificateRevocationList;binary", &good),
            &ldif_entry("o=crl,c=UT", "certificateRevocationList;binary", &revoked),
            1,
        )
        .as_bytes(),
    );
    let done = refresh(&sandbox, "directory").expect("refreshed");
    assert_eq!(counts(&done.difference), [0, 0, 1, 4]);
    refresh(&sandbox, "no signer").expect("refreshed");
    assert!(!verify(&document.certificate).trusted);
    // A signer of documents vouches for nobody.
    sandbox.surface.source_remove(ask(json!({ "source": "no signer", "confirmation": "no signer" }))).expect("removed");
    sandbox.surface.source_remove(ask(json!({ "source": "directory", "confirmation": "directory" }))).expect("removed");
    assert!(!verify(&document.certificate).trusted);
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("a check").ok);
}

#[test]
fn a_foreign_crl_is_believed_by_its_issuer_alone_and_its_end_is_told() {
    let sandbox = Sandbox::at_work();
    let at = workshop(&sandbox);
    let (csca, other) = (at.csca("UT", KeyOf::Rsa, "3"), at.csca("UT", KeyOf::Rsa, "4"));
    let place = sandbox.path("list.crl");
    std::fs::copy(at.crl(&csca, "one.crl", &["01", "02", "03", "04", "05"]), &place).expect("a copy");
    let shown = place.to_string_lossy().into_owned();
    assert_eq!(refusal(create(&sandbox, "crl", "crl", &shown, &[&other.certificate])), ErrorCode::SourceSignerUnknown);
    let mut forged = std::fs::read(&place).expect("a CRL");
    let last = forged.len() - 9;
    forged[last] ^= 1;
    let forged = sandbox.write("forged.crl", forged);
    assert_eq!(refusal(create(&sandbox, "crl", "crl", &forged, &[&csca.certificate])), ErrorCode::SourceSignatureInvalid);
    assert!(sandbox.surface.source_list(Nothing {}).expect("a list").items.is_empty());
    let made = create(&sandbox, "crl", "crl", &shown, &[&csca.certificate]).expect("created").source;
    assert_eq!((made.crls, made.revoked, made.certificates.cscas), (1, 5, 0));
    std::fs::copy(at.crl(&csca, "two.crl", &["01", "02", "03"]), &place).expect("a copy");
    assert_eq!(refusal(refresh(&sandbox, "crl")), ErrorCode::SourceShrinks);
    let codes = |sandbox: &Sandbox| -> Vec<String> {
        let found = sandbox.surface.overview(Nothing {}).expect("an overview").attention;
        found.into_iter().filter(|found| found.code.starts_with("source-crl")).map(|found| found.code).collect()
    };
    assert!(codes(&sandbox).is_empty());
    sandbox.clock.set(suite::NOW + time::Duration::days(21));
    assert_eq!(codes(&sandbox), ["source-crl-due"]);
    sandbox.clock.set(suite::NOW + time::Duration::days(31));
    assert_eq!(codes(&sandbox), ["source-crl-expired"]);
}

#[test]
fn the_trust_store_of_this_machine_is_read_linted_and_given_out_byte_for_byte() {
    let sandbox = Sandbox::at_work();
    let made = sandbox.surface.source_create(ask(json!({ "name": "machine", "kind": "pem", "system": true }))).expect("created").source;
    let store = std::fs::read(&made.place.text).expect("a trust store");
    let mut wanted: Vec<_> = pki::encoding::pem::blocks(&store).into_iter().map(|block| block.body.expect("PEM").to_vec()).collect();
    assert!(wanted.len() > 100, "{} certificates", wanted.len());
    let counts = made.certificates;
    assert_eq!(
        (usize::try_from(counts.others).expect("few") + usize::try_from(counts.cscas).expect("few"), made.quarantined),
        (wanted.len(), 0)
    );
    sandbox.surface.source_export(ask(json!({ "source": "machine", "out": sandbox.text("out.pem") }))).expect("exported");
    let text = std::fs::read(sandbox.path("out.pem")).expect("a file");
    let mut out: Vec<_> = pki::encoding::pem::blocks(&text).into_iter().map(|block| block.body.expect("PEM").to_vec()).collect();
    for der in &out {
        let certificate = Certificate::from_der(der).expect("a certificate");
        assert!(certificate.unreadable_extensions().is_empty(), "{certificate:?}");
        drop(preflight::lint_certificate(&certificate, None));
    }
    out.sort();
    wanted.sort();
    assert!(out == wanted, "byte for byte");
}

#[test]
fn two_refreshes_at_once_end_in_one_content_and_readers_see_old_or_new() {
    let sandbox = Sandbox::at_work();
    let at = workshop(&sandbox);
    let (one, two) = (at.csca("AA", KeyOf::Curve("P-256"), "1"), at.csca("BB", KeyOf::Curve("P-256"), "2"));
    let pem =
        |holders: &[&Holder]| holders.iter().map(|holder| std::fs::read_to_string(&holder.certificate).expect("PEM")).collect::<String>();
    let (old, new) = (pem(&[&one]), pem(&[&one, &two]));
    let place = sandbox.write("bundle.pem", &old);
    create(&sandbox, "bundle", "pem", &place, &[]).expect("created");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = std::collections::BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                let page = sandbox.surface.source_certificates(ask(json!({ "source": "bundle" }))).expect("a page");
                let source = sandbox.surface.source_show(ask(json!({ "source": "bundle" }))).expect("shown").source;
                assert!((1..=2).contains(&page.items.len()) && (1..=2).contains(&source.certificates.others), "{source:?}");
                seen.insert(page.items.len());
            }
            seen
        });
        for round in 0..6 {
            std::fs::write(&place, if round % 2 == 0 { &new } else { &old }).expect("written");
            let both: Vec<_> = (0..2)
                .map(|_| scope.spawn(|| sandbox.surface.source_refresh(ask(json!({ "source": "bundle", "acceptShrink": true })))))
                .collect();
            let outcomes: Vec<_> = both.into_iter().map(|thread| thread.join().expect("no panic")).collect();
            let good = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            assert!(good >= 1, "{outcomes:?}");
            for error in outcomes.into_iter().filter_map(Result::err) {
                assert_eq!(error.code, ErrorCode::SourceOvertaken, "{error:?}");
            }
            let wanted = if round % 2 == 0 { 2 } else { 1 };
            assert_eq!(fingerprints(&sandbox, "bundle").len(), wanted);
        }
        done.store(true, Ordering::Relaxed);
        assert!(!reader.join().expect("no panic").is_empty());
    });
    // What is due is refreshed by the schedule; what failed by itself later.
    assert!(sandbox.surface.source_round(Nothing {}).expect("a round").refreshed.is_empty());
    sandbox.clock.set(suite::NOW + time::Duration::hours(25));
    std::fs::write(&place, &new).expect("written");
    let round = sandbox.surface.source_round(Nothing {}).expect("a round");
    assert_eq!((round.refreshed.len(), round.failed.len()), (1, 0));
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("a check").ok);
}
