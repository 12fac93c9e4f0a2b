//! A private key as one line of text, short enough for every platform's keyring: `chancery-key 1 ec-p384 BASE64URL CHECKSUM`.
//!
//! The third word is the key's specification; for RSA keys that we use and do not make it is `rsa`, or `rsassa-pss` with the parameters that
//! the key is bound to in hexadecimal behind a colon. The fourth is the key's scalar, its seed, or both primes and the exponent (RSA; the
//! other numbers follow from them). The checksum is the first four octets of SHA-256 over everything before the last space, in hexadecimal: it tells
//! a damaged entry from a wrong one.

use super::private::{ec_scalar, read_pkcs8};
use super::{Fingerprint, KeyAlgorithm, KeyError, KeySpec, PrivateKey, rsa};
use crate::asn1::{self, Malformed, tag};
use crate::oid;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize as _, Zeroizing};

const FIRST_WORDS: &str = "chancery-key 1";
const RSA: &str = "rsa";
const RSASSA_PSS: &str = "rsassa-pss";

pub(super) fn write(key: &PrivateKey) -> Result<Zeroizing<String>, KeyError> {
    let word = word(key)?;
    let secret = secret(key).map_err(|Malformed| KeyError::Malformed { what: "PKCS#8" })?;
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.as_slice()));
    let mut line = Zeroizing::new(format!("{FIRST_WORDS} {word} {}", encoded.as_str()));
    let sum = checksum(&line);
    line.reserve_exact(sum.len() + 1);
    line.push(' ');
    line.push_str(&sum);
    Ok(line)
}

pub(super) fn read(text: &str) -> Result<PrivateKey, KeyError> {
    let (covered, found) = text.trim().rsplit_once(' ').ok_or(KeyError::LineForm)?;
    let rest = covered.strip_prefix(FIRST_WORDS).and_then(|rest| rest.strip_prefix(' ')).ok_or(KeyError::LineForm)?;
    let (word, encoded) = rest.split_once(' ').ok_or(KeyError::LineForm)?;
    let expected = checksum(covered);
    if found != expected {
        return Err(KeyError::LineChecksum { found: found.to_owned(), expected });
    }
    let secret = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).map_err(|_| KeyError::LineForm)?);
    if word == RSA {
        return PrivateKey::from_rsa_private_key(&rsa::private_key(&secret)?);
    }
    if let Some(parameters) = word.strip_prefix(RSASSA_PSS) {
        let parameters = hex::decode(parameters.trim_start_matches(':')).map_err(|_| KeyError::LineForm)?;
        return PrivateKey::from_rsa_parts(oid::RSASSA_PSS, &parameters, &rsa::private_key(&secret)?);
    }
    let spec: KeySpec = word.parse().map_err(|_| KeyError::LineForm)?;
    let key = match spec.algorithm() {
        KeyAlgorithm::Ed25519 => PrivateKey::from_ed25519_seed(&secret)?,
        KeyAlgorithm::Rsa { .. } => PrivateKey::from_rsa_private_key(&rsa::private_key(&secret)?)?,
        curve => PrivateKey::from_ec_scalar(&curve, &secret)?,
    };
    key.with_spec(spec)
}

fn word(key: &PrivateKey) -> Result<String, KeyError> {
    match (key.spec(), key.public_key().algorithm()) {
        (Some(spec), _) => Ok(spec.to_string()),
        (None, KeyAlgorithm::Rsa { bits: 2048.. }) => Ok(RSA.to_owned()),
        (None, KeyAlgorithm::RsaPss { bits: 2048.. }) => Ok(match key.public_key().pss_parameters() {
            Some(parameters) => format!("{RSASSA_PSS}:{}", hex::encode(parameters)),
            None => RSASSA_PSS.to_owned(),
        }),
        (None, algorithm) => Err(KeyError::Unsupported { algorithm: algorithm.kind() }),
    }
}

fn secret(key: &PrivateKey) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let inner = read_pkcs8(key.pkcs8())?.private_key;
    match key.public_key().algorithm() {
        KeyAlgorithm::Ed25519 => Ok(Zeroizing::new(asn1::single(inner, tag::OCTET_STRING)?.content.to_vec())),
        KeyAlgorithm::Rsa { .. } | KeyAlgorithm::RsaPss { .. } => rsa::primes(inner),
        _ => ec_scalar(key.pkcs8()),
    }
}

fn checksum(covered: &str) -> String {
    let mut digits = Fingerprint::of(covered.as_bytes()).to_string();
    let sum = digits.get(..8).unwrap_or_default().to_owned();
    digits.zeroize();
    sum
}
