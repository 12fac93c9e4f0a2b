//! CRL entries: each encoded once, with the numbers of the CRLs that listed it first and last. The entries of a past CRL can be listed again
//! exactly as they were.
//!
//! A CRL's entries are fixed when its number is reserved ([`Write::plan_crl`], in the intent's transaction): what is revoked or lifted while it
//! is being signed belongs to the next one.

use pki::{CrlNumber, SerialNumber};
use time::OffsetDateTime;

use super::cell::Bound;
use super::crls::CrlKind;
use super::ids::GenerationId;
use super::{Read, RegistryError, Write};

/// An entry to be listed on the CRLs of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCrlEntry {
    /// Whose CRLs.
    pub generation: GenerationId,
    /// The revoked serial.
    pub serial: SerialNumber,
    /// The revokedCertificates SEQUENCE, DER.
    pub encoded: Vec<u8>,
    /// The certificate's notAfter; `None` if it is unknown: then the entry stays for ever.
    pub not_after: Option<OffsetDateTime>,
}

/// The entries of a CRL: planned for it or an earlier one, and not ended before it.
pub(super) const LISTED: &str = "generation = ?1 AND first_crl <= ?2 AND (last_crl IS NULL OR last_crl >= ?2)";

/// Selects the highest number of a generation's CRLs, recorded or intended, with these conditions. Every run has a whole one, and all lists of a run have one
/// number: its index is asked at its end, however many lists there were.
fn highest(of_crls: &str, of_intents: &str, more: &str) -> String {
    let newest = ["base", "delta"].map(|kind| {
        format!(
            "SELECT * FROM (SELECT number FROM crls WHERE generation = ?1 AND scope = '' AND kind = '{kind}'{of_crls} ORDER BY number DESC LIMIT 1) \
            UNION ALL SELECT * FROM (SELECT crl_number FROM intents WHERE kind = 'crl' AND generation = ?1 AND crl_scope = '' AND crl_kind = '{kind}'{of_intents} \
                ORDER BY crl_number DESC LIMIT 1)"
        )
    });
    format!("SELECT 1, max(number) AS highest FROM ({}{more})", newest.join(" UNION ALL "))
}

/// Selects the highest number that entries may have been planned for.
pub(super) fn highest_planned() -> String {
    highest(" AND imported = 0", " AND state <> 'void'", "")
}

/// Entries that a CRL of a later time than `?2` was the last to list, recorded or still being signed: only a clock that was ahead makes one.
const ENDED_BY_A_LATER_TIME: &str = "e.last_crl IN (SELECT number FROM crls WHERE generation = ?1 AND kind = 'base' AND imported = 0 AND this_update > ?2 \
    UNION ALL SELECT crl_number FROM intents WHERE generation = ?1 AND kind = 'crl' AND state = 'open')";

impl Read<'_> {
    /// Hands the encoded entries that a CRL of this number lists, in their order, to `take`; returns how many there were. Serves a CRL that
    /// is planned just now as well as one long past.
    ///
    /// # Errors
    /// What `take` returns, or [`RegistryError`].
    pub fn crl_entries<E: From<RegistryError>>(
        &self,
        generation: GenerationId,
        number: &CrlNumber,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let sql = format!("SELECT id, encoded FROM crl_entries WHERE {LISTED} ORDER BY id");
        self.stream(&sql, &[&Bound(&generation), &Bound(number)], &mut take)
    }

    /// Encoded entries that no CRL lists yet, at most `limit`: what the next one adds.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn unlisted_crl_entries(&self, generation: GenerationId, limit: u32) -> Result<Vec<Vec<u8>>, RegistryError> {
        let sql = "SELECT id, encoded FROM crl_entries WHERE generation = ?1 AND first_crl IS NULL ORDER BY id LIMIT ?2";
        self.rows("crl_entries", sql, &[&Bound(&generation), &limit], |cells| cells.get("encoded"))
    }

    /// The number of the CRL that first listed the serial's entry in force; `None` while no CRL does.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn first_crl_of(&self, generation: GenerationId, serial: &SerialNumber) -> Result<Option<CrlNumber>, RegistryError> {
        let sql = "SELECT id, first_crl FROM crl_entries WHERE generation = ?1 AND serial = ?2 AND first_crl IS NOT NULL ORDER BY id DESC LIMIT 1";
        self.row("crl_entries", sql, &[&Bound(&generation), &Bound(serial)], |cells| cells.get("first_crl"))
    }

    fn stream<E: From<RegistryError>>(
        &self,
        sql: &str,
        parameters: &[&dyn rusqlite::ToSql],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut statement = self.connection.prepare_cached(sql).map_err(RegistryError::from)?;
        let mut rows = statement.query(parameters).map_err(RegistryError::from)?;
        let mut count = 0;
        while let Some(row) = rows.next().map_err(RegistryError::from)? {
            let id: i64 = row.get(0).map_err(RegistryError::from)?;
            let encoded = row.get_ref(1).map_err(RegistryError::from)?;
            let encoded = encoded.as_blob().map_err(|error| RegistryError::Cell {
                table: "crl_entries",
                column: "encoded",
                row: id.to_string(),
                problem: error.to_string(),
            })?;
            take(encoded)?;
            count += 1;
        }
        Ok(count)
    }

    /// The highest number that a CRL of this generation has, was to have, or is known to have elsewhere.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn highest_crl_number(&self, generation: GenerationId) -> Result<Option<CrlNumber>, RegistryError> {
        let sql = highest("", "", " UNION ALL SELECT crl_floor FROM generations WHERE id = ?1");
        Ok(self.row("crls", &sql, &[&Bound(&generation)], |cells| cells.get("highest"))?.flatten())
    }

    /// The highest number that entries may have been planned for: recorded or still open, a voided one not.
    fn highest_planned(&self, generation: GenerationId) -> Result<Option<CrlNumber>, RegistryError> {
        let sql = highest_planned();
        Ok(self.row("crls", &sql, &[&Bound(&generation)], |cells| cells.get("highest"))?.flatten())
    }
}

impl Write<'_> {
    /// Adds an entry; it is listed from the next planned CRL on. An entry of the same serial that is listed now is replaced: it ends with the
    /// last CRL that was planned, and whichever lists it was on have the new one, too.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn insert_crl_entry(&self, entry: &NewCrlEntry) -> Result<(), RegistryError> {
        let before = self.listed_entry_subject(entry.generation, &entry.serial)?;
        self.close_crl_entry(entry.generation, &entry.serial, "replaced")?;
        let about = self.new_entry_subject(entry.generation, &entry.serial)?.of_no_less_than(before);
        let sql =
            "INSERT INTO crl_entries (generation, serial, encoded, not_after, crl_urls, of_authority) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let key: [&dyn rusqlite::ToSql; 6] = [
            &Bound(&entry.generation),
            &Bound(&entry.serial),
            &entry.encoded,
            &Bound(&entry.not_after),
            &Bound(&about.crl_urls),
            &Bound(&about.of_authority),
        ];
        self.execute(sql, &key)?;
        Ok(())
    }

    /// Ends an entry whose hold is lifted.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn lift_crl_entry(&self, generation: GenerationId, serial: &SerialNumber) -> Result<(), RegistryError> {
        self.close_crl_entry(generation, serial, "lifted")
    }

    fn close_crl_entry(&self, generation: GenerationId, serial: &SerialNumber, closed: &str) -> Result<(), RegistryError> {
        // One that no CRL has listed leaves no trace.
        let never = "DELETE FROM crl_entries WHERE generation = ?1 AND serial = ?2 AND last_crl IS NULL AND first_crl IS NULL";
        self.execute(never, &[&Bound(&generation), &Bound(serial)])?;
        let number = self.highest_planned(generation)?;
        // Of a run whose whole list is lost a part may be all that is left; and of a key that has signed elsewhere only, its list there was the first and last.
        let sql = "UPDATE crl_entries SET last_crl = max(coalesce(?3, first_crl), first_crl), closed = ?4 WHERE generation = ?1 AND serial = ?2 AND last_crl IS NULL";
        self.execute(sql, &[&Bound(&generation), &Bound(serial), &Bound(&number), &closed])?;
        // A CRL that is being signed lists one for the last time. Should it come to nothing, it does not give that one back beside what takes its place.
        let ending = "UPDATE crl_entries SET closed = ?3 WHERE generation = ?1 AND serial = ?2 AND closed = 'expired' \
            AND last_crl IN (SELECT crl_number FROM intents WHERE generation = ?1 AND kind = 'crl' AND state = 'open')";
        self.execute(ending, &[&Bound(&generation), &Bound(serial), &closed])?;
        Ok(())
    }

    /// Fixes the entries of the CRL whose number is reserved in this transaction: new ones begin with it, and on a base those of certificates
    /// that ended before `this_update` are listed one last time (RFC 5280 3.3). Where an earlier CRL was dated later than `this_update`, by a clock
    /// that was ahead, the entries that it ended too early are listed again.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn plan_crl(
        &self,
        generation: GenerationId,
        kind: CrlKind,
        number: &CrlNumber,
        this_update: OffsetDateTime,
    ) -> Result<(), RegistryError> {
        if kind == CrlKind::Base {
            self.reopen_ended_early(generation, this_update, ENDED_BY_A_LATER_TIME)?;
        }
        self.execute(
            "UPDATE crl_entries SET first_crl = ?2 WHERE generation = ?1 AND first_crl IS NULL",
            &[&Bound(&generation), &Bound(number)],
        )?;
        if kind == CrlKind::Base {
            // A CRL that is still being signed may come to nothing, and then nobody has seen what it was the last to list.
            self.execute(
                "UPDATE crl_entries SET last_crl = ?2 WHERE generation = ?1 AND closed = 'expired' AND last_crl < ?2 AND last_crl IN \
                    (SELECT crl_number FROM intents WHERE generation = ?1 AND kind = 'crl' AND state = 'open')",
                &[&Bound(&generation), &Bound(number)],
            )?;
            let sql =
                "UPDATE crl_entries SET last_crl = ?2, closed = 'expired' WHERE generation = ?1 AND last_crl IS NULL AND not_after < ?3";
            self.execute(sql, &[&Bound(&generation), &Bound(number), &Bound(&this_update)])?;
        } else {
            // Nor may a delta say that an entry has left which nobody has seen for the last time: only a base can be the last.
            self.execute(
                "UPDATE crl_entries SET last_crl = NULL, closed = NULL WHERE generation = ?1 AND closed = 'expired' AND last_crl < ?2 AND last_crl IN \
                    (SELECT crl_number FROM intents WHERE generation = ?1 AND kind = 'crl' AND state = 'open')",
                &[&Bound(&generation), &Bound(number)],
            )?;
        }
        Ok(())
    }

    /// Lists again what ended only because a clock was ahead: revocations in force of certificates that are valid at `at`, whose entries `ended` says
    /// which CRLs have closed as expired. An entry must not leave before a CRL beyond the certificate's validity has listed it (RFC 5280 3.3). Each
    /// goes on in a row of its own, and the old one stays with its numbers: the past CRLs are put together from them byte for byte. Says how many.
    pub(super) fn reopen_ended_early(&self, generation: GenerationId, at: OffsetDateTime, ended: &str) -> Result<usize, RegistryError> {
        // A hold that was lifted after its entry was closed leaves no mark on the entry.
        let early = format!(
            "e.generation = ?1 AND e.closed = 'expired' AND e.not_after >= ?2 AND {ended} \
            AND (e.serial NOT IN (SELECT serial FROM revocations WHERE generation = ?1 AND lifted_at IS NOT NULL) \
                OR e.serial IN (SELECT serial FROM revocations WHERE generation = ?1 AND lifted_at IS NULL))"
        );
        let open = "EXISTS (SELECT 1 FROM crl_entries o WHERE o.generation = ?1 AND o.serial = e.serial AND o.last_crl IS NULL)";
        let key: [&dyn rusqlite::ToSql; 2] = [&Bound(&generation), &Bound(&at)];
        let again = format!(
            "INSERT INTO crl_entries (generation, serial, encoded, not_after, crl_urls, of_authority) \
            SELECT generation, serial, encoded, not_after, crl_urls, of_authority FROM crl_entries WHERE id IN \
                (SELECT max(e.id) FROM crl_entries e WHERE {early} AND NOT {open} GROUP BY e.serial) ORDER BY id"
        );
        let reopened = self.execute(&again, &key)?;
        // Said once: another row has taken its place.
        let sql =
            format!("UPDATE crl_entries SET closed = 'replaced' WHERE id IN (SELECT e.id FROM crl_entries e WHERE {early} AND {open})");
        self.execute(&sql, &key)?;
        Ok(reopened)
    }

    /// Undoes [`Write::plan_crl`] for a CRL that came to nothing.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn unplan_crl(&self, generation: GenerationId, number: &CrlNumber) -> Result<(), RegistryError> {
        let key: [&dyn rusqlite::ToSql; 2] = [&Bound(&generation), &Bound(number)];
        self.execute(
            "UPDATE crl_entries SET last_crl = NULL, closed = NULL WHERE generation = ?1 AND last_crl = ?2 AND closed = 'expired'",
            &key,
        )?;
        // A later CRL that was planned in the meantime has them too: for it they stay. A delta may say that one has gone which nobody has seen come.
        let later = "SELECT number FROM crls WHERE generation = ?1 AND imported = 0 AND number > ?2 UNION ALL \
                SELECT crl_number FROM intents WHERE generation = ?1 AND kind = 'crl' AND state <> 'void' AND crl_number > ?2";
        let sql = format!("DELETE FROM crl_entries WHERE generation = ?1 AND first_crl = ?2 AND last_crl = ?2 AND NOT EXISTS ({later})");
        self.execute(&sql, &key)?;
        let sql = format!(
            "UPDATE crl_entries SET first_crl = (SELECT min(number) FROM ({later})) \
                WHERE generation = ?1 AND first_crl = ?2 AND (last_crl IS NULL OR last_crl > ?2)"
        );
        self.execute(&sql, &key)?;
        Ok(())
    }
}
