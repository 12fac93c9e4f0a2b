//! Requests about sources: other people's trust lists and CRLs.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::FilePath;

/// Makes a source and takes in what is there; where that cannot be taken, no source is made. Exactly one of `path`, `url` and `system` says where it is.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceCreate {
    /// What it is called.
    pub name: String,
    /// `pem` (certificates and CRLs, PEM or DER), `icao-master-list`, `ldif` or `crl`.
    pub kind: String,
    /// A file of this machine, read anew at each refresh.
    #[serde(default)]
    pub path: Option<FilePath>,
    /// An address, `http` or `https`.
    #[serde(default)]
    pub url: Option<String>,
    /// The trust store of this machine, wherever it lies.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub system: bool,
    /// Certificates of who signs it, or of the CSCA above: wanted for a master list, possible for a CRL and for an LDIF with master lists in it.
    #[serde(default)]
    #[ts(optional, as = "Option<_>")]
    pub signers: Vec<FilePath>,
    /// Hours from one refresh to the next, 0 for by hand only; absent: 24.
    #[serde(default)]
    #[ts(optional)]
    pub refresh_hours: Option<u32>,
}

/// Names a source.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceNamed {
    /// Id or name.
    pub source: String,
}

/// Fetches, verifies, and replaces the content of a source as one, or leaves it as it was.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceRefresh {
    /// Id or name.
    pub source: String,
    /// Takes it also when it is smaller by more than a fifth.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub accept_shrink: bool,
}

/// Says what a refresh would add, remove and change. Changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceDiff {
    /// Id or name.
    pub source: String,
    /// The file to compare with; absent: what is now where the source is.
    #[serde(default)]
    pub path: Option<FilePath>,
    /// Changes wanted, 1 to 10000; absent: 1000.
    #[serde(default)]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// Lists the certificates of a source.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SourceCertificates {
    /// Id or name.
    pub source: String,
    /// Only `csca`, `document-signer`, `list-signer` or `other`.
    pub kind: Option<String>,
    /// Only of this country, as its names spell it in capitals; empty: those without one.
    pub country: Option<String>,
    /// Certificates wanted, 1 to 1000; absent: 100.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// Lists the CRLs of a source, its quarantine, or its history.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SourcePage {
    /// Id or name.
    pub source: String,
    /// Rows wanted, 1 to 1000; absent: 100.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// Lists the entries of a source's CRL, or looks for one.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SourceRevoked {
    /// Id of the CRL.
    pub crl: String,
    /// Only the entry of this serial.
    pub serial: Option<String>,
    /// Entries wanted, 1 to 1000; absent: 100.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// Writes what a source holds into a file: every certificate byte for byte, one of them, or one thing of its quarantine.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceExport {
    /// Id or name.
    pub source: String,
    /// Id of a thing in quarantine, written as it came.
    #[serde(default)]
    #[ts(optional)]
    pub quarantined: Option<String>,
    /// Or the id of a certificate, written alone; without either all certificates, PEM.
    #[serde(default)]
    #[ts(optional)]
    pub certificate: Option<String>,
    /// How that certificate is written: `pem` or `der`; absent: `pem`.
    #[serde(default)]
    #[ts(optional)]
    pub format: Option<String>,
    /// The file to write.
    pub out: FilePath,
    /// Replaces a file that exists.
    #[serde(default)]
    pub overwrite: bool,
}

/// Removes a source with everything that only it holds.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceRemove {
    /// Id or name.
    pub source: String,
    /// The source's name, typed.
    pub confirmation: String,
}
