//! Tag, length, value: what is needed to write DER parts and to walk what others wrote (X.690 8.1, 10.1).
//!
//! The reader is lenient where other people's objects are: lengths need not be minimal and values are not judged. The `der` crate, which
//! refuses such input, is for what we write.

use std::fmt::Write as _;

/// Tags in the low-number form, as their identifier octet.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const VISIBLE_STRING: u8 = 0x1a;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
}

/// DER of NULL.
pub(crate) const NULL: &[u8] = &[0x05, 0x00];

/// The bytes end early, or a length or tag has a form we do not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed DER")]
pub(crate) struct Malformed;

/// Writes one element with a minimal length.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len().saturating_add(6));
    out.extend_from_slice(&head(tag, content.len()));
    out.extend_from_slice(content);
    out
}

/// Writes what comes before so many octets of content: the tag and their length, minimal (X.690 10.1).
pub(crate) fn head(tag: u8, length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => vec![tag, short],
        _ => {
            let octets = length.to_be_bytes();
            let significant: Vec<u8> = octets.iter().copied().skip_while(|octet| *octet == 0).collect();
            // At most eight octets of length on any platform.
            let mut out = vec![tag, 0x80 | u8::try_from(significant.len()).unwrap_or(8)];
            out.extend_from_slice(&significant);
            out
        }
    }
}

/// Writes a SEQUENCE of elements that are already encoded.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &parts.concat())
}

/// Writes an INTEGER from an unsigned big-endian number of any length.
pub(crate) fn unsigned(number: &[u8]) -> Vec<u8> {
    let mut content: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    if content.first().is_none_or(|first| first & 0x80 != 0) {
        content.insert(0, 0);
    }
    let out = tlv(tag::INTEGER, &content);
    zeroize::Zeroize::zeroize(&mut content);
    out
}

/// Writes an INTEGER that is not negative.
pub(crate) fn integer(number: u32) -> Vec<u8> {
    unsigned(&number.to_be_bytes())
}

/// Reads the content octets of an INTEGER that is not negative and fits 32 bits.
pub(crate) fn small(content: &[u8]) -> Result<u32, Malformed> {
    if content.first().is_none_or(|first| first & 0x80 != 0) {
        return Err(Malformed);
    }
    content.iter().try_fold(0_u32, |value, octet| value.checked_mul(256)?.checked_add(u32::from(*octet))).ok_or(Malformed)
}

/// The content octets of a BIT STRING of named bits, bit 0 being the lowest of `bits`, without trailing zero bits (X.690 11.2.2).
pub(crate) fn named_bits(bits: u16) -> Vec<u8> {
    // Bit 0 is the highest bit of the first octet.
    let octets = bits.reverse_bits().to_be_bytes();
    let significant = octets.iter().rposition(|octet| *octet != 0).map_or(0, |index| index + 1);
    let octets = octets.get(..significant).unwrap_or_default();
    let unused = octets.last().map_or(0, |last| last.trailing_zeros());
    let mut content = vec![u8::try_from(unused).unwrap_or(0)];
    content.extend_from_slice(octets);
    content
}

/// The named bits in the content octets of a BIT STRING, bit 0 being the lowest of the result; bits beyond 15 are passed over.
pub(crate) fn read_named_bits(content: &[u8]) -> Result<u16, Malformed> {
    let (_unused, octets) = content.split_first().ok_or(Malformed)?;
    let mut pair = [0_u8; 2];
    for (target, octet) in pair.iter_mut().zip(octets) {
        *target = *octet;
    }
    Ok(u16::from_be_bytes(pair).reverse_bits())
}

/// Writes a BIT STRING whose bits fill whole octets.
pub(crate) fn bit_string(bits: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &[&[0], bits].concat())
}

/// Writes an OBJECT IDENTIFIER from its dotted form; `None` when that form is wrong (X.690 8.19).
pub(crate) fn oid(dotted: &str) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(dotted.len());
    let (mut root, mut arcs) = (None, 0_usize);
    for text in dotted.split('.') {
        let leading_zero = text.len() > 1 && text.starts_with('0');
        if leading_zero || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let arc: u128 = text.parse().ok()?;
        match (arcs, root) {
            (0, _) if arc > 2 => return None,
            (0, _) => root = Some(arc),
            // The first two share an octet: forty are below each of the first roots.
            (1, Some(root)) if root < 2 && arc > 39 => return None,
            (1, Some(root)) => push_arc(&mut content, root.checked_mul(40)?.checked_add(arc)?),
            _ => push_arc(&mut content, arc),
        }
        arcs += 1;
    }
    (arcs > 1).then(|| tlv(tag::OID, &content))
}

/// Writes an OBJECT IDENTIFIER from what [`oid_text`] gave, also where that is `#` and hex digits: what was read is written again.
pub(crate) fn oid_as_read(text: &str) -> Vec<u8> {
    let content = || text.strip_prefix('#').and_then(|digits| hex::decode(digits).ok()).unwrap_or_default();
    oid(text).unwrap_or_else(|| tlv(tag::OID, &content()))
}

fn push_arc(content: &mut Vec<u8>, arc: u128) {
    let significant = u128::BITS - arc.leading_zeros();
    for place in (0..significant.div_ceil(7).max(1)).rev() {
        let septet = (arc >> (7 * place)).to_le_bytes()[0] & 0x7f;
        content.push(if place == 0 { septet } else { septet | 0x80 });
    }
}

/// Dotted form of an OBJECT IDENTIFIER's content octets. What has no such form (an arc over 128 bits, a cut-off arc, nothing at all)
/// comes out as `#` and hex digits, so that no two identifiers look the same.
pub(crate) fn oid_text(content: &[u8]) -> String {
    let as_hex = || format!("#{}", hex::encode(content));
    // Every certificate has dozens of them: one text is written, and short numbers as short ones.
    let mut text = String::with_capacity(content.len() * 4 + 4);
    let mut arc: u128 = 0;
    let mut open = true;
    for byte in content {
        if arc > (u128::MAX >> 7) {
            return as_hex();
        }
        arc = (arc << 7) | u128::from(byte & 0x7f);
        open = byte & 0x80 != 0;
        if !open {
            if text.is_empty() {
                let root = (arc / 40).min(2);
                push_number(&mut text, root);
                arc -= root * 40;
            }
            text.push('.');
            push_number(&mut text, arc);
            arc = 0;
        }
    }
    if open { as_hex() } else { text }
}

fn push_number(text: &mut String, number: u128) {
    // Writing to a text does not fail.
    let _ = match u32::try_from(number) {
        Ok(short) => write!(text, "{short}"),
        Err(_) => write!(text, "{number}"),
    };
}

/// One element as found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tlv<'a> {
    /// The identifier octet.
    pub(crate) tag: u8,
    /// The value.
    pub(crate) content: &'a [u8],
    /// Identifier, length and value.
    pub(crate) raw: &'a [u8],
}

/// Walks a row of elements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The octets that are left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// How many octets are left.
    pub(crate) fn remaining(&self) -> usize {
        self.0.len()
    }

    /// The identifier octet of the next element.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// Takes the next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Tlv<'a>, Malformed> {
        let whole = self.0;
        let (&tag, after_tag) = whole.split_first().ok_or(Malformed)?;
        if tag & 0x1f == 0x1f {
            return Err(Malformed); // high-number tags occur in nothing that we read
        }
        let (&first, mut rest) = after_tag.split_first().ok_or(Malformed)?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 8 {
                return Err(Malformed); // indefinite, or beyond any memory
            }
            let octets = rest.get(..count).ok_or(Malformed)?;
            rest = rest.get(count..).ok_or(Malformed)?;
            let length = octets.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet));
            usize::try_from(length).map_err(|_| Malformed)?
        };
        let content = rest.get(..length).ok_or(Malformed)?;
        let after = rest.get(length..).ok_or(Malformed)?;
        let raw = whole.get(..whole.len() - after.len()).ok_or(Malformed)?;
        self.0 = after;
        Ok(Tlv { tag, content, raw })
    }

    /// Takes the next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, Malformed> {
        let element = self.any()?;
        if element.tag == tag { Ok(element) } else { Err(Malformed) }
    }

    /// Takes the next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Malformed> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Opens the next element, which must have this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Result<Reader<'a>, Malformed> {
        self.expect(tag).map(|element| Reader::new(element.content))
    }

    /// Refuses trailing bytes.
    pub(crate) fn finish(&self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// Reads each of the elements that lie one after another, all of which must have this tag.
pub(crate) fn each<'a, T, E: From<Malformed>>(
    content: &'a [u8],
    tag: u8,
    mut read: impl FnMut(Tlv<'a>) -> Result<T, E>,
) -> Result<Vec<T>, E> {
    let mut reader = Reader::new(content);
    let mut values = Vec::new();
    while !reader.is_empty() {
        values.push(read(reader.expect(tag)?)?);
    }
    Ok(values)
}

/// The one element that these bytes are, without trailing bytes.
pub(crate) fn single(bytes: &[u8], tag: u8) -> Result<Tlv<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    let element = reader.expect(tag)?;
    reader.finish()?;
    Ok(element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_minimal() {
        assert_eq!(tlv(4, &[0; 0x7f]).get(..2), Some(&[4, 0x7f][..]));
        assert_eq!(tlv(4, &[0; 0x80]).get(..3), Some(&[4, 0x81, 0x80][..]));
        assert_eq!(tlv(4, &[0; 0x100]).get(..4), Some(&[4, 0x82, 1, 0][..]));
    }

    #[test]
    fn identifiers_there_and_back() {
        for dotted in
            ["2.5.4.3", "1.2.840.113549.1.1.11", "0.9.2342.19200300.100.1.25", "2.25.329800735698586629295641978511506172918", "2.999.1"]
        {
            let encoded = oid(dotted);
            let content = encoded.as_deref().and_then(|der| der.get(2..)).unwrap_or_default();
            assert_eq!(oid_text(content), dotted);
        }
        for wrong in ["", "1", "3.1", "1.40", "1.2.x", "1..2", "1.02", "-1.2"] {
            assert_eq!(oid(wrong), None, "{wrong}");
        }
        assert_eq!(oid_text(&[0x2a, 0x86]), "#2a86");
        assert_eq!(oid_text(&[]), "#");
    }

    #[test]
    fn reader_takes_long_lengths_and_refuses_cut_ones() {
        let mut reader = Reader::new(&[0x04, 0x82, 0x00, 0x01, 0xaa, 0x05, 0x00]);
        assert_eq!(reader.expect(4).map(|element| element.content), Ok(&[0xaa][..]));
        assert_eq!(reader.any().map(|element| element.raw), Ok(NULL));
        assert!(reader.is_empty());
        assert!(Reader::new(&[0x04, 0x02, 0x00]).any().is_err());
        assert!(Reader::new(&[0x30, 0x80, 0x00, 0x00]).any().is_err());
    }

    #[test]
    fn unsigned_numbers_are_minimal_and_positive() {
        assert_eq!(unsigned(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[]), [2, 1, 0]);
    }
}
