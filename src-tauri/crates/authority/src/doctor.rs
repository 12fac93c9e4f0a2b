//! What is wrong with the surroundings of a registry: keyring or vault, the entries in it, clock, disk, file modes.
//!
//! Nothing is changed, nobody is prompted, nothing is opened that a lock could hold up.

mod entries;

use std::io;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock;
use crate::file::folder_of;
use crate::keystore::{KeyStore, KeyStoreKind, StoreState};
use crate::registry::Share;

/// The least room that should be free beside a registry, however small it is.
#[cfg(unix)]
const LEAST_FREE: u64 = 64 * MEBIBYTE;
#[cfg(unix)]
const MEBIBYTE: u64 = 1024 * 1024;

/// What the doctor is shown.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The registry's file, if one is open.
    pub registry: Option<PathBuf>,
    /// The vault's file, if the registry has one.
    pub vault: Option<PathBuf>,
    /// The present moment.
    pub now: OffsetDateTime,
    /// The latest moment that the registry has seen.
    pub last_seen: Option<OffsetDateTime>,
    /// Whether another program is writing to the registry, if one is open.
    pub held_by_another: Option<bool>,
    /// Whether secrets in memory can be kept out of swap, where that was tried.
    pub memory_locks: Option<bool>,
    /// The share that the registry lies on.
    pub share: Option<Share>,
}

/// One thing that was looked at. Its words stand in the catalogue under the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// `keyring`, `vault`, `keys`, `strays`, `clock`, `registry`, `locks`, `disk`, `network`, `modes`, `memory`.
    pub code: &'static str,
    /// How the keyring stands (`locked`, `unreachable`), a key ([`KeyStanding::as_str`](crate::key_standing::KeyStanding::as_str)), or an entry that no key
    /// knows (`stray`, `stray-fits`), where that is not as it should be.
    pub state: Option<&'static str>,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was seen: `problem`, `path`, `seen`, `free`, `share`, `name`, `location`, `count`.
    pub fields: Vec<(&'static str, String)>,
}

impl Observation {
    pub(super) fn new(code: &'static str, ok: bool, fields: Vec<(&'static str, String)>) -> Self {
        Self { code, state: None, ok, fields }
    }

    pub(super) fn bad(code: &'static str, state: &'static str, fields: Vec<(&'static str, String)>) -> Self {
        Self { code, state: Some(state), ok: false, fields }
    }
}

/// Looks at everything that is there. What does not apply, or cannot be known on this platform, is left out.
#[must_use]
pub fn examine(surroundings: &Surroundings, keystore: Option<&dyn KeyStore>) -> Vec<Observation> {
    let Surroundings { registry, vault, now, last_seen, held_by_another, memory_locks, share } = surroundings;
    let mut seen = Vec::new();
    if let Some(keystore) = keystore {
        seen.push(key_store(keystore, vault.as_deref()));
    }
    if let Some(last_seen) = last_seen {
        seen.push(time_of_day(*now, *last_seen));
    }
    if let Some(registry) = registry {
        seen.push(file_there("registry", registry));
        seen.extend(held_by_another.map(|held| Observation::new("locks", !held, Vec::new())));
        seen.extend(disk(registry));
        let kind = share.map(|share| ("share", share.as_str().to_owned()));
        seen.push(Observation::new("network", share.is_none(), kind.into_iter().collect()));
        seen.extend(modes(registry, vault.as_deref()));
    }
    seen.extend(memory_locks.map(|locks| Observation::new("memory", locks, Vec::new())));
    seen
}

fn key_store(keystore: &dyn KeyStore, vault: Option<&Path>) -> Observation {
    let state = keystore.state();
    match keystore.kind() {
        KeyStoreKind::Vault => {
            let path = ("path", vault.map(|path| path.display().to_string()).unwrap_or_default());
            match state {
                // A locked vault is as it should be: the passphrase is asked for when a key is needed.
                StoreState::Ready | StoreState::Locked => Observation::new("vault", true, vec![path]),
                StoreState::Unreachable { cause } => Observation::new("vault", false, vec![path, ("problem", cause)]),
            }
        }
        KeyStoreKind::Os | KeyStoreKind::Memory => match state {
            StoreState::Ready => Observation::new("keyring", true, Vec::new()),
            StoreState::Locked => Observation::bad("keyring", "locked", Vec::new()),
            StoreState::Unreachable { cause } => Observation::bad("keyring", "unreachable", vec![("problem", cause)]),
        },
    }
}

fn time_of_day(now: OffsetDateTime, last_seen: OffsetDateTime) -> Observation {
    let seen = last_seen.format(&Rfc3339).unwrap_or_else(|_| last_seen.to_string());
    Observation::new("clock", !clock::went_back(now, last_seen), vec![("seen", seen)])
}

fn file_there(code: &'static str, path: &Path) -> Observation {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => Observation::new(code, true, Vec::new()),
        Ok(_) => Observation::new(code, false, vec![("problem", io::Error::from(io::ErrorKind::InvalidInput).to_string())]),
        Err(error) => Observation::new(code, false, vec![("problem", error.to_string())]),
    }
}

/// Room for a backup copy and a write-ahead log as large as the registry, and never less than [`LEAST_FREE`].
#[cfg(unix)]
fn disk(registry: &Path) -> Option<Observation> {
    let statistics = rustix::fs::statvfs(folder_of(registry)).ok()?;
    let free = statistics.f_bavail.saturating_mul(statistics.f_frsize);
    let size = registry.metadata().map_or(0, |metadata| metadata.len());
    Some(Observation::new("disk", free >= wanted_free(size), vec![("free", size_text(free))]))
}

/// `std` does not tell the free space on other platforms.
#[cfg(not(unix))]
fn disk(_registry: &Path) -> Option<Observation> {
    None
}

#[cfg(unix)]
fn wanted_free(registry_size: u64) -> u64 {
    registry_size.saturating_mul(2).max(LEAST_FREE)
}

/// A size as people say it: one decimal below ten, binary prefixes.
#[cfg(unix)]
fn size_text(octets: u64) -> String {
    for (unit, size) in [("TiB", MEBIBYTE << 20), ("GiB", MEBIBYTE << 10), ("MiB", MEBIBYTE)] {
        let whole = octets / size;
        if whole >= 10 {
            return format!("{whole} {unit}");
        }
        if whole >= 1 {
            return format!("{whole}.{} {unit}", (octets % size) * 10 / size);
        }
    }
    format!("{} KiB", octets / 1024)
}

/// One observation for each file that others may read or write, or one that all is well.
#[cfg(unix)]
fn modes(registry: &Path, vault: Option<&Path>) -> Vec<Observation> {
    use std::os::unix::fs::PermissionsExt as _;
    let beside = |suffix: &str| {
        let mut name = registry.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let mut files = vec![registry.to_owned(), beside("-wal"), beside("-shm"), beside("-journal")];
    files.extend(vault.map(Path::to_owned));
    // What is not there has no mode; a registry that is missing is told about by itself.
    let open = |path: &PathBuf| path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
    let seen: Vec<Observation> =
        files.into_iter().filter(open).map(|path| Observation::new("modes", false, vec![("path", path.display().to_string())])).collect();
    if seen.is_empty() { vec![Observation::new("modes", true, Vec::new())] } else { seen }
}

/// Access lists of other platforms are not read.
#[cfg(not(unix))]
fn modes(_registry: &Path, _vault: Option<&Path>) -> Vec<Observation> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::clock::SystemEntropy;
    use crate::keystore::{FaultyKeyStore, KeyStoreError, MemoryKeyStore, Vault};
    use crate::secret::Passphrase;
    use std::fs;
    use std::sync::Arc;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-05-01 12:00 UTC);

    fn nothing() -> Surroundings {
        Surroundings { registry: None, vault: None, now: NOW, last_seen: None, held_by_another: None, memory_locks: None, share: None }
    }

    fn only(observations: Vec<Observation>, code: &str) -> Vec<Observation> {
        observations.into_iter().filter(|seen| seen.code == code).collect()
    }

    #[test]
    fn where_there_is_nothing_nothing_is_said() {
        assert_eq!(examine(&nothing(), None), []);
    }

    #[test]
    fn memory_that_may_be_swapped_out_is_told() {
        for locks in [true, false] {
            let surroundings = Surroundings { memory_locks: Some(locks), ..nothing() };
            assert_eq!(examine(&surroundings, None), [Observation::new("memory", locks, Vec::new())]);
        }
    }

    #[test]
    fn a_keyring_that_is_locked_is_told_from_one_that_answers() {
        let store = MemoryKeyStore::new();
        assert_eq!(examine(&nothing(), Some(&store)), [Observation::new("keyring", true, Vec::new())]);
        store.set_locked(true);
        assert_eq!(examine(&nothing(), Some(&store)), [Observation::bad("keyring", "locked", Vec::new())]);
    }

    #[test]
    fn a_keyring_that_is_gone_or_silent_is_told_from_one_that_is_locked() {
        let store = FaultyKeyStore::new(Arc::new(MemoryKeyStore::new()));
        for (fault, problem) in [
            (KeyStoreError::Unreachable { cause: "no bus".to_owned() }, "the key store cannot be reached: no bus"),
            (KeyStoreError::TimedOut { seconds: 5 }, "the key store gave no answer within 5 seconds"),
        ] {
            store.fail_all(Some(fault));
            let seen = vec![("problem", problem.to_owned())];
            assert_eq!(examine(&nothing(), Some(&store)), [Observation::bad("keyring", "unreachable", seen)]);
        }
    }

    #[test]
    fn a_locked_vault_is_well_and_a_missing_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.vault");
        let vault = Vault::create_cheap(&path, &Passphrase::new("p".to_owned()), "r", Arc::new(SystemEntropy)).unwrap();
        KeyStore::lock(&vault);
        let surroundings = Surroundings { vault: Some(path.clone()), ..nothing() };
        let named = ("path", path.display().to_string());
        assert_eq!(examine(&surroundings, Some(&vault)), [Observation::new("vault", true, vec![named.clone()])]);
        fs::remove_file(&path).unwrap();
        let seen = only(examine(&surroundings, Some(&vault)), "vault");
        assert!(seen.iter().all(|seen| !seen.ok && seen.fields.contains(&named) && seen.fields.iter().any(|(name, _)| *name == "problem")));
        assert_eq!(seen.len(), 1);
    }

    #[test]
    fn the_clock_may_be_a_little_behind() {
        let at = |last_seen| only(examine(&Surroundings { last_seen: Some(last_seen), ..nothing() }, None), "clock");
        let seen = |ok, text: &str| vec![Observation::new("clock", ok, vec![("seen", text.to_owned())])];
        assert_eq!(at(datetime!(2026-05-01 12:05 UTC)), seen(true, "2026-05-01T12:05:00Z"));
        assert_eq!(at(datetime!(2026-05-01 12:05:01 UTC)), seen(false, "2026-05-01T12:05:01Z"));
        assert_eq!(at(datetime!(1970-01-01 0:00 UTC)), seen(true, "1970-01-01T00:00:00Z"));
    }

    #[cfg(unix)]
    #[test]
    fn files_that_others_can_read_are_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (registry, wal) = (folder.path().join("a.chancery"), folder.path().join("a.chancery-wal"));
        for (path, mode) in [(&registry, 0o600), (&wal, 0o600)] {
            fs::write(path, b"").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let surroundings = Surroundings { registry: Some(registry.clone()), ..nothing() };
        assert_eq!(only(examine(&surroundings, None), "modes"), [Observation::new("modes", true, Vec::new())]);
        fs::set_permissions(&wal, fs::Permissions::from_mode(0o640)).unwrap();
        let named = vec![("path", wal.display().to_string())];
        assert_eq!(only(examine(&surroundings, None), "modes"), [Observation::new("modes", false, named)]);
        assert_eq!(only(examine(&surroundings, None), "registry"), [Observation::new("registry", true, Vec::new())]);
        fs::remove_file(&registry).unwrap();
        assert!(only(examine(&surroundings, None), "registry").iter().all(|seen| !seen.ok));
    }

    #[cfg(unix)]
    #[test]
    fn free_space_is_measured_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let surroundings = Surroundings { registry: Some(folder.path().join("a.chancery")), ..nothing() };
        let seen = only(examine(&surroundings, None), "disk");
        assert!(seen.iter().all(|seen| seen.fields.iter().any(|(name, value)| *name == "free" && value.ends_with("iB"))));
        assert_eq!(seen.len(), 1);
        assert_eq!((wanted_free(0), wanted_free(100 * MEBIBYTE)), (LEAST_FREE, 200 * MEBIBYTE));
        for (octets, text) in [
            (0, "0 KiB"),
            (5000, "4 KiB"),
            (MEBIBYTE * 3 / 2, "1.5 MiB"),
            (25 * MEBIBYTE, "25 MiB"),
            (MEBIBYTE << 12, "4.0 GiB"),
            (MEBIBYTE << 25, "32 TiB"),
        ] {
            assert_eq!(size_text(octets), text);
        }
    }

    #[test]
    fn a_share_is_named_and_a_disk_is_well() {
        let at = |share| {
            let surroundings = Surroundings { registry: Some(PathBuf::from("/r/a.chancery")), share, ..nothing() };
            only(examine(&surroundings, None), "network")
        };
        assert_eq!(at(None), [Observation::new("network", true, Vec::new())]);
        assert_eq!(at(Some(Share::Smb)), [Observation::new("network", false, vec![("share", "smb".to_owned())])]);
    }
}
