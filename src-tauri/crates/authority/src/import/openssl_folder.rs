//! The folder of a CA that `openssl ca` or easy-rsa keeps: recognised by its index, whatever the folder and its configuration are called.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pki::foreign::openssl_index::{IndexLine, IndexLines, LONGEST_LINE};
use pki::foreign::openssl_number::read_crl_number;

use super::elsewhere::{Floor, RevokedElsewhere, Statement, Whose};
use super::gather::{At, Input};
use super::{Refusal, SourceKind};
use crate::in_use::open_to_read;

/// Names that an index has where nobody has given it another one.
const INDEX: &str = "index.txt";
/// Endings of what is no register, or an older one.
const NOT_THE_REGISTER: [&str; 5] = [".old", ".attr", ".bak", "~", ".new"];
/// The file with the next CRL number.
const CRL_NUMBER: &str = "crlnumber";
/// The file with the next serial number.
const SERIAL: &str = "serial";
/// A file of one number is no longer than this, in octets.
const LONGEST_NUMBER: u64 = 4_096;

/// A CA's folder.
pub(super) struct CaFolder {
    pub(super) kind: SourceKind,
    index: PathBuf,
    crl_number: Option<PathBuf>,
    serial: Option<PathBuf>,
}

impl CaFolder {
    /// Whether a folder with these entries is one; `index.txt` before any other name.
    pub(super) fn among(folder: &Path, entries: &[fs::DirEntry]) -> Option<Self> {
        let named = |name: &str| entries.iter().any(|entry| entry.file_name() == name).then(|| folder.join(name));
        let (serial, crl_number) = (named(SERIAL), named(CRL_NUMBER));
        let fits = |path: &Path| match is_index(path) {
            Some(true) => true,
            // One that has issued nothing yet has an empty index.
            Some(false) => serial.is_some() && path.file_name().is_some_and(|name| name == INDEX),
            None => false,
        };
        let mut candidates: Vec<_> = entries.iter().filter(|entry| may_be_index(entry)).map(fs::DirEntry::path).collect();
        candidates.sort_by_key(|path| path.file_name().is_none_or(|name| name != INDEX));
        let index = candidates.into_iter().find(|path| fits(path))?;
        let easy_rsa = ["issued", "certs_by_serial", "reqs"].into_iter().filter(|name| named(name).is_some()).count() >= 2;
        let kind = if easy_rsa { SourceKind::EasyRsa } else { SourceKind::OpensslCa };
        Some(Self { kind, index, crl_number, serial })
    }

    /// Whether a file of the folder is one of these: it holds no objects.
    pub(super) fn is_register(&self, path: &Path) -> bool {
        path == self.index || self.crl_number.as_deref() == Some(path) || self.serial.as_deref() == Some(path)
    }

    /// Hands over what index and numbers say.
    pub(super) fn read(&self, source: usize, input: &mut Input) -> io::Result<()> {
        read_index(&self.index, source, input)?;
        let Some(path) = &self.crl_number else { return Ok(()) };
        let mut text = String::new();
        if open_to_read(path)?.take(LONGEST_NUMBER).read_to_string(&mut text).is_err() {
            text.clear();
        }
        match read_crl_number(&text) {
            // The file holds the number that comes next.
            Ok(next) => {
                if let Some(number) = next.before() {
                    input.elsewhere.floors.push(Floor { whose: Whose::Source(source), number });
                }
            }
            Err(error) => {
                let refusal = Refusal { code: "number-unreadable", fields: vec![("cause", error.to_string())] };
                input.elsewhere.broken.push((path.to_string_lossy().into(), source, CRL_NUMBER.to_owned(), refusal));
            }
        }
        Ok(())
    }
}

/// Hands over what the lines of an index say.
pub(super) fn read_index(path: &Path, source: usize, input: &mut Input) -> io::Result<()> {
    let name: Arc<str> = path.to_string_lossy().into();
    let at = At { path: Arc::clone(&name), source, given: super::Given::ByName };
    for line in IndexLines::new(BufReader::new(open_to_read(path)?)) {
        let (number, line) = line?;
        match line {
            Ok(line) => input.elsewhere.statements.push(statement(line, &at)),
            Err(error) => {
                let refusal = Refusal { code: "index-line", fields: vec![("line", number.to_string()), ("cause", error.to_string())] };
                input.elsewhere.broken.push((Arc::clone(&name), source, format!("line {number}"), refusal));
            }
        }
    }
    Ok(())
}

fn statement(line: IndexLine, at: &At) -> Statement {
    let name = line.readable_subject();
    let revoked = line.revocation.map(|revocation| RevokedElsewhere {
        at: revocation.revoked_at,
        reason: revocation.reason.reason(),
        invalidity_date: revocation.reason.invalidity_date(),
        hold_instruction: revocation.reason.hold_instruction().map(str::to_owned),
    });
    let (path, source) = (Arc::clone(&at.path), at.source);
    Statement { path, source, whose: Whose::Source(source), serial: line.serial, name, revoked }
}

/// Whether a file may be an index at all: thousands of certificates are not opened twice.
fn may_be_index(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy().to_lowercase();
    entry.file_type().is_ok_and(|kind| kind.is_file())
        && (name.contains("index") || name.ends_with(".txt") || name.starts_with("database") || name.ends_with(".db"))
        && !NOT_THE_REGISTER.iter().any(|end| name.ends_with(end))
}

/// Whether a file's first line is one of an index; `Some(false)` for an empty file.
pub(super) fn is_index(path: &Path) -> Option<bool> {
    let mut line = Vec::new();
    let most = u64::try_from(LONGEST_LINE).ok()?;
    let mut file: BufReader<io::Take<File>> = BufReader::new(open_to_read(path).ok()?.take(most));
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line).ok()? == 0 {
            return Some(false);
        }
        match IndexLine::read(&line) {
            // A comment.
            Ok(None) => {}
            Ok(Some(_)) => return Some(true),
            Err(_) => return None,
        }
    }
}
