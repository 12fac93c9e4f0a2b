//! A private key as one line of text, short enough for every platform's keyring: `chancery-key 1 ec-p384 BASE64URL CHECKSUM`.
//!
//! The third word is the key's specification, the fourth its scalar, its seed, or both primes and the exponent (RSA; the other numbers
//! follow from them). The checksum is the first four octets of SHA-256 over everything before the last space, in hexadecimal: it tells
//! a damaged entry from a wrong one.

use super::private::{ec_scalar, read_pkcs8};
use super::{Fingerprint, KeyError, KeySpec, PrivateKey, rsa};
use crate::asn1::{self, Malformed, tag};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize as _, Zeroizing};

const FIRST_WORDS: &str = "chancery-key 1";

pub(super) fn write(key: &PrivateKey) -> Result<Zeroizing<String>, KeyError> {
    let spec = key.spec().ok_or_else(|| KeyError::Unsupported { algorithm: key.public_key().algorithm().kind() })?;
    let secret = secret(spec, key.pkcs8()).map_err(|Malformed| KeyError::Malformed { what: "PKCS#8" })?;
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.as_slice()));
    let mut line = Zeroizing::new(format!("{FIRST_WORDS} {spec} {}", encoded.as_str()));
    let sum = checksum(&line);
    line.reserve_exact(sum.len() + 1);
    line.push(' ');
    line.push_str(&sum);
    Ok(line)
}

pub(super) fn read(text: &str) -> Result<PrivateKey, KeyError> {
    let (covered, found) = text.trim().rsplit_once(' ').ok_or(KeyError::LineForm)?;
    let rest = covered.strip_prefix(FIRST_WORDS).and_then(|rest| rest.strip_prefix(' ')).ok_or(KeyError::LineForm)?;
    let (spec, encoded) = rest.split_once(' ').ok_or(KeyError::LineForm)?;
    let expected = checksum(covered);
    if found != expected {
        return Err(KeyError::LineChecksum { found: found.to_owned(), expected });
    }
    let spec: KeySpec = spec.parse().map_err(|_| KeyError::LineForm)?;
    let secret = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).map_err(|_| KeyError::LineForm)?);
    let key = match spec {
        KeySpec::EcP256 | KeySpec::EcP384 | KeySpec::EcP521 => PrivateKey::from_ec_scalar(&spec.algorithm(), &secret)?,
        KeySpec::Ed25519 => PrivateKey::from_ed25519_seed(&secret)?,
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => PrivateKey::from_rsa_private_key(&rsa::private_key(&secret)?)?,
    };
    if key.spec() == Some(spec) { Ok(key) } else { Err(KeyError::Inconsistent) }
}

fn secret(spec: KeySpec, pkcs8: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    match spec {
        KeySpec::EcP256 | KeySpec::EcP384 | KeySpec::EcP521 => ec_scalar(pkcs8),
        KeySpec::Ed25519 => Ok(Zeroizing::new(asn1::single(read_pkcs8(pkcs8)?.private_key, tag::OCTET_STRING)?.content.to_vec())),
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => rsa::primes(read_pkcs8(pkcs8)?.private_key),
    }
}

fn checksum(covered: &str) -> String {
    let mut digits = Fingerprint::of(covered.as_bytes()).to_string();
    let sum = digits.get(..8).unwrap_or_default().to_owned();
    digits.zeroize();
    sum
}
