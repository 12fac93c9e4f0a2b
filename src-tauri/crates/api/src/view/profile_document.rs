//! A profile as it crosses: field for field what `pki::profile` reads, which a test compares. `docs/profiles.md` explains each field.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A profile, unchecked.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileDocument {
    /// The format: 1.
    pub format: u32,
    /// Lower-case letters, digits and hyphens, at most 64.
    pub name: String,
    /// What it is for, in one line.
    #[serde(default)]
    pub description: String,
    /// `leaf`, `intermediate` or `root`.
    #[serde(default = "leaf")]
    pub kind: String,
    /// What the subject may be.
    #[serde(default)]
    pub subject: SubjectDocument,
    /// What alternative names there may be.
    #[serde(default)]
    pub names: NamesDocument,
    /// What keys it certifies.
    pub key: KeyDocument,
    /// How long a certificate lives.
    pub validity: ValidityDocument,
    /// What the extensions say.
    #[serde(default)]
    pub extensions: ExtensionsDocument,
    /// What of a signing request is honoured.
    #[serde(default)]
    pub request: RequestDocument,
}

fn leaf() -> String {
    "leaf".to_owned()
}

/// What the subject may be. Attribute types by their names in use (`CN`, `O`, `serialNumber`) or dotted.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SubjectDocument {
    /// Attribute types that must be there.
    pub required: Vec<String>,
    /// Attribute types that may be there; empty: any.
    pub allowed: Vec<String>,
    /// RDNs that every subject starts with, OpenSSL style: `/C=DE/O=Example`.
    pub fixed: String,
    /// What values must look like: `*` is any text, `?` one character.
    pub patterns: Vec<SubjectPatternDocument>,
    /// Whether a subject that nobody gives is made from the first name.
    pub from_first_name: bool,
}

impl Default for SubjectDocument {
    fn default() -> Self {
        Self { required: vec![], allowed: vec![], fixed: String::new(), patterns: vec![], from_first_name: true }
    }
}

/// What the values of an attribute type must look like.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubjectPatternDocument {
    /// The attribute type.
    pub attribute: String,
    /// `*` is any text, `?` one character, letters in any case.
    pub pattern: String,
}

/// What alternative names there may be.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NamesDocument {
    /// The forms: `dns ip email uri upn dir rid other`; none: the certificate has no alternative names.
    pub allowed: Vec<String>,
    /// Forms of which there must be one each.
    pub required: Vec<String>,
    /// The least number of names.
    pub at_least: u32,
    /// The greatest number of names.
    pub at_most: Option<u32>,
    /// Names that every certificate has.
    pub fixed: Vec<String>,
    /// `dns:*.example.test`, `ip:10.0.0.0/8`: if there are patterns for a form, each name of it must match one.
    pub patterns: Vec<String>,
}

/// What keys it certifies.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyDocument {
    /// Key specifications; empty: all that are offered. An `rsa-…` allows requests with every RSA key of at least that length.
    #[serde(default)]
    pub allowed: Vec<String>,
    /// The key that is made when nobody says which.
    pub default: String,
    /// Whether a key that is made is kept, sealed, or only handed over.
    #[serde(default)]
    pub kept: bool,
}

/// How long a certificate lives.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ValidityDocument {
    /// Days, when nobody says how many.
    pub default_days: u32,
    /// The greatest number of days.
    #[serde(default)]
    pub longest_days: Option<u32>,
    /// Minutes by which notBefore lies before the moment of issue, for clocks that are slow; at most 2880 (two days).
    #[serde(default)]
    pub back_dated_minutes: u32,
}

/// What the extensions say, beside those that follow from subject, names, key and issuer.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ExtensionsDocument {
    /// Key usages of every key, RFC 5280's names.
    pub key_usage: Vec<String>,
    /// Key usages that RSA keys have besides.
    pub key_usage_of_rsa: Vec<String>,
    /// Key usages that EC keys have besides.
    pub key_usage_of_ec: Vec<String>,
    /// Extended key usages by name or dotted.
    pub extended_key_usage: Vec<String>,
    /// Whether the extended key usage is critical (RFC 3161 2.3 wants that of time stampers).
    pub extended_key_usage_critical: bool,
    /// Whether the authority's CRL addresses are written.
    pub crl_addresses: bool,
    /// Whether the authority's issuer addresses are written.
    pub issuer_addresses: bool,
    /// Whether the authority's OCSP addresses are written.
    pub ocsp_addresses: bool,
    /// Whether a TLS server must staple an OCSP answer (RFC 7633).
    pub must_staple: bool,
    /// Whether the certificate says that nobody will revoke it (RFC 9608).
    pub no_revocation_available: bool,
    /// Whether the certificate of an OCSP responder says that it is not to be checked (RFC 6960 4.2.2.2.1).
    pub ocsp_no_check: bool,
    /// Policies (RFC 5280 4.2.1.4).
    pub policies: Vec<PolicyInformationDocument>,
    /// Policies of other domains that count as ours (RFC 5280 4.2.1.5); authorities only.
    pub policy_mappings: Vec<PolicyMappingDocument>,
    /// After how many certificates a policy must be named (RFC 5280 4.2.1.11); authorities only.
    pub require_explicit_policy: Option<u32>,
    /// After how many certificates policies are no longer mapped (RFC 5280 4.2.1.11); authorities only.
    pub inhibit_policy_mapping: Option<u32>,
    /// After how many certificates anyPolicy no longer counts (RFC 5280 4.2.1.14); authorities only.
    pub inhibit_any_policy: Option<u32>,
    /// Other names of the issuer (RFC 5280 4.2.1.7).
    pub issuer_alt_names: Vec<String>,
    /// Where delta CRLs are (RFC 5280 4.2.1.15).
    pub freshest_crl: Vec<String>,
    /// What the subject offers and where (RFC 5280 4.2.2.2).
    pub subject_access: Vec<AccessDocument>,
    /// The template that Microsoft's systems shall see.
    pub microsoft_template: Option<MicrosoftTemplateDocument>,
    /// Anything else, by object identifier and DER.
    pub raw: Vec<RawExtensionDocument>,
}

impl Default for ExtensionsDocument {
    fn default() -> Self {
        Self {
            key_usage: vec![],
            key_usage_of_rsa: vec![],
            key_usage_of_ec: vec![],
            extended_key_usage: vec![],
            extended_key_usage_critical: false,
            crl_addresses: true,
            issuer_addresses: true,
            ocsp_addresses: true,
            must_staple: false,
            no_revocation_available: false,
            ocsp_no_check: false,
            policies: vec![],
            policy_mappings: vec![],
            require_explicit_policy: None,
            inhibit_policy_mapping: None,
            inhibit_any_policy: None,
            issuer_alt_names: vec![],
            freshest_crl: vec![],
            subject_access: vec![],
            microsoft_template: None,
            raw: vec![],
        }
    }
}

/// A policy with its qualifiers.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyInformationDocument {
    /// The policy, dotted; `2.5.29.32.0` is anyPolicy.
    pub oid: String,
    /// Where the practice statement is.
    #[serde(default)]
    pub statements: Vec<String>,
    /// A text for whoever relies on the certificate, at most 200 characters.
    #[serde(default)]
    pub notice: Option<String>,
}

/// A policy of another domain that counts as one of ours.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyMappingDocument {
    /// Our policy, dotted.
    pub issuer: String,
    /// The subject's policy, dotted.
    pub subject: String,
}

/// A way to reach the subject.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessDocument {
    /// The access method, dotted.
    pub method: String,
    /// Where: `uri:…` or another name.
    pub location: String,
}

/// A certificate template of Active Directory.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MicrosoftTemplateDocument {
    /// The template, dotted.
    pub oid: String,
    /// Major version.
    #[serde(default)]
    pub major: Option<u32>,
    /// Minor version; only with a major one.
    #[serde(default)]
    pub minor: Option<u32>,
}

/// An extension by its bytes.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RawExtensionDocument {
    /// Dotted object identifier.
    pub oid: String,
    /// Whether who does not know it must refuse the certificate.
    #[serde(default)]
    pub critical: bool,
    /// The value's DER, hexadecimal.
    pub der: String,
}

/// What of a signing request is honoured.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RequestDocument {
    /// Whether the subject is taken over when nobody gives another.
    pub subject: bool,
    /// Whether the names are taken over when nobody gives others.
    pub names: bool,
    /// Extensions that are honoured: `keyUsage` and `extKeyUsage` narrow what the profile says, `tlsfeature` is added, a dotted object
    /// identifier is copied byte for byte.
    pub extensions: Vec<String>,
}

impl Default for RequestDocument {
    fn default() -> Self {
        Self { subject: true, names: true, extensions: vec![] }
    }
}
