//! Attributes of names: their types, string types and limits.

use super::NameError;
use crate::asn1::{self, Malformed, Reader, oid_text, tag};

/// One attribute of an RDN, for showing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NameAttribute {
    /// Dotted object identifier of the type.
    pub oid: String,
    /// Name of the type in use (`CN`), else the dotted object identifier.
    pub label: String,
    /// The value; `#` and DER in hexadecimal where it is no string.
    pub value: String,
    /// How the value is encoded.
    pub string_type: StringType,
}

/// The ASN.1 string type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StringType {
    /// UTF8String.
    Utf8,
    /// PrintableString.
    Printable,
    /// IA5String (ASCII).
    Ia5,
    /// TeletexString, read as Latin-1 as everybody does.
    Teletex,
    /// BMPString (UCS-2).
    Bmp,
    /// UniversalString (UCS-4).
    Universal,
    /// NumericString.
    Numeric,
    /// VisibleString.
    Visible,
    /// No string, or one whose octets are wrong.
    NoString,
}

impl StringType {
    /// The name of the type in X.680.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF8String",
            Self::Printable => "PrintableString",
            Self::Ia5 => "IA5String",
            Self::Teletex => "TeletexString",
            Self::Bmp => "BMPString",
            Self::Universal => "UniversalString",
            Self::Numeric => "NumericString",
            Self::Visible => "VisibleString",
            Self::NoString => "other",
        }
    }
}

/// What RFC 5280 A.1, RFC 4519 and X.520 say about one attribute type.
struct Row {
    /// The name that we write; then the names that we also read.
    labels: &'static [&'static str],
    oid: &'static str,
    string_type: StringType,
    longest: usize,
}

const fn row(labels: &'static [&'static str], oid: &'static str, string_type: StringType, longest: usize) -> Row {
    Row { labels, oid, string_type, longest }
}

const ROWS: &[Row] = &[
    row(&["CN", "commonName"], "2.5.4.3", StringType::Utf8, 64),
    row(&["SN", "surname"], "2.5.4.4", StringType::Utf8, 32_768),
    row(&["serialNumber"], "2.5.4.5", StringType::Printable, 64),
    row(&["C", "countryName"], "2.5.4.6", StringType::Printable, 2),
    row(&["L", "localityName"], "2.5.4.7", StringType::Utf8, 128),
    row(&["ST", "S", "SP", "stateOrProvinceName"], "2.5.4.8", StringType::Utf8, 128),
    row(&["STREET", "streetAddress"], "2.5.4.9", StringType::Utf8, 128),
    row(&["O", "organizationName"], "2.5.4.10", StringType::Utf8, 64),
    row(&["OU", "organizationalUnitName"], "2.5.4.11", StringType::Utf8, 64),
    row(&["title", "T"], "2.5.4.12", StringType::Utf8, 64),
    row(&["description"], "2.5.4.13", StringType::Utf8, 1024),
    row(&["businessCategory"], "2.5.4.15", StringType::Utf8, 128),
    row(&["postalCode"], "2.5.4.17", StringType::Utf8, 40),
    row(&["name"], "2.5.4.41", StringType::Utf8, 32_768),
    row(&["GN", "givenName", "G"], "2.5.4.42", StringType::Utf8, 32_768),
    row(&["initials"], "2.5.4.43", StringType::Utf8, 32_768),
    row(&["generationQualifier"], "2.5.4.44", StringType::Utf8, 32_768),
    row(&["dnQualifier"], "2.5.4.46", StringType::Printable, 64),
    row(&["pseudonym"], "2.5.4.65", StringType::Utf8, 128),
    row(&["organizationIdentifier"], "2.5.4.97", StringType::Utf8, 256),
    row(&["UID", "userId"], "0.9.2342.19200300.100.1.1", StringType::Utf8, 256),
    row(&["DC", "domainComponent"], "0.9.2342.19200300.100.1.25", StringType::Ia5, 63),
    row(&["emailAddress", "E", "email"], "1.2.840.113549.1.9.1", StringType::Ia5, 255),
    row(&["unstructuredName"], "1.2.840.113549.1.9.2", StringType::Utf8, 255),
    row(&["jurisdictionL"], "1.3.6.1.4.1.311.60.2.1.1", StringType::Utf8, 128),
    row(&["jurisdictionST"], "1.3.6.1.4.1.311.60.2.1.2", StringType::Utf8, 128),
    row(&["jurisdictionC"], "1.3.6.1.4.1.311.60.2.1.3", StringType::Printable, 2),
];

/// The type of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttributeType {
    oid: String,
}

impl AttributeType {
    /// Reads a name in use (`CN`, `organizationName`) or a dotted object identifier.
    ///
    /// # Errors
    /// [`NameError::UnknownAttribute`] when it is neither.
    pub fn parse(given: &str) -> Result<Self, NameError> {
        Ok(Self { oid: AttributeKind::of_label(given)?.oid })
    }

    /// The dotted object identifier.
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// The name in use, else the dotted object identifier.
    pub fn label(&self) -> String {
        label_of(&self.oid)
    }
}

/// How the values of an attribute type that is known are written: the string type (UTF8String stands for every DirectoryString) and the
/// longest value, in characters.
pub(crate) fn attribute_rule(oid: &str) -> Option<(StringType, usize)> {
    ROWS.iter().find(|row| row.oid == oid).map(|row| (row.string_type, row.longest))
}

/// Longest value of an attribute type that we know nothing about.
const LONGEST_UNKNOWN: usize = 32_768;

/// An attribute type, ready to encode values.
pub(super) struct AttributeKind {
    oid: String,
    oid_der: Vec<u8>,
    label: String,
    string_type: StringType,
    longest: usize,
}

impl AttributeKind {
    /// The type of a name in use or of a dotted object identifier (`OID.` in front is accepted, as in RFC 1779).
    pub(super) fn of_label(given: &str) -> Result<Self, NameError> {
        let unknown = || NameError::UnknownAttribute { given: given.to_owned() };
        let dotted = given.strip_prefix("OID.").or_else(|| given.strip_prefix("oid.")).unwrap_or(given);
        let known = ROWS.iter().find(|row| row.oid == dotted || row.labels.iter().any(|label| label.eq_ignore_ascii_case(given)));
        let (oid, string_type, longest) =
            known.map_or((dotted, StringType::Utf8, LONGEST_UNKNOWN), |row| (row.oid, row.string_type, row.longest));
        Ok(Self { oid: oid.to_owned(), oid_der: asn1::oid(oid).ok_or_else(unknown)?, label: label_of(oid), string_type, longest })
    }

    /// The `AttributeTypeAndValue` of this text.
    pub(super) fn encode(&self, value: &str) -> Result<Vec<u8>, NameError> {
        let length = value.chars().count();
        if length == 0 {
            return Err(NameError::EmptyValue { attribute: self.label.clone() });
        }
        if self.longest == 2 && !(length == 2 && value.chars().all(|letter| letter.is_ascii_alphabetic())) {
            return Err(NameError::NotACountry { value: value.to_owned() });
        }
        if length > self.longest {
            return Err(NameError::TooLong { attribute: self.label.clone(), length, longest: self.longest });
        }
        let (string_tag, fits): (u8, fn(char) -> bool) = match self.string_type {
            StringType::Printable => (tag::PRINTABLE_STRING, is_printable),
            StringType::Ia5 => (tag::IA5_STRING, |character| character.is_ascii() && !character.is_ascii_control()),
            _ => (tag::UTF8_STRING, |character| character != '\0'),
        };
        if let Some(character) = value.chars().find(|character| !fits(*character)) {
            return Err(NameError::ForbiddenCharacter { attribute: self.label.clone(), character });
        }
        Ok(self.encode_der(&asn1::tlv(string_tag, value.as_bytes())))
    }

    /// The `AttributeTypeAndValue` of a value that is encoded already.
    pub(super) fn encode_der(&self, value: &[u8]) -> Vec<u8> {
        asn1::sequence(&[&self.oid_der, value])
    }
}

/// PrintableString (X.680 41.4).
fn is_printable(character: char) -> bool {
    character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character)
}

fn label_of(oid: &str) -> String {
    ROWS.iter().find(|row| row.oid == oid).and_then(|row| row.labels.first()).map_or_else(|| oid.to_owned(), |label| (*label).to_owned())
}

/// Reads the inside of an `AttributeTypeAndValue`.
pub(super) fn read(mut member: Reader<'_>) -> Result<NameAttribute, Malformed> {
    let oid = oid_text(member.expect(tag::OID)?.content);
    let value = member.any()?;
    let (string_type, text) = match value.tag {
        tag::UTF8_STRING => (StringType::Utf8, std::str::from_utf8(value.content).ok().map(str::to_owned)),
        tag::PRINTABLE_STRING => (StringType::Printable, latin1(value.content)),
        tag::IA5_STRING => (StringType::Ia5, latin1(value.content)),
        0x14 => (StringType::Teletex, latin1(value.content)),
        0x12 => (StringType::Numeric, latin1(value.content)),
        0x1a => (StringType::Visible, latin1(value.content)),
        0x1e => (StringType::Bmp, utf16(value.content)),
        0x1c => (StringType::Universal, utf32(value.content)),
        _ => (StringType::NoString, None),
    };
    let label = label_of(&oid);
    Ok(match text {
        Some(value) => NameAttribute { oid, label, value, string_type },
        None => NameAttribute { oid, label, value: format!("#{}", hex::encode(value.raw)), string_type: StringType::NoString },
    })
}

/// One octet, one character: right for ASCII, and what is seen in practice beyond it.
fn latin1(octets: &[u8]) -> Option<String> {
    Some(octets.iter().map(|octet| char::from(*octet)).collect())
}

fn utf16(octets: &[u8]) -> Option<String> {
    let units: Option<Vec<u16>> = octets.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).ok().map(u16::from_be_bytes)).collect();
    String::from_utf16(&units?).ok()
}

fn utf32(octets: &[u8]) -> Option<String> {
    octets.chunks(4).map(|unit| <[u8; 4]>::try_from(unit).ok().and_then(|unit| char::from_u32(u32::from_be_bytes(unit)))).collect()
}
