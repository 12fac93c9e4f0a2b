//! The audit log as a list: filtered, walked by key or reached by position, counted.

use rusqlite::params_from_iter;
use rusqlite::types::Value;
use time::OffsetDateTime;

use super::audit_rows::{AuditRow, COLUMNS, audit_row};
use super::cell::{Cells, epoch_milliseconds};
use super::filter::Conditions;
use super::{Read, RegistryError};
use crate::refusal::SUFFIX;

/// Filtered lists are counted up to here.
pub const MOST_COUNTED: u64 = 100_000;

/// Which rows of the log; the default means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// A part of `user@host (program)`, in any case.
    pub actor: Option<String>,
    /// What the action begins with ("certificate.").
    pub action: Option<String>,
    /// Exactly this subject.
    pub subject: Option<String>,
    /// Not before.
    pub since: Option<OffsetDateTime>,
    /// Not after.
    pub until: Option<OffsetDateTime>,
    /// Only refused attempts.
    pub refused: bool,
    /// Each word of it stands, in any case (of ASCII), somewhere in action, subject, particulars, reason or actor.
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

/// A row's actor as people read it.
const WHO: &str =
    "(json_extract(actor, '$.user') || '@' || json_extract(actor, '$.host') || ' (' || json_extract(actor, '$.program') || ')')";

/// A pattern that finds `text` anywhere, or only at the start.
fn pattern(text: &str, anywhere: bool) -> Value {
    let mut pattern = if anywhere { String::from("%") } else { String::new() };
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
    fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        if let Some(subject) = &self.subject {
            let value = conditions.parameter(Value::Text(subject.clone()));
            conditions.term(format!("subject = {value}"));
        }
        if let Some(action) = &self.action {
            let value = conditions.parameter(pattern(action, false));
            conditions.term(format!("action LIKE {value} ESCAPE '\\'"));
        }
        if self.refused {
            let value = conditions.parameter(Value::Text(format!("%{SUFFIX}")));
            conditions.term(format!("action LIKE {value}"));
        }
        for (sign, moment) in [(">=", &self.since), ("<=", &self.until)] {
            if let Some(moment) = moment {
                let value = conditions.parameter(Value::Integer(epoch_milliseconds(*moment)));
                conditions.term(format!("at {sign} {value}"));
            }
        }
        if let Some(actor) = &self.actor {
            let value = conditions.parameter(pattern(actor, true));
            conditions.term(format!("{WHO} LIKE {value} ESCAPE '\\'"));
        }
        for word in self.search.iter().flat_map(|text| text.split_whitespace()) {
            let value = conditions.parameter(pattern(word, true));
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
        let mut conditions = filter.conditions();
        let mut skipped = 0;
        match start {
            AuditStart::Newest => {}
            AuditStart::Before(sequence) => {
                let value = conditions.parameter(number(sequence));
                conditions.term(format!("sequence < {value}"));
            }
            // Without a filter a place is a sequence number: nothing has to be walked over.
            AuditStart::Position(position) if *filter == AuditFilter::default() => {
                let (count, _) = self.audit_head()?;
                let value = conditions.parameter(number(count.saturating_sub(position)));
                conditions.term(format!("sequence <= {value}"));
            }
            AuditStart::Position(position) => skipped = position,
        }
        let (limit, skipped) = (conditions.parameter(Value::Integer(limit.into())), conditions.parameter(number(skipped)));
        let sql = format!("SELECT {COLUMNS} FROM audit WHERE {} ORDER BY sequence DESC LIMIT {limit} OFFSET {skipped}", conditions.sql());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(conditions.values()))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(audit_row(&Cells::new("audit", row))?);
        }
        Ok(found)
    }

    /// How many rows a filter leaves, counted up to [`MOST_COUNTED`]: one more means "more than that".
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn audit_count(&self, filter: &AuditFilter) -> Result<u64, RegistryError> {
        if *filter == AuditFilter::default() {
            return Ok(self.audit_head()?.0);
        }
        let conditions = filter.conditions();
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM audit WHERE {} LIMIT {})", conditions.sql(), MOST_COUNTED + 1);
        Ok(u64::try_from(self.number(&sql, conditions.values())?).unwrap_or(0))
    }

    /// Who acted and what was done.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn audit_facets(&self) -> Result<AuditFacets, RegistryError> {
        Ok(AuditFacets { actors: self.grouped("actor", "2 DESC, 1")?, actions: self.grouped("action", "1")? })
    }

    fn grouped(&self, column: &str, order: &str) -> Result<Vec<(String, u64)>, RegistryError> {
        let sql = format!("SELECT {column} AS value, count(*) AS times FROM audit GROUP BY {column} ORDER BY {order}");
        self.rows("audit", &sql, &[], |cells| Ok((cells.get("value")?, cells.get("times")?)))
    }
}

fn number(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
