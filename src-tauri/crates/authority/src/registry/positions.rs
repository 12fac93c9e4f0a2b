//! How many certificates lie in each key range of each order. A jump to a position sums the ranges (about a thousand for a million
//! certificates) and walks less than one range.
//!
//! A write gathers the keys that come and go, and brings them to the ranges together: many that fall into one range change it once.

use time::OffsetDateTime;

use super::cell::{Cells, epoch_milliseconds};
use super::filter::SortBy;
use super::ids::CertificateId;
use super::{Read, RegistryError, Write};

/// A range that holds more than this is split in the middle.
pub(super) const MOST_IN_A_RANGE: i64 = 2_000;
/// So many keys are gathered before they are brought to the ranges.
const MOST_GATHERED: usize = 4_096;
/// The orders that have ranges.
const ORDERS: [SortBy; 3] = [SortBy::Issued, SortBy::Ends, SortBy::Name];

/// Keys that came into the orders (1) or left them (-1), and are not in the ranges yet.
#[derive(Debug, Default)]
pub(super) struct Moved {
    issued: Vec<(Vec<u8>, i64)>,
    ends: Vec<(Vec<u8>, i64)>,
    names: Vec<(Vec<u8>, i64)>,
}

impl Moved {
    fn of(&mut self, by: SortBy) -> &mut Vec<(Vec<u8>, i64)> {
        match by {
            SortBy::Issued => &mut self.issued,
            SortBy::Ends => &mut self.ends,
            SortBy::Name => &mut self.names,
        }
    }
}

/// The place of a certificate in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// By issue: ids are in that order.
    Issued(i64),
    /// By notAfter in epoch milliseconds, then id.
    Ends(i64, i64),
    /// By folded display name, then id.
    Name(String, i64),
}

const SIGN: u64 = 1 << 63;

fn ordered_bytes(number: i64) -> [u8; 8] {
    (number.cast_unsigned() ^ SIGN).to_be_bytes()
}

fn ordered_number(bytes: &[u8]) -> Option<i64> {
    let bytes = <[u8; 8]>::try_from(bytes).ok()?;
    Some((u64::from_be_bytes(bytes) ^ SIGN).cast_signed())
}

impl Place {
    /// Bytes that compare as the order does. A name ends with a NUL, which it cannot contain.
    pub(super) fn key(&self) -> Vec<u8> {
        match self {
            Self::Issued(id) => ordered_bytes(*id).to_vec(),
            Self::Ends(ends, id) => [ordered_bytes(*ends), ordered_bytes(*id)].concat(),
            Self::Name(name, id) => [name.as_bytes(), &[0], &ordered_bytes(*id)].concat(),
        }
    }

    /// The place that has this key in the given order.
    pub(super) fn from_key(by: SortBy, key: &[u8]) -> Option<Self> {
        match by {
            SortBy::Issued => Some(Self::Issued(ordered_number(key)?)),
            SortBy::Ends => {
                let (ends, id) = key.split_at_checked(8)?;
                Some(Self::Ends(ordered_number(ends)?, ordered_number(id)?))
            }
            SortBy::Name => {
                let (name, id) = key.split_at_checked(key.len().checked_sub(9)?)?;
                let (nul, id) = id.split_first()?;
                let name = std::str::from_utf8(name).ok().filter(|name| *nul == 0 && !name.contains('\0'))?;
                Some(Self::Name(name.to_owned(), ordered_number(id)?))
            }
        }
    }
}

impl Read<'_> {
    /// The ranges of an order, lowest first.
    pub(super) fn ranges(&self, by: SortBy) -> Result<Vec<(Vec<u8>, i64)>, RegistryError> {
        self.flush_positions()?;
        let sql = "SELECT lower_key, count FROM position_ranges WHERE sort = ?1 ORDER BY lower_key";
        self.rows("position_ranges", sql, &[&by.as_str()], |cells| Ok((cells.get("lower_key")?, cells.get("count")?)))
    }

    /// Brings the gathered keys to their ranges. The rows of all of them are written.
    pub(super) fn flush_positions(&self) -> Result<(), RegistryError> {
        for by in ORDERS {
            let mut moved = std::mem::take(self.pending.borrow_mut().moved.of(by));
            moved.sort_unstable();
            let mut rest = moved.as_slice();
            while let Some((key, _)) = rest.first() {
                let (lower, count) = self.range_of(by, key)?;
                let next = self.range_after(by, &lower)?;
                let of_this = rest.partition_point(|(key, _)| next.as_ref().is_none_or(|next| key < next));
                let (of_this, others) = rest.split_at(of_this.max(1));
                self.set_split(by, lower, count + of_this.iter().map(|(_, change)| change).sum::<i64>())?;
                rest = others;
            }
        }
        Ok(())
    }

    /// Writes a range with its count, in halves where that is too much for one.
    fn set_split(&self, by: SortBy, lower: Vec<u8>, count: i64) -> Result<(), RegistryError> {
        self.set_range(by, &lower, count)?;
        let mut large = vec![(lower, count)];
        while let Some((lower, count)) = large.pop() {
            if count > MOST_IN_A_RANGE
                && let Some(middle) = self.key_after(by, &lower, count / 2)?
            {
                self.set_range(by, &lower, count / 2)?;
                self.set_range(by, &middle, count - count / 2)?;
                large.extend([(lower, count / 2), (middle, count - count / 2)]);
            }
        }
        Ok(())
    }

    /// How many certificates lie from `lower` up to and without `next` (`None`: up to the end); `None` if one of them is no key of this order.
    pub(super) fn counted_between(&self, by: SortBy, lower: &[u8], next: Option<&[u8]>) -> Result<Option<i64>, RegistryError> {
        let place = |key: &[u8]| if key.is_empty() { Some(None) } else { Place::from_key(by, key).map(Some) };
        let (Some(lower), Some(next)) = (place(lower), next.map_or(Some(None), place)) else { return Ok(None) };
        // No index is insisted on: a check must not fail on one that is gone.
        let (key, index) = match by {
            SortBy::Issued => ("id", "NOT INDEXED"),
            SortBy::Ends => ("(not_after, id)", ""),
            SortBy::Name => ("(sort_name, id)", ""),
        };
        let mut sql = format!("SELECT count(*) FROM certificates {index} WHERE archived = 0");
        let mut parameters: Vec<rusqlite::types::Value> = Vec::new();
        for (place, sign) in [(lower, ">="), (next, "<")] {
            let values: Vec<rusqlite::types::Value> = match place {
                None => continue,
                Some(Place::Issued(id)) => vec![id.into()],
                Some(Place::Ends(ends, id)) => vec![ends.into(), id.into()],
                Some(Place::Name(name, id)) => vec![name.into(), id.into()],
            };
            let first = parameters.len() + 1;
            let marks = if values.len() == 1 { format!("?{first}") } else { format!("(?{first}, ?{})", first + 1) };
            sql.push_str(&format!(" AND {key} {sign} {marks}"));
            parameters.extend(values);
        }
        Ok(Some(self.number(&sql, &parameters)?))
    }

    /// The range that a key falls into, with its count. The first range has the empty key and need not be there yet.
    fn range_of(&self, by: SortBy, key: &[u8]) -> Result<(Vec<u8>, i64), RegistryError> {
        let sql = "SELECT lower_key, count FROM position_ranges WHERE sort = ?1 AND lower_key <= ?2 ORDER BY lower_key DESC LIMIT 1";
        let found = self.row("position_ranges", sql, &[&by.as_str(), &key], |cells| Ok((cells.get("lower_key")?, cells.get("count")?)))?;
        Ok(found.unwrap_or_default())
    }

    /// The lower key of the range that follows; nothing behind the last.
    fn range_after(&self, by: SortBy, lower: &[u8]) -> Result<Option<Vec<u8>>, RegistryError> {
        let sql = "SELECT lower_key FROM position_ranges WHERE sort = ?1 AND lower_key > ?2 ORDER BY lower_key LIMIT 1";
        self.row("position_ranges", sql, &[&by.as_str(), &lower], |cells| cells.get("lower_key"))
    }

    fn set_range(&self, by: SortBy, lower: &[u8], count: i64) -> Result<(), RegistryError> {
        // An emptied range joins the one below it; the first stays, so that every key has a range.
        if count == 0 && !lower.is_empty() {
            self.execute("DELETE FROM position_ranges WHERE sort = ?1 AND lower_key = ?2", &[&by.as_str(), &lower])?;
        } else {
            let sql = "INSERT INTO position_ranges (sort, lower_key, count) VALUES (?1, ?2, ?3) ON CONFLICT (sort, lower_key) DO UPDATE SET count = excluded.count";
            self.execute(sql, &[&by.as_str(), &lower, &count])?;
        }
        Ok(())
    }

    /// The key of the certificate that stands `steps` after the beginning of a range.
    fn key_after(&self, by: SortBy, lower: &[u8], steps: i64) -> Result<Option<Vec<u8>>, RegistryError> {
        match by {
            SortBy::Issued => {
                let from = match Place::from_key(by, lower) {
                    Some(Place::Issued(id)) => id,
                    _ => 0,
                };
                let sql = "SELECT id FROM certificates NOT INDEXED WHERE archived = 0 AND id >= ?1 ORDER BY id LIMIT 1 OFFSET ?2";
                self.row("certificates", sql, &[&from, &steps], |cells| Ok(Place::Issued(cells.get("id")?).key()))
            }
            SortBy::Ends => {
                let (ends, id) = match Place::from_key(by, lower) {
                    Some(Place::Ends(ends, id)) => (ends, id),
                    _ => (i64::MIN, 0),
                };
                let sql = "SELECT id, not_after FROM certificates INDEXED BY certificates_by_end WHERE archived = 0 AND (not_after, id) >= (?1, ?2) ORDER BY not_after, id LIMIT 1 OFFSET ?3";
                self.row("certificates", sql, &[&ends, &id, &steps], |cells| {
                    Ok(Place::Ends(cells.get("not_after")?, cells.get("id")?).key())
                })
            }
            SortBy::Name => {
                let (name, id) = match Place::from_key(by, lower) {
                    Some(Place::Name(name, id)) => (name, id),
                    _ => (String::new(), 0),
                };
                let sql = "SELECT id, sort_name FROM certificates INDEXED BY certificates_by_sort_name WHERE archived = 0 AND (sort_name, id) >= (?1, ?2) ORDER BY sort_name, id LIMIT 1 OFFSET ?3";
                self.row("certificates", sql, &[&name, &id, &steps], |cells| {
                    Ok(Place::Name(cells.get("sort_name")?, cells.get("id")?).key())
                })
            }
        }
    }
}

impl Write<'_> {
    /// Counts a certificate in (`change` 1) or out (-1) of the ranges of all three orders. Its row is written already.
    pub(super) fn place(&self, id: CertificateId, not_after: OffsetDateTime, sort_name: &str, change: i64) -> Result<(), RegistryError> {
        let CertificateId(id) = id;
        let full = {
            let pending = &mut *self.pending.borrow_mut();
            if pending.late {
                return Ok(());
            }
            let moved = &mut pending.moved;
            moved.issued.push((Place::Issued(id).key(), change));
            moved.ends.push((Place::Ends(epoch_milliseconds(not_after), id).key(), change));
            moved.names.push((Place::Name(sort_name.to_owned(), id).key(), change));
            moved.issued.len() >= MOST_GATHERED
        };
        if full { self.flush_positions() } else { Ok(()) }
    }

    /// Makes the ranges of all orders anew from the certificates.
    pub(super) fn rebuild_positions(&self) -> Result<(), RegistryError> {
        self.pending.borrow_mut().moved = Moved::default();
        self.execute("DELETE FROM position_ranges", &[])?;
        for by in ORDERS {
            let (columns, order) = match by {
                SortBy::Issued => ("id", "id"),
                SortBy::Ends => ("id, not_after", "not_after, id"),
                SortBy::Name => ("id, sort_name", "sort_name, id"),
            };
            let sql = format!("SELECT {columns} FROM certificates WHERE archived = 0 ORDER BY {order}");
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            // The first range has the empty key.
            let (mut lower, mut count) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let cells = Cells::new("certificates", row);
                let place = match by {
                    SortBy::Issued => cells.get("id").map(Place::Issued),
                    SortBy::Ends => cells.get("not_after").and_then(|ends| Ok(Place::Ends(ends, cells.get("id")?))),
                    SortBy::Name => cells.get("sort_name").and_then(|name| Ok(Place::Name(name, cells.get("id")?))),
                };
                let place = match place {
                    Ok(place) => place,
                    // The check names it.
                    Err(RegistryError::Cell { .. }) => continue,
                    Err(error) => return Err(error),
                };
                if count == MOST_IN_A_RANGE / 2 {
                    self.set_range(by, &lower, count)?;
                    (lower, count) = (place.key(), 0);
                }
                count += 1;
            }
            if count > 0 {
                self.set_range(by, &lower, count)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, SortBy};

    #[test]
    fn keys_compare_as_places_do_and_come_back() {
        let ends: Vec<Place> =
            [(i64::MIN, 1), (-5, 9), (0, 0), (0, 1), (7, 0), (i64::MAX, 3)].map(|(ends, id)| Place::Ends(ends, id)).into();
        assert!(ends.iter().map(Place::key).is_sorted());
        assert_eq!(ends.iter().map(|place| Place::from_key(SortBy::Ends, &place.key())).collect::<Option<Vec<_>>>(), Some(ends));
        let names: Vec<Place> =
            [("", 4), ("a", 1), ("a", 2), ("a b", 0), ("aé", 0), ("b", 0)].map(|(name, id)| Place::Name(name.to_owned(), id)).into();
        assert!(names.iter().map(Place::key).is_sorted());
        assert_eq!(names.iter().map(|place| Place::from_key(SortBy::Name, &place.key())).collect::<Option<Vec<_>>>(), Some(names));
    }

    #[test]
    fn a_key_of_another_order_is_refused() {
        assert_eq!(Place::from_key(SortBy::Ends, &Place::Issued(1).key()), None);
        assert_eq!(Place::from_key(SortBy::Issued, &[]), None);
        assert_eq!(Place::from_key(SortBy::Name, b"short"), None);
    }
}
