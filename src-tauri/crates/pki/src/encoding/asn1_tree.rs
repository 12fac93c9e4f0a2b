//! Any DER or BER as rows for people: what stands where, how long it is, and what it says (X.690).

use crate::asn1::oid_text;
use crate::oid;

/// Nothing honest lies deeper.
const DEEPEST: usize = 40;
/// More than a certificate ever has; a CRL is cut.
const MOST_ROWS: usize = 20_000;
/// Characters of a value that a row shows.
const SHOWN: usize = 120;

/// One element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asn1Row {
    /// How many elements it lies within.
    pub depth: usize,
    /// Where its identifier octet stands, in octets from the start.
    pub offset: usize,
    /// Identifier and length octets.
    pub header: usize,
    /// Octets of the content.
    pub length: usize,
    /// Its type: `SEQUENCE`, `[3]`, `INTEGER`.
    pub name: String,
    /// What it says; empty where its elements say it.
    pub text: String,
    /// Whether it holds the elements that follow with a greater depth: it is constructed, or a string that wraps DER.
    pub holds: bool,
}

/// The rows of all elements, in their order; and whether all octets were understood. What is not is the last row's text.
pub fn asn1_rows(bytes: &[u8]) -> (Vec<Asn1Row>, bool) {
    let mut rows = Vec::new();
    let whole = walk(bytes, 0, 0, &mut rows).is_some();
    (rows, whole)
}

struct Header {
    tag: u8,
    number: u32,
    header: usize,
    length: usize,
}

/// Identifier and definite length; `None` when they or the content are cut off, or the length is indefinite.
fn header(bytes: &[u8]) -> Option<Header> {
    let (&tag, mut rest) = bytes.split_first()?;
    let mut number = u32::from(tag & 0x1f);
    if number == 0x1f {
        number = 0;
        loop {
            let (&octet, after) = rest.split_first()?;
            rest = after;
            number = number.checked_mul(128)?.checked_add(u32::from(octet & 0x7f))?;
            if octet & 0x80 == 0 {
                break;
            }
        }
    }
    let (&first, after) = rest.split_first()?;
    rest = after;
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 8 {
            return None;
        }
        let (octets, after) = rest.split_at_checked(count)?;
        rest = after;
        octets.iter().try_fold(0_usize, |length, octet| length.checked_mul(256)?.checked_add(usize::from(*octet)))?
    };
    (length <= rest.len()).then_some(Header { tag, number, header: bytes.len() - rest.len(), length })
}

/// Adds the rows of the elements in `bytes`, which start at `offset`; `None` when something cannot be understood.
fn walk(mut bytes: &[u8], mut offset: usize, depth: usize, rows: &mut Vec<Asn1Row>) -> Option<()> {
    while !bytes.is_empty() {
        if rows.len() >= MOST_ROWS || depth > DEEPEST {
            return None;
        }
        let Header { tag, number, header, length } = header(bytes)?;
        let (element, rest) = bytes.split_at_checked(header + length)?;
        let content = element.get(header..)?;
        let at = rows.len();
        let row = |text: String, holds| Asn1Row { depth, offset, header, length, name: name(tag, number), text, holds };
        if tag & 0x20 != 0 {
            rows.push(row(String::new(), true));
            walk(content, offset + header, depth + 1, rows)?;
        } else {
            // An OCTET STRING, or a BIT STRING without unused bits, may wrap DER: then what is inside says more than octets.
            let wrapped = match (tag, content) {
                (0x04, inside) => Some((inside, 0)),
                (0x03, [0, inside @ ..]) => Some((inside, 1)),
                _ => None,
            };
            let wrapped = wrapped.filter(|(inside, _)| looks_wrapped(inside));
            rows.push(row(if wrapped.is_some() { String::new() } else { says(tag, content) }, wrapped.is_some()));
            if let Some((inside, skipped)) = wrapped
                && walk(inside, offset + header + skipped, depth + 1, rows).is_none()
            {
                // It only looked so.
                rows.truncate(at);
                rows.push(row(says(tag, content), false));
            }
        }
        offset += header + length;
        bytes = rest;
    }
    Some(())
}

/// Whether octets are exactly one element of a kind that is wrapped in practice.
fn looks_wrapped(inside: &[u8]) -> bool {
    header(inside).is_some_and(|found| {
        let wraps = found.tag & 0x20 != 0 || matches!(found.tag, 0x02..=0x06 | 0x0a | 0x0c | 0x13 | 0x16 | 0x1e);
        wraps && found.header + found.length == inside.len() && (found.tag & 0x20 != 0 || found.length > 0)
    })
}

fn name(tag: u8, number: u32) -> String {
    match tag >> 6 {
        0 => match number {
            1 => "BOOLEAN",
            2 => "INTEGER",
            3 => "BIT STRING",
            4 => "OCTET STRING",
            5 => "NULL",
            6 => "OBJECT IDENTIFIER",
            10 => "ENUMERATED",
            12 => "UTF8String",
            16 => "SEQUENCE",
            17 => "SET",
            18 => "NumericString",
            19 => "PrintableString",
            20 => "TeletexString",
            22 => "IA5String",
            23 => "UTCTime",
            24 => "GeneralizedTime",
            26 => "VisibleString",
            28 => "UniversalString",
            30 => "BMPString",
            _ => return format!("UNIVERSAL {number}"),
        }
        .to_owned(),
        1 => format!("[APPLICATION {number}]"),
        2 => format!("[{number}]"),
        _ => format!("[PRIVATE {number}]"),
    }
}

/// What a primitive element says.
fn says(tag: u8, content: &[u8]) -> String {
    let octets = || shortened(hex::encode(content.get(..content.len().min(SHOWN)).unwrap_or_default()));
    match tag {
        0x01 => if content.iter().any(|octet| *octet != 0) { "TRUE" } else { "FALSE" }.to_owned(),
        0x02 | 0x0a => integer(content),
        0x05 => String::new(),
        0x06 => {
            let dotted = oid_text(content);
            oid::name(&dotted).map_or_else(|| dotted.clone(), |name| format!("{name} ({dotted})"))
        }
        0x0c => std::str::from_utf8(content).map_or_else(|_| octets(), |text| shortened(text.to_owned())),
        0x12..=0x14 | 0x16..=0x18 | 0x1a => shortened(content.iter().map(|octet| char::from(*octet)).collect()),
        0x1e => {
            let units: Vec<u16> = content.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(u16::from_be_bytes)).collect();
            shortened(String::from_utf16_lossy(&units))
        }
        // Names and addresses stand under context tags (GeneralName, RFC 5280 4.2.1.6): printable ASCII is text.
        0x80..=0xbf if !content.is_empty() && content.iter().all(|octet| (0x20..0x7f).contains(octet)) => {
            shortened(content.iter().map(|octet| char::from(*octet)).collect())
        }
        _ => octets(),
    }
}

/// Up to eight octets in decimal, more in hexadecimal.
fn integer(content: &[u8]) -> String {
    let negative = content.first().is_some_and(|first| first & 0x80 != 0);
    if content.is_empty() || content.len() > 8 {
        return shortened(hex::encode(content.get(..content.len().min(SHOWN)).unwrap_or_default()));
    }
    let start = if negative { -1_i64 } else { 0 };
    content.iter().fold(start, |value, octet| (value << 8) | i64::from(*octet)).to_string()
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests fail loudly")]
    use super::*;
    use proptest::prelude::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let (rows, _) = asn1_rows(bytes);
        rows.iter().map(|row| format!("{}{} {}", "  ".repeat(row.depth), row.name, row.text).trim_end().to_owned()).collect()
    }

    #[test]
    fn an_extension_is_seen_through_its_wrapping() {
        let key_usage = [0x30, 0x0e, 0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff, 0x04, 0x04, 0x03, 0x02, 0x01, 0x06];
        assert_eq!(
            lines(&key_usage),
            ["SEQUENCE", "  OBJECT IDENTIFIER keyUsage (2.5.29.15)", "  BOOLEAN TRUE", "  OCTET STRING", "    BIT STRING 0106"]
        );
        let (rows, whole) = asn1_rows(&key_usage);
        assert!(whole);
        assert_eq!((rows[4].offset, rows[4].header, rows[4].length), (12, 2, 2));
    }

    #[test]
    fn numbers_and_texts() {
        assert_eq!(lines(&[2, 1, 0x80]), ["INTEGER -128"]);
        assert_eq!(lines(&[2, 8, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), ["INTEGER 9223372036854775807"]);
        assert_eq!(lines(&[2, 9, 0, 0xff, 1, 2, 3, 4, 5, 6, 7]), ["INTEGER 00ff01020304050607"]);
        assert_eq!(lines(&[0x82, 1, b'a']), ["[2] a"]);
        assert_eq!(lines(&[0x1e, 4, 0, b'h', 0, b'i']), ["BMPString hi"]);
        assert_eq!(lines(&[0x5f, 0x81, 0x01, 0]), ["[APPLICATION 129]"]);
    }

    #[test]
    fn what_is_cut_off_says_so() {
        assert!(!asn1_rows(&[0x30, 3, 2, 1]).1);
        assert!(!asn1_rows(&[0x30, 0x80, 0, 0]).1);
        let deep: Vec<u8> = std::iter::repeat_n([0x30, 0x80], 200).flatten().collect();
        assert!(!asn1_rows(&deep).1);
    }

    proptest! {
        #[test]
        fn any_octets_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let (rows, whole) = asn1_rows(&bytes);
            for row in &rows {
                prop_assert!(row.offset + row.header + row.length <= bytes.len());
            }
            if whole {
                let top: usize = rows.iter().filter(|row| row.depth == 0).map(|row| row.header + row.length).sum();
                prop_assert_eq!(top, bytes.len());
            }
        }
    }
}
