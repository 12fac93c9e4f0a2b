//! The way back when a keyring is lost: each CA key is sealed to a recovery key, whose private half lies in a file under a passphrase.
//!
//! The public half stands in the registry, so that sealing a new key needs neither file nor passphrase and the file never goes stale.
//!
//! A sealed key is: version octet 1, length of the key id in one octet, the key id, ephemeral X25519 public key (32 octets, RFC 7748), nonce (24), the
//! key's one-line text under XChaCha20-Poly1305. The cipher's key is HKDF-SHA256 (RFC 5869) over the shared secret, salted with both public keys; all
//! that stands before the nonce is authenticated with the text.

mod passphrase_check;
mod recovery_file;

use std::fmt;

use aws_lc_rs::agreement::{self, UnparsedPublicKey, X25519};
use aws_lc_rs::hkdf;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pki::key::PrivateKey;
use zeroize::Zeroizing;

use super::entries::secret_from_line;
use super::sealing::{self, KEY_LENGTH, NONCE_LENGTH, Sealed};
use super::{KeyRef, KeyStoreError};
use crate::clock::Entropy;
use crate::secret::SecretBytes;

pub use passphrase_check::PassphraseCheck;
pub use recovery_file::{RecoveryError, RecoveryFile};

/// Octets of an X25519 key, public or private (RFC 7748 5).
const X25519_LENGTH: usize = 32;
/// The version octet of a sealed key.
const VERSION: u8 = 1;

/// The public half of a recovery key: 32 octets, kept in the registry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecoveryPublicKey([u8; X25519_LENGTH]);

impl RecoveryPublicKey {
    /// Takes the octets that [`RecoveryPublicKey::as_bytes`] gave.
    #[must_use]
    pub fn new(bytes: [u8; X25519_LENGTH]) -> Self {
        Self(bytes)
    }

    /// Reads the octets from a column; `None` unless there are 32.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; X25519_LENGTH] {
        &self.0
    }
}

impl fmt::Debug for RecoveryPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryPublicKey({})", URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// A private key that only the recovery key opens. Safe to keep in the registry.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    key: KeyRef,
    ephemeral: [u8; X25519_LENGTH],
    sealed: Sealed,
}

/// Bytes that are no [`SealedKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a sealed key of version 1")]
pub struct SealedKeyError;

impl SealedKey {
    /// Returns the id of the key that is sealed.
    #[must_use]
    pub fn key(&self) -> &KeyRef {
        &self.key
    }

    /// Returns the form that the registry keeps.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = header(&self.key, &self.ephemeral);
        bytes.extend_from_slice(&self.sealed.nonce);
        bytes.extend_from_slice(&self.sealed.text);
        bytes
    }

    /// Reads what [`SealedKey::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SealedKeyError`] when the form is another one; whether the text was changed shows when it is opened.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealedKeyError> {
        let (&[version, length], rest) = bytes.split_first_chunk::<2>().ok_or(SealedKeyError)?;
        if version != VERSION {
            return Err(SealedKeyError);
        }
        let (key, rest) = rest.split_at_checked(usize::from(length)).ok_or(SealedKeyError)?;
        let key = std::str::from_utf8(key).ok().and_then(|key| KeyRef::new(key).ok()).ok_or(SealedKeyError)?;
        let (&ephemeral, rest) = rest.split_first_chunk::<X25519_LENGTH>().ok_or(SealedKeyError)?;
        let (&nonce, text) = rest.split_first_chunk::<NONCE_LENGTH>().ok_or(SealedKeyError)?;
        Ok(Self { key, ephemeral, sealed: Sealed { nonce, text: text.to_vec() } })
    }
}

impl fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedKey").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The private half of a recovery key, out of its file. Wiped when dropped.
pub struct RecoveryKey {
    private: SecretBytes,
    public: RecoveryPublicKey,
}

impl RecoveryKey {
    /// Draws a new one.
    fn draw(entropy: &dyn Entropy) -> Result<Self, KeyStoreError> {
        Self::from_private(SecretBytes::random(X25519_LENGTH, entropy)?).ok_or_else(|| KeyStoreError::damaged("the recovery key"))
    }

    fn from_private(private: SecretBytes) -> Option<Self> {
        let public = public_of(&private)?;
        Some(Self { private, public })
    }

    /// Returns the public half.
    #[must_use]
    pub fn public(&self) -> &RecoveryPublicKey {
        &self.public
    }

    /// Opens a sealed key.
    ///
    /// # Errors
    /// [`RecoveryError::NotOpened`] when it was sealed to another recovery key or changed since, [`RecoveryError::NotAKey`] when no key comes out.
    pub fn open_sealed(&self, sealed: &SealedKey) -> Result<PrivateKey, RecoveryError> {
        PrivateKey::from_line(&self.line_of(sealed)?).map_err(|_| RecoveryError::NotAKey)
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    /// As [`RecoveryKey::open_sealed`].
    pub fn open_sealed_secret(&self, sealed: &SealedKey) -> Result<SecretBytes, RecoveryError> {
        secret_from_line(&self.line_of(sealed)?).map_err(|_| RecoveryError::NotAKey)
    }

    fn line_of(&self, sealed: &SealedKey) -> Result<Zeroizing<String>, RecoveryError> {
        let cipher_key = agree(&self.private, &sealed.ephemeral, &sealed.ephemeral, &self.public.0).ok_or(RecoveryError::NotOpened)?;
        let line = sealing::open(&cipher_key, &header(&sealed.key, &sealed.ephemeral), &sealed.sealed).ok_or(RecoveryError::NotOpened)?;
        std::str::from_utf8(&line).map(|line| Zeroizing::new(line.to_owned())).map_err(|_| RecoveryError::NotAKey)
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// Seals the one-line text of a key to `to`, with an ephemeral key of its own.
pub(super) fn seal(key: &KeyRef, line: &str, to: &RecoveryPublicKey, entropy: &dyn Entropy) -> Result<SealedKey, KeyStoreError> {
    let ephemeral_private = SecretBytes::random(X25519_LENGTH, entropy)?;
    let damaged = || KeyStoreError::damaged("the public recovery key");
    let ephemeral = public_of(&ephemeral_private).ok_or_else(damaged)?.0;
    let cipher_key = agree(&ephemeral_private, &to.0, &ephemeral, &to.0).ok_or_else(damaged)?;
    let sealed = sealing::seal(&cipher_key, &header(key, &ephemeral), line.as_bytes(), entropy)?;
    Ok(SealedKey { key: key.clone(), ephemeral, sealed })
}

/// What stands before the nonce, and is authenticated.
fn header(key: &KeyRef, ephemeral: &[u8; X25519_LENGTH]) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    // A key id has at most 64 characters.
    bytes.extend(u8::try_from(key.as_str().len()));
    bytes.extend_from_slice(key.as_str().as_bytes());
    bytes.extend_from_slice(ephemeral);
    bytes
}

fn public_of(private: &SecretBytes) -> Option<RecoveryPublicKey> {
    let private = agreement::PrivateKey::from_private_key(&X25519, private.expose()).ok()?;
    RecoveryPublicKey::from_slice(private.compute_public_key().ok()?.as_ref())
}

/// Agrees on the cipher's key. `None` for a public key of small order (RFC 7748 6.1: the shared secret would be zero).
fn agree(private: &SecretBytes, with: &[u8; X25519_LENGTH], ephemeral: &[u8], recipient: &[u8]) -> Option<SecretBytes> {
    let private = agreement::PrivateKey::from_private_key(&X25519, private.expose()).ok()?;
    agreement::agree(&private, UnparsedPublicKey::new(&X25519, with), (), |shared| {
        let mut key = vec![0u8; KEY_LENGTH];
        let salt = [ephemeral, recipient].concat();
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &salt).extract(shared);
        let okm = prk.expand(&[b"chancery sealed key 1"], hkdf::HKDF_SHA256).map_err(|_| ())?;
        okm.fill(&mut key).map_err(|_| ())?;
        Ok(SecretBytes::new(key))
    })
    .ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::clock::SeededEntropy;
    use pki::key::KeySpec;

    fn recovery_key(seed: u64) -> RecoveryKey {
        RecoveryKey::draw(&SeededEntropy::new(seed)).unwrap()
    }

    #[test]
    fn sealed_keys_open_only_with_the_recovery_key() {
        let entropy = SeededEntropy::new(3);
        let (mine, other) = (recovery_key(1), recovery_key(2));
        let private = PrivateKey::generate(KeySpec::EcP384).unwrap();
        let key = KeyRef::new("k1").unwrap();
        let sealed = seal(&key, &private.to_line().unwrap(), mine.public(), &entropy).unwrap();
        let bytes = sealed.to_bytes();
        assert_eq!(SealedKey::from_bytes(&bytes).unwrap(), sealed);
        assert_eq!(sealed.key(), &key);
        assert_eq!(mine.open_sealed(&sealed).unwrap().public_key(), private.public_key());
        assert_eq!(other.open_sealed(&sealed).unwrap_err(), RecoveryError::NotOpened);
        let again = seal(&key, &private.to_line().unwrap(), mine.public(), &entropy).unwrap();
        assert_ne!(again.ephemeral, sealed.ephemeral);
    }

    #[test]
    fn no_changed_octet_of_a_sealed_key_goes_unseen() {
        let mine = recovery_key(1);
        let private = PrivateKey::generate(KeySpec::Ed25519).unwrap();
        let sealed = seal(&KeyRef::new("k1").unwrap(), &private.to_line().unwrap(), mine.public(), &SeededEntropy::new(3)).unwrap();
        let bytes = sealed.to_bytes();
        for offset in 0..bytes.len() {
            for bit in [0x01, 0x20, 0x80] {
                let mut flipped = bytes.clone();
                *flipped.get_mut(offset).unwrap() ^= bit;
                let refused = match SealedKey::from_bytes(&flipped) {
                    Err(SealedKeyError) => true,
                    Ok(sealed) => mine.open_sealed(&sealed).is_err(),
                };
                assert!(refused, "octet {offset} bit {bit:#x}");
            }
            assert!(
                SealedKey::from_bytes(bytes.get(..offset).unwrap()).map_or(true, |cut| mine.open_sealed(&cut).is_err()),
                "cut at {offset}"
            );
        }
    }

    #[test]
    fn public_keys_of_small_order_are_refused() {
        let private = PrivateKey::generate(KeySpec::Ed25519).unwrap();
        let line = private.to_line().unwrap();
        let zero = RecoveryPublicKey::new([0; 32]);
        assert!(matches!(seal(&KeyRef::new("k").unwrap(), &line, &zero, &SeededEntropy::new(1)), Err(KeyStoreError::Damaged { .. })));
    }

    #[test]
    fn nothing_private_is_printed() {
        let key = recovery_key(1);
        let shown = format!("{key:?}");
        assert!(shown.starts_with("RecoveryKey { public: RecoveryPublicKey("), "{shown}");
        assert!(!shown.contains(&URL_SAFE_NO_PAD.encode(key.private.expose())));
    }
}
