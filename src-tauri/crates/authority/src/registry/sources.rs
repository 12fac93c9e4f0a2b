//! Sources: where other people's trust lists and CRLs come from, and what was last seen there.

use pki::Fingerprint;
use time::OffsetDateTime;

use super::cell::{Bound, Cells, words};
use super::ids::SourceId;
use super::{Read, RegistryError, Write};

words! {
    /// What a source holds.
    pub enum SourceKind {
        /// Certificates and CRLs, PEM or DER.
        Pem = "pem",
        /// A signed master list.
        MasterList = "icao-master-list",
        /// A directory.
        Ldif = "ldif",
        /// A CRL.
        Crl = "crl",
    }
}

words! {
    /// What kind of place a source is at.
    pub enum SourcePlaceKind {
        /// A file.
        File = "file",
        /// An address.
        Url = "url",
        /// The trust store of the machine.
        System = "system",
    }
}

words! {
    /// What a certificate of a source is.
    pub enum SourceMemberKind {
        /// A country's authority.
        Csca = "csca",
        /// Signs what is in passports.
        DocumentSigner = "document-signer",
        /// Signs master lists.
        ListSigner = "list-signer",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// What is known of the signature of a source's CRL; one with a wrong one is in quarantine.
    pub enum SourceCrlSignature {
        /// A certificate at hand has made it.
        Valid = "valid",
        /// No certificate of its issuer is at hand.
        Unknown = "unknown",
    }
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// Its id.
    pub id: SourceId,
    /// What it is called.
    pub name: String,
    /// What it holds.
    pub kind: SourceKind,
    /// What kind of place it is at.
    pub place_kind: SourcePlaceKind,
    /// Path or address; empty for the trust store of the machine.
    pub place: String,
    /// Hours from one refresh to the next; `None`: by hand only.
    pub refresh_hours: Option<u32>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// How often it was looked at, well or not.
    pub revision: u64,
    /// What was last seen of it.
    pub seen: SourceSeen,
    /// When its content was last found good, changed or not.
    pub refreshed_at: Option<OffsetDateTime>,
    /// When its content last changed.
    pub changed_at: Option<OffsetDateTime>,
    /// When it is refreshed next.
    pub due_at: Option<OffsetDateTime>,
    /// How often in a row a refresh has failed.
    pub failures: u32,
    /// Its certificates.
    pub certificates: u64,
    /// Its CRLs.
    pub crls: u64,
    /// Entries of these.
    pub revoked: u64,
    /// Things in quarantine.
    pub quarantined: u64,
    /// The earliest end of a CRL in it.
    pub next_update: Option<OffsetDateTime>,
}

/// What was seen at a source's place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceSeen {
    /// SHA-256 of all of it.
    pub sha256: Option<Fingerprint>,
    /// Its octets.
    pub size: u64,
    /// Who signed it, RFC 4514; `None` for what has no signature of its own.
    pub signed_by: Option<String>,
    /// When, as the signature says.
    pub signed_at: Option<OffsetDateTime>,
}

/// A certificate that a source's signature is verified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSignerRow {
    /// Whose signature it is.
    pub source: SourceId,
    /// SHA-256 of its DER.
    pub sha256: Fingerprint,
    /// Its DER.
    pub der: Vec<u8>,
}

pub(super) const COLUMNS: &str = "id, name, kind, place_kind, place, refresh_hours, created_at, revision, refreshed_at, changed_at, due_at, failures, \
    sha256, size, signed_by, signed_at, certificates, crls, revoked, quarantined, next_update";

pub(super) fn source_row(cells: &Cells<'_>) -> Result<SourceRow, RegistryError> {
    Ok(SourceRow {
        id: cells.get("id")?,
        name: cells.get("name")?,
        kind: cells.get("kind")?,
        place_kind: cells.get("place_kind")?,
        place: cells.get("place")?,
        refresh_hours: cells.get("refresh_hours")?,
        created_at: cells.get("created_at")?,
        revision: cells.get("revision")?,
        seen: SourceSeen {
            sha256: cells.get("sha256")?,
            size: cells.get("size")?,
            signed_by: cells.get("signed_by")?,
            signed_at: cells.get("signed_at")?,
        },
        refreshed_at: cells.get("refreshed_at")?,
        changed_at: cells.get("changed_at")?,
        due_at: cells.get("due_at")?,
        failures: cells.get("failures")?,
        certificates: cells.get("certificates")?,
        crls: cells.get("crls")?,
        revoked: cells.get("revoked")?,
        quarantined: cells.get("quarantined")?,
        next_update: cells.get("next_update")?,
    })
}

pub(super) const SIGNER_COLUMNS: &str = "source, sha256, der";

pub(super) fn signer_row(cells: &Cells<'_>) -> Result<SourceSignerRow, RegistryError> {
    let row = SourceSignerRow { source: cells.get("source")?, sha256: cells.get("sha256")?, der: cells.get("der")? };
    if Fingerprint::of(&row.der) == row.sha256 { Ok(row) } else { Err(cells.refuse("der", "the SHA-256 is another".to_owned())) }
}

impl Read<'_> {
    /// All sources, by name.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn sources(&self) -> Result<Vec<SourceRow>, RegistryError> {
        self.rows("sources", &format!("SELECT {COLUMNS} FROM sources ORDER BY name"), &[], source_row)
    }

    /// A source.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source(&self, id: SourceId) -> Result<Option<SourceRow>, RegistryError> {
        self.row("sources", &format!("SELECT {COLUMNS} FROM sources WHERE id = ?1"), &[&Bound(&id)], source_row)
    }

    /// The source of this name.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_named(&self, name: &str) -> Result<Option<SourceRow>, RegistryError> {
        self.row("sources", &format!("SELECT {COLUMNS} FROM sources WHERE name = ?1"), &[&name], source_row)
    }

    /// The sources that are due at a time, the longest due first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn sources_due(&self, at: OffsetDateTime) -> Result<Vec<SourceRow>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM sources WHERE due_at IS NOT NULL AND due_at <= ?1 ORDER BY due_at");
        self.rows("sources", &sql, &[&Bound(&at)], source_row)
    }

    /// When the next source is due.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn next_source_due(&self) -> Result<Option<OffsetDateTime>, RegistryError> {
        let sql = "SELECT id, due_at FROM sources WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
        self.row("sources", sql, &[], |cells| cells.get("due_at"))
    }

    /// The certificates that a source's signature is verified with.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_signers(&self, source: SourceId) -> Result<Vec<SourceSignerRow>, RegistryError> {
        let sql = format!("SELECT {SIGNER_COLUMNS} FROM source_signers WHERE source = ?1 ORDER BY sha256");
        self.rows("source_signers", &sql, &[&Bound(&source)], signer_row)
    }
}

impl Write<'_> {
    /// Records a source, without content.
    ///
    /// # Errors
    /// `AlreadyPresent` if its name is taken.
    pub fn insert_source(&self, row: &SourceRow) -> Result<(), RegistryError> {
        let sql = "INSERT INTO sources (id, name, kind, place_kind, place, refresh_hours, created_at, revision, failures, size, certificates, crls, revoked, quarantined) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, 0, 0, 0, 0)";
        let hours = row.refresh_hours;
        self.execute(
            sql,
            &[&Bound(&row.id), &row.name, &Bound(&row.kind), &Bound(&row.place_kind), &row.place, &Bound(&hours), &Bound(&row.created_at)],
        )?;
        Ok(())
    }

    /// Records a certificate that a source's signature is verified with.
    ///
    /// # Errors
    /// `AlreadyPresent` if it is recorded.
    pub fn insert_source_signer(&self, source: SourceId, der: &[u8]) -> Result<(), RegistryError> {
        let sql = format!("INSERT INTO source_signers ({SIGNER_COLUMNS}) VALUES (?1, ?2, ?3)");
        self.execute(&sql, &[&Bound(&source), &Bound(&Fingerprint::of(der)), &der])?;
        Ok(())
    }

    /// Notes that a refresh went well: what was seen, whether anything changed, and when the next one is due.
    ///
    /// # Errors
    /// `Missing` if there is no such source.
    pub fn note_source_seen(
        &self,
        id: SourceId,
        seen: &SourceSeen,
        changed: bool,
        at: OffsetDateTime,
        due_at: Option<OffsetDateTime>,
    ) -> Result<(), RegistryError> {
        let sql = "UPDATE sources SET sha256 = ?2, size = ?3, signed_by = ?4, signed_at = ?5, refreshed_at = ?6, due_at = ?7, failures = 0, \
            revision = revision + 1, changed_at = CASE WHEN ?8 THEN ?6 ELSE changed_at END WHERE id = ?1";
        self.change(
            "sources",
            &id,
            sql,
            &[
                &Bound(&id),
                &Bound(&seen.sha256),
                &Bound(&seen.size),
                &seen.signed_by,
                &Bound(&seen.signed_at),
                &Bound(&at),
                &Bound(&due_at),
                &changed,
            ],
        )
    }

    /// Notes that a refresh failed, and when the next one is due; returns how often in a row it has.
    ///
    /// # Errors
    /// `Missing` if there is no such source.
    pub fn note_source_failure(&self, id: SourceId, due_at: Option<OffsetDateTime>) -> Result<(), RegistryError> {
        let sql = "UPDATE sources SET failures = failures + 1, revision = revision + 1, due_at = ?2 WHERE id = ?1";
        self.change("sources", &id, sql, &[&Bound(&id), &Bound(&due_at)])
    }

    /// Removes a source with its history and everything that only it holds, child rows first.
    ///
    /// # Errors
    /// `Missing` if there is no such source.
    pub fn remove_source(&self, id: SourceId) -> Result<(), RegistryError> {
        self.drop_source_content(id)?;
        for table in ["source_events", "source_signers"] {
            self.execute(&format!("DELETE FROM {table} WHERE source = ?1"), &[&Bound(&id)])?;
        }
        self.change("sources", &id, "DELETE FROM sources WHERE id = ?1", &[&Bound(&id)])
    }
}
