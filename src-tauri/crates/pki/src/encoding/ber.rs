//! BER to DER (X.690 8.1.3.6, 8.7): indefinite lengths become definite and octet strings in pieces become whole, as Windows
//! and Java write them into PKCS#7 and PKCS#12.

use thiserror::Error;

use crate::asn1;

/// The deepest nesting that is followed.
const MAX_DEPTH: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum BerError {
    /// The input ends inside an element.
    #[error("ends early")]
    Truncated,
    /// Nested deeper than 32.
    #[error("nested too deep")]
    TooDeep,
    /// A tag or length of a form that nobody writes.
    #[error("a tag or length cannot be read")]
    Malformed,
}

/// Rewrites the first element of `input`; what follows it is left out. Elements with a definite length are copied as they are
/// unless something indefinite is inside, so that signed parts keep their octets.
pub(crate) fn to_der(input: &[u8]) -> Result<Vec<u8>, BerError> {
    let (element, _) = element(input, 0)?;
    Ok(element)
}

/// Whether the first element, or one of its first descendants, has an indefinite length.
pub(crate) fn is_indefinite(input: &[u8]) -> bool {
    matches!(header(input), Ok(Header { length: None, .. }))
}

struct Header {
    tag: u8,
    octets: usize,
    length: Option<usize>,
}

fn header(input: &[u8]) -> Result<Header, BerError> {
    let (tag, first, rest) = match input {
        [tag, first, rest @ ..] => (*tag, *first, rest),
        _ => return Err(BerError::Truncated),
    };
    if tag & 0x1f == 0x1f {
        return Err(BerError::Malformed);
    }
    match first {
        0..=0x7f => Ok(Header { tag, octets: 2, length: Some(usize::from(first)) }),
        0x80 => Ok(Header { tag, octets: 2, length: None }),
        _ => {
            let count = usize::from(first & 0x7f);
            if count > 8 {
                return Err(BerError::Malformed);
            }
            let octets = rest.get(..count).ok_or(BerError::Truncated)?;
            let length = octets.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet));
            Ok(Header { tag, octets: 2 + count, length: Some(usize::try_from(length).map_err(|_| BerError::Malformed)?) })
        }
    }
}

fn element(input: &[u8], depth: usize) -> Result<(Vec<u8>, &[u8]), BerError> {
    if depth > MAX_DEPTH {
        return Err(BerError::TooDeep);
    }
    let head = header(input)?;
    let body = input.get(head.octets..).ok_or(BerError::Truncated)?;
    let constructed = head.tag & 0x20 != 0;
    let (contents, rest) = match head.length {
        Some(length) => {
            let (contents, rest) = body.split_at_checked(length).ok_or(BerError::Truncated)?;
            if !constructed {
                return Ok((asn1::tlv(head.tag, contents), rest));
            }
            match children(contents, depth, false) {
                Ok((rewritten, _)) => (rewritten, rest),
                // What is in a certificate need not be well formed for the certificate to be copied.
                Err(BerError::TooDeep) => return Err(BerError::TooDeep),
                Err(_) => (contents.to_vec(), rest),
            }
        }
        None if constructed => children(body, depth, true)?,
        None => return Err(BerError::Malformed),
    };
    if head.tag == 0x24 {
        return Ok((asn1::tlv(0x04, &pieces(&contents)?), rest));
    }
    Ok((asn1::tlv(head.tag, &contents), rest))
}

/// Rewrites elements up to the end of the contents, or up to the end-of-contents octets.
fn children(input: &[u8], depth: usize, indefinite: bool) -> Result<(Vec<u8>, &[u8]), BerError> {
    let mut out = Vec::with_capacity(input.len());
    let mut rest = input;
    loop {
        if indefinite && let [0, 0, after @ ..] = rest {
            return Ok((out, after));
        }
        if rest.is_empty() {
            return if indefinite { Err(BerError::Truncated) } else { Ok((out, rest)) };
        }
        let (child, after) = element(rest, depth + 1)?;
        out.extend_from_slice(&child);
        rest = after;
    }
}

/// The contents of an octet string that was written in pieces, each of which is whole by now.
fn pieces(contents: &[u8]) -> Result<Vec<u8>, BerError> {
    let mut reader = asn1::Reader::new(contents);
    let mut out = Vec::new();
    while !reader.is_empty() {
        out.extend_from_slice(reader.expect(asn1::tag::OCTET_STRING).map_err(|_| BerError::Malformed)?.content);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_and_pieces_become_der() {
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 0xaa, 4, 2, 0xbb, 0xcc, 0, 0, 2, 1, 5, 0, 0, 0xff];
        assert_eq!(to_der(&ber), Ok(vec![0x30, 8, 4, 3, 0xaa, 0xbb, 0xcc, 2, 1, 5]));
        assert!(is_indefinite(&ber));
        let der = [0x30, 3, 2, 1, 5];
        assert_eq!(to_der(&der), Ok(der.to_vec()));
        assert!(!is_indefinite(&der));
    }

    #[test]
    fn depth_is_bounded_and_ends_are_seen() {
        let deep: Vec<u8> = [0x30, 0x80].repeat(100_000);
        assert_eq!(to_der(&deep), Err(BerError::TooDeep));
        assert_eq!(to_der(&[0x30, 0x80, 2, 1, 5]), Err(BerError::Truncated));
        assert_eq!(to_der(&[0x30, 5, 2]), Err(BerError::Truncated));
        assert_eq!(to_der(&[]), Err(BerError::Truncated));
    }
}
