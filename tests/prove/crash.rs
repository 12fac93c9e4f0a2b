//! Every operation, interrupted at each call that changes a file.

use std::fmt::Write as _;
use std::path::PathBuf;

use suite::crash::{Fault, KILLS, Operation, sweep, wanted};

use crate::{Said, Scale, processors, verdict};

/// Names the operations that are wanted, with commas between; all when nobody says.
const OPERATIONS: &str = "CHANCERY_CRASH_OPERATIONS";

/// Faults of each kind for each operation when only a glance is wanted.
const GLANCE: usize = 3;

/// Proves it; `CHANCERY_CRASH_KILLS` bounds the faults, else every call meets each.
pub fn prove(scale: Scale) -> Said {
    let driver = driver();
    let (mut kills, mut others) = (0, 0);
    let mut said = Said::default();
    said.text.push_str(
        "Interrupted at a call that changes a file: killed (`SIGKILL`) before it, or the call answers that the disk is full, or that it is broken; or one \
         call fails, and the same process tries again with the registry open throughout. Then the registry is opened and examined, the operation \
         repeated, and the registry examined again: nothing promised is lost, nothing half is seen, no serial and no CRL number comes twice.\n\n| operation | fault | calls that change files | faults | time | |\n|---|---|--:|--:|--:|---|\n",
    );
    let named = std::env::var(OPERATIONS).ok();
    let is_wanted = |operation: &Operation| named.as_ref().is_none_or(|named| named.split(',').any(|name| name == operation.to_string()));
    for operation in Operation::all().into_iter().filter(is_wanted) {
        for fault in Fault::ALL {
            eprintln!("interrupting: {operation}, {fault:?}");
            let count = if scale.quick {
                Some(GLANCE)
            } else if std::env::var_os(KILLS).is_some() {
                wanted(operation, fault)
            } else {
                None
            };
            let swept = sweep(&driver, operation, fault, count, processors());
            *(if fault == Fault::Kill { &mut kills } else { &mut others }) += swept.faults;
            let name = match fault {
                Fault::Kill => "killed",
                Fault::Full => "disk full",
                Fault::Broken => "disk broken",
                Fault::Passing => "once, and tried again",
            };
            let (verdict, seconds) = (verdict(swept.broken.is_empty() && swept.faults > 0), swept.took.as_secs_f64());
            let _ = writeln!(said.text, "| {operation} | {name} | {} | {} | {seconds:.0} s | {verdict} |", swept.calls, swept.faults);
            if swept.faults == 0 {
                said.broken.push(format!("{operation}, {name}: no fault came"));
            }
            said.broken.extend(swept.broken.into_iter().map(|what| format!("{operation}, {name}: {what}")));
        }
    }
    let _ = writeln!(said.text, "\nIn all {kills} kills and {others} other faults.");
    said
}

/// The program that runs the operations.
pub fn driver() -> PathBuf {
    let driver = std::env::current_exe().expect("this program's path").with_file_name("crash-driver");
    assert!(driver.exists(), "crash-driver is not built: start this with `cargo xtask prove`");
    driver
}
