//! What a CRL of ours lists that an earlier one does not, and the other way round: read from the numbers of the entries, without either list.

use std::collections::HashMap;

use pki::{CrlNumber, SerialNumber};

use super::cell::{Bound, words};
use super::crl_entries::LISTED;
use super::ids::GenerationId;
use super::{Read, RegistryError};

words! {
    /// Why an entry is on no CRL any more.
    pub enum EntryEnd {
        /// Its certificate had ended, and a CRL issued after that has listed it (RFC 5280 3.3).
        Expired = "expired",
        /// Its hold was lifted.
        Lifted = "lifted",
        /// Another entry of the same serial has taken its place.
        Replaced = "replaced",
    }
}

/// One serial that two CRLs have differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlEntryChange {
    /// The serial.
    pub serial: SerialNumber,
    /// The entry of the earlier CRL, DER; `None` if it has none.
    pub from: Option<Vec<u8>>,
    /// The entry of the later CRL, DER; `None` if it has none.
    pub to: Option<Vec<u8>>,
    /// Why the later CRL has none.
    pub end: Option<EntryEnd>,
}

impl Read<'_> {
    /// What the base CRL of the number `to` says that the one of the number `from` does not (`None`: nothing was listed before). First what is new or
    /// changed, in the order of the list, then what is gone. What is in memory is what has changed, not what is listed.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn crl_entry_changes(
        &self,
        generation: GenerationId,
        from: Option<&CrlNumber>,
        to: &CrlNumber,
    ) -> Result<Vec<CrlEntryChange>, RegistryError> {
        let mut gone: HashMap<SerialNumber, (usize, Vec<u8>, Option<EntryEnd>)> = HashMap::new();
        if let Some(from) = from {
            let sql = "SELECT id, serial, encoded, closed FROM crl_entries WHERE generation = ?1 AND last_crl >= ?2 AND last_crl < ?3 AND first_crl <= ?2 ORDER BY id";
            let rows = self.rows("crl_entries", sql, &[&Bound(&generation), &Bound(from), &Bound(to)], |cells| {
                Ok((cells.get::<SerialNumber>("serial")?, cells.get::<Vec<u8>>("encoded")?, cells.get::<Option<EntryEnd>>("closed")?))
            })?;
            gone.extend(rows.into_iter().enumerate().map(|(place, (serial, encoded, end))| (serial, (place, encoded, end))));
        }
        let zero = CrlNumber::from_u64(0);
        let since = if from.is_some() { "first_crl > ?3" } else { "first_crl >= ?3" };
        let sql = format!("SELECT id, serial, encoded FROM crl_entries WHERE {LISTED} AND {since} ORDER BY id");
        let new = self.rows("crl_entries", &sql, &[&Bound(&generation), &Bound(to), &Bound(from.unwrap_or(&zero))], |cells| {
            Ok((cells.get::<SerialNumber>("serial")?, cells.get::<Vec<u8>>("encoded")?))
        })?;
        let mut changes = Vec::with_capacity(new.len() + gone.len());
        for (serial, encoded) in new {
            let before = gone.remove(&serial).map(|(_, encoded, _)| encoded);
            // An entry that went on in a row of its own says what it said.
            if before.as_ref() != Some(&encoded) {
                changes.push(CrlEntryChange { serial, from: before, to: Some(encoded), end: None });
            }
        }
        let mut left: Vec<_> = gone.into_iter().collect();
        left.sort_by_key(|(_, (place, ..))| *place);
        changes.extend(left.into_iter().map(|(serial, (_, from, end))| CrlEntryChange { serial, from: Some(from), to: None, end }));
        Ok(changes)
    }
}
