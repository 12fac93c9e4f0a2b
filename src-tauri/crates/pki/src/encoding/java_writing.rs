//! Java's own key store (JKS), as Java 1.2 to 25 read it: magic, version 2, entries, and the SHA-1 of all under the password.
//!
//! Ours, because no library writes it. Its protection of keys is Sun's own: a stream of SHA-1 under the password without any cost to whoever tries
//! passwords. It says so in the words for people; where a program reads PKCS#12, that is the better form.

use aws_lc_rs::{digest, rand};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{EncodeError, Password};
use crate::{
    asn1::{self, tag},
    certificate::Certificate,
    key::PrivateKey,
};

const MAGIC: u32 = 0xfeed_feed;
const VERSION: u32 = 2;
const PRIVATE_KEY: u32 = 1;
const TRUSTED_CERTIFICATE: u32 = 2;
/// Sun's key protector.
const PROTECTOR: &str = "1.3.6.1.4.1.42.2.17.1.1";
/// What is hashed between password and entries.
const WHITENER: &[u8] = b"Mighty Aphrodite";
const DIGEST_OCTETS: usize = 20;

/// Writes a store with one private key entry and its chain, the certificate of the key first. The alias is what programs ask for it by: lower case,
/// because Java folds what it is asked for and not what it reads.
///
/// # Errors
/// [`EncodeError::AnotherKey`] when the certificate is not of this key, [`EncodeError::Encryption`] when the system has no randomness.
pub fn java_key_store(
    key: &PrivateKey,
    leaf: &Certificate,
    chain: &[Certificate],
    alias: &str,
    password: &Password,
    made_at: OffsetDateTime,
) -> Result<Zeroizing<Vec<u8>>, EncodeError> {
    if leaf.public_key() != key.public_key() {
        return Err(EncodeError::AnotherKey);
    }
    let mut store = Store::new(1);
    store.entry(PRIVATE_KEY, alias, made_at);
    store.octets(&protected(key, password)?);
    let above: Vec<&Certificate> = chain.iter().filter(|above| *above != leaf).collect();
    store.number(u32::try_from(above.len() + 1).unwrap_or(u32::MAX));
    store.certificate(leaf);
    above.into_iter().for_each(|certificate| store.certificate(certificate));
    Ok(store.sealed(password))
}

/// Writes a store of certificates that are trusted, each under its alias. The password protects nothing but the store's own checksum.
pub fn java_trust_store(certificates: &[(String, Certificate)], password: &Password, made_at: OffsetDateTime) -> Zeroizing<Vec<u8>> {
    let mut store = Store::new(u32::try_from(certificates.len()).unwrap_or(u32::MAX));
    for (alias, certificate) in certificates {
        store.entry(TRUSTED_CERTIFICATE, alias, made_at);
        store.certificate(certificate);
    }
    store.sealed(password)
}

struct Store(Zeroizing<Vec<u8>>);

impl Store {
    fn new(entries: u32) -> Self {
        let mut store = Self(Zeroizing::new(Vec::with_capacity(8192)));
        [MAGIC, VERSION, entries].into_iter().for_each(|number| store.number(number));
        store
    }

    fn number(&mut self, number: u32) {
        self.0.extend(number.to_be_bytes());
    }

    fn octets(&mut self, octets: &[u8]) {
        self.number(u32::try_from(octets.len()).unwrap_or(u32::MAX));
        self.0.extend(octets);
    }

    /// As `DataOutput.writeUTF` does it.
    fn text(&mut self, text: &str) {
        let mut octets = Vec::with_capacity(text.len());
        for unit in text.encode_utf16() {
            let [high, low] = unit.to_be_bytes();
            match unit {
                0x0001..=0x007f => octets.push(low),
                0x0000 | 0x0080..=0x07ff => octets.extend([0xc0 | (high << 2) | (low >> 6), 0x80 | (low & 0x3f)]),
                _ => octets.extend([0xe0 | (high >> 4), 0x80 | ((high & 0x0f) << 2) | (low >> 6), 0x80 | (low & 0x3f)]),
            }
        }
        octets.truncate(usize::from(u16::MAX));
        self.0.extend(u16::try_from(octets.len()).unwrap_or(u16::MAX).to_be_bytes());
        self.0.extend(octets);
    }

    fn entry(&mut self, kind: u32, alias: &str, made_at: OffsetDateTime) {
        self.number(kind);
        self.text(&alias.to_lowercase());
        let milliseconds = made_at.unix_timestamp().saturating_mul(1000);
        self.0.extend(milliseconds.to_be_bytes());
    }

    fn certificate(&mut self, certificate: &Certificate) {
        self.text("X.509");
        self.octets(certificate.der());
    }

    fn sealed(mut self, password: &Password) -> Zeroizing<Vec<u8>> {
        let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        context.update(&utf16(password));
        context.update(WHITENER);
        context.update(&self.0);
        self.0.extend_from_slice(context.finish().as_ref());
        self.0
    }
}

/// A password as Java hashes it: its `char`s, big-endian.
fn utf16(password: &Password) -> Zeroizing<Vec<u8>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(2 * password.expose().len()));
    password.expose().encode_utf16().for_each(|unit| octets.extend(unit.to_be_bytes()));
    octets
}

/// EncryptedPrivateKeyInfo under Sun's protector: salt, the key under a stream of hashes, and the hash of password and key.
fn protected(key: &PrivateKey, password: &Password) -> Result<Vec<u8>, EncodeError> {
    let failed = |cause: &str| EncodeError::Encryption { cause: cause.to_owned() };
    let sha1 = |parts: [&[u8]; 2]| {
        let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        parts.into_iter().for_each(|part| context.update(part));
        context.finish()
    };
    let (password, plain) = (utf16(password), key.expose_pkcs8_der());
    let mut salt = [0; DIGEST_OCTETS];
    rand::fill(&mut salt).map_err(|_| failed("no randomness"))?;
    let mut sealed = salt.to_vec();
    let mut round = sha1([&password, &salt]);
    for block in plain.chunks(DIGEST_OCTETS) {
        sealed.extend(block.iter().zip(round.as_ref()).map(|(octet, pad)| octet ^ pad));
        round = sha1([&password, round.as_ref()]);
    }
    sealed.extend_from_slice(sha1([&password, &plain]).as_ref());
    let algorithm = asn1::sequence(&[&asn1::oid(PROTECTOR).ok_or_else(|| failed("no such protector"))?, asn1::NULL]);
    Ok(asn1::sequence(&[&algorithm, &asn1::tlv(tag::OCTET_STRING, &sealed)]))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn aliases_are_written_as_java_reads_them() {
        let mut store = Store(Zeroizing::new(Vec::new()));
        store.text("aä\u{0}€🔑");
        assert_eq!(hex::encode(store.0.as_slice()), "000e".to_owned() + "61" + "c3a4" + "c080" + "e282ac" + "eda0bdedb491");
    }

    #[test]
    fn an_empty_store_is_what_keytool_expects() {
        let store = java_trust_store(&[], &Password::new("changeit".to_owned()), OffsetDateTime::UNIX_EPOCH);
        let (entries, checksum) = store.split_at_checked(12).unwrap();
        assert_eq!(hex::encode(entries), "feedfeed0000000200000000");
        assert_eq!(hex::encode(checksum), "e2686e45fb43dfa4d992dd41ceb6b21c6330d792");
    }
}
