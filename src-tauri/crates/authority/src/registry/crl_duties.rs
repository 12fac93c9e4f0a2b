//! What a generation's CRLs still have to say, and which of them have to say it.

use std::collections::HashSet;

use pki::{CrlNumber, SerialNumber};

use super::cell::{Bound, Cells};
use super::ids::{AuthorityId, GenerationId};
use super::{Read, RegistryError};

impl Read<'_> {
    /// Whether entries of this generation wait to be listed for the last time: their certificates end or have ended, and no CRL issued after that has listed
    /// them (RFC 5280 3.3). Those of unknown certificates have no end.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn owes_last_listing(&self, generation: GenerationId) -> Result<bool, RegistryError> {
        let sql = "SELECT id FROM crl_entries WHERE generation = ?1 AND last_crl IS NULL AND not_after IS NOT NULL LIMIT 1";
        Ok(self.row("crl_entries", sql, &[&Bound(&generation)], |cells| cells.get::<i64>("id"))?.is_some())
    }

    /// Whether a scope of this generation has no base with the number of a whole one: what its certificates name is then of another moment.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn lacks_scoped_list(&self, generation: GenerationId, number: &CrlNumber) -> Result<bool, RegistryError> {
        let sql = "SELECT s.scope AS scope FROM crl_scopes s WHERE s.generation = ?1 AND NOT EXISTS \
            (SELECT 1 FROM crls c WHERE c.generation = ?1 AND c.scope = s.scope AND c.kind = 'base' AND c.number = ?2 AND c.imported = 0) LIMIT 1";
        let lacking = self.row("crl_scopes", sql, &[&Bound(&generation), &Bound(number)], |cells| cells.get::<String>("scope"))?;
        Ok(lacking.is_some())
    }

    /// The keys of an authority whose next CRL lists a serial, first to last. More than one where nobody knew which of them had signed its certificate.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn generations_listing(&self, authority: AuthorityId, serial: &SerialNumber) -> Result<Vec<GenerationId>, RegistryError> {
        let sql = "SELECT g.id AS generation FROM generations g WHERE g.authority = ?1 AND EXISTS \
            (SELECT 1 FROM crl_entries e WHERE e.generation = g.id AND e.serial = ?2 AND e.last_crl IS NULL) ORDER BY g.number";
        self.rows("generations", sql, &[&Bound(&authority), &Bound(serial)], |cells| cells.get("generation"))
    }

    /// Whether the next CRL of a key lists a serial, or one before has listed it to its end.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn has_its_entry(&self, generation: GenerationId, serial: &SerialNumber) -> Result<bool, RegistryError> {
        let key: [&dyn rusqlite::ToSql; 2] = [&Bound(&generation), &Bound(serial)];
        let open = "SELECT 1 FROM crl_entries WHERE generation = ?1 AND serial = ?2 AND last_crl IS NULL";
        if self.row("crl_entries", open, &key, |_| Ok(()))?.is_some() {
            return Ok(true);
        }
        let ended = "SELECT 1 FROM crl_entries WHERE generation = ?1 AND serial = ?2 AND closed = 'expired' LIMIT 1";
        Ok(self.row("crl_entries", ended, &key, |_| Ok(()))?.is_some())
    }

    /// Whether the next CRL of a key lists a serial that is not among these.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn lists_more_than(&self, generation: GenerationId, serials: &HashSet<SerialNumber>) -> Result<bool, RegistryError> {
        let sql = "SELECT id, serial FROM crl_entries WHERE generation = ?1 AND last_crl IS NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([&Bound(&generation) as &dyn rusqlite::ToSql])?;
        while let Some(row) = rows.next()? {
            if !serials.contains(&Cells::new("crl_entries", row).get::<SerialNumber>("serial")?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
