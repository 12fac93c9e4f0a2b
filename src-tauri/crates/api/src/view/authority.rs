//! Views of authorities.

use serde::Serialize;
use ts_rs::TS;

use super::{CertificateView, CrlNumberText};

/// The current CRL of an authority in a few words.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlState {
    /// Number of the newest CRL; `null` before the first.
    #[ts(type = "number | string | null")]
    pub number: Option<CrlNumberText>,
    /// When it was issued.
    pub this_update: Option<String>,
    /// When the next is due at the latest.
    pub next_update: Option<String>,
    /// Entries in it.
    pub entries: u32,
    /// Whether a revocation is not on it yet.
    pub stale: bool,
    /// When it should be rebuilt: two thirds of its life, or at once when stale.
    pub due_at: Option<String>,
}

/// One key generation.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GenerationView {
    /// Id.
    pub id: String,
    /// Ids of its CA certificates, newest first.
    pub certificates: Vec<String>,
    /// Its CRL.
    pub crl: CrlState,
}

/// An authority.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuthorityView {
    /// Id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Id of the authority above; `null` for a root or where the issuer is outside.
    pub parent: Option<String>,
    /// `valid`, `held`, `superseded`, `revoked`, `expired` or `retired`.
    pub status: String,
    /// `os`, `vault` or `elsewhere`.
    pub key_location: String,
    /// State of the key: `ready`, `locked`, `unreachable`, `missing`, `wrong-key`, `staging` or `elsewhere`.
    pub key_state: String,
    /// When the key last proved itself.
    pub key_proven_at: Option<String>,
    /// The current CA certificate.
    pub certificate: CertificateView,
    /// Key generations, newest first.
    pub generations: Vec<GenerationView>,
    /// CRL of the current generation.
    pub crl: CrlState,
    /// Certificates issued.
    pub issued: u32,
    /// Names from the root down to this one.
    pub path: Vec<String>,
    /// CRL distribution points written into what it issues.
    pub crl_urls: Vec<String>,
    /// CA issuers addresses written into what it issues.
    pub issuer_urls: Vec<String>,
    /// OCSP addresses written into what it issues.
    pub ocsp_urls: Vec<String>,
    /// Life of a CRL in days.
    pub crl_days: u32,
    /// Longest chain of further authorities below; `null` when unlimited.
    pub path_length: Option<u32>,
}

/// All authorities, parents before children.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuthorityList {
    /// In tree order.
    pub items: Vec<AuthorityView>,
    /// Always `null`: a team has few.
    pub next: Option<String>,
    /// How many.
    pub total: super::Total,
}
