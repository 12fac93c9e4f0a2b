//! Templates: what XCA prefills a certificate with. In the column `templates.template` and in files (`XCA TEMPLATE` in PEM).

use std::collections::BTreeMap;

use thiserror::Error;

use crate::{
    asn1::{Reader, tag},
    encoding::pem,
    name::DistinguishedName,
    usage::{KeyUsage, KeyUsages},
};

/// The first version whose blob is a name and a map; those before are fields one after another.
const MAP_VERSION: u32 = 10;
/// Keys that a template may have: XCA has some thirty.
const MOST_KEYS: usize = 1_000;
/// Label of the PEM block of a template in a file.
const LABEL: &str = "XCA TEMPLATE";
/// Settings that are named differently in some releases.
const OLD_KEYS: [(&str, &str); 2] = [("eKyUseCritical", "ekuCritical"), ("keyUseCritical", "kuCritical")];
/// Extended key usages of templates before version 5, by the number of their bit.
const PURPOSE_BITS: [&str; 13] = [
    "serverAuth",
    "clientAuth",
    "codeSigning",
    "emailProtection",
    "timeStamping",
    "msCodeInd",
    "msCodeCom",
    "msCTLSign",
    "msSGC",
    "msEFS",
    "nsSGC",
    "msEFSFR",
    "ipsecEndSystem",
];

/// A template with all its settings. Texts are in the syntax of OpenSSL's configuration: `DNS:copycn, URI:http://…`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XcaTemplate {
    /// The subject that is offered, DER as it was found.
    pub subject: Option<DistinguishedName>,
    /// Its name, where a file says it.
    pub name: Option<String>,
    /// Its comment, where a file says it.
    pub comment: Option<String>,
    /// Whether basicConstraints says that it is an authority; `None`: no basicConstraints.
    pub authority: Option<bool>,
    /// Whether basicConstraints is critical.
    pub basic_constraints_critical: bool,
    /// The path length of basicConstraints, as it was typed.
    pub path_length: String,
    /// Whether a subjectKeyIdentifier is written.
    pub subject_key_id: bool,
    /// Whether an authorityKeyIdentifier is written.
    pub authority_key_id: bool,
    /// The key usages.
    pub key_usages: KeyUsages,
    /// Whether they are critical.
    pub key_usages_critical: bool,
    /// The extended key usages: OpenSSL's short names or dotted.
    pub extended_key_usages: Vec<String>,
    /// Whether they are critical.
    pub extended_key_usages_critical: bool,
    /// subjectAltName.
    pub subject_alt_names: String,
    /// issuerAltName.
    pub issuer_alt_names: String,
    /// cRLDistributionPoints.
    pub crl_addresses: String,
    /// authorityInfoAccess.
    pub information_access: String,
    /// nameConstraints.
    pub name_constraints: String,
    /// Whether an OCSP answer must be stapled.
    pub must_staple: bool,
    /// How long certificates live.
    pub lifetime: XcaLifetime,
    /// Whether validity starts and ends at midnight.
    pub to_midnight: bool,
    /// Whether there is no well-defined end.
    pub never_ends: bool,
    /// Further extensions, as OpenSSL's configuration.
    pub further: String,
    /// Netscape's extensions that say something, by XCA's names: `nsComment`, `nsCertType` (bits in decimal).
    pub netscape: BTreeMap<String, String>,
    /// Settings that are not known here.
    pub unknown: BTreeMap<String, String>,
}

/// A number of days, months or years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XcaLifetime {
    /// Days.
    Days(u32),
    /// Months of the calendar.
    Months(u32),
    /// Years of the calendar.
    Years(u32),
}

impl Default for XcaLifetime {
    fn default() -> Self {
        Self::Days(365)
    }
}

/// Why a blob is no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// It ends early.
    #[error("the template ends early")]
    Truncated,
    /// Octets follow it.
    #[error("{octets} octets follow the template")]
    Trailing {
        /// How many.
        octets: usize,
    },
    /// The subject is no name.
    #[error("the template's subject cannot be read")]
    Subject,
    /// A text is no UTF-8 or UTF-16.
    #[error("a text of the template cannot be read")]
    Text,
    /// More settings than any template has.
    #[error("{found} settings, {limit} at most")]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The file is no template.
    #[error("no block `XCA TEMPLATE`")]
    NoTemplate,
}

impl XcaTemplate {
    /// Reads the column `template` of a row whose column `version` says `version`.
    ///
    /// # Errors
    /// [`TemplateError`]
    pub fn read(blob: &[u8], version: u32) -> Result<Self, TemplateError> {
        let (subject, settings) = if version < MAP_VERSION { fields(blob, version)? } else { map(blob)? };
        let subject = Some(DistinguishedName::from_der(subject).map_err(|_| TemplateError::Subject)?).filter(|name| !name.is_empty());
        Ok(Self { subject, ..Self::of_settings(settings) })
    }

    /// Reads a file that XCA exported: PEM, or its contents without it.
    ///
    /// # Errors
    /// [`TemplateError::NoTemplate`] when there is no such block, else as [`Self::read`].
    pub fn read_file(file: &[u8]) -> Result<Self, TemplateError> {
        let block = pem::blocks(file).into_iter().find(|block| block.label == LABEL).and_then(|block| block.body.ok());
        let octets = block.as_ref().map_or(file, |body| body.as_slice());
        let mut fields = Fields(octets);
        let length = fields.number().map_err(|_| TemplateError::NoTemplate)?;
        let version = fields.number().map_err(|_| TemplateError::NoTemplate)?;
        if usize::try_from(length) != Ok(fields.0.len()) {
            return Err(if block.is_some() { TemplateError::Truncated } else { TemplateError::NoTemplate });
        }
        Self::read(fields.0, version)
    }

    fn of_settings(mut settings: BTreeMap<String, String>) -> Self {
        for (old, key) in OLD_KEYS {
            if let Some(value) = settings.remove(old) {
                settings.insert(key.to_owned(), value);
            }
        }
        let mut text = |key: &str| settings.remove(key).unwrap_or_default();
        let number = |text: String| text.trim().parse::<u32>().unwrap_or_default();
        let mut template = Self {
            subject: None,
            name: Some(text("internal_name")).filter(|name| !name.is_empty()),
            comment: Some(text("internal_comment")).filter(|comment| !comment.is_empty()),
            authority: match text("ca").as_str() {
                "1" => Some(true),
                "2" => Some(false),
                _ => None,
            },
            basic_constraints_critical: text("bcCritical") == "1",
            path_length: text("basicPath"),
            subject_key_id: text("subKey") == "1",
            authority_key_id: text("authKey") == "1",
            key_usages: key_usages(number(text("keyUse"))),
            key_usages_critical: text("kuCritical") == "1",
            extended_key_usages: listed(&text("eKeyUse")),
            extended_key_usages_critical: text("ekuCritical") == "1",
            subject_alt_names: text("subAltName"),
            issuer_alt_names: text("issAltName"),
            crl_addresses: text("crlDist"),
            information_access: text("authInfAcc"),
            name_constraints: text("nameCons"),
            must_staple: text("OCSPstaple") == "1",
            lifetime: match (number(text("validN")), text("validM").as_str()) {
                (months, "1") => XcaLifetime::Months(months),
                (years, "2") => XcaLifetime::Years(years),
                (days, _) => XcaLifetime::Days(days),
            },
            to_midnight: text("validMidn") == "1",
            never_ends: text("noWellDefinedExpDate") == "1",
            further: text("adv_ext"),
            netscape: BTreeMap::new(),
            unknown: BTreeMap::new(),
        };
        for (key, value) in settings {
            let says_nothing = value.is_empty() || (key == "nsCertType" && value == "0");
            if says_nothing {
                continue;
            }
            let place = if key.starts_with("ns") { &mut template.netscape } else { &mut template.unknown };
            place.insert(key, value);
        }
        template
    }
}

fn key_usages(bits: u32) -> KeyUsages {
    let set = KeyUsage::ALL.into_iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    set.fold(KeyUsages::default(), |usages, (_, usage)| usages.with(usage))
}

/// What a list in OpenSSL's configuration names.
pub(super) fn listed(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

type Settings = BTreeMap<String, String>;

/// A name in DER, then Qt's stream of a map of strings: the number of keys, then each string as its length in octets and UTF-16.
fn map(blob: &[u8]) -> Result<(&[u8], Settings), TemplateError> {
    let mut fields = Fields(blob);
    let subject = fields.name()?;
    let count = usize::try_from(fields.number()?).unwrap_or(usize::MAX);
    if count > MOST_KEYS {
        return Err(TemplateError::TooMany { found: count, limit: MOST_KEYS });
    }
    let mut settings = Settings::new();
    for _ in 0..count {
        let key = fields.wide_text()?;
        settings.insert(key, fields.wide_text()?);
    }
    fields.finish()?;
    Ok((subject, settings))
}

/// Fields one after another: numbers of four octets, truths of one, texts with a zero behind.
fn fields(blob: &[u8], version: u32) -> Result<(&[u8], Settings), TemplateError> {
    let mut fields = Fields(blob);
    let mut settings = Settings::new();
    let mut keep = |key: &str, value: String| drop(settings.insert(key.to_owned(), value));
    // What it was once meant for: client, server, authority.
    fields.text()?;
    for key in ["bcCritical", "kuCritical", "ekuCritical", "subKey", "authKey"] {
        keep(key, fields.truth()?);
    }
    keep("ca", fields.number()?.to_string());
    let path_length = if version > 5 {
        fields.text()?
    } else {
        Some(fields.number()?).filter(|length| *length > 0).map_or_else(String::new, |length| length.to_string())
    };
    keep("basicPath", path_length);
    for key in ["validN", "validM", "keyUse"] {
        keep(key, fields.number()?.to_string());
    }
    keep("eKeyUse", if version > 4 { fields.text()? } else { purposes(fields.number()?) });
    keep("nsCertType", fields.number()?.to_string());
    for key in [
        "subAltName",
        "issAltName",
        "crlDist",
        "nsComment",
        "nsBaseUrl",
        "nsRevocationUrl",
        "nsCARevocationUrl",
        "nsRenewalUrl",
        "nsCaPolicyUrl",
        "nsSslServerName",
    ] {
        keep(key, fields.text()?);
    }
    let subject = fields.name()?;
    keep("authInfAcc", fields.text()?);
    keep("certPol", fields.text()?);
    keep("validMidn", fields.truth()?);
    if version > 2 {
        keep("adv_ext", fields.text()?);
    }
    if version > 3 {
        keep("noWellDefinedExpDate", fields.truth()?);
    }
    fields.finish()?;
    Ok((subject, settings))
}

fn purposes(bits: u32) -> String {
    let set: Vec<&str> = PURPOSE_BITS.into_iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| name).collect();
    set.join(", ")
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, octets: usize) -> Result<&'a [u8], TemplateError> {
        let (taken, rest) = self.0.split_at_checked(octets).ok_or(TemplateError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, TemplateError> {
        let octets = self.take(4)?.try_into().map_err(|_| TemplateError::Truncated)?;
        Ok(u32::from_be_bytes(octets))
    }

    fn truth(&mut self) -> Result<String, TemplateError> {
        Ok(if self.take(1)? == [0] { "0" } else { "1" }.to_owned())
    }

    fn text(&mut self) -> Result<String, TemplateError> {
        let end = self.0.iter().position(|octet| *octet == 0).ok_or(TemplateError::Truncated)?;
        let text = std::str::from_utf8(self.take(end)?).map_err(|_| TemplateError::Text)?;
        self.take(1)?;
        Ok(text.to_owned())
    }

    /// A string of Qt's: its length in octets, all ones where there is none, and UTF-16, big-endian.
    fn wide_text(&mut self) -> Result<String, TemplateError> {
        let length = self.number()?;
        if length == u32::MAX {
            return Ok(String::new());
        }
        let octets = self.take(usize::try_from(length).map_err(|_| TemplateError::Truncated)?)?;
        let (pairs, []) = octets.as_chunks::<2>() else { return Err(TemplateError::Text) };
        let units: Vec<u16> = pairs.iter().copied().map(u16::from_be_bytes).collect();
        String::from_utf16(&units).map_err(|_| TemplateError::Text)
    }

    fn name(&mut self) -> Result<&'a [u8], TemplateError> {
        let mut reader = Reader::new(self.0);
        let name = reader.expect(tag::SEQUENCE).map_err(|_| TemplateError::Subject)?;
        self.take(name.raw.len())
    }

    fn finish(&self) -> Result<(), TemplateError> {
        if self.0.is_empty() { Ok(()) } else { Err(TemplateError::Trailing { octets: self.0.len() }) }
    }
}
