//! Whether a registry lies on a file system that other machines share: SQLite's WAL needs memory that all its users share, which two machines never do
//! (SQLite, "Write-Ahead Logging", 1: "All processes using a database must be on the same host computer").

use std::path::Path;

/// A file system that may be another machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Network File System.
    Nfs,
    /// Server Message Block, as Windows shares are.
    Smb,
    /// A file system in user space, sshfs and its like: what lies behind it is not known.
    Fuse,
    /// Another one that several machines may have mounted (9P, AFS, Ceph, Lustre, OCFS2, GFS2, Coda, NCP).
    Other,
}

impl Share {
    /// Its name in views.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nfs => "nfs",
            Self::Smb => "smb",
            Self::Fuse => "fuse",
            Self::Other => "other",
        }
    }

    /// The share that a file or folder lies on; `None` for a disk of this machine, and where the system does not tell.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let share = magic_of(path).and_then(Self::of_magic)?;
        // A disk of this machine may have its file system in user space too, as NTFS does on Linux.
        (share != Self::Fuse || !is_block_device(path)).then_some(share)
    }

    /// By the number that statfs(2) gives.
    fn of_magic(magic: u64) -> Option<Self> {
        Some(match magic {
            0x6969 => Self::Nfs,
            0x517b | 0xff53_4d42 | 0xfe53_4d42 => Self::Smb,
            0x6573_5546 => Self::Fuse,
            0x0102_1997 | 0x5346_414f | 0x6b41_4653 | 0x00c3_6400 | 0x0bd0_0bd0 | 0x7461_636f | 0x0116_1970 | 0x7375_7245 | 0x564c => {
                Self::Other
            }
            _ => return None,
        })
    }
}

/// What a registry lies on, and whether it may be written to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Disk {
    /// The share; `None` for a disk of this machine.
    pub share: Option<Share>,
    /// Whether somebody has agreed to work on a share, with a rollback journal.
    pub agreed: bool,
}

impl Disk {
    /// A disk of this machine.
    pub const OWN: Self = Self { share: None, agreed: false };

    /// The share that keeps a registry from being written to.
    #[must_use]
    pub fn refused(self) -> Option<Share> {
        if self.agreed { None } else { self.share }
    }
}

#[cfg(target_os = "linux")]
fn magic_of(path: &Path) -> Option<u64> {
    let kind = rustix::fs::statfs(path).ok()?.f_type;
    // Its type differs between machines; the numbers fit 32 bits everywhere, in some with the sign set.
    u64::try_from(i128::from(kind) & 0xffff_ffff).ok()
}

#[cfg(not(target_os = "linux"))]
fn magic_of(_: &Path) -> Option<u64> {
    None
}

/// Whether a file system in user space is that of a block device (`fuseblk`, proc(5) on `mountinfo`).
#[cfg(target_os = "linux")]
fn is_block_device(path: &Path) -> bool {
    let Ok(about) = rustix::fs::stat(path) else { return false };
    let device = format!("{}:{}", rustix::fs::major(about.st_dev), rustix::fs::minor(about.st_dev));
    std::fs::read_to_string("/proc/self/mountinfo").is_ok_and(|mounts| is_fuseblk(&mounts, &device))
}

#[cfg(not(target_os = "linux"))]
fn is_block_device(_: &Path) -> bool {
    false
}

/// `36 35 98:0 / /mnt rw - fuseblk /dev/sdb1 rw`: the third field is the device, the one behind the hyphen the type.
#[cfg(target_os = "linux")]
fn is_fuseblk(mounts: &str, device: &str) -> bool {
    mounts.lines().any(|line| {
        let kind = line.split_once(" - ").and_then(|(_, behind)| behind.split(' ').next());
        line.split(' ').nth(2) == Some(device) && kind == Some("fuseblk")
    })
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn shares_are_told_from_disks() {
        for (magic, share) in [
            (0x6969, Some(Share::Nfs)),
            (0xfe53_4d42, Some(Share::Smb)),
            (0xff53_4d42, Some(Share::Smb)),
            (0x517b, Some(Share::Smb)),
            (0x6573_5546, Some(Share::Fuse)),
            (0x0102_1997, Some(Share::Other)),
            // ext4, btrfs, xfs, tmpfs, overlayfs, zfs.
            (0xef53, None),
            (0x9123_683e, None),
            (0x5846_5342, None),
            (0x0102_1994, None),
            (0x794c_7630, None),
            (0x2fc1_2fc1, None),
        ] {
            assert_eq!(Share::of_magic(magic), share, "{magic:#x}");
        }
        assert_eq!(Share::of(std::path::Path::new("/no/such/folder")), None);
        assert_eq!(Share::of(&std::env::temp_dir()), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_with_its_file_system_in_user_space_is_no_share() {
        let mounts = "36 35 98:0 / /mnt/stick rw,nosuid shared:1 - fuseblk /dev/sdb1 rw\n37 35 0:51 / /mnt/far rw - fuse.sshfs far:/ rw\n";
        assert!(super::is_fuseblk(mounts, "98:0"));
        assert!(!super::is_fuseblk(mounts, "0:51") && !super::is_fuseblk(mounts, "1:1"));
    }
}
