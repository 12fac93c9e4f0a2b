//! What a list consists of: the entries of a base, or those that came and went since a delta's base, for the whole or for a scope. The same for a list that is
//! planned just now as for one long past, which is put together again byte for byte.

use std::collections::HashMap;

use pki::crl::RevokedEntry;
use pki::{CrlNumber, RevocationReason};

use super::cell::{Bound, Cells};
use super::crl_entries::LISTED;
use super::crl_scopes::CrlScope;
use super::crls::{CrlKind, CrlRow};
use super::ids::GenerationId;
use super::{Read, RegistryError};

/// An entry, and what it is about.
#[derive(Debug, Clone, Copy)]
pub struct ListedEntry<'a> {
    /// The revokedCertificates SEQUENCE, DER.
    pub encoded: &'a [u8],
    crl_urls: Option<&'a [String]>,
    of_authority: Option<bool>,
}

impl ListedEntry<'_> {
    /// Whether the lists of a scope have it; `None` for the whole, which has everything.
    pub fn is_in(&self, scope: Option<&CrlScope>) -> bool {
        scope.is_none_or(|scope| scope.holds(self.crl_urls, self.of_authority))
    }
}

/// Serials that a list from the number `?3` on, before `?2`, has had and that of `?2` has not. Of several rows of a serial the last.
const GONE: &str = "gone.id IN (SELECT max(id) FROM crl_entries WHERE generation = ?1 AND last_crl >= ?3 AND last_crl < ?2 AND first_crl <= last_crl GROUP BY serial) \
    AND gone.serial NOT IN (SELECT serial FROM crl_entries WHERE generation = ?1 AND last_crl >= ?2 AND first_crl <= ?2) \
    AND NOT EXISTS (SELECT 1 FROM crl_entries again WHERE again.generation = ?1 AND again.serial = gone.serial AND again.last_crl IS NULL AND again.first_crl <= ?2)";

impl Read<'_> {
    /// Hands over the entries that a base of this number lists, in their order.
    ///
    /// # Errors
    /// What `take` returns, or [`RegistryError`].
    pub fn listed_entries<E: From<RegistryError>>(
        &self,
        generation: GenerationId,
        number: &CrlNumber,
        take: impl FnMut(ListedEntry<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!("SELECT id, encoded, crl_urls, of_authority FROM crl_entries WHERE {LISTED} ORDER BY id");
        self.each_entry(&sql, &[&Bound(&generation), &Bound(number)], take)
    }

    /// Hands over what a delta of this number says about its base `base`: the entries that came, in their order, then removeFromCRL for those that
    /// are no longer listed. Some programs put a base together from an earlier delta (RFC 5280 5.2.4), so what came and went between the two is removed too.
    ///
    /// # Errors
    /// What `take` returns, or [`RegistryError`].
    pub fn changed_entries<E: From<RegistryError>>(
        &self,
        generation: GenerationId,
        base: &CrlNumber,
        number: &CrlNumber,
        mut take: impl FnMut(ListedEntry<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (generation, number, base) = (Bound(&generation), Bound(number), Bound(base));
        let key: [&dyn rusqlite::ToSql; 3] = [&generation, &number, &base];
        let came = format!("SELECT id, encoded, crl_urls, of_authority FROM crl_entries WHERE {LISTED} AND first_crl > ?3 ORDER BY id");
        self.each_entry(&came, &key, &mut take)?;
        let gone = format!(
            "SELECT gone.id AS id, gone.encoded AS encoded, gone.crl_urls AS crl_urls, gone.of_authority AS of_authority \
            FROM crl_entries gone WHERE {GONE} ORDER BY gone.id"
        );
        self.each_entry(&gone, &key, |entry| {
            let encoded = removed(entry.encoded)?;
            take(ListedEntry { encoded: &encoded, ..entry })
        })
    }

    /// Hands over the entries of a recorded list of ours, byte for byte as they stood on it. Says how many there were.
    ///
    /// # Errors
    /// What `take` returns, or [`RegistryError`]; `Cell` if it does not say what it is about.
    pub fn crl_contents<E: From<RegistryError>>(&self, row: &CrlRow, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<u64, E> {
        let crl = &row.crl;
        if crl.kind == CrlKind::Base && crl.scope.is_empty() {
            return self.crl_entries(crl.generation, &crl.number, take);
        }
        let scope = row.listed_scope()?;
        let mut count = 0;
        let each = |entry: ListedEntry<'_>| {
            if !entry.is_in(scope.as_ref()) {
                return Ok(());
            }
            count += 1;
            take(entry.encoded)
        };
        match &crl.base_number {
            None => self.listed_entries(crl.generation, &crl.number, each)?,
            Some(base) => self.changed_entries(crl.generation, base, &crl.number, each)?,
        }
        Ok(count)
    }

    fn each_entry<E: From<RegistryError>>(
        &self,
        sql: &str,
        parameters: &[&dyn rusqlite::ToSql],
        mut take: impl FnMut(ListedEntry<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.connection.prepare_cached(sql).map_err(RegistryError::from)?;
        let mut rows = statement.query(parameters).map_err(RegistryError::from)?;
        // As many as there are partitions, each said by thousands of entries.
        let mut said: HashMap<String, Vec<String>> = HashMap::new();
        while let Some(row) = rows.next().map_err(RegistryError::from)? {
            let cells = Cells::new("crl_entries", row);
            let encoded = row.get_ref("encoded").map_err(RegistryError::from)?;
            let encoded = encoded.as_blob().map_err(|error| cells.refuse("encoded", error.to_string()))?;
            let text: Option<&str> = row
                .get_ref("crl_urls")
                .map_err(RegistryError::from)?
                .as_str_or_null()
                .map_err(|error| cells.refuse("crl_urls", error.to_string()))?;
            if let Some(text) = text
                && !said.contains_key(text)
            {
                said.insert(text.to_owned(), cells.get("crl_urls")?);
            }
            let crl_urls = text.and_then(|text| said.get(text)).map(Vec::as_slice);
            take(ListedEntry { encoded, crl_urls, of_authority: cells.get("of_authority")? })?;
        }
        Ok(())
    }
}

/// The entry that takes another one off the list (RFC 5280 5.3.1).
fn removed(encoded: &[u8]) -> Result<Vec<u8>, RegistryError> {
    let damaged = |problem: String| RegistryError::Damaged { detail: format!("an entry of a CRL cannot be read: {problem}") };
    let entry = RevokedEntry::decode(encoded).map_err(|error| damaged(error.to_string()))?;
    Ok(RevokedEntry { reason: Some(RevocationReason::RemoveFromCrl), invalidity_date: None, ..entry }.encode())
}
