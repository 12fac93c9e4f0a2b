//! A copy on each day that the registry is used. Old copies go only after a new one was opened and counted, and a copy that fails is told, not passed
//! over.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::back_up::{BACKED_UP_SETTING, BackUpError, epoch_milliseconds, moment};
use crate::file::{FileError, make_private_folder};
use crate::registry::{BackupReport, Read, RegistryError};
use crate::session::Session;
use crate::settings::{BACKUP_DAILY, BACKUP_FOLDER, BACKUP_KEEP};
use crate::watch::Watch;

/// Setting: when the newest daily copy was made, epoch milliseconds.
const MADE_SETTING: &str = "backup.daily-made";
/// Setting: when a daily copy failed for the last time since one succeeded, epoch milliseconds, a space, and why.
const FAILED_SETTING: &str = "backup.daily-failed";
/// Setting: when a drill last went well, epoch milliseconds.
pub(crate) const DRILLED_SETTING: &str = "drill.last";
/// Who makes the daily copy, when several programs work on one registry.
const LEASE: &str = "backup.daily";
/// How long one program has for it before another may try.
const LEASE_TIME: Duration = Duration::minutes(30);
/// After a failure the next try waits for this long: a full disk does not empty itself with each command.
const RETRY: Duration = Duration::hours(1);
/// What stands before the date in the name of a daily copy, and the ending of every backup.
const DAILY: &str = ".daily-";
const ENDING: &str = ".backup";

/// A daily copy could not be made. It is on record.
#[derive(Debug, thiserror::Error)]
pub enum DailyBackupError {
    /// The folder that was set is not there.
    #[error("{} is not there", folder.display())]
    FolderMissing {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder beside the registry cannot be made or read, or an old copy not removed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The copy failed.
    #[error(transparent)]
    Copy(#[from] BackUpError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// A daily copy that was made.
#[derive(Debug)]
pub struct DailyBackup {
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub report: BackupReport,
    /// Older daily copies that it took the place of.
    pub removed: Vec<PathBuf>,
}

/// A backup that lies in the folder of backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// The file.
    pub path: PathBuf,
    /// When it was written, as the file system says.
    pub written_at: Option<OffsetDateTime>,
    /// Bytes.
    pub size: u64,
    /// Whether it is a daily one, which will be removed when enough newer ones are there.
    pub daily: bool,
}

/// How the backups of a registry stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupState {
    /// Where the daily copies go.
    pub folder: PathBuf,
    /// The newest backup of any kind.
    pub last: Option<OffsetDateTime>,
    /// The last drill that went well.
    pub last_drill: Option<OffsetDateTime>,
    /// The last failure since a daily copy succeeded, and why.
    pub failed: Option<(OffsetDateTime, String)>,
    /// What lies in the folder, newest first.
    pub files: Vec<BackupFile>,
}

/// The last failure of a daily copy since one succeeded, and why.
pub(crate) fn failure(tx: &Read<'_>) -> Result<Option<(OffsetDateTime, String)>, RegistryError> {
    let Some(text) = tx.setting(FAILED_SETTING)? else { return Ok(None) };
    let (millis, why) = text.split_once(' ').unwrap_or((&text, ""));
    let at = millis.parse::<i128>().ok().and_then(|millis| OffsetDateTime::from_unix_timestamp_nanos(millis * 1_000_000).ok());
    Ok(at.map(|at| (at, why.to_owned())))
}

impl Session {
    /// Whether today's copy is still to be made: it is wanted, there is something to lose, and nothing has failed within the hour.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn daily_backup_due(&self) -> Result<bool, RegistryError> {
        if self.registry().read_only() {
            return Ok(false);
        }
        let now = self.now();
        self.registry().read(|tx| {
            if !BACKUP_DAILY.get(tx)? || tx.meta()?.is_test || tx.authorities()?.is_empty() || self.check_clock(tx)?.is_err() {
                return Ok(false);
            }
            let made_today = moment(tx, MADE_SETTING)?.is_some_and(|made| made.date() >= now.date());
            let failed_now = failure(tx)?.is_some_and(|(at, _)| now - at < RETRY);
            Ok(!made_today && !failed_now)
        })
    }

    /// Makes today's copy if it is still to be made, then removes daily copies beyond the number that is kept. `None`: it is not due, or another
    /// program is at it.
    ///
    /// # Errors
    /// See [`DailyBackupError`]; the failure is on record.
    pub fn back_up_daily(&self, watch: &dyn Watch) -> Result<Option<DailyBackup>, DailyBackupError> {
        let (now, holder) = (self.now(), self.holder());
        if !self.daily_backup_due()? || !self.change(|tx| tx.take_lease(LEASE, &holder, now, now.saturating_add(LEASE_TIME)))? {
            return Ok(None);
        }
        // Another may have been quicker.
        let outcome = if self.daily_backup_due()? { self.copy_of_today(watch).map(Some) } else { Ok(None) };
        if let Err(error) = &outcome {
            tracing::warn!(%error, "the daily backup failed");
            let why = error.to_string();
            let event = self.event("registry.backup-failed", &self.id().to_string(), json!({ "problem": why }));
            let failed = format!("{} {why}", epoch_milliseconds(now));
            self.change(|tx| {
                tx.set_setting(FAILED_SETTING, Some(&failed))?;
                tx.append_audit(&event).map(drop)
            })?;
        }
        self.change(|tx| tx.release_lease(LEASE, &holder))?;
        outcome
    }

    fn copy_of_today(&self, watch: &dyn Watch) -> Result<DailyBackup, DailyBackupError> {
        let now = self.now();
        let (folder, keep) = self.registry().read(|tx| Ok::<_, RegistryError>((self.folder(tx)?, BACKUP_KEEP.get(tx)?)))?;
        match folder {
            (folder, true) if !folder.is_dir() => return Err(DailyBackupError::FolderMissing { folder }),
            (folder, false) => make_private_folder(&folder)?,
            _ => {}
        }
        let (folder, _) = self.registry().read(|tx| self.folder(tx))?;
        let path = self.free_name(&folder, now);
        let report = self.back_up(&path, watch)?;
        let mut daily: Vec<_> = self.files_in(&folder)?.into_iter().filter(|file| file.daily && file.path != path).collect();
        // The date is in the name; a file system may have lost its own.
        daily.sort_by(|one, other| other.path.file_name().cmp(&one.path.file_name()));
        let kept = usize::try_from(keep).unwrap_or(usize::MAX).saturating_sub(1);
        let mut removed = Vec::new();
        for file in daily.split_off(kept.min(daily.len())) {
            std::fs::remove_file(&file.path).map_err(|error| FileError::from_io(&file.path, error))?;
            removed.push(file.path);
        }
        let names: Vec<_> = removed.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned()).collect();
        self.change(|tx| {
            tx.set_setting(MADE_SETTING, Some(&epoch_milliseconds(now).to_string()))?;
            tx.set_setting(FAILED_SETTING, None)?;
            if !names.is_empty() {
                tx.append_audit(&self.event("registry.backups-removed", &self.id().to_string(), json!({ "files": names, "kept": keep })))?;
            }
            Ok::<_, RegistryError>(())
        })?;
        Ok(DailyBackup { path, report, removed })
    }

    /// How the backups stand, and what lies in their folder.
    ///
    /// # Errors
    /// When the registry or the folder cannot be read.
    pub fn backups(&self) -> Result<BackupState, DailyBackupError> {
        let (folder, last, last_drill, failed) = self.registry().read(|tx| {
            Ok::<_, RegistryError>((self.folder(tx)?.0, moment(tx, BACKED_UP_SETTING)?, moment(tx, DRILLED_SETTING)?, failure(tx)?))
        })?;
        let mut files = if folder.is_dir() { self.files_in(&folder)? } else { Vec::new() };
        files.sort_by(|one, other| (other.written_at, &other.path).cmp(&(one.written_at, &one.path)));
        Ok(BackupState { folder, last, last_drill, failed, files })
    }

    /// Where daily copies go, and whether somebody has chosen that place.
    fn folder(&self, tx: &Read<'_>) -> Result<(PathBuf, bool), RegistryError> {
        if let Some(folder) = BACKUP_FOLDER.get(tx)? {
            return Ok((folder, true));
        }
        let mut name = self.stem();
        name.push(".backups");
        Ok((self.registry().path().with_file_name(name), false))
    }

    /// The name of the registry's file without its ending.
    fn stem(&self) -> OsString {
        self.registry().path().file_stem().map_or_else(|| OsString::from("registry"), OsString::from)
    }

    /// A dated name that no file has.
    fn free_name(&self, folder: &Path, now: OffsetDateTime) -> PathBuf {
        let mut attempt = 1_u32;
        loop {
            let mut name = self.stem();
            let again = if attempt > 1 { format!("-{attempt}") } else { String::new() };
            name.push(format!("{DAILY}{}{again}{ENDING}", now.date()));
            let path = folder.join(name);
            if path.symlink_metadata().is_err() {
                return path;
            }
            attempt = attempt.saturating_add(1);
        }
    }

    /// The backups of this registry in a folder, by their names.
    fn files_in(&self, folder: &Path) -> Result<Vec<BackupFile>, FileError> {
        let failed = |error| FileError::from_io(folder, error);
        let stem = self.stem().to_string_lossy().into_owned();
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(rest) = name.strip_prefix(&stem).and_then(|rest| rest.strip_suffix(ENDING)) else { continue };
            let Ok(about) = entry.metadata() else { continue };
            if about.is_file() {
                let written_at = about.modified().ok().map(OffsetDateTime::from);
                files.push(BackupFile { path: entry.path(), written_at, size: about.len(), daily: is_dated(rest) });
            }
        }
        Ok(files)
    }
}

/// Whether the middle of a name is that of a daily copy: `.daily-2026-11-22`, with `-2` and so on behind it.
fn is_dated(middle: &str) -> bool {
    let Some(date) = middle.strip_prefix(DAILY) else { return false };
    let numbers: Vec<_> = date.split('-').collect();
    (3..=4).contains(&numbers.len()) && numbers.iter().all(|part| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::is_dated;

    #[test]
    fn only_dated_names_are_daily_copies() {
        for daily in [".daily-2026-11-22", ".daily-2026-11-22-2"] {
            assert!(is_dated(daily), "{daily}");
        }
        for other in
            ["", "-2026-11-22", ".daily-", ".daily-2026-11", ".daily-2026-11-xx", ".daily-2026-11-22-2-3", ".daily-before-the-move"]
        {
            assert!(!is_dated(other), "{other}");
        }
    }
}
