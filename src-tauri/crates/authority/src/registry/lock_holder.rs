//! Who keeps others from writing: read from the kernel's list of locks. Files beside the registry are looked at by name only: opening one and closing
//! it again would drop the locks that this process itself holds on it (fcntl(2)).

use std::ffi::OsString;
use std::path::Path;

use super::Registry;

/// The byte of the shared memory file that whoever writes has locked (SQLite's "WAL-mode File Format", 2.3.1).
const WAL_WRITE: u64 = 120;
/// The byte of the database file that whoever is about to write has locked, without WAL (SQLite's `RESERVED_BYTE`).
const RESERVED: u64 = 0x4000_0001;

/// A program that holds the lock for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// The number of its process.
    pub process: u32,
    /// Its name, as the kernel has it.
    pub program: String,
}

impl std::fmt::Display for LockHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (process {})", self.program, self.process)
    }
}

impl Registry {
    /// The other program that is writing at this moment, where the system can tell.
    pub fn lock_holder(&self) -> Option<LockHolder> {
        holder(self.path(), Path::new("/proc"), std::process::id())
    }
}

#[cfg(unix)]
fn holder(path: &Path, processes: &Path, own: u32) -> Option<LockHolder> {
    use std::os::unix::fs::MetadataExt as _;
    let locks = std::fs::read_to_string(processes.join("locks")).ok()?;
    let mut beside = OsString::from(path);
    beside.push("-shm");
    let inode = |path: &Path| path.metadata().ok().map(|about| about.ino());
    let places = [(inode(Path::new(&beside)), WAL_WRITE), (inode(path), RESERVED)];
    let process = locks.lines().filter_map(parsed).find_map(|lock| {
        let fits = places.iter().any(|(inode, byte)| *inode == Some(lock.inode) && lock.first <= *byte && *byte <= lock.last);
        (fits && lock.process != own).then_some(lock.process)
    })?;
    let name = std::fs::read_to_string(processes.join(process.to_string()).join("comm")).unwrap_or_default();
    let name = name.trim();
    Some(LockHolder { process, program: if name.is_empty() { "a program".to_owned() } else { name.to_owned() } })
}

#[cfg(not(unix))]
fn holder(_: &Path, _: &Path, _: u32) -> Option<LockHolder> {
    None
}

#[cfg(unix)]
struct Lock {
    process: u32,
    inode: u64,
    first: u64,
    last: u64,
}

/// A line of `/proc/locks` (proc(5)), if it is a lock for writing that is held: `1: POSIX  ADVISORY  WRITE 4711 08:01:131 120 120`.
#[cfg(unix)]
fn parsed(line: &str) -> Option<Lock> {
    let mut fields = line.split_whitespace().skip(1);
    // A line of one that waits has an arrow here.
    (fields.next()? == "POSIX").then_some(())?;
    (fields.nth(1)? == "WRITE").then_some(())?;
    let process = fields.next()?.parse().ok()?;
    let inode = fields.next()?.rsplit(':').next()?.parse().ok()?;
    let first = fields.next()?.parse().ok()?;
    let last = match fields.next()? {
        "EOF" => u64::MAX,
        number => number.parse().ok()?,
    };
    Some(Lock { process, inode, first, last })
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use std::os::unix::fs::MetadataExt as _;

    use super::{LockHolder, holder};

    #[test]
    fn the_holder_is_the_one_with_the_writers_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.chancery");
        std::fs::write(&path, "").unwrap();
        std::fs::write(folder.path().join("a.chancery-shm"), "").unwrap();
        let (file, shared) = (path.metadata().unwrap().ino(), folder.path().join("a.chancery-shm").metadata().unwrap().ino());
        let processes = folder.path().join("proc");
        std::fs::create_dir_all(processes.join("12")).unwrap();
        std::fs::write(processes.join("12/comm"), "sqlite3\n").unwrap();
        let asked = |locks: &str| {
            std::fs::write(processes.join("locks"), locks).unwrap();
            holder(&path, &processes, 7)
        };
        let found = Some(LockHolder { process: 12, program: "sqlite3".to_owned() });
        assert_eq!(
            asked(&format!("1: POSIX  ADVISORY  READ 9 08:01:{shared} 124 124\n2: POSIX  ADVISORY  WRITE 12 08:01:{shared} 120 120\n")),
            found
        );
        assert_eq!(asked(&format!("1: POSIX  ADVISORY  WRITE 12 08:01:{file} 1073741825 1073741825\n")), found);
        assert_eq!(asked(&format!("1: POSIX  ADVISORY  WRITE 12 08:01:{file} 1073741824 EOF\n")), found);
        assert_eq!(asked(&format!("1: -> POSIX  ADVISORY  WRITE 12 08:01:{shared} 120 120\n")), None, "it waits");
        assert_eq!(asked(&format!("1: POSIX  ADVISORY  WRITE 7 08:01:{shared} 120 120\n")), None, "that is this program");
        assert_eq!(asked(&format!("1: FLOCK  ADVISORY  WRITE 12 08:01:{shared} 0 EOF\n")), None);
        assert_eq!(asked("nonsense\n\n"), None);
    }
}
