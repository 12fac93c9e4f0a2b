//! A list of any size, read as it passes: its head, its entries one after another, its end. What is signed is hashed on the way, so that one
//! pass tells everything; in memory is a window of the list, never its entries.
//!
//! Other than [`super::Crl`], which holds a list and takes lengths as they come, this reader is strict about DER (X.690 10.1).

mod source;
mod summary;

pub use summary::CrlSummary;

use std::cmp::Ordering;
use std::io::{self, Read};

use thiserror::Error;
use time::OffsetDateTime;

use self::source::{Element, Kept, Source, is_time};
use super::{Crl, CrlEntry, CrlReadError, EntryError};
use crate::asn1::{self, tag};
use crate::encoding::pem::DerOctets;
use crate::key::hash_of_algorithm;
use crate::oid;
use crate::serial::SerialNumber;
use crate::signature::{RunningHash, SignatureAlgorithmId};
use crate::validity::time_from_der;

/// Octets before the entries, at most: versions, names and times.
pub const LARGEST_HEAD: u64 = 1 << 20;
/// Octets of an entry, at most.
pub const LARGEST_ENTRY: u64 = 1 << 16;
/// Octets of the list's extensions, of its algorithm, of its signature, at most, each.
pub const LARGEST_PART: u64 = 1 << 20;
/// A list that Ed25519 has signed is kept up to so many octets: it can only be checked as a whole. The signature of a longer one is not checked.
pub const LARGEST_KEPT: u64 = 1 << 27;

/// A list cannot be read to its end.
#[derive(Debug, Error)]
pub enum CrlWalkError {
    /// The octets did not come, or the PEM around them is broken ([`crate::encoding::pem::PemStreamError`]).
    #[error(transparent)]
    Input(#[from] io::Error),
    /// The list ends in its midst.
    #[error("the list is cut off at octet {position}")]
    CutOff {
        /// Octets from its start.
        position: u64,
    },
    /// It breaks the rules of DER.
    #[error("{problem} at octet {position}")]
    NotDer {
        /// Octets from the start of the list.
        position: u64,
        /// What is there.
        problem: &'static str,
    },
    /// The frame of RFC 5280 5.1 is not there.
    #[error("the {field} at octet {position} cannot be read")]
    Malformed {
        /// The field of `CertificateList` or `TBSCertList`.
        field: &'static str,
        /// Octets from the start of the list.
        position: u64,
    },
    /// A part is longer than any that is read.
    #[error("{field} of {octets} octets, {limit} at most")]
    TooLong {
        /// The part.
        field: &'static str,
        /// Its octets.
        octets: u64,
        /// How many are read.
        limit: u64,
    },
    /// Octets follow the list.
    #[error("octets follow the list at octet {position}")]
    Trailing {
        /// Octets of the list.
        position: u64,
    },
    /// Name, times, extensions or algorithm cannot be read.
    #[error(transparent)]
    Frame(#[from] CrlReadError),
}

/// An entry as it passes.
#[derive(Debug, Clone, Copy)]
pub struct PassingEntry<'a> {
    /// Where it begins, in octets from the start of the list: the cursor of a page that begins with it.
    pub offset: u64,
    /// All of it.
    pub der: &'a [u8],
    /// Contents of the serial number's INTEGER.
    pub serial_octets: &'a [u8],
}

impl<'a> PassingEntry<'a> {
    /// Reads what is in it.
    ///
    /// # Errors
    /// [`EntryError`] when the revocation date or an extension's frame cannot be read.
    pub fn read(&self) -> Result<CrlEntry<'a>, EntryError> {
        CrlEntry::from_der(self.der).map_err(|error| match error {
            EntryError::Malformed { .. } => EntryError::Malformed { offset: usize::try_from(self.offset).unwrap_or(usize::MAX) },
            other => other,
        })
    }

    /// Whether it is the entry of this serial number, octet for octet.
    pub fn is_of(&self, serial: &SerialNumber) -> bool {
        self.serial_octets == serial.content_octets()
    }
}

/// The order of serial numbers, as far as their octets are minimal and they are positive: by length, then by octets.
pub(super) fn serial_order(one: &[u8], other: &[u8]) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

/// Whether the contents of an INTEGER are as short as they can be (X.690 8.3.2).
fn is_minimal(integer: &[u8]) -> bool {
    !matches!(integer, [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..])
}

/// The contents of the serial number's INTEGER of an entry, if there is one where it belongs.
pub(super) fn serial_of(entry: &[u8]) -> Option<&[u8]> {
    let outer = source::element(entry).ok()??;
    let content = entry.get(outer.header..)?;
    let serial = source::element(content).ok()??;
    let octets = content.get(serial.header..usize::try_from(serial.whole()).ok()?)?;
    (serial.tag == tag::INTEGER && !octets.is_empty()).then_some(octets)
}

/// The DER of a list that is DER or PEM, as it is read.
pub fn crl_octets<R: Read>(input: R) -> impl Read {
    DerOctets::new(input)
}

/// Walks over a list as it is read, DER or PEM.
pub struct CrlWalk<R> {
    source: Source<DerOctets<R>>,
    /// Octets of the whole list.
    size: u64,
    tbs_end: u64,
    entries_end: u64,
    this_update: OffsetDateTime,
    /// The fields before the entries, as they came.
    head: Vec<u8>,
    has_entries_field: bool,
    count: u64,
    rising: bool,
    last_serial: Vec<u8>,
    /// The entry handed out last is passed over before the next.
    handed: usize,
}

impl<R: Read> CrlWalk<R> {
    /// Begins: reads what stands before the entries.
    ///
    /// # Errors
    /// [`CrlWalkError`]
    pub fn open(input: R) -> Result<Self, CrlWalkError> {
        let mut source = Source::new(DerOctets::new(input));
        let outer = expect(&mut source, 0, tag::SEQUENCE, "certificateList")?;
        let size = outer.whole();
        let tbs = expect(&mut source, outer.header, tag::SEQUENCE, "tbsCertList")?;
        let tbs_start = wide(outer.header);
        let tbs_end = tbs_start.saturating_add(tbs.whole());
        if tbs_end > size {
            return Err(CrlWalkError::Malformed { field: "tbsCertList", position: tbs_start });
        }
        let fields_start = outer.header + tbs.header;
        let mut at = fields_start;
        let (mut algorithm, mut this_update) = (0..0, 0..0);
        for (field, wanted, optional) in [
            ("version", tag::INTEGER, true),
            ("signature", tag::SEQUENCE, false),
            ("issuer", tag::SEQUENCE, false),
            ("thisUpdate", tag::UTC_TIME, false),
            ("nextUpdate", tag::UTC_TIME, true),
        ] {
            if optional && wide(at) == tbs_end {
                continue;
            }
            let found = source.element_at(at)?;
            let fits = found.tag == wanted || (is_time(wanted) && is_time(found.tag));
            if !fits && optional {
                continue;
            }
            let end = wide(at).saturating_add(found.whole());
            if !fits || end > tbs_end {
                return Err(CrlWalkError::Malformed { field, position: wide(at) });
            }
            if end > LARGEST_HEAD {
                return Err(CrlWalkError::TooLong { field, octets: found.whole(), limit: LARGEST_HEAD });
            }
            let end = usize::try_from(end).unwrap_or(usize::MAX);
            if !source.reach(end)? {
                return Err(CrlWalkError::CutOff { position: wide(at) });
            }
            match field {
                "signature" => algorithm = at..end,
                "thisUpdate" => this_update = at..end,
                _ => {}
            }
            at = end;
        }
        let head = source.ahead().get(fields_start..at).unwrap_or_default().to_vec();
        let algorithm = source.ahead().get(algorithm).unwrap_or_default();
        let algorithm = SignatureAlgorithmId::from_der(algorithm).map_err(CrlReadError::from)?;
        let this_update = time_from_der(source.ahead().get(this_update).unwrap_or_default()).map_err(CrlReadError::from)?;
        let mut entries_end = wide(at);
        let mut has_entries_field = false;
        if wide(at) < tbs_end {
            let revoked = source.element_at(at)?;
            if revoked.tag == tag::SEQUENCE {
                entries_end = wide(at).saturating_add(revoked.whole());
                if entries_end > tbs_end {
                    return Err(CrlWalkError::Malformed { field: "revokedCertificates", position: wide(at) });
                }
                has_entries_field = true;
                at += revoked.header;
            }
        }
        let kept = match hash_of_algorithm(&algorithm) {
            Some(hash) => Kept::Digest(hash, RunningHash::new(hash)),
            None if algorithm.oid == oid::ED25519 && tbs.whole() <= LARGEST_KEPT => Kept::Octets(Vec::new()),
            None => Kept::Nothing,
        };
        source.hash_from_here(tbs_start..tbs_end, kept);
        source.go_on(at);
        Ok(Self {
            source,
            size,
            tbs_end,
            entries_end,
            this_update,
            head,
            has_entries_field,
            count: 0,
            rising: true,
            last_serial: Vec::new(),
            handed: 0,
        })
    }

    /// When the list was made.
    pub fn this_update(&self) -> OffsetDateTime {
        self.this_update
    }

    /// Octets of the whole list, as its first length says.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Octets of the list that have passed.
    pub fn position(&self) -> u64 {
        self.source.position()
    }

    /// The next entry; `None` behind the last.
    ///
    /// # Errors
    /// [`CrlWalkError`] when it is no SEQUENCE with an INTEGER at its front, too long, or cut off.
    pub fn next_entry(&mut self) -> Result<Option<PassingEntry<'_>>, CrlWalkError> {
        self.source.go_on(std::mem::take(&mut self.handed));
        let offset = self.source.position();
        if offset >= self.entries_end {
            return Ok(None);
        }
        let malformed = CrlWalkError::Malformed { field: "revoked entry", position: offset };
        let entry = self.source.element_at(0)?;
        if entry.tag != tag::SEQUENCE || offset.saturating_add(entry.whole()) > self.entries_end {
            return Err(malformed);
        }
        let whole = within(entry.whole(), "revoked entry", LARGEST_ENTRY)?;
        if !self.source.reach(whole)? {
            return Err(CrlWalkError::CutOff { position: offset });
        }
        self.handed = whole;
        self.count += 1;
        let der = self.source.ahead().get(..whole).unwrap_or_default();
        let Some(serial_octets) = serial_of(der) else { return Err(malformed) };
        // Serial numbers are compared octet for octet: one that has two forms would be missed.
        if !is_minimal(serial_octets) {
            return Err(CrlWalkError::NotDer { position: offset, problem: "an INTEGER that is not minimal" });
        }
        if self.rising {
            self.rising = self.count == 1 || serial_order(&self.last_serial, serial_octets) == Ordering::Less;
            self.last_serial.clear();
            self.last_serial.extend_from_slice(serial_octets);
        }
        Ok(Some(PassingEntry { offset, der, serial_octets }))
    }

    /// Walks over what is left and reads the end.
    ///
    /// # Errors
    /// [`CrlWalkError`]
    pub fn finish(mut self) -> Result<CrlSummary, CrlWalkError> {
        while self.next_entry()?.is_some() {}
        let extensions = if self.source.position() < self.tbs_end {
            let extensions = self.part(0xa0, "crlExtensions")?;
            if self.source.position() != self.tbs_end {
                return Err(CrlWalkError::Malformed { field: "tbsCertList", position: self.source.position() });
            }
            extensions
        } else {
            Vec::new()
        };
        let algorithm = self.part(tag::SEQUENCE, "signatureAlgorithm")?;
        let signature = self.part(tag::BIT_STRING, "signatureValue")?;
        let position = self.source.position();
        if position != self.size {
            return Err(CrlWalkError::Malformed { field: "signatureValue", position });
        }
        if self.source.reach(1)? {
            return Err(CrlWalkError::Trailing { position });
        }
        // A list of the same fields without entries: everything that is asked of a list's frame is asked of it.
        let none = if self.has_entries_field && self.count == 0 { asn1::sequence(&[]) } else { Vec::new() };
        let tbs = asn1::sequence(&[&self.head, &none, &extensions]);
        let frame = Crl::from_vec(asn1::sequence(&[&tbs, &algorithm, &signature]))?;
        let (sha256, kept) = self.source.finish();
        CrlSummary::new(frame, self.count, self.rising, self.size, &sha256, kept)
    }

    /// The part that comes next, identifier and all; used up.
    fn part(&mut self, wanted: u8, field: &'static str) -> Result<Vec<u8>, CrlWalkError> {
        let position = self.source.position();
        let found = self.source.element_at(0)?;
        if found.tag != wanted || position.saturating_add(found.whole()) > self.size {
            return Err(CrlWalkError::Malformed { field, position });
        }
        let whole = within(found.whole(), field, LARGEST_PART)?;
        if !self.source.reach(whole)? {
            return Err(CrlWalkError::CutOff { position });
        }
        let octets = self.source.ahead().get(..whole).unwrap_or_default().to_vec();
        self.source.go_on(whole);
        Ok(octets)
    }
}

fn expect<R: Read>(source: &mut Source<R>, at: usize, wanted: u8, field: &'static str) -> Result<Element, CrlWalkError> {
    let found = source.element_at(at)?;
    if found.tag == wanted { Ok(found) } else { Err(CrlWalkError::Malformed { field, position: wide(at) }) }
}

fn within(octets: u64, field: &'static str, limit: u64) -> Result<usize, CrlWalkError> {
    let too_long = CrlWalkError::TooLong { field, octets, limit };
    if octets > limit { Err(too_long) } else { usize::try_from(octets).map_err(|_| too_long) }
}

fn wide(octets: usize) -> u64 {
    u64::try_from(octets).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(super) mod tests;
