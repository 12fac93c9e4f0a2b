//! What Netscape's programs of the nineties wanted, and old tools still write: a comment, and the certificate's type.

use super::{ExtensionFault, Statement, Syntax, Term, TermKind, fault};
use crate::asn1::{self, tag};

/// A comment for whoever reads the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NetscapeComment(pub String);

impl Syntax for NetscapeComment {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let octets = asn1::single(der, tag::IA5_STRING)?.content;
        String::from_utf8(octets.to_vec()).map(Self).map_err(fault::unreadable("IA5String"))
    }

    fn encoded(&self) -> Vec<u8> {
        asn1::tlv(tag::IA5_STRING, self.0.as_bytes())
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        if self.0.is_ascii() && !self.0.is_empty() {
            return Ok(());
        }
        Err(ExtensionFault::NotAllowed { part: "IA5String", given: self.0.clone(), clause: "X.680 41.4" })
    }

    fn describe(&self) -> Vec<Statement> {
        vec![Statement::with("comment", "text", self.0.clone())]
    }
}

/// What the certificate is for, as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NetscapeTypes(u16);

/// The types by bit number; bit 4 is reserved.
const TYPES: [(u16, &str); 7] =
    [(0, "sslClient"), (1, "sslServer"), (2, "smime"), (3, "objectSigning"), (5, "sslCA"), (6, "smimeCA"), (7, "objectSigningCA")];

impl NetscapeTypes {
    /// The names of the types, by bit.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        TYPES.into_iter().filter(move |(bit, _)| self.0 & (1 << bit) != 0).map(|(_, name)| name)
    }

    /// The set of the types with these names; others are passed over.
    pub fn of(names: &[&str]) -> Self {
        Self(TYPES.into_iter().filter(|(_, name)| names.contains(name)).fold(0, |bits, (bit, _)| bits | (1 << bit)))
    }
}

impl Syntax for NetscapeTypes {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        Ok(Self(asn1::read_named_bits(asn1::single(der, tag::BIT_STRING)?.content)? & 0x00ff))
    }

    fn encoded(&self) -> Vec<u8> {
        asn1::tlv(tag::BIT_STRING, &asn1::named_bits(self.0))
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        if self.names().next().is_some() { Ok(()) } else { Err(ExtensionFault::Missing { part: "BIT STRING", clause: "Netscape" }) }
    }

    fn describe(&self) -> Vec<Statement> {
        let statements: Vec<_> =
            self.names().map(|name| Statement::with("netscape-type", "type", Term::named(TermKind::NetscapeType, name))).collect();
        if statements.is_empty() { vec![Statement::plain("no-netscape-type")] } else { statements }
    }
}
