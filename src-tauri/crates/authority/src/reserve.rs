//! Room set aside on the disk: when it is full, a revocation and the CRL that tells it can still be written.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::session::Session;

/// How much is set aside, in octets: the log of some hundred revocations, and a CRL of twenty thousand entries.
const SIZE: u64 = 1024 * 1024;
/// What opening takes at most, in octets: the memory that SQLite's readers and writers share, and the blocks of its names.
const LENT: u64 = 64 * 1024;
/// The least room that there must be before any is set aside, in octets: on a disk that is nearly full it would be taken from others.
#[cfg(unix)]
const LEAST_FREE: u64 = 64 * SIZE;

/// The file that holds the room: `NAME.chancery-reserve` beside `NAME.chancery`, as SQLite names its own files.
pub(crate) fn reserve_path(registry: &Path) -> PathBuf {
    let mut name = registry.file_name().map_or_else(OsString::new, OsString::from);
    name.push("-reserve");
    registry.with_file_name(name)
}

/// Sets the room aside unless it is, or the disk has too little. Nothing depends on it, so a failure is only noted.
pub(crate) fn set_aside(registry: &Path) {
    let path = reserve_path(registry);
    if path.metadata().is_ok_and(|metadata| metadata.len() >= SIZE) || !has_room(&path) {
        return;
    }
    let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    if let Err(error) = opened.and_then(|file| allocate(&file)) {
        tracing::info!(%error, "no room could be set aside for revocations on a full disk");
    }
}

impl Session {
    /// Does what a full disk must not prevent; when the disk is full, once more with the room that was set aside.
    pub(crate) fn even_on_a_full_disk<T, E>(&self, full: impl Fn(&E) -> bool, work: impl Fn() -> Result<T, E>) -> Result<T, E> {
        let registry = self.registry();
        if !registry.read_only() {
            set_aside(registry.path());
        }
        match work() {
            Err(error) if full(&error) && release(registry.path()) => work(),
            outcome => outcome,
        }
    }
}

/// Gives the room back to the disk. Returns whether there was any.
pub(crate) fn release(registry: &Path) -> bool {
    let freed = fs::remove_file(reserve_path(registry)).is_ok();
    if freed {
        tracing::warn!("the disk is full: the room set aside for revocations is used");
    }
    freed
}

/// Gives back as much as it takes to open the registry, so that it can be browsed and exported from on a full disk. Returns whether there was as much.
pub(crate) fn lend(registry: &Path) -> bool {
    let shorten = || {
        let file = OpenOptions::new().write(true).open(reserve_path(registry))?;
        let left = file.metadata()?.len().checked_sub(LENT).ok_or(io::ErrorKind::StorageFull)?;
        file.set_len(left)
    };
    shorten().is_ok()
}

#[cfg(unix)]
fn has_room(path: &Path) -> bool {
    let folder = crate::file::folder_of(path);
    rustix::fs::statvfs(folder).is_ok_and(|statistics| statistics.f_bavail.saturating_mul(statistics.f_frsize) >= LEAST_FREE)
}

/// `std` does not tell the free space on other platforms; a disk that is full refuses.
#[cfg(not(unix))]
fn has_room(_: &Path) -> bool {
    true
}

/// Blocks of the disk, not a hole in a file.
#[cfg(unix)]
fn allocate(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, SIZE)?)
}

#[cfg(not(unix))]
fn allocate(mut file: &File) -> io::Result<()> {
    io::copy(&mut io::Read::take(io::repeat(0), SIZE), &mut file).map(drop)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "tests fail loudly")]
    use super::{LENT, SIZE, lend, release, reserve_path, set_aside};

    #[test]
    fn room_is_set_aside_once_and_given_back_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let registry = folder.path().join("acme.chancery");
        set_aside(&registry);
        let path = reserve_path(&registry);
        assert!(path.ends_with("acme.chancery-reserve"));
        assert_eq!(path.metadata().expect("the reserve").len(), SIZE);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            assert!(path.metadata().expect("the reserve").blocks() * 512 >= SIZE, "a hole holds no room");
        }
        set_aside(&registry);
        assert!(lend(&registry));
        assert_eq!(path.metadata().expect("the reserve").len(), SIZE - LENT);
        assert!(release(&registry) && !lend(&registry));
        assert!(!path.exists() && !release(&registry));
    }
}
