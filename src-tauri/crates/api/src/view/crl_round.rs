//! Views of the CRL engine's rounds and of their history.

use serde::Serialize;
use ts_rs::TS;

use super::{AuthorityRef, CrlNumberText, Total};

/// What became of one CRL in a round.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlRunView {
    /// Whose.
    pub authority: AuthorityRef,
    /// Which of the authority's keys, 1 for the first.
    pub generation: u32,
    /// `built`, `not-due`, `passed-over` (it cannot be built here), `failed`, `out-of-time`.
    pub outcome: String,
    /// Its number, if it was built.
    #[ts(type = "number | string | null")]
    pub number: Option<CrlNumberText>,
    /// Its entries, if it was built.
    pub entries: Option<u32>,
    /// When the next is due at the latest, if it was built; else when the newest one ends.
    pub next_update: Option<String>,
    /// When it will be due, if it is not.
    pub due_at: Option<String>,
    /// The code of what is in the way or went wrong.
    pub error: Option<String>,
    /// The same in words.
    pub message: Option<String>,
}

/// A round over all CRLs that are owed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlRoundView {
    /// Whether everything that was due and could be built was built.
    pub ok: bool,
    /// Every CRL that is owed, the most urgent first.
    pub items: Vec<CrlRunView>,
    /// When the next one will be due.
    pub next_due: Option<String>,
}

/// One run of the CRL engine for a key of an authority.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlEventView {
    /// When it began.
    pub started_at: String,
    /// How long it took.
    #[ts(type = "number")]
    pub milliseconds: u64,
    /// The number of the CRL, if it came to one.
    #[ts(type = "number | string | null")]
    pub number: Option<CrlNumberText>,
    /// `base` or `delta`.
    pub kind: String,
    /// How many entries it has.
    pub entries: Option<u32>,
    /// The code of what went wrong.
    pub error: Option<String>,
    /// The same in words.
    pub message: Option<String>,
}

/// The runs of the CRL engine for a key of an authority, newest first.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlEventList {
    /// The runs.
    pub items: Vec<CrlEventView>,
    /// All are in one page.
    pub next: Option<String>,
    /// How many are on record.
    pub total: Total,
    /// When the next run is due; `null` where none is foreseen.
    pub next_due: Option<String>,
}
