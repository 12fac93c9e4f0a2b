//! The extensions of a list (RFC 5280 5.2).

use super::super::raw;
use super::{Fields, JudgedCrl, KNOWN};
use crate::asn1::{self, Reader, Tlv, tag};
use crate::crl::Crl;
use crate::oid;
use std::collections::HashSet;

fn broken(is: bool) -> Option<Fields> {
    is.then(Vec::new)
}

pub(super) fn crl_number_missing(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.crl.number().is_none())
}

pub(super) fn crl_number_critical(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.is_critical(oid::CRL_NUMBER) == Some(true))
}

pub(super) fn crl_number_not_minimal(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let found = asn1::single(judged.value(oid::CRL_NUMBER)?, tag::INTEGER).ok()?.content;
    let padded = judged.crl.number()?.to_content_octets() != found;
    padded.then(|| vec![("octets", hex::encode(found))])
}

pub(super) fn crl_authority_key_id_missing(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.crl.authority_key_id().is_none())
}

pub(super) fn crl_authority_key_id_critical(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.is_critical(oid::AUTHORITY_KEY_IDENTIFIER) == Some(true))
}

pub(super) fn crl_extension_repeated(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let mut seen = HashSet::new();
    let repeated = judged.crl.extensions().iter().find(|extension| !seen.insert(&extension.oid))?;
    Some(vec![("extension", oid::name(&repeated.oid).unwrap_or(&repeated.oid).to_owned())])
}

/// DER leaves out what has its default value: `critical FALSE` is not written, and TRUE is 0xFF.
pub(super) fn crl_critical_flag_wrong(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let found = raw::extensions_of(judged.crl.tbs_der(), 0xa0);
    let wrong = found.into_iter().find(|extension| extension.critical.is_some_and(|flag| flag != [0xff]))?;
    Some(vec![("extension", oid::name(&wrong.oid).unwrap_or(&wrong.oid).to_owned())])
}

/// Whoever does not know a critical extension may not use the list to tell that a certificate is not revoked.
pub(super) fn crl_extension_critical_and_unknown(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let mut critical = judged.crl.extensions().iter().filter(|extension| extension.critical);
    let unknown = critical.find(|extension| !KNOWN.contains(&extension.oid.as_str()))?;
    Some(vec![("extension", unknown.oid.clone())])
}

/// A program that passes over it takes a part for the whole.
pub(super) fn crl_partition_not_critical(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.is_critical(oid::ISSUING_DISTRIBUTION_POINT) == Some(false))
}

/// The fields of issuingDistributionPoint.
fn partition<'a>(crl: &'a Crl) -> Option<Vec<Tlv<'a>>> {
    let mut reader = Reader::new(asn1::single(crl.idp_der()?, tag::SEQUENCE).ok()?.content);
    let mut fields = Vec::new();
    while !reader.is_empty() {
        fields.push(reader.any().ok()?);
    }
    Some(fields)
}

/// The BOOLEANs onlyContainsUserCerts, onlyContainsCACerts, indirectCRL and onlyContainsAttributeCerts.
const FLAGS: [u8; 4] = [0x81, 0x82, 0x84, 0x85];
const INDIRECT: u8 = 0x84;

fn is_set(field: &Tlv<'_>) -> bool {
    field.content.iter().any(|octet| *octet != 0)
}

/// Whether a list holds entries of other issuers too.
pub(super) fn is_indirect(crl: &Crl) -> bool {
    partition(crl).is_some_and(|fields| fields.iter().any(|field| field.tag == INDIRECT && is_set(field)))
}

pub(super) fn crl_partition_empty(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(partition(judged.crl)?.is_empty())
}

/// At most one of onlyContainsUserCerts, onlyContainsCACerts and onlyContainsAttributeCerts.
pub(super) fn crl_partition_contradictory(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let fields = partition(judged.crl)?;
    broken(fields.iter().filter(|field| FLAGS.contains(&field.tag) && field.tag != INDIRECT && is_set(field)).count() > 1)
}

pub(super) fn crl_partition_flag_wrong(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(partition(judged.crl)?.iter().any(|field| FLAGS.contains(&field.tag) && field.content != [0xff]))
}

/// A program that passes over it takes changes for the whole.
pub(super) fn crl_delta_not_critical(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.is_critical(oid::DELTA_CRL_INDICATOR) == Some(false))
}

/// A delta issued together with a base carries that base's number; it is never below the one it starts from.
pub(super) fn crl_delta_below_base(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let (number, base) = (judged.crl.number()?, judged.crl.base_number()?);
    (number < base).then(|| vec![("number", number.to_string()), ("base", base.to_string())])
}

pub(super) fn crl_freshest_in_delta(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.crl.is_delta() && judged.crl.extension(oid::FRESHEST_CRL).is_some())
}

pub(super) fn crl_freshest_critical(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.is_critical(oid::FRESHEST_CRL) == Some(true))
}

pub(super) fn crl_access_information_critical(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.is_critical(oid::AUTHORITY_INFO_ACCESS) == Some(true))
}
