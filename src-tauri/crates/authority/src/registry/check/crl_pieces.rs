//! The pieces that lists are copied from, against the entries that they are derived from.

use aws_lc_rs::digest;
use pki::{Fingerprint, SerialNumber};

use super::Findings;
use crate::registry::cell::{Bound, Cells};
use crate::registry::crl_pieces::{CUT_COLUMNS, CrlCut, PIECE_COLUMNS, cut_row, length, piece_row};
use crate::registry::ids::GenerationId;
use crate::registry::{CrlPiece, Read, RegistryError};

/// Of the list that the pieces are of `?2`, or of the next, but not of both: the next is cut without it only if it is marked.
const UNMARKED: &str = "SELECT e.id FROM crl_entries e WHERE e.generation = ?1 AND e.id <= ?3 \
    AND (e.last_crl >= ?2 OR e.first_crl IS NULL OR e.first_crl > ?2) \
    AND NOT EXISTS (SELECT 1 FROM crl_marks m WHERE m.generation = ?1 AND m.entry = e.id)";

impl Read<'_> {
    pub(super) fn check_crl_pieces(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let cuts = self.check_cuts(found)?;
        for cut in cuts {
            let outcome = self.check_pieces_of(&cut, found);
            found.part("crl_pieces", outcome)?;
        }
        let orphans = "SELECT count(*) FROM crl_pieces WHERE generation NOT IN (SELECT generation FROM crl_cuts)";
        if self.number(orphans, &[])? > 0 {
            found.add("crl_pieces", "crl_piece_differs", "there are pieces of no list".to_owned());
        }
        self.check_marks(found)
    }

    fn check_cuts(&self, found: &mut Findings<'_>) -> Result<Vec<CrlCut>, RegistryError> {
        let mut cuts = Vec::new();
        let mut statement = self.connection.prepare(&format!("SELECT {CUT_COLUMNS} FROM crl_cuts"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            cuts.extend(found.kept(cut_row(&Cells::new("crl_cuts", row)))?);
        }
        Ok(cuts)
    }

    fn check_pieces_of(&self, cut: &CrlCut, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let place = format!("crl_cuts {}", cut.generation);
        let sql = "SELECT id, first_entry FROM crl_pieces WHERE generation = ?1 ORDER BY first_entry";
        let places = self.rows("crl_pieces", sql, &[&Bound(&cut.generation)], |cells| {
            cells.get::<u64>("first_entry")?;
            Ok((cells.get::<i64>("id")?, cells.get::<i64>("first_entry")?))
        });
        let Some(places) = found.kept(places)? else { return Ok(()) };
        let (mut entries, mut size) = (0_u64, 0_u64);
        for (at, (id, first)) in places.iter().enumerate() {
            // Behind the last there is nothing that the list has.
            let last = places.get(at + 1).map_or(i64::MAX, |(_, next)| next.saturating_sub(1));
            let sql = format!("SELECT {PIECE_COLUMNS} FROM crl_pieces WHERE id = ?1");
            let piece = self.row("crl_pieces", &sql, &[id], piece_row);
            let Some(Some(piece)) = found.kept(piece)? else { continue };
            entries = entries.saturating_add(piece.entries);
            size = size.saturating_add(length(&piece.bytes));
            self.check_piece(cut, &piece, (*first, last), found)?;
            if found.watch.cancelled() {
                return Err(RegistryError::Cancelled);
            }
        }
        let counted = (u64::try_from(places.len()).unwrap_or(u64::MAX), entries, size);
        if counted != (cut.pieces, cut.entries, cut.size) {
            let told = format!("kept {} pieces of {} entries and {} octets, counted {counted:?}", cut.pieces, cut.entries, cut.size);
            found.add(&place, "crl_piece_differs", told);
        }
        if cut.last_revocation > self.number("SELECT max(id) FROM revocations", &[])? {
            found.add(&place, "crl_piece_differs", "it has seen revocations that are not there".to_owned());
        }
        let unmarked = self.rows("crl_entries", UNMARKED, &[&Bound(&cut.generation), &Bound(&cut.number), &cut.last_entry], |cells| {
            cells.get::<i64>("id")
        })?;
        for id in unmarked {
            found.add(&format!("crl_entries {id}"), "crl_piece_differs", "it has changed, and the next CRL would not show it".to_owned());
        }
        Ok(())
    }

    fn check_piece(
        &self,
        cut: &CrlCut,
        piece: &CrlPiece,
        (first, last): (i64, i64),
        found: &mut Findings<'_>,
    ) -> Result<(), RegistryError> {
        let (mut hash, mut entries) = (digest::Context::new(&digest::SHA256), 0_u64);
        let parameters: [&dyn rusqlite::ToSql; 4] = [&Bound(&cut.generation), &Bound(&cut.number), &first, &last];
        self.each_listed("id BETWEEN ?3 AND ?4", &parameters, |_, encoded| {
            hash.update(encoded);
            entries += 1;
            Ok(())
        })?;
        let octets = <[u8; 32]>::try_from(hash.finish().as_ref()).unwrap_or_default();
        let problem = if !piece.is_whole() {
            "its octets are not those that were written".to_owned()
        } else if (entries, Fingerprint::from_bytes(octets)) != (piece.entries, piece.sha256) && !self.was_given_back(cut, first, last)? {
            format!("it is not what {entries} entries from {first} on say")
        } else {
            return Ok(());
        };
        found.add(&format!("crl_pieces {}", piece.id), "crl_piece_differs", problem);
        Ok(())
    }

    /// Whether the list came to nothing and gave back entries among these: they are marked, and the piece is cut again.
    fn was_given_back(&self, cut: &CrlCut, first: i64, last: i64) -> Result<bool, RegistryError> {
        let sql = "SELECT m.entry FROM crl_marks m WHERE m.generation = ?1 AND m.entry BETWEEN ?3 AND ?4 AND NOT EXISTS \
            (SELECT 1 FROM crls c WHERE c.generation = ?1 AND c.scope = '' AND c.kind = 'base' AND c.number = ?2 AND c.imported = 0) LIMIT 1";
        let parameters: [&dyn rusqlite::ToSql; 4] = [&Bound(&cut.generation), &Bound(&cut.number), &first, &last];
        Ok(self.row("crl_marks", sql, &parameters, |_| Ok(()))?.is_some())
    }

    fn check_marks(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let sql = "SELECT m.entry AS entry, m.generation AS generation, m.serial AS serial, e.serial AS listed \
            FROM crl_marks m LEFT JOIN crl_entries e ON e.id = m.entry AND e.generation = m.generation";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let cells = Cells::new("crl_marks", row);
            let read = || {
                cells.get::<u64>("entry")?;
                cells.get::<GenerationId>("generation")?;
                let serial = cells.get::<SerialNumber>("serial")?;
                match cells.get::<Option<SerialNumber>>("listed")? {
                    // One that is gone, or whose id another one has now, was listed under a serial that nobody knows any more.
                    Some(listed) if listed != serial => Err(cells.refuse("serial", format!("the entry is that of {listed}"))),
                    _ => Ok(()),
                }
            };
            found.kept(read())?;
        }
        Ok(())
    }
}
