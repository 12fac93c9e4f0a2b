//! Keys as OpenSSL wrote them before PKCS#8: `Proc-Type: 4,ENCRYPTED` and `DEK-Info` in front of the base64. Read only: the
//! key derivation is a single MD5, or a single SHA-1 where XCA called for it.

use aws_lc_rs::digest;
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::{ObjectError, Password, encryption::cbc_decrypt, pkcs8};
use crate::key::PrivateKey;

/// The name of the cipher and its vector from `DEK-Info`, when the block is encrypted (RFC 1421 4.6.1.1, 4.6.1.3).
pub(super) fn encryption(headers: &[(String, String)]) -> Option<(&str, &str)> {
    let header = |name: &str| headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    if !header("Proc-Type")?.ends_with("ENCRYPTED") {
        return None;
    }
    Some(header("DEK-Info").and_then(|info| info.split_once(',')).map_or(("", ""), |(cipher, vector)| (cipher.trim(), vector.trim())))
}

/// Decrypts the body of such a block.
///
/// # Errors
/// [`ObjectError::Unsupported`] for a cipher that we do not read, [`ObjectError::WrongPassword`] when the padding is wrong.
pub(super) fn decrypt(cipher: &str, vector: &str, ciphertext: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, ObjectError> {
    let broken = || ObjectError::Malformed { what: "private key", cause: "DEK-Info has no vector that fits".to_owned() };
    let vector = hex::decode(vector).map_err(|_| broken())?;
    // EVP_BytesToKey takes the first eight octets of the vector as its salt, whatever the cipher.
    let salt = vector.get(..8).ok_or_else(broken)?;
    let md5 = |input: &[u8]| Md5::digest(input).to_vec();
    let key = |octets| bytes_to_key(md5, password.expose().as_bytes(), salt, octets);
    match cipher {
        "AES-128-CBC" => cbc_decrypt::<aes::Aes128>(&key(16), &vector, ciphertext),
        "AES-192-CBC" => cbc_decrypt::<aes::Aes192>(&key(24), &vector, ciphertext),
        "AES-256-CBC" => cbc_decrypt::<aes::Aes256>(&key(32), &vector, ciphertext),
        "DES-EDE3-CBC" => cbc_decrypt::<des::TdesEde3>(&key(24), &vector, ciphertext),
        "DES-CBC" => cbc_decrypt::<des::Des>(&key(8), &vector, ciphertext),
        other => Err(ObjectError::Unsupported { what: other.to_owned() }),
    }
}

/// Opens a key under 3DES-CBC whose vector is the salt of `EVP_BytesToKey` with SHA-1, with the first password that fits.
///
/// # Errors
/// As [`pkcs8::first_that_fits`].
pub(crate) fn open_legacy_des3(vector: &[u8], ciphertext: &[u8], passwords: &[&[u8]]) -> Result<PrivateKey, ObjectError> {
    let sha1 = |input: &[u8]| digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, input).as_ref().to_vec();
    pkcs8::first_that_fits(passwords, |password| {
        cbc_decrypt::<des::TdesEde3>(&bytes_to_key(sha1, password, vector, 24), vector, ciphertext)
    })
}

/// OpenSSL's EVP_BytesToKey with one round.
fn bytes_to_key(hash: impl Fn(&[u8]) -> Vec<u8>, password: &[u8], salt: &[u8], octets: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(octets + 20));
    let mut last = Zeroizing::new(Vec::new());
    while key.len() < octets {
        let input = Zeroizing::new([&last, password, salt].concat());
        *last = hash(&input);
        key.extend_from_slice(&last);
    }
    key.truncate(octets);
    key
}
