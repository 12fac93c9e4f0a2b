//! The audit log.

use authority::audit::Actor;
use authority::registry::{AuditRow, Read};

use super::{Surface, narrow, registry_commands};
use crate::request::{AuditList, Nothing};
use crate::text::time_text;
use crate::view::{AuditEntry, AuditVerified, Page, Total};
use crate::{ApiError, ErrorCode};

/// Rows of a page when nobody says how many, and at most.
const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 500;

/// Who acted, in one line.
pub(super) fn actor_text(actor: &Actor) -> String {
    format!("{}@{} ({})", actor.user, actor.host, actor.program)
}

/// An entry as a view.
pub(super) fn entry(row: &AuditRow) -> AuditEntry {
    let name = row.event.detail.get("name").or_else(|| row.event.detail.get("label")).and_then(|name| name.as_str());
    AuditEntry {
        sequence: narrow(row.sequence),
        at: time_text(row.event.at),
        actor: actor_text(&row.event.actor),
        action: row.event.action.clone(),
        subject: row.event.subject.clone(),
        subject_name: name.unwrap_or_default().to_owned(),
        detail: row.event.detail.clone(),
        why: row.event.why.clone(),
        hash: row.hash.to_string(),
        previous: row.previous.to_string(),
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
                    if request.action.as_ref().is_none_or(|prefix| row.event.action.starts_with(prefix.as_str())) {
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

    /// Verifies the chain of the log, and its head where the keys are unlocked.
    ///
    /// # Errors
    /// When the log cannot be read at all.
    pub fn audit_verify(&self, _: Nothing) -> Result<AuditVerified, ApiError> {
        let verified = self.session()?.verify_audit()?;
        let findings: Vec<_> = verified.findings.into_iter().map(registry_commands::finding).collect();
        Ok(AuditVerified { ok: findings.is_empty(), findings, count: narrow(verified.count), head: verified.head.to_string(), sealed: verified.sealed })
    }
}
