//! Reads files and folders and recognises what is in them.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pki::encoding::{Object, ObjectError, Password, recognise};

use super::{ImportError, ImportWish, Source, SourceKind};
use crate::in_use::open_to_read;
use crate::watch::Watch;

/// A file larger than this is refused, in bytes: no certificate, key or CRL bundle of a small team comes near.
pub const LARGEST_FILE: u64 = 64 * 1024 * 1024;
/// More files than this are not taken at once.
pub const MOST_FILES: usize = 100_000;
/// What pasted text is called in reports.
const PASTED: &str = "pasted text";
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
    pub(crate) path: Arc<str>,
    /// The place of its source in [`Input::sources`].
    pub(crate) source: usize,
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
    pub(crate) sources: Vec<Source>,
    pub(crate) objects: Vec<Gathered>,
    pub(crate) skipped: Vec<String>,
}

/// Reads everything that the wish names.
pub(crate) fn gather(wish: &ImportWish, watch: &dyn Watch) -> Result<Input, ImportError> {
    let mut files = Vec::new();
    let mut input = Input::default();
    for path in &wish.paths {
        let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        let source = input.sources.len();
        let name = path.to_string_lossy().into_owned();
        if metadata.is_dir() {
            input.sources.push(Source { kind: SourceKind::Folder, path: name });
            walk(path, 0, source, &mut files)?;
        } else {
            input.sources.push(Source { kind: SourceKind::File, path: name });
            files.push((path.clone(), source, Given::ByName));
        }
        if files.len() > MOST_FILES {
            return Err(ImportError::TooManyFiles { most: MOST_FILES });
        }
    }
    let mut seen = HashSet::new();
    let total = u64::try_from(files.len()).unwrap_or(0);
    for (done, (path, source, given)) in (0..).zip(files) {
        watch.progress(done, total);
        if watch.cancelled() {
            return Err(ImportError::Cancelled);
        }
        if seen.insert(path.clone()) {
            let at = At { path: path.to_string_lossy().into(), source, given };
            read_file(&path, &at, &wish.passwords, &mut input)?;
        }
    }
    if let Some(text) = &wish.text {
        let at = At { path: PASTED.into(), source: input.sources.len(), given: Given::ByName };
        input.sources.push(Source { kind: SourceKind::Text, path: PASTED.to_owned() });
        sort_in(&at, text.as_bytes(), &wish.passwords, &mut input);
    }
    Ok(input)
}

fn unreadable(path: &Path, source: io::Error) -> ImportError {
    match source.kind() {
        io::ErrorKind::NotFound => ImportError::NotFound { path: path.to_owned() },
        _ => ImportError::Unreadable { path: path.to_owned(), source },
    }
}

/// Where something that is being read lies.
struct At {
    path: Arc<str>,
    source: usize,
    given: Given,
}

impl At {
    fn holds(&self, label: String, object: Result<Object, Unreadable>) -> Gathered {
        Gathered { path: Arc::clone(&self.path), source: self.source, label, given: self.given, object }
    }
}

/// Regular files below a folder in the order of their names. Symbolic links are not followed: they may lead anywhere, or round in circles.
fn walk(folder: &Path, depth: usize, source: usize, files: &mut Vec<(PathBuf, usize, Given)>) -> Result<(), ImportError> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(|error| unreadable(folder, error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), error))?;
        if kind.is_dir() && depth < DEEPEST {
            walk(&entry.path(), depth + 1, source, files)?;
        } else if kind.is_file() {
            files.push((entry.path(), source, Given::InFolder));
        }
        if files.len() > MOST_FILES {
            return Err(ImportError::TooManyFiles { most: MOST_FILES });
        }
    }
    Ok(())
}

fn read_file(path: &Path, at: &At, passwords: &[Password], input: &mut Input) -> Result<(), ImportError> {
    let file = match (open_to_read(path), at.given) {
        // A folder may be the one that the registry lies in.
        (Err(error), Given::InFolder) if error.kind() == io::ErrorKind::ResourceBusy => {
            input.skipped.push(at.path.to_string());
            return Ok(());
        }
        (opened, _) => opened.map_err(|source| unreadable(path, source))?,
    };
    let size = file.metadata().map_err(|source| unreadable(path, source))?.len();
    if size > LARGEST_FILE {
        input.objects.push(at.holds(String::new(), Err(Unreadable::TooLarge)));
        return Ok(());
    }
    // The file may grow while it is read.
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    file.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(|source| unreadable(path, source))?;
    if bytes.is_empty() {
        match at.given {
            Given::ByName => input.objects.push(at.holds(String::new(), Err(Unreadable::Empty))),
            Given::InFolder => input.skipped.push(at.path.to_string()),
        }
        return Ok(());
    }
    sort_in(at, &bytes, passwords, input);
    Ok(())
}

fn sort_in(at: &At, bytes: &[u8], passwords: &[Password], input: &mut Input) {
    let recognised = recognise(bytes, passwords);
    if !recognised.known {
        match at.given {
            Given::ByName => input.objects.push(at.holds(String::new(), Err(Unreadable::Nothing))),
            Given::InFolder => input.skipped.push(at.path.to_string()),
        }
        return;
    }
    for found in recognised.found {
        input.objects.push(at.holds(found.label, found.object.map_err(Unreadable::Object)));
    }
}
