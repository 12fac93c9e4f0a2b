//! The words that generated passphrases are made of.

use crate::clock::{Entropy, EntropyError};

/// One word a line, sorted, lower case letters only; of our own making.
const WORDS: &str = include_str!("words.txt");

/// The length of the longest word in the list.
pub(super) const LONGEST: usize = 7;

/// What one drawn word is worth, in hundredths of a bit: 100 * log2(1702).
pub(super) const CENTIBITS_PER_WORD: u32 = 1073;

/// Tells whether `word` (lower case) is in the list.
pub(super) fn contains(word: &str) -> bool {
    WORDS.lines().any(|line| line == word)
}

/// Draws a word, each with the same chance.
pub(super) fn draw(entropy: &dyn Entropy) -> Result<&'static str, EntropyError> {
    let count = u32::try_from(WORDS.lines().count()).map_err(|_| EntropyError)?;
    // The largest multiple of `count`: a draw above it would favour the first words, and is drawn again.
    let fair = u32::MAX - u32::MAX % count;
    loop {
        let mut bytes = [0u8; 4];
        entropy.fill(&mut bytes)?;
        let drawn = u32::from_be_bytes(bytes);
        if drawn < fair {
            let position = usize::try_from(drawn % count).map_err(|_| EntropyError)?;
            if let Some(word) = WORDS.lines().nth(position) {
                return Ok(word);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_clean_and_long_enough() {
        let words: Vec<&str> = WORDS.lines().collect();
        assert_eq!(words.len(), 1702);
        assert!(words.is_sorted_by(|a, b| a < b), "sorted, no word twice");
        assert!(words.iter().all(|word| (3..=LONGEST).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())));
        assert!(words.iter().any(|word| word.len() == LONGEST));
        let bits = 1702f64.log2() * 100.0;
        assert!((bits - f64::from(CENTIBITS_PER_WORD)).abs() < 1.0, "{bits}");
    }
}
