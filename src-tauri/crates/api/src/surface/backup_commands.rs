//! Backups, and what is made of them.

use std::path::{Path, PathBuf};

use authority::drill::drill;
use authority::import::TakenRevocation;
use authority::install_crl::AwaitedCrl as Waiting;
use authority::pki::RevocationReason;
use authority::restore::{RestoreWish, restore};
use authority::session::Session;

use super::crl_commands::number_text;
use super::registry_commands::{finding, taken as taken_in};
use super::tasks::Work;
use super::{Surface, narrow};
use crate::request::{Nothing, RegistryBackup, RegistryDrill, RegistryRestore};
use crate::text::time_text;
use crate::view::{
    AuthorityRef, AwaitedCrl, BackupFailure, BackupFileView, BackupList, BackupView, CrlEntryView, DrillView, RestoreView, RestoredCrl,
};
use crate::{ApiError, ErrorCode};

impl Surface {
    pub(super) fn try_registry_backup(&self, request: RegistryBackup) -> Result<BackupView, ApiError> {
        let session = self.session()?;
        let report = self.as_task(&session, &Work::Backup(&request.out), |watch| Ok(session.back_up(request.out.as_path(), watch)?))?;
        let authorities = session.registry().read(|tx| tx.authorities())?.len();
        Ok(BackupView {
            path: request.out.0,
            bytes: report.size,
            certificates: narrow(report.certificates),
            authorities: narrow(authorities),
        })
    }

    /// Makes today's copy if the registry has been changed since it was opened here, or if `used` says that being open is enough, and it is still to
    /// be made. `None`: it is not due.
    ///
    /// # Errors
    /// When it fails; that is on record, and the overview tells it.
    pub fn back_up_daily(&self, used: bool) -> Result<Option<BackupView>, ApiError> {
        let Some(session) = self.current() else { return Ok(None) };
        if !(used || session.changed_since_open()?) || !session.daily_backup_due()? {
            return Ok(None);
        }
        let Some(made) = self.as_task(&session, &Work::DailyBackup, |watch| Ok(session.back_up_daily(watch)?))? else { return Ok(None) };
        let authorities = session.registry().read(|tx| tx.authorities())?.len();
        Ok(Some(BackupView {
            path: made.path.to_string_lossy().into_owned(),
            bytes: made.report.size,
            certificates: narrow(made.report.certificates),
            authorities: narrow(authorities),
        }))
    }

    /// How the backups stand.
    ///
    /// # Errors
    /// When the registry or the folder of backups cannot be read.
    pub fn registry_backups(&self, _: Nothing) -> Result<BackupList, ApiError> {
        let state = self.session()?.backups()?;
        Ok(BackupList {
            folder: state.folder.to_string_lossy().into_owned(),
            last: state.last.map(time_text),
            last_drill: state.last_drill.map(time_text),
            failed: state.failed.map(|(at, problem)| BackupFailure { at: time_text(at), problem }),
            items: state
                .files
                .into_iter()
                .map(|file| BackupFileView {
                    name: file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
                    at: file.written_at.map(time_text),
                    bytes: file.size,
                    daily: file.daily,
                })
                .collect(),
        })
    }

    /// Proves that a backup opens: restores it to a place of its own, checks it, finds its keys, and throws the copy away.
    ///
    /// # Errors
    /// When it cannot be restored, its vault does not open, or it is a backup of another registry. What is wrong with its content is in the view.
    pub fn registry_drill(&self, request: RegistryDrill) -> Result<DrillView, ApiError> {
        let session = self.current();
        let path = match (&request.path, &request.name, &session) {
            (Some(path), None, _) => path.as_path().to_owned(),
            (None, name, Some(session)) => in_folder(session, name.as_deref())?,
            _ => return Err(ApiError::new(ErrorCode::NoRegistryOpen)),
        };
        let passphrase = request.passphrase.as_ref().map(taken_in);
        let drilled = match &session {
            Some(session) => self.as_task(session, &Work::Drill, |_| Ok(session.drill(&path, passphrase.as_ref())?))?,
            None => drill(&path, passphrase.as_ref(), &std::env::temp_dir(), &self.host.forces)?,
        };
        Ok(DrillView {
            path: path.to_string_lossy().into_owned(),
            ok: drilled.ok(),
            name: drilled.name,
            made_at: drilled.made_at.map(time_text),
            certificates: narrow(drilled.certificates),
            authorities: narrow(drilled.authorities),
            audit_rows: narrow(drilled.audit_rows),
            sealed: drilled.sealed,
            keys_found: narrow(drilled.keys_found),
            keys_missing: drilled.keys_missing,
            findings: drilled.findings.into_iter().map(finding).collect(),
            recorded: session.is_some_and(|session| !session.registry().read_only()),
        })
    }

    /// Makes a registry from a backup, and opens it, its vault still locked.
    ///
    /// # Errors
    /// When something is in the way, the backup cannot be read, or a given CRL is not the newest of an authority in it. Nothing was made then, and the
    /// registry that was open stays open.
    pub fn registry_restore(&self, request: RegistryRestore) -> Result<RestoreView, ApiError> {
        let crls = request.crls.iter().map(|path| self.crl_in_file(path).map(|(crl, _)| crl)).collect::<Result<Vec<_>, _>>()?;
        let wish = RestoreWish {
            backup: request.path.as_path(),
            to: request.to.as_path(),
            crls: &crls,
            accept_lost_crls: request.accept_lost_crls,
        };
        let (session, restored) = restore(&wish, &self.host.forces)?;
        self.put_unlocked_if_easy(session);
        Ok(RestoreView {
            status: self.registry_status(Nothing {})?,
            made_at: restored.made_at.map(time_text),
            epoch: restored.epoch,
            crls: restored
                .installed
                .into_iter()
                .map(|(authority, done)| RestoredCrl {
                    authority,
                    continues_above: number_text(&done.continues_above),
                    revocations: done.taken.iter().map(taken).collect(),
                })
                .collect(),
        })
    }
}

/// A backup in the folder of backups: the one of this name, or the newest.
fn in_folder(session: &Session, name: Option<&str>) -> Result<PathBuf, ApiError> {
    let state = session.backups()?;
    let wanted = |path: &Path| name.is_none_or(|name| path.file_name().is_some_and(|there| there.to_string_lossy() == name));
    let found = state.files.into_iter().map(|file| file.path).find(|path| wanted(path));
    found.ok_or_else(|| ApiError::new(ErrorCode::FileNotFound).with("path", state.folder.join(name.unwrap_or_default()).display()))
}

/// A CRL that is awaited.
pub(super) fn awaited(waiting: Waiting) -> AwaitedCrl {
    AwaitedCrl {
        authority: AuthorityRef { id: waiting.authority.to_string(), name: waiting.name },
        generation: waiting.generation,
        known: waiting.known.as_ref().map(number_text),
    }
}

/// A revocation that only a CRL knew.
pub(super) fn taken(taken: &TakenRevocation) -> CrlEntryView {
    CrlEntryView {
        serial: taken.entry.serial.to_string(),
        revoked_at: time_text(taken.entry.revoked_at),
        reason: taken.entry.reason.unwrap_or(RevocationReason::Unspecified).as_str().to_owned(),
        invalidity_date: taken.entry.invalidity_date.map(time_text),
        name: taken.name.clone(),
        certificate: None,
        kept: None,
    }
}
