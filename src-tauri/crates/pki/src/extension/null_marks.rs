//! Extensions that say what they say by being there: their value is NULL.

use super::{ExtensionFault, Statement, Syntax};
use crate::asn1::{self, NULL};

/// The issuer publishes no revocation information about this certificate (RFC 9608 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NoRevocationAvailable;

/// Whoever trusts this OCSP responder's answers need not ask about its certificate (RFC 6960 4.2.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OcspNoCheck;

fn null(der: &[u8]) -> Result<(), ExtensionFault> {
    let element = asn1::single(der, 0x05)?;
    if element.content.is_empty() { Ok(()) } else { Err(ExtensionFault::Unreadable { part: "NULL" }) }
}

impl Syntax for NoRevocationAvailable {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        null(der).map(|()| Self)
    }

    fn encoded(&self) -> Vec<u8> {
        NULL.to_vec()
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        Ok(())
    }

    fn describe(&self) -> Vec<Statement> {
        vec![Statement::plain("no-revocation-information")]
    }
}

impl Syntax for OcspNoCheck {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        null(der).map(|()| Self)
    }

    fn encoded(&self) -> Vec<u8> {
        NULL.to_vec()
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        Ok(())
    }

    fn describe(&self) -> Vec<Statement> {
        vec![Statement::plain("responder-not-checked")]
    }
}
