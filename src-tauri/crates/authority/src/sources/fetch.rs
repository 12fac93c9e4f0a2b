//! How a source's octets come: out of a file, or through whoever knows the network. They are put into a temporary file without a name, which is read as
//! often as needed and is gone when it is closed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use pki::Fingerprint;

use super::{Place, SourceError, system_trust};
use crate::in_use::open_to_read;
use crate::watch::Watch;

/// Octets of a source, at most.
pub const LARGEST_SOURCE: u64 = 1 << 30;
/// Octets read at once.
const PIECE: usize = 1 << 16;

/// Why something did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchError {
    /// Why.
    pub problem: String,
    /// Whether it passes by itself.
    pub passing: bool,
    /// Whether it was larger than the spool takes.
    pub too_large: bool,
    /// Whether whoever waited has stopped it.
    pub cancelled: bool,
}

/// Whoever can fetch what an address names, with its own limits of time, and trying again what passes by itself.
pub trait Fetch: Send + Sync {
    /// Puts all that the address answers into the spool. Whoever begins anew empties it first.
    ///
    /// # Errors
    /// [`FetchError`]
    fn fetch(&self, url: &str, spool: &mut Spool, watch: &dyn Watch) -> Result<(), FetchError>;
}

/// Fetches nothing: there is no network.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFetch;

impl Fetch for NoFetch {
    fn fetch(&self, _: &str, _: &mut Spool, _: &dyn Watch) -> Result<(), FetchError> {
        Err(FetchError {
            problem: "this program does not fetch from addresses".to_owned(),
            passing: false,
            too_large: false,
            cancelled: false,
        })
    }
}

/// Octets on their way in.
#[derive(Debug)]
pub struct Spool {
    file: File,
    octets: u64,
    most: u64,
}

impl Spool {
    /// An empty spool that takes so many octets.
    ///
    /// # Errors
    /// Those of the system.
    pub fn new(most: u64) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, octets: 0, most })
    }

    /// Octets in it.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.octets
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.octets == 0
    }

    /// How many it takes.
    #[must_use]
    pub const fn most(&self) -> u64 {
        self.most
    }

    /// Puts octets behind those that are in it.
    ///
    /// # Errors
    /// `FileTooLarge` beyond what it takes; those of the system.
    pub fn put(&mut self, octets: &[u8]) -> io::Result<()> {
        let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        let after = self.octets.saturating_add(length);
        if after > self.most {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {} octets", self.most)));
        }
        self.file.write_all(octets)?;
        self.octets = after;
        Ok(())
    }

    /// Takes everything out again.
    ///
    /// # Errors
    /// Those of the system.
    pub fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.octets = 0;
        Ok(())
    }

    /// Reads what is in it from the start.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn read(&mut self) -> io::Result<&mut File> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(&mut self.file)
    }

    /// SHA-256 of all that is in it.
    pub(super) fn sha256(&mut self) -> io::Result<Fingerprint> {
        Fingerprint::of_read(self.read()?)
    }
}

/// Puts what is at a place into a spool.
pub(super) fn spooled(place: &Place, fetch: &dyn Fetch, watch: &dyn Watch) -> Result<Spool, SourceError> {
    let mut spool = Spool::new(LARGEST_SOURCE).map_err(SourceError::Spool)?;
    match place {
        Place::File(path) => copied(path, &mut spool, watch)?,
        Place::System => copied(&system_trust().ok_or(SourceError::NoSystemTrust)?, &mut spool, watch)?,
        Place::Url(url) => fetch.fetch(url, &mut spool, watch).map_err(|error| {
            if error.cancelled {
                SourceError::Cancelled
            } else if error.too_large {
                SourceError::TooLarge { place: url.clone(), limit: LARGEST_SOURCE }
            } else {
                SourceError::Fetch { place: url.clone(), problem: error.problem, passing: error.passing }
            }
        })?,
    }
    if watch.cancelled() { Err(SourceError::Cancelled) } else { Ok(spool) }
}

/// Copies a file, so that what is believed and what is taken are the same octets whoever writes to it meanwhile.
fn copied(path: &Path, spool: &mut Spool, watch: &dyn Watch) -> Result<(), SourceError> {
    let place = || path.to_string_lossy().into_owned();
    let failed = |error: io::Error| SourceError::Fetch { place: place(), problem: error.to_string(), passing: false };
    let mut file = open_to_read(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    let mut piece = vec![0; PIECE];
    loop {
        let read = match file.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        if watch.cancelled() {
            return Err(SourceError::Cancelled);
        }
        spool.put(piece.get(..read).unwrap_or_default()).map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => SourceError::TooLarge { place: place(), limit: spool.most() },
            _ => SourceError::Spool(error),
        })?;
    }
}
