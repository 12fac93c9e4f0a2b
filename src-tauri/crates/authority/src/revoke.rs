//! Revokes certificates. It cannot be undone; a hold can be lifted ([`crate::release`]), and a reason can be sharpened (invariant 11).

use pki::crl::RevokedEntry;
use pki::{DistinguishedName, RevocationReason, SerialNumber};
use serde_json::json;
use time::OffsetDateTime;

use crate::answering::answering;
use crate::registry::{
    AuthorityId, CertificateId, CertificateKind, CertificateRow, GenerationId, NewCrlEntry, NewRevocation, Read, RegistryError,
    RevocationRow, Write,
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
    /// What would be revoked is not what somebody has confirmed: it has changed since.
    #[error("{certificates} certificates would be revoked now, and others were confirmed")]
    PlanChanged {
        /// How many it would be now.
        certificates: usize,
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
    /// Revokes all of `certificates`, or none: with `certificateHold` they are held. One that is held is revoked for good, and one that is revoked has its
    /// reason sharpened, from the day on which it was held or revoked. Their authorities' CRLs are stale from then on. Needs no key.
    ///
    /// # Errors
    /// See [`RevokeError`]; nothing was revoked then.
    pub fn revoke(&self, certificates: &[CertificateId], wish: &RevocationWish) -> Result<Vec<AuthorityId>, RevokeError> {
        let now = self.moment_of(wish)?;
        let full = |error: &RevokeError| matches!(error, RevokeError::Registry(RegistryError::Full));
        self.even_on_a_full_disk(full, || self.revoke_all(certificates, wish, now))
    }

    /// Revokes serial numbers of an authority, all or none. Those of certificates that the registry has are revoked as [`Session::revoke`] does; any other
    /// stands on the CRL of each of the authority's keys that still answers, since nobody knows which of them has signed its certificate, and for ever,
    /// since nobody knows when that ends (RFC 5280 3.3).
    ///
    /// # Errors
    /// See [`RevokeError`]; nothing was revoked then.
    pub fn revoke_serials(&self, authority: AuthorityId, serials: &[SerialNumber], wish: &RevocationWish) -> Result<(), RevokeError> {
        let now = self.moment_of(wish)?;
        let full = |error: &RevokeError| matches!(error, RevokeError::Registry(RegistryError::Full));
        self.even_on_a_full_disk(full, || {
            self.change(|tx| {
                if let Err(seen) = self.check_clock(tx)? {
                    return Err(RevokeError::ClockWentBack { seen });
                }
                let answering = answering(tx, authority, now)?;
                for serial in serials {
                    match tx.certificates_by_authority_and_serial(authority, serial)?.as_slice() {
                        [] => self.revoke_unknown(tx, authority, &answering, serial, wish, now)?,
                        [row, ..] => drop(self.revoke_one(tx, row, wish, now)?),
                    }
                }
                Ok(())
            })
        })
    }

    /// The whole second at which a revocation happens.
    pub(crate) fn moment_of(&self, wish: &RevocationWish) -> Result<OffsetDateTime, RevokeError> {
        let now = self.now().replace_nanosecond(0).unwrap_or_else(|_| self.now());
        match wish.invalidity_date.filter(|date| *date > now) {
            Some(date) => Err(RevokeError::InvalidInFuture { date }),
            None => Ok(now),
        }
    }

    fn revoke_unknown(
        &self,
        tx: &Write<'_>,
        authority: AuthorityId,
        answering: &[GenerationId],
        serial: &SerialNumber,
        wish: &RevocationWish,
        now: OffsetDateTime,
    ) -> Result<(), RevokeError> {
        let name = serial.to_string();
        // A hold is lifted by its certificate; nobody has this one. Nor does anybody know whether it is an authority's.
        let fits = matches!(
            wish.reason,
            RevocationReason::Unspecified
                | RevocationReason::KeyCompromise
                | RevocationReason::AffiliationChanged
                | RevocationReason::Superseded
                | RevocationReason::CessationOfOperation
                | RevocationReason::PrivilegeWithdrawn
        );
        if !fits {
            return Err(RevokeError::ReasonNotAllowed { name, reason: wish.reason.as_str() });
        }
        let row = tx.authority(authority)?.ok_or_else(|| RegistryError::Missing { table: "authorities", row: authority.to_string() })?;
        let Some(current) = tx.current_generation(authority)? else { return Err(RevokeError::NotOurs { name }) };
        let standing = tx.revocation(&row.issuer_name, serial)?;
        let generation = standing.as_ref().map_or(current.generation.id, |standing| standing.generation);
        let mut beside = tx.generations_listing(authority, serial)?;
        beside.extend(answering);
        beside.sort_unstable();
        beside.dedup();
        beside.retain(|other| *other != generation);
        let about =
            Revoked { authority, generation, beside: &beside, issuer: &row.issuer_name, serial, certificate: None, not_after: None };
        let sharpened = match standing {
            None => {
                about.record(tx, wish, now)?;
                false
            }
            Some(standing) if sharpens(&standing, wish) => {
                about.sharpen(tx, &standing, wish, now)?;
                true
            }
            Some(standing) => {
                let reason = standing.reason.as_str().to_owned();
                return Err(RevokeError::AlreadyRevoked { name, reason, at: Some(standing.revoked_at) });
            }
        };
        let mut event = self.event(
            "serial.revoked",
            &authority.to_string(),
            json!({
                "name": row.name, "serial": serial.to_string(), "reason": wish.reason.as_str(), "sharpened": sharpened,
                "invalidityDate": wish.invalidity_date.map(OffsetDateTime::unix_timestamp),
            }),
        );
        event.why.clone_from(&wish.note);
        Ok(tx.append_audit(&event).map(drop)?)
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

    pub(crate) fn revoke_one(
        &self,
        tx: &Write<'_>,
        row: &CertificateRow,
        wish: &RevocationWish,
        now: OffsetDateTime,
    ) -> Result<AuthorityId, RevokeError> {
        let name = || row.facts.display_name.clone();
        let about = Revoked::of(row).ok_or_else(|| RevokeError::NotOurs { name: name() })?;
        if !reason_fits(wish.reason, row) {
            return Err(RevokeError::ReasonNotAllowed { name: name(), reason: wish.reason.as_str() });
        }
        let was = match tx.revocation(&row.facts.issuer, &row.facts.serial)? {
            None => {
                about.record(tx, wish, now)?;
                None
            }
            Some(standing) if sharpens(&standing, wish) => {
                // Revoked before anybody had it, it is on the CRLs of other keys, too.
                let mut beside = tx.generations_listing(about.authority, about.serial)?;
                beside.retain(|other| *other != about.generation);
                Revoked { beside: &beside, ..about }.sharpen(tx, &standing, wish, now)?;
                Some(standing.reason)
            }
            Some(standing) => {
                let reason = standing.reason.as_str().to_owned();
                return Err(RevokeError::AlreadyRevoked { name: name(), reason, at: Some(standing.revoked_at) });
            }
        };
        let action = if was.is_some() { "certificate.sharpened" } else { action_of(wish.reason) };
        let mut event = self.event(
            action,
            &row.id.to_string(),
            json!({
                "name": row.facts.display_name, "serial": row.facts.serial.to_string(), "reason": wish.reason.as_str(),
                "was": was.map(RevocationReason::as_str), "invalidityDate": wish.invalidity_date.map(OffsetDateTime::unix_timestamp),
            }),
        );
        event.why.clone_from(&wish.note);
        tx.append_audit(&event)?;
        Ok(about.authority)
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

fn action_of(reason: RevocationReason) -> &'static str {
    if reason == RevocationReason::CertificateHold { "certificate.held" } else { "certificate.revoked" }
}

/// What is revoked: a serial number of an issuer, on the CRLs of the key that has signed its certificate, or of all that may have.
#[derive(Clone, Copy)]
struct Revoked<'a> {
    authority: AuthorityId,
    generation: GenerationId,
    /// Other keys whose CRLs list it.
    beside: &'a [GenerationId],
    issuer: &'a DistinguishedName,
    serial: &'a SerialNumber,
    certificate: Option<CertificateId>,
    not_after: Option<OffsetDateTime>,
}

impl<'a> Revoked<'a> {
    /// A certificate of one of our authorities.
    fn of(row: &'a CertificateRow) -> Option<Self> {
        Some(Self {
            authority: row.record.authority?,
            generation: row.record.generation?,
            beside: &[],
            issuer: &row.facts.issuer,
            serial: &row.facts.serial,
            certificate: Some(row.id),
            not_after: Some(row.facts.not_after),
        })
    }

    /// Writes the revocation, its encoded CRL entry and the certificate's state.
    fn record(&self, tx: &Write<'_>, wish: &RevocationWish, now: OffsetDateTime) -> Result<(), RegistryError> {
        tx.insert_revocation(&NewRevocation {
            authority: self.authority,
            generation: self.generation,
            issuer: self.issuer.clone(),
            serial: self.serial.clone(),
            certificate: self.certificate,
            revoked_at: now,
            reason: wish.reason,
            invalidity_date: wish.invalidity_date,
            note: wish.note.clone(),
            hold_instruction: None,
        })?;
        self.list(tx, now, wish.reason, wish.invalidity_date)?;
        self.mark_stale(tx, now)
    }

    /// Sharpens the revocation that stands: it goes on from the day on which it began, since the certificate was not good in between.
    fn sharpen(&self, tx: &Write<'_>, standing: &RevocationRow, wish: &RevocationWish, now: OffsetDateTime) -> Result<(), RegistryError> {
        let invalidity_date = wish.invalidity_date.or(standing.invalidity_date);
        tx.sharpen_revocation(standing.id, wish.reason, invalidity_date, wish.note.as_deref())?;
        self.list(tx, standing.revoked_at, wish.reason, invalidity_date)?;
        self.mark_stale(tx, now)
    }

    fn generations(&self) -> impl Iterator<Item = GenerationId> {
        std::iter::once(self.generation).chain(self.beside.iter().copied())
    }

    fn mark_stale(&self, tx: &Write<'_>, now: OffsetDateTime) -> Result<(), RegistryError> {
        self.generations().try_for_each(|generation| tx.mark_crl_stale(generation, now))
    }

    /// The entry that the next CRL has, in place of the one that stands, and the certificate's state.
    fn list(
        &self,
        tx: &Write<'_>,
        revoked_at: OffsetDateTime,
        reason: RevocationReason,
        invalidity_date: Option<OffsetDateTime>,
    ) -> Result<(), RegistryError> {
        // RFC 5280 5.3.1: "unspecified" SHOULD be absent rather than written.
        let written = Some(reason).filter(|reason| *reason != RevocationReason::Unspecified);
        let entry = RevokedEntry { serial: self.serial.clone(), revoked_at, reason: written, invalidity_date };
        let encoded = linted(&entry)?;
        for generation in self.generations() {
            let (serial, encoded, not_after) = (self.serial.clone(), encoded.clone(), self.not_after);
            tx.insert_crl_entry(&NewCrlEntry { generation, serial, encoded, not_after })?;
        }
        match self.certificate {
            Some(certificate) => tx.set_revoked(certificate, revoked_at, reason, invalidity_date),
            None => Ok(()),
        }
    }
}

/// Whether a wish says more than the revocation that stands: a hold becomes final, any other reason a compromise, a compromise has its day found.
/// Nothing is ever taken back this way.
pub(crate) fn sharpens(standing: &RevocationRow, wish: &RevocationWish) -> bool {
    match (standing.reason, wish.reason) {
        (_, RevocationReason::CertificateHold) => false,
        (RevocationReason::CertificateHold, _) => true,
        (from, to) if from.is_compromise() => to == from && wish.invalidity_date.is_some_and(|date| standing.invalidity_date != Some(date)),
        (_, to) => to.is_compromise(),
    }
}

/// An entry as it goes on lists, judged this once.
pub(crate) fn linted(entry: &RevokedEntry) -> Result<Vec<u8>, RegistryError> {
    entry.encode_linted().map_err(|fault| RegistryError::Refused { detail: fault.to_string() })
}

/// `removeFromCRL` appears only in delta CRLs (RFC 5280 5.3.1); `cACompromise` speaks of authorities, `aACompromise` of attribute certificates.
fn reason_fits(reason: RevocationReason, row: &CertificateRow) -> bool {
    match reason {
        RevocationReason::RemoveFromCrl | RevocationReason::AaCompromise => false,
        RevocationReason::CaCompromise => row.facts.kind == CertificateKind::Authority,
        _ => true,
    }
}
