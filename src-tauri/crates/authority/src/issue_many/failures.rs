//! The rows that cannot be issued, as a table to give back to whoever made it.

use std::path::Path;

use super::TableRow;
use crate::csv_cell::harmless;
use crate::file::{FileError, FileMode, write_new_atomically};

/// The columns: a row's own, and what is wrong with it.
const HEADER: [&str; 9] = ["row", "file", "subject", "names", "profile", "key", "days", "tags", "problem"];

/// Writes rows as CSV, each with what is wrong with it in words.
///
/// # Errors
/// When the file is in the way or cannot be written; an old file is intact then.
pub fn write_failures(rows: &[(&TableRow, String)], out: &Path, overwrite: bool) -> Result<(), FileError> {
    let bytes = table(rows).map_err(|error| FileError::from_io(out, std::io::Error::other(error)))?;
    write_new_atomically(out, FileMode::Private, overwrite, &bytes)
}

fn table(rows: &[(&TableRow, String)]) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(HEADER)?;
    for (row, problem) in rows {
        let number = row.number.to_string();
        let cells = [&number, &row.file, &row.subject, &row.names, &row.profile, &row.key, &row.days, &row.tags, problem];
        csv.write_record(cells.map(|cell| harmless(cell).into_owned()))?;
    }
    Ok(csv.into_inner()?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use super::{TableRow, table};

    #[test]
    fn no_cell_starts_a_formula_and_each_row_says_what_is_wrong() {
        let row = TableRow { number: 4, subject: "=1+1".to_owned(), names: "a,b".to_owned(), days: "-1".to_owned(), ..TableRow::default() };
        let text = String::from_utf8(table(&[(&row, "It says \"no\".".to_owned())]).unwrap()).unwrap();
        assert_eq!(text, "row,file,subject,names,profile,key,days,tags,problem\n4,,'=1+1,\"a,b\",,,'-1,,\"It says \"\"no\"\".\"\n");
    }
}
