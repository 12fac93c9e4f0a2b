//! `chancery request`: the inbox of certificate signing requests.

use std::path::PathBuf;

use api::ApiError;
use api::request::{RequestAdd, RequestList, RequestNamed, RequestReject, RequestShow};
use api::text::FilePath;
use clap::{Args, Subcommand};

use crate::invocation::Invocation;
use crate::status::Status;
use crate::{render, secrets};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Takes requests into the inbox: files and folders, PEM or DER; known ones are recognised
    #[command(
        after_help = "Example:\n  chancery request add www.csr mail.csr /srv/incoming\n  ssh host cat www.csr | chancery request add -"
    )]
    Add(Add),
    /// Lists the requests, newest first
    #[command(after_help = "Example:\n  chancery request list --state open")]
    List(List),
    /// Shows a request, what speaks against it, and what a profile makes of it; exit status 4 when nothing would be issued
    #[command(
        after_help = "Example:\n  chancery request show 019ad3c2-7f10-7c3a-9a55-2f6b0d6c1e11 --authority issuing --profile tls-server\n\nTo issue it:\n  \
                            chancery request show R --pem > www.csr\n  chancery cert issue --authority issuing --csr www.csr --out www.pem"
    )]
    Show(Show),
    /// Turns an open request down
    #[command(
        after_help = "Example:\n  chancery request reject 019ad3c2-7f10-7c3a-9a55-2f6b0d6c1e11 --note \"use the name of the load balancer\""
    )]
    Reject(Reject),
    /// Puts a rejected request back among the open ones
    #[command(after_help = "Example:\n  chancery request reopen 019ad3c2-7f10-7c3a-9a55-2f6b0d6c1e11")]
    Reopen(Reopen),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Files and folders; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those in this state
    #[arg(long, value_parser = ["open", "issued", "rejected"])]
    state: Option<String>,
    /// Only those that have these words in subject, names, key, SHA-256 or note
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Most rows to show, 1 to 500
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: Option<u32>,
    /// Goes on after this cursor, the `next` of the page before
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Id, or SHA-256 of the request
    #[arg(value_name = "R")]
    request: String,
    /// The authority to judge it by; without it the one that fits best
    #[arg(long, value_name = "A")]
    authority: Option<String>,
    /// The profile to judge it by; without it the one that fits best
    #[arg(long, value_name = "P")]
    profile: Option<String>,
    /// Writes the request itself, PEM, and nothing else
    #[arg(long)]
    pem: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Reject {
    /// Id, or SHA-256 of the request
    #[arg(value_name = "R")]
    request: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Reopen {
    /// Id, or SHA-256 of the request
    #[arg(value_name = "R")]
    request: String,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::Add(add) => return take_in(&add, invocation),
        Verb::List(List { state, search, limit, after }) => {
            invocation.open()?;
            let page = invocation.surface().request_list(RequestList { state, search, limit, after })?;
            invocation.output.result(&page, render::request::list)?;
            if !invocation.output.is_json() {
                invocation.output.note(&render::page_note(page.items.len(), page.total, page.next.as_ref()));
            }
        }
        Verb::Show(Show { request, authority, profile, pem }) => {
            invocation.open()?;
            let detail = invocation.surface().request_show(RequestShow { request, authority, profile })?;
            if pem && !invocation.output.is_json() {
                crate::output::Output::bytes(detail.pem.as_bytes())?;
                return Ok(Status::Done);
            }
            invocation.output.result(&detail, render::request::detail)?;
            let bad = detail.concerns.iter().any(|concern| concern.severity == "error") || detail.refusal.is_some();
            let refused = detail.preview.as_ref().is_some_and(|preview| !preview.may_be_issued);
            return Ok(Status::when(!bad && !refused, Status::Refused));
        }
        Verb::Reject(Reject { request, note }) => {
            invocation.open_unlocked_if_given()?;
            let entry = invocation.surface().request_reject(RequestReject { request, note })?;
            invocation.output.result(&entry, render::request::entry)?;
        }
        Verb::Reopen(Reopen { request }) => {
            invocation.open_unlocked_if_given()?;
            let entry = invocation.surface().request_reopen(RequestNamed { request })?;
            invocation.output.result(&entry, render::request::entry)?;
        }
    }
    Ok(Status::Done)
}

fn take_in(add: &Add, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open_unlocked_if_given()?;
    let (typed, files): (Vec<_>, Vec<_>) = add.files.iter().partition(|path| path.as_os_str() == "-");
    let text = typed.first().map(|path| secrets::text_of(path, invocation)).transpose()?.map(|text| text.to_string());
    let paths = files.into_iter().cloned().map(FilePath::from).collect();
    let report = invocation.surface().request_add(RequestAdd { paths, text })?;
    invocation.output.result(&report, render::request::added)?;
    Ok(Status::when(report.items.iter().all(|item| item.outcome != "refused"), Status::Failed))
}
