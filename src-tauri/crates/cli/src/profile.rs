//! `chancery profile`: what certificates contain, by purpose.

use api::ApiError;
use api::request::Nothing;
use clap::Subcommand;

use crate::invocation::Invocation;
use crate::output::Listing;
use crate::render;
use crate::status::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists the profiles there are
    #[command(after_help = "Example:\n  chancery profile list")]
    List,
}

pub(crate) fn run(verb: &Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::List => {
            invocation.open_if_named()?;
            let list = invocation.surface().profile_list(Nothing {})?;
            invocation.output.result(&Listing::whole(&list.items), |_| render::profile::list(&list))?;
            Ok(Status::Done)
        }
    }
}
