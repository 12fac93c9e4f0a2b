//! Requests about authorities.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::FilePath;

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
    /// Warnings accepted by lint name.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub accept: Vec<String>,
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

/// Asks what signing another authority's key would give.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrossSigning {
    /// Who signs: id, display name or fingerprint.
    pub authority: String,
    /// The other authority's certificate: id, `authority/serial`, serial or fingerprint.
    #[serde(default)]
    #[ts(optional)]
    pub certificate: Option<String>,
    /// Or a file.
    #[serde(default)]
    #[ts(optional)]
    pub path: Option<FilePath>,
    /// Life in days; absent: an intermediate's, not beyond the end of who signs.
    #[serde(default)]
    #[ts(optional)]
    pub days: Option<u32>,
    /// Longest chain of further authorities below; not longer than its own certificate says.
    #[serde(default)]
    #[ts(optional)]
    pub path_length: Option<u8>,
    /// Name constraints: permitted subtrees, within those of its own certificate.
    #[serde(default)]
    pub permit: Vec<String>,
    /// Name constraints: excluded subtrees beside those of its own certificate.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// Signs another authority's key.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityCrossSign {
    /// What shall be signed.
    pub signing: CrossSigning,
    /// The other authority's name, typed: whoever trusts the one will trust the other.
    pub confirmation: String,
    /// The file to write, PEM.
    pub out: FilePath,
    /// Replaces a file that exists.
    #[serde(default)]
    pub overwrite: bool,
}

/// Makes an authority whose certificate an outside authority will issue: its key, and the request that asks for the certificate.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityRequest {
    /// Display name, unique in the registry.
    pub name: String,
    /// Subject, RFC 4514 or OpenSSL style.
    pub subject: String,
    /// Key specification such as `ec-p384`; absent: an intermediate's default.
    #[serde(default)]
    #[ts(optional)]
    pub key: Option<String>,
    /// Longest chain of further authorities below that is asked for.
    #[serde(default)]
    #[ts(optional)]
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
    /// Name constraints that are asked for: permitted subtrees.
    #[serde(default)]
    pub permit: Vec<String>,
    /// Name constraints that are asked for: excluded subtrees.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// Asks for the signing request of an authority's key, which is made once: a second time the same bytes come back.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityCsr {
    /// Id, display name or fingerprint.
    pub authority: String,
    /// The request of a new key that waits for its certificate, made if none waits; else that of the key that issues, or of the one that waits where
    /// none issues yet.
    #[serde(default)]
    pub new_key: bool,
    /// Kind of the new key; absent: the present one's.
    #[serde(default)]
    #[ts(optional)]
    pub key: Option<String>,
    /// The file to write, PEM; absent: only the view.
    #[serde(default)]
    #[ts(optional)]
    pub out: Option<FilePath>,
    /// Replaces a file that exists.
    #[serde(default)]
    pub overwrite: bool,
}

/// Installs the certificate that answers an authority's request.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityInstall {
    /// Id, display name or fingerprint.
    pub authority: String,
    /// The file with the certificate, and perhaps those of its issuers: PEM, DER or PKCS#7.
    #[serde(default)]
    #[ts(optional)]
    pub path: Option<FilePath>,
    /// Or the same as text, PEM.
    #[serde(default)]
    #[ts(optional)]
    pub text: Option<String>,
}
