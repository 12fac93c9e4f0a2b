//! Keys created, moved, deleted, lost and brought back: killed at every step.

use std::fmt::Write as _;

use suite::crash::{Fault, Operation, sweep};

use crate::crash::driver;
use crate::{Said, Scale, processors, verdict};

/// Fewer kills than this prove nothing.
const LEAST: usize = 1000;
/// Kills for each operation when only a glance is wanted.
const GLANCE: usize = 3;

/// Proves it.
pub fn prove(scale: Scale) -> Said {
    let driver = driver();
    let mut said = Said::default();
    said.text.push_str(
        "Operations that create, move or delete keys of authorities, killed (`SIGKILL`) before each call that changes a file and before each call of the \
         keyring, also those that only read. After it: no authority claims a usable key that it has not, no entry stands anywhere that no row knows, \
         no key is lost that can be neither adopted nor restored, and the operation can be repeated.\n\n\
         | operation | calls | kills | time | |\n|---|--:|--:|--:|---|\n",
    );
    let mut kills = 0;
    for operation in Operation::all().into_iter().filter(|operation| operation.is_of_keys()) {
        eprintln!("killing: {operation}");
        let swept = sweep(&driver, operation, Fault::Kill, scale.quick.then_some(GLANCE), processors());
        kills += swept.faults;
        let (verdict, seconds) = (verdict(swept.broken.is_empty()), swept.took.as_secs_f64());
        let _ = writeln!(said.text, "| {operation} | {} | {} | {seconds:.0} s | {verdict} |", swept.calls, swept.faults);
        said.broken.extend(swept.broken);
    }
    let _ = writeln!(said.text, "\nIn all {kills} kills.");
    if !scale.quick && kills < LEAST {
        said.broken.push(format!("only {kills} kills, where {LEAST} are wanted"));
    }
    said
}
