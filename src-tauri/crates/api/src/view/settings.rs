//! Views of what can be set.

use serde::Serialize;
use ts_rs::TS;

/// A setting as it stands.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingView {
    /// Its name, such as `backup.keep`.
    pub key: String,
    /// What it is, in a few words.
    pub title: String,
    /// What it does, in a sentence.
    pub about: String,
    /// `switch`, `number` or `folder`.
    pub kind: String,
    /// What it is now: `on` or `off`, a number, a path; empty for a folder that nobody has set.
    pub value: String,
    /// What it is while nobody has set it.
    pub default: String,
    /// Whether somebody has set it.
    pub changed: bool,
    /// What a number counts: `days`, `minutes`, `files`.
    pub unit: Option<String>,
    /// The least that a number can be.
    pub least: Option<u32>,
    /// The most that a number can be.
    pub most: Option<u32>,
    /// What it takes, in words.
    pub takes: String,
}

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingList {
    /// In the order in which they are shown.
    pub items: Vec<SettingView>,
}
