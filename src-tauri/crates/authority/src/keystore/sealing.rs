//! The ciphers of vault, recovery file and sealed keys: Argon2id (RFC 9106) and XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha).

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::KeyStoreError;
use crate::clock::{Entropy, EntropyError};
use crate::secret::{Passphrase, SecretBytes};

/// Octets of a key of the cipher.
pub(super) const KEY_LENGTH: usize = 32;
/// Octets of a nonce: long enough to be drawn at random for every sealing.
pub(super) const NONCE_LENGTH: usize = 24;
/// Octets of a salt (RFC 9106 3.1 recommends 16).
pub(super) const SALT_LENGTH: usize = 16;

/// What trying one passphrase costs with Argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl KdfCost {
    /// What new vaults and recovery files ask for: 64 MiB, three passes (RFC 9106 4, second recommended option), one lane.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// Next to nothing, so that tests are fast.
    #[cfg(any(test, feature = "testing"))]
    pub const CHEAP: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// Whether trying a passphrase costs less than what new files ask for. What tests made cheap stays cheap.
    #[must_use]
    pub fn is_below_standard(self) -> bool {
        #[cfg(any(test, feature = "testing"))]
        if self == Self::CHEAP {
            return false;
        }
        self != self.raised()
    }

    /// The same cost, or today's where that is higher.
    #[must_use]
    pub(super) fn raised(self) -> Self {
        #[cfg(any(test, feature = "testing"))]
        if self == Self::CHEAP {
            return self;
        }
        let standard = Self::STANDARD;
        Self {
            memory_kib: self.memory_kib.max(standard.memory_kib),
            passes: self.passes.max(standard.passes),
            lanes: self.lanes.max(standard.lanes),
        }
    }

    /// The most memory that a file may ask for: 1 GiB.
    const MOST_MEMORY_KIB: u32 = 1024 * 1024;
    /// The most passes that a file may ask for.
    const MOST_PASSES: u32 = 20;
    /// The most lanes that a file may ask for.
    const MOST_LANES: u32 = 16;

    /// Takes the cost that a file states, without paying it.
    ///
    /// # Errors
    /// [`KeyStoreError::CostRefused`] outside 8 KiB per lane to 1 GiB, 1 to 20 passes, 1 to 16 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, KeyStoreError> {
        let within = (1..=Self::MOST_LANES).contains(&lanes)
            && (1..=Self::MOST_PASSES).contains(&passes)
            && (lanes.saturating_mul(8)..=Self::MOST_MEMORY_KIB).contains(&memory_kib);
        if within { Ok(Self { memory_kib, passes, lanes }) } else { Err(KeyStoreError::CostRefused { memory_kib, passes, lanes }) }
    }

    /// Returns the memory in KiB.
    #[must_use]
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Returns the passes over the memory.
    #[must_use]
    pub fn passes(self) -> u32 {
        self.passes
    }

    /// Returns the lanes.
    #[must_use]
    pub fn lanes(self) -> u32 {
        self.lanes
    }

    /// Derives the key that a passphrase stands for. Takes about a quarter of a second at the standard cost.
    pub(super) fn derive(self, passphrase: &Passphrase, salt: &[u8]) -> Result<SecretBytes, KeyStoreError> {
        let refused = KeyStoreError::CostRefused { memory_kib: self.memory_kib, passes: self.passes, lanes: self.lanes };
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_LENGTH)).map_err(|_| refused)?;
        let mut key = Zeroizing::new(vec![0u8; KEY_LENGTH]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose().as_bytes(), salt, &mut key)
            .map_err(|_| KeyStoreError::damaged("the salt of the key derivation"))?;
        Ok(SecretBytes::new(std::mem::take(&mut *key)))
    }
}

/// A sealed text and the nonce it was sealed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sealed {
    pub(super) nonce: [u8; NONCE_LENGTH],
    pub(super) text: Vec<u8>,
}

/// Draws a value of fixed length.
pub(super) fn draw<const LENGTH: usize>(entropy: &dyn Entropy) -> Result<[u8; LENGTH], EntropyError> {
    let mut bytes = [0u8; LENGTH];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}

/// Seals `text` under `key` (32 octets) with a fresh nonce; `context` is authenticated with it.
pub(super) fn seal(key: &SecretBytes, context: &[u8], text: &[u8], entropy: &dyn Entropy) -> Result<Sealed, KeyStoreError> {
    let nonce = draw::<NONCE_LENGTH>(entropy)?;
    let failed = || KeyStoreError::damaged("the sealing key");
    let cipher = XChaCha20Poly1305::new_from_slice(key.expose()).map_err(|_| failed())?;
    let text = cipher.encrypt(&XNonce::from(nonce), Payload { msg: text, aad: context }).map_err(|_| failed())?;
    Ok(Sealed { nonce, text })
}

/// Opens what [`seal`] made; `None` when key, context or text is not the one it was sealed with.
pub(super) fn open(key: &SecretBytes, context: &[u8], sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = XChaCha20Poly1305::new_from_slice(key.expose()).ok()?;
    cipher.decrypt(&XNonce::from(sealed.nonce), Payload { msg: &sealed.text, aad: context }).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::clock::SeededEntropy;
    use std::time::Instant;

    /// The reference implementation's own vector (phc-winner-argon2, src/test.c, Argon2id version 0x13, t=2, m=2^16, p=1); the one of
    /// RFC 9106 5.3 has a secret and associated data, which are not used here.
    #[test]
    fn argon2id_agrees_with_the_reference_vector() {
        let key = KdfCost::new(65536, 2, 1).unwrap().derive(&Passphrase::new("password".to_owned()), b"somesalt").unwrap();
        assert_eq!(hex::encode(key.expose()), "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }

    #[test]
    fn costs_out_of_bounds_are_refused_before_they_are_paid() {
        let start = Instant::now();
        for (memory_kib, passes, lanes) in [
            (1024 * 1024 + 1, 3, 1),
            (u32::MAX, 3, 1),
            (65536, 21, 1),
            (65536, u32::MAX, 1),
            (65536, 0, 1),
            (65536, 3, 0),
            (65536, 3, 17),
            (7, 1, 1),
            (0, 1, 1),
        ] {
            assert_eq!(KdfCost::new(memory_kib, passes, lanes), Err(KeyStoreError::CostRefused { memory_kib, passes, lanes }));
        }
        assert!(start.elapsed().as_secs() < 1);
        assert_eq!(KdfCost::new(1024 * 1024, 20, 16).unwrap().memory_kib(), 1024 * 1024);
    }

    #[test]
    fn what_is_sealed_opens_only_with_its_key_context_nonce_and_text() {
        let entropy = SeededEntropy::new(1);
        let (key, other) = (SecretBytes::random(32, &entropy).unwrap(), SecretBytes::random(32, &entropy).unwrap());
        let sealed = seal(&key, b"context", b"text", &entropy).unwrap();
        assert_eq!(open(&key, b"context", &sealed).unwrap().as_slice(), b"text");
        assert_eq!(open(&other, b"context", &sealed), None);
        assert_eq!(open(&key, b"contexu", &sealed), None);
        for offset in 0..sealed.text.len() {
            let mut text = sealed.text.clone();
            *text.get_mut(offset).unwrap() ^= 1;
            assert_eq!(open(&key, b"context", &Sealed { nonce: sealed.nonce, text }), None);
        }
        assert_ne!(seal(&key, b"context", b"text", &entropy).unwrap().nonce, sealed.nonce);
        assert!(seal(&SecretBytes::new(vec![1; 31]), b"", b"", &entropy).is_err());
    }
}
