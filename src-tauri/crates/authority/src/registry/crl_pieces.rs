//! The entries of the newest whole list that was planned, encoded one after another in pieces of about 64 KiB: a list of a million entries is copied from
//! them, not read row by row. They are derived from the entries' rows, which stay what counts: a piece that is damaged is passed over for these.

use pki::{CrlNumber, Fingerprint};
use time::OffsetDateTime;

use super::cell::{Bound, Cells};
use super::ids::GenerationId;
use super::{Read, RegistryError, Write};

/// Which list the pieces of a generation are of, what they come to together, and how far it was seen that nothing is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlCut {
    pub(super) generation: GenerationId,
    /// The number of the list.
    pub(super) number: CrlNumber,
    pub(super) this_update: OffsetDateTime,
    /// Entries with higher ids stand in no piece yet.
    pub(super) last_entry: i64,
    /// Revocations with higher ids have not been looked for on a list yet.
    pub(super) last_revocation: i64,
    pub(super) pieces: u64,
    pub(super) entries: u64,
    pub(super) size: u64,
}

impl CrlCut {
    /// The number of the list.
    pub const fn number(&self) -> &CrlNumber {
        &self.number
    }

    /// How many entries the list has.
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// Octets of the list's entries.
    pub const fn size(&self) -> u64 {
        self.size
    }
}

pub(super) const CUT_COLUMNS: &str = "generation, number, this_update, last_entry, last_revocation, pieces, entries, size";

pub(super) fn cut_row(cells: &Cells<'_>) -> Result<CrlCut, RegistryError> {
    let count = |column| Ok::<_, RegistryError>((cells.get::<u64>(column)?, cells.get::<i64>(column)?));
    Ok(CrlCut {
        generation: cells.get("generation")?,
        number: cells.get("number")?,
        this_update: cells.get("this_update")?,
        last_entry: count("last_entry")?.1,
        last_revocation: count("last_revocation")?.1,
        pieces: cells.get("pieces")?,
        entries: cells.get("entries")?,
        size: cells.get("size")?,
    })
}

/// Some entries of a list, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlPiece {
    pub(super) id: i64,
    /// It has what is listed from this entry on, up to where the next piece begins.
    pub(super) first_entry: i64,
    pub(super) entries: u64,
    pub(super) sha256: Fingerprint,
    pub(super) bytes: Vec<u8>,
}

impl CrlPiece {
    /// Its entries, DER.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether its octets are those that were written.
    pub fn is_whole(&self) -> bool {
        Fingerprint::of(&self.bytes) == self.sha256
    }

    /// What is to be said of one that is not whole.
    pub(crate) fn damage(&self) -> RegistryError {
        let problem = format!("{} octets without the SHA-256 {}", self.bytes.len(), self.sha256);
        RegistryError::Cell { table: "crl_pieces", column: "bytes", row: self.id.to_string(), problem }
    }
}

pub(super) const PIECE_COLUMNS: &str = "id, generation, first_entry, entries, sha256, bytes";

pub(super) fn piece_row(cells: &Cells<'_>) -> Result<CrlPiece, RegistryError> {
    cells.get::<GenerationId>("generation")?;
    cells.get::<u64>("first_entry")?;
    Ok(CrlPiece {
        id: cells.get("id")?,
        first_entry: cells.get("first_entry")?,
        entries: cells.get("entries")?,
        sha256: cells.get("sha256")?,
        bytes: cells.get("bytes")?,
    })
}

/// Octets as they are counted.
pub(super) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

impl Read<'_> {
    /// Which list the pieces of a generation are of; `None` if there are none.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn crl_cut(&self, generation: GenerationId) -> Result<Option<CrlCut>, RegistryError> {
        self.row("crl_cuts", &format!("SELECT {CUT_COLUMNS} FROM crl_cuts WHERE generation = ?1"), &[&Bound(&generation)], cut_row)
    }

    /// Hands over the pieces of the whole list of this number, in their order. Whether each is whole the receiver sees; here it is seen that none is missing.
    /// Returns false, and hands over nothing, if what there is belongs to another list.
    ///
    /// # Errors
    /// What `take` returns, or [`RegistryError`]; `Cell` if they do not come to what they came to when they were cut.
    pub fn crl_pieces<E: From<RegistryError>>(
        &self,
        generation: GenerationId,
        number: &CrlNumber,
        mut take: impl FnMut(CrlPiece) -> Result<(), E>,
    ) -> Result<bool, E> {
        let Some(cut) = self.crl_cut(generation)?.filter(|cut| cut.number == *number) else { return Ok(false) };
        let sql = format!("SELECT {PIECE_COLUMNS} FROM crl_pieces WHERE generation = ?1 ORDER BY first_entry");
        let mut statement = self.connection.prepare_cached(&sql).map_err(RegistryError::from)?;
        let mut rows = statement.query([Bound(&generation)]).map_err(RegistryError::from)?;
        let (mut pieces, mut entries, mut size) = (0_u64, 0_u64, 0_u64);
        while let Some(row) = rows.next().map_err(RegistryError::from)? {
            let piece = piece_row(&Cells::new("crl_pieces", row))?;
            pieces += 1;
            entries = entries.saturating_add(piece.entries);
            size = size.saturating_add(length(&piece.bytes));
            take(piece)?;
        }
        if (pieces, entries, size) == (cut.pieces, cut.entries, cut.size) {
            return Ok(true);
        }
        let problem =
            format!("{pieces} pieces of {entries} entries and {size} octets, not {} of {} and {}", cut.pieces, cut.entries, cut.size);
        Err(RegistryError::Cell { table: "crl_cuts", column: "size", row: generation.to_string(), problem }.into())
    }
}

impl Write<'_> {
    /// Forgets all pieces, and what was seen of which lists: the next list of each generation is put together from its entries, and every revocation is looked
    /// for on it.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn drop_crl_pieces(&self) -> Result<(), RegistryError> {
        TABLES.iter().try_for_each(|table| self.execute(&format!("DELETE FROM {table}"), &[]).map(drop))
    }

    /// As [`Write::drop_crl_pieces`], of one generation.
    pub(super) fn drop_crl_pieces_of(&self, generation: GenerationId) -> Result<(), RegistryError> {
        let key: [&dyn rusqlite::ToSql; 1] = [&Bound(&generation)];
        TABLES.iter().try_for_each(|table| self.execute(&format!("DELETE FROM {table} WHERE generation = ?1"), &key).map(drop))
    }
}

const TABLES: [&str; 3] = ["crl_pieces", "crl_cuts", "crl_marks"];
