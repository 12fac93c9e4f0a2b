//! Times as users write them: RFC 3339, or a date (UTC).

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time, UtcOffset};

use crate::{ApiError, ErrorCode};

/// Which end of a day a date stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayEdge {
    /// 00:00:00.
    First,
    /// 23:59:59.
    Last,
}

/// Reads a time; whole seconds, UTC.
pub(crate) fn read(text: &str, edge: DayEdge) -> Result<OffsetDateTime, ApiError> {
    let bad = || ApiError::new(ErrorCode::BadTime).with("text", text);
    if let Ok(time) = OffsetDateTime::parse(text.trim(), &Rfc3339) {
        return time.to_offset(UtcOffset::UTC).replace_nanosecond(0).map_err(|_| bad());
    }
    let date = Date::parse(text.trim(), format_description!("[year]-[month]-[day]")).map_err(|_| bad())?;
    let time = match edge {
        DayEdge::First => Time::MIDNIGHT,
        DayEdge::Last => Time::from_hms(23, 59, 59).map_err(|_| bad())?,
    };
    Ok(date.with_time(time).assume_utc())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use time::macros::datetime;

    use super::*;

    #[test]
    fn rfc_3339_with_any_offset_becomes_utc() {
        assert_eq!(read("2026-11-21T15:05:00.5+01:00", DayEdge::First).unwrap(), datetime!(2026-11-21 14:05:00 UTC));
    }

    #[test]
    fn a_date_is_one_end_of_the_day() {
        assert_eq!(read("2027-01-31", DayEdge::Last).unwrap(), datetime!(2027-01-31 23:59:59 UTC));
        assert_eq!(read("2027-01-31", DayEdge::First).unwrap(), datetime!(2027-01-31 00:00:00 UTC));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "tomorrow", "2027-02-30", "21.11.2026"] {
            assert_eq!(read(text, DayEdge::First).unwrap_err().code, ErrorCode::BadTime);
        }
    }
}
