//! Certificate revocation lists (RFC 5280 section 5): their numbers, entries, writing and reading.
//!
//! A list may have a million entries: entries are pre-encoded bytes when a list is written, and are walked where they lie
//! when one is read.

mod entry;
mod number;
mod reading;
mod scope;
mod writing;

pub use entry::{CrlEntry, EntryError, RevokedEntry};
pub use number::{CrlNumber, CrlNumberError};
pub use reading::{Crl, CrlReadError, Entries};
pub use scope::IssuingDistributionPoint;
pub use writing::{CrlError, CrlRequest, PreparedCrl, prepare_crl};

#[cfg(test)]
mod tests;
