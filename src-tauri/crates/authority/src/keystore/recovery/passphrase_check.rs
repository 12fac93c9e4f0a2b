//! Whether somebody knows the recovery file's passphrase, while the file itself is where it belongs: far away.
//!
//! One line: `argon2id m=KIB t=PASSES p=LANES SALT TAG`, both in base64url (RFC 4648 5) without padding. The tag is HMAC-SHA256, under what Argon2id makes
//! of passphrase and salt, of `chancery recovery passphrase 1`. The salt is not the recovery file's, so that what is derived here opens nothing.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::recovery_file::{cost_from_text, cost_text};
use crate::clock::Entropy;
use crate::keystore::KeyStoreError;
use crate::keystore::sealing::{self, KdfCost, SALT_LENGTH};
use crate::secret::Passphrase;

/// What the tag is made of.
const SAID: &[u8] = b"chancery recovery passphrase 1";

/// A passphrase that can be compared, and not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassphraseCheck {
    cost: KdfCost,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

impl PassphraseCheck {
    /// Makes the check of a passphrase, at a cost for trying one.
    ///
    /// # Errors
    /// [`KeyStoreError::Entropy`] without randomness.
    pub fn of(passphrase: &Passphrase, cost: KdfCost, entropy: &dyn Entropy) -> Result<Self, KeyStoreError> {
        let salt = sealing::draw::<SALT_LENGTH>(entropy)?.to_vec();
        let key = cost.derive(passphrase, &salt)?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.expose()), SAID);
        Ok(Self { cost, salt, tag: tag.as_ref().to_vec() })
    }

    /// Compares a passphrase.
    ///
    /// # Errors
    /// [`KeyStoreError::WrongPassphrase`] when it is another one.
    pub fn verify(&self, passphrase: &Passphrase) -> Result<(), KeyStoreError> {
        let key = self.cost.derive(passphrase, &self.salt)?;
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key.expose()), SAID, &self.tag).map_err(|_| KeyStoreError::WrongPassphrase)
    }

    /// Returns the line.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{} {} {}", cost_text(self.cost), URL_SAFE_NO_PAD.encode(&self.salt), URL_SAFE_NO_PAD.encode(&self.tag))
    }

    /// Reads the line; `None` when it is none, or asks for a cost that is not paid.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (rest, tag) = text.rsplit_once(' ')?;
        let (cost, salt) = rest.rsplit_once(' ')?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        Some(Self { cost: cost_from_text(cost).ok()?, salt: decode(salt)?, tag: decode(tag)? })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::clock::SeededEntropy;

    #[test]
    fn only_the_passphrase_itself_passes() {
        let typed = |text: &str| Passphrase::new(text.to_owned());
        let check = PassphraseCheck::of(&typed("one"), KdfCost::CHEAP, &SeededEntropy::new(1)).unwrap();
        let read = PassphraseCheck::from_text(&check.to_text()).unwrap();
        assert_eq!(read, check);
        assert_eq!(read.verify(&typed("one")), Ok(()));
        assert_eq!(read.verify(&typed("One")), Err(KeyStoreError::WrongPassphrase));
        for text in ["", "argon2id m=8 t=1 p=1", "argon2id m=99999999 t=1 p=1 AAAA AAAA", "scrypt m=8 t=1 p=1 AAAA AAAA"] {
            assert_eq!(PassphraseCheck::from_text(text), None, "{text}");
        }
    }
}
