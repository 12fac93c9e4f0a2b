//! keyUsage and extKeyUsage (RFC 5280 4.2.1.3, 4.2.1.12).

use super::{ExtensionFault, Statement, Syntax, Term, TermKind, fault};
use crate::asn1::{self, tag};
use crate::usage::{ExtendedKeyUsage, KeyUsages};

impl Syntax for KeyUsages {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        Self::from_der(der).map_err(fault::unreadable("KeyUsage"))
    }

    fn encoded(&self) -> Vec<u8> {
        Self::to_der(*self)
    }

    /// At least one bit must be set.
    fn check(&self) -> Result<(), ExtensionFault> {
        if self.is_empty() { Err(ExtensionFault::Missing { part: "KeyUsage", clause: "RFC 5280 4.2.1.3" }) } else { Ok(()) }
    }

    fn describe(&self) -> Vec<Statement> {
        if self.is_empty() {
            return vec![Statement::plain("no-usage")];
        }
        self.iter().map(|usage| Statement::with("usage", "usage", Term::named(TermKind::Usage, usage.as_str()))).collect()
    }
}

/// What the key is for, beside or instead of what keyUsage says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExtendedKeyUsages(pub Vec<ExtendedKeyUsage>);

impl Syntax for ExtendedKeyUsages {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        ExtendedKeyUsage::list_from_der(der).map(Self).map_err(fault::unreadable("KeyPurposeId"))
    }

    fn encoded(&self) -> Vec<u8> {
        asn1::tlv(tag::SEQUENCE, &self.0.iter().map(|usage| asn1::oid_as_read(usage.oid())).collect::<Vec<_>>().concat())
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        fault::some(&self.0, "ExtKeyUsageSyntax", "RFC 5280 4.2.1.12")?;
        self.0.iter().try_for_each(|usage| fault::identifier(usage.oid()))
    }

    fn describe(&self) -> Vec<Statement> {
        if self.0.is_empty() {
            return vec![Statement::plain("no-purpose")];
        }
        self.0.iter().map(|usage| purpose(usage.oid())).collect()
    }
}

/// The statement of one purpose.
pub(super) fn purpose(oid: &str) -> Statement {
    Statement::with("purpose", "purpose", Term::identified(TermKind::Purpose, oid))
}
