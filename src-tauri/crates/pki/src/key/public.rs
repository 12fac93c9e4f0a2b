//! Public keys, kept as the `SubjectPublicKeyInfo` that came (RFC 5280 4.1.2.7).

use super::{Fingerprint, KeyAlgorithm, KeyError, KeyId, explicit_curve, verify};
use crate::asn1::{self, Malformed, Reader, oid_text, tag};
use crate::oid;
use crate::signature::{HashFunction, SignatureAlgorithmId, SignatureVerdict, SignedOctets};
use std::fmt;

/// A public key of any algorithm.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    spki: Vec<u8>,
    bits: Vec<u8>,
    algorithm: KeyAlgorithm,
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo`. Unknown algorithms are kept and named by their object identifier.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when the structure itself is broken.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let (bits, algorithm) = read(der).map_err(|Malformed| KeyError::Malformed { what: "SubjectPublicKeyInfo" })?;
        Ok(Self { spki: der.to_vec(), bits, algorithm })
    }

    /// Builds the structure around the bits of an elliptic curve, RSA or Edwards key.
    pub(super) fn from_parts(algorithm_oid: &str, parameters: &[u8], bits: &[u8]) -> Result<Self, KeyError> {
        let algorithm_oid_der = asn1::oid(algorithm_oid).ok_or(KeyError::Malformed { what: "object identifier" })?;
        let identifier = asn1::sequence(&[&algorithm_oid_der, parameters]);
        Self::from_spki_der(&asn1::sequence(&[&identifier, &asn1::bit_string(bits)]))
    }

    /// DER of the whole `SubjectPublicKeyInfo`, as it came.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The bits of the `subjectPublicKey` BIT STRING: a point, an `RSAPublicKey`, 32 octets.
    pub fn key_bits(&self) -> &[u8] {
        &self.bits
    }

    /// What kind of key it is.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm.clone()
    }

    /// The named curve that a key on a curve of its own spells out, where it is that curve in every number (RFC 3279 2.3.5).
    pub(crate) fn named_curve(&self) -> Option<KeyAlgorithm> {
        if !matches!(&self.algorithm, KeyAlgorithm::EcOther(curve) if curve == "explicit") {
            return None;
        }
        let mut identifier = Reader::new(asn1::single(&self.spki, tag::SEQUENCE).ok()?.content).enter(tag::SEQUENCE).ok()?;
        identifier.expect(tag::OID).ok()?;
        explicit_curve::named(identifier.expect(tag::SEQUENCE).ok()?.raw)
    }

    /// SHA-1 of the key's bits, the identifier that we write (RFC 5280 4.2.1.2 (1)).
    pub fn key_id(&self) -> KeyId {
        KeyId::of_key_bits(&self.bits)
    }

    /// SHA-256 of the `SubjectPublicKeyInfo`.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.spki)
    }

    /// The fingerprints that this key has under the algorithm identifiers that it may also be written with, its own first: an RSA key as `rsaEncryption` with and
    /// without NULL, or as `id-RSASSA-PSS` without parameters (RFC 4055 1.2); a point by the names of the curves that it may be on (RFC 5480 2.1.1).
    /// Parameters that spell out a curve or bind a key to one padding have no end of forms, and are not among them.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        let curves = match self.bits.len() {
            33 | 65 => [oid::SECP256R1, oid::SECP256K1].as_slice(),
            49 | 97 => &[oid::SECP384R1],
            67 | 133 => &[oid::SECP521R1],
            _ => &[],
        };
        let forms: Vec<(&str, Vec<u8>)> = match &self.algorithm {
            KeyAlgorithm::Rsa { .. } | KeyAlgorithm::RsaPss { .. } => {
                vec![(oid::RSA_ENCRYPTION, asn1::NULL.to_vec()), (oid::RSA_ENCRYPTION, Vec::new()), (oid::RSASSA_PSS, Vec::new())]
            }
            KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 | KeyAlgorithm::EcSecp256k1 | KeyAlgorithm::EcOther(_) => {
                curves.iter().filter_map(|curve| Some((oid::EC_PUBLIC_KEY, asn1::oid(curve)?))).collect()
            }
            KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 | KeyAlgorithm::Other(_) => Vec::new(),
        };
        let mut all = vec![self.fingerprint()];
        for (algorithm, parameters) in forms {
            let written = Self::from_parts(algorithm, &parameters, &self.bits).map(|key| key.fingerprint());
            all.extend(written.ok().filter(|written| !all.contains(written)));
        }
        all
    }

    /// Checks a signature over `message`. An algorithm that we do not know is never called invalid.
    pub fn verify(&self, algorithm: &SignatureAlgorithmId, message: &[u8], signature: &[u8]) -> SignatureVerdict {
        verify::verify(self, algorithm, SignedOctets::Whole(message), signature)
    }

    /// As [`Self::verify`], over octets that may have been hashed as they passed.
    pub(crate) fn verify_signed(&self, algorithm: &SignatureAlgorithmId, signed: SignedOctets<'_>, signature: &[u8]) -> SignatureVerdict {
        verify::verify(self, algorithm, signed, signature)
    }

    /// DER of the parameters of a DSA key, if it states them (RFC 3279 2.3.2).
    pub(crate) fn dsa_parameters(&self) -> Option<&[u8]> {
        if !matches!(&self.algorithm, KeyAlgorithm::Other(kind) if kind == oid::DSA) {
            return None;
        }
        let mut identifier = Reader::new(asn1::single(&self.spki, tag::SEQUENCE).ok()?.content).enter(tag::SEQUENCE).ok()?;
        identifier.expect(tag::OID).ok()?;
        identifier.optional(tag::SEQUENCE).ok()?.map(|parameters| parameters.raw)
    }

    /// The key with the parameters of its issuer's key, where it is a DSA key that states none (RFC 5280 6.1.4 (f), RFC 3279 2.3.2).
    pub(crate) fn inheriting(&self, issuer: &Self) -> Self {
        let states_none = matches!(&self.algorithm, KeyAlgorithm::Other(kind) if kind == oid::DSA) && self.dsa_parameters().is_none();
        let inherited = issuer.dsa_parameters().filter(|_| states_none);
        inherited.and_then(|parameters| Self::from_parts(oid::DSA, parameters, &self.bits).ok()).unwrap_or_else(|| self.clone())
    }

    /// DER of the parameters that a key of `id-RSASSA-PSS` is bound to, if it is (RFC 4055 3.1).
    pub(crate) fn pss_parameters(&self) -> Option<Vec<u8>> {
        if !matches!(self.algorithm, KeyAlgorithm::RsaPss { .. }) {
            return None;
        }
        let mut identifier = Reader::new(asn1::single(&self.spki, tag::SEQUENCE).ok()?.content).enter(tag::SEQUENCE).ok()?;
        identifier.expect(tag::OID).ok()?;
        identifier.any().ok().map(|parameters| parameters.raw.to_vec())
    }
}

/// The hash function that an algorithm names, where it signs a digest of the message and we know it.
pub(crate) fn hash_of_algorithm(algorithm: &SignatureAlgorithmId) -> Option<HashFunction> {
    verify::hash_of(algorithm)
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({}, {})", self.algorithm.kind(), self.key_id())
    }
}

fn read(der: &[u8]) -> Result<(Vec<u8>, KeyAlgorithm), Malformed> {
    let mut spki = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
    let mut identifier = spki.enter(tag::SEQUENCE)?;
    let bit_string = spki.expect(tag::BIT_STRING)?.content;
    spki.finish()?;
    let (_unused_bits, bits) = bit_string.split_first().ok_or(Malformed)?;
    let algorithm = match oid_text(identifier.expect(tag::OID)?.content).as_str() {
        oid::EC_PUBLIC_KEY => match identifier.peek() {
            Some(tag::OID) => KeyAlgorithm::of_curve(&oid_text(identifier.any()?.content)),
            Some(tag::SEQUENCE) => KeyAlgorithm::EcOther("explicit".to_owned()),
            _ => KeyAlgorithm::EcOther("implicit".to_owned()),
        },
        // A modulus that cannot be read has no length that we could show.
        oid::RSA_ENCRYPTION => KeyAlgorithm::Rsa { bits: modulus_bits(bits).unwrap_or(0) },
        oid::RSASSA_PSS => KeyAlgorithm::RsaPss { bits: modulus_bits(bits).unwrap_or(0) },
        oid::ED25519 => KeyAlgorithm::Ed25519,
        oid::ED448 => KeyAlgorithm::Ed448,
        other => KeyAlgorithm::Other(other.to_owned()),
    };
    Ok((bits.to_vec(), algorithm))
}

/// Length of the modulus of an `RSAPublicKey` (RFC 8017 A.1.1).
fn modulus_bits(rsa_public_key: &[u8]) -> Result<u32, Malformed> {
    let mut reader = Reader::new(asn1::single(rsa_public_key, tag::SEQUENCE)?.content);
    let modulus = reader.expect(tag::INTEGER)?.content;
    let mut octets = modulus.iter().skip_while(|octet| **octet == 0);
    let Some(first) = octets.next() else { return Ok(0) };
    let following = u32::try_from(octets.count()).map_err(|_| Malformed)?;
    following.checked_mul(8).and_then(|bits| bits.checked_add(8 - first.leading_zeros())).ok_or(Malformed)
}
