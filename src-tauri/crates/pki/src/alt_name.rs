//! Alternative names (RFC 5280 4.2.1.6).

mod parse;

use crate::asn1::{self, Malformed, Reader, oid_text, tag};
use crate::name::DistinguishedName;
use crate::oid;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// One `GeneralName`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum GeneralName {
    /// A host name, in A-labels; a wildcard is the whole leftmost label.
    Dns(String),
    /// An address.
    Ip(IpAddr),
    /// A mailbox in ASCII, the domain in A-labels (rfc822Name).
    Email(String),
    /// A mailbox whose local part is not ASCII, the domain in A-labels: the `otherName` of RFC 9598.
    SmtpUtf8(String),
    /// A URI.
    Uri(String),
    /// A user principal name, Microsoft's `otherName`.
    Upn(String),
    /// A directory name.
    Directory(DistinguishedName),
    /// An object identifier, dotted.
    RegisteredId(String),
    /// Another `otherName`.
    Other {
        /// Its type, dotted.
        oid: String,
        /// DER of its value.
        value: Vec<u8>,
    },
    /// The content octets of an x400Address; kept, never written anew.
    X400Address(Vec<u8>),
    /// The content octets of an ediPartyName; kept, never written anew.
    EdiPartyName(Vec<u8>),
    /// A form that there is not, or a known one with wrong content.
    Unreadable {
        /// The identifier octet.
        tag: u8,
        /// The content octets.
        content: Vec<u8>,
    },
}

/// Why text or bytes are no alternative name that we write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AltNameError {
    /// There is nothing.
    #[error("empty name")]
    Empty,
    /// The text is no host name.
    #[error("{given:?} is not a host name: {problem}")]
    NotAHostName {
        /// The text.
        given: String,
        /// What is wrong with it.
        problem: HostNameProblem,
    },
    /// The text is no IPv4 or IPv6 address.
    #[error("{given:?} is not an IP address")]
    NotAnAddress {
        /// The text.
        given: String,
    },
    /// The text is no mailbox with a domain.
    #[error("{given:?} is not an e-mail address")]
    NotAMailbox {
        /// The text.
        given: String,
    },
    /// The text is no absolute URI in ASCII.
    #[error("{given:?} is not an absolute URI")]
    NotAUri {
        /// The text.
        given: String,
    },
    /// The text is no `user@domain`.
    #[error("{given:?} is not a user principal name")]
    NotAPrincipalName {
        /// The text.
        given: String,
    },
    /// The text is no object identifier.
    #[error("{given:?} is not an object identifier")]
    NotAnObjectIdentifier {
        /// The text.
        given: String,
    },
    /// The text is no distinguished name.
    #[error("not a directory name: {0}")]
    NotADirectoryName(#[from] crate::name::NameError),
    /// The bytes are not one element.
    #[error("malformed GeneralName")]
    Malformed,
}

/// What keeps a text from being a host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostNameProblem {
    /// A `*` anywhere but as the whole leftmost label (RFC 9525 6.3).
    #[error("a wildcard must be the whole leftmost label")]
    Wildcard,
    /// Nothing is left after the wildcard's dot.
    #[error("a wildcard needs a domain")]
    BareWildcard,
    /// An address belongs into an `ip:` name.
    #[error("it is an address")]
    Address,
    /// Letters, digits and hyphens only, labels of 1 to 63 octets, 253 in all (RFC 1034 3.5, RFC 5890).
    #[error("it breaks the host name rules")]
    Rules,
}

impl From<Malformed> for AltNameError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl GeneralName {
    /// Reads `dns:…`, `ip:…`, `email:…`, `uri:…`, `upn:…`, `dir:…`, `rid:…` or `other:OID:#DER`, or recognises an address, a URI, a mailbox or a host name
    /// without a prefix. International host names become A-labels (RFC 5890), letters lower case.
    ///
    /// # Errors
    /// [`AltNameError`] names the text and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AltNameError> {
        parse::general_name(text)
    }

    /// The word for its form: `dns`, `ip`, `email` for both forms of mailbox, `uri`, `upn`, `dir`, `rid`, `other`, `x400`, `edi`,
    /// `unreadable`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dns",
            Self::Ip(_) => "ip",
            Self::Email(_) | Self::SmtpUtf8(_) => "email",
            Self::Uri(_) => "uri",
            Self::Upn(_) => "upn",
            Self::Directory(_) => "dir",
            Self::RegisteredId(_) => "rid",
            Self::Other { .. } => "other",
            Self::X400Address(_) => "x400",
            Self::EdiPartyName(_) => "edi",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    /// The name without its form.
    pub fn value(&self) -> String {
        match self {
            Self::Dns(text) | Self::Email(text) | Self::SmtpUtf8(text) | Self::Uri(text) | Self::Upn(text) | Self::RegisteredId(text) => {
                text.clone()
            }
            Self::Ip(address) => address.to_string(),
            Self::Directory(name) => name.rfc4514(),
            Self::Other { oid, value } => format!("{oid}:#{}", hex::encode(value)),
            Self::X400Address(_) | Self::EdiPartyName(_) | Self::Unreadable { .. } => format!("#{}", hex::encode(self.to_der())),
        }
    }

    /// Whether it is a name that [`Self::parse`] gives: in the form in which we write names.
    pub fn is_writable(&self) -> bool {
        match self {
            // Its string types are its own affair.
            Self::Directory(name) => !name.is_empty(),
            other => Self::parse(&other.to_string()).is_ok_and(|written| written == *other),
        }
    }

    /// Writes the `GeneralName`.
    pub fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Email(text) => asn1::tlv(0x81, text.as_bytes()),
            Self::Dns(text) => asn1::tlv(0x82, text.as_bytes()),
            Self::Uri(text) => asn1::tlv(0x86, text.as_bytes()),
            Self::Ip(IpAddr::V4(address)) => asn1::tlv(0x87, &address.octets()),
            Self::Ip(IpAddr::V6(address)) => asn1::tlv(0x87, &address.octets()),
            // A Name is a CHOICE, so its tag is explicit (X.680 31.2.7).
            Self::Directory(name) => asn1::tlv(0xa4, name.as_der()),
            Self::RegisteredId(dotted) => asn1::tlv(0x88, oid_content(dotted).as_slice()),
            Self::Upn(text) => other_name(oid::USER_PRINCIPAL_NAME, &asn1::tlv(tag::UTF8_STRING, text.as_bytes())),
            Self::SmtpUtf8(text) => other_name(oid::SMTP_UTF8_MAILBOX, &asn1::tlv(tag::UTF8_STRING, text.as_bytes())),
            Self::X400Address(content) => asn1::tlv(0xa3, content),
            Self::EdiPartyName(content) => asn1::tlv(0xa5, content),
            Self::Other { oid, value } => other_name(oid, value),
            Self::Unreadable { tag, content } => asn1::tlv(*tag, content),
        }
    }

    /// Reads one `GeneralName`, leniently: what is not understood is kept as [`Self::Unreadable`].
    ///
    /// # Errors
    /// [`AltNameError::Malformed`] when the bytes are not one element.
    pub fn from_der(der: &[u8]) -> Result<Self, AltNameError> {
        let mut reader = Reader::new(der);
        let element = reader.any()?;
        reader.finish()?;
        let name = read(element.tag, element.content);
        // What would be written differently is kept as it is.
        Ok(match name {
            Some(name) if name.to_der() == der => name,
            _ => Self::Unreadable { tag: element.tag, content: element.content.to_vec() },
        })
    }

    /// Writes `GeneralNames`.
    pub fn list_to_der(names: &[Self]) -> Vec<u8> {
        let parts: Vec<Vec<u8>> = names.iter().map(Self::to_der).collect();
        asn1::tlv(tag::SEQUENCE, &parts.concat())
    }

    /// Reads `GeneralNames`, leniently.
    ///
    /// # Errors
    /// [`AltNameError::Malformed`] when the bytes are not one SEQUENCE of elements.
    pub fn list_from_der(der: &[u8]) -> Result<Vec<Self>, AltNameError> {
        let mut reader = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        let mut names = Vec::new();
        while !reader.is_empty() {
            names.push(Self::from_der(reader.any()?.raw)?);
        }
        Ok(names)
    }
}

fn read(identifier: u8, content: &[u8]) -> Option<GeneralName> {
    let ascii = || std::str::from_utf8(content).ok().filter(|text| text.is_ascii()).map(str::to_owned);
    match identifier {
        0x81 => ascii().map(GeneralName::Email),
        0x82 => ascii().map(GeneralName::Dns),
        0x86 => ascii().map(GeneralName::Uri),
        0x87 => address(content).map(GeneralName::Ip),
        0x88 => Some(GeneralName::RegisteredId(oid_text(content))),
        0xa3 => Some(GeneralName::X400Address(content.to_vec())),
        0xa5 => Some(GeneralName::EdiPartyName(content.to_vec())),
        0xa4 => DistinguishedName::from_der(content).ok().map(GeneralName::Directory),
        0xa0 => {
            let mut reader = Reader::new(content);
            let oid = oid_text(reader.expect(tag::OID).ok()?.content);
            let value = reader.expect(0xa0).ok()?.content;
            let text = asn1::single(value, tag::UTF8_STRING).ok().and_then(|element| std::str::from_utf8(element.content).ok());
            match text {
                Some(text) if oid == oid::USER_PRINCIPAL_NAME => Some(GeneralName::Upn(text.to_owned())),
                Some(text) if oid == oid::SMTP_UTF8_MAILBOX => Some(GeneralName::SmtpUtf8(text.to_owned())),
                _ => Some(GeneralName::Other { oid, value: value.to_vec() }),
            }
        }
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(octets)
        .map(|octets| IpAddr::V4(Ipv4Addr::from(octets)))
        .or_else(|_| <[u8; 16]>::try_from(octets).map(|octets| IpAddr::V6(Ipv6Addr::from(octets))))
        .ok()
}

fn other_name(oid: &str, value: &[u8]) -> Vec<u8> {
    asn1::tlv(0xa0, &[asn1::oid(oid).unwrap_or_default(), asn1::tlv(0xa0, value)].concat())
}

/// Content octets of an object identifier; none for text that is no identifier, which a [`GeneralName`] that was parsed never holds.
fn oid_content(dotted: &str) -> Vec<u8> {
    let der = asn1::oid(dotted).unwrap_or_default();
    Reader::new(&der).any().map(|element| element.content.to_vec()).unwrap_or_default()
}

impl fmt::Display for GeneralName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.kind(), self.value())
    }
}

impl fmt::Debug for GeneralName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "GeneralName({self})")
    }
}

impl FromStr for GeneralName {
    type Err = AltNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
