//! Looking after the registry: check, repair, and what is done unasked.

use super::registry_commands::finding;
use super::{Surface, narrow};
use crate::ApiError;
use crate::request::RegistryCheck;
use crate::view::{CheckView, RepairView};

impl Surface {
    /// Checks the file, and every row against the bytes it stands for; first makes anew what can be derived, where that is asked for.
    ///
    /// # Errors
    /// When the registry cannot be read at all, it was cancelled, or repair was asked for where nothing can be written.
    pub fn registry_check(&self, request: RegistryCheck) -> Result<CheckView, ApiError> {
        let session = self.session()?;
        let repaired = if request.repair {
            let report = self.as_task(&session, "repair", |running| Ok(session.repair(running)?))?;
            Some(RepairView { certificates: narrow(report.certificates), derived: report.derived, indexes: report.indexes })
        } else {
            None
        };
        let report = self.as_task_if_possible(&session, "check", |running| Ok(session.check(running)?))?;
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
        let found = self.as_task_if_possible(&session, "check", |running| Ok(session.quick_check(why, running)?))?;
        for finding in &found {
            tracing::warn!(place = finding.place, code = finding.code, message = finding.message, "the registry is damaged");
        }
        Ok(!found.is_empty())
    }
}
