//! Views of the audit log.

use serde::Serialize;
use ts_rs::TS;

use super::{CheckFinding, Total};

/// One entry of the audit log.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its place, from 1.
    pub sequence: u32,
    /// When.
    pub at: String,
    /// User, host and program.
    pub actor: String,
    /// What was done, such as `certificate.issued`.
    pub action: String,
    /// Whether it was an attempt that was refused.
    pub refused: bool,
    /// To what: an id.
    pub subject: String,
    /// The subject's display name at that time.
    pub subject_name: String,
    /// Particulars, as JSON.
    #[ts(type = "Record<string, unknown>")]
    pub detail: serde_json::Value,
    /// Why, where a reason was given.
    pub why: Option<String>,
    /// SHA-256 over this entry and the hash before, hex.
    pub hash: String,
    /// Hash of the entry before.
    pub previous: String,
}

/// A page of the audit log, newest first.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditPage {
    /// The entries.
    pub items: Vec<AuditEntry>,
    /// Names the next page; none after the last.
    pub next: Option<String>,
    /// How many entries the filter leaves.
    pub total: Total,
    /// Where a search for words stopped looking, with older entries left: it goes on behind this one, by `next` or as `last`.
    pub searched_to: Option<SearchedTo>,
}

/// The oldest entry that a search looked at.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SearchedTo {
    /// Its number in the log.
    pub sequence: u32,
    /// When it was written.
    pub at: String,
}

/// A value that entries of the log have, and how many have it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditFacet {
    /// The value.
    pub value: String,
    /// How many entries.
    pub count: u32,
}

/// What the log can be narrowed to.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditFacets {
    /// Who acted, as user, host and program; the busiest first.
    pub actors: Vec<AuditFacet>,
    /// What was done.
    pub actions: Vec<AuditFacet>,
}

/// Whether the log is whole.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditVerified {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// What is wrong.
    pub findings: Vec<CheckFinding>,
    /// Entries in the log.
    pub count: u32,
    /// Hash of the newest entry.
    pub head: String,
    /// Whether count and head were also compared with the sealed ones (needs unlocked keys).
    pub sealed: bool,
    /// Breaks that a salvage found and wrote down, in a row that is sealed by now: they are no findings.
    pub on_record: u32,
}

/// A log that was written into a file.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditExported {
    /// The file.
    pub path: String,
    /// How many entries.
    pub count: u32,
    /// Hash of the last one, hex.
    pub head: String,
    /// Whether the chain is whole.
    pub ok: bool,
    /// What is wrong with it; it was written all the same.
    pub findings: Vec<CheckFinding>,
}
