//! What a word is when certificates are searched or sorted by name, and what stands in the index of words.
//!
//! The index holds the starts of words, each as a term of its own, so that finding a word by its start is one look-up in a list that is
//! walked in steps, however many certificates have such a word. Serials and fingerprints are random: their starts would be millions of terms
//! of one row each, so they stand there whole, and are found from four digits on.

use std::collections::BTreeSet;

use super::facts::CertificateFacts;

/// Stands before a start of a word. It is no letter and no digit, so no word has it, and the tokenizer takes it for one.
const START: char = '·';
/// Starts are kept up to this many letters; a longer word also stands there whole.
const LONGEST_START: usize = 32;
/// A serial up to this many digits counts as a word like any other: it was counted, not drawn.
const COUNTED_SERIAL: usize = 8;
/// So many digits of a serial or fingerprint find it.
const FEWEST_DIGITS: usize = 4;

/// Cuts a text into words (they end at anything but letters and digits) and folds their case. One space between words: the index of words
/// is told to cut at nothing else.
pub(super) fn folded_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        fold_into(word, &mut words);
    }
    words
}

/// What a certificate is found by.
struct Findable {
    /// Words that are found by any start.
    words: String,
    /// Words that are found by four digits or more.
    numbers: String,
}

impl Findable {
    fn of(facts: &CertificateFacts) -> Self {
        let mut words = format!("{} {}", facts.display_name, facts.subject.rfc4514());
        for name in &facts.names {
            words.push(' ');
            // The kind in front ("dns:") is no word of the name.
            words.push_str(name.split_once(':').map_or(name.as_str(), |(_, value)| value));
        }
        let (serial, fingerprint) = (facts.serial.to_string(), facts.fingerprint.to_string());
        let mut numbers = fingerprint;
        let home = if serial.len() <= COUNTED_SERIAL { &mut words } else { &mut numbers };
        home.push(' ');
        home.push_str(&serial);
        Self { words: folded_words(&words), numbers: folded_words(&numbers) }
    }
}

/// The terms that the index of words holds for a certificate, with one space between them.
pub(super) fn index_terms(facts: &CertificateFacts) -> String {
    let findable = Findable::of(facts);
    let mut starts: BTreeSet<&str> = BTreeSet::new();
    let mut whole: BTreeSet<&str> = findable.numbers.split(' ').collect();
    for word in findable.words.split(' ').collect::<BTreeSet<_>>() {
        let ends = word.char_indices().map(|(at, letter)| at + letter.len_utf8());
        starts.extend(ends.take(LONGEST_START).filter_map(|end| word.get(..end)));
        if word.chars().nth(LONGEST_START).is_some() {
            whole.insert(word);
        }
    }
    let mut terms = String::new();
    for start in starts {
        terms.push(START);
        terms.push_str(start);
        terms.push(' ');
    }
    for word in whole {
        terms.push_str(word);
        terms.push(' ');
    }
    terms
}

/// What a search text asks for: each of these is the start of a word. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WordStarts(Vec<String>);

impl WordStarts {
    /// The words of a search text; `None` when it has no word.
    pub(super) fn of(text: &str) -> Option<Self> {
        let folded = folded_words(text);
        let all: BTreeSet<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        // Whoever has a longer one has its start too.
        let starts: Vec<String> = all
            .iter()
            .filter(|word| !all.iter().any(|other| other.len() > word.len() && other.starts_with(**word)))
            .map(|word| (*word).to_owned())
            .collect();
        (!starts.is_empty()).then_some(Self(starts))
    }

    /// The query over the index of words.
    pub(super) fn query(&self) -> String {
        let term = |word: &String| {
            let (start, whole) = (format!("\"{START}{word}\""), format!("\"{word}\"*"));
            if word.chars().count() > LONGEST_START {
                whole
            } else if is_number(word) {
                format!("({start} OR {whole})")
            } else {
                start
            }
        };
        self.0.iter().map(term).collect::<Vec<_>>().join(" AND ")
    }

    /// Whether a certificate has all of them: the same answer as the index gives.
    pub(super) fn fit(&self, facts: &CertificateFacts) -> bool {
        let findable = Findable::of(facts);
        self.0.iter().all(|start| {
            let begins = |words: &str| words.split(' ').any(|word| word.starts_with(start.as_str()));
            begins(&findable.words) || (is_number(start) && begins(&findable.numbers))
        })
    }
}

/// Whether a word may be the start of a serial or fingerprint.
fn is_number(word: &str) -> bool {
    word.len() >= FEWEST_DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The form of a display name that lists are sorted by: case folded, no NUL (it ends the name in a position key).
pub(super) fn sort_name(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    fold_into(name, &mut folded);
    if folded.contains('\0') {
        folded = folded.replace('\0', "\u{fffd}");
    }
    folded
}

/// Folds case letter by letter, so that the fold of a word's start is the start of the word's fold ("ΟΔΟΣ" has no final sigma then, and ß
/// is ss).
fn fold_into(text: &str, out: &mut String) {
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else {
            out.extend(c.to_uppercase().flat_map(char::to_lowercase));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{WordStarts, folded_words, sort_name};

    #[test]
    fn words_end_at_anything_but_letters_and_digits() {
        assert_eq!(folded_words("CN=www-1.Example.test,O=Müller & Söhne"), "cn www 1 example test o müller söhne");
    }

    #[test]
    fn case_folds_letter_by_letter() {
        assert_eq!(folded_words("STRASSE"), folded_words("straße"));
        assert_eq!(folded_words("ΟΔΟΣ"), folded_words("οδος"));
        assert_eq!(sort_name("Ärzte\0X"), "ärzte\u{fffd}x");
    }

    #[test]
    fn a_query_without_words_is_no_query() {
        assert_eq!(WordStarts::of(" .\"*- "), None);
        let query = |text: &str| WordStarts::of(text).map(|starts| starts.query());
        assert_eq!(query("\"Foo* bar").as_deref(), Some("\"·bar\" AND \"·foo\""));
        assert_eq!(query("ho host hos").as_deref(), Some("\"·host\""), "what begins with the longest begins with the others");
        assert_eq!(query("c0ff").as_deref(), Some("(\"·c0ff\" OR \"c0ff\"*)"), "four digits may begin a serial");
    }
}
