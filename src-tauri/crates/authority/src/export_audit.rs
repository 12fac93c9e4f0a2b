//! Writes the audit log into a file that a stranger can verify: JSON lines, each with the very texts that its hash covers.

use std::io;
use std::path::Path;

use pki::Fingerprint;
use serde_json::json;

use crate::file::{FileError, FileMode, write_new_atomically_with};
use crate::registry::{AuditRow, ChainVerdict, CheckFinding, RegistryError};
use crate::session::Session;

/// The log could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportAuditError {
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The log could not be read.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedAudit {
    /// How many rows.
    pub count: u64,
    /// The hash of the last.
    pub head: Fingerprint,
    /// What is wrong with the chain. It is exported all the same: the damage is evidence.
    pub findings: Vec<CheckFinding>,
}

impl Session {
    /// Writes the whole log, oldest first. That it left is the log's next row, where the registry can be written.
    ///
    /// # Errors
    /// When the log cannot be read, or the file is in the way or cannot be written; an old file is intact then.
    pub fn export_audit(&self, out: &Path, overwrite: bool) -> Result<ExportedAudit, ExportAuditError> {
        let exported = self.registry().read(|tx| {
            let mut outcome = Ok(ChainVerdict::default());
            write_new_atomically_with(out, FileMode::Private, overwrite, |file| {
                let mut written = Ok(());
                outcome = tx.verify_chain(|row| {
                    if written.is_ok() {
                        written = writeln!(file, "{}", line(row));
                    }
                });
                match &outcome {
                    Ok(_) => written,
                    // The file is not finished; what the registry said is returned below.
                    Err(error) => Err(io::Error::other(error.to_string())),
                }
            })
            .or_else(|error| if outcome.is_err() { Ok(()) } else { Err(error) })?;
            let findings = outcome?.findings;
            let (count, head) = tx.audit_head()?;
            Ok::<_, ExportAuditError>(ExportedAudit { count, head: Fingerprint::from_bytes(head), findings })
        })?;
        if !self.registry().read_only() {
            let detail = json!({ "count": exported.count, "head": exported.head.to_string() });
            let event = self.event("audit.exported", &self.id().to_string(), detail);
            self.change(|tx| tx.append_audit(&event).map(drop))?;
        }
        Ok(exported)
    }
}

/// The texts as they are kept; `at` in milliseconds since 1970-01-01 UTC.
fn line(row: &AuditRow) -> serde_json::Value {
    json!({
        "sequence": row.sequence,
        "at": row.at_milliseconds(),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "detail": row.detail,
        "why": row.why,
        "previous": Fingerprint::from_bytes(row.previous).to_string(),
        "hash": Fingerprint::from_bytes(row.hash).to_string(),
    })
}
