//! `cargo xtask bench`: how fast it is on this machine.

use crate::invocation::Failure;
use crate::measurement;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measure only these sections, each named like its file in `tests/bench`, and leave the page as it is.
    #[arg(long, value_name = "SECTION", num_args = 1..)]
    only: Vec<String>,
    /// Do the same with smaller registries, to try it out, and leave the page as it is.
    #[arg(long)]
    quick: bool,
}

impl Options {
    fn arguments(&self) -> Vec<String> {
        let quick = self.quick.then(|| "--quick".to_owned());
        let only = (!self.only.is_empty()).then(|| "--only".to_owned());
        quick.into_iter().chain(only).chain(self.only.iter().cloned()).collect()
    }
}

pub(crate) fn bench(options: &Options) -> Result<(), Failure> {
    let arguments = options.arguments();
    if arguments.is_empty() { measurement::record("bench", "docs/bench.md", &[]) } else { measurement::show("bench", &arguments) }
}
