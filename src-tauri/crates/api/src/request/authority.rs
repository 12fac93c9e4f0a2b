//! Requests about authorities.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Creates a root, or an intermediate under `parent`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityCreate {
    /// Display name, unique in the registry.
    pub name: String,
    /// Subject, RFC 4514 or OpenSSL style.
    pub subject: String,
    /// The issuing authority by id, name or fingerprint; absent for a root.
    #[serde(default)]
    pub parent: Option<String>,
    /// Key specification such as `ec-p384`; absent: the profile's default.
    #[serde(default)]
    pub key: Option<String>,
    /// Life in days; absent: the profile's default.
    #[serde(default)]
    pub days: Option<u32>,
    /// Longest chain of further authorities below this one.
    #[serde(default)]
    pub path_length: Option<u8>,
    /// Where this authority's CRLs will be found; written into what it issues.
    #[serde(default)]
    pub crl_urls: Vec<String>,
    /// Where this authority's certificate will be found; written into what it issues.
    #[serde(default)]
    pub issuer_urls: Vec<String>,
    /// Where this authority's OCSP responder answers; written into what it issues.
    #[serde(default)]
    pub ocsp_urls: Vec<String>,
    /// Name constraints: permitted subtrees.
    #[serde(default)]
    pub permit: Vec<String>,
    /// Name constraints: excluded subtrees.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// Names one authority by id, display name or fingerprint of its current certificate.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityNamed {
    /// Id, display name or fingerprint.
    pub authority: String,
}
