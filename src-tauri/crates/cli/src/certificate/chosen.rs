//! Which certificates a list has: the options that `cert list` and the exports of lists share.

use api::request::CertificateList;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Chosen {
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
}

impl Chosen {
    /// As a list of the surface: its first page.
    pub(crate) fn list(self) -> CertificateList {
        CertificateList {
            status: self.status,
            archived: self.archived,
            kind: self.kind,
            authority: self.authority,
            profile: self.profile,
            name: self.name,
            tag: self.tag,
            expires_within_days: self.expires_within,
            search: self.search,
            sort: self.sort,
            ..CertificateList::default()
        }
    }

    /// As a filter; none where nothing was said: then archived ones are among the others.
    pub(crate) fn filter(self) -> Option<CertificateList> {
        let unsaid = self.status.is_empty()
            && !self.archived
            && [&self.kind, &self.authority, &self.profile, &self.name, &self.tag, &self.search, &self.sort]
                .iter()
                .all(|said| said.is_none())
            && self.expires_within.is_none();
        (!unsaid).then(|| self.list())
    }
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
