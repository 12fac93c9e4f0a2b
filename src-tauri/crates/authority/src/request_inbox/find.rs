//! Searching the inbox: whatever stands in a request, word by word.

use super::display_name;
use crate::registry::{Read, RegistryError, RequestId, RequestRow, RequestState};

/// So many requests are looked through for one page; the next goes on behind them.
const LOOKED_THROUGH: usize = 5_000;
/// Read at once.
const STEP: u32 = 500;

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The requests that fit, newest first.
    pub rows: Vec<RequestRow>,
    /// Where the next page goes on; `None` when everything was looked through.
    pub next: Option<RequestId>,
}

/// The newest requests before another that have every word of `text`: in subject, names, key, SHA-256 or note. A page may hold fewer than `limit`,
/// or none, and still have a next one: what one search costs does not grow with the inbox.
///
/// # Errors
/// [`RegistryError`]
pub fn find_requests(
    tx: &Read<'_>,
    state: Option<RequestState>,
    before: Option<RequestId>,
    text: &str,
    limit: usize,
) -> Result<Found, RegistryError> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let (mut rows, mut at, mut seen) = (Vec::new(), before, 0);
    loop {
        let step = tx.requests(state, at, STEP)?;
        let full = step.len() >= usize::try_from(STEP).unwrap_or(usize::MAX);
        let last = step.last().map(|row| row.id);
        for row in step {
            let id = row.id;
            seen += 1;
            if fits(&row, &words) {
                rows.push(row);
                if rows.len() == limit {
                    return Ok(Found { rows, next: (full || Some(id) != last).then_some(id) });
                }
            }
        }
        at = last;
        if !full {
            return Ok(Found { rows, next: None });
        }
        if seen >= LOOKED_THROUGH {
            return Ok(Found { rows, next: at });
        }
    }
}

fn fits(row: &RequestRow, words: &[String]) -> bool {
    let mut text = format!("{} {} {}", display_name(row), row.subject.rfc4514(), row.names.join(" "));
    for part in [&row.key_kind, &row.fingerprint.to_string(), &row.key_fingerprint.to_string(), row.note.as_ref().unwrap_or(&String::new())]
    {
        text.push(' ');
        text.push_str(part);
    }
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}
