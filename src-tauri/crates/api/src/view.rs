//! What comes back. One file per noun; every field is stable, more may come.

mod audit;
mod authority;
mod certificate;
mod crl;
mod crl_round;
mod export;
mod import;
mod inbox;
mod key;
mod many;
mod opened;
mod overview;
mod profile;
mod profile_document;
mod registry;
mod settings;
mod source;
mod undo;

pub use audit::*;
pub use authority::*;
pub use certificate::*;
pub use crl::*;
pub use crl_round::*;
pub use export::*;
pub use import::*;
pub use inbox::*;
pub use key::*;
pub use many::*;
pub use opened::*;
pub use overview::*;
pub use profile::*;
pub use profile_document::*;
pub use registry::*;
pub use settings::*;
pub use source::*;
pub use undo::*;

use serde::Serialize;
use ts_rs::TS;

/// Nothing but success.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Done {}

/// How many there are; counting stops at a limit.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    /// The count, or the limit at which counting stopped.
    pub count: u32,
    /// Whether there are more than `count`.
    pub at_least: bool,
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Cursor of the next page; `null` on the last.
    pub next: Option<String>,
    /// How many rows the whole list has.
    pub total: Total,
}

/// A subject or issuer in both ways of writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NameText {
    /// RFC 4514: the last RDN first.
    pub rfc4514: String,
    /// OpenSSL style, `/C=…/O=…`: in the order of encoding.
    pub openssl: String,
}

/// A message of the preflight: what is wrong, how bad, and by which clause.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FindingView {
    /// The rule's name.
    pub lint: String,
    /// `error`, `warning` or `notice`.
    pub severity: String,
    /// In words.
    pub message: String,
    /// What to do about it, in words.
    pub fix: String,
    /// The clause, such as `RFC 5280 4.2.1.6`.
    pub clause: String,
    /// Whether the user accepted it by name.
    pub accepted: bool,
}

/// One file that was written.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FileWritten {
    /// Its path.
    pub path: String,
    /// What is in it: `certificate`, `chain`, `key`, `pkcs12`, `crl`, `backup`, `recovery-file`.
    pub holds: String,
}
