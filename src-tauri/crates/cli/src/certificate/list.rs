//! `chancery cert list`.

use api::ApiError;
use api::request::CertificateList;
use clap::Args;

use super::Chosen;
use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    chosen: Chosen,
    /// Most rows to show, 1 to 500
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: Option<u32>,
    /// Goes on after this cursor, the `next` of the page before
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

pub(crate) fn run(list: List, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open()?;
    let List { chosen, limit, after } = list;
    let page = invocation.surface().certificate_list(CertificateList { limit, after, ..chosen.list() })?;
    invocation.output.result(&page, render::certificate::list)?;
    if !invocation.output.is_json() {
        invocation.output.note(&render::page_note(page.items.len(), page.total, page.next.as_ref()));
    }
    Ok(Status::Done)
}
