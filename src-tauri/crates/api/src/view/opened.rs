//! What a file holds that is shown without being taken in.

use serde::Serialize;
use ts_rs::TS;

use super::{CertificateDetail, CrlView, ImportCounts, RequestView};

/// A private key: never more of it than its public part tells.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenedKey {
    /// Kind, as a certificate's key is named.
    pub kind: String,
    /// SHA-256 of its SubjectPublicKeyInfo, hex.
    pub fingerprint: String,
    /// The certificate of this key, in the file or else in the registry: its name.
    pub certificate: Option<String>,
}

/// One thing that was found in a file.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenedObject {
    /// Where it stands in the file.
    pub label: String,
    /// `certificate`, `request`, `crl`, `key` or `unknown`.
    pub kind: String,
    /// Whether the registry that is open has it already.
    pub known: bool,
    /// Its id there, of a certificate or a request; for a CRL the id of the authority whose it is.
    pub id: Option<String>,
    /// Why it cannot be shown, with what to do.
    pub problem: Option<String>,
    /// Whether a password is wanted.
    pub locked: bool,
    /// Whether passwords were tried on it, in vain.
    pub tried: bool,
    /// The certificate.
    pub certificate: Option<CertificateDetail>,
    /// The certification request.
    pub request: Option<RequestView>,
    /// The CRL, without its entries.
    pub crl: Option<CrlView>,
    /// The private key.
    pub key: Option<OpenedKey>,
}

/// What a file holds.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenedFile {
    /// `objects`; or what is not shown piece by piece: `registry`, `open-registry` (the one that is open here), `database` (of another program), `folder`
    /// or `nothing` that is known.
    pub holds: String,
    /// How many objects there are of each kind that could be read.
    pub found: ImportCounts,
    /// How many objects are locked.
    pub locked: u32,
    /// This page of the objects, in the order of the file.
    pub items: Vec<OpenedObject>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// How many objects there are.
    pub total: u32,
}
