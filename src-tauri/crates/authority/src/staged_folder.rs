//! A folder that is handed over whole or not at all: made beside its place, hidden and for its owner only, synced, and then given its name.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::file::{FileError, FileMode, folder_of, make_private_folder, sync_folder};
use crate::leftovers::{HANDED_OUT, Workshop};
use crate::out_folder::OutFolder;

/// A folder in the making. Dropped before it was placed, it is gone.
#[derive(Debug)]
pub(crate) struct StagedFolder {
    workshop: Workshop,
    /// The folder that gets the name.
    inside: PathBuf,
    out: PathBuf,
    /// The folders above that were made for it, which go again where nothing came of it.
    _above: OutFolder,
}

impl StagedFolder {
    /// Begins one that shall be called `out`, where nothing is yet, or an empty folder.
    ///
    /// # Errors
    /// [`FileError::NotEmpty`] and [`FileError::AlreadyExists`] for what is in the way, and what the operating system says.
    pub(crate) fn begin(out: &Path) -> Result<Self, FileError> {
        // `.` and `..` have no name to be given; the folder that they lead to has.
        let out = match out.file_name() {
            Some(_) => out.to_owned(),
            None => out.canonicalize().map_err(|error| FileError::from_io(out, error))?,
        };
        vacant(&out)?;
        let above = OutFolder::make(folder_of(&out))?;
        let workshop = Workshop::new_in(folder_of(&out), HANDED_OUT).map_err(|error| FileError::from_io(&out, error))?;
        let inside = workshop.path().join("folder");
        make_private_folder(&inside)?;
        Ok(Self { workshop, inside, out, _above: above })
    }

    /// What it will be called.
    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    /// Makes a folder inside, for its owner only; those above it must be there.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn folder(&self, name: &str) -> Result<(), FileError> {
        make_private_folder(&self.inside.join(name))
    }

    /// Begins a file inside. Nothing is synced before the whole is placed.
    ///
    /// # Errors
    /// [`FileError::AlreadyExists`], and what else the operating system says.
    pub(crate) fn create(&self, name: &str, mode: FileMode) -> Result<File, FileError> {
        let path = self.inside.join(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(match mode {
                FileMode::Private => 0o600,
                FileMode::Public => 0o644,
            });
        }
        #[cfg(not(unix))]
        let _ = mode; // A file inherits the access list of its folder.
        options.open(&path).map_err(|error| FileError::from_io(&self.out.join(name), error))
    }

    /// Writes a file inside.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub(crate) fn write(&self, name: &str, mode: FileMode, bytes: &[u8]) -> Result<(), FileError> {
        self.create(name, mode)?.write_all(bytes).map_err(|error| self.failed(name, error))
    }

    /// What the operating system said of a file inside.
    pub(crate) fn failed(&self, name: &str, error: io::Error) -> FileError {
        FileError::from_io(&self.out.join(name), error)
    }

    /// Makes everything inside durable.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn sync(&self) -> Result<(), FileError> {
        let failed = |error: io::Error| FileError::from_io(&self.out, error);
        // One call syncs the whole file system there; elsewhere each file is synced by itself.
        #[cfg(target_os = "linux")]
        rustix::fs::syncfs(File::open(&self.inside).map_err(failed)?).map_err(|error| failed(error.into()))?;
        #[cfg(not(target_os = "linux"))]
        sync_below(&self.inside).map_err(failed)?;
        sync_folder(&self.inside).and_then(|()| sync_folder(self.workshop.path())).map_err(failed)
    }

    /// Gives the whole its name. An empty folder that is there is replaced; one that is no longer empty stays.
    ///
    /// # Errors
    /// As [`Self::begin`]; nothing is there then.
    pub(crate) fn place(self) -> Result<PathBuf, FileError> {
        vacant(&self.out)?;
        // Elsewhere a folder is not renamed over another one.
        if cfg!(not(unix)) && self.out.is_dir() {
            fs::remove_dir(&self.out).map_err(|error| FileError::from_io(&self.out, error))?;
        }
        fs::rename(&self.inside, &self.out).map_err(|error| FileError::from_io(&self.out, error))?;
        sync_folder(folder_of(&self.out)).map_err(|error| FileError::from_io(&self.out, error))?;
        Ok(self.out)
    }
}

/// Whether a folder of this name can be given: nothing has it, or an empty folder.
pub(crate) fn vacant(out: &Path) -> Result<(), FileError> {
    match out.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(found) if !found.is_dir() => Err(FileError::AlreadyExists { path: out.to_owned() }),
        Ok(_) => match fs::read_dir(out).map_err(|error| FileError::from_io(out, error))?.next() {
            None => Ok(()),
            Some(_) => Err(FileError::NotEmpty { folder: out.to_owned() }),
        },
    }
}

#[cfg(not(target_os = "linux"))]
fn sync_below(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_below(&path)?;
            sync_folder(&path)?;
        } else {
            File::open(&path)?.sync_all()?;
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn it_is_there_whole_and_private_or_not_at_all() {
        let base = tempfile::tempdir().unwrap();
        let out = base.path().join("above/pki");
        let staged = StagedFolder::begin(&out).unwrap();
        staged.folder("private").unwrap();
        staged.write("private/ca.key", FileMode::Private, b"key").unwrap();
        staged.write("ca.crt", FileMode::Public, b"certificate").unwrap();
        assert!(matches!(staged.write("ca.crt", FileMode::Public, b"").unwrap_err(), FileError::AlreadyExists { .. }));
        assert!(!out.exists());
        staged.sync().unwrap();
        assert_eq!(staged.place().unwrap(), out);
        assert_eq!((mode(&out), mode(&out.join("private")), mode(&out.join("private/ca.key"))), (0o700, 0o700, 0o600));
        let names: Vec<_> = fs::read_dir(base.path().join("above")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["pki"], "nothing else is left");

        let other = base.path().join("other/pki");
        drop(StagedFolder::begin(&other).unwrap());
        assert!(!base.path().join("other").exists());
    }

    #[test]
    fn nothing_is_replaced_but_an_empty_folder() {
        let base = tempfile::tempdir().unwrap();
        let out = base.path().join("pki");
        fs::create_dir(&out).unwrap();
        let staged = StagedFolder::begin(&out).unwrap();
        staged.write("new", FileMode::Public, b"").unwrap();
        // Somebody else comes first.
        fs::write(out.join("theirs"), b"").unwrap();
        assert!(matches!(staged.place().unwrap_err(), FileError::NotEmpty { folder } if folder == out));
        assert!(matches!(StagedFolder::begin(&out).unwrap_err(), FileError::NotEmpty { .. }));
        fs::remove_file(out.join("theirs")).unwrap();
        let staged = StagedFolder::begin(&out).unwrap();
        staged.write("new", FileMode::Public, b"").unwrap();
        staged.place().unwrap();
        assert!(out.join("new").exists());
        let file = base.path().join("file");
        fs::write(&file, b"").unwrap();
        assert!(matches!(StagedFolder::begin(&file).unwrap_err(), FileError::AlreadyExists { .. }));
    }
}
