//! JSON Web Keys (RFC 7517, RFC 7518 6, RFC 8037 2, RFC 8812 3): a certificate's key with its chain, and the private half where it is asked for.
//!
//! Every value is base64 or a name from this file, so the text is put together as it stands.

use aws_lc_rs::digest;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

use super::EncodeError;
use crate::{
    asn1::{self, Malformed, Reader, tag},
    certificate::Certificate,
    key::{KeyAlgorithm, PrivateKey},
};

/// Writes the key of `chain`'s first certificate with `x5c` (the chain, RFC 7517 4.7), `x5t#S256` (4.9), and as `kid` its thumbprint (RFC 7638); with
/// `key` the private numbers as well, unprotected, since this form knows no protection of its own.
///
/// # Errors
/// [`EncodeError::AnotherKey`] when the certificate is not of this key, [`EncodeError::KeyUnsupported`] for a key that has no form in JSON.
pub fn jwk(leaf: &Certificate, above: &[Certificate], key: Option<&PrivateKey>) -> Result<Zeroizing<String>, EncodeError> {
    if key.is_some_and(|key| key.public_key() != leaf.public_key()) {
        return Err(EncodeError::AnotherKey);
    }
    let algorithm = leaf.public_key().algorithm();
    let unsupported = || EncodeError::KeyUnsupported { algorithm: algorithm.label() };
    // In the order of their names, which is that of a thumbprint (RFC 7638 3).
    let public = public_members(leaf.public_key().key_bits(), &algorithm).ok_or_else(unsupported)?;
    let canonical: Vec<String> = public.iter().map(|(name, value)| member(name, value)).collect();
    let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, format!("{{{}}}", canonical.join(",")).as_bytes()));
    let mut members = Zeroizing::new(canonical);
    members.push(member("kid", &thumbprint));
    let chain: Vec<String> = std::iter::once(leaf)
        .chain(above.iter().filter(|above| *above != leaf))
        .map(|certificate| format!("    \"{}\"", STANDARD.encode(certificate.der())))
        .collect();
    members.push(format!("\"x5c\": [\n{}\n  ]", chain.join(",\n")));
    members.push(member("x5t#S256", &URL_SAFE_NO_PAD.encode(leaf.fingerprint().as_bytes())));
    if let Some(key) = key {
        for (name, number) in private_members(key, &algorithm).ok_or_else(unsupported)? {
            members.push(member(name, &Zeroizing::new(URL_SAFE_NO_PAD.encode(number.as_slice()))));
        }
    }
    let spaced: Zeroizing<Vec<String>> = Zeroizing::new(members.iter().map(|member| member.replacen("\":\"", "\": \"", 1)).collect());
    Ok(Zeroizing::new(format!("{{\n  {}\n}}\n", spaced.join(",\n  "))))
}

fn member(name: &str, value: &str) -> String {
    format!("\"{name}\":\"{value}\"")
}

fn public_members(bits: &[u8], algorithm: &KeyAlgorithm) -> Option<Vec<(&'static str, String)>> {
    let text = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
    match algorithm {
        KeyAlgorithm::Rsa { .. } => {
            let mut numbers = Reader::new(asn1::single(bits, tag::SEQUENCE).ok()?.content);
            let mut next = || numbers.expect(tag::INTEGER).ok().map(|number| text(significant(number.content)));
            let (modulus, exponent) = (next()?, next()?);
            Some(vec![("e", exponent), ("kty", "RSA".to_owned()), ("n", modulus)])
        }
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 => {
            let curve = if *algorithm == KeyAlgorithm::Ed25519 { "Ed25519" } else { "Ed448" };
            Some(vec![("crv", curve.to_owned()), ("kty", "OKP".to_owned()), ("x", text(bits))])
        }
        _ => {
            let curve = match algorithm {
                KeyAlgorithm::EcP256 => "P-256",
                KeyAlgorithm::EcP384 => "P-384",
                KeyAlgorithm::EcP521 => "P-521",
                KeyAlgorithm::EcSecp256k1 => "secp256k1",
                _ => return None,
            };
            // Both halves of a point that is written out (SEC 1 2.3.3); one that is compressed is not.
            let point = bits.strip_prefix(&[4]).filter(|point| point.len() % 2 == 0)?;
            let (x, y) = point.split_at_checked(point.len() / 2)?;
            Some(vec![("crv", curve.to_owned()), ("kty", "EC".to_owned()), ("x", text(x)), ("y", text(y))])
        }
    }
}

/// The name of a private number, and its octets.
type PrivateMember = (&'static str, Zeroizing<Vec<u8>>);

fn private_members(key: &PrivateKey, algorithm: &KeyAlgorithm) -> Option<Vec<PrivateMember>> {
    if matches!(algorithm, KeyAlgorithm::Rsa { .. }) {
        let numbers = rsa_numbers(key.rsa_private_key()?).ok()?;
        return Some(["d", "p", "q", "dp", "dq", "qi"].into_iter().zip(numbers).collect());
    }
    Some(vec![("d", key.private_octets()?)])
}

/// d, p, q, d mod (p-1), d mod (q-1), q^-1 mod p of an `RSAPrivateKey` (RFC 8017 A.1.2).
fn rsa_numbers(rsa_private_key: &[u8]) -> Result<Vec<Zeroizing<Vec<u8>>>, Malformed> {
    let mut numbers = Reader::new(asn1::single(rsa_private_key, tag::SEQUENCE)?.content);
    for _version_modulus_exponent in 0..3 {
        numbers.expect(tag::INTEGER)?;
    }
    (0..6).map(|_| numbers.expect(tag::INTEGER).map(|number| Zeroizing::new(significant(number.content).to_vec()))).collect()
}

/// A DER INTEGER's octets without the zeros in front (RFC 7518 2, Base64urlUInt).
fn significant(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}
