//! Profiles and policies.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::view::{PolicyRules, ProfileDocument};

/// Names one profile.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileNamed {
    /// Its name.
    pub profile: String,
}

/// A profile to be checked or put into force: as a document, or as the text of a file (TOML).
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileSet {
    /// The document.
    #[serde(default)]
    pub document: Option<ProfileDocument>,
    /// The text of a file.
    #[serde(default)]
    pub text: Option<String>,
}

/// A policy to be put into force.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicySet {
    /// Id, display name or fingerprint of the authority.
    pub authority: String,
    /// What it shall allow.
    pub rules: PolicyRules,
}
