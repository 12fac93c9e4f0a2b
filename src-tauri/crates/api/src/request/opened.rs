//! The request that looks into a file without taking it in.

use serde::Deserialize;
use ts_rs::TS;

use crate::text::{FilePath, Secret};

/// Shows what a file or a pasted text holds, without taking it in. No registry has to be open.
#[derive(Debug, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FileShow {
    /// The file; absent where there is a text.
    pub path: Option<FilePath>,
    /// A text instead, PEM.
    pub text: Option<String>,
    /// Passwords, each tried on everything that is locked.
    pub passwords: Vec<Secret>,
    /// Objects wanted, 1 to 200; absent: 50.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}
