//! The current CRL, read through: one that is fresh is read, one that is missing or stale is built once however many ask.

use std::time::Duration;

use pki::crl::Crl;
use time::OffsetDateTime;

use crate::clock::went_back;
use crate::crl_gate::PATIENCE;
use crate::publish_crl::BuildCrlError;
use crate::registry::{AuthorityId, CrlId, CrlKind, CrlRow, GenerationId, Read, RegistryError, WHOLE};
use crate::session::Session;
use crate::watch::Watch;

/// The current CRL of a generation.
#[derive(Debug)]
pub enum CurrentCrl {
    /// It was there, or somebody else has built it meanwhile.
    Kept(Box<CrlRow>),
    /// It was built for whoever asked.
    Built(CrlId, Crl),
}

impl Session {
    /// The current CRL of a generation: neither expired nor lacking a revocation, and with it those of its scopes. Where there is none it is built,
    /// once even when many ask at the same time: the others wait, look again, and one of them builds it if the first has failed, panicked or was stopped.
    ///
    /// # Errors
    /// See [`BuildCrlError`]; `AwaitsCrl` after a restore, since a newer one may have been published.
    pub fn current_crl(&self, generation: GenerationId, watch: &dyn Watch) -> Result<CurrentCrl, BuildCrlError> {
        self.current_crl_within(generation, PATIENCE, watch)
    }

    /// As [`Session::current_crl`], waiting for others no longer than `patience`.
    ///
    /// # Errors
    /// See [`BuildCrlError`]; `Busy` when it takes too long.
    pub fn current_crl_within(&self, generation: GenerationId, patience: Duration, watch: &dyn Watch) -> Result<CurrentCrl, BuildCrlError> {
        let fresh = || self.fresh_crl(generation);
        self.read_through(generation, patience, watch, fresh, |authority| {
            let (id, crl) = self.build_crl_in_turn(authority, Some(generation), None, watch)?;
            Ok(CurrentCrl::Built(id, crl))
        })
    }

    /// The current delta of a generation: neither expired nor lacking a revocation, nor older than the newest base. It is built as [`Session::current_crl`]
    /// does, once however many ask; where there is no base of ours to apply it to, that is built first.
    ///
    /// # Errors
    /// See [`BuildCrlError`]; `AwaitsCrl` after a restore, since a newer one may have been published.
    pub fn current_delta(&self, generation: GenerationId, watch: &dyn Watch) -> Result<CurrentCrl, BuildCrlError> {
        let fresh = || self.fresh_delta(generation);
        self.read_through(generation, PATIENCE, watch, fresh, |authority| {
            if self.registry().read(|tx| tx.newest_own_crl(generation, CrlKind::Base, WHOLE))?.is_none() {
                self.build_crl_in_turn(authority, Some(generation), None, watch)?;
                // With the first base comes its delta, where the authority has deltas.
                if let Some(row) = fresh()? {
                    return Ok(CurrentCrl::Kept(Box::new(row)));
                }
            }
            let (id, crl) = self.build_delta_in_turn(authority, Some(generation), None, watch)?;
            Ok(CurrentCrl::Built(id, crl))
        })
    }

    /// What is fresh, or what is built in turn: whoever waited for the turn looks again first.
    fn read_through(
        &self,
        generation: GenerationId,
        patience: Duration,
        watch: &dyn Watch,
        fresh: impl Fn() -> Result<Option<CrlRow>, BuildCrlError>,
        build: impl FnOnce(AuthorityId) -> Result<CurrentCrl, BuildCrlError>,
    ) -> Result<CurrentCrl, BuildCrlError> {
        if let Some(row) = self.crl_gates().look(&fresh)? {
            return Ok(CurrentCrl::Kept(Box::new(row)));
        }
        let mut turn = self.take_crl_turn(generation, patience, watch)?;
        if let Some(row) = turn.among_programs(generation, patience, watch, &fresh)? {
            return Ok(CurrentCrl::Kept(Box::new(row)));
        }
        build(self.authority_of(generation)?)
    }

    fn authority_of(&self, generation: GenerationId) -> Result<AuthorityId, RegistryError> {
        self.registry().read(|tx| {
            let row =
                tx.generation(generation)?.ok_or_else(|| RegistryError::Missing { table: "generations", row: generation.to_string() })?;
            Ok(row.generation.authority)
        })
    }

    fn fresh_delta(&self, generation: GenerationId) -> Result<Option<CrlRow>, BuildCrlError> {
        let now = self.now();
        self.registry().read(|tx| {
            not_awaited(tx, generation)?;
            let state = tx.crl_state(generation)?;
            let base = state.newest.map(|row| row.crl.number);
            let newest = tx.newest_own_crl(generation, CrlKind::Delta, WHOLE)?;
            Ok(newest.filter(|row| {
                let shows_all = row.crl.covers_revision == Some(state.revision);
                shows_all && base.is_none_or(|base| row.crl.number >= base) && is_in_force(row, now)
            }))
        })
    }

    fn fresh_crl(&self, generation: GenerationId) -> Result<Option<CrlRow>, BuildCrlError> {
        let now = self.now();
        self.registry().read(|tx| {
            not_awaited(tx, generation)?;
            let state = tx.crl_state(generation)?;
            let fresh = state.newest.filter(|row| state.stale_since.is_none() && is_in_force(row, now));
            match fresh {
                // One that was taken in came without the lists that belong to it.
                Some(row) if tx.lacks_scoped_list(generation, &row.crl.number)? => Ok(None),
                fresh => Ok(fresh),
            }
        })
    }
}

/// After a restore what the registry has may be older than what was published: it is not handed out as current.
fn not_awaited(tx: &Read<'_>, generation: GenerationId) -> Result<(), BuildCrlError> {
    let waiting = tx.generations_awaiting_crl()?.into_iter().find(|row| row.generation.id == generation);
    let Some(row) = waiting else { return Ok(()) };
    let authority = tx.authority(row.generation.authority)?.map_or_else(String::new, |authority| authority.name);
    Err(BuildCrlError::AwaitsCrl { authority })
}

/// Whether it has begun, as far as a corrected clock tells, and has not ended.
fn is_in_force(row: &CrlRow, now: OffsetDateTime) -> bool {
    !went_back(now, row.crl.this_update) && row.crl.next_update.is_some_and(|end| end > now)
}
