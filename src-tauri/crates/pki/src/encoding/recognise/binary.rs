//! What is in a file that is one object: which, is seen from its first tags.

use zeroize::Zeroizing;

use super::super::{Found, Object, ObjectError, Password, java_store, pkcs7, pkcs8, pkcs12};
use crate::{
    asn1::{Reader, tag},
    certificate::Certificate,
    crl::Crl,
    key::PrivateKey,
    request::SigningRequest,
};

/// Reads the object; nothing where it is none that we know.
pub(super) fn read(mut bytes: Zeroizing<Vec<u8>>, passwords: &[Password]) -> Vec<Found> {
    let one = |label: &str, object: Result<Object, ObjectError>| vec![Found { label: label.to_owned(), object }];
    let several = |label: &str, read: Result<Vec<Found>, ObjectError>| match read {
        Ok(found) => found,
        Err(error) => one(label, Err(error)),
    };
    if java_store::is_java_store(&bytes) {
        return several("Java keystore", java_store::read(&bytes, passwords));
    }
    if let Some(missing) = shortfall(&bytes) {
        return one("file", Err(ObjectError::Truncated { missing }));
    }
    if pkcs7::is_signed_data(&bytes) {
        return several("PKCS#7 bundle", pkcs7::read(&bytes));
    }
    if pkcs12::is_pfx(&bytes) {
        return several("PKCS#12 store", pkcs12::read(&bytes, passwords));
    }
    match shape(&bytes) {
        Some(Shape::Certificate) => one("certificate", Certificate::from_der(&bytes).map(Object::Certificate).map_err(Into::into)),
        Some(Shape::Crl) => one("revocation list", Crl::from_vec(std::mem::take(&mut *bytes)).map(Object::Crl).map_err(Into::into)),
        Some(Shape::Request) => one("request", SigningRequest::from_der(&bytes).map(Object::Request).map_err(Into::into)),
        Some(Shape::Key) => one("private key", PrivateKey::from_any_der(&bytes).map(Object::PrivateKey).map_err(Into::into)),
        Some(Shape::EncryptedKey) => one("private key", pkcs8::open(&bytes, passwords).map(Object::PrivateKey)),
        None => Vec::new(),
    }
}

/// How many octets the element at the start of a file has, as its definite length states them.
pub(super) fn stated_length(start: &[u8]) -> Option<u64> {
    let [tag::SEQUENCE, count @ 0x81..=0x88, rest @ ..] = start else { return None };
    let octets = rest.get(..usize::from(count & 0x7f))?;
    Some(octets.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet)).saturating_add(2 + u64::from(count & 0x7f)))
}

/// How many octets a file lacks that starts like a long SEQUENCE. Text does not: its second octet would be no letter.
pub(super) fn shortfall(bytes: &[u8]) -> Option<usize> {
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
