//! Requests about the audit log.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::FilePath;

/// A page of the audit log, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AuditList {
    /// Rows wanted, 1 to 500; absent: 100.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
    /// Where the page begins, by place in the list (0 is the newest) instead of by cursor.
    pub position: Option<u32>,
    /// Only what was done by an actor whose `user@host (program)` has this in it, in any case.
    pub actor: Option<String>,
    /// Not before this time, RFC 3339 or a date.
    pub since: Option<String>,
    /// Not after this time, RFC 3339 or a date.
    pub until: Option<String>,
    /// Only refused attempts.
    pub refused: bool,
    /// Only entries in which each word stands somewhere.
    pub search: Option<String>,
    /// Only actions that start with this, such as `certificate.`.
    pub action: Option<String>,
    /// Only what concerns this subject (an id).
    pub subject: Option<String>,
    /// Only entries up to this number.
    pub last: Option<u32>,
}

/// Names one entry of the audit log.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditNamed {
    /// Its place in the log, from 1.
    pub sequence: u32,
}

/// Writes the whole log into a file, JSON lines, oldest first.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditExport {
    /// The file to write.
    pub out: FilePath,
    /// Replaces a file that exists.
    #[serde(default)]
    pub overwrite: bool,
}
