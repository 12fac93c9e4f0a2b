//! One build at a time for each key generation, in this program and among programs. Whoever waits looks again when it is his turn.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::publish_crl::BuildCrlError;
use crate::registry::{GenerationId, RegistryError};
use crate::session::Session;
use crate::watch::Watch;

/// How long somebody waits for his turn at most.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);
/// How often a waiter looks whether he shall stop.
const GLANCE: Duration = Duration::from_millis(250);
/// How often another program's lease is looked at.
const KNOCK: Duration = Duration::from_millis(50);
/// How long a lease lasts when its program cannot be asked any more.
const LEASE_TIME: time::Duration = time::Duration::minutes(10);

/// The gates of a registry's generations.
#[derive(Debug, Default)]
pub(crate) struct CrlGates {
    gates: Mutex<HashMap<GenerationId, Arc<Gate>>>,
    looking: Mutex<()>,
}

#[derive(Debug, Default)]
struct Gate {
    taken: Mutex<bool>,
    freed: Condvar,
}

impl Gate {
    fn taken(&self) -> MutexGuard<'_, bool> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of one builder. It ends when this is dropped: after a success, a failure or a panic alike.
#[derive(Debug)]
struct Turn(Arc<Gate>);

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.taken() = false;
        self.0.freed.notify_one();
    }
}

impl CrlGates {
    /// Looks whether there is anything to build. One looks at a time: a thousand askers do not open the registry a thousand times.
    pub(crate) fn look<T>(&self, look: impl FnOnce() -> T) -> T {
        let _one = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        look()
    }

    fn enter(&self, generation: GenerationId, until: Instant, watch: &dyn Watch) -> Result<Turn, BuildCrlError> {
        let gate = Arc::clone(self.gates.lock().unwrap_or_else(PoisonError::into_inner).entry(generation).or_default());
        loop {
            {
                let mut taken = gate.taken();
                if *taken {
                    taken = gate.freed.wait_timeout(taken, GLANCE.min(left(until))).unwrap_or_else(PoisonError::into_inner).0;
                }
                if !*taken {
                    *taken = true;
                    break;
                }
            }
            check_patience(until, watch)?;
        }
        Ok(Turn(gate))
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

fn check_patience(until: Instant, watch: &dyn Watch) -> Result<(), BuildCrlError> {
    if watch.cancelled() {
        return Err(BuildCrlError::Cancelled);
    }
    if left(until).is_zero() { Err(RegistryError::Busy.into()) } else { Ok(()) }
}

/// The turn of this program, with the lease that other programs see.
pub(crate) struct CrlTurn<'a> {
    session: &'a Session,
    lease: Option<String>,
    _turn: Turn,
}

impl Drop for CrlTurn<'_> {
    fn drop(&mut self) {
        let Some(lease) = &self.lease else { return };
        if let Err(error) = self.session.change_unnoted(|tx| tx.release_lease(lease, &self.session.holder())) {
            tracing::warn!(%error, lease, "a lease is left to end by itself");
        }
    }
}

impl Session {
    /// Waits for the turn to build a generation's CRL, at most as long as `patience`.
    ///
    /// # Errors
    /// `Cancelled` when `watch` says so, `Busy` when it takes too long.
    pub(crate) fn take_crl_turn(
        &self,
        generation: GenerationId,
        patience: Duration,
        watch: &dyn Watch,
    ) -> Result<CrlTurn<'_>, BuildCrlError> {
        let until = Instant::now() + patience;
        let turn = self.crl_gates().enter(generation, until, watch)?;
        Ok(CrlTurn { session: self, lease: None, _turn: turn })
    }
}

impl CrlTurn<'_> {
    /// Asks other programs to wait as well; true once they do. False while one of them is at it: then look again, what it builds may be what is wanted.
    ///
    /// # Errors
    /// `Busy` when the registry is. Where nothing can be written no lease is needed: the build will say so.
    fn lease(&mut self, generation: GenerationId) -> Result<bool, BuildCrlError> {
        let (name, holder, now) = (format!("crl.{generation}"), self.session.holder(), self.session.now());
        let taken = self.session.change_unnoted(|tx| {
            if let Some(other) = tx.lease_holder(&name, now)?.filter(|other| self.session.holder_is_gone(other)) {
                tx.release_lease(&name, &other)?;
            }
            tx.take_lease(&name, &holder, now, now.saturating_add(LEASE_TIME))
        });
        match taken {
            Ok(true) => self.lease = Some(name),
            Ok(false) => return Ok(false),
            Err(RegistryError::Busy) => return Err(RegistryError::Busy.into()),
            Err(error) => tracing::debug!(%error, "no lease for a CRL"),
        }
        Ok(true)
    }

    /// Waits until no other program builds this generation's CRL; before each look at the lease, `settled` tells whether there is still something to do.
    ///
    /// # Errors
    /// What `settled` says, `Cancelled`, or `Busy` when it takes too long.
    pub(crate) fn among_programs<T>(
        &mut self,
        generation: GenerationId,
        patience: Duration,
        watch: &dyn Watch,
        settled: impl Fn() -> Result<Option<T>, BuildCrlError>,
    ) -> Result<Option<T>, BuildCrlError> {
        let until = Instant::now() + patience;
        loop {
            if let Some(value) = settled()? {
                return Ok(Some(value));
            }
            if self.lease(generation)? {
                // Another program may have been done in between.
                return settled();
            }
            check_patience(until, watch)?;
            std::thread::sleep(KNOCK);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::thread;

    use time::macros::datetime;

    use super::*;
    use crate::watch::Unwatched;

    fn generation(number: u8) -> GenerationId {
        GenerationId::new(datetime!(2026-11-22 12:00 UTC), [number; 10])
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn one_at_a_time_for_each_generation_and_all_get_in() {
        let (gates, inside, most, done) = (CrlGates::default(), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    let turn = gates.enter(generation(1), soon(), &Unwatched).unwrap();
                    most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(turn);
                    done.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!((most.into_inner(), done.into_inner()), (1, 64));
    }

    #[test]
    fn generations_do_not_wait_for_each_other_and_patience_ends() {
        let gates = CrlGates::default();
        let first = gates.enter(generation(1), soon(), &Unwatched).unwrap();
        drop(gates.enter(generation(2), soon(), &Unwatched).unwrap());
        let late = gates.enter(generation(1), Instant::now() + Duration::from_millis(20), &Unwatched);
        assert!(matches!(late, Err(BuildCrlError::Registry(RegistryError::Busy))));
        drop(first);
        gates.enter(generation(1), Instant::now(), &Unwatched).unwrap();
    }

    struct Stop(AtomicBool);

    impl Watch for Stop {
        fn progress(&self, _: u64, _: u64) {}

        fn cancelled(&self) -> bool {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[test]
    fn a_waiter_can_be_stopped_and_a_panic_lets_the_next_in() {
        let gates = CrlGates::default();
        let first = gates.enter(generation(1), soon(), &Unwatched).unwrap();
        let stopped = gates.enter(generation(1), soon(), &Stop(AtomicBool::new(true)));
        assert!(matches!(stopped, Err(BuildCrlError::Cancelled)));
        thread::scope(|scope| {
            let broken = scope.spawn(|| {
                let _turn = first;
                panic!("in the middle of it");
            });
            let next = scope.spawn(|| gates.enter(generation(1), soon(), &Unwatched).map(drop));
            assert!(broken.join().is_err());
            next.join().unwrap().unwrap();
        });
    }
}
