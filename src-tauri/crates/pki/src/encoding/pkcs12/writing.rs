//! Writing a store that OpenSSL, Java, NSS, Windows and macOS open: PBES2 with AES-256, a MAC with HMAC-SHA-256.

use aws_lc_rs::{digest, hmac, rand};
use zeroize::Zeroizing;

use super::{
    super::{
        EncodeError, Password,
        encryption::{DerivedFor, bmp_password, pkcs12_derive},
        pkcs8,
    },
    CERTIFICATE_BAG, DATA, ENCRYPTED_DATA, FRIENDLY_NAME, LOCAL_KEY_ID, SHROUDED_KEY_BAG, X509_CERTIFICATE,
};
use crate::{
    asn1::{self, tag},
    certificate::Certificate,
    key::PrivateKey,
};

/// Rounds of the MAC's derivation (NIST SP 800-132 5.2: at least 1,000; the contents carry the strength).
const MAC_ITERATIONS: u64 = 100_000;

const BMP_STRING: u8 = 0x1e;

/// Writes a key, its certificate and the chain above it into one store. Certificates are encrypted too; key and certificate are
/// tied by localKeyId (RFC 7292 4.2), the SHA-1 of the certificate as everybody writes it.
///
/// # Errors
/// [`EncodeError::AnotherKey`] when the certificate is not of this key, [`EncodeError::Encryption`].
pub fn pkcs12_encode(
    key: &PrivateKey,
    leaf: &Certificate,
    chain: &[Certificate],
    friendly_name: &str,
    password: &Password,
) -> Result<Zeroizing<Vec<u8>>, EncodeError> {
    if leaf.public_key() != key.public_key() {
        return Err(EncodeError::AnotherKey);
    }
    let local_id = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, leaf.der());
    let tie = attributes(friendly_name, local_id.as_ref());
    let key_bag = bag(SHROUDED_KEY_BAG, &pkcs8::encrypted_der(key, password)?, &tie);
    let mut certificates = vec![bag(CERTIFICATE_BAG, &certificate_bag(leaf), &tie)];
    certificates.extend(chain.iter().filter(|above| *above != leaf).map(|above| bag(CERTIFICATE_BAG, &certificate_bag(above), &[])));

    let (algorithm, ciphertext) = pkcs8::encrypt(&asn1::sequence(&[&certificates.concat()]), password)?;
    let content = asn1::sequence(&[&identifier(DATA), &algorithm, &asn1::tlv(0x80, &ciphertext)]);
    let encrypted = asn1::sequence(&[&asn1::tlv(tag::INTEGER, &[0]), &content]);
    let safes = asn1::sequence(&[
        &asn1::sequence(&[&identifier(ENCRYPTED_DATA), &asn1::tlv(0xa0, &encrypted)]),
        &data(&asn1::sequence(&[&key_bag])),
    ]);

    let mut salt = [0; 16];
    rand::fill(&mut salt).map_err(|_| EncodeError::Encryption { cause: "no randomness".to_owned() })?;
    let mac_key = pkcs12_derive(&digest::SHA256, &bmp_password(password), &salt, DerivedFor::Mac, MAC_ITERATIONS, 32);
    let value = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &mac_key), &safes);
    let sha256 = asn1::sequence(&[&identifier("2.16.840.1.101.3.4.2.1"), asn1::NULL]);
    let mac = asn1::sequence(&[
        &asn1::sequence(&[&sha256, &asn1::tlv(tag::OCTET_STRING, value.as_ref())]),
        &asn1::tlv(tag::OCTET_STRING, &salt),
        &asn1::unsigned(&MAC_ITERATIONS.to_be_bytes()),
    ]);
    Ok(Zeroizing::new(asn1::sequence(&[&asn1::tlv(tag::INTEGER, &[3]), &data(&safes), &mac])))
}

/// All identifiers of this module are constants that encode; a test opens what they make.
fn identifier(dotted: &str) -> Vec<u8> {
    asn1::oid(dotted).unwrap_or_default()
}

fn data(octets: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&identifier(DATA), &asn1::tlv(0xa0, &asn1::tlv(tag::OCTET_STRING, octets))])
}

fn bag(kind: &str, value: &[u8], attributes: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&identifier(kind), &asn1::tlv(0xa0, value), attributes])
}

fn certificate_bag(certificate: &Certificate) -> Vec<u8> {
    let octets = asn1::tlv(tag::OCTET_STRING, certificate.der());
    asn1::sequence(&[&identifier(X509_CERTIFICATE), &asn1::tlv(0xa0, &octets)])
}

fn attributes(friendly_name: &str, local_id: &[u8]) -> Vec<u8> {
    let mut list = Vec::new();
    if !friendly_name.is_empty() {
        let name: Vec<u8> = friendly_name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        list.push(attribute(FRIENDLY_NAME, &asn1::tlv(BMP_STRING, &name)));
    }
    list.push(attribute(LOCAL_KEY_ID, &asn1::tlv(tag::OCTET_STRING, local_id)));
    // A SET OF is sorted (X.690 11.6).
    list.sort_unstable();
    asn1::tlv(tag::SET, &list.concat())
}

fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&identifier(kind), &asn1::tlv(tag::SET, value)])
}
