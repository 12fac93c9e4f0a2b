//! Requests about the inbox of certificate signing requests.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::FilePath;

/// Takes certificate signing requests into the inbox.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RequestAdd {
    /// Files and folders; contents are recognised by looking.
    pub paths: Vec<FilePath>,
    /// Text pasted by the user, PEM.
    pub text: Option<String>,
}

/// A page of the inbox, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RequestList {
    /// `open`, `issued` or `rejected`; absent: all.
    pub state: Option<String>,
    /// Words that subject, names, key, SHA-256 or note have, every one of them.
    pub search: Option<String>,
    /// Rows wanted, 1 to 500; absent: 100.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// Shows a request, and what an authority and a profile make of it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestShow {
    /// Id, or SHA-256 of the request.
    pub request: String,
    /// The authority by id, name or fingerprint; absent: the one that fits best.
    #[serde(default)]
    pub authority: Option<String>,
    /// Profile name; absent: the one that fits best.
    #[serde(default)]
    pub profile: Option<String>,
}

/// Names one request of the inbox.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestNamed {
    /// Id, or SHA-256 of the request.
    pub request: String,
}

/// Turns a request down.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestReject {
    /// Id, or SHA-256 of the request.
    pub request: String,
    /// Why, for the record and for whoever asked.
    #[serde(default)]
    pub note: Option<String>,
}
