//! Paths that break one rule each, put together by hand; openssl judges them too.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests fail loudly, and openssl judges")]

use std::{fs, process::Command};

use super::{AT, problems};
use crate::{
    alt_name::GeneralName,
    asn1::{self, tag},
    certificate::Certificate,
    chain::{CheckResult, Verdict, VerifyInput, verify},
    constraints::NameConstraints,
    key::{KeySpec, PrivateKey},
    name::DistinguishedName,
    oid,
    signer::{KeySigner, Signer as _},
    usage::{KeyUsage, KeyUsages},
    validity::Validity,
};

/// A key with a name: what signs.
pub(super) struct Party {
    pub(super) name: &'static str,
    pub(super) signer: KeySigner,
}

impl Party {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, signer: KeySigner::new(PrivateKey::generate(KeySpec::EcP256).unwrap()).unwrap() }
    }

    /// A certificate for `subject` that says just this.
    pub(super) fn certify(&self, subject: &Self, extensions: &[Vec<u8>]) -> Certificate {
        let name = |party: &Self| DistinguishedName::from_common_name(party.name).unwrap().as_der().to_vec();
        let validity = Validity::new(AT - time::Duration::days(1), AT + time::Duration::days(1)).unwrap();
        let algorithm = self.signer.algorithm().algorithm_identifier_der();
        let list = asn1::tlv(0xa3, &asn1::sequence(&[&extensions.concat()]));
        let tbs = asn1::sequence(&[
            &[0xa0, 3, 2, 1, 2],
            &[2, 1, u8::try_from(subject.name.len()).unwrap()],
            &algorithm,
            &name(self),
            &validity.to_der(),
            &name(subject),
            subject.signer.public_key().spki_der(),
            if extensions.is_empty() { &[] } else { &list },
        ]);
        let signature = self.signer.sign(&tbs).unwrap();
        Certificate::from_der(&asn1::sequence(&[&tbs, &algorithm, &asn1::bit_string(&signature)])).unwrap()
    }
}

pub(super) fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    asn1::sequence(&[&asn1::oid(oid).unwrap(), flag, &asn1::tlv(tag::OCTET_STRING, value)])
}

pub(super) fn authority(path_length: Option<u8>) -> Vec<u8> {
    let length = path_length.map(|length| vec![2, 1, length]).unwrap_or_default();
    extension(oid::BASIC_CONSTRAINTS, true, &asn1::sequence(&[&[1, 1, 0xff], &length]))
}

pub(super) fn usages(list: &[KeyUsage]) -> Vec<u8> {
    extension(oid::KEY_USAGE, true, &KeyUsages::of(list).to_der())
}

fn names(list: &[&str]) -> Vec<u8> {
    let names: Vec<_> = list.iter().map(|text| GeneralName::parse(text).unwrap()).collect();
    extension(oid::SUBJECT_ALT_NAME, false, &GeneralName::list_to_der(&names))
}

/// Judges `[leaf, intermediates…, root]`, and has openssl judge it: both must agree whether it is trusted.
fn judge(path: &[Certificate]) -> Verdict {
    let [leaf, untrusted @ .., root] = path else { unreachable!() };
    let verdict = verify(&VerifyInput { untrusted, trusted: std::slice::from_ref(root), ..VerifyInput::new(leaf, AT) });
    let thread = std::thread::current().name().unwrap_or_default().replace("::", "-");
    let folder = std::env::temp_dir().join(format!("chancery-chain-{}-{thread}-{}", std::process::id(), leaf.fingerprint()));
    fs::create_dir_all(&folder).unwrap();
    let write = |file: &str, certificates: &[Certificate]| {
        let path = folder.join(file);
        fs::write(&path, certificates.iter().map(Certificate::pem).collect::<String>()).unwrap();
        path
    };
    let mut openssl = Command::new("openssl");
    openssl.args(["verify", "-attime", &AT.unix_timestamp().to_string(), "-CAfile"]).arg(write("root.pem", std::slice::from_ref(root)));
    if !untrusted.is_empty() {
        openssl.arg("-untrusted").arg(write("untrusted.pem", untrusted));
    }
    let output = openssl.arg(write("leaf.pem", std::slice::from_ref(leaf))).output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(verdict.trusted, output.status.success(), "ours: {:?}\nopenssl: {said}", problems(&verdict));
    verdict
}

/// What fails, revocation left out: there are no lists here.
fn failing(path: &[Certificate]) -> Vec<(&'static str, CheckResult, usize)> {
    let verdict = judge(path);
    problems(&verdict).into_iter().filter(|(check, ..)| *check != "revocation").collect()
}

#[test]
fn a_sound_path_of_four_passes() {
    let (root, middle, low, leaf) = (Party::new("root"), Party::new("middle"), Party::new("low"), Party::new("leaf"));
    let path = [
        low.certify(&leaf, &[names(&["dns:www.acme.test"])]),
        middle.certify(&low, &[authority(Some(0)), usages(&[KeyUsage::KeyCertSign])]),
        root.certify(&middle, &[authority(Some(1))]),
        root.certify(&root, &[authority(None)]),
    ];
    assert_eq!(failing(&path), []);
}

#[test]
fn a_leaf_signs_nothing() {
    let (root, middle, leaf) = (Party::new("root"), Party::new("middle"), Party::new("leaf"));
    let own = root.certify(&root, &[authority(None)]);
    let no_authority = extension(oid::BASIC_CONSTRAINTS, true, &[0x30, 0]);
    for extensions in [vec![no_authority], vec![names(&["dns:a.test"])]] {
        let path = [middle.certify(&leaf, &[names(&["dns:b.test"])]), root.certify(&middle, &extensions), own.clone()];
        assert_eq!(failing(&path), [("basic-constraints", CheckResult::Fail, 1)]);
    }
}

#[test]
fn a_path_may_not_be_longer_than_allowed() {
    let (root, middle, low, leaf) = (Party::new("root"), Party::new("middle"), Party::new("low"), Party::new("leaf"));
    let path = |middle_length, root_length| {
        [
            low.certify(&leaf, &[names(&["dns:a.test"])]),
            middle.certify(&low, &[authority(None)]),
            root.certify(&middle, &[authority(middle_length)]),
            root.certify(&root, &[authority(root_length)]),
        ]
    };
    assert_eq!(failing(&path(Some(0), None)), [("path-length", CheckResult::Fail, 2)]);
    assert_eq!(failing(&path(None, Some(1))), [("path-length", CheckResult::Fail, 3)]);
    assert_eq!(failing(&path(Some(1), Some(2))), []);
}

#[test]
fn a_key_not_meant_for_signing_signs_nothing() {
    let (root, middle, leaf) = (Party::new("root"), Party::new("middle"), Party::new("leaf"));
    let path = [
        middle.certify(&leaf, &[names(&["dns:a.test"])]),
        root.certify(&middle, &[authority(None), usages(&[KeyUsage::CrlSign])]),
        root.certify(&root, &[authority(None)]),
    ];
    assert_eq!(failing(&path), [("key-usage", CheckResult::Fail, 1)]);
}

#[test]
fn constrained_names_bind_everything_below() {
    let (root, middle, leaf) = (Party::new("root"), Party::new("middle"), Party::new("leaf"));
    let constraints = NameConstraints::parse(&["dns:acme.test"], &["dns:secret.acme.test"]).unwrap();
    let constrained = root.certify(&middle, &[authority(None), extension(oid::NAME_CONSTRAINTS, true, &constraints.to_der())]);
    let own = root.certify(&root, &[authority(None)]);
    let path = |name| [middle.certify(&leaf, &[names(&[name])]), constrained.clone(), own.clone()];
    assert_eq!(failing(&path("dns:www.acme.test")), []);
    for name in ["dns:acme.test.evil.test", "dns:www.other.test", "dns:a.secret.acme.test"] {
        assert_eq!(failing(&path(name)), [("name-constraints", CheckResult::Fail, 0)], "{name}");
    }
}

#[test]
fn what_is_critical_and_unknown_refuses() {
    let (root, leaf) = (Party::new("root"), Party::new("leaf"));
    let own = root.certify(&root, &[authority(None)]);
    let unknown = |critical| [root.certify(&leaf, &[extension("1.2.3.4.5", critical, &[5, 0])]), own.clone()];
    assert_eq!(failing(&unknown(true)), [("critical-extensions", CheckResult::Fail, 0)]);
    assert_eq!(failing(&unknown(false)), []);
}

#[test]
fn signatures_decide_and_not_names() {
    let (root, impostor, leaf) = (Party::new("root"), Party::new("root"), Party::new("leaf"));
    let path = [impostor.certify(&leaf, &[names(&["dns:a.test"])]), root.certify(&root, &[authority(None)])];
    assert_eq!(failing(&path), [("signature", CheckResult::Fail, 0)]);
    // With both roots of one name, the one whose key signed is found.
    let both = [path[1].clone(), impostor.certify(&impostor, &[authority(None)])];
    let verdict = verify(&VerifyInput { trusted: &both, ..VerifyInput::new(&path[0], AT) });
    assert!(verdict.trusted);
    assert_eq!(verdict.path, [path[0].clone(), both[1].clone()]);
}
