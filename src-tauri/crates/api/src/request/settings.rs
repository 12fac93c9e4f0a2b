//! Requests about what can be set for a registry.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::FilePath;

/// Changes settings: all of them, or none.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingsSet {
    /// What is to change.
    pub changes: Vec<SettingChange>,
}

/// One setting and its new value.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingChange {
    /// Its name, such as `backup.keep`.
    pub key: String,
    /// The new value; absent, together with `path`: back to the default. A folder is not named here but by `path`.
    #[serde(default)]
    pub value: Option<String>,
    /// The new value of a setting that is a folder.
    #[serde(default)]
    pub path: Option<FilePath>,
}
