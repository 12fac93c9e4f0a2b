//! The audit log's events and the chain of hashes that ties its rows together.
//!
//! Each row's hash is SHA-256 over this text, in UTF-8, where every value stands behind its length in bytes (so that no value can pass for
//! another line), and an absent reason is `-`:
//!
//! ```text
//! chancery audit 1
//! sequence 1:7
//! at 13:1767225600000
//! actor 47:{"host":"h","program":"chancery","user":"anna"}
//! action 11:cert.revoke
//! subject 4:4711
//! detail 2:{}
//! why -
//! previous 64:<hex of the hash of row 6; 64 zeros before the first>
//! ```
//!
//! `at` is in epoch milliseconds. Changing, removing or moving a row breaks the chain there; cutting off the newest rows does not, so their
//! count and the last hash are MACed under a secret that is kept outside the registry.

use pki::Fingerprint;
use time::OffsetDateTime;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Name of the user at the operating system.
    pub user: String,
    /// Name of the machine.
    pub host: String,
    /// The program ("chancery", "chancery-desktop").
    pub program: String,
}

impl Actor {
    /// The JSON object that is kept; its keys are in alphabetical order.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "host": self.host, "program": self.program, "user": self.user })
    }
}

/// Something that was done, to be committed together with what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: OffsetDateTime,
    /// Who.
    pub actor: Actor,
    /// What, as "noun.verb" ("cert.revoke").
    pub action: String,
    /// To what: the id of a row, or a name.
    pub subject: String,
    /// The particulars (JSON object).
    pub detail: serde_json::Value,
    /// Why, where a reason is asked for.
    pub why: Option<String>,
}

/// A row's fields exactly as they are kept, which is what the hash covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'a> {
    pub(crate) sequence: u64,
    pub(crate) at: i64,
    pub(crate) actor: &'a str,
    pub(crate) action: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) detail: &'a str,
    pub(crate) why: Option<&'a str>,
    pub(crate) previous: &'a [u8; 32],
}

/// What the first row has for the hash before it.
pub(crate) const BEFORE_THE_FIRST: [u8; 32] = [0; 32];

impl Link<'_> {
    /// The text that is hashed.
    pub(crate) fn text(&self) -> String {
        let line = |name: &str, value: &str| format!("{name} {}:{value}\n", value.len());
        let mut text = String::from("chancery audit 1\n");
        text.push_str(&line("sequence", &self.sequence.to_string()));
        text.push_str(&line("at", &self.at.to_string()));
        text.push_str(&line("actor", self.actor));
        text.push_str(&line("action", self.action));
        text.push_str(&line("subject", self.subject));
        text.push_str(&line("detail", self.detail));
        text.push_str(&self.why.map_or_else(|| "why -\n".to_owned(), |why| line("why", why)));
        text.push_str(&line("previous", &hex::encode(self.previous)));
        text
    }

    /// The row's hash.
    pub(crate) fn hash(&self) -> [u8; 32] {
        *Fingerprint::of(self.text().as_bytes()).as_bytes()
    }
}

/// The text that the head's MAC covers: how many rows there are and the hash of the last.
#[must_use]
pub fn head_text(count: u64, head: &[u8; 32]) -> String {
    format!("chancery audit head 1\ncount {count}\nhead {}\n", hex::encode(head))
}

#[cfg(test)]
mod tests {
    use super::{Actor, BEFORE_THE_FIRST, Link};

    const LINK: Link<'_> = Link {
        sequence: 7,
        at: 1_767_225_600_000,
        actor: "{}",
        action: "cert.revoke",
        subject: "4711",
        detail: "{}",
        why: None,
        previous: &BEFORE_THE_FIRST,
    };

    #[test]
    fn the_text_is_as_documented() {
        let text = LINK.text();
        let expected = format!(
            "chancery audit 1\nsequence 1:7\nat 13:1767225600000\nactor 2:{{}}\naction 11:cert.revoke\nsubject 4:4711\ndetail 2:{{}}\nwhy -\nprevious 64:{}\n",
            "0".repeat(64)
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn no_value_can_pass_for_another_field() {
        let moved = Link { action: "cert.revoke\nsubject 4:4711", subject: "", ..LINK };
        assert_ne!(LINK.hash(), moved.hash());
        assert_ne!(LINK.hash(), Link { why: Some("-"), ..LINK }.hash());
    }

    #[test]
    fn an_actor_has_one_form() {
        let actor = Actor { user: "anna".to_owned(), host: "h".to_owned(), program: "chancery".to_owned() };
        assert_eq!(actor.to_json().to_string(), r#"{"host":"h","program":"chancery","user":"anna"}"#);
    }
}
