//! A leaf key that a profile says to keep: sealed under a key that itself lives in keyring or vault; the sealed form stands in the registry.

use pki::key::PrivateKey;

use super::KeyStoreError;
use super::sealing::{self, NONCE_LENGTH, Sealed};
use crate::clock::Entropy;
use crate::secret::SecretBytes;

/// The version octet in front.
const VERSION: u8 = 1;

/// Why a kept key could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeptKeyError {
    /// The form is not one that we write.
    #[error("not a sealed key of version 1")]
    Form,
    /// It was sealed under another key or for another id, or it was changed.
    #[error("the sealed key does not open")]
    NotOpened,
    /// It opened, but no key came out.
    #[error("what was sealed is not a key")]
    NotAKey,
}

/// Seals a leaf key under `sealing_key` (32 octets). `id` is authenticated with it, so that two rows cannot be swapped.
///
/// # Errors
/// [`KeyStoreError::Entropy`] without randomness, [`KeyStoreError::Damaged`] when the sealing key is not 32 octets long.
pub fn seal_kept_key(sealing_key: &SecretBytes, id: &str, key: &PrivateKey, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyStoreError> {
    let sealed = sealing::seal(sealing_key, &context(id), &key.expose_pkcs8_der(), entropy)?;
    Ok([[VERSION].as_slice(), &sealed.nonce, &sealed.text].concat())
}

/// Opens what [`seal_kept_key`] made.
///
/// # Errors
/// [`KeptKeyError`].
pub fn open_kept_key(sealing_key: &SecretBytes, id: &str, bytes: &[u8]) -> Result<PrivateKey, KeptKeyError> {
    let (&version, rest) = bytes.split_first().ok_or(KeptKeyError::Form)?;
    let (&nonce, text) = rest.split_first_chunk::<NONCE_LENGTH>().ok_or(KeptKeyError::Form)?;
    if version != VERSION {
        return Err(KeptKeyError::Form);
    }
    let opened = sealing::open(sealing_key, &context(id), &Sealed { nonce, text: text.to_vec() }).ok_or(KeptKeyError::NotOpened)?;
    PrivateKey::from_pkcs8_der(&opened).map_err(|_| KeptKeyError::NotAKey)
}

fn context(id: &str) -> Vec<u8> {
    [b"chancery kept key 1\n".as_slice(), id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::clock::SeededEntropy;
    use pki::key::KeySpec;

    #[test]
    fn kept_keys_open_only_under_their_key_and_id() {
        let entropy = SeededEntropy::new(5);
        let (under, other) = (SecretBytes::random(32, &entropy).unwrap(), SecretBytes::random(32, &entropy).unwrap());
        let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
        let sealed = seal_kept_key(&under, "c1", &key, &entropy).unwrap();
        assert_eq!(open_kept_key(&under, "c1", &sealed).unwrap().public_key(), key.public_key());
        assert_eq!(open_kept_key(&under, "c2", &sealed).unwrap_err(), KeptKeyError::NotOpened);
        assert_eq!(open_kept_key(&other, "c1", &sealed).unwrap_err(), KeptKeyError::NotOpened);
        assert_eq!(open_kept_key(&under, "c1", &[]).unwrap_err(), KeptKeyError::Form);
        assert_eq!(open_kept_key(&under, "c1", &[1; 20]).unwrap_err(), KeptKeyError::Form);
        for offset in 0..sealed.len() {
            let mut flipped = sealed.clone();
            *flipped.get_mut(offset).unwrap() ^= 0x20;
            assert!(open_kept_key(&under, "c1", &flipped).is_err(), "octet {offset}");
        }
    }
}
