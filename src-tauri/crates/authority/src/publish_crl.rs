//! Builds, keeps and takes in certificate revocation lists (invariants 8 to 10).

use std::time::Instant;

use pki::crl::{Crl, CrlError, CrlNumber, CrlNumberError, CrlRequest, prepare_crl};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::clock::{EntropyError, went_back};
use crate::issuer::{Duty, IssuingAuthority, Unusable};
use crate::keystore::KeyStoreError;
use crate::registry::{
    AuthorityId, CrlEvent, CrlId, CrlKind, GenerationId, IntentId, IntentPurpose, NewCrl, NewIntent, RegistryError, WHOLE,
};
use crate::session::Session;
use crate::watch::{Unwatched, Watch};

/// Entries between two tellings of how far it is.
const TOLD_EVERY: u64 = 10_000;

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
        let full = |error: &BuildCrlError| matches!(error, BuildCrlError::Registry(RegistryError::Full));
        self.even_on_a_full_disk(full, || self.build_crl_once(authority, generation, next_update, watch))
    }

    fn build_crl_once(
        &self,
        authority: AuthorityId,
        generation: Option<GenerationId>,
        next_update: Option<OffsetDateTime>,
        watch: &dyn Watch,
    ) -> Result<(CrlId, Crl), BuildCrlError> {
        let started = Instant::now();
        let now = self.now().replace_nanosecond(0).unwrap_or_else(|_| self.now());
        let (issuer, newest) = self.registry().read(|tx| {
            if let Err(seen) = self.check_clock(tx)? {
                return Err(BuildCrlError::ClockWentBack { seen });
            }
            let issuer = match generation {
                Some(generation) => IssuingAuthority::load_generation(tx, generation, Duty::Crls, now)??,
                None => IssuingAuthority::load(tx, authority, Duty::Crls, now)??,
            };
            if tx.awaits_crl(issuer.generation.generation.id)? {
                return Err(BuildCrlError::AwaitsCrl { authority: issuer.row.name });
            }
            let newest = tx.crl_state(issuer.generation.generation.id)?.newest.map(|newest| newest.crl.this_update);
            Ok((issuer, newest))
        })?;
        // A clock that was set back by a little is believed, but a CRL is never older than the one before it.
        let now = newest.filter(|newest| *newest > now && !went_back(now, *newest)).unwrap_or(now);
        let next_update = next_update.unwrap_or_else(|| now.saturating_add(Duration::days(i64::from(issuer.row.crl_days))));
        if next_update <= now {
            return Err(BuildCrlError::NextUpdatePast { this_update: now, next_update });
        }
        let signer = issuer.signer(self.keystore().as_ref())?;
        let generation = issuer.generation.generation.id;
        let intent = IntentId::new(now, self.id_entropy()?);
        // One moment: the number is burnt, and the entries are those of the revision that it covers.
        let (number, revision, prepared) = self.change(|tx| {
            let number = match tx.highest_crl_number(generation)? {
                Some(highest) => highest.next()?,
                None => CrlNumber::from_u64(1),
            };
            let revision = tx.crl_state(generation)?.revision;
            tx.open_intent(&NewIntent {
                id: intent,
                authority: Some(authority),
                purpose: IntentPurpose::Crl {
                    generation,
                    kind: CrlKind::Base,
                    scope: WHOLE.to_owned(),
                    number: number.clone(),
                    covers_revision: revision,
                },
                // A list of a million entries is not written twice: they are in the registry, fixed for this number.
                tbs: None,
                actor: self.host().actor.to_json(),
                created_at: now,
            })?;
            tx.plan_crl(generation, CrlKind::Base, &number, now)?;
            tx.miss_no_revocation(generation, &number, now)?;
            let (count, size) = tx.crl_entries_size(generation, &number)?;
            let mut entries = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
            let mut copied = 0_u64;
            tx.crl_entries(generation, &number, |encoded| {
                entries.extend_from_slice(encoded);
                copied += 1;
                if copied.is_multiple_of(TOLD_EVERY) {
                    watch.progress(copied, count);
                    if watch.cancelled() {
                        return Err(BuildCrlError::Cancelled);
                    }
                }
                Ok(())
            })?;
            watch.progress(count, count);
            if watch.cancelled() {
                return Err(BuildCrlError::Cancelled);
            }
            let prepared = prepare_crl(CrlRequest {
                issuer: &issuer.certificate,
                algorithm: issuer.algorithm,
                number: number.clone(),
                this_update: now,
                next_update,
                entries,
            })?;
            Ok::<_, BuildCrlError>((number, revision, prepared))
        })?;
        let crl = match prepared.sign(signer.as_ref()) {
            Ok(crl) => crl,
            Err(error) => {
                self.change(|tx| {
                    tx.void_intent(intent, now)?;
                    tx.unplan_crl(generation, &number)
                })?;
                return Err(error.into());
            }
        };
        let count = u64::try_from(crl.entry_count()).unwrap_or(u64::MAX);
        let id = self.change(|tx| {
            let id = tx.insert_crl(&NewCrl {
                generation,
                kind: CrlKind::Base,
                scope: WHOLE.to_owned(),
                number: number.clone(),
                base_number: None,
                this_update: now,
                next_update: Some(next_update),
                entry_count: count,
                sha256: crl.sha256(),
                header: crl.header_der().to_vec(),
                trailer: crl.trailer_der().to_vec(),
                imported: false,
                covers_revision: Some(revision),
                recorded_at: now,
            }, crl.der(), &[])?;
            tx.finish_intent(intent, &id.to_string(), now)?;
            tx.insert_crl_event(&CrlEvent {
                generation,
                number: Some(number.clone()),
                kind: CrlKind::Base,
                started_at: now,
                milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                entry_count: Some(count),
                error: None,
            })?;
            tx.append_audit(&self.event(
                "crl.issued",
                &authority.to_string(),
                json!({ "name": issuer.row.name, "generation": issuer.generation.generation.number, "number": number.to_string(), "entries": count, "nextUpdate": next_update.unix_timestamp(), "sha256": crl.sha256().to_string() }),
            ))?;
            Ok::<_, RegistryError>(id)
        })?;
        Ok((id, crl))
    }
}
