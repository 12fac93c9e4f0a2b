//! Views of what can be taken back.

use serde::Serialize;
use ts_rs::TS;

use super::AuditEntry;

/// An act, and what undoing it does.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UndoView {
    /// The act as the log has it.
    pub act: AuditEntry,
    /// The act, in words.
    pub title: String,
    /// What undoing does, in words.
    pub will: String,
    /// The newest act since then that cannot be undone, in words, and what to do instead.
    pub later: Option<String>,
}

/// Something that is out of use and can come back.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrashItem {
    /// `profile`, `certificate` or `request`.
    pub kind: String,
    /// Its id; a profile's is its name.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// When it was put away, where that is known.
    pub at: Option<String>,
}

/// What is out of use and can come back.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrashList {
    /// Profiles, then requests, then certificates.
    pub items: Vec<TrashItem>,
    /// Whether there are more certificates than are listed here.
    pub more: bool,
}
