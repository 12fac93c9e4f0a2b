//! Views of certificate revocation lists.

use serde::Serialize;
use ts_rs::TS;

use super::FindingView;

/// A CRL number: a JSON number as long as that is exact (below 2^53), else decimal text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CrlNumberText {
    /// Exact as a JSON number.
    Small(u64),
    /// Decimal text.
    Large(String),
}

/// One entry of a CRL.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlEntryView {
    /// Serial, hex.
    pub serial: String,
    /// When it was revoked.
    pub revoked_at: String,
    /// RFC 5280's name of the reason; `unspecified` when none is written.
    pub reason: String,
    /// When it became invalid.
    pub invalidity_date: Option<String>,
    /// The certificate's display name, where it is in the registry.
    pub name: Option<String>,
    /// The certificate's id, where it is in the registry.
    pub certificate: Option<String>,
    /// Why it is listed though its certificate has ended: `once-more` (no CRL issued after its end has listed it yet), `last-time` (this one does), or
    /// `for-ever` (nobody knows when it ends). RFC 5280 3.3.
    #[ts(optional = nullable)]
    pub kept: Option<String>,
}

/// One of two CRLs that are compared.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlSide {
    /// Number; `null` where the CRL has none.
    #[ts(type = "number | string | null")]
    pub number: Option<CrlNumberText>,
    /// When it was issued; `null` for one that is not built yet.
    pub this_update: Option<String>,
    /// How many entries.
    pub entries: Option<u32>,
}

/// One entry that two CRLs have differently.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlChangeView {
    /// `added`, `removed` or `changed`.
    pub change: String,
    /// The entry of the later CRL; where it has none, that of the earlier.
    pub entry: CrlEntryView,
    /// The reason that the earlier CRL gave, where it changed.
    pub was: Option<String>,
    /// Why the later has none: `expired` or `lifted`; `null` where that is not known.
    pub end: Option<String>,
}

/// Where two CRLs differ.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlDifferenceView {
    /// The earlier; `null` where there is none.
    pub from: Option<CrlSide>,
    /// The later.
    pub to: CrlSide,
    /// How many entries only the later has.
    pub added: u32,
    /// How many entries only the earlier has.
    pub removed: u32,
    /// How many entries say something else.
    pub changed: u32,
    /// The entries.
    pub items: Vec<CrlChangeView>,
    /// Cursor of the next page of entries.
    pub next: Option<String>,
}

/// A CRL.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlView {
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// Which of its authority's keys signed it, 1 for the first; `null` for one in a file.
    pub generation: Option<u32>,
    /// The CRLs of earlier keys that were built with it.
    pub earlier: Vec<CrlView>,
    /// Number; `null` where the CRL has none.
    #[ts(type = "number | string | null")]
    pub number: Option<CrlNumberText>,
    /// When it was issued.
    pub this_update: String,
    /// When the next is due at the latest.
    pub next_update: Option<String>,
    /// How many entries.
    pub entries: u32,
    /// Whether it is a base (complete) CRL.
    pub base: bool,
    /// Issuing distribution point, in words.
    pub idp: Option<String>,
    /// `valid`, `invalid` or `unknown`.
    pub signature: String,
    /// SHA-256 of the DER, hex.
    pub sha256: String,
    /// Size in bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// Entries, when asked for.
    pub items: Vec<CrlEntryView>,
    /// What is wrong with it. The entries of a CRL of ours were judged when they were written; those of a file are judged on its first page.
    pub findings: Vec<FindingView>,
    /// Cursor of the next page of entries.
    pub next: Option<String>,
}

/// A CRL that was issued, in the list of an authority's.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlSummary {
    /// Number.
    #[ts(type = "number | string")]
    pub number: CrlNumberText,
    /// When it was issued.
    pub this_update: String,
    /// When the next is due at the latest.
    pub next_update: String,
    /// How many entries.
    pub entries: u32,
    /// Size in bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// SHA-256 of the DER, hex.
    pub sha256: String,
    /// Whether it was issued elsewhere and taken in.
    pub imported: bool,
    /// The number of the base whose changes it tells; `null` for a base.
    #[ts(type = "number | string | null")]
    pub delta_of: Option<CrlNumberText>,
    /// The address of the part that it is about; `null` for the whole.
    pub scope: Option<String>,
}

/// The CRLs of an authority, newest first.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlList {
    /// Newest first.
    pub items: Vec<CrlSummary>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// How many.
    pub total: super::Total,
    /// What the next CRL would list beyond the newest.
    pub pending: Vec<CrlEntryView>,
}

/// What taking in a CRL changed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrlInstalled {
    /// The CRL.
    pub crl: CrlView,
    /// Revocations that were not known.
    pub revocations_taken: u32,
    /// Each of them.
    pub revocations: Vec<CrlEntryView>,
    /// The next CRL's number will be above this one.
    #[ts(type = "number | string")]
    pub continues_above: CrlNumberText,
}
