//! Reads files and folders and recognises what is in them.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pki::encoding::{Found, Object, ObjectError, Password, recognise, recognise_each};
use pki::foreign::xca::OLD_DATABASE;

use super::blocks::read_blocks;
use super::elsewhere::{Elsewhere, Note};
use super::openssl_folder::{CaFolder, is_index, read_index};
use super::reach::{Reach, Stopped, Told};
use super::{ImportError, ImportWish, STEP, Source, SourceKind, tiny_ca, xca};
use crate::in_use::open_to_read;
use crate::registry::{ForeignDatabase, ForeignError, ForeignKind};
use crate::watch::Watch;

/// A file larger than this is refused, in bytes: no certificate, key or CRL bundle of a small team comes near.
pub const LARGEST_FILE: u64 = 64 * 1024 * 1024;
/// A longer text is looked into by all cores, in octets.
const LONG: u64 = 256 * 1024;
/// More objects than this are not taken at once.
pub const MOST_OBJECTS: usize = 2_000_000;
/// More files than this are not taken at once.
pub const MOST_FILES: usize = 100_000;
/// What pasted text is called in reports.
const PASTED: &str = "pasted text";
/// The newest schema of XCA that is known.
const NEWEST_XCA: u32 = 8;
/// Octets by which a database is told from other files.
const START: usize = 16;
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
    /// What the program that kept it knew of it.
    pub(super) note: Option<Note>,
}

impl Gathered {
    pub(super) fn noted(mut self, note: Option<Note>) -> Self {
        self.note = note;
        self
    }
}

/// Why something in a file could not be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Empty,
    Nothing,
    /// A database of XCA before release 2.0.
    OldXca,
    /// A database of an XCA that is newer than what is known, with its schema.
    NewerXca(u32),
    /// A registry of this program, which is opened, not imported.
    Registry,
    /// A database that cannot be read.
    Database(String),
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
    pub(super) elsewhere: Elsewhere,
}

/// A file that is to be read.
struct ToRead {
    path: PathBuf,
    source: usize,
    given: Given,
    /// In octets, when it was found.
    size: u64,
}

/// The files that a wish names, and what lies around them.
#[derive(Default)]
struct Places {
    files: Vec<ToRead>,
    folders: Vec<(usize, CaFolder)>,
}

/// Reads everything that the wish names.
pub(crate) fn gather(wish: &ImportWish, watch: &dyn Watch) -> Result<Input, ImportError> {
    let mut found = Places::default();
    let mut input = Input::default();
    for path in &wish.paths {
        let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        let source = input.sources.len();
        let name = path.to_string_lossy().into_owned();
        if metadata.is_dir() {
            input.sources.push(Source { kind: SourceKind::Folder, path: name });
            found.walk(path, 0, source, &mut input.sources)?;
        } else {
            input.sources.push(Source { kind: SourceKind::File, path: name });
            found.files.push(ToRead { path: path.clone(), source, given: Given::ByName, size: metadata.len() });
        }
        found.check_count()?;
    }
    for (source, folder) in &found.folders {
        let path = PathBuf::from(input.sources.get(*source).map_or("", |source| source.path.as_str()));
        folder.read(*source, &mut input).map_err(|error| unreadable(&path, error))?;
    }
    let mut seen = HashSet::new();
    let mut reach = Reach::of(watch, found.files.iter().map(|file| file.size));
    for file in found.files {
        reach.tell(0);
        if watch.cancelled() {
            return Err(ImportError::Cancelled);
        }
        if seen.insert(file.path.clone()) {
            let at = At { path: file.path.to_string_lossy().into(), source: file.source, given: file.given };
            read_file(&file.path, &at, &wish.passwords, reach, &mut input)?;
        }
        reach.pass(file.size);
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
        _ if Stopped::is(&source) => ImportError::Cancelled,
        _ => ImportError::Unreadable { path: path.to_owned(), source },
    }
}

impl Places {
    fn check_count(&self) -> Result<(), ImportError> {
        if self.files.len() > MOST_FILES { Err(ImportError::TooManyFiles { most: MOST_FILES }) } else { Ok(()) }
    }

    /// Regular files below a folder in the order of their names. Symbolic links are not followed: they may lead anywhere, or round in circles. The folder
    /// of a CA is a source of its own.
    fn walk(&mut self, folder: &Path, depth: usize, source: usize, sources: &mut Vec<Source>) -> Result<(), ImportError> {
        let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
        let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(|error| unreadable(folder, error))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let of_ca = CaFolder::among(folder, &entries);
        let source = match &of_ca {
            None => source,
            Some(of_ca) if depth == 0 => {
                if let Some(source) = sources.get_mut(source) {
                    source.kind = of_ca.kind;
                }
                source
            }
            Some(of_ca) => {
                sources.push(Source { kind: of_ca.kind, path: folder.to_string_lossy().into_owned() });
                sources.len() - 1
            }
        };
        for entry in entries {
            let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), error))?;
            if kind.is_dir() && depth < DEEPEST {
                self.walk(&entry.path(), depth + 1, source, sources)?;
            } else if kind.is_file() && !of_ca.as_ref().is_some_and(|of_ca| of_ca.is_register(&entry.path())) {
                let size = entry.metadata().map_err(|error| unreadable(&entry.path(), error))?.len();
                self.files.push(ToRead { path: entry.path(), source, given: Given::InFolder, size });
            }
            self.check_count()?;
        }
        self.folders.extend(of_ca.map(|of_ca| (source, of_ca)));
        Ok(())
    }
}

/// Where something that is being read lies.
pub(super) struct At {
    pub(super) path: Arc<str>,
    pub(super) source: usize,
    pub(super) given: Given,
}

impl At {
    pub(super) fn holds(&self, label: String, object: Result<Object, Unreadable>) -> Gathered {
        Gathered { path: Arc::clone(&self.path), source: self.source, label, given: self.given, object, note: None }
    }

    /// The same place as a source of its own kind: a file that was named is its own, one in a folder becomes one.
    fn of_kind(&self, kind: SourceKind, input: &mut Input) -> Self {
        let source = match self.given {
            Given::ByName => self.source,
            Given::InFolder => {
                input.sources.push(Source { kind, path: self.path.to_string() });
                input.sources.len() - 1
            }
        };
        if let Some(source) = input.sources.get_mut(source) {
            source.kind = kind;
        }
        Self { path: Arc::clone(&self.path), source, given: self.given }
    }

    /// A file with nothing in it that is known.
    fn holds_nothing(&self, why: Unreadable, input: &mut Input) {
        match self.given {
            Given::ByName => input.objects.push(self.holds(String::new(), Err(why))),
            Given::InFolder => input.skipped.push(self.path.to_string()),
        }
    }
}

fn read_file(path: &Path, at: &At, passwords: &[Password], reach: Reach<'_>, input: &mut Input) -> Result<(), ImportError> {
    let mut file = match (open_to_read(path), at.given) {
        // A folder may be the one that the registry lies in.
        (Err(error), Given::InFolder) if error.kind() == io::ErrorKind::ResourceBusy => {
            input.skipped.push(at.path.to_string());
            return Ok(());
        }
        (opened, _) => opened.map_err(|source| unreadable(path, source))?,
    };
    let mut start = Vec::with_capacity(START);
    (&mut file).take(16).read_to_end(&mut start).map_err(|source| unreadable(path, source))?;
    if start.is_empty() {
        at.holds_nothing(Unreadable::Empty, input);
        return Ok(());
    }
    if start.starts_with(&OLD_DATABASE) {
        input.objects.push(at.holds(String::new(), Err(Unreadable::OldXca)));
        return Ok(());
    }
    if ForeignDatabase::begins(&start) {
        // Closed before it is copied: the copy is made of what lies there, journal and all.
        drop(file);
        return read_database(path, at, passwords, input);
    }
    if at.given == Given::ByName && is_index(path) == Some(true) {
        return read_index(path, at.source, input).map_err(|source| unreadable(path, source));
    }
    file.rewind().map_err(|source| unreadable(path, source))?;
    read_objects(path, file, &start, at, passwords, reach, input)
}

fn read_objects(
    path: &Path,
    file: File,
    start: &[u8],
    at: &At,
    passwords: &[Password],
    reach: Reach<'_>,
    input: &mut Input,
) -> Result<(), ImportError> {
    let watch = reach.watch();
    let failed = |source| unreadable(path, source);
    let size = file.metadata().map_err(failed)?.len();
    let file = Told::new(file, reach);
    if size < LONG || !start.iter().all(|octet| octet.is_ascii_graphic() || octet.is_ascii_whitespace()) {
        let mut ended = Ok(());
        let seen = recognise_each(file, passwords, &mut |found| {
            ended = input.hold(at, found, watch);
            if ended.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let seen = seen.map_err(failed)?;
        ended?;
        if !seen.known() {
            at.holds_nothing(Unreadable::Nothing, input);
        }
        return Ok(());
    }
    let before = input.objects.len();
    read_blocks(file, passwords, |found| found.into_iter().try_for_each(|found| input.hold(at, found, watch).map_err(Ended::By))).map_err(
        |ended| match ended {
            Ended::By(error) => error,
            Ended::Io(source) => failed(source),
        },
    )?;
    if input.objects.len() == before {
        at.holds_nothing(Unreadable::Nothing, input);
    }
    Ok(())
}

/// Why a file was not read to its end.
enum Ended {
    By(ImportError),
    Io(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Input {
    fn hold(&mut self, at: &At, found: Found, watch: &dyn Watch) -> Result<(), ImportError> {
        if self.objects.len() >= MOST_OBJECTS {
            return Err(ImportError::TooManyObjects { most: MOST_OBJECTS });
        }
        if self.objects.len().is_multiple_of(STEP) && watch.cancelled() {
            return Err(ImportError::Cancelled);
        }
        self.objects.push(at.holds(found.label, found.object.map_err(Unreadable::Object)));
        Ok(())
    }
}

/// Reads a database of another program, or says that it is none that is known.
fn read_database(path: &Path, at: &At, passwords: &[Password], input: &mut Input) -> Result<(), ImportError> {
    let outcome = ForeignDatabase::copied(path).and_then(|database| match database.kind()? {
        ForeignKind::Xca(schema) if schema > NEWEST_XCA => {
            input.objects.push(at.holds(String::new(), Err(Unreadable::NewerXca(schema))));
            Ok(())
        }
        ForeignKind::Xca(_) => xca::read(&database, &at.of_kind(SourceKind::Xca, input), passwords, input),
        ForeignKind::TinyCa => tiny_ca::read(&database, &at.of_kind(SourceKind::TinyCa, input), input),
        ForeignKind::Chancery => {
            at.holds_nothing(Unreadable::Registry, input);
            Ok(())
        }
        ForeignKind::Unknown => {
            at.holds_nothing(Unreadable::Nothing, input);
            Ok(())
        }
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(ForeignError::Io(error)) => Err(unreadable(path, error)),
        Err(error @ (ForeignError::TooLarge { .. } | ForeignError::TooManyRows { .. } | ForeignError::Damaged(_))) => {
            input.objects.push(at.holds(String::new(), Err(Unreadable::Database(error.to_string()))));
            Ok(())
        }
    }
}

fn sort_in(at: &At, bytes: &[u8], passwords: &[Password], input: &mut Input) {
    let recognised = recognise(bytes, passwords);
    if !recognised.known {
        at.holds_nothing(Unreadable::Nothing, input);
        return;
    }
    for found in recognised.found {
        input.objects.push(at.holds(found.label, found.object.map_err(Unreadable::Object)));
    }
}
