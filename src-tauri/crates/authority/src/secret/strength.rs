//! How hard a passphrase is to guess: an estimate that errs low.

use super::word_list;

/// Passphrases that everybody tries first; each is worth a handful of bits, alone or inside a longer one.
const COMMON: &[&str] = &[
    "password",
    "passphrase",
    "passwort",
    "motdepasse",
    "contrasena",
    "secret",
    "letmein",
    "welcome",
    "admin",
    "administrator",
    "root",
    "login",
    "master",
    "changeme",
    "default",
    "qwerty",
    "qwertz",
    "azerty",
    "asdf",
    "zxcv",
    "iloveyou",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "superman",
    "batman",
    "sunshine",
    "princess",
    "shadow",
    "hunter",
    "trustno",
    "whatever",
    "chancery",
    "certificate",
    "authority",
    "openssl",
    "test",
    "demo",
    "example",
    "foobar",
    "hello",
    "abc",
    "xyz",
    "temp",
    "user",
    "guest",
    "pass",
];

/// Below this many bits a passphrase is called weak: a vault can be attacked offline, at perhaps a thousand guesses a second per machine.
const WEAK_BELOW: u32 = 50;

/// An estimate of a passphrase's strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strength {
    /// The estimate in bits: a guesser needs about 2^(bits - 1) tries.
    pub bits: u32,
    /// From 0 (guessed at once) to 4 (out of reach).
    pub score: u8,
    /// Whether a person should be warned.
    pub weak: bool,
    /// The name of the score in the word catalogue: `very_weak`, `weak`, `fair`, `strong`, `very_strong`.
    pub word: &'static str,
}

impl Strength {
    /// Estimates `text`: its parts are looked up in the word list and among the common passphrases, what is left is counted by its characters.
    pub(super) fn of(text: &str) -> Self {
        let mut seen: Vec<String> = Vec::new();
        let mut centibits: u32 = 0;
        for part in text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '.' | '_' | ',' | '/' | '+')) {
            if part.is_empty() {
                continue;
            }
            let folded = part.to_lowercase();
            if seen.contains(&folded) {
                centibits = centibits.saturating_add(100);
                continue;
            }
            centibits = centibits.saturating_add(part_centibits(part, &folded));
            seen.push(folded);
        }
        Self::from_bits(centibits / 100)
    }

    fn from_bits(bits: u32) -> Self {
        let (score, word) = match bits {
            0..28 => (0, "very_weak"),
            28..WEAK_BELOW => (1, "weak"),
            WEAK_BELOW..64 => (2, "fair"),
            64..90 => (3, "strong"),
            _ => (4, "very_strong"),
        };
        Self { bits, score, weak: bits < WEAK_BELOW, word }
    }
}

/// Estimates one part in hundredths of a bit.
fn part_centibits(part: &str, folded: &str) -> u32 {
    let capitals = if part == folded { 0 } else { 100 };
    if word_list::contains(folded) {
        return word_list::CENTIBITS_PER_WORD + capitals;
    }
    let mut rest = folded.to_owned();
    let mut known: u32 = 0;
    for common in COMMON {
        if rest.contains(common) {
            rest = rest.replacen(common, "", 1);
            known += 600 + capitals;
        }
    }
    known.saturating_add(characters_centibits(part, &rest))
}

/// Estimates characters by the size of the classes that `part` draws on; a character that repeats or continues a run (`aaa`, `abc`, `321`) counts little.
fn characters_centibits(part: &str, rest: &str) -> u32 {
    let has = |is_in: fn(&char) -> bool| part.chars().any(|character| is_in(&character));
    let mut pool: u32 = 0;
    for (present, size) in [
        (has(char::is_ascii_lowercase), 26),
        (has(char::is_ascii_uppercase), 26),
        (has(char::is_ascii_digit), 10),
        (has(char::is_ascii_punctuation), 33),
        // A guess at how many other letters a person draws on.
        (!part.is_ascii(), 100),
    ] {
        pool += if present { size } else { 0 };
    }
    let per_character = pool_centibits(pool);
    let mut total: u32 = 0;
    let mut before: Option<char> = None;
    for character in rest.chars() {
        let continues = before.is_some_and(|last| u32::from(last).abs_diff(u32::from(character)) <= 1);
        total = total.saturating_add(if continues { 100 } else { per_character });
        before = Some(character);
    }
    total
}

/// Returns 100 * log2(pool), rounded down to the half bit that an estimate deserves.
fn pool_centibits(pool: u32) -> u32 {
    match pool {
        0..10 => 0,
        10..26 => 300,
        26..36 => 450,
        36..52 => 500,
        52..69 => 550,
        69..95 => 600,
        _ => 650,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_is_weak() {
        for text in [
            "",
            "a",
            "password",
            "Password1",
            "qwerty123",
            "aaaaaaaaaaaaaaaaaaaa",
            "12345678901234567890",
            "abcdefghijklmnop",
            "seed",
            "chancery-admin",
        ] {
            let strength = Strength::of(text);
            assert!(strength.weak, "{text}: {strength:?}");
            assert!(strength.score <= 1, "{text}: {strength:?}");
        }
    }

    #[test]
    fn long_and_mixed_is_not_weak() {
        for text in ["amber-tulip-comet-ranch-violin-otter", "k7#Qz!m2Vw9$Tx", "Grüße aus Zwiefaltendorf, Hausnummer 14"] {
            let strength = Strength::of(text);
            assert!(!strength.weak, "{text}: {strength:?}");
        }
    }

    #[test]
    fn repeated_words_add_nearly_nothing() {
        let once = Strength::of("amber");
        let often = Strength::of("amber amber Amber amber amber amber");
        assert_eq!(once.bits, 10);
        assert_eq!(often.bits, 15);
    }

    #[test]
    fn six_drawn_words_are_strong() {
        let strength = Strength::of("amber-tulip-comet-ranch-violin-otter");
        assert_eq!((strength.bits, strength.score, strength.word), (64, 3, "strong"));
    }
}
