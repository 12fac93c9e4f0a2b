//! Every operation, with the power cut at each call that changes a file.

use std::fmt::Write as _;

use suite::crash::{Syncs, outages};

use crate::crash::{driver, operations};
use crate::{Said, Scale, processors, verdict};

/// States of the disk for each operation.
const POINTS: usize = 760;
/// The same when only a glance is wanted.
const GLANCE: usize = 20;

/// Proves it.
pub fn prove(scale: Scale) -> Said {
    let driver = driver();
    let mut said = Said::default();
    said.text.push_str(
        "Each operation ran once with every call that touches a file written down, octets included. The calls were then replayed onto a disk on which a \
         file lasts from its own sync on and a name from the sync of its folder; at each moment the power is cut, and of what was not synced all lasts, \
         nothing, or any part in any order, down to single sectors of 512 octets. SQLite's shared memory is always lost. Each state of the disk that comes \
         of it, and that was not seen before, is opened and examined as after a kill, with the promises made by then; the operation is repeated, and the \
         registry examined again. The same replay without the syncs of the log, of new files or of folders finds losses (`tests/crash/power.rs`).\n\n\
         | operation | calls that change files or promise | states of the disk | time | |\n|---|--:|--:|--:|---|\n",
    );
    let mut points = 0;
    for operation in operations() {
        eprintln!("cutting the power: {operation}");
        let count = if scale.quick { GLANCE } else { POINTS };
        let cut = outages(&driver, operation, count, Syncs::All, processors());
        points += cut.points;
        let (verdict, seconds) = (verdict(cut.broken.is_empty()), cut.took.as_secs_f64());
        let _ = writeln!(said.text, "| {operation} | {} | {} | {seconds:.0} s | {verdict} |", cut.moments, cut.points);
        said.broken.extend(cut.broken);
    }
    let _ = writeln!(said.text, "\nIn all {points} states.");
    said
}
