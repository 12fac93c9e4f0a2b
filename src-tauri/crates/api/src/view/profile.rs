//! Profiles and policies.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ProfileDocument;

/// A profile in a few words.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    /// Name, such as `tls-server`.
    pub name: String,
    /// Version.
    pub version: u32,
    /// What it is for, in one line; for built-in ones the catalogue has better words.
    pub description: String,
    /// Whether it is built in: it can be copied, not changed.
    pub built_in: bool,
    /// Whether it makes authorities.
    pub authority: bool,
    /// Whether its certificates are signed by their own key: no request is answered with one.
    pub self_signed: bool,
    /// Default life in days.
    pub default_days: u32,
    /// Longest life in days.
    pub longest_days: Option<u32>,
    /// Default key.
    pub default_key: String,
    /// Keys that may be made.
    pub keys: Vec<String>,
    /// Whether keys that are made are kept, sealed.
    pub keeps_key: bool,
    /// Kinds of names it takes.
    pub name_kinds: Vec<String>,
    /// Whether it wants at least one name.
    pub name_required: bool,
    /// Whether a subject that nobody gives is made from the first name.
    pub subject_from_name: bool,
    /// Key usages.
    pub key_usages: Vec<String>,
    /// Extended key usages.
    pub extended_key_usages: Vec<String>,
}

/// The profiles there are.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileList {
    /// Built-in ones first.
    pub items: Vec<ProfileView>,
}

/// A profile with everything it says.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileDetail {
    /// In a few words.
    pub profile: ProfileView,
    /// Everything.
    pub document: ProfileDocument,
    /// The document as it is written in files (TOML).
    pub text: String,
}

/// What is wrong with a profile or policy that is being written.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileChecked {
    /// Nothing: it is sound.
    pub problems: Vec<ProfileProblem>,
    /// The document as it is written in files (TOML); nothing when it is not sound.
    pub text: Option<String>,
    /// The document, read from its text; nothing when it cannot be read.
    pub document: Option<ProfileDocument>,
}

/// One thing that is wrong with a profile or policy.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileProblem {
    /// The field: `names.patterns[2]`; `line 3` where the text cannot be read.
    pub field: String,
    /// What is wrong, as a code.
    pub code: String,
    /// What is wrong and what would be right, in words.
    pub message: String,
    /// What the field says.
    pub given: String,
}

/// What an authority allows; an empty list allows everything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PolicyRules {
    /// The profiles that may be used, by name.
    pub profiles: Vec<String>,
    /// The kinds of key that may be certified.
    pub keys: Vec<String>,
    /// The longest life in days.
    pub longest_days: Option<u32>,
    /// `dns:*.example.test`, `ip:10.0.0.0/8`: if there are patterns for a form, each name of it must match one.
    pub names: Vec<String>,
}

/// The policy of an authority.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PolicyView {
    /// Whose it is.
    pub authority: super::AuthorityRef,
    /// Its version; nothing before the first: everything is allowed.
    pub version: Option<u32>,
    /// What it says.
    pub rules: PolicyRules,
}
