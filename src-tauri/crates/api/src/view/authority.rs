//! Views of authorities.

use serde::Serialize;
use ts_rs::TS;

use super::{AuthorityRef, CertificatePreview, CertificateView, CrlNumberText, ExpiryMonth, FileWritten, FindingView, NameText};

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
    /// Which of the authority's keys: 1 for the first.
    pub number: u32,
    /// Whether it issues.
    pub current: bool,
    /// Whether its CRL goes on: it issues, or what it has issued has not all ended.
    pub answers: bool,
    /// When the last certificate that it has issued ends; `null` where it has issued none.
    pub ends_at: Option<String>,
    /// Kind of its key.
    pub key: String,
    /// Where its CRL is found.
    pub crl_urls: Vec<String>,
    /// Ids of its CA certificates, newest first; those that another authority has signed beside its own line last.
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
    /// Whether it issues delta CRLs too.
    pub delta: bool,
    /// How many partitions what it issues now is spread over; 0 for none.
    pub partitions: u32,
    /// Whether authorities' certificates and all others have CRLs of their own.
    pub split: bool,
    /// Longest chain of further authorities below; `null` when unlimited.
    pub path_length: Option<u32>,
}

/// All authorities, parents before children.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuthorityList {
    /// In tree order.
    pub items: Vec<AuthorityView>,
    /// Those that have no certificate yet: an outside authority was asked for it.
    pub waiting: Vec<WaitingAuthorityView>,
    /// Always `null`: a team has few.
    pub next: Option<String>,
    /// How many.
    pub total: super::Total,
}

/// What renewing an authority would sign.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuthorityRenewalView {
    /// The authority.
    pub authority: AuthorityRef,
    /// The certificate that it issues under now.
    pub before: CertificateView,
    /// The next one, with where it differs.
    pub preview: CertificatePreview,
    /// Where its CRL will be found; a new key has addresses of its own.
    pub crl_urls: Vec<String>,
    /// What must be typed to confirm; `null` where nothing must: only who trusts a root has to take the new certificate over.
    pub confirmation: Option<String>,
}

/// An authority that was renewed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuthorityRenewedView {
    /// The authority.
    pub authority: AuthorityView,
    /// Its new certificate.
    pub certificate: CertificateView,
    /// What the checks before signing said.
    pub findings: Vec<FindingView>,
}

/// How many certificates still work, by what they are for.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WorkingView {
    /// TLS servers.
    pub servers: u32,
    /// TLS clients.
    pub clients: u32,
    /// Authorities.
    pub authorities: u32,
    /// The rest.
    pub others: u32,
}

/// An authority below another.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BelowView {
    /// Which.
    pub authority: AuthorityRef,
    /// 1 for those that the authority has issued itself.
    pub depth: u32,
    /// What it has issued and still works.
    pub working: WorkingView,
}

/// What hangs on an authority: what stops working when it is revoked.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImpactView {
    /// The authority.
    pub authority: AuthorityRef,
    /// What it has issued and still works.
    pub working: WorkingView,
    /// The authorities below it, parents before children.
    pub below: Vec<BelowView>,
    /// How many there are of all kinds, those below counted in.
    pub total: u32,
    /// When they end, month by month; months in which nothing ends are left out.
    pub months: Vec<ExpiryMonth>,
    /// The day on which the last of them ends, as `2027-03-01`; `null` where nothing works any more.
    pub last_ends: Option<String>,
}

/// What signing another authority's key would give.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrossSigningView {
    /// Who signs.
    pub authority: AuthorityRef,
    /// The other authority's own certificate.
    pub of: CertificateView,
    /// What would be signed, with where it differs from that.
    pub preview: CertificatePreview,
    /// What must be typed to confirm.
    pub confirmation: String,
}

/// A cross-certificate.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrossSignedView {
    /// The certificate.
    pub certificate: CertificateView,
    /// Files written.
    pub files: Vec<FileWritten>,
    /// What the checks before signing said.
    pub findings: Vec<FindingView>,
}

/// The signing request of an authority's key.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuthorityCsrView {
    /// The authority.
    pub authority: AuthorityRef,
    /// Which of the authority's keys: 1 for the first.
    pub generation: u32,
    /// Whether this key has no certificate yet.
    pub waits: bool,
    /// The subject that is asked for.
    pub subject: NameText,
    /// Kind of the key, such as `ec-p384`.
    pub key: String,
    /// SHA-256 of the SubjectPublicKeyInfo, hex.
    pub key_fingerprint: String,
    /// Longest chain of further authorities below that is asked for; `null` when unlimited.
    pub path_length: Option<u32>,
    /// SHA-256 of the request, hex.
    pub sha256: String,
    /// The request as PEM.
    pub pem: String,
    /// When it was made.
    pub made_at: String,
    /// Files written.
    pub files: Vec<FileWritten>,
}

/// An authority that has no certificate yet.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WaitingAuthorityView {
    /// Id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// `waiting`, or `retired` where the certificate is not wanted any more.
    pub status: String,
    /// `os`, `vault` or `elsewhere`.
    pub key_location: String,
    /// State of the key, as in an authority.
    pub key_state: String,
    /// What asks for its certificate.
    pub csr: AuthorityCsrView,
    /// CRL distribution points that will be written into what it issues.
    pub crl_urls: Vec<String>,
    /// CA issuers addresses that will be written into what it issues.
    pub issuer_urls: Vec<String>,
    /// OCSP addresses that will be written into what it issues.
    pub ocsp_urls: Vec<String>,
    /// Life of a CRL in days.
    pub crl_days: u32,
}

/// A certificate that was installed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuthorityInstalledView {
    /// The authority, as it stands now.
    pub authority: AuthorityView,
    /// The certificate.
    pub certificate: CertificateView,
    /// Whether its issuer's certificate is known, and its signature was verified with it.
    pub issuer_known: bool,
    /// Certificates of other authorities, above it, that were taken in with it.
    pub taken: Vec<CertificateView>,
}
