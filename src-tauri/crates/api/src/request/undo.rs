//! Requests about what can be taken back, and what can be filed.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks what undoing would do.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UndoPlanned {
    /// The act by its number in the audit log; absent: the last that can be undone.
    pub sequence: Option<u32>,
}

/// Undoes one act.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UndoDone {
    /// The act by its number in the audit log.
    pub sequence: u32,
}

/// Takes something out of the trash.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrashRestore {
    /// `profile`, `certificate` or `request`.
    pub kind: String,
    /// Its id, as the trash lists it.
    pub id: String,
}

/// Changes what may change of an authority; what is absent stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AuthoritySet {
    /// The authority by id, name or fingerprint.
    pub authority: String,
    /// Its display name.
    pub name: Option<String>,
    /// Where its CRLs will be found; written into what it issues from now on.
    pub crl_urls: Option<Vec<String>>,
    /// Where its certificate will be found.
    pub issuer_urls: Option<Vec<String>>,
    /// Where its OCSP responder answers.
    pub ocsp_urls: Option<Vec<String>>,
    /// Days from one CRL's thisUpdate to its nextUpdate.
    pub crl_days: Option<u32>,
    /// Whether it issues delta CRLs too, and says so in what it issues.
    #[ts(optional)]
    pub delta: Option<bool>,
    /// How many partitions what it issues from now on is spread over, 0 for none.
    #[ts(optional)]
    pub partitions: Option<u32>,
    /// Whether authorities' certificates and all others have CRLs of their own.
    #[ts(optional)]
    pub split: Option<bool>,
}

/// Puts certificates away, or back.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificatesFiled {
    /// Each by id, `authority/serial`, serial or fingerprint.
    pub certificates: Vec<String>,
    /// Whether they are put away.
    pub archived: bool,
}

/// Puts tags on certificates and takes others off.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificatesTagged {
    /// Each by id, `authority/serial`, serial or fingerprint.
    pub certificates: Vec<String>,
    /// Tags to put on.
    #[serde(default)]
    pub add: Vec<String>,
    /// Tags to take off.
    #[serde(default)]
    pub remove: Vec<String>,
}
