//! Which way a statement walks to the certificates that a filter lets through. SQLite has no statistics here and would guess; the count of what
//! fits is known before a page is read, so the way is chosen here and SQLite is told.

use super::cell::owned;
use super::certificates::CertificateStatus;
use super::facts::CertificateKind;
use super::filter::{CertificateFilter, Conditions, Sort, SortBy, Words};
use super::search::WordStarts;

/// The way to the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    /// From the index of words, which is in the order of ids.
    Words,
    /// From the alternative names.
    Names,
    /// From the tags.
    Tags,
    /// Through an index of the table; what is found is sorted.
    Index(&'static str),
    /// In the order of the list, leaving out what does not fit. Words are not in the statement then: whoever reads its rows tests them
    /// ([`Walk::tests_words`]).
    Order,
}

impl Walk {
    /// Chooses. With `dense`, so many rows fit that walking the list's own order finds a page soonest; else the narrowest condition leads.
    pub(super) fn choose(filter: &CertificateFilter, words: &Words, sort: Sort, dense: bool) -> Self {
        let searched = matches!(words, Words::Query(_) | Words::Found(_));
        if dense {
            return if searched && sort.by == SortBy::Issued { Self::Words } else { Self::Order };
        }
        let happened = |status: &CertificateStatus| !matches!(status, CertificateStatus::Valid | CertificateStatus::Expired);
        if searched {
            Self::Words
        } else if filter.name.is_some() {
            Self::Names
        } else if filter.tag.is_some() {
            Self::Tags
        } else if filter.key_fingerprint.is_some() {
            Self::Index("certificates_by_key")
        } else if filter.kind == Some(CertificateKind::Authority) {
            Self::Index("certificates_of_authorities")
        } else if !filter.statuses.is_empty() && filter.statuses.iter().all(happened) {
            Self::Index("certificates_by_standing")
        } else if filter.authority.is_some() {
            Self::Index("certificates_by_authority")
        } else if filter.profile.is_some() {
            Self::Index("certificates_by_profile")
        } else if filter.expires_before.is_some() || !filter.statuses.is_empty() {
            Self::Index("certificates_by_end")
        } else {
            Self::Order
        }
    }

    /// The words that the rows of the statement are still to be tested for: the list's own order knows nothing of words, and so many rows fit
    /// that testing finds a page sooner than gathering and sorting them.
    pub(super) fn tests_words(self, words: &Words) -> Option<&WordStarts> {
        match words {
            Words::Query(starts) if self != Self::Words => Some(starts),
            _ => None,
        }
    }

    /// The tables of the statement, with the conditions of filter and words that are left to the way itself. `archived` is the condition on
    /// that column, which two orders need for their index.
    pub(super) fn source(
        self,
        filter: &CertificateFilter,
        words: &Words,
        sort: Sort,
        archived: &str,
        conditions: &mut Conditions,
    ) -> String {
        if let (Self::Words, Words::Query(starts)) = (self, words) {
            let query = conditions.parameter(starts.query().into());
            conditions.term(format!("certificate_words MATCH {query}"));
        }
        if let Some(name) = &filter.name {
            let name = conditions.parameter(owned(name));
            conditions.term(match self {
                Self::Names => format!("n.name = {name}"),
                _ => format!("+c.id IN (SELECT certificate FROM certificate_names WHERE name = {name})"),
            });
        }
        if let Some(tag) = &filter.tag {
            let tag = conditions.parameter(owned(tag));
            conditions.term(match self {
                Self::Tags => format!("t.tag = {tag}"),
                _ => format!("+c.id IN (SELECT certificate FROM certificate_tags WHERE tag = {tag})"),
            });
        }
        conditions.term(archived.to_owned());
        match self {
            Self::Words => match words {
                Words::Found(ids) => {
                    let ids = conditions.parameter(ids.clone().into());
                    format!("json_each({ids}) found CROSS JOIN certificates c ON c.id = found.value")
                }
                _ => "certificate_words CROSS JOIN certificates c ON c.id = certificate_words.rowid".to_owned(),
            },
            Self::Names => "certificate_names n CROSS JOIN certificates c ON c.id = n.certificate".to_owned(),
            Self::Tags => "certificate_tags t CROSS JOIN certificates c ON c.id = t.certificate".to_owned(),
            Self::Index(index) => format!("certificates c INDEXED BY {index}"),
            Self::Order => match sort.by {
                SortBy::Issued if archived == "c.archived = 1" => "certificates c INDEXED BY certificates_archived".to_owned(),
                SortBy::Issued => "certificates c NOT INDEXED".to_owned(),
                SortBy::Ends => "certificates c INDEXED BY certificates_by_end".to_owned(),
                SortBy::Name => "certificates c INDEXED BY certificates_by_sort_name".to_owned(),
            },
        }
    }
}
