//! ECDSA with any hash over any curve that AWS-LC has.

use super::{CannotCheck, unreadable};
use crate::key::KeyAlgorithm;
use aws_lc_rs::digest::{Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{EcdsaVerificationAlgorithm, ParsedPublicKey};

pub(super) fn verify(kind: &KeyAlgorithm, point: &[u8], digest: &[u8], signature: &[u8]) -> Result<bool, CannotCheck> {
    let (algorithm, carrier): (&'static EcdsaVerificationAlgorithm, _) = match kind {
        KeyAlgorithm::EcP256 => (&lc::ECDSA_P256_SHA256_ASN1, &SHA256),
        KeyAlgorithm::EcP384 => (&lc::ECDSA_P384_SHA384_ASN1, &SHA384),
        KeyAlgorithm::EcP521 => (&lc::ECDSA_P521_SHA512_ASN1, &SHA512),
        KeyAlgorithm::EcSecp256k1 => (&lc::ECDSA_P256K1_SHA256_ASN1, &SHA256),
        other => return Err(CannotCheck(format!("ECDSA with {}", other.kind()))),
    };
    let key = ParsedPublicKey::new(algorithm, point).map_err(|_| unreadable(kind))?;
    // AWS-LC pairs each curve with few hashes. ECDSA itself sees a number: the leftmost bits of the digest, as many as the order has
    // (FIPS 186-5 6.4.2). So a longer digest is cut and a shorter one gets zeros in front, to the length of the hash that is paired.
    // The orders have 256, 384 and 521 bits; no hash here is longer than the last.
    let length = carrier.output_len();
    let significant = digest.get(..length).unwrap_or(digest);
    let mut number = vec![0; length - significant.len()];
    number.extend_from_slice(significant);
    let number = Digest::import_less_safe(&number, carrier).map_err(|_| unreadable(kind))?;
    Ok(key.verify_digest_sig(&number, signature).is_ok())
}
