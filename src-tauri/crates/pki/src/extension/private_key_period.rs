//! privateKeyUsagePeriod (RFC 3280 4.2.1.4; RFC 5280 leaves it out).

use super::{ExtensionFault, Statement, Syntax, fault};
use crate::asn1::{self, Reader, tag};
use crate::preflight::utc;
use crate::validity::{generalized_time_to_der, time_from_der};
use time::OffsetDateTime;

/// When the private key may sign, where that is not the certificate's whole life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PrivateKeyUsagePeriod {
    /// Not before this second.
    pub not_before: Option<OffsetDateTime>,
    /// Not after this second.
    pub not_after: Option<OffsetDateTime>,
}

impl Syntax for PrivateKeyUsagePeriod {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let mut fields = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        let mut time = |tag, part| -> Result<Option<OffsetDateTime>, ExtensionFault> {
            let element = fields.optional(tag).map_err(fault::unreadable(part))?;
            let time = element.map(|element| time_from_der(&asn1::tlv(tag::GENERALIZED_TIME, element.content)));
            time.transpose().map_err(fault::unreadable(part))
        };
        let (not_before, not_after) = (time(0x80, "notBefore")?, time(0x81, "notAfter")?);
        fields.finish()?;
        Ok(Self { not_before, not_after })
    }

    fn encoded(&self) -> Vec<u8> {
        let time = |tag: u8, time: Option<OffsetDateTime>| {
            let der = time.map(generalized_time_to_der);
            let content = der.and_then(|der| Reader::new(&der).any().map(|element| element.content.to_vec()).ok());
            content.map(|content| asn1::tlv(tag, &content)).unwrap_or_default()
        };
        asn1::sequence(&[&time(0x80, self.not_before), &time(0x81, self.not_after)])
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        const CLAUSE: &str = "RFC 3280 4.2.1.4";
        match (self.not_before, self.not_after) {
            (None, None) => Err(ExtensionFault::Missing { part: "notBefore", clause: CLAUSE }),
            (Some(from), Some(until)) if until < from => {
                Err(ExtensionFault::NotAllowed { part: "notAfter", given: utc(until), clause: CLAUSE })
            }
            _ => Ok(()),
        }
    }

    fn describe(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        statements.extend(self.not_before.map(|time| Statement::with("private-key-from", "time", utc(time))));
        statements.extend(self.not_after.map(|time| Statement::with("private-key-until", "time", utc(time))));
        if statements.is_empty() {
            statements.push(Statement::plain("no-private-key-period"));
        }
        statements
    }
}
