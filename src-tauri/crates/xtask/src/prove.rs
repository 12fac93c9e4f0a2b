//! `cargo xtask prove`: what takes too long for every change, with its results.

use crate::invocation::Failure;
use crate::measurement;

pub(crate) fn prove() -> Result<(), Failure> {
    measurement::record("prove", "docs/reliability.md")
}
