//! Which certificates a list shows, and in what order.

use pki::Fingerprint;
use rusqlite::types::Value;
use time::OffsetDateTime;

use super::cell::{owned, words};
use super::certificates::CertificateStatus;
use super::facts::CertificateKind;
use super::ids::AuthorityId;
use super::search::WordStarts;

/// Whether archived certificates are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Archived {
    /// They are not.
    #[default]
    Without,
    /// They alone are.
    Only,
    /// They are shown among the others.
    With,
}

words! {
    /// What a list is sorted by. Equals stand in the order of issue.
    pub enum SortBy {
        /// Time of issue, to the second, then order of entry.
        Issued = "issued",
        /// notAfter.
        Ends = "ends",
        /// Display name, in any case.
        Name = "name",
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What it is sorted by.
    pub by: SortBy,
    /// Whether the highest comes first.
    pub descending: bool,
}

impl Default for Sort {
    /// Newest issued first.
    fn default() -> Self {
        Self { by: SortBy::Issued, descending: true }
    }
}

/// Which certificates a list shows. The default is all that are not archived.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificateFilter {
    /// Any of these; empty for every status.
    pub statuses: Vec<CertificateStatus>,
    /// Whether archived ones are shown.
    pub archived: Archived,
    /// Authority or leaf.
    pub kind: Option<CertificateKind>,
    /// Issued by this authority.
    pub authority: Option<AuthorityId>,
    /// Issued under this profile.
    pub profile: Option<String>,
    /// Has exactly this alternative name ("dns:www.example.test").
    pub name: Option<String>,
    /// Has this tag.
    pub tag: Option<String>,
    /// notAfter lies before this moment.
    pub expires_before: Option<OffsetDateTime>,
    /// Every word of it is the start of a word of the certificate's name, subject or alternative names, or at least four digits of its serial
    /// or fingerprint.
    pub search: Option<String>,
    /// Has the key with this SHA-256 of its SubjectPublicKeyInfo.
    pub key_fingerprint: Option<Fingerprint>,
}

impl CertificateFilter {
    /// Whether it shows all that are not archived: then positions are counted.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether only authority, kind and archived matter: then totals are counted.
    pub(super) fn is_counted(&self) -> bool {
        self.is_counted_by_day() && self.statuses.is_empty() && self.expires_before.is_none()
    }

    /// Whether only what expiries are counted by matters: authority, kind, archived, status and end.
    pub(super) fn is_counted_by_day(&self) -> bool {
        let Self { statuses: _, archived: _, kind: _, authority: _, profile, name, tag, expires_before: _, search: _, key_fingerprint } =
            self;
        profile.is_none() && name.is_none() && tag.is_none() && key_fingerprint.is_none() && self.words() == Words::Any
    }

    /// Whether only words and archived matter: then the index of words counts alone.
    pub(super) fn is_counted_by_words(&self) -> bool {
        Self { search: None, archived: Archived::default(), ..self.clone() }.is_default() && self.archived != Archived::Only
    }

    /// What is searched for. A search text without any word matches nothing.
    pub(super) fn words(&self) -> Words {
        match self.search.as_deref() {
            None => Words::Any,
            Some(text) if text.trim().is_empty() => Words::Any,
            Some(text) => WordStarts::of(text).map_or(Words::None, Words::Query),
        }
    }
}

/// What a search text asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Words {
    /// Nothing: every row fits.
    Any,
    /// Only signs, which stand in no word: no row fits.
    None,
    /// These starts of words.
    Query(WordStarts),
    /// Few rows had them: these, as a JSON list of ids.
    Found(String),
}

/// The conditions of a statement and the values for its numbered parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct Conditions {
    terms: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a value and returns its parameter, `?3` for the third.
    pub(super) fn parameter(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    /// Adds a condition.
    pub(super) fn term(&mut self, term: String) {
        self.terms.push(term);
    }

    /// All conditions, for `WHERE`.
    pub(super) fn sql(&self) -> String {
        if self.terms.is_empty() { "1".to_owned() } else { self.terms.join(" AND ") }
    }

    /// The values, in order.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }
}

/// The conditions on the columns of `certificates c`; names, tags and words are left to the way ([`super::walk::Walk`]).
pub(super) fn conditions(filter: &CertificateFilter, now: OffsetDateTime) -> Conditions {
    let mut conditions = Conditions::default();
    if let Some(authority) = &filter.authority {
        let value = conditions.parameter(owned(authority));
        conditions.term(format!("c.authority = {value}"));
    }
    if let Some(kind) = &filter.kind {
        // A word, not a parameter: SQLite must see that an index over authorities alone will do.
        conditions.term(format!("c.kind = '{kind}'"));
    }
    if let Some(profile) = &filter.profile {
        let value = conditions.parameter(owned(profile));
        conditions.term(format!("c.profile = {value}"));
    }
    if let Some(key) = &filter.key_fingerprint {
        let value = conditions.parameter(owned(key));
        conditions.term(format!("c.key_fingerprint = {value}"));
    }
    if let Some(moment) = &filter.expires_before {
        let value = conditions.parameter(owned(moment));
        conditions.term(format!("c.not_after < {value}"));
    }
    if !filter.statuses.is_empty() {
        let now = conditions.parameter(owned(&now));
        let any: Vec<String> =
            CertificateStatus::ALL.iter().filter(|status| filter.statuses.contains(status)).map(|status| status.sql(&now)).collect();
        conditions.term(format!("({})", any.join(" OR ")));
        if !filter.statuses.iter().any(|status| matches!(status, CertificateStatus::Valid | CertificateStatus::Expired)) {
            // Lets SQLite see that the index of those that are not good will do.
            conditions.term("c.standing <> 'good'".to_owned());
        }
    }
    conditions
}
