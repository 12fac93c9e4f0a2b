//! Takes in a CRL that an authority of this registry issued elsewhere: its revocations, and the number to continue above (invariant 9).
//!
//! After a restore it is the newest published CRL that is wanted, or the word that there is none.

use pki::crl::{Crl, CrlNumber, CrlNumberError};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::audit::AuditEvent;
use crate::import::{TakenCrl, TakenRevocation, take_crl};
use crate::registry::{AuthorityId, CrlAnswer, GenerationId, GenerationRow, Read, RegistryError, Write};
use crate::session::Session;

/// How far the numbers jump after a restore. Where the newest published CRL is declined nobody knows its number; where it is given, deltas with numbers above
/// it may have been published since, by a setting or by hand, and none may be used twice (RFC 5280 5.2.3).
const UNKNOWN_GAP: u32 = 1_000_000;

/// A CRL could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum InstallCrlError {
    /// No key of this authority signed it.
    #[error("this CRL was not signed by {authority}")]
    NotSignedHere {
        /// The authority's name.
        authority: String,
    },
    /// It is about a part of what the key has issued: it does not say what the whole one says.
    #[error("this CRL is about a part of the certificates")]
    NotComplete,
    /// The newest published CRL is wanted, and this one has no number.
    #[error("this CRL has no number to go on above")]
    NoNumber,
    /// The newest published CRL is wanted, and a newer one is known.
    #[error("this CRL has number {given}, and number {known} is known")]
    NotNewest {
        /// Its number.
        given: CrlNumber,
        /// The highest number of a CRL that the registry has.
        known: CrlNumber,
    },
    /// There is no number left to go on with.
    #[error(transparent)]
    Number(#[from] CrlNumberError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// What taking in a CRL changed.
#[derive(Debug)]
pub struct InstalledCrl {
    /// Revocations that were not known.
    pub taken: Vec<TakenRevocation>,
    /// The next CRL's number will be above this one.
    pub continues_above: CrlNumber,
}

impl Session {
    /// Takes in a CRL, or a delta: a delta tells revocations and a number, and is no answer where the newest CRL is awaited.
    ///
    /// # Errors
    /// See [`InstallCrlError`]; nothing was taken then.
    pub fn install_crl(&self, authority: AuthorityId, crl: &Crl) -> Result<InstalledCrl, InstallCrlError> {
        let generation = self.registry().read(|tx| signing_generation(tx, authority, crl))?;
        let Some(generation) = generation else {
            let names = self.authority_names(&[authority])?;
            return Err(InstallCrlError::NotSignedHere { authority: names.into_iter().next().map_or_else(String::new, |(_, name)| name) });
        };
        self.change(|tx| {
            install(tx, crl, authority, generation, self.now(), |detail| self.event("crl.installed", &authority.to_string(), detail))
        })
    }

    /// Goes on without the newest published CRLs of an authority's generations that wait for theirs: what they list and this registry does not know
    /// is lost, and the numbers go on far above.
    ///
    /// # Errors
    /// See [`InstallCrlError`]; nothing was changed then.
    pub fn decline_crl(&self, authority: AuthorityId) -> Result<(), InstallCrlError> {
        self.change(|tx| {
            let waiting = tx.generations_awaiting_crl()?;
            for row in waiting.iter().filter(|row| row.generation.authority == authority) {
                decline(tx, row, self.now(), |detail| self.event("crl.declined", &authority.to_string(), detail))?;
            }
            Ok(())
        })
    }

    /// The generations that wait for their newest published CRL, with their authority's name and the highest number known of each.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn awaited_crls(&self) -> Result<Vec<AwaitedCrl>, RegistryError> {
        self.registry().read(awaited)
    }
}

/// A generation that waits for its newest published CRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaitedCrl {
    /// Its authority.
    pub authority: AuthorityId,
    /// The authority's name.
    pub name: String,
    /// Which of the authority's keys, 1 for the first.
    pub generation: u32,
    /// The highest number that the registry knows of.
    pub known: Option<CrlNumber>,
}

/// The generations that wait.
pub(crate) fn awaited(tx: &Read<'_>) -> Result<Vec<AwaitedCrl>, RegistryError> {
    let rows = tx.generations_awaiting_crl()?;
    rows.into_iter()
        .map(|row| {
            let authority = row.generation.authority;
            let name = tx.authority(authority)?.map_or_else(|| authority.to_string(), |row| row.name);
            Ok(AwaitedCrl { authority, name, generation: row.generation.number, known: tx.highest_crl_number(row.generation.id)? })
        })
        .collect()
}

/// Takes in a CRL that a generation's key has signed.
pub(crate) fn install(
    tx: &Write<'_>,
    crl: &Crl,
    authority: AuthorityId,
    generation: GenerationId,
    now: OffsetDateTime,
    event: impl FnOnce(Value) -> AuditEvent,
) -> Result<InstalledCrl, InstallCrlError> {
    if crl.idp_der().is_some() {
        return Err(InstallCrlError::NotComplete);
    }
    let answers = !crl.is_delta() && tx.awaits_crl(generation)?;
    if answers {
        let given = crl.number().ok_or(InstallCrlError::NoNumber)?;
        if let Some(known) = tx.crl_state(generation)?.newest.map(|newest| newest.crl.number).filter(|known| known > given) {
            return Err(InstallCrlError::NotNewest { given: given.clone(), known });
        }
    }
    let TakenCrl { revocations: taken, unwritable } = take_crl(tx, crl, authority, generation, now)?;
    // Whoever names one list wants all of it: an import reports what it cannot take.
    if let Some(entry) = unwritable.first() {
        return Err(RegistryError::Refused { detail: format!("{entry} could not be on a list of ours") }.into());
    }
    if let Some(given) = crl.number().filter(|_| answers) {
        tx.raise_crl_floor(generation, &given.above(UNKNOWN_GAP)?)?;
        tx.answer_crl_wait(generation, CrlAnswer::Given)?;
    }
    let continues_above = tx.highest_crl_number(generation)?.unwrap_or_else(|| CrlNumber::from_u64(0));
    let revocations: Vec<_> = taken.iter().map(|taken| taken.entry.serial.to_string()).collect();
    let name = tx.authority(authority)?.map(|row| row.name);
    tx.append_audit(&event(json!({
        "name": name, "deltaOf": crl.base_number().map(ToString::to_string), "continuesAbove": continues_above.to_string(),
        "number": crl.number().map(ToString::to_string), "revocations": revocations.len(), "serials": revocations, "sha256": crl.sha256().to_string(),
    })))?;
    Ok(InstalledCrl { taken, continues_above })
}

/// Ends a generation's wait without its CRL. What the registry has is older than what was published, and is not handed out as current again.
pub(crate) fn decline(
    tx: &Write<'_>,
    row: &GenerationRow,
    now: OffsetDateTime,
    event: impl FnOnce(Value) -> AuditEvent,
) -> Result<(), InstallCrlError> {
    let generation = row.generation.id;
    let known = tx.highest_crl_number(generation)?.unwrap_or_else(|| CrlNumber::from_u64(0));
    let floor = known.above(UNKNOWN_GAP)?;
    tx.raise_crl_floor(generation, &floor)?;
    tx.mark_crl_stale(generation, now)?;
    tx.answer_crl_wait(generation, CrlAnswer::Declined)?;
    let name = tx.authority(row.generation.authority)?.map(|row| row.name);
    tx.append_audit(&event(
        json!({ "name": name, "generation": row.generation.number, "known": known.to_string(), "continuesAbove": floor.to_string() }),
    ))?;
    Ok(())
}

/// The generation whose key signed a CRL.
pub(crate) fn signing_generation(tx: &Read<'_>, authority: AuthorityId, crl: &Crl) -> Result<Option<GenerationId>, RegistryError> {
    for generation in tx.generations(authority)? {
        let Some(key) = tx.key(generation.generation.key)? else { continue };
        let signed = pki::PublicKey::from_spki_der(&key.key.spki).is_ok_and(|key| crl.signed_by(&key).is_valid());
        if signed {
            return Ok(Some(generation.generation.id));
        }
    }
    Ok(None)
}
