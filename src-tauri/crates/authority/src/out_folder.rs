//! The folder that files are handed over in: made where it is missing, and gone again where nothing came of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::file::{FileError, folder_of, sync_folder};

/// A folder that files are about to be written to. When this is dropped, those that it made are removed again, unless something lies in them by then.
#[derive(Debug)]
#[must_use = "an empty folder goes again when this is dropped"]
pub struct OutFolder {
    /// From the outermost to the innermost.
    made: Vec<PathBuf>,
}

impl OutFolder {
    /// Makes a folder and those above it that are missing, so that they last.
    ///
    /// # Errors
    /// [`FileError`]; then nothing of it is there.
    pub fn make(path: &Path) -> Result<Self, FileError> {
        let missing: Vec<&Path> = path.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.is_dir()).collect();
        let mut folder = Self { made: Vec::with_capacity(missing.len()) };
        for above in missing.into_iter().rev() {
            match fs::create_dir(above) {
                Ok(()) => folder.made.push(above.to_owned()),
                // Somebody else made it, or it leads back by `..`.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && above.is_dir() => continue,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && above != path => {
                    return Err(FileError::NoFolder { folder: above.to_owned() });
                }
                Err(error) => return Err(FileError::from_io(path, error)),
            }
            // A key in a folder that is gone after a power cut is gone with it.
            sync_folder(folder_of(above)).map_err(|error| FileError::from_io(path, error))?;
        }
        Ok(folder)
    }
}

impl Drop for OutFolder {
    fn drop(&mut self) {
        for made in self.made.iter().rev() {
            // Only an empty folder can be removed: what was handed over, or came from elsewhere, keeps it.
            if let Err(error) = fs::remove_dir(made) {
                if error.kind() != io::ErrorKind::DirectoryNotEmpty {
                    tracing::warn!(path = %made.display(), %error, "an empty folder stays");
                }
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn what_was_made_goes_unless_something_lies_in_it() {
        let base = tempfile::tempdir().unwrap();
        let (above, inner) = (base.path().join("a"), base.path().join("a/b/c"));
        drop(OutFolder::make(&inner).unwrap());
        assert!(!above.exists(), "all three are gone");

        let folder = OutFolder::make(&inner).unwrap();
        assert!(inner.is_dir());
        fs::write(base.path().join("a/b/theirs"), b"").unwrap();
        drop(folder);
        assert!(!inner.exists() && base.path().join("a/b/theirs").exists(), "only what is empty goes");

        let folder = OutFolder::make(&inner).unwrap();
        fs::write(inner.join("key"), b"").unwrap();
        drop(folder);
        assert!(inner.join("key").exists());
    }

    #[test]
    fn what_was_there_stays() {
        let base = tempfile::tempdir().unwrap();
        drop(OutFolder::make(base.path()).unwrap());
        assert!(base.path().exists());
        drop(OutFolder::make(&base.path().join("a/../b")).unwrap());
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_in_the_way_is_told_and_nothing_is_left() {
        let base = tempfile::tempdir().unwrap();
        let file = base.path().join("file");
        fs::write(&file, b"").unwrap();
        assert!(matches!(OutFolder::make(&file).unwrap_err(), FileError::AlreadyExists { path } if path == file));
        assert!(matches!(OutFolder::make(&file.join("sub")).unwrap_err(), FileError::NoFolder { folder } if folder == file));
        let long = base.path().join("new").join("x".repeat(300));
        assert!(matches!(OutFolder::make(&long).unwrap_err(), FileError::Io { .. }));
        assert!(!base.path().join("new").exists());
    }
}
