//! Looking after the registry: check, repair, and what is done unasked.

use authority::registry::{Registry, known_schema};
use authority::salvage::salvage;

use super::registry_commands::finding;
use super::tasks::Work;
use super::{Surface, narrow};
use crate::request::{RegistryCheck, RegistryMigrate, RegistrySalvage};
use crate::view::{CheckView, LostRow, MigratedView, RepairView, SalvageView};
use crate::{ApiError, ErrorCode};

impl Surface {
    pub(super) fn try_registry_check(&self, request: RegistryCheck) -> Result<CheckView, ApiError> {
        let session = self.session()?;
        let repaired = if request.repair {
            let report = self.as_task(&session, &Work::Repair, |running| Ok(session.repair(running)?))?;
            Some(RepairView { certificates: narrow(report.certificates), derived: report.derived, indexes: report.indexes })
        } else {
            None
        };
        let report = self.as_task_if_possible(&session, &Work::Check, |running| Ok(session.check(running)?))?;
        Ok(CheckView {
            ok: report.is_clean(),
            findings: report.findings.into_iter().map(finding).collect(),
            left_out: narrow(report.left_out),
            certificates: narrow(report.certificates),
            audit_rows: narrow(report.audit_rows),
            repaired,
        })
    }

    /// Looks at the file's structure when that is due: after a program did not end in order, and weekly. Tells whether damage was found. Meant for
    /// a thread of its own: it may take a while, and nobody waits for it.
    ///
    /// # Errors
    /// When the registry cannot be read, or it was cancelled.
    pub fn look_after(&self) -> Result<bool, ApiError> {
        let Some(session) = self.current() else { return Ok(false) };
        let Some(why) = session.check_due()? else { return Ok(false) };
        let found = self.as_task_if_possible(&session, &Work::Check, |running| Ok(session.quick_check(why, running)?))?;
        for finding in &found {
            tracing::warn!(place = finding.place, code = finding.code, message = finding.message, "the registry is damaged");
        }
        Ok(!found.is_empty())
    }

    /// Puts what can be read of a damaged registry into a new one. Not a command of the page: who needs it has a window that cannot open the file.
    ///
    /// # Errors
    /// When nothing of a registry is in the file, or something is in the way.
    pub fn registry_salvage(&self, request: &RegistrySalvage) -> Result<SalvageView, ApiError> {
        let done = salvage(request.file.as_path(), request.to.as_path(), &self.host.forces)?;
        let report = done.report;
        Ok(SalvageView {
            path: request.to.0.clone(),
            vault: done.vault.map(|path| path.to_string_lossy().into_owned()),
            certificates: narrow(report.certificates),
            rows_made_anew: narrow(report.rows_made_anew),
            kept: report.kept.into_iter().map(|(table, count)| (table, narrow(count))).collect(),
            lost: report.lost.into_iter().map(|row| LostRow { table: row.table, row: row.row, problem: row.problem }).collect(),
            lost_serials: report.lost_serials,
            damaged_pages: report.damaged_pages,
            audit_breaks: narrow(report.audit_breaks),
            revocations_from_crls: done.revocations_from_crls,
        })
    }

    /// The schema of a registry that is not open, and the newest that this program knows.
    ///
    /// # Errors
    /// When the file is no registry or cannot be read.
    pub fn registry_schema(&self, path: &crate::text::FilePath) -> Result<(u32, u32), ApiError> {
        Ok((Registry::schema_at(path.as_path())?, known_schema()))
    }

    /// Brings a registry that is not open to a schema version, after a verified copy was put beside it.
    ///
    /// # Errors
    /// When this program does not know the version, or file or folder cannot be written.
    pub fn registry_migrate(&self, request: &RegistryMigrate) -> Result<MigratedView, ApiError> {
        let to = request.to.unwrap_or_else(known_schema);
        if to == 0 {
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "the lowest schema is 1"));
        }
        if to > known_schema() {
            let problem = format!("this program knows schemas 1 to {}", known_schema());
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", problem));
        }
        let (path, host) = (request.path.as_path(), &self.host.forces);
        let done = Registry::migrate(path, host.disk(path), to, &host.actor, host.clock.now())?;
        let copy = done.copy.map(|path| path.to_string_lossy().into_owned());
        Ok(MigratedView { path: request.path.0.clone(), from: done.from, to: done.to, copy })
    }
}
