//! Every operation, killed before each call that changes a file.

use std::fmt::Write as _;

use suite::crash::{KILLS, Operation, sweep, wanted};

use crate::{Said, Scale};

/// Kills of each operation when only a glance is wanted.
const GLANCE: usize = 5;

/// Proves it; `CHANCERY_CRASH_KILLS` bounds the kills, else every call is one.
pub fn prove(scale: Scale) -> Said {
    let driver = std::env::current_exe().expect("this program's path").with_file_name("crash-driver");
    assert!(driver.exists(), "crash-driver is not built: start this with `cargo xtask prove`");
    let kills = if scale.quick {
        Some(GLANCE)
    } else if std::env::var_os(KILLS).is_some() {
        wanted()
    } else {
        None
    };
    let mut said = Said::default();
    said.text.push_str(
        "Killed (`SIGKILL`) before a call that changes a file; then opened, examined, repeated, and examined again: nothing promised is lost, nothing \
         half is seen, no serial or CRL number comes twice.\n\n| operation | calls that change files | kills | time | |\n|---|--:|--:|--:|---|\n",
    );
    for operation in Operation::all() {
        eprintln!("killing: {operation}");
        let swept = sweep(&driver, operation, kills);
        let verdict = if swept.broken.is_empty() { "holds" } else { "**broken**" };
        let seconds = swept.took.as_secs_f64();
        let _ = writeln!(said.text, "| {operation} | {} | {} | {seconds:.0} s | {verdict} |", swept.calls, swept.kills);
        said.broken.extend(swept.broken.into_iter().map(|what| format!("{operation}: {what}")));
    }
    said
}
