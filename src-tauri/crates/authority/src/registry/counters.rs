//! Counts that are kept in the transaction which changes what they count, so that no overview ever walks over the certificates.

use std::collections::HashMap;

use time::{Date, OffsetDateTime};

use super::cell::{Bound, Cells, epoch_milliseconds, owned};
use super::certificates::Standing;
use super::facts::{CertificateKind, ExpiryClass};
use super::ids::AuthorityId;
use super::positions::Moved;
use super::{Read, RegistryError, Write};

/// What a certificate is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Counted {
    pub(super) authority: Option<AuthorityId>,
    pub(super) kind: CertificateKind,
    pub(super) class: ExpiryClass,
    pub(super) not_after: OffsetDateTime,
    pub(super) standing: Standing,
    pub(super) archived: bool,
}

/// Changes of counters that a write has gathered; a bulk import touches each counter once.
#[derive(Debug, Default)]
pub(super) struct Pending {
    totals: HashMap<(Option<AuthorityId>, CertificateKind, bool), i64>,
    expiries: HashMap<(Option<AuthorityId>, ExpiryClass, i64, Standing, bool), i64>,
    pub(super) last_id: Option<i64>,
    /// Indexes are put off, and with them positions.
    pub(super) late: bool,
    /// Keys on their way into the ranges of positions.
    pub(super) moved: Moved,
    /// Count and last hash of the audit log, once this write has appended to it.
    pub(super) audit_head: Option<(u64, [u8; 32])>,
}

/// How many certificates of a kind an authority has issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateTotal {
    /// The authority; `None` for what none of ours issued.
    pub authority: Option<AuthorityId>,
    /// Authority or leaf.
    pub kind: CertificateKind,
    /// Put away or not.
    pub archived: bool,
    /// How many.
    pub count: u64,
}

/// How many certificates end on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryDay {
    /// The UTC day of notAfter.
    pub day: Date,
    /// What they are counted under.
    pub class: ExpiryClass,
    /// What happened to them.
    pub standing: Standing,
    /// How many.
    pub count: u64,
}

/// How many unarchived certificates have each status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusCounts {
    /// Good and not ended.
    pub valid: u64,
    /// Good and ended.
    pub expired: u64,
    /// Revoked for good.
    pub revoked: u64,
    /// On hold.
    pub held: u64,
    /// With a successor.
    pub superseded: u64,
}

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;
/// The Julian day of 1970-01-01.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;

/// The UTC day, counted from 1970-01-01.
pub(super) fn day_of(time: OffsetDateTime) -> i64 {
    time.unix_timestamp().div_euclid(DAY)
}

/// An authority as the counters write it: empty for none.
fn counted_authority(authority: Option<AuthorityId>) -> Vec<u8> {
    authority.map(|id| id.as_bytes().to_vec()).unwrap_or_default()
}

fn expiry_day(cells: &Cells<'_>) -> Result<ExpiryDay, RegistryError> {
    let day: i64 = cells.get("day")?;
    let julian = i32::try_from(day + EPOCH_JULIAN_DAY).ok();
    let date =
        julian.and_then(|julian| Date::from_julian_day(julian).ok()).ok_or_else(|| cells.refuse("day", format!("{day} is no day")))?;
    Ok(ExpiryDay { day: date, class: cells.get("class")?, standing: cells.get("standing")?, count: cells.get("count")? })
}

impl Read<'_> {
    /// Writes gathered changes of counters and positions. Every reader of them calls it first, so that a write sees its own changes.
    pub(super) fn flush(&self) -> Result<(), RegistryError> {
        self.flush_positions()?;
        let (totals, expiries) = {
            let mut pending = self.pending.borrow_mut();
            (std::mem::take(&mut pending.totals), std::mem::take(&mut pending.expiries))
        };
        for ((authority, kind, archived), change) in totals.into_iter().filter(|(_, change)| *change != 0) {
            let authority = counted_authority(authority);
            let key: [&dyn rusqlite::ToSql; 4] = [&authority, &Bound(&kind), &archived, &change];
            if self
                .execute("UPDATE certificate_totals SET count = count + ?4 WHERE authority = ?1 AND kind = ?2 AND archived = ?3", &key)?
                == 0
            {
                self.execute("INSERT INTO certificate_totals (authority, kind, archived, count) VALUES (?1, ?2, ?3, ?4)", &key)?;
            }
        }
        for ((authority, class, day, standing, archived), change) in expiries.into_iter().filter(|(_, change)| *change != 0) {
            let authority = counted_authority(authority);
            let key: [&dyn rusqlite::ToSql; 6] = [&authority, &Bound(&class), &day, &Bound(&standing), &archived, &change];
            let update = "UPDATE certificate_expiries SET count = count + ?6 WHERE authority = ?1 AND class = ?2 AND day = ?3 AND standing = ?4 AND archived = ?5";
            if self.execute(update, &key)? == 0 {
                self.execute(
                    "INSERT INTO certificate_expiries (authority, class, day, standing, archived, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    &key,
                )?;
            }
        }
        Ok(())
    }

    /// Totals by authority, kind and archived; none of them 0.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificate_totals(&self) -> Result<Vec<CertificateTotal>, RegistryError> {
        self.flush()?;
        let sql = "SELECT authority, kind, archived, count FROM certificate_totals WHERE count > 0 ORDER BY authority, kind, archived";
        self.rows("certificate_totals", sql, &[], |cells| {
            let authority: Vec<u8> = cells.get("authority")?;
            let authority = if authority.is_empty() { None } else { Some(cells.get("authority")?) };
            Ok(CertificateTotal { authority, kind: cells.get("kind")?, archived: cells.get("archived")?, count: cells.get("count")? })
        })
    }

    /// How many certificates end on each UTC day from `from` up to and without `until`, of one authority or of all; archived ones aside. Days
    /// without any are left out.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn expiry_days(
        &self,
        authority: Option<AuthorityId>,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<ExpiryDay>, RegistryError> {
        self.flush()?;
        let sql = "SELECT day, class, standing, sum(count) AS count FROM certificate_expiries \
            WHERE archived = 0 AND day >= ?1 AND day < ?2 AND (?3 IS NULL OR authority = ?3) GROUP BY day, class, standing HAVING sum(count) > 0 ORDER BY day, class, standing";
        self.rows("certificate_expiries", sql, &[&day_of(from), &day_of(until), &Bound(&authority)], expiry_day)
    }

    /// How many certificates of an authority still work at `now`, archived ones too, by the UTC day on which they end: what has a successor works, what
    /// is revoked or held does not. Exact: the counters serve whole days, the index of notAfter the present one.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn working_days(&self, authority: AuthorityId, now: OffsetDateTime) -> Result<Vec<ExpiryDay>, RegistryError> {
        self.flush()?;
        let today = day_of(now);
        let sql = "SELECT day, class, standing, sum(count) AS count FROM certificate_expiries \
            WHERE authority = ?1 AND day > ?2 AND standing IN ('good', 'superseded') GROUP BY day, class, standing HAVING sum(count) > 0 ORDER BY day, class, standing";
        let later = self.rows("certificate_expiries", sql, &[&Bound(&authority), &today], expiry_day)?;
        let sql = "SELECT ?2 AS day, class, standing, count(*) AS count FROM certificates \
            WHERE archived IN (0, 1) AND not_after >= ?3 AND not_after < ?4 AND +authority = ?1 AND +standing IN ('good', 'superseded') GROUP BY class, standing";
        let end = (today + 1) * DAY * 1000;
        let mut days = self.rows("certificates", sql, &[&Bound(&authority), &today, &epoch_milliseconds(now), &end], expiry_day)?;
        days.extend(later);
        Ok(days)
    }

    /// How many unarchived certificates, of one authority or of all, have each status at `now`. Exact: the counters serve whole days, the
    /// index of notAfter the present one.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn status_counts(&self, authority: Option<AuthorityId>, now: OffsetDateTime) -> Result<StatusCounts, RegistryError> {
        self.flush()?;
        let today = day_of(now);
        let mut counts = StatusCounts::default();
        let sql = "SELECT standing, day < ?1 AS past, sum(count) AS count FROM certificate_expiries WHERE archived = 0 AND (?2 IS NULL OR authority = ?2) GROUP BY standing, day < ?1";
        let sums = self.rows("certificate_expiries", sql, &[&today, &Bound(&authority)], |cells| {
            Ok((cells.get::<Standing>("standing")?, cells.get::<bool>("past")?, cells.get::<u64>("count")?))
        })?;
        for (standing, past, count) in sums {
            match standing {
                Standing::Revoked => counts.revoked += count,
                Standing::Held => counts.held += count,
                Standing::Superseded => counts.superseded += count,
                Standing::Good if past => counts.expired += count,
                Standing::Good => counts.valid += count,
            }
        }
        let sql = "SELECT count(*) FROM certificates WHERE archived = 0 AND not_after >= ?1 AND not_after < ?2 AND +standing = 'good' AND (?3 IS NULL OR +authority = ?3)";
        let ended_today = self.number(sql, &[(today * DAY * 1000).into(), epoch_milliseconds(now).into(), owned(&authority)])?;
        let ended_today = u64::try_from(ended_today).unwrap_or(0);
        counts.expired += ended_today;
        counts.valid = counts.valid.saturating_sub(ended_today);
        Ok(counts)
    }
}

impl Write<'_> {
    /// Adds to (or takes from) what a certificate is counted under.
    pub(super) fn count(&self, counted: &Counted, change: i64) -> Result<(), RegistryError> {
        let mut pending = self.pending.borrow_mut();
        *pending.totals.entry((counted.authority, counted.kind, counted.archived)).or_default() += change;
        *pending
            .expiries
            .entry((counted.authority, counted.class, day_of(counted.not_after), counted.standing, counted.archived))
            .or_default() += change;
        Ok(())
    }
}
