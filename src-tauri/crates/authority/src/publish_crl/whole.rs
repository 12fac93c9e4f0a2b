//! The entries of a whole list that was planned: copied from its pieces, whose digests are checked beside that.

use std::sync::mpsc::sync_channel;

use pki::CrlNumber;

use crate::registry::{CrlPiece, GenerationId, Read, Registry, RegistryError};

/// Octets that come around the entries: the issuer's name, extensions, a signature. Where they are more, the list is copied once more.
const AROUND: usize = 1 << 14;
/// Pieces that wait for their digest to be checked.
const WAITING: usize = 8;

/// Copies the entries of the whole list of this number. Pieces that are damaged, or of another list because another program has planned one since, are
/// passed over for the entries' rows: they say the same, and take longer.
pub(super) fn entries_of(registry: &Registry, generation: GenerationId, number: &CrlNumber) -> Result<Vec<u8>, RegistryError> {
    registry.read(|tx| {
        let copied = match copied(tx, generation, number) {
            Err(error @ RegistryError::Cell { .. }) => {
                tracing::warn!(%error, %generation, %number, "the pieces of a list are damaged: its entries are read one by one");
                None
            }
            outcome => outcome?,
        };
        if let Some(entries) = copied {
            return Ok(entries);
        }
        let mut entries = Vec::new();
        let count = tx.crl_entries(generation, number, |encoded| {
            entries.extend_from_slice(encoded);
            Ok::<_, RegistryError>(())
        })?;
        // Rows that were lost together with a piece would make a shorter list.
        match tx.crl_cut(generation) {
            Ok(Some(cut)) if cut.number() == number && cut.entries() != count => Err(RegistryError::Damaged {
                detail: format!("list {number} was planned with {} entries, and {count} are there", cut.entries()),
            }),
            _ => Ok(entries),
        }
    })
}

fn copied(tx: &Read<'_>, generation: GenerationId, number: &CrlNumber) -> Result<Option<Vec<u8>>, RegistryError> {
    let Some(cut) = tx.crl_cut(generation)? else { return Ok(None) };
    let mut entries = Vec::with_capacity(usize::try_from(cut.size()).unwrap_or(0).saturating_add(AROUND));
    std::thread::scope(|scope| {
        let (sender, pieces) = sync_channel::<CrlPiece>(WAITING);
        let damaged = scope.spawn(move || pieces.into_iter().find(|piece| !piece.is_whole()).map(|piece| piece.damage()));
        let read = tx.crl_pieces(generation, number, |piece| {
            entries.extend_from_slice(piece.bytes());
            // Nobody takes it once one was damaged: that is told below.
            sender.send(piece).ok();
            Ok::<_, RegistryError>(())
        });
        drop(sender);
        match damaged.join() {
            Ok(None) => Ok(read?.then_some(entries)),
            Ok(Some(damage)) => Err(damage),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
