//! The directory at the end of an archive (APPNOTE 4.3.12 to 4.3.16, 4.5.3): how many entries it has is asked before they are read.

use std::io::{self, Read, Seek, SeekFrom};

use super::super::super::ObjectError;
use super::{MOST_ENTRIES, limit};

/// Octets of the record at the end, without its comment.
const END: usize = 22;
/// The longest comment behind it.
const LONGEST_COMMENT: u64 = 0xffff;
/// Octets of the pointer to the record for large archives, which lies before the one at the end.
const LOCATOR: usize = 20;
/// Octets of that record.
const LARGE_END: usize = 56;
/// Octets of an entry in the directory, without its name and what follows it.
const ENTRY: usize = 46;
/// Octets of the header before an entry's data, likewise.
const LOCAL: usize = 30;
/// Octets of names and fields that a directory may have for each entry, on average.
const MOST_PER_ENTRY: u64 = 4_096;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) encrypted: bool,
    pub(super) method: u16,
    pub(super) checksum: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    /// Where its own header is.
    offset: u64,
}

impl Entry {
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with(['/', '\\'])
    }
}

/// A number of so many octets, the lowest first; zero where they are not there.
fn number(octets: &[u8], at: usize, length: usize) -> u64 {
    octets.get(at..at + length).unwrap_or_default().iter().rev().fold(0, |sum, octet| sum << 8 | u64::from(*octet))
}

fn small(octets: &[u8], at: usize) -> u16 {
    u16::try_from(number(octets, at, 2)).unwrap_or(u16::MAX)
}

/// What the end of the archive says: how many entries, and where and how long their directory is.
struct Place {
    entries: u64,
    offset: u64,
    length: u64,
}

/// Reads the directory of at most so many entries.
pub(super) fn find<R: Read + Seek>(input: &mut R, most: u64) -> io::Result<Result<Vec<Entry>, ObjectError>> {
    let broken = || ObjectError::Malformed { what: "ZIP archive", cause: "its directory cannot be read".to_owned() };
    let Some(place) = end(input)? else { return Ok(Err(ObjectError::Truncated { missing: 1 })) };
    if place.entries > most {
        return Ok(Err(limit("entries", MOST_ENTRIES - most + place.entries, MOST_ENTRIES)));
    }
    if place.length > place.entries.saturating_mul(MOST_PER_ENTRY) {
        return Ok(Err(broken()));
    }
    input.seek(SeekFrom::Start(place.offset))?;
    let mut directory = Vec::new();
    input.take(place.length).read_to_end(&mut directory)?;
    let mut entries = Vec::new();
    let mut rest = directory.as_slice();
    for _ in 0..place.entries {
        let Some((entry, behind)) = entry(rest) else { return Ok(Err(broken())) };
        entries.push(entry);
        rest = behind;
    }
    // Entries that lie in each other make much of little; those of an honest archive lie before its directory, one behind the other.
    let together = entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.compressed));
    if together > place.offset {
        return Ok(Err(ObjectError::Malformed { what: "ZIP archive", cause: "its entries overlap".to_owned() }));
    }
    Ok(Ok(entries))
}

fn end<R: Read + Seek>(input: &mut R) -> io::Result<Option<Place>> {
    let length = input.seek(SeekFrom::End(0))?;
    let most = LONGEST_COMMENT + u64::try_from(END + LOCATOR).unwrap_or(u64::MAX);
    input.seek(SeekFrom::Start(length.saturating_sub(most)))?;
    let mut tail = Vec::new();
    input.take(most).read_to_end(&mut tail)?;
    // The last one that a comment of the length it states follows.
    let whole = |at: &usize| {
        let behind = tail.len() - at - END;
        tail.get(*at..).is_some_and(|record| record.starts_with(b"PK\x05\x06")) && usize::from(small(&tail, at + 20)) == behind
    };
    let Some(at) = (0..=tail.len().saturating_sub(END)).rev().filter(|at| tail.len() >= at + END).find(whole) else { return Ok(None) };
    let record = tail.get(at..).unwrap_or_default();
    let place = Place { entries: number(record, 10, 2), length: number(record, 12, 4), offset: number(record, 16, 4) };
    let locator = at.checked_sub(LOCATOR).and_then(|at| tail.get(at..)).filter(|locator| locator.starts_with(b"PK\x06\x07"));
    match locator {
        Some(locator) => large_end(input, number(locator, 8, 8)),
        None => Ok(Some(place)),
    }
}

fn large_end<R: Read + Seek>(input: &mut R, offset: u64) -> io::Result<Option<Place>> {
    input.seek(SeekFrom::Start(offset))?;
    let mut record = Vec::new();
    input.take(u64::try_from(LARGE_END).unwrap_or(u64::MAX)).read_to_end(&mut record)?;
    let whole = record.len() == LARGE_END && record.starts_with(b"PK\x06\x06");
    Ok(whole.then(|| Place { entries: number(&record, 32, 8), length: number(&record, 40, 8), offset: number(&record, 48, 8) }))
}

fn entry(octets: &[u8]) -> Option<(Entry, &[u8])> {
    let (head, rest) = octets.split_at_checked(ENTRY)?;
    if !head.starts_with(b"PK\x01\x02") {
        return None;
    }
    let (name, rest) = rest.split_at_checked(usize::from(small(head, 28)))?;
    let (extra, rest) = rest.split_at_checked(usize::from(small(head, 30)))?;
    let (_comment, rest) = rest.split_at_checked(usize::from(small(head, 32)))?;
    let flags = small(head, 8);
    let mut entry = Entry {
        // Names that are no UTF-8 are in some code page; that of the letters does not matter here.
        name: std::str::from_utf8(name).map_or_else(|_| name.iter().map(|octet| char::from(*octet)).collect(), str::to_owned),
        // Bit 0: encrypted; bit 6: strongly so; bit 13: with a masked header.
        encrypted: flags & 0x2041 != 0,
        method: small(head, 10),
        checksum: u32::try_from(number(head, 16, 4)).unwrap_or_default(),
        compressed: number(head, 20, 4),
        size: number(head, 24, 4),
        offset: number(head, 42, 4),
    };
    widen(&mut entry, extra);
    Some((entry, rest))
}

/// Takes the numbers that did not fit 32 bits from the field for them (APPNOTE 4.5.3), in its order.
fn widen(entry: &mut Entry, mut extra: &[u8]) {
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let Some((field, behind)) = rest.split_at_checked(usize::from(small(head, 2))) else { return };
        if small(head, 0) == 1 {
            let mut at = 0;
            for value in [&mut entry.size, &mut entry.compressed, &mut entry.offset] {
                if *value == u64::from(u32::MAX) {
                    *value = number(field, at, 8);
                    at += 8;
                }
            }
        }
        extra = behind;
    }
}

/// Where an entry's data begin: behind its own header, whose name and fields may be of another length than in the directory.
pub(super) fn start_of_data<R: Read + Seek>(input: &mut R, entry: &Entry) -> io::Result<Option<u64>> {
    input.seek(SeekFrom::Start(entry.offset))?;
    let mut head = Vec::new();
    input.take(u64::try_from(LOCAL).unwrap_or(u64::MAX)).read_to_end(&mut head)?;
    if head.len() < LOCAL || !head.starts_with(b"PK\x03\x04") {
        return Ok(None);
    }
    let behind = u64::try_from(LOCAL).unwrap_or(u64::MAX) + u64::from(small(&head, 26)) + u64::from(small(&head, 28));
    Ok(entry.offset.checked_add(behind))
}
