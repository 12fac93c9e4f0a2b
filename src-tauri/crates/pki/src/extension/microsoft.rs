//! What Active Directory's authorities write: the template a certificate was made from, the authority's version, and whom it is for.

use super::display_text::DisplayText;
use super::{ExtensionFault, Statement, Syntax, fault};
use crate::alt_name::GeneralName;
use crate::asn1::{self, Reader, oid_text, tag};
use crate::oid;

/// The name of a template of version 1 (MS-WCCE 2.2.2.7.7, szOID_ENROLL_CERTTYPE_EXTENSION).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TemplateName(pub DisplayText);

impl TemplateName {
    /// The name as Microsoft writes it: BMPString.
    pub fn of(name: &str) -> Self {
        Self(DisplayText::bmp(name))
    }
}

impl Syntax for TemplateName {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let mut reader = Reader::new(der);
        let text = DisplayText::read(reader.any()?).map_err(fault::unreadable("name"))?;
        reader.finish()?;
        Ok(Self(text))
    }

    fn encoded(&self) -> Vec<u8> {
        self.0.encoded()
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        let text = self.0.text();
        if *self == Self::of(&text) && !text.is_empty() && !text.contains([char::REPLACEMENT_CHARACTER, '\0']) {
            return Ok(());
        }
        Err(ExtensionFault::NotAllowed { part: "name", given: text, clause: "MS-WCCE 2.2.2.7.7" })
    }

    fn describe(&self) -> Vec<Statement> {
        vec![Statement::with("template-name", "name", self.0.text())]
    }
}

/// A template of version 2 or later (MS-WCCE 2.2.2.7.7, szOID_CERTIFICATE_TEMPLATE).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template {
    /// Its object identifier, dotted.
    pub oid: String,
    /// Its major version.
    pub major: Option<u32>,
    /// Its minor version.
    pub minor: Option<u32>,
}

impl Syntax for Template {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let mut fields = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        let oid = oid_text(fields.expect(tag::OID).map_err(fault::unreadable("templateID"))?.content);
        let mut version = |part| -> Result<Option<u32>, ExtensionFault> {
            let element = fields.optional(tag::INTEGER).map_err(fault::unreadable(part))?;
            element.map(|element| asn1::small(element.content)).transpose().map_err(fault::unreadable(part))
        };
        let (major, minor) = (version("templateMajorVersion")?, version("templateMinorVersion")?);
        fields.finish()?;
        Ok(Self { oid, major, minor })
    }

    fn encoded(&self) -> Vec<u8> {
        let version = |number: Option<u32>| number.map(asn1::integer).unwrap_or_default();
        asn1::sequence(&[&asn1::oid_as_read(&self.oid), &version(self.major), &version(self.minor)])
    }

    /// A minor version alone would be read as the major one.
    fn check(&self) -> Result<(), ExtensionFault> {
        fault::identifier(&self.oid)?;
        if self.major.is_none() && self.minor.is_some() {
            return Err(ExtensionFault::Missing { part: "templateMajorVersion", clause: "MS-WCCE 2.2.2.7.7" });
        }
        Ok(())
    }

    fn describe(&self) -> Vec<Statement> {
        let mut statements = vec![Statement::with("template", "template", self.oid.clone())];
        if let Some(major) = self.major {
            statements.push(Statement::with("template-version", "major", major).and("minor", self.minor.unwrap_or(0)));
        }
        statements
    }
}

/// How often an authority's certificate and key were renewed (szOID_CERTSRV_CA_VERSION).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CaVersion {
    /// The certificate's index, from 0 on.
    pub certificate: u16,
    /// The key's index, from 0 on.
    pub key: u16,
}

impl Syntax for CaVersion {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let number = asn1::small(asn1::single(der, tag::INTEGER)?.content)?;
        // The low half is the certificate's, the high half the key's.
        let [high, more, less, low] = number.to_be_bytes();
        Ok(Self { certificate: u16::from_be_bytes([less, low]), key: u16::from_be_bytes([high, more]) })
    }

    fn encoded(&self) -> Vec<u8> {
        asn1::integer((u32::from(self.key) << 16) | u32::from(self.certificate))
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        Ok(())
    }

    fn describe(&self) -> Vec<Statement> {
        vec![Statement::with("ca-version", "certificate", u32::from(self.certificate)).and("key", u32::from(self.key))]
    }
}

/// The account that the certificate is for, by its security identifier: without it, domain controllers refuse to log it on
/// (KB5014754; szOID_NTDS_CA_SECURITY_EXT).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecurityIdentifier(String);

impl SecurityIdentifier {
    /// Reads `S-1-5-21-…`: revision 1, an authority and 1 to 15 sub-authorities of 32 bits, all in decimal (MS-DTYP 2.4.2.1).
    ///
    /// # Errors
    /// [`ExtensionFault::NotAllowed`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ExtensionFault> {
        let made = Self(text.to_owned());
        made.check().map(|()| made)
    }

    /// `S-1-5-21-…`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Syntax for SecurityIdentifier {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let names = super::alternative_names::names_read(asn1::single(der, tag::SEQUENCE)?.content)?;
        let value = match names.as_slice() {
            [GeneralName::Other { oid, value }] if oid == oid::NTDS_OBJECT_SID => value,
            _ => return Err(ExtensionFault::Unreadable { part: "szOID_NTDS_OBJECTSID" }),
        };
        let octets = asn1::single(value, tag::OCTET_STRING)?.content;
        String::from_utf8(octets.to_vec()).map(Self).map_err(fault::unreadable("SID"))
    }

    fn encoded(&self) -> Vec<u8> {
        let value = asn1::tlv(tag::OCTET_STRING, self.0.as_bytes());
        asn1::sequence(&[&GeneralName::Other { oid: oid::NTDS_OBJECT_SID.to_owned(), value }.to_der()])
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        let number = |text: &str| text.parse::<u64>().ok().filter(|number| number.to_string() == text);
        let right = self.0.strip_prefix("S-1-").is_some_and(|rest| {
            let (authority, below) = rest.split_once('-').unwrap_or((rest, ""));
            let below: Vec<&str> = below.split('-').collect();
            number(authority).is_some_and(|number| number < 1 << 32)
                && (1..=15).contains(&below.len())
                && below.iter().all(|text| number(text).is_some_and(|number| number < 1 << 32))
        });
        if right { Ok(()) } else { Err(ExtensionFault::NotAllowed { part: "SID", given: self.0.clone(), clause: "MS-DTYP 2.4.2.1" }) }
    }

    fn describe(&self) -> Vec<Statement> {
        vec![Statement::with("security-identifier", "identifier", self.0.clone())]
    }
}
