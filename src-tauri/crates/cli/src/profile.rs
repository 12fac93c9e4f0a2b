//! `chancery profile`: what certificates contain, by purpose.

use std::path::PathBuf;

use api::ApiError;
use api::request::{Nothing, ProfileNamed, ProfileSet};
use clap::{Args, Subcommand};

use crate::invocation::Invocation;
use crate::layout::Text;
use crate::output::Listing;
use crate::render;
use crate::secrets;
use crate::status::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists the profiles there are
    #[command(after_help = "Example:\n  chancery profile list")]
    List,
    /// Shows everything that a profile says, in the form that `profile set` reads
    #[command(after_help = "Example:\n  chancery profile show tls-server > web.toml")]
    Show(Named),
    /// Puts a profile into force, as a new version where one of that name exists
    #[command(
        after_help = "Example:\n  chancery profile show tls-server > web.toml\n  sed -i 's/^name = .*/name = \"web\"/' web.toml\n  chancery profile set web.toml"
    )]
    Set(Set),
    /// Takes an own profile out of use; what was issued under it keeps it on record
    #[command(after_help = "Example:\n  chancery profile remove web")]
    Remove(Named),
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Name of the profile
    #[arg(value_name = "P")]
    profile: String,
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    /// A file as `profile show` writes it; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(verb: &Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::List => {
            invocation.open_if_named()?;
            let list = invocation.surface().profile_list(Nothing {})?;
            invocation.output.result(&Listing::whole(&list.items), |_| render::profile::list(&list))?;
        }
        Verb::Show(Named { profile }) => {
            invocation.open_if_named()?;
            let detail = invocation.surface().profile_show(ProfileNamed { profile: profile.clone() })?;
            invocation.output.result(&detail, render::profile::document)?;
        }
        Verb::Set(Set { file }) => {
            invocation.open()?;
            let text = Some(secrets::text_of(file, invocation)?.to_string());
            let detail = invocation.surface().profile_set(ProfileSet { document: None, text })?;
            invocation.output.result(&detail, render::profile::set)?;
        }
        Verb::Remove(Named { profile }) => {
            invocation.open()?;
            let done = invocation.surface().profile_remove(ProfileNamed { profile: profile.clone() })?;
            invocation.output.result(&done, |_| Text::new())?;
            invocation.output.note(&format!("The profile {profile} is out of use. What was issued under it keeps it on record."));
        }
    }
    Ok(Status::Done)
}
