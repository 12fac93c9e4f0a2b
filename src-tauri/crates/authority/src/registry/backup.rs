//! Copies of a registry, taken while it is in use, and believed only after they were opened and counted; a backup also after every certificate in it
//! was compared with its SHA-256.

use std::path::Path;
use std::time::Duration;

use pki::Fingerprint;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::cell::Cells;
use super::error::{OpenError, RegistryError};
use super::open::{folder_of, sync_folder};
use super::{Registry, connection};
use crate::leftovers::{self, Workshop};
use crate::watch::{Unwatched, Watch};

/// What a verified copy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Bytes of the file.
    pub size: u64,
    /// How many certificates are in it.
    pub certificates: u64,
    /// How many audit rows are in it.
    pub audit_rows: u64,
    /// The hash of the last of them; zeros if there is none.
    pub audit_head: [u8; 32],
}

/// How many pages are copied before other programs get a turn.
const PAGES: i32 = 1_000;
/// How long a lock on the copy is waited for before the next try.
const A_MOMENT: Duration = Duration::from_millis(20);

/// Copies a registry into a new file: made under another name, checked, synced, then given its name.
pub(super) fn copy(from: &Connection, path: &Path, extra: &[(&str, String)]) -> Result<BackupReport, OpenError> {
    let stopped = || OpenError::at(path, RegistryError::Statement { detail: "a copy that nobody watches was stopped".to_owned() });
    copy_watched(from, path, extra, Depth::Structure, &Unwatched)?.ok_or_else(stopped)
}

/// How closely a copy is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Pages and counts: the copy before a change of schema also keeps a registry in which a certificate is damaged.
    Structure,
    /// Every certificate as well.
    Certificates,
}

fn copy_watched(
    from: &Connection,
    path: &Path,
    extra: &[(&str, String)],
    depth: Depth,
    watch: &dyn Watch,
) -> Result<Option<BackupReport>, OpenError> {
    let folder = folder_of(path);
    let failed = |error: std::io::Error| OpenError::io(folder, &error);
    // In a folder of its own: what SQLite puts beside the file goes with that folder when something fails.
    let workshop = Workshop::new_in(folder, leftovers::COPY).map_err(failed)?;
    let made = tempfile::NamedTempFile::new_in(workshop.path()).map_err(failed)?;
    let Some(report) = copied(from, made.path(), extra, depth, watch).map_err(|error| OpenError::at(path, error))? else {
        return Ok(None);
    };
    let size = made.as_file().metadata().map_err(|error| OpenError::io(path, &error))?.len();
    made.as_file().sync_all().map_err(|error| OpenError::io(path, &error))?;
    made.persist_noclobber(path).map_err(|error| OpenError::io(path, &error.error))?;
    sync_folder(folder).map_err(|error| OpenError::io(folder, &error))?;
    Ok(Some(BackupReport { size, ..report }))
}

/// Both connections see the moment that the reader's transaction holds.
fn copied(
    from: &Connection,
    path: &Path,
    extra: &[(&str, String)],
    depth: Depth,
    watch: &dyn Watch,
) -> Result<Option<BackupReport>, RegistryError> {
    let mut to = Connection::open(path)?;
    if !pages(from, &mut to, watch)? {
        return Ok(None);
    }
    // A task belongs to the process that runs it, and none runs in a copy: the backup's own would run there for ever.
    to.execute("DELETE FROM tasks WHERE state = 'running'", [])?;
    for (key, value) in extra {
        to.execute(
            "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )?;
    }
    // A copy in WAL mode could not be opened from a folder that cannot be written, a CD for instance.
    let mode: String = to.query_row("PRAGMA journal_mode = delete", [], |row| row.get(0))?;
    if mode != "delete" {
        return Err(RegistryError::Statement { detail: format!("the copy keeps journal mode {mode}") });
    }
    to.close().map_err(|(_, error)| error)?;
    let (copy, report) = verified(path)?;
    compare(&row_counts(from)?, &row_counts(&copy)?)?;
    let whole = depth == Depth::Structure || compare_certificates(&copy, watch)?;
    Ok(whole.then_some(report))
}

/// Certificates between two looks at whoever waits.
const STEP: u64 = 256;

/// Fails on the first certificate whose DER does not have the SHA-256 of its row: SQLite's own check sees pages, and a flipped bit within a cell is none of
/// its business. Returns false if it was stopped.
fn compare_certificates(connection: &Connection, watch: &dyn Watch) -> Result<bool, RegistryError> {
    let total = super::Read::new(connection).number("SELECT count(*) FROM certificates", &[])?;
    let total = u64::try_from(total).unwrap_or(0);
    let sql = "SELECT c.id, c.fingerprint, d.der FROM certificates c LEFT JOIN certificate_ders d ON d.certificate = c.id ORDER BY c.id";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut done = 0_u64;
    while let Some(row) = rows.next()? {
        let recorded: Fingerprint = Cells::new("certificates", row).get("fingerprint")?;
        let der = row.get_ref("der")?;
        let der = der
            .as_blob()
            .map_err(|_| RegistryError::Damaged { detail: format!("the certificate with the SHA-256 {recorded} is missing") })?;
        if Fingerprint::of(der) != recorded {
            return Err(RegistryError::Damaged { detail: format!("a certificate does not have its SHA-256 {recorded}") });
        }
        done += 1;
        if done.is_multiple_of(STEP) {
            if watch.cancelled() {
                return Ok(false);
            }
            watch.progress(done, total.max(done));
        }
    }
    Ok(!watch.cancelled())
}

/// Copies page by page. Returns false if it was stopped.
pub(super) fn pages(from: &Connection, to: &mut Connection, watch: &dyn Watch) -> Result<bool, RegistryError> {
    let backup = Backup::new(from, to)?;
    loop {
        if watch.cancelled() {
            return Ok(false);
        }
        match backup.step(PAGES)? {
            StepResult::Done => return Ok(true),
            StepResult::Busy | StepResult::Locked => std::thread::sleep(A_MOMENT),
            // What is yet to come is all that is left.
            _ => {}
        }
        let progress = backup.progress();
        let count = |pages: i32| u64::try_from(pages).unwrap_or(0);
        watch.progress(count(progress.pagecount.saturating_sub(progress.remaining)), count(progress.pagecount));
    }
}

/// How many rows each table has. Tasks and settings are the copy's own.
fn row_counts(connection: &Connection) -> Result<Vec<(String, i64)>, RegistryError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('tasks', 'settings') \
        AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name";
    let names: Vec<String> = connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    names
        .into_iter()
        .map(|name| {
            let count = connection.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0))?;
            Ok((name, count))
        })
        .collect()
}

/// Fails on the first table that has not as many rows in the copy as at the moment that was copied.
fn compare(source: &[(String, i64)], copy: &[(String, i64)]) -> Result<(), RegistryError> {
    match source.iter().find(|row| !copy.contains(row)) {
        None => Ok(()),
        Some((table, count)) => {
            let found = copy.iter().find(|(name, _)| name == table).map_or(0, |(_, count)| *count);
            Err(RegistryError::Damaged { detail: format!("{table} had {count} rows and has {found} in the copy") })
        }
    }
}

/// What of a copy is held in memory while it is checked, in KiB: SQLite looks up each row in each of a dozen indexes, in no order of theirs.
const HELD: i64 = 131_072;

/// Opens a copy afresh, lets SQLite check it, and counts.
pub(super) fn verified(path: &Path) -> Result<(Connection, BackupReport), RegistryError> {
    let copy = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    copy.pragma_update(None, "cache_size", -HELD)?;
    let answer: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if answer != "ok" {
        return Err(RegistryError::Damaged { detail: answer });
    }
    let read = super::Read::new(&copy);
    let certificates = u64::try_from(read.number("SELECT count(*) FROM certificates", &[])?).unwrap_or(0);
    let (audit_rows, audit_head) = read.audit_head()?;
    Ok((copy, BackupReport { size: 0, certificates, audit_rows, audit_head }))
}

impl Registry {
    /// Copies the registry, as it is at one moment, into a new file that is synced and verified. Others may go on writing. `extra` settings are
    /// written into the copy alone.
    ///
    /// # Errors
    /// `AlreadyExists`, `Full`, `Damaged` if the copy does not pass its check, `Io`.
    pub fn backup_to(&self, path: &Path, extra: &[(&str, String)]) -> Result<BackupReport, OpenError> {
        let stopped = || OpenError::at(path, RegistryError::Statement { detail: "a copy that nobody watches was stopped".to_owned() });
        self.backup_watched(path, extra, &Unwatched)?.ok_or_else(stopped)
    }

    /// Compares every certificate with its SHA-256, on one moment. Returns false if `watch` stopped that.
    ///
    /// # Errors
    /// `Damaged` or `Cell` for the first that is not as it was recorded.
    pub fn compare_certificates(&self, watch: &dyn Watch) -> Result<bool, RegistryError> {
        compare_certificates(&connection::reader(&self.path, self.access)?, watch)
    }

    /// As [`Registry::backup_to`], telling `watch` how many pages are copied, and then how many certificates are compared with their SHA-256; `None` if it
    /// stopped the work, and then nothing is left of it.
    ///
    /// # Errors
    /// As [`Registry::backup_to`].
    pub fn backup_watched(&self, path: &Path, extra: &[(&str, String)], watch: &dyn Watch) -> Result<Option<BackupReport>, OpenError> {
        if path.symlink_metadata().is_ok() {
            return Err(OpenError::AlreadyExists { path: path.to_owned() });
        }
        let reader = connection::reader(&self.path, self.access).map_err(|error| OpenError::at(&self.path, error.into()))?;
        // One moment for the whole copy: a writer in another process would otherwise make it begin again and again.
        reader.execute_batch("BEGIN; SELECT count(*) FROM meta;").map_err(|error| OpenError::at(&self.path, error.into()))?;
        copy_watched(&reader, path, extra, Depth::Certificates, watch)
    }
}
