//! Lifts holds. Only `certificateHold` can be lifted (invariant 11, RFC 5280 5.3.1).

use pki::RevocationReason;
use serde_json::json;
use time::OffsetDateTime;

use crate::registry::{AuthorityId, CertificateId, CertificateRow, RegistryError, Write};
use crate::session::Session;

/// A hold could not be lifted; with several certificates, none was.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// No authority of this registry issued it.
    #[error("{name} was not issued here")]
    NotOurs {
        /// Its display name.
        name: String,
    },
    /// It is not held.
    #[error("{name} is not on hold")]
    NotHeld {
        /// Its display name.
        name: String,
        /// Why it is revoked, if it is.
        reason: Option<RevocationReason>,
    },
    /// The clock is behind the last time seen.
    #[error("the clock is behind {seen}")]
    ClockWentBack {
        /// The last time seen.
        seen: OffsetDateTime,
    },
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// Lifts the holds of all of `certificates`, or of none. Their authorities' CRLs are stale from then on: until the next one they pass for held. Needs
    /// no key.
    ///
    /// # Errors
    /// See [`ReleaseError`]; nothing was lifted then.
    pub fn release(&self, certificates: &[CertificateId], note: Option<&str>) -> Result<Vec<AuthorityId>, ReleaseError> {
        let now = self.now().replace_nanosecond(0).unwrap_or_else(|_| self.now());
        let full = |error: &ReleaseError| matches!(error, ReleaseError::Registry(RegistryError::Full));
        self.even_on_a_full_disk(full, || {
            self.change(|tx| {
                if let Err(seen) = self.check_clock(tx)? {
                    return Err(ReleaseError::ClockWentBack { seen });
                }
                let mut stale = Vec::new();
                for id in certificates {
                    let row = tx.certificate(*id)?.ok_or_else(|| RegistryError::Missing { table: "certificates", row: id.to_string() })?;
                    let authority = self.release_one(tx, &row, note, now)?;
                    if !stale.contains(&authority) {
                        stale.push(authority);
                    }
                }
                Ok(stale)
            })
        })
    }

    fn release_one(
        &self,
        tx: &Write<'_>,
        row: &CertificateRow,
        note: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<AuthorityId, ReleaseError> {
        let name = row.facts.display_name.clone();
        let (Some(authority), Some(generation)) = (row.record.authority, row.record.generation) else {
            return Err(ReleaseError::NotOurs { name });
        };
        let standing = tx.revocation(&row.facts.issuer, &row.facts.serial)?;
        let reason = standing.as_ref().map(|standing| standing.reason);
        let Some(standing) = standing.filter(|standing| standing.reason == RevocationReason::CertificateHold) else {
            return Err(ReleaseError::NotHeld { name, reason });
        };
        // Held before anybody knew which key had signed it, it is on the CRLs of others, too.
        let mut listing = tx.generations_listing(standing.authority, &row.facts.serial)?;
        if !listing.contains(&generation) {
            listing.push(generation);
        }
        tx.lift_hold(standing.id, now)?;
        tx.clear_revoked(row.id)?;
        for generation in listing {
            tx.lift_crl_entry(generation, &row.facts.serial)?;
            tx.mark_crl_stale(generation, now)?;
        }
        let mut event = self.event(
            "certificate.released",
            &row.id.to_string(),
            json!({ "name": name, "serial": row.facts.serial.to_string(), "heldAt": standing.revoked_at.unix_timestamp() }),
        );
        event.why = note.map(str::to_owned);
        tx.append_audit(&event)?;
        Ok(authority)
    }
}
