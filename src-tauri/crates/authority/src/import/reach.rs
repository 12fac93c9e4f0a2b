//! Tells how far the reading of files is, by what they weigh: a thousand small ones are soon done, one of a gigabyte is not.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::watch::Watch;

/// Octets of a step, as it is told.
const STEP: u64 = 1024;

/// How far the reading of all files is.
#[derive(Clone, Copy)]
pub(super) struct Reach<'a> {
    watch: &'a dyn Watch,
    /// Octets of the files that are read.
    before: u64,
    /// Octets of all files.
    total: u64,
}

impl<'a> Reach<'a> {
    /// Before the first of files of these sizes.
    pub(super) fn of(watch: &'a dyn Watch, sizes: impl Iterator<Item = u64>) -> Self {
        Self { watch, before: 0, total: sizes.fold(0, u64::saturating_add) }
    }

    /// Who hears of it.
    pub(super) fn watch(&self) -> &'a dyn Watch {
        self.watch
    }

    /// So many octets of the file in hand are read.
    pub(super) fn tell(&self, within: u64) {
        self.watch.progress(self.before.saturating_add(within) / STEP, self.total / STEP);
    }

    /// The file in hand, of this size, is read.
    pub(super) fn pass(&mut self, size: u64) {
        self.before = self.before.saturating_add(size);
    }
}

/// A file that tells how far it is read.
pub(super) struct Told<'a> {
    file: File,
    at: u64,
    reach: Reach<'a>,
}

impl<'a> Told<'a> {
    pub(super) fn new(file: File, reach: Reach<'a>) -> Self {
        Self { file, at: 0, reach }
    }
}

/// Reading was stopped by whoever waits for it.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub(super) struct Stopped;

impl Stopped {
    /// Whether an error is this one.
    pub(super) fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>)
    }
}

impl Read for Told<'_> {
    /// Asks each time: a file of gigabytes in which nothing is found has no other place to stop at.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reach.watch.cancelled() {
            return Err(io::Error::other(Stopped));
        }
        let read = self.file.read(buffer)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(0));
        self.reach.tell(self.at);
        Ok(read)
    }
}

impl Seek for Told<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}
