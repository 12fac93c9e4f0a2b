//! Distinguished names (RFC 5280 4.1.2.4), kept as the bytes that came.

mod attribute;
mod parse;
mod text;

pub(crate) use attribute::attribute_rule;
pub use attribute::{AttributeType, NameAttribute, StringType};

use crate::asn1::{self, Malformed, Reader, tag};
use attribute::AttributeKind;
use std::fmt;
use std::hash::Hash;

/// A distinguished name: the DER of its `RDNSequence`, verbatim.
///
/// Equality is by bytes, since that is how we chain. Two values of one type, several values in one RDN and old string types survive.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DistinguishedName(Vec<u8>);

/// Why bytes or text are no distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The bytes are not one SEQUENCE.
    #[error("malformed Name")]
    Malformed,
    /// A part of the text has no `=`.
    #[error("no '=' in {part:?}")]
    NoEqualsSign {
        /// The part.
        part: String,
    },
    /// The attribute type is neither a known name nor a dotted object identifier.
    #[error("unknown attribute type {given:?}")]
    UnknownAttribute {
        /// The type as given.
        given: String,
    },
    /// A backslash is followed by nothing that it could escape, or `#` by no hexadecimal DER.
    #[error("bad escape in {part:?}")]
    BadEscape {
        /// The part.
        part: String,
    },
    /// The attribute has no value.
    #[error("{attribute} is empty")]
    EmptyValue {
        /// The attribute type.
        attribute: String,
    },
    /// The value is longer than RFC 5280 appendix A.1 allows.
    #[error("{attribute} has {length} characters, at most {longest} are allowed")]
    TooLong {
        /// The attribute type.
        attribute: String,
        /// Characters in the value.
        length: usize,
        /// The upper bound.
        longest: usize,
    },
    /// A country is two letters (ISO 3166, RFC 5280 A.1).
    #[error("{value:?} is not a country code of two letters")]
    NotACountry {
        /// The value.
        value: String,
    },
    /// The string type of the attribute does not have this character.
    #[error("{attribute} cannot hold {character:?}")]
    ForbiddenCharacter {
        /// The attribute type.
        attribute: String,
        /// The character.
        character: char,
    },
}

impl From<Malformed> for NameError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl DistinguishedName {
    /// Keeps a `Name` as it is; only its frame is looked at.
    ///
    /// # Errors
    /// [`NameError::Malformed`] when the bytes are not exactly one SEQUENCE.
    pub fn from_der(der: &[u8]) -> Result<Self, NameError> {
        asn1::single(der, tag::SEQUENCE)?;
        Ok(Self(der.to_vec()))
    }

    /// The DER, verbatim.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    /// Reads RFC 4514 text (`CN=x,DC=example,DC=test`, last RDN first), or OpenSSL's form when it starts with `/` (`/DC=test/CN=x`, in
    /// the order of encoding), into a name that we may write: `+` joins values of one RDN, types may repeat; C and serialNumber become
    /// PrintableString, DC and email IA5String, the rest UTF8String; the length limits of RFC 5280 A.1 hold. Types may be dotted, values
    /// `#` and the DER in hexadecimal.
    ///
    /// # Errors
    /// [`NameError`] names the part that cannot be taken.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        parse::name(text).map(|rdns| Self::from_rdns(&rdns))
    }

    /// The name without any RDN.
    pub fn empty() -> Self {
        Self(asn1::sequence(&[]))
    }

    /// A name that consists of one common name.
    ///
    /// # Errors
    /// [`NameError::TooLong`] beyond 64 characters, [`NameError::EmptyValue`] for nothing.
    pub fn from_common_name(common_name: &str) -> Result<Self, NameError> {
        let kind = AttributeKind::of_label("CN")?;
        Ok(Self::from_rdns(&[vec![kind.encode(common_name)?]]))
    }

    /// Whether there is no RDN.
    pub fn is_empty(&self) -> bool {
        asn1::single(&self.0, tag::SEQUENCE).is_ok_and(|element| element.content.is_empty())
    }

    /// The last common name, which is the most specific.
    pub fn common_name(&self) -> Option<String> {
        self.rdns().into_iter().flatten().rfind(|attribute| attribute.oid == "2.5.4.3").map(|attribute| attribute.value)
    }

    /// The name as RFC 4514 writes it: last RDN first, specials escaped. Attribute types that have a name in use are written by it.
    pub fn rfc4514(&self) -> String {
        text::rfc4514(&self.rdns())
    }

    /// The name as OpenSSL writes it, in the order of encoding: `/DC=test/OU=PKI+O=acme/CN=x`.
    pub fn openssl(&self) -> String {
        text::openssl(&self.rdns())
    }

    /// The RDNs in the order of encoding, each with its attributes. What cannot be read ends the list.
    pub fn rdns(&self) -> Vec<Vec<NameAttribute>> {
        let mut rdns = Vec::new();
        let Ok(outer) = asn1::single(&self.0, tag::SEQUENCE) else { return rdns };
        let mut reader = Reader::new(outer.content);
        while let Ok(set) = reader.enter(tag::SET) {
            rdns.push(attributes(set));
        }
        rdns
    }

    /// Whether two names are one (RFC 5280 7.1): octet for octet, or alike but for the case, the string type and the spaces of values.
    pub fn matches(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        let (own, others) = (self.rdn_ders(), other.rdn_ders());
        // The last RDN is where names differ most.
        own.len() == others.len() && own.iter().zip(&others).rev().all(|(own, other)| own == other || same_rdn(own, other))
    }

    /// The RDNs as they are encoded. What cannot be read ends the list.
    pub(crate) fn rdn_ders(&self) -> Vec<&[u8]> {
        let mut ders = Vec::new();
        let Ok(outer) = asn1::single(&self.0, tag::SEQUENCE) else { return ders };
        let mut reader = Reader::new(outer.content);
        while let Ok(rdn) = reader.expect(tag::SET) {
            ders.push(rdn.raw);
        }
        ders
    }

    /// The name with these encoded RDNs before its own.
    pub(crate) fn preceded_by(&self, rdns: &[&[u8]]) -> Self {
        let all: Vec<&[u8]> = rdns.iter().copied().chain(self.rdn_ders()).collect();
        Self(asn1::sequence(&all))
    }

    /// Puts encoded attributes together; the members of a SET stand in the order of their encodings (X.690 11.6).
    fn from_rdns(rdns: &[Vec<Vec<u8>>]) -> Self {
        let sets: Vec<Vec<u8>> = rdns
            .iter()
            .map(|attributes| {
                let mut sorted = attributes.clone();
                sorted.sort();
                asn1::tlv(tag::SET, &sorted.concat())
            })
            .collect();
        Self(asn1::tlv(tag::SEQUENCE, &sets.concat()))
    }
}

/// The attributes of one RDN. What cannot be read ends the list.
fn attributes(mut members: Reader<'_>) -> Vec<NameAttribute> {
    let mut attributes = Vec::new();
    while let Ok(member) = members.enter(tag::SEQUENCE) {
        match attribute::read(member) {
            Ok(attribute) => attributes.push(attribute),
            Err(Malformed) => break,
        }
    }
    attributes
}

/// Whether two RDNs are one. Most have one attribute whose value is text: those are told apart at the first character.
fn same_rdn(own: &[u8], other: &[u8]) -> bool {
    match (only_text(own), only_text(other)) {
        (Some((own_type, own)), Some((other_type, other))) => own_type == other_type && folded(own).eq(folded(other)),
        _ => comparable(own) == comparable(other),
    }
}

/// The type and value of an RDN with one attribute, where that is ASCII or UTF-8.
fn only_text(rdn: &[u8]) -> Option<(&[u8], &str)> {
    let mut members = Reader::new(asn1::single(rdn, tag::SET).ok()?.content);
    let mut member = members.enter(tag::SEQUENCE).ok()?;
    let kind = member.expect(tag::OID).ok()?.content;
    let value = member.any().ok()?;
    let is_text = matches!(value.tag, tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING);
    let whole = is_text && members.is_empty() && member.is_empty();
    whole.then_some(value.content).and_then(|text| std::str::from_utf8(text).ok()).map(|text| (kind, text))
}

/// The characters that are compared: in lower case, runs of spaces as one, none outside.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let words = text.split_whitespace().enumerate();
    words.flat_map(|(index, word)| (index > 0).then_some(' ').into_iter().chain(word.chars().flat_map(char::to_lowercase)))
}

/// What of an RDN is compared: type, whether it is a string, and the value, prepared (RFC 5280 7.1). The whole octets where something
/// cannot be read.
fn comparable(rdn: &[u8]) -> Vec<(String, bool, String)> {
    let Ok(set) = asn1::single(rdn, tag::SET) else { return Vec::new() };
    let found = attributes(Reader::new(set.content));
    if asn1::each(set.content, tag::SEQUENCE, |_| Ok::<_, Malformed>(())).map_or(0, |members| members.len()) != found.len() {
        return vec![(String::new(), false, hex::encode(rdn))];
    }
    let attribute = |attribute: NameAttribute| match attribute.string_type {
        StringType::NoString => (attribute.oid, false, attribute.value),
        _ => (attribute.oid, true, folded(&attribute.value).collect()),
    };
    let mut values: Vec<_> = found.into_iter().map(attribute).collect();
    values.sort();
    values
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.rfc4514())
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DistinguishedName({})", self.rfc4514())
    }
}

#[cfg(test)]
mod tests;
