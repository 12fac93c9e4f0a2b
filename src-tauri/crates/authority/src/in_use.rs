//! Which registry files this process has open.
//!
//! As soon as a process closes any descriptor of a file it loses every lock that it holds on that file (POSIX, `fcntl`), and SQLite's locks are of that
//! kind. Whoever reads an open registry past SQLite and closes it lets another program that is done take the WAL away from under it, with all that is
//! committed there (<https://www.sqlite.org/howtocorrupt.html> 2.2). So such files are not opened a second time but through SQLite.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The registries that are open, or about to be. Locks belong to the process, and so does this.
static OPEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn open() -> MutexGuard<'static, Vec<PathBuf>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A registry of this process, until it is dropped.
#[derive(Debug)]
pub(crate) struct InUse(PathBuf);

impl InUse {
    /// Looks at a registry's file with `recognise`, unless it is open here and has been recognised already; from now on it counts as open.
    pub(crate) fn after<E>(path: &Path, recognise: impl FnOnce(&Path) -> Result<(), E>) -> Result<Self, E> {
        let mut open = open();
        if !open.iter().any(|other| same(other, path)) {
            recognise(path)?;
        }
        open.push(path.to_owned());
        Ok(Self(path.to_owned()))
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        let mut open = open();
        if let Some(at) = open.iter().position(|path| *path == self.0) {
            open.swap_remove(at);
        }
    }
}

/// Opens a file that a person named, or that lies in a folder that a person named, for reading.
///
/// # Errors
/// Those of the system; `ResourceBusy` for a registry that is open in this process, and for the memory that its readers and writers share.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    let is_in_use = open().iter().any(|registry| same(registry, path) || same(&shared_memory(registry), path));
    if is_in_use {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, "this is the registry that is open"));
    }
    File::open(path)
}

fn shared_memory(registry: &Path) -> PathBuf {
    let mut name = registry.as_os_str().to_owned();
    name.push("-shm");
    PathBuf::from(name)
}

fn same(one: &Path, other: &Path) -> bool {
    let (Ok(one_is), Ok(other_is)) = (fs::metadata(one), fs::metadata(other)) else { return false };
    is_same(&one_is, &other_is)
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere a lock belongs to the handle that took it, and reading beside it does no harm.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    false
}
