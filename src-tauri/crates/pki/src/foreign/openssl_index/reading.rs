//! The lines of an index, one after another.

use std::io::{self, BufRead, Read as _};

use super::{IndexError, IndexLine, IndexRevocation, IndexStatus, time};
use crate::serial::SerialNumber;

/// Octets of the longest line that is read: a name of RFC 5280 is far shorter, every octet of it escaped.
pub const LONGEST_LINE: usize = 64 << 10;

/// Reads an index as it passes: each line with its number, from 1. Empty lines and comments are passed over.
#[derive(Debug)]
pub struct IndexLines<R> {
    input: R,
    number: u64,
    line: Vec<u8>,
}

impl<R: BufRead> IndexLines<R> {
    /// Reads from here on.
    pub fn new(input: R) -> Self {
        Self { input, number: 0, line: Vec::new() }
    }

    /// The next line into `self.line`, without what is beyond the limit; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.line.clear();
        // Takes are at most 64 KiB and one more.
        let most = u64::try_from(LONGEST_LINE + 1).unwrap_or(u64::MAX);
        if (&mut self.input).take(most).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.line.len() > LONGEST_LINE && self.line.last() != Some(&b'\n') {
            self.pass_over_rest()?;
        }
        Ok(true)
    }

    fn pass_over_rest(&mut self) -> io::Result<()> {
        loop {
            let piece = self.input.fill_buf()?;
            if piece.is_empty() {
                return Ok(());
            }
            let end = piece.iter().position(|octet| *octet == b'\n');
            let taken = end.map_or(piece.len(), |end| end + 1);
            self.input.consume(taken);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> Iterator for IndexLines<R> {
    type Item = io::Result<(u64, Result<IndexLine, IndexError>)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.fill() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
            if let Some(read) = line(&self.line).transpose() {
                return Some(Ok((self.number, read)));
            }
        }
    }
}

pub(super) fn line(line: &[u8]) -> Result<Option<IndexLine>, IndexError> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > LONGEST_LINE {
        return Err(IndexError::TooLong { limit: LONGEST_LINE });
    }
    if line.is_empty() || line.starts_with(b"#") {
        return Ok(None);
    }
    let fields = fields(line);
    let [status, expires, revoked, serial, file, subject] = fields.as_slice() else {
        return Err(IndexError::Fields { found: fields.len() });
    };
    let status = match status.as_str() {
        "V" => IndexStatus::Valid,
        "R" => IndexStatus::Revoked,
        "E" => IndexStatus::Expired,
        _ => return Err(IndexError::Status { found: status.clone() }),
    };
    let revocation = match (status, revoked.as_str()) {
        (IndexStatus::Revoked, "") => return Err(IndexError::NoRevocation),
        (IndexStatus::Revoked, text) => Some(IndexRevocation::read(text)?),
        (_, "") => None,
        (_, text) => return Err(IndexError::Contradiction { found: text.to_owned() }),
    };
    let expires = time(expires)?;
    let serial = SerialNumber::from_hex(serial).map_err(|cause| IndexError::Serial { found: serial.clone(), cause })?;
    Ok(Some(IndexLine { status, expires, revocation, serial, file: file.clone(), subject: subject.clone() }))
}

/// The fields between tabs; one with a backslash before it belongs to its field.
fn fields(line: &[u8]) -> Vec<String> {
    let mut fields = Vec::with_capacity(6);
    let mut field = Vec::new();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    for octet in line {
        match (octet, field.last()) {
            (b'\t', Some(b'\\')) => {
                field.pop();
                field.push(b'\t');
            }
            (b'\t', _) => {
                fields.push(text(&field));
                field.clear();
            }
            _ => field.push(*octet),
        }
    }
    fields.push(text(&field));
    fields
}
