//! Keys, their identifiers and the strength of signatures.

use super::{Fields, Judged};
use crate::asn1::{self, Reader, tag};
use crate::key::KeyAlgorithm;

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

/// MD2, MD5 or SHA-1. A root's own signature proves nothing, so its digest does not matter.
pub(super) fn signature_weak(judged: &Judged<'_>) -> Option<Fields> {
    let algorithm = judged.certificate.signature_algorithm();
    let weak = ["1.2.840.113549.1.1.2", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];
    let is_weak = weak.contains(&algorithm.oid.as_str()) && !judged.certificate.is_self_issued();
    Judged::broken(is_weak, || vec![("algorithm", algorithm.to_string())])
}

pub(super) fn subject_key_id_missing(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.is_authority() && judged.certificate.subject_key_id().is_none(), Vec::new)
}

pub(super) fn subject_key_id_missing_in_leaf(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(!judged.certificate.is_authority() && judged.certificate.subject_key_id().is_none(), Vec::new)
}
