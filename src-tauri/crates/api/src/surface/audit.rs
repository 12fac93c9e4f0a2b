//! The audit log.

use authority::pki::Fingerprint;
use authority::refusal::SUFFIX;
use authority::registry::{AuditFilter, AuditRow, AuditStart, MOST_COUNTED, Read};
use serde_json::Value;

use super::{Surface, narrow, registry_commands};
use crate::request::{AuditExport, AuditList, AuditNamed, Nothing};
use crate::text::time_text;
use crate::time_in::{self, DayEdge};
use crate::view::{AuditEntry, AuditExported, AuditFacet, AuditFacets, AuditPage, AuditVerified, SearchedTo, Total};
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
        refused: row.action.ends_with(SUFFIX),
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
    /// When a cursor or a time cannot be read.
    pub fn audit_list(&self, request: AuditList) -> Result<AuditPage, ApiError> {
        let session = self.session()?;
        let limit = request.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let bad = |text: &String| ApiError::new(ErrorCode::BadCursor).with("text", text);
        let before: Option<u64> = request.after.as_ref().map(|text| text.parse().map_err(|_| bad(text))).transpose()?;
        let start = match (before, request.position) {
            (Some(_), Some(_)) => {
                return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a page begins at a cursor or a position, not both"));
            }
            (Some(before), None) => AuditStart::Before(before),
            (None, Some(position)) => AuditStart::Position(position.into()),
            (None, None) => AuditStart::Newest,
        };
        let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let filter = AuditFilter {
            actor: said(request.actor),
            action: said(request.action),
            subject: said(request.subject),
            since: request.since.as_deref().map(|text| time_in::read(text, DayEdge::First)).transpose()?,
            until: request.until.as_deref().map(|text| time_in::read(text, DayEdge::Last)).transpose()?,
            last: request.last.map(u64::from),
            refused: request.refused,
            search: said(request.search),
        };
        session.registry().read(|tx| {
            let rows = tx.audit_list(&filter, start, limit)?;
            let count = tx.audit_count(&filter)?;
            let searched_from = tx.audit_searched_from(&filter, start)?;
            let full = rows.last().filter(|_| narrow(rows.len()) == limit).map(|last| last.sequence);
            let next = full.or(searched_from).filter(|last| *last > 1).map(|last| last.to_string());
            let at_least = filter != AuditFilter::default() && count > MOST_COUNTED;
            let total = Total { count: narrow(if at_least { MOST_COUNTED } else { count }), at_least: at_least || searched_from.is_some() };
            let oldest = searched_from.map(|sequence| tx.audit_page(None, Some(sequence.saturating_add(1)), 1)).transpose()?;
            let searched_to =
                oldest.iter().flatten().map(|row| SearchedTo { sequence: narrow(row.sequence), at: time_text(row.at) }).next();
            Ok(AuditPage { items: rows.iter().map(entry).collect(), next, total, searched_to })
        })
    }

    /// One entry of the audit log.
    ///
    /// # Errors
    /// When the log has none of this number.
    pub fn audit_show(&self, request: AuditNamed) -> Result<AuditEntry, ApiError> {
        let sequence = u64::from(request.sequence);
        let rows = self
            .session()?
            .registry()
            .read(|tx| tx.audit_list(&AuditFilter::default(), AuditStart::Before(sequence.saturating_add(1)), 1))?;
        let row = rows.first().filter(|row| row.sequence == sequence);
        row.map(entry).ok_or_else(|| ApiError::new(ErrorCode::AuditEntryNotFound).with("sequence", sequence))
    }

    /// Who acted in this registry, and what was done.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn audit_facets(&self, _: Nothing) -> Result<AuditFacets, ApiError> {
        let found = self.session()?.registry().read(|tx| tx.audit_facets())?;
        let facet = |(value, count): (String, u64)| AuditFacet { value, count: narrow(count) };
        Ok(AuditFacets {
            actors: found.actors.into_iter().map(|(actor, count)| facet((actor_text(&actor), count))).collect(),
            actions: found.actions.into_iter().map(facet).collect(),
        })
    }

    pub(super) fn try_audit_export(&self, request: AuditExport) -> Result<AuditExported, ApiError> {
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
            on_record: narrow(verified.on_record),
        })
    }
}
