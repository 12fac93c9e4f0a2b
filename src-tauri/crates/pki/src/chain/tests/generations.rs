//! Two generations of one authority: one name, two keys, a list for each.

use super::forged::{Party, authority, extension, usages};
use super::*;
use crate::key::KeyId;
use crate::signer::Signer as _;
use crate::usage::KeyUsage;
use crate::{asn1, oid};

fn key_id(party: &Party) -> KeyId {
    party.signer.public_key().key_id()
}

fn subject_key(party: &Party) -> Vec<u8> {
    extension(oid::SUBJECT_KEY_IDENTIFIER, false, &asn1::tlv(4, key_id(party).as_bytes()))
}

fn authority_key(party: &Party) -> Vec<u8> {
    extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &asn1::sequence(&[&asn1::tlv(0x80, key_id(party).as_bytes())]))
}

fn list(issuer: &Certificate, party: &Party, revoked: &[&Certificate]) -> Crl {
    let at = AT - time::Duration::hours(1);
    let entry = |certificate: &&Certificate| {
        RevokedEntry { serial: certificate.serial().clone(), revoked_at: at, reason: None, invalidity_date: None }.encode()
    };
    let request = CrlRequest {
        issuer,
        algorithm: SignatureAlgorithm::EcdsaP256Sha256,
        number: CrlNumber::from_u64(1),
        this_update: at,
        next_update: at + time::Duration::days(7),
        entries: revoked.iter().flat_map(entry).collect(),
        form: crate::crl::CrlForm::default(),
    };
    prepare_crl(request).unwrap().sign(&party.signer).unwrap()
}

struct Generations {
    root: Certificate,
    /// The authority's certificates: old key, new key.
    certificates: [Certificate; 2],
    parties: [Party; 2],
    /// A leaf of each.
    leaves: [Certificate; 2],
}

fn generations() -> Generations {
    let root = Party::new("root");
    let parties = [Party::new("issuing"), Party::new("issuing")];
    let signs = usages(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign]);
    let certificates =
        [0, 1].map(|place: usize| root.certify(&parties[place], &[authority(None), signs.clone(), subject_key(&parties[place])]));
    let names = ["leaf-of-old", "leaf-of-new.test"];
    let leaves = [0, 1].map(|place: usize| parties[place].certify(&Party::new(names[place]), &[authority_key(&parties[place])]));
    Generations { root: root.certify(&root, &[authority(None), signs, subject_key(&root)]), certificates, parties, leaves }
}

impl Generations {
    fn judge(&self, place: usize, crls: &[Crl]) -> Verdict {
        verify(&VerifyInput {
            untrusted: &self.certificates,
            trusted: std::slice::from_ref(&self.root),
            crls,
            ..VerifyInput::new(&self.leaves[place], AT)
        })
    }
}

fn revocation(verdict: &Verdict) -> CheckResult {
    verdict.checks.iter().find(|check| check.check == "revocation" && check.subject == 0).unwrap().result
}

#[test]
fn each_leaf_is_traced_to_its_own_generation() {
    let world = generations();
    for place in [0, 1] {
        let verdict = world.judge(place, &[]);
        assert!(verdict.trusted, "{:?}", problems(&verdict));
        assert_eq!(verdict.path[1], world.certificates[place]);
    }
}

#[test]
fn the_list_of_one_generation_does_not_clear_the_leaves_of_the_other() {
    let world = generations();
    let clean = [0, 1].map(|place: usize| list(&world.certificates[place], &world.parties[place], &[]));
    for (place, other) in [(0, 1), (1, 0)] {
        assert_eq!(revocation(&world.judge(place, std::slice::from_ref(&clean[place]))), CheckResult::Pass);
        assert_eq!(revocation(&world.judge(place, std::slice::from_ref(&clean[other]))), CheckResult::Unknown);
    }
    let revoking = list(&world.certificates[0], &world.parties[0], &[&world.leaves[0]]);
    let verdict = world.judge(0, &[clean[1].clone(), revoking]);
    assert!(!verdict.trusted);
    assert_eq!(revocation(&verdict), CheckResult::Fail);
}

/// A certificate that the name issued to itself ties the new key to the old one: then a list by the new key speaks for both
/// (RFC 4210 4.4), unless the old key still has a list of its own.
#[test]
fn a_link_between_the_keys_lets_the_new_list_clear_unless_the_old_key_goes_on() {
    let mut world = generations();
    let signs = usages(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign]);
    let link = world.parties[0]
        .certify(&world.parties[1], &[authority(None), signs, subject_key(&world.parties[1]), authority_key(&world.parties[0])]);
    let by_new = list(&world.certificates[1], &world.parties[1], &[]);
    world.certificates[1] = link;
    assert_eq!(revocation(&world.judge(0, std::slice::from_ref(&by_new))), CheckResult::Pass);
    let ended = CrlRequest {
        issuer: &world.certificates[0],
        algorithm: SignatureAlgorithm::EcdsaP256Sha256,
        number: CrlNumber::from_u64(1),
        this_update: AT - time::Duration::days(9),
        next_update: AT - time::Duration::days(2),
        entries: Vec::new(),
        form: crate::crl::CrlForm::default(),
    };
    let ended = prepare_crl(ended).unwrap().sign(&world.parties[0].signer).unwrap();
    assert_eq!(revocation(&world.judge(0, &[by_new, ended])), CheckResult::Unknown);
}
