#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]

mod bounds;
mod forged;
mod generations;
mod pkits;

use std::fs;

use time::macros::datetime;

use super::*;
use crate::{
    certificate::tests::{certificate, data},
    crl::{CrlNumber, CrlRequest, RevokedEntry, prepare_crl},
    encoding::{Object, Password, recognise},
    revocation::RevocationReason,
    signer::{KeySigner, SignatureAlgorithm},
};

const AT: OffsetDateTime = datetime!(2026-11-22 00:00:00 UTC);

struct World {
    root: Certificate,
    issuing: Certificate,
    crls: Vec<Crl>,
}

fn crl(path: &str) -> Crl {
    match recognise(&fs::read(data(path)).unwrap(), &[]).found.remove(0).object.unwrap() {
        Object::Crl(crl) => crl,
        other => unreachable!("{other:?}"),
    }
}

fn world() -> World {
    World {
        root: certificate("openssl-ca/root/ca.crt"),
        issuing: certificate("openssl-ca/issuing/ca.crt"),
        crls: vec![crl("openssl-ca/root/crl/root.crl.pem"), crl("openssl-ca/issuing/crl/issuing.crl.pem")],
    }
}

impl World {
    fn judge<'a>(&'a self, certificate: &'a Certificate, change: impl FnOnce(&mut VerifyInput<'a>)) -> Verdict {
        let mut input = VerifyInput {
            untrusted: std::slice::from_ref(&self.issuing),
            trusted: std::slice::from_ref(&self.root),
            crls: &self.crls,
            purpose: Purpose::TlsServer,
            ..VerifyInput::new(certificate, AT)
        };
        change(&mut input);
        verify(&input)
    }
}

/// The checks that are not passed, with the certificate they are about.
fn problems(verdict: &Verdict) -> Vec<(&'static str, CheckResult, usize)> {
    verdict
        .checks
        .iter()
        .filter(|check| check.result != CheckResult::Pass)
        .map(|check| (check.check, check.result, check.subject))
        .collect()
}

#[test]
fn a_good_certificate_is_trusted_with_reasons() {
    let world = world();
    let www = certificate("openssl-ca/issuing/www.crt");
    let verdict = world.judge(&www, |_| {});
    assert!(verdict.trusted, "{:?}", problems(&verdict));
    assert_eq!(verdict.path, [www.clone(), world.issuing.clone(), world.root.clone()]);
    assert_eq!(problems(&verdict), []);
    assert!(verdict.checks.iter().all(|check| check.clause.starts_with("RFC ")));
    let revocation: Vec<_> = verdict.checks.iter().filter(|check| check.check == "revocation").collect();
    assert_eq!(revocation.len(), 2);
    assert!(revocation.iter().any(|check| check.detail.contains(&("number", "4097".to_owned()))));
}

#[test]
fn revocations_are_found_with_time_and_reason() {
    let world = world();
    for (name, reason) in [("mail", "superseded"), ("db", "keyCompromise"), ("git", "certificateHold"), ("vpn", "unspecified")] {
        let verdict = world.judge(&certificate(&format!("openssl-ca/issuing/{name}.crt")), |_| {});
        assert!(!verdict.trusted);
        assert_eq!(problems(&verdict), [("revocation", CheckResult::Fail, 0)], "{name}");
        let check = verdict.checks.iter().find(|check| check.result == CheckResult::Fail).unwrap();
        assert!(check.detail.contains(&("reason", reason.to_owned())), "{:?}", check.detail);
        assert!(check.detail.contains(&("at", "2026-11-21T01:54:39Z".to_owned())), "{:?}", check.detail);
    }
}

#[test]
fn a_missing_or_stale_list_is_unknown_and_does_not_refuse() {
    let world = world();
    let www = certificate("openssl-ca/issuing/www.crt");
    let verdict = world.judge(&www, |input| input.crls = &[]);
    assert!(verdict.trusted);
    assert_eq!(problems(&verdict), [("revocation", CheckResult::Unknown, 0), ("revocation", CheckResult::Unknown, 1)]);
    let stale = world.judge(&www, |input| input.at = datetime!(2027-03-01 00:00:00 UTC));
    assert!(problems(&stale).contains(&("revocation", CheckResult::Unknown, 0)), "{:?}", problems(&stale));
    // A revocation stands even on a list that is out of date.
    let mail = world.judge(&certificate("openssl-ca/issuing/mail.crt"), |input| input.at = datetime!(2027-03-01 00:00:00 UTC));
    assert!(problems(&mail).contains(&("revocation", CheckResult::Fail, 0)));
    // A list of the right name by another key says nothing.
    let other = crl("easyrsa/crl.pem");
    let verdict = world.judge(&www, |input| input.crls = std::slice::from_ref(&other));
    assert_eq!(problems(&verdict), [("revocation", CheckResult::Unknown, 0), ("revocation", CheckResult::Unknown, 1)]);
}

#[test]
fn dates_count_their_last_second() {
    let world = world();
    let old = certificate("openssl-ca/issuing/old.crt");
    let verdict = world.judge(&old, |_| {});
    assert_eq!(problems(&verdict), [("validity", CheckResult::Fail, 0)]);
    let www = certificate("openssl-ca/issuing/www.crt");
    let last = www.validity().not_after();
    let result = |at| {
        let verdict = world.judge(&www, |input| (input.at, input.crls) = (at, &[]));
        verdict.checks.iter().find(|check| check.check == "validity" && check.subject == 0).unwrap().result
    };
    assert_eq!(result(last), CheckResult::Pass);
    assert_eq!(result(last + time::Duration::seconds(1)), CheckResult::Fail);
    assert_eq!(result(www.validity().not_before()), CheckResult::Pass);
    assert_eq!(result(www.validity().not_before() - time::Duration::seconds(1)), CheckResult::Fail);
}

#[test]
fn without_a_root_the_path_ends_where_it_ends() {
    let world = world();
    let www = certificate("openssl-ca/issuing/www.crt");
    let verdict = world.judge(&www, |input| input.trusted = &[]);
    assert!(!verdict.trusted);
    assert_eq!(verdict.path, [www.clone(), world.issuing.clone()]);
    assert!(problems(&verdict).contains(&("path", CheckResult::Fail, 1)));
    let stranger = certificate("easyrsa/ca.crt");
    let verdict = world.judge(&www, |input| (input.trusted, input.untrusted) = (std::slice::from_ref(&stranger), &[]));
    assert_eq!(verdict.path, [www]);
    assert!(!verdict.trusted);
}

#[test]
fn an_authority_is_judged_like_a_leaf() {
    let world = world();
    let verdict = world.judge(&world.issuing, |input| input.purpose = Purpose::Any);
    assert!(verdict.trusted, "{:?}", problems(&verdict));
    assert_eq!(verdict.path, [world.issuing.clone(), world.root.clone()]);
}

#[test]
fn purpose_and_host_are_held_against_the_certificate() {
    let world = world();
    let www = certificate("openssl-ca/issuing/www.crt");
    assert!(world.judge(&www, |input| input.purpose = Purpose::TlsClient).trusted);
    let signing = world.judge(&www, |input| input.purpose = Purpose::CodeSigning);
    assert_eq!(problems(&signing), [("extended-key-usage", CheckResult::Fail, 0)]);
    let host = www.names().iter().find(|name| name.kind() == "dns").unwrap().value();
    assert!(world.judge(&www, |input| input.host = Some(&host)).trusted);
    let wrong = world.judge(&www, |input| input.host = Some("other.test"));
    assert_eq!(problems(&wrong), [("host", CheckResult::Fail, 0)]);
    for purpose in Purpose::ALL {
        assert_eq!(purpose.as_str().parse(), Ok(purpose));
    }
}

#[test]
fn a_changed_certificate_fails_by_its_signature() {
    let world = world();
    let www = certificate("openssl-ca/issuing/www.crt");
    let mut der = www.der().to_vec();
    let position = der.windows(13).rposition(|window| window == b"www.acme.test").unwrap();
    if let Some(octet) = der.get_mut(position) {
        *octet = b'x';
    }
    let changed = Certificate::from_der(&der).unwrap();
    let verdict = world.judge(&changed, |_| {});
    assert!(!verdict.trusted);
    assert_eq!(verdict.path, [changed, world.issuing.clone(), world.root.clone()]);
    assert_eq!(problems(&verdict), [("signature", CheckResult::Fail, 0)]);
}

#[test]
fn a_newer_list_of_ours_is_preferred() {
    let world = world();
    let bytes = fs::read(data("openssl-ca/issuing/private/ca.key")).unwrap();
    let key = match recognise(&bytes, &[Password::new("issuing".to_owned())]).found.remove(0).object.unwrap() {
        Object::PrivateKey(key) => key,
        other => unreachable!("{other:?}"),
    };
    let www = certificate("openssl-ca/issuing/www.crt");
    let entry = |reason| {
        RevokedEntry { serial: www.serial().clone(), revoked_at: datetime!(2026-11-21 12:00:00 UTC), reason, invalidity_date: None }
            .encode()
    };
    let request = CrlRequest {
        issuer: &world.issuing,
        algorithm: SignatureAlgorithm::EcdsaP384Sha384,
        number: CrlNumber::from_u64(4098),
        this_update: datetime!(2026-11-21 12:00:00 UTC),
        next_update: datetime!(2026-11-28 12:00:00 UTC),
        entries: entry(Some(RevocationReason::AffiliationChanged)),
        form: crate::crl::CrlForm::default(),
    };
    let newer = prepare_crl(request).unwrap().sign(&KeySigner::new(key).unwrap()).unwrap();
    let crls = [world.crls.clone(), vec![newer]].concat();
    let verdict = world.judge(&www, |input| input.crls = &crls);
    assert_eq!(problems(&verdict), [("revocation", CheckResult::Fail, 0)]);
    // Before the revocation it was good.
    let before = world.judge(&www, |input| (input.crls, input.at) = (&crls, datetime!(2026-11-21 11:00:00 UTC)));
    assert!(before.trusted, "{:?}", problems(&before));
}
