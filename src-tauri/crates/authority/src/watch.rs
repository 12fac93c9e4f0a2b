//! Long work tells how far it is, and asks whether it shall stop.

/// Whoever waits for a piece of long work.
pub trait Watch: Send + Sync {
    /// Hears how many steps of how many are done; `total` is 0 while it is unknown.
    fn progress(&self, done: u64, total: u64);

    /// Whether the work shall stop; what was done so far is then undone.
    fn cancelled(&self) -> bool;
}

/// Nobody waits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: u64, _: u64) {}

    fn cancelled(&self) -> bool {
        false
    }
}
