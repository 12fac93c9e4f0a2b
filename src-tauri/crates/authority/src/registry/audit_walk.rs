//! Which way leads to the rows of the audit log that a filter lets through. A log of a million rows is normal, so each filter has an index: the subject
//! its own, time its own, and actor and action one together, of which there are few different pairs.
//!
//! Only the words of a search have none. They are looked for along the log, in what the other filters leave of so many entries ([`MOST_SEARCHED`]); what
//! concerns one subject is little, and searched whole.

use std::collections::BinaryHeap;

use rusqlite::params_from_iter;
use rusqlite::types::Value;
use serde_json::json;

use super::audit_list::{AuditFilter, MOST_SEARCHED};
use super::audit_rows::{AuditRow, COLUMNS, audit_row};
use super::cell::{Cells, epoch_milliseconds};
use super::filter::Conditions;
use super::{Read, RegistryError};

/// Sequence numbers that are taken from the index for one kind at a time.
const TAKEN: usize = 128;

/// Names the index.
const OF_KIND: &str = "audit INDEXED BY audit_by_action_and_actor WHERE action = ?1 AND actor = ?2";

/// What was done and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) action: String,
    /// JSON.
    pub(super) actor: String,
}

impl Kind {
    /// The actor as people read it.
    pub(super) fn who(&self) -> String {
        let actor: serde_json::Value = serde_json::from_str(&self.actor).unwrap_or_default();
        let part = |name: &str| actor.get(name).and_then(serde_json::Value::as_str).unwrap_or("?").to_owned();
        format!("{}@{} ({})", part("user"), part("host"), part("program"))
    }
}

/// Where rows may lie.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// Their sequence numbers, both ends included.
    sequence: (i64, i64),
    /// Their times, both ends included, where that matters: a clock may have gone back.
    at: Option<(i64, i64)>,
}

impl Span {
    fn at(&self) -> (i64, i64) {
        self.at.unwrap_or((i64::MIN, i64::MAX))
    }
}

/// The way to the rows of a filter, newest first.
#[derive(Debug)]
pub(super) struct Walk<'f> {
    filter: &'f AuditFilter,
    span: Span,
    /// The kinds that the filter lets through, where it is about them.
    kinds: Option<Vec<Kind>>,
    /// Whether the span was cut because words are searched for.
    cut: bool,
}

impl<'f> Walk<'f> {
    /// Finds out where the rows lie that have this sequence number at most.
    pub(super) fn choose(read: &Read<'_>, filter: &'f AuditFilter, last: u64) -> Result<Self, RegistryError> {
        let last = filter.last.map_or(last, |most| most.min(last));
        let mut span = Span { sequence: (1, whole(last)), at: None };
        if filter.since.is_some() || filter.until.is_some() {
            let at = (filter.since.map_or(i64::MIN, epoch_milliseconds), filter.until.map_or(i64::MAX, epoch_milliseconds));
            let sql = "SELECT min(sequence) AS first, max(sequence) AS last FROM audit INDEXED BY audit_by_time WHERE at BETWEEN ?1 AND ?2";
            let ends = read.row("audit", sql, &[&at.0, &at.1], |cells| {
                Ok(cells.get::<Option<i64>>("first")?.zip(cells.get::<Option<i64>>("last")?))
            })?;
            let (first, newest) = ends.flatten().unwrap_or((1, 0));
            span = Span { sequence: (first, newest.min(whole(last))), at: Some(at) };
        }
        let kinds =
            if filter.is_of_kinds() { Some(read.audit_kinds()?.into_iter().filter(|kind| filter.fits(kind)).collect()) } else { None };
        let mut cut = false;
        if filter.search.is_some() && filter.subject.is_none() {
            let newest = span.sequence.1.min(whole(read.audit_head()?.0));
            let first = newest.saturating_add(1).saturating_sub(whole(MOST_SEARCHED));
            cut = first > span.sequence.0;
            span.sequence.0 = first.max(span.sequence.0);
        }
        Ok(Self { filter, span, kinds, cut })
    }

    /// The oldest sequence number that is looked at, where older ones are left out of a search.
    pub(super) fn searched_from(&self) -> Option<u64> {
        u64::try_from(self.span.sequence.0).ok().filter(|_| self.cut)
    }

    /// A page, behind so many rows that are passed over.
    pub(super) fn rows(&self, read: &Read<'_>, limit: u32, mut skipped: u64) -> Result<Vec<AuditRow>, RegistryError> {
        let Some(kinds) = self.kinds.as_ref().filter(|_| self.filter.subject.is_none()) else {
            let (source, mut conditions) = self.source(true);
            let (limit, skipped) = (conditions.parameter(i64::from(limit).into()), conditions.parameter(whole(skipped).into()));
            let tail = format!("ORDER BY sequence DESC LIMIT {limit} OFFSET {skipped}");
            return found(read, &format!("SELECT {COLUMNS} FROM {source} WHERE {} {tail}", conditions.sql()), conditions.values());
        };
        let (mut merged, mut rows) = (Merged::of(read, kinds, self.span)?, Vec::new());
        let searches = self.filter.search.is_some();
        while rows.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
            let Some(sequence) = merged.next()? else { break };
            if !searches && skipped > 0 {
                skipped -= 1;
                continue;
            }
            let mut one = self.filter.words();
            let sequence = one.parameter(sequence.into());
            let sql = format!("SELECT {COLUMNS} FROM audit WHERE sequence = {sequence} AND {}", one.sql());
            let fits = found(read, &sql, one.values())?;
            if skipped > 0 && !fits.is_empty() {
                skipped -= 1;
                continue;
            }
            rows.extend(fits);
        }
        Ok(rows)
    }

    /// How many rows there are, counted up to `most`.
    pub(super) fn count(&self, read: &Read<'_>, most: u64) -> Result<u64, RegistryError> {
        let Some(kinds) = self.kinds.as_ref().filter(|_| self.filter.subject.is_none()) else {
            let (source, mut conditions) = self.source(false);
            let most = conditions.parameter(whole(most).into());
            let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {} LIMIT {most})", conditions.sql());
            return Ok(u64::try_from(read.number(&sql, conditions.values())?).unwrap_or(0));
        };
        let mut count = 0;
        if self.filter.search.is_none() {
            for kind in kinds {
                count += read.count_of_kind(kind, self.span, most.saturating_sub(count))?;
            }
            return Ok(count);
        }
        let mut merged = Merged::of(read, kinds, self.span)?;
        while count < most {
            let Some(sequence) = merged.next()? else { break };
            let mut one = self.filter.words();
            let sequence = one.parameter(sequence.into());
            let sql = format!("SELECT count(*) FROM audit WHERE sequence = {sequence} AND {}", one.sql());
            count += u64::try_from(read.number(&sql, one.values())?).unwrap_or(0);
        }
        Ok(count)
    }

    /// The table with its index, and all conditions, for what one index leads to; in the order of the list where that is wanted.
    fn source(&self, ordered: bool) -> (&'static str, Conditions) {
        let mut conditions = self.filter.words();
        let source = match &self.filter.subject {
            Some(subject) => {
                let subject = conditions.parameter(Value::Text(subject.clone()));
                conditions.term(format!("subject = {subject}"));
                "audit INDEXED BY audit_by_subject"
            }
            None if !ordered && self.span.at.is_some() && self.filter.search.is_none() => "audit INDEXED BY audit_by_time",
            // Along the log.
            None => "audit NOT INDEXED",
        };
        let (first, last) = self.span.sequence;
        let (first, last) = (conditions.parameter(first.into()), conditions.parameter(last.into()));
        conditions.term(format!("sequence BETWEEN {first} AND {last}"));
        if let Some((since, until)) = self.span.at {
            let (since, until) = (conditions.parameter(since.into()), conditions.parameter(until.into()));
            conditions.term(format!("at BETWEEN {since} AND {until}"));
        }
        if let Some(kinds) = &self.kinds {
            let pairs: Vec<_> = kinds.iter().map(|kind| json!([kind.action, kind.actor])).collect();
            let pairs = conditions.parameter(Value::Text(json!(pairs).to_string()));
            conditions.term(format!("(action, actor) IN (SELECT value ->> 0, value ->> 1 FROM json_each({pairs}))"));
        }
        (source, conditions)
    }
}

/// Rows of a statement with the columns of the log.
fn found(read: &Read<'_>, sql: &str, values: &[Value]) -> Result<Vec<AuditRow>, RegistryError> {
    let mut statement = read.connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(audit_row(&Cells::new("audit", row))?);
    }
    Ok(found)
}

impl Read<'_> {
    /// Every kind, by action and actor; each costs two looks into the index. (Of `(action, actor) > (?1, ?2)` SQLite makes a walk over all rows of the
    /// action.)
    pub(super) fn audit_kinds(&self) -> Result<Vec<Kind>, RegistryError> {
        let (of_action, of_next) = ("action = ?1 AND actor > ?2 ORDER BY actor", "action > ?1 ORDER BY action, actor");
        let mut kinds: Vec<Kind> = Vec::new();
        loop {
            let look = |condition: &str, parameters: &[&dyn rusqlite::ToSql]| {
                let sql = format!("SELECT action, actor FROM audit INDEXED BY audit_by_action_and_actor WHERE {condition} LIMIT 1");
                self.row("audit", &sql, parameters, |cells| Ok(Kind { action: cells.get("action")?, actor: cells.get("actor")? }))
            };
            let next = match kinds.last() {
                None => look(of_next, &[&""])?,
                Some(last) => match look(of_action, &[&last.action, &last.actor])? {
                    Some(kind) => Some(kind),
                    None => look(of_next, &[&last.action])?,
                },
            };
            match next {
                Some(kind) => kinds.push(kind),
                None => return Ok(kinds),
            }
        }
    }

    /// How often there was this.
    pub(super) fn audit_count_of(&self, kind: &Kind) -> Result<u64, RegistryError> {
        self.count_of_kind(kind, Span { sequence: (1, i64::MAX), at: None }, u64::MAX)
    }

    fn count_of_kind(&self, kind: &Kind, span: Span, most: u64) -> Result<u64, RegistryError> {
        let sql =
            format!("SELECT count(*) FROM (SELECT 1 FROM {OF_KIND} AND sequence BETWEEN ?3 AND ?4 AND at BETWEEN ?5 AND ?6 LIMIT ?7)");
        let ((first, last), (since, until)) = (span.sequence, span.at());
        let parts = [first, last, since, until, whole(most)].map(Value::from);
        let values: Vec<Value> = [&kind.action, &kind.actor].map(|text| Value::Text(text.clone())).into_iter().chain(parts).collect();
        Ok(u64::try_from(self.number(&sql, &values)?).unwrap_or(0))
    }
}

/// The sequence numbers of several kinds, newest first.
struct Merged<'r> {
    read: &'r Read<'r>,
    span: Span,
    kinds: Vec<Taken<'r>>,
    /// The newest of each kind that is not used up, and which one it is.
    newest: BinaryHeap<(i64, usize)>,
}

/// What was taken of one kind.
struct Taken<'r> {
    kind: &'r Kind,
    /// The newest last.
    held: Vec<i64>,
    /// What was not taken yet has this number at most; nothing where all was.
    rest: Option<i64>,
}

impl<'r> Merged<'r> {
    fn of(read: &'r Read<'r>, kinds: &'r [Kind], span: Span) -> Result<Self, RegistryError> {
        let kinds = kinds.iter().map(|kind| Taken { kind, held: Vec::new(), rest: Some(span.sequence.1) }).collect::<Vec<_>>();
        let mut merged = Self { read, span, newest: BinaryHeap::with_capacity(kinds.len()), kinds };
        for place in 0..merged.kinds.len() {
            merged.offer(place)?;
        }
        Ok(merged)
    }

    fn next(&mut self) -> Result<Option<i64>, RegistryError> {
        let Some((sequence, place)) = self.newest.pop() else { return Ok(None) };
        self.offer(place)?;
        Ok(Some(sequence))
    }

    /// Puts the newest of a kind among those of the others.
    fn offer(&mut self, place: usize) -> Result<(), RegistryError> {
        let Some(taken) = self.kinds.get_mut(place) else { return Ok(()) };
        if let (true, Some(rest)) = (taken.held.is_empty(), taken.rest) {
            let sql = format!(
                "SELECT sequence FROM {OF_KIND} AND sequence BETWEEN ?3 AND ?4 AND at BETWEEN ?5 AND ?6 ORDER BY sequence DESC LIMIT {TAKEN}"
            );
            let at = self.span.at();
            let parameters: [&dyn rusqlite::ToSql; 6] = [&taken.kind.action, &taken.kind.actor, &self.span.sequence.0, &rest, &at.0, &at.1];
            taken.held = self.read.rows("audit", &sql, &parameters, |cells| cells.get("sequence"))?;
            taken.rest = taken.held.last().filter(|_| taken.held.len() == TAKEN).map(|oldest| oldest - 1);
            taken.held.reverse();
        }
        self.newest.extend(taken.held.pop().map(|sequence| (sequence, place)));
        Ok(())
    }
}

/// As SQLite holds it.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
