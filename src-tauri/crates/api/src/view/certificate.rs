//! Views of certificates and requests.

use serde::Serialize;
use ts_rs::TS;

use super::{FileWritten, FindingView, NameText};

/// An authority by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuthorityRef {
    /// Id.
    pub id: String,
    /// Display name.
    pub name: String,
}

/// A certificate's key.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// Such as `ec-p256`, `rsa-2048`, `ed25519`, else the algorithm's OID.
    pub kind: String,
    /// Size in bits, where the algorithm has one.
    pub bits: Option<u32>,
    /// SHA-256 of the SubjectPublicKeyInfo, hex.
    pub fingerprint: String,
    /// Whether the private key is held here.
    pub held: bool,
}

/// A revocation.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RevocationView {
    /// RFC 5280's name of the reason.
    pub reason: String,
    /// When it was revoked.
    pub at: String,
    /// When it became invalid, as far as known.
    pub invalidity_date: Option<String>,
    /// Why.
    pub note: Option<String>,
}

/// A certificate.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CertificateView {
    /// Id; empty for one that lies in a file only.
    pub id: String,
    /// Display name: CN, else the first alternative name, else the whole subject, else the serial.
    pub name: String,
    /// `valid`, `held`, `superseded`, `revoked` or `expired`.
    pub status: String,
    /// Whether it is archived.
    pub archived: bool,
    /// `authority` or `leaf`.
    pub kind: String,
    /// Who issued it, where that is one of ours.
    pub authority: Option<AuthorityRef>,
    /// The profile it was issued from.
    pub profile: Option<String>,
    /// The version of the policy it was issued under.
    pub policy_version: Option<u32>,
    /// Subject.
    pub subject: NameText,
    /// Issuer.
    pub issuer: NameText,
    /// Serial, hex of the INTEGER's value.
    pub serial: String,
    /// SHA-256 of the DER, hex.
    pub fingerprint: String,
    /// Subject alternative names, `dns:…`.
    pub names: Vec<String>,
    /// First moment of validity.
    pub not_before: String,
    /// Last moment of validity.
    pub not_after: String,
    /// Its key.
    pub key: KeyView,
    /// Its revocation.
    pub revocation: Option<RevocationView>,
    /// Tags.
    pub tags: Vec<String>,
    /// The certificate itself.
    pub pem: String,
}

/// One extension in plain words.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExtensionText {
    /// OID, dotted.
    pub oid: String,
    /// The field's name for it, else the OID.
    pub name: String,
    /// Whether it is critical.
    pub critical: bool,
    /// What it says, line by line.
    pub lines: Vec<String>,
    /// DER of its value, hex.
    pub der: String,
}

/// One link of a chain.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChainLink {
    /// Id, where it is in the registry.
    pub id: Option<String>,
    /// Display name.
    pub name: String,
    /// Last moment of validity.
    pub not_after: String,
    /// `valid`, `held`, `superseded`, `revoked`, `expired`.
    pub status: String,
}

/// One event in a certificate's life.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// When.
    pub at: String,
    /// The audit action, such as `certificate.issued`.
    pub action: String,
    /// The user who did it.
    pub actor: String,
    /// Why, where one was given.
    pub why: Option<String>,
}

/// A certificate with everything that is known about it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CertificateDetail {
    /// The certificate.
    #[serde(flatten)]
    pub certificate: CertificateView,
    /// From the root down to this one.
    pub chain: Vec<ChainLink>,
    /// Version of the profile it was issued from.
    pub profile_version: Option<u32>,
    /// X.509 version, 1 to 3.
    pub version: u32,
    /// Signature algorithm.
    pub signature_algorithm: String,
    /// Key usages by RFC 5280's names; `null` when the extension is absent.
    pub key_usages: Option<Vec<String>>,
    /// Extended key usages by name, else OID; `null` when the extension is absent.
    pub extended_key_usages: Option<Vec<String>>,
    /// Every extension.
    pub extensions: Vec<ExtensionText>,
    /// What happened to it, newest first.
    pub history: Vec<HistoryEntry>,
    /// What became of its key when it was issued here: `kept` (made here, sealed), `handed-over` (made here, forgotten), `request` (never here), `as-before`
    /// (that of the certificate which it renews); `null` when it was not issued here.
    pub key_origin: Option<String>,
    /// What the lints say of it.
    pub findings: Vec<FindingView>,
    /// Whether a CRL already lists it: the number of the first that does.
    #[ts(type = "number | string | null")]
    pub on_crl: Option<super::CrlNumberText>,
    /// What the program knew of it that it was brought over from.
    pub origin: Option<OriginView>,
}

/// What another program knew of a certificate that was brought over.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OriginView {
    /// `xca` or `tiny_ca`.
    pub program: String,
    /// What it was called there.
    pub name: String,
    /// What was written about it.
    pub comment: String,
    /// How it came there, or of which kind it was, in the program's own word.
    pub kind: String,
    /// When it came there.
    pub inserted_at: Option<String>,
}

/// What would be signed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CertificatePreview {
    /// Whether it may be signed.
    pub may_be_issued: bool,
    /// Subject.
    pub subject: NameText,
    /// Issuer.
    pub issuer: NameText,
    /// First moment of validity.
    pub not_before: String,
    /// Last moment of validity.
    pub not_after: String,
    /// Subject alternative names.
    pub names: Vec<String>,
    /// The key that will be used or made.
    pub key: String,
    /// Signature algorithm.
    pub signature_algorithm: String,
    /// Extensions in plain words.
    pub extensions: Vec<ExtensionText>,
    /// What the lints say.
    pub findings: Vec<FindingView>,
    /// How many rules were applied.
    pub rules: u32,
    /// In what it differs from the certificate that it renews; empty when it renews none.
    pub differences: Vec<DifferenceView>,
}

/// One thing in which two certificates differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DifferenceView {
    /// `serial`, `subject`, `issuer`, `names`, `notBefore`, `notAfter`, `key`, `signatureAlgorithm`, `version` or `extension`.
    pub field: String,
    /// OID of the extension.
    pub oid: Option<String>,
    /// The extension's name.
    pub name: Option<String>,
    /// What the one says, line by line; empty when it says nothing.
    pub before: Vec<String>,
    /// What the other says.
    pub after: Vec<String>,
}

/// Two certificates compared.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonView {
    /// The one.
    pub one: CertificateView,
    /// The other.
    pub other: CertificateView,
    /// Where they differ; empty only for one and the same.
    pub differences: Vec<DifferenceView>,
}

/// A certificate that was issued.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IssuedView {
    /// The certificate.
    pub certificate: CertificateView,
    /// The files it was handed over in.
    pub files: Vec<FileWritten>,
    /// What the lints said.
    pub findings: Vec<FindingView>,
}

/// A file that was written, for exports.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExportView {
    /// The files.
    pub files: Vec<FileWritten>,
}

/// What became of each certificate that was to be revoked.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RevokedView {
    /// The certificates as they are now.
    pub certificates: Vec<CertificateView>,
    /// Authorities whose CRL no longer tells everything.
    pub stale: Vec<AuthorityRef>,
}

/// One test of a verification.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckOutcome {
    /// What was tested.
    pub check: String,
    /// `pass`, `fail` or `unknown`.
    pub result: String,
    /// In words, with the values compared.
    pub detail: String,
    /// The clause.
    pub clause: String,
    /// Which certificate of the path: 0 is the one that is judged.
    pub subject: usize,
}

/// One path, judged.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedPath {
    /// Whether nothing on it refuses.
    pub trusted: bool,
    /// From the certificate up to the root.
    pub path: Vec<ChainLink>,
    /// Each test.
    pub checks: Vec<CheckOutcome>,
}

/// A verdict with its reasons.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VerifyView {
    /// Whether the certificate is trusted.
    pub trusted: bool,
    /// From the certificate up to the root, as far as a path was found.
    pub path: Vec<ChainLink>,
    /// Each test.
    pub checks: Vec<CheckOutcome>,
    /// The other paths, better ones first.
    pub others: Vec<VerifiedPath>,
}

/// One text that was read as a name.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecognisedName {
    /// The text as given.
    pub text: String,
    /// `dns`, `ip`, `email`, `uri`, `upn`, `dir` or `rid`; `null` when it is none.
    pub kind: Option<String>,
    /// The name as it will be written, `dns:…`.
    pub name: Option<String>,
    /// What is wrong with it, in words.
    pub problem: Option<String>,
}

/// The names that were recognised.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecognisedNames {
    /// In the order given.
    pub items: Vec<RecognisedName>,
}

/// A certificate signing request.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestView {
    /// The subject asked for.
    pub subject: NameText,
    /// The names asked for.
    pub names: Vec<String>,
    /// Kind of the key, such as `ec-p384`.
    pub key: String,
    /// SHA-256 of the SubjectPublicKeyInfo, hex.
    pub key_fingerprint: String,
    /// Extensions asked for, in plain words.
    pub extensions: Vec<ExtensionText>,
    /// The request as PEM.
    pub pem: String,
}

/// The ASN.1 of something, element by element.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Asn1View {
    /// The elements, in their order.
    pub rows: Vec<Asn1RowView>,
    /// Whether all octets were understood.
    pub whole: bool,
    /// Octets in all.
    pub size: u32,
}

/// One element (X.690).
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Asn1RowView {
    /// How many elements it lies within.
    pub depth: u32,
    /// Where its identifier octet stands, from the start.
    pub offset: u32,
    /// Identifier and length octets.
    pub header: u32,
    /// Octets of the content.
    pub length: u32,
    /// Its type: `SEQUENCE`, `[3]`, `INTEGER`.
    pub name: String,
    /// What it says; empty where its elements say it.
    pub text: String,
    /// Whether the rows that follow with a greater depth lie within.
    pub holds: bool,
}

/// The tags that certificates have.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TagList {
    /// In order.
    pub items: Vec<String>,
}
