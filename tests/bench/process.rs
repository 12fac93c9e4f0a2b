//! The command line as a person waits for it: program start, registry opened, answer printed.

use std::path::Path;
use std::process::{Command, Stdio};

use suite::seeded::{Seeded, command_line};

use crate::timing::{Shown, alternate, ratio};

const COMMANDS: &[&[&str]] = &[
    &["cert", "list"],
    &["cert", "list", "--search", "host-0000500"],
    &["cert", "list", "--sort", "name", "--limit", "20"],
    &["registry", "status"],
];

fn run(registry: &Path, arguments: &[&str]) {
    let mut program = Command::new(command_line());
    program.arg("--registry").arg(registry).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(program.status().expect("started").success(), "{arguments:?}");
}

/// Prints one row for each command.
pub fn compare(small: &Seeded, large: &Seeded) {
    for arguments in COMMANDS {
        let (less, more) = alternate(31, || run(&small.path, arguments), || run(&large.path, arguments));
        let factor = ratio(more.quick(), less.quick());
        println!("| `chancery {}` | {} | {} | {factor:.2} |", arguments.join(" "), Shown(less.quick()), Shown(more.quick()));
    }
}
