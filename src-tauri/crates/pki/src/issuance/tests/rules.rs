//! The rules of issuing, one by one.

use super::*;
use crate::asn1::{self, tag};
use crate::extension::Extension;
use crate::oid;
use crate::validity::Validity;
use time::Duration;

fn lints(prepared: &Prepared) -> Vec<&'static str> {
    prepared.findings().iter().map(|finding| finding.lint).collect()
}

#[test]
fn what_is_confirmed_is_what_is_signed() {
    let root = Authority::root(KeySpec::EcP384);
    let prepared = root.server(|_| ()).unwrap();
    let tbs = prepared.tbs_der().to_vec();
    assert_ne!(prepared.preview().signed_by(root.key.public_key()), SignatureVerdict::Valid);
    let certificate = prepared.sign(&root.signer()).unwrap();
    assert_eq!((certificate.tbs_der(), certificate.signed_by(root.key.public_key())), (tbs.as_slice(), SignatureVerdict::Valid));
    assert_eq!(certificate.issuer().as_der(), root.certificate.subject().as_der());
    assert_eq!(certificate.authority_key_id(), root.certificate.subject_key_id());
}

#[test]
fn another_key_signs_nothing() {
    let (root, other) = (Authority::root(KeySpec::EcP384), Authority::root(KeySpec::EcP384));
    let expected = SignPreparedError::WrongKey { expected: root.key.public_key().key_id(), found: other.key.public_key().key_id() };
    assert_eq!(root.server(|_| ()).unwrap().sign(&other.signer()).unwrap_err(), expected);

    let rsa = Authority::root(KeySpec::Rsa2048);
    let signer = KeySigner::with_algorithm(copy(&rsa.key), SignatureAlgorithm::RsaPkcs1Sha512).unwrap();
    let expected =
        SignPreparedError::WrongAlgorithm { expected: SignatureAlgorithm::RsaPkcs1Sha256, found: SignatureAlgorithm::RsaPkcs1Sha512 };
    assert_eq!(rsa.server(|_| ()).unwrap().sign(&signer).unwrap_err(), expected);
}

#[test]
fn a_signer_that_lies_is_found_out() {
    struct Liar(KeySigner);
    impl Signer for Liar {
        fn public_key(&self) -> &PublicKey {
            self.0.public_key()
        }
        fn algorithm(&self) -> SignatureAlgorithm {
            self.0.algorithm()
        }
        fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
            self.0.sign(&[message, b"."].concat())
        }
    }
    let root = Authority::root(KeySpec::EcP384);
    let fault = root.server(|_| ()).unwrap().sign(&Liar(root.signer())).unwrap_err();
    assert_eq!(fault, SignPreparedError::BadSignature { verdict: SignatureVerdict::Invalid });
}

#[test]
fn issuer_bytes_and_key_identifier_are_copied_from_odd_authorities() {
    // A TeletexString, two DCs, and a key identifier of no method that we use; then an authority without any identifier.
    let name = hex::decode(
        "303e31143012060a0992268993f22c64011916046578616d310b3009060355040a140241e431193017060a0992268993f22c640119160974657374",
    )
    .unwrap();
    let name = [name.as_slice(), b"-one!"].concat();
    let length = u8::try_from(name.len() - 2).unwrap();
    let name = [&[0x30, length], name.get(2..).unwrap()].concat();
    let subject = DistinguishedName::from_der(&name).unwrap();
    let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
    let constraints =
        Extension { oid: oid::BASIC_CONSTRAINTS.to_owned(), critical: true, der: asn1::sequence(&[&[tag::BOOLEAN, 1, 0xff]]) };
    let odd_id = Extension { oid: oid::SUBJECT_KEY_IDENTIFIER.to_owned(), critical: false, der: asn1::tlv(tag::OCTET_STRING, b"odd") };
    for (extensions, expected) in
        [(vec![constraints.clone(), odd_id], b"odd".to_vec()), (vec![constraints], key.public_key().key_id().as_bytes().to_vec())]
    {
        let tbs = tbs::written(&tbs::Parts {
            serial: &SerialNumber::from_entropy([1; 20]),
            algorithm: SignatureAlgorithm::EcdsaP256Sha256,
            issuer: &subject,
            validity: Validity::new(NOW, NOW + Duration::days(1000)).unwrap(),
            subject: &subject,
            public_key: key.public_key(),
            extensions: &extensions,
        })
        .unwrap();
        let signature = KeySigner::new(copy(&key)).unwrap().sign(&tbs).unwrap();
        let certificate = Certificate::from_der(&tbs::assembled(&tbs, SignatureAlgorithm::EcdsaP256Sha256, &signature)).unwrap();
        let authority = Authority { certificate, key: copy(&key) };
        let issued = authority.server(|_| ()).unwrap().sign(&authority.signer()).unwrap();
        assert_eq!(issued.issuer().as_der(), name);
        assert_eq!(issued.authority_key_id().unwrap().as_bytes(), expected);
    }
}

#[test]
fn default_lifetime_is_cut_to_the_issuers_and_says_so() {
    let root = Authority::root(KeySpec::EcP384);
    let ends = root.certificate.validity().not_after();
    let full = root.server(|_| ()).unwrap();
    assert_eq!(full.preview().validity().seconds(), 397 * 86_400);
    assert!(!lints(&full).contains(&"validity_cut_to_issuer"));

    let late = |wish: &mut IssuanceRequest<'_>| wish.now = ends - Duration::days(10);
    let cut = root.server(late).unwrap();
    assert_eq!(cut.preview().validity().not_after(), ends);
    assert_eq!(cut.findings().first().unwrap().lint, "validity_cut_to_issuer");
    let wished = ends - Duration::days(10) + Duration::days(11) - Duration::SECOND;
    for lifetime in [Lifetime::Days(11), Lifetime::Until(wished)] {
        let fault = root
            .server(|wish| {
                late(wish);
                wish.lifetime = lifetime;
            })
            .unwrap_err();
        assert_eq!(fault, PrepareError::OutlivesIssuer { wished, issuer_ends: ends });
    }
    // The last second of all is still inside.
    assert!(
        root.server(|wish| {
            late(wish);
            wish.lifetime = Lifetime::Until(ends);
        })
        .is_ok()
    );
}

#[test]
fn lifetimes_that_cannot_be() {
    let root = Authority::root(KeySpec::EcP384);
    let (starts, ends) = (root.certificate.validity().not_before(), root.certificate.validity().not_after());
    let with = |now: OffsetDateTime, lifetime: Lifetime| {
        root.server(|wish| {
            wish.now = now;
            wish.lifetime = lifetime;
        })
        .unwrap_err()
    };
    let default = Lifetime::ProfileDefault;
    assert_eq!(with(starts - Duration::SECOND, default), PrepareError::IssuerNotYetValid { not_before: starts });
    assert_eq!(with(ends + Duration::SECOND, default), PrepareError::IssuerExpired { not_after: ends });
    assert_eq!(
        with(NOW, Lifetime::Days(826)),
        PrepareError::LongerThanProfile { profile: "tls-server".to_owned(), days: 826, longest: 825 }
    );
    assert!(matches!(with(NOW, Lifetime::Days(0)), PrepareError::Validity(ValidityError::EndsBeforeStart { .. })));
    assert!(matches!(with(NOW, Lifetime::Until(NOW - Duration::SECOND)), PrepareError::Validity(ValidityError::EndsBeforeStart { .. })));
    assert!(matches!(with(NOW, Lifetime::Days(u32::MAX)), PrepareError::Validity(ValidityError::YearOutOfRange { .. })));
}

#[test]
fn fractions_of_a_second_are_dropped() {
    let root = Authority::root(KeySpec::EcP384);
    let prepared = root.server(|wish| wish.now = NOW + Duration::milliseconds(999)).unwrap();
    assert_eq!(prepared.preview().validity().not_before(), NOW);
}

#[test]
fn a_child_never_outgrows_its_issuers_path_length() {
    let root = Authority::root(KeySpec::EcP384);
    let unlimited = root.below(|_| ()).unwrap();
    assert_eq!(unlimited.certificate.path_length(), None);
    let two = root.below(|wish| wish.path_length = Some(2)).unwrap();
    assert_eq!(two.certificate.path_length(), Some(2));
    let one = two.below(|_| ()).unwrap();
    assert_eq!(one.certificate.path_length(), Some(1));
    assert_eq!(two.below(|wish| wish.path_length = Some(2)).err(), Some(PrepareError::PathLength { issuer_allows: 2, wished: Some(2) }));
    let last = one.below(|_| ()).unwrap();
    assert_eq!(last.certificate.path_length(), Some(0));
    assert_eq!(last.below(|_| ()).err(), Some(PrepareError::PathLength { issuer_allows: 0, wished: None }));
    assert!(last.server(|_| ()).is_ok());
}

#[test]
fn a_child_never_leaves_its_issuers_constraints() {
    let root = Authority::root(KeySpec::EcP384);
    let constrained = root
        .below(|wish| wish.name_constraints = NameConstraints::parse(&["dns:example.test"], &["dns:secret.example.test"]).unwrap())
        .unwrap();
    assert_eq!(constrained.certificate.extension(oid::NAME_CONSTRAINTS).map(|extension| extension.critical), Some(true));
    assert!(constrained.server(|wish| wish.names = names(&["a.example.test", "10.0.0.1"])).is_ok());
    for outside in ["example.org", "secret.example.test", "*.secret.example.test"] {
        let fault = constrained.server(|wish| wish.names = names(&["www.example.test", outside])).unwrap_err();
        assert!(matches!(fault, PrepareError::NameConstraints(_)), "{outside}: {fault}");
    }
}

#[test]
fn authorities_and_leaves_are_marked_as_such() {
    let root = Authority::root(KeySpec::EcP384);
    assert!(root.certificate.is_self_issued() && root.certificate.is_authority());
    assert_eq!(root.certificate.authority_key_id(), root.certificate.subject_key_id());
    assert_eq!(root.certificate.key_usages(), Some(crate::usage::KeyUsages::of(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign])));
    let leaf = root.server(|wish| wish.must_staple = false).unwrap();
    assert!(leaf.preview().extension(oid::BASIC_CONSTRAINTS).is_none() && !leaf.preview().is_authority());
    assert_eq!(leaf.preview().extended_key_usages(), Some(vec!["1.3.6.1.5.5.7.3.1".to_owned()]));
    assert_eq!(leaf.preview().subject_key_id(), Some(leaf.preview().public_key().key_id()));
    assert!(leaf.preview().extension(oid::KEY_USAGE).is_some_and(|extension| extension.critical));

    let (rsa, profile) = (PrivateKey::generate(KeySpec::Rsa2048).unwrap(), Profile::tls_server());
    let mut wish = request(&profile, rsa.public_key());
    wish.names = names(&["www.example.test"]);
    let usages = prepare(&wish, root.side()).unwrap().preview().key_usages().unwrap();
    assert_eq!(usages, crate::usage::KeyUsages::of(&[KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment]));
}

#[test]
fn the_subject_comes_from_the_first_name_if_it_fits() {
    let root = Authority::root(KeySpec::EcP384);
    let short = root.server(|wish| wish.names = names(&["10.0.0.1", "www.example.test"])).unwrap();
    assert_eq!(short.preview().subject().rfc4514(), "CN=10.0.0.1");
    assert_eq!(short.preview().extension(oid::SUBJECT_ALT_NAME).map(|extension| extension.critical), Some(false));
    let host = format!("{}.{}.test", "a".repeat(40), "b".repeat(40));
    let long = root.server(|wish| wish.names = names(&[host.as_str()])).unwrap();
    assert!(long.preview().subject().is_empty());
    assert_eq!(long.preview().extension(oid::SUBJECT_ALT_NAME).map(|extension| extension.critical), Some(true));
    let given = root.server(|wish| wish.subject = Some(DistinguishedName::empty())).unwrap();
    assert!(given.preview().subject().is_empty());
    assert_eq!(root.below(|wish| wish.subject = Some(DistinguishedName::empty())).err(), Some(PrepareError::SubjectMissing));
}

#[test]
fn wishes_that_are_refused() {
    let root = Authority::root(KeySpec::EcP384);
    let profile = || "tls-server".to_owned();
    let refused = |wish: &dyn Fn(&mut IssuanceRequest<'_>)| root.server(|request| wish(request)).unwrap_err();
    assert_eq!(
        refused(&|wish| wish.names.clear()),
        PrepareError::Profile { profile: profile(), broken: RuleBroken::TooFewNames { found: 0, at_least: 1 } }
    );
    let fault = refused(&|wish| wish.names = names(&["upn:ann@corp.test"]));
    assert_eq!(
        fault,
        PrepareError::Profile {
            profile: profile(),
            broken: RuleBroken::NameNotAllowed { kind: "upn".to_owned(), name: "upn:ann@corp.test".to_owned() }
        }
    );
    assert_eq!(refused(&|wish| wish.path_length = Some(0)), PrepareError::NotAnAuthority { profile: profile(), wish: "path_length" });
    let constraints = NameConstraints::parse(&["dns:a.test"], &[]).unwrap();
    assert_eq!(
        refused(&|wish| wish.name_constraints = constraints.clone()),
        PrepareError::NotAnAuthority { profile: profile(), wish: "name_constraints" }
    );
    assert_eq!(refused(&|wish| wish.addresses.crl_urls.push("ca.crl".to_owned())), PrepareError::Address { address: "ca.crl".to_owned() });
    for octets in [&[0][..], &[0xff], &[0, 1], &[1; 21]] {
        let serial = SerialNumber::from_content_octets(octets).unwrap();
        assert_eq!(refused(&|wish| wish.serial = serial.clone()), PrepareError::Serial { serial });
    }
    match refused(&|wish| wish.must_staple = true) {
        PrepareError::Refused { findings, .. } => assert!(findings.iter().any(|finding| finding.lint == "must_staple_without_ocsp")),
        other => assert_eq!(other.to_string(), "a refusal by lint"),
    }
    let leaf = root.server(|_| ()).unwrap().sign(&root.signer()).unwrap();
    let side = IssuerSide::Authority { certificate: &leaf, algorithm: SignatureAlgorithm::EcdsaP256Sha256 };
    let (key, profile) = (PrivateKey::generate(KeySpec::EcP256).unwrap(), Profile::tls_server());
    let mut wish = request(&profile, key.public_key());
    wish.names = names(&["a.test"]);
    assert_eq!(prepare(&wish, side).unwrap_err(), PrepareError::IssuerNotAuthority { issuer: "www.example.test".to_owned() });
    let fault = prepare(&wish, IssuerSide::SelfSigned(SignatureAlgorithm::EcdsaP256Sha256)).unwrap_err();
    assert_eq!(fault, PrepareError::WrongIssuerForProfile { profile: "tls-server".to_owned() });
    let wrong = IssuerSide::Authority { certificate: &root.certificate, algorithm: SignatureAlgorithm::Ed25519 };
    let fault = prepare(&wish, wrong).unwrap_err();
    assert_eq!(fault, PrepareError::AlgorithmDoesNotFit { algorithm: SignatureAlgorithm::Ed25519, key: "ec-p384".to_owned() });
}

#[test]
fn only_warnings_are_accepted() {
    let root = Authority::root(KeySpec::EcP384);
    let mut prepared = root
        .server(|wish| {
            wish.names = names(&["*.test"]);
            wish.addresses = Addresses::default();
        })
        .unwrap();
    assert_eq!(lints(&prepared), ["wildcard_too_broad", "no_revocation_address"]);
    prepared.accept(&["wildcard_too_broad".to_owned(), "no_revocation_address".to_owned()]);
    assert_eq!(prepared.findings().iter().map(|finding| finding.accepted).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn every_key_is_certified_by_every_authority() {
    let keys: Vec<PrivateKey> = SPECS.into_iter().map(|spec| PrivateKey::generate(spec).unwrap()).collect();
    let profile = Profile::tls_client();
    for issuer in SPECS {
        let root = Authority::root(issuer);
        for key in &keys {
            let mut wish = request(&profile, key.public_key());
            wish.subject = Some(DistinguishedName::parse("CN=ann").unwrap());
            let certificate = prepare(&wish, root.side()).unwrap().sign(&root.signer()).expect("issued");
            assert_eq!(certificate.public_key().spki_der(), key.public_key().spki_der());
            assert_eq!(certificate.signed_by(root.certificate.public_key()), SignatureVerdict::Valid);
        }
    }
}

#[test]
fn trying_out_finds_what_preparing_finds() {
    let root = Authority::root(KeySpec::EcP256);
    let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
    let profile = Profile::tls_server();
    for texts in [&["www.example.test"][..], &["*.test"], &["www.example.test", "uri:https://example.test/"]] {
        let mut request = request(&profile, key.public_key());
        request.names = names(texts);
        request.addresses = Addresses::default();
        let tried = try_out(&request, root.side());
        let prepared = prepare(&request, root.side()).map(|prepared| prepared.findings().to_vec());
        match (&tried, &prepared) {
            (
                Err(PrepareError::Refused { findings: tried, certificate: shown }),
                Err(PrepareError::Refused { findings: prepared, certificate }),
            ) => {
                assert_eq!((tried, shown.tbs_der()), (prepared, certificate.tbs_der()), "{texts:?}");
                assert_ne!(shown.signature(), certificate.signature(), "{texts:?}: signed although nothing comes of it");
            }
            _ => assert_eq!(tried, prepared, "{texts:?}"),
        }
        assert!(tried.is_err() || tried.is_ok_and(|findings| !findings.is_empty()), "{texts:?}: nothing to compare");
    }
}

#[test]
fn what_was_tried_out_is_written_and_signed_as_ever() {
    let root = Authority::root(KeySpec::EcP256);
    let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
    let profile = Profile::tls_server();
    let mut request = request(&profile, key.public_key());
    request.names = names(&["www.example.test"]);
    request.addresses = Addresses::default();
    let (again, first) = (prepare_tried_out(&request, root.side()).unwrap(), prepare(&request, root.side()).unwrap());
    assert_eq!((again.tbs_der(), again.findings()), (first.tbs_der(), first.findings()));
    assert!(!again.preview().signed_by(root.certificate.public_key()).is_valid(), "nothing is signed before it is asked for");
    let certificate = again.sign(&root.signer()).unwrap();
    assert!(certificate.signed_by(root.certificate.public_key()).is_valid());
    assert_eq!(certificate.tbs_der(), first.tbs_der());

    // Stapling without an OCSP address: an error of the lints.
    request.must_staple = true;
    assert!(matches!(prepare_tried_out(&request, root.side()), Err(PrepareError::Refused { .. })), "the lints look at it again");
}
