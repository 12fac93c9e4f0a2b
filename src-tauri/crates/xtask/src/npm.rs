//! The two npm packages: the interface and the tests of the real window.

use std::path::Path;
use std::time::SystemTime;

use crate::invocation::{Failure, Invocation};
use crate::workspace;

/// The oldest Node that the interface's tools run on.
const OLDEST_NODE: u32 = 20;

/// Says what to do if Node is missing or too old.
pub(crate) fn check_node() -> Result<(), Failure> {
    let advice = format!("Node {OLDEST_NODE} or newer with npm is needed to build the interface: https://nodejs.org");
    let version =
        Invocation::new("node").argument("--version").ask().ok_or_else(|| Failure::new(format!("`node` was not found. {advice}")))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => Err(Failure::new(format!("`node` is version {}. {advice}", version.trim()))),
    }
}

/// Installs what the lock file names, unless that is what is installed.
pub(crate) fn install(package: &str) -> Result<(), Failure> {
    let folder = workspace::at(package);
    let lock = folder.join("package-lock.json");
    if !lock.exists() {
        return Err(Failure::new(format!("{package}/package-lock.json is missing")));
    }
    let installed = folder.join("node_modules/.package-lock.json");
    if let (Some(wanted), Some(present)) = (changed(&lock), changed(&installed))
        && present >= wanted
    {
        return Ok(());
    }
    npm(package, &["ci", "--no-audit", "--no-fund"]).run()
}

/// `npm …` in the folder of a package.
pub(crate) fn npm(package: &str, arguments: &[&str]) -> Invocation {
    Invocation::new(if cfg!(windows) { "npm.cmd" } else { "npm" }).arguments(arguments).folder(workspace::at(package))
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
