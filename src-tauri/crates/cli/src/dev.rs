//! `chancery dev`: for testing.

use std::path::PathBuf;

use api::ApiError;
use api::SeedRequest;
use api::text::FilePath;
use clap::{Args, Subcommand};

use crate::invocation::Invocation;
use crate::progress::Progress;
use crate::render;
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
        Verb::Seed(seed) => self::seed(seed, invocation),
    }
}

fn seed(seed: Seed, invocation: &Invocation) -> Result<Status, ApiError> {
    let progress = Progress::new(seed.certificates, "certificates", invocation);
    let request = SeedRequest {
        path: FilePath::from(seed.path),
        certificates: u64::from(seed.certificates),
        revoked: u64::from(seed.revoked),
        authorities: u64::from(seed.authorities),
    };
    let status = invocation.surface().seed(&request, &mut |done| progress.at(done))?;
    progress.end();
    invocation.output.result(&status, render::registry::status)?;
    Ok(Status::Done)
}
