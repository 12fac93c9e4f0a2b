//! `chancery dev`: for testing.

use std::path::PathBuf;

use api::ApiError;
use clap::{Args, Subcommand};

use crate::invocation::Invocation;
use crate::status::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Makes a registry marked as test and fills it; its passphrase is `seed`
    #[command(after_help = "Example:\n  chancery dev seed /tmp/test.chancery --certificates 10000 --revoked 500 --authorities 3")]
    Seed(Seed),
}

#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// The registry to make
    path: PathBuf,
    /// Certificates to issue
    #[arg(long, value_name = "N")]
    certificates: u32,
    /// How many of them to revoke
    #[arg(long, value_name = "M", default_value_t = 0)]
    revoked: u32,
    /// Self-signed authorities that issue them
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    authorities: u32,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::Seed(_seed) => {
            let _draws = invocation.output.draws_progress();
            Ok(Status::Done)
        }
    }
}
