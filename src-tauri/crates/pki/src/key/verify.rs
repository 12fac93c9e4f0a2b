//! Checking signatures: every algorithm that can be computed here, also weak ones, which are named as such. What is unknown is never
//! called invalid.

mod dsa;
mod ecdsa;
mod rsa;

use super::{KeyAlgorithm, PublicKey};
use crate::oid;
use crate::signature::{HashFunction, PssParameters, SignatureAlgorithmId, SignatureVerdict, SignedOctets};
use aws_lc_rs::signature::{ED25519, ParsedPublicKey};

/// What an `AlgorithmIdentifier` says was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Ecdsa(HashFunction),
    RsaPkcs1(HashFunction),
    RsaPss(PssParameters),
    Dsa(HashFunction),
    Ed25519,
}

/// Why a signature cannot be judged, in words that the verdict carries.
struct CannotCheck(String);

pub(super) fn verify(key: &PublicKey, algorithm: &SignatureAlgorithmId, signed: SignedOctets<'_>, signature: &[u8]) -> SignatureVerdict {
    match judged(key, algorithm, signed, signature) {
        Ok(verdict) => verdict,
        Err(CannotCheck(what)) => SignatureVerdict::CannotCheck(what),
    }
}

fn judged(
    key: &PublicKey,
    algorithm: &SignatureAlgorithmId,
    signed: SignedOctets<'_>,
    signature: &[u8],
) -> Result<SignatureVerdict, CannotCheck> {
    let scheme = scheme_of(algorithm)?;
    let digest =
        |hash| signed.digest(hash).ok_or_else(|| CannotCheck(format!("{} over octets that were hashed otherwise", algorithm.name())));
    let kind = key.named_curve().unwrap_or_else(|| key.algorithm());
    let (genuine, weakness) = match (&kind, scheme) {
        (
            KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 | KeyAlgorithm::EcSecp256k1 | KeyAlgorithm::EcOther(_),
            Scheme::Ecdsa(hash),
        ) => (ecdsa::verify(&kind, key.key_bits(), &digest(hash)?, signature)?, hash.weakness()),
        (KeyAlgorithm::Rsa { .. }, Scheme::RsaPkcs1(hash)) => {
            let key = rsa::Key::read(key.key_bits())?;
            (key.verify_pkcs1(hash, &digest(hash)?, signature)?, hash.weakness().or(key.weakness()))
        }
        (KeyAlgorithm::Rsa { .. } | KeyAlgorithm::RsaPss { .. }, Scheme::RsaPss(parameters)) => {
            if bound_to(key)?.is_some_and(|bound| !bound.allows(parameters)) {
                return Ok(SignatureVerdict::Invalid);
            }
            let key = rsa::Key::read(key.key_bits())?;
            (key.verify_pss(parameters, &digest(parameters.hash)?, signature)?, parameters.hash.weakness().or(key.weakness()))
        }
        (KeyAlgorithm::Ed25519, Scheme::Ed25519) => {
            let parsed = ParsedPublicKey::new(&ED25519, key.key_bits()).map_err(|_| unreadable(&kind))?;
            // The signature's own octets are hashed before the message (RFC 8032 5.1.7): a digest of the message says nothing.
            let SignedOctets::Whole(message) = signed else {
                return Err(CannotCheck("Ed25519 over octets that were not kept".to_owned()));
            };
            (parsed.verify_sig(message, signature).is_ok(), None)
        }
        (KeyAlgorithm::Other(kind), Scheme::Dsa(hash)) if kind == oid::DSA => {
            let key = dsa::Key::read(key.key_bits(), key.dsa_parameters())?;
            (key.verify(&digest(hash)?, signature)?, hash.weakness().or(key.weakness()))
        }
        (KeyAlgorithm::Other(_), _) => return Err(CannotCheck(format!("{} with {}", algorithm.name(), kind.kind()))),
        // A key of this kind makes no such signatures.
        _ => (false, None),
    };
    Ok(match (genuine, weakness) {
        (false, _) => SignatureVerdict::Invalid,
        (true, None) => SignatureVerdict::Valid,
        (true, Some(weakness)) => SignatureVerdict::ValidButWeak(weakness),
    })
}

/// The hash function that an algorithm names, where it signs a digest of the message.
pub(super) fn hash_of(algorithm: &SignatureAlgorithmId) -> Option<HashFunction> {
    match scheme_of(algorithm).ok()? {
        Scheme::Ecdsa(hash) | Scheme::RsaPkcs1(hash) | Scheme::Dsa(hash) => Some(hash),
        Scheme::RsaPss(parameters) => Some(parameters.hash),
        Scheme::Ed25519 => None,
    }
}

fn unreadable(kind: &KeyAlgorithm) -> CannotCheck {
    CannotCheck(format!("unreadable key of kind {}", kind.kind()))
}

fn scheme_of(algorithm: &SignatureAlgorithmId) -> Result<Scheme, CannotCheck> {
    Ok(match algorithm.oid.as_str() {
        "1.2.840.10045.4.1" => Scheme::Ecdsa(HashFunction::Sha1),
        "1.2.840.10045.4.3.1" => Scheme::Ecdsa(HashFunction::Sha224),
        "1.2.840.10045.4.3.2" => Scheme::Ecdsa(HashFunction::Sha256),
        "1.2.840.10045.4.3.3" => Scheme::Ecdsa(HashFunction::Sha384),
        "1.2.840.10045.4.3.4" => Scheme::Ecdsa(HashFunction::Sha512),
        "1.2.840.113549.1.1.4" => Scheme::RsaPkcs1(HashFunction::Md5),
        // The second is what Microsoft's makecert and old Java wrote (OIW).
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => Scheme::RsaPkcs1(HashFunction::Sha1),
        "1.2.840.113549.1.1.14" => Scheme::RsaPkcs1(HashFunction::Sha224),
        "1.2.840.113549.1.1.11" => Scheme::RsaPkcs1(HashFunction::Sha256),
        "1.2.840.113549.1.1.12" => Scheme::RsaPkcs1(HashFunction::Sha384),
        "1.2.840.113549.1.1.13" => Scheme::RsaPkcs1(HashFunction::Sha512),
        oid::RSASSA_PSS => {
            // Signatures always carry them (RFC 4055 3.1).
            let parameters = algorithm.parameters.as_deref().ok_or_else(|| CannotCheck("RSASSA-PSS without parameters".to_owned()))?;
            Scheme::RsaPss(PssParameters::from_der(parameters).map_err(|unknown| CannotCheck(format!("RSASSA-PSS: {}", unknown.0)))?)
        }
        "1.2.840.10040.4.3" => Scheme::Dsa(HashFunction::Sha1),
        "2.16.840.1.101.3.4.3.1" => Scheme::Dsa(HashFunction::Sha224),
        "2.16.840.1.101.3.4.3.2" => Scheme::Dsa(HashFunction::Sha256),
        oid::ED25519 => Scheme::Ed25519,
        _ => return Err(CannotCheck(algorithm.name().to_owned())),
    })
}

/// What a key of `id-RSASSA-PSS` is bound to; without parameters, and as `rsaEncryption`, to nothing (RFC 4055 1.2, 3.1).
fn bound_to(key: &PublicKey) -> Result<Option<PssParameters>, CannotCheck> {
    match key.pss_parameters() {
        None => Ok(None),
        Some(parameters) => {
            PssParameters::from_der(&parameters).map(Some).map_err(|unknown| CannotCheck(format!("RSASSA-PSS key: {}", unknown.0)))
        }
    }
}

#[cfg(test)]
mod tests;
