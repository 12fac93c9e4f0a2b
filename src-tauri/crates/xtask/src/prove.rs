//! `cargo xtask prove`: what takes too long for every change, with its results.

use crate::invocation::Failure;
use crate::workspace;
use crate::{judges, measurement};

const PAGE: &str = "docs/reliability.md";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only these proofs, and leave the others on the page as they are: rows, crash, power, readers, fuzzers, ...
    #[arg(value_name = "PROOF")]
    proofs: Vec<String>,
    /// Do the same with less, to see that the proofs run.
    #[arg(long)]
    quick: bool,
}

pub(crate) fn prove(options: &Options) -> Result<(), Failure> {
    let page = workspace::at(PAGE).to_string_lossy().into_owned();
    let mut arguments = vec!["--page".to_owned(), page];
    arguments.extend(options.quick.then(|| "--quick".to_owned()));
    arguments.extend(options.proofs.iter().cloned());
    // The files that readers are tried with are installed beside a judge.
    judges::ensure()?;
    measurement::record("prove", PAGE, &arguments)
}
