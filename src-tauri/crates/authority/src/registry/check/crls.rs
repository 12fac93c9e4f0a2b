//! CRLs against their bytes: the kept DER, the entries, and every past CRL put together again.

use aws_lc_rs::digest;
use pki::crl::{Crl, CrlEntry};
use pki::{CrlNumber, Fingerprint, SerialNumber};
use rusqlite::ToSql;

use super::Findings;
use crate::registry::cell::Cells;
use crate::registry::crl_beside::unlisted_by_the_signer;
use crate::registry::crl_completeness::unlisted_revocations;
use crate::registry::crl_scopes::EntrySubject;
use crate::registry::crls::{COLUMNS, CrlKind, CrlRow, crl_row};
use crate::registry::ids::GenerationId;
use crate::registry::{Read, RegistryError};

impl Read<'_> {
    pub(super) fn check_crls(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let outcome = self.check_crl_rows(found);
        found.part("crls", outcome)?;
        let outcome = self.check_crl_entries(found);
        found.part("crl_entries", outcome)?;
        let outcome = self.check_revocations(found);
        found.part("revocations", outcome)
    }

    fn check_crl_rows(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let mut statement = self.connection.prepare(&format!("SELECT {COLUMNS} FROM crls ORDER BY id"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if found.watch.cancelled() {
                return Err(RegistryError::Cancelled);
            }
            let Some(row) = found.kept(crl_row(&Cells::new("crls", row)))? else { continue };
            let place = format!("CRL {}", row.id);
            if !row.crl.scope.is_empty() && !self.has_crl_scope(row.crl.generation, &row.crl.scope)? {
                found.add(
                    &place,
                    "row_without_parent",
                    format!("its scope {} is not on record, so that no list would follow it", row.crl.scope),
                );
            }
            // The two ways to its bytes, each by its own rows: a CRL of ours can be put together again for ever.
            let kept = self.kept_crl(&row);
            let Some(kept) = found.kept(kept)? else { continue };
            if kept.as_ref().is_some_and(|der| Fingerprint::of(der) != row.crl.sha256) {
                found.add(&place, "crl_changed", format!("its DER does not have the SHA-256 {}", row.crl.sha256));
                continue;
            }
            if !row.crl.imported {
                let rebuilt = self.rebuilt_crl(&row);
                let Some((sha256, entries)) = found.kept(rebuilt)? else { continue };
                if sha256 != row.crl.sha256 || entries != row.crl.entry_count {
                    let told = format!("put together from {entries} entries it does not have the SHA-256 {}", row.crl.sha256);
                    found.add(&place, "crl_changed", told);
                    continue;
                }
            }
            if let Some(der) = kept {
                match Crl::from_vec(der) {
                    Ok(crl) => {
                        let differing = differing_columns(&row, &crl);
                        if !differing.is_empty() {
                            found.add(&place, "crl_columns_differ", differing.join(", "));
                        }
                    }
                    Err(error) => found.add(&place, "crl_unreadable", error.to_string()),
                }
            } else if let Some(crl) = self.parsed_crl(&row)? {
                let differing = differing_columns(&row, &crl);
                if !differing.is_empty() {
                    found.add(&place, "crl_columns_differ", differing.join(", "));
                }
            }
        }
        Ok(())
    }

    /// The DER that is kept of a CRL, if it still is.
    fn kept_crl(&self, row: &CrlRow) -> Result<Option<Vec<u8>>, RegistryError> {
        let mut der = Vec::new();
        let kept = self.crl_der(row.id, |bytes| {
            der.extend_from_slice(bytes);
            Ok::<_, RegistryError>(())
        })?;
        Ok(kept.then_some(der))
    }

    /// The SHA-256 of a CRL put together from header, entries and trailer, and the number of entries. Nothing of it is held in memory.
    pub(in crate::registry) fn rebuilt_crl(&self, row: &CrlRow) -> Result<(Fingerprint, u64), RegistryError> {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(&row.crl.header);
        let entries = self.crl_contents(row, |entry| {
            hash.update(entry);
            Ok::<_, RegistryError>(())
        })?;
        hash.update(&row.crl.trailer);
        let octets = <[u8; 32]>::try_from(hash.finish().as_ref()).unwrap_or_default();
        Ok((Fingerprint::from_bytes(octets), entries))
    }

    /// A past CRL, read again, where its bytes can be had.
    fn parsed_crl(&self, row: &CrlRow) -> Result<Option<Crl>, RegistryError> {
        // What was taken in lists entries under other numbers.
        if row.crl.imported {
            return Ok(None);
        }
        let mut der = row.crl.header.clone();
        self.crl_contents(row, |entry| {
            der.extend_from_slice(entry);
            Ok::<_, RegistryError>(())
        })?;
        der.extend_from_slice(&row.crl.trailer);
        Ok(Crl::from_vec(der).ok())
    }

    fn check_crl_entries(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let sql = "SELECT id, generation, serial, encoded, not_after, first_crl, last_crl, closed, crl_urls, of_authority FROM crl_entries ORDER BY id";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if found.watch.cancelled() {
                return Err(RegistryError::Cancelled);
            }
            let cells = Cells::new("crl_entries", row);
            let read = || {
                let generation = cells.get::<GenerationId>("generation")?;
                cells.get::<Option<time::OffsetDateTime>>("not_after")?;
                let about = EntrySubject { crl_urls: cells.get("crl_urls")?, of_authority: cells.get("of_authority")? };
                let first = cells.get::<Option<CrlNumber>>("first_crl")?;
                let last = cells.get::<Option<CrlNumber>>("last_crl")?;
                let closed = cells.get::<Option<String>>("closed")?;
                if let Some(closed) = closed.filter(|closed| !["expired", "lifted", "replaced"].contains(&closed.as_str())) {
                    return Err(cells.refuse("closed", format!("{closed:?} is no way to end")));
                }
                if last.is_some() && last < first {
                    return Err(cells.refuse("last_crl", "it was last listed before it was first".to_owned()));
                }
                Ok((generation, about, cells.get::<i64>("id")?, cells.get::<SerialNumber>("serial")?, cells.get::<Vec<u8>>("encoded")?))
            };
            let Some((generation, about, id, serial, encoded)) = found.kept(read())? else { continue };
            let fits = CrlEntry::from_der(&encoded).is_ok_and(|entry| entry.serial().is_ok_and(|listed| listed == serial));
            if !fits {
                found.add(&format!("crl_entries {id}"), "crl_entry_differs", format!("serial {serial}"));
            }
            // An entry that is about another part than its certificate is missing where that is looked for. One that says nothing is everywhere.
            if about != EntrySubject::default() {
                let said = self.entry_subject(generation, &serial);
                let said = found.kept(said)?.filter(|said| *said != EntrySubject::default());
                if said.is_some_and(|said| said != about) {
                    let told = format!("serial {serial} is not about what its certificate names");
                    found.add(&format!("crl_entries {id}"), "crl_entry_differs", told);
                }
            }
        }
        Ok(())
    }

    /// A certificate that was revoked says so in its own row, in its revocation and in the entry of the CRLs: one of the three alone would make a
    /// revoked certificate pass for a good one. An entry that has ended while the certificate is valid lists nothing.
    fn check_revocations(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let differing = "SELECT r.certificate AS certificate FROM revocations r JOIN certificates c ON c.id = r.certificate WHERE r.lifted_at IS NULL \
                AND (c.standing NOT IN ('revoked', 'held') OR c.revocation_reason IS NOT r.reason OR c.serial <> r.serial OR c.issuer_hash <> r.issuer_hash) \
            UNION ALL SELECT c.id FROM certificates c WHERE c.standing IN ('revoked', 'held') \
                AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.certificate = c.id AND r.lifted_at IS NULL) \
            UNION ALL SELECT c.id FROM certificates c WHERE (c.standing = 'superseded' AND c.superseded_by IS NULL) \
                OR (c.standing = 'good' AND (c.superseded_by IS NOT NULL OR c.revoked_at IS NOT NULL OR c.revocation_reason IS NOT NULL))";
        self.each_number(differing, &[], |id| {
            found.add(&format!("certificate {id}"), "revocation_differs", "certificate and revocation do not say the same".to_owned());
        })?;
        for unlisted in [unlisted_revocations(), unlisted_by_the_signer()] {
            self.each_number(&unlisted, &[], |id| {
                found.add(&format!("revocations {id}"), "revocation_unlisted", "no CRL would list it".to_owned());
            })?;
        }
        Ok(())
    }

    fn each_number(&self, sql: &str, parameters: &[&dyn ToSql], mut each: impl FnMut(i64)) -> Result<(), RegistryError> {
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            each(row.get(0)?);
        }
        Ok(())
    }
}

/// The columns in which a row and its CRL differ.
fn differing_columns(row: &CrlRow, crl: &Crl) -> Vec<&'static str> {
    let recorded = &row.crl;
    // Ours are recorded at the fraction of a second at which they were made; a CRL has whole seconds.
    let second = |time: time::OffsetDateTime| time.unix_timestamp();
    let pairs = [
        ("kind", (recorded.kind == CrlKind::Delta) == crl.is_delta()),
        ("number", crl.number() == Some(&recorded.number)),
        ("base_number", crl.base_number() == recorded.base_number.as_ref()),
        ("this_update", second(crl.this_update()) == second(recorded.this_update)),
        ("next_update", crl.next_update().map(second) == recorded.next_update.map(second)),
        ("entry_count", u64::try_from(crl.entry_count()) == Ok(recorded.entry_count)),
        ("size", u64::try_from(crl.der().len()) == Ok(row.size)),
        ("header", crl.header_der() == recorded.header),
        ("trailer", crl.trailer_der() == recorded.trailer),
    ];
    pairs.into_iter().filter(|(_, equal)| !equal).map(|(column, _)| column).collect()
}
