//! PEM (RFC 7468): written strictly, read with anything around the blocks.

mod block_reader;
mod stream;

pub use block_reader::{BlockReader, LONGEST_BLOCK};
pub(crate) use stream::DerOctets;
pub use stream::PemStreamError;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use thiserror::Error;
use zeroize::Zeroizing;

/// Characters of a line (RFC 7468 2).
const LINE: usize = 64;

/// Padding may be missing: some editors and mailers eat it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true),
);

/// One block as found.
pub struct Block {
    /// What stands after `BEGIN`.
    pub label: String,
    /// Header lines (RFC 1421 4.6), such as `Proc-Type` and `DEK-Info` of old OpenSSL keys.
    pub headers: Vec<(String, String)>,
    /// What is in it, decoded.
    pub body: Result<Zeroizing<Vec<u8>>, PemError>,
}

/// Why a block cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PemError {
    /// There is no `END` line.
    #[error("no END line")]
    NoEnd,
    /// The `END` line is of another block.
    #[error("ends as {found}")]
    WrongEnd {
        /// What stands after `END`.
        found: String,
    },
    /// The text is not base64.
    #[error("not base64: {0}")]
    NotBase64(String),
    /// The block is longer than any that is read; what of it follows was passed over.
    #[error("longer than {limit} octets")]
    TooLong {
        /// The most, in octets of text.
        limit: usize,
    },
}

/// Writes one block.
pub fn encode(label: &str, der: &[u8]) -> String {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut out = String::with_capacity(body.len() + body.len() / LINE + 2 * label.len() + 40);
    out.push_str("-----BEGIN ");
    out.push_str(label);
    out.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}

/// Whether a label is one of a certification request; Netscape wrote `NEW`.
pub fn is_request(label: &str) -> bool {
    matches!(label, "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST")
}

/// Finds every block; what stands between them may be anything, octets that are no text included.
pub fn blocks(bytes: &[u8]) -> Vec<Block> {
    let mut reader = BlockReader::new(bytes);
    // Octets in memory cannot fail to be read.
    std::iter::from_fn(|| reader.next_block().ok().flatten()).collect()
}

/// The label of `-----BEGIN label-----` or `-----END label-----`; a byte order mark or text before the dashes is passed over.
fn boundary(line: &[u8], word: &str) -> Option<String> {
    // Most lines are base64, which has no dash.
    if !line.contains(&b'-') {
        return None;
    }
    let text = std::str::from_utf8(line).ok()?;
    let start = text.find("-----")?;
    let label = text.get(start..)?.strip_prefix("-----")?.strip_prefix(word)?.strip_suffix("-----")?;
    (!label.contains("-----")).then(|| label.trim().to_owned())
}

fn header(line: &[u8]) -> Option<(String, String)> {
    if !line.contains(&b':') {
        return None;
    }
    let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
    Some((name.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 47, 48, 49, 1000] {
            let der: Vec<u8> = (0..length).map(|index| u8::try_from(index % 251).unwrap()).collect();
            let text = encode("X509 CRL", &der);
            assert!(text.lines().all(|line| line.len() <= LINE));
            let found = blocks(text.as_bytes());
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].label, "X509 CRL");
            assert_eq!(found[0].body.as_ref().unwrap().as_slice(), der);
        }
    }

    #[test]
    fn text_around_line_ends_and_marks_are_passed_over() {
        let text = b"\xef\xbb\xbf-----BEGIN A-----\r\nAQI=\r\n-----END A-----\r\nfriendlyName: x\xff\n\n-----BEGIN B-----\nX-Y: 1\n\nA Q\nM\n-----END B-----";
        let found = blocks(text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].body.as_ref().unwrap().as_slice(), [1, 2]);
        assert_eq!(found[1].body.as_ref().unwrap().as_slice(), [1, 3]);
        assert_eq!(found[1].headers, [("X-Y".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn broken_blocks_do_not_hide_the_next() {
        let found = blocks(b"-----BEGIN A-----\nAQI=\n-----BEGIN B-----\nA*==\n-----END B-----\n-----BEGIN C-----\n-----END D-----\n-----BEGIN E-----\nAQ==\n-----END E-----");
        let bodies: Vec<_> = found.iter().map(|block| block.body.as_ref().err().cloned()).collect();
        assert_eq!(bodies[0], Some(PemError::NoEnd));
        assert!(matches!(bodies[1], Some(PemError::NotBase64(_))));
        assert_eq!(bodies[2], Some(PemError::WrongEnd { found: "D".into() }));
        assert_eq!(bodies[3], None);
        assert!(blocks(b"no PEM at all").is_empty());
        assert!(blocks(b"").is_empty());
    }
}
