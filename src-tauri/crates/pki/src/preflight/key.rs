//! Keys, their identifiers and the strength of signatures.

use super::{Fields, Judged, raw, signature};
use crate::asn1::{self, Reader, tag};
use crate::key::KeyAlgorithm;
use crate::oid;

pub(super) fn rsa_key_too_short(judged: &Judged<'_>) -> Option<Fields> {
    match judged.certificate.public_key().algorithm() {
        KeyAlgorithm::Rsa { bits } | KeyAlgorithm::RsaPss { bits } if bits < 2048 => Some(vec![("bits", bits.to_string())]),
        _ => None,
    }
}

/// Even or below 65537 (CA/B BR 6.1.6, NIST SP 800-56B 6.4.1.2).
pub(super) fn rsa_exponent_unsafe(judged: &Judged<'_>) -> Option<Fields> {
    let key = judged.certificate.public_key();
    if !matches!(key.algorithm(), KeyAlgorithm::Rsa { .. } | KeyAlgorithm::RsaPss { .. }) {
        return None;
    }
    let mut reader = Reader::new(asn1::single(key.key_bits(), tag::SEQUENCE).ok()?.content);
    reader.expect(tag::INTEGER).ok()?;
    let octets = reader.expect(tag::INTEGER).ok()?.content;
    let octets: Vec<u8> = octets.iter().copied().skip_while(|octet| *octet == 0).collect();
    let small = octets.len() < 3;
    let even = octets.last().is_none_or(|last| last & 1 == 0);
    Judged::broken(small || even, || vec![("exponent", format!("0x{}", hex::encode(&octets)))])
}

pub(super) fn curve_uncommon(judged: &Judged<'_>) -> Option<Fields> {
    let key = judged.certificate.public_key().algorithm();
    Judged::broken(matches!(key, KeyAlgorithm::EcSecp256k1 | KeyAlgorithm::EcOther(_)), || vec![("key", key.label())])
}

/// A modulus of whole octets, as every generator makes it.
pub(super) fn rsa_length_odd(judged: &Judged<'_>) -> Option<Fields> {
    match judged.certificate.public_key().algorithm() {
        KeyAlgorithm::Rsa { bits } | KeyAlgorithm::RsaPss { bits } if bits % 8 != 0 => Some(vec![("bits", bits.to_string())]),
        _ => None,
    }
}

/// A modulus that a small prime divides is no product of two large ones (CA/B BR 6.1.6, NIST SP 800-89 5.3.3).
pub(super) fn rsa_modulus_divisible(judged: &Judged<'_>) -> Option<Fields> {
    let key = judged.certificate.public_key();
    if !matches!(key.algorithm(), KeyAlgorithm::Rsa { .. } | KeyAlgorithm::RsaPss { .. }) {
        return None;
    }
    let modulus = Reader::new(asn1::single(key.key_bits(), tag::SEQUENCE).ok()?.content).expect(tag::INTEGER).ok()?.content;
    let is_prime =
        |number: &u32| (2..*number).take_while(|divisor| divisor * divisor <= *number).all(|divisor| !number.is_multiple_of(divisor));
    let divides = |prime: &u32| modulus.iter().fold(0, |rest, octet| (rest * 256 + u32::from(*octet)) % prime) == 0;
    let factor = (2..752).filter(is_prime).find(divides)?;
    Some(vec![("factor", factor.to_string())])
}

pub(super) fn rsa_parameters_not_null(judged: &Judged<'_>) -> Option<Fields> {
    let key = raw::key(judged.certificate.public_key().spki_der())?;
    let wrong = key.algorithm == oid::RSA_ENCRYPTION && key.parameters.is_none_or(|parameters| parameters.raw != asn1::NULL);
    Judged::broken(wrong, Vec::new)
}

/// Parameters in place of a name for the curve, or none at all.
pub(super) fn curve_unnamed(judged: &Judged<'_>) -> Option<Fields> {
    let key = raw::key(judged.certificate.public_key().spki_der())?;
    let unnamed = key.algorithm == oid::EC_PUBLIC_KEY && key.parameters.is_none_or(|parameters| parameters.tag != tag::OID);
    Judged::broken(unnamed, Vec::new)
}

/// An uncompressed point is 4 and two coordinates, a compressed one 2 or 3 and one (SEC 1 2.3.3).
pub(super) fn point_malformed(judged: &Judged<'_>) -> Option<Fields> {
    let (key, octets, bits) = point(judged)?;
    let sound = match bits.first() {
        Some(4) => bits.len() == 1 + 2 * octets,
        Some(2 | 3) => bits.len() == 1 + octets,
        _ => false,
    };
    Judged::broken(!sound, || vec![("key", key.label()), ("octets", bits.len().to_string())])
}

pub(super) fn point_compressed(judged: &Judged<'_>) -> Option<Fields> {
    let (_, octets, bits) = point(judged)?;
    Judged::broken(matches!(bits.first(), Some(2 | 3)) && bits.len() == 1 + octets, Vec::new)
}

/// The key of a curve that we know, the octets of its coordinates, and the point.
fn point<'a>(judged: &Judged<'a>) -> Option<(KeyAlgorithm, usize, &'a [u8])> {
    let key = judged.certificate.public_key();
    let octets = match key.algorithm() {
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcSecp256k1 => 32,
        KeyAlgorithm::EcP384 => 48,
        KeyAlgorithm::EcP521 => 66,
        _ => return None,
    };
    Some((key.algorithm(), octets, key.key_bits()))
}

/// No parameters, and 32 or 57 octets (RFC 8032 5.1.5, 5.2.5).
pub(super) fn edwards_key_malformed(judged: &Judged<'_>) -> Option<Fields> {
    let key = raw::key(judged.certificate.public_key().spki_der())?;
    let octets = match key.algorithm.as_str() {
        oid::ED25519 => 32,
        oid::ED448 => 57,
        _ => return None,
    };
    Judged::broken(key.parameters.is_some() || key.bits.len() != octets, || vec![("octets", key.bits.len().to_string())])
}

/// DSA: FIPS 186-5 approves it for nothing new, and TLS 1.3 has no signatures of it.
pub(super) fn key_outdated(judged: &Judged<'_>) -> Option<Fields> {
    let key = raw::key(judged.certificate.public_key().spki_der())?;
    Judged::broken(key.algorithm == "1.2.840.10040.4.1", Vec::new)
}

/// A root's own signature proves nothing, so its digest does not matter.
pub(super) fn signature_weak(judged: &Judged<'_>) -> Option<Fields> {
    if judged.certificate.is_self_issued() { None } else { signature::weak(judged.certificate.signature_algorithm()) }
}

pub(super) fn subject_key_id_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical(oid::SUBJECT_KEY_IDENTIFIER) == Some(true), Vec::new)
}

pub(super) fn authority_key_id_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical(oid::AUTHORITY_KEY_IDENTIFIER) == Some(true), Vec::new)
}

/// authorityCertIssuer and authorityCertSerialNumber are there together or not at all.
pub(super) fn authority_key_id_half_named(judged: &Judged<'_>) -> Option<Fields> {
    let mut fields = Reader::new(asn1::single(judged.value(oid::AUTHORITY_KEY_IDENTIFIER)?, tag::SEQUENCE).ok()?.content);
    fields.optional(0x80).ok()?;
    let (issuer, serial) = (fields.optional(0xa1).ok()?, fields.optional(0x82).ok()?);
    Judged::broken(issuer.is_some() != serial.is_some(), Vec::new)
}

pub(super) fn subject_key_id_missing(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.is_authority() && judged.certificate.subject_key_id().is_none(), Vec::new)
}

pub(super) fn subject_key_id_missing_in_leaf(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(!judged.certificate.is_authority() && judged.certificate.subject_key_id().is_none(), Vec::new)
}
