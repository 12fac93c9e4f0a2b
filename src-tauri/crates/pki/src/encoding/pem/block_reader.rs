//! Blocks out of a file of any length, one after another: never more than one of them is in memory.

use std::io::{self, BufRead};

use base64::Engine as _;
use zeroize::Zeroizing;

use super::{Block, LENIENT, PemError, boundary, header};

/// The longest block that is read, in octets of text: room for a list of 64 MiB, which is longer than any that is in use.
pub const LONGEST_BLOCK: usize = 90 << 20;
/// A longer line is taken in pieces; no boundary is as long.
const LONGEST_LINE: usize = 64 << 10;

/// Finds the blocks of a text as it passes.
pub struct BlockReader<R> {
    input: R,
    /// The line that was read last, or the piece of one.
    line: Zeroizing<Vec<u8>>,
    /// Whether it goes on what was read before.
    continues: bool,
    open: Option<Open>,
    /// Octets of text that a block may have.
    longest: usize,
}

/// A block whose end was not seen yet.
struct Open {
    label: String,
    headers: Vec<(String, String)>,
    /// The base64, without spaces and ends of lines.
    text: Zeroizing<Vec<u8>>,
    /// Octets taken so far, those of headers as well.
    taken: usize,
}

impl<R: BufRead> BlockReader<R> {
    /// Reads from here on.
    pub fn new(input: R) -> Self {
        Self { input, line: Zeroizing::new(Vec::new()), continues: false, open: None, longest: LONGEST_BLOCK }
    }

    /// The next block; `None` at the end. One that is broken does not hide the next.
    ///
    /// # Errors
    /// What reading the octets says.
    pub fn next_block(&mut self) -> io::Result<Option<Block>> {
        loop {
            let continues = self.continues;
            if !self.next_line()? {
                return Ok(self.open.take().map(|open| open.ended(None, self.longest)));
            }
            let line = self.line.trim_ascii();
            let whole = !continues && !self.continues;
            if whole && let Some(label) = boundary(line, "BEGIN ") {
                let before = self.open.replace(Open::new(label));
                if let Some(before) = before {
                    return Ok(Some(before.ended(None, self.longest)));
                }
                continue;
            }
            let Some(open) = &mut self.open else { continue };
            if whole && let Some(found) = boundary(line, "END ") {
                return Ok(self.open.take().map(|open| open.ended(Some(found), self.longest)));
            }
            open.take(line, whole, self.longest);
        }
    }

    /// Reads the next line, or as much of it as a line may have; false at the end of the file.
    fn next_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        let mut found = false;
        loop {
            let piece = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                piece => piece?,
            };
            if piece.is_empty() {
                self.continues = false;
                return Ok(found);
            }
            found = true;
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            let piece = piece.get(..piece.len().min(room)).unwrap_or_default();
            let end = piece.iter().position(|octet| matches!(octet, b'\n' | b'\r'));
            self.line.extend_from_slice(piece.get(..end.unwrap_or(piece.len())).unwrap_or_default());
            let taken = end.map_or(piece.len(), |end| end + 1);
            self.input.consume(taken);
            if end.is_some() || self.line.len() == LONGEST_LINE {
                self.continues = end.is_none();
                return Ok(true);
            }
        }
    }
}

impl Open {
    fn new(label: String) -> Self {
        Self { label, headers: Vec::new(), text: Zeroizing::new(Vec::with_capacity(2048)), taken: 0 }
    }

    fn take(&mut self, line: &[u8], whole: bool, longest: usize) {
        self.taken = self.taken.saturating_add(line.len());
        if self.taken > longest {
            // What is refused is not kept either.
            self.text = Zeroizing::default();
            self.headers = Vec::new();
        } else if whole && let Some(header) = header(line) {
            self.headers.push(header);
        } else if line.iter().any(u8::is_ascii_whitespace) {
            self.text.extend(line.iter().filter(|octet| !octet.is_ascii_whitespace()));
        } else {
            self.text.extend_from_slice(line);
        }
    }

    fn ended(self, end: Option<String>, longest: usize) -> Block {
        let body = match end {
            _ if self.taken > longest => Err(PemError::TooLong { limit: longest }),
            None => Err(PemError::NoEnd),
            Some(found) if found != self.label => Err(PemError::WrongEnd { found }),
            Some(_) => LENIENT.decode(self.text.as_slice()).map(Zeroizing::new).map_err(|error| PemError::NotBase64(error.to_string())),
        };
        Block { label: self.label, headers: self.headers, body }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]
    use std::io::{BufReader, Read};

    use super::*;
    use crate::encoding::pem;

    /// A text without end, of one piece again and again.
    struct Endless {
        start: Vec<u8>,
        again: &'static [u8],
        left: usize,
    }

    impl Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.start.is_empty() {
                self.start.extend_from_slice(self.again);
            }
            let given = self.start.len().min(out.len()).min(self.left);
            out[..given].copy_from_slice(&self.start[..given]);
            self.start.drain(..given);
            self.left -= given;
            Ok(given)
        }
    }

    #[test]
    fn blocks_are_the_same_however_they_are_cut() {
        let text = format!(
            "text\r{}junk\r\n{}\n-----BEGIN C-----\nProc-Type: 4,ENCRYPTED\n\nAQ I=\n-----END C-----",
            pem::encode("A", &[7; 500]).replace('\n', "\r"),
            pem::encode("B", &[8; 90_000]).replace('\n', "\r\n"),
        );
        let one_line = format!("-----BEGIN D-----\n{}\n-----END D-----\n", "QUJD".repeat(100_000));
        let text = text + "\n" + &one_line;
        for size in [1, 7, 64, 65, 4096, 1 << 16] {
            let mut reader = BlockReader::new(BufReader::with_capacity(size, text.as_bytes()));
            let found: Vec<_> = std::iter::from_fn(|| reader.next_block().unwrap()).collect();
            let bodies: Vec<_> = found.iter().map(|block| block.body.as_ref().unwrap().len()).collect();
            assert_eq!(bodies, [500, 90_000, 2, 300_000], "{size}");
            assert_eq!(found[2].headers, [("Proc-Type".to_owned(), "4,ENCRYPTED".to_owned())]);
        }
    }

    #[test]
    fn a_block_without_end_is_refused_and_the_next_is_read() {
        let mut start = b"-----BEGIN A-----\n".to_vec();
        start.extend(b"A".repeat(200));
        let endless = Endless { start, again: b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", left: 5 << 20 };
        let after = b"\n-----END A-----\n-----BEGIN B-----\nAQ==\n-----END B-----\n".as_slice();
        let longest = 1 << 20;
        let mut reader = BlockReader { longest, ..BlockReader::new(BufReader::new(endless.chain(after))) };
        let (first, second) = (reader.next_block().unwrap().unwrap(), reader.next_block().unwrap().unwrap());
        assert_eq!(first.body.unwrap_err(), PemError::TooLong { limit: longest });
        assert_eq!((second.label.as_str(), second.body.unwrap().as_slice()), ("B", [1].as_slice()));
        assert!(reader.next_block().unwrap().is_none());
    }

    #[test]
    fn a_line_without_end_is_no_boundary() {
        let text = format!("{}-----BEGIN A-----\n{}", "x".repeat(LONGEST_LINE - 5), pem::encode("B", &[1]));
        let found = pem::blocks(text.as_bytes());
        assert_eq!(found.iter().map(|block| block.label.as_str()).collect::<Vec<_>>(), ["B"]);
    }
}
