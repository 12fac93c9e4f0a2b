#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail loudly")]

mod wycheproof_vectors;

use super::*;
use crate::asn1;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const VECTORS: &str = include_str!("../../../../../../tests/data/signatures/vectors.txt");
const MESSAGE: &[u8] = include_bytes!("../../../../../../tests/data/signatures/message.txt");

struct Vector {
    name: &'static str,
    verdict: &'static str,
    key: PublicKey,
    algorithm: SignatureAlgorithmId,
    signature: Vec<u8>,
}

fn vectors() -> Vec<Vector> {
    let decoded = |text: &str| STANDARD.decode(text).unwrap();
    let vector = |line: &'static str| {
        let words: Vec<&str> = line.split(' ').collect();
        Vector {
            name: words[0],
            verdict: words[1],
            key: PublicKey::from_spki_der(&decoded(words[2])).unwrap(),
            algorithm: SignatureAlgorithmId::from_der(&decoded(words[3])).unwrap(),
            signature: decoded(words[4]),
        }
    };
    VECTORS.lines().map(vector).collect()
}

fn vector(name: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.name == name).unwrap()
}

fn told(verdict: &SignatureVerdict) -> String {
    match verdict {
        SignatureVerdict::Valid => "valid".to_owned(),
        SignatureVerdict::ValidButWeak(weakness) => format!("weak:{weakness}"),
        SignatureVerdict::Invalid => "invalid".to_owned(),
        SignatureVerdict::CannotCheck(what) => {
            assert!(!what.is_empty());
            "cannot".to_owned()
        }
    }
}

#[test]
fn signatures_of_openssl_are_judged_and_changed_ones_are_not_taken() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 100);
    for Vector { name, verdict, key, algorithm, mut signature } in vectors {
        assert_eq!(told(&key.verify(&algorithm, MESSAGE, &signature)), verdict, "{name}");
        let changed = if verdict == "cannot" { "cannot" } else { "invalid" };
        assert_eq!(told(&key.verify(&algorithm, b"another message", &signature)), changed, "{name}");
        *signature.last_mut().unwrap() ^= 1;
        assert_eq!(told(&key.verify(&algorithm, MESSAGE, &signature)), changed, "{name}");
        assert_eq!(told(&key.verify(&algorithm, MESSAGE, &signature[1..])), changed, "{name}");
        assert_eq!(told(&key.verify(&algorithm, MESSAGE, &[])), changed, "{name}");
    }
}

#[test]
fn the_definition_and_the_library_agree() {
    for Vector { name, verdict, key, algorithm, mut signature } in vectors() {
        let Ok(scheme) = scheme_of(&algorithm) else { continue };
        let Ok(rsa) = rsa::Key::read(key.key_bits()) else { continue };
        let mut plainly = |expected: bool| {
            let found = match scheme {
                Scheme::RsaPkcs1(hash) => rsa.verify_pkcs1_plainly(hash, &hash.of(MESSAGE), &signature),
                Scheme::RsaPss(parameters) => rsa.verify_pss_plainly(parameters, &parameters.hash.of(MESSAGE), &signature),
                Scheme::Ecdsa(_) | Scheme::Dsa(_) | Scheme::Ed25519 => panic!("{name} is no RSA signature"),
            };
            assert!(found.is_ok_and(|found| found == expected), "{name}");
            signature[100] ^= 1;
        };
        if verdict != "cannot" && name != "pkcs1-rsa-512-sha256" {
            plainly(true);
            plainly(false);
        }
    }
}

#[test]
fn a_key_of_another_kind_did_not_sign() {
    let (p256, rsa, ed25519) = (vector("ecdsa-P-256-sha256"), vector("pkcs1-rsa-2048-sha256"), vector("ed25519"));
    for (one, other) in
        [(&p256, &rsa), (&rsa, &p256), (&ed25519, &rsa), (&p256, &ed25519), (&vector("pss-pss-free-sha256-sha256-32"), &rsa)]
    {
        assert_eq!(one.key.verify(&other.algorithm, MESSAGE, &other.signature), SignatureVerdict::Invalid, "{}, {}", one.name, other.name);
    }
}

#[test]
fn a_bound_key_makes_no_other_signatures() {
    let bound = vector("pss-pss-bound-sha256-sha256-32");
    for parameters in [
        PssParameters { salt: 20, ..PssParameters::of_hash(HashFunction::Sha256) },
        PssParameters { mask_hash: HashFunction::Sha1, ..PssParameters::of_hash(HashFunction::Sha256) },
        PssParameters::of_hash(HashFunction::Sha512),
    ] {
        let algorithm = SignatureAlgorithmId { oid: oid::RSASSA_PSS.to_owned(), parameters: Some(parameters.to_der()) };
        assert_eq!(bound.key.verify(&algorithm, MESSAGE, &bound.signature), SignatureVerdict::Invalid, "{parameters:?}");
    }
}

/// A key that nobody could have, or that we cannot read, proves nothing either way.
#[test]
fn what_cannot_be_told_is_said_so() {
    let genuine = vector("pkcs1-rsa-2048-sha256");
    let keyed = |modulus: &[u8], exponent: &[u8]| {
        let bits = asn1::sequence(&[&asn1::unsigned(modulus), &asn1::unsigned(exponent)]);
        PublicKey::from_parts(oid::RSA_ENCRYPTION, asn1::NULL, &bits).unwrap()
    };
    let odd = [vec![0xc5; 255], vec![1]].concat();
    for (key, what) in [
        (keyed(&odd, &[1]), "RSA with the exponent 0x01"),
        (keyed(&odd, &[1, 0, 0]), "RSA with the exponent 0x010000"),
        (keyed(&[0xc4; 256], &[3]), "RSA with an impossible modulus"),
        (keyed(&vec![0xff; 2049], &[3]), "RSA with 16392 bits"),
        (keyed(&vec![0xff; 512], &[1; 9]), "RSA with an exponent of 9 octets"),
        (PublicKey::from_parts(oid::RSA_ENCRYPTION, asn1::NULL, &[1, 2, 3]).unwrap(), "unreadable RSA key"),
    ] {
        let verdict = key.verify(&genuine.algorithm, MESSAGE, &genuine.signature);
        assert_eq!(verdict, SignatureVerdict::CannotCheck(what.to_owned()));
    }
    let ecdsa = vector("ecdsa-P-256-sha256");
    let curve = asn1::oid(oid::SECP256R1).unwrap();
    let off_the_curve = PublicKey::from_parts(oid::EC_PUBLIC_KEY, &curve, &[4; 65]).unwrap();
    let verdict = off_the_curve.verify(&ecdsa.algorithm, MESSAGE, &ecdsa.signature);
    assert_eq!(verdict, SignatureVerdict::CannotCheck("unreadable key of kind ec-p256".to_owned()));
    let named = |name: &str| {
        let vector = vector(name);
        match vector.key.verify(&vector.algorithm, MESSAGE, &vector.signature) {
            SignatureVerdict::CannotCheck(what) => what,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(named("sm2-sm3"), "SM2 with SM3");
    assert_eq!(named("ed448"), "Ed448");
    assert_eq!(named("pss-rsa-2048-unknown-hash"), "RSASSA-PSS: hash 1.2.3");
    let gost = SignatureAlgorithmId { oid: "1.2.643.7.1.1.3.2".to_owned(), parameters: None };
    assert!(matches!(ecdsa.key.verify(&gost, MESSAGE, &[]), SignatureVerdict::CannotCheck(_)));
}

/// A curve is taken for a named one only where every number is its: with another generator anybody could sign for the key (CVE-2020-0601).
#[test]
fn a_curve_that_is_spelled_out_is_no_named_one_unless_every_number_is() {
    let Vector { key, algorithm, signature, .. } = vector("ecdsa-explicit-sha256");
    assert_eq!(key.algorithm().kind(), "ec-explicit");
    assert_eq!(key.named_curve(), Some(KeyAlgorithm::EcP256));
    let spki = key.spki_der();
    let generator = hex::decode("6b17d1f2e12c4247").unwrap();
    let order = hex::decode("bce6faada7179e84").unwrap();
    for number in [generator.as_slice(), &order, &[0x5a, 0xc6, 0x35, 0xd8], &[0x3b, 0xce, 0x3c, 0x3e]] {
        let at = spki.windows(number.len()).position(|part| part == number).unwrap();
        let mut other = spki.to_vec();
        other[at + 2] ^= 1;
        let other = PublicKey::from_spki_der(&other).unwrap();
        assert_eq!(other.named_curve(), None);
        assert_eq!(told(&other.verify(&algorithm, MESSAGE, &signature)), "cannot");
    }
}
