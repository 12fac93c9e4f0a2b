//! Views of sources: other people's trust lists and CRLs.

use serde::Serialize;
use ts_rs::TS;

/// Where a source is.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourcePlace {
    /// `file`, `url` or `system`.
    pub kind: String,
    /// Path or address; of `system` the file that was found, empty where there is none.
    pub text: String,
}

/// A certificate that a source's signature is verified with.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceSigner {
    /// Its subject, RFC 4514.
    pub subject: String,
    /// Its SHA-256.
    pub fingerprint: String,
    /// When it ends.
    pub not_after: String,
}

/// How many certificates of each kind.
#[derive(Debug, Clone, Copy, Default, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceCounts {
    /// Country signing CAs.
    pub cscas: u32,
    /// Document signers.
    pub document_signers: u32,
    /// Signers of master lists.
    pub list_signers: u32,
    /// Others.
    pub others: u32,
}

/// Why a refresh came to nothing.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceFailure {
    /// When.
    pub at: String,
    /// The stage: `fetch`, `verify`, `stage`, `compare` or `replace`.
    pub stage: String,
    /// The error's code.
    pub code: String,
    /// What happened, in words.
    pub title: String,
    /// What to do, in words.
    pub next: String,
    /// Whether it passes by itself: it is tried again, later each time.
    pub passing: bool,
    /// How often in a row a refresh has failed.
    pub times: u32,
}

/// A source.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceView {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// `pem`, `icao-master-list`, `ldif` or `crl`.
    pub kind: String,
    /// Where it is.
    pub place: SourcePlace,
    /// What its signature is verified with.
    pub signers: Vec<SourceSigner>,
    /// Hours from one refresh to the next; `null`: by hand only.
    pub refresh_hours: Option<u32>,
    /// When it was made.
    pub created_at: String,
    /// When its content was last found good, changed or not.
    pub refreshed_at: Option<String>,
    /// When its content last changed.
    pub changed_at: Option<String>,
    /// When it is refreshed next; `null`: by hand only.
    pub due_at: Option<String>,
    /// Why the last refresh failed; `null` when it did not.
    pub failure: Option<SourceFailure>,
    /// Who signed what it holds, RFC 4514; `null` for what has no signature.
    pub signed_by: Option<String>,
    /// When it was signed, as the signature says.
    pub signed_at: Option<String>,
    /// SHA-256 of the file or answer that its content is from.
    pub sha256: Option<String>,
    /// Octets of it.
    #[ts(type = "number")]
    pub size: u64,
    /// Its certificates.
    pub certificates: SourceCounts,
    /// Countries that they are of.
    pub countries: u32,
    /// CRLs.
    pub crls: u32,
    /// Entries of these.
    pub revoked: u32,
    /// The earliest end of a CRL in it.
    pub next_update: Option<String>,
    /// Things that cannot be read, kept as they came.
    pub quarantined: u32,
}

/// All sources, by name.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceList {
    /// The sources.
    pub items: Vec<SourceView>,
}

/// What a source has of a country.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceCountry {
    /// The country as its certificates name it, in capitals; empty for those that name none.
    pub country: String,
    /// Its certificates.
    pub certificates: SourceCounts,
    /// Its CRLs.
    pub crls: u32,
    /// The earliest end of one of these.
    pub next_update: Option<String>,
}

/// A source with what it has of each country.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceDetail {
    /// The source.
    pub source: SourceView,
    /// Its countries, in order of the alphabet.
    pub countries: Vec<SourceCountry>,
    /// Its latest refreshes, newest first, at most ten.
    pub events: Vec<SourceEvent>,
}

/// A certificate of a source.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceCertificate {
    /// Its id.
    pub id: String,
    /// `csca`, `document-signer`, `list-signer` or `other`.
    pub kind: String,
    /// The country of its subject, in capitals; empty where it names none.
    pub country: String,
    /// Its subject, RFC 4514.
    pub subject: String,
    /// Its issuer, RFC 4514.
    pub issuer: String,
    /// Its serial number, hex.
    pub serial: String,
    /// Its SHA-256.
    pub fingerprint: String,
    /// Its subject key identifier, hex.
    pub subject_key_id: Option<String>,
    /// Its authority key identifier, hex.
    pub authority_key_id: Option<String>,
    /// The kind of its key, such as `ec-p256`.
    pub key_kind: String,
    /// When it begins.
    pub not_before: String,
    /// When it ends.
    pub not_after: String,
    /// `ahead`, `valid` or `ended`, by its times alone.
    pub standing: String,
    /// In how many sources it is.
    pub sources: u32,
    /// The certificate, PEM.
    pub pem: String,
}

/// A CRL of a source.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceCrl {
    /// Its id.
    pub id: String,
    /// Its issuer, RFC 4514.
    pub issuer: String,
    /// The country of its issuer, in capitals; empty where it names none.
    pub country: String,
    /// Its number, decimal; `null` where it has none.
    pub number: Option<String>,
    /// When it was issued.
    pub this_update: String,
    /// When the next one is due at the latest.
    pub next_update: Option<String>,
    /// Whether that is over.
    pub expired: bool,
    /// `valid`, or `unknown` where no certificate of its issuer is at hand; one with a wrong signature is in quarantine.
    pub signature: String,
    /// How many entries it has.
    pub entries: u32,
    /// Its SHA-256.
    pub sha256: String,
    /// Its octets.
    #[ts(type = "number")]
    pub size: u64,
}

/// An entry of a source's CRL.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceRevokedEntry {
    /// The serial number, hex.
    pub serial: String,
    /// When it was revoked.
    pub revoked_at: String,
    /// RFC 5280's name of the reason; `null` where none is said.
    pub reason: Option<String>,
}

/// Something that cannot be read, kept as it came.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceQuarantined {
    /// Its id.
    pub id: String,
    /// Where in the list it stood: number of the item, or name of the entry.
    pub place: String,
    /// Why it cannot be taken, a stable code.
    pub reason: String,
    /// In words.
    pub message: String,
    /// Its octets.
    #[ts(type = "number")]
    pub size: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Its first octets, hex, at most 64.
    pub start: String,
}

/// One refresh.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceEvent {
    /// Its number.
    pub id: String,
    /// When.
    pub at: String,
    /// `created`, `replaced`, `unchanged` or `failed`.
    pub outcome: String,
    /// Whether a person asked for it; else the schedule did.
    pub by_hand: bool,
    /// Added certificates and CRLs.
    pub added: u32,
    /// Removed ones.
    pub removed: u32,
    /// Changed ones.
    pub changed: u32,
    /// Things put into quarantine.
    pub quarantined: u32,
    /// How long it took, milliseconds.
    pub milliseconds: u32,
    /// Why it failed; `null` when it did not. Its `times` is how often in a row it had.
    pub failure: Option<SourceFailure>,
}

/// One change between what a source has and what would come.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceChange {
    /// `added`, `removed` or `changed`.
    pub change: String,
    /// `certificate` or `crl`.
    pub object: String,
    /// The kind of a certificate; empty for a CRL.
    pub kind: String,
    /// The country; empty where it names none.
    pub country: String,
    /// Subject of the certificate, or issuer of the CRL, RFC 4514.
    pub name: String,
    /// Serial number of the certificate, hex, or number of the CRL, decimal; empty where it has none.
    pub serial: String,
    /// SHA-256 of what comes, or of what goes.
    pub fingerprint: String,
    /// SHA-256 of what it takes the place of, for a change.
    pub before: Option<String>,
}

/// What a refresh adds, removes and changes: certificates and CRLs by their bytes; one of the same issuer and serial number, or a CRL of the same issuer
/// and key, with other bytes is a change.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceDifference {
    /// How many are added.
    pub added: u32,
    /// How many are removed.
    pub removed: u32,
    /// How many are changed.
    pub changed: u32,
    /// How many stay.
    pub unchanged: u32,
    /// How many would be, or are, in quarantine.
    pub quarantined: u32,
    /// Whether it is smaller by more than a fifth, which `acceptShrink` takes.
    pub shrinks: bool,
    /// The changes: changed, removed, added.
    pub items: Vec<SourceChange>,
    /// Whether there are more changes than are listed.
    pub more: bool,
}

/// What a refresh did.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceRefreshed {
    /// The source as it is now.
    pub source: SourceView,
    /// `created`, `replaced` or `unchanged`.
    pub outcome: String,
    /// What was added, removed and changed.
    pub difference: SourceDifference,
}

/// A source whose turn failed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceRoundFailure {
    /// Its name.
    pub source: String,
    /// The error's code.
    pub code: String,
    /// What happened, in words.
    pub message: String,
}

/// What a look at the sources that were due has come to.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceRound {
    /// Those that were refreshed.
    pub refreshed: Vec<SourceRefreshed>,
    /// Those whose refresh failed; they have what they had.
    pub failed: Vec<SourceRoundFailure>,
}
