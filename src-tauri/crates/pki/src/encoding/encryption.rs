//! Password-based encryption as keys and containers use it: PBES2 (RFC 8018 6.2) in and out, the older schemes only in.
//!
//! The cost that a file asks for is read before it is paid.

use std::num::NonZeroU32;

use ::pkcs8::pkcs5::{self, pbes2};
use aws_lc_rs::digest;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit, block_padding::Pkcs7};
use der::Decode;
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::key_derivation::{HMAC_SHA256, PBKDF2, Pbkdf2};
use super::{MOST_ITERATIONS, MOST_MEMORY, ObjectError, Password};
use crate::asn1::{self, Malformed, Reader, oid_text, tag};

/// Purposes of the PKCS#12 derivation (RFC 7292 B.3).
#[derive(Clone, Copy)]
pub(super) enum DerivedFor {
    Encryption = 1,
    Vector = 2,
    Mac = 3,
}

/// What encrypts, read from its AlgorithmIdentifier.
enum Scheme {
    Pbes2(Vec<u8>),
    /// PBES2 as nearly everybody writes it: PBKDF2 and a block cipher in CBC mode.
    Pbkdf2 {
        derivation: Pbkdf2,
        cipher: Pbes2Cipher,
        vector: Vec<u8>,
    },
    /// RFC 7292 appendix C.
    Pkcs12 {
        cipher: Cipher,
        salt: Vec<u8>,
        iterations: u64,
    },
    /// RFC 8018 6.1: PBKDF1 and DES, or RC2 with a key of 64 bits.
    Pbes1 {
        sha1: bool,
        rc2: bool,
        salt: Vec<u8>,
        iterations: u64,
    },
}

#[derive(Clone, Copy)]
enum Pbes2Cipher {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
}

#[derive(Clone, Copy)]
enum Cipher {
    TripleDes,
    TwoKeyTripleDes,
    Rc2 { bits: usize },
}

/// Decrypts what `algorithm` (AlgorithmIdentifier, DER) encrypted.
///
/// # Errors
/// [`ObjectError::TooCostly`] before anything is derived, [`ObjectError::Unsupported`], [`ObjectError::WrongPassword`] when the
/// padding is wrong; right padding is no proof that the password is.
pub(super) fn decrypt(algorithm: &[u8], ciphertext: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, ObjectError> {
    decrypt_with(algorithm, ciphertext, password.expose().as_bytes(), || bmp_password(password))
}

/// As [`decrypt`], with a password that is octets; the schemes of PKCS#12 take each for a character of Latin-1.
pub(super) fn decrypt_octets(algorithm: &[u8], ciphertext: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, ObjectError> {
    let bmp = || Zeroizing::new(password.iter().chain(&[0]).flat_map(|octet| [0, *octet]).collect());
    decrypt_with(algorithm, ciphertext, password, bmp)
}

fn decrypt_with(
    algorithm: &[u8],
    ciphertext: &[u8],
    password: &[u8],
    bmp: impl Fn() -> Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, ObjectError> {
    match read_scheme(algorithm)? {
        Scheme::Pbes2(parameters) => {
            let parameters = pbes2::Parameters::from_der(&parameters).map_err(|_| unsupported("PBES2 with these parameters"))?;
            match parameters.decrypt(password, ciphertext) {
                Ok(plain) => Ok(Zeroizing::new(plain)),
                Err(pkcs5::Error::DecryptFailed | pkcs5::Error::EncryptFailed) => Err(ObjectError::WrongPassword),
                Err(other) => Err(unsupported(&format!("PBES2: {other}"))),
            }
        }
        Scheme::Pbkdf2 { derivation, cipher, vector } => {
            let key = |octets| derivation.derive(password, octets);
            match cipher {
                Pbes2Cipher::Aes128 => cbc_decrypt::<aes::Aes128>(&key(16), &vector, ciphertext),
                Pbes2Cipher::Aes192 => cbc_decrypt::<aes::Aes192>(&key(24), &vector, ciphertext),
                Pbes2Cipher::Aes256 => cbc_decrypt::<aes::Aes256>(&key(32), &vector, ciphertext),
                Pbes2Cipher::TripleDes => cbc_decrypt::<des::TdesEde3>(&key(24), &vector, ciphertext),
            }
        }
        Scheme::Pkcs12 { cipher, salt, iterations } => {
            let password = bmp();
            let derive = |purpose, octets| pkcs12_derive(&digest::SHA1_FOR_LEGACY_USE_ONLY, &password, &salt, purpose, iterations, octets);
            let vector = derive(DerivedFor::Vector, 8);
            match cipher {
                Cipher::TripleDes => cbc_decrypt::<des::TdesEde3>(&derive(DerivedFor::Encryption, 24), &vector, ciphertext),
                Cipher::TwoKeyTripleDes => cbc_decrypt::<des::TdesEde2>(&derive(DerivedFor::Encryption, 16), &vector, ciphertext),
                Cipher::Rc2 { bits } => cbc_decrypt::<rc2::Rc2>(&derive(DerivedFor::Encryption, bits / 8), &vector, ciphertext),
            }
        }
        Scheme::Pbes1 { sha1, rc2, salt, iterations } => {
            let derived = pbkdf1(sha1, password, &salt, iterations);
            let (key, rest) = derived.split_at_checked(8).ok_or(ObjectError::WrongPassword)?;
            let vector = rest.get(..8).ok_or(ObjectError::WrongPassword)?;
            if rc2 { cbc_decrypt::<rc2::Rc2>(key, vector, ciphertext) } else { cbc_decrypt::<des::Des>(key, vector, ciphertext) }
        }
    }
}

/// Reads an AlgorithmIdentifier and refuses what costs too much.
pub(super) fn check_cost(algorithm: &[u8]) -> Result<(), ObjectError> {
    read_scheme(algorithm).map(|_| ())
}

/// Encrypts with PBES2: PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018 6.2, A.4, B.2.5). Returns AlgorithmIdentifier and ciphertext;
/// `None` never comes of key and vector as long as these.
pub(super) fn encrypt(
    plain: &[u8],
    password: &Password,
    salt: &[u8; 16],
    vector: [u8; 16],
    iterations: NonZeroU32,
) -> Option<(Vec<u8>, Vec<u8>)> {
    let key = Pbkdf2::with_sha256(salt, iterations).derive(password.expose().as_bytes(), 32);
    let encryptor = cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &vector).ok()?;
    let ciphertext = encryptor.encrypt_padded_vec::<Pkcs7>(plain);
    let function = asn1::sequence(&[&asn1::oid(HMAC_SHA256)?, asn1::NULL]);
    let count = asn1::unsigned(&iterations.get().to_be_bytes());
    let derivation = asn1::sequence(&[&asn1::tlv(tag::OCTET_STRING, salt), &count, &function]);
    let derivation = asn1::sequence(&[&asn1::oid(PBKDF2)?, &derivation]);
    let cipher = asn1::sequence(&[&asn1::oid(AES256_CBC)?, &asn1::tlv(tag::OCTET_STRING, &vector)]);
    Some((asn1::sequence(&[&asn1::oid(PBES2)?, &asn1::sequence(&[&derivation, &cipher])]), ciphertext))
}

/// PBES2 parameters that are PBKDF2 and CBC; `None` for scrypt and whatever else the library may know.
fn pbkdf2_scheme(parameters: &[u8]) -> Option<Scheme> {
    let mut fields = Reader::new(asn1::single(parameters, tag::SEQUENCE).ok()?.content);
    let derivation = Pbkdf2::read(fields.enter(tag::SEQUENCE).ok()?)?;
    let mut encryption = fields.enter(tag::SEQUENCE).ok()?;
    let cipher = match oid_text(encryption.expect(tag::OID).ok()?.content).as_str() {
        "2.16.840.1.101.3.4.1.2" => Pbes2Cipher::Aes128,
        "2.16.840.1.101.3.4.1.22" => Pbes2Cipher::Aes192,
        AES256_CBC => Pbes2Cipher::Aes256,
        "1.2.840.113549.3.7" => Pbes2Cipher::TripleDes,
        _ => return None,
    };
    let vector = encryption.expect(tag::OCTET_STRING).ok()?.content.to_vec();
    Some(Scheme::Pbkdf2 { derivation, cipher, vector })
}

const AES256_CBC: &str = "2.16.840.1.101.3.4.1.42";
const PBES2: &str = "1.2.840.113549.1.5.13";

fn unsupported(what: &str) -> ObjectError {
    ObjectError::Unsupported { what: what.to_owned() }
}

fn read_scheme(algorithm: &[u8]) -> Result<Scheme, ObjectError> {
    let broken = |Malformed| ObjectError::Malformed { what: "encryption algorithm", cause: "its parameters cannot be read".to_owned() };
    let mut reader = Reader::new(asn1::single(algorithm, tag::SEQUENCE).map_err(broken)?.content);
    let identifier = oid_text(reader.expect(tag::OID).map_err(broken)?.content);
    let parameters = reader.any().map_err(broken)?.raw;
    let salted = || -> Result<(Vec<u8>, u64), ObjectError> {
        let mut fields = Reader::new(asn1::single(parameters, tag::SEQUENCE).map_err(broken)?.content);
        let salt = fields.expect(tag::OCTET_STRING).map_err(broken)?.content.to_vec();
        let iterations = count(fields.expect(tag::INTEGER).map_err(broken)?.content);
        within(iterations, MOST_ITERATIONS)?;
        Ok((salt, iterations))
    };
    let cipher = match identifier.as_str() {
        PBES2 => {
            pbes2_cost(parameters)?;
            return Ok(pbkdf2_scheme(parameters).unwrap_or_else(|| Scheme::Pbes2(parameters.to_vec())));
        }
        "1.2.840.113549.1.5.3" | "1.2.840.113549.1.5.6" | "1.2.840.113549.1.5.10" | "1.2.840.113549.1.5.11" => {
            let (salt, iterations) = salted()?;
            let (sha1, rc2) = (identifier.contains(".5.1"), identifier.ends_with(['6', '1']));
            return Ok(Scheme::Pbes1 { sha1, rc2, salt, iterations });
        }
        "1.2.840.113549.1.12.1.3" => Cipher::TripleDes,
        "1.2.840.113549.1.12.1.4" => Cipher::TwoKeyTripleDes,
        "1.2.840.113549.1.12.1.5" => Cipher::Rc2 { bits: 128 },
        "1.2.840.113549.1.12.1.6" => Cipher::Rc2 { bits: 40 },
        other => return Err(unsupported(other)),
    };
    let (salt, iterations) = salted()?;
    Ok(Scheme::Pkcs12 { cipher, salt, iterations })
}

/// Reads what a PBES2 derivation would cost: iterations of PBKDF2, memory of scrypt (RFC 8018 A.2, RFC 7914 7.1).
fn pbes2_cost(parameters: &[u8]) -> Result<(), ObjectError> {
    let broken = |Malformed| ObjectError::Malformed { what: "encryption algorithm", cause: "its parameters cannot be read".to_owned() };
    let mut fields = Reader::new(asn1::single(parameters, tag::SEQUENCE).map_err(broken)?.content);
    let mut derivation = fields.enter(tag::SEQUENCE).map_err(broken)?;
    let function = oid_text(derivation.expect(tag::OID).map_err(broken)?.content);
    let mut values = derivation.enter(tag::SEQUENCE).map_err(broken)?;
    match function.as_str() {
        PBKDF2 => {
            values.any().map_err(broken)?;
            within(count(values.expect(tag::INTEGER).map_err(broken)?.content), MOST_ITERATIONS)
        }
        "1.3.6.1.4.1.11591.4.11" => {
            values.any().map_err(broken)?;
            let mut next = || values.expect(tag::INTEGER).map(|number| count(number.content)).map_err(broken);
            let (cost, block, parallel) = (next()?, next()?, next()?);
            let memory = cost.saturating_mul(block).saturating_mul(128);
            within(memory, MOST_MEMORY)?;
            // Time grows with all three; sixteen lanes of the largest memory is the most we wait for.
            within(memory.saturating_mul(parallel), MOST_MEMORY.saturating_mul(16))
        }
        other => Err(unsupported(other)),
    }
}

pub(super) fn within(cost: u64, limit: u64) -> Result<(), ObjectError> {
    if cost > limit { Err(ObjectError::TooCostly { cost, limit }) } else { Ok(()) }
}

/// A count from an INTEGER; negative or enormous ones count as more than anything.
pub(super) fn count(contents: &[u8]) -> u64 {
    if contents.first().is_none_or(|first| first & 0x80 != 0) {
        return u64::MAX;
    }
    contents.iter().try_fold(0_u64, |value, octet| value.checked_mul(256)?.checked_add(u64::from(*octet))).unwrap_or(u64::MAX)
}

/// A password as PKCS#12 takes it: UTF-16, big-endian, with two octets of zero at the end (RFC 7292 B.1). Characters outside the
/// basic plane are surrogate pairs, as OpenSSL and Java write them.
pub(super) fn bmp_password(password: &Password) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(2 * password.expose().len() + 2));
    for unit in password.expose().encode_utf16() {
        out.extend(unit.to_be_bytes());
    }
    out.extend([0, 0]);
    out
}

/// The derivation of RFC 7292 B.2.
pub(super) fn pkcs12_derive(
    hash: &'static digest::Algorithm,
    password: &[u8],
    salt: &[u8],
    purpose: DerivedFor,
    iterations: u64,
    octets: usize,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_len();
    let repeat = |source: &[u8]| -> Vec<u8> {
        let length = source.len().div_ceil(block) * block;
        source.iter().copied().cycle().take(length).collect()
    };
    let diversifier = vec![purpose as u8; block];
    let mut input = Zeroizing::new([repeat(salt), repeat(password)].concat());
    let mut out = Zeroizing::new(Vec::with_capacity(octets + hash.output_len()));
    loop {
        let mut context = digest::Context::new(hash);
        context.update(&diversifier);
        context.update(&input);
        let mut round = context.finish();
        for _ in 1..iterations {
            round = digest::digest(hash, round.as_ref());
        }
        out.extend_from_slice(round.as_ref());
        if out.len() >= octets {
            out.truncate(octets);
            return out;
        }
        let addend: Vec<u8> = round.as_ref().iter().copied().cycle().take(block).collect();
        for chunk in input.chunks_mut(block) {
            let mut carry = 1_u16;
            for (octet, add) in chunk.iter_mut().zip(&addend).rev() {
                let [high, low] = (u16::from(*octet) + u16::from(*add) + carry).to_be_bytes();
                *octet = low;
                carry = u16::from(high);
            }
        }
    }
}

/// PBKDF1 (RFC 8018 5.1).
fn pbkdf1(sha1: bool, password: &[u8], salt: &[u8], iterations: u64) -> Zeroizing<Vec<u8>> {
    let hash = |input: &[u8]| -> Vec<u8> {
        if sha1 { digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, input).as_ref().to_vec() } else { Md5::digest(input).to_vec() }
    };
    let first = Zeroizing::new([password, salt].concat());
    let mut out = Zeroizing::new(hash(&first));
    for _ in 1..iterations {
        *out = hash(&out);
    }
    out
}

/// CBC with PKCS#5 padding. A key or vector of a wrong length cannot be: both are derived or checked by the caller.
pub(super) fn cbc_decrypt<C: BlockCipherDecrypt + KeyInit>(
    key: &[u8],
    vector: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, ObjectError> {
    let broken = || ObjectError::Malformed { what: "encryption algorithm", cause: "key or vector of a wrong length".to_owned() };
    let decryptor = cbc::Decryptor::<C>::new_from_slices(key, vector).map_err(|_| broken())?;
    decryptor.decrypt_padded_vec::<Pkcs7>(ciphertext).map(Zeroizing::new).map_err(|_| ObjectError::WrongPassword)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pkcs12_derivation_matches_known_answers() {
        // The vectors that Bouncy Castle and the pkcs12 crate test with: "ge@äheim", SHA-256 and SHA-512, 100 iterations.
        let password = bmp_password(&Password::new("ge@äheim".to_owned()));
        let salt = [1, 2, 3, 4, 5, 6, 7, 8];
        let derive = |hash, purpose, octets| hex::encode(pkcs12_derive(hash, &password, &salt, purpose, 100, octets).as_slice());
        assert_eq!(derive(&digest::SHA256, DerivedFor::Encryption, 32), "fae4d4957a3cc781e1180b9d4fb79c1e0c8579b746a3177e5b0768a3118bf863");
        assert_eq!(derive(&digest::SHA256, DerivedFor::Vector, 32), "e5ff813bc6547de5155b14d2fada85b3201a977349db6e26ccc998d9e8f83d6c");
        assert_eq!(derive(&digest::SHA256, DerivedFor::Mac, 32), "136355ed9434516682534f46d63956db5ff06b844702c2c1f3b46321e2524a4d");
        assert_eq!(derive(&digest::SHA512, DerivedFor::Encryption, 32), "b14a9f01bfd9dce4c9d66d2fe9937e5fd9f1afa59e370a6fa4fc81c1cc8ec8ee");
    }

    #[test]
    fn cost_is_counted_before_it_is_paid() {
        assert_eq!(count(&[0x7f, 0xff, 0xff, 0xff]), 0x7fff_ffff);
        assert_eq!(count(&[0xff]), u64::MAX);
        assert_eq!(count(&[1; 9]), u64::MAX);
        assert_eq!(within(2_000_000, MOST_ITERATIONS), Err(ObjectError::TooCostly { cost: 2_000_000, limit: 1_000_000 }));
    }
}
