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

/// `tauri dev` starts the server (`build.beforeDevCommand` in `tauri.conf.json`), then the shell, and watches both.
pub(crate) fn dev(options: &Options) -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.step("system packages", |_| packages::ensure(&[packages::BUILD], options.yes))?;
    steps.step("interface's packages", |_| {
        npm::check_node()?;
        npm::install("ui")
    })?;
    let program = if cfg!(windows) { "tauri.cmd" } else { "tauri" };
    Invocation::new(workspace::at("ui/node_modules/.bin").join(program)).argument("dev").run()
}
