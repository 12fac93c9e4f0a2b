//! The current CRL, read through: one that is fresh is read, one that is missing or stale is built once however many ask.

use std::time::Duration;

use pki::crl::Crl;

use crate::crl_gate::PATIENCE;
use crate::publish_crl::BuildCrlError;
use crate::registry::{CrlId, CrlRow, GenerationId, RegistryError};
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
    /// The current CRL of a generation: neither expired nor lacking a revocation, and with it those of its scopes. Where there is none it is built, once even when many ask at the same time:
    /// the others wait, look again, and one of them builds it if the first has failed, panicked or was stopped.
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
        let fresh = || self.fresh_crl(generation).map(|row| row.map(|row| CurrentCrl::Kept(Box::new(row))));
        if let Some(kept) = self.crl_gates().look(fresh)? {
            return Ok(kept);
        }
        let mut turn = self.take_crl_turn(generation, patience, watch)?;
        if let Some(kept) = turn.among_programs(generation, patience, watch, fresh)? {
            return Ok(kept);
        }
        let authority = self.registry().read(|tx| {
            let row =
                tx.generation(generation)?.ok_or_else(|| RegistryError::Missing { table: "generations", row: generation.to_string() })?;
            Ok::<_, RegistryError>(row.generation.authority)
        })?;
        let (id, crl) = self.build_crl_in_turn(authority, Some(generation), None, watch)?;
        Ok(CurrentCrl::Built(id, crl))
    }

    fn fresh_crl(&self, generation: GenerationId) -> Result<Option<CrlRow>, BuildCrlError> {
        let now = self.now();
        self.registry().read(|tx| {
            if let Some(row) = tx.generations_awaiting_crl()?.into_iter().find(|row| row.generation.id == generation) {
                let authority = tx.authority(row.generation.authority)?.map_or_else(String::new, |authority| authority.name);
                return Err(BuildCrlError::AwaitsCrl { authority });
            }
            let state = tx.crl_state(generation)?;
            let fresh = state.newest.filter(|row| state.stale_since.is_none() && row.crl.next_update.is_some_and(|end| end > now));
            match fresh {
                // One that was taken in came without the lists that belong to it.
                Some(row) if tx.lacks_scoped_list(generation, &row.crl.number)? => Ok(None),
                fresh => Ok(fresh),
            }
        })
    }
}
