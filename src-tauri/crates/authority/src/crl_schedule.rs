//! When a CRL is built again: a decision over times alone, taken afresh whenever somebody looks. At the start of a program, after sleep and after a jump
//! of the clock that is all there is to do: look.

use time::{Duration, OffsetDateTime};

use crate::clock::went_back;

/// The life of the newest CRL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrlLife {
    /// thisUpdate.
    pub this_update: OffsetDateTime,
    /// nextUpdate; a CRL of ours has one, one that was taken in may not.
    pub next_update: Option<OffsetDateTime>,
}

impl CrlLife {
    /// When its successor is due although nothing has happened: at two thirds of its life, so that a third is left for whatever goes wrong.
    #[must_use]
    pub fn renewal(&self) -> Option<OffsetDateTime> {
        self.next_update.map(|end| self.this_update + (end - self.this_update) * 2 / 3)
    }
}

/// Why a CRL is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// There is none yet.
    Missing,
    /// It has expired.
    Expired,
    /// It lacks a revocation, or the end of one.
    Stale,
    /// Two thirds of its life are over.
    TwoThirds,
    /// It is dated later than now, by a clock that was ahead: until then it is not valid.
    Ahead,
}

/// What a look at a CRL says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// It is to be built now.
    Now(Due),
    /// Not before then.
    At(OffsetDateTime),
    /// Not until something happens.
    Idle,
}

impl Schedule {
    /// Decides. `stale_since`: since when the newest CRL lacks something; it may go on lacking it for `hold_off`, so that several revocations go
    /// onto one CRL.
    #[must_use]
    pub fn of(newest: Option<CrlLife>, stale_since: Option<OffsetDateTime>, hold_off: Duration, now: OffsetDateTime) -> Self {
        let Some(newest) = newest else { return Self::Now(Due::Missing) };
        if went_back(now, newest.this_update) {
            return Self::Now(Due::Ahead);
        }
        if newest.next_update.is_some_and(|end| end <= now) {
            return Self::Now(Due::Expired);
        }
        let renewal = newest.renewal();
        if renewal.is_some_and(|renewal| renewal <= now) {
            return Self::Now(Due::TwoThirds);
        }
        let rebuild = stale_since.map(|since| since.saturating_add(hold_off));
        // What is stale since a time that has not come yet became so under another clock: nobody knows for how long.
        if rebuild.is_some_and(|rebuild| rebuild <= now) || stale_since.is_some_and(|since| since > now) {
            return Self::Now(Due::Stale);
        }
        [rebuild, renewal].into_iter().flatten().min().map_or(Self::Idle, Self::At)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "tests fail loudly")]

    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);
    const WEEK: CrlLife = CrlLife { this_update: START, next_update: Some(datetime!(2026-11-29 12:00 UTC)) };

    fn at(hours: i64) -> OffsetDateTime {
        START + Duration::hours(hours)
    }

    fn of(newest: CrlLife, stale: Option<i64>, now: i64) -> Schedule {
        Schedule::of(Some(newest), stale.map(at), Duration::hours(1), at(now))
    }

    #[test]
    fn two_thirds_of_a_week_are_112_hours() {
        assert_eq!(of(WEEK, None, 0), Schedule::At(at(112)));
        assert_eq!(of(WEEK, None, 111), Schedule::At(at(112)));
        assert_eq!(of(WEEK, None, 112), Schedule::Now(Due::TwoThirds));
        assert_eq!(of(WEEK, None, 167), Schedule::Now(Due::TwoThirds));
        assert_eq!(of(WEEK, None, 168), Schedule::Now(Due::Expired));
        assert_eq!(Schedule::of(None, None, Duration::ZERO, START), Schedule::Now(Due::Missing));
    }

    #[test]
    fn a_revocation_waits_for_the_hold_off_and_no_longer() {
        assert_eq!(of(WEEK, Some(10), 10), Schedule::At(at(11)));
        assert_eq!(of(WEEK, Some(10), 11), Schedule::Now(Due::Stale));
        assert_eq!(of(WEEK, Some(112), 111), Schedule::Now(Due::Stale), "from a clock that was ahead");
        let endless = CrlLife { next_update: None, ..WEEK };
        assert_eq!(of(endless, None, 100_000), Schedule::Idle);
        assert_eq!(of(endless, Some(0), 2), Schedule::Now(Due::Stale));
    }

    #[test]
    fn a_crl_from_the_future_is_replaced_but_a_corrected_clock_changes_nothing() {
        assert_eq!(of(WEEK, None, -1), Schedule::Now(Due::Ahead));
        let corrected = Schedule::of(Some(WEEK), None, Duration::ZERO, START - Duration::minutes(4));
        assert_eq!(corrected, Schedule::At(at(112)));
    }

    proptest! {
        /// Whoever looks only when he was told to is never late: what is told lies ahead, within the CRL's life and the hold-off, and once it has come the
        /// CRL is due and stays so until it is built.
        #[test]
        fn a_look_at_the_told_time_is_never_too_late(
            life in 1_i64..40_000, stale in proptest::option::of(0_i64..40_000), hold_off in 0_i64..2_000, now in 0_i64..80_000, later in 0_i64..80_000,
        ) {
            let minute = |minutes: i64| START + Duration::minutes(minutes);
            let newest = CrlLife { this_update: START, next_update: Some(minute(life)) };
            let stale = stale.filter(|stale| *stale <= now);
            let look = |at| Schedule::of(Some(newest), stale.map(minute), Duration::minutes(hold_off), at);
            match look(minute(now)) {
                Schedule::At(told) => {
                    prop_assert!(told > minute(now) && told < minute(life));
                    prop_assert!(stale.is_none_or(|stale| told <= minute(stale + hold_off)));
                    prop_assert!(matches!(look(told), Schedule::Now(_)));
                    prop_assert!(matches!(look(told - Duration::SECOND), Schedule::At(_)));
                }
                Schedule::Now(_) => {
                    prop_assert!(matches!(look(minute(now + later)), Schedule::Now(_)));
                }
                Schedule::Idle => panic!("a CRL with an end is always due at some time"),
            }
        }
    }
}
