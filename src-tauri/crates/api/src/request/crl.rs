//! Requests about certificate revocation lists.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::FilePath;

/// Issues a new CRL: the one of the key that issues, and those of earlier keys whose certificates have not all ended.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrlBuild {
    /// The authority by id, name or fingerprint.
    pub authority: String,
    /// Which of the authority's keys, 1 for the first; absent: the current one and those earlier ones that still answer.
    #[serde(default)]
    #[ts(optional)]
    pub generation: Option<u32>,
    /// When the next one is due at the latest, RFC 3339 or a date; absent: the authority's CRL life from now.
    #[serde(default)]
    pub next_update: Option<String>,
    /// Only what has changed since the newest base.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub delta: bool,
}

/// Shows the current CRL of an authority, one of its earlier ones, or one in a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CrlShow {
    /// The authority by id, name or fingerprint.
    pub authority: Option<String>,
    /// Which of the authority's keys, 1 for the first; absent: the one that issues.
    #[ts(optional)]
    pub generation: Option<u32>,
    /// Or a file.
    pub path: Option<FilePath>,
    /// Lists entries.
    pub entries: bool,
    /// Only the entry of this serial.
    pub serial: Option<String>,
    /// Entries wanted, 1 to 1000; absent: 100.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// Lists the CRLs that a key of an authority has signed.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrlsOf {
    /// The authority by id, name or fingerprint.
    pub authority: String,
    /// Which of the authority's keys, 1 for the first; absent: the one that issues.
    #[serde(default)]
    #[ts(optional)]
    pub generation: Option<u32>,
}

/// Writes a CRL into a file; builds it first where none is current. Where several keys answer, each has a file: the first key's is the one that was named,
/// the others' have the key's number in their name, as the addresses have.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrlExport {
    /// The authority by id, name or fingerprint.
    pub authority: String,
    /// Which of the authority's keys, 1 for the first; absent: every one that answers; with `number` the one that issues.
    #[serde(default)]
    #[ts(optional)]
    pub generation: Option<u32>,
    /// `der` (default) or `pem`.
    #[serde(default)]
    pub format: Option<String>,
    /// A past CRL by its number; absent: the current one.
    #[serde(default)]
    pub number: Option<String>,
    /// The deltas instead of the bases.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub delta: bool,
    /// The file to write; CRLs of a part are written beside it, with the file names of their addresses.
    pub out: FilePath,
    /// Replaces a file that exists.
    #[serde(default)]
    pub overwrite: bool,
}

/// Takes in a CRL that an authority issued elsewhere: its revocations, and the number to continue above.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrlInstall {
    /// The authority by id, name or fingerprint.
    pub authority: String,
    /// The CRL file, PEM or DER.
    pub path: FilePath,
}

/// Goes on without the newest published CRL of an authority, which a restored registry waits for.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrlDecline {
    /// The authority by id, name or fingerprint.
    pub authority: String,
    /// The authority's name, typed: revocations that only the lost CRL knows do not come back.
    pub confirmation: String,
}

/// Compares two CRLs: two of an authority, or two in files.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CrlDiff {
    /// The authority by id, name or fingerprint.
    pub authority: Option<String>,
    /// Which of the authority's keys, 1 for the first; absent: the one that issues.
    pub generation: Option<u32>,
    /// Number of the earlier; absent: the one before the later.
    pub from: Option<String>,
    /// Number of the later, or `next` (default): the one that would be built now.
    pub to: Option<String>,
    /// Or the earlier in a file,
    pub path: Option<FilePath>,
    /// and the later in another.
    pub other_path: Option<FilePath>,
    /// Changes wanted, 1 to 1000; absent: 100.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}
