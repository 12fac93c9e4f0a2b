//! Whatever is read: nothing panics, nothing takes long.

use std::time::{Duration, Instant};

use suite::trials::read_all;
use suite::vectors;

use crate::{Said, Scale};

/// Mutations of each file.
const MUTATIONS: usize = 1000;
/// The same when only a glance is wanted.
const GLANCE: usize = 20;
/// The longest that a reader may take for octets that fit a screen.
const PATIENCE: Duration = Duration::from_millis(100);

/// Proves it.
pub fn prove(scale: Scale) -> Said {
    let mut said = Said::default();
    said.text.push_str(
        "Every file of PyPI `cryptography-vectors` and of `tests/data` is read by everything that reads what others wrote; of each that something takes, \
         so many mutations are (bits turned, octets replaced, taken out, doubled, the end cut off; the same each time).\n\n\
         | claim | looked at | time | |\n|---|---|--:|---|\n",
    );
    let start = Instant::now();
    let told = read_all(&vectors::all(), if scale.quick { GLANCE } else { MUTATIONS });
    let looked_at = format!("{} files, {} mutations", told.files, told.mutations);
    said.row("nothing panics", &looked_at, start, told.panics.is_empty());
    let (slowest, of_what) = &told.slowest;
    let looked_at = format!("the slowest took {} ms: {of_what}", slowest.as_millis());
    said.row("no mutation takes more than 100 ms", &looked_at, start, *slowest <= PATIENCE);
    said.broken.extend(told.panics);
    said
}
