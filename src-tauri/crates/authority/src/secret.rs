//! Values that must not leak: passphrases and secret bytes. Kept out of swap, wiped when dropped, unprintable, not comparable, not cloneable.

mod locked;
mod strength;
mod word_list;

use std::fmt;

use zeroize::Zeroizing;

use crate::clock::{Entropy, EntropyError};
use locked::LockedBytes;

pub(crate) use locked::can_lock;
pub use strength::Strength;

/// The fewest words that [`Passphrase::generate`] draws: six words of the list are about 64 bits.
pub const FEWEST_WORDS: usize = 6;

/// What a person types to open a vault or a recovery file.
///
/// It travels one way, into the core; nothing gives it back.
pub struct Passphrase(LockedBytes);

impl Passphrase {
    /// Takes a passphrase as it was typed: no trimming, no change of case.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(LockedBytes::new(text.into_bytes()))
    }

    /// Shows the text to the key derivation, or to the person for whom it was just generated.
    #[must_use]
    pub fn expose(&self) -> &str {
        // It was made of text.
        std::str::from_utf8(self.0.as_slice()).unwrap_or_default()
    }

    /// Tells whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// Estimates how hard the passphrase is to guess.
    #[must_use]
    pub fn strength(&self) -> Strength {
        Strength::of(self.expose())
    }

    /// Draws `words` words (at least [`FEWEST_WORDS`]) from the embedded list, joined by hyphens.
    ///
    /// # Errors
    /// [`EntropyError`] when there is no randomness.
    pub fn generate(words: usize, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let words = words.max(FEWEST_WORDS);
        // Room for every word, so that no half-grown copy is left behind by a reallocation.
        let mut text = Zeroizing::new(String::with_capacity(words * (word_list::LONGEST + 1)));
        for position in 0..words {
            if position > 0 {
                text.push('-');
            }
            text.push_str(word_list::draw(entropy)?);
        }
        Ok(Self::new(std::mem::take(&mut *text)))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(redacted)")
    }
}

/// Secret bytes: a MAC key, a sealing key.
pub struct SecretBytes(LockedBytes);

impl SecretBytes {
    /// Takes `bytes` over.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(LockedBytes::new(bytes))
    }

    /// Draws a secret of `length` bytes.
    ///
    /// # Errors
    /// [`EntropyError`] when there is no randomness.
    pub fn random(length: usize, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = LockedBytes::zeros(length);
        entropy.fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Shows the bytes to the cipher or MAC that is about to use them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Compares in constant time.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.expose(), other.expose()).is_ok()
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(redacted)")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::clock::SeededEntropy;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Passphrase::new("hunter2".to_owned())), "Passphrase(redacted)");
        assert_eq!(format!("{:?}", SecretBytes::new(vec![1, 2, 3])), "SecretBytes(redacted)");
    }

    #[test]
    fn generated_passphrases_have_the_words_asked_for_and_are_strong() {
        let entropy = SeededEntropy::new(1);
        for (asked, given) in [(0, 6), (6, 6), (9, 9)] {
            let passphrase = Passphrase::generate(asked, &entropy).unwrap();
            assert_eq!(passphrase.expose().split('-').count(), given);
            assert!(!passphrase.strength().weak, "{:?}", passphrase.strength());
        }
        let (a, b) = (Passphrase::generate(6, &entropy).unwrap(), Passphrase::generate(6, &entropy).unwrap());
        assert_ne!(a.expose(), b.expose());
    }

    #[test]
    fn random_secrets_have_their_length_and_differ() {
        let entropy = SeededEntropy::new(2);
        let (a, b) = (SecretBytes::random(32, &entropy).unwrap(), SecretBytes::random(32, &entropy).unwrap());
        assert_eq!(a.expose().len(), 32);
        assert!(!a.same_as(&b));
        assert!(a.same_as(&SecretBytes::new(a.expose().to_vec())));
    }
}
