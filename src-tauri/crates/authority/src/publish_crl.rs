//! Builds certificate revocation lists (invariants 8 to 10).

mod fill;
mod lists;
mod whole;

use std::time::Instant;

use lists::ListWish;
use pki::crl::{Crl, CrlError, CrlNumberError};
use time::OffsetDateTime;

use crate::clock::EntropyError;
use crate::crl_gate::PATIENCE;
use crate::issuer::Unusable;
use crate::keystore::KeyStoreError;
use crate::registry::{AuthorityId, CrlId, CrlKind, GenerationId, RegistryError};
use crate::session::Session;
use crate::watch::{Unwatched, Watch};

/// A CRL could not be issued. The one before stays current.
#[derive(Debug, thiserror::Error)]
pub enum BuildCrlError {
    /// The authority cannot sign CRLs.
    #[error(transparent)]
    Issuer(#[from] Unusable),
    /// The clock is behind the last time seen.
    #[error("the clock is behind {seen}")]
    ClockWentBack {
        /// The last time seen.
        seen: OffsetDateTime,
    },
    /// The registry was restored, and the newest CRL that this authority has published was neither given nor declined.
    #[error("the newest published CRL of {authority} is awaited")]
    AwaitsCrl {
        /// The authority's name.
        authority: String,
    },
    /// A delta tells what has changed since a base, and there is none of ours.
    #[error("{authority} has issued no CRL that a delta could be applied to")]
    NoBase {
        /// The authority's name.
        authority: String,
    },
    /// The wished next update does not lie ahead.
    #[error("{next_update} is not after {this_update}")]
    NextUpdatePast {
        /// When the CRL is issued.
        this_update: OffsetDateTime,
        /// The wish.
        next_update: OffsetDateTime,
    },
    /// The list could not be put together.
    #[error(transparent)]
    Crl(#[from] CrlError),
    /// There is no number left (RFC 5280 5.2.3: at most 20 octets).
    #[error(transparent)]
    Number(#[from] CrlNumberError),
    /// The keystore refused.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// Whoever waited for it asked for it to stop. No number was used.
    #[error("it was stopped")]
    Cancelled,
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// Issues a new base CRL of an authority's current generation, with every revocation known at this moment.
    ///
    /// `next_update`: when the next is due at the latest; `None` for the authority's CRL life.
    ///
    /// # Errors
    /// See [`BuildCrlError`]. An error is an error: no empty or shorter CRL is made in its place, and none where a revocation has lost its entry.
    pub fn build_crl(&self, authority: AuthorityId, next_update: Option<OffsetDateTime>) -> Result<(CrlId, Crl), BuildCrlError> {
        self.build_crl_watched(authority, None, next_update, &Unwatched)
    }

    /// As [`Session::build_crl`], of any of the authority's generations (`None`: the current one) and for a list so long that somebody waits: entries are
    /// counted as they are copied, until the signature it can be stopped.
    ///
    /// # Errors
    /// See [`BuildCrlError`].
    pub fn build_crl_watched(
        &self,
        authority: AuthorityId,
        generation: Option<GenerationId>,
        next_update: Option<OffsetDateTime>,
        watch: &dyn Watch,
    ) -> Result<(CrlId, Crl), BuildCrlError> {
        let current = || self.registry().read(|tx| Ok::<_, RegistryError>(tx.current_generation(authority)?.map(|row| row.generation.id)));
        let generation = generation.map_or_else(current, |id| Ok(Some(id)))?;
        let mut turn = None;
        if let Some(id) = generation {
            let taken = turn.insert(self.take_crl_turn(id, PATIENCE, watch)?);
            taken.among_programs(id, PATIENCE, watch, || Ok(None::<()>))?;
        }
        self.build_crl_in_turn(authority, generation, next_update, watch)
    }

    /// As [`Session::build_crl_watched`], by whoever has this generation's turn.
    pub(crate) fn build_crl_in_turn(
        &self,
        authority: AuthorityId,
        generation: Option<GenerationId>,
        next_update: Option<OffsetDateTime>,
        watch: &dyn Watch,
    ) -> Result<(CrlId, Crl), BuildCrlError> {
        self.run_in_turn(&ListWish { authority, generation, kind: CrlKind::Base, next_update }, watch)
    }

    /// Issues a delta CRL of each scope of a generation (`None`: the current one): what has changed since its newest base (RFC 5280 5.2.4). It ends with
    /// that base unless `next_update` says otherwise. Returns the whole one's.
    ///
    /// # Errors
    /// See [`BuildCrlError`]; `NoBase` where there is none to apply it to.
    pub fn build_delta_crl(
        &self,
        authority: AuthorityId,
        generation: Option<GenerationId>,
        next_update: Option<OffsetDateTime>,
        watch: &dyn Watch,
    ) -> Result<(CrlId, Crl), BuildCrlError> {
        let current = || self.registry().read(|tx| Ok::<_, RegistryError>(tx.current_generation(authority)?.map(|row| row.generation.id)));
        let generation = generation.map_or_else(current, |id| Ok(Some(id)))?;
        let mut turn = None;
        if let Some(id) = generation {
            let taken = turn.insert(self.take_crl_turn(id, PATIENCE, watch)?);
            taken.among_programs(id, PATIENCE, watch, || Ok(None::<()>))?;
        }
        self.build_delta_in_turn(authority, generation, next_update, watch)
    }

    /// As [`Session::build_delta_crl`], by whoever has this generation's turn.
    pub(crate) fn build_delta_in_turn(
        &self,
        authority: AuthorityId,
        generation: Option<GenerationId>,
        next_update: Option<OffsetDateTime>,
        watch: &dyn Watch,
    ) -> Result<(CrlId, Crl), BuildCrlError> {
        self.run_in_turn(&ListWish { authority, generation, kind: CrlKind::Delta, next_update }, watch)
    }

    fn run_in_turn(&self, wish: &ListWish, watch: &dyn Watch) -> Result<(CrlId, Crl), BuildCrlError> {
        let (begun, started) = (self.now(), Instant::now());
        let full = |error: &BuildCrlError| matches!(error, BuildCrlError::Registry(RegistryError::Full));
        let outcome = self.even_on_a_full_disk(full, || self.issue_lists(wish, watch));
        if let (Err(error), Some(generation)) = (&outcome, wish.generation)
            && error.is_failed_run()
        {
            self.note_failed_run((generation, wish.kind), begun, started.elapsed(), error);
        }
        let issued = outcome?;
        Ok((issued.id, issued.crl))
    }
}
