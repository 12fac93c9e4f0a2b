//! Certificate revocation lists (RFC 5280 section 5): their numbers, entries, writing and reading.
//!
//! A list may have a million entries: entries are pre-encoded bytes when a list is written, and are walked where they lie
//! when one is read.

mod differences;
mod entry;
mod number;
mod reading;
mod scope;
mod walk;
mod writing;

pub use differences::{CrlDifference, CrlDifferenceCounts, CrlDifferenceError, MOST_HELD, differences, differences_of_rising};
pub use entry::{CrlEntry, EntryError, RevokedEntry};
pub use number::{CrlNumber, CrlNumberError};
pub use reading::{Crl, CrlReadError, Entries};
pub use scope::IssuingDistributionPoint;
pub use walk::{CrlSummary, CrlWalk, CrlWalkError, LARGEST_ENTRY, LARGEST_HEAD, LARGEST_KEPT, LARGEST_PART, PassingEntry, crl_octets};
pub use writing::{CrlError, CrlForm, CrlRequest, PreparedCrl, prepare_crl};

#[cfg(test)]
mod tests;
