//! A CRL that was issued elsewhere, as records of ours: its revocations, its number, its bytes.

use pki::crl::{Crl, CrlNumber, RevokedEntry};
use pki::{DistinguishedName, RevocationReason};
use time::OffsetDateTime;

use crate::registry::{
    AuthorityId, CertificateRow, CrlKind, GenerationId, NewCrl, NewCrlEntry, NewRevocation, RegistryError, Standing, WHOLE, Write,
};

/// A revocation that only the CRL knew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenRevocation {
    /// Its entry on the CRL.
    pub entry: RevokedEntry,
    /// The certificate's display name, if the certificate is known.
    pub name: Option<String>,
}

/// Records a CRL that was issued elsewhere; returns the revocations that were not known. Ours are stale where they lack them, or where lists that
/// belong to this one are not at hand.
pub(crate) fn take_crl(
    tx: &Write<'_>,
    crl: &Crl,
    authority: AuthorityId,
    generation: GenerationId,
    now: OffsetDateTime,
) -> Result<Vec<TakenRevocation>, RegistryError> {
    let mut taken = Vec::new();
    // Entries of ours that wait for the next CRL are not on this one; only where there are none can its entries be counted as listed.
    let waiting = !tx.unlisted_crl_entries(generation, 1)?.is_empty();
    for entry in crl.entries() {
        let unreadable = |problem: String| RegistryError::Refused { detail: problem };
        let entry = entry.map_err(|error| unreadable(error.to_string()))?;
        let revoked = entry.to_revoked().map_err(|error| unreadable(error.to_string()))?;
        taken.extend(take_revocation(tx, crl.issuer(), revoked, entry.hold_instruction(), authority, generation)?);
    }
    let newest = tx.crl_state(generation)?.newest.map(|newest| newest.crl.number);
    let is_behind = newest.is_some_and(|newest| crl.number().is_none_or(|number| *number < newest));
    if is_behind && !taken.is_empty() {
        tx.mark_crl_stale(generation, now)?;
    }
    let Some(number) = crl.number() else { return Ok(taken) };
    let highest = tx.highest_crl_number(generation)?;
    tx.raise_crl_floor(generation, number)?;
    if tx.crl_numbered(generation, CrlKind::Base, WHOLE, number)?.is_none() {
        record_foreign(tx, crl, number, generation, now)?;
        // Ours that have higher numbers did not list what it brings: that waits for the next, and past ones stay as they were.
        if !waiting && highest.is_none_or(|highest| highest < *number) {
            tx.plan_crl(generation, CrlKind::Base, number, crl.this_update())?;
        }
        // It says nothing of the lists that were issued beside it.
        if !is_behind && tx.lacks_scoped_list(generation, number)? {
            tx.mark_crl_stale(generation, now)?;
        }
    }
    Ok(taken)
}

fn record_foreign(
    tx: &Write<'_>,
    crl: &Crl,
    number: &CrlNumber,
    generation: GenerationId,
    now: OffsetDateTime,
) -> Result<(), RegistryError> {
    let new = NewCrl {
        generation,
        kind: CrlKind::Base,
        scope: WHOLE.to_owned(),
        number: number.clone(),
        base_number: None,
        this_update: crl.this_update(),
        next_update: crl.next_update(),
        entry_count: u64::try_from(crl.entry_count()).unwrap_or(u64::MAX),
        sha256: crl.sha256(),
        header: crl.header_der().to_vec(),
        trailer: crl.trailer_der().to_vec(),
        imported: true,
        covers_revision: None,
        recorded_at: now,
    };
    tx.insert_crl(&new, crl.der(), &[]).map(drop)
}

/// Records one revocation of a foreign CRL, and gives it back if it was new. A hold instruction code is kept and never written (RFC 5280 5.3.2 dropped it).
fn take_revocation(
    tx: &Write<'_>,
    issuer: &DistinguishedName,
    revoked: RevokedEntry,
    hold_instruction: Option<String>,
    authority: AuthorityId,
    generation: GenerationId,
) -> Result<Option<TakenRevocation>, RegistryError> {
    if tx.revocation(issuer, &revoked.serial)?.is_some() {
        return Ok(None);
    }
    let reason = revoked.reason.unwrap_or(RevocationReason::Unspecified);
    let certificate = tx.certificates_by_issuer_and_serial(issuer, &revoked.serial)?.into_iter().next();
    tx.insert_revocation(&NewRevocation {
        authority,
        generation,
        issuer: issuer.clone(),
        serial: revoked.serial.clone(),
        certificate: certificate.as_ref().map(|row| row.id),
        revoked_at: revoked.revoked_at,
        reason,
        invalidity_date: revoked.invalidity_date,
        note: None,
        hold_instruction,
    })?;
    tx.insert_crl_entry(&NewCrlEntry {
        generation,
        serial: revoked.serial.clone(),
        encoded: crate::revoke::linted(&revoked)?,
        not_after: certificate.as_ref().map(|row| row.facts.not_after),
    })?;
    let name = certificate.as_ref().map(|row| row.facts.display_name.clone());
    if let Some(row) = certificate.filter(|row| !matches!(row.state.standing, Standing::Revoked | Standing::Held)) {
        tx.set_revoked(row.id, revoked.revoked_at, reason, revoked.invalidity_date)?;
    }
    Ok(Some(TakenRevocation { entry: revoked, name }))
}

/// A certificate whose serial number was revoked before anybody had it: from now on its state says so, and its entry may leave the CRL after its end
/// (RFC 5280 3.3). Where another key of the authority was taken for its issuer, the CRL of the right one lists it too.
pub(super) fn adopt(tx: &Write<'_>, row: &CertificateRow, now: OffsetDateTime) -> Result<(), RegistryError> {
    let Some(generation) = row.record.generation else { return Ok(()) };
    let Some(standing) = tx.revocation(&row.facts.issuer, &row.facts.serial)?.filter(|standing| standing.certificate.is_none()) else {
        return Ok(());
    };
    let listed = tx.generations_listing(standing.authority, &row.facts.serial)?.contains(&generation);
    if standing.generation != generation && !listed {
        let reason = Some(standing.reason).filter(|reason| *reason != RevocationReason::Unspecified);
        let (revoked_at, invalidity_date) = (standing.revoked_at, standing.invalidity_date);
        let entry = RevokedEntry { serial: row.facts.serial.clone(), revoked_at, reason, invalidity_date };
        tx.insert_crl_entry(&NewCrlEntry {
            generation,
            serial: row.facts.serial.clone(),
            encoded: crate::revoke::linted(&entry)?,
            not_after: Some(row.facts.not_after),
        })?;
        tx.mark_crl_stale(generation, now)?;
    }
    tx.adopt_revocation(standing.id, row.id, row.facts.not_after)?;
    tx.set_revoked(row.id, standing.revoked_at, standing.reason, standing.invalidity_date)
}
