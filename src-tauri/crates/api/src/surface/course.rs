//! How far long work is, and the wish to stop it, in the memory of this process.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use authority::watch::Watch;

/// How far work is, and whether it shall stop.
#[derive(Debug, Default)]
pub(super) struct Course {
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
}

impl Course {
    /// How many steps of how many are done.
    pub(super) fn reached(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// Asks it to stop.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Watch for Course {
    fn progress(&self, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
