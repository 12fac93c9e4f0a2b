//! `chancery cert list`.

use api::ApiError;
use api::request::CertificateList;
use clap::Args;

use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those with this status; may be given several times
    #[arg(long, value_parser = ["valid", "held", "superseded", "revoked", "expired"])]
    status: Vec<String>,
    /// Archived ones instead of the others
    #[arg(long)]
    archived: bool,
    /// Only CA certificates, or only the others
    #[arg(long, value_parser = ["authority", "leaf"])]
    kind: Option<String>,
    /// Only those issued by this authority
    #[arg(long, value_name = "A")]
    authority: Option<String>,
    /// Only those of this profile
    #[arg(long, value_name = "P")]
    profile: Option<String>,
    /// Only those with exactly this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only those with exactly this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Only those that end within this time from now: 30d, 4w, or a number of days
    #[arg(long, value_name = "TIME", value_parser = days)]
    expires_within: Option<u32>,
    /// Each word the start of a word of name, subject or alternative names, or of the serial or fingerprint
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Order: issued, ends, name; -issued, -ends, -name turn it round
    #[arg(long, value_name = "ORDER", allow_hyphen_values = true, value_parser = ["issued", "ends", "name", "-issued", "-ends", "-name"])]
    sort: Option<String>,
    /// Most rows to show, 1 to 500
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: Option<u32>,
    /// Goes on after this cursor, the `next` of the page before
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

pub(crate) fn run(list: List, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open()?;
    let page = invocation.surface().certificate_list(CertificateList {
        status: list.status,
        archived: list.archived,
        kind: list.kind,
        authority: list.authority,
        profile: list.profile,
        name: list.name,
        tag: list.tag,
        expires_within_days: list.expires_within,
        search: list.search,
        sort: list.sort,
        limit: list.limit,
        after: list.after,
        position: None,
    })?;
    invocation.output.result(&page, render::certificate::list)?;
    if !invocation.output.is_json() {
        invocation.output.note(&render::page_note(page.items.len(), page.total, page.next.as_ref()));
    }
    Ok(Status::Done)
}

/// `30d`, `4w` or `30` in days.
fn days(text: &str) -> Result<u32, String> {
    let (digits, factor) = match text.strip_suffix('w') {
        Some(weeks) => (weeks, 7),
        None => (text.strip_suffix('d').unwrap_or(text), 1),
    };
    let count: Option<u32> = if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None };
    count.and_then(|count| count.checked_mul(factor)).ok_or_else(|| "write it as 30d (days) or 4w (weeks)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_days_or_weeks() {
        assert_eq!([days("30d"), days("4w"), days("7")], [Ok(30), Ok(28), Ok(7)]);
        for wrong in ["", "d", "-1d", "+1d", "1y", "4294967295w", "1 d"] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }
}
