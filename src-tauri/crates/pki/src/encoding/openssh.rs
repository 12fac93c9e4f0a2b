//! OpenSSH's private keys (its PROTOCOL.key), read only: Ed25519, ECDSA and RSA, plain or under a password.

use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, KeyInit, KeyIvInit, block_padding::NoPadding};
use ctr::cipher::StreamCipher;
use zeroize::Zeroizing;

use super::{MOST_BCRYPT_ROUNDS, ObjectError, Password, encryption::within};
use crate::key::{KeyAlgorithm, KeyError, PrivateKey};

/// What the contents begin with.
const MAGIC: &[u8] = b"openssh-key-v1\0";
/// Octets of salt that anybody has: 16.
const LONGEST_SALT: usize = 1_024;
/// Octets of the longest modulus that is taken apart: 8,192 bits.
const LONGEST_MODULUS: usize = 1_024;

/// Opens a key with the first password that fits.
///
/// # Errors
/// [`ObjectError::TooCostly`] before anything is derived, [`ObjectError::PasswordNeeded`], [`ObjectError::WrongPassword`], and
/// [`ObjectError::Unsupported`] for ciphers and keys (DSA, security keys) that are not read.
pub(super) fn open(bytes: &[u8], passwords: &[Password]) -> Result<PrivateKey, ObjectError> {
    let sealed = Sealed::read(bytes).ok_or_else(broken)??;
    let Some(encryption) = &sealed.encryption else { return key(sealed.private).unwrap_or(Err(broken())) };
    within(encryption.rounds.into(), MOST_BCRYPT_ROUNDS)?;
    if passwords.is_empty() {
        return Err(ObjectError::PasswordNeeded);
    }
    for password in passwords {
        match encryption.decrypt(sealed.private, password).and_then(|plain| key(&plain).unwrap_or(Err(broken()))) {
            Err(ObjectError::WrongPassword) => {}
            opened => return opened,
        }
    }
    Err(ObjectError::WrongPassword)
}

fn broken() -> ObjectError {
    ObjectError::Malformed { what: "private key", cause: "no OpenSSH key".to_owned() }
}

fn unsupported(what: String) -> ObjectError {
    ObjectError::Unsupported { what }
}

/// The frame around the private part.
struct Sealed<'a> {
    encryption: Option<Encryption<'a>>,
    private: &'a [u8],
}

struct Encryption<'a> {
    cipher: Cipher,
    salt: &'a [u8],
    rounds: u32,
}

#[derive(Clone, Copy)]
enum Cipher {
    /// AES with a key of so many octets, counting.
    Counting(usize),
    /// The same, chaining blocks.
    Chaining(usize),
}

impl<'a> Sealed<'a> {
    /// `None` where octets are missing.
    fn read(bytes: &'a [u8]) -> Option<Result<Self, ObjectError>> {
        let mut fields = Fields(bytes.strip_prefix(MAGIC)?);
        let (cipher, derivation, options) = (fields.string()?, fields.string()?, fields.string()?);
        // OpenSSH writes and reads one key a file.
        let count = fields.number()?;
        if count != 1 {
            return Some(Err(unsupported(format!("an OpenSSH file with {count} keys"))));
        }
        fields.string()?;
        let private = fields.string()?;
        let cipher = match cipher {
            b"none" => return Some(Ok(Self { encryption: None, private })),
            b"aes128-ctr" => Cipher::Counting(16),
            b"aes192-ctr" => Cipher::Counting(24),
            b"aes256-ctr" => Cipher::Counting(32),
            b"aes128-cbc" => Cipher::Chaining(16),
            b"aes192-cbc" => Cipher::Chaining(24),
            b"aes256-cbc" => Cipher::Chaining(32),
            other => return Some(Err(unsupported(String::from_utf8_lossy(other).into_owned()))),
        };
        if derivation != b"bcrypt" {
            return Some(Err(unsupported(String::from_utf8_lossy(derivation).into_owned())));
        }
        let mut options = Fields(options);
        let salt = options.string().filter(|salt| (1..=LONGEST_SALT).contains(&salt.len()))?;
        let rounds = options.number().filter(|rounds| *rounds > 0)?;
        Some(Ok(Self { encryption: Some(Encryption { cipher, salt, rounds }), private }))
    }
}

impl Encryption<'_> {
    fn decrypt(&self, ciphertext: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, ObjectError> {
        // bcrypt does not take a password of no characters, and neither does ssh-keygen.
        if password.is_empty() {
            return Err(ObjectError::WrongPassword);
        }
        let (Cipher::Counting(length) | Cipher::Chaining(length)) = self.cipher;
        let mut derived = Zeroizing::new(vec![0; length + 16]);
        bcrypt_pbkdf::bcrypt_pbkdf(password.expose(), self.salt, self.rounds, &mut derived).map_err(|_| broken())?;
        let (key, vector) = derived.split_at_checked(length).ok_or_else(broken)?;
        let mut plain = Zeroizing::new(ciphertext.to_vec());
        match self.cipher {
            Cipher::Counting(16) => counted::<ctr::Ctr128BE<aes::Aes128>>(key, vector, &mut plain)?,
            Cipher::Counting(24) => counted::<ctr::Ctr128BE<aes::Aes192>>(key, vector, &mut plain)?,
            Cipher::Counting(_) => counted::<ctr::Ctr128BE<aes::Aes256>>(key, vector, &mut plain)?,
            Cipher::Chaining(16) => chained::<aes::Aes128>(key, vector, &mut plain)?,
            Cipher::Chaining(24) => chained::<aes::Aes192>(key, vector, &mut plain)?,
            Cipher::Chaining(_) => chained::<aes::Aes256>(key, vector, &mut plain)?,
        }
        Ok(plain)
    }
}

fn counted<C: KeyIvInit + StreamCipher>(key: &[u8], vector: &[u8], octets: &mut [u8]) -> Result<(), ObjectError> {
    C::new_from_slices(key, vector).map_err(|_| broken())?.apply_keystream(octets);
    Ok(())
}

fn chained<C: BlockCipherDecrypt + KeyInit>(key: &[u8], vector: &[u8], octets: &mut [u8]) -> Result<(), ObjectError> {
    let decryptor = cbc::Decryptor::<C>::new_from_slices(key, vector).map_err(|_| broken())?;
    decryptor.decrypt_padded::<NoPadding>(octets).map_err(|_| broken())?;
    Ok(())
}

/// The private part: a number twice, by which the password proves itself, and the key. `None` where octets are missing behind it.
fn key(plain: &[u8]) -> Option<Result<PrivateKey, ObjectError>> {
    let mut fields = Fields(plain);
    if fields.number()? != fields.number()? {
        return Some(Err(ObjectError::WrongPassword));
    }
    let kind = fields.string()?;
    let made = match kind {
        b"ssh-ed25519" => {
            let public = fields.string()?;
            let private = fields.string()?;
            let seed = private.strip_suffix(public).filter(|seed| seed.len() == 32)?;
            matching(PrivateKey::from_ed25519_seed(seed), public)
        }
        b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" | b"ecdsa-sha2-nistp521" => {
            let algorithm = match fields.string()? {
                b"nistp256" => KeyAlgorithm::EcP256,
                b"nistp384" => KeyAlgorithm::EcP384,
                b"nistp521" => KeyAlgorithm::EcP521,
                _ => return None,
            };
            let public = fields.string()?;
            let (_, width) = algorithm.curve()?;
            let scalar = fields.magnitude()?;
            let padding = width.checked_sub(scalar.len())?;
            let padded = Zeroizing::new([&vec![0; padding], scalar].concat());
            matching(PrivateKey::from_ec_scalar(&algorithm, &padded), public)
        }
        b"ssh-rsa" => {
            let (modulus, exponent, _private, _coefficient) =
                (fields.magnitude()?, fields.magnitude()?, fields.magnitude()?, fields.magnitude()?);
            let (p, q) = (fields.magnitude()?, fields.magnitude()?);
            if modulus.len() > LONGEST_MODULUS || p.len() + q.len() > modulus.len() + 2 || exponent.len() > p.len() {
                return Some(Err(unsupported(format!("an RSA key of {} bits", 8 * modulus.len()))));
            }
            let bits = crate::asn1::sequence(&[&crate::asn1::unsigned(modulus), &crate::asn1::unsigned(exponent)]);
            matching(PrivateKey::from_rsa_primes(p, q, exponent), &bits)
        }
        other => return Some(Err(unsupported(format!("an OpenSSH key {}", String::from_utf8_lossy(other))))),
    };
    Some(made.map_err(ObjectError::from))
}

/// The key, where its public half is the one that stands beside it.
fn matching(made: Result<PrivateKey, KeyError>, public: &[u8]) -> Result<PrivateKey, KeyError> {
    made.and_then(|key| if key.public_key().key_bits() == public { Ok(key) } else { Err(KeyError::Inconsistent) })
}

/// Numbers of four octets, and strings behind their length (RFC 4251 5).
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u32> {
        let (octets, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*octets))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (string, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }

    /// A number that is not negative, without its leading zero.
    fn magnitude(&mut self) -> Option<&'a [u8]> {
        let octets = self.string().filter(|octets| octets.first().is_some_and(|first| first & 0x80 == 0))?;
        Some(octets.get(octets.iter().take_while(|octet| **octet == 0).count()..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
