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

/// Asks what renewing an authority would sign.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityRenewal {
    /// Id, display name or fingerprint.
    pub authority: String,
    /// Begins a new key under the same name. The key before goes on signing its CRL until its last certificate has ended.
    #[serde(default)]
    pub new_key: bool,
    /// Kind of the new key; absent: the present one's.
    #[serde(default)]
    #[ts(optional)]
    pub key: Option<String>,
    /// Life in days; absent: the profile's default, not beyond the end of the authority above.
    #[serde(default)]
    #[ts(optional)]
    pub days: Option<u32>,
    /// Where the new key's CRL will be found; absent: the present addresses with the key's number in the file name.
    #[serde(default)]
    #[ts(optional)]
    pub crl_urls: Option<Vec<String>>,
}

/// Renews an authority.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityRenew {
    /// What it shall be.
    pub renewal: AuthorityRenewal,
    /// The authority's name, typed, where it signs its own certificate.
    #[serde(default)]
    #[ts(optional)]
    pub confirmation: Option<String>,
}

/// Retires an authority.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityRetire {
    /// Id, display name or fingerprint.
    pub authority: String,
    /// The authority's name, typed.
    pub confirmation: String,
}
