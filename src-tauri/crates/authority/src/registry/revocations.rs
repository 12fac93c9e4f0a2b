//! Revocations: one row per revoked serial, known certificate or not.

use pki::{DistinguishedName, Fingerprint, RevocationReason, SerialNumber};
use time::OffsetDateTime;

use super::cell::{Bound, Cells};
use super::ids::{AuthorityId, CertificateId, GenerationId, RevocationId};
use super::{Read, RegistryError, Write};

/// A revocation to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevocation {
    /// The authority that revokes.
    pub authority: AuthorityId,
    /// The generation whose CRL lists it.
    pub generation: GenerationId,
    /// The issuer's name.
    pub issuer: DistinguishedName,
    /// The revoked serial.
    pub serial: SerialNumber,
    /// The certificate, if it is known.
    pub certificate: Option<CertificateId>,
    /// When it is revoked.
    pub revoked_at: OffsetDateTime,
    /// Why.
    pub reason: RevocationReason,
    /// Since when its key is suspect.
    pub invalidity_date: Option<OffsetDateTime>,
    /// A note for the record, never written into a CRL.
    pub note: Option<String>,
    /// The hold instruction code of an imported entry, never written into a CRL.
    pub hold_instruction: Option<String>,
}

/// A recorded revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationRow {
    /// Its id.
    pub id: RevocationId,
    /// The authority that revoked.
    pub authority: AuthorityId,
    /// The generation whose CRL lists it.
    pub generation: GenerationId,
    /// The revoked serial.
    pub serial: SerialNumber,
    /// The certificate, if it is known.
    pub certificate: Option<CertificateId>,
    /// When it was revoked.
    pub revoked_at: OffsetDateTime,
    /// Why.
    pub reason: RevocationReason,
    /// Since when its key is suspect.
    pub invalidity_date: Option<OffsetDateTime>,
    /// A note for the record.
    pub note: Option<String>,
    /// The hold instruction code of an imported entry.
    pub hold_instruction: Option<String>,
    /// When the hold was lifted.
    pub lifted_at: Option<OffsetDateTime>,
}

pub(super) const COLUMNS: &str =
    "id, authority, generation, serial, certificate, revoked_at, reason, invalidity_date, note, hold_instruction, lifted_at";

pub(super) fn revocation_row(cells: &Cells<'_>) -> Result<RevocationRow, RegistryError> {
    Ok(RevocationRow {
        id: cells.get("id")?,
        authority: cells.get("authority")?,
        generation: cells.get("generation")?,
        serial: cells.get("serial")?,
        certificate: cells.get("certificate")?,
        revoked_at: cells.get("revoked_at")?,
        reason: cells.get("reason")?,
        invalidity_date: cells.get("invalidity_date")?,
        note: cells.get("note")?,
        hold_instruction: cells.get("hold_instruction")?,
        lifted_at: cells.get("lifted_at")?,
    })
}

impl Read<'_> {
    /// The revocation in force for a serial.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn revocation(&self, issuer: &DistinguishedName, serial: &SerialNumber) -> Result<Option<RevocationRow>, RegistryError> {
        let hash = Fingerprint::of(issuer.as_der());
        let sql = format!("SELECT {COLUMNS} FROM revocations WHERE issuer_hash = ?1 AND serial = ?2 AND lifted_at IS NULL");
        self.row("revocations", &sql, &[&Bound(&hash), &Bound(serial)], revocation_row)
    }

    /// Whether there is any revocation at all.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn has_revocations(&self) -> Result<bool, RegistryError> {
        Ok(self.number("SELECT count(*) FROM (SELECT 1 FROM revocations LIMIT 1)", &[])? > 0)
    }

    /// All that was ever recorded about a certificate's revocation, lifted holds too, oldest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn revocations_of(&self, certificate: CertificateId) -> Result<Vec<RevocationRow>, RegistryError> {
        self.rows(
            "revocations",
            &format!("SELECT {COLUMNS} FROM revocations WHERE certificate = ?1 ORDER BY id"),
            &[&Bound(&certificate)],
            revocation_row,
        )
    }

    /// The revocations of an authority that are in force, by time, from `after` on (an id that the page before ended with).
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn revocations(
        &self,
        authority: AuthorityId,
        after: Option<RevocationId>,
        limit: u32,
    ) -> Result<Vec<RevocationRow>, RegistryError> {
        let after = after.unwrap_or(RevocationId(0));
        let sql = format!("SELECT {COLUMNS} FROM revocations WHERE authority = ?1 AND lifted_at IS NULL AND id > ?2 ORDER BY id LIMIT ?3");
        self.rows("revocations", &sql, &[&Bound(&authority), &Bound(&after), &limit], revocation_row)
    }
}

impl Write<'_> {
    /// Records a revocation. The certificate's own state ([`Write::set_revoked`]), the entry ([`Write::insert_crl_entry`]) and the stale CRL
    /// ([`Write::mark_crl_stale`]) belong into the same transaction.
    ///
    /// # Errors
    /// `AlreadyPresent` if the serial is revoked already.
    pub fn insert_revocation(&self, new: &NewRevocation) -> Result<RevocationId, RegistryError> {
        let hash = Fingerprint::of(new.issuer.as_der());
        let sql = "INSERT INTO revocations (authority, generation, issuer_hash, serial, certificate, revoked_at, reason, invalidity_date, note, hold_instruction) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.execute(
            sql,
            &[
                &Bound(&new.authority),
                &Bound(&new.generation),
                &Bound(&hash),
                &Bound(&new.serial),
                &Bound(&new.certificate),
                &Bound(&new.revoked_at),
                &Bound(&new.reason),
                &Bound(&new.invalidity_date),
                &new.note,
                &new.hold_instruction,
            ],
        )?;
        Ok(RevocationId(self.connection.last_insert_rowid()))
    }

    /// Sharpens a revocation in force (hold to keyCompromise, a later found invalidity date).
    ///
    /// # Errors
    /// `Missing` if there is none such in force.
    pub fn sharpen_revocation(
        &self,
        id: RevocationId,
        reason: RevocationReason,
        invalidity_date: Option<OffsetDateTime>,
        note: Option<&str>,
    ) -> Result<(), RegistryError> {
        let sql = "UPDATE revocations SET reason = ?2, invalidity_date = ?3, note = coalesce(?4, note) WHERE id = ?1 AND lifted_at IS NULL";
        self.change("revocations", &id, sql, &[&Bound(&id), &Bound(&reason), &Bound(&invalidity_date), &note])
    }

    /// Lifts a hold. Only a hold can be lifted, so the reason is part of the condition.
    ///
    /// # Errors
    /// `Missing` if there is no such hold in force.
    pub fn lift_hold(&self, id: RevocationId, at: OffsetDateTime) -> Result<(), RegistryError> {
        let sql = "UPDATE revocations SET lifted_at = ?2 WHERE id = ?1 AND lifted_at IS NULL AND reason = ?3";
        self.change("revocations", &id, sql, &[&Bound(&id), &Bound(&at), &Bound(&RevocationReason::CertificateHold)])
    }

    /// Ties a revocation of an unknown serial to a certificate that has turned up, so that its entry may leave the CRLs of each of its authority's keys
    /// after its end.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn adopt_revocation(&self, id: RevocationId, certificate: CertificateId, not_after: OffsetDateTime) -> Result<(), RegistryError> {
        self.change("revocations", &id, "UPDATE revocations SET certificate = ?2 WHERE id = ?1", &[&Bound(&id), &Bound(&certificate)])?;
        let sql = "UPDATE crl_entries SET not_after = ?2 WHERE last_crl IS NULL AND (generation, serial) IN \
            (SELECT g.id, r.serial FROM revocations r JOIN generations g ON g.authority = r.authority WHERE r.id = ?1)";
        self.execute(sql, &[&Bound(&id), &Bound(&not_after)])?;
        Ok(())
    }
}
