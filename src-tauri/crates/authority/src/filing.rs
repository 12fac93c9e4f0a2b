//! Puts certificates away and back, and labels them. Neither changes what a certificate is: an archived one stays on the CRL that lists it, and nothing
//! that was issued can be deleted (invariant 19).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::registry::{AuditFilter, AuditStart, CertificateId, CertificateRow, Read, RegistryError, Write};
use crate::session::Session;

/// Longest tag, in characters.
const LONGEST_TAG: usize = 64;
/// Entries of the log that are looked through for the time at which something was put away.
const LOOKED_THROUGH: usize = 20_000;
/// Entries read at once.
const PAGE: u32 = 500;

/// Certificates were not filed; none of those that were named.
#[derive(Debug, thiserror::Error)]
pub enum FilingError {
    /// A tag is empty, too long, or has a character that a list of tags cannot show.
    #[error("{tag:?} cannot be a tag")]
    BadTag {
        /// The tag that was given.
        tag: String,
    },
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// A tag put on a certificate, or taken off.
pub(crate) type Tagging = (CertificateId, String, bool);

fn row(tx: &Write<'_>, id: CertificateId) -> Result<CertificateRow, RegistryError> {
    tx.certificate(id)?.ok_or_else(|| RegistryError::Missing { table: "certificates", row: id.to_string() })
}

/// What an audit row says of several certificates: the one name, or how many.
fn called(names: &[String]) -> String {
    match names {
        [one] => one.clone(),
        many => format!("{} certificates", many.len()),
    }
}

impl Session {
    /// Puts certificates away (`archived`), or back. Those that are there already are passed over.
    ///
    /// # Errors
    /// When one does not exist or nothing can be written; nothing was changed then.
    pub fn set_archived(&self, certificates: &[CertificateId], archived: bool) -> Result<(), FilingError> {
        let action = if archived { "certificate.archived" } else { "certificate.unarchived" };
        self.change(|tx| {
            let (mut ids, mut names) = (Vec::new(), Vec::new());
            for id in certificates {
                let row = row(tx, *id)?;
                if row.state.archived != archived {
                    tx.set_archived(*id, archived)?;
                    ids.push(id.to_string());
                    names.push(row.facts.display_name);
                }
            }
            if let Some(first) = ids.first() {
                let subject = if ids.len() == 1 { first.clone() } else { String::new() };
                tx.append_audit(&self.event(action, &subject, json!({ "name": called(&names), "certificates": ids })))?;
            }
            Ok(())
        })
    }

    /// Puts the tags `add` on all of `certificates` and takes `remove` off.
    ///
    /// # Errors
    /// See [`FilingError`]; nothing was changed then.
    pub fn set_tags(&self, certificates: &[CertificateId], add: &[String], remove: &[String]) -> Result<(), FilingError> {
        if let Some(tag) = add.iter().chain(remove).find(|tag| !is_tag(tag)) {
            return Err(FilingError::BadTag { tag: tag.clone() });
        }
        self.change(|tx| {
            let mut done: Vec<Tagging> = Vec::new();
            let mut names = Vec::new();
            for id in certificates {
                let row = row(tx, *id)?;
                let has = tx.certificate_tags(*id)?;
                let before = done.len();
                done.extend(add.iter().filter(|tag| !has.contains(tag)).map(|tag| (*id, tag.clone(), true)));
                done.extend(remove.iter().filter(|tag| has.contains(tag)).map(|tag| (*id, tag.clone(), false)));
                if done.len() > before {
                    names.push(row.facts.display_name);
                }
            }
            for (id, tag, present) in &done {
                tx.set_tag(*id, tag, *present)?;
            }
            if let [(first, ..), ..] = &done[..] {
                let subject = if names.len() == 1 { first.to_string() } else { String::new() };
                let tags: Vec<_> = done.iter().map(|(id, tag, present)| json!([id.to_string(), tag, present])).collect();
                tx.append_audit(&self.event("certificate.tagged", &subject, json!({ "name": called(&names), "tags": tags })))?;
            }
            Ok(())
        })
    }
}

/// When each of these was put away by `action`, as the log tells it: in the newest entry that names it. What lies further back than
/// 20,000 entries of the kind has no time.
///
/// # Errors
/// When the log cannot be read.
pub fn put_away_at(tx: &Read<'_>, action: &str, ids: &[String]) -> Result<BTreeMap<String, OffsetDateTime>, RegistryError> {
    let mut wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    let (mut start, mut seen, mut found) = (AuditStart::Newest, 0, BTreeMap::new());
    while !wanted.is_empty() && seen < LOOKED_THROUGH {
        let rows = tx.audit_list(&filter, start, PAGE)?;
        let Some(last) = rows.last() else { break };
        start = AuditStart::Before(last.sequence);
        seen += rows.len();
        for row in &rows {
            let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
            let listed = detail.get("certificates").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            for id in std::iter::once(row.subject.as_str()).chain(listed) {
                if wanted.remove(id) {
                    found.insert(id.to_owned(), row.at);
                }
            }
        }
    }
    Ok(found)
}

/// One word or a few, in one line, without what separates tags on the command line.
pub(crate) fn is_tag(tag: &str) -> bool {
    let length = tag.chars().count();
    (1..=LONGEST_TAG).contains(&length)
        && tag.trim() == tag
        && !tag.contains(|c: char| c.is_control() || c == ',')
        && !tag.starts_with(['+', '-'])
}

#[cfg(test)]
mod tests {
    use super::is_tag;

    #[test]
    fn tags_are_short_words() {
        assert!(is_tag("vpn") && is_tag("main office") && is_tag("büro"));
        for wrong in ["", " vpn", "a,b", "+x", "-x", "a\nb", &"x".repeat(65)] {
            assert!(!is_tag(wrong), "{wrong:?}");
        }
    }
}
