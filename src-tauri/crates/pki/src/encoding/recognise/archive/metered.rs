//! Octets that are counted and summed as they are inflated, with an end before there are too many.

use std::io::{self, Read};

use flate2::Crc;

/// Which limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overrun {
    /// That of the entry.
    Own,
    /// That of all entries together.
    All,
}

/// Reads up to a limit, and fails behind it.
pub(super) struct Metered<R> {
    inner: R,
    own: u64,
    all: u64,
    taken: u64,
    sum: Crc,
    overrun: Option<Overrun>,
}

impl<R: Read> Metered<R> {
    pub(super) fn new(inner: R, own: u64, all: u64) -> Self {
        Self { inner, own, all, taken: 0, sum: Crc::new(), overrun: None }
    }

    /// The limit that was met, the octets that came, and their CRC-32.
    pub(super) fn finish(self) -> (Option<Overrun>, u64, u32) {
        (self.overrun, self.taken, self.sum.sum())
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let given = self.inner.read(out)?;
        self.taken = self.taken.saturating_add(u64::try_from(given).unwrap_or(u64::MAX));
        self.sum.update(out.get(..given).unwrap_or_default());
        self.overrun = match self.taken {
            taken if taken > self.all => Some(Overrun::All),
            taken if taken > self.own => Some(Overrun::Own),
            _ => return Ok(given),
        };
        Err(io::Error::other("more octets than are taken"))
    }
}
