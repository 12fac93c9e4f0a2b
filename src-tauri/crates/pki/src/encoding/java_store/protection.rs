//! How Java protects a key: JKS by a stream of SHA-1 of its own making, JCEKS by 3DES under a key from MD5, neither of which anybody else uses.

use aws_lc_rs::digest;
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::{
    super::{
        MOST_ITERATIONS, ObjectError, Password,
        encryption::{self, cbc_decrypt, count, within},
    },
    wide,
};
use crate::asn1::{self, Malformed, Reader, oid_text, tag};

/// `KeyProtector` of `sun.security.provider`.
const OF_JKS: &str = "1.3.6.1.4.1.42.2.17.1.1";
/// `PBEWithMD5AndTripleDES` of `com.sun.crypto.provider`.
const OF_JCEKS: &str = "1.3.6.1.4.1.42.2.19.1";
/// Octets of SHA-1, which are also those of the salt.
const HASH: usize = 20;

/// How one key is protected.
pub(super) enum Protection {
    Jks,
    Jceks {
        salt: [u8; 8],
        iterations: u64,
    },
    /// A scheme that PKCS#8 has too.
    Other(Vec<u8>),
}

impl Protection {
    /// Reads an AlgorithmIdentifier and refuses what costs too much.
    pub(super) fn read(algorithm: &[u8]) -> Result<Self, ObjectError> {
        let broken = |Malformed| ObjectError::Malformed { what: "encryption algorithm", cause: "its parameters cannot be read".to_owned() };
        let mut fields = Reader::new(asn1::single(algorithm, tag::SEQUENCE).map_err(broken)?.content);
        match oid_text(fields.expect(tag::OID).map_err(broken)?.content).as_str() {
            OF_JKS => Ok(Self::Jks),
            OF_JCEKS => {
                let mut parameters = fields.enter(tag::SEQUENCE).map_err(broken)?;
                let salt = parameters.expect(tag::OCTET_STRING).map_err(broken)?.content.try_into().map_err(|_| broken(Malformed))?;
                let iterations = count(parameters.expect(tag::INTEGER).map_err(broken)?.content);
                within(iterations, MOST_ITERATIONS)?;
                Ok(Self::Jceks { salt, iterations })
            }
            _ => {
                encryption::check_cost(algorithm)?;
                Ok(Self::Other(algorithm.to_vec()))
            }
        }
    }

    /// Opens what is protected.
    ///
    /// # Errors
    /// [`ObjectError::WrongPassword`]; JKS proves the password, the padding of JCEKS is no proof.
    pub(super) fn open(&self, ciphertext: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, ObjectError> {
        match self {
            Self::Jks => jks(ciphertext, &wide(password)),
            Self::Jceks { salt, iterations } => {
                let derived = jceks_key(*salt, *iterations, password)?;
                let (key, vector) = derived.split_at_checked(24).ok_or(ObjectError::WrongPassword)?;
                cbc_decrypt::<des::TdesEde3>(key, vector, ciphertext)
            }
            Self::Other(algorithm) => encryption::decrypt(algorithm, ciphertext, password),
        }
    }
}

fn sha1(parts: [&[u8]; 2]) -> digest::Digest {
    let mut hash = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    parts.into_iter().for_each(|part| hash.update(part));
    hash.finish()
}

/// Salt, the key under a stream of SHA-1 of the password and what came before, and SHA-1 of password and key.
fn jks(protected: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, ObjectError> {
    let short = || ObjectError::Malformed { what: "private key", cause: "shorter than its salt and digest".to_owned() };
    let (salt, rest) = protected.split_at_checked(HASH).ok_or_else(short)?;
    let (ciphertext, wanted) = rest.len().checked_sub(HASH).and_then(|at| rest.split_at_checked(at)).ok_or_else(short)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
    let mut stream = sha1([password, salt]);
    for (index, piece) in ciphertext.chunks(HASH).enumerate() {
        if index > 0 {
            stream = sha1([password, stream.as_ref()]);
        }
        plain.extend(piece.iter().zip(stream.as_ref()).map(|(octet, mask)| octet ^ mask));
    }
    if sha1([password, &plain]).as_ref() == wanted { Ok(plain) } else { Err(ObjectError::WrongPassword) }
}

/// Key and vector: MD5 again and again over each half of the salt and the password, which is ASCII (Java takes no other).
fn jceks_key(salt: [u8; 8], iterations: u64, password: &Password) -> Result<Zeroizing<Vec<u8>>, ObjectError> {
    let text = password.expose();
    if !text.bytes().all(|octet| (b' '..=b'~').contains(&octet)) {
        return Err(ObjectError::WrongPassword);
    }
    let [a, b, c, d, second @ ..] = salt;
    // Where the halves are the same, Java turns the first round.
    let first = if [a, b, c, d] == second { [d, c, b, a] } else { [a, b, c, d] };
    let mut derived = Zeroizing::new(Vec::with_capacity(32));
    for half in [first, second] {
        let mut hashed = Zeroizing::new(half.to_vec());
        for _ in 0..iterations {
            let mut hash = Md5::new();
            hash.update(&*hashed);
            hash.update(text);
            hashed = Zeroizing::new(hash.finalize().to_vec());
        }
        derived.extend_from_slice(&hashed);
    }
    Ok(derived)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    /// What `Cipher.getInstance("PBEWithMD5AndTripleDES")` of JDK 17 makes with 1,000 iterations, also of a salt with halves that are the same.
    #[test]
    fn keys_are_derived_as_java_does() {
        let password = Password::new("changeit".to_owned());
        for (salt, ciphertext) in [
            ([1, 2, 3, 4, 1, 2, 3, 4], "48e72c3f3774ab9d9a014172c9a42cdef584561fe7db12f8"),
            ([1, 2, 3, 4, 5, 6, 7, 8], "488fb111bc9bb86088144160f761c29cacccdc1fbebf8a84"),
        ] {
            let protection = Protection::Jceks { salt, iterations: 1000 };
            let plain = protection.open(&hex::decode(ciphertext).unwrap(), &password).unwrap();
            assert_eq!(plain.as_slice(), b"the quick brown fox");
            assert_eq!(protection.open(&[0; 8], &Password::new("ä".to_owned())), Err(ObjectError::WrongPassword));
        }
    }
}
