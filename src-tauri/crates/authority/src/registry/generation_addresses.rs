//! Where the CRL of a key generation is found that no longer issues. The current generation's addresses stand in its authority's row and may change;
//! what an earlier one has issued names the addresses it was born with, and its CRL goes on there.

use super::ids::GenerationId;
use super::{GenerationRow, Read, RegistryError, Write};

/// Settings with this before a generation's id hold its addresses, a JSON array.
const PREFIX: &str = "crl-urls.";

fn key(generation: GenerationId) -> String {
    format!("{PREFIX}{generation}")
}

impl Read<'_> {
    /// Where a generation's CRL is found.
    ///
    /// # Errors
    /// [`RegistryError`]; `Cell` when the addresses cannot be read.
    pub fn generation_crl_urls(&self, row: &GenerationRow) -> Result<Vec<String>, RegistryError> {
        if row.generation.current {
            return Ok(self.authority(row.generation.authority)?.map_or_else(Vec::new, |authority| authority.crl_urls));
        }
        let name = key(row.generation.id);
        let Some(text) = self.setting(&name)? else { return Ok(Vec::new()) };
        serde_json::from_str(&text).map_err(|error| RegistryError::Cell {
            table: "settings",
            column: "value",
            row: name,
            problem: error.to_string(),
        })
    }
}

impl Write<'_> {
    /// Keeps the addresses of a generation that is about to be followed by another.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn keep_generation_crl_urls(&self, generation: GenerationId, urls: &[String]) -> Result<(), RegistryError> {
        self.settle_crl_scopes(generation)?;
        self.set_setting(&key(generation), Some(&serde_json::json!(urls).to_string()))
    }
}
