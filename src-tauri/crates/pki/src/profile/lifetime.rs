//! How long certificates of a profile live.

use super::document::ValidityDocument;
use super::problem::{ProblemKind, Problems};
use time::Duration;

/// A century: beyond it, a number of days is a slip.
pub(crate) const MOST_DAYS: u32 = 36_525;
/// Two days, as much as public authorities allow themselves (CA/B BR 7.1.2.7: 48 hours).
const MOST_BACK_DATED_MINUTES: u32 = 2_880;

/// How long certificates of a profile live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifetimeRule {
    default_days: u32,
    longest_days: Option<u32>,
    back_dated_minutes: u32,
}

impl LifetimeRule {
    pub(super) fn of(default_days: u32, longest_days: Option<u32>) -> Self {
        Self { default_days, longest_days, back_dated_minutes: 0 }
    }

    pub(super) fn check(document: &ValidityDocument, problems: &mut Problems) -> Self {
        let ValidityDocument { default_days, longest_days, back_dated_minutes } = *document;
        for (field, days) in [("validity.defaultDays", Some(default_days)), ("validity.longestDays", longest_days)] {
            if let Some(days) = days.filter(|days| !(1..=MOST_DAYS).contains(days)) {
                problems.add(field, ProblemKind::OutOfRange, days);
            }
        }
        if longest_days.is_some_and(|longest| longest < default_days) {
            problems.add("validity.defaultDays", ProblemKind::Contradiction, default_days);
        }
        if back_dated_minutes > MOST_BACK_DATED_MINUTES {
            problems.add("validity.backDatedMinutes", ProblemKind::OutOfRange, back_dated_minutes);
        }
        Self { default_days, longest_days, back_dated_minutes }
    }

    pub(super) fn document(self) -> ValidityDocument {
        let Self { default_days, longest_days, back_dated_minutes } = self;
        ValidityDocument { default_days, longest_days, back_dated_minutes }
    }

    /// The lifetime when none is wished, in days.
    pub fn default_days(self) -> u32 {
        self.default_days
    }

    /// The longest lifetime that may be wished, in days.
    pub fn longest_days(self) -> Option<u32> {
        self.longest_days
    }

    /// How long before the moment of issue a certificate starts to be valid.
    pub fn back_dating(self) -> Duration {
        Duration::minutes(self.back_dated_minutes.into())
    }
}
