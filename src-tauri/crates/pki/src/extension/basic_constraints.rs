//! basicConstraints (RFC 5280 4.2.1.9).

use super::{ExtensionFault, Statement, Syntax, fault::unreadable};
use crate::asn1::{self, Reader, tag};

/// Whether the subject is an authority, and how many may follow below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct BasicConstraints {
    /// Whether the subject may sign certificates.
    pub authority: bool,
    /// How many authorities may follow below.
    pub path_length: Option<u32>,
}

impl Syntax for BasicConstraints {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let mut fields = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        // Any octet but zero is true in BER (X.690 8.2.2).
        let authority =
            fields.optional(tag::BOOLEAN).map_err(unreadable("cA"))?.is_some_and(|flag| flag.content.iter().any(|octet| *octet != 0));
        let number = fields.optional(tag::INTEGER).map_err(unreadable("pathLenConstraint"))?;
        let path_length = number.map(|number| asn1::small(number.content)).transpose().map_err(unreadable("pathLenConstraint"))?;
        fields.finish()?;
        Ok(Self { authority, path_length })
    }

    fn encoded(&self) -> Vec<u8> {
        // FALSE is the default, which DER leaves out (X.690 11.5).
        let authority: &[u8] = if self.authority { &[tag::BOOLEAN, 1, 0xff] } else { &[] };
        asn1::sequence(&[authority, &self.path_length.map(asn1::integer).unwrap_or_default()])
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        match self.path_length {
            Some(levels) if !self.authority => {
                Err(ExtensionFault::NotAllowed { part: "pathLenConstraint", given: levels.to_string(), clause: "RFC 5280 4.2.1.9" })
            }
            _ => Ok(()),
        }
    }

    fn describe(&self) -> Vec<Statement> {
        vec![match (self.authority, self.path_length) {
            (false, _) => Statement::plain("no-authority"),
            (true, None) => Statement::plain("authority"),
            (true, Some(0)) => Statement::plain("authority-with-none-below"),
            (true, Some(1)) => Statement::plain("authority-with-one-below"),
            (true, Some(levels)) => Statement::with("authority-with-levels-below", "levels", levels),
        }]
    }
}
