//! A ZIP that is written as it goes (APPNOTE 6.3.10): entries as they are, since certificates do not shrink, and ZIP64 where there are many.

use std::io::{self, Write};

use time::OffsetDateTime;

/// Counts and offsets from which on ZIP64 says them.
const MOST_ENTRIES: usize = 0xffff;
const MOST_OCTETS: u64 = 0xffff_ffff;
/// 1980-01-01, the first day that an entry can have.
const FIRST_DAY: u16 = 0x0021;
/// A file that everybody may read, as Unix says it.
const MODE: u32 = 0o100_644 << 16;

/// A ZIP in the making.
pub(crate) struct ArchiveWriter<'a> {
    out: &'a mut dyn Write,
    offset: u64,
    directory: Vec<u8>,
    entries: usize,
    large: bool,
}

impl<'a> ArchiveWriter<'a> {
    /// Begins one.
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, offset: 0, directory: Vec::new(), entries: 0, large: false }
    }

    /// Adds a file. Its name is of ASCII.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn file(&mut self, name: &str, made: OffsetDateTime, bytes: &[u8]) -> io::Result<()> {
        let too_long = || io::Error::other("an entry is too long");
        let (length, name_length) =
            (u32::try_from(bytes.len()).map_err(|_| too_long())?, u16::try_from(name.len()).map_err(|_| too_long())?);
        let (day, moment) = day_and_moment(made);
        // Flags and method: none, as they are. Both lengths are one.
        let mut common = vec![0; 4];
        common.extend(moment.to_le_bytes());
        common.extend(day.to_le_bytes());
        common.extend(crc32(bytes).to_le_bytes());
        common.extend(length.to_le_bytes());
        common.extend(length.to_le_bytes());
        common.extend(name_length.to_le_bytes());

        let far = self.offset >= MOST_OCTETS;
        let directory = &mut self.directory;
        directory.extend(b"PK\x01\x02");
        // Made by Unix; what is needed to read it.
        directory.extend(0x032d_u16.to_le_bytes());
        directory.extend(if far { 45_u16 } else { 10 }.to_le_bytes());
        directory.extend(&common);
        directory.extend(if far { 12_u16 } else { 0 }.to_le_bytes());
        // No comment, first disk, no inner attributes.
        directory.extend([0; 6]);
        directory.extend(MODE.to_le_bytes());
        directory.extend(u32::try_from(self.offset).unwrap_or(u32::MAX).to_le_bytes());
        directory.extend(name.as_bytes());
        if far {
            directory.extend([1, 0, 8, 0]);
            directory.extend(self.offset.to_le_bytes());
            self.large = true;
        }

        let mut head = b"PK\x03\x04".to_vec();
        head.extend(10_u16.to_le_bytes());
        head.extend(&common);
        head.extend([0; 2]);
        head.extend(name.as_bytes());
        self.out.write_all(&head)?;
        self.out.write_all(bytes)?;
        self.offset += u64::try_from(head.len() + bytes.len()).map_err(|_| too_long())?;
        self.entries += 1;
        Ok(())
    }

    /// Writes the directory: without it nothing is found.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn finish(self) -> io::Result<()> {
        let too_long = |_| io::Error::other("the archive is too long");
        let (entries, length) = (u64::try_from(self.entries).map_err(too_long)?, u64::try_from(self.directory.len()).map_err(too_long)?);
        self.out.write_all(&self.directory)?;
        let mut end = Vec::new();
        if self.large || self.entries >= MOST_ENTRIES || self.offset >= MOST_OCTETS || length >= MOST_OCTETS {
            let at = self.offset + length;
            end.extend(b"PK\x06\x06");
            end.extend(44_u64.to_le_bytes());
            end.extend(0x032d_u16.to_le_bytes());
            end.extend(45_u16.to_le_bytes());
            end.extend([0; 8]);
            end.extend(entries.to_le_bytes());
            end.extend(entries.to_le_bytes());
            end.extend(length.to_le_bytes());
            end.extend(self.offset.to_le_bytes());
            end.extend(b"PK\x06\x07");
            end.extend([0; 4]);
            end.extend(at.to_le_bytes());
            end.extend(1_u32.to_le_bytes());
        }
        end.extend(b"PK\x05\x06");
        end.extend([0; 4]);
        let few = u16::try_from(entries).unwrap_or(u16::MAX).to_le_bytes();
        end.extend(few);
        end.extend(few);
        end.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        end.extend(u32::try_from(self.offset).unwrap_or(u32::MAX).to_le_bytes());
        end.extend([0; 2]);
        self.out.write_all(&end)
    }
}

/// As MS-DOS says them, in steps of two seconds, from 1980 to 2107.
fn day_and_moment(made: OffsetDateTime) -> (u16, u16) {
    let made = made.to_offset(time::UtcOffset::UTC);
    let years = match u16::try_from(made.year() - 1980) {
        Ok(years) if years < 128 => years,
        _ => return (FIRST_DAY, 0),
    };
    let day = years << 9 | u16::from(u8::from(made.month())) << 5 | u16::from(made.day());
    (day, u16::from(made.hour()) << 11 | u16::from(made.minute()) << 5 | u16::from(made.second() / 2))
}

/// CRC-32 (ISO 3309), the one of ZIP.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, octet| {
        (0..8).fold(crc ^ u32::from(*octet), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use time::macros::datetime;

    #[test]
    fn checksum_and_times_are_those_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(day_and_moment(datetime!(2026-11-22 06:51:36 UTC)), (46 << 9 | 11 << 5 | 22, 6 << 11 | 51 << 5 | 18));
        assert_eq!(day_and_moment(datetime!(1950-01-01 0:00 UTC)), (FIRST_DAY, 0));
    }

    #[test]
    fn many_entries_are_counted_in_zip64() {
        let mut out = Vec::new();
        let mut archive = ArchiveWriter::new(&mut out);
        for number in 0..70_000 {
            archive.file(&format!("{number}.crt"), OffsetDateTime::UNIX_EPOCH, b"x").unwrap();
        }
        archive.finish().unwrap();
        let count = 70_000_u64.to_le_bytes();
        assert!(out.windows(4).any(|four| four == b"PK\x06\x06"));
        assert!(out.windows(16).any(|two| two == [count, count].concat()));
    }
}
