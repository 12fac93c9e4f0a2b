//! TLS feature, "must staple" (RFC 7633).

use super::{ExtensionFault, Statement, Syntax, fault};
use crate::asn1::{self, Malformed, tag};

/// TLS extensions that a server with this certificate must use, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TlsFeatures(pub Vec<u16>);

/// status_request: a stapled OCSP answer (RFC 6066 8).
pub const STATUS_REQUEST: u16 = 5;
/// status_request_v2: stapled OCSP answers for the whole chain (RFC 6961 2).
pub const STATUS_REQUEST_V2: u16 = 17;

impl Syntax for TlsFeatures {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let number = |element: asn1::Tlv<'_>| asn1::small(element.content).and_then(|number| u16::try_from(number).map_err(|_| Malformed));
        asn1::each(asn1::single(der, tag::SEQUENCE)?.content, tag::INTEGER, number).map(Self).map_err(fault::unreadable("Features"))
    }

    fn encoded(&self) -> Vec<u8> {
        asn1::tlv(tag::SEQUENCE, &self.0.iter().map(|number| asn1::integer(u32::from(*number))).collect::<Vec<_>>().concat())
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        fault::some(&self.0, "Features", "RFC 7633 4.1")
    }

    fn describe(&self) -> Vec<Statement> {
        if self.0.is_empty() {
            return vec![Statement::plain("no-tls-feature")];
        }
        let one = |number: &u16| match *number {
            STATUS_REQUEST => Statement::plain("tls-feature-status-request"),
            STATUS_REQUEST_V2 => Statement::plain("tls-feature-status-request-v2"),
            other => Statement::with("tls-feature-other", "number", u32::from(other)),
        };
        self.0.iter().map(one).collect()
    }
}
