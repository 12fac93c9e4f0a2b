//! Looking at the keyring's state without being held up by it.
//!
//! The calls that use keys go one after the other, and one of them may be waiting for a person to answer a prompt. Who only looks does not queue behind it,
//! and does not wait for a keyring that is silent: the look goes on in a thread of its own, and meanwhile what was last known counts.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::worker::Connect;
use super::{STATE_DEADLINE, StoreState};
use crate::keystore::KeyStoreError;

/// After so long a look that got no answer is given up and another one may start.
const GIVE_UP: Duration = Duration::from_secs(20);
/// The first look finds nothing that was known before; it is waited for at least so long.
const FIRST: Duration = Duration::from_secs(1);
/// How many looks may hang before none is started any more.
const MOST_HANGING: u32 = 4;

/// The state as last seen, and the look that is under way.
pub(super) struct Look {
    connect: Connect,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

#[derive(Default)]
struct Seen {
    latest: Option<StoreState>,
    /// When the look that is under way began.
    asked: Option<Instant>,
    /// Which look is under way: the answer of one that was given up counts for nothing.
    number: u64,
    hanging: u32,
    /// How many wait for the look that is under way.
    waiting: u32,
}

impl Look {
    pub(super) fn new(connect: Connect) -> Self {
        Self { connect, seen: Arc::default() }
    }

    /// Looks, and waits for the answer at most so long.
    pub(super) fn within(&self, patience: Duration) -> StoreState {
        let start = Instant::now();
        let (mutex, told) = &*self.seen;
        let mut seen = lock(mutex);
        if seen.asked.is_none_or(|asked| asked.elapsed() > GIVE_UP) && seen.hanging < MOST_HANGING {
            seen = self.begin(seen);
        }
        let waited_for = seen.number;
        let patience = if seen.latest.is_none() { patience.max(FIRST) } else { patience };
        seen.waiting += 1;
        while seen.asked.is_some() && seen.number == waited_for {
            let silent = seen.asked.map_or(Duration::ZERO, |asked| asked.elapsed());
            let left = patience.saturating_sub(start.elapsed()).min(STATE_DEADLINE.saturating_sub(silent));
            if left.is_zero() {
                break;
            }
            seen = told.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        seen.waiting -= 1;
        let unanswered = seen.asked.map(|asked| asked.elapsed());
        match (&seen.latest, unanswered) {
            // What was last seen counts until it is clear that no answer comes.
            (Some(latest), None) => latest.clone(),
            (Some(latest), Some(silent)) if silent < STATE_DEADLINE && patience < STATE_DEADLINE => latest.clone(),
            (_, Some(_)) => StoreState::Unreachable { cause: "the keyring does not answer".to_owned() },
            (None, None) => StoreState::Unreachable { cause: "the keyring cannot be looked at".to_owned() },
        }
    }

    /// For how long somebody has waited for the look that is under way.
    pub(super) fn waits(&self) -> Option<Duration> {
        let seen = lock(&self.seen.0);
        seen.asked.filter(|_| seen.waiting > 0).map(|asked| asked.elapsed())
    }

    /// Ends the waiting: the look that is under way is given up, and what was last known counts.
    pub(super) fn cancel(&self) {
        let (mutex, told) = &*self.seen;
        let mut seen = lock(mutex);
        if seen.asked.take().is_some() {
            seen.number += 1;
        }
        drop(seen);
        told.notify_all();
    }

    fn begin<'a>(&self, mut seen: MutexGuard<'a, Seen>) -> MutexGuard<'a, Seen> {
        seen.number += 1;
        seen.asked = Some(Instant::now());
        seen.hanging += 1;
        let (number, connect, shared) = (seen.number, Arc::clone(&self.connect), Arc::clone(&self.seen));
        let look = move || {
            // A panic of the library must not leave the look under way for ever.
            let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| connect().and_then(|mut keyring| keyring.state())));
            let (mutex, told) = &*shared;
            let mut seen = lock(mutex);
            seen.hanging -= 1;
            if seen.number == number {
                seen.asked = None;
                seen.latest = Some(match answer {
                    Ok(Ok(state)) => state,
                    Ok(Err(KeyStoreError::Locked)) => StoreState::Locked,
                    Ok(Err(KeyStoreError::Unreachable { cause })) => StoreState::Unreachable { cause },
                    Ok(Err(error)) => StoreState::Unreachable { cause: error.to_string() },
                    Err(_) => StoreState::Unreachable { cause: "the keyring library failed".to_owned() },
                });
            }
            told.notify_all();
        };
        if let Err(error) = thread::Builder::new().name("keyring-look".to_owned()).spawn(look) {
            seen.hanging -= 1;
            seen.asked = None;
            seen.latest = Some(StoreState::Unreachable { cause: error.to_string() });
        }
        seen
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
