//! A table of many, issued in batches: what was interrupted is resumed, and each row is issued exactly once.

use std::path::{Path, PathBuf};

use api::request::{Nothing, TaskNamed};
use api::{ApiError, Surface};
use serde_json::json;

use super::Promise;
use crate::ask;

/// Rows of the table: enough for several batches.
const ROWS: usize = 6;

fn table(folder: &Path) -> PathBuf {
    folder.join("table.csv")
}

/// The folder for its files, in the one for what is handed over: not there yet.
const FOLDER: &str = "new/many";

fn host(row: usize) -> String {
    format!("many-{row}.example.test")
}

pub(super) fn write_table(folder: &Path) {
    let rows: String = (0..ROWS).map(|row| format!("{},many\n", host(row))).collect();
    std::fs::write(table(folder), format!("names,tags\n{rows}")).expect("a table");
}

/// Begins the task, or goes on with the one that was begun; promises every row.
pub(super) fn issue(surface: &Surface, folder: &Path, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    let tasks = surface.task_list(Nothing {})?.items;
    match tasks.into_iter().find(|task| task.kind == "issue-many") {
        None => {
            let request = json!({ "draft": { "authority": "Issuing", "csv": table(folder) }, "out": folder.join("out").join(FOLDER), "plainKey": true });
            surface.issue_many_run(ask(request)).map(drop)?;
        }
        Some(task) if task.state == "done" => {}
        Some(task) => {
            let TaskNamed { task } = TaskNamed { task: task.id };
            surface.issue_many_resume(ask(json!({ "task": task }))).map(drop)?;
        }
    }
    for row in 0..ROWS {
        let mut found = surface.certificate_list(ask(json!({ "name": host(row) })))?.items;
        assert_eq!(found.len(), 1, "row {row} is issued exactly once");
        let certificate = found.remove(0);
        let files = ["key", "crt", "chain.pem"].map(|ending| format!("{FOLDER}/{}.{ending}", host(row))).into();
        promise(&Promise::Certificate { fingerprint: certificate.fingerprint, serial: certificate.serial, files });
    }
    Ok(())
}
