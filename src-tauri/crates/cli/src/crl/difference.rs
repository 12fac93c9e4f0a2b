//! `chancery crl diff`.

use std::path::PathBuf;

use api::ApiError;
use api::request::CrlDiff;
use api::text::FilePath;
use clap::Args;

use crate::certificate::{Named, named_or_file};
use crate::invocation::{Invocation, usage};
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Difference {
    /// The authority, or the earlier CRL in a file
    #[arg(value_name = "A-OR-FILE")]
    of: String,
    /// The later CRL, where the earlier is in a file
    #[arg(value_name = "FILE")]
    other: Option<PathBuf>,
    /// Number of the earlier; without it the one before the later
    #[arg(long, value_name = "N")]
    from: Option<String>,
    /// Number of the later, or `next`, which is the one that would be built now
    #[arg(long, value_name = "N|next")]
    to: Option<String>,
    /// Only what one of its keys has signed, 1 for the first; without it the one that issues
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    generation: Option<u32>,
    /// Most changes to show, 1 to 1000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: Option<u32>,
    /// Goes on after this cursor
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

pub(crate) fn run(difference: Difference, invocation: &Invocation) -> Result<Status, ApiError> {
    let (authority, path, other_path) = match (named_or_file(&difference.of), difference.other) {
        (Named::InFile(one), Some(other)) => {
            // With a registry at hand the entries have names.
            invocation.open_if_named()?;
            (None, Some(FilePath::from(one)), Some(FilePath::from(other)))
        }
        (Named::InRegistry(authority), None) => {
            invocation.open()?;
            (Some(authority), None, None)
        }
        (Named::InFile(_), None) => return Err(usage("the CRL in the file is compared with another: give its file too")),
        (Named::InRegistry(name), Some(_)) => {
            return Err(usage(&format!("{name:?} is no file, and two files are compared with each other")));
        }
    };
    let view = invocation.surface().crl_diff(CrlDiff {
        authority,
        generation: difference.generation,
        from: difference.from,
        to: difference.to,
        path,
        other_path,
        limit: difference.limit,
        after: difference.after,
    })?;
    invocation.output.result(&view, render::crl::difference)?;
    if let Some(next) = view.next.as_ref().filter(|_| !invocation.output.is_json()) {
        invocation.output.note(&format!("{} of {} changes; the next page: --after {next}", view.items.len(), {
            u64::from(view.added) + u64::from(view.removed) + u64::from(view.changed)
        }));
    }
    Ok(Status::Done)
}
