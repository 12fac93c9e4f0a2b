//! One subtree of names.

use crate::alt_name::{AltNameError, GeneralName};
use crate::asn1::{self, Malformed, Reader};
use crate::name::{DistinguishedName, NameError};
use std::fmt;
use std::net::IpAddr;

/// A subtree of names of one form (RFC 5280 4.2.1.10).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GeneralSubtree {
    /// `example.test`: the host and everything below it. `.example.test`: only what is below it. Empty: every host.
    Dns(String),
    /// Addresses that agree with this one where the mask has ones. Both have four or both sixteen octets.
    Ip {
        /// The address.
        address: Vec<u8>,
        /// The mask.
        mask: Vec<u8>,
    },
    /// `ann@example.test`: one mailbox. `example.test`: the mailboxes of that host. `.example.test`: those of hosts below it.
    Email(String),
    /// `example.test`: URIs of that host. `.example.test`: those of hosts below it.
    Uri(String),
    /// User principal names, by the same rule as mailboxes.
    Upn(String),
    /// Names that begin with these RDNs.
    Directory(DistinguishedName),
    /// A base of a form for which we have no rules (RFC 5280 4.2.1.10 defines none): a registeredID, an `otherName` but for user principal
    /// names, an x400Address or ediPartyName. Names of its form cannot be judged.
    WithoutRules(GeneralName),
    /// A base that we cannot judge names by, with any minimum and maximum.
    Unjudgeable {
        /// The identifier octet of the base's form.
        tag: u8,
        /// The content of the `GeneralSubtree`.
        content: Vec<u8>,
    },
}

/// Why text or bytes are no subtree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubtreeError {
    /// Neither host, mailbox, network nor name.
    #[error("{given:?} is not a constraint of form {form}")]
    Wrong {
        /// The text.
        given: String,
        /// The form of name: `dns`, `ip`, `email`, `uri`, `upn`.
        form: &'static str,
    },
    /// The directory name cannot be read.
    #[error("not a directory name: {0}")]
    NotADirectoryName(#[from] NameError),
    /// The object identifier or `otherName` cannot be read.
    #[error(transparent)]
    NotAName(#[from] AltNameError),
    /// The bytes are no `NameConstraints`.
    #[error("malformed name constraints")]
    Malformed,
}

impl From<Malformed> for SubtreeError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl GeneralSubtree {
    /// Reads `dns:example.test`, `ip:10.0.0.0/8`, `email:.example.test`, `uri:…`, `upn:…`, `dir:…`, `rid:…`, `other:OID:#DER`; without a
    /// prefix a network, a mailbox or a host is recognised.
    ///
    /// # Errors
    /// [`SubtreeError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, SubtreeError> {
        let text = text.trim();
        if let Ok(network) = network(text) {
            return Ok(network);
        }
        if let Some((prefix, value)) = text.split_once(':') {
            let value = value.trim();
            match prefix.to_ascii_lowercase().as_str() {
                "dns" => return host("dns", value).map(Self::Dns),
                "ip" => return network(value),
                "email" => return mailbox("email", value).map(Self::Email),
                "uri" => return host("uri", value).map(Self::Uri),
                "upn" => return mailbox("upn", value).map(Self::Upn),
                "dir" | "dirname" => return Ok(Self::Directory(DistinguishedName::parse(value)?)),
                "rid" | "other" => return Ok(Self::of(GeneralName::parse(text)?)),
                _ => {}
            }
        }
        if text.contains('@') { mailbox("email", text).map(Self::Email) } else { host("dns", text).map(Self::Dns) }
    }

    /// The word for its form, as [`GeneralName::kind`].
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dns",
            Self::Ip { .. } => "ip",
            Self::Email(_) => "email",
            Self::Uri(_) => "uri",
            Self::Upn(_) => "upn",
            Self::Directory(_) => "dir",
            Self::WithoutRules(name) => name.kind(),
            Self::Unjudgeable { .. } => "unreadable",
        }
    }

    /// The subtree without its form.
    pub fn value(&self) -> String {
        match self {
            Self::Dns(text) | Self::Email(text) | Self::Uri(text) | Self::Upn(text) => text.clone(),
            Self::Directory(name) => name.rfc4514(),
            Self::WithoutRules(name) => name.value(),
            Self::Ip { address, mask } => network_text(address, mask),
            Self::Unjudgeable { content, .. } => format!("#{}", hex::encode(content)),
        }
    }

    pub(super) fn to_der(&self) -> Vec<u8> {
        let base = match self {
            Self::Dns(text) => asn1::tlv(0x82, text.as_bytes()),
            Self::Email(text) => asn1::tlv(0x81, text.as_bytes()),
            Self::Uri(text) => asn1::tlv(0x86, text.as_bytes()),
            Self::Ip { address, mask } => asn1::tlv(0x87, &[address.as_slice(), mask].concat()),
            Self::Upn(text) => GeneralName::Upn(text.clone()).to_der(),
            Self::Directory(name) => GeneralName::Directory(name.clone()).to_der(),
            Self::WithoutRules(name) => name.to_der(),
            Self::Unjudgeable { content, .. } => content.clone(),
        };
        asn1::sequence(&[&base])
    }

    /// Reads the inside of a `GeneralSubtree`.
    pub(super) fn read(content: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(content);
        let base = reader.any()?;
        let unjudgeable = Self::Unjudgeable { tag: base.tag, content: content.to_vec() };
        if !reader.is_empty() {
            return Ok(unjudgeable); // minimum and maximum are not for us to judge (RFC 5280 4.2.1.10)
        }
        if base.tag == 0x87 {
            let halves = base.content.split_at_checked(base.content.len() / 2);
            return Ok(match halves {
                Some((address, mask)) if matches!(base.content.len(), 8 | 32) => {
                    Self::Ip { address: address.to_vec(), mask: mask.to_vec() }
                }
                _ => unjudgeable,
            });
        }
        Ok(match GeneralName::from_der(base.raw) {
            Ok(GeneralName::Dns(text)) => Self::Dns(text),
            Ok(GeneralName::Email(text)) => Self::Email(text),
            Ok(GeneralName::Uri(text)) => Self::Uri(text),
            Ok(GeneralName::Upn(text)) => Self::Upn(text),
            Ok(GeneralName::Directory(name)) => Self::Directory(name),
            Ok(
                name @ (GeneralName::RegisteredId(_)
                | GeneralName::Other { .. }
                | GeneralName::X400Address(_)
                | GeneralName::EdiPartyName(_)),
            ) => Self::of(name),
            _ => unjudgeable,
        })
    }

    /// A base that is written like a name.
    fn of(name: GeneralName) -> Self {
        match name {
            GeneralName::Upn(text) => Self::Upn(text),
            other => Self::WithoutRules(other),
        }
    }
}

impl fmt::Display for GeneralSubtree {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.kind(), self.value())
    }
}

fn host(form: &'static str, text: &str) -> Result<String, SubtreeError> {
    let wrong = || SubtreeError::Wrong { given: text.to_owned(), form };
    let (dot, domain) = match text.strip_prefix('.') {
        Some(domain) => (".", domain),
        None => ("", text),
    };
    if domain.is_empty() && dot.is_empty() {
        return Ok(String::new());
    }
    if domain.contains('*') {
        return Err(wrong());
    }
    match GeneralName::parse(&format!("dns:{domain}")) {
        Ok(GeneralName::Dns(domain)) => Ok(format!("{dot}{domain}")),
        _ => Err(wrong()),
    }
}

fn mailbox(form: &'static str, text: &str) -> Result<String, SubtreeError> {
    match text.split_once('@') {
        // "@example.test" is how Microsoft writes the mailboxes of a host.
        Some(("", domain)) => host(form, domain),
        Some(_) => match GeneralName::parse(&format!("email:{text}")) {
            Ok(GeneralName::Email(mailbox)) => Ok(mailbox),
            _ => Err(SubtreeError::Wrong { given: text.to_owned(), form }),
        },
        None => host(form, text),
    }
}

/// `10.0.0.0/8`, or one address. Bits beyond the prefix must be zero.
fn network(text: &str) -> Result<GeneralSubtree, SubtreeError> {
    let wrong = || SubtreeError::Wrong { given: text.to_owned(), form: "ip" };
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<usize>().map_err(|_| wrong())?)),
        None => (text, None),
    };
    let address = match address.parse::<IpAddr>().map_err(|_| wrong())? {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let bits = address.len() * 8;
    let prefix = prefix.unwrap_or(bits);
    if prefix > bits {
        return Err(wrong());
    }
    let mask: Vec<u8> =
        (0..address.len()).map(|index| (0..8).fold(0_u8, |octet, bit| (octet << 1) | u8::from(index * 8 + bit < prefix))).collect();
    if address.iter().zip(&mask).any(|(octet, mask)| octet & !mask != 0) {
        return Err(wrong());
    }
    Ok(GeneralSubtree::Ip { address, mask })
}

fn network_text(address: &[u8], mask: &[u8]) -> String {
    let text = |octets: &[u8]| {
        <[u8; 4]>::try_from(octets)
            .map(|octets| IpAddr::from(octets).to_string())
            .or_else(|_| <[u8; 16]>::try_from(octets).map(|octets| IpAddr::from(octets).to_string()))
            .unwrap_or_else(|_| hex::encode(octets))
    };
    let ones: u32 = mask.iter().map(|octet| octet.count_ones()).sum();
    let leading: u32 = mask.iter().take_while(|octet| **octet == 0xff).count().try_into().map_or(0, |full: u32| full * 8)
        + mask.iter().find(|octet| **octet != 0xff).map_or(0, |octet| octet.leading_ones());
    if ones == leading { format!("{}/{ones}", text(address)) } else { format!("{}/{}", text(address), text(mask)) }
}
