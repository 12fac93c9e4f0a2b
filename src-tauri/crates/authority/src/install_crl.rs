//! Takes in a CRL that an authority of this registry issued elsewhere: its revocations, and the number to continue above (invariant 9).

use pki::crl::{Crl, CrlNumber};
use serde_json::json;

use crate::import::{take_crl, verifies};
use crate::registry::{AuthorityId, GenerationId, Read, RegistryError};
use crate::session::Session;

/// A CRL could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum InstallCrlError {
    /// No key of this authority signed it.
    #[error("this CRL was not signed by {authority}")]
    NotSignedHere {
        /// The authority's name.
        authority: String,
    },
    /// It is a delta or partitioned CRL: it does not say what the whole one says.
    #[error("this CRL is not complete")]
    NotComplete,
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// What taking in a CRL changed.
#[derive(Debug)]
pub struct InstalledCrl {
    /// Revocations that were not known.
    pub revocations_taken: u32,
    /// The next CRL's number will be above this one.
    pub continues_above: CrlNumber,
}

impl Session {
    /// Takes in a CRL.
    ///
    /// # Errors
    /// See [`InstallCrlError`]; nothing was taken then.
    pub fn install_crl(&self, authority: AuthorityId, crl: &Crl) -> Result<InstalledCrl, InstallCrlError> {
        let now = self.now();
        if crl.is_delta() || crl.idp_der().is_some() {
            return Err(InstallCrlError::NotComplete);
        }
        let generation = self.registry().read(|tx| signing_generation(tx, authority, crl))?;
        let Some(generation) = generation else {
            let names = self.authority_names(&[authority])?;
            return Err(InstallCrlError::NotSignedHere { authority: names.into_iter().next().map_or_else(String::new, |(_, name)| name) });
        };
        self.change(|tx| {
            let revocations_taken = take_crl(tx, crl, authority, generation, now)?;
            if revocations_taken > 0 && is_behind(tx, crl, generation)? {
                tx.mark_crl_stale(generation, now)?;
            }
            let continues_above = tx.highest_crl_number(generation)?.unwrap_or_else(|| CrlNumber::from_u64(0));
            tx.append_audit(&self.event(
                "crl.installed",
                &authority.to_string(),
                json!({ "number": crl.number().map(ToString::to_string), "revocations": revocations_taken, "sha256": crl.sha256().to_string() }),
            ))?;
            Ok(InstalledCrl { revocations_taken, continues_above })
        })
    }
}

/// The generation whose key signed a CRL.
fn signing_generation(tx: &Read<'_>, authority: AuthorityId, crl: &Crl) -> Result<Option<GenerationId>, RegistryError> {
    for generation in tx.generations(authority)? {
        let Some(key) = tx.key(generation.generation.key)? else { continue };
        let signed = pki::PublicKey::from_spki_der(&key.key.spki).is_ok_and(|key| verifies(crl.signed_by(&key)));
        if signed {
            return Ok(Some(generation.generation.id));
        }
    }
    Ok(None)
}

/// Whether a newer CRL of ours lacks what this one brought.
fn is_behind(tx: &Read<'_>, crl: &Crl, generation: GenerationId) -> Result<bool, RegistryError> {
    let newest = tx.crl_state(generation)?.newest;
    Ok(newest.is_some_and(|newest| crl.number().is_none_or(|number| *number < newest.crl.number)))
}
