//! What one pass over a list tells about it.

use std::fmt;

use time::OffsetDateTime;

use super::CrlWalkError;
use super::source::Kept;
use crate::crl::{Crl, CrlNumber};
use crate::key::{Fingerprint, KeyId, PublicKey};
use crate::name::DistinguishedName;
use crate::signature::{HashFunction, SignatureAlgorithmId, SignatureVerdict, SignedOctets};

enum Signed {
    Digest(HashFunction, Vec<u8>),
    Octets(Vec<u8>),
    Nothing,
}

/// A list that has passed: everything but its entries.
pub struct CrlSummary {
    /// The list without its entries; its signature is over more than it holds.
    frame: Crl,
    entries: u64,
    rising: bool,
    size: u64,
    sha256: Fingerprint,
    signed: Signed,
}

impl CrlSummary {
    pub(super) fn new(frame: Crl, entries: u64, rising: bool, size: u64, sha256: &[u8], kept: Kept) -> Result<Self, CrlWalkError> {
        let sha256 = sha256.try_into().map_err(|_| CrlWalkError::Malformed { field: "certificateList", position: size })?;
        let signed = match kept {
            Kept::Digest(hash, running) => Signed::Digest(hash, running.finish()),
            Kept::Octets(octets) => Signed::Octets(octets),
            Kept::Nothing => Signed::Nothing,
        };
        Ok(Self { frame, entries, rising, size, sha256: Fingerprint::from_bytes(sha256), signed })
    }

    /// Who signed, by name.
    pub fn issuer(&self) -> &DistinguishedName {
        self.frame.issuer()
    }

    /// The CRL number (RFC 5280 5.2.3); lists of some programs have none.
    pub fn number(&self) -> Option<&CrlNumber> {
        self.frame.number()
    }

    /// The base's number, when this is a delta (RFC 5280 5.2.4).
    pub fn base_number(&self) -> Option<&CrlNumber> {
        self.frame.base_number()
    }

    /// Whether it only tells changes since a base (RFC 5280 5.2.4).
    pub fn is_delta(&self) -> bool {
        self.frame.is_delta()
    }

    /// When the list was made.
    pub fn this_update(&self) -> OffsetDateTime {
        self.frame.this_update()
    }

    /// By when the next one comes.
    pub fn next_update(&self) -> Option<OffsetDateTime> {
        self.frame.next_update()
    }

    /// The keyIdentifier of authorityKeyIdentifier (RFC 5280 5.2.1).
    pub fn authority_key_id(&self) -> Option<&KeyId> {
        self.frame.authority_key_id()
    }

    /// DER of issuingDistributionPoint (RFC 5280 5.2.5).
    pub fn idp_der(&self) -> Option<&[u8]> {
        self.frame.idp_der()
    }

    /// The URIs of issuingDistributionPoint, in order.
    pub fn idp_urls(&self) -> Vec<String> {
        self.frame.idp_urls()
    }

    /// The outer signatureAlgorithm.
    pub fn signature_algorithm(&self) -> &SignatureAlgorithmId {
        self.frame.signature_algorithm()
    }

    /// How many entries have passed.
    pub fn entry_count(&self) -> u64 {
        self.entries
    }

    /// Whether each serial number was above the one before.
    pub fn serials_rise(&self) -> bool {
        self.rising
    }

    /// Octets of the list's DER.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of the list's DER.
    pub fn sha256(&self) -> Fingerprint {
        self.sha256
    }

    /// Whether `key` made the list's signature, over the octets that have passed. A list whose inner algorithm is not the outer one cannot be
    /// checked (RFC 5280 5.1.1.2), nor one beyond [`super::LARGEST_KEPT`] that Ed25519 has signed.
    pub fn signed_by(&self, key: &PublicKey) -> SignatureVerdict {
        if !self.frame.algorithms_agree() {
            return SignatureVerdict::CannotCheck("two signature algorithms".to_owned());
        }
        let signed = match &self.signed {
            Signed::Digest(hash, digest) => SignedOctets::Hashed(*hash, digest),
            Signed::Octets(octets) => SignedOctets::Whole(octets),
            Signed::Nothing => return SignatureVerdict::CannotCheck(self.signature_algorithm().name().to_owned()),
        };
        key.verify_signed(self.signature_algorithm(), signed, self.frame.signature())
    }

    /// The list without its entries, for lints of its frame.
    pub(crate) fn frame(&self) -> &Crl {
        &self.frame
    }
}

impl fmt::Debug for CrlSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrlSummary")
            .field("issuer", &self.issuer().rfc4514())
            .field("number", &self.number())
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}
