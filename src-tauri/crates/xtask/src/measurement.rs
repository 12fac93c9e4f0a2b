//! The suite's measuring programs: each prints a page of Markdown, which is kept under `docs/`.

use crate::invocation::{Failure, Invocation};
use crate::step::Steps;
use crate::workspace;

/// Runs a binary of the `suite` package in release and writes what it printed to a page.
pub(crate) fn record(name: &str, page: &str, arguments: &[String]) -> Result<(), Failure> {
    let lines = measure(name, arguments)?;
    // A page is replaced only by a whole page: what failed half-way has returned before this.
    let unfinished = workspace::at(&format!("{page}.new"));
    std::fs::write(&unfinished, format!("{}\n", lines.join("\n").trim_end()))?;
    std::fs::rename(&unfinished, workspace::at(page))?;
    println!("Written: {page}");
    Ok(())
}

/// Runs such a binary for what it prints on the way, and keeps nothing.
pub(crate) fn show(name: &str, arguments: &[String]) -> Result<(), Failure> {
    measure(name, arguments).map(drop)
}

fn measure(name: &str, arguments: &[String]) -> Result<Vec<String>, Failure> {
    let mut steps = Steps::default();
    steps.step("command line", |_| Invocation::cargo(&["build", "--release", "--package", "cli"]).run())?;
    // Some of the suite's programs start others of it.
    steps.step("suite", |_| Invocation::cargo(&["build", "--release", "--package", "suite", "--bins"]).run())?;
    let mut lines = Vec::new();
    steps.step(name, |_| {
        lines = Invocation::cargo(&["run", "--release", "--package", "suite", "--bin", name, "--"])
            .arguments(arguments)
            .set("CHANCERY_CLI", workspace::target().join("release/chancery"))
            .run_and_keep()?;
        Ok(())
    })?;
    Ok(lines)
}
