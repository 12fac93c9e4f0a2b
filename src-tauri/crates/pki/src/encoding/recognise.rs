//! What is in a file, whatever its name says.

use super::{Found, Object, ObjectError, Password, pem, pkcs7, pkcs8, pkcs12, traditional_pem};
use crate::{
    asn1::{Reader, tag},
    certificate::Certificate,
    crl::Crl,
    key::PrivateKey,
    request::SigningRequest,
};

/// What was found in a file.
#[derive(Debug)]
pub struct Recognised {
    /// Every object, and every one that could not be read, in the order of the file.
    pub found: Vec<Found>,
    /// Whether there is anything that we know at all.
    pub known: bool,
    /// How many of the things found wait for a password, or for another one.
    pub passwords_wanted: usize,
}

/// Looks into a file: PEM in any mixture with text around, or one DER or BER object: certificate, list, request, key (PKCS#8 plain
/// and encrypted, SEC 1, PKCS#1), PKCS#7, PKCS#12. Passwords are tried in order on everything that wants one.
pub fn recognise(bytes: &[u8], passwords: &[Password]) -> Recognised {
    let blocks = pem::blocks(bytes);
    let found = if blocks.is_empty() { binary(bytes, passwords) } else { from_blocks(blocks, passwords) };
    let wants = |item: &&Found| matches!(item.object, Err(ObjectError::PasswordNeeded | ObjectError::WrongPassword));
    Recognised { known: !found.is_empty(), passwords_wanted: found.iter().filter(wants).count(), found }
}

fn from_blocks(blocks: Vec<pem::Block>, passwords: &[Password]) -> Vec<Found> {
    let mut found = Vec::new();
    for (index, block) in blocks.into_iter().enumerate() {
        let label = format!("PEM block {}", index + 1);
        let body = match &block.body {
            Ok(body) => body.as_slice(),
            Err(pem::PemError::NoEnd) => {
                found.push(Found { label, object: Err(ObjectError::TruncatedPem) });
                continue;
            }
            Err(error) => {
                found.push(Found { label, object: Err(ObjectError::BadPem(error.clone())) });
                continue;
            }
        };
        let cut = |error: ObjectError| if shortfall(body).is_some() { ObjectError::TruncatedPem } else { error };
        let object = match block.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => Certificate::from_der(body).map(Object::Certificate).map_err(|error| cut(error.into())),
            "TRUSTED CERTIFICATE" => trusted_certificate(body).map_err(cut),
            label if pem::is_request(label) => SigningRequest::from_der(body).map(Object::Request).map_err(|error| cut(error.into())),
            "X509 CRL" => Crl::from_der(body).map(Object::Crl).map_err(|error| cut(error.into())),
            "ENCRYPTED PRIVATE KEY" => pkcs8::open(body, passwords).map(Object::PrivateKey).map_err(cut),
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => key_block(&block, body, passwords).map(Object::PrivateKey).map_err(cut),
            "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => {
                found.extend(inner(&label, pkcs7::read(body)));
                continue;
            }
            "PKCS12" => {
                found.extend(inner(&label, pkcs12::read(body, passwords)));
                continue;
            }
            // Parameters that OpenSSL writes in front of a key say nothing that the key does not.
            "EC PARAMETERS" | "DH PARAMETERS" => continue,
            other => Err(ObjectError::Unsupported { what: other.to_owned() }),
        };
        found.push(Found { label, object });
    }
    found
}

/// A PKCS#7 or PKCS#12 in a PEM block: its objects carry the block in their label.
fn inner(label: &str, read: Result<Vec<Found>, ObjectError>) -> Vec<Found> {
    match read {
        Ok(found) => found.into_iter().map(|item| Found { label: format!("{label}, {}", item.label), object: item.object }).collect(),
        Err(error) => vec![Found { label: label.to_owned(), object: Err(error) }],
    }
}

/// OpenSSL's certificate with trust settings behind it: the certificate counts.
fn trusted_certificate(body: &[u8]) -> Result<Object, ObjectError> {
    let certificate = Reader::new(body).expect(tag::SEQUENCE).map_err(|error| ObjectError::malformed("certificate", &error))?;
    Ok(Object::Certificate(Certificate::from_der(certificate.raw)?))
}

fn key_block(block: &pem::Block, body: &[u8], passwords: &[Password]) -> Result<PrivateKey, ObjectError> {
    match traditional_pem::encryption(block) {
        None => Ok(PrivateKey::from_any_der(body)?),
        Some((cipher, vector)) => pkcs8::first_that_fits(passwords, |password| traditional_pem::decrypt(cipher, vector, body, password)),
    }
}

fn binary(bytes: &[u8], passwords: &[Password]) -> Vec<Found> {
    let one = |label: &str, object: Result<Object, ObjectError>| vec![Found { label: label.to_owned(), object }];
    let several = |label: &str, read: Result<Vec<Found>, ObjectError>| match read {
        Ok(found) => found,
        Err(error) => one(label, Err(error)),
    };
    match bytes {
        // The magic numbers of Java's own stores.
        [0xfe, 0xed, 0xfe, 0xed, ..] => return one("Java keystore", Err(ObjectError::Unsupported { what: "JKS".to_owned() })),
        [0xce, 0xce, 0xce, 0xce, ..] => return one("Java keystore", Err(ObjectError::Unsupported { what: "JCEKS".to_owned() })),
        _ => {}
    }
    if let Some(missing) = shortfall(bytes) {
        return one("file", Err(ObjectError::Truncated { missing }));
    }
    if pkcs7::is_signed_data(bytes) {
        return several("PKCS#7 bundle", pkcs7::read(bytes));
    }
    if pkcs12::is_pfx(bytes) {
        return several("PKCS#12 store", pkcs12::read(bytes, passwords));
    }
    match shape(bytes) {
        Some(Shape::Certificate) => one("certificate", Certificate::from_der(bytes).map(Object::Certificate).map_err(Into::into)),
        Some(Shape::Crl) => one("revocation list", Crl::from_der(bytes).map(Object::Crl).map_err(Into::into)),
        Some(Shape::Request) => one("request", SigningRequest::from_der(bytes).map(Object::Request).map_err(Into::into)),
        Some(Shape::Key) => one("private key", PrivateKey::from_any_der(bytes).map(Object::PrivateKey).map_err(Into::into)),
        Some(Shape::EncryptedKey) => one("private key", pkcs8::open(bytes, passwords).map(Object::PrivateKey)),
        None => Vec::new(),
    }
}

/// How many octets a file lacks that starts like a long SEQUENCE. Text does not: its second octet would be no letter.
fn shortfall(bytes: &[u8]) -> Option<usize> {
    let [tag::SEQUENCE, count @ 0x81..=0x84, rest @ ..] = bytes else { return None };
    let wanted = usize::from(count & 0x7f);
    let Some(octets) = rest.get(..wanted) else { return Some(wanted - rest.len()) };
    let length = octets.iter().fold(0_usize, |sum, octet| (sum << 8) | usize::from(*octet));
    let whole = length.saturating_add(2 + octets.len());
    (whole > bytes.len()).then(|| whole - bytes.len())
}

enum Shape {
    Certificate,
    Crl,
    Request,
    Key,
    EncryptedKey,
}

/// Which object has these fields, seen from the tags of the first two levels.
fn shape(bytes: &[u8]) -> Option<Shape> {
    let outer = Reader::new(bytes).expect(tag::SEQUENCE).ok()?;
    let mut fields = Reader::new(outer.content);
    let first = fields.any().ok()?;
    let second = fields.any().ok()?;
    match (first.tag, second.tag) {
        (tag::INTEGER, tag::SEQUENCE | tag::INTEGER | tag::OCTET_STRING) => Some(Shape::Key),
        (tag::SEQUENCE, tag::OCTET_STRING) => Some(Shape::EncryptedKey),
        (tag::SEQUENCE, tag::SEQUENCE) if fields.peek() == Some(tag::BIT_STRING) => {
            let mut inside = Reader::new(first.content);
            let tags: Vec<u8> = std::iter::from_fn(|| inside.any().ok().map(|element| element.tag)).take(5).collect();
            match tags.as_slice() {
                [0xa0, ..] | [tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE, tag::SEQUENCE, tag::SEQUENCE] => Some(Shape::Certificate),
                [tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE, 0xa0] | [tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE] => Some(Shape::Request),
                [tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE, tag::UTC_TIME | tag::GENERALIZED_TIME, ..]
                | [tag::SEQUENCE, tag::SEQUENCE, tag::UTC_TIME | tag::GENERALIZED_TIME, ..] => Some(Shape::Crl),
                _ => None,
            }
        }
        _ => None,
    }
}
