//! ZIP archives (PKWARE's APPNOTE 6.3) of files that are looked through like any other: entries stored or deflated, read where they lie. Limits stand
//! before each step, so that a small file cannot ask for much.

mod directory;
mod metered;

use std::io::{self, BufRead as _, BufReader, Cursor, Read as _, Seek, SeekFrom};
use std::ops::ControlFlow;

use flate2::bufread::DeflateDecoder;

use super::super::ObjectError;
use super::{Form, Head, Taking};
use directory::Entry;
use metered::{Metered, Overrun};

/// Entries of the longest directory that is read, those of archives inside counted too.
pub const MOST_ENTRIES: u64 = 200_000;
/// Octets that all entries together may have once they are inflated.
pub const MOST_INFLATED: u64 = 2 << 30;
/// Octets that each compressed octet of an entry may become, once an entry has more than [`FREE`] of them. Certificates shrink by half, lists to a tenth.
pub const MOST_RATIO: u64 = 200;
/// Octets that an entry may have whatever its ratio: the same certificate ten thousand times shrinks by far more than any real bundle.
const FREE: u64 = 64 << 20;
/// Archives inside each other.
const MOST_DEPTH: u64 = 2;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Whether these octets start an archive, empty ones included.
pub(super) fn is_archive(octets: &[u8]) -> bool {
    octets.starts_with(b"PK\x03\x04") || octets.starts_with(b"PK\x05\x06")
}

/// What is left of the limits.
pub(super) struct Budget {
    entries: u64,
    inflated: u64,
    depth: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { entries: MOST_ENTRIES, inflated: MOST_INFLATED, depth: MOST_DEPTH }
    }
}

/// Reads an archive that begins where `input` stands.
pub(super) fn read<R: io::BufRead + Seek>(input: &mut R, taking: &mut Taking<'_>, budget: &mut Budget) -> io::Result<()> {
    if budget.depth == 0 {
        let _ = taking.refuse("archive", limit("archives inside each other", MOST_DEPTH + 1, MOST_DEPTH));
        return Ok(());
    }
    budget.depth -= 1;
    let entries = match directory::find(input, budget.entries)? {
        Ok(directory) => directory,
        Err(fault) => {
            let _ = taking.refuse("archive", fault);
            budget.depth += 1;
            return Ok(());
        }
    };
    budget.entries = budget.entries.saturating_sub(u64::try_from(entries.len()).unwrap_or(u64::MAX));
    let outside = taking.within.clone();
    let mut flow = ControlFlow::Continue(());
    for entry in entries.iter().filter(|entry| !entry.is_folder()) {
        taking.within = format!("{outside}{}: ", entry.name);
        flow = read_entry(input, entry, taking, budget)?;
        if flow.is_break() {
            break;
        }
    }
    taking.within = outside;
    budget.depth += 1;
    let _ = flow;
    Ok(())
}

fn limit(what: &'static str, found: u64, limit: u64) -> ObjectError {
    ObjectError::ArchiveLimit { what, found, limit }
}

fn malformed(cause: &str) -> ObjectError {
    ObjectError::Malformed { what: "ZIP entry", cause: cause.to_owned() }
}

/// Looks through an entry; `Break` where nothing behind it is to be read.
fn read_entry<R: io::BufRead + Seek>(
    input: &mut R,
    entry: &Entry,
    taking: &mut Taking<'_>,
    budget: &mut Budget,
) -> io::Result<ControlFlow<()>> {
    if entry.encrypted {
        return Ok(taking.refuse("file", ObjectError::Unsupported { what: "an encrypted ZIP entry".to_owned() }));
    }
    if !matches!(entry.method, STORED | DEFLATED) {
        let what = format!("ZIP compression {}", entry.method);
        return Ok(taking.refuse("file", ObjectError::Unsupported { what }));
    }
    let Some(start) = directory::start_of_data(input, entry)? else {
        return Ok(taking.refuse("file", malformed("its own header cannot be read")));
    };
    input.seek(SeekFrom::Start(start))?;
    let compressed = input.by_ref().take(entry.compressed);
    // No more than the ratio allows, and no more than is left for all.
    let own = entry.compressed.saturating_mul(MOST_RATIO).max(FREE);
    let decoded: Box<dyn io::Read + '_> =
        if entry.method == STORED { Box::new(compressed) } else { Box::new(DeflateDecoder::new(compressed)) };
    let mut metered = Metered::new(decoded, own, budget.inflated);
    let mut nested = None;
    let looked = look(BufReader::with_capacity(super::PIECE, &mut metered), entry, taking, &mut nested);
    let (overrun, taken, checksum) = metered.finish();
    budget.inflated = budget.inflated.saturating_sub(taken);
    if taking.seen.stopped {
        return Ok(ControlFlow::Break(()));
    }
    match (looked, overrun) {
        (_, Some(Overrun::Own)) => Ok(taking.refuse("file", limit("octets for each compressed one", MOST_RATIO + 1, MOST_RATIO))),
        (_, Some(Overrun::All)) => {
            let _ = taking.refuse("file", limit("octets once inflated", MOST_INFLATED + 1, MOST_INFLATED));
            Ok(ControlFlow::Break(()))
        }
        (Err(error), None) => match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                Ok(taking.refuse("file", malformed("it cannot be inflated")))
            }
            _ => Err(error),
        },
        (Ok(()), None) => {
            if taken != entry.size || checksum != entry.checksum {
                return Ok(taking.refuse("file", malformed("its length or checksum is another")));
            }
            let Some(bytes) = nested else { return Ok(ControlFlow::Continue(())) };
            read(&mut Cursor::new(bytes.as_slice()), taking, budget)?;
            Ok(if taking.seen.stopped || budget.inflated == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        }
    }
}

/// Looks through the octets of an entry to their end. An archive inside is kept, to be read behind.
fn look<R: io::Read>(
    mut input: BufReader<R>,
    entry: &Entry,
    taking: &mut Taking<'_>,
    nested: &mut Option<zeroize::Zeroizing<Vec<u8>>>,
) -> io::Result<()> {
    let head = Head::read(&mut input)?;
    let mut whole = Cursor::new(head.octets()).chain(input);
    match head.form(entry.size) {
        Form::Text => taking.pem_blocks(&mut whole)?,
        Form::Binary => taking.binary(&mut whole)?,
        Form::Archive => *nested = taking.whole(&mut whole)?,
    }
    // What nobody wanted is passed over, for the checksum.
    while !taking.seen.stopped {
        let passed = whole.fill_buf()?.len();
        if passed == 0 {
            break;
        }
        whole.consume(passed);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
