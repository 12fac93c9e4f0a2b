//! The audit log.

use api::view::{AuditEntry, AuditExported, AuditPage, AuditVerified, SearchedTo};

use super::registry::findings;
use crate::layout::{Text, counted, moment};

pub(crate) fn list(page: &AuditPage) -> Text {
    let mut text = Text::new();
    let rows = page
        .items
        .iter()
        .map(|entry| {
            [
                entry.sequence.to_string(),
                moment(&entry.at),
                entry.action.clone(),
                // What has no name is told by its id.
                if entry.subject_name.is_empty() { &entry.subject } else { &entry.subject_name }.clone(),
                entry.actor.clone(),
                entry.why.clone().unwrap_or_default(),
            ]
        })
        .collect();
    text.table(["no", "at", "action", "subject", "by", "why"], rows);
    text
}

/// How far back a search went that did not reach the beginning of the log.
pub(crate) fn searched_to(searched: &SearchedTo) -> String {
    format!("searched back to entry {} ({}); the next page goes on from there", searched.sequence, moment(&searched.at))
}

pub(crate) fn entry(entry: &AuditEntry) -> Text {
    let mut text = Text::new();
    text.pairs(&[
        ("Number", entry.sequence.to_string()),
        ("At", moment(&entry.at)),
        ("By", entry.actor.clone()),
        ("Action", entry.action.clone()),
        ("Subject", entry.subject.clone()),
        ("Name", entry.subject_name.clone()),
        ("Why", entry.why.clone().unwrap_or_default()),
        ("Particulars", entry.detail.to_string()),
        ("Hash", entry.hash.clone()),
        ("Previous", entry.previous.clone()),
    ]);
    text
}

pub(crate) fn verified(verified: &AuditVerified) -> Text {
    let mut text = Text::new();
    text.line(if verified.ok { "The log is whole." } else { "The log is damaged." });
    text.pairs(&[
        ("Entries", verified.count.to_string()),
        ("Head", verified.head.clone()),
        ("Sealed head", if verified.sealed { "compared" } else { "not compared: the keys are locked" }.to_owned()),
    ]);
    if verified.on_record > 0 {
        let breaks = counted(verified.on_record, "break", "breaks");
        text.gap().line(&format!("{breaks} more stand in the log as found by a salvage (chancery audit list --action registry.salvaged)."));
    }
    if !verified.findings.is_empty() {
        text.gap();
        findings(&mut text, &verified.findings);
    }
    text
}

pub(crate) fn exported(exported: &AuditExported) -> Text {
    let mut text = Text::new();
    text.pairs(&[("Written", exported.path.clone()), ("Entries", exported.count.to_string()), ("Head", exported.head.clone())]);
    if !exported.ok {
        text.gap().line("The log is damaged; it was written as it is.");
        findings(&mut text, &exported.findings);
    }
    text
}
