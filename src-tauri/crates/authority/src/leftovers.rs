//! What a killed program leaves behind of files that it was writing: temporary ones, perhaps with a key in them, and copies of a whole registry.
//!
//! They are told by their names, and from those that are being written at this moment by a lock, which ends with the process that holds it. Whoever is
//! the first of a program to write into a folder removes them there.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::{NamedTempFile, TempDir};

/// How temporary files begin that take their name when they are whole.
pub(crate) const PART: &str = ".chancery-";
/// How files begin that only show that a folder can be written.
const PROBE: &str = ".writable-";
/// How folders begin in which a registry is made.
pub(crate) const NEW_REGISTRY: &str = ".new-registry-";
/// How folders begin in which a vault is made.
pub(crate) const NEW_VAULT: &str = ".new-vault-";
/// How folders begin in which a registry is copied.
pub(crate) const COPY: &str = ".copy-";
/// How folders begin in which one is made that is handed out.
pub(crate) const HANDED_OUT: &str = ".export-";

/// All of them.
const BEGINNINGS: [&str; 6] = [PART, PROBE, NEW_REGISTRY, NEW_VAULT, COPY, HANDED_OUT];

/// How often somebody may remove a file between its making and its lock.
const ATTEMPTS: usize = 3;

/// A folder to work in, which goes with its content when it is dropped.
#[derive(Debug)]
pub(crate) struct Workshop {
    folder: TempDir,
    _lock: Option<File>,
}

impl Workshop {
    /// Makes one in `folder`, after removing what others left there.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn new_in(folder: &Path, beginning: &str) -> io::Result<Self> {
        clear(folder);
        for _ in 0..ATTEMPTS {
            let made = tempfile::Builder::new().prefix(beginning).tempdir_in(folder)?;
            let lock = if cfg!(unix) { held(File::open(made.path())) } else { None };
            if made.path().is_dir() {
                return Ok(Self { folder: made, _lock: lock });
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Makes a temporary file in `folder` that others know to be in use, after removing what they left there.
///
/// # Errors
/// What the operating system says.
pub(crate) fn part_in(builder: &tempfile::Builder<'_, '_>, folder: &Path) -> io::Result<NamedTempFile> {
    clear(folder);
    for _ in 0..ATTEMPTS {
        let made = builder.tempfile_in(folder)?;
        if cfg!(unix) {
            // A file system that knows no locks has none to be removed by either.
            drop(made.as_file().lock());
        }
        if made.path().symlink_metadata().is_ok() {
            return Ok(made);
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Finds out whether a file can be made in `folder`, in the one way there is: one is made, and goes again.
///
/// # Errors
/// What the operating system says.
pub(crate) fn probe(folder: &Path) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PROBE);
    part_in(&builder, folder)?.close()
}

fn held(file: io::Result<File>) -> Option<File> {
    file.and_then(|file| file.lock().map(|()| file)).ok()
}

/// Removes what killed programs left in a folder, once for each folder and process. What cannot be removed is told to the log.
pub(crate) fn clear(folder: &Path) {
    static CLEARED: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);
    let mut cleared = CLEARED.lock().unwrap_or_else(PoisonError::into_inner);
    if !cfg!(unix) || !cleared.get_or_insert_default().insert(folder.to_owned()) {
        return;
    }
    drop(cleared);
    remove_leftovers(folder);
}

fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if !BEGINNINGS.iter().any(|beginning| entry.file_name().to_string_lossy().starts_with(beginning)) {
            continue;
        }
        let path = entry.path();
        match remove_unless_held(&path, entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            Ok(true) => tracing::warn!(path = %path.display(), "removed what an interrupted program left behind"),
            Ok(false) => {}
            Err(error) => tracing::warn!(path = %path.display(), %error, "something is left behind by an interrupted program"),
        }
    }
}

/// Returns whether it was removed.
fn remove_unless_held(path: &Path, is_folder: bool) -> io::Result<bool> {
    // Held until it is removed, so that nobody takes it into use meanwhile.
    let file = File::open(path)?;
    if file.try_lock().is_err() {
        return Ok(false);
    }
    let removed = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map(|()| true)
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_left_goes_and_what_is_in_use_stays() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for name in [".chancery-1.part", ".writable-1", ".hidden", "a.key"] {
            fs::write(folder.join(name), b"key").unwrap();
        }
        fs::create_dir(folder.join(".copy-1")).unwrap();
        fs::write(folder.join(".copy-1/registry"), b"rows").unwrap();
        let part = part_in(tempfile::Builder::new().prefix(PART).suffix(".part"), folder).unwrap();
        let workshop = Workshop::new_in(folder, NEW_REGISTRY).unwrap();
        let in_use = [part.path(), workshop.path()].map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
        let mut left = vec![".hidden".to_owned(), "a.key".to_owned()];
        left.extend(in_use);
        left.sort();
        assert_eq!(names(folder), left);
        // Another program that comes to this folder leaves alone what is in use, and takes it when its owner is gone.
        remove_leftovers(folder);
        assert_eq!(names(folder), left);
        let (_, gone) = part.keep().unwrap();
        remove_leftovers(folder);
        assert!(!gone.exists());
        drop(workshop);
        assert_eq!(names(folder), [".hidden", "a.key"]);
    }

    #[test]
    fn a_probe_takes_away_what_an_earlier_one_left_and_itself() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".writable-1"), b"").unwrap();
        probe(folder.path()).unwrap();
        assert_eq!(names(folder.path()), [""; 0]);
        assert_eq!(probe(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_folder_is_looked_through_once() {
        let folder = tempfile::tempdir().unwrap();
        clear(folder.path());
        fs::write(folder.path().join(".chancery-1.part"), b"").unwrap();
        clear(folder.path());
        assert_eq!(names(folder.path()), [".chancery-1.part"]);
    }
}
