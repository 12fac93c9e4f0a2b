//! Names as `X509_NAME_oneline` writes them: `/DC=test/OU=PKI+O=acme/CN=N\xC3\xBCrnberg`, the octets of each value as they are stored.

use std::fmt::Write as _;

use crate::{
    asn1::{Malformed, Reader, oid_text, tag},
    foreign::written_value,
    name::{AttributeType, DistinguishedName},
};

/// Short names of OpenSSL that differ from those in use here, or that have none here.
const SHORT_NAMES: [(&str, &str); 16] = [
    ("2.5.4.9", "street"),
    ("2.5.4.14", "searchGuide"),
    ("2.5.4.16", "postalAddress"),
    ("2.5.4.18", "postOfficeBox"),
    ("2.5.4.19", "physicalDeliveryOfficeName"),
    ("2.5.4.20", "telephoneNumber"),
    ("2.5.4.24", "x121Address"),
    ("2.5.4.26", "registeredAddress"),
    ("2.5.4.27", "destinationIndicator"),
    ("2.5.4.45", "x500UniqueIdentifier"),
    ("2.5.4.51", "houseIdentifier"),
    ("2.5.4.54", "dmdName"),
    ("2.5.4.72", "role"),
    ("0.9.2342.19200300.100.1.3", "mail"),
    ("1.2.840.113549.1.9.7", "challengePassword"),
    ("1.2.840.113549.1.9.8", "unstructuredAddress"),
];

/// `GeneralString`, of which OpenSSL leaves out the zeros where it holds characters of four octets.
const GENERAL_STRING: u8 = 0x1b;

/// The name as OpenSSL's index has it: in the order of encoding, `+` between the values of one RDN, `\` before `/` and `+`, and every octet that is not
/// printable ASCII as `\xHH`. What cannot be read ends it.
pub fn one_line(name: &DistinguishedName) -> String {
    let mut text = String::new();
    for rdn in name.rdn_ders() {
        let Ok(mut members) = Reader::new(rdn).enter(tag::SET) else { break };
        let mut separator = '/';
        while let Ok(member) = members.enter(tag::SEQUENCE) {
            text.push(separator);
            separator = '+';
            if attribute(member, &mut text) == Err(Malformed) {
                return text;
            }
        }
    }
    text
}

fn attribute(mut member: Reader<'_>, text: &mut String) -> Result<(), Malformed> {
    let oid = oid_text(member.expect(tag::OID)?.content);
    let value = member.any()?;
    let short = SHORT_NAMES.iter().find(|(known, _)| *known == oid).map(|(_, name)| (*name).to_owned());
    let label = short.or_else(|| AttributeType::parse(&oid).ok().map(|known| known.label())).unwrap_or(oid);
    text.push_str(&label);
    text.push('=');
    let wide = value.tag == GENERAL_STRING
        && value.content.len().is_multiple_of(4)
        && value.content.chunks(4).all(|unit| matches!(unit, [0, 0, 0, _]));
    for (index, octet) in value.content.iter().enumerate() {
        if wide && index % 4 != 3 {
            continue;
        }
        match octet {
            b'/' | b'+' => {
                text.push('\\');
                text.push(char::from(*octet));
            }
            b' '..=b'~' => text.push(char::from(*octet)),
            // Writing to a text does not fail.
            _ => {
                let _ = write!(text, "\\x{octet:02X}");
            }
        }
    }
    Ok(())
}

/// The octets that the escapes stand for, as characters: UTF-8 where they are, else Latin-1. Other backslashes stay.
pub(super) fn readable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, _)) = rest.split_once("\\x") {
        out.push_str(before);
        let escape = rest.get(before.len()..).unwrap_or_default();
        let (octets, behind) = run_of_octets(escape);
        if octets.is_empty() {
            out.push_str("\\x");
            rest = escape.get(2..).unwrap_or_default();
        } else {
            out.push_str(&text_of(&octets));
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

/// The name, where every type is known and every value can be written.
pub(super) fn name(text: &str) -> Option<DistinguishedName> {
    if !text.starts_with('/') {
        return None;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (separator, attribute) in attributes(text) {
        let (label, value) = attribute.split_once('=')?;
        let dotted = SHORT_NAMES.iter().find(|(_, name)| *name == label).map_or(label, |(dotted, _)| *dotted);
        let value = readable(&value.replace("\\/", "/").replace("\\+", "+"));
        out.push(separator);
        out.push_str(dotted);
        out.push('=');
        out.push_str(&written_value(&value));
    }
    DistinguishedName::parse(&out).ok()
}

/// The attributes with the sign before each; `/` and `+` with a backslash before them belong to a value.
fn attributes(text: &str) -> Vec<(char, &str)> {
    let signs = text.match_indices(['/', '+']).filter(|(at, _)| !text.get(..*at).is_some_and(|before| before.ends_with('\\')));
    let starts: Vec<usize> = signs.map(|(at, _)| at).collect();
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    let pieces = starts.iter().zip(ends).filter_map(|(start, end)| text.get(*start..end));
    pieces.filter_map(|piece| Some((piece.chars().next()?, piece.get(1..)?))).collect()
}

/// The octet that `\xHH` at the start stands for.
fn octet_of(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("\\x")?.get(..2)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())?
}

/// The octets of the escapes that follow each other from the start, and what is behind them.
fn run_of_octets(text: &str) -> (Vec<u8>, &str) {
    let (mut octets, mut rest) = (Vec::new(), text);
    while let Some(octet) = octet_of(rest) {
        octets.push(octet);
        rest = rest.get(4..).unwrap_or_default();
    }
    (octets, rest)
}

fn text_of(octets: &[u8]) -> String {
    std::str::from_utf8(octets).map_or_else(|_| octets.iter().map(|octet| char::from(*octet)).collect(), str::to_owned)
}
