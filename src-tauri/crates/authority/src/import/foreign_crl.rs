//! A CRL that was issued elsewhere, as records of ours: its revocations, its number, its bytes.

use std::collections::HashSet;

use pki::crl::{Crl, CrlEntry, CrlNumber, EntryError, RevokedEntry};
use pki::{DistinguishedName, RevocationReason};
use time::OffsetDateTime;

use crate::registry::{
    AuthorityId, CertificateRow, CrlKind, GenerationId, NewCrl, NewCrlEntry, NewRevocation, RegistryError, RevocationRow, Standing, WHOLE,
    Write,
};

/// A revocation that only the CRL knew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenRevocation {
    /// Its entry on the CRL.
    pub entry: RevokedEntry,
    /// The certificate's display name, if the certificate is known.
    pub name: Option<String>,
}

/// What a CRL that was issued elsewhere has brought.
#[derive(Debug, Default)]
pub(crate) struct TakenCrl {
    /// Revocations that were not known.
    pub(crate) revocations: Vec<TakenRevocation>,
    /// Entries that no list of ours could have: their places in the list, from 1, with their serial numbers where these can be read.
    pub(crate) unwritable: Vec<String>,
}

/// An entry as a list of ours can have it, and whether something was left behind for that: first the day since when the certificate is not to be trusted,
/// then the reason. `None` when not even the serial number can be written.
pub(super) fn writable(entry: &RevokedEntry) -> Option<(RevokedEntry, bool)> {
    let without_day = RevokedEntry { invalidity_date: None, ..entry.clone() };
    let bare = RevokedEntry { reason: None, ..without_day.clone() };
    let forms = [(entry.clone(), false), (without_day, true), (bare, true)];
    forms.into_iter().find(|(form, _)| form.encode_linted().is_ok())
}

/// Entries of a foreign CRL that no list of ours could have.
pub(super) fn unwritable(crl: &Crl) -> Vec<String> {
    (1_u64..).zip(crl.entries()).filter_map(|(place, entry)| listable(place, entry, crl.is_delta()).err()).collect()
}

/// An entry with what a list of ours can say of it, or which one it is.
fn listable<'a>(place: u64, entry: Result<CrlEntry<'a>, EntryError>, in_delta: bool) -> Result<(CrlEntry<'a>, RevokedEntry), String> {
    let entry = entry.map_err(|_| format!("entry {place}"))?;
    let revoked = entry.to_revoked().map_err(|_| format!("entry {place}"))?;
    let removes = revoked.reason == Some(RevocationReason::RemoveFromCrl);
    if in_delta && removes {
        return Ok((entry, revoked));
    }
    // Where a whole list says "remove", the certificate is not taken for revoked.
    match writable(&revoked).filter(|_| !removes) {
        Some((writable, _)) => Ok((entry, writable)),
        None => Err(format!("entry {place}, {}", revoked.serial)),
    }
}

/// Records a CRL that was issued elsewhere, or a delta that the key has signed; returns the revocations that were not known. Ours are stale where they lack
/// what it brings, where it is the newest from now on and lacks what they list, and where lists that belong to it are not at hand. A delta is no list to go on
/// with: its revocations are taken and its number, and nothing comes off a list by it.
pub(crate) fn take_crl(
    tx: &Write<'_>,
    crl: &Crl,
    authority: AuthorityId,
    generation: GenerationId,
    now: OffsetDateTime,
) -> Result<TakenCrl, RegistryError> {
    let newest = tx.newest_crl(generation, CrlKind::Base, WHOLE)?.map(|newest| newest.crl.number);
    let newer = |number: &&CrlNumber| !crl.is_delta() && newest.as_ref().is_none_or(|newest| newest < *number);
    let becomes_newest = crl.number().filter(newer);
    let foreign = Foreign { tx, issuer: crl.issuer(), authority, generation, now };
    let (mut taken, mut brings, mut serials) = (TakenCrl::default(), false, HashSet::new());
    for (place, entry) in (1_u64..).zip(crl.entries()) {
        let (entry, revoked) = match listable(place, entry, crl.is_delta()) {
            Ok(listable) => listable,
            Err(unwritable) => {
                taken.unwritable.push(unwritable);
                continue;
            }
        };
        if crl.is_delta() && revoked.reason == Some(RevocationReason::RemoveFromCrl) {
            continue;
        }
        if becomes_newest.is_some() {
            serials.insert(revoked.serial.clone());
        }
        let (is_new, found) = foreign.take(revoked, entry.hold_instruction())?;
        brings |= is_new;
        taken.revocations.extend(found);
    }
    let highest = tx.highest_crl_number(generation)?;
    if let Some(number) = crl.number() {
        tx.raise_crl_floor(generation, number)?;
        if !crl.is_delta() && tx.crl_numbered(generation, CrlKind::Base, WHOLE, number)?.is_none() {
            record_foreign(tx, crl, number, generation, now)?;
        }
    }
    let Some(number) = becomes_newest else {
        if brings {
            tx.mark_crl_stale(generation, now)?;
        }
        return Ok(taken);
    };
    let lacks = tx.lists_more_than(generation, &serials)?;
    // Ours that have higher numbers did not list what it brings: that waits for the next, and past ones stay as they were. Nor can entries be counted as
    // listed by it, and perhaps for the last time, where it lacks some of them.
    let counts = !lacks && highest.is_none_or(|highest| highest < *number);
    if counts {
        tx.plan_crl(generation, CrlKind::Base, number, crl.this_update())?;
    }
    if lacks || (brings && !counts) || tx.lacks_scoped_list(generation, number)? {
        tx.mark_crl_stale(generation, now)?;
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

/// What the entries of a foreign CRL are recorded for.
struct Foreign<'a, 't> {
    tx: &'a Write<'t>,
    issuer: &'a DistinguishedName,
    authority: AuthorityId,
    /// Whose key has signed it.
    generation: GenerationId,
    now: OffsetDateTime,
}

impl Foreign<'_, '_> {
    /// Records one revocation: on the lists of the key that has signed the CRL, and where the certificate is known and another key's on the lists of that one
    /// as well, for no other list answers for it (RFC 5280 5.2.1, 6.3.3 (f)). Says whether the signer's lists lacked it, and gives it back if it was not known.
    /// A hold instruction code is kept and never written (RFC 5280 5.3.2 dropped it).
    fn take(&self, revoked: RevokedEntry, hold_instruction: Option<String>) -> Result<(bool, Option<TakenRevocation>), RegistryError> {
        let rows = self.tx.certificates_by_issuer_and_serial(self.issuer, &revoked.serial)?;
        let of_signer = rows.iter().position(|row| row.record.generation == Some(self.generation)).unwrap_or(0);
        let certificate = rows.into_iter().nth(of_signer);
        let own = certificate.as_ref().filter(|row| row.record.authority == Some(self.authority)).and_then(|row| row.record.generation);
        let not_after = certificate.as_ref().map(|row| row.facts.not_after);
        if let Some(standing) = self.tx.revocation(self.issuer, &revoked.serial)? {
            let is_new = self.list(self.generation, &of_standing(&standing), not_after)?;
            if let Some(own) = own.filter(|own| *own != self.generation)
                && self.list(own, &of_standing(&standing), not_after)?
            {
                self.tx.mark_crl_stale(own, self.now)?;
            }
            return Ok((is_new, None));
        }
        let reason = revoked.reason.unwrap_or(RevocationReason::Unspecified);
        self.tx.insert_revocation(&NewRevocation {
            authority: self.authority,
            generation: own.unwrap_or(self.generation),
            issuer: self.issuer.clone(),
            serial: revoked.serial.clone(),
            certificate: certificate.as_ref().map(|row| row.id),
            revoked_at: revoked.revoked_at,
            reason,
            invalidity_date: revoked.invalidity_date,
            note: None,
            hold_instruction,
        })?;
        insert(self.tx, self.generation, &revoked, not_after)?;
        if let Some(own) = own.filter(|own| *own != self.generation) {
            insert(self.tx, own, &revoked, not_after)?;
            self.tx.mark_crl_stale(own, self.now)?;
        }
        let name = certificate.as_ref().map(|row| row.facts.display_name.clone());
        if let Some(row) = certificate.filter(|row| !matches!(row.state.standing, Standing::Revoked | Standing::Held)) {
            self.tx.set_revoked(row.id, revoked.revoked_at, reason, revoked.invalidity_date)?;
        }
        Ok((true, Some(TakenRevocation { entry: revoked, name })))
    }

    /// Puts an entry on the lists of a key that lack it; says whether they did.
    fn list(&self, generation: GenerationId, entry: &RevokedEntry, not_after: Option<OffsetDateTime>) -> Result<bool, RegistryError> {
        let lacks = !self.tx.has_its_entry(generation, &entry.serial)?;
        if lacks {
            insert(self.tx, generation, entry, not_after)?;
        }
        Ok(lacks)
    }
}

fn insert(tx: &Write<'_>, generation: GenerationId, entry: &RevokedEntry, not_after: Option<OffsetDateTime>) -> Result<(), RegistryError> {
    tx.insert_crl_entry(&NewCrlEntry { generation, serial: entry.serial.clone(), encoded: crate::revoke::linted(entry)?, not_after })
}

/// The entry of a revocation that stands.
fn of_standing(standing: &RevocationRow) -> RevokedEntry {
    RevokedEntry {
        serial: standing.serial.clone(),
        revoked_at: standing.revoked_at,
        reason: Some(standing.reason).filter(|reason| *reason != RevocationReason::Unspecified),
        invalidity_date: standing.invalidity_date,
    }
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
        insert(tx, generation, &of_standing(&standing), Some(row.facts.not_after))?;
        tx.mark_crl_stale(generation, now)?;
    }
    tx.adopt_revocation(standing.id, row.id, row.facts.not_after)?;
    tx.set_revoked(row.id, standing.revoked_at, standing.reason, standing.invalidity_date)
}
