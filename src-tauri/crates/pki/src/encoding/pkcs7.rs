//! PKCS#7 bundles: SignedData without signers, which carries certificates and lists (RFC 5652 5.1, RFC 8551 3.8).

use super::{Found, Object, ObjectError, ber};
use crate::{
    asn1::{self, Malformed, Reader, oid_text, tag},
    certificate::Certificate,
    crl::Crl,
};

const DATA: &str = "1.2.840.113549.1.7.1";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

/// Whether these octets are a ContentInfo with SignedData inside, in BER or DER.
pub(super) fn is_signed_data(bytes: &[u8]) -> bool {
    // Header of the SEQUENCE, definite or not, and then the object identifier.
    let identifier = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    bytes.first() == Some(&tag::SEQUENCE) && (2..=6).any(|offset| bytes.get(offset..).is_some_and(|rest| rest.starts_with(&identifier)))
}

/// Takes certificates and lists out of a bundle, in order, each read on its own: one that cannot be read does not hide the others.
///
/// # Errors
/// [`ObjectError`] when the bundle itself cannot be walked.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Found>, ObjectError> {
    let der;
    let bytes = if ber::is_indefinite(bytes) || asn1::single(bytes, tag::SEQUENCE).is_err() {
        der = ber::to_der(bytes).map_err(|error| match error {
            ber::BerError::Truncated => ObjectError::Truncated { missing: 1 },
            other => ObjectError::malformed("PKCS#7 bundle", &other),
        })?;
        der.as_slice()
    } else {
        bytes
    };
    walk(bytes).map_err(|error| ObjectError::malformed("PKCS#7 bundle", &error))
}

fn walk(der: &[u8]) -> Result<Vec<Found>, Malformed> {
    let mut info = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
    if oid_text(info.expect(tag::OID)?.content) != SIGNED_DATA {
        return Err(Malformed);
    }
    let mut signed = info.enter(0xa0)?.enter(tag::SEQUENCE)?;
    signed.expect(tag::INTEGER)?;
    signed.expect(tag::SET)?;
    signed.expect(tag::SEQUENCE)?;
    let mut found = Vec::new();
    if let Some(certificates) = signed.optional(0xa0)? {
        let mut list = Reader::new(certificates.content);
        let mut number = 0;
        while !list.is_empty() {
            let element = list.any()?;
            number += 1;
            let object = match element.tag {
                tag::SEQUENCE => Certificate::from_der(element.raw).map(Object::Certificate).map_err(ObjectError::from),
                // Attribute certificates and the like (RFC 5652 10.2.2).
                _ => Err(ObjectError::Unsupported { what: "a certificate of another kind".to_owned() }),
            };
            found.push(Found { label: format!("certificate {number}"), object });
        }
    }
    if let Some(lists) = signed.optional(0xa1)? {
        let mut list = Reader::new(lists.content);
        let mut number = 0;
        while !list.is_empty() {
            let element = list.any()?;
            number += 1;
            let object = Crl::from_der(element.raw).map(Object::Crl).map_err(ObjectError::from);
            found.push(Found { label: format!("revocation list {number}"), object });
        }
    }
    Ok(found)
}

/// Writes a bundle of certificates: degenerate SignedData, DER, the SET in DER order (RFC 5652 5.1, X.690 11.6).
pub fn pkcs7_bundle(certificates: &[Certificate]) -> Vec<u8> {
    let mut sorted: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
    sorted.sort_unstable();
    sorted.dedup();
    // Both identifiers are constants that encode.
    let data = asn1::oid(DATA).unwrap_or_default();
    let signed_data = asn1::oid(SIGNED_DATA).unwrap_or_default();
    let signed = asn1::sequence(&[
        &asn1::tlv(tag::INTEGER, &[1]),
        &asn1::tlv(tag::SET, &[]),
        &asn1::sequence(&[&data]),
        &asn1::tlv(0xa0, &sorted.concat()),
        &asn1::tlv(tag::SET, &[]),
    ]);
    asn1::sequence(&[&signed_data, &asn1::tlv(0xa0, &signed)])
}
