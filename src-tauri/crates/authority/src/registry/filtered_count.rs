//! How many certificates a filter lets through, told by what is kept for it where that is possible.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::cell::owned;
use super::certificates::CertificateStatus;
use super::counters::{DAY, day_of};
use super::facts::{CertificateKind, ExpiryClass};
use super::filter::{Archived, CertificateFilter, Conditions, Sort, Words, conditions};
use super::page::{Count, MOST_COUNTED};
use super::walk::Walk;
use super::{Read, RegistryError};

impl Read<'_> {
    /// How many certificates a filter lets through: exact from the totals where they know, else up to 10,000.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificates_count(&self, filter: &CertificateFilter, now: OffsetDateTime) -> Result<Count, RegistryError> {
        if filter.is_counted() {
            return self.count_of_totals(filter);
        }
        let count = if filter.is_counted_by_day() {
            self.count_by_day(filter, now)?
        } else {
            match filter.words() {
                Words::None => 0,
                Words::Query(starts) if filter.is_counted_by_words() => self.count_of_words(&starts.query(), filter.archived)?,
                Words::Query(_) | Words::Found(_) | Words::Any => self.count_of_rows(filter, conditions(filter, now))?,
            }
        };
        Ok(Count { count: count.min(MOST_COUNTED), at_least: count > MOST_COUNTED })
    }

    fn count_of_totals(&self, filter: &CertificateFilter) -> Result<Count, RegistryError> {
        let fits = |archived: bool| match filter.archived {
            Archived::Without => !archived,
            Archived::Only => archived,
            Archived::With => true,
        };
        let totals = self.certificate_totals()?;
        let counted = totals.iter().filter(|total| fits(total.archived) && filter.kind.is_none_or(|kind| kind == total.kind));
        let count =
            counted.filter(|total| filter.authority.is_none() || filter.authority == total.authority).map(|total| total.count).sum();
        Ok(Count { count, at_least: false })
    }

    /// Whole days from the counters; the days in which status or filter change their mind, two at most, from the index of ends.
    fn count_by_day(&self, filter: &CertificateFilter, now: OffsetDateTime) -> Result<u64, RegistryError> {
        self.flush()?;
        // By day and not by the second: whoever needs the second is in a day that is counted below.
        let today = day_of(now);
        let by_time = filter.statuses.iter().any(|status| matches!(status, CertificateStatus::Valid | CertificateStatus::Expired));
        let split: BTreeSet<i64> = by_time.then_some(now).into_iter().chain(filter.expires_before).map(day_of).collect();
        let mut sums = Conditions::default();
        sums.term(archived_term("archived", filter.archived));
        if let Some(authority) = &filter.authority {
            let authority = sums.parameter(owned(authority));
            sums.term(format!("authority = {authority}"));
        }
        match filter.kind {
            Some(CertificateKind::Authority) => sums.term(format!("class = '{}'", ExpiryClass::Authority)),
            Some(CertificateKind::Leaf) => sums.term(format!("class <> '{}'", ExpiryClass::Authority)),
            None => {}
        }
        if let Some(moment) = filter.expires_before {
            let day = sums.parameter(day_of(moment).into());
            sums.term(format!("day < {day}"));
        }
        if !filter.statuses.is_empty() {
            let any: Vec<String> = filter
                .statuses
                .iter()
                .map(|status| match status {
                    CertificateStatus::Expired => format!("(standing = 'good' AND day < {today})"),
                    CertificateStatus::Valid => format!("(standing = 'good' AND day > {today})"),
                    happened => format!("standing = '{happened}'"),
                })
                .collect();
            sums.term(format!("({})", any.join(" OR ")));
        }
        for day in &split {
            let day = sums.parameter((*day).into());
            sums.term(format!("day <> {day}"));
        }
        let sql = format!("SELECT sum(count) FROM certificate_expiries WHERE {}", sums.sql());
        let mut count = u64::try_from(self.number(&sql, sums.values())?).unwrap_or(0);
        for day in split {
            if count > MOST_COUNTED {
                break;
            }
            let mut within = conditions(filter, now);
            let (first, end) = (within.parameter((day * DAY * 1000).into()), within.parameter(((day + 1) * DAY * 1000).into()));
            within.term(format!("c.not_after >= {first} AND c.not_after < {end}"));
            let source = format!("certificates c INDEXED BY certificates_by_end WHERE {}", archived_term("c.archived", filter.archived));
            count += self.count_up_to(&source, within)?;
        }
        Ok(count)
    }

    /// The index of words counts by itself; what is archived is looked up among the archived, who are few.
    fn count_of_words(&self, query: &str, archived: Archived) -> Result<u64, RegistryError> {
        let mut conditions = Conditions::default();
        let query = conditions.parameter(query.to_owned().into());
        if archived == Archived::Without {
            conditions.term(
                "NOT EXISTS (SELECT 1 FROM certificates a INDEXED BY certificates_archived WHERE a.archived = 1 AND a.id = certificate_words.rowid)".to_owned(),
            );
        }
        self.count_up_to(&format!("certificate_words WHERE certificate_words MATCH {query}"), conditions)
    }

    fn count_of_rows(&self, filter: &CertificateFilter, mut conditions: Conditions) -> Result<u64, RegistryError> {
        let words = filter.words();
        let walk = Walk::choose(filter, &words, Sort::default(), false);
        let archived = archived_term("c.archived", filter.archived);
        let source = walk.source(filter, &words, Sort::default(), &archived, &mut conditions);
        self.count_up_to(&format!("{source} WHERE 1"), conditions)
    }

    /// Counts rows, at most one more than is said.
    fn count_up_to(&self, source: &str, mut conditions: Conditions) -> Result<u64, RegistryError> {
        let most = conditions.parameter(owned(&(MOST_COUNTED + 1)));
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {source} AND {} LIMIT {most})", conditions.sql());
        Ok(u64::try_from(self.number(&sql, conditions.values())?).unwrap_or(0))
    }
}

fn archived_term(column: &str, archived: Archived) -> String {
    match archived {
        Archived::Without => format!("{column} = 0"),
        Archived::Only => format!("{column} = 1"),
        Archived::With => format!("{column} IN (0, 1)"),
    }
}
