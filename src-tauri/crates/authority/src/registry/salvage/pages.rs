//! The pages of an SQLite file, read without SQLite: what it refuses to open as a whole may still be whole in most of its pages.
//! <https://www.sqlite.org/fileformat2.html>

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::in_use::open_to_read;

/// The page size of every registry; what a header says is taken only if it is possible.
const PAGE: usize = 4_096;
/// Bytes of a WAL's header, and of the header of each of its frames.
const WAL_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// A file as pages, with the frames of its WAL in front of them.
pub(super) struct Pages {
    file: File,
    wal: Option<File>,
    /// Where in the WAL the newest committed version of a page is.
    frames: HashMap<u32, u64>,
    size: usize,
    usable: usize,
    count: u32,
}

pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().map(|two| usize::from(u16::from_be_bytes(*two)))
}

impl Pages {
    /// Opens a file and, if there is one, the WAL beside it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = open_to_read(path)?;
        let length = file.metadata()?.len();
        let mut header = Vec::with_capacity(100);
        (&mut file).take(100).read_to_end(&mut header)?;
        let told = short(&header, 16).map_or(0, |told| if told == 1 { 65_536 } else { told });
        let sound = header.starts_with(b"SQLite format 3\0") && told.is_power_of_two() && (512..=65_536).contains(&told);
        let size = if sound { told } else { PAGE };
        let reserved = if sound { header.get(20).copied().map_or(0, usize::from) } else { 0 };
        let count = u32::try_from(length.div_ceil(u64::try_from(size).unwrap_or(1))).unwrap_or(u32::MAX);
        let mut pages = Self { file, wal: None, frames: HashMap::new(), size, usable: size.saturating_sub(reserved).max(480), count };
        let mut beside = path.as_os_str().to_owned();
        beside.push("-wal");
        if let Ok(wal) = File::open(&beside) {
            pages.read_wal(wal)?;
        }
        Ok(pages)
    }

    /// How many pages there are.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The bytes of a page that hold content.
    pub(super) fn usable(&self) -> usize {
        self.usable
    }

    /// A page by its number, 1 for the first; what is cut off or cannot be read is nothing.
    pub(super) fn page(&self, number: u32) -> Option<Vec<u8>> {
        let mut page = vec![0; self.size];
        let (mut from, at) = match (self.frames.get(&number), &self.wal) {
            (Some(at), Some(wal)) => (wal, *at),
            _ => (&self.file, u64::from(number.checked_sub(1)?).checked_mul(u64::try_from(self.size).ok()?)?),
        };
        from.seek(SeekFrom::Start(at)).ok()?;
        from.read_exact(&mut page).ok()?;
        page.truncate(self.usable);
        Some(page)
    }

    /// Takes the frames of a WAL up to its last commit; the first whose checksum is wrong ends it, as it does for SQLite.
    fn read_wal(&mut self, mut wal: File) -> io::Result<()> {
        let mut header = [0; WAL_HEADER];
        if wal.read_exact(&mut header).is_err() {
            return Ok(());
        }
        let big = match number(&header, 0) {
            Some(0x377f_0683) => true,
            Some(0x377f_0682) => false,
            _ => return Ok(()),
        };
        if number(&header, 8).and_then(|size| usize::try_from(size).ok()) != Some(self.size) {
            return Ok(());
        }
        let mut sums = checksum((0, 0), header.get(..24).unwrap_or_default(), big);
        if (number(&header, 24), number(&header, 28)) != (Some(sums.0), Some(sums.1)) {
            return Ok(());
        }
        let salts = header.get(16..24).unwrap_or_default().to_vec();
        let (mut pending, mut at) = (HashMap::new(), u64::try_from(WAL_HEADER).unwrap_or(32));
        let mut frame = vec![0; FRAME_HEADER + self.size];
        while wal.read_exact(&mut frame).is_ok() {
            let (head, page) = frame.split_at(FRAME_HEADER);
            if head.get(8..16) != Some(salts.as_slice()) {
                break;
            }
            sums = checksum(checksum(sums, head.get(..8).unwrap_or_default(), big), page, big);
            if (number(head, 16), number(head, 20)) != (Some(sums.0), Some(sums.1)) {
                break;
            }
            if let Some(page) = number(head, 0) {
                pending.insert(page, at + u64::try_from(FRAME_HEADER).unwrap_or(24));
            }
            if let Some(pages) = number(head, 4).filter(|pages| *pages > 0) {
                self.frames.extend(pending.drain());
                self.count = self.count.max(pages);
            }
            at += u64::try_from(frame.len()).unwrap_or(0);
        }
        self.wal = Some(wal);
        Ok(())
    }
}

fn checksum((mut one, mut other): (u32, u32), bytes: &[u8], big: bool) -> (u32, u32) {
    let word = |four: &[u8]| {
        let four = <[u8; 4]>::try_from(four).unwrap_or_default();
        if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    };
    for eight in bytes.chunks_exact(8) {
        let (first, second) = eight.split_at(4);
        one = one.wrapping_add(word(first)).wrapping_add(other);
        other = other.wrapping_add(word(second)).wrapping_add(one);
    }
    (one, other)
}

/// What a page of a b-tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeKind {
    TableLeaf,
    TableInterior,
    IndexLeaf,
    IndexInterior,
}

/// A page of a b-tree.
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// Where its cells begin.
    pub(super) cells: Vec<usize>,
    /// The last child of an interior page.
    pub(super) last: Option<u32>,
    /// Whether a part of it makes no sense.
    pub(super) broken: bool,
}

impl Node {
    /// Reads the header of a page; nothing if it is no page of a b-tree.
    pub(super) fn of(page: &[u8], page_number: u32) -> Option<Self> {
        let start = if page_number == 1 { 100 } else { 0 };
        let (kind, header) = match page.get(start)? {
            0x0d => (NodeKind::TableLeaf, 8),
            0x05 => (NodeKind::TableInterior, 12),
            0x0a => (NodeKind::IndexLeaf, 8),
            0x02 => (NodeKind::IndexInterior, 12),
            _ => return None,
        };
        let count = short(page, start + 3)?;
        let pointers = start + header;
        let content = pointers + 2 * count;
        if content > page.len() {
            return None;
        }
        let all: Vec<usize> = (0..count).filter_map(|nth| short(page, pointers + 2 * nth)).collect();
        let cells: Vec<usize> = all.iter().copied().filter(|at| *at >= content && at + 4 <= page.len()).collect();
        let last = if header == 12 { number(page, start + 8) } else { None };
        Some(Self { kind, broken: cells.len() < count, cells, last })
    }
}

/// A variable-length integer and the bytes it takes.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (nth, byte) in bytes.iter().take(9).enumerate() {
        if nth == 8 {
            return Some(((value << 8) | u64::from(*byte), 9));
        }
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, nth + 1));
        }
    }
    None
}
