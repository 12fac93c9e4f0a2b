#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail loudly")]

use std::fs;

use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::certificate::Certificate;
use crate::certificate::tests::{certificate, data};
use crate::constraints::NameConstraints;
use crate::crl::{CrlForm, CrlNumber, CrlRequest, RevokedEntry, prepare_crl};
use crate::encoding::pem;
use crate::issuance::{Addresses, IssuanceRequest, IssuerSide, prepare};
use crate::key::{KeySpec, PrivateKey};
use crate::name::DistinguishedName;
use crate::preflight::{EntryLints, lint_crl, lint_passed_crl};
use crate::profile::Profile;
use crate::revocation::RevocationReason;
use crate::signature::SignatureVerdict;
use crate::signer::{KeySigner, SignatureAlgorithm, Signer as _};
use crate::validity::Lifetime;

/// Entries with their offsets.
type Passed = Vec<(u64, Vec<u8>)>;

fn walked(octets: &[u8]) -> Result<(Passed, CrlSummary), CrlWalkError> {
    let mut walk = CrlWalk::open(octets)?;
    let mut entries = Vec::new();
    while let Some(entry) = walk.next_entry()? {
        entries.push((entry.offset, entry.der.to_vec()));
    }
    Ok((entries, walk.finish()?))
}

fn root_of(signer: &KeySigner, kind: KeySpec) -> Certificate {
    let profile = Profile::root();
    let request = IssuanceRequest {
        profile: &profile,
        subject: Some(DistinguishedName::parse("CN=Root,O=Acme").unwrap()),
        names: Vec::new(),
        public_key: signer.public_key(),
        serial: SerialNumber::from_entropy([0x5a; 20]),
        now: datetime!(2026-11-21 12:00:00 UTC),
        lifetime: Lifetime::ProfileDefault,
        path_length: None,
        name_constraints: NameConstraints::default(),
        addresses: Addresses::default(),
        must_staple: false,
        requested: &[],
        extensions: Vec::new(),
        policy: None,
        subject_key_id: None,
    };
    prepare(&request, IssuerSide::SelfSigned(SignatureAlgorithm::for_key(kind))).unwrap().sign(signer).unwrap()
}

/// A list of `count` entries of every kind, by the key of a root of its own.
fn made(kind: KeySpec, count: u16, rising: bool) -> (Crl, crate::key::PublicKey) {
    let signer = KeySigner::new(PrivateKey::generate(kind).unwrap()).unwrap();
    let issuer = root_of(&signer, kind);
    let entries: Vec<u8> = (0..count)
        .flat_map(|index| {
            let number = if rising { index } else { index.wrapping_mul(40_503) };
            let mut octets = [0x5a; 18];
            octets[1..3].copy_from_slice(&number.to_be_bytes());
            let reason = RevocationReason::ALL[usize::from(index % 7)];
            RevokedEntry {
                serial: SerialNumber::from_content_octets(&octets).unwrap(),
                revoked_at: datetime!(2026-11-20 10:00:00 UTC),
                reason: Some(reason),
                invalidity_date: (index % 5 == 0).then_some(datetime!(2026-11-01 10:00:00 UTC)),
            }
            .encode()
        })
        .collect();
    let request = CrlRequest {
        issuer: &issuer,
        algorithm: signer.algorithm(),
        number: CrlNumber::from_u64(4098),
        this_update: datetime!(2026-11-22 00:00:00 UTC),
        next_update: datetime!(2026-11-29 00:00:00 UTC),
        entries,
        form: CrlForm::default(),
    };
    (prepare_crl(request).unwrap().sign(&signer).unwrap(), issuer.public_key().clone())
}

fn assert_same(crl: &Crl, entries: &[(u64, Vec<u8>)], summary: &CrlSummary) {
    assert_eq!(entries.iter().map(|(_, der)| der.as_slice()).collect::<Vec<_>>().concat(), crl.entries_der());
    for (offset, der) in entries {
        let at = usize::try_from(*offset).unwrap();
        assert_eq!(crl.der().get(at..at + der.len()), Some(der.as_slice()));
    }
    assert_eq!(summary.entry_count(), u64::try_from(crl.entry_count()).unwrap());
    assert_eq!(summary.size(), u64::try_from(crl.der().len()).unwrap());
    assert_eq!((summary.sha256(), summary.issuer(), summary.number()), (crl.sha256(), crl.issuer(), crl.number()));
    assert_eq!((summary.this_update(), summary.next_update()), (crl.this_update(), crl.next_update()));
    assert_eq!((summary.is_delta(), summary.base_number(), summary.idp_der()), (crl.is_delta(), crl.base_number(), crl.idp_der()));
    assert_eq!(summary.authority_key_id(), crl.authority_key_id());
    assert_eq!(summary.signature_algorithm(), crl.signature_algorithm());
}

#[test]
fn one_pass_tells_what_a_list_in_memory_tells() {
    for kind in KeySpec::ALL {
        if matches!(kind, KeySpec::Rsa3072 | KeySpec::Rsa4096) {
            continue;
        }
        for count in [0, 1, 9000] {
            let (crl, key) = made(kind, count, true);
            let (entries, summary) = walked(crl.der()).unwrap();
            assert_same(&crl, &entries, &summary);
            assert!(summary.serials_rise());
            assert_eq!(summary.signed_by(&key), SignatureVerdict::Valid, "{kind:?}");
            let (entries, summary) = walked(crl.pem().as_bytes()).unwrap();
            assert_same(&crl, &entries, &summary);
            assert_eq!(summary.signed_by(&key), SignatureVerdict::Valid, "{kind:?}");
            let mut changed = crl.der().to_vec();
            let middle = changed.len() / 2;
            changed[middle] ^= 1;
            if let Ok((_, summary)) = walked(&changed) {
                assert_ne!(summary.signed_by(&key), SignatureVerdict::Valid);
                assert_ne!(summary.sha256(), crl.sha256());
            }
        }
    }
    assert!(!walked(made(KeySpec::EcP256, 300, false).0.der()).unwrap().1.serials_rise());
}

#[test]
fn lists_of_others_are_read_and_their_signatures_checked() {
    for (list, issuer) in [
        ("openssl-ca/issuing/crl/issuing.crl.pem", "openssl-ca/issuing/ca.crt"),
        ("easyrsa/crl.pem", "easyrsa/ca.crt"),
        ("tiny-ca/pki/crl.pem", "tiny-ca/pki/5a1974b4-8dc4-43f9-94f8-ecbb68fd22e3/ca.pem"),
    ] {
        let octets = fs::read(data(list)).unwrap();
        let der = pem::blocks(&octets).into_iter().find(|block| block.label == "X509 CRL").unwrap().body.unwrap();
        let crl = Crl::from_der(&der).unwrap();
        let (entries, summary) = walked(&octets).unwrap();
        assert_same(&crl, &entries, &summary);
        assert_eq!(summary.signed_by(certificate(issuer).public_key()), SignatureVerdict::Valid, "{list}");
        assert!(!summary.signed_by(certificate("openssl-ca/root/ca.crt").public_key()).is_valid(), "{list}");
        let mut lints = EntryLints::new(summary.this_update());
        for entry in crl.entries() {
            lints.judge(entry);
        }
        assert_eq!(lint_passed_crl(&summary, lints, None), lint_crl(&crl, None));
    }
}

#[test]
fn what_is_no_der_is_named_with_its_place() {
    let (crl, _) = made(KeySpec::EcP256, 3, true);
    let whole = crl.der();
    let first = crl.header_der().len();
    assert!(matches!(walked(&[whole, &[0]].concat()), Err(CrlWalkError::Trailing { position }) if position == whole.len() as u64));
    for end in 0..whole.len() {
        match walked(&whole[..end]) {
            Err(CrlWalkError::CutOff { position }) => assert!(position <= end as u64),
            Err(CrlWalkError::Input(_)) if end == 0 => {}
            other => panic!("{end}: {other:?}"),
        }
    }
    let changed = |at: usize, octet: u8| {
        let mut changed = whole.to_vec();
        changed[at] = octet;
        walked(&changed).map(drop).unwrap_err()
    };
    assert!(
        matches!(changed(first + 1, 0x80), CrlWalkError::NotDer { position, problem: "an indefinite length" } if position == first as u64)
    );
    assert!(matches!(changed(first + 1, 0x81), CrlWalkError::NotDer { problem: "a length that is not minimal", .. }));
    let serial = first + 4;
    assert_eq!(whole[serial - 2..serial], [0x02, 18]);
    for (lead, next) in [(0x00, 0x5a), (0xff, 0x80)] {
        let mut padded = whole.to_vec();
        padded[serial..serial + 2].copy_from_slice(&[lead, next]);
        let refused = walked(&padded).map(drop).unwrap_err();
        assert!(
            matches!(refused, CrlWalkError::NotDer { position, problem: "an INTEGER that is not minimal" } if position == first as u64)
        );
    }
    assert!(matches!(changed(first, 0x31), CrlWalkError::Malformed { field: "revoked entry", position } if position == first as u64));
    assert!(matches!(changed(first + 2, 0x04), CrlWalkError::Malformed { field: "revoked entry", .. }));
    assert!(matches!(changed(first + 1, 0x7f), CrlWalkError::Malformed { field: "revoked entry", .. }));
    // A length of 2^40 octets costs nothing.
    let huge = [0x30, 0x86, 1, 0, 0, 0, 0, 0, 0x30, 0x85, 0x7f, 0, 0, 0, 0, 0x30, 0x84, 0x7f, 0, 0, 0];
    assert!(matches!(walked(&huge), Err(CrlWalkError::TooLong { field: "signature", limit: LARGEST_HEAD, .. })));
}

#[test]
fn a_list_with_two_algorithms_proves_nothing() {
    let (crl, key) = made(KeySpec::EcP256, 3, true);
    // ecdsa-with-SHA256 outside becomes ecdsa-with-SHA384.
    let at = crl.der().len() - crl.signature().len() - 4;
    let at = crl.der()[..at + 1].iter().rposition(|octet| *octet == 2).unwrap();
    let mut changed = crl.der().to_vec();
    changed[at] = 3;
    let (_, summary) = walked(&changed).unwrap();
    assert_eq!(summary.signature_algorithm().name(), "ecdsa-with-SHA384");
    assert_eq!(summary.signed_by(&key), SignatureVerdict::CannotCheck("two signature algorithms".to_owned()));
}

fn any_entry() -> impl Strategy<Value = RevokedEntry> {
    let serial = proptest::collection::vec(any::<u8>(), 1..21).prop_filter("an INTEGER of DER", |octets| is_minimal(octets));
    let reason = proptest::option::of(proptest::sample::select(RevocationReason::ALL.as_slice()));
    (serial, 0_i64..4_000_000_000, reason, proptest::option::of(0_i64..4_000_000_000)).prop_map(|(serial, at, reason, since)| {
        RevokedEntry {
            serial: SerialNumber::from_content_octets(&serial).unwrap(),
            revoked_at: OffsetDateTime::from_unix_timestamp(at).unwrap(),
            reason: reason.filter(|reason| *reason != RevocationReason::Unspecified),
            invalidity_date: since.map(|since| OffsetDateTime::from_unix_timestamp(since).unwrap()),
        }
    })
}

/// A list with these entries; nobody signed it.
pub(in crate::crl) fn unsigned(entries: &[RevokedEntry]) -> Vec<u8> {
    let base = made_once();
    let encoded: Vec<u8> = entries.iter().flat_map(RevokedEntry::encode).collect();
    let frame = walked(base).unwrap().1;
    let mut fields = asn1::Reader::new(frame.frame().tbs_der()).enter(tag::SEQUENCE).unwrap();
    let (mut head, mut extensions) = (Vec::new(), Vec::new());
    while !fields.is_empty() {
        let field = fields.any().unwrap();
        let part = if field.tag == 0xa0 { &mut extensions } else { &mut head };
        part.extend_from_slice(field.raw);
    }
    let revoked = if encoded.is_empty() { Vec::new() } else { asn1::tlv(tag::SEQUENCE, &encoded) };
    let tbs = asn1::sequence(&[&head, &revoked, &extensions]);
    asn1::sequence(&[&tbs, &asn1::sequence(&[&asn1::oid("1.2.840.10045.4.3.2").unwrap()]), &asn1::bit_string(&[1, 2, 3])])
}

fn made_once() -> &'static [u8] {
    static LIST: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    LIST.get_or_init(|| made(KeySpec::EcP256, 0, true).0.der().to_vec())
}

proptest! {
    #[test]
    fn any_entries_come_back(entries in proptest::collection::vec(any_entry(), 0..60)) {
        let octets = unsigned(&entries);
        let (found, summary) = walked(&octets).unwrap();
        let read: Vec<RevokedEntry> = found.iter().map(|(_, der)| RevokedEntry::decode(der).unwrap()).collect();
        prop_assert_eq!(&read, &entries);
        let crl = Crl::from_der(&octets).unwrap();
        assert_same(&crl, &found, &summary);
        for entry in &entries {
            let last = found.iter().rev().find(|(_, der)| RevokedEntry::decode(der).unwrap().serial == entry.serial).unwrap();
            prop_assert_eq!(crl.find(&entry.serial).unwrap().unwrap().der(), last.1.as_slice());
        }
    }

    /// Whatever one octet is changed to: both readers say the same, or the strict one says what it does not take.
    #[test]
    fn the_strict_reader_and_the_lenient_one_agree(at in any::<proptest::sample::Index>(), octet in any::<u8>()) {
        let mut octets = unsigned(&[RevokedEntry { serial: "0a".parse().unwrap(), revoked_at: datetime!(2026-11-20 10:00:00 UTC), reason: None, invalidity_date: None }]);
        let at = at.index(octets.len());
        octets[at] = octet;
        match (walked(&octets), Crl::from_der(&octets)) {
            (Ok((entries, summary)), Ok(crl)) => assert_same(&crl, &entries, &summary),
            (Ok(_), Err(error)) => prop_assert!(false, "only the strict reader takes it: {}", error),
            (Err(_), _) => {}
        }
    }
}
