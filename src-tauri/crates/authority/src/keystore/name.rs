//! The names of keys.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::{Entropy, EntropyError};

/// The name of a key in its store: the key's id in the registry.
///
/// One to 64 characters of `A-Z a-z 0-9 - _`, so that it fits a keyring attribute on every platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyRef(String);

/// A text that is no [`KeyRef`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no key id")]
pub struct KeyRefError {
    /// The text.
    pub text: String,
}

impl KeyRef {
    /// Reads a key id.
    ///
    /// # Errors
    /// [`KeyRefError`] when the text is empty, longer than 64 characters, or holds others than letters, digits, hyphen and underscore.
    pub fn new(text: &str) -> Result<Self, KeyRefError> {
        if is_entry_word(text) { Ok(Self(text.to_owned())) } else { Err(KeyRefError { text: text.to_owned() }) }
    }

    /// Draws a new id (a UUID, version 4).
    ///
    /// # Errors
    /// [`EntropyError`] when there is no randomness.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = [0u8; 16];
        entropy.fill(&mut bytes)?;
        Ok(Self(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()))
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for KeyRef {
    type Error = KeyRefError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<KeyRef> for String {
    fn from(key: KeyRef) -> Self {
        key.0
    }
}

/// Tells whether `text` can name an entry of a store.
pub(super) fn is_entry_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::clock::SeededEntropy;

    #[test]
    fn key_ids_are_plain_words() {
        for good in ["a", "0190f5b2-6c1e-7b2a-9d0e-2f6f5a0c9b11", &"x".repeat(64)] {
            assert_eq!(KeyRef::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a/b", "ä", "a b", "a\0", "../x", &"x".repeat(65)] {
            assert_eq!(KeyRef::new(bad), Err(KeyRefError { text: bad.to_owned() }));
        }
        let drawn = KeyRef::draw(&SeededEntropy::new(1)).unwrap();
        assert_eq!((drawn.as_str().len(), KeyRef::new(drawn.as_str())), (36, Ok(drawn.clone())));
        assert_eq!(serde_json::from_str::<KeyRef>(&serde_json::to_string(&drawn).unwrap()).unwrap(), drawn);
        assert!(serde_json::from_str::<KeyRef>("\"a/b\"").is_err());
    }
}
