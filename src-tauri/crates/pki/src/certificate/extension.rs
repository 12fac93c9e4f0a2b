//! The extensions of a certificate, and those among them that everything else asks for (RFC 5280 4.2).

use crate::{
    alt_name::GeneralName,
    asn1::{self, Malformed, Reader, tag},
    constraints::NameConstraints,
    key::KeyId,
    oid,
    usage::KeyUsages,
};

/// One extension as it stands in the certificate (RFC 5280 4.1.2.9).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Extension {
    /// Object identifier, dotted.
    pub oid: String,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// The contents of extnValue: DER of the extension's own type.
    pub value: Vec<u8>,
}

/// basicConstraints (RFC 5280 4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject may sign certificates.
    pub authority: bool,
    /// How many authorities may follow below.
    pub path_length: Option<u32>,
}

/// Addresses that a certificate carries: URIs, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Addresses {
    /// cRLDistributionPoints (RFC 5280 4.2.1.13).
    pub crl_urls: Vec<String>,
    /// authorityInfoAccess, caIssuers (RFC 5280 4.2.2.1).
    pub issuer_urls: Vec<String>,
    /// authorityInfoAccess, ocsp (RFC 5280 4.2.2.1).
    pub ocsp_urls: Vec<String>,
}

/// Reads an `Extensions` SEQUENCE.
pub(crate) fn read_extensions(der: &[u8]) -> Result<Vec<Extension>, Malformed> {
    let mut list = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let mut fields = list.enter(tag::SEQUENCE)?;
        let identifier = fields.expect(tag::OID)?;
        let critical = fields.optional(tag::BOOLEAN)?;
        let value = fields.expect(tag::OCTET_STRING)?;
        fields.finish()?;
        extensions.push(Extension {
            oid: asn1::oid_text(identifier.content),
            // Any octet but zero is true in BER (X.690 8.2.2).
            critical: critical.is_some_and(|flag| flag.content.iter().any(|octet| *octet != 0)),
            value: value.content.to_vec(),
        });
    }
    Ok(extensions)
}

/// What is read out of extensions when the certificate is.
#[derive(Default)]
pub(super) struct Known {
    pub(super) subject_key_id: Option<KeyId>,
    pub(super) authority_key_id: Option<KeyId>,
    pub(super) names: Vec<GeneralName>,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usages: Option<KeyUsages>,
    pub(super) extended_key_usages: Option<Vec<String>>,
    pub(super) name_constraints: Option<NameConstraints>,
    pub(super) addresses: Addresses,
    pub(super) unreadable: Vec<String>,
}

impl Known {
    /// Reads the first extension of each kind (RFC 5280 4.2 allows one); what cannot be read is named, never guessed.
    pub(super) fn read(extensions: &[Extension]) -> Self {
        let mut known = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for extension in extensions {
            if seen.contains(&extension.oid.as_str()) {
                continue;
            }
            seen.push(&extension.oid);
            if known.read_one(extension).is_err() {
                known.unreadable.push(extension.oid.clone());
            }
        }
        known
    }

    fn read_one(&mut self, extension: &Extension) -> Result<(), Malformed> {
        let value = extension.value.as_slice();
        match extension.oid.as_str() {
            oid::SUBJECT_KEY_IDENTIFIER => {
                let octets = asn1::single(value, tag::OCTET_STRING)?;
                self.subject_key_id = Some(KeyId::from_bytes(octets.content));
            }
            oid::AUTHORITY_KEY_IDENTIFIER => self.authority_key_id = authority_key_id(value)?,
            oid::SUBJECT_ALT_NAME => self.names = general_names(value)?,
            oid::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value)?),
            oid::KEY_USAGE => self.key_usages = Some(KeyUsages::from_der(value).map_err(|_| Malformed)?),
            oid::EXTENDED_KEY_USAGE => self.extended_key_usages = Some(purposes(value)?),
            oid::NAME_CONSTRAINTS => {
                self.name_constraints = Some(NameConstraints::from_der(value).map_err(|_| Malformed)?);
            }
            oid::CRL_DISTRIBUTION_POINTS => self.addresses.crl_urls = distribution_urls(value)?,
            oid::AUTHORITY_INFO_ACCESS => {
                for (method, location) in access_descriptions(value)? {
                    match (method.as_str(), location) {
                        (oid::AD_OCSP, GeneralName::Uri(uri)) => self.addresses.ocsp_urls.push(uri),
                        (oid::AD_CA_ISSUERS, GeneralName::Uri(uri)) => self.addresses.issuer_urls.push(uri),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The keyIdentifier of an AuthorityKeyIdentifier (RFC 5280 4.2.1.1).
pub(crate) fn authority_key_id(value: &[u8]) -> Result<Option<KeyId>, Malformed> {
    let mut fields = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    Ok(fields.optional(0x80)?.map(|identifier| KeyId::from_bytes(identifier.content)))
}

/// A GeneralNames SEQUENCE (RFC 5280 4.2.1.6).
pub(crate) fn general_names(value: &[u8]) -> Result<Vec<GeneralName>, Malformed> {
    general_names_contents(asn1::single(value, tag::SEQUENCE)?.content)
}

fn general_names_contents(contents: &[u8]) -> Result<Vec<GeneralName>, Malformed> {
    let mut list = Reader::new(contents);
    let mut names = Vec::new();
    while !list.is_empty() {
        let element = list.any()?;
        names.push(GeneralName::from_der(element.raw).map_err(|_| Malformed)?);
    }
    Ok(names)
}

pub(super) fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, Malformed> {
    let mut fields = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    let authority = fields.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.content.iter().any(|octet| *octet != 0));
    let path_length = fields.optional(tag::INTEGER)?.map(|number| small(number.content)).transpose()?;
    fields.finish()?;
    Ok(BasicConstraints { authority, path_length })
}

/// A non-negative INTEGER that fits 32 bits.
pub(crate) fn small(contents: &[u8]) -> Result<u32, Malformed> {
    match contents.first() {
        None => return Err(Malformed),
        Some(first) if first & 0x80 != 0 => return Err(Malformed),
        Some(_) => {}
    }
    contents.iter().try_fold(0_u32, |value, octet| value.checked_mul(256)?.checked_add(u32::from(*octet))).ok_or(Malformed)
}

/// A SEQUENCE OF OBJECT IDENTIFIER.
pub(crate) fn purposes(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut list = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    let mut purposes = Vec::new();
    while !list.is_empty() {
        purposes.push(asn1::oid_text(list.expect(tag::OID)?.content));
    }
    Ok(purposes)
}

/// The URIs of CRLDistributionPoints, freshestCRL included (RFC 5280 4.2.1.13).
pub(crate) fn distribution_urls(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut points = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    let mut urls = Vec::new();
    while !points.is_empty() {
        let mut point = points.enter(tag::SEQUENCE)?;
        if let Some(name) = point.optional(0xa0)? {
            urls.extend(full_name_urls(name.content)?);
        }
    }
    Ok(urls)
}

/// The URIs of a DistributionPointName, fullName; one relative to the issuer has none.
pub(crate) fn full_name_urls(contents: &[u8]) -> Result<Vec<String>, Malformed> {
    let Some(full_name) = Reader::new(contents).optional(0xa0)? else { return Ok(Vec::new()) };
    let names = general_names_contents(full_name.content)?;
    Ok(names.into_iter().filter_map(|name| if let GeneralName::Uri(uri) = name { Some(uri) } else { None }).collect())
}

/// Method and location of each AccessDescription (RFC 5280 4.2.2.1).
pub(crate) fn access_descriptions(value: &[u8]) -> Result<Vec<(String, GeneralName)>, Malformed> {
    let mut list = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
    let mut descriptions = Vec::new();
    while !list.is_empty() {
        let mut fields = list.enter(tag::SEQUENCE)?;
        let method = asn1::oid_text(fields.expect(tag::OID)?.content);
        let location = fields.any()?;
        descriptions.push((method, GeneralName::from_der(location.raw).map_err(|_| Malformed)?));
    }
    Ok(descriptions)
}
