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

/// How many objects had each outcome.
#[derive(Debug, Clone, Copy, Default, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportOutcomes {
    /// Not here before: taken, or in a dry run would be.
    pub new: u32,
    /// Here already, or twice in the input.
    pub known: u32,
    /// Two sources say different things of it; what was decided stands in its detail.
    pub conflicting: u32,
    /// Cannot be taken.
    pub refused: u32,
    /// Holds nothing that an authority needs.
    pub skipped: u32,
    /// Left out on request.
    pub left_out: u32,
}

/// Where objects came from: one CA as another program keeps it, a folder, or a file.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportSource {
    /// Its place in the list, which objects name.
    pub number: u32,
    /// `openssl-ca`, `easy-rsa`, `xca`, `tiny-ca`, `folder`, `file` or `text`.
    pub kind: String,
    /// The file or folder; `pasted text` for what was pasted.
    pub path: String,
    /// What it is called: the last part of the path.
    pub name: String,
    /// What was found in it, by kind.
    pub found: ImportCounts,
    /// What became of it.
    pub outcomes: ImportOutcomes,
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
    /// `certificate`, `key`, `request`, `crl`, `revocation`, `profile` or `unknown`.
    pub kind: String,
    /// `new`, `taken`, `known`, `conflicting`, `refused`, `skipped` or `left-out`.
    pub outcome: String,
    /// In words: an authority with its key, a certificate whose issuer is missing, a key without a certificate, what two sources say.
    pub detail: String,
    /// A stable code of the detail; empty where there is none.
    pub code: String,
    /// Id in the registry, once taken.
    pub id: Option<String>,
    /// The number of its source.
    pub source: u32,
}

/// A locked object that none of the passwords opened.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportLocked {
    /// The file.
    pub path: String,
    /// Which object in it; empty for the whole file.
    pub object: String,
    /// Whether passwords were tried on it, in vain.
    pub tried: bool,
}

/// An authority that comes without its key.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportKeyMissing {
    /// What its certificate calls it.
    pub name: String,
    /// SHA-256 of its SubjectPublicKeyInfo, hex.
    pub key: String,
    /// The file with its certificate; empty if only the registry has it.
    pub path: String,
}

/// A template of another program that became a profile.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportProfile {
    /// The profile's name here.
    pub name: String,
    /// What the template was called.
    pub template: String,
    /// The file.
    pub path: String,
    /// What the template says that a profile cannot, in its own words.
    pub left_behind: Vec<String>,
}

/// Something that was understood and has no place here.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportNotCarried {
    /// The file.
    pub path: String,
    /// What it is called there.
    pub object: String,
    /// A stable code.
    pub code: String,
    /// In words, with what to do.
    pub message: String,
}

/// How far a dry run is.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportProgress {
    /// Whether one is under way.
    pub looking: bool,
    /// Steps done; what a step is changes on the way.
    pub done: u32,
    /// Steps in all; 0 while unknown.
    pub total: u32,
}

/// What an import found, and what became of it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// Names the report to `import_items` and `import_keep` until the next import or dry run.
    pub report: String,
    /// Whether this was a dry run.
    pub dry_run: bool,
    /// What was taken, or in a dry run would be.
    pub taken: ImportCounts,
    /// What was there already.
    pub known: ImportCounts,
    /// How many objects had each outcome.
    pub outcomes: ImportOutcomes,
    /// Where the objects came from.
    pub sources: Vec<ImportSource>,
    /// What could not be taken, and why; the first of many, unless the whole was asked for.
    pub refused: Vec<ImportRefused>,
    /// Files that hold nothing known; the first of many, unless the whole was asked for.
    pub skipped: Vec<ImportSkipped>,
    /// The objects; the first of each outcome, unless the whole was asked for.
    pub items: Vec<ImportItem>,
    /// Whether `refused`, `skipped` and `items` name everything; else `import_items` pages through the rest.
    pub whole: bool,
    /// How many locked objects none of the passwords opened.
    pub passwords_wanted: u32,
    /// Files with such objects.
    pub locked_paths: Vec<String>,
    /// Such objects.
    pub locked: Vec<ImportLocked>,
    /// Authorities that come without their keys.
    pub keys_missing: Vec<ImportKeyMissing>,
    /// Templates that become profiles.
    pub profiles: Vec<ImportProfile>,
    /// What was understood and is not carried over, and why.
    pub not_carried: Vec<ImportNotCarried>,
    /// Revocations whose certificate is not at hand; they are among the objects.
    pub revocations_without_certificate: u32,
}
