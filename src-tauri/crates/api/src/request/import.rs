//! Requests about bringing things over.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::{FilePath, Secret};

/// Takes in certificates, keys, requests and CRLs from files, folders and databases of other programs, or only says what would happen.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportFiles {
    /// Files and folders; contents are recognised by looking.
    pub paths: Vec<FilePath>,
    /// Text pasted by the user, PEM.
    #[serde(default)]
    pub text: Option<String>,
    /// Passwords, each tried on everything that is locked.
    #[serde(default)]
    pub passwords: Vec<Secret>,
    /// Leaves keys out, and with them the need for passwords.
    #[serde(default)]
    pub without_keys: bool,
    /// Wants every object in the reply; else the first of each outcome, and pages for the rest.
    #[serde(default)]
    pub whole: bool,
}

/// A page of the objects of the latest import or dry run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ImportItems {
    /// The report, as it names itself.
    pub report: String,
    /// Only objects with this outcome; `new` means taken ones too.
    pub outcome: Option<String>,
    /// Only objects of this kind.
    pub kind: Option<String>,
    /// Only objects of the source of this number.
    pub source: Option<u32>,
    /// Rows wanted, 1 to 500; absent: 100.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// Writes the latest report, every object of it, into a file.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportKeep {
    /// The report, as it names itself.
    pub report: String,
    /// The file to write.
    pub out: FilePath,
    /// `json` or `text`; absent: by the file's extension, text for others than `.json`.
    #[serde(default)]
    pub format: Option<String>,
    /// Replaces a file that exists.
    #[serde(default)]
    pub overwrite: bool,
}
