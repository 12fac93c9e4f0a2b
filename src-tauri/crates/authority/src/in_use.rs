//! Which registry files this process has open.
//!
//! As soon as a process closes any descriptor of a file it loses every lock that it holds on that file (POSIX, `fcntl`), and SQLite's locks are of that
//! kind. Whoever reads an open registry past SQLite and closes it lets another program that is done take the WAL away from under it, with all that is
//! committed there (<https://www.sqlite.org/howtocorrupt.html> 2.2). So such files are not opened a second time but through SQLite.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The registries that are open, or about to be. Locks belong to the process, and so does this.
static OPEN: Mutex<Vec<OpenFile>> = Mutex::new(Vec::new());

/// A file goes by another name once it is renamed, and another file by its name: it is known by what the system knows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OpenFile {
    path: PathBuf,
    identity: Option<Identity>,
}

fn open() -> MutexGuard<'static, Vec<OpenFile>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A registry of this process, until it is dropped.
#[derive(Debug)]
pub(crate) struct InUse(OpenFile);

impl InUse {
    /// Looks at a registry's file with `recognise`, unless it is open here and has been recognised already; from now on it counts as open.
    pub(crate) fn after<E>(path: &Path, recognise: impl FnOnce(&Path) -> Result<(), E>) -> Result<Self, E> {
        let mut open = open();
        let identity = identity(path);
        if identity.is_none() || !open.iter().any(|other| other.identity == identity) {
            recognise(path)?;
        }
        let file = OpenFile { path: followed(path), identity };
        open.push(file.clone());
        Ok(Self(file))
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        let mut open = open();
        if let Some(at) = open.iter().position(|file| *file == self.0) {
            open.swap_remove(at);
        }
    }
}

/// Opens a file that a person named, or that lies in a folder that a person named, for reading.
///
/// # Errors
/// Those of the system; `ResourceBusy` for a registry that is open in this process, and for the memory that its readers and writers share.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    let registries = open().clone();
    let asked = identity(path);
    let is_of = |file: &OpenFile| asked == file.identity || asked == identity(&shared_memory(&file.path));
    if asked.is_some() && registries.iter().any(is_of) {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, "this is the registry that is open"));
    }
    File::open(path)
}

/// Where a path leads to, links followed; the path itself where that cannot be told.
pub(crate) fn followed(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The memory that the readers and writers of a WAL share.
fn shared_memory(registry: &Path) -> PathBuf {
    let mut name = registry.as_os_str().to_owned();
    name.push("-shm");
    PathBuf::from(name)
}

/// Device and number of a file.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Elsewhere a lock belongs to the handle that took it, and reading beside it does no harm.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}
