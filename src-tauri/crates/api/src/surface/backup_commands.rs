//! Backups, and what is made of them.

use authority::import::TakenRevocation;
use authority::install_crl::AwaitedCrl as Waiting;
use authority::pki::RevocationReason;
use authority::restore::{RestoreWish, restore};

use super::crl_commands::number_text;
use super::{Surface, narrow};
use crate::ApiError;
use crate::request::{Nothing, RegistryBackup, RegistryRestore};
use crate::text::time_text;
use crate::view::{AuthorityRef, AwaitedCrl, BackupView, CrlEntryView, RestoreView, RestoredCrl};

impl Surface {
    /// Makes a backup.
    ///
    /// # Errors
    /// When a file is in the way, the disk is full, the copy does not open, or the user stopped it.
    pub fn registry_backup(&self, request: RegistryBackup) -> Result<BackupView, ApiError> {
        let session = self.session()?;
        let report = self.as_task(&session, "backup", |watch| Ok(session.back_up(request.out.as_path(), watch)?))?;
        let authorities = session.registry().read(|tx| tx.authorities())?.len();
        Ok(BackupView {
            path: request.out.0,
            bytes: report.size,
            certificates: narrow(report.certificates),
            authorities: narrow(authorities),
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
    }
}
