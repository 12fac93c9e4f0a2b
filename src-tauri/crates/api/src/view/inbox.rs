//! The inbox of certificate signing requests.

use serde::Serialize;
use ts_rs::TS;

use super::{CertificatePreview, ExtensionText, NameText};

/// A request in the inbox.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestEntry {
    /// Its id.
    pub id: String,
    /// Who asks, in a few words.
    pub name: String,
    /// `open`, `issued` or `rejected`.
    pub state: String,
    /// The subject asked for.
    pub subject: NameText,
    /// The names asked for.
    pub names: Vec<String>,
    /// Kind of the key, such as `ec-p384`.
    pub key: String,
    /// SHA-256 of the SubjectPublicKeyInfo, hex.
    pub key_fingerprint: String,
    /// SHA-256 of the request, hex.
    pub sha256: String,
    /// When it came in.
    pub received_at: String,
    /// Why it was turned down.
    pub note: Option<String>,
    /// Id of the certificate that was issued for it.
    pub certificate: Option<String>,
}

/// Something that speaks against a request, or should be known before deciding.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestConcern {
    /// A stable code.
    pub code: String,
    /// `error` (nothing is issued), `warning` or `notice`.
    pub severity: String,
    /// In words.
    pub message: String,
    /// What to do about it, in words.
    pub fix: String,
    /// The certificate concerned.
    pub certificate: Option<String>,
    /// The earlier request concerned.
    pub request: Option<String>,
}

/// What becomes of one thing that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestDifference {
    /// `subject`, `names` or `extension`.
    pub what: String,
    /// An extension's name; else empty.
    pub label: String,
    /// What was asked for.
    pub asked: String,
    /// What it would get.
    pub given: String,
    /// `taken`, `changed`, `left-out` or `added`.
    pub fate: String,
}

/// Why nothing would be issued.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestRefusal {
    /// The error's code.
    pub code: String,
    /// In words.
    pub message: String,
    /// What to do, in words.
    pub hint: String,
}

/// A request, and what an authority and a profile make of it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestDetail {
    /// The request.
    pub request: RequestEntry,
    /// Extensions asked for, in plain words.
    pub extensions: Vec<ExtensionText>,
    /// What the request was signed with.
    pub signature_algorithm: String,
    /// The request as PEM.
    pub pem: String,
    /// What speaks against it, the weightiest first.
    pub concerns: Vec<RequestConcern>,
    /// Id of the authority that it was judged by; `null` where none can issue.
    pub authority: Option<String>,
    /// That authority's name.
    pub authority_name: Option<String>,
    /// The profile that it was judged by.
    pub profile: Option<String>,
    /// What the profile makes of what was asked for.
    pub difference: Vec<RequestDifference>,
    /// What would be signed.
    pub preview: Option<CertificatePreview>,
    /// Or why nothing would be.
    pub refusal: Option<RequestRefusal>,
}

/// What became of one thing that was to be taken in.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestAdded {
    /// The file.
    pub path: String,
    /// Who asks; where that cannot be read, which object in the file.
    pub name: String,
    /// `new`, `known` or `refused`.
    pub outcome: String,
    /// Its id; `null` if refused.
    pub id: Option<String>,
    /// Why it was refused: a stable code.
    pub code: Option<String>,
    /// In words: why it was refused, or what became of it before.
    pub detail: String,
}

/// What became of everything that was to be taken in.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestsAdded {
    /// Every request, and what was named and is none.
    pub items: Vec<RequestAdded>,
    /// Files in folders that hold no request.
    pub skipped: Vec<String>,
}
