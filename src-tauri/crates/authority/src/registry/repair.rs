//! Making right again what can be derived: a certificate's columns from its DER, its standing from its revocation. What was signed is read and
//! never written.

use pki::{Certificate, Fingerprint};

use super::cell::{Bound, Cells};
use super::certificates::{CertificateRow, Standing};
use super::check::differing_columns;
use super::facts::CertificateFacts;
use super::ids::CertificateId;
use super::search::sort_name;
use super::{Read, RegistryError, Write};

/// Certificates per transaction.
const BATCH: u32 = 500;

/// What one step of a repair has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepairedBatch {
    /// Where the next step begins; `None` after the last.
    pub next: Option<CertificateId>,
    /// How many certificates were looked at.
    pub seen: u64,
    /// Those whose columns were made anew.
    pub changed: Vec<CertificateId>,
    /// How many were left as they are, because their DER is damaged or missing or a cell cannot be derived.
    pub left: u64,
}

/// A certificate's row, as far as a repair needs it.
struct Raw {
    id: CertificateId,
    fingerprint: Option<Fingerprint>,
    der: Option<Vec<u8>>,
}

impl Read<'_> {
    fn raw_batch(&self, after: Option<CertificateId>) -> Result<Vec<Raw>, RegistryError> {
        let sql = "SELECT c.id, c.fingerprint, d.der FROM certificates c LEFT JOIN certificate_ders d ON d.certificate = c.id WHERE c.id > ?1 ORDER BY c.id LIMIT ?2";
        let after = after.map_or(i64::MIN, |CertificateId(id)| id);
        self.rows("certificates", sql, &[&after, &BATCH], |cells: &Cells<'_>| {
            Ok(Raw { id: cells.get("id")?, fingerprint: cells.get("fingerprint").ok(), der: cells.get("der").unwrap_or_default() })
        })
    }

    /// The row as it is, or nothing if a cell of it cannot be read.
    fn readable(&self, id: CertificateId) -> Result<Option<CertificateRow>, RegistryError> {
        match self.certificate(id) {
            Err(RegistryError::Cell { .. }) => Ok(None),
            other => other,
        }
    }
}

impl Write<'_> {
    /// Makes the columns of the next certificates after `after` anew from their DER, and their standing from their revocations. Counters and
    /// indexes are not kept up: [`Write::rebuild_derived`] comes afterwards if anything was changed.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn repair_certificates(&self, after: Option<CertificateId>) -> Result<RepairedBatch, RegistryError> {
        let mut done = RepairedBatch::default();
        for Raw { id, fingerprint, der } in self.raw_batch(after)? {
            done.next = Some(id);
            done.seen += 1;
            let whole = der.filter(|der| fingerprint == Some(Fingerprint::of(der))).and_then(|der| Certificate::from_der(&der).ok());
            let Some(certificate) = whole else {
                done.left += 1;
                continue;
            };
            let mut changed = self.repair_facts(id, &CertificateFacts::of(&certificate))?;
            changed |= self.repair_standing(id)?;
            if changed {
                done.changed.push(id);
            }
            if self.readable(id)?.is_none() {
                done.left += 1;
            }
        }
        if done.seen < u64::from(BATCH) {
            done.next = None;
        }
        Ok(done)
    }

    fn repair_facts(&self, id: CertificateId, facts: &CertificateFacts) -> Result<bool, RegistryError> {
        let (sorted, issuer_hash) = (sort_name(&facts.display_name), facts.issuer_hash());
        let hidden = "SELECT id FROM certificates WHERE id = ?1 AND sort_name = ?2 AND issuer_hash = ?3";
        let hidden_fit = self.row("certificates", hidden, &[&Bound(&id), &sorted, &Bound(&issuer_hash)], |_| Ok(()))?.is_some();
        if hidden_fit && self.readable(id)?.is_some_and(|row| differing_columns(&row.facts, facts).is_empty()) {
            return Ok(false);
        }
        // Only what differs is written: every column named here stands in an index, and one that is right already costs nothing.
        let columns: [(&str, &dyn rusqlite::ToSql); 15] = [
            ("kind", &Bound(&facts.kind)),
            ("class", &Bound(&facts.class)),
            ("serial", &Bound(&facts.serial)),
            ("issuer_hash", &Bound(&issuer_hash)),
            ("subject_key_id", &Bound(&facts.subject_key_id)),
            ("authority_key_id", &Bound(&facts.authority_key_id)),
            ("subject", &Bound(&facts.subject)),
            ("issuer", &Bound(&facts.issuer)),
            ("display_name", &facts.display_name),
            ("sort_name", &sorted),
            ("names", &Bound(&facts.names)),
            ("not_before", &Bound(&facts.not_before)),
            ("not_after", &Bound(&facts.not_after)),
            ("key_kind", &facts.key_kind),
            ("key_fingerprint", &Bound(&facts.key_fingerprint)),
        ];
        let mut changed = 0;
        for (column, value) in columns {
            let sql = format!("UPDATE certificates SET {column} = ?2 WHERE id = ?1 AND {column} IS NOT ?2");
            changed += self.execute(&sql, &[&Bound(&id), value])?;
        }
        Ok(changed > 0)
    }

    /// The revocation is the record; the certificate's own row repeats it for lists.
    fn repair_standing(&self, id: CertificateId) -> Result<bool, RegistryError> {
        let revocation = self.revocations_of(id)?.into_iter().rfind(|row| row.lifted_at.is_none());
        let row = self.readable(id)?;
        if let Some(revocation) = revocation {
            let standing = match revocation.reason {
                pki::RevocationReason::CertificateHold => Standing::Held,
                _ => Standing::Revoked,
            };
            if row.is_some_and(|row| row.state.standing == standing && row.state.reason == Some(revocation.reason)) {
                return Ok(false);
            }
            let sql = "UPDATE certificates SET standing = ?2, revoked_at = ?3, revocation_reason = ?4, invalidity_date = ?5 WHERE id = ?1";
            let (at, date) = (revocation.revoked_at, revocation.invalidity_date);
            self.execute(sql, &[&Bound(&id), &Bound(&standing), &Bound(&at), &Bound(&revocation.reason), &Bound(&date)])?;
            return Ok(true);
        }
        let Some(row) = row else {
            // What stands there is no word at all, and nothing else in the row says that it was revoked.
            let sql = "UPDATE certificates SET standing = CASE WHEN superseded_by IS NULL THEN 'good' ELSE 'superseded' END WHERE id = ?1 \
                AND standing NOT IN ('good', 'superseded', 'revoked', 'held') AND revoked_at IS NULL AND revocation_reason IS NULL";
            return Ok(self.execute(sql, &[&Bound(&id)])? > 0);
        };
        // Whoever is said to be revoked stays so: without a revocation there is nothing to say the contrary by.
        let standing = match (row.state.standing, row.state.superseded_by) {
            (Standing::Superseded, None) => Standing::Good,
            (Standing::Good, Some(_)) => Standing::Superseded,
            _ => return Ok(false),
        };
        self.execute("UPDATE certificates SET standing = ?2 WHERE id = ?1", &[&Bound(&id), &Bound(&standing)])?;
        Ok(true)
    }

    /// Makes every index anew from its table, and brings back indexes and triggers that are gone.
    ///
    /// # Errors
    /// `Damaged` if a table cannot be read.
    pub fn reindex(&self) -> Result<(), RegistryError> {
        self.restore_schema_parts()?;
        self.connection.execute_batch("REINDEX").map_err(RegistryError::from)
    }
}
