//! LDIF (RFC 2849) as directories of certificates are handed on: read line by line, one value after another, so that a file of any size passes.
//!
//! What cannot be read of an entry is handed out with the reason and the octets as they came, and the next entry is read as if nothing had been.

use std::io::{self, BufRead};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Octets of a value as it is written, at most: a list of revocations of 48 MiB.
pub const LONGEST_VALUE: usize = 1 << 26;
/// Octets that are kept of what is longer.
const KEPT_OF_LONGER: usize = 1 << 12;

/// What certificates, lists and master lists stand in (RFC 4523 2, ICAO 9303-12 and the directories that follow it), in small letters.
const WANTED: [(&str, LdifKind); 6] = [
    ("usercertificate", LdifKind::Certificate),
    ("cacertificate", LdifKind::Certificate),
    ("certificaterevocationlist", LdifKind::Crl),
    ("authorityrevocationlist", LdifKind::Crl),
    ("cscamasterlistdata", LdifKind::MasterList),
    ("pkdmasterlistcontent", LdifKind::MasterList),
];

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LdifKind {
    /// A certificate.
    Certificate,
    /// A list of revocations.
    Crl,
    /// A signed master list.
    MasterList,
}

/// Why a value cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LdifFault {
    /// The value is said to be base64 and is none.
    #[error("the value is not base64")]
    NotBase64,
    /// The value stands somewhere else (`:<`): nothing is fetched for it.
    #[error("the value stands elsewhere, and is not fetched")]
    Elsewhere,
    /// The value is longer than any that is read.
    #[error("the value is longer than {LONGEST_VALUE} octets")]
    TooLong,
    /// A line has no colon.
    #[error("the line has no colon")]
    NoColon,
    /// The entry is a change of another kind than an addition.
    #[error("the entry does not add anything but changes or removes")]
    Change,
    /// The entry has no name in front.
    #[error("the entry begins without a name")]
    NoName,
}

impl LdifFault {
    /// The fault's code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotBase64 => "not-base64",
            Self::Elsewhere => "elsewhere",
            Self::TooLong => "too-long",
            Self::NoColon => "no-colon",
            Self::Change => "change-record",
            Self::NoName => "no-name",
        }
    }
}

/// A value of an entry, or why it cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LdifValue {
    /// The entry's name, as it is written.
    pub entry: String,
    /// The attribute, as it is written; empty where there is none.
    pub attribute: String,
    /// The line on which it begins, 1 for the first.
    pub line: u64,
    /// What it is, and its octets; or why it cannot be had, and what stands there, its first 4 KiB.
    pub value: Result<(LdifKind, Vec<u8>), (LdifFault, Vec<u8>)>,
}

/// Reads an LDIF value by value; those that are no certificates and no lists are passed over.
pub struct LdifReader<R> {
    input: R,
    /// The line that was read ahead, unfolded so far as it goes.
    ahead: Option<Line>,
    number: u64,
    entry: Option<String>,
    /// The rest of this entry is passed over.
    skipping: bool,
    octets: u64,
}

/// A logical line: what was folded is put together (RFC 2849 note 2).
struct Line {
    text: Vec<u8>,
    number: u64,
    too_long: bool,
}

impl<R: BufRead> LdifReader<R> {
    /// Begins to read.
    pub fn new(input: R) -> Self {
        Self { input, ahead: None, number: 0, entry: None, skipping: false, octets: 0 }
    }

    /// Octets that were read.
    pub fn position(&self) -> u64 {
        self.octets
    }

    /// The next value that is a certificate or a list, or that cannot be had; `None` at the end.
    ///
    /// # Errors
    /// Only those of the input.
    pub fn next_value(&mut self) -> io::Result<Option<LdifValue>> {
        while let Some(line) = self.logical_line()? {
            if line.text.is_empty() {
                (self.entry, self.skipping) = (None, false);
                continue;
            }
            if line.text.first() == Some(&b'#') {
                continue;
            }
            if let Some(found) = self.meaning(line) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn meaning(&mut self, line: Line) -> Option<LdifValue> {
        if self.skipping {
            return None;
        }
        let Some(colon) = line.text.iter().position(|octet| *octet == b':') else {
            return Some(self.fault(&line, String::new(), LdifFault::NoColon));
        };
        let attribute = String::from_utf8_lossy(line.text.get(..colon).unwrap_or_default()).into_owned();
        let rest = line.text.get(colon + 1..).unwrap_or_default();
        let plain = attribute.split(';').next().unwrap_or_default().to_ascii_lowercase();
        match plain.as_str() {
            "version" if self.entry.is_none() => return None,
            "dn" => {
                self.entry = Some(name(rest));
                return None;
            }
            "changetype" if text(rest).eq_ignore_ascii_case("add") => return None,
            "changetype" => {
                self.skipping = true;
                return Some(self.fault(&line, attribute, LdifFault::Change));
            }
            _ => {}
        }
        let (_, kind) = *WANTED.iter().find(|(wanted, _)| *wanted == plain)?;
        if self.entry.is_none() {
            self.skipping = true;
            return Some(self.fault(&line, attribute, LdifFault::NoName));
        }
        if line.too_long {
            return Some(self.fault(&line, attribute, LdifFault::TooLong));
        }
        let value = match rest {
            [b':', encoded @ ..] => match STANDARD.decode(encoded.trim_ascii()) {
                Ok(octets) => octets,
                Err(_) => return Some(self.fault(&line, attribute, LdifFault::NotBase64)),
            },
            [b'<', ..] => return Some(self.fault(&line, attribute, LdifFault::Elsewhere)),
            plain => plain.trim_ascii_start().to_vec(),
        };
        // A directory that has nothing says so with an empty value.
        if value.is_empty() {
            return None;
        }
        Some(LdifValue { entry: self.entry.clone().unwrap_or_default(), attribute, line: line.number, value: Ok((kind, value)) })
    }

    fn fault(&self, line: &Line, attribute: String, fault: LdifFault) -> LdifValue {
        let start = line.text.get(..line.text.len().min(KEPT_OF_LONGER)).unwrap_or_default().to_vec();
        LdifValue { entry: self.entry.clone().unwrap_or_default(), attribute, line: line.number, value: Err((fault, start)) }
    }

    /// The next logical line without its end; a separator is an empty one.
    fn logical_line(&mut self) -> io::Result<Option<Line>> {
        let mut line = match self.ahead.take() {
            Some(line) => line,
            None => match self.physical_line(Vec::new())? {
                Some(line) => line,
                None => return Ok(None),
            },
        };
        // An empty line ends an entry, whatever follows.
        while !line.text.is_empty() {
            if self.folded()? {
                let (number, was_too_long) = (line.number, line.too_long);
                let Some(longer) = self.physical_line(std::mem::take(&mut line.text))? else { break };
                line = Line { number, too_long: was_too_long || longer.too_long, text: longer.text };
            } else {
                break;
            }
        }
        Ok(Some(line))
    }

    /// Whether the next line goes on with this one; the blank that says so is passed over.
    fn folded(&mut self) -> io::Result<bool> {
        let next = loop {
            match self.input.fill_buf() {
                Ok(buffer) => break buffer.first().copied(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        if next == Some(b' ') {
            self.input.consume(1);
            self.octets += 1;
            return Ok(true);
        }
        Ok(false)
    }

    /// Puts the next line of the file behind `text`, as far as there is room.
    fn physical_line(&mut self, mut text: Vec<u8>) -> io::Result<Option<Line>> {
        let mut too_long = false;
        let mut any = false;
        loop {
            let (used, ended) = match self.input.fill_buf() {
                Ok([]) => break,
                Ok(buffer) => {
                    let end = buffer.iter().position(|octet| *octet == b'\n');
                    let taken = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
                    let room = LONGEST_VALUE.saturating_sub(text.len());
                    too_long |= taken.len() > room;
                    text.extend_from_slice(taken.get(..taken.len().min(room)).unwrap_or_default());
                    (taken.len() + usize::from(end.is_some()), end.is_some())
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            any = true;
            self.input.consume(used);
            self.octets = self.octets.saturating_add(u64::try_from(used).unwrap_or(u64::MAX));
            if ended {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        if text.last() == Some(&b'\r') {
            text.pop();
        }
        self.number += 1;
        Ok(Some(Line { text, number: self.number, too_long }))
    }
}

/// The value of `dn: …` or `dn:: …`, as text.
fn name(rest: &[u8]) -> String {
    match rest {
        [b':', encoded @ ..] => match STANDARD.decode(encoded.trim_ascii()) {
            Ok(octets) => String::from_utf8_lossy(&octets).into_owned(),
            Err(_) => text(encoded),
        },
        plain => text(plain),
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets.trim_ascii()).into_owned()
}

#[cfg(test)]
mod tests;
