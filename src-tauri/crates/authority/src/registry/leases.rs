//! Leases: who may do what only one program may do at a time. A lease ends by itself, so a crash holds nobody up for long.

use time::{Duration, OffsetDateTime};

use super::cell::Bound;
use super::{Read, RegistryError, Write};

impl Read<'_> {
    /// Who holds a lease at `now`.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn lease_holder(&self, name: &str, now: OffsetDateTime) -> Result<Option<String>, RegistryError> {
        self.row("leases", "SELECT name, holder FROM leases WHERE name = ?1 AND until > ?2", &[&name, &Bound(&now)], |cells| {
            cells.get("holder")
        })
    }
}

impl Write<'_> {
    /// Takes or renews a lease until a moment. Returns false if another holds it. One that would last longer by an hour than what is asked for was given out
    /// by a clock that was ahead: it holds nobody up.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn take_lease(&self, name: &str, holder: &str, now: OffsetDateTime, until: OffsetDateTime) -> Result<bool, RegistryError> {
        let sql = "INSERT INTO leases (name, holder, until) VALUES (?1, ?2, ?4) \
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE leases.holder = excluded.holder OR leases.until <= ?3 OR leases.until > ?5";
        let ahead = until.saturating_add(Duration::HOUR);
        Ok(self.execute(sql, &[&name, &holder, &Bound(&now), &Bound(&until), &Bound(&ahead)])? == 1)
    }

    /// Gives a lease back; another's stays.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn release_lease(&self, name: &str, holder: &str) -> Result<(), RegistryError> {
        self.execute("DELETE FROM leases WHERE name = ?1 AND holder = ?2", &[&name, &holder])?;
        Ok(())
    }
}
