//! The octets of a list as they pass: a window of them, hashed behind it.

use std::io::{self, Read};
use std::ops::Range;

use super::CrlWalkError;
use crate::asn1::tag;
use crate::signature::{HashFunction, RunningHash};

/// Octets of the window, as long as nothing in the list is longer.
const WINDOW: usize = 1 << 18;

/// What is kept of the octets that are signed.
pub(super) enum Kept {
    /// Their digest, by the hash function that the list names.
    Digest(HashFunction, RunningHash),
    /// The octets themselves: Ed25519 hashes its own signature, which stands at the end, before them (RFC 8032 5.1.7).
    Octets(Vec<u8>),
    /// Nothing: nobody could check the signature.
    Nothing,
}

/// Where an element lies and how long it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) tag: u8,
    /// Octets of identifier and length.
    pub(super) header: usize,
    /// Octets of contents.
    pub(super) length: u64,
}

impl Element {
    /// Octets of all of it.
    pub(super) fn whole(self) -> u64 {
        self.length.saturating_add(u64::try_from(self.header).unwrap_or(u64::MAX))
    }
}

/// Reads the identifier and length of an element that begins these octets, by the strict rules of X.690 10.1. `None`: more octets are needed.
pub(super) fn element(octets: &[u8]) -> Result<Option<Element>, &'static str> {
    let [tag, first, rest @ ..] = octets else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err("a tag above 30");
    }
    if *first < 0x80 {
        return Ok(Some(Element { tag: *tag, header: 2, length: u64::from(*first) }));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 {
        return Err("an indefinite length");
    }
    if count > 8 {
        return Err("a length of more than eight octets");
    }
    let Some(length) = rest.get(..count) else { return Ok(None) };
    let value = length.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet));
    if length.first() == Some(&0) || value < 0x80 {
        return Err("a length that is not minimal");
    }
    Ok(Some(Element { tag: *tag, header: 2 + count, length: value }))
}

/// The longest header of an element that is read.
const LONGEST_HEADER: usize = 10;

pub(super) struct Source<R> {
    input: R,
    window: Vec<u8>,
    /// The first octet of the window that is not used yet.
    start: usize,
    /// Behind its last octet.
    end: usize,
    /// How many octets lie before the window.
    before: u64,
    /// Up to where the window was hashed.
    hashed: usize,
    /// While the head is read nothing is hashed, since only the head says how.
    holding: bool,
    whole: RunningHash,
    signed: Range<u64>,
    kept: Kept,
}

impl<R: Read> Source<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            window: vec![0; WINDOW],
            start: 0,
            end: 0,
            before: 0,
            hashed: 0,
            holding: true,
            whole: RunningHash::new(HashFunction::Sha256),
            signed: 0..0,
            kept: Kept::Nothing,
        }
    }

    /// How many octets were used.
    pub(super) fn position(&self) -> u64 {
        self.before.saturating_add(u64::try_from(self.start).unwrap_or(u64::MAX))
    }

    /// The octets of the window that are not used yet.
    pub(super) fn ahead(&self) -> &[u8] {
        self.window.get(self.start..self.end).unwrap_or_default()
    }

    /// Makes the window reach `octets` ahead. False where the list ends before.
    pub(super) fn reach(&mut self, octets: usize) -> io::Result<bool> {
        while self.end - self.start < octets {
            if self.end == self.window.len() {
                if self.start > 0 && !self.holding {
                    self.absorb();
                    self.window.copy_within(self.start..self.end, 0);
                    self.before = self.position();
                    (self.start, self.end, self.hashed) = (0, self.end - self.start, 0);
                } else {
                    self.window.resize((self.start + octets).max(self.window.len() * 2), 0);
                }
            }
            let room = self.window.get_mut(self.end..).unwrap_or_default();
            match self.input.read(room) {
                Ok(0) => return Ok(false),
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// The element that begins `at` octets ahead.
    pub(super) fn element_at(&mut self, at: usize) -> Result<Element, CrlWalkError> {
        let position = self.position().saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
        let not_der = |problem| CrlWalkError::NotDer { position, problem };
        if let Some(found) = element(self.ahead().get(at..).unwrap_or_default()).map_err(not_der)? {
            return Ok(found);
        }
        self.reach(at.saturating_add(LONGEST_HEADER))?;
        element(self.ahead().get(at..).unwrap_or_default()).map_err(not_der)?.ok_or(CrlWalkError::CutOff { position })
    }

    /// Goes on by so many octets, which the window holds.
    pub(super) fn go_on(&mut self, octets: usize) {
        self.start = self.start.saturating_add(octets).min(self.end);
    }

    /// Now that the head is read: what is signed, and what is kept of it.
    pub(super) fn hash_from_here(&mut self, signed: Range<u64>, kept: Kept) {
        (self.signed, self.kept, self.holding) = (signed, kept, false);
    }

    /// Hashes what was used.
    fn absorb(&mut self) {
        let octets = self.window.get(self.hashed..self.start).unwrap_or_default();
        self.whole.update(octets);
        let first = self.before.saturating_add(u64::try_from(self.hashed).unwrap_or(u64::MAX));
        let within = |limit: u64| usize::try_from(limit.saturating_sub(first)).unwrap_or(usize::MAX).min(octets.len());
        let signed = octets.get(within(self.signed.start)..within(self.signed.end)).unwrap_or_default();
        match &mut self.kept {
            Kept::Digest(_, hash) => hash.update(signed),
            Kept::Octets(kept) => kept.extend_from_slice(signed),
            Kept::Nothing => {}
        }
        self.hashed = self.start;
    }

    /// The SHA-256 of all octets that were used, and what was kept of those that are signed.
    pub(super) fn finish(mut self) -> (Vec<u8>, Kept) {
        self.absorb();
        (self.whole.finish(), self.kept)
    }
}

/// Whether a tag is one of a time.
pub(super) fn is_time(found: u8) -> bool {
    matches!(found, tag::UTC_TIME | tag::GENERALIZED_TIME)
}
