//! The words that a person reads: one catalogue per language under `words/`, the same files that the page's words are generated from.
//!
//! Codes, lints and checks carry data; this is where they become sentences. Values are put in as they are (they may come from a foreign
//! certificate), so whoever shows a sentence makes control and bidi characters visible.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use authority::pki::extension::{Statement, StatementValue, Term};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{ApiError, ErrorCode};

/// What is said about an error.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorWords {
    /// What happened.
    pub title: String,
    /// What is safe.
    pub safe: String,
    /// What to do next.
    pub next: String,
    /// What to do next, as written on the command line, where that differs.
    #[serde(default)]
    pub cli: Option<String>,
}

/// What is said about one test of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckWords {
    /// What was tested, in a word or two.
    pub label: String,
    /// When it passed.
    pub pass: String,
    /// When it failed.
    pub fail: String,
    /// When it could not be told.
    pub unknown: String,
}

/// What the overview says about something that needs the user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttentionWords {
    /// The title.
    pub title: String,
    /// What and why.
    pub detail: String,
}

/// What the doctor says about one observation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoctorWords {
    /// What was looked at, in a word or two.
    pub label: String,
    /// When it is as it should be.
    pub ok: String,
    /// When it is not.
    pub bad: String,
    /// What to do then.
    pub fix: String,
}

/// What is said about a finding of the registry's check.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingWords {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}

/// What is said about a finding of the preflight.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LintWords {
    /// The rule in a word or two.
    pub title: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}

/// What is said about a revocation reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonWords {
    /// The reason in a word or two.
    pub label: String,
    /// When to use it.
    pub r#use: String,
}

/// What is said about a setting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingWords {
    /// What it is, in a few words.
    pub title: String,
    /// What it does, in a sentence.
    pub about: String,
}

/// What is said about the state of a key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyStateWords {
    /// The state in a few words.
    pub title: String,
    /// What it means.
    pub message: String,
    /// What to do next; empty when there is nothing to do.
    pub next: String,
}

type Catalogue<T> = BTreeMap<String, T>;

/// Parses one file of the catalogue, once. A file that does not parse is an empty one; the tests below refuse that.
fn parsed<T: DeserializeOwned>(cell: &'static OnceLock<Catalogue<T>>, text: &str) -> &'static Catalogue<T> {
    cell.get_or_init(|| serde_json::from_str(text).unwrap_or_default())
}

macro_rules! catalogues {
    ($($name:ident: $type:ty = $file:literal;)*) => {
        $(fn $name() -> &'static Catalogue<$type> {
            static CELL: OnceLock<Catalogue<$type>> = OnceLock::new();
            parsed(&CELL, include_str!(concat!("../words/en/", $file)))
        })*
    };
}

catalogues! {
    errors: ErrorWords = "errors.json";
    error_fields: String = "error-fields.json";
    checks: CheckWords = "checks.json";
    attentions: AttentionWords = "attention.json";
    observations: DoctorWords = "doctor.json";
    findings: FindingWords = "findings.json";
    reasons: ReasonWords = "reasons.json";
    lints: LintWords = "lints.json";
    import: Catalogue<String> = "import.json";
    extensions: String = "extensions.json";
    terms: Catalogue<String> = "terms.json";
    profile_problems: String = "profile-problems.json";
    requests: Catalogue<String> = "requests.json";
    table_problems: String = "table-problems.json";
    undoing: Catalogue<String> = "undo.json";
    settings: SettingWords = "settings.json";
    settings_take: String = "settings-take.json";
    quarantine_reasons: String = "quarantine.json";
    key_states: KeyStateWords = "key-states.json";
}

/// The words of an error, with its fields put in.
///
/// A field that the error does not carry is replaced by general words, so a sentence never shows a placeholder.
pub fn error(error: &ApiError) -> ErrorWords {
    let value = |name: &str| error.fields.get(name).or_else(|| error_fields().get(name)).cloned();
    let words = template(error.code);
    ErrorWords {
        title: fill(&words.title, value),
        safe: fill(&words.safe, value),
        next: fill(&words.next, value),
        cli: words.cli.as_deref().map(|text| fill(text, value)),
    }
}

/// The words of an error code before any field is put in. A code without words, which a test rules out, is its own title.
pub fn template(code: ErrorCode) -> ErrorWords {
    errors().get(code.as_str()).cloned().unwrap_or_else(|| ErrorWords {
        title: code.as_str().to_owned(),
        safe: String::new(),
        next: String::new(),
        cli: None,
    })
}

/// The words of one test of a verification: its label, and the sentence for `result` (`pass`, `fail` or `unknown`).
pub fn check(id: &str, result: &str, fields: &[(&str, String)]) -> (String, String) {
    let Some(words) = checks().get(id) else { return (id.to_owned(), listed(fields)) };
    let sentence = match result {
        "pass" => &words.pass,
        "fail" => &words.fail,
        _ => &words.unknown,
    };
    (words.label.clone(), fill(sentence, |name| named(fields, name)))
}

/// The words of something that needs the user, by its code in `Attention`.
pub fn attention(code: &str, fields: &[(&str, String)]) -> AttentionWords {
    let fill_in = |text: &str| fill(text, |name| named(fields, name));
    match attentions().get(code) {
        Some(words) => AttentionWords { title: fill_in(&words.title), detail: fill_in(&words.detail) },
        None => AttentionWords { title: code.to_owned(), detail: listed(fields) },
    }
}

/// The words of one observation of the doctor: what it says, and what to do (empty when all is well).
pub fn doctor(code: &str, state: Option<&str>, ok: bool, fields: &[(&str, String)]) -> (String, String) {
    let of_state = state.and_then(|state| observations().get(&format!("{code}-{state}")));
    let Some(words) = of_state.or_else(|| observations().get(code)) else { return (listed(fields), String::new()) };
    let fill_in = |text: &str| fill(text, |name| named(fields, name));
    if ok { (fill_in(&words.ok), String::new()) } else { (fill_in(&words.bad), fill_in(&words.fix)) }
}

/// The words of a finding of the registry's check, with its particulars put in.
pub fn finding(code: &str, problem: &str) -> FindingWords {
    let value = |name: &str| (name == "problem").then(|| problem.to_owned());
    match findings().get(code) {
        Some(words) => FindingWords { message: fill(&words.message, value), fix: words.fix.clone() },
        None => FindingWords { message: problem.to_owned(), fix: String::new() },
    }
}

/// What the doctor looked at, in a word or two.
pub fn doctor_label(code: &str) -> &str {
    observations().get(code).map_or(code, |words| words.label.as_str())
}

/// The words of a revocation reason, by RFC 5280's name.
pub fn reason(name: &str) -> Option<&'static ReasonWords> {
    reasons().get(name)
}

/// The words of a lint: what is wrong, and what to do about it.
pub fn lint(id: &str, fields: &[(&str, String)]) -> (String, String) {
    let Some(words) = lints().get(id) else { return (format!("{id}: {}", listed(fields)), String::new()) };
    let fill_in = |text: &str| fill(text, |name| named(fields, name));
    (fill_in(&words.message), fill_in(&words.fix))
}

/// What is remarkable about an object of an import; empty for nothing.
pub fn import_remark(code: &str) -> String {
    import().get("remarks").and_then(|remarks| remarks.get(code)).cloned().unwrap_or_default()
}

/// Why an object of an import cannot be taken, and what to do.
pub fn import_refusal(code: &str, fields: &[(&str, String)]) -> String {
    let refusals = import().get("refusals");
    let words = refusals.and_then(|refusals| refusals.get(code).or_else(|| refusals.get("other")));
    words.map_or_else(|| listed(fields), |text| fill(text, |name| named(fields, name)))
}

/// Why something of a source is in quarantine.
pub fn quarantine(code: &str, problem: &str) -> String {
    let value = |name: &str| (name == "problem").then(|| problem.to_owned());
    quarantine_reasons().get(code).map_or_else(|| format!("{code}: {problem}"), |text| fill(text, value))
}

/// What is wrong with a cell, a row or a whole table of certificates to be issued.
pub fn table_problem(code: &str, fields: &[(&str, String)]) -> String {
    table_problems().get(code).map_or_else(|| listed(fields), |text| fill(text, |name| named(fields, name)))
}

fn of_requests(part: &str, code: &str) -> Option<&'static String> {
    requests().get(part).and_then(|words| words.get(code))
}

/// What speaks against a signing request, and what to do about it.
pub fn request_concern(code: &str, fields: &[(&str, String)]) -> (String, String) {
    let said = |part| of_requests(part, code).map(|text| fill(text, |name| named(fields, name)));
    (said("messages").unwrap_or_else(|| listed(fields)), said("fixes").unwrap_or_default())
}

/// Why a request's own signature proves little.
pub fn request_weakness(code: &str) -> String {
    of_requests("weaknesses", code).cloned().unwrap_or_else(|| code.to_owned())
}

/// The state of a request as it stands in a sentence.
pub fn request_state(code: &str) -> String {
    of_requests("states", code).cloned().unwrap_or_else(|| code.to_owned())
}

/// What became of a request that was taken in before.
pub fn request_known(state: &str) -> String {
    of_requests("known", state).cloned().unwrap_or_default()
}

/// The line that says what an extension says.
pub fn statement(said: &Statement) -> String {
    let value = |name: &str| said.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| statement_value(value));
    match extensions().get(said.code) {
        Some(words) => fill(words, value),
        None => said.fields.iter().map(|(_, value)| statement_value(value)).collect::<Vec<_>>().join(", "),
    }
}

fn statement_value(value: &StatementValue) -> String {
    match value {
        StatementValue::Text(text) => text.clone(),
        StatementValue::Terms(listed) => listed.iter().map(term).collect::<Vec<_>>().join(", "),
    }
}

/// A term in words, with its name behind them; a term without words by its name and identifier.
fn term(term: &Term) -> String {
    let words = terms().get(term.kind.as_str()).and_then(|words| words.get(&term.code));
    match words {
        Some(words) => format!("{words} ({})", term.name),
        None if term.name != term.code => format!("{} ({})", term.name, term.code),
        None => term.code.clone(),
    }
}

/// What is wrong with a field of a profile or policy, and what would be right.
pub fn profile_problem(code: &str, given: &str) -> String {
    let words = profile_problems().get(code);
    words.map_or_else(|| format!("{code}: {given}"), |text| fill(text, |name| (name == "given").then(|| given.to_owned())))
}

/// The words about undoing: an act (`acts`), what undoing does (`will`), why something is final (`final`).
pub(crate) fn undo(kind: &str, code: &str, fields: &[(&str, String)]) -> String {
    let of_kind = undoing().get(kind);
    let words = of_kind.and_then(|words| words.get(code).or_else(|| words.get("other")));
    words.map_or_else(|| code.to_owned(), |text| fill(text, |name| named(fields, name)))
}

/// The words of a setting, by its name.
pub fn setting(key: &str) -> SettingWords {
    settings().get(key).cloned().unwrap_or_else(|| SettingWords { title: key.to_owned(), about: String::new() })
}

/// The words of a key's state. `problem` is what the store said, or the fingerprint of what was found.
pub(crate) fn key_state(state: &str, location: &str, problem: &str) -> KeyStateWords {
    let fill_in = |text: &str| fill(text, |name| (name == "problem").then(|| problem.to_owned()));
    key_states().get(&format!("{state}-{location}")).or_else(|| key_states().get(state)).map_or_else(
        || KeyStateWords { title: state.to_owned(), message: problem.to_owned(), next: String::new() },
        |words| KeyStateWords { title: words.title.clone(), message: fill_in(&words.message), next: words.next.clone() },
    )
}

/// What the doctor says of a key, or of an entry that no key knows, and what to do: its `name`, its `location`, and the `problem`.
pub(crate) fn key_found(state: &str, fields: &[(&str, String)]) -> (String, String) {
    let value = |name| named(fields, name).unwrap_or_default();
    let said = key_state(state, &value("location"), &value("problem"));
    (format!("{} ({}). {}", value("name"), said.title, said.message), said.next)
}

/// What a kind of setting takes, or what a number counts.
pub(crate) fn setting_takes(code: &str, fields: &[(&str, String)]) -> String {
    settings_take().get(code).map_or_else(|| listed(fields), |text| fill(text, |name| named(fields, name)))
}

fn named(fields: &[(&str, String)], name: &str) -> Option<String> {
    fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
}

fn listed(fields: &[(&str, String)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
}

/// Puts values in place of `{name}`. Values are not looked at again, so a value with braces stays as it is.
fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match value(name) {
            Some(value) if value.is_empty() => filled.push('-'),
            Some(value) => filled.push_str(&value),
            None => filled.push('…'),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
#[path = "words/tests.rs"]
mod tests;
