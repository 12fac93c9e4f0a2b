//! `cargo xtask …`: everything that a newcomer or continuous integration starts.
//!
//! One file per command; each command is a list of named steps, and a step that fails names the command to repeat by hand.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program talks to a person or to a CI log")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod dev;
mod headless;
mod icons;
mod invocation;
mod judges;
mod measurement;
mod npm;
mod packages;
mod prove;
mod readme;
mod run;
mod step;
mod test;
mod workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, starts, tests and measures Chancery", arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds everything and opens the window; without a display, takes the tour in a virtual one.
    Run(run::Options),
    /// Runs every gate, cheap ones first, the real window last.
    Test(test::Options),
    /// Starts the interface's development server and the window, both reloading on change.
    Dev(dev::Options),
    /// Measures speed on this machine and writes `docs/bench.md`.
    Bench(bench::Options),
    /// Runs the long proofs (millions of rows, kills, power cuts, many writers) and writes `docs/reliability.md`.
    Prove(prove::Options),
    /// Makes every icon size from `icons/app.svg`.
    Icons,
}

fn main() -> ExitCode {
    let outcome = match CommandLine::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Test(options) => test::test(&options),
        Command::Dev(options) => dev::dev(&options),
        Command::Bench(options) => bench::bench(&options),
        Command::Prove(options) => prove::prove(&options),
        Command::Icons => icons::icons(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
