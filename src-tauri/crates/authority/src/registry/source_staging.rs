//! What came from a source, before it takes the place of what is there: in temporary tables on a connection of its own. They are on disk, nobody else sees
//! them, and nothing is left of them when the connection closes, however that comes. The registry itself is not locked meanwhile.

use pki::crl::{CrlEntry, CrlSummary};
use pki::{Certificate, Fingerprint, SerialNumber};
use rusqlite::{Connection, ToSql, Transaction, TransactionBehavior};

use super::cell::Bound;
use super::sources::{SourceCrlSignature, SourceMemberKind};
use super::{Read, Registry, RegistryError, Write, connection};

/// Rows between two commits of the staging area.
const BATCH: u32 = 10_000;
/// Octets of a piece of a CRL.
const CHUNK: usize = 1 << 16;

const TABLES: &str = "
CREATE TEMP TABLE staged_certificates (
    sha256 BLOB NOT NULL PRIMARY KEY, kind TEXT NOT NULL, serial BLOB NOT NULL, issuer BLOB NOT NULL, issuer_text TEXT NOT NULL, subject BLOB NOT NULL,
    subject_text TEXT NOT NULL, subject_key_id BLOB, authority_key_id BLOB, country TEXT NOT NULL, key_kind TEXT NOT NULL, not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL, der BLOB NOT NULL
) STRICT;
CREATE TEMP TABLE staged_crls (
    id INTEGER NOT NULL PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, issuer BLOB NOT NULL, issuer_text TEXT NOT NULL, authority_key_id BLOB,
    country TEXT NOT NULL, number BLOB, this_update INTEGER NOT NULL, next_update INTEGER, signature TEXT NOT NULL, entries INTEGER NOT NULL,
    size INTEGER NOT NULL
) STRICT;
CREATE TEMP TABLE staged_crl_chunks (crl INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (crl, part)) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE staged_revoked (
    crl INTEGER NOT NULL, serial BLOB NOT NULL, position INTEGER NOT NULL, revoked_at INTEGER NOT NULL, reason TEXT
) STRICT;
CREATE TEMP TABLE staged_quarantine (
    place TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, size INTEGER NOT NULL, sha256 BLOB NOT NULL, bytes BLOB NOT NULL
) STRICT;";

/// A staging area.
pub struct SourceStaging {
    connection: Connection,
    access: connection::Access,
    /// Rows since the last commit.
    rows: u32,
    quarantined: u64,
}

/// A certificate that came.
pub struct StagedCertificate<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// What it is in this list.
    pub kind: SourceMemberKind,
    /// The country that it is of; empty where it names none.
    pub country: String,
}

/// A CRL that came, all but its entries.
pub struct StagedCrl<'a> {
    /// The CRL.
    pub summary: &'a CrlSummary,
    /// The country of its issuer; empty where it names none.
    pub country: String,
    /// What is known of its signature.
    pub signature: SourceCrlSignature,
}

/// Something that came and cannot be read.
pub struct StagedQuarantine<'a> {
    /// Where it stood.
    pub place: String,
    /// Why it cannot be read, a code.
    pub reason: &'static str,
    /// The particulars.
    pub detail: String,
    /// What there is of it.
    pub bytes: &'a [u8],
}

impl Registry {
    /// Makes a staging area.
    ///
    /// # Errors
    /// `ReadOnly`, `OnShare` or `Full` before anything is done; [`RegistryError`]
    pub fn stage_source(&self) -> Result<SourceStaging, RegistryError> {
        self.writable()?;
        let connection = connection::writer(&self.path, self.access)?;
        connection.execute_batch(TABLES)?;
        connection.execute_batch("BEGIN")?;
        Ok(SourceStaging { connection, access: self.access, rows: 0, quarantined: 0 })
    }

    /// As [`Registry::write`], on the connection of a staging area, whose tables the transaction sees.
    ///
    /// # Errors
    /// As [`Registry::write`].
    pub(crate) fn write_staged<T, E: From<RegistryError>>(
        &self,
        staging: &mut SourceStaging,
        work: impl FnOnce(&Write<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.writable()?;
        staging.settle()?;
        let outcome = super::run(&staging.connection, staging.access, work);
        outcome.map_err(|failure| match failure {
            super::Failure::Storage(error) => error.into(),
            super::Failure::Work(error) => error,
        })
    }
}

impl Registry {
    /// Looks at the staging area and the registry beside it, at one moment; what is made for it is undone.
    ///
    /// # Errors
    /// What `work` returns, or [`RegistryError`].
    pub(crate) fn read_staged<T, E: From<RegistryError>>(
        &self,
        staging: &mut SourceStaging,
        work: impl FnOnce(&Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        staging.settle()?;
        let transaction = Transaction::new_unchecked(&staging.connection, TransactionBehavior::Deferred).map_err(RegistryError::from)?;
        let outcome = work(&Read::new(&transaction));
        transaction.rollback().map_err(RegistryError::from)?;
        outcome
    }
}

impl SourceStaging {
    fn put(&mut self, sql: &str, parameters: &[&dyn ToSql]) -> Result<usize, RegistryError> {
        let changed = self.connection.prepare_cached(sql)?.execute(parameters)?;
        self.rows += 1;
        if self.rows >= BATCH {
            self.connection.execute_batch("COMMIT; BEGIN")?;
            self.rows = 0;
        }
        Ok(changed)
    }

    /// Ends the transaction of the staging tables, so that one of the registry can begin.
    fn settle(&mut self) -> Result<(), RegistryError> {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("COMMIT")?;
        }
        Ok(())
    }

    /// Things in quarantine so far.
    pub fn quarantined(&self) -> u64 {
        self.quarantined
    }

    /// Takes a certificate; one that came before is passed over.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificate(&mut self, staged: &StagedCertificate<'_>) -> Result<(), RegistryError> {
        let certificate = staged.certificate;
        let validity = certificate.validity();
        let sql = "INSERT INTO staged_certificates (sha256, kind, serial, issuer, issuer_text, subject, subject_text, subject_key_id, authority_key_id, \
            country, key_kind, not_before, not_after, der) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING";
        self.put(
            sql,
            &[
                &Bound(&certificate.fingerprint()),
                &Bound(&staged.kind),
                &Bound(certificate.serial()),
                &Bound(certificate.issuer()),
                &certificate.issuer().rfc4514(),
                &Bound(certificate.subject()),
                &certificate.subject().rfc4514(),
                &Bound(&certificate.subject_key_id()),
                &Bound(&certificate.authority_key_id()),
                &staged.country,
                &certificate.public_key().algorithm().kind(),
                &Bound(&validity.not_before()),
                &Bound(&validity.not_after()),
                &certificate.der(),
            ],
        )?;
        Ok(())
    }

    /// Begins a CRL: its octets and entries come first, under this number.
    pub fn next_crl(&self) -> Result<i64, RegistryError> {
        let sql = "SELECT 1 + max((SELECT ifnull(max(id), 0) FROM staged_crls), (SELECT ifnull(max(crl), 0) FROM staged_crl_chunks))";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Takes octets of a CRL, part by part from 0, each of at most 64 KiB.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn crl_octets(&mut self, crl: i64, first_part: i64, octets: &[u8]) -> Result<i64, RegistryError> {
        let mut part = first_part;
        for bytes in octets.chunks(CHUNK) {
            self.put("INSERT INTO staged_crl_chunks (crl, part, bytes) VALUES (?1, ?2, ?3)", &[&crl, &part, &bytes])?;
            part += 1;
        }
        Ok(part)
    }

    /// Takes an entry of a CRL.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn revoked(&mut self, crl: i64, position: u64, serial: &SerialNumber, entry: &CrlEntry<'_>) -> Result<(), RegistryError> {
        self.put(
            "INSERT INTO staged_revoked (crl, serial, position, revoked_at, reason) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[&crl, &Bound(serial), &Bound(&position), &Bound(&entry.revoked_at()), &Bound(&entry.reason())],
        )?;
        Ok(())
    }

    /// Takes a CRL whose octets and entries have come; one that came before is passed over.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn crl(&mut self, id: i64, staged: &StagedCrl<'_>) -> Result<(), RegistryError> {
        let summary = staged.summary;
        let sql = "INSERT INTO staged_crls (id, sha256, issuer, issuer_text, authority_key_id, country, number, this_update, next_update, signature, entries, size) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING";
        let taken = self.put(
            sql,
            &[
                &id,
                &Bound(&summary.sha256()),
                &Bound(summary.issuer()),
                &summary.issuer().rfc4514(),
                &Bound(&summary.authority_key_id().cloned()),
                &staged.country,
                &Bound(&summary.number().cloned()),
                &Bound(&summary.this_update()),
                &Bound(&summary.next_update()),
                &Bound(&staged.signature),
                &Bound(&summary.entry_count()),
                &Bound(&summary.size()),
            ],
        )?;
        if taken == 0 {
            self.forget_crl(id)?;
        }
        Ok(())
    }

    /// The octets of a CRL that were staged.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn octets_of_crl(&self, id: i64) -> Result<Vec<u8>, RegistryError> {
        let mut statement = self.connection.prepare_cached("SELECT bytes FROM staged_crl_chunks WHERE crl = ?1 ORDER BY part")?;
        let mut rows = statement.query([id])?;
        let mut octets = Vec::new();
        while let Some(row) = rows.next()? {
            octets.extend_from_slice(&row.get::<_, Vec<u8>>(0)?);
        }
        Ok(octets)
    }

    /// Gives up a CRL that was begun.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn forget_crl(&mut self, id: i64) -> Result<(), RegistryError> {
        self.put("DELETE FROM staged_crl_chunks WHERE crl = ?1", &[&id])?;
        self.put("DELETE FROM staged_revoked WHERE crl = ?1", &[&id])?;
        Ok(())
    }

    /// Takes something that cannot be read.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn quarantine(&mut self, staged: &StagedQuarantine<'_>) -> Result<(), RegistryError> {
        let size = u64::try_from(staged.bytes.len()).unwrap_or(u64::MAX);
        self.put(
            "INSERT INTO staged_quarantine (place, reason, detail, size, sha256, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[&staged.place, &staged.reason, &staged.detail, &Bound(&size), &Bound(&Fingerprint::of(staged.bytes)), &staged.bytes],
        )?;
        self.quarantined += 1;
        Ok(())
    }

    /// The certificates that came and whose subject is this name, for the signature of a CRL.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn of_subject(&self, subject: &pki::DistinguishedName) -> Result<Vec<Certificate>, RegistryError> {
        let mut statement = self.connection.prepare_cached("SELECT der FROM staged_certificates WHERE subject = ?1 LIMIT 64")?;
        let mut rows = statement.query([Bound(subject)])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let der: Vec<u8> = row.get(0)?;
            found.extend(Certificate::from_der(&der).ok());
        }
        Ok(found)
    }

    /// Makes what is looked for by subject quick to find.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn index_subjects(&self) -> Result<(), RegistryError> {
        Ok(self.connection.execute_batch("CREATE INDEX IF NOT EXISTS temp.staged_by_subject ON staged_certificates (subject)")?)
    }
}
