//! No revocation in force is missing from a list (RFC 5280 3.3). Every list looks for what came or was changed since the one before; the first of a
//! generation, one after a restore or a repair, and one of an earlier time than the one before looks for all of them.

use pki::{CrlNumber, DistinguishedName, Fingerprint};
use time::OffsetDateTime;

use super::cell::Bound;
use super::crl_pieces::CrlCut;
use super::crls::CrlKind;
use super::ids::{GenerationId, RevocationId};
use super::{Read, RegistryError, Write};

/// The condition on revocations `r` in force that no CRL would list: their entry is neither open nor one of those that were listed to the end.
fn unlisted(to_the_end: &str) -> String {
    format!(
        "r.lifted_at IS NULL AND CASE \
        WHEN EXISTS (SELECT 1 FROM crl_entries o WHERE o.generation = r.generation AND o.serial = r.serial AND o.last_crl IS NULL) THEN 0 \
        {to_the_end} END"
    )
}

/// Entries of certificates that had ended by a CRL's time `?2`.
const ENDED: &str = "ELSE (r.generation, r.serial) NOT IN \
    (SELECT e.generation, e.serial FROM crl_entries e WHERE e.generation = ?1 AND e.closed = 'expired' AND e.not_after < ?2)";

/// As [`ENDED`], where the entry `m` was changed last and is asked first: it answers for most.
const ENDED_AS_MARKED: &str = "WHEN EXISTS (SELECT 1 FROM crl_entries e WHERE e.id = m.entry AND e.generation = r.generation AND e.serial = r.serial \
    AND e.closed = 'expired' AND e.not_after < ?2) THEN 0";

/// Entries of certificates that had ended by the newest CRL of ours. One that is being signed has a higher number, and a time that is not known yet.
const ENDED_BY_THE_NEWEST: &str = "ELSE (r.generation, r.serial) NOT IN (SELECT e.generation, e.serial FROM crl_entries e \
    LEFT JOIN (SELECT generation, max(number) AS number, this_update FROM crls WHERE kind = 'base' AND imported = 0 GROUP BY generation) newest \
        ON newest.generation = e.generation \
    WHERE e.closed = 'expired' AND (newest.number IS NULL OR e.last_crl > newest.number OR e.not_after < newest.this_update))";

/// Selects the revocations in force that no CRL would list: an entry has to be open, or closed because the certificate had ended.
pub(super) fn unlisted_revocations() -> String {
    format!("SELECT r.id AS revocation FROM revocations r WHERE {}", unlisted(ENDED_BY_THE_NEWEST))
}

impl Read<'_> {
    /// A revocation in force, if there is one, that a CRL of this time would not list although its certificate has not ended or nobody knows its end.
    fn unlisted_revocation(&self, generation: GenerationId, at: OffsetDateTime) -> Result<Option<RevocationId>, RegistryError> {
        // What had ended by the time of the list before has ended by a later one.
        let seen = match self.crl_cut(generation) {
            Err(RegistryError::Cell { .. }) => None,
            cut => cut?.filter(|cut| cut.this_update <= at),
        };
        let after = seen.as_ref().map_or(0, |cut| cut.last_revocation);
        let sql = format!(
            "SELECT r.id AS id FROM revocations r NOT INDEXED WHERE r.id > ?3 AND r.generation = ?1 AND {} LIMIT 1",
            unlisted(ENDED)
        );
        let new = self.row("revocations", &sql, &[&Bound(&generation), &Bound(&at), &after], |cells| cells.get("id"))?;
        let Some(cut) = seen.filter(|_| new.is_none()) else { return Ok(new) };
        match self.unlisted_and_marked(&cut, at) {
            // Marks that cannot be read tell nothing: then all are looked for.
            Err(RegistryError::Cell { .. }) => {
                self.row("revocations", &sql, &[&Bound(&generation), &Bound(&at), &0], |cells| cells.get("id"))
            }
            marked => marked,
        }
    }

    fn unlisted_and_marked(&self, cut: &CrlCut, at: OffsetDateTime) -> Result<Option<RevocationId>, RegistryError> {
        let of_generation = "SELECT a.id, a.issuer_name FROM generations g JOIN authorities a ON a.id = g.authority WHERE g.id = ?1";
        let issuer: Option<DistinguishedName> =
            self.row("authorities", of_generation, &[&Bound(&cut.generation)], |cells| cells.get("issuer_name"))?;
        let issuer = issuer.ok_or_else(|| RegistryError::Missing { table: "generations", row: cut.generation.to_string() })?;
        let sql = format!(
            "SELECT r.id AS id FROM crl_marks m CROSS JOIN revocations r ON r.issuer_hash = ?3 AND r.serial = m.serial \
            WHERE m.generation = ?1 AND r.generation = ?1 AND {} LIMIT 1",
            unlisted(&format!("{ENDED_AS_MARKED} {ENDED}"))
        );
        let hash = Fingerprint::of(issuer.as_der());
        self.row("revocations", &sql, &[&Bound(&cut.generation), &Bound(&at), &Bound(&hash)], |cells| cells.get("id"))
    }
}

impl Write<'_> {
    /// Makes sure that the planned base CRL misses no revocation in force: one whose entry has ended too early is listed again, and one that has lost its
    /// entry makes the plan fail. A CRL without it would make a revoked certificate pass for a good one (RFC 5280 3.3).
    ///
    /// # Errors
    /// `Damaged` for a revocation that the CRL would miss.
    pub fn miss_no_revocation(
        &self,
        generation: GenerationId,
        number: &CrlNumber,
        this_update: OffsetDateTime,
    ) -> Result<(), RegistryError> {
        let mut unlisted = self.unlisted_revocation(generation, this_update)?;
        if unlisted.is_some() && self.reopen_ended_early(generation, this_update, "e.last_crl IS NOT NULL")? > 0 {
            self.plan_crl(generation, CrlKind::Base, number, this_update)?;
            unlisted = self.unlisted_revocation(generation, this_update)?;
        }
        match unlisted {
            None => Ok(()),
            Some(RevocationId(id)) => {
                Err(RegistryError::Damaged { detail: format!("revocation {id} has no entry, and the CRL would not list it") })
            }
        }
    }
}
