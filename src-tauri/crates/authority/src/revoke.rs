//! Revokes certificates. It cannot be undone, except a hold.

use pki::RevocationReason;
use pki::crl::RevokedEntry;
use serde_json::json;
use time::OffsetDateTime;

use crate::registry::{
    AuthorityId, CertificateId, CertificateRow, GenerationId, NewCrlEntry, NewRevocation, Read, RegistryError, Standing, Write,
};
use crate::session::Session;

/// Why and since when.
#[derive(Debug, Clone)]
pub struct RevocationWish {
    /// RFC 5280 5.3.1.
    pub reason: RevocationReason,
    /// When the key or certificate became invalid, RFC 5280 5.3.2; not in the future.
    pub invalidity_date: Option<OffsetDateTime>,
    /// Why, for the record.
    pub note: Option<String>,
}

/// A certificate could not be revoked; with several, none was.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// No authority of this registry issued it.
    #[error("{name} was not issued here")]
    NotOurs {
        /// Its display name.
        name: String,
    },
    /// It is revoked already.
    #[error("{name} is revoked already ({reason})")]
    AlreadyRevoked {
        /// Its display name.
        name: String,
        /// The reason that stands.
        reason: String,
        /// Since when.
        at: Option<OffsetDateTime>,
    },
    /// The reason does not belong on a certificate of this kind.
    #[error("{reason} cannot be used for {name}")]
    ReasonNotAllowed {
        /// Its display name.
        name: String,
        /// The reason.
        reason: &'static str,
    },
    /// The invalidity date lies in the future.
    #[error("{date} is in the future")]
    InvalidInFuture {
        /// The date.
        date: OffsetDateTime,
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
    /// Revokes all of `certificates`, or none. Their authorities' CRLs are stale from then on. Needs no key.
    ///
    /// # Errors
    /// See [`RevokeError`]; nothing was revoked then.
    pub fn revoke(&self, certificates: &[CertificateId], wish: &RevocationWish) -> Result<Vec<AuthorityId>, RevokeError> {
        let now = self.now().replace_nanosecond(0).unwrap_or_else(|_| self.now());
        if let Some(date) = wish.invalidity_date.filter(|date| *date > now) {
            return Err(RevokeError::InvalidInFuture { date });
        }
        let full = |error: &RevokeError| matches!(error, RevokeError::Registry(RegistryError::Full));
        self.even_on_a_full_disk(full, || self.revoke_all(certificates, wish, now))
    }

    fn revoke_all(
        &self,
        certificates: &[CertificateId],
        wish: &RevocationWish,
        now: OffsetDateTime,
    ) -> Result<Vec<AuthorityId>, RevokeError> {
        self.change(|tx| {
            if let Err(seen) = self.check_clock(tx)? {
                return Err(RevokeError::ClockWentBack { seen });
            }
            let mut stale = Vec::new();
            for id in certificates {
                let row = tx.certificate(*id)?.ok_or_else(|| RegistryError::Missing { table: "certificates", row: id.to_string() })?;
                let authority = self.revoke_one(tx, &row, wish, now)?;
                if !stale.contains(&authority) {
                    stale.push(authority);
                }
            }
            Ok(stale)
        })
    }

    fn revoke_one(
        &self,
        tx: &Write<'_>,
        row: &CertificateRow,
        wish: &RevocationWish,
        now: OffsetDateTime,
    ) -> Result<AuthorityId, RevokeError> {
        let name = || row.facts.display_name.clone();
        let (Some(authority), Some(generation)) = (row.record.authority, row.record.generation) else {
            return Err(RevokeError::NotOurs { name: name() });
        };
        if !reason_fits(wish.reason, row) {
            return Err(RevokeError::ReasonNotAllowed { name: name(), reason: wish.reason.as_str() });
        }
        if matches!(row.state.standing, Standing::Revoked | Standing::Held) {
            let reason = row.state.reason.map_or_else(String::new, |reason| reason.as_str().to_owned());
            return Err(RevokeError::AlreadyRevoked { name: name(), reason, at: row.state.revoked_at });
        }
        record(tx, authority, generation, row, wish, now)?;
        let mut event = self.event(
            "certificate.revoked",
            &row.id.to_string(),
            json!({
                "name": row.facts.display_name, "serial": row.facts.serial.to_string(), "reason": wish.reason.as_str(),
                "invalidityDate": wish.invalidity_date.map(OffsetDateTime::unix_timestamp),
            }),
        );
        event.why.clone_from(&wish.note);
        tx.append_audit(&event)?;
        Ok(authority)
    }

    /// The authorities that would have a stale CRL, by name.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn authority_names(&self, ids: &[AuthorityId]) -> Result<Vec<(AuthorityId, String)>, RegistryError> {
        self.registry().read(|tx: &Read<'_>| {
            ids.iter()
                .map(|id| {
                    let row = tx.authority(*id)?.ok_or_else(|| RegistryError::Missing { table: "authorities", row: id.to_string() })?;
                    Ok((*id, row.name))
                })
                .collect()
        })
    }
}

/// Writes the revocation, its encoded CRL entry and the certificate's state.
fn record(
    tx: &Write<'_>,
    authority: AuthorityId,
    generation: GenerationId,
    row: &CertificateRow,
    wish: &RevocationWish,
    now: OffsetDateTime,
) -> Result<(), RegistryError> {
    // RFC 5280 5.3.1: "unspecified" SHOULD be absent rather than written.
    let written = Some(wish.reason).filter(|reason| *reason != RevocationReason::Unspecified);
    let entry = RevokedEntry { serial: row.facts.serial.clone(), revoked_at: now, reason: written, invalidity_date: wish.invalidity_date };
    tx.insert_revocation(&NewRevocation {
        authority,
        generation,
        issuer: row.facts.issuer.clone(),
        serial: row.facts.serial.clone(),
        certificate: Some(row.id),
        revoked_at: now,
        reason: wish.reason,
        invalidity_date: wish.invalidity_date,
        note: wish.note.clone(),
        hold_instruction: None,
    })?;
    tx.insert_crl_entry(&NewCrlEntry {
        generation,
        serial: row.facts.serial.clone(),
        encoded: linted(&entry)?,
        not_after: Some(row.facts.not_after),
    })?;
    tx.set_revoked(row.id, now, wish.reason, wish.invalidity_date)?;
    tx.mark_crl_stale(generation, now)
}

/// An entry as it goes on lists, judged this once.
pub(crate) fn linted(entry: &RevokedEntry) -> Result<Vec<u8>, RegistryError> {
    entry.encode_linted().map_err(|fault| RegistryError::Refused { detail: fault.to_string() })
}

/// `removeFromCRL` appears only in delta CRLs (RFC 5280 5.3.1); `cACompromise` speaks of authorities, `aACompromise` of attribute certificates;
/// a hold is final here until holds can be lifted, so it is not offered.
fn reason_fits(reason: RevocationReason, row: &CertificateRow) -> bool {
    use crate::registry::CertificateKind;
    match reason {
        RevocationReason::RemoveFromCrl | RevocationReason::AaCompromise | RevocationReason::CertificateHold => false,
        RevocationReason::CaCompromise => row.facts.kind == CertificateKind::Authority,
        _ => true,
    }
}
