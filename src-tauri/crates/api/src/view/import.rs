//! The report of an import, which accounts for every input object.

use serde::Serialize;
use ts_rs::TS;

/// Counts by kind.
#[derive(Debug, Clone, Copy, Default, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportCounts {
    /// Certificates.
    pub certificates: u32,
    /// Private keys.
    pub keys: u32,
    /// Certificate signing requests.
    pub requests: u32,
    /// Revocations.
    pub revocations: u32,
    /// CRLs.
    pub crls: u32,
    /// Profiles.
    pub profiles: u32,
}

/// Something that could not be taken.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportRefused {
    /// The file.
    pub path: String,
    /// Which object in it.
    pub object: String,
    /// A stable code.
    pub code: String,
    /// In words, with what to do.
    pub message: String,
}

/// A file that holds nothing known.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportSkipped {
    /// The file.
    pub path: String,
}

/// What became of one object.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportItem {
    /// The file.
    pub path: String,
    /// Which object in it, and what it is called.
    pub object: String,
    /// `certificate`, `key`, `request`, `crl` or `revocation`.
    pub kind: String,
    /// `new`, `known`, `taken`, `skipped` or `refused`.
    pub outcome: String,
    /// In words: an authority with its key, a certificate whose issuer is missing, a key without a certificate.
    pub detail: String,
    /// Id in the registry, once taken.
    pub id: Option<String>,
}

/// What an import found, and what became of it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// Whether this was a dry run.
    pub dry_run: bool,
    /// What was taken, or in a dry run would be.
    pub taken: ImportCounts,
    /// What was there already.
    pub known: ImportCounts,
    /// What could not be taken, and why.
    pub refused: Vec<ImportRefused>,
    /// Files that hold nothing known.
    pub skipped: Vec<ImportSkipped>,
    /// Every object.
    pub items: Vec<ImportItem>,
    /// How many locked objects none of the passwords opened.
    pub passwords_wanted: u32,
    /// Files with such objects.
    pub locked_paths: Vec<String>,
}
