//! Cells of a CSV that a person opens in a spreadsheet.

use std::borrow::Cow;

/// Signs that a spreadsheet takes for the start of a formula, the wide ones of East Asian keyboards too (OWASP, CSV injection).
const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front.
pub(crate) fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(STARTS) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_starts_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        for cell in ["", "a=1", " =1", "www.example.test", "'=1"] {
            assert_eq!(harmless(cell), cell);
        }
    }
}
