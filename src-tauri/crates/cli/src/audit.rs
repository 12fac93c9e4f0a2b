//! `chancery audit`: who did what, when.

use std::path::PathBuf;

use api::ApiError;
use api::request::{AuditExport, AuditList, AuditNamed, Nothing};
use api::text::FilePath;
use clap::{Args, Subcommand};

use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists the entries, newest first
    #[command(after_help = "Example:\n  chancery audit list --action certificate. --limit 20")]
    List(List),
    /// Shows one entry with its particulars
    #[command(after_help = "Example:\n  chancery audit show 42")]
    Show {
        /// Its number in the log
        #[arg(value_name = "NO")]
        sequence: u32,
    },
    /// Checks the chain of hashes and, with unlocked keys, the sealed count and head
    #[command(after_help = "Example:\n  chancery audit verify --passphrase-file pass.txt")]
    Verify,
    /// Writes the whole log into a file, JSON lines, that an outside program can verify
    #[command(after_help = "Example:\n  chancery audit export --out audit.jsonl")]
    Export(Export),
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only actions that begin with this, such as `certificate.`
    #[arg(long, value_name = "TEXT")]
    action: Option<String>,
    /// Only what was done by somebody whose `user@host (program)` has this in it
    #[arg(long, value_name = "TEXT")]
    actor: Option<String>,
    /// Not before this time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Not after this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only attempts that were refused
    #[arg(long)]
    refused: bool,
    /// Only entries in which each of these words stands somewhere
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only what concerns this id
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Most rows to show, 1 to 500
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: Option<u32>,
    /// Goes on after this cursor
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::List(list) => {
            invocation.open()?;
            let page = invocation.surface().audit_list(AuditList {
                limit: list.limit,
                after: list.after,
                action: list.action,
                subject: list.subject,
                last: None,
                actor: list.actor,
                since: list.since,
                until: list.until,
                refused: list.refused,
                search: list.search,
                position: None,
            })?;
            invocation.output.result(&page, render::audit::list)?;
            if !invocation.output.is_json() {
                if let Some(searched) = &page.searched_to {
                    invocation.output.note(&render::audit::searched_to(searched));
                }
                invocation.output.note(&render::page_note(page.items.len(), page.total, page.next.as_ref()));
            }
            Ok(Status::Done)
        }
        Verb::Show { sequence } => {
            invocation.open()?;
            let entry = invocation.surface().audit_show(AuditNamed { sequence })?;
            invocation.output.result(&entry, render::audit::entry)?;
            Ok(Status::Done)
        }
        Verb::Export(Export { out }) => {
            invocation.open_unlocked_if_given()?;
            let overwrite = invocation.global.overwrite;
            let exported = invocation.surface().audit_export(AuditExport { out: FilePath::from(out), overwrite })?;
            invocation.output.result(&exported, render::audit::exported)?;
            Ok(Status::when(exported.ok, Status::Failed))
        }
        Verb::Verify => {
            invocation.open_unlocked_if_given()?;
            let verified = invocation.surface().audit_verify(Nothing {})?;
            invocation.output.result(&verified, render::audit::verified)?;
            Ok(Status::when(verified.ok, Status::Failed))
        }
    }
}
