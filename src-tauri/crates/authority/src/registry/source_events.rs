//! The history of sources: every refresh, and how it ended.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::cell::{Bound, Cells, words};
use super::ids::{SourceEventId, SourceId};
use super::{Read, RegistryError, Write};

words! {
    /// How a refresh ended.
    pub enum SourceOutcome {
        /// The source was made with what was there.
        Created = "created",
        /// Its content was replaced.
        Replaced = "replaced",
        /// There was nothing new.
        Unchanged = "unchanged",
        /// It failed; the content stayed.
        Failed = "failed",
    }
}

words! {
    /// How far a refresh came.
    pub enum SourceStage {
        /// Getting it.
        Fetch = "fetch",
        /// Believing its signature.
        Verify = "verify",
        /// Reading it, piece by piece.
        Stage = "stage",
        /// Comparing it with what is there.
        Compare = "compare",
        /// Putting it in the place of what is there.
        Replace = "replace",
    }
}

/// Why a refresh failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFailureRow {
    /// How far it came.
    pub stage: SourceStage,
    /// The error's code.
    pub code: String,
    /// The values concerned, by the names that the words use.
    pub fields: BTreeMap<String, String>,
    /// Whether it passes by itself.
    pub passing: bool,
    /// How often in a row a refresh had failed with this one.
    pub times: u32,
}

/// A refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceEventRow {
    /// Its number; 0 before it is recorded.
    pub id: SourceEventId,
    /// Of which source.
    pub source: SourceId,
    /// When.
    pub at: OffsetDateTime,
    /// How it ended.
    pub outcome: SourceOutcome,
    /// Whether a person asked for it.
    pub by_hand: bool,
    /// Certificates and CRLs that were added.
    pub added: u64,
    /// Those that were removed.
    pub removed: u64,
    /// Those that were changed.
    pub changed: u64,
    /// Things in quarantine.
    pub quarantined: u64,
    /// How long it took.
    pub milliseconds: u64,
    /// Why it failed, if it did.
    pub failure: Option<SourceFailureRow>,
}

impl SourceEventId {
    /// That of a refresh which is not recorded yet.
    pub(crate) const NONE: Self = Self(0);
}

/// Refreshes of a source that are kept, of each kind of outcome.
const KEPT: u32 = 200;

pub(super) const COLUMNS: &str =
    "id, source, at, outcome, by_hand, added, removed, changed, quarantined, milliseconds, times, passing, stage, code, fields";

pub(super) fn event_row(cells: &Cells<'_>) -> Result<SourceEventRow, RegistryError> {
    let stage: Option<SourceStage> = cells.get("stage")?;
    let code: Option<String> = cells.get("code")?;
    let fields: serde_json::Value = cells.get("fields")?;
    let fields = serde_json::from_value(fields).map_err(|error| cells.refuse("fields", format!("no object of texts: {error}")))?;
    let (passing, times) = (cells.get("passing")?, cells.get("times")?);
    let failure = match (stage, code) {
        (Some(stage), Some(code)) => Some(SourceFailureRow { stage, code, fields, passing, times }),
        (None, None) => None,
        _ => return Err(cells.refuse("stage", "a stage without a code, or a code without a stage".to_owned())),
    };
    Ok(SourceEventRow {
        id: cells.get("id")?,
        source: cells.get("source")?,
        at: cells.get("at")?,
        outcome: cells.get("outcome")?,
        by_hand: cells.get("by_hand")?,
        added: cells.get("added")?,
        removed: cells.get("removed")?,
        changed: cells.get("changed")?,
        quarantined: cells.get("quarantined")?,
        milliseconds: cells.get("milliseconds")?,
        failure,
    })
}

impl Read<'_> {
    /// The refreshes of a source, newest first; those before `before`, if that is given.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_events(&self, source: SourceId, before: Option<SourceEventId>, limit: u32) -> Result<Vec<SourceEventRow>, RegistryError> {
        let before = before.map_or(i64::MAX, |SourceEventId(id)| id);
        let sql = format!("SELECT {COLUMNS} FROM source_events WHERE source = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
        self.rows("source_events", &sql, &[&Bound(&source), &before, &limit], event_row)
    }
}

impl Read<'_> {
    /// The newest refresh of a source that failed.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn last_source_failure(&self, source: SourceId) -> Result<Option<SourceEventRow>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM source_events WHERE source = ?1 AND code IS NOT NULL ORDER BY id DESC LIMIT 1");
        self.row("source_events", &sql, &[&Bound(&source)], event_row)
    }
}

impl Write<'_> {
    /// Records a refresh, and forgets those beyond the newest 200 that went well and the newest 200 that failed.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn insert_source_event(&self, event: &SourceEventRow) -> Result<(), RegistryError> {
        let failure = event.failure.as_ref();
        let fields = failure.map_or_else(|| serde_json::json!({}), |failure| serde_json::json!(failure.fields));
        let (stage, code) = (failure.map(|failure| failure.stage), failure.map(|failure| failure.code.clone()));
        let (times, passing) = failure.map_or((0, false), |failure| (failure.times, failure.passing));
        let sql = "INSERT INTO source_events (source, at, outcome, by_hand, added, removed, changed, quarantined, milliseconds, times, passing, stage, code, fields) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        self.execute(
            sql,
            &[
                &Bound(&event.source),
                &Bound(&event.at),
                &Bound(&event.outcome),
                &event.by_hand,
                &Bound(&event.added),
                &Bound(&event.removed),
                &Bound(&event.changed),
                &Bound(&event.quarantined),
                &Bound(&event.milliseconds),
                &times,
                &passing,
                &Bound(&stage),
                &code,
                &Bound(&fields),
            ],
        )?;
        let which = if failure.is_none() { "code IS NULL" } else { "code IS NOT NULL" };
        let sql = format!(
            "DELETE FROM source_events WHERE source = ?1 AND {which} \
            AND id NOT IN (SELECT id FROM source_events WHERE source = ?1 AND {which} ORDER BY id DESC LIMIT {KEPT})"
        );
        self.execute(&sql, &[&Bound(&event.source)])?;
        Ok(())
    }
}
