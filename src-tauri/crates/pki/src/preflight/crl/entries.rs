//! One entry of a list (RFC 5280 5.1.2.6, 5.3).

use super::super::utc;
use super::{Fields, Surroundings};
use crate::asn1::{self, Malformed, Reader, tag};
use crate::crl::CrlEntry;
use crate::revocation::RevocationReason;
use crate::serial::SerialNumber;
use crate::validity::time_to_der;

const REASON: &[u8] = &[0x55, 0x1d, 0x15];
const HOLD_INSTRUCTION: &[u8] = &[0x55, 0x1d, 0x17];
const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 0x18];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 0x1d];
const ENUMERATED: u8 = 0x0a;

/// An entry under judgement. Nothing is copied: there may be a million.
pub(in super::super) struct JudgedEntry<'a> {
    entry: CrlEntry<'a>,
    surroundings: Surroundings,
    revoked_at: &'a [u8],
    extensions: Vec<EntryExtension<'a>>,
}

struct EntryExtension<'a> {
    /// Contents of the object identifier.
    oid: &'a [u8],
    critical: bool,
    value: &'a [u8],
}

impl<'a> JudgedEntry<'a> {
    pub(super) fn of(entry: CrlEntry<'a>, surroundings: Surroundings) -> Self {
        let (revoked_at, extensions) = parts(entry.der()).unwrap_or_default();
        Self { entry, surroundings, revoked_at, extensions }
    }

    fn extension(&self, oid: &[u8]) -> Option<&EntryExtension<'a>> {
        self.extensions.iter().find(|extension| extension.oid == oid)
    }

    fn serial(&self) -> (&'static str, String) {
        ("serial", self.entry.serial().map_or_else(|_| hex::encode(self.entry.serial_octets()), |serial| serial.to_string()))
    }

    fn broken(&self, is: bool) -> Option<Fields> {
        is.then(|| vec![self.serial()])
    }
}

/// The revocation date as it is encoded, and the extensions.
fn parts(der: &[u8]) -> Result<(&[u8], Vec<EntryExtension<'_>>), Malformed> {
    let mut fields = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
    fields.expect(tag::INTEGER)?;
    let revoked_at = fields.any()?.raw;
    let mut extensions = Vec::new();
    if let Some(list) = fields.optional(tag::SEQUENCE)? {
        let mut list = Reader::new(list.content);
        while !list.is_empty() {
            let mut extension = list.enter(tag::SEQUENCE)?;
            let oid = extension.expect(tag::OID)?.content;
            let critical = extension.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.content.iter().any(|octet| *octet != 0));
            extensions.push(EntryExtension { oid, critical, value: extension.expect(tag::OCTET_STRING)?.content });
        }
    }
    Ok((revoked_at, extensions))
}

/// A certificate of others may have such a serial number, and is revoked by it as it stands there.
pub(super) fn crl_entry_serial_odd(judged: &JudgedEntry<'_>) -> Option<Fields> {
    let octets = judged.entry.serial_octets();
    let odd = SerialNumber::from_content_octets(octets)
        .map_or(true, |serial| serial.is_negative() || serial.is_zero() || !serial.is_minimal() || octets.len() > 20);
    judged.broken(odd)
}

pub(super) fn crl_entry_time_encoding_wrong(judged: &JudgedEntry<'_>) -> Option<Fields> {
    let revoked_at = judged.entry.revoked_at();
    (time_to_der(revoked_at) != judged.revoked_at).then(|| vec![judged.serial(), ("time", utc(revoked_at))])
}

/// Revoked after the list was made: one of the two clocks is wrong.
pub(super) fn crl_entry_after_list(judged: &JudgedEntry<'_>) -> Option<Fields> {
    let revoked_at = judged.entry.revoked_at();
    let after = judged.surroundings.this_update.is_some_and(|made| revoked_at > made);
    after.then(|| vec![judged.serial(), ("time", utc(revoked_at))])
}

/// The code of the reason, where one is written.
fn reason_code(judged: &JudgedEntry<'_>) -> Option<u8> {
    match asn1::single(judged.extension(REASON)?.value, ENUMERATED).ok()?.content {
        [code] => Some(*code),
        _ => None,
    }
}

/// `unspecified` is said by leaving the reason out.
pub(super) fn crl_entry_reason_unspecified(judged: &JudgedEntry<'_>) -> Option<Fields> {
    judged.broken(reason_code(judged) == Some(0))
}

/// 7 is not used, 10 is the last.
pub(super) fn crl_entry_reason_unknown(judged: &JudgedEntry<'_>) -> Option<Fields> {
    let code = reason_code(judged)?;
    RevocationReason::from_code(code).is_none().then(|| vec![judged.serial(), ("code", code.to_string())])
}

/// removeFromCRL takes an entry off the list that a delta is applied to; in a whole list there is nothing to take it off.
pub(super) fn crl_entry_removed_from_whole_list(judged: &JudgedEntry<'_>) -> Option<Fields> {
    let removes = judged.entry.reason() == Some(RevocationReason::RemoveFromCrl);
    judged.broken(removes && judged.surroundings.delta == Some(false))
}

pub(super) fn crl_entry_date_not_generalized(judged: &JudgedEntry<'_>) -> Option<Fields> {
    let date = asn1::single(judged.extension(INVALIDITY_DATE)?.value, tag::GENERALIZED_TIME);
    let written = date.is_ok_and(|date| date.content.len() == 15 && date.content.ends_with(b"Z"));
    judged.broken(!written)
}

pub(super) fn crl_entry_extension_critical(judged: &JudgedEntry<'_>) -> Option<Fields> {
    let helping = [(REASON, "cRLReason"), (INVALIDITY_DATE, "invalidityDate"), (HOLD_INSTRUCTION, "holdInstructionCode")];
    let (_, name) = helping.into_iter().find(|(oid, _)| judged.extension(oid).is_some_and(|extension| extension.critical))?;
    Some(vec![judged.serial(), ("extension", name.to_owned())])
}

/// Something critical that we do not know, or something that cannot be read.
pub(super) fn crl_entry_not_understood(judged: &JudgedEntry<'_>) -> Option<Fields> {
    judged.broken(!judged.entry.is_fully_read())
}

/// certificateIssuer is for indirect lists.
pub(super) fn crl_entry_of_another_issuer(judged: &JudgedEntry<'_>) -> Option<Fields> {
    let named = judged.entry.certificate_issuer().is_some();
    judged.broken(named && judged.surroundings.delta.is_some() && !judged.surroundings.indirect)
}

/// A program that passes over it takes the serial number for one of the list's own issuer.
pub(super) fn crl_entry_issuer_not_critical(judged: &JudgedEntry<'_>) -> Option<Fields> {
    judged.broken(judged.extension(CERTIFICATE_ISSUER).is_some_and(|extension| !extension.critical))
}

/// RFC 5280 dropped hold instructions; nobody acts on them.
pub(super) fn crl_entry_with_hold_instruction(judged: &JudgedEntry<'_>) -> Option<Fields> {
    judged.entry.hold_instruction().map(|instruction| vec![judged.serial(), ("instruction", instruction)])
}
