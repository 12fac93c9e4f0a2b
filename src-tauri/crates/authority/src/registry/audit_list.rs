//! The audit log as a list: filtered, walked by key or reached by position, counted. Which way leads to the rows is chosen in [`super::audit_walk`].

use std::collections::BTreeMap;

use rusqlite::types::Value;
use time::OffsetDateTime;

use super::audit_rows::AuditRow;
use super::audit_walk::{Kind, Walk};
use super::filter::Conditions;
use super::{Read, RegistryError};
use crate::refusal::SUFFIX;

/// Filtered lists are counted up to here.
pub const MOST_COUNTED: u64 = 100_000;
/// A search for words, which no index knows, looks at so many entries of the log at a time.
pub const MOST_SEARCHED: u64 = 200_000;

/// Which rows of the log; the default means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// A part of `user@host (program)`, in any case.
    pub actor: Option<String>,
    /// What the action begins with ("certificate.").
    pub action: Option<String>,
    /// Exactly this subject.
    pub subject: Option<String>,
    /// Up to this sequence number.
    pub last: Option<u64>,
    /// Not before.
    pub since: Option<OffsetDateTime>,
    /// Not after.
    pub until: Option<OffsetDateTime>,
    /// Only refused attempts.
    pub refused: bool,
    /// Each word of it stands, in any case (of ASCII), somewhere in action, subject, particulars, reason or actor. Looked for in [`MOST_SEARCHED`] entries,
    /// the newest that the page may begin with; see [`Read::audit_searched_from`].
    pub search: Option<String>,
}

/// Where a page of the log begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditStart {
    /// At the newest row.
    Newest,
    /// Behind this sequence number, at an older row.
    Before(u64),
    /// At this place of the filtered list, 0 for its first.
    Position(u64),
}

/// Who acted in this registry and what was done, with how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFacets {
    /// Actors (JSON), the busiest first.
    pub actors: Vec<(String, u64)>,
    /// Actions, in alphabetical order.
    pub actions: Vec<(String, u64)>,
}

/// A pattern that finds `text` anywhere.
fn pattern(text: &str) -> Value {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    Value::Text(pattern)
}

impl AuditFilter {
    /// Whether action or actor matter.
    pub(super) fn is_of_kinds(&self) -> bool {
        self.actor.is_some() || self.action.is_some() || self.refused
    }

    /// Whether it lets through what this actor did in this way.
    pub(super) fn fits(&self, kind: &Kind) -> bool {
        let action = kind.action.to_lowercase();
        self.action.as_ref().is_none_or(|start| action.starts_with(&start.to_lowercase()))
            && (!self.refused || action.ends_with(SUFFIX))
            && self.actor.as_ref().is_none_or(|part| kind.who().to_lowercase().contains(&part.to_lowercase()))
    }

    /// The conditions that no index knows: the words that are searched for.
    pub(super) fn words(&self) -> Conditions {
        let mut conditions = Conditions::default();
        for word in self.search.iter().flat_map(|text| text.split_whitespace()) {
            let value = conditions.parameter(pattern(word));
            let anywhere = ["action", "subject", "detail", "coalesce(why, '')", "actor"].join(" || ' ' || ");
            conditions.term(format!("({anywhere}) LIKE {value} ESCAPE '\\'"));
        }
        conditions
    }
}

impl Read<'_> {
    /// A page of the log, newest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn audit_list(&self, filter: &AuditFilter, start: AuditStart, limit: u32) -> Result<Vec<AuditRow>, RegistryError> {
        let skipped = match start {
            AuditStart::Position(position) if *filter != AuditFilter::default() => position,
            _ => 0,
        };
        Walk::choose(self, filter, self.last_of(filter, start)?)?.rows(self, limit, skipped)
    }

    /// The sequence number of the oldest entry that a search looks at, if it leaves older ones out: [`AuditStart::Before`] it the search goes on.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn audit_searched_from(&self, filter: &AuditFilter, start: AuditStart) -> Result<Option<u64>, RegistryError> {
        Ok(Walk::choose(self, filter, self.last_of(filter, start)?)?.searched_from())
    }

    /// The newest sequence number that a page may begin with.
    fn last_of(&self, filter: &AuditFilter, start: AuditStart) -> Result<u64, RegistryError> {
        Ok(match start {
            AuditStart::Before(sequence) => sequence.saturating_sub(1),
            // Without a filter a place is a sequence number: nothing has to be walked over.
            AuditStart::Position(position) if *filter == AuditFilter::default() => self.audit_head()?.0.saturating_sub(position),
            AuditStart::Newest | AuditStart::Position(_) => u64::MAX,
        })
    }

    /// How many rows a filter leaves, counted up to [`MOST_COUNTED`]: one more means "more than that".
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn audit_count(&self, filter: &AuditFilter) -> Result<u64, RegistryError> {
        if *filter == AuditFilter::default() {
            return Ok(self.audit_head()?.0);
        }
        Walk::choose(self, filter, u64::MAX)?.count(self, MOST_COUNTED + 1)
    }

    /// Who acted and what was done.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn audit_facets(&self) -> Result<AuditFacets, RegistryError> {
        let (mut actors, mut actions) = (BTreeMap::new(), BTreeMap::new());
        for kind in self.audit_kinds()? {
            let count = self.audit_count_of(&kind)?;
            *actors.entry(kind.actor).or_default() += count;
            *actions.entry(kind.action).or_default() += count;
        }
        let mut actors: Vec<(String, u64)> = actors.into_iter().collect();
        // The busiest first; equals stay in their order.
        actors.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(AuditFacets { actors, actions: actions.into_iter().collect() })
    }
}
