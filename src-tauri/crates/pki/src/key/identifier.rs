//! Key identifiers and fingerprints.

use aws_lc_rs::digest;
use std::fmt;
use std::str::FromStr;

/// A key identifier as it stands in SKI and AKI (RFC 5280 4.2.1.1, 4.2.1.2): any octets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Vec<u8>);

impl KeyId {
    /// Takes the octets of a `KeyIdentifier`.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// SHA-1 of the bits of a `subjectPublicKey` (RFC 5280 4.2.1.2 (1)). SHA-1 names the key here, it proves nothing.
    pub(super) fn of_key_bits(bits: &[u8]) -> Self {
        Self(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bits).as_ref().to_vec())
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}

/// SHA-256 of a certificate, a key or another object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

/// The text is no fingerprint: 64 hexadecimal digits, with or without colons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 fingerprint: {given:?}")]
pub struct FingerprintError {
    /// The text.
    pub given: String,
}

impl Fingerprint {
    /// The fingerprint of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut octets = [0; 32];
        for (octet, digested) in octets.iter_mut().zip(digest::digest(&digest::SHA256, bytes).as_ref()) {
            *octet = *digested;
        }
        Self(octets)
    }

    /// The fingerprint of all bytes that a reader gives.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn of_read(mut input: impl std::io::Read) -> std::io::Result<Self> {
        let mut context = digest::Context::new(&digest::SHA256);
        let mut piece = vec![0; 1 << 16];
        loop {
            match input.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => context.update(piece.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let mut octets = [0; 32];
        for (octet, digested) in octets.iter_mut().zip(context.finish().as_ref()) {
            *octet = *digested;
        }
        Ok(Self(octets))
    }

    /// Takes the octets of a SHA-256 digest.
    pub fn from_bytes(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hexadecimal digits; colons, spaces and upper case are accepted.
    ///
    /// # Errors
    /// [`FingerprintError`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, FingerprintError> {
        let digits: String = text.chars().filter(|character| !matches!(character, ':' | ' ')).collect();
        let mut octets = [0; 32];
        hex::decode_to_slice(&digits, &mut octets).map_err(|_| FingerprintError { given: text.to_owned() })?;
        Ok(Self(octets))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_hex(text)
    }
}
