//! Checking signatures of every algorithm that AWS-LC knows, also weak ones, which are named as such.

use super::KeyAlgorithm;
use crate::asn1::{self, Malformed, Reader, oid_text, tag};
use crate::signature::{SignatureAlgorithmId, SignatureVerdict};
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{UnparsedPublicKey, VerificationAlgorithm};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Ecdsa(Hash),
    RsaPkcs1(Hash),
    RsaPss(Hash),
    Ed25519,
}

pub(super) fn verify(
    key: &KeyAlgorithm,
    bits: &[u8],
    algorithm: &SignatureAlgorithmId,
    message: &[u8],
    signature: &[u8],
) -> SignatureVerdict {
    let Some(scheme) = scheme_of(algorithm) else {
        return SignatureVerdict::CannotCheck(algorithm.name().to_owned());
    };
    if !fits(key, scheme) {
        return SignatureVerdict::Invalid;
    }
    let Some(verification) = verification(key, scheme) else {
        return SignatureVerdict::CannotCheck(format!("{} with {}", algorithm.name(), key.kind()));
    };
    match UnparsedPublicKey::new(verification, bits).verify(message, signature) {
        Ok(()) => weakness(key, scheme).map_or(SignatureVerdict::Valid, SignatureVerdict::ValidButWeak),
        Err(_) => SignatureVerdict::Invalid,
    }
}

fn scheme_of(algorithm: &SignatureAlgorithmId) -> Option<Scheme> {
    Some(match algorithm.oid.as_str() {
        "1.2.840.10045.4.1" => Scheme::Ecdsa(Hash::Sha1),
        "1.2.840.10045.4.3.1" => Scheme::Ecdsa(Hash::Sha224),
        "1.2.840.10045.4.3.2" => Scheme::Ecdsa(Hash::Sha256),
        "1.2.840.10045.4.3.3" => Scheme::Ecdsa(Hash::Sha384),
        "1.2.840.10045.4.3.4" => Scheme::Ecdsa(Hash::Sha512),
        "1.2.840.113549.1.1.5" => Scheme::RsaPkcs1(Hash::Sha1),
        "1.2.840.113549.1.1.11" => Scheme::RsaPkcs1(Hash::Sha256),
        "1.2.840.113549.1.1.12" => Scheme::RsaPkcs1(Hash::Sha384),
        "1.2.840.113549.1.1.13" => Scheme::RsaPkcs1(Hash::Sha512),
        "1.2.840.113549.1.1.10" => Scheme::RsaPss(pss_hash(algorithm.parameters.as_deref()?).ok()??),
        "1.3.101.112" => Scheme::Ed25519,
        _ => return None,
    })
}

/// The digest of `RSASSA-PSS-params` (RFC 4055 3.1) when mask and salt go with it; `None` when we cannot check such a signature.
fn pss_hash(parameters: &[u8]) -> Result<Option<Hash>, Malformed> {
    let mut reader = Reader::new(asn1::single(parameters, tag::SEQUENCE)?.content);
    let hash = match reader.optional(0xa0)? {
        Some(element) => hash_of(element.content)?,
        None => Some(Hash::Sha1),
    };
    let mask = match reader.optional(0xa1)? {
        Some(element) => {
            let mut identifier = Reader::new(asn1::single(element.content, tag::SEQUENCE)?.content);
            let mgf1 = oid_text(identifier.expect(tag::OID)?.content) == "1.2.840.113549.1.1.8";
            if mgf1 { hash_of(identifier.any()?.raw)? } else { None }
        }
        None => Some(Hash::Sha1),
    };
    let salt = match reader.optional(0xa2)? {
        Some(element) => asn1::single(element.content, tag::INTEGER)?.content.to_vec(),
        None => vec![20],
    };
    let digest_octets: &[u8] = match hash {
        Some(Hash::Sha256) => &[32],
        Some(Hash::Sha384) => &[48],
        Some(Hash::Sha512) => &[64],
        _ => return Ok(None),
    };
    Ok(if mask == hash && salt == digest_octets { hash } else { None })
}

fn hash_of(identifier: &[u8]) -> Result<Option<Hash>, Malformed> {
    let mut reader = Reader::new(asn1::single(identifier, tag::SEQUENCE)?.content);
    Ok(match oid_text(reader.expect(tag::OID)?.content).as_str() {
        "1.3.14.3.2.26" => Some(Hash::Sha1),
        "2.16.840.1.101.3.4.2.4" => Some(Hash::Sha224),
        "2.16.840.1.101.3.4.2.1" => Some(Hash::Sha256),
        "2.16.840.1.101.3.4.2.2" => Some(Hash::Sha384),
        "2.16.840.1.101.3.4.2.3" => Some(Hash::Sha512),
        _ => None,
    })
}

/// Whether a key of this kind can have made a signature of this scheme at all.
fn fits(key: &KeyAlgorithm, scheme: Scheme) -> bool {
    match key {
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 | KeyAlgorithm::EcSecp256k1 | KeyAlgorithm::EcOther(_) => {
            matches!(scheme, Scheme::Ecdsa(_))
        }
        KeyAlgorithm::Rsa { .. } => matches!(scheme, Scheme::RsaPkcs1(_) | Scheme::RsaPss(_)),
        KeyAlgorithm::RsaPss { .. } => matches!(scheme, Scheme::RsaPss(_)),
        KeyAlgorithm::Ed25519 => scheme == Scheme::Ed25519,
        KeyAlgorithm::Ed448 => false,
        KeyAlgorithm::Other(_) => true,
    }
}

fn verification(key: &KeyAlgorithm, scheme: Scheme) -> Option<&'static dyn VerificationAlgorithm> {
    use KeyAlgorithm::{EcP256, EcP384, EcP521, EcSecp256k1, Ed25519, Rsa, RsaPss};
    Some(match (key, scheme) {
        (EcP256, Scheme::Ecdsa(Hash::Sha1)) => &lc::ECDSA_P256_SHA1_ASN1,
        (EcP256, Scheme::Ecdsa(Hash::Sha256)) => &lc::ECDSA_P256_SHA256_ASN1,
        (EcP256, Scheme::Ecdsa(Hash::Sha384)) => &lc::ECDSA_P256_SHA384_ASN1,
        (EcP256, Scheme::Ecdsa(Hash::Sha512)) => &lc::ECDSA_P256_SHA512_ASN1,
        (EcP384, Scheme::Ecdsa(Hash::Sha256)) => &lc::ECDSA_P384_SHA256_ASN1,
        (EcP384, Scheme::Ecdsa(Hash::Sha384)) => &lc::ECDSA_P384_SHA384_ASN1,
        (EcP384, Scheme::Ecdsa(Hash::Sha512)) => &lc::ECDSA_P384_SHA512_ASN1,
        (EcP521, Scheme::Ecdsa(Hash::Sha1)) => &lc::ECDSA_P521_SHA1_ASN1,
        (EcP521, Scheme::Ecdsa(Hash::Sha224)) => &lc::ECDSA_P521_SHA224_ASN1,
        (EcP521, Scheme::Ecdsa(Hash::Sha256)) => &lc::ECDSA_P521_SHA256_ASN1,
        (EcP521, Scheme::Ecdsa(Hash::Sha384)) => &lc::ECDSA_P521_SHA384_ASN1,
        (EcP521, Scheme::Ecdsa(Hash::Sha512)) => &lc::ECDSA_P521_SHA512_ASN1,
        (EcSecp256k1, Scheme::Ecdsa(Hash::Sha256)) => &lc::ECDSA_P256K1_SHA256_ASN1,
        (Rsa { .. }, Scheme::RsaPkcs1(Hash::Sha1)) => &lc::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (Rsa { .. }, Scheme::RsaPkcs1(Hash::Sha256)) => &lc::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (Rsa { bits: 2048.. }, Scheme::RsaPkcs1(Hash::Sha384)) => &lc::RSA_PKCS1_2048_8192_SHA384,
        (Rsa { .. }, Scheme::RsaPkcs1(Hash::Sha512)) => &lc::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        (Rsa { bits: 2048.. } | RsaPss { bits: 2048.. }, Scheme::RsaPss(Hash::Sha256)) => &lc::RSA_PSS_2048_8192_SHA256,
        (Rsa { bits: 2048.. } | RsaPss { bits: 2048.. }, Scheme::RsaPss(Hash::Sha384)) => &lc::RSA_PSS_2048_8192_SHA384,
        (Rsa { bits: 2048.. } | RsaPss { bits: 2048.. }, Scheme::RsaPss(Hash::Sha512)) => &lc::RSA_PSS_2048_8192_SHA512,
        (Ed25519, Scheme::Ed25519) => &lc::ED25519,
        _ => return None,
    })
}

fn weakness(key: &KeyAlgorithm, scheme: Scheme) -> Option<&'static str> {
    match (key, scheme) {
        (_, Scheme::Ecdsa(Hash::Sha1) | Scheme::RsaPkcs1(Hash::Sha1)) => Some("sha1"),
        (KeyAlgorithm::Rsa { bits: ..2048 }, _) => Some("rsa_below_2048"),
        _ => None,
    }
}
