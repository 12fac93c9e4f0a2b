//! Reading a list (RFC 5280 5.1): the frame at once, the entries where they lie.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use thiserror::Error;
use time::OffsetDateTime;

use super::{CrlEntry, CrlNumber, CrlNumberError, EntryError};
use crate::{
    asn1::{Malformed, Reader, single, tag},
    certificate::{authority_key_id, full_name_urls},
    encoding::pem,
    extension::{Extension, read_extensions},
    key::{Fingerprint, KeyId, PublicKey},
    name::{DistinguishedName, NameError},
    oid,
    serial::SerialNumber,
    signature::{MalformedAlgorithm, SignatureAlgorithmId, SignatureVerdict},
    validity::{ValidityError, time_from_der},
};

/// A certificate revocation list, the DER kept byte for byte. Cheap to clone; equal when the DER is.
#[derive(Clone)]
pub struct Crl(Arc<Parts>);

struct Parts {
    der: Vec<u8>,
    tbs: Range<usize>,
    entries: Range<usize>,
    entry_count: usize,
    version: u8,
    issuer: DistinguishedName,
    this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
    extensions: Vec<Extension>,
    number: Option<CrlNumber>,
    base_number: Option<CrlNumber>,
    authority_key_id: Option<KeyId>,
    inner_algorithm: Vec<u8>,
    algorithm_der: Vec<u8>,
    algorithm: SignatureAlgorithmId,
    signature: Vec<u8>,
    /// SHA-256 of the DER, once somebody has asked.
    sha256: OnceLock<Fingerprint>,
}

/// Why bytes are no revocation list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CrlReadError {
    /// The frame of RFC 5280 5.1 is not there.
    #[error("the {field} cannot be read")]
    Malformed {
        /// The field of `CertificateList` or `TBSCertList` that cannot be read.
        field: &'static str,
    },
    /// Octets follow the list.
    #[error("{octets} octets follow the list")]
    Trailing {
        /// How many.
        octets: usize,
    },
    /// A revoked entry is no SEQUENCE, or the last one is cut off.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The issuer cannot be read.
    #[error(transparent)]
    Name(#[from] NameError),
    /// thisUpdate or nextUpdate cannot be read.
    #[error(transparent)]
    Time(#[from] ValidityError),
    /// The CRL number or the base number is none.
    #[error(transparent)]
    Number(#[from] CrlNumberError),
}

fn malformed(field: &'static str) -> impl Fn(Malformed) -> CrlReadError {
    move |_| CrlReadError::Malformed { field }
}

impl From<MalformedAlgorithm> for CrlReadError {
    fn from(_: MalformedAlgorithm) -> Self {
        Self::Malformed { field: "signatureAlgorithm" }
    }
}

impl Crl {
    /// Reads one list. Entries are counted by walking over them; what is in each is read when it is asked for.
    ///
    /// # Errors
    /// [`CrlReadError`] when the frame is broken, an entry is cut off or octets follow.
    pub fn from_der(der: &[u8]) -> Result<Self, CrlReadError> {
        Self::from_vec(der.to_vec())
    }

    /// As [`Self::from_der`], without a copy of what may be 50 MB.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_vec(der: Vec<u8>) -> Result<Self, CrlReadError> {
        Self::read(der, None)
    }

    /// Reads a list anew that was signed: its entries are the very octets that were walked over before, as many as there were then.
    pub(super) fn signed(der: Vec<u8>, entry_count: usize) -> Result<Self, CrlReadError> {
        Self::read(der, Some(entry_count))
    }

    fn read(der: Vec<u8>, known_count: Option<usize>) -> Result<Self, CrlReadError> {
        let outer = Reader::new(&der).expect(tag::SEQUENCE).map_err(malformed("certificateList"))?;
        if outer.raw.len() != der.len() {
            return Err(CrlReadError::Trailing { octets: der.len() - outer.raw.len() });
        }
        let mut fields = Reader::new(outer.content);
        let tbs = fields.expect(tag::SEQUENCE).map_err(malformed("tbsCertList"))?;
        let algorithm = fields.expect(tag::SEQUENCE).map_err(malformed("signatureAlgorithm"))?;
        let signature = fields.expect(tag::BIT_STRING).map_err(malformed("signatureValue"))?;
        fields.finish().map_err(malformed("signatureValue"))?;
        let tbs_start = der.len() - outer.content.len();
        let tbs_range = tbs_start..tbs_start + tbs.raw.len();

        let mut reader = Reader::new(tbs.content);
        let version = match reader.optional(tag::INTEGER).map_err(malformed("version"))?.map(|number| number.content) {
            None => 1,
            Some([number @ 0..=0x7e]) => number + 1,
            Some(_) => return Err(CrlReadError::Malformed { field: "version" }),
        };
        let inner_algorithm = reader.expect(tag::SEQUENCE).map_err(malformed("signature"))?;
        let issuer = reader.expect(tag::SEQUENCE).map_err(malformed("issuer"))?;
        let this_update = time_from_der(reader.any().map_err(malformed("thisUpdate"))?.raw)?;
        let next_update = match reader.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(time_from_der(reader.any().map_err(malformed("nextUpdate"))?.raw)?),
            _ => None,
        };
        let mut entries = tbs_range.end..tbs_range.end;
        let mut entry_count = 0;
        if let Some(revoked) = reader.optional(tag::SEQUENCE).map_err(malformed("revokedCertificates"))? {
            let end = tbs_range.end - reader.remaining();
            entries = end - revoked.content.len()..end;
            entry_count = known_count.map_or_else(|| count(revoked.content), Ok)?;
        }
        let extensions = match reader.optional(0xa0).map_err(malformed("crlExtensions"))? {
            Some(explicit) => read_extensions(explicit.content).map_err(malformed("crlExtensions"))?,
            None => Vec::new(),
        };
        reader.finish().map_err(malformed("tbsCertList"))?;
        let value_of = |oid: &str| extensions.iter().find(|extension| extension.oid == oid).map(|extension| extension.der.as_slice());
        let number_of = |oid: &str| -> Result<Option<CrlNumber>, CrlReadError> {
            let Some(value) = value_of(oid) else { return Ok(None) };
            let integer = single(value, tag::INTEGER).map_err(malformed("cRLNumber"))?;
            Ok(Some(CrlNumber::from_content_octets(integer.content)?))
        };
        let number = number_of(oid::CRL_NUMBER)?;
        let base_number = number_of(oid::DELTA_CRL_INDICATOR)?;
        let key_id = value_of(oid::AUTHORITY_KEY_IDENTIFIER).and_then(|value| authority_key_id(value).ok().flatten());

        let parts = Parts {
            tbs: tbs_range,
            entries,
            entry_count,
            version,
            issuer: DistinguishedName::from_der(issuer.raw)?,
            this_update,
            next_update,
            number,
            base_number,
            authority_key_id: key_id,
            inner_algorithm: inner_algorithm.raw.to_vec(),
            algorithm_der: algorithm.raw.to_vec(),
            algorithm: SignatureAlgorithmId::from_der(algorithm.raw)?,
            signature: signature.content.get(1..).ok_or(CrlReadError::Malformed { field: "signatureValue" })?.to_vec(),
            extensions,
            sha256: OnceLock::new(),
            der: Vec::new(),
        };
        Ok(Self(Arc::new(Parts { der, ..parts })))
    }

    /// The whole list, byte for byte as it came.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The octets that are signed.
    pub fn tbs_der(&self) -> &[u8] {
        self.0.der.get(self.0.tbs.clone()).unwrap_or_default()
    }

    /// 1 or 2 (RFC 5280 5.1.2.1).
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// Who signed, by name.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.0.issuer
    }

    /// The CRL number (RFC 5280 5.2.3); lists of some programs have none.
    pub fn number(&self) -> Option<&CrlNumber> {
        self.0.number.as_ref()
    }

    /// When the list was made.
    pub fn this_update(&self) -> OffsetDateTime {
        self.0.this_update
    }

    /// By when the next one comes (RFC 5280 5.1.2.5 demands it, some leave it out).
    pub fn next_update(&self) -> Option<OffsetDateTime> {
        self.0.next_update
    }

    /// The keyIdentifier of authorityKeyIdentifier (RFC 5280 5.2.1).
    pub fn authority_key_id(&self) -> Option<&KeyId> {
        self.0.authority_key_id.as_ref()
    }

    /// Whether it only tells changes since a base (RFC 5280 5.2.4).
    pub fn is_delta(&self) -> bool {
        self.0.extensions.iter().any(|extension| extension.oid == oid::DELTA_CRL_INDICATOR)
    }

    /// The base's number, when this is a delta (RFC 5280 5.2.4).
    pub fn base_number(&self) -> Option<&CrlNumber> {
        self.0.base_number.as_ref()
    }

    /// DER of issuingDistributionPoint (RFC 5280 5.2.5).
    pub fn idp_der(&self) -> Option<&[u8]> {
        self.extension(oid::ISSUING_DISTRIBUTION_POINT).map(|extension| extension.der.as_slice())
    }

    /// The URIs of issuingDistributionPoint, in order.
    pub fn idp_urls(&self) -> Vec<String> {
        let Some(value) = self.idp_der() else { return Vec::new() };
        let Ok(mut fields) = single(value, tag::SEQUENCE).map(|sequence| Reader::new(sequence.content)) else { return Vec::new() };
        match fields.optional(0xa0) {
            Ok(Some(name)) => full_name_urls(name.content).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// The list's extensions, in order.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// The first extension with this object identifier.
    pub fn extension(&self, oid: &str) -> Option<&Extension> {
        self.0.extensions.iter().find(|extension| extension.oid == oid)
    }

    /// How many entries there are.
    pub fn entry_count(&self) -> usize {
        self.0.entry_count
    }

    /// The entries as they lie, concatenated.
    pub fn entries_der(&self) -> &[u8] {
        self.0.der.get(self.0.entries.clone()).unwrap_or_default()
    }

    /// The octets of the whole list before the first entry. With [`Self::entries_der`] and [`Self::trailer_der`] they make
    /// up the list, so that a past list can be rebuilt from entries that are kept once.
    pub fn header_der(&self) -> &[u8] {
        self.0.der.get(..self.0.entries.start).unwrap_or_default()
    }

    /// The octets of the whole list after the last entry: extensions, algorithm and signature.
    pub fn trailer_der(&self) -> &[u8] {
        self.0.der.get(self.0.entries.end..).unwrap_or_default()
    }

    /// The entries one after another, in the list's order.
    pub fn entries(&self) -> Entries<'_> {
        Entries { all: self.entries_der(), rest: self.entries_der() }
    }

    /// The entry of a serial number, compared octet for octet; the last one where a careless program wrote two. Only serial
    /// numbers are read on the way.
    ///
    /// # Errors
    /// [`EntryError`] when a serial number on the way cannot be read (it might have been the one), or the entry found cannot.
    pub fn find(&self, serial: &SerialNumber) -> Result<Option<CrlEntry<'_>>, EntryError> {
        let entries = self.entries_der();
        let mut found = None;
        let mut reader = Reader::new(entries);
        while !reader.is_empty() {
            let offset = entries.len() - reader.remaining();
            let broken = |_| EntryError::Malformed { offset };
            let element = reader.expect(tag::SEQUENCE).map_err(broken)?;
            let number = Reader::new(element.content).expect(tag::INTEGER).map_err(broken)?;
            if number.content == serial.content_octets() {
                found = Some(element.raw);
            }
        }
        found.map(CrlEntry::from_der).transpose()
    }

    /// The outer signatureAlgorithm.
    pub fn signature_algorithm(&self) -> &SignatureAlgorithmId {
        &self.0.algorithm
    }

    /// Whether the algorithm inside the signature is the one outside, octet for octet (RFC 5280 5.1.1.2).
    pub fn algorithms_agree(&self) -> bool {
        self.0.inner_algorithm == self.0.algorithm_der
    }

    /// The signature's octets.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Whether `key` made this list's signature.
    pub fn signed_by(&self, key: &PublicKey) -> SignatureVerdict {
        key.verify(&self.0.algorithm, self.tbs_der(), &self.0.signature)
    }

    /// SHA-256 of the DER. Taken once: a list may be long.
    pub fn sha256(&self) -> Fingerprint {
        *self.0.sha256.get_or_init(|| Fingerprint::of(&self.0.der))
    }

    /// The list's octets without a copy where nobody else has it, and what of them is to be signed.
    pub(super) fn into_signable(self) -> (Vec<u8>, Range<usize>) {
        let tbs = self.0.tbs.clone();
        (Arc::try_unwrap(self.0).map_or_else(|shared| shared.der.clone(), |parts| parts.der), tbs)
    }

    /// The list as PEM (RFC 7468 6).
    pub fn pem(&self) -> String {
        pem::encode("X509 CRL", &self.0.der)
    }
}

fn count(entries: &[u8]) -> Result<usize, EntryError> {
    let mut reader = Reader::new(entries);
    let mut count = 0;
    while !reader.is_empty() {
        let offset = entries.len() - reader.remaining();
        reader.expect(tag::SEQUENCE).map_err(|_| EntryError::Malformed { offset })?;
        count += 1;
    }
    Ok(count)
}

/// Walks over the entries of a list.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    all: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    /// Walks over entries that are encoded one after another.
    pub fn new(concatenated: &'a [u8]) -> Self {
        Self { all: concatenated, rest: concatenated }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<CrlEntry<'a>, EntryError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let offset = self.all.len() - self.rest.len();
        let mut reader = Reader::new(self.rest);
        let Ok(element) = reader.expect(tag::SEQUENCE) else {
            // Where one entry ends nobody knows: nothing after it can be told.
            self.rest = &[];
            return Some(Err(EntryError::Malformed { offset }));
        };
        self.rest = self.rest.get(element.raw.len()..).unwrap_or_default();
        Some(CrlEntry::from_der(element.raw).map_err(|error| match error {
            EntryError::Malformed { .. } => EntryError::Malformed { offset },
            other => other,
        }))
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Crl {}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl")
            .field("issuer", &self.0.issuer.rfc4514())
            .field("number", &self.0.number)
            .field("entries", &self.0.entry_count)
            .finish_non_exhaustive()
    }
}
