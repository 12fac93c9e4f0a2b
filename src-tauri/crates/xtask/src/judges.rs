//! What comes from no system package: the judge pkilint, a linter in Python, and the files of `cryptography-vectors`, in an environment of
//! their own.

use std::fs;
use std::path::Path;

use crate::invocation::{Failure, Invocation};
use crate::workspace;

/// What is installed, and everything below it, each with its version.
const WANTED: &str = "tests/judges/requirements.txt";

/// Makes `target/judges` anew unless what is wanted is what is installed. Wheels only: nothing is compiled, no script of a package runs.
pub(crate) fn ensure() -> Result<(), Failure> {
    // The suites that ask it run on Linux, as the other judges do.
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let (folder, wanted) = (workspace::target().join("judges"), workspace::at(WANTED));
    let note = folder.join("installed.txt");
    let list = fs::read_to_string(&wanted)?;
    if is_installed(&note, &list) {
        println!("pkilint and cryptography-vectors are installed.");
        return Ok(());
    }
    let advice = |failure: Failure| {
        Failure::new(format!(
            "{failure}\npkilint and cryptography-vectors could not be installed. They need Python 3.9 or newer with `venv` (package `python3-venv`) and a way to the Python Package Index."
        ))
    };
    Invocation::new("python3").arguments(&["-m", "venv", "--clear"]).argument(&folder).run().map_err(advice)?;
    Invocation::new(folder.join("bin/python"))
        .arguments(&[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--requirement",
        ])
        .argument(&wanted)
        .run()
        .map_err(advice)?;
    // Last, so that an installation that was stopped is made again.
    fs::write(&note, list)?;
    Ok(())
}

fn is_installed(note: &Path, list: &str) -> bool {
    fs::read_to_string(note).is_ok_and(|installed| installed == list)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn every_line_names_one_version() {
        let list = fs::read_to_string(workspace::at(WANTED)).expect("a list");
        let pinned = |line: &str| line.split_once("==").is_some_and(|(name, version)| !name.is_empty() && !version.contains('*'));
        assert!(list.lines().all(pinned), "{list}");
        assert!(list.lines().any(|line| line.starts_with("pkilint==")), "{list}");
    }

    #[test]
    fn another_list_is_installed_anew() {
        let note = workspace::at(WANTED);
        let list = fs::read_to_string(&note).expect("a list");
        assert!(is_installed(&note, &list));
        assert!(!is_installed(&note, &format!("{list}another==1\n")));
        assert!(!is_installed(&workspace::at("nothing"), &list));
    }
}
