//! What stands in a PEM file, block by block: a bundle of any size passes, and only one block of it is in memory.

use std::io::{self, BufRead};

use pki::encoding::pem;

/// Octets of a block as it is written, at most: a list of revocations of 48 MiB.
const LONGEST_BLOCK: usize = 1 << 26;
/// Octets of a line outside of blocks that are looked at.
const LONGEST_LINE: usize = 1 << 12;

/// A block, or what there is of one.
#[derive(Debug)]
pub(super) enum Block {
    /// A block.
    Whole {
        /// What stands after `BEGIN`.
        label: String,
        /// What is in it.
        body: Vec<u8>,
    },
    /// One that cannot be decoded.
    Broken {
        /// Why.
        problem: String,
        /// The lines as they came, the first 64 MiB.
        text: Vec<u8>,
    },
}

/// Walks over a PEM file.
pub(super) struct PemBlocks<R> {
    input: R,
    /// A `BEGIN` line that stood where an `END` line should.
    ahead: Option<Vec<u8>>,
}

impl<R: BufRead> PemBlocks<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, ahead: None }
    }

    /// The next block; `None` behind the last.
    pub(super) fn next_block(&mut self) -> io::Result<Option<Block>> {
        let mut text = loop {
            let line = match self.ahead.take() {
                Some(line) => line,
                None => match self.line(LONGEST_LINE)? {
                    Some(line) => line,
                    None => return Ok(None),
                },
            };
            if is_boundary(&line, b"-----BEGIN ") {
                break line;
            }
        };
        text.push(b'\n');
        let mut too_long = false;
        while let Some(line) = self.line(LONGEST_BLOCK)? {
            if is_boundary(&line, b"-----BEGIN ") {
                self.ahead = Some(line);
                break;
            }
            let ends = is_boundary(&line, b"-----END ");
            if text.len().saturating_add(line.len()) > LONGEST_BLOCK {
                too_long = true;
            } else {
                text.extend_from_slice(&line);
                text.push(b'\n');
            }
            if ends {
                break;
            }
        }
        if too_long {
            return Ok(Some(Block::Broken { problem: format!("longer than {LONGEST_BLOCK} octets"), text }));
        }
        Ok(Some(match pem::blocks(&text).into_iter().next() {
            Some(pem::Block { label, body: Ok(body), .. }) => Block::Whole { label, body: body.to_vec() },
            Some(pem::Block { body: Err(problem), .. }) => Block::Broken { problem: problem.to_string(), text },
            None => Block::Broken { problem: "no block".to_owned(), text },
        }))
    }

    /// The next line without its end, its first octets where it is longer than `most`.
    fn line(&mut self, most: usize) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut any = false;
        loop {
            let (used, ended) = match self.input.fill_buf() {
                Ok([]) => break,
                Ok(buffer) => {
                    let end = buffer.iter().position(|octet| matches!(octet, b'\n' | b'\r'));
                    let taken = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
                    let room = most.saturating_sub(line.len()).min(taken.len());
                    line.extend_from_slice(taken.get(..room).unwrap_or_default());
                    (taken.len() + usize::from(end.is_some()), end.is_some())
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            any = true;
            self.input.consume(used);
            if ended {
                break;
            }
        }
        Ok(any.then_some(line))
    }
}

/// Whether a line is a boundary; a byte order mark or blanks before the dashes are passed over.
fn is_boundary(line: &[u8], start: &[u8]) -> bool {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii_start().starts_with(start)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use super::*;

    #[test]
    fn blocks_come_one_by_one_with_anything_around_them() {
        let one = pem::encode("CERTIFICATE", &[1; 100]);
        let crl = pem::encode("X509 CRL", &[2; 10]);
        let cut = one.split_once("-----END").unwrap().0;
        let text = format!(
            "\u{feff}{one}subject=x\r\n{}{cut}{crl}-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n{cut}",
            crl.replace('\n', "\r\n")
        );
        let mut blocks = PemBlocks::new(io::BufReader::with_capacity(5, text.as_bytes()));
        let mut found = Vec::new();
        while let Some(block) = blocks.next_block().unwrap() {
            found.push(match block {
                Block::Whole { label, body } => format!("{label} {}", body.len()),
                Block::Broken { problem, .. } => problem,
            });
        }
        let bad = found.remove(4);
        assert!(bad.starts_with("not base64"), "{bad}");
        assert_eq!(found, ["CERTIFICATE 100", "X509 CRL 10", "no END line", "X509 CRL 10", "no END line"]);
    }
}
