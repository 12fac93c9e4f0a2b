//! `cargo xtask dev`: the window and the interface's development server, both reloading on change.

use crate::invocation::{Failure, Invocation};
use crate::step::Steps;
use crate::{npm, packages, workspace};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install missing system packages without asking.
    #[arg(long)]
    yes: bool,
}

/// `tauri dev` starts the development server, waits for it, starts the shell, and rebuilds it when a Rust file changes.
pub(crate) fn dev(options: &Options) -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.step("system packages", |_| packages::ensure(&[packages::BUILD], options.yes))?;
    steps.step("interface's packages", |_| {
        npm::check_node()?;
        npm::install("ui")
    })?;
    let program = workspace::at("ui/node_modules/.bin").join(if cfg!(windows) { "tauri.cmd" } else { "tauri" });
    if !program.exists() {
        return Err(Failure::new("`@tauri-apps/cli` is not installed: it belongs in the devDependencies of ui/package.json"));
    }
    let server = r#"{"build":{"beforeDevCommand":"npm --prefix ui run dev"}}"#;
    Invocation::new(program).arguments(&["dev", "--config", server]).run()
}
