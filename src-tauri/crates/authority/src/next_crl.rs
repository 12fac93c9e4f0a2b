//! What the next CRL would say that the current one does not, before anything is signed.

use pki::crl::{CrlNumber, CrlNumberError};

use crate::registry::{CrlEntryChange, CrlKind, GenerationId, RegistryError, WHOLE};
use crate::session::Session;

/// What the next base CRL changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextCrl {
    /// The number of the newest base; `None` if there is none.
    pub from: Option<CrlNumber>,
    /// The number that the next one would have.
    pub to: CrlNumber,
    /// The entries that the two have differently.
    pub changes: Vec<CrlEntryChange>,
}

/// The next CRL cannot be planned.
#[derive(Debug, thiserror::Error)]
pub enum NextCrlError {
    /// There is no number left (RFC 5280 5.2.3: at most 20 octets).
    #[error(transparent)]
    Number(#[from] CrlNumberError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// How the plan ends that is not kept: an error, so that its transaction is undone.
enum Undone {
    Planned(NextCrl),
    Failed(NextCrlError),
}

impl From<RegistryError> for Undone {
    fn from(error: RegistryError) -> Self {
        Self::Failed(error.into())
    }
}

impl Session {
    /// Plans the next base CRL of a generation as [`Session::build_crl`] does, reads what it changes, and undoes the plan: nothing is signed, no number is
    /// used. Needs no key.
    ///
    /// # Errors
    /// See [`NextCrlError`].
    pub fn next_crl(&self, generation: GenerationId) -> Result<NextCrl, NextCrlError> {
        let outcome = self.registry().write(|tx| {
            let newest = tx.newest_crl(generation, CrlKind::Base, WHOLE)?;
            let this_update = self.moment_of_next_crl(tx, generation)?;
            let from = newest.map(|newest| newest.crl.number);
            let to = match tx.highest_crl_number(generation)? {
                Some(highest) => highest.next().map_err(|error| Undone::Failed(error.into()))?,
                None => CrlNumber::from_u64(1),
            };
            tx.list_what_others_recorded(generation)?;
            tx.plan_crl(generation, CrlKind::Base, &to, this_update)?;
            tx.miss_no_revocation(generation, &to, this_update)?;
            let changes = tx.crl_entry_changes(generation, from.as_ref(), &to)?;
            Err::<(), _>(Undone::Planned(NextCrl { from, to, changes }))
        });
        match outcome {
            Err(Undone::Planned(next)) => Ok(next),
            Err(Undone::Failed(error)) => Err(error),
            Ok(()) => Err(RegistryError::Refused { detail: "a plan that was to be undone was kept".to_owned() }.into()),
        }
    }
}
