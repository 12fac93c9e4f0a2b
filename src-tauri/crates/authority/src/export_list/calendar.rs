//! The ends of certificates as a calendar (RFC 5545): an event each, with alarms 30, 14, 7 days and one day before.

use std::io::{self, Write};

use time::OffsetDateTime;
use time::macros::format_description;

use super::{ExportListError, Halt, Walk};
use crate::registry::{CertificateRow, CertificateStatus, Read, RegistryError};

/// Days before the end on which a calendar speaks up.
const ALARMS: [u32; 4] = [30, 14, 7, 1];
/// Octets of a line, without its end (RFC 5545 3.1).
const LINE: usize = 75;

/// What a calendar says of a certificate's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventWords {
    /// In a line.
    pub summary: String,
    /// In a few.
    pub description: String,
}

/// Writes those that are good now: what was revoked, replaced or has ended wants nobody's attention.
pub(super) fn write<E: From<ExportListError> + From<RegistryError>>(
    walk: &Walk<'_>,
    tx: &Read<'_>,
    file: &mut dyn Write,
    words: &dyn Fn(&CertificateRow) -> EventWords,
) -> Result<u64, Halt<E>> {
    for text in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Chancery//Certificates//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"] {
        line(file, text)?;
    }
    let mut count = 0;
    walk.each_written(tx, |row| {
        if row.status(walk.now) == CertificateStatus::Valid {
            event(file, row, walk.now, &words(row))?;
            count += 1;
        }
        Ok(())
    })?;
    line(file, "END:VCALENDAR")?;
    Ok(count)
}

fn event(file: &mut dyn Write, row: &CertificateRow, now: OffsetDateTime, words: &EventWords) -> io::Result<()> {
    let (summary, description) = (escaped(&words.summary), escaped(&words.description));
    line(file, "BEGIN:VEVENT")?;
    // The same certificate is the same event, however often it is exported.
    line(file, &format!("UID:{}@chancery", row.facts.fingerprint))?;
    line(file, &format!("DTSTAMP:{}", moment(now)))?;
    line(file, &format!("DTSTART:{}", moment(row.facts.not_after)))?;
    line(file, &format!("SUMMARY:{summary}"))?;
    line(file, &format!("DESCRIPTION:{description}"))?;
    line(file, "TRANSP:TRANSPARENT")?;
    for days in ALARMS {
        line(file, "BEGIN:VALARM")?;
        line(file, "ACTION:DISPLAY")?;
        line(file, &format!("DESCRIPTION:{summary}"))?;
        line(file, &format!("TRIGGER:-P{days}D"))?;
        line(file, "END:VALARM")?;
    }
    line(file, "END:VEVENT")
}

fn moment(moment: OffsetDateTime) -> String {
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    // Every year of a certificate has four digits, which is all that the format asks for.
    moment.to_offset(time::UtcOffset::UTC).format(&form).unwrap_or_default()
}

/// TEXT (RFC 5545 3.3.11); other control characters have no place in a calendar.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

/// A line, folded between characters.
fn line(file: &mut dyn Write, text: &str) -> io::Result<()> {
    let mut used = 0;
    for character in text.chars() {
        let octets = character.len_utf8();
        if used + octets > LINE {
            file.write_all(b"\r\n ")?;
            used = 1;
        }
        write!(file, "{character}")?;
        used += octets;
    }
    file.write_all(b"\r\n")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn lines_are_folded_between_characters_and_nothing_breaks_out() {
        let mut out = Vec::new();
        line(&mut out, &format!("SUMMARY:{}", escaped(&"ä;\r\nEND:VEVENT".repeat(20)))).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.split("\r\n").all(|part| part.len() <= LINE), "{text}");
        assert!(text.split("\r\n").skip(1).all(|part| part.is_empty() || part.starts_with(' ')));
        assert_eq!(text.replace("\r\n ", ""), format!("SUMMARY:{}\r\n", "ä\\;\\nEND:VEVENT".repeat(20)));
    }
}
