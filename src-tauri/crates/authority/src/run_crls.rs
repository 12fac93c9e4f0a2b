//! A round over all CRLs that are owed: those that are due are built, each by itself, so that one authority's failure does not stop the others.

use std::time::{Duration as Elapsed, Instant};

use pki::crl::{Crl, CrlNumber};
use time::{Duration, OffsetDateTime};

use crate::crl_gate::PATIENCE;
use crate::crl_schedule::{CrlLife, Schedule};
use crate::issuer::{Duty, IssuingAuthority, Unusable};
use crate::keystore::{KeyStoreError, StoreState};
use crate::overview::{AuthoritySummary, GenerationSummary};
use crate::publish_crl::BuildCrlError;
use crate::registry::{AuthorityId, CrlId, CrlKind, GenerationId, KeyLocation, Read, RegistryError};
use crate::session::Session;
use crate::settings::CRL_HOLD_OFF_MINUTES;
use crate::watch::Watch;

/// How long a round takes at most, unless somebody says otherwise.
pub const ROUND_LIMIT: Elapsed = Elapsed::from_secs(600);

/// How long a revocation may wait for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldOff {
    /// As long as the setting says: somebody looks again.
    AsSet,
    /// Not at all: nobody knows when the next look is.
    Nothing,
}

/// A CRL that a generation owes to whoever checks its certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedCrl {
    /// Whose.
    pub authority: AuthorityId,
    /// The authority's name.
    pub name: String,
    /// Of which key.
    pub generation: GenerationId,
    /// Which of the authority's keys, 1 for the first.
    pub key_number: u32,
    /// The life of the newest one.
    pub newest: Option<CrlLife>,
    /// When the next one is to be built.
    pub schedule: Schedule,
    /// Why it cannot be built here, now or at all.
    pub hindrance: Option<Hindrance>,
}

/// Why a generation is passed over: nothing has failed, and trying again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// It cannot sign CRLs.
    Unusable(Unusable),
    /// After a restore its newest published CRL is awaited.
    AwaitsCrl,
}

/// What a round did for one generation.
#[derive(Debug)]
pub struct CrlRun {
    /// For which.
    pub owed: OwedCrl,
    /// What became of it.
    pub outcome: CrlOutcome,
}

/// What became of a CRL in a round.
#[derive(Debug)]
pub enum CrlOutcome {
    /// It was built.
    Built {
        /// Its number.
        number: CrlNumber,
        /// Its entries.
        entries: u64,
        /// When the next is due at the latest.
        next_update: OffsetDateTime,
    },
    /// It is not due, or somebody else has built it meanwhile.
    NotDue,
    /// It cannot be built here; see [`OwedCrl::hindrance`].
    PassedOver,
    /// It was not built. The one before stays current.
    Failed(BuildCrlError),
    /// The time of the round was over before it was built. The next round goes on.
    OutOfTime,
}

/// What a round did.
#[derive(Debug)]
pub struct CrlRound {
    /// Every CRL that is owed, the most urgent first.
    pub runs: Vec<CrlRun>,
    /// When there will be something to do again; `None` if nothing is foreseen. What has failed is not counted.
    pub next: Option<OffsetDateTime>,
}

impl CrlRound {
    /// Whether everything that was due and could be built was built.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.runs.iter().any(|run| matches!(run.outcome, CrlOutcome::Failed(_) | CrlOutcome::OutOfTime))
    }
}

/// There was no round.
#[derive(Debug, thiserror::Error)]
pub enum RunCrlsError {
    /// The clock is behind the last time seen: what is due cannot be told, and nothing is signed.
    #[error("the clock is behind {seen}")]
    ClockWentBack {
        /// The last time seen.
        seen: OffsetDateTime,
    },
    /// Somebody has stopped it.
    #[error("it was stopped")]
    Cancelled,
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// A watch that also says when the time is over.
struct Limited<'a> {
    inner: &'a dyn Watch,
    until: Instant,
}

impl Watch for Limited<'_> {
    fn progress(&self, done: u64, total: u64) {
        self.inner.progress(done, total);
    }

    fn cancelled(&self) -> bool {
        self.inner.cancelled() || Instant::now() >= self.until
    }
}

impl Session {
    /// Every CRL that is owed, the one first whose predecessor ends first: that of each key that issues, and of each earlier one until its last certificate
    /// has ended and its last revocations were listed once more (RFC 5280 3.3). An authority that writes no distribution point and has never issued a CRL
    /// owes none before its first revocation.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn owed_crls(&self, hold_off: HoldOff) -> Result<Vec<OwedCrl>, RegistryError> {
        let now = self.now();
        let authorities = self.authorities()?;
        let mut owed = self.registry().read(|tx| {
            let hold_off = hold_off_of(tx, hold_off)?;
            let mut owed = Vec::new();
            for authority in &authorities {
                for generation in &authority.generations {
                    if owes(tx, generation, now)? {
                        owed.push(owed_crl(tx, authority, generation, hold_off, now)?);
                    }
                }
            }
            Ok::<_, RegistryError>(owed)
        })?;
        owed.sort_by_key(|crl| crl.newest.and_then(|newest| newest.next_update).unwrap_or(OffsetDateTime::UNIX_EPOCH));
        Ok(owed)
    }

    /// One round: builds what is due. Each build has its share of what is left of `limit`, so that a long one does not take the others' time.
    ///
    /// # Errors
    /// See [`RunCrlsError`]; what befalls one authority is in the round.
    pub fn run_crls(&self, hold_off: HoldOff, limit: Elapsed, watch: &dyn Watch) -> Result<CrlRound, RunCrlsError> {
        if let Err(seen) = self.registry().read(|tx| self.check_clock(tx))? {
            return Err(RunCrlsError::ClockWentBack { seen });
        }
        let until = Instant::now() + limit;
        let all = self.owed_crls(hold_off)?;
        let mut left = all.iter().filter(|crl| is_to_build(crl)).count();
        let mut runs = Vec::with_capacity(all.len());
        for owed in all {
            if watch.cancelled() {
                return Err(RunCrlsError::Cancelled);
            }
            let outcome = if owed.hindrance.is_some() {
                CrlOutcome::PassedOver
            } else if is_to_build(&owed) {
                let share = until.saturating_duration_since(Instant::now()) / u32::try_from(left.max(1)).unwrap_or(u32::MAX);
                left = left.saturating_sub(1);
                self.run_one(&owed, hold_off, share, watch)?
            } else {
                CrlOutcome::NotDue
            };
            runs.push(CrlRun { owed, outcome });
        }
        let next = self.owed_crls(hold_off)?.iter().filter_map(next_look).min();
        Ok(CrlRound { runs, next })
    }

    fn run_one(&self, owed: &OwedCrl, hold_off: HoldOff, share: Elapsed, watch: &dyn Watch) -> Result<CrlOutcome, RunCrlsError> {
        let (begun, started) = (self.now(), Instant::now());
        let limited = Limited { inner: watch, until: started + share };
        if share.is_zero() {
            return Ok(CrlOutcome::OutOfTime);
        }
        match self.build_if_due(owed, hold_off, share, &limited) {
            Ok(None) => Ok(CrlOutcome::NotDue),
            Ok(Some((_, crl))) => Ok(CrlOutcome::Built {
                number: crl.number().cloned().unwrap_or_else(|| CrlNumber::from_u64(0)),
                entries: u64::try_from(crl.entry_count()).unwrap_or(u64::MAX),
                next_update: crl.next_update().unwrap_or(begun),
            }),
            Err(BuildCrlError::Cancelled) if watch.cancelled() => Err(RunCrlsError::Cancelled),
            Err(BuildCrlError::Cancelled) => Ok(CrlOutcome::OutOfTime),
            Err(error) => {
                // Asked for by hand, a locked key is a question; here it is why a CRL was not renewed.
                if matches!(error, BuildCrlError::KeyStore(KeyStoreError::Locked)) {
                    self.note_failed_run((owed.generation, CrlKind::Base), begun, started.elapsed(), &error);
                }
                Ok(CrlOutcome::Failed(error))
            }
        }
    }

    fn build_if_due(
        &self,
        owed: &OwedCrl,
        hold_off: HoldOff,
        share: Elapsed,
        watch: &dyn Watch,
    ) -> Result<Option<(CrlId, Crl)>, BuildCrlError> {
        let patience = share.min(PATIENCE);
        let mut turn = self.take_crl_turn(owed.generation, patience, watch)?;
        // Somebody may have been quicker.
        let settled = || {
            let now = self.now();
            let state = self.registry().read(|tx| Ok::<_, RegistryError>((tx.crl_state(owed.generation)?, hold_off_of(tx, hold_off)?)))?;
            let newest = state.0.newest.map(|row| CrlLife { this_update: row.crl.this_update, next_update: row.crl.next_update });
            let schedule = Schedule::of(newest, state.0.stale_since, state.1, now);
            Ok::<_, BuildCrlError>((!matches!(schedule, Schedule::Now(_))).then_some(()))
        };
        if turn.among_programs(owed.generation, patience, watch, settled)?.is_some() {
            return Ok(None);
        }
        // Whoever is asked for a key by this has not asked for a CRL.
        if self.store_state() == StoreState::Locked {
            return Err(KeyStoreError::Locked.into());
        }
        self.build_crl_in_turn(owed.authority, Some(owed.generation), None, watch).map(Some)
    }
}

fn is_to_build(crl: &OwedCrl) -> bool {
    crl.hindrance.is_none() && matches!(crl.schedule, Schedule::Now(_))
}

/// When to look at a CRL again, as far as the schedule knows.
fn next_look(crl: &OwedCrl) -> Option<OffsetDateTime> {
    match (&crl.hindrance, crl.schedule) {
        (None, Schedule::At(at)) => Some(at),
        _ => None,
    }
}

fn hold_off_of(tx: &Read<'_>, hold_off: HoldOff) -> Result<Duration, RegistryError> {
    match hold_off {
        HoldOff::AsSet => Ok(Duration::minutes(i64::from(CRL_HOLD_OFF_MINUTES.get(tx)?))),
        HoldOff::Nothing => Ok(Duration::ZERO),
    }
}

fn owes(tx: &Read<'_>, generation: &GenerationSummary, now: OffsetDateTime) -> Result<bool, RegistryError> {
    let begun = generation.crl.newest.is_some() || generation.crl.stale_since.is_some();
    if generation.answers(now) {
        return Ok(begun || !generation.crl_urls.is_empty());
    }
    Ok(begun && tx.owes_last_listing(generation.row.generation.id)?)
}

fn owed_crl(
    tx: &Read<'_>,
    authority: &AuthoritySummary,
    generation: &GenerationSummary,
    hold_off: Duration,
    now: OffsetDateTime,
) -> Result<OwedCrl, RegistryError> {
    let id = generation.row.generation.id;
    let newest = generation.crl_life();
    let hindrance = match IssuingAuthority::load_generation(tx, id, Duty::Crls, now)? {
        Err(why) => Some(Hindrance::Unusable(why)),
        Ok(_) if generation.key.key.location != KeyLocation::Elsewhere && tx.awaits_crl(id)? => Some(Hindrance::AwaitsCrl),
        Ok(_) => None,
    };
    Ok(OwedCrl {
        authority: authority.row.id,
        name: authority.row.name.clone(),
        generation: id,
        key_number: generation.row.generation.number,
        newest,
        schedule: Schedule::of(newest, generation.crl.stale_since, hold_off, now),
        hindrance,
    })
}
