//! One revoked certificate on a list (RFC 5280 5.1.2.6, 5.3).

use thiserror::Error;
use time::{OffsetDateTime, UtcOffset};

use crate::{
    asn1::{self, Malformed, Reader, tag},
    oid,
    preflight::{Severity, lint_crl_entry},
    revocation::RevocationReason,
    serial::{SerialError, SerialNumber},
    validity::{ValidityError, generalized_time_to_der, time_from_der, time_to_der},
};

const ENUMERATED: u8 = 0x0a;

/// A revocation as it is put on a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RevokedEntry {
    /// The certificate's serial number, verbatim.
    pub serial: SerialNumber,
    /// When it was revoked, UTC, whole seconds.
    pub revoked_at: OffsetDateTime,
    /// Why; `unspecified` is the same as `None` and is never written (RFC 5280 5.3.1).
    pub reason: Option<RevocationReason>,
    /// Since when the key or the certificate is suspected to be invalid (RFC 5280 5.3.2).
    pub invalidity_date: Option<OffsetDateTime>,
}

/// Why an entry cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryError {
    /// The frame of a revokedCertificate is not there, or octets follow it.
    #[error("the revoked entry at octet {offset} cannot be read")]
    Malformed {
        /// Octets from the start of the entries.
        offset: usize,
    },
    /// The serial number cannot be read.
    #[error(transparent)]
    Serial(#[from] SerialError),
    /// The revocation date cannot be read.
    #[error(transparent)]
    Time(#[from] ValidityError),
    /// A lint finds an error in an entry that is to be written.
    #[error("the revoked entry breaks the rule {lint}")]
    Refused {
        /// The lint's name.
        lint: &'static str,
    },
}

impl From<Malformed> for EntryError {
    fn from(_: Malformed) -> Self {
        Self::Malformed { offset: 0 }
    }
}

impl RevokedEntry {
    /// Encodes one revokedCertificate SEQUENCE: times by RFC 5280 5.1.2.6, invalidityDate as GeneralizedTime (5.3.2), no
    /// extensions when there is nothing to say. Fractions of a second are cut off.
    pub fn encode(&self) -> Vec<u8> {
        let mut extensions = Vec::new();
        if let Some(reason) = self.reason.filter(|reason| *reason != RevocationReason::Unspecified) {
            extensions.extend(entry_extension(oid::CRL_REASON, &asn1::tlv(ENUMERATED, &[reason.code()])));
        }
        if let Some(since) = self.invalidity_date {
            extensions.extend(entry_extension(oid::INVALIDITY_DATE, &generalized_time_to_der(since)));
        }
        let extensions = if extensions.is_empty() { extensions } else { asn1::sequence(&[&extensions]) };
        asn1::sequence(&[&self.serial.to_der(), &time_to_der(self.revoked_at), &extensions])
    }

    /// Encodes the entry, reads it back and lints it: what lists are put together from was judged then, and is not judged again.
    ///
    /// # Errors
    /// [`EntryError::Refused`] when a lint finds an error.
    pub fn encode_linted(&self) -> Result<Vec<u8>, EntryError> {
        let encoded = self.encode();
        let findings = lint_crl_entry(&CrlEntry::from_der(&encoded)?);
        match findings.iter().find(|finding| finding.severity == Severity::Error) {
            Some(finding) => Err(EntryError::Refused { lint: finding.lint }),
            None => Ok(encoded),
        }
    }

    /// Reads one revokedCertificate SEQUENCE. What a list of other programs says beyond these fields is left out; see
    /// [`CrlEntry`] for all of it.
    ///
    /// # Errors
    /// [`EntryError`] when the frame, the serial number or a time cannot be read.
    pub fn decode(der: &[u8]) -> Result<Self, EntryError> {
        CrlEntry::from_der(der)?.to_revoked()
    }
}

fn entry_extension(oid: &str, value: &[u8]) -> Vec<u8> {
    // Entry extensions of ours are never critical (RFC 5280 5.3.1, 5.3.2). The identifiers are constants that encode.
    asn1::sequence(&[&asn1::oid(oid).unwrap_or_default(), &asn1::tlv(tag::OCTET_STRING, value)])
}

/// An entry as it lies in a list; nothing is copied. Extensions that cannot be read are left out and leave
/// [`Self::is_fully_read`] false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrlEntry<'a> {
    der: &'a [u8],
    serial: &'a [u8],
    revoked_at: OffsetDateTime,
    reason: Option<RevocationReason>,
    invalidity_date: Option<OffsetDateTime>,
    hold_instruction: Option<&'a [u8]>,
    certificate_issuer: Option<&'a [u8]>,
    fully_read: bool,
    unknown_critical: bool,
}

impl<'a> CrlEntry<'a> {
    /// Reads one revokedCertificate SEQUENCE where it lies.
    ///
    /// # Errors
    /// [`EntryError`] when the frame or the revocation date cannot be read.
    pub fn from_der(der: &'a [u8]) -> Result<Self, EntryError> {
        let mut fields = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        let serial = fields.expect(tag::INTEGER)?.content;
        let revoked_at = time_from_der(fields.any()?.raw)?;
        let mut entry = Self {
            der,
            serial,
            revoked_at: revoked_at.to_offset(UtcOffset::UTC),
            reason: None,
            invalidity_date: None,
            hold_instruction: None,
            certificate_issuer: None,
            fully_read: true,
            unknown_critical: false,
        };
        if let Some(extensions) = fields.optional(tag::SEQUENCE)? {
            entry.read_extensions(extensions.content)?;
        }
        fields.finish()?;
        Ok(entry)
    }

    fn read_extensions(&mut self, contents: &'a [u8]) -> Result<(), Malformed> {
        let mut list = Reader::new(contents);
        while !list.is_empty() {
            let mut fields = list.enter(tag::SEQUENCE)?;
            let identifier = fields.expect(tag::OID)?.content;
            let critical = fields.optional(tag::BOOLEAN)?;
            let value = fields.expect(tag::OCTET_STRING)?.content;
            let read = match identifier {
                [0x55, 0x1d, 0x15] => self.read_reason(value),
                [0x55, 0x1d, 0x18] => {
                    self.invalidity_date = time_from_der(value).ok();
                    self.invalidity_date.is_some()
                }
                [0x55, 0x1d, 0x17] => {
                    self.hold_instruction = asn1::single(value, tag::OID).ok().map(|oid| oid.content);
                    self.hold_instruction.is_some()
                }
                [0x55, 0x1d, 0x1d] => {
                    self.certificate_issuer = Some(value);
                    true
                }
                _ => {
                    let is_critical = critical.is_some_and(|flag| flag.content.iter().any(|octet| *octet != 0));
                    self.unknown_critical |= is_critical;
                    !is_critical
                }
            };
            self.fully_read &= read;
        }
        Ok(())
    }

    fn read_reason(&mut self, value: &[u8]) -> bool {
        self.reason = match asn1::single(value, ENUMERATED).map(|code| code.content) {
            Ok([code]) => RevocationReason::from_code(*code),
            _ => None,
        };
        self.reason.is_some()
    }

    /// The whole entry, as it lies in the list.
    pub fn der(&self) -> &'a [u8] {
        self.der
    }

    /// Contents of the serial number's INTEGER.
    pub fn serial_octets(&self) -> &'a [u8] {
        self.serial
    }

    /// The serial number.
    ///
    /// # Errors
    /// [`SerialError`] when the INTEGER is empty.
    pub fn serial(&self) -> Result<SerialNumber, SerialError> {
        SerialNumber::from_content_octets(self.serial)
    }

    /// When the certificate was revoked.
    pub fn revoked_at(&self) -> OffsetDateTime {
        self.revoked_at
    }

    /// Why, if the list says so with a code that RFC 5280 5.3.1 has.
    pub fn reason(&self) -> Option<RevocationReason> {
        self.reason
    }

    /// Since when it is suspected to be invalid (RFC 5280 5.3.2).
    pub fn invalidity_date(&self) -> Option<OffsetDateTime> {
        self.invalidity_date
    }

    /// The hold instruction's object identifier, dotted (RFC 3280 5.3.2, dropped by RFC 5280): kept for the record.
    pub fn hold_instruction(&self) -> Option<String> {
        self.hold_instruction.map(asn1::oid_text)
    }

    /// DER of certificateIssuer (RFC 5280 5.3.3): the entry, and those after it, are of another issuer.
    pub fn certificate_issuer(&self) -> Option<&'a [u8]> {
        self.certificate_issuer
    }

    /// Whether every extension that matters was understood: none critical and unknown, none damaged.
    pub fn is_fully_read(&self) -> bool {
        self.fully_read
    }

    /// Whether there is a critical extension that we do not know.
    pub(crate) fn has_unknown_critical(&self) -> bool {
        self.unknown_critical
    }

    /// The entry as an owned revocation.
    ///
    /// # Errors
    /// [`EntryError::Serial`] when the serial number is empty.
    pub fn to_revoked(&self) -> Result<RevokedEntry, EntryError> {
        Ok(RevokedEntry { serial: self.serial()?, revoked_at: self.revoked_at, reason: self.reason, invalidity_date: self.invalidity_date })
    }
}
