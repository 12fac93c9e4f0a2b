//! What a generation's CRLs still have to say.

use super::cell::Bound;
use super::ids::GenerationId;
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
}
