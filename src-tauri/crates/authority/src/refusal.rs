//! What was attempted and refused is in the log as well: who, what, on what, and why not.

use serde_json::{Map, Value, json};

use crate::registry::RegistryError;
use crate::session::Session;

/// Characters kept of a value: a hostile input may be a megabyte long.
const KEPT: usize = 300;

/// How the action of a refused attempt ends: `certificate.issue-refused`.
pub const SUFFIX: &str = "-refused";

/// An attempt that came to nothing.
#[derive(Debug)]
pub struct Refusal<'a> {
    /// What was attempted, as "noun.verb" ("certificate.issue").
    pub attempt: &'a str,
    /// On what: the id of a row, or what was given for it.
    pub subject: &'a str,
    /// Its display name, where it is known.
    pub name: Option<&'a str>,
    /// The code of the refusal.
    pub code: &'a str,
    /// The values that were refused and those that they were compared with. Never a secret: errors have no field for one.
    pub fields: &'a [(&'a str, &'a str)],
    /// Why, in words.
    pub why: &'a str,
}

impl Session {
    /// Records a refused attempt; gives the number of its row.
    ///
    /// # Errors
    /// When the registry cannot be written.
    pub fn note_refusal(&self, refusal: &Refusal<'_>) -> Result<u64, RegistryError> {
        let fields: Map<_, _> = refusal.fields.iter().map(|(name, value)| ((*name).to_owned(), json!(cut(value)))).collect();
        let mut detail = json!({ "code": refusal.code, "fields": fields });
        if let (Some(name), Value::Object(detail)) = (refusal.name, &mut detail) {
            detail.insert("name".to_owned(), json!(cut(name)));
        }
        let mut event = self.event("", &cut(refusal.subject), detail);
        event.action = format!("{}{SUFFIX}", refusal.attempt);
        event.why = Some(cut(refusal.why));
        self.change_unnoted(|tx| tx.append_audit(&event))
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(KEPT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, cut};

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"ü".repeat(KEPT)), "ü".repeat(KEPT));
        assert_eq!(cut(&"ü".repeat(KEPT + 1)), format!("{}…", "ü".repeat(KEPT)));
    }
}
