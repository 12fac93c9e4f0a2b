//! Writing a file so that at every moment either the old or the whole new one is there.
//!
//! A temporary file in the same folder, synced, renamed into place, the folder synced. A fault on the way leaves the old file as it was and no
//! temporary file behind; what a kill leaves of one is removed by the next program that writes there.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::leftovers;

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileMode {
    /// The owner only (0600), from the moment that the file exists. For key material.
    Private,
    /// Everybody (0644, less what the umask takes away).
    Public,
}

/// Why a file was not written. Whatever stood at the path still does.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Something stands at the path already and was not to be replaced.
    #[error("{} exists already", .path.display())]
    AlreadyExists {
        /// The path that was to be written.
        path: PathBuf,
    },
    /// The folder that should hold the file does not exist, or is not a folder.
    #[error("there is no folder {}", .folder.display())]
    NoFolder {
        /// The folder of the path.
        folder: PathBuf,
    },
    /// The path names a folder.
    #[error("{} is a folder", .path.display())]
    IsFolder {
        /// The path that was to be written.
        path: PathBuf,
    },
    /// The path names a folder that is not empty, where a folder was to be made.
    #[error("{} is not empty", .folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// The user may not write there, or the file system is read-only.
    #[error("{} may not be written", .path.display())]
    NotPermitted {
        /// The path that was to be written.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The disk is full, or the quota is used up.
    #[error("there is no space left for {}", .path.display())]
    Full {
        /// The path that was to be written.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Anything else.
    #[error("{} cannot be written", .path.display())]
    Io {
        /// The path that was to be written.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl FileError {
    /// Sorts what the operating system said about `path`.
    pub(crate) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists => Self::AlreadyExists { path },
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NoFolder { folder: folder_of(&path).to_owned() },
            io::ErrorKind::IsADirectory => Self::IsFolder { path },
            io::ErrorKind::DirectoryNotEmpty => Self::NotEmpty { folder: path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::NotPermitted { path, source },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Self::Full { path, source },
            _ => Self::Io { path, source },
        }
    }

    /// Returns what the operating system said, where it said anything that the variant does not.
    #[must_use]
    pub fn io_kind(&self) -> io::ErrorKind {
        match self {
            Self::AlreadyExists { .. } => io::ErrorKind::AlreadyExists,
            Self::NoFolder { .. } => io::ErrorKind::NotFound,
            Self::IsFolder { .. } => io::ErrorKind::IsADirectory,
            Self::NotEmpty { .. } => io::ErrorKind::DirectoryNotEmpty,
            Self::NotPermitted { source, .. } | Self::Full { source, .. } | Self::Io { source, .. } => source.kind(),
        }
    }
}

/// Writes `bytes` to `path` in one step.
///
/// With `overwrite` an existing file is replaced; without, it is left alone, also when it appears at the last moment.
///
/// # Errors
/// [`FileError`]; the old file, if any, is intact.
pub fn write_new_atomically(path: &Path, mode: FileMode, overwrite: bool, bytes: &[u8]) -> Result<(), FileError> {
    write_new_atomically_with(path, mode, overwrite, |file| file.write_all(bytes))
}

/// Writes what `fill` produces to `path` in one step: [`write_new_atomically`] for what is too large to be held in memory.
///
/// # Errors
/// [`FileError`], also when `fill` fails; the old file, if any, is intact.
pub fn write_new_atomically_with(
    path: &Path,
    mode: FileMode,
    overwrite: bool,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FileError> {
    write_and_sync(path, mode, overwrite, fill, sync_folder)
}

fn write_and_sync(
    path: &Path,
    mode: FileMode,
    overwrite: bool,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    sync: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), FileError> {
    let failed = |source| FileError::from_io(path, source);
    if path.is_dir() {
        return Err(FileError::IsFolder { path: path.to_owned() });
    }
    // Asked before the work is done; asked again, without a gap, by the rename.
    if !overwrite && path.symlink_metadata().is_ok() {
        return Err(FileError::AlreadyExists { path: path.to_owned() });
    }
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(leftovers::PART).suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(match mode {
            FileMode::Private => 0o600,
            FileMode::Public => 0o644,
        }));
    }
    #[cfg(not(unix))]
    let _ = mode; // A file inherits the access list of its folder.
    let temporary = leftovers::part_in(&builder, folder).map_err(failed)?;
    let mut buffered = BufWriter::with_capacity(64 * 1024, temporary.as_file());
    fill(&mut buffered).and_then(|()| buffered.flush()).map_err(failed)?;
    drop(buffered);
    temporary.as_file().sync_all().map_err(failed)?;
    if overwrite {
        temporary.persist(path).map_err(|error| failed(error.error))?;
        return sync(folder).map_err(failed);
    }
    temporary.persist_noclobber(path).map_err(|error| failed(error.error))?;
    sync(folder).map_err(|source| {
        // Who is told that there is no new file must not find it in the way of the next attempt. What that says does not matter beside the first fault.
        std::fs::remove_file(path).ok();
        failed(source)
    })
}

/// Makes the names in `folder` durable.
///
/// # Errors
/// What the operating system says; the file is in place then, but may be gone after a power cut.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder; // Windows has no such call; NTFS journals names itself.
    Ok(())
}

/// Makes a folder that only its owner may look into (0700), unless there is one.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), FileError> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        outcome => outcome.map_err(|error| FileError::from_io(path, error)),
    }
}

/// Returns the folder that holds `path`; `.` for a bare name.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]
    use super::*;
    use std::fs;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn writes_new_and_replaces_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pem");
        write_new_atomically(&path, FileMode::Public, false, b"one").unwrap();
        assert!(
            matches!(write_new_atomically(&path, FileMode::Public, false, b"two"), Err(FileError::AlreadyExists { path: p }) if p == path)
        );
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write_new_atomically(&path, FileMode::Public, true, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(names(folder.path()), ["a.pem"]);
    }

    #[test]
    fn a_file_that_appears_at_the_last_moment_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pem");
        let error = write_new_atomically_with(&path, FileMode::Private, false, |file| {
            fs::write(&path, b"theirs")?;
            file.write_all(b"ours")
        })
        .unwrap_err();
        assert!(matches!(error, FileError::AlreadyExists { .. }), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        assert_eq!(names(folder.path()), ["a.pem"]);
    }

    #[test]
    fn a_new_file_whose_name_may_not_last_is_not_left_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pem");
        let write = |overwrite| {
            let broken = |_: &Path| Err(io::Error::other("broken"));
            write_and_sync(&path, FileMode::Private, overwrite, |file| file.write_all(b"new"), broken).unwrap_err()
        };
        assert!(matches!(write(false), FileError::Io { .. }));
        assert!(names(folder.path()).is_empty());
        write_new_atomically(&path, FileMode::Private, false, b"old").unwrap();
        // Of two that are whole the newer one stays: the older is gone.
        assert!(matches!(write(true), FileError::Io { .. }));
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a.pem"]);
    }

    #[test]
    fn a_fault_halfway_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pem");
        fs::write(&path, b"old").unwrap();
        let error = write_new_atomically_with(&path, FileMode::Private, true, |file| {
            file.write_all(&[b'x'; 200_000])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        })
        .unwrap_err();
        assert!(matches!(error, FileError::Full { .. }), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.pem"]);
    }

    #[test]
    fn the_reasons_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &Path| write_new_atomically(path, FileMode::Private, true, b"x").unwrap_err();
        let missing = folder.path().join("nowhere");
        assert!(matches!(write(&missing.join("a")), FileError::NoFolder { folder } if folder == missing));
        assert!(matches!(write(folder.path()), FileError::IsFolder { .. }));
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        assert!(matches!(write(&file.join("a")), FileError::NoFolder { folder } if folder == file));
        let full = FileError::from_io(&file, io::Error::from(io::ErrorKind::QuotaExceeded));
        assert_eq!(full.io_kind(), io::ErrorKind::QuotaExceeded);
        let FileError::Full { .. } = full else { panic!("{full:?}") };
    }

    #[cfg(unix)]
    #[test]
    fn private_files_are_0600_even_over_a_public_one_and_from_the_start() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        fs::write(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let while_written = |folder: &Path| {
            let part =
                fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|e| e == "part"));
            mode(&part.unwrap())
        };
        write_new_atomically_with(&path, FileMode::Private, true, |file| {
            assert_eq!(while_written(folder.path()), 0o600);
            file.write_all(b"key")
        })
        .unwrap();
        assert_eq!(mode(&path), 0o600);
        let open = folder.path().join("cert.pem");
        write_new_atomically(&open, FileMode::Public, false, b"cert").unwrap();
        assert_eq!(mode(&open) & 0o600, 0o600);
        assert_eq!(mode(&open) & 0o133, 0, "not executable, not writable by others");
    }

    #[test]
    fn a_bare_name_belongs_to_the_current_folder() {
        assert_eq!(folder_of(Path::new("a.pem")), Path::new("."));
        assert_eq!(folder_of(Path::new("x/a.pem")), Path::new("x"));
    }
}
