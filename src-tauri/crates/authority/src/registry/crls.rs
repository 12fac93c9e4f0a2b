//! CRLs: recorded for ever by number, times, header, trailer and SHA-256; their whole DER only while they are served.

use pki::{CrlNumber, Fingerprint};
use time::OffsetDateTime;

use super::cell::{Bound, Cells, words};
use super::crl_pieces::length;
use super::ids::{CrlId, GenerationId};
use super::{Read, RegistryError, Write};

/// The DER is kept in pieces of this size, never as one BLOB.
const CHUNK: usize = 1 << 20;

/// The scope of a CRL without issuing distribution point.
pub const WHOLE: &str = "";

words! {
    /// Complete or a supplement.
    pub enum CrlKind {
        /// Complete for its scope.
        Base = "base",
        /// Changes since a base (RFC 5280 5.2.4).
        Delta = "delta",
    }
}

/// A CRL to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCrl {
    /// Whose key signed it.
    pub generation: GenerationId,
    /// Base or delta.
    pub kind: CrlKind,
    /// The partition; empty for the full CRL.
    pub scope: String,
    /// Its number.
    pub number: CrlNumber,
    /// The base that a delta supplements.
    pub base_number: Option<CrlNumber>,
    /// thisUpdate.
    pub this_update: OffsetDateTime,
    /// nextUpdate; every CRL of ours has one, an imported one may not.
    pub next_update: Option<OffsetDateTime>,
    /// Number of entries.
    pub entry_count: u64,
    /// SHA-256 of its DER.
    pub sha256: Fingerprint,
    /// The bytes before the first entry.
    pub header: Vec<u8>,
    /// The bytes after the last entry, signature included.
    pub trailer: Vec<u8>,
    /// Whether it was taken in.
    pub imported: bool,
    /// The generation's revision that it shows; `None` if it was taken in.
    pub covers_revision: Option<u64>,
    /// When it is recorded.
    pub recorded_at: OffsetDateTime,
}

/// A recorded CRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlRow {
    /// Its id.
    pub id: CrlId,
    /// What was recorded.
    pub crl: NewCrl,
    /// Bytes of its DER.
    pub size: u64,
}

/// How a generation's CRL stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlState {
    /// The newest base of the full scope.
    pub newest: Option<CrlRow>,
    /// Counts the changes that a CRL must show.
    pub revision: u64,
    /// Since when the newest lacks a change; `None` if it lacks none.
    pub stale_since: Option<OffsetDateTime>,
}

/// One run of the CRL engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlEvent {
    /// Whose CRL.
    pub generation: GenerationId,
    /// Its number, if it came that far.
    pub number: Option<CrlNumber>,
    /// Base or delta.
    pub kind: CrlKind,
    /// When the run began.
    pub started_at: OffsetDateTime,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// Number of entries, if it came that far.
    pub entry_count: Option<u64>,
    /// The code of what went wrong.
    pub error: Option<String>,
}

/// Selects the lists of a kind and scope below a number whose DER is kept: from the few that are, not from all that ever were.
pub(super) const OLDER_DERS: &str = "SELECT DISTINCT c.id AS id FROM crl_chunks k CROSS JOIN crls c ON c.id = k.crl \
    WHERE c.generation = ?1 AND c.scope = ?2 AND c.kind = ?3 AND c.number < ?4";

pub(super) const COLUMNS: &str = "id, generation, kind, scope, number, base_number, this_update, next_update, entry_count, size, sha256, header, trailer, imported, covers_revision, recorded_at";

pub(super) fn crl_row(cells: &Cells<'_>) -> Result<CrlRow, RegistryError> {
    Ok(CrlRow {
        id: cells.get("id")?,
        size: cells.get("size")?,
        crl: NewCrl {
            generation: cells.get("generation")?,
            kind: cells.get("kind")?,
            scope: cells.get("scope")?,
            number: cells.get("number")?,
            base_number: cells.get("base_number")?,
            this_update: cells.get("this_update")?,
            next_update: cells.get("next_update")?,
            entry_count: cells.get("entry_count")?,
            sha256: cells.get("sha256")?,
            header: cells.get("header")?,
            trailer: cells.get("trailer")?,
            imported: cells.get("imported")?,
            covers_revision: cells.get("covers_revision")?,
            recorded_at: cells.get("recorded_at")?,
        },
    })
}

impl Read<'_> {
    /// The CRL with this id.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn crl(&self, id: CrlId) -> Result<Option<CrlRow>, RegistryError> {
        self.row("crls", &format!("SELECT {COLUMNS} FROM crls WHERE id = ?1"), &[&Bound(&id)], crl_row)
    }

    /// The CRL of a generation with this kind, scope and number.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn crl_numbered(
        &self,
        generation: GenerationId,
        kind: CrlKind,
        scope: &str,
        number: &CrlNumber,
    ) -> Result<Option<CrlRow>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM crls WHERE generation = ?1 AND scope = ?2 AND kind = ?3 AND number = ?4");
        self.row("crls", &sql, &[&Bound(&generation), &scope, &Bound(&kind), &Bound(number)], crl_row)
    }

    /// The CRL of a generation with the highest number of this kind and scope.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn newest_crl(&self, generation: GenerationId, kind: CrlKind, scope: &str) -> Result<Option<CrlRow>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM crls WHERE generation = ?1 AND scope = ?2 AND kind = ?3 ORDER BY number DESC LIMIT 1");
        self.row("crls", &sql, &[&Bound(&generation), &scope, &Bound(&kind)], crl_row)
    }

    /// The CRL with the highest number of this kind and scope that was issued here.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn newest_own_crl(&self, generation: GenerationId, kind: CrlKind, scope: &str) -> Result<Option<CrlRow>, RegistryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM crls WHERE generation = ?1 AND scope = ?2 AND kind = ?3 AND imported = 0 ORDER BY number DESC LIMIT 1"
        );
        self.row("crls", &sql, &[&Bound(&generation), &scope, &Bound(&kind)], crl_row)
    }

    /// The whole base CRL of a generation before the one of this number.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn base_before(&self, generation: GenerationId, number: &CrlNumber) -> Result<Option<CrlRow>, RegistryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM crls WHERE generation = ?1 AND scope = '' AND kind = 'base' AND number < ?2 ORDER BY number DESC LIMIT 1"
        );
        self.row("crls", &sql, &[&Bound(&generation), &Bound(number)], crl_row)
    }

    /// The CRLs of a generation, newest first; of one number the whole ones before those of scopes.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn crls(&self, generation: GenerationId, limit: u32) -> Result<Vec<CrlRow>, RegistryError> {
        self.rows(
            "crls",
            &format!("SELECT {COLUMNS} FROM crls WHERE generation = ?1 ORDER BY number DESC, scope <> '', id DESC LIMIT ?2"),
            &[&Bound(&generation), &limit],
            crl_row,
        )
    }

    /// How a generation's CRL stands.
    ///
    /// # Errors
    /// `Missing` if there is no such generation.
    pub fn crl_state(&self, generation: GenerationId) -> Result<CrlState, RegistryError> {
        let row = self.generation(generation)?.ok_or(RegistryError::Missing { table: "generations", row: generation.to_string() })?;
        Ok(CrlState { newest: self.newest_crl(generation, CrlKind::Base, "")?, revision: row.revision, stale_since: row.stale_since })
    }

    /// Hands the DER of a CRL, piece by piece, to `take`. Returns false if its DER is no longer kept. That of the newest whole list of ours is kept as the
    /// pieces that its entries were cut into.
    ///
    /// # Errors
    /// What `take` returns, or [`RegistryError`].
    pub fn crl_der<E: From<RegistryError>>(&self, id: CrlId, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<bool, E> {
        let (mut part, mut taken) = (0_i64, 0_u64);
        loop {
            let sql = "SELECT crl, bytes FROM crl_chunks WHERE crl = ?1 AND part = ?2";
            let chunk: Option<Vec<u8>> = self.row("crl_chunks", sql, &[&Bound(&id), &part], |cells| cells.get("bytes"))?;
            let Some(bytes) = chunk else { break };
            taken += u64::try_from(bytes.len()).unwrap_or(0);
            take(&bytes)?;
            part += 1;
        }
        // A list that lost a piece must not pass for a shorter one.
        let pieces = "SELECT c.id, c.size, (SELECT count(*) FROM crl_chunks k WHERE k.crl = c.id) AS pieces FROM crls c WHERE c.id = ?1";
        self.row("crl_chunks", pieces, &[&Bound(&id)], |cells| {
            let (size, pieces): (u64, i64) = (cells.get("size")?, cells.get("pieces")?);
            match pieces {
                0 => Ok(()),
                _ if pieces == part && size == taken => Ok(()),
                _ => Err(cells.refuse("bytes", format!("{taken} bytes in {part} of {pieces} pieces where {size} bytes belong"))),
            }
        })?;
        if part > 0 { Ok(true) } else { self.pieced_der(id, take) }
    }

    fn pieced_der<E: From<RegistryError>>(&self, id: CrlId, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<bool, E> {
        let Some(row) = self.crl(id)? else { return Ok(false) };
        if !self.is_pieced(&row.crl, row.size)? {
            return Ok(false);
        }
        take(&row.crl.header)?;
        self.crl_pieces(row.crl.generation, &row.crl.number, |piece| take(piece.bytes()))?;
        take(&row.crl.trailer)?;
        Ok(true)
    }

    /// Whether a list of so many octets is the one that the pieces of its generation are of.
    fn is_pieced(&self, crl: &NewCrl, octets: u64) -> Result<bool, RegistryError> {
        if crl.kind != CrlKind::Base || !crl.scope.is_empty() || crl.imported {
            return Ok(false);
        }
        let around = length(&crl.header).saturating_add(length(&crl.trailer));
        Ok(self
            .crl_cut(crl.generation)?
            .is_some_and(|cut| cut.number == crl.number && cut.entries == crl.entry_count && cut.size.checked_add(around) == Some(octets)))
    }

    /// The runs of the CRL engine for a generation, newest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn crl_events(&self, generation: GenerationId, limit: u32) -> Result<Vec<CrlEvent>, RegistryError> {
        let sql = "SELECT id, generation, number, kind, started_at, milliseconds, entry_count, error FROM crl_events WHERE generation = ?1 ORDER BY id DESC LIMIT ?2";
        self.rows("crl_events", sql, &[&Bound(&generation), &limit], |cells| {
            Ok(CrlEvent {
                generation: cells.get("generation")?,
                number: cells.get("number")?,
                kind: cells.get("kind")?,
                started_at: cells.get("started_at")?,
                milliseconds: cells.get("milliseconds")?,
                entry_count: cells.get("entry_count")?,
                error: cells.get("error")?,
            })
        })
    }
}

impl Write<'_> {
    /// Records a CRL and keeps its DER, unless the pieces of its entries are there. A base of ours that shows the newest revision ends its generation's staleness; an older DER of the same
    /// kind and scope goes, unless `keep` names it.
    ///
    /// # Errors
    /// `AlreadyPresent` if the number is taken.
    pub fn insert_crl(&self, new: &NewCrl, der: &[u8], keep: &[CrlId]) -> Result<CrlId, RegistryError> {
        let sql = "INSERT INTO crls (generation, kind, scope, number, base_number, this_update, next_update, entry_count, size, sha256, header, trailer, imported, covers_revision, recorded_at) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        let size = u64::try_from(der.len()).unwrap_or(u64::MAX);
        self.execute(
            sql,
            &[
                &Bound(&new.generation),
                &Bound(&new.kind),
                &new.scope,
                &Bound(&new.number),
                &Bound(&new.base_number),
                &Bound(&new.this_update),
                &Bound(&new.next_update),
                &Bound(&new.entry_count),
                &Bound(&size),
                &Bound(&new.sha256),
                &new.header,
                &new.trailer,
                &new.imported,
                &Bound(&new.covers_revision),
                &Bound(&new.recorded_at),
            ],
        )?;
        let id = CrlId(self.connection.last_insert_rowid());
        let kept = if self.is_pieced(new, size)? { &[] } else { der };
        for (part, bytes) in (0_i64..).zip(kept.chunks(CHUNK)) {
            self.execute("INSERT INTO crl_chunks (crl, part, bytes) VALUES (?1, ?2, ?3)", &[&Bound(&id), &part, &bytes])?;
        }
        let older: Vec<CrlId> =
            self.rows("crls", OLDER_DERS, &[&Bound(&new.generation), &new.scope, &Bound(&new.kind), &Bound(&new.number)], |cells| {
                cells.get("id")
            })?;
        for id in older.into_iter().filter(|id| !keep.contains(id)) {
            self.drop_crl_der(id)?;
        }
        if new.kind == CrlKind::Base && new.scope.is_empty() {
            let sql = "UPDATE generations SET stale_since = NULL WHERE id = ?1 AND revision = ?2";
            self.execute(sql, &[&Bound(&new.generation), &Bound(&new.covers_revision)])?;
        }
        Ok(id)
    }

    /// Forgets the DER of a CRL; its record stays, and its bytes can be put together again from header, entries and trailer.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn drop_crl_der(&self, id: CrlId) -> Result<(), RegistryError> {
        self.execute("DELETE FROM crl_chunks WHERE crl = ?1", &[&Bound(&id)])?;
        Ok(())
    }

    /// Records a run of the CRL engine and forgets those of the same generation beyond the newest 400 that went well and the newest 100 that failed: a
    /// failure that comes back every few minutes leaves room for the rest.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn insert_crl_event(&self, event: &CrlEvent) -> Result<(), RegistryError> {
        let sql = "INSERT INTO crl_events (generation, number, kind, started_at, milliseconds, entry_count, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.execute(
            sql,
            &[
                &Bound(&event.generation),
                &Bound(&event.number),
                &Bound(&event.kind),
                &Bound(&event.started_at),
                &Bound(&event.milliseconds),
                &Bound(&event.entry_count),
                &event.error,
            ],
        )?;
        let (which, kept) = if event.error.is_none() { ("error IS NULL", 400) } else { ("error IS NOT NULL", 100) };
        let sql = format!(
            "DELETE FROM crl_events WHERE generation = ?1 AND {which} \
            AND id NOT IN (SELECT id FROM crl_events WHERE generation = ?1 AND {which} ORDER BY id DESC LIMIT {kept})"
        );
        self.execute(&sql, &[&Bound(&event.generation)])?;
        Ok(())
    }
}
