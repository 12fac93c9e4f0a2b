//! The signature's algorithm, in certificates and lists alike.

use super::Fields;
use crate::asn1;
use crate::oid;
use crate::signature::{PssParameters, SignatureAlgorithmId};

const ED448: &str = oid::ED448;

/// NULL beside RSA with PKCS#1 v1.5, nothing beside ECDSA and Edwards curves, hash, mask and salt beside PSS.
pub(super) fn parameters_wrong(algorithm: &SignatureAlgorithmId) -> Option<Fields> {
    let parameters = algorithm.parameters.as_deref();
    let wrong = match algorithm.oid.as_str() {
        rsa if rsa != oid::RSASSA_PSS && rsa.starts_with("1.2.840.113549.1.1.") => parameters != Some(asn1::NULL),
        oid::RSASSA_PSS => parameters.is_none(),
        oid::ED25519 | ED448 => parameters.is_some(),
        ecdsa if ecdsa.starts_with("1.2.840.10045.4.") => parameters.is_some(),
        _ => false,
    };
    wrong.then(|| vec![("algorithm", algorithm.to_string())])
}

/// RFC 4055 3.1 recommends one hash for message and mask and as many octets of salt as it has; some verifiers take nothing else.
pub(super) fn pss_parameters_uneven(algorithm: &SignatureAlgorithmId) -> Option<Fields> {
    if algorithm.oid != oid::RSASSA_PSS {
        return None;
    }
    let found = PssParameters::from_der(algorithm.parameters.as_deref()?).ok()?;
    let uneven = found != PssParameters::of_hash(found.hash);
    uneven.then(|| {
        vec![("hash", found.hash.name().to_owned()), ("mask", found.mask_hash.name().to_owned()), ("salt", found.salt.to_string())]
    })
}

/// MD2, MD5 or SHA-1, in PSS too.
pub(super) fn weak(algorithm: &SignatureAlgorithmId) -> Option<Fields> {
    const WEAK: &[&str] = &[
        "1.2.840.113549.1.1.2",
        "1.2.840.113549.1.1.4",
        "1.2.840.113549.1.1.5",
        "1.3.14.3.2.29",
        "1.2.840.10045.4.1",
        "1.2.840.10040.4.3",
    ];
    let hash =
        algorithm.parameters.as_deref().filter(|_| algorithm.oid == oid::RSASSA_PSS).and_then(|found| PssParameters::from_der(found).ok());
    let weak = WEAK.contains(&algorithm.oid.as_str()) || hash.is_some_and(|found| found.hash.weakness().is_some());
    weak.then(|| vec![("algorithm", algorithm.to_string())])
}
