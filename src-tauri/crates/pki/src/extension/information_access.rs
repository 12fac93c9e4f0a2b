//! authorityInfoAccess and subjectInfoAccess (RFC 5280 4.2.2.1, 4.2.2.2).

use super::distribution_points::location;
use super::{ExtensionFault, Statement, Syntax, Term, TermKind, alternative_names::all_writable, fault};
use crate::alt_name::GeneralName;
use crate::asn1::{self, Malformed, Reader, oid_text, tag};

/// What is to be had about the issuer, or from the subject, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InformationAccess(pub Vec<AccessDescription>);

/// One thing and its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccessDescription {
    /// What is to be had: an object identifier, dotted.
    pub method: String,
    /// Where.
    pub location: GeneralName,
}

impl AccessDescription {
    /// This method at a URI.
    pub fn at(method: &str, url: &str) -> Self {
        Self { method: method.to_owned(), location: GeneralName::Uri(url.to_owned()) }
    }
}

impl Syntax for InformationAccess {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let description = |element: asn1::Tlv<'_>| -> Result<AccessDescription, Malformed> {
            let mut fields = Reader::new(element.content);
            let method = oid_text(fields.expect(tag::OID)?.content);
            let location = GeneralName::from_der(fields.any()?.raw).map_err(|_| Malformed)?;
            fields.finish()?;
            Ok(AccessDescription { method, location })
        };
        asn1::each(asn1::single(der, tag::SEQUENCE)?.content, tag::SEQUENCE, description)
            .map(Self)
            .map_err(fault::unreadable("AccessDescription"))
    }

    fn encoded(&self) -> Vec<u8> {
        let one = |one: &AccessDescription| asn1::sequence(&[&asn1::oid_as_read(&one.method), &one.location.to_der()]);
        asn1::tlv(tag::SEQUENCE, &self.0.iter().map(one).collect::<Vec<_>>().concat())
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        const CLAUSE: &str = "RFC 5280 4.2.2.1";
        fault::some(&self.0, "AccessDescription", CLAUSE)?;
        self.0.iter().try_for_each(|one| {
            fault::identifier(&one.method)?;
            all_writable(std::slice::from_ref(&one.location), CLAUSE)
        })
    }

    fn describe(&self) -> Vec<Statement> {
        if self.0.is_empty() {
            return vec![Statement::plain("no-access")];
        }
        let one = |one: &AccessDescription| {
            Statement::with("access", "method", Term::identified(TermKind::Access, &one.method)).and("location", location(&one.location))
        };
        self.0.iter().map(one).collect()
    }
}
