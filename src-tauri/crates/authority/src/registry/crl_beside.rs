//! Revocations that stand on the lists of several keys of an authority. A revocation is recorded under one of them; what the others owe follows from its
//! certificate: the lists of the key that has signed it are the ones that it is judged by (RFC 5280 5.2.1), and where nobody knows it, each key's.

use pki::RevocationReason;
use pki::crl::RevokedEntry;

use super::cell::{Bound, Cells};
use super::ids::GenerationId;
use super::{NewCrlEntry, Read, RegistryError, Write};

/// The condition that no list of the key `g` has the revocation `r`: its entry is neither open nor one of those that were listed to the end.
const LACKS: &str = "r.lifted_at IS NULL \
    AND NOT EXISTS (SELECT 1 FROM crl_entries o WHERE o.generation = g.id AND o.serial = r.serial AND o.last_crl IS NULL) \
    AND (g.id, r.serial) NOT IN (SELECT e.generation, e.serial FROM crl_entries e WHERE e.closed = 'expired')";

/// The revocations `r` of certificates `c` that another key `g` of their authority has signed than the one under which they are recorded.
const OF_ANOTHER_KEY: &str = "revocations r JOIN certificates c ON c.id = r.certificate \
    JOIN generations g ON g.id = c.generation AND g.authority = r.authority AND g.id <> r.generation";

/// Selects the revocations in force that the key which has signed their certificate would not list.
pub(super) fn unlisted_by_the_signer() -> String {
    format!("SELECT r.id AS revocation FROM {OF_ANOTHER_KEY} WHERE {LACKS}")
}

/// The entry that a list gets for a revocation: `generation`, `serial`, `revoked_at`, `reason`, `invalidity_date` of it, `not_after` of its certificate.
pub(super) fn entry(cells: &Cells<'_>) -> Result<NewCrlEntry, RegistryError> {
    let reason: RevocationReason = cells.get("reason")?;
    let entry = RevokedEntry {
        serial: cells.get("serial")?,
        revoked_at: cells.get("revoked_at")?,
        reason: Some(reason).filter(|reason| *reason != RevocationReason::Unspecified),
        invalidity_date: cells.get("invalidity_date")?,
    };
    let encoded = entry.encode_linted().map_err(|fault| RegistryError::Refused { detail: fault.to_string() })?;
    Ok(NewCrlEntry { generation: cells.get("generation")?, serial: entry.serial, encoded, not_after: cells.get("not_after")? })
}

const ENTRY: &str = "g.id AS generation, r.id, r.serial, r.revoked_at, r.reason, r.invalidity_date";

impl Read<'_> {
    fn has_several_keys(&self, generation: GenerationId) -> Result<bool, RegistryError> {
        let sql = "SELECT 1 FROM generations g JOIN generations other ON other.authority = g.authority AND other.id <> g.id WHERE g.id = ?1 LIMIT 1";
        Ok(self.row("generations", sql, &[&Bound(&generation)], |_| Ok(()))?.is_some())
    }
}

impl Write<'_> {
    /// Lists the revocations of certificates that a key has signed and that are recorded under another key of its authority, where its lists lack them.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn list_what_others_recorded(&self, generation: GenerationId) -> Result<(), RegistryError> {
        if !self.has_several_keys(generation)? {
            return Ok(());
        }
        let sql = format!("SELECT {ENTRY}, c.not_after AS not_after FROM {OF_ANOTHER_KEY} WHERE g.id = ?1 AND {LACKS} ORDER BY r.id");
        self.rows("revocations", &sql, &[&Bound(&generation)], entry)?.iter().try_for_each(|entry| self.insert_crl_entry(entry))
    }

    /// As [`Write::list_what_others_recorded`] for every key, and on the lists of each key of its authority a serial whose certificate nobody knows: which
    /// of them had it is lost with their entries.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub(super) fn list_on_every_key(&self) -> Result<(), RegistryError> {
        let known = format!("SELECT {ENTRY}, c.not_after AS not_after FROM {OF_ANOTHER_KEY} WHERE {LACKS} ORDER BY r.id");
        let unknown = format!(
            "SELECT {ENTRY}, NULL AS not_after FROM revocations r JOIN generations g ON g.authority = r.authority \
            WHERE r.certificate IS NULL AND {LACKS} ORDER BY r.id, g.number"
        );
        for sql in [known, unknown] {
            self.rows("revocations", &sql, &[], entry)?.iter().try_for_each(|entry| self.insert_crl_entry(entry))?;
        }
        Ok(())
    }
}
