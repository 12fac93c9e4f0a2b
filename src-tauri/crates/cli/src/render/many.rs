//! Many certificates at once.

use api::view::{ManyReport, ManyTable};

use crate::layout::{Text, counted};

/// The table with what is wrong in it.
pub(crate) fn table(table: &ManyTable) -> Text {
    let mut text = Text::new();
    let rows = table.items.iter().map(|row| {
        let what = if row.names.is_empty() { row.subject.clone() } else { row.names.clone() };
        let state = if !row.problems.is_empty() {
            "bad".to_owned()
        } else if row.warnings.is_empty() {
            "good".to_owned()
        } else {
            format!("good; warns: {}", row.warnings.join(", "))
        };
        [row.row.to_string(), what, row.profile.clone(), row.key.clone(), row.days.clone(), row.stem.clone(), state]
    });
    text.table(["row", "names", "profile", "key", "days", "files", "state"], rows.collect());
    if table.bad > 0 {
        text.gap().block(problems(table).as_str());
    }
    for path in &table.skipped {
        text.line(&format!("skipped  {path}"));
    }
    text.gap().line(&format!("{} can be issued, {} cannot", counted(table.good, "row", "rows"), table.bad));
    text
}

/// Every problem, one a line.
pub(crate) fn problems(table: &ManyTable) -> Text {
    let mut text = Text::new();
    for row in &table.items {
        for problem in &row.problems {
            let place = if row.file.is_empty() { String::new() } else { format!(" ({})", row.file) };
            text.line(&format!("row {}{place}, {}: {}", row.row, problem.column, problem.message));
        }
    }
    text
}

/// What came of it.
pub(crate) fn report(report: &ManyReport) -> Text {
    let mut text = Text::new();
    let left_out: Vec<String> = report.left_out.iter().map(u32::to_string).collect();
    text.pairs(&[
        ("Issued", report.items.len().to_string()),
        ("Issued before", if report.before == 0 { String::new() } else { report.before.to_string() }),
        ("Of", counted(report.total, "row", "rows")),
        ("Left out", if left_out.is_empty() { String::new() } else { format!("rows {}", left_out.join(", ")) }),
        ("Folder", report.out.clone()),
        ("Task", format!("{} ({})", report.task, report.state)),
    ]);
    text.gap();
    let rows = report.items.iter().map(|item| [item.row.to_string(), item.stem.clone(), item.serial.clone()]).collect();
    text.table(["row", "files", "serial"], rows);
    text
}
