//! What is in a file, whatever its name says.

mod binary;
mod block;

use std::io::{self, BufRead as _, BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use zeroize::Zeroizing;

use super::{Found, ObjectError, Password, pem};

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
/// matter; or one DER or BER object of at most [`LARGEST_BINARY`]: certificate, list, request, key (PKCS#8 plain and encrypted, SEC 1, PKCS#1), PKCS#7,
/// PKCS#12. Passwords are tried in order on everything that wants one. Whoever takes the things ends it with [`ControlFlow::Break`].
///
/// # Errors
/// What reading the octets says; everything else is handed over as found.
pub fn recognise_each<R: Read + Seek>(
    input: R,
    passwords: &[Password],
    visit: &mut dyn FnMut(Found) -> ControlFlow<()>,
) -> io::Result<Seen> {
    let mut input = BufReader::with_capacity(PIECE, input);
    let mut taking = Taking { visit, seen: Seen::default() };
    match form(&mut input)? {
        Form::Text => pem_blocks(input, passwords, &mut taking)?,
        Form::Binary => binary_file(input, passwords, &mut taking)?,
    }
    Ok(taking.seen)
}

/// Who takes what is found.
struct Taking<'a> {
    visit: &'a mut dyn FnMut(Found) -> ControlFlow<()>,
    seen: Seen,
}

impl Taking<'_> {
    fn take(&mut self, found: Found) -> ControlFlow<()> {
        self.seen.objects += 1;
        self.seen.passwords_wanted += u64::from(matches!(found.object, Err(ObjectError::PasswordNeeded | ObjectError::WrongPassword)));
        let flow = (self.visit)(found);
        self.seen.stopped = flow.is_break();
        flow
    }

    fn take_all(&mut self, found: Vec<Found>) -> ControlFlow<()> {
        found.into_iter().try_for_each(|item| self.take(item))
    }
}

enum Form {
    /// PEM, or nothing that we know.
    Text,
    /// One element of DER or BER, or a store of Java's.
    Binary,
}

/// Tells the forms apart by the first octets. Where a short element of DER could be text that begins with `0`, the length of the file decides.
fn form<R: Read + Seek>(input: &mut BufReader<R>) -> io::Result<Form> {
    let start = input.stream_position()?;
    let mut head = [0; 4];
    let mut filled = 0;
    while let Some(room) = head.get_mut(filled..).filter(|room| !room.is_empty()) {
        match input.read(room) {
            Ok(0) => break,
            Ok(octets) => filled += octets,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let form = match head {
        [0xfe, 0xed, 0xfe, 0xed] | [0xce, 0xce, 0xce, 0xce] => Form::Binary,
        [0x30, 0x80..=0x88, ..] => Form::Binary,
        [0x30, length, ..] if input.seek(SeekFrom::End(0))?.checked_sub(start) == Some(2 + u64::from(length)) => Form::Binary,
        _ => Form::Text,
    };
    input.seek(SeekFrom::Start(start))?;
    Ok(form)
}

fn pem_blocks<R: Read>(input: BufReader<R>, passwords: &[Password], taking: &mut Taking<'_>) -> io::Result<()> {
    let mut reader = pem::BlockReader::new(input);
    let mut number = 0;
    while let Some(block) = reader.next_block()? {
        number += 1;
        if taking.take_all(recognise_block(Numbered { number, block }, passwords)).is_break() {
            break;
        }
    }
    Ok(())
}

fn binary_file<R: Read>(mut input: BufReader<R>, passwords: &[Password], taking: &mut Taking<'_>) -> io::Result<()> {
    let too_large = |taking: &mut Taking<'_>| {
        let object = Err(ObjectError::TooLarge { limit: LARGEST_BINARY });
        let _ = taking.take(Found { label: "file".to_owned(), object });
    };
    // What says at the start that it is too large is not read.
    if binary::stated_length(input.fill_buf()?).is_some_and(|length| length > LARGEST_BINARY) {
        too_large(taking);
        return Ok(());
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let read = input.take(LARGEST_BINARY + 1).read_to_end(&mut bytes)?;
    if u64::try_from(read).map_or(true, |read| read > LARGEST_BINARY) {
        too_large(taking);
        return Ok(());
    }
    let _ = taking.take_all(binary::read(bytes, passwords));
    Ok(())
}
