#![expect(clippy::disallowed_methods, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly, and openssl judges")]

use std::{fs, process::Command};

use time::{Duration, macros::datetime};

use super::*;
use crate::{
    asn1,
    certificate::{
        Certificate,
        tests::{certificate, data},
    },
    encoding::{Object, Password, recognise},
    key::{Fingerprint, KeySpec, PrivateKey},
    oid,
    revocation::RevocationReason,
    serial::SerialNumber,
    signature::SignatureVerdict,
    signer::{KeySigner, SignatureAlgorithm, Signer as _},
};

fn crl(path: &str) -> Crl {
    match recognise(&fs::read(data(path)).unwrap(), &[]).found.remove(0).object.unwrap() {
        Object::Crl(crl) => crl,
        other => unreachable!("{other:?}"),
    }
}

fn issuing_key() -> PrivateKey {
    let bytes = fs::read(data("openssl-ca/issuing/private/ca.key")).unwrap();
    match recognise(&bytes, &[Password::new("issuing".to_owned())]).found.remove(0).object.unwrap() {
        Object::PrivateKey(key) => key,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn a_list_of_openssl_is_read() {
    let list = crl("openssl-ca/issuing/crl/issuing.crl.pem");
    let issuer = certificate("openssl-ca/issuing/ca.crt");
    assert_eq!(list.number().unwrap().to_string(), "4097");
    assert_eq!(list.issuer(), issuer.subject());
    assert_eq!(list.version(), 2);
    assert_eq!(list.this_update(), datetime!(2026-11-21 01:54:39 UTC));
    assert_eq!(list.next_update(), Some(datetime!(2026-12-21 01:54:39 UTC)));
    assert_eq!(list.authority_key_id().cloned(), issuer.subject_key_id());
    assert!(!list.is_delta() && list.idp_der().is_none());
    // P-384 with SHA-256: the digest is the identifier's, the curve the key's.
    assert_eq!(list.signed_by(issuer.public_key()), SignatureVerdict::Valid);
    assert_eq!(list.signed_by(certificate("openssl-ca/root/ca.crt").public_key()), SignatureVerdict::Invalid);

    let entries: Vec<_> = list.entries().map(Result::unwrap).collect();
    assert_eq!((entries.len(), list.entry_count()), (4, 4));
    let reasons: Vec<_> = entries.iter().map(CrlEntry::reason).collect();
    assert_eq!(
        reasons,
        [Some(RevocationReason::Superseded), Some(RevocationReason::KeyCompromise), Some(RevocationReason::CertificateHold), None]
    );
    assert_eq!(entries[1].invalidity_date(), Some(datetime!(2026-10-15 12:00:00 UTC)));
    assert_eq!(entries[2].hold_instruction().as_deref(), Some("1.2.840.10040.2.3"));
    assert!(entries.iter().all(CrlEntry::is_fully_read));
    let serial: SerialNumber = "A8FA44E5A0DA2144F09A63F8BD6A215B".parse().unwrap();
    // The serial has its top bit set: OpenSSL wrote a leading zero, and the same certificate is found.
    let leaf = certificate("openssl-ca/issuing/db.crt");
    assert_eq!(leaf.serial().to_string(), serial.to_string());
    assert_eq!(list.find(leaf.serial()).unwrap().unwrap().reason(), Some(RevocationReason::KeyCompromise));
    assert_eq!(list.find(certificate("openssl-ca/issuing/www.crt").serial()), Ok(None));
    assert_eq!([list.header_der(), list.entries_der(), list.trailer_der()].concat(), list.der());
}

#[test]
fn a_list_without_a_number_is_read() {
    let list = crl("tiny-ca/pki/crl.pem");
    assert_eq!(list.number(), None);
    assert_eq!(list.entry_count(), 2);
    assert!(list.entries().all(|entry| entry.unwrap().reason().is_none()));
    assert_eq!(
        list.signed_by(certificate("tiny-ca/pki/5a1974b4-8dc4-43f9-94f8-ecbb68fd22e3/ca.pem").public_key()),
        SignatureVerdict::Valid
    );
    let easyrsa = crl("easyrsa/crl.pem");
    assert_eq!(easyrsa.signed_by(certificate("easyrsa/ca.crt").public_key()), SignatureVerdict::Valid);
    assert_eq!(easyrsa.entry_count(), 2);
}

fn entry(serial: &str, reason: Option<RevocationReason>) -> RevokedEntry {
    RevokedEntry { serial: serial.parse().unwrap(), revoked_at: datetime!(2026-11-20 10:00:00 UTC), reason, invalidity_date: None }
}

fn request<'a>(issuer: &'a Certificate, entries: Vec<u8>) -> CrlRequest<'a> {
    CrlRequest {
        issuer,
        algorithm: SignatureAlgorithm::EcdsaP384Sha384,
        number: CrlNumber::from_u64(4098),
        this_update: datetime!(2026-11-22 00:00:00 UTC),
        next_update: datetime!(2026-11-29 00:00:00 UTC),
        entries,
        form: CrlForm::default(),
    }
}

#[test]
fn entries_come_back_and_unspecified_is_never_written() {
    let full =
        RevokedEntry { invalidity_date: Some(datetime!(2026-10-15 12:00:00 UTC)), ..entry("0abc", Some(RevocationReason::KeyCompromise)) };
    assert_eq!(RevokedEntry::decode(&full.encode()), Ok(full.clone()));
    let plain = entry("0abc", None);
    assert_eq!(entry("0abc", Some(RevocationReason::Unspecified)).encode(), plain.encode());
    assert_eq!(RevokedEntry::decode(&plain.encode()), Ok(plain.clone()));
    assert!(!plain.encode().windows(3).any(|window| window == [0x55, 0x1d, 0x15]));
    // GeneralizedTime whatever the year (RFC 5280 5.3.2).
    assert!(full.encode().windows(15).any(|window| window == b"20261015120000Z"));
    assert!(RevokedEntry::decode(&[0x30, 0]).is_err());
}

#[test]
fn openssl_verifies_a_list_of_ours() {
    let issuer = certificate("openssl-ca/issuing/ca.crt");
    let signer = KeySigner::new(issuing_key()).unwrap();
    let entries = [
        entry("1a2b", Some(RevocationReason::Superseded)).encode(),
        entry("00ff00", None).encode(),
        RevokedEntry { invalidity_date: Some(datetime!(2051-01-01 00:00:00 UTC)), ..entry("7f", Some(RevocationReason::KeyCompromise)) }
            .encode(),
    ];
    let prepared = prepare_crl(request(&issuer, entries.concat())).unwrap();
    let tbs = prepared.tbs_der().to_vec();
    let list = prepared.sign(&signer).unwrap();
    assert_eq!(list.tbs_der(), tbs);
    assert_eq!(list.number().unwrap(), &CrlNumber::from_u64(4098));
    assert_eq!(list.authority_key_id().cloned(), issuer.subject_key_id());
    assert_eq!(list.issuer().as_der(), issuer.subject().as_der());
    assert_eq!(list.entries_der(), entries.concat());
    assert_eq!(list.find(&"00ff00".parse().unwrap()).unwrap().unwrap().reason(), None);

    let folder = std::env::temp_dir().join(format!("chancery-crl-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("list.pem");
    fs::write(&path, list.pem()).unwrap();
    let output = Command::new("openssl")
        .args(["crl", "-noout", "-text", "-verify", "-CAfile"])
        .arg(data("openssl-ca/issuing/ca.crt"))
        .arg("-in")
        .arg(&path)
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("verify OK"), "{said}");
    for line in ["4098", "Superseded", "Key Compromise", "Invalidity Date", "Serial Number: 1A2B"] {
        assert!(said.contains(line), "{line} in {said}");
    }
    assert!(!said.contains("Unspecified"));
}

#[test]
fn a_list_without_entries_leaves_the_field_out() {
    let issuer = certificate("openssl-ca/issuing/ca.crt");
    let list = prepare_crl(request(&issuer, Vec::new())).unwrap().sign(&KeySigner::new(issuing_key()).unwrap()).unwrap();
    assert_eq!(list.entry_count(), 0);
    assert_eq!(list.entries().count(), 0);
    let openssl = crl("openssl-ca/root/crl/root.crl.pem");
    assert_eq!(openssl.entry_count(), 0);
    assert_eq!([list.header_der(), list.trailer_der()].concat(), list.der());
}

#[test]
fn a_list_that_would_break_the_rules_is_not_made() {
    let issuer = certificate("openssl-ca/issuing/ca.crt");
    let mut late = request(&issuer, Vec::new());
    late.next_update = late.this_update;
    assert!(matches!(prepare_crl(late), Err(CrlError::NextNotAfterThis { .. })));
    assert!(matches!(prepare_crl(request(&issuer, vec![0x30, 3, 2, 1])), Err(CrlError::BrokenEntry { offset: 0 })));
    let leaf = certificate("openssl-ca/issuing/www.crt");
    assert!(matches!(prepare_crl(request(&leaf, Vec::new())), Err(CrlError::IssuerMayNotSignCrls)));
    let root = certificate("openssl-ca/root/ca.crt");
    assert!(matches!(prepare_crl(request(&root, Vec::new())), Err(CrlError::AlgorithmDoesNotFit { .. })));
    let stranger = KeySigner::new(PrivateKey::generate(KeySpec::EcP384).unwrap()).unwrap();
    assert_eq!(stranger.algorithm(), SignatureAlgorithm::EcdsaP384Sha384);
    assert!(matches!(prepare_crl(request(&issuer, Vec::new())).unwrap().sign(&stranger), Err(CrlError::AnotherKey { .. })));
}

#[test]
fn a_hundred_thousand_entries_are_walked_where_they_lie() {
    let issuer = certificate("openssl-ca/issuing/ca.crt");
    let start = datetime!(2026-01-01 00:00:00 UTC);
    let mut entries = Vec::new();
    for index in 0..100_000_u32 {
        let serial = SerialNumber::from_content_octets(&[&[1], index.to_be_bytes().as_slice()].concat()).unwrap();
        let revoked_at = start + Duration::seconds(i64::from(index));
        entries.extend(RevokedEntry { serial, revoked_at, reason: Some(RevocationReason::Superseded), invalidity_date: None }.encode());
    }
    let list = prepare_crl(request(&issuer, entries)).unwrap().sign(&KeySigner::new(issuing_key()).unwrap()).unwrap();
    assert_eq!(list.entry_count(), 100_000);
    let mut expected = 0_u32;
    for found in list.entries() {
        let found = found.unwrap();
        assert_eq!(&found.serial_octets()[1..], expected.to_be_bytes());
        assert_eq!(found.revoked_at(), start + Duration::seconds(i64::from(expected)));
        expected += 1;
    }
    assert_eq!(expected, 100_000);
    let last = SerialNumber::from_content_octets(&[1, 0, 1, 0x86, 0x9f]).unwrap();
    assert_eq!(list.find(&last).unwrap().unwrap().serial_octets(), last.content_octets());
}

#[test]
fn a_damaged_entry_is_an_error_and_hides_nothing() {
    let good = entry("01", None).encode();
    let bad = [0x30, 3, 2, 1, 5];
    let walked: Vec<_> = Entries::new(&[&good[..], &bad, &good].concat()).map(|item| item.is_ok()).collect();
    assert_eq!(walked, [true, false, true]);
    let cut = [&good[..], &good[..5]].concat();
    let walked: Vec<_> = Entries::new(&cut).collect();
    assert_eq!(walked[1], Err(EntryError::Malformed { offset: good.len() }));
    assert_eq!(walked.len(), 2);
    let list = crl("openssl-ca/issuing/crl/issuing.crl.pem");
    for length in 0..list.der().len() {
        assert!(Crl::from_der(&list.der()[..length]).is_err());
    }
}

#[test]
fn a_delta_and_a_part_say_so_critically_and_a_base_says_where_its_deltas_are() {
    let issuer = certificate("openssl-ca/issuing/ca.crt");
    let signer = KeySigner::new(issuing_key()).unwrap();
    let written = |form: CrlForm| prepare_crl(CrlRequest { form, ..request(&issuer, Vec::new()) }).unwrap().sign(&signer).unwrap();
    let oids = |list: &Crl| list.extensions().iter().map(|extension| (extension.oid.clone(), extension.critical)).collect::<Vec<_>>();
    let ours = [(oid::AUTHORITY_KEY_IDENTIFIER.to_owned(), false), (oid::CRL_NUMBER.to_owned(), false)];
    let urls = ["http://pki.test/ca-part1.crl".to_owned(), "http://mirror.test/ca-part1.crl".to_owned()];
    let deltas = vec!["http://pki.test/ca-delta.crl".to_owned()];

    let base = written(CrlForm { delta_urls: deltas.clone(), ..CrlForm::default() });
    assert_eq!(oids(&base), [&ours[..], &[(oid::FRESHEST_CRL.to_owned(), false)]].concat());
    assert!(base.der().windows(28).any(|octets| octets == b"http://pki.test/ca-delta.crl"));

    let scope = IssuingDistributionPoint { only_user_certificates: true, ..IssuingDistributionPoint::at(&urls) };
    let form = CrlForm { base: Some(CrlNumber::from_u64(4000)), scope: Some(scope.clone()), delta_urls: deltas };
    let delta = written(form);
    let critical = [(oid::DELTA_CRL_INDICATOR.to_owned(), true), (oid::ISSUING_DISTRIBUTION_POINT.to_owned(), true)];
    assert_eq!(oids(&delta), [&ours[..], &critical[..]].concat());
    assert!(delta.is_delta());
    assert_eq!(delta.base_number(), Some(&CrlNumber::from_u64(4000)));
    assert_eq!(delta.issuing_distribution_point(), Ok(Some(scope)));
    assert_eq!(delta.idp_urls(), urls);
    // onlyContainsUserCerts TRUE, and nothing for what is not so.
    assert!(delta.idp_der().unwrap().ends_with(&[0x81, 1, 0xff]));
    let kept = IssuingDistributionPoint::kept_in(delta.header_der(), delta.trailer_der());
    assert_eq!(kept, Ok(delta.issuing_distribution_point().unwrap()), "a list without entries");
    assert_eq!(IssuingDistributionPoint::kept_in(base.header_der(), base.trailer_der()), Ok(None));
    assert_eq!(kept.unwrap().unwrap().urls(), urls);
    assert!(IssuingDistributionPoint::kept_in(b"", &[0xa0, 1]).is_err());
    let form = CrlForm { scope: Some(IssuingDistributionPoint::at(&urls)), ..CrlForm::default() };
    let with = prepare_crl(CrlRequest { form, ..request(&issuer, entry("01", None).encode()) }).unwrap().sign(&signer).unwrap();
    let kept = IssuingDistributionPoint::kept_in(with.header_der(), with.trailer_der());
    assert_eq!(kept, Ok(Some(IssuingDistributionPoint::at(&urls))), "a list with entries");

    let form = CrlForm { base: Some(CrlNumber::from_u64(4099)), ..CrlForm::default() };
    assert!(matches!(prepare_crl(CrlRequest { form, ..request(&issuer, Vec::new()) }), Err(CrlError::Refused { .. })));
}

#[test]
fn lengths_are_minimal_whatever_the_signature_adds() {
    let issuer = certificate("openssl-ca/issuing/ca.crt");
    let signer = KeySigner::with_algorithm(issuing_key(), SignatureAlgorithm::EcdsaP384Sha384).unwrap();
    let one = entry("0123456789abcdef", None).encode();
    let mut lengthened = 0;
    // Around 256 and 65,536 octets, where the length of the whole takes one octet more.
    for entries in (0..8).chain(1_965..1_990) {
        let prepared = prepare_crl(request(&issuer, one.repeat(entries))).unwrap();
        let tbs = prepared.tbs_der().to_vec();
        let list = prepared.sign(&signer).unwrap();
        assert_eq!(list, Crl::from_der(list.der()).unwrap());
        assert_eq!((list.tbs_der(), list.entry_count(), list.entries_der()), (tbs.as_slice(), entries, one.repeat(entries).as_slice()));
        let with = |signature: &[u8]| {
            let algorithm = SignatureAlgorithm::EcdsaP384Sha384.algorithm_identifier_der();
            asn1::sequence(&[&tbs, &algorithm, &asn1::bit_string(signature)])
        };
        assert_eq!(list.der(), with(list.signature()), "{entries} entries");
        assert_eq!(list.sha256(), Fingerprint::of(list.der()));
        assert_eq!(list.signed_by(issuer.public_key()), SignatureVerdict::Valid);
        let of_length = |whole: &[u8]| whole[1] & 0x7f;
        lengthened += usize::from(of_length(&with(list.signature())) > of_length(&with(&[])));
    }
    assert!(lengthened > 0, "no signature made the length longer");
}
