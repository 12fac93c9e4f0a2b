//! The answer to "is anything wrong, what is next?": read models that never scan certificates.

use time::{Date, Duration, Month, OffsetDateTime};

use crate::answering;
use crate::back_up::{BACKED_UP_SETTING, moment};
use crate::crl_schedule::CrlLife;
use crate::daily_backup::{DRILLED_SETTING, failure};
use crate::install_crl::awaited;
use crate::issuer::certificates_of_authority;
use crate::registry::{
    AuthorityId, AuthorityRow, CertificateFilter, CertificateRow, CertificateStatus, CrlState, ExpiryClass, GenerationRow, KeyLocation,
    KeyRow, KeyState, KeysKind, Page, Read, RecoveryChoice, RegistryError, Sort, SortBy, SourceFailureRow, SourceId, Standing,
    StatusCounts,
};
use crate::session::Session;
use crate::settings::{BACKUP_OLD, CRL_HOLD_OFF_MINUTES};
use crate::upkeep::{KnownDamage, known_damage};

/// Certificates that end within this time are shown as needing attention.
const ENDING: Duration = Duration::days(14);
/// Authorities that end within this time are.
const AUTHORITY_ENDING: Duration = Duration::days(180);
/// Certificates listed one by one; the rest is a list a click away.
const LISTED: u32 = 10;
/// Other people's CRLs are looked at that end within this time: two thirds of half a year are over two months before its end.
const FOREIGN_ENDING: Duration = Duration::days(61);
/// So many of them are looked at, those first that end first.
const FOREIGN_LOOKED: u32 = 200;
/// Months shown.
const MONTHS: usize = 12;

/// An authority with everything a list shows of it.
#[derive(Debug, Clone)]
pub struct AuthoritySummary {
    /// Its row.
    pub row: AuthorityRow,
    /// Its key generations, newest first.
    pub generations: Vec<GenerationSummary>,
    /// Its current certificate.
    pub certificate: Option<CertificateRow>,
    /// Certificates issued, its own included for a root.
    pub issued: u64,
    /// Names from the root down to this one.
    pub path: Vec<String>,
}

/// One key generation.
#[derive(Debug, Clone)]
pub struct GenerationSummary {
    /// Its row.
    pub row: GenerationRow,
    /// Its key.
    pub key: KeyRow,
    /// Its CA certificates, newest first, cross-certificates last.
    pub certificates: Vec<CertificateRow>,
    /// How its CRL stands.
    pub crl: CrlState,
    /// Where its CRL is found.
    pub crl_urls: Vec<String>,
    /// When the last certificate that it has issued ends; `None` where there is none.
    pub ends: Option<OffsetDateTime>,
    /// How long a revocation waits for others before its CRL is built.
    pub hold_off: Duration,
}

impl AuthoritySummary {
    /// The generation that issues.
    pub fn current(&self) -> Option<&GenerationSummary> {
        self.generations.iter().find(|generation| generation.row.generation.current)
    }
}

impl GenerationSummary {
    /// Whether its CRL goes on: it is the current one, or something that it has issued has not ended.
    pub fn answers(&self, now: OffsetDateTime) -> bool {
        answering::answers(self.row.generation.current, !self.certificates.is_empty(), self.ends, now)
    }

    /// When its CRL is to be built again: when what it lacks has waited for others, at the latest at two thirds of its life.
    pub fn crl_due_at(&self) -> Option<OffsetDateTime> {
        let rebuild = self.crl.stale_since.map(|since| since.saturating_add(self.hold_off));
        [rebuild, self.crl_life()?.renewal()].into_iter().flatten().min()
    }

    /// The life of its newest CRL.
    pub fn crl_life(&self) -> Option<CrlLife> {
        self.crl.newest.as_ref().map(|row| CrlLife { this_update: row.crl.this_update, next_update: row.crl.next_update })
    }
}

/// What needs the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attention {
    /// The newest CRL has expired: whoever checks it rejects everybody.
    CrlExpired {
        /// Whose.
        authority: AuthorityId,
        /// Its name.
        name: String,
        /// Since when.
        since: OffsetDateTime,
    },
    /// A revocation is not on the newest CRL.
    CrlStale {
        /// Whose.
        authority: AuthorityId,
        /// Its name.
        name: String,
        /// Since when.
        since: OffsetDateTime,
    },
    /// Two thirds of the CRL's life are over.
    CrlDue {
        /// Whose.
        authority: AuthorityId,
        /// Its name.
        name: String,
        /// When it expires.
        ends: OffsetDateTime,
    },
    /// An authority that writes a distribution point has no CRL yet.
    CrlMissing {
        /// Whose.
        authority: AuthorityId,
        /// Its name.
        name: String,
    },
    /// The CRL of a key that no longer issues, and whose certificates have not all ended, needs a look.
    EarlierCrl {
        /// Whose.
        authority: AuthorityId,
        /// Its name.
        name: String,
        /// Which of the authority's keys, 1 for the first.
        generation: u32,
        /// What is wrong.
        trouble: CrlTrouble,
        /// Since when, or when it ends.
        at: OffsetDateTime,
    },
    /// A certificate ends soon.
    CertificateEnds {
        /// Its id.
        certificate: String,
        /// Its name.
        name: String,
        /// When.
        ends: OffsetDateTime,
    },
    /// An authority ends soon.
    AuthorityEnds {
        /// Which.
        authority: AuthorityId,
        /// Its name.
        name: String,
        /// When.
        ends: OffsetDateTime,
    },
    /// A key was never taken into use.
    KeyNotReady {
        /// Whose.
        authority: AuthorityId,
        /// Its name.
        name: String,
    },
    /// The registry has no recovery file, and nobody declined it.
    RecoveryMissing,
    /// There is no backup.
    BackupMissing,
    /// The newest backup is old.
    BackupOld {
        /// From when.
        at: OffsetDateTime,
    },
    /// The daily backup fails.
    BackupFailed {
        /// When it was last tried.
        at: OffsetDateTime,
        /// Why.
        problem: String,
    },
    /// There are backups, and nobody has ever proved that one opens.
    NeverDrilled,
    /// The clock is behind the last time seen.
    ClockBack {
        /// The last time seen.
        seen: OffsetDateTime,
    },
    /// The last look at the registry found damage.
    Damaged {
        /// When.
        at: OffsetDateTime,
        /// How many findings.
        findings: u64,
    },
    /// Restored, and the newest published CRL of an authority is awaited: none is signed until then.
    CrlAwaited {
        /// Whose.
        authority: AuthorityId,
        /// Its name.
        name: String,
    },
    /// Somebody else's CRL has expired, or two thirds of its life are over.
    SourceCrl {
        /// In which source.
        source: SourceId,
        /// The source's name.
        name: String,
        /// Who issued it.
        issuer: String,
        /// Whether it has expired.
        expired: bool,
        /// When it ends, or ended.
        ends: OffsetDateTime,
    },
    /// A source could not be refreshed.
    SourceFailed {
        /// Which.
        source: SourceId,
        /// Its name.
        name: String,
        /// How often in a row.
        times: u32,
        /// Why, the last time.
        failure: Option<SourceFailureRow>,
        /// Its content was last found good.
        refreshed: Option<OffsetDateTime>,
    },
    /// Nothing can be written.
    ReadOnly,
}

/// What can be wrong with a CRL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrlTrouble {
    /// It has expired.
    Expired,
    /// It lacks a revocation.
    Stale,
    /// Two thirds of its life are over.
    Due,
}

/// How many certificates end in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiryMonth {
    /// The year.
    pub year: i32,
    /// The month.
    pub month: Month,
    /// Servers, clients, authorities, others.
    pub counts: [u64; 4],
}

/// The whole overview.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Now.
    pub at: OffsetDateTime,
    /// Certificates by state.
    pub counts: StatusCounts,
    /// What needs the user, worst first.
    pub attention: Vec<Attention>,
    /// This month and the eleven after it.
    pub months: Vec<ExpiryMonth>,
    /// Authorities in tree order.
    pub authorities: Vec<AuthoritySummary>,
}

impl Session {
    /// Gathers the overview.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn overview(&self) -> Result<Overview, RegistryError> {
        let now = self.now();
        let authorities = self.authorities()?;
        let read_only = self.registry().read_only();
        self.registry().read(|tx| {
            let mut attention = Vec::new();
            if let Some(KnownDamage { at, findings }) = known_damage(tx)? {
                attention.push(Attention::Damaged { at, findings });
            }
            if read_only {
                attention.push(Attention::ReadOnly);
            } else if let Err(seen) = self.check_clock(tx)? {
                attention.push(Attention::ClockBack { seen });
            }
            for waiting in awaited(tx)? {
                let found = Attention::CrlAwaited { authority: waiting.authority, name: waiting.name };
                if !attention.contains(&found) {
                    attention.push(found);
                }
            }
            for authority in &authorities {
                of_authority(authority, now, &mut attention);
            }
            endings(tx, now, &mut attention)?;
            foreign(tx, now, &mut attention)?;
            safety(tx, now, authorities.is_empty(), &mut attention)?;
            Ok(Overview { at: now, counts: tx.status_counts(None, now)?, attention, months: months(tx, now)?, authorities })
        })
    }

    /// All authorities, parents before children, siblings by name.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn authorities(&self) -> Result<Vec<AuthoritySummary>, RegistryError> {
        self.registry().read(|tx| {
            let rows = tx.authorities()?;
            let totals = tx.certificate_totals()?;
            let mut ordered = Vec::with_capacity(rows.len());
            order(&rows, None, &mut Vec::new(), &mut ordered);
            // A parent that is gone or a circle must not hide anything.
            for row in &rows {
                if !ordered.iter().any(|(known, _): &(AuthorityRow, Vec<String>)| known.id == row.id) {
                    ordered.push((row.clone(), vec![row.name.clone()]));
                }
            }
            ordered
                .into_iter()
                .map(|(row, path)| {
                    let issued = totals.iter().filter(|total| total.authority == Some(row.id)).map(|total| total.count).sum();
                    summary(tx, row, path, issued)
                })
                .collect()
        })
    }
}

fn order(rows: &[AuthorityRow], parent: Option<AuthorityId>, above: &mut Vec<String>, ordered: &mut Vec<(AuthorityRow, Vec<String>)>) {
    let mut children: Vec<_> = rows.iter().filter(|row| row.parent == parent).collect();
    children.sort_by(|one, other| one.name.cmp(&other.name));
    for child in children {
        if ordered.iter().any(|(known, _)| known.id == child.id) {
            continue;
        }
        above.push(child.name.clone());
        ordered.push((child.clone(), above.clone()));
        order(rows, Some(child.id), above, ordered);
        above.pop();
    }
}

fn summary(tx: &Read<'_>, row: AuthorityRow, path: Vec<String>, issued: u64) -> Result<AuthoritySummary, RegistryError> {
    let mut generations = Vec::new();
    let hold_off = Duration::minutes(i64::from(CRL_HOLD_OFF_MINUTES.get(tx)?));
    for generation in tx.generations(row.id)? {
        let missing = || RegistryError::Missing { table: "keys", row: generation.generation.key.to_string() };
        let key = tx.key(generation.generation.key)?.ok_or_else(missing)?;
        let certificates = certificates_of_authority(tx, &key.key.fingerprint)?;
        let crl = tx.crl_state(generation.generation.id)?;
        let crl_urls = tx.generation_crl_urls(&generation)?;
        let ends = tx.last_not_after(generation.generation.id, &key.key.fingerprint)?;
        generations.push(GenerationSummary { row: generation, key, certificates, crl, crl_urls, ends, hold_off });
    }
    generations.sort_by_key(|generation| std::cmp::Reverse(generation.row.generation.number));
    let current = generations.iter().find(|generation| generation.row.generation.current);
    let certificate = current.and_then(|generation| generation.certificates.first().cloned());
    Ok(AuthoritySummary { row, generations, certificate, issued, path })
}

fn of_authority(summary: &AuthoritySummary, now: OffsetDateTime, attention: &mut Vec<Attention>) {
    let (authority, name) = (summary.row.id, || summary.row.name.clone());
    for earlier in summary.generations.iter().filter(|generation| !generation.row.generation.current && generation.answers(now)) {
        if let Some((trouble, at)) = trouble(earlier, now) {
            let generation = earlier.row.generation.number;
            attention.push(Attention::EarlierCrl { authority, name: name(), generation, trouble, at });
        }
    }
    let Some(current) = summary.current() else { return };
    if current.key.key.location == KeyLocation::Elsewhere {
        return;
    }
    if current.key.key.state != KeyState::Ready {
        attention.push(Attention::KeyNotReady { authority, name: name() });
    }
    if let Some(ends) =
        summary.certificate.as_ref().map(|row| row.facts.not_after).filter(|ends| *ends > now && *ends - now < AUTHORITY_ENDING)
    {
        attention.push(Attention::AuthorityEnds { authority, name: name(), ends });
    }
    let Some(newest) = current.crl.newest.as_ref() else {
        if let Some(since) = current.crl.stale_since {
            attention.push(Attention::CrlStale { authority, name: name(), since });
        } else if !summary.row.crl_urls.is_empty() {
            attention.push(Attention::CrlMissing { authority, name: name() });
        }
        return;
    };
    match newest.crl.next_update {
        Some(ends) if ends <= now => attention.push(Attention::CrlExpired { authority, name: name(), since: ends }),
        Some(ends) => {
            if let Some(since) = current.crl.stale_since {
                attention.push(Attention::CrlStale { authority, name: name(), since });
            } else if current.crl_due_at().is_some_and(|due| due <= now) {
                attention.push(Attention::CrlDue { authority, name: name(), ends });
            }
        }
        None => {}
    }
}

/// What is wrong with the CRL of a generation that is not the current one.
fn trouble(generation: &GenerationSummary, now: OffsetDateTime) -> Option<(CrlTrouble, OffsetDateTime)> {
    let next_update = generation.crl.newest.as_ref().and_then(|newest| newest.crl.next_update);
    if let Some(ends) = next_update.filter(|ends| *ends <= now) {
        return Some((CrlTrouble::Expired, ends));
    }
    if let Some(since) = generation.crl.stale_since {
        return Some((CrlTrouble::Stale, since));
    }
    generation.crl_due_at().filter(|due| *due <= now).and(next_update).map(|ends| (CrlTrouble::Due, ends))
}

fn endings(tx: &Read<'_>, now: OffsetDateTime, attention: &mut Vec<Attention>) -> Result<(), RegistryError> {
    let filter = CertificateFilter {
        statuses: vec![CertificateStatus::Valid],
        kind: Some(crate::registry::CertificateKind::Leaf),
        expires_before: Some(now + ENDING),
        ..CertificateFilter::default()
    };
    let page = tx.certificates_page(&filter, Sort { by: SortBy::Ends, descending: false }, &Page::First, LISTED, now)?;
    attention.extend(page.items.into_iter().map(|row| Attention::CertificateEnds {
        certificate: row.id.to_string(),
        name: row.facts.display_name,
        ends: row.facts.not_after,
    }));
    Ok(())
}

/// Other people's lists: those that end, and those that could not be fetched.
fn foreign(tx: &Read<'_>, now: OffsetDateTime, attention: &mut Vec<Attention>) -> Result<(), RegistryError> {
    let sources = tx.sources()?;
    for source in sources.iter().filter(|source| source.failures > 0) {
        let failure = tx.last_source_failure(source.id)?.and_then(|event| event.failure);
        let (name, refreshed) = (source.name.clone(), source.refreshed_at);
        attention.push(Attention::SourceFailed { source: source.id, name, times: source.failures, failure, refreshed });
    }
    let mut listed = 0;
    for crl in tx.source_crls_ending(now + FOREIGN_ENDING, FOREIGN_LOOKED)? {
        let Some(ends) = crl.next_update else { continue };
        let life = CrlLife { this_update: crl.this_update, next_update: crl.next_update };
        if listed == LISTED || life.renewal().is_none_or(|due| due > now) {
            continue;
        }
        listed += 1;
        let name = sources.iter().find(|source| source.id == crl.source).map(|source| source.name.clone()).unwrap_or_default();
        attention.push(Attention::SourceCrl { source: crl.source, name, issuer: crl.issuer.rfc4514(), expired: ends <= now, ends });
    }
    Ok(())
}

fn safety(tx: &Read<'_>, now: OffsetDateTime, empty: bool, attention: &mut Vec<Attention>) -> Result<(), RegistryError> {
    let meta = tx.meta()?;
    if meta.keys == KeysKind::Os && matches!(meta.recovery, RecoveryChoice::Undecided) {
        attention.push(Attention::RecoveryMissing);
    }
    if empty || meta.is_test {
        return Ok(());
    }
    let old = Duration::days(i64::from(BACKUP_OLD.get(tx)?));
    match moment(tx, BACKED_UP_SETTING)? {
        None => attention.push(Attention::BackupMissing),
        Some(at) if now - at > old => attention.push(Attention::BackupOld { at }),
        Some(_) if moment(tx, DRILLED_SETTING)?.is_none() => attention.push(Attention::NeverDrilled),
        Some(_) => {}
    }
    if let Some((at, problem)) = failure(tx)? {
        attention.push(Attention::BackupFailed { at, problem });
    }
    Ok(())
}

/// The next twelve months from the counters; what has ended in this month already is left out.
fn months(tx: &Read<'_>, now: OffsetDateTime) -> Result<Vec<ExpiryMonth>, RegistryError> {
    let mut months: Vec<ExpiryMonth> = Vec::with_capacity(MONTHS);
    let (mut year, mut month) = (now.year(), now.month());
    for _ in 0..MONTHS {
        months.push(ExpiryMonth { year, month, counts: [0; 4] });
        month = month.next();
        if month == Month::January {
            year += 1;
        }
    }
    let end = Date::from_calendar_date(year, month, 1).map_or(now, |date| date.midnight().assume_utc());
    for day in tx.expiry_days(None, now, end)? {
        if matches!(day.standing, Standing::Revoked | Standing::Held) {
            continue;
        }
        let class = match day.class {
            ExpiryClass::Server => 0,
            ExpiryClass::Client => 1,
            ExpiryClass::Authority => 2,
            ExpiryClass::Other => 3,
        };
        let found = months.iter_mut().find(|known| known.year == day.day.year() && known.month == day.day.month());
        if let Some(count) = found.and_then(|known| known.counts.get_mut(class)) {
            *count += day.count;
        }
    }
    Ok(months)
}
