//! Indexes of the certificates that are made again at the end where very many are recorded. Most have digests and random numbers for keys, so that each
//! certificate would change a page of each index somewhere else, and in a large registry read it from the disk before.

use super::{RegistryError, Write};
use crate::watch::Watch;

/// Those in which every leaf that is taken in has a place. Nothing reads them while leaves are recorded but positions, which are made again with them.
const OF_LEAVES: [&str; 8] = [
    "certificates_by_fingerprint",
    "certificates_by_foreign_serial",
    "certificates_by_end",
    "certificates_by_sort_name",
    "certificates_by_authority",
    "certificates_by_generation",
    "certificates_by_issuer_key",
    "certificates_by_key",
];

/// Pieces of one size that the index of words makes one of (migration 0002; SQLite, "FTS5", 6.1). Every look-up asks each piece.
const PIECES: u32 = 2;
/// As many while very many certificates are recorded: each word is copied fewer times.
const PIECES_OF_MANY: u32 = 8;

impl Write<'_> {
    /// Runs `work`, which records very many leaves and reads none, without the indexes that they have a place in; then makes these again with the positions.
    /// Until then nothing refuses a certificate that is there already, and the index of words tidies up less often.
    ///
    /// # Errors
    /// What `work` returns; `AlreadyPresent` if a certificate is there twice, `Cancelled`, `Full`, or [`RegistryError`]. The transaction is not to be
    /// committed then.
    pub fn with_late_indexes<E: From<RegistryError>>(&self, watch: &dyn Watch, work: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let late = self.drop_indexes()?;
        self.merge_words_by(PIECES_OF_MANY)?;
        self.pending.borrow_mut().late = true;
        work()?;
        for sql in late {
            if watch.cancelled() {
                return Err(RegistryError::Cancelled.into());
            }
            self.execute(&sql, &[])?;
        }
        self.pending.borrow_mut().late = false;
        self.rebuild_positions()?;
        Ok(self.merge_words_by(PIECES)?)
    }

    /// Drops them, and tells by which statements they are made again.
    fn drop_indexes(&self) -> Result<Vec<String>, RegistryError> {
        // What is gathered for positions needs them.
        self.flush()?;
        let text = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'certificates' AND name = ?1";
        let mut late = Vec::with_capacity(OF_LEAVES.len());
        for name in OF_LEAVES {
            // One that is gone is damage, which the check tells; it does not come back by itself.
            let Some(sql) = self.row("sqlite_schema", text, &[&name], |cells| cells.get::<String>("sql"))? else { continue };
            self.execute(&format!("DROP INDEX {name}"), &[])?;
            late.push(sql);
        }
        Ok(late)
    }

    fn merge_words_by(&self, pieces: u32) -> Result<(), RegistryError> {
        self.execute("INSERT INTO certificate_words (certificate_words, rank) VALUES ('automerge', ?1)", &[&pieces])?;
        Ok(())
    }
}
