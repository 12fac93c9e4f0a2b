//! What is in a file, whatever its name says.

mod archive;
mod binary;
mod block;

use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use zeroize::Zeroizing;

use super::{Found, ObjectError, Password, java_store, pem};

pub use archive::{MOST_ENTRIES, MOST_INFLATED, MOST_RATIO};
pub use block::{Numbered, recognise_block};

/// Octets of the largest file that is not PEM: a list of revocations of 64 MiB is longer than any in use.
pub const LARGEST_BINARY: u64 = 64 << 20;
/// Octets read at once.
const PIECE: usize = 1 << 16;

/// What was found in a file.
#[derive(Debug)]
pub struct Recognised {
    /// Every object, and every one that could not be read, in the order of the file.
    pub found: Vec<Found>,
    /// Whether there is anything that we know at all.
    pub known: bool,
    /// How many of the things found wait for a password, or for another one.
    pub passwords_wanted: usize,
}

/// What was seen of a file that was looked through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// How many things were handed over.
    pub objects: u64,
    /// How many of them wait for a password, or for another one.
    pub passwords_wanted: u64,
    /// Whether whoever took them wanted no more.
    pub stopped: bool,
}

impl Seen {
    /// Whether there is anything that we know at all.
    pub fn known(&self) -> bool {
        self.objects > 0
    }
}

/// Looks at octets in memory, as [`recognise_each`] does at a file.
pub fn recognise(bytes: &[u8], passwords: &[Password]) -> Recognised {
    let mut found = Vec::new();
    let seen = recognise_each(Cursor::new(bytes), passwords, &mut |item| {
        found.push(item);
        ControlFlow::Continue(())
    });
    match seen {
        Ok(seen) => {
            Recognised { known: seen.known(), passwords_wanted: usize::try_from(seen.passwords_wanted).unwrap_or(usize::MAX), found }
        }
        // Octets in memory do not fail to be read.
        Err(error) => {
            found.push(Found { label: "file".to_owned(), object: Err(ObjectError::malformed("file", &error)) });
            Recognised { known: true, passwords_wanted: 0, found }
        }
    }
}

/// Looks through a file and hands over what is in it, one thing at a time: PEM in any mixture with text around, block by block, so that its length does not
/// matter; one DER or BER object of at most [`LARGEST_BINARY`]: certificate, list, request, key (PKCS#8 plain and encrypted, SEC 1, PKCS#1), PKCS#7,
/// PKCS#12, a store of Java's; or a ZIP of such files, within the limits of [`MOST_ENTRIES`], [`MOST_INFLATED`] and
/// [`MOST_RATIO`]. Passwords are tried in order on everything that wants one.
/// Whoever takes the things ends it with [`ControlFlow::Break`].
///
/// # Errors
/// What reading the octets says; everything else is handed over as found.
pub fn recognise_each<R: Read + Seek>(
    input: R,
    passwords: &[Password],
    visit: &mut dyn FnMut(Found) -> ControlFlow<()>,
) -> io::Result<Seen> {
    let mut input = BufReader::with_capacity(PIECE, input);
    let mut taking = Taking { visit, passwords, within: String::new(), seen: Seen::default() };
    let start = input.stream_position()?;
    let head = Head::read(&mut input)?;
    let length = input.seek(SeekFrom::End(0))?.saturating_sub(start);
    input.seek(SeekFrom::Start(start))?;
    match head.form(length) {
        Form::Text => taking.pem_blocks(input)?,
        Form::Binary => taking.binary(input)?,
        Form::Archive => archive::read(&mut input, &mut taking, &mut archive::Budget::default())?,
    }
    Ok(taking.seen)
}

/// Who takes what is found.
struct Taking<'a> {
    visit: &'a mut dyn FnMut(Found) -> ControlFlow<()>,
    passwords: &'a [Password],
    /// What the labels begin with: the entry of an archive.
    within: String,
    seen: Seen,
}

impl Taking<'_> {
    fn take(&mut self, mut found: Found) -> ControlFlow<()> {
        self.seen.objects += 1;
        self.seen.passwords_wanted += u64::from(matches!(found.object, Err(ObjectError::PasswordNeeded | ObjectError::WrongPassword)));
        if !self.within.is_empty() {
            found.label.insert_str(0, &self.within);
        }
        let flow = (self.visit)(found);
        self.seen.stopped = flow.is_break();
        flow
    }

    fn take_all(&mut self, found: Vec<Found>) -> ControlFlow<()> {
        found.into_iter().try_for_each(|item| self.take(item))
    }

    fn refuse(&mut self, label: &str, error: ObjectError) -> ControlFlow<()> {
        self.take(Found { label: label.to_owned(), object: Err(error) })
    }

    fn pem_blocks<R: BufRead>(&mut self, input: R) -> io::Result<()> {
        let mut reader = pem::BlockReader::new(input);
        let mut number = 0;
        while let Some(block) = reader.next_block()? {
            number += 1;
            if self.take_all(recognise_block(Numbered { number, block }, self.passwords)).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn binary<R: BufRead>(&mut self, input: R) -> io::Result<()> {
        if let Some(bytes) = self.whole(input)? {
            let _ = self.take_all(binary::read(bytes, self.passwords));
        }
        Ok(())
    }

    /// The octets of what must be in memory as one; `None` where they are too many, which is then told.
    fn whole<R: BufRead>(&mut self, mut input: R) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let mut bytes = Zeroizing::new(Vec::new());
        // What says at the start that it is too large is not read.
        let stated = binary::stated_length(input.fill_buf()?);
        if stated.is_none_or(|length| length <= LARGEST_BINARY) {
            let read = input.take(LARGEST_BINARY + 1).read_to_end(&mut bytes)?;
            if u64::try_from(read).is_ok_and(|read| read <= LARGEST_BINARY) {
                return Ok(Some(bytes));
            }
        }
        let _ = self.refuse("file", ObjectError::TooLarge { limit: LARGEST_BINARY });
        Ok(None)
    }
}

enum Form {
    /// PEM, or nothing that we know.
    Text,
    /// One element of DER or BER, or a store of Java's.
    Binary,
    /// A ZIP.
    Archive,
}

/// The first octets, by which the forms are told apart.
struct Head {
    octets: [u8; 4],
    filled: usize,
}

impl Head {
    fn read<R: Read>(input: &mut R) -> io::Result<Self> {
        let mut head = Self { octets: [0; 4], filled: 0 };
        while let Some(room) = head.octets.get_mut(head.filled..).filter(|room| !room.is_empty()) {
            match input.read(room) {
                Ok(0) => break,
                Ok(octets) => head.filled += octets,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(head)
    }

    fn octets(&self) -> &[u8] {
        self.octets.get(..self.filled).unwrap_or_default()
    }

    /// The form of a file of this length. Where a short element of DER could be text that begins with `0`, the length decides.
    fn form(&self, length: u64) -> Form {
        match self.octets() {
            octets if java_store::is_java_store(octets) => Form::Binary,
            octets if archive::is_archive(octets) => Form::Archive,
            [0x30, 0x80..=0x88, ..] => Form::Binary,
            [0x30, stated, ..] if length == 2 + u64::from(*stated) => Form::Binary,
            _ => Form::Text,
        }
    }
}
