//! A person says that the clock is right, and that the later time which the registry has seen was not.

use serde_json::json;
use time::OffsetDateTime;

use crate::clock::went_back;
use crate::registry::RegistryError;
use crate::session::Session;

impl Session {
    /// Takes the clock's time for right where it is behind the last time seen, so that signing goes on, and writes that down. CRL numbers go on rising.
    /// Returns the time that was seen before; `None` where the clock is not behind it, and nothing changes.
    ///
    /// # Errors
    /// When the registry cannot be written.
    pub fn confirm_clock(&self) -> Result<Option<OffsetDateTime>, RegistryError> {
        let now = self.now();
        let seen = self.meta()?.last_seen_at;
        if !went_back(now, seen) {
            return Ok(None);
        }
        let event =
            self.event("clock.confirmed", &self.id().to_string(), json!({ "seen": seen.unix_timestamp(), "now": now.unix_timestamp() }));
        self.change(|tx| {
            tx.confirm_clock(now)?;
            tx.append_audit(&event)?;
            Ok(Some(seen))
        })
    }
}
