//! Text in aligned columns. Every value is made visible on its way in.

use std::fmt::Write as _;

use api::visible::visible;

/// Lines for a person to read.
#[derive(Debug, Default)]
pub(crate) struct Text {
    lines: String,
}

impl Text {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// One line; values in it are made visible as a whole.
    pub(crate) fn line(&mut self, line: &str) -> &mut Self {
        self.lines.push_str(visible(line).trim_end());
        self.lines.push('\n');
        self
    }

    /// An empty line, unless nothing stands above it.
    pub(crate) fn gap(&mut self) -> &mut Self {
        if !self.lines.is_empty() {
            self.lines.push('\n');
        }
        self
    }

    /// Text of several lines that is known to be safe, such as PEM.
    pub(crate) fn block(&mut self, block: &str) -> &mut Self {
        for line in block.lines() {
            self.line(line);
        }
        self
    }

    /// Labels and values in two columns. Values that are empty are left out.
    pub(crate) fn pairs(&mut self, pairs: &[(&str, String)]) -> &mut Self {
        let shown: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
        let width = shown.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        for (label, value) in shown {
            let _written = write!(self.lines, "{label:<width$}  ");
            self.line(value);
        }
        self
    }

    /// Columns under a header; the last column is not padded.
    pub(crate) fn table<const N: usize>(&mut self, header: [&str; N], rows: Vec<[String; N]>) -> &mut Self {
        if rows.is_empty() {
            return self;
        }
        let rows: Vec<[String; N]> = std::iter::once(header.map(str::to_uppercase))
            .chain(rows.into_iter().map(|row| row.map(|cell| visible(&cell).into_owned())))
            .collect();
        let mut widths = [0; N];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &rows {
            let mut line = String::new();
            for (cell, &width) in row.iter().zip(&widths) {
                let _written = write!(line, "{cell:<width$}  ");
            }
            self.line(&line);
        }
        self
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.lines
    }
}

/// A time as the core gives it, for people: `2026-12-03 14:05 UTC`.
pub(crate) fn moment(rfc3339: &str) -> String {
    match (rfc3339.get(..10), rfc3339.get(11..16), rfc3339.ends_with('Z')) {
        (Some(date), Some(clock), true) => format!("{date} {clock} UTC"),
        _ => rfc3339.to_owned(),
    }
}

/// An optional time, empty when there is none.
pub(crate) fn moment_if(rfc3339: Option<&String>) -> String {
    rfc3339.map(|text| moment(text)).unwrap_or_default()
}

/// `1 certificate`, `2 certificates`.
pub(crate) fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `12,345` bytes and the like, as `12.3 kB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_hostile_values_are_visible() {
        let mut text = Text::new();
        text.table(["name", "status"], vec![["a\u{202e}b".to_owned(), "valid".to_owned()], ["www".to_owned(), "revoked".to_owned()]]);
        assert_eq!(text.as_str(), "NAME        STATUS\na\\u{202e}b  valid\nwww         revoked\n");
    }

    #[test]
    fn empty_values_are_left_out_of_pairs() {
        let mut text = Text::new();
        text.pairs(&[("Name", "a".to_owned()), ("Longer", String::new()), ("Ends", "b".to_owned())]);
        assert_eq!(text.as_str(), "Name  a\nEnds  b\n");
    }

    #[test]
    fn times_and_sizes_are_short() {
        assert_eq!(moment("2026-12-03T14:05:09Z"), "2026-12-03 14:05 UTC");
        assert_eq!(moment("never"), "never");
        assert_eq!([size(999), size(1_234), size(21_900_000)], ["999 bytes", "1.2 kB", "21.9 MB"]);
    }
}
