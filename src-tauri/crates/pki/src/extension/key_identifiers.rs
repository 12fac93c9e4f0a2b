//! subjectKeyIdentifier and authorityKeyIdentifier (RFC 5280 4.2.1.1, 4.2.1.2).

use super::alternative_names::{names_encoded, names_read};
use super::{ExtensionFault, Statement, Syntax, fault::unreadable};
use crate::alt_name::GeneralName;
use crate::asn1::{self, Reader, tag};
use crate::key::KeyId;
use crate::serial::SerialNumber;

/// Which key is certified.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubjectKeyIdentifier(pub KeyId);

/// Which key signed, by its identifier, or by the issuer and serial number of its certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct AuthorityKeyIdentifier {
    /// The issuer's subjectKeyIdentifier.
    pub key_id: Option<KeyId>,
    /// Who issued the issuer's certificate.
    pub issuer: Vec<GeneralName>,
    /// The serial number of the issuer's certificate.
    pub serial: Option<SerialNumber>,
}

impl Syntax for SubjectKeyIdentifier {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        Ok(Self(KeyId::from_bytes(asn1::single(der, tag::OCTET_STRING)?.content)))
    }

    fn encoded(&self) -> Vec<u8> {
        asn1::tlv(tag::OCTET_STRING, self.0.as_bytes())
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        super::fault::some(self.0.as_bytes(), "keyIdentifier", "RFC 5280 4.2.1.2")
    }

    fn describe(&self) -> Vec<Statement> {
        vec![Statement::with("key-identifier", "identifier", self.0.to_string())]
    }
}

impl Syntax for AuthorityKeyIdentifier {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let mut fields = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        let key_id = fields.optional(0x80).map_err(unreadable("keyIdentifier"))?.map(|element| KeyId::from_bytes(element.content));
        let issuer = match fields.optional(0xa1).map_err(unreadable("authorityCertIssuer"))? {
            Some(names) => names_read(names.content).map_err(unreadable("authorityCertIssuer"))?,
            None => Vec::new(),
        };
        let serial = fields.optional(0x82).map_err(unreadable("authorityCertSerialNumber"))?;
        let serial = serial.map(|element| SerialNumber::from_content_octets(element.content)).transpose();
        fields.finish()?;
        Ok(Self { key_id, issuer, serial: serial.map_err(unreadable("authorityCertSerialNumber"))? })
    }

    fn encoded(&self) -> Vec<u8> {
        let key_id = self.key_id.as_ref().map(|key_id| asn1::tlv(0x80, key_id.as_bytes())).unwrap_or_default();
        let issuer = if self.issuer.is_empty() { Vec::new() } else { asn1::tlv(0xa1, &names_encoded(&self.issuer)) };
        let serial = self.serial.as_ref().map(|serial| asn1::tlv(0x82, serial.content_octets())).unwrap_or_default();
        asn1::sequence(&[&key_id, &issuer, &serial])
    }

    /// The identifier must be there; issuer and serial number stand together or not at all.
    fn check(&self) -> Result<(), ExtensionFault> {
        const CLAUSE: &str = "RFC 5280 4.2.1.1";
        super::fault::some(self.key_id.as_ref().map(KeyId::as_bytes).unwrap_or_default(), "keyIdentifier", CLAUSE)?;
        match (self.issuer.is_empty(), &self.serial) {
            (false, None) => Err(ExtensionFault::Missing { part: "authorityCertSerialNumber", clause: CLAUSE }),
            (true, Some(_)) => Err(ExtensionFault::Missing { part: "authorityCertIssuer", clause: CLAUSE }),
            _ => super::alternative_names::all_writable(&self.issuer, CLAUSE),
        }
    }

    fn describe(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        statements.extend(self.key_id.as_ref().map(|key_id| Statement::with("issuer-key", "identifier", key_id.to_string())));
        statements.extend(self.issuer.iter().map(|name| Statement::with("issuer-certificate-issuer", "name", name.to_string())));
        statements.extend(self.serial.as_ref().map(|serial| Statement::with("issuer-certificate-serial", "serial", serial.to_string())));
        if statements.is_empty() {
            statements.push(Statement::plain("no-issuer-key"));
        }
        statements
    }
}
