//! Time and randomness: the two outside forces that the core is given and never takes.

use std::fmt;

use time::{Duration, OffsetDateTime};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Returns the present moment in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// How far a clock may fall behind the last time seen before it counts as having gone back: clocks are corrected by less.
pub const TOLERANCE: Duration = Duration::minutes(5);

/// Tells whether the clock went back: whether `now` is behind `last_seen` by more than [`TOLERANCE`].
#[must_use]
pub fn went_back(now: OffsetDateTime, last_seen: OffsetDateTime) -> bool {
    last_seen - now > TOLERANCE
}

/// The clock of the machine, to whole milliseconds, which is what the registry keeps.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the machine's clock is read")]
    fn now(&self) -> OffsetDateTime {
        let now = OffsetDateTime::now_utc();
        now.replace_millisecond(now.millisecond()).unwrap_or(now)
    }
}

/// Gives random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes.
    ///
    /// # Errors
    /// [`EntropyError`] when the source has none to give; `bytes` must then not be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The source of randomness failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct EntropyError;

/// The randomness of the operating system, through AWS-LC.
#[derive(Clone, Copy, Default)]
pub struct SystemEntropy;

impl fmt::Debug for SystemEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemEntropy")
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| EntropyError)
    }
}

#[cfg(any(test, feature = "testing"))]
pub use standing::{FixedClock, SeededEntropy};

#[cfg(any(test, feature = "testing"))]
mod standing {
    use std::sync::{Mutex, PoisonError};

    use aws_lc_rs::digest::{SHA256, digest};
    use time::{Duration, OffsetDateTime};

    use super::{Clock, Entropy, EntropyError};

    /// A clock that stands still until it is moved. For tests.
    #[derive(Debug)]
    pub struct FixedClock(Mutex<OffsetDateTime>);

    impl FixedClock {
        /// Makes a clock that shows `now`.
        #[must_use]
        pub fn at(now: OffsetDateTime) -> Self {
            Self(Mutex::new(now))
        }

        /// Sets the clock to `now`, forward or back.
        pub fn set(&self, now: OffsetDateTime) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }

        /// Moves the clock by `by`, which may be negative.
        pub fn advance(&self, by: Duration) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }

    impl Clock for FixedClock {
        fn now(&self) -> OffsetDateTime {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    /// Bytes that look random and are the same on every run: SHA-256 over seed and counter. For tests.
    #[derive(Debug)]
    pub struct SeededEntropy {
        seed: u64,
        counter: Mutex<u64>,
    }

    impl SeededEntropy {
        /// Makes the sequence that belongs to `seed`.
        #[must_use]
        pub fn new(seed: u64) -> Self {
            Self { seed, counter: Mutex::new(0) }
        }
    }

    impl Entropy for SeededEntropy {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            let mut counter = self.counter.lock().unwrap_or_else(PoisonError::into_inner);
            for chunk in bytes.chunks_mut(32) {
                let mut input = [0u8; 16];
                let (seed, count) = input.split_at_mut(8);
                seed.copy_from_slice(&self.seed.to_be_bytes());
                count.copy_from_slice(&counter.to_be_bytes());
                *counter += 1;
                for (to, from) in chunk.iter_mut().zip(digest(&SHA256, &input).as_ref()) {
                    *to = *from;
                }
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use time::macros::datetime;

    #[test]
    fn system_clock_is_utc_in_whole_milliseconds() {
        let now = SystemClock.now();
        assert!(now.offset().is_utc());
        assert_eq!(now.nanosecond() % 1_000_000, 0);
        assert!(now > datetime!(2024-01-01 0:00 UTC));
    }

    #[test]
    fn fixed_clock_moves_only_when_told() {
        let clock = FixedClock::at(datetime!(2026-03-01 12:00 UTC));
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::hours(-13));
        assert_eq!(clock.now(), datetime!(2026-02-28 23:00 UTC));
        clock.set(datetime!(2049-12-31 0:00 UTC));
        assert_eq!(clock.now(), datetime!(2049-12-31 0:00 UTC));
    }

    #[test]
    fn seeded_entropy_repeats_and_system_entropy_does_not() {
        let mut draws = [[0u8; 40]; 4];
        let [first, second, third, fourth] = &mut draws;
        let seeded = SeededEntropy::new(7);
        seeded.fill(first).unwrap();
        seeded.fill(second).unwrap();
        SeededEntropy::new(7).fill(third).unwrap();
        SeededEntropy::new(8).fill(fourth).unwrap();
        assert_eq!(first, third);
        assert_ne!(first, second);
        assert_ne!(first, fourth);
        let (mut a, mut b) = ([0u8; 32], [0u8; 32]);
        SystemEntropy.fill(&mut a).unwrap();
        SystemEntropy.fill(&mut b).unwrap();
        assert_ne!(a, b);
    }
}
