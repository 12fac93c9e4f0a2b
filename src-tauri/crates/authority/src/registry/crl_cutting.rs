//! Cutting the pieces of a list that is planned: those of the list before stay as they are where nothing has changed, and what came since is put behind them.

use std::collections::HashSet;

use pki::crl::Entries;
use pki::{CrlNumber, Fingerprint, SerialNumber};
use time::OffsetDateTime;

use super::cell::Bound;
use super::crl_pieces::{CrlCut, CrlPiece, PIECE_COLUMNS, length, piece_row};
use super::ids::GenerationId;
use super::{Read, RegistryError, Write};
use crate::watch::Watch;

/// Octets that a piece has before the next is begun.
const PIECE: usize = 1 << 16;
/// Entries between two tellings of how far it is.
const TOLD_EVERY: u64 = 10_000;

/// Selects the entries of the list `?2` with ids in a range, which alone decides where they are looked for.
fn listed_in(range: &str) -> String {
    format!(
        "SELECT id, encoded FROM crl_entries WHERE {range} AND +generation = ?1 AND +first_crl <= ?2 \
        AND (+last_crl IS NULL OR +last_crl >= ?2) ORDER BY id"
    )
}

/// Tells how far it is.
struct Progress<'a> {
    watch: &'a dyn Watch,
    done: u64,
}

impl Progress<'_> {
    fn step(&mut self) -> Result<(), RegistryError> {
        self.done += 1;
        if self.done.is_multiple_of(TOLD_EVERY) {
            self.watch.progress(self.done, 0);
            if self.watch.cancelled() {
                return Err(RegistryError::Cancelled);
            }
        }
        Ok(())
    }
}

impl Read<'_> {
    fn a_piece(&self, condition: &str, parameters: &[&dyn rusqlite::ToSql]) -> Result<Option<CrlPiece>, RegistryError> {
        let sql = format!("SELECT {PIECE_COLUMNS} FROM crl_pieces WHERE generation = ?1 {condition} LIMIT 1");
        self.row("crl_pieces", &sql, parameters, piece_row)
    }

    fn newest_piece(&self, generation: GenerationId) -> Result<Option<CrlPiece>, RegistryError> {
        self.a_piece("ORDER BY first_entry DESC", &[&Bound(&generation)])
    }

    /// Hands over the entries of the list `?2` of the generation `?1` with ids in a range, in their order.
    pub(super) fn each_listed(
        &self,
        range: &str,
        parameters: &[&dyn rusqlite::ToSql],
        mut take: impl FnMut(i64, &[u8]) -> Result<(), RegistryError>,
    ) -> Result<(), RegistryError> {
        let mut statement = self.connection.prepare_cached(&listed_in(range))?;
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let encoded = row.get_ref(1)?.as_blob().map_err(|error| RegistryError::Cell {
                table: "crl_entries",
                column: "encoded",
                row: id.to_string(),
                problem: error.to_string(),
            })?;
            take(id, encoded)?;
        }
        Ok(())
    }

    /// The serials of the entries from `first` to `last` that were changed since the list before.
    fn marked_serials(&self, generation: GenerationId, first: i64, last: i64) -> Result<HashSet<SerialNumber>, RegistryError> {
        let sql = "SELECT entry, serial FROM crl_marks WHERE generation = ?1 AND entry BETWEEN ?2 AND ?3";
        let serials = self.rows("crl_marks", sql, &[&Bound(&generation), &first, &last], |cells| cells.get("serial"))?;
        Ok(serials.into_iter().collect())
    }
}

impl Write<'_> {
    /// Cuts the pieces of the base CRL that is planned in this transaction ([`Write::plan_crl`]), after it was seen that it misses nothing
    /// ([`Write::miss_no_revocation`]).
    ///
    /// # Errors
    /// `Damaged` if an entry that the list before has is gone and nothing says that it was to go; `Cancelled` when `watch` says so.
    pub fn cut_crl_pieces(
        &self,
        generation: GenerationId,
        number: &CrlNumber,
        this_update: OffsetDateTime,
        watch: &dyn Watch,
    ) -> Result<CrlCut, RegistryError> {
        self.cut_pieces_of(PIECE, generation, number, this_update, watch)
    }

    /// As [`Write::cut_crl_pieces`], with pieces of so many octets.
    pub(super) fn cut_pieces_of(
        &self,
        octets: usize,
        generation: GenerationId,
        number: &CrlNumber,
        this_update: OffsetDateTime,
        watch: &dyn Watch,
    ) -> Result<CrlCut, RegistryError> {
        let fresh =
            CrlCut { generation, number: number.clone(), this_update, last_entry: 0, last_revocation: 0, pieces: 0, entries: 0, size: 0 };
        let mut cut = match self.crl_cut(generation) {
            Ok(Some(before)) => CrlCut { number: number.clone(), this_update, ..before },
            Ok(None) | Err(RegistryError::Cell { .. }) => {
                self.drop_crl_pieces_of(generation)?;
                fresh.clone()
            }
            Err(error) => return Err(error),
        };
        let mut progress = Progress { watch, done: 0 };
        let again = self.cut_marked_again(&mut cut, &mut progress);
        let whole = match again.and_then(|whole| self.newest_piece(generation).map(|_| whole)) {
            Err(RegistryError::Cell { table: "crl_pieces" | "crl_marks", .. }) => false,
            outcome => outcome?,
        };
        if !whole {
            tracing::warn!(%generation, %number, "a piece of the newest list is damaged: all are cut again from the entries");
            self.drop_crl_pieces_of(generation)?;
            self.miss_no_revocation(generation, number, this_update)?;
            cut = fresh;
        }
        self.cut_what_came(octets, &mut cut, &mut progress)?;
        cut.last_entry = self.number("SELECT max(id) FROM crl_entries", &[])?;
        cut.last_revocation = self.number("SELECT max(id) FROM revocations", &[])?;
        let sql = "INSERT INTO crl_cuts (generation, number, this_update, last_entry, last_revocation, pieces, entries, size) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (generation) DO UPDATE SET number = excluded.number, \
            this_update = excluded.this_update, last_entry = excluded.last_entry, last_revocation = excluded.last_revocation, \
            pieces = excluded.pieces, entries = excluded.entries, size = excluded.size";
        let row: [&dyn rusqlite::ToSql; 8] = [
            &Bound(&generation),
            &Bound(number),
            &Bound(&this_update),
            &cut.last_entry,
            &cut.last_revocation,
            &Bound(&cut.pieces),
            &Bound(&cut.entries),
            &Bound(&cut.size),
        ];
        self.execute(sql, &row)?;
        self.execute("DELETE FROM crl_marks WHERE generation = ?1", &[&Bound(&generation)])?;
        // What this list is the last to have the next one has not.
        let leaving = "INSERT INTO crl_marks (generation, entry, serial) SELECT generation, id, serial FROM crl_entries WHERE generation = ?1 AND last_crl >= ?2";
        self.execute(leaving, &[&Bound(&generation), &Bound(number)])?;
        Ok(cut)
    }

    /// Returns false at a piece that is damaged.
    fn cut_marked_again(&self, cut: &mut CrlCut, progress: &mut Progress<'_>) -> Result<bool, RegistryError> {
        let generation = cut.generation;
        let mut from = 0;
        loop {
            let marked = "SELECT entry FROM crl_marks WHERE generation = ?1 AND entry >= ?2 ORDER BY entry LIMIT 1";
            let Some(entry) = self.row("crl_marks", marked, &[&Bound(&generation), &from], |cells| cells.get::<i64>("entry"))? else {
                return Ok(true);
            };
            let about = "AND first_entry <= ?2 ORDER BY first_entry DESC";
            let Some(piece) = self.a_piece(about, &[&Bound(&generation), &entry])? else {
                // The list before had nothing, or they are lost.
                cut.last_entry = 0;
                return Ok(cut.pieces == 0);
            };
            if !piece.is_whole() {
                return Ok(false);
            }
            let following = "SELECT first_entry FROM crl_pieces WHERE generation = ?1 AND first_entry > ?2 ORDER BY first_entry LIMIT 1";
            let following =
                self.row("crl_pieces", following, &[&Bound(&generation), &piece.first_entry], |cells| cells.get::<i64>("first_entry"))?;
            let last = following.map_or(cut.last_entry, |next| next.saturating_sub(1));
            self.cut_again(&piece, last, cut, progress)?;
            from = last.max(entry).saturating_add(1);
        }
    }

    fn cut_again(&self, piece: &CrlPiece, last: i64, cut: &mut CrlCut, progress: &mut Progress<'_>) -> Result<(), RegistryError> {
        let (mut bytes, mut entries) = (Vec::with_capacity(piece.bytes.len()), 0_u64);
        let parameters: [&dyn rusqlite::ToSql; 4] = [&Bound(&cut.generation), &Bound(&cut.number), &piece.first_entry, &last];
        self.each_listed("id BETWEEN ?3 AND ?4", &parameters, |_, encoded| {
            bytes.extend_from_slice(encoded);
            entries += 1;
            progress.step()
        })?;
        if bytes == piece.bytes {
            return Ok(());
        }
        let marked = self.marked_serials(cut.generation, piece.first_entry, last)?;
        nothing_is_lost(&piece.bytes, &bytes, &marked)?;
        cut.entries = cut.entries.saturating_sub(piece.entries).saturating_add(entries);
        cut.size = cut.size.saturating_sub(length(&piece.bytes)).saturating_add(length(&bytes));
        self.rewrite(piece.id, entries, &bytes)
    }

    fn cut_what_came(&self, octets: usize, cut: &mut CrlCut, progress: &mut Progress<'_>) -> Result<(), RegistryError> {
        let newest = self.newest_piece(cut.generation)?;
        // What is put behind damaged octets would pass for whole with them.
        let mut open = newest.filter(|piece| piece.bytes.len() < octets && piece.is_whole());
        let (before, mut changed) = (cut.last_entry, false);
        let (generation, number) = (cut.generation, cut.number.clone());
        self.each_listed("id > ?3", &[&Bound(&generation), &Bound(&number), &before], |id, encoded| {
            if open.as_ref().is_some_and(|piece| piece.bytes.len() >= octets)
                && let Some(full) = open.take()
            {
                self.keep(&full, cut)?;
            }
            let piece = open.get_or_insert_with(|| CrlPiece {
                id: 0,
                first_entry: if cut.pieces == 0 { 0 } else { id },
                entries: 0,
                sha256: Fingerprint::of(&[]),
                bytes: Vec::with_capacity(octets),
            });
            piece.bytes.extend_from_slice(encoded);
            piece.entries += 1;
            cut.entries = cut.entries.saturating_add(1);
            cut.size = cut.size.saturating_add(length(encoded));
            changed = true;
            progress.step()
        })?;
        match open {
            Some(piece) if changed => self.keep(&piece, cut),
            _ => Ok(()),
        }
    }

    /// Writes a piece that has grown, or is new.
    fn keep(&self, piece: &CrlPiece, cut: &mut CrlCut) -> Result<(), RegistryError> {
        if piece.id != 0 {
            return self.rewrite(piece.id, piece.entries, &piece.bytes);
        }
        cut.pieces = cut.pieces.saturating_add(1);
        let sql = "INSERT INTO crl_pieces (generation, first_entry, entries, sha256, bytes) VALUES (?1, ?2, ?3, ?4, ?5)";
        let sha256 = Fingerprint::of(&piece.bytes);
        let row: [&dyn rusqlite::ToSql; 5] =
            [&Bound(&cut.generation), &piece.first_entry, &Bound(&piece.entries), &Bound(&sha256), &piece.bytes];
        self.execute(sql, &row).map(drop)
    }

    fn rewrite(&self, id: i64, entries: u64, bytes: &[u8]) -> Result<(), RegistryError> {
        let sql = "UPDATE crl_pieces SET entries = ?2, sha256 = ?3, bytes = ?4 WHERE id = ?1";
        self.change("crl_pieces", &id, sql, &[&id, &Bound(&entries), &Bound(&Fingerprint::of(bytes)), &bytes])
    }
}

/// Whatever the list before has and this one has not was changed by somebody. A row that is gone by itself would make a revoked certificate pass for a good
/// one (RFC 5280 3.3).
fn nothing_is_lost(before: &[u8], now: &[u8], changed: &HashSet<SerialNumber>) -> Result<(), RegistryError> {
    let damaged = |problem: String| RegistryError::Damaged { detail: format!("an entry of a CRL cannot be read: {problem}") };
    let mut kept = HashSet::new();
    for entry in Entries::new(now) {
        kept.insert(entry.map_err(|error| damaged(error.to_string()))?.der());
    }
    for entry in Entries::new(before) {
        let entry = entry.map_err(|error| damaged(error.to_string()))?;
        let serial = entry.serial().map_err(|error| damaged(error.to_string()))?;
        if !kept.contains(entry.der()) && !changed.contains(&serial) {
            return Err(RegistryError::Damaged {
                detail: format!("the entry of serial {serial} is gone from the CRL, and nothing says why"),
            });
        }
    }
    Ok(())
}
