//! What hangs on an authority: how many certificates of which kind still work, and when they end. Looked at before it is retired or revoked.

use time::{Date, Month, OffsetDateTime};

use crate::issuer::certificates_of_authority;
use crate::overview::ExpiryMonth;
use crate::registry::{AuthorityId, AuthorityRow, ExpiryClass, ExpiryDay, Read, RegistryError, Standing};
use crate::session::Session;

/// How many certificates still work, by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Working {
    /// TLS servers.
    pub servers: u64,
    /// TLS clients.
    pub clients: u64,
    /// Authorities.
    pub authorities: u64,
    /// The rest.
    pub others: u64,
}

impl Working {
    fn of(days: &[ExpiryDay]) -> Self {
        let mut working = Self::default();
        for day in days {
            *working.place(day.class) += day.count;
        }
        working
    }

    fn place(&mut self, class: ExpiryClass) -> &mut u64 {
        match class {
            ExpiryClass::Server => &mut self.servers,
            ExpiryClass::Client => &mut self.clients,
            ExpiryClass::Authority => &mut self.authorities,
            ExpiryClass::Other => &mut self.others,
        }
    }
}

/// One authority below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Below {
    /// Its row.
    pub row: AuthorityRow,
    /// 1 for those that the authority has issued itself.
    pub depth: usize,
    /// What it has issued and still works.
    pub working: Working,
}

/// What hangs on an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// The authority.
    pub row: AuthorityRow,
    /// What it has issued to others and still works; what has a successor still does.
    pub working: Working,
    /// The authorities below it, parents before children, each with what it has issued.
    pub below: Vec<Below>,
    /// When all of these end, month by month; months in which nothing ends are left out.
    pub months: Vec<ExpiryMonth>,
    /// The day on which the last of them ends.
    pub last: Option<Date>,
}

impl Session {
    /// Counts what hangs on an authority. Reads counters, and walks over no certificates but those that end today.
    ///
    /// # Errors
    /// `Missing` if there is no such authority; the registry's own.
    pub fn impact(&self, id: AuthorityId) -> Result<Impact, RegistryError> {
        let now = self.now();
        self.registry().read(|tx| {
            let row = tx.authority(id)?.ok_or_else(|| RegistryError::Missing { table: "authorities", row: id.to_string() })?;
            let mut days = days(tx, id, now)?;
            let working = Working::of(&days);
            let (all, mut below) = (tx.authorities()?, Vec::new());
            gather(tx, &all, id, 1, now, &mut below, &mut days)?;
            let last = days.iter().map(|day| day.day).max();
            Ok(Impact { row, working, below, months: months(&days), last })
        })
    }
}

/// What an authority has issued to others and still works, by the day on which it ends.
fn days(tx: &Read<'_>, id: AuthorityId, now: OffsetDateTime) -> Result<Vec<ExpiryDay>, RegistryError> {
    let mut days = tx.working_days(id, now)?;
    // A root's own certificates are its own issue: they do not hang on it, it hangs on them.
    for generation in tx.generations(id)? {
        let Some(key) = tx.key(generation.generation.key)? else { continue };
        for own in certificates_of_authority(tx, &key.key.fingerprint)? {
            let counted = own.record.authority == Some(id) && own.facts.not_after >= now;
            if !counted || !matches!(own.state.standing, Standing::Good | Standing::Superseded) {
                continue;
            }
            let day = own.facts.not_after.date();
            if let Some(found) =
                days.iter_mut().find(|one| one.day == day && one.class == own.facts.class && one.standing == own.state.standing)
            {
                found.count = found.count.saturating_sub(1);
            }
        }
    }
    days.retain(|day| day.count > 0);
    Ok(days)
}

fn gather(
    tx: &Read<'_>,
    all: &[AuthorityRow],
    above: AuthorityId,
    depth: usize,
    now: OffsetDateTime,
    below: &mut Vec<Below>,
    every: &mut Vec<ExpiryDay>,
) -> Result<(), RegistryError> {
    for row in all.iter().filter(|row| row.parent == Some(above)) {
        // A circle must not be walked for ever.
        if below.iter().any(|known| known.row.id == row.id) {
            continue;
        }
        let days = days(tx, row.id, now)?;
        below.push(Below { row: row.clone(), depth, working: Working::of(&days) });
        every.extend(days);
        gather(tx, all, row.id, depth + 1, now, below, every)?;
    }
    Ok(())
}

fn months(days: &[ExpiryDay]) -> Vec<ExpiryMonth> {
    let mut months: Vec<((i32, Month), Working)> = Vec::new();
    let mut sorted: Vec<&ExpiryDay> = days.iter().collect();
    sorted.sort_by_key(|day| day.day);
    for day in sorted {
        let month = (day.day.year(), day.day.month());
        if months.last().is_none_or(|(last, _)| *last != month) {
            months.push((month, Working::default()));
        }
        if let Some((_, working)) = months.last_mut() {
            *working.place(day.class) += day.count;
        }
    }
    let month = |((year, month), working): ((i32, Month), Working)| ExpiryMonth {
        year,
        month,
        counts: [working.servers, working.clients, working.authorities, working.others],
    };
    months.into_iter().map(month).collect()
}
