//! Which keys owe deltas: one that has once had them goes on, since certificates name the place of its deltas as long as they live.

use super::ids::GenerationId;
use super::{Read, RegistryError, Write};

/// Settings with this before a generation's id say that certificates may name its deltas.
const PREFIX: &str = "crl-deltas.";

fn key(generation: GenerationId) -> String {
    format!("{PREFIX}{generation}")
}

impl Read<'_> {
    /// Whether a key's runs bring deltas although nobody asks for them: they do, or they did when it issued.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn owes_deltas(&self, generation: GenerationId) -> Result<bool, RegistryError> {
        Ok(self.setting(&key(generation))?.is_some())
    }
}

impl Write<'_> {
    /// Puts on record that certificates of a key name the place of its deltas.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub(super) fn settle_crl_deltas(&self, generation: GenerationId) -> Result<(), RegistryError> {
        if self.owes_deltas(generation)? { Ok(()) } else { self.set_setting(&key(generation), Some("named")) }
    }
}
