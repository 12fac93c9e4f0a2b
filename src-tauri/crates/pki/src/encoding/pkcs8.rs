//! PKCS#8 (RFC 5958): private keys, plain and encrypted.

use std::num::NonZeroU32;

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use super::{EncodeError, ObjectError, Password, encryption, pem};
use crate::{
    asn1::{self, Reader, tag},
    key::PrivateKey,
};

/// PBKDF2 iterations of what we write (OWASP 2023 for HMAC-SHA-256: 600,000).
const ITERATIONS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();

/// Writes a key as unencrypted PEM. The caller has said by name that it wants one.
pub fn pkcs8_pem(key: &PrivateKey) -> Zeroizing<String> {
    Zeroizing::new(pem::encode("PRIVATE KEY", &key.expose_pkcs8_der()))
}

/// Writes a key as encrypted PEM: PBES2 with PBKDF2-HMAC-SHA-256, 600,000 iterations, and AES-256-CBC (RFC 8018 6.2).
///
/// # Errors
/// [`EncodeError::Encryption`] when the library refuses or the system has no randomness.
pub fn pkcs8_encrypt_pem(key: &PrivateKey, password: &Password) -> Result<Zeroizing<String>, EncodeError> {
    let der = encrypted_der(key, password)?;
    Ok(Zeroizing::new(pem::encode("ENCRYPTED PRIVATE KEY", &der)))
}

/// EncryptedPrivateKeyInfo (RFC 5958 3).
pub(super) fn encrypted_der(key: &PrivateKey, password: &Password) -> Result<Vec<u8>, EncodeError> {
    let (algorithm, ciphertext) = encrypt(&key.expose_pkcs8_der(), password)?;
    Ok(asn1::sequence(&[&algorithm, &asn1::tlv(tag::OCTET_STRING, &ciphertext)]))
}

/// Encrypts with a fresh salt and vector.
pub(super) fn encrypt(plain: &[u8], password: &Password) -> Result<(Vec<u8>, Vec<u8>), EncodeError> {
    let (mut salt, mut vector) = ([0; 16], [0; 16]);
    for random in [&mut salt, &mut vector] {
        rand::fill(random).map_err(|_| EncodeError::Encryption { cause: "no randomness".to_owned() })?;
    }
    encryption::encrypt(plain, password, &salt, vector, ITERATIONS)
        .ok_or_else(|| EncodeError::Encryption { cause: "AES-256-CBC".to_owned() })
}

/// Algorithm (DER) and ciphertext of an EncryptedPrivateKeyInfo.
pub(super) fn parts(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = Reader::new(asn1::single(der, tag::SEQUENCE).ok()?.content);
    let algorithm = fields.expect(tag::SEQUENCE).ok()?.raw;
    let ciphertext = fields.expect(tag::OCTET_STRING).ok()?.content;
    fields.finish().ok()?;
    Some((algorithm, ciphertext))
}

/// Opens an EncryptedPrivateKeyInfo with the first password that fits.
///
/// # Errors
/// [`ObjectError::PasswordNeeded`] without passwords, [`ObjectError::WrongPassword`] when none fits, and what
/// [`encryption::decrypt`] finds.
pub(super) fn open(der: &[u8], passwords: &[Password]) -> Result<PrivateKey, ObjectError> {
    let (algorithm, ciphertext) =
        parts(der).ok_or_else(|| ObjectError::Malformed { what: "private key", cause: "no EncryptedPrivateKeyInfo".to_owned() })?;
    encryption::check_cost(algorithm)?;
    first_that_fits(passwords, |password| encryption::decrypt(algorithm, ciphertext, password))
}

/// As [`open`], with passwords that are octets; `None` when it is no EncryptedPrivateKeyInfo.
pub(crate) fn open_pkcs8(der: &[u8], passwords: &[&[u8]]) -> Option<Result<PrivateKey, ObjectError>> {
    let (algorithm, ciphertext) = parts(der)?;
    let opened = encryption::check_cost(algorithm)
        .and_then(|()| first_that_fits(passwords, |password| encryption::decrypt_octets(algorithm, ciphertext, password)));
    Some(opened)
}

/// Tries passwords until one gives a key. Padding that fits by chance (one in 256) gives octets that are no key, which counts as
/// the wrong password as long as they are not even a DER structure.
pub(super) fn first_that_fits<P>(
    passwords: &[P],
    decrypt: impl Fn(&P) -> Result<Zeroizing<Vec<u8>>, ObjectError>,
) -> Result<PrivateKey, ObjectError> {
    if passwords.is_empty() {
        return Err(ObjectError::PasswordNeeded);
    }
    for password in passwords {
        match decrypt(password) {
            Ok(plain) if asn1::single(&plain, tag::SEQUENCE).is_ok() => return Ok(PrivateKey::from_any_der(&plain)?),
            Ok(_) | Err(ObjectError::WrongPassword) => {}
            Err(other) => return Err(other),
        }
    }
    Err(ObjectError::WrongPassword)
}
