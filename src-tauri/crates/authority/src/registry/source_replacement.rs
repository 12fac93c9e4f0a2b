//! Putting what was staged in the place of what a source holds, child rows first; and the difference between the two. The methods of this file are called
//! on the connection of a staging area alone.

use pki::{CrlNumber, Fingerprint, SerialNumber};

use super::cell::{Bound, words};
use super::ids::SourceId;
use super::sources::SourceMemberKind;
use super::{Read, RegistryError, Write};

words! {
    /// What a change is.
    pub enum SourceChangeKind {
        /// Something of the same name and number is there with other bytes.
        Changed = "changed",
        /// It goes.
        Removed = "removed",
        /// It comes.
        Added = "added",
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceChangeRow {
    /// What it is.
    pub change: SourceChangeKind,
    /// The kind of the certificate; `None` for a CRL.
    pub kind: Option<SourceMemberKind>,
    /// The country; empty where none is named.
    pub country: String,
    /// Subject of the certificate, issuer of the CRL, RFC 4514.
    pub name: String,
    /// Serial number of the certificate.
    pub serial: Option<SerialNumber>,
    /// Number of the CRL.
    pub number: Option<CrlNumber>,
    /// What comes, or goes.
    pub sha256: Fingerprint,
    /// What it takes the place of.
    pub before: Option<Fingerprint>,
}

/// The difference between what a source holds and what was staged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceDifferenceRow {
    /// Certificates and CRLs that are added.
    pub added: u64,
    /// Those that are removed.
    pub removed: u64,
    /// Those that are changed.
    pub changed: u64,
    /// Those that stay.
    pub unchanged: u64,
    /// Things that were staged into quarantine.
    pub quarantined: u64,
    /// Certificates that were there and that come.
    pub certificates: (u64, u64),
    /// CRLs that were there and that come.
    pub crls: (u64, u64),
    /// Entries of CRLs that were there and that come.
    pub revoked: (u64, u64),
    /// The changes, as many as were asked for: changed, removed, added.
    pub items: Vec<SourceChangeRow>,
}

impl SourceDifferenceRow {
    /// Whether nothing is added, removed or changed.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.added == 0 && self.removed == 0 && self.changed == 0
    }
}

/// What comes and what goes, and which of it belongs together; made anew for each comparison. A CRL is that of its issuer and key.
const COMPARISON: &str = "
DROP TABLE IF EXISTS temp.come; DROP TABLE IF EXISTS temp.gone; DROP TABLE IF EXISTS temp.pairs;
CREATE TEMP TABLE come (sha256 BLOB NOT NULL PRIMARY KEY, crl INTEGER NOT NULL, issuer BLOB NOT NULL, mark BLOB NOT NULL, paired INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TEMP TABLE gone (sha256 BLOB NOT NULL PRIMARY KEY, crl INTEGER NOT NULL, issuer BLOB NOT NULL, mark BLOB NOT NULL, row INTEGER NOT NULL) STRICT;
CREATE TEMP TABLE pairs (come BLOB NOT NULL PRIMARY KEY, gone BLOB NOT NULL UNIQUE) STRICT;";

impl Read<'_> {
    /// Compares what was staged with what a source holds. Lists at most `limit` changes.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub(crate) fn compare_staged(&self, source: SourceId, quarantined: u64, limit: u32) -> Result<SourceDifferenceRow, RegistryError> {
        self.connection.execute_batch(COMPARISON)?;
        let of_source: [&dyn rusqlite::ToSql; 1] = [&Bound(&source)];
        self.execute(
            "INSERT INTO temp.come (sha256, crl, issuer, mark) SELECT s.sha256, 0, s.issuer, s.serial FROM temp.staged_certificates s \
            WHERE NOT EXISTS (SELECT 1 FROM main.source_certificates c JOIN main.source_members m ON m.source = ?1 AND m.certificate = c.id WHERE c.sha256 = s.sha256)",
            &of_source,
        )?;
        self.execute(
            "INSERT INTO temp.gone (sha256, crl, issuer, mark, row) SELECT c.sha256, 0, c.issuer, c.serial, c.id FROM main.source_members m \
            JOIN main.source_certificates c ON c.id = m.certificate WHERE m.source = ?1 \
            AND NOT EXISTS (SELECT 1 FROM temp.staged_certificates s WHERE s.sha256 = c.sha256)",
            &of_source,
        )?;
        self.execute(
            "INSERT INTO temp.come (sha256, crl, issuer, mark) SELECT s.sha256, 1, s.issuer, ifnull(s.authority_key_id, x'') FROM temp.staged_crls s \
            WHERE NOT EXISTS (SELECT 1 FROM main.source_crls c WHERE c.source = ?1 AND c.sha256 = s.sha256)",
            &of_source,
        )?;
        self.execute(
            "INSERT INTO temp.gone (sha256, crl, issuer, mark, row) SELECT c.sha256, 1, c.issuer, ifnull(c.authority_key_id, x''), c.id FROM main.source_crls c \
            WHERE c.source = ?1 AND NOT EXISTS (SELECT 1 FROM temp.staged_crls s WHERE s.sha256 = c.sha256)",
            &of_source,
        )?;
        // One for one: of several with the same name and number the first is taken.
        self.connection.execute_batch(
            "CREATE INDEX temp.come_by_name ON come (crl, issuer, mark);
            INSERT OR IGNORE INTO temp.pairs (come, gone) SELECT (SELECT min(n.sha256) FROM temp.come n WHERE (n.crl, n.issuer, n.mark) = (g.crl, g.issuer, g.mark)), g.sha256 \
            FROM temp.gone g WHERE EXISTS (SELECT 1 FROM temp.come n WHERE (n.crl, n.issuer, n.mark) = (g.crl, g.issuer, g.mark));",
        )?;
        let count = |sql: &str| self.number(sql, &[]).map(|number| u64::try_from(number).unwrap_or(0));
        let held = |sql: &str| self.number(sql, &[super::cell::owned(&source)]).map(|number| u64::try_from(number).unwrap_or(0));
        let changed = count("SELECT count(*) FROM temp.pairs")?;
        let (come, gone) = (count("SELECT count(*) FROM temp.come")?, count("SELECT count(*) FROM temp.gone")?);
        let certificates =
            (held("SELECT certificates FROM main.sources WHERE id = ?1")?, count("SELECT count(*) FROM temp.staged_certificates")?);
        let crls = (held("SELECT crls FROM main.sources WHERE id = ?1")?, count("SELECT count(*) FROM temp.staged_crls")?);
        let revoked = (held("SELECT revoked FROM main.sources WHERE id = ?1")?, count("SELECT sum(entries) FROM temp.staged_crls")?);
        Ok(SourceDifferenceRow {
            added: come.saturating_sub(changed),
            removed: gone.saturating_sub(changed),
            changed,
            unchanged: certificates.1.saturating_add(crls.1).saturating_sub(come),
            quarantined,
            certificates,
            crls,
            revoked,
            items: self.staged_changes(source, limit)?,
        })
    }

    fn staged_changes(&self, source: SourceId, limit: u32) -> Result<Vec<SourceChangeRow>, RegistryError> {
        let sql = "SELECT * FROM (
            SELECT s.sha256 AS sha256, CASE WHEN p.come IS NULL THEN 'added' ELSE 'changed' END AS change, s.kind AS kind, s.country AS country, s.subject_text AS name,
                s.serial AS serial, NULL AS number, p.gone AS before FROM temp.come n JOIN temp.staged_certificates s ON s.sha256 = n.sha256 LEFT JOIN temp.pairs p ON p.come = n.sha256 WHERE n.crl = 0
            UNION ALL SELECT s.sha256, CASE WHEN p.come IS NULL THEN 'added' ELSE 'changed' END, NULL, s.country, s.issuer_text, NULL, s.number, p.gone
                FROM temp.come n JOIN temp.staged_crls s ON s.sha256 = n.sha256 LEFT JOIN temp.pairs p ON p.come = n.sha256 WHERE n.crl = 1
            UNION ALL SELECT c.sha256, 'removed', m.kind, m.country, c.subject_text, c.serial, NULL, NULL FROM temp.gone g JOIN main.source_certificates c ON c.id = g.row
                JOIN main.source_members m ON m.source = ?1 AND m.certificate = c.id WHERE g.crl = 0 AND NOT EXISTS (SELECT 1 FROM temp.pairs p WHERE p.gone = g.sha256)
            UNION ALL SELECT c.sha256, 'removed', NULL, c.country, c.issuer_text, NULL, c.number, NULL FROM temp.gone g JOIN main.source_crls c ON c.id = g.row
                WHERE g.crl = 1 AND NOT EXISTS (SELECT 1 FROM temp.pairs p WHERE p.gone = g.sha256)
            ) ORDER BY CASE change WHEN 'changed' THEN 0 WHEN 'removed' THEN 1 ELSE 2 END, country, name, sha256 LIMIT ?2";
        self.rows("source_certificates", sql, &[&Bound(&source), &limit], |cells| {
            Ok(SourceChangeRow {
                change: cells.get("change")?,
                kind: cells.get("kind")?,
                country: cells.get("country")?,
                name: cells.get("name")?,
                serial: cells.get("serial")?,
                number: cells.get("number")?,
                sha256: cells.get("sha256")?,
                before: cells.get("before")?,
            })
        })
    }
}

impl Write<'_> {
    /// Puts what was staged and compared in the place of what the source holds. What stays is not touched.
    ///
    /// # Errors
    /// [`RegistryError`]; nothing has happened then, as the transaction is undone.
    pub(crate) fn replace_source_content(&self, source: SourceId) -> Result<(), RegistryError> {
        let of_source: [&dyn rusqlite::ToSql; 1] = [&Bound(&source)];
        // What goes: children before those that they belong to.
        self.execute("DELETE FROM source_quarantine WHERE source = ?1", &of_source)?;
        self.execute("DELETE FROM source_countries WHERE source = ?1", &of_source)?;
        for table in ["source_revoked", "source_crl_chunks"] {
            self.execute(&format!("DELETE FROM main.{table} WHERE crl IN (SELECT row FROM temp.gone WHERE crl = 1)"), &[])?;
        }
        self.execute("DELETE FROM main.source_crls WHERE id IN (SELECT row FROM temp.gone WHERE crl = 1)", &[])?;
        self.execute(
            "DELETE FROM main.source_members WHERE source = ?1 AND certificate IN (SELECT row FROM temp.gone WHERE crl = 0)",
            &of_source,
        )?;
        self.leave_certificates("SELECT row FROM temp.gone WHERE crl = 0", &[])?;
        // What comes: those that others belong to before these.
        self.execute(
            "INSERT INTO main.source_certificates (sha256, sources, serial, issuer, issuer_text, subject, subject_text, subject_key_id, authority_key_id, country, key_kind, not_before, not_after, der) \
            SELECT s.sha256, 0, s.serial, s.issuer, s.issuer_text, s.subject, s.subject_text, s.subject_key_id, s.authority_key_id, s.country, s.key_kind, s.not_before, s.not_after, s.der \
            FROM temp.come n JOIN temp.staged_certificates s ON s.sha256 = n.sha256 WHERE n.crl = 0 ON CONFLICT (sha256) DO NOTHING",
            &[],
        )?;
        self.execute(
            "UPDATE main.source_certificates SET sources = sources + 1 WHERE sha256 IN (SELECT sha256 FROM temp.come WHERE crl = 0)",
            &[],
        )?;
        self.execute(
            "INSERT INTO main.source_members (source, certificate, kind, country) SELECT ?1, c.id, s.kind, s.country FROM temp.come n \
            JOIN temp.staged_certificates s ON s.sha256 = n.sha256 JOIN main.source_certificates c ON c.sha256 = n.sha256 WHERE n.crl = 0",
            &of_source,
        )?;
        self.execute(
            "INSERT INTO main.source_crls (source, sha256, issuer, issuer_text, authority_key_id, country, number, this_update, next_update, signature, entries, size) \
            SELECT ?1, s.sha256, s.issuer, s.issuer_text, s.authority_key_id, s.country, s.number, s.this_update, s.next_update, s.signature, s.entries, s.size \
            FROM temp.come n JOIN temp.staged_crls s ON s.sha256 = n.sha256 WHERE n.crl = 1",
            &of_source,
        )?;
        // A certificate that came may vouch for a CRL that was there.
        self.execute(
            "UPDATE main.source_crls SET signature = (SELECT s.signature FROM temp.staged_crls s WHERE s.sha256 = main.source_crls.sha256) \
            WHERE source = ?1 AND EXISTS (SELECT 1 FROM temp.staged_crls s WHERE s.sha256 = main.source_crls.sha256 AND s.signature <> main.source_crls.signature)",
            &of_source,
        )?;
        let joined = "FROM temp.come n JOIN temp.staged_crls s ON s.sha256 = n.sha256 JOIN main.source_crls c ON c.source = ?1 AND c.sha256 = n.sha256";
        self.execute(
            &format!(
                "INSERT INTO main.source_crl_chunks (crl, part, bytes) SELECT c.id, k.part, k.bytes {joined} JOIN temp.staged_crl_chunks k ON k.crl = s.id WHERE n.crl = 1"
            ),
            &of_source,
        )?;
        // In the order of the table, so that it grows at its end.
        self.execute(
            &format!(
                "INSERT INTO main.source_revoked (crl, serial, position, revoked_at, reason) SELECT c.id, r.serial, r.position, r.revoked_at, r.reason {joined} \
                JOIN temp.staged_revoked r ON r.crl = s.id WHERE n.crl = 1 ORDER BY c.id, r.serial, r.position"
            ),
            &of_source,
        )?;
        self.execute(
            "INSERT INTO main.source_quarantine (source, place, reason, detail, size, sha256, bytes) \
            SELECT ?1, place, reason, detail, size, sha256, bytes FROM temp.staged_quarantine ORDER BY rowid",
            &of_source,
        )?;
        self.execute(
            "INSERT INTO main.source_countries (source, country, kind, count, next_update) \
            SELECT ?1, country, kind, count(*), NULL FROM temp.staged_certificates GROUP BY country, kind \
            UNION ALL SELECT ?1, country, 'crl', count(*), min(next_update) FROM temp.staged_crls GROUP BY country",
            &of_source,
        )?;
        self.change(
            "sources",
            &source,
            "UPDATE main.sources SET certificates = (SELECT count(*) FROM temp.staged_certificates), crls = (SELECT count(*) FROM temp.staged_crls), \
            revoked = (SELECT ifnull(sum(entries), 0) FROM temp.staged_crls), quarantined = (SELECT count(*) FROM temp.staged_quarantine), \
            next_update = (SELECT min(next_update) FROM temp.staged_crls) WHERE id = ?1",
            &of_source,
        )
    }

    /// Takes everything from a source that it holds, child rows first.
    pub(super) fn drop_source_content(&self, source: SourceId) -> Result<(), RegistryError> {
        let of_source: [&dyn rusqlite::ToSql; 1] = [&Bound(&source)];
        for table in ["source_revoked", "source_crl_chunks"] {
            self.execute(&format!("DELETE FROM {table} WHERE crl IN (SELECT id FROM source_crls WHERE source = ?1)"), &of_source)?;
        }
        for table in ["source_quarantine", "source_countries", "source_crls"] {
            self.execute(&format!("DELETE FROM {table} WHERE source = ?1"), &of_source)?;
        }
        // Who is left by this source alone goes with it; it is told before the membership is gone.
        self.connection.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS left_by (certificate INTEGER NOT NULL PRIMARY KEY) STRICT; DELETE FROM temp.left_by;",
        )?;
        self.execute("INSERT INTO temp.left_by SELECT certificate FROM main.source_members WHERE source = ?1", &of_source)?;
        self.execute("DELETE FROM source_members WHERE source = ?1", &of_source)?;
        self.leave_certificates("SELECT certificate FROM temp.left_by", &[])?;
        self.execute("DELETE FROM temp.left_by", &[]).map(drop)
    }

    /// One source less has the certificates that a statement names; those that no source has any more go.
    fn leave_certificates(&self, which: &str, parameters: &[&dyn rusqlite::ToSql]) -> Result<(), RegistryError> {
        self.execute(&format!("UPDATE main.source_certificates SET sources = sources - 1 WHERE id IN ({which})"), parameters)?;
        self.execute(&format!("DELETE FROM main.source_certificates WHERE sources = 0 AND id IN ({which})"), parameters).map(drop)
    }
}
