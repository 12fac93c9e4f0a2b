//! What a lint asks of the octets themselves, beyond what a reader keeps.

use crate::asn1::{Malformed, Reader, Tlv, oid_text, single, tag};

/// An extension as it is encoded (RFC 5280 4.1).
pub(super) struct RawExtension<'a> {
    pub(super) oid: String,
    /// The contents of the BOOLEAN, where one is written.
    pub(super) critical: Option<&'a [u8]>,
}

/// The extensions in an `Extensions` SEQUENCE.
fn extensions(der: &[u8]) -> Result<Vec<RawExtension<'_>>, Malformed> {
    let mut list = Reader::new(single(der, tag::SEQUENCE)?.content);
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let mut fields = list.enter(tag::SEQUENCE)?;
        let oid = oid_text(fields.expect(tag::OID)?.content);
        extensions.push(RawExtension { oid, critical: fields.optional(tag::BOOLEAN)?.map(|flag| flag.content) });
    }
    Ok(extensions)
}

/// The fields of a TBS structure, in order.
pub(super) fn fields(tbs: &[u8]) -> Result<Vec<Tlv<'_>>, Malformed> {
    let mut reader = Reader::new(single(tbs, tag::SEQUENCE)?.content);
    let mut fields = Vec::new();
    while !reader.is_empty() {
        fields.push(reader.any()?);
    }
    Ok(fields)
}

/// The extensions of a certificate ([3]) or of a list ([0]) as they are encoded; none where the octets cannot be walked.
pub(super) fn extensions_of(tbs: &[u8], explicit: u8) -> Vec<RawExtension<'_>> {
    let found = fields(tbs).ok().and_then(|fields| fields.into_iter().rev().find(|field| field.tag == explicit));
    found.and_then(|field| extensions(field.content).ok()).unwrap_or_default()
}

/// The times of a list as they are encoded: thisUpdate, and nextUpdate where it is there.
pub(super) fn times_of(tbs: &[u8]) -> Vec<&[u8]> {
    let is_time = |field: &Tlv<'_>| matches!(field.tag, tag::UTC_TIME | tag::GENERALIZED_TIME);
    fields(tbs).unwrap_or_default().into_iter().filter(is_time).map(|field| field.raw).collect()
}

/// Whether issuerUniqueID or subjectUniqueID is there, in either form of encoding.
pub(super) fn has_unique_identifier(tbs: &[u8]) -> bool {
    fields(tbs).is_ok_and(|fields| fields.iter().any(|field| [0x81, 0xa1, 0x82, 0xa2].contains(&field.tag)))
}

/// Algorithm, parameters and bits of a `SubjectPublicKeyInfo`.
pub(super) struct RawKey<'a> {
    pub(super) algorithm: String,
    pub(super) parameters: Option<Tlv<'a>>,
    pub(super) bits: &'a [u8],
}

pub(super) fn key(spki: &[u8]) -> Option<RawKey<'_>> {
    let mut reader = Reader::new(single(spki, tag::SEQUENCE).ok()?.content);
    let mut identifier = reader.enter(tag::SEQUENCE).ok()?;
    let algorithm = oid_text(identifier.expect(tag::OID).ok()?.content);
    let parameters = identifier.any().ok();
    let (_, bits) = reader.expect(tag::BIT_STRING).ok()?.content.split_first()?;
    Some(RawKey { algorithm, parameters, bits })
}
