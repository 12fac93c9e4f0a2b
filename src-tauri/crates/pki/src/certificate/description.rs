//! Extensions in plain words, for people who read a certificate.

use super::{Certificate, Extension, extension};
use crate::{
    alt_name::GeneralName,
    asn1::{self, Malformed, Reader, oid_text, tag},
    constraints::NameConstraints,
    oid,
    usage::{KeyUsage, KeyUsages},
};

/// One extension as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionView {
    /// Object identifier, dotted.
    pub oid: String,
    /// The name in its document, such as `keyUsage`; the object identifier where we know none.
    pub name: String,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// What it says, one statement a line.
    pub summary: Vec<String>,
    /// The contents of extnValue.
    pub der: Vec<u8>,
}

impl Certificate {
    /// Every extension in plain words, in the certificate's order. What cannot be read is shown as octets and said to be so.
    pub fn describe_extensions(&self) -> Vec<ExtensionView> {
        self.extensions().iter().map(ExtensionView::of).collect()
    }
}

impl ExtensionView {
    /// Puts one extension into words.
    pub fn of(extension: &Extension) -> Self {
        let summary = match describe(&extension.oid, &extension.value) {
            Ok(Some(lines)) => lines,
            Ok(None) => vec![octets(&extension.value)],
            Err(Malformed) => vec!["cannot be read".to_owned(), octets(&extension.value)],
        };
        Self {
            oid: extension.oid.clone(),
            name: oid::name(&extension.oid).unwrap_or(&extension.oid).to_owned(),
            critical: extension.critical,
            summary,
            der: extension.value.clone(),
        }
    }
}

/// Octets that a line still shows.
const SHOWN: usize = 64;

fn octets(value: &[u8]) -> String {
    let shown = hex::encode(value.get(..value.len().min(SHOWN)).unwrap_or_default());
    if value.len() > SHOWN { format!("{shown}… ({} octets)", value.len()) } else { shown }
}

fn describe(oid: &str, value: &[u8]) -> Result<Option<Vec<String>>, Malformed> {
    let lines = match oid {
        oid::SUBJECT_KEY_IDENTIFIER => vec![hex::encode(asn1::single(value, tag::OCTET_STRING)?.content)],
        oid::AUTHORITY_KEY_IDENTIFIER => authority_key(value)?,
        oid::BASIC_CONSTRAINTS => basic_constraints(value)?,
        oid::KEY_USAGE => key_usages(value)?,
        oid::EXTENDED_KEY_USAGE => extension::purposes(value)?.iter().map(|purpose| purpose_in_words(purpose)).collect(),
        oid::SUBJECT_ALT_NAME | oid::ISSUER_ALT_NAME => extension::general_names(value)?.iter().map(ToString::to_string).collect(),
        oid::NAME_CONSTRAINTS => name_constraints(value)?,
        oid::CRL_DISTRIBUTION_POINTS | oid::FRESHEST_CRL => distribution_points(value)?,
        oid::AUTHORITY_INFO_ACCESS | oid::SUBJECT_INFO_ACCESS => access(value)?,
        oid::CERTIFICATE_POLICIES => policies(value)?,
        oid::POLICY_MAPPINGS => mappings(value)?,
        oid::POLICY_CONSTRAINTS => policy_constraints(value)?,
        oid::INHIBIT_ANY_POLICY => {
            let number = extension::small(asn1::single(value, tag::INTEGER)?.content)?;
            vec![format!("anyPolicy counts for {number} more certificates of the path only")]
        }
        oid::TLS_FEATURE => tls_features(value)?,
        oid::OCSP_NO_CHECK => vec!["the OCSP answers' signer itself is not to be looked up".to_owned()],
        oid::NO_REV_AVAIL => vec!["its issuer publishes no revocation information for it".to_owned()],
        oid::NETSCAPE_COMMENT => vec![text(asn1::single(value, tag::IA5_STRING)?.content)],
        oid::PRIVATE_KEY_USAGE_PERIOD => return Ok(None),
        _ => return Ok(None),
    };
    Ok(Some(lines))
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn authority_key(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut fields = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    let mut lines = Vec::new();
    if let Some(identifier) = fields.optional(0x80)? {
        lines.push(format!("issuer's key {}", hex::encode(identifier.content)));
    }
    if let Some(issuer) = fields.optional(0xa1)? {
        let mut names = Reader::new(issuer.content);
        while !names.is_empty() {
            lines.push(format!("issued under {}", GeneralName::from_der(names.any()?.raw).map_err(|_| Malformed)?));
        }
    }
    if let Some(serial) = fields.optional(0x82)? {
        lines.push(format!("issuer's certificate has serial number {}", hex::encode(serial.content)));
    }
    Ok(lines)
}

fn basic_constraints(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let constraints = extension::basic_constraints(value)?;
    Ok(match (constraints.authority, constraints.path_length) {
        (false, _) => vec!["no authority: may not sign certificates".to_owned()],
        (true, None) => vec!["authority, any number of authorities below".to_owned()],
        (true, Some(0)) => vec!["authority, none below it".to_owned()],
        (true, Some(1)) => vec!["authority, one level of authorities below".to_owned()],
        (true, Some(levels)) => vec![format!("authority, {levels} levels of authorities below")],
    })
}

fn key_usages(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let usages = KeyUsages::from_der(value).map_err(|_| Malformed)?;
    Ok(usages.iter().map(|usage| format!("{} ({})", usage_in_words(usage), usage.as_str())).collect())
}

fn usage_in_words(usage: KeyUsage) -> &'static str {
    match usage {
        KeyUsage::DigitalSignature => "signs data and handshakes",
        KeyUsage::ContentCommitment => "signs what is meant to bind",
        KeyUsage::KeyEncipherment => "enciphers keys",
        KeyUsage::DataEncipherment => "enciphers data",
        KeyUsage::KeyAgreement => "agrees on keys",
        KeyUsage::KeyCertSign => "signs certificates",
        KeyUsage::CrlSign => "signs revocation lists",
        KeyUsage::EncipherOnly => "only enciphers with agreed keys",
        KeyUsage::DecipherOnly => "only deciphers with agreed keys",
    }
}

fn purpose_in_words(purpose: &str) -> String {
    let words = match oid::name(purpose) {
        Some("serverAuth") => "proves a TLS server",
        Some("clientAuth") => "proves a TLS client",
        Some("codeSigning") => "signs programs",
        Some("emailProtection") => "protects e-mail",
        Some("timeStamping") => "stamps times",
        Some("OCSPSigning") => "signs OCSP answers",
        Some("anyExtendedKeyUsage") => "any purpose",
        Some(other) => return format!("{other} ({purpose})"),
        None => return purpose.to_owned(),
    };
    format!("{words} ({})", oid::name(purpose).unwrap_or(purpose))
}

fn name_constraints(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let constraints = NameConstraints::from_der(value).map_err(|_| Malformed)?;
    let permitted = constraints.permitted.iter().map(|subtree| format!("only under {subtree}"));
    let excluded = constraints.excluded.iter().map(|subtree| format!("never under {subtree}"));
    Ok(permitted.chain(excluded).collect())
}

fn distribution_points(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut points = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    let mut lines = Vec::new();
    while !points.is_empty() {
        let mut point = points.enter(tag::SEQUENCE)?;
        let urls = match point.optional(0xa0)? {
            Some(name) => extension::full_name_urls(name.content)?,
            None => Vec::new(),
        };
        let partial = if point.optional(0x81)?.is_some() { ", for some reasons only" } else { "" };
        let signer = if point.optional(0xa2)?.is_some() { ", signed by another issuer" } else { "" };
        if urls.is_empty() {
            lines.push(format!("a list without a web address{partial}{signer}"));
        }
        lines.extend(urls.iter().map(|url| format!("list at {url}{partial}{signer}")));
    }
    Ok(lines)
}

fn access(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let descriptions = extension::access_descriptions(value)?;
    Ok(descriptions
        .into_iter()
        .map(|(method, location)| match method.as_str() {
            oid::AD_OCSP => format!("OCSP answers at {}", location.value()),
            oid::AD_CA_ISSUERS => format!("issuer's certificate at {}", location.value()),
            other => format!("{} at {}", oid::name(other).unwrap_or(other), location.value()),
        })
        .collect())
}

fn policies(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut list = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    let mut lines = Vec::new();
    while !list.is_empty() {
        let mut information = list.enter(tag::SEQUENCE)?;
        let policy = oid_text(information.expect(tag::OID)?.content);
        lines.push(match oid::name(&policy) {
            Some("anyPolicy") => "any policy".to_owned(),
            _ => format!("policy {policy}"),
        });
        let Some(qualifiers) = information.optional(tag::SEQUENCE)? else { continue };
        let mut qualifiers = Reader::new(qualifiers.content);
        while !qualifiers.is_empty() {
            let mut qualifier = qualifiers.enter(tag::SEQUENCE)?;
            let kind = oid_text(qualifier.expect(tag::OID)?.content);
            match oid::name(&kind) {
                Some("cps") => lines.push(format!("its practice statement: {}", text(qualifier.any()?.content))),
                Some("unotice") => lines.push("with a notice to the user".to_owned()),
                _ => lines.push(format!("with a qualifier {kind}")),
            }
        }
    }
    Ok(lines)
}

fn mappings(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut list = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    let mut lines = Vec::new();
    while !list.is_empty() {
        let mut pair = list.enter(tag::SEQUENCE)?;
        let issuer = oid_text(pair.expect(tag::OID)?.content);
        let subject = oid_text(pair.expect(tag::OID)?.content);
        lines.push(format!("the issuer's policy {issuer} is the subject's {subject}"));
    }
    Ok(lines)
}

fn policy_constraints(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut fields = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    let mut lines = Vec::new();
    if let Some(number) = fields.optional(0x80)? {
        lines.push(format!("a policy is wanted after {} more certificates", extension::small(number.content)?));
    }
    if let Some(number) = fields.optional(0x81)? {
        lines.push(format!("policies are not mapped after {} more certificates", extension::small(number.content)?));
    }
    Ok(lines)
}

fn tls_features(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut list = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    let mut lines = Vec::new();
    while !list.is_empty() {
        lines.push(match extension::small(list.expect(tag::INTEGER)?.content)? {
            5 => "the server must staple an OCSP answer (status_request)".to_owned(),
            17 => "the server must staple OCSP answers (status_request_v2)".to_owned(),
            other => format!("TLS extension {other} must be used"),
        });
    }
    Ok(lines)
}
