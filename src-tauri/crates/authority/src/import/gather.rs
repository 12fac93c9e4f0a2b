//! Reads files and folders and recognises what is in them.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use pki::encoding::{Object, ObjectError, Password, recognise};

use super::{ImportError, ImportWish};
use crate::in_use::open_to_read;
use crate::watch::Watch;

/// A file larger than this is refused, in bytes: no certificate, key or CRL bundle of a small team comes near.
pub const LARGEST_FILE: u64 = 64 * 1024 * 1024;
/// More files than this are not taken at once.
pub const MOST_FILES: usize = 100_000;
/// How deep folders are followed.
const DEEPEST: usize = 24;

/// How a file came in: decides whether unknown content is an error or passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// Named by the user.
    ByName,
    /// Found in a folder that was named.
    InFolder,
}

/// One object as it was found.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) path: String,
    pub(crate) label: String,
    pub(crate) given: Given,
    pub(crate) object: Result<Object, Unreadable>,
}

/// Why something in a file could not be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Empty,
    TooLarge,
    Nothing,
    Object(ObjectError),
}

impl Unreadable {
    /// Whether it was recognised as a signing request, and is a bad one.
    pub(crate) fn is_of_a_request(&self) -> bool {
        matches!(self, Self::Object(ObjectError::BadSignature))
    }
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub(crate) objects: Vec<Gathered>,
    pub(crate) skipped: Vec<String>,
}

/// Reads everything that the wish names.
pub(crate) fn gather(wish: &ImportWish, watch: &dyn Watch) -> Result<Input, ImportError> {
    let mut files = Vec::new();
    for path in &wish.paths {
        let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        if metadata.is_dir() {
            walk(path, 0, &mut files)?;
        } else {
            files.push((path.clone(), Given::ByName));
        }
        if files.len() > MOST_FILES {
            return Err(ImportError::TooManyFiles { most: MOST_FILES });
        }
    }
    let mut seen = HashSet::new();
    let mut input = Input::default();
    let total = u64::try_from(files.len()).unwrap_or(0);
    for (done, (path, given)) in (0..).zip(files) {
        watch.progress(done, total);
        if watch.cancelled() {
            return Err(ImportError::Cancelled);
        }
        if seen.insert(path.clone()) {
            read_file(&path, given, &wish.passwords, &mut input)?;
        }
    }
    if let Some(text) = &wish.text {
        sort_in("pasted text", text.as_bytes(), Given::ByName, &wish.passwords, &mut input);
    }
    Ok(input)
}

fn unreadable(path: &Path, source: io::Error) -> ImportError {
    match source.kind() {
        io::ErrorKind::NotFound => ImportError::NotFound { path: path.to_owned() },
        _ => ImportError::Unreadable { path: path.to_owned(), source },
    }
}

/// Regular files below a folder in the order of their names. Symbolic links are not followed: they may lead anywhere, or round in circles.
fn walk(folder: &Path, depth: usize, files: &mut Vec<(PathBuf, Given)>) -> Result<(), ImportError> {
    let entries = fs::read_dir(folder).map_err(|source| unreadable(folder, source))?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(|source| unreadable(folder, source))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(|source| unreadable(&entry.path(), source))?;
        if kind.is_dir() && depth < DEEPEST {
            walk(&entry.path(), depth + 1, files)?;
        } else if kind.is_file() {
            files.push((entry.path(), Given::InFolder));
        }
        if files.len() > MOST_FILES {
            return Err(ImportError::TooManyFiles { most: MOST_FILES });
        }
    }
    Ok(())
}

fn read_file(path: &Path, given: Given, passwords: &[Password], input: &mut Input) -> Result<(), ImportError> {
    let name = path.to_string_lossy().into_owned();
    let file = match (open_to_read(path), given) {
        // A folder may be the one that the registry lies in.
        (Err(error), Given::InFolder) if error.kind() == io::ErrorKind::ResourceBusy => {
            input.skipped.push(name);
            return Ok(());
        }
        (opened, _) => opened.map_err(|source| unreadable(path, source))?,
    };
    let size = file.metadata().map_err(|source| unreadable(path, source))?.len();
    if size > LARGEST_FILE {
        input.objects.push(Gathered { path: name, label: String::new(), given, object: Err(Unreadable::TooLarge) });
        return Ok(());
    }
    // The file may grow while it is read.
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    file.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(|source| unreadable(path, source))?;
    if bytes.is_empty() {
        match given {
            Given::ByName => input.objects.push(Gathered { path: name, label: String::new(), given, object: Err(Unreadable::Empty) }),
            Given::InFolder => input.skipped.push(name),
        }
        return Ok(());
    }
    sort_in(&name, &bytes, given, passwords, input);
    Ok(())
}

fn sort_in(name: &str, bytes: &[u8], given: Given, passwords: &[Password], input: &mut Input) {
    let recognised = recognise(bytes, passwords);
    if !recognised.known {
        match given {
            Given::ByName => {
                input.objects.push(Gathered { path: name.to_owned(), label: String::new(), given, object: Err(Unreadable::Nothing) });
            }
            Given::InFolder => input.skipped.push(name.to_owned()),
        }
        return;
    }
    for found in recognised.found {
        input.objects.push(Gathered { path: name.to_owned(), label: found.label, given, object: found.object.map_err(Unreadable::Object) });
    }
}
