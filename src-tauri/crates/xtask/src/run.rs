//! `cargo xtask run`: from a fresh clone to the open window.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::headless::PrivateHome;
use crate::invocation::{Failure, Invocation};
use crate::step::Steps;
use crate::{npm, packages, workspace};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install missing system packages without asking.
    #[arg(long)]
    yes: bool,
    /// Take the tour in a virtual display even if there is a real one.
    #[arg(long)]
    tour: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut steps = Steps::default();
    let tour = options.tour || !has_display();
    steps.step("system packages", |_| {
        if tour {
            packages::ensure(&[packages::BUILD, packages::WINDOW], options.yes)
        } else {
            packages::ensure(&[packages::BUILD], options.yes)
        }
    })?;
    steps.step("interface", |_| build_interface())?;
    if tour {
        steps.step("window and command line", |_| build_window_for_tests())?;
        steps.step("tour", |_| take_tour())?;
        steps.summary();
        println!("There is no display here, so the window was opened in a virtual one. Pictures and files: target/tour/");
        return Ok(());
    }
    steps.step("window", |_| build_window())?;
    println!("Opening the window. Close it, or press Ctrl-C here, to end.");
    Invocation::new(workspace::built("chancery-desktop")).run()
}

/// Installs what the interface is built with, then builds it into `ui/dist`.
pub(crate) fn build_interface() -> Result<(), Failure> {
    npm::check_node()?;
    npm::install("ui")?;
    npm::npm("ui", &["run", "build"]).run()
}

/// Builds the interface unless an earlier gate of this run did.
pub(crate) fn build_interface_if_missing() -> Result<(), Failure> {
    static BUILT: AtomicBool = AtomicBool::new(false);
    if BUILT.swap(true, Ordering::Relaxed) { Ok(()) } else { build_interface() }
}

/// Builds the window with the built interface inside.
fn build_window() -> Result<(), Failure> {
    build_programs("chancery-desktop/custom-protocol")
}

/// Builds the window with file dialogs that a test can answer and a clock that it can move, and the command line it is compared with.
pub(crate) fn build_window_for_tests() -> Result<(), Failure> {
    build_programs("chancery-desktop/custom-protocol,chancery-desktop/dialogs-from-queue,chancery-desktop/clock-from-file")
}

/// Both programs in one go: apart, their third parties would be compiled twice, for two sets of features.
fn build_programs(features: &str) -> Result<(), Failure> {
    Invocation::cargo(&["build", "--package", "cli", "--package", "chancery-desktop", "--features", features]).run()
}

fn take_tour() -> Result<(), Failure> {
    let pictures = workspace::target().join("tour");
    std::fs::create_dir_all(&pictures)?;
    npm::install("tests/e2e")?;
    let home = PrivateHome::create()?;
    home.with_display(window_work("tour").set("CHANCERY_TOUR", &pictures))?.run()
}

/// A script of `tests/e2e`, told where the programs are.
pub(crate) fn window_work(script: &str) -> Invocation {
    npm::npm("tests/e2e", &["run", script])
        .set("CHANCERY_DESKTOP", workspace::built("chancery-desktop"))
        .set("CHANCERY_CLI", workspace::built("chancery"))
}

fn has_display() -> bool {
    let named = |variable: &str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || named("DISPLAY") || named("WAYLAND_DISPLAY")
}
