//! subjectAltName and issuerAltName (RFC 5280 4.2.1.6, 4.2.1.7).

use super::{ExtensionFault, Statement, Syntax, fault};
use crate::alt_name::GeneralName;
use crate::asn1::{self, Malformed, Reader, tag};

/// Names of the subject, or of the issuer, beside its distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AlternativeNames(pub Vec<GeneralName>);

impl Syntax for AlternativeNames {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        names_read(asn1::single(der, tag::SEQUENCE)?.content).map(Self).map_err(fault::unreadable("GeneralName"))
    }

    fn encoded(&self) -> Vec<u8> {
        asn1::tlv(tag::SEQUENCE, &names_encoded(&self.0))
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        fault::some(&self.0, "GeneralNames", "RFC 5280 4.2.1.6")?;
        all_writable(&self.0, "RFC 5280 4.2.1.6")
    }

    fn describe(&self) -> Vec<Statement> {
        if self.0.is_empty() {
            return vec![Statement::plain("no-name")];
        }
        self.0.iter().map(|name| Statement::with("name", "name", name.to_string())).collect()
    }
}

/// Reads the inside of `GeneralNames`.
pub(crate) fn names_read(content: &[u8]) -> Result<Vec<GeneralName>, Malformed> {
    let mut list = Reader::new(content);
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(GeneralName::from_der(list.any()?.raw).map_err(|_| Malformed)?);
    }
    Ok(names)
}

/// Writes the inside of `GeneralNames`.
pub(super) fn names_encoded(names: &[GeneralName]) -> Vec<u8> {
    names.iter().map(GeneralName::to_der).collect::<Vec<_>>().concat()
}

/// Refuses names that we would not take from a person either.
pub(super) fn all_writable(names: &[GeneralName], clause: &'static str) -> Result<(), ExtensionFault> {
    match names.iter().find(|name| !name.is_writable()) {
        Some(name) => Err(ExtensionFault::NotAllowed { part: "GeneralName", given: name.to_string(), clause }),
        None => Ok(()),
    }
}
