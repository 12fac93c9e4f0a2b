//! The entries of parts and deltas, copied into all lists of a run in as few walks over the registry as there are bases that they lead from.

use std::collections::BTreeSet;

use pki::crl::CrlNumber;

use super::BuildCrlError;
use super::lists::Planned;
use crate::registry::{CrlKind, GenerationId, Read};
use crate::watch::Watch;

/// Entries between two tellings of how far it is.
const TOLD_EVERY: u64 = 10_000;

/// Copies the entries of parts and deltas into their lists; `count` is how many the whole one has.
pub(super) fn fill(
    tx: &Read<'_>,
    generation: GenerationId,
    number: &CrlNumber,
    lists: &mut [Planned],
    (count, watch): (u64, &dyn Watch),
) -> Result<(), BuildCrlError> {
    let mut copied = 0_u64;
    let mut told = || {
        copied += 1;
        if copied.is_multiple_of(TOLD_EVERY) {
            watch.progress(copied.min(count), count);
            if watch.cancelled() {
                return Err(BuildCrlError::Cancelled);
            }
        }
        Ok(())
    };
    let of_a_part = |planned: &&mut Planned| planned.kind == CrlKind::Base && !planned.is_pieced();
    if lists.iter_mut().any(|planned| of_a_part(&planned)) {
        tx.listed_entries(generation, number, |entry| {
            lists.iter_mut().filter(of_a_part).for_each(|planned| planned.take(entry));
            told()
        })?;
    }
    // Nearly all deltas of a run lead from one base.
    let bases: BTreeSet<CrlNumber> = lists.iter().filter_map(|planned| planned.base.clone()).collect();
    for base in bases {
        tx.changed_entries(generation, &base, number, |entry| {
            lists.iter_mut().filter(|planned| planned.base.as_ref() == Some(&base)).for_each(|planned| planned.take(entry));
            told()
        })?;
    }
    watch.progress(count, count);
    if watch.cancelled() { Err(BuildCrlError::Cancelled) } else { Ok(()) }
}
