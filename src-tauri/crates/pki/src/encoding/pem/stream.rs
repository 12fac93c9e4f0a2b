//! A list out of a file that is DER or PEM, decoded as it is read: never more than two pieces of it are in memory.

use std::io::{self, Read};

use base64::Engine as _;
use thiserror::Error;

use super::{LENIENT, boundary};

/// Octets read at once.
const PIECE: usize = 1 << 16;
/// The longest line that can be a boundary: longer ones are text around the block.
const LONGEST_BOUNDARY: usize = 256;
/// The label of a list (RFC 7468 6).
const LABEL: &str = "X509 CRL";

/// Why there is no list in a file that is no DER.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PemStreamError {
    /// There is neither DER nor a block of this kind.
    #[error("neither DER nor a block of PEM with a list")]
    NoBlock,
    /// The block has no end.
    #[error("no END line")]
    NoEnd,
    /// The `END` line is of another block.
    #[error("ends as {found}")]
    WrongEnd {
        /// What stands after `END`.
        found: String,
    },
    /// The text is not base64.
    #[error("not base64 at line {line}")]
    NotBase64 {
        /// The line within the block, about: whole pieces are decoded.
        line: u64,
    },
}

impl From<PemStreamError> for io::Error {
    fn from(error: PemStreamError) -> Self {
        let kind = if error == PemStreamError::NoEnd { io::ErrorKind::UnexpectedEof } else { io::ErrorKind::InvalidData };
        Self::new(kind, error)
    }
}

enum Place {
    /// Nothing was read yet.
    Start,
    /// The file is DER.
    Der,
    /// In the block.
    Block,
    /// Behind it.
    Behind,
}

/// Hands over the DER of the first list of a file.
pub(crate) struct DerOctets<R> {
    input: R,
    place: Place,
    piece: Vec<u8>,
    at: usize,
    end: usize,
    /// Characters that wait for the rest of their group of four.
    characters: Vec<u8>,
    padded: bool,
    line: u64,
    decoded: Vec<u8>,
    given: usize,
}

impl<R: Read> DerOctets<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            place: Place::Start,
            piece: vec![0; PIECE],
            at: 0,
            end: 0,
            characters: Vec::with_capacity(PIECE),
            padded: false,
            line: 0,
            decoded: Vec::with_capacity(PIECE),
            given: 0,
        }
    }

    /// Reads the next piece where this one is used up. False at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.at < self.end {
            return Ok(true);
        }
        self.at = 0;
        self.end = loop {
            match self.input.read(&mut self.piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        Ok(self.end > 0)
    }

    fn rest(&self) -> &[u8] {
        self.piece.get(self.at..self.end).unwrap_or_default()
    }

    /// The next line without its end, its first octets if it is long; `None` at the end.
    fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        if !self.fill()? {
            return Ok(None);
        }
        let mut line = Vec::new();
        while self.fill()? {
            let rest = self.rest();
            let length = rest.iter().position(|octet| matches!(octet, b'\n' | b'\r'));
            let taken = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
            let room = LONGEST_BOUNDARY.saturating_sub(line.len());
            line.extend_from_slice(taken.get(..taken.len().min(room)).unwrap_or_default());
            self.at += taken.len() + usize::from(length.is_some());
            if length.is_some() {
                break;
            }
        }
        Ok(Some(line))
    }

    fn find_block(&mut self) -> io::Result<()> {
        while let Some(line) = self.next_line()? {
            if boundary(line.trim_ascii(), "BEGIN ").as_deref() == Some(LABEL) {
                self.place = Place::Block;
                return Ok(());
            }
        }
        Err(PemStreamError::NoBlock.into())
    }

    /// Decodes what the next piece holds.
    fn decode_piece(&mut self) -> io::Result<()> {
        if !self.fill()? {
            return Err(PemStreamError::NoEnd.into());
        }
        let rest = self.piece.get(self.at..self.end).unwrap_or_default();
        let stop = rest.iter().position(|octet| *octet == b'-');
        let text = rest.get(..stop.unwrap_or(rest.len())).unwrap_or_default();
        for line in text.split_inclusive(|octet| *octet == b'\n') {
            self.line += u64::from(line.ends_with(b"\n"));
            let line = line.trim_ascii();
            if line.iter().any(u8::is_ascii_whitespace) {
                self.characters.extend(line.iter().filter(|octet| !octet.is_ascii_whitespace()));
            } else {
                self.characters.extend_from_slice(line);
            }
        }
        self.at += text.len();
        let whole = if stop.is_some() { self.characters.len() } else { self.characters.len() / 4 * 4 };
        self.decode(whole)?;
        if stop.is_some() {
            let line = self.next_line()?.unwrap_or_default();
            match boundary(line.trim_ascii(), "END ") {
                Some(found) if found == LABEL => self.place = Place::Behind,
                Some(found) => return Err(PemStreamError::WrongEnd { found }.into()),
                None => return Err(PemStreamError::NotBase64 { line: self.line }.into()),
            }
        }
        Ok(())
    }

    fn decode(&mut self, characters: usize) -> io::Result<()> {
        let fault = PemStreamError::NotBase64 { line: self.line };
        let text = self.characters.get(..characters).unwrap_or_default();
        // After padding nothing more can come.
        if self.padded && !text.is_empty() {
            return Err(fault.into());
        }
        self.padded |= text.ends_with(b"=");
        self.decoded.clear();
        self.given = 0;
        LENIENT.decode_vec(text, &mut self.decoded).map_err(|_| fault)?;
        self.characters.drain(..characters);
        Ok(())
    }
}

impl<R: Read> Read for DerOctets<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Place::Start = self.place {
            self.fill()?;
            // An element of DER begins with its tag; no text does with this one, but for a lonely `0`.
            self.place = if self.rest().first() == Some(&0x30) { Place::Der } else { Place::Block };
            if let Place::Block = self.place {
                self.find_block()?;
            }
        }
        if let Place::Der = self.place {
            if self.at == self.end {
                return self.input.read(out);
            }
            let given = self.rest().len().min(out.len());
            if let (Some(to), Some(from)) = (out.get_mut(..given), self.piece.get(self.at..self.at + given)) {
                to.copy_from_slice(from);
            }
            self.at += given;
            return Ok(given);
        }
        while self.given == self.decoded.len() {
            if let Place::Behind = self.place {
                return Ok(0);
            }
            self.decode_piece()?;
        }
        let waiting = self.decoded.get(self.given..).unwrap_or_default();
        let given = waiting.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..given), waiting.get(..given)) {
            to.copy_from_slice(from);
        }
        self.given += given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::encoding::pem;

    /// Hands over a few octets at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let given = self.0.len().min(self.1).min(out.len());
            let (now, later) = self.0.split_at(given);
            out.get_mut(..given).unwrap().copy_from_slice(now);
            self.0 = later;
            Ok(given)
        }
    }

    fn read(text: &[u8], drops: usize) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        DerOctets::new(Drops(text, drops)).read_to_end(&mut out).map(|_| out)
    }

    #[test]
    fn what_is_written_is_read_however_it_is_cut() {
        for length in [3_usize, 4, 5, 47, 48, 49, 1000, 70_000, 200_001] {
            let der: Vec<u8> = (0..length).map(|index| if index == 0 { 0x30 } else { u8::try_from(index % 251).unwrap() }).collect();
            let text = pem::encode(LABEL, &der);
            let one_line = format!(
                "-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----",
                text.lines().filter(|line| !line.starts_with('-')).collect::<String>()
            );
            for drops in [1, 7, 64, 65, 4096, usize::MAX] {
                assert_eq!(read(&der, drops).unwrap(), der, "DER of {length} by {drops}");
                assert_eq!(read(text.as_bytes(), drops).unwrap(), der, "PEM of {length} by {drops}");
                assert_eq!(read(text.replace('\n', "\r\n").as_bytes(), drops).unwrap(), der);
                assert_eq!(read(one_line.as_bytes(), drops).unwrap(), der, "one line of {length} by {drops}");
            }
        }
    }

    #[test]
    fn text_and_other_blocks_around_are_passed_over() {
        let long = "x".repeat(100_000);
        let text = format!(
            "Certificate Revocation List (CRL):\n{long}\n-----BEGIN A-----\nAQI=\n-----END A-----\n{}behind",
            pem::encode(LABEL, &[0x30, 0])
        );
        assert_eq!(read(text.as_bytes(), 100).unwrap(), [0x30, 0]);
    }

    #[test]
    fn what_is_broken_is_named() {
        let fault = |text: &str| {
            let error = read(text.as_bytes(), 5).unwrap_err();
            error.get_ref().and_then(|inner| inner.downcast_ref::<PemStreamError>()).cloned()
        };
        assert_eq!(fault(""), Some(PemStreamError::NoBlock));
        assert_eq!(fault("-----BEGIN A-----\nAQI=\n-----END A-----\n"), Some(PemStreamError::NoBlock));
        assert_eq!(fault("-----BEGIN X509 CRL-----\nMAA=\n"), Some(PemStreamError::NoEnd));
        assert_eq!(fault("-----BEGIN X509 CRL-----\nMAA=\n-----END A-----\n"), Some(PemStreamError::WrongEnd { found: "A".to_owned() }));
        assert_eq!(fault("-----BEGIN X509 CRL-----\nM*A=\n-----END X509 CRL-----\n"), Some(PemStreamError::NotBase64 { line: 1 }));
        assert_eq!(fault("-----BEGIN X509 CRL-----\nMAA=\nMAA=\n-----END X509 CRL-----\n"), Some(PemStreamError::NotBase64 { line: 2 }));
        // Neither do empty lines make more of it, however it is cut.
        let gap = format!("-----BEGIN X509 CRL-----\nMAA=\n{}MAA=\n-----END X509 CRL-----\n", "\n".repeat(20));
        assert_eq!(fault(&gap), Some(PemStreamError::NotBase64 { line: 22 }));
        assert_eq!(fault("-----BEGIN X509 CRL-----\nMAA=\n--\n"), Some(PemStreamError::NotBase64 { line: 1 }));
    }
}
