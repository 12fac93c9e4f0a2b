//! The readers that the fuzzers call, which are those of the suite `readers`.

#[path = "../../src/reading.rs"]
pub mod reading;
