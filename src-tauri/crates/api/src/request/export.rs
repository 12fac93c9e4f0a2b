//! Requests that hand certificates and authorities out.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::CertificateList;
use crate::text::{FilePath, Secret};

/// Writes a certificate, or its chain, into a file; no key goes with it.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateExport {
    /// Id, `authority/serial`, serial or fingerprint.
    pub certificate: String,
    /// `pem`, `der`, `chain` (certificate and intermediates), `bundle` (with the root), `pkcs7`, `jwk`, `jks` (trusted certificates), `openvpn`, `nginx`,
    /// `apache` or `haproxy`.
    pub format: String,
    /// The file to write.
    pub out: FilePath,
    /// What the checksum of `jks` is made with; nothing is sealed under it.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Replaces a file that exists.
    #[serde(default)]
    pub overwrite: bool,
}

/// Hands an authority over as the folder that another tool goes on from.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityExport {
    /// Id, name or fingerprint.
    pub authority: String,
    /// `openssl-index` or `easy-rsa`.
    pub format: String,
    /// The folder: it becomes that of the tool itself. Nothing is there yet, or it is empty.
    pub out: FilePath,
    /// Leaves the keys here.
    #[serde(default)]
    pub without_keys: bool,
    /// Seals every key on its way.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Why keys leave, for the record.
    #[serde(default)]
    pub reason: Option<String>,
    /// The passphrase that `keyGuard` of the registry's status asks for.
    #[serde(default)]
    pub passphrase: Option<Secret>,
    /// The name of the authority's certificate, typed, where `keyGuard` asks for a confirmation.
    #[serde(default)]
    pub confirmation: Option<String>,
}

/// Writes many certificates at once.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificatesExport {
    /// These, by id, `authority/serial`, serial or fingerprint; empty: all that the filter lets through.
    #[serde(default)]
    pub certificates: Vec<String>,
    /// Which, and in what order; absent: all, archived ones too. `limit`, `after` and `position` are passed over.
    #[serde(default)]
    pub filter: Option<CertificateList>,
    /// `csv`, `ics`, `json`, `folder` or `zip`.
    pub form: String,
    /// Of the files in a folder or ZIP: `pem`, `der`, `chain`, `bundle` or `pkcs7`; absent: `pem`.
    #[serde(default)]
    pub format: Option<String>,
    /// The file; or the folder, where nothing is yet, or which is empty.
    pub out: FilePath,
    /// Replaces a file that exists.
    #[serde(default)]
    pub overwrite: bool,
}
