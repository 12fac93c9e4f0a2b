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
    /// Only actions that start with this, such as `certificate.`.
    pub action: Option<String>,
    /// Only what concerns this subject (an id).
    pub subject: Option<String>,
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
