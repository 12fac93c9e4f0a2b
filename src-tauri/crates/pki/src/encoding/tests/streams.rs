//! Files of any length: what is in them is handed over as it passes.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use super::*;

/// A file that is one piece again and again, of which nothing is kept.
struct Repeated {
    piece: Vec<u8>,
    length: u64,
    at: u64,
}

impl Repeated {
    fn new(piece: &[u8], times: u64) -> Self {
        Self { piece: piece.to_vec(), length: times * u64::try_from(piece.len()).unwrap(), at: 0 }
    }
}

impl Read for Repeated {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let inside = usize::try_from(self.at % u64::try_from(self.piece.len()).unwrap()).unwrap();
        let left = usize::try_from((self.length - self.at).min(1 << 20)).unwrap();
        let given = (self.piece.len() - inside).min(out.len()).min(left);
        out[..given].copy_from_slice(&self.piece[inside..inside + given]);
        self.at += u64::try_from(given).unwrap();
        Ok(given)
    }
}

impl Seek for Repeated {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
            SeekFrom::End(by) => self.length.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}

#[test]
fn a_long_bundle_is_handed_over_piece_by_piece() {
    let piece = fs::read(data("easyrsa/issued/alice.crt")).unwrap();
    let mut count = 0_u64;
    let seen = recognise_each(Repeated::new(&piece, 3_000), &[], &mut |found| {
        assert!(matches!(found.object, Ok(Object::Certificate(_))));
        count += 1;
        assert_eq!(found.label, format!("PEM block {count}"));
        ControlFlow::Continue(())
    });
    assert_eq!(seen.unwrap(), Seen { objects: 3_000, passwords_wanted: 0, stopped: false });
}

#[test]
fn whoever_takes_them_can_end_it() {
    let piece = fs::read(data("easyrsa/issued/alice.crt")).unwrap();
    // As long as a disk: what is not taken is not read.
    let seen = recognise_each(Repeated::new(&piece, 1 << 40), &[], &mut |_| ControlFlow::Break(()));
    assert_eq!(seen.unwrap(), Seen { objects: 1, passwords_wanted: 0, stopped: true });
}

#[test]
fn a_binary_file_that_is_too_large_is_refused_before_it_is_read() {
    for start in [[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], [0x30, 0x80, 0x30, 0x80, 0x04, 0x00]] {
        let zeros = Repeated { piece: vec![0; 1 << 16], length: 2 << 30, at: 0 };
        let mut file = Joined { start: Cursor::new(start.to_vec()), rest: zeros };
        let mut found = Vec::new();
        let mut visit = |item: Found| {
            found.push(item.object.map(drop));
            ControlFlow::Continue(())
        };
        recognise_each(&mut file, &[], &mut visit).unwrap();
        assert_eq!(found, [Err(ObjectError::TooLarge { limit: LARGEST_BINARY })]);
        assert!(file.rest.at <= LARGEST_BINARY + (1 << 17));
    }
}

/// One file behind the other; only ever sought to its start and end.
struct Joined {
    start: Cursor<Vec<u8>>,
    rest: Repeated,
}

impl Read for Joined {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.start.read(out)? {
            0 => self.rest.read(out),
            given => Ok(given),
        }
    }
}

impl Seek for Joined {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(0) => {
                self.rest.seek(SeekFrom::Start(0))?;
                self.start.seek(to)
            }
            SeekFrom::Current(0) => Ok(self.start.position() + self.rest.at),
            SeekFrom::Current(by) if self.rest.at == 0 => self.start.seek(SeekFrom::Current(by)),
            _ => self.rest.seek(to).map(|at| at + self.start.position()),
        }
    }
}

#[test]
fn text_that_begins_like_der_is_text() {
    let certificate = fs::read_to_string(data("easyrsa/ca.crt")).unwrap();
    let block = certificate.find("-----BEGIN").unwrap();
    for before in ["0\n", "00 numbers\n", "0ä\n", "0~~~\n"] {
        let text = format!("{before}{}", certificate.get(block..).unwrap());
        assert_eq!(counted(&recognise(text.as_bytes(), &[])).0, 1, "{before}");
    }
    // A short key in DER is as long as it says.
    let key = pem::blocks(&fs::read(data("keystores/ed25519.pem")).unwrap()).remove(0).body.unwrap();
    assert_eq!(counted(&recognise(&key, &[])).3, 1);
}
