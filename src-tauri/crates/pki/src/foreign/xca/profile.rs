//! A template as a profile: what both can say.

use super::template::{XcaLifetime, XcaTemplate, listed};
use crate::{
    alt_name::GeneralName,
    foreign::written_value,
    key::KeySpec,
    name::DistinguishedName,
    profile::{
        ExtensionsDocument, FORMAT, KeyDocument, NamesDocument, Profile, ProfileDocument, RequestDocument, SubjectDocument,
        ValidityDocument,
    },
    usage::{
        ExtendedKeyUsage,
        KeyUsage::{
            self, CrlSign, DataEncipherment, DecipherOnly, DigitalSignature, EncipherOnly, KeyAgreement, KeyCertSign, KeyEncipherment,
        },
    },
};

/// A profile that says what a template says, as far as it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XcaProfile {
    /// The profile; [`Profile::check`] takes it.
    pub document: ProfileDocument,
    /// What of the template is not in it.
    pub left_out: Vec<XcaLeftOut>,
}

/// A setting that a profile cannot express.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XcaLeftOut {
    /// XCA's name for it: `adv_ext`.
    pub key: String,
    /// What it says.
    pub value: String,
}

/// The longest lifetime of a profile, in days.
const MOST_DAYS: u32 = crate::profile::MOST_DAYS;
/// Longest description of a profile, in characters.
const LONGEST_DESCRIPTION: usize = 200;
/// Longest name of a profile.
const LONGEST_NAME: usize = 64;

/// OpenSSL's and XCA's short names of extended key usages that have another name here.
const PURPOSES: [(&str, &str); 22] = [
    ("msCodeInd", "1.3.6.1.4.1.311.2.1.21"),
    ("msCodeCom", "1.3.6.1.4.1.311.2.1.22"),
    ("msCTLSign", "1.3.6.1.4.1.311.10.3.1"),
    ("msSGC", "1.3.6.1.4.1.311.10.3.3"),
    ("msEFS", "1.3.6.1.4.1.311.10.3.4"),
    ("msEFSFR", "1.3.6.1.4.1.311.10.3.4.1"),
    ("nsSGC", "2.16.840.1.113730.4.1"),
    ("iKEIntermediate", "1.3.6.1.5.5.8.2.2"),
    ("msSmartcardLogin", "1.3.6.1.4.1.311.20.2.2"),
    ("id-kp-eapOverPPP", "1.3.6.1.5.5.7.3.13"),
    ("id-kp-eapOverLAN", "1.3.6.1.5.5.7.3.14"),
    ("pkInitKDC", "1.3.6.1.5.2.3.5"),
    ("pkInitClientAuth", "1.3.6.1.5.2.3.4"),
    ("adobePDFSigning", "1.2.840.113583.1.1.5"),
    ("msofficeSigning", "1.3.6.1.4.1.311.10.3.12"),
    ("driveEncryption", "1.3.6.1.4.1.311.67.1.1"),
    ("dataRecoveryAgent", "1.3.6.1.4.1.311.67.1.2"),
    ("DVCS", "1.3.6.1.5.5.7.3.10"),
    ("dom", "1.3.6.1.4.1.311.20.2"),
    ("sbgpCertAAServerAuth", "1.3.6.1.5.5.7.3.11"),
    ("E-mail Protection", "1.3.6.1.5.5.7.3.4"),
    ("ipsecIKE", "1.3.6.1.5.5.7.3.17"),
];

/// Attribute types that a template means for every certificate; the others are prefilled for one.
const OF_EVERY_SUBJECT: [&str; 6] = ["2.5.4.6", "2.5.4.8", "2.5.4.7", "2.5.4.10", "2.5.4.11", "0.9.2342.19200300.100.1.25"];

/// A name that profiles may have, from any text: lower-case letters, digits and hyphens.
pub fn profile_name(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        if name.len() == LONGEST_NAME {
            break;
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { "template".to_owned() } else { name.to_owned() }
}

impl XcaTemplate {
    /// The profile of this template, under the name that [`profile_name`] makes of `title`, which becomes its description. What XCA leaves open and
    /// RFC 5280 demands (critical key usage and basicConstraints, key identifiers) is written as ever, and not told as left out.
    pub fn to_profile(&self, title: &str) -> XcaProfile {
        let mut writing = Writing { template: self, authority: self.authority == Some(true), left_out: Vec::new() };
        let document = writing.document(title);
        let mut profile = XcaProfile { document, left_out: writing.left_out };
        profile.settle();
        profile
    }
}

impl XcaProfile {
    /// Takes out what the rules of profiles refuse, until they take it.
    fn settle(&mut self) {
        let fallback = ExtensionsDocument { key_usage: self.document.extensions.key_usage.clone(), ..ExtensionsDocument::default() };
        if Profile::check(&self.document, 1).is_err() {
            let names = std::mem::take(&mut self.document.extensions.issuer_alt_names);
            self.left_out.extend(names.into_iter().map(|value| XcaLeftOut { key: "issAltName".to_owned(), value }));
        }
        if Profile::check(&self.document, 1).is_err() {
            let usages = std::mem::replace(&mut self.document.extensions, fallback).extended_key_usage;
            self.left_out.extend(usages.into_iter().map(|value| XcaLeftOut { key: "eKeyUse".to_owned(), value }));
        }
    }
}

struct Writing<'a> {
    template: &'a XcaTemplate,
    authority: bool,
    left_out: Vec<XcaLeftOut>,
}

impl Writing<'_> {
    fn leave_out(&mut self, key: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.left_out.push(XcaLeftOut { key: key.to_owned(), value });
        }
    }

    fn document(&mut self, title: &str) -> ProfileDocument {
        let default_key = if self.authority { KeySpec::EcP384 } else { KeySpec::EcP256 };
        let description = title.chars().filter(|character| !character.is_control()).take(LONGEST_DESCRIPTION).collect();
        let names = self.names();
        let document = ProfileDocument {
            format: FORMAT,
            name: profile_name(title),
            description,
            kind: if self.authority { "intermediate" } else { "leaf" }.to_owned(),
            subject: self.subject(),
            names,
            key: KeyDocument { allowed: vec![], default: default_key.as_str().to_owned(), kept: false },
            validity: self.validity(),
            extensions: self.extensions(),
            request: RequestDocument::default(),
        };
        self.further();
        document
    }

    fn subject(&mut self) -> SubjectDocument {
        let mut fixed = String::new();
        for rdn in self.template.subject.iter().flat_map(DistinguishedName::rdns) {
            let one_kind = rdn.iter().all(|attribute| OF_EVERY_SUBJECT.contains(&attribute.oid.as_str()));
            let text: Vec<String> =
                rdn.iter().map(|attribute| format!("{}={}", attribute.label, written_value(&attribute.value))).collect();
            let text = format!("/{}", text.join("+"));
            if one_kind && DistinguishedName::parse(&text).is_ok() {
                fixed.push_str(&text);
            } else {
                self.leave_out("subject", text);
            }
        }
        SubjectDocument { fixed, from_first_name: !self.authority, ..SubjectDocument::default() }
    }

    fn names(&mut self) -> NamesDocument {
        let allowed: &[&str] =
            if self.authority { &["dns", "email", "uri", "dir"] } else { &["dns", "ip", "email", "uri", "upn", "dir", "rid", "other"] };
        let mut names = NamesDocument { allowed: allowed.iter().map(|kind| (*kind).to_owned()).collect(), ..NamesDocument::default() };
        for item in listed(&self.template.subject_alt_names) {
            // The common name becomes a name; here the first name becomes the common name.
            if item.eq_ignore_ascii_case("DNS:copycn") && !self.authority {
                names.required = vec!["dns".to_owned()];
                continue;
            }
            match name(&item).filter(|name| allowed.contains(&name.kind())) {
                Some(name) => names.fixed.push(name.to_string()),
                None => self.leave_out("subAltName", item),
            }
        }
        names
    }

    fn validity(&mut self) -> ValidityDocument {
        // A quarter of a day is what a leap year adds to each; halves are rounded up.
        let days = match self.template.lifetime {
            XcaLifetime::Days(days) => u64::from(days),
            XcaLifetime::Months(months) => (u64::from(months) * 1461 + 24) / 48,
            XcaLifetime::Years(years) => (u64::from(years) * 1461 + 2) / 4,
        };
        let default_days = u32::try_from(days).unwrap_or(u32::MAX).clamp(1, MOST_DAYS);
        if u64::from(default_days) != days {
            self.leave_out("validN", days.to_string());
        }
        ValidityDocument { default_days, longest_days: None, back_dated_minutes: 0 }
    }

    fn extensions(&mut self) -> ExtensionsDocument {
        let (mut every, mut of_rsa, mut of_ec) = (Vec::new(), Vec::new(), Vec::new());
        for usage in self.template.key_usages.iter() {
            match usage {
                // RFC 5280 4.2.1.3: these go with cA.
                KeyCertSign | CrlSign if !self.authority => self.leave_out("keyUse", usage.as_str()),
                // Only RSA enciphers, only EC agrees on keys (RFC 3279 2.3.1, RFC 5480 3).
                KeyEncipherment | DataEncipherment => of_rsa.push(usage),
                KeyAgreement | EncipherOnly | DecipherOnly => of_ec.push(usage),
                other => every.push(other),
            }
        }
        let demanded: &[KeyUsage] = if self.authority { &[KeyCertSign, CrlSign] } else { &[DigitalSignature] };
        if every.is_empty() || self.authority {
            every.extend(demanded.iter().filter(|usage| !self.template.key_usages.contains(**usage)));
        }
        let extended_key_usage = self.extended_key_usages();
        let mut issuer_alt_names = Vec::new();
        for item in listed(&self.template.issuer_alt_names) {
            match name(&item) {
                Some(name) => issuer_alt_names.push(name.to_string()),
                None => self.leave_out("issAltName", item),
            }
        }
        if self.template.must_staple && self.authority {
            self.leave_out("OCSPstaple", "1");
        }
        let words = |usages: Vec<KeyUsage>| usages.into_iter().map(|usage| usage.as_str().to_owned()).collect();
        ExtensionsDocument {
            key_usage: words(every),
            key_usage_of_rsa: words(of_rsa),
            key_usage_of_ec: words(of_ec),
            extended_key_usage_critical: self.template.extended_key_usages_critical && !extended_key_usage.is_empty(),
            extended_key_usage,
            must_staple: self.template.must_staple && !self.authority,
            issuer_alt_names,
            ..ExtensionsDocument::default()
        }
    }

    fn extended_key_usages(&mut self) -> Vec<String> {
        let mut usages: Vec<String> = Vec::new();
        for given in &self.template.extended_key_usages {
            let known = PURPOSES.iter().find(|(name, _)| name == given).map_or(given.as_str(), |(_, dotted)| *dotted);
            match known.parse::<ExtendedKeyUsage>() {
                Ok(usage) if !usages.iter().any(|before| before == usage.name()) => usages.push(usage.name().to_owned()),
                Ok(_) => {}
                Err(_) => self.leave_out("eKeyUse", given.clone()),
            }
        }
        usages
    }

    /// What no profile has a field for.
    fn further(&mut self) {
        let template = self.template;
        self.leave_out("basicPath", template.path_length.clone());
        self.leave_out("crlDist", template.crl_addresses.clone());
        self.leave_out("authInfAcc", template.information_access.clone());
        self.leave_out("nameCons", template.name_constraints.clone());
        self.leave_out("adv_ext", template.further.clone());
        for (key, set) in [("validMidn", template.to_midnight), ("noWellDefinedExpDate", template.never_ends)] {
            if set {
                self.leave_out(key, "1");
            }
        }
        for (key, value) in template.netscape.iter().chain(&template.unknown) {
            self.leave_out(key, value.clone());
        }
    }
}

/// A name of OpenSSL's configuration: `DNS:www.example.test`, `email:…`, `IP:…`, `URI:…`, `RID:…`, `UPN:…`, `otherName:msUPN;UTF8:…`.
fn name(item: &str) -> Option<GeneralName> {
    let (kind, value) = item.split_once(':')?;
    let (kind, value) = match kind.to_ascii_lowercase().as_str() {
        "othername" => ("upn", value.strip_prefix("msUPN;UTF8:")?),
        "dns" => ("dns", value),
        "email" => ("email", value),
        "ip" => ("ip", value),
        "uri" => ("uri", value),
        "rid" => ("rid", value),
        "upn" => ("upn", value),
        _ => return None,
    };
    GeneralName::parse(&format!("{kind}:{value}")).ok()
}
