//! Requests about certificates.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text::{FilePath, Secret};

/// What a certificate shall contain: the same for a preview and for issuing.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateDraft {
    /// The issuing authority by id, name or fingerprint.
    pub authority: String,
    /// Profile name; absent: `tls-server`.
    #[serde(default)]
    pub profile: Option<String>,
    /// Subject, RFC 4514 or OpenSSL style; absent: from the first name, or from the request.
    #[serde(default)]
    pub subject: Option<String>,
    /// Subject alternative names, `dns:…` or without a prefix where the kind can be recognised.
    #[serde(default)]
    pub names: Vec<String>,
    /// Key specification of the key to make; absent: the profile's default. Not together with `request` or `sameKey`.
    #[serde(default)]
    pub key: Option<String>,
    /// A certificate signing request as PEM text.
    #[serde(default)]
    pub request: Option<String>,
    /// Life in days. Not together with `notAfter`.
    #[serde(default)]
    pub days: Option<u32>,
    /// Last moment of validity, RFC 3339 or a date.
    #[serde(default)]
    pub not_after: Option<String>,
    /// Asks for the TLS feature extension (RFC 7633).
    #[serde(default)]
    pub must_staple: bool,
    /// Security identifier of the Active Directory account that the certificate is for: `S-1-5-21-…` (KB5014754).
    #[serde(default)]
    pub sid: Option<String>,
    /// Warnings accepted by lint name.
    #[serde(default)]
    pub accept: Vec<String>,
    /// The certificate whose place it takes: id, `authority/serial`, serial or fingerprint. It becomes superseded, and is not revoked.
    #[serde(default)]
    pub renews: Option<String>,
    /// Certifies the key of the certificate that it renews.
    #[serde(default)]
    pub same_key: bool,
}

/// Asks what a successor of a certificate starts from.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateRenewal {
    /// Id, `authority/serial`, serial or fingerprint.
    pub certificate: String,
    /// Profile of the successor; absent: that of the certificate, or the one that its purposes tell of.
    #[serde(default)]
    pub profile: Option<String>,
}

/// Compares two certificates, each of the registry or in a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CertificateCompare {
    /// The one: id, `authority/serial`, serial or fingerprint.
    pub one: Option<String>,
    /// The one, in a file.
    pub one_path: Option<FilePath>,
    /// The other: id, `authority/serial`, serial or fingerprint.
    pub other: Option<String>,
    /// The other, in a file.
    pub other_path: Option<FilePath>,
}

/// Where an issued certificate and its key go.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandOver {
    /// A file (a name with an extension) or a folder. `-` is standard output, on the command line only.
    pub out: FilePath,
    /// `pem` (default) or `pkcs12`.
    #[serde(default)]
    pub format: Option<String>,
    /// Seals the key.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Writes the key unencrypted, on purpose.
    #[serde(default)]
    pub plain_key: bool,
    /// Replaces files that exist.
    #[serde(default)]
    pub overwrite: bool,
}

/// Issues a certificate and hands it over.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateIssue {
    /// What it shall contain.
    pub draft: CertificateDraft,
    /// Where it goes. Required when a key is made; a certificate for a request may stay in the registry alone.
    #[serde(default)]
    pub hand_over: Option<HandOver>,
}

/// A page of certificates.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CertificateList {
    /// Any of `valid`, `held`, `superseded`, `revoked`, `expired`; empty: all.
    pub status: Vec<String>,
    /// Archived ones instead of the others.
    pub archived: bool,
    /// `authority` or `leaf`.
    pub kind: Option<String>,
    /// Issued by this authority (id, name or fingerprint).
    pub authority: Option<String>,
    /// Profile name.
    pub profile: Option<String>,
    /// Has exactly this name (`dns:…` or text).
    pub name: Option<String>,
    /// Has exactly this tag.
    pub tag: Option<String>,
    /// Ends within this many days from now, and has not ended.
    pub expires_within_days: Option<u32>,
    /// Each word the start of a word of name, subject, alternative names, serial or fingerprint.
    pub search: Option<String>,
    /// `issued`, `ends` or `name`; a leading `-` turns the order round; absent: `-issued`.
    pub sort: Option<String>,
    /// Rows wanted, 1 to 500; absent: 100.
    pub limit: Option<u32>,
    /// Cursor of the page before.
    pub after: Option<String>,
    /// Zero-based position of the first row, for a jump into the middle. Not together with `after`.
    pub position: Option<u32>,
}

/// Names one certificate: id, `authority/serial`, serial or SHA-256 fingerprint.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateNamed {
    /// Id, `authority/serial`, serial or fingerprint.
    pub certificate: String,
}

/// Shows a certificate that lies in a file, without taking it in.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateInFile {
    /// The file.
    pub path: FilePath,
}

/// Asks for the ASN.1 of a certificate, element by element.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CertificateAsn1 {
    /// Id, `authority/serial`, serial, fingerprint, or (with `path`) absent.
    pub certificate: Option<String>,
    /// A file that holds the certificate instead.
    pub path: Option<FilePath>,
    /// Its PEM instead.
    pub text: Option<String>,
}

/// Verifies a certificate and explains the verdict.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CertificateVerify {
    /// Id, `authority/serial`, serial, fingerprint, or (with `path` or `source_certificate`) absent.
    pub certificate: Option<String>,
    /// Id of a certificate of a source instead.
    #[ts(optional)]
    pub source_certificate: Option<String>,
    /// A file that holds the certificate instead.
    pub path: Option<FilePath>,
    /// Its PEM instead; certificates behind it serve as intermediates.
    pub text: Option<String>,
    /// The moment to judge at, RFC 3339 or a date; absent: now.
    pub at: Option<String>,
    /// Files of trusted roots; empty: the registry's roots, and what its sources trust.
    pub trust: Vec<FilePath>,
    /// Files of further intermediates.
    pub untrusted: Vec<FilePath>,
    /// Files of CRLs.
    pub crls: Vec<FilePath>,
    /// `tls-server`, `tls-client`, `email`, `code-signing` or `any`.
    pub purpose: Option<String>,
    /// Host name or address that the certificate must carry.
    pub host: Option<String>,
    /// Object identifiers of the policies that will do; empty: any.
    pub policies: Vec<String>,
    /// Whether one of these policies must hold for the path.
    pub require_policy: bool,
    /// Whether policies may not be mapped.
    pub inhibit_mapping: bool,
    /// Whether anyPolicy counts for nothing.
    pub inhibit_any: bool,
    /// Whether a certificate whose revocation cannot be told is refused.
    pub require_revocation: bool,
}

/// Revokes certificates.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateRevoke {
    /// The certificates, each named as in [`CertificateNamed`].
    pub certificates: Vec<String>,
    /// Or serial numbers, hex, of the authority `issuer`, whether their certificates are known or not.
    #[serde(default)]
    #[ts(optional, as = "Option<_>")]
    pub serials: Vec<String>,
    /// The authority of the serial numbers by id, name or fingerprint.
    #[serde(default)]
    #[ts(optional)]
    pub issuer: Option<String>,
    /// RFC 5280's name of the reason; absent: `unspecified`.
    #[serde(default)]
    pub reason: Option<String>,
    /// When the key or certificate became invalid, RFC 3339 or a date.
    #[serde(default)]
    pub invalidity_date: Option<String>,
    /// Why, for the record.
    #[serde(default)]
    pub note: Option<String>,
    /// What the user typed to confirm: the certificate's display name, or `revoke N` for N certificates or serial numbers. Revoking cannot be undone.
    pub confirmation: String,
}

/// Lifts the holds of certificates.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateRelease {
    /// The certificates, each named as in [`CertificateNamed`].
    pub certificates: Vec<String>,
    /// Why, for the record.
    #[serde(default)]
    pub note: Option<String>,
}

/// Recognises names as the user types or pastes them.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamesRecognise {
    /// The texts, one name each.
    pub texts: Vec<String>,
}

/// Reads a certificate signing request.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RequestRead {
    /// PEM text.
    pub text: Option<String>,
    /// Or a file, PEM or DER.
    pub path: Option<FilePath>,
}
