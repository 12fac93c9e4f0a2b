//! What a word is when certificates are searched or sorted by name.

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

/// The query that finds rows in which each word of `text` is the start of a word; nothing when `text` has no word.
pub(super) fn prefix_query(text: &str) -> Option<String> {
    let words = folded_words(text);
    if words.is_empty() {
        return None;
    }
    let terms: Vec<String> = words.split(' ').map(|word| format!("\"{word}\"*")).collect();
    Some(terms.join(" AND "))
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
    use super::{folded_words, prefix_query, sort_name};

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
        assert_eq!(prefix_query(" .\"*- "), None);
        assert_eq!(prefix_query("\"Foo* bar").as_deref(), Some("\"foo\"* AND \"bar\"*"));
    }
}
