//! Periods of validity (RFC 5280 4.1.2.5).

use crate::asn1::{self, Malformed, Reader, tag};
use time::macros::datetime;
use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

/// The notAfter of a certificate that has no well-defined end: 99991231235959Z (RFC 5280 4.1.2.5).
pub const NO_EXPIRY: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

/// From notBefore through notAfter, both inclusive, in UTC and whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Validity {
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

/// How long a certificate is wished to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// As the profile says, cut to the issuer's end.
    ProfileDefault,
    /// So many days of 86,400 seconds.
    Days(u32),
    /// Until this second, inclusive.
    Until(OffsetDateTime),
}

/// Why two times are no period that we write, or bytes no period that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValidityError {
    /// The period ends before it starts.
    #[error("ends {not_after}, before its start {not_before}")]
    EndsBeforeStart {
        /// The start.
        not_before: OffsetDateTime,
        /// The end.
        not_after: OffsetDateTime,
    },
    /// The year cannot be written: UTCTime starts with 1950, GeneralizedTime ends with 9999.
    #[error("the year {year} cannot be written in a certificate")]
    YearOutOfRange {
        /// The year.
        year: i32,
    },
    /// The bytes are no `Validity`.
    #[error("malformed validity")]
    Malformed,
}

impl From<Malformed> for ValidityError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Validity {
    /// Makes a period to be written. Fractions of a second are cut off, offsets converted to UTC.
    ///
    /// # Errors
    /// [`ValidityError::EndsBeforeStart`], [`ValidityError::YearOutOfRange`] outside 1950 to 9999.
    pub fn new(not_before: OffsetDateTime, not_after: OffsetDateTime) -> Result<Self, ValidityError> {
        let validity = Self::as_found(whole_seconds(not_before), whole_seconds(not_after));
        if validity.not_after < validity.not_before {
            return Err(ValidityError::EndsBeforeStart { not_before, not_after });
        }
        for moment in [validity.not_before, validity.not_after] {
            if !(1950..=9999).contains(&moment.year()) {
                return Err(ValidityError::YearOutOfRange { year: moment.year() });
            }
        }
        Ok(validity)
    }

    /// A period as it stands in a certificate of others, even if it ends before it starts.
    pub fn as_found(not_before: OffsetDateTime, not_after: OffsetDateTime) -> Self {
        Self { not_before: not_before.to_offset(UtcOffset::UTC), not_after: not_after.to_offset(UtcOffset::UTC) }
    }

    /// Reads a `Validity` SEQUENCE, leniently: UTCTime without seconds, offsets and fractions are understood.
    ///
    /// # Errors
    /// [`ValidityError::Malformed`] when there are not two times in it.
    pub fn from_der(der: &[u8]) -> Result<Self, ValidityError> {
        let mut reader = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        let not_before = reader.any()?;
        let not_after = reader.any()?;
        Ok(Self::as_found(time_from_der(not_before.raw)?, time_from_der(not_after.raw)?))
    }

    /// Writes the `Validity` SEQUENCE.
    pub fn to_der(&self) -> Vec<u8> {
        asn1::sequence(&[&time_to_der(self.not_before), &time_to_der(self.not_after)])
    }

    /// The first second.
    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// The last second.
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// Whether the moment lies inside, ends included.
    pub fn contains(&self, moment: OffsetDateTime) -> bool {
        // notAfter names a whole second, which counts to its end.
        self.not_before <= moment && whole_seconds(moment) <= self.not_after
    }

    /// Length in whole seconds, the last one counted.
    pub fn seconds(&self) -> i64 {
        (self.not_after - self.not_before).whole_seconds().saturating_add(1)
    }

    /// Whether the certificate has no well-defined end ([`NO_EXPIRY`]).
    pub fn never_ends(&self) -> bool {
        self.not_after == NO_EXPIRY
    }
}

/// The moment in UTC without fractions of a second.
pub(crate) fn whole_seconds(moment: OffsetDateTime) -> OffsetDateTime {
    let utc = moment.to_offset(UtcOffset::UTC);
    utc - Duration::nanoseconds(i64::from(utc.nanosecond()))
}

/// Writes a `Time`: UTCTime through 2049, GeneralizedTime from 2050 and before 1950, with seconds and `Z` (RFC 5280 4.1.2.5).
pub fn time_to_der(moment: OffsetDateTime) -> Vec<u8> {
    let utc = moment.to_offset(UtcOffset::UTC);
    if (1950..2050).contains(&utc.year()) {
        let text = format!("{:02}{}", utc.year().rem_euclid(100), month_to_second(utc));
        asn1::tlv(tag::UTC_TIME, text.as_bytes())
    } else {
        generalized_time_to_der(utc)
    }
}

/// Writes a GeneralizedTime with seconds and `Z`, without fractions (RFC 5280 4.1.2.5.2, 5.3.2).
pub fn generalized_time_to_der(moment: OffsetDateTime) -> Vec<u8> {
    let utc = moment.to_offset(UtcOffset::UTC);
    asn1::tlv(tag::GENERALIZED_TIME, format!("{:04}{}", utc.year(), month_to_second(utc)).as_bytes())
}

fn month_to_second(utc: OffsetDateTime) -> String {
    format!("{:02}{:02}{:02}{:02}{:02}Z", u8::from(utc.month()), utc.day(), utc.hour(), utc.minute(), utc.second())
}

/// Reads a UTCTime or GeneralizedTime, leniently: seconds may be missing, offsets and fractions are understood.
///
/// # Errors
/// [`ValidityError::Malformed`] for anything else, trailing bytes included.
pub fn time_from_der(der: &[u8]) -> Result<OffsetDateTime, ValidityError> {
    let mut reader = Reader::new(der);
    let element = reader.any()?;
    reader.finish()?;
    let text = std::str::from_utf8(element.content).map_err(|_| ValidityError::Malformed)?;
    let (year_digits, rest) = match element.tag {
        tag::UTC_TIME => text.split_at_checked(2).ok_or(ValidityError::Malformed)?,
        tag::GENERALIZED_TIME => text.split_at_checked(4).ok_or(ValidityError::Malformed)?,
        _ => return Err(ValidityError::Malformed),
    };
    let mut year = i32::from(number(year_digits)?);
    if element.tag == tag::UTC_TIME {
        year += if year < 50 { 2000 } else { 1900 };
    }
    let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let (fields, zone) = rest.split_at_checked(digits).ok_or(ValidityError::Malformed)?;
    if fields.len() % 2 != 0 || !(6..=10).contains(&fields.len()) {
        return Err(ValidityError::Malformed);
    }
    let field = |index: usize| fields.get(index * 2..index * 2 + 2).map_or(Ok(0), small);
    let month = Month::try_from(field(0)?).map_err(|_| ValidityError::Malformed)?;
    let date = Date::from_calendar_date(year, month, field(1)?).map_err(|_| ValidityError::Malformed)?;
    // A leap second is written as 60 by some; the second before it is as near as we can come.
    let time = Time::from_hms(field(2)?, field(3)?, field(4)?.min(59)).map_err(|_| ValidityError::Malformed)?;
    let zone = zone.trim_start_matches(['.', ',']).trim_start_matches(|character: char| character.is_ascii_digit());
    let offset = match zone {
        "" | "Z" => UtcOffset::UTC,
        other => zone_offset(other)?,
    };
    date.with_time(time).assume_offset(offset).checked_to_offset(UtcOffset::UTC).ok_or(ValidityError::Malformed)
}

fn zone_offset(zone: &str) -> Result<UtcOffset, ValidityError> {
    let (sign, digits) = zone.split_at_checked(1).ok_or(ValidityError::Malformed)?;
    let (hours, minutes) = digits.split_at_checked(2).ok_or(ValidityError::Malformed)?;
    let minutes = if minutes.is_empty() { "00" } else { minutes };
    let seconds = i32::from(number(hours)?) * 3600 + i32::from(number(minutes)?) * 60;
    let signed = match sign {
        "+" => seconds,
        "-" => -seconds,
        _ => return Err(ValidityError::Malformed),
    };
    UtcOffset::from_whole_seconds(signed).map_err(|_| ValidityError::Malformed)
}

fn number(digits: &str) -> Result<u16, ValidityError> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse().map_err(|_| ValidityError::Malformed)
    } else {
        Err(ValidityError::Malformed)
    }
}

fn small(digits: &str) -> Result<u8, ValidityError> {
    u8::try_from(number(digits)?).map_err(|_| ValidityError::Malformed)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn the_edge_between_2049_and_2050() {
        assert_eq!(time_to_der(datetime!(2049-12-31 23:59:59 UTC)), [b"\x17\x0d".as_slice(), b"491231235959Z"].concat());
        assert_eq!(time_to_der(datetime!(2050-01-01 00:00:00 UTC)), [b"\x18\x0f".as_slice(), b"20500101000000Z"].concat());
        assert_eq!(time_to_der(NO_EXPIRY), [b"\x18\x0f".as_slice(), b"99991231235959Z"].concat());
        // Judged in UTC, whatever the offset.
        assert_eq!(time_to_der(datetime!(2050-01-01 00:30:00 +1)), [b"\x17\x0d".as_slice(), b"491231233000Z"].concat());
    }

    #[test]
    fn lenient_times() {
        for (tag, text, expected) in [
            (0x17, "500101000000Z", datetime!(1950-01-01 00:00:00 UTC)),
            (0x17, "9912312359Z", datetime!(1999-12-31 23:59:00 UTC)),
            (0x17, "200101000000+0100", datetime!(2019-12-31 23:00:00 UTC)),
            (0x18, "20200101000000.123Z", datetime!(2020-01-01 00:00:00 UTC)),
            (0x18, "18000101000000Z", datetime!(1800-01-01 00:00:00 UTC)),
        ] {
            assert_eq!(time_from_der(&asn1::tlv(tag, text.as_bytes())).unwrap(), expected, "{text}");
        }
        for (tag, text) in
            [(0x17, ""), (0x17, "201301000000Z"), (0x18, "2020"), (0x17, "200230000000Z"), (0x17, "200101000000X"), (0x04, "200101000000Z")]
        {
            assert_eq!(time_from_der(&asn1::tlv(tag, text.as_bytes())), Err(ValidityError::Malformed), "{text}");
        }
    }

    #[test]
    fn both_ends_are_inside() {
        let validity = Validity::new(datetime!(2026-01-01 00:00:00.9 UTC), datetime!(2026-01-02 00:00:00 UTC)).unwrap();
        assert!(validity.contains(datetime!(2026-01-01 00:00:00 UTC)));
        assert!(validity.contains(datetime!(2026-01-02 00:00:00.999 UTC)));
        assert!(!validity.contains(datetime!(2026-01-02 00:00:01 UTC)));
        assert_eq!(validity.seconds(), 86_401);
        assert_eq!(Validity::from_der(&validity.to_der()).unwrap(), validity);
    }

    #[test]
    fn refuses_what_cannot_be_written() {
        let (early, late) = (datetime!(2026-01-01 00:00:00 UTC), datetime!(2026-01-02 00:00:00 UTC));
        assert_eq!(Validity::new(late, early), Err(ValidityError::EndsBeforeStart { not_before: late, not_after: early }));
        assert_eq!(Validity::new(datetime!(1949-12-31 23:59:59 UTC), early), Err(ValidityError::YearOutOfRange { year: 1949 }));
    }
}
