//! Names from text (RFC 4514 3, and OpenSSL's one-line form).

use super::NameError;
use super::attribute::AttributeKind;
use crate::asn1::Reader;

/// Encoded attributes by RDN, in the order of encoding.
pub(super) fn name(text: &str) -> Result<Vec<Vec<Vec<u8>>>, NameError> {
    let text = text.trim_start_matches(' ');
    if text.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(rest) = text.strip_prefix('/') {
        return split(rest, &['/']).into_iter().map(rdn).collect();
    }
    let mut rdns = split(text, &[',', ';']).into_iter().map(rdn).collect::<Result<Vec<_>, _>>()?;
    rdns.reverse();
    Ok(rdns)
}

fn rdn(text: &str) -> Result<Vec<Vec<u8>>, NameError> {
    split(text, &['+']).into_iter().map(attribute).collect()
}

/// Splits where a separator is neither escaped nor quoted.
fn split<'a>(text: &'a str, separators: &[char]) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped, mut quoted) = (0, false, false);
    for (index, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == '"' {
            quoted = !quoted;
        } else if !quoted && separators.contains(&character) {
            parts.push(text.get(start..index).unwrap_or_default());
            start = index + character.len_utf8();
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

fn attribute(part: &str) -> Result<Vec<u8>, NameError> {
    let (label, value) = part.split_once('=').ok_or_else(|| NameError::NoEqualsSign { part: part.to_owned() })?;
    let kind = AttributeKind::of_label(label.trim())?;
    let value = value.trim_start_matches(' ');
    if let Some(digits) = value.strip_prefix('#') {
        let bad = || NameError::BadEscape { part: part.to_owned() };
        let der = hex::decode(digits.trim_end_matches(' ')).map_err(|_| bad())?;
        let mut reader = Reader::new(&der);
        reader.any().and_then(|_| reader.finish()).map_err(|_| bad())?;
        return Ok(kind.encode_der(&der));
    }
    let text = unescaped(value).ok_or_else(|| NameError::BadEscape { part: part.to_owned() })?;
    kind.encode(&text)
}

/// Takes the backslashes and quotes off; spaces at the end that are not escaped go too.
fn unescaped(value: &str) -> Option<String> {
    let mut octets: Vec<u8> = Vec::with_capacity(value.len());
    let mut kept = 0; // what stands before this is not trimmed
    let mut quoted = false;
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let next = characters.next()?;
                if let Some(high) = next.to_digit(16) {
                    let low = characters.next()?.to_digit(16)?;
                    octets.push(u8::try_from(high * 16 + low).ok()?);
                } else if next.is_ascii_punctuation() || next == ' ' {
                    octets.push(u8::try_from(next).ok()?);
                } else {
                    return None;
                }
                kept = octets.len();
            }
            '"' => {
                quoted = !quoted;
                kept = octets.len();
            }
            other => {
                octets.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                if quoted || other != ' ' {
                    kept = octets.len();
                }
            }
        }
    }
    if quoted {
        return None;
    }
    octets.truncate(kept);
    String::from_utf8(octets).ok()
}
