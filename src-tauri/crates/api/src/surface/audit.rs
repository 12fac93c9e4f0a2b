//! The audit log.

use authority::pki::Fingerprint;
use authority::registry::{AuditRow, Read};

use serde_json::Value;

use super::{Surface, narrow, registry_commands};
use crate::request::{AuditExport, AuditList, Nothing};
use crate::text::time_text;
use crate::view::{AuditEntry, AuditExported, AuditVerified, Page, Total};
use crate::{ApiError, ErrorCode};

/// Rows of a page when nobody says how many, and at most.
const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 500;

/// Who acted, in one line.
pub(super) fn actor_text(document: &str) -> String {
    let actor: Value = serde_json::from_str(document).unwrap_or_default();
    let part = |name: &str| actor.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
    format!("{}@{} ({})", part("user"), part("host"), part("program"))
}

fn hex(hash: &[u8; 32]) -> String {
    Fingerprint::from_bytes(*hash).to_string()
}

/// An entry as a view.
pub(super) fn entry(row: &AuditRow) -> AuditEntry {
    // What cannot be read any more is shown as it stands.
    let detail: Value = serde_json::from_str(&row.detail).unwrap_or_else(|_| Value::String(row.detail.clone()));
    let name = detail.get("name").or_else(|| detail.get("label")).and_then(Value::as_str);
    AuditEntry {
        sequence: narrow(row.sequence),
        at: time_text(row.at),
        actor: actor_text(&row.actor),
        action: row.action.clone(),
        subject: row.subject.clone(),
        subject_name: name.unwrap_or_default().to_owned(),
        detail: detail.clone(),
        why: row.why.clone(),
        hash: hex(&row.hash),
        previous: hex(&row.previous),
    }
}

/// The newest entries.
pub(super) fn newest(tx: &Read<'_>, count: u32) -> Result<Vec<AuditEntry>, ApiError> {
    Ok(tx.audit_page(None, None, count)?.iter().map(entry).collect())
}

impl Surface {
    /// A page of the audit log, newest first.
    ///
    /// # Errors
    /// When the cursor cannot be read.
    pub fn audit_list(&self, request: AuditList) -> Result<Page<AuditEntry>, ApiError> {
        let session = self.session()?;
        let limit = request.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let bad = |text: &String| ApiError::new(ErrorCode::BadCursor).with("text", text);
        let mut before: Option<u64> = request.after.as_ref().map(|text| text.parse().map_err(|_| bad(text))).transpose()?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        session.registry().read(|tx| {
            let (count, _) = tx.audit_head()?;
            let mut items = Vec::new();
            let mut next = None;
            // A filter on the action walks the log in pages until the view is full or the log ends.
            loop {
                let rows = tx.audit_page(request.subject.as_deref(), before, limit)?;
                let Some(last) = rows.last() else { break };
                before = Some(last.sequence);
                let ended = rows.len() < wanted;
                for row in &rows {
                    if items.len() == wanted {
                        break;
                    }
                    if request.action.as_ref().is_none_or(|prefix| row.action.starts_with(prefix.as_str())) {
                        items.push(entry(row));
                        next = Some(row.sequence.to_string());
                    }
                }
                if ended && items.len() < wanted {
                    next = None;
                }
                if ended || items.len() == wanted {
                    break;
                }
            }
            if items.len() < wanted {
                next = None;
            }
            Ok(Page { items, next, total: Total { count: narrow(count), at_least: false } })
        })
    }

    /// Writes the whole log into a file, JSON lines that a stranger can verify (SECURITY.md shows how).
    ///
    /// # Errors
    /// When the log cannot be read, or the file is in the way or cannot be written.
    pub fn audit_export(&self, request: AuditExport) -> Result<AuditExported, ApiError> {
        let exported = self.session()?.export_audit(request.out.as_path(), request.overwrite)?;
        let findings: Vec<_> = exported.findings.into_iter().map(registry_commands::finding).collect();
        Ok(AuditExported {
            path: request.out.0,
            count: narrow(exported.count),
            head: exported.head.to_string(),
            ok: findings.is_empty(),
            findings,
        })
    }

    /// Verifies the chain of the log, and its head where the keys are unlocked.
    ///
    /// # Errors
    /// When the log cannot be read at all.
    pub fn audit_verify(&self, _: Nothing) -> Result<AuditVerified, ApiError> {
        let verified = self.session()?.verify_audit()?;
        let findings: Vec<_> = verified.findings.into_iter().map(registry_commands::finding).collect();
        Ok(AuditVerified {
            ok: findings.is_empty(),
            findings,
            count: narrow(verified.count),
            head: verified.head.to_string(),
            sealed: verified.sealed,
        })
    }
}
