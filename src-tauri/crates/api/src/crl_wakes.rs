//! When the window looks after its CRLs: at the start, when one is due, after sleep and after a jump of the clock, after an unlock, when something has
//! changed, and every minute in case nothing of that was noticed. What is due then is another's decision; this one only says when to ask.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration as Elapsed;

use authority::registry::GenerationId;
use time::{Duration, OffsetDateTime};

/// Without a reason there is a look this often.
const AT_LEAST: Elapsed = Elapsed::from_secs(60);
/// By how much the clock on the wall and the one that only counts may differ since the last look: more is a jump, or a sleep that only one has seen.
const DRIFT: Duration = Duration::seconds(30);
/// What has failed is tried again after this long, then after twice as long, and so on.
const FIRST_RETRY: Elapsed = Elapsed::from_secs(60);
/// But not later than this.
const LAST_RETRY: Elapsed = Elapsed::from_secs(900);

/// What the window sees, a few times a second.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// How long the program has been running, by the clock that only counts.
    pub(crate) running: Elapsed,
    /// The time.
    pub(crate) now: OffsetDateTime,
    /// Which registry is open.
    pub(crate) registry: PathBuf,
    /// Changes when somebody writes to it.
    pub(crate) version: Option<i64>,
}

/// What was seen at the last look, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct CrlWakes {
    last: Option<Sight>,
    unlocked: bool,
    told: Option<OffsetDateTime>,
    retries: HashMap<GenerationId, Retry>,
    looked_for_room: Option<Elapsed>,
    /// A round is under way.
    pub(crate) busy: bool,
}

#[derive(Debug, Clone, Copy)]
struct Retry {
    times: u32,
    after: Elapsed,
}

impl CrlWakes {
    /// The keys are there: what waited for them does not wait any longer.
    pub(crate) fn unlocked(&mut self) {
        self.unlocked = true;
    }

    /// No registry is open, or none that can be written to.
    pub(crate) fn closed(&mut self) {
        *self = Self { busy: self.busy, looked_for_room: self.looked_for_room, ..Self::default() };
    }

    /// Whether to look now if there is room again on a disk that was full.
    pub(crate) fn is_time_for_room(&mut self, running: Elapsed) -> bool {
        let is_time = self.looked_for_room.is_none_or(|last| running.saturating_sub(last) >= AT_LEAST);
        if is_time {
            self.looked_for_room = Some(running);
        }
        is_time
    }

    /// Whether to look now at what is due.
    pub(crate) fn is_time(&mut self, sight: &Sight) -> bool {
        let (afresh, look) = match &self.last {
            None => (true, true),
            Some(last) if last.registry != sight.registry => (true, true),
            Some(last) => {
                let counted = sight.running.saturating_sub(last.running);
                let jumped = (sight.now - last.now - Duration::try_from(counted).unwrap_or(Duration::MAX)).abs() > DRIFT;
                let due = self.told.is_some_and(|told| told <= sight.now);
                (jumped || self.unlocked, due || last.version != sight.version || counted >= AT_LEAST)
            }
        };
        if afresh {
            // What kept a CRL from being built may be gone.
            self.retries.clear();
        }
        if afresh || look {
            self.unlocked = false;
            self.told = None;
            self.last = Some(sight.clone());
        }
        afresh || look
    }

    /// The look is done; there will be something to do at this time.
    pub(crate) fn looked(&mut self, told: Option<OffsetDateTime>) {
        self.told = told;
    }

    /// Whether a CRL that is due is tried now, or waits because it has just failed.
    pub(crate) fn may_try(&self, generation: GenerationId, running: Elapsed) -> bool {
        self.retries.get(&generation).is_none_or(|retry| retry.after <= running)
    }

    /// It was built.
    pub(crate) fn succeeded(&mut self, generation: GenerationId) {
        self.retries.remove(&generation);
    }

    /// It was tried, and was not built.
    pub(crate) fn failed(&mut self, generation: GenerationId, running: Elapsed) {
        let times = self.retries.get(&generation).map_or(0, |retry| retry.times);
        let wait = FIRST_RETRY.saturating_mul(2_u32.saturating_pow(times)).min(LAST_RETRY);
        self.retries.insert(generation, Retry { times: times.saturating_add(1), after: running.saturating_add(wait) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const START: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

    fn sight(running: u64, now: i64) -> Sight {
        Sight { running: Elapsed::from_secs(running), now: START + Duration::seconds(now), registry: "a.chancery".into(), version: Some(1) }
    }

    fn begun() -> CrlWakes {
        let mut wakes = CrlWakes::default();
        assert!(wakes.is_time(&sight(0, 0)), "at the start");
        wakes.looked(None);
        wakes
    }

    #[test]
    fn without_a_reason_once_a_minute() {
        let mut wakes = begun();
        let looks: Vec<_> = (1..=180).filter(|second| wakes.is_time(&sight(*second, i64::try_from(*second).unwrap_or(0)))).collect();
        assert_eq!(looks, [60, 120, 180]);
    }

    #[test]
    fn for_room_at_once_and_then_once_a_minute() {
        let mut wakes = CrlWakes::default();
        let looks: Vec<_> = (5..=130)
            .filter(|second| {
                wakes.closed();
                wakes.is_time_for_room(Elapsed::from_secs(*second))
            })
            .collect();
        assert_eq!(looks, [5, 65, 125]);
    }

    #[test]
    fn at_the_told_time_and_once() {
        let mut wakes = begun();
        wakes.looked(Some(START + Duration::seconds(20)));
        assert!(!wakes.is_time(&sight(19, 19)));
        assert!(wakes.is_time(&sight(20, 20)));
        assert!(!wakes.is_time(&sight(21, 21)), "the look that follows tells anew");
    }

    #[test]
    fn after_sleep_after_a_jump_and_not_after_a_correction() {
        for jump in [31, -31, 86_400 * 400, -86_400] {
            assert!(begun().is_time(&sight(1, 1 + jump)), "{jump}");
        }
        for correction in [29, -29] {
            assert!(!begun().is_time(&sight(1, 1 + correction)), "{correction}");
        }
    }

    #[test]
    fn after_a_change_an_unlock_and_in_another_registry() {
        let mut wakes = begun();
        assert!(wakes.is_time(&Sight { version: Some(2), ..sight(1, 1) }));
        assert!(!wakes.is_time(&Sight { version: Some(2), ..sight(2, 2) }));
        wakes.unlocked();
        assert!(wakes.is_time(&Sight { version: Some(2), ..sight(3, 3) }));
        assert!(!wakes.is_time(&Sight { version: Some(2), ..sight(4, 4) }));
        assert!(wakes.is_time(&Sight { registry: "b.chancery".into(), version: Some(2), ..sight(5, 5) }));
        wakes.closed();
        assert!(wakes.is_time(&sight(6, 6)));
    }

    #[test]
    fn what_fails_is_tried_less_and_less_until_something_changes_for_it() {
        let generation = GenerationId::new(START, [1; 10]);
        let mut wakes = begun();
        let mut waits = Vec::new();
        let mut running = Elapsed::ZERO;
        for _ in 0..6 {
            wakes.failed(generation, running);
            let before = running;
            while !wakes.may_try(generation, running) {
                running += Elapsed::from_secs(1);
            }
            waits.push((running - before).as_secs());
        }
        assert_eq!(waits, [60, 120, 240, 480, 900, 900]);
        wakes.failed(generation, running);
        wakes.unlocked();
        assert!(wakes.is_time(&sight(1, 1)) && wakes.may_try(generation, running), "the keys are there now");
        wakes.failed(generation, running);
        wakes.succeeded(generation);
        assert!(wakes.may_try(generation, running));
    }
}
