//! Python with what `tests/judges/requirements.txt` lists: `cargo xtask test` installs it below the folder that cargo builds into.

use std::path::PathBuf;

use super::{Verdict, judge};

/// Where it is.
pub(super) fn program() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    test.ancestors()
        .map(|folder| folder.join("judges/bin/python"))
        .find(|python| python.exists())
        .unwrap_or_else(|| panic!("Python's environment for the judges is missing: `cargo xtask test --only test` installs it"))
}

/// Runs a script with arguments.
pub fn run(script: &str, arguments: &[&str]) -> Verdict {
    let program = program();
    judge(program.to_str().expect("a path of UTF-8"), "python3-venv").args(&["-W", "ignore", "-c", script]).args(arguments).verdict()
}
