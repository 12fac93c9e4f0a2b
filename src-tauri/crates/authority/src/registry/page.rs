//! Pages of the certificate list: the neighbouring page by key, a page in the middle by position.

use rusqlite::types::Value;
use time::OffsetDateTime;

use super::cell::{Cells, epoch_milliseconds, owned};
use super::certificates::{COLUMNS, CertificateRow, certificate_row};
use super::filter::{Archived, CertificateFilter, Conditions, Sort, SortBy, Words, conditions};
use super::ids::CertificateId;
use super::positions::Place;
use super::search::sort_name;
use super::walk::Walk;
use super::{Read, RegistryError};

/// Counts of a filtered list stop here, and so do positions in it.
pub(super) const MOST_COUNTED: u64 = 10_000;

/// So many rows are gathered and sorted; more are walked in the order of the list.
const FEW: u32 = 500;

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The first.
    First,
    /// The one after a cursor (`PageOf::next` of the page before).
    After(String),
    /// The one that starts at this position, counted from 0.
    At(u64),
}

/// How many rows fit a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// How many were counted.
    pub count: u64,
    /// Whether there are more than that.
    pub at_least: bool,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOf<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// The cursor to go on from, if there is more.
    pub next: Option<String>,
    /// How many rows the whole list has.
    pub total: Count,
}

/// What a statement lists.
struct List<'a> {
    filter: &'a CertificateFilter,
    sort: Sort,
    words: &'a Words,
    start: &'a Start,
    /// Whether more fits than is counted.
    dense: bool,
    now: OffsetDateTime,
}

/// Where a statement starts to read.
struct Start {
    /// A place to start at, and whether that place itself is left out.
    from: Option<(Place, bool)>,
    skip: u64,
}

fn cursor_text(by: SortBy, place: &Place) -> String {
    format!("{}{}", letter(by), hex::encode(place.key()))
}

fn cursor_place(by: SortBy, text: &str) -> Result<Place, RegistryError> {
    text.strip_prefix(letter(by))
        .and_then(|digits| hex::decode(digits).ok())
        .and_then(|key| Place::from_key(by, &key))
        .ok_or_else(|| RegistryError::BadCursor { text: text.to_owned() })
}

const fn letter(by: SortBy) -> char {
    match by {
        SortBy::Issued => 'i',
        SortBy::Ends => 'e',
        SortBy::Name => 'n',
    }
}

fn place_of(by: SortBy, row: &CertificateRow) -> Place {
    let CertificateId(id) = row.id;
    match by {
        SortBy::Issued => Place::Issued(id),
        SortBy::Ends => Place::Ends(epoch_milliseconds(row.facts.not_after), id),
        SortBy::Name => Place::Name(sort_name(&row.facts.display_name), id),
    }
}

impl Read<'_> {
    /// One page of the certificates that a filter lets through, at most `limit` of them.
    ///
    /// # Errors
    /// `BadCursor`; `PositionTooFar` for a position beyond 10,000 in a filtered list.
    pub fn certificates_page(
        &self,
        filter: &CertificateFilter,
        sort: Sort,
        page: &Page,
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<PageOf<CertificateRow>, RegistryError> {
        let limit = u64::from(limit);
        let start = match page {
            Page::First => Start { from: None, skip: 0 },
            Page::After(cursor) => Start { from: Some((cursor_place(sort.by, cursor)?, true)), skip: 0 },
            Page::At(position) if filter.is_default() => self.start_at(sort, *position)?,
            Page::At(position) if *position > MOST_COUNTED => {
                return Err(RegistryError::PositionTooFar { position: *position, most: MOST_COUNTED });
            }
            Page::At(position) => Start { from: None, skip: *position },
        };
        let words = self.found_if_few(filter.words(), sort)?;
        // What newest-first walks does not depend on how many fit, and a first page that is not full has told how many they are.
        let told_by_page = *page == Page::First && matches!(words, Words::Query(_) | Words::Found(_)) && sort.by == SortBy::Issued;
        let counted = if told_by_page { None } else { Some(self.certificates_count(filter, now)?) };
        let dense = counted.is_some_and(|count| count.at_least || count.count > MOST_COUNTED);
        let list = List { filter, sort, words: &words, start: &start, dense, now };
        let mut items = match (filter.archived, &words) {
            (_, Words::None) => Vec::new(),
            (Archived::Without, _) => self.listed(&list, 0, start.skip, limit + 1)?,
            (Archived::Only, _) => self.listed(&list, 1, start.skip, limit + 1)?,
            // Two walks, each in order, merged: no index holds both.
            (Archived::With, _) => {
                let reach = start.skip + limit + 1;
                let mut both = self.listed(&list, 0, 0, reach)?;
                both.extend(self.listed(&list, 1, 0, reach)?);
                both.sort_by_cached_key(|row| place_of(sort.by, row).key());
                if sort.descending {
                    both.reverse();
                }
                let skipped = usize::try_from(start.skip).unwrap_or(usize::MAX).min(both.len());
                both.drain(..skipped);
                both
            }
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        let total = match counted {
            Some(count) => count,
            None if more => self.certificates_count(filter, now)?,
            None => Count { count: u64::try_from(items.len()).unwrap_or(u64::MAX), at_least: false },
        };
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|row| cursor_text(sort.by, &place_of(sort.by, row)));
        Ok(PageOf { items, next, total })
    }

    /// What few rows have is gathered oldest first and then turned round: the index of words walks that way in steps, the other way page by page
    /// from the newest row to the first that fits.
    fn found_if_few(&self, words: Words, sort: Sort) -> Result<Words, RegistryError> {
        let Words::Query(starts) = &words else { return Ok(words) };
        if sort != (Sort { by: SortBy::Issued, descending: true }) {
            return Ok(words);
        }
        let sql = "SELECT rowid FROM certificate_words WHERE certificate_words MATCH ?1 ORDER BY rowid LIMIT ?2";
        let ids: Vec<i64> = self.rows("certificate_words", sql, &[&starts.query(), &(FEW + 1)], |cells| cells.get("rowid"))?;
        if u32::try_from(ids.len()).is_ok_and(|count| count <= FEW) {
            let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
            return Ok(Words::Found(format!("[{}]", ids.join(","))));
        }
        Ok(words)
    }

    /// Where the row at a position of the unfiltered list is: the lower edge of its range and less than a range to walk.
    fn start_at(&self, sort: Sort, position: u64) -> Result<Start, RegistryError> {
        let ranges = self.ranges(sort.by)?;
        let mut skip = position;
        let mut upper: Option<&[u8]> = None;
        let edge = |key: &[u8]| Place::from_key(sort.by, key);
        if sort.descending {
            for (lower, count) in ranges.iter().rev() {
                let count = u64::try_from(*count).unwrap_or(0);
                if skip < count {
                    // The range ends just below the next one's lower key.
                    return Ok(Start { from: upper.and_then(edge).map(|place| (place, true)), skip });
                }
                skip -= count;
                upper = Some(lower);
            }
        } else {
            for (lower, count) in &ranges {
                let count = u64::try_from(*count).unwrap_or(0);
                if skip < count {
                    return Ok(Start { from: edge(lower).map(|place| (place, false)), skip });
                }
                skip -= count;
            }
        }
        // Beyond the last row: a start that nothing follows.
        let past = if sort.descending { i64::MIN } else { i64::MAX };
        let place = match sort.by {
            SortBy::Issued => Place::Issued(past),
            SortBy::Ends => Place::Ends(past, past),
            SortBy::Name if sort.descending => Place::Name(String::new(), past),
            SortBy::Name => Place::Name(char::MAX.to_string().repeat(64), past),
        };
        Ok(Start { from: Some((place, true)), skip: 0 })
    }

    /// Reads rows in order, of one value of `archived`.
    fn listed(&self, list: &List<'_>, archived: u8, skip: u64, limit: u64) -> Result<Vec<CertificateRow>, RegistryError> {
        let List { filter, sort, words, start, dense, now } = *list;
        let mut conditions = conditions(filter, now);
        let walk = Walk::choose(filter, words, sort, dense);
        let source = walk.source(filter, words, sort, &format!("c.archived = {archived}"), &mut conditions);
        let id = if walk == Walk::Words && matches!(words, Words::Query(_)) { "certificate_words.rowid" } else { "c.id" };
        if let Some((place, after)) = &start.from {
            bound_by(&mut conditions, place, *after, sort.descending, id);
        }
        let direction = if sort.descending { "DESC" } else { "ASC" };
        let order = match sort.by {
            SortBy::Issued => format!("{id} {direction}"),
            SortBy::Ends => format!("c.not_after {direction}, c.id {direction}"),
            SortBy::Name => format!("c.sort_name {direction}, c.id {direction}"),
        };
        // Rows that are still to be tested for words are counted here, the others by SQLite.
        let tested = walk.tests_words(words);
        let (most, passed) = if tested.is_some() { (u64::try_from(i64::MAX).unwrap_or(0), 0) } else { (limit, skip) };
        let (most, passed) = (conditions.parameter(owned(&most)), conditions.parameter(owned(&passed)));
        let sql = format!("SELECT {COLUMNS} FROM {source} WHERE {} ORDER BY {order} LIMIT {most} OFFSET {passed}", conditions.sql());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(conditions.values()))?;
        let mut found = Vec::new();
        let (mut left_out, wanted) = (0, usize::try_from(limit).unwrap_or(usize::MAX));
        while found.len() < wanted
            && let Some(row) = rows.next()?
        {
            let row = certificate_row(&Cells::new("certificates", row))?;
            match tested {
                Some(starts) if !starts.fit(&row.facts) => {}
                Some(_) if left_out < skip => left_out += 1,
                _ => found.push(row),
            }
        }
        Ok(found)
    }
}

/// Adds the condition that a row lies beyond a place in the direction of the list.
fn bound_by(conditions: &mut Conditions, place: &Place, after: bool, descending: bool, id_column: &str) {
    let compare = match (descending, after) {
        (false, true) => ">",
        (false, false) => ">=",
        (true, true) => "<",
        (true, false) => "<=",
    };
    let (column, value, id): (&str, Value, i64) = match place {
        Place::Issued(id) => {
            let id = conditions.parameter((*id).into());
            conditions.term(format!("{id_column} {compare} {id}"));
            return;
        }
        Place::Ends(ends, id) => ("c.not_after", (*ends).into(), *id),
        Place::Name(name, id) => ("c.sort_name", name.clone().into(), *id),
    };
    let value = conditions.parameter(value);
    let id = conditions.parameter(id.into());
    conditions.term(format!("({column}, c.id) {compare} ({value}, {id})"));
}
