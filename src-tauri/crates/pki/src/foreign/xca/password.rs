//! The password of a database: XCA keeps a salted hash of it, and the octets that it makes of the characters.

use std::fmt;

use aws_lc_rs::digest;
use md5::{Digest as _, Md5};
use zeroize::{Zeroize as _, Zeroizing};

use crate::encoding::Password;

/// Rounds of SHA-512 behind `T…`.
const ROUNDS: u32 = 8_000;
/// Characters of salt, the `T` included.
const LONG_SALT: usize = 17;
/// Characters of salt, the `S` included.
const SHORT_SALT: usize = 5;

/// A password as octets, which is what XCA encrypts with. Wiped when dropped, never shown.
pub struct XcaPassword(Zeroizing<Vec<u8>>);

impl XcaPassword {
    /// The octets that XCA may have made of these characters, the likelier first: its window takes Latin-1 with `?` for all else, its command
    /// line what the terminal sends.
    pub fn forms_of(password: &Password) -> Vec<Self> {
        let latin1 = password.expose().chars().map(|character| u8::try_from(character).unwrap_or(b'?')).collect::<Vec<_>>();
        let (latin1, utf8) = (Self(Zeroizing::new(latin1)), Self(Zeroizing::new(password.expose().as_bytes().to_vec())));
        if *latin1.0 == *utf8.0 { vec![latin1] } else { vec![latin1, utf8] }
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for XcaPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("XcaPassword(…)")
    }
}

/// The setting `pwhash`, by which the password of a database is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XcaPasswordHash {
    salt: String,
    rounds: u32,
    /// Upper case, salt and all.
    hash: String,
}

impl XcaPasswordHash {
    /// Reads the setting: `T`, 16 digits of salt and 8,000 rounds of SHA-512; `S`, 4 digits and one round; else a bare MD5, with or without colons.
    /// `None` where it is none of these: then only the keys tell whether a password is right.
    pub fn parse(setting: &str) -> Option<Self> {
        let setting = setting.trim();
        let (salt, rounds, octets) = match setting.chars().next()? {
            'T' => (setting.get(..LONG_SALT)?, ROUNDS, digest::SHA512_OUTPUT_LEN),
            'S' => (setting.get(..SHORT_SALT)?, 1, digest::SHA512_OUTPUT_LEN),
            _ => ("", 0, Md5::output_size()),
        };
        let hash = setting.get(salt.len()..)?.replace(':', "").to_uppercase();
        let whole = hash.len() == 2 * octets && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
        whole.then(|| Self { salt: salt.to_owned(), rounds, hash })
    }

    /// The octets of this password that fit; `None` when it is another password.
    pub fn accepts(&self, password: &Password) -> Option<XcaPassword> {
        XcaPassword::forms_of(password).into_iter().find(|form| hex::encode_upper(self.hashed(form.octets())) == self.hash)
    }

    fn hashed(&self, password: &[u8]) -> Vec<u8> {
        let mut salted = [self.salt.as_bytes(), password].concat();
        let mut hash =
            if self.rounds == 0 { Md5::digest(&salted).to_vec() } else { digest::digest(&digest::SHA512, &salted).as_ref().to_vec() };
        salted.zeroize();
        for _ in 1..self.rounds {
            hash = digest::digest(&digest::SHA512, &hash).as_ref().to_vec();
        }
        hash
    }
}
