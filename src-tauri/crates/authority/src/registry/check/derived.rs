//! What is derived from certificates: counters, position ranges, names, and the index of words.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::Findings;
use crate::registry::cell::Cells;
use crate::registry::certificates::{COLUMNS, certificate_row};
use crate::registry::filter::SortBy;
use crate::registry::search::index_terms;
use crate::registry::{Read, RegistryError};

impl Read<'_> {
    pub(super) fn check_derived(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let outcome = self.check_counters(found);
        found.part("certificate_totals", outcome)?;
        let outcome = self.check_positions(found);
        found.part("position_ranges", outcome)?;
        let outcome = self.check_names_and_words(found);
        found.part("certificate_words", outcome)
    }

    fn check_counters(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let (kept, counted) = self.recount()?;
        for name in kept.keys().chain(counted.keys().filter(|name| !kept.contains_key(*name))) {
            let (kept, counted) = (kept.get(name).unwrap_or(&0), counted.get(name).unwrap_or(&0));
            if kept != counted {
                found.add(name, "counter_wrong", format!("kept {kept}, counted {counted}"));
            }
        }
        Ok(())
    }

    /// Each range of keys holds as many certificates as it says.
    fn check_positions(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        for by in [SortBy::Issued, SortBy::Ends, SortBy::Name] {
            let ranges = self.ranges(by)?;
            for (at, (lower, kept)) in ranges.iter().enumerate() {
                let next = ranges.get(at + 1).map(|(next, _)| next.as_slice());
                let counted = self.counted_between(by, lower, next)?;
                if counted != Some(*kept) {
                    let counted = counted.map_or_else(|| "no key of this order".to_owned(), |counted| format!("counted {counted}"));
                    found.add(&format!("position_ranges {}", hex::encode(lower)), "positions_wrong", format!("kept {kept}, {counted}"));
                }
                if found.watch.cancelled() {
                    return Err(RegistryError::Cancelled);
                }
            }
        }
        Ok(())
    }

    /// Every name of every certificate is in the table of names, and nothing else; the index of words likewise. The index is compared by a sum
    /// over (term, certificate) on both sides, which no order changes and which needs no memory.
    fn check_names_and_words(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let (mut names, mut words) = (0_u64, 0_u64);
        let mut statement = self.connection.prepare(&format!("SELECT {COLUMNS} FROM certificates c ORDER BY c.id"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // What cannot be read has been told.
            let Ok(row) = certificate_row(&Cells::new("certificates", row)) else { continue };
            let distinct: HashSet<&String> = row.facts.names.iter().collect();
            for name in &distinct {
                let sql = "SELECT 1 FROM certificate_names WHERE name = ?1 AND certificate = ?2";
                if self.row("certificate_names", sql, &[name, &row.id.0], |_| Ok(()))?.is_none() {
                    found.add(&format!("certificate {}", row.id), "names_differ", format!("{name} is not in the table of names"));
                }
            }
            names += u64::try_from(distinct.len()).unwrap_or(0);
            for term in index_terms(&row.facts).split(' ').filter(|term| !term.is_empty()) {
                words = words.wrapping_add(weight(term, row.id.0));
            }
            if found.watch.cancelled() {
                return Err(RegistryError::Cancelled);
            }
        }
        let kept = self.number("SELECT count(*) FROM certificate_names", &[])?;
        if u64::try_from(kept) != Ok(names) {
            found.add("certificate_names", "names_differ", format!("{kept} rows where certificates have {names} names"));
        }
        let indexed = self.sum_of_words(found)?;
        if indexed != words {
            found.add("certificate_words", "words_differ", format!("{indexed:016x} where certificates have {words:016x}"));
        }
        Ok(())
    }

    fn sum_of_words(&self, found: &Findings<'_>) -> Result<u64, RegistryError> {
        // The view of the index is a table of this connection alone, gone before anything else happens on it.
        let reading: bool = self.connection.pragma_query_value(None, "query_only", |row| row.get(0))?;
        self.connection.pragma_update(None, "query_only", false)?;
        let view = "CREATE VIRTUAL TABLE temp.indexed_words USING fts5vocab('main', 'certificate_words', 'instance')";
        let outcome = self.connection.execute_batch(view).map_err(RegistryError::from).and_then(|()| {
            let mut sum = 0_u64;
            let mut statement = self.connection.prepare("SELECT term, doc FROM temp.indexed_words")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let term = row.get_ref(0)?;
                let term = term.as_str().map_err(|error| RegistryError::Damaged { detail: error.to_string() })?;
                sum = sum.wrapping_add(weight(term, row.get(1)?));
                if found.watch.cancelled() {
                    return Err(RegistryError::Cancelled);
                }
            }
            Ok(sum)
        });
        self.connection.execute_batch("DROP TABLE IF EXISTS temp.indexed_words")?;
        self.connection.pragma_update(None, "query_only", reading)?;
        outcome
    }
}

fn weight(term: &str, certificate: i64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (term, certificate).hash(&mut hasher);
    hasher.finish()
}
