//! Writing a store that OpenSSL, Java, NSS, Windows and macOS open: PBES2 with AES-256, a MAC with HMAC-SHA-256. By name also the form that is
//! read by what knows nothing newer.

use aws_lc_rs::{digest, hmac, rand};
use zeroize::Zeroizing;

use super::{
    super::{
        EncodeError, Password,
        encryption::{DerivedFor, bmp_password, pkcs12_derive},
        pkcs8,
    },
    CERTIFICATE_BAG, DATA, ENCRYPTED_DATA, FRIENDLY_NAME, LOCAL_KEY_ID, SHROUDED_KEY_BAG, X509_CERTIFICATE,
    legacy::{self, LegacyCipher},
};
use crate::{
    asn1::{self, tag},
    certificate::Certificate,
    key::PrivateKey,
};

/// Rounds of the MAC's derivation (NIST SP 800-132 5.2: at least 1,000; the contents carry the strength).
const MAC_ITERATIONS: u64 = 100_000;

/// What protects a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    /// AES-256 and HMAC-SHA-256.
    Modern,
    /// Triple DES for the key, RC2 with 40 bits for the certificates, HMAC-SHA-1 (RFC 7292 appendix C).
    Legacy,
}

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
    write(key, leaf, chain, friendly_name, password, Strength::Modern)
}

/// As [`pkcs12_encode`], in the form that Windows before Server 2019, macOS before 11 and many appliances read: triple DES, RC2 with 40 bits, SHA-1, 2,048
/// rounds. Whoever has the file tries passwords fast; the certificates are as good as open.
///
/// # Errors
/// As there.
pub fn pkcs12_encode_legacy(
    key: &PrivateKey,
    leaf: &Certificate,
    chain: &[Certificate],
    friendly_name: &str,
    password: &Password,
) -> Result<Zeroizing<Vec<u8>>, EncodeError> {
    write(key, leaf, chain, friendly_name, password, Strength::Legacy)
}

fn write(
    key: &PrivateKey,
    leaf: &Certificate,
    chain: &[Certificate],
    friendly_name: &str,
    password: &Password,
    strength: Strength,
) -> Result<Zeroizing<Vec<u8>>, EncodeError> {
    if leaf.public_key() != key.public_key() {
        return Err(EncodeError::AnotherKey);
    }
    let local_id = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, leaf.der());
    let tie = attributes(friendly_name, local_id.as_ref());
    let shrouded = match strength {
        Strength::Modern => pkcs8::encrypted_der(key, password)?,
        Strength::Legacy => {
            let (algorithm, ciphertext) = legacy::encrypt(LegacyCipher::TripleDes, &key.expose_pkcs8_der(), password)?;
            asn1::sequence(&[&algorithm, &asn1::tlv(tag::OCTET_STRING, &ciphertext)])
        }
    };
    let key_bag = bag(SHROUDED_KEY_BAG, &shrouded, &tie);
    let mut certificates = vec![bag(CERTIFICATE_BAG, &certificate_bag(leaf), &tie)];
    certificates.extend(chain.iter().filter(|above| *above != leaf).map(|above| bag(CERTIFICATE_BAG, &certificate_bag(above), &[])));

    let certificates = asn1::sequence(&[&certificates.concat()]);
    let (algorithm, ciphertext) = match strength {
        Strength::Modern => pkcs8::encrypt(&certificates, password)?,
        Strength::Legacy => legacy::encrypt(LegacyCipher::Rc2With40Bits, &certificates, password)?,
    };
    let content = asn1::sequence(&[&identifier(DATA), &algorithm, &asn1::tlv(0x80, &ciphertext)]);
    let encrypted = asn1::sequence(&[&asn1::tlv(tag::INTEGER, &[0]), &content]);
    let safes = asn1::sequence(&[
        &asn1::sequence(&[&identifier(ENCRYPTED_DATA), &asn1::tlv(0xa0, &encrypted)]),
        &data(&asn1::sequence(&[&key_bag])),
    ]);

    let mac = mac(&safes, password, strength)?;
    Ok(Zeroizing::new(asn1::sequence(&[&asn1::tlv(tag::INTEGER, &[3]), &data(&safes), &mac])))
}

/// MacData (RFC 7292 4), without which nobody would notice that a store was altered.
fn mac(safes: &[u8], password: &Password, strength: Strength) -> Result<Vec<u8>, EncodeError> {
    let mut salt = [0; 16];
    rand::fill(&mut salt).map_err(|_| EncodeError::Encryption { cause: "no randomness".to_owned() })?;
    let (hash, algorithm, named, iterations) = match strength {
        Strength::Modern => (&digest::SHA256, hmac::HMAC_SHA256, "2.16.840.1.101.3.4.2.1", MAC_ITERATIONS),
        Strength::Legacy => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, "1.3.14.3.2.26", legacy::ITERATIONS),
    };
    let key = pkcs12_derive(hash, &bmp_password(password), &salt, DerivedFor::Mac, iterations, hash.output_len());
    let value = hmac::sign(&hmac::Key::new(algorithm, &key), safes);
    let named = asn1::sequence(&[&identifier(named), asn1::NULL]);
    Ok(asn1::sequence(&[
        &asn1::sequence(&[&named, &asn1::tlv(tag::OCTET_STRING, value.as_ref())]),
        &asn1::tlv(tag::OCTET_STRING, &salt),
        &asn1::unsigned(&iterations.to_be_bytes()),
    ]))
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
        list.push(attribute(FRIENDLY_NAME, &asn1::tlv(tag::BMP_STRING, &name)));
    }
    list.push(attribute(LOCAL_KEY_ID, &asn1::tlv(tag::OCTET_STRING, local_id)));
    // A SET OF is sorted (X.690 11.6).
    list.sort_unstable();
    asn1::tlv(tag::SET, &list.concat())
}

fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&identifier(kind), &asn1::tlv(tag::SET, value)])
}
