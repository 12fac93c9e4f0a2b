//! After a restore each key generation waits for its newest published CRL: its numbers must go on above that one's, and revocations that the
//! backup does not know stand on it. Until it was given, or declined by name, nothing new is signed (architecture 5).

use super::cell::words;
use super::ids::GenerationId;
use super::{GenerationRow, KeyLocation, KeyState, Read, RegistryError, Write};

words! {
    /// How a generation's wait ended.
    pub enum CrlAnswer {
        /// The newest published CRL was taken in.
        Given = "given",
        /// Somebody said that there is none, or that it is lost.
        Declined = "declined",
        /// The generation was made after the restore: nothing of it was published before.
        New = "new",
    }
}

/// Settings with this before a generation's id say how its wait ended.
const PREFIX: &str = "crl-wait.";

fn key(generation: GenerationId) -> String {
    format!("{PREFIX}{generation}")
}

impl Read<'_> {
    /// Whether this generation may not sign a CRL because its newest published one was neither given nor declined.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn awaits_crl(&self, generation: GenerationId) -> Result<bool, RegistryError> {
        Ok(self.meta()?.awaits_crl && self.setting(&key(generation))?.is_none())
    }

    /// The generations that wait, by the name of their authority. A key that is not held here cannot sign anyway.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn generations_awaiting_crl(&self) -> Result<Vec<GenerationRow>, RegistryError> {
        if !self.meta()?.awaits_crl {
            return Ok(Vec::new());
        }
        let mut waiting = Vec::new();
        let mut authorities = self.authorities()?;
        authorities.sort_by(|one, other| one.name.cmp(&other.name));
        for authority in authorities {
            for row in self.generations(authority.id)? {
                let held = self.key(row.generation.key)?.is_some_and(|row| {
                    row.key.location != KeyLocation::Elsewhere && !matches!(row.key.state, KeyState::Deleted | KeyState::Deleting)
                });
                if held && self.setting(&key(row.generation.id))?.is_none() {
                    waiting.push(row);
                }
            }
        }
        Ok(waiting)
    }
}

impl Write<'_> {
    /// Marks the registry as restored from a backup: no CRL is signed until the newest published one is given or declined, and the next is put together from
    /// nothing but its entries.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn begin_epoch(&self) -> Result<(), RegistryError> {
        self.drop_crl_pieces()?;
        self.execute("DELETE FROM settings WHERE key LIKE ?1", &[&format!("{PREFIX}%")])?;
        self.change("meta", &1, "UPDATE meta SET epoch = epoch + 1, awaits_crl = 1 WHERE only = 1", &[])
    }

    /// Nothing waits any more.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn end_crl_wait(&self) -> Result<(), RegistryError> {
        self.execute("DELETE FROM settings WHERE key LIKE ?1", &[&format!("{PREFIX}%")])?;
        self.change("meta", &1, "UPDATE meta SET awaits_crl = 0 WHERE only = 1", &[])
    }

    /// Ends the wait of one generation; with the last of them that of the registry. Without a wait nothing happens.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn answer_crl_wait(&self, generation: GenerationId, answer: CrlAnswer) -> Result<(), RegistryError> {
        if !self.meta()?.awaits_crl {
            return Ok(());
        }
        self.set_setting(&key(generation), Some(answer.as_str()))?;
        if self.generations_awaiting_crl()?.is_empty() {
            self.end_crl_wait()?;
        }
        Ok(())
    }
}
