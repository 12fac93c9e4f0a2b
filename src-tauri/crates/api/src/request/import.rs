//! Requests about bringing things over.

use serde::Deserialize;
use ts_rs::TS;

use crate::text::{FilePath, Secret};

/// Takes in certificates, keys, requests and CRLs from files and folders, or only says what would happen.
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
}
