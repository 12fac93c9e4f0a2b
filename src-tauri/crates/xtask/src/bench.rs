//! `cargo xtask bench`: how fast it is on this machine.

use crate::invocation::Failure;
use crate::measurement;

pub(crate) fn bench() -> Result<(), Failure> {
    measurement::record("bench", "docs/bench.md", &[])
}
