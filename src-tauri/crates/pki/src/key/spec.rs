//! The keys that we make.

use super::KeyAlgorithm;
use std::fmt;
use std::str::FromStr;

/// A kind of key that Chancery makes and signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeySpec {
    /// ECDSA over P-256.
    EcP256,
    /// ECDSA over P-384.
    EcP384,
    /// ECDSA over P-521.
    EcP521,
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
    /// RSA with a modulus of 3072 bits that signs with PSS. The certified key says `rsaEncryption`, not `id-RSASSA-PSS`: RFC 4055 1.2
    /// allows PSS signatures of both, and only the first is taken by everybody (Windows, rustls, Go and Firefox refuse the second; the
    /// CA/B BR 7.1.3.1.1 forbid it). So this is a habit of the holder, not a property of the public key.
    RsaPss3072,
    /// Ed25519 (RFC 8410).
    Ed25519,
}

/// The text names no kind of key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown key specification {given:?}")]
pub struct UnknownKeySpec {
    /// The text.
    pub given: String,
}

impl KeySpec {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 8] =
        [Self::EcP256, Self::EcP384, Self::EcP521, Self::Rsa2048, Self::Rsa3072, Self::Rsa4096, Self::RsaPss3072, Self::Ed25519];

    /// The name in files and on the command line: `ec-p256`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EcP256 => "ec-p256",
            Self::EcP384 => "ec-p384",
            Self::EcP521 => "ec-p521",
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::RsaPss3072 => "rsa-pss-3072",
            Self::Ed25519 => "ed25519",
        }
    }

    /// What such a key is among all keys.
    pub fn algorithm(self) -> KeyAlgorithm {
        match self {
            Self::EcP256 => KeyAlgorithm::EcP256,
            Self::EcP384 => KeyAlgorithm::EcP384,
            Self::EcP521 => KeyAlgorithm::EcP521,
            Self::Rsa2048 => KeyAlgorithm::Rsa { bits: 2048 },
            Self::Rsa3072 | Self::RsaPss3072 => KeyAlgorithm::Rsa { bits: 3072 },
            Self::Rsa4096 => KeyAlgorithm::Rsa { bits: 4096 },
            Self::Ed25519 => KeyAlgorithm::Ed25519,
        }
    }

    /// The specification of such a key, if it is one that we make; for RSA the one that signs with PKCS#1 v1.5.
    pub fn of(algorithm: &KeyAlgorithm) -> Option<Self> {
        Self::ALL.into_iter().find(|spec| spec.algorithm() == *algorithm)
    }
}

impl fmt::Display for KeySpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for KeySpec {
    type Err = UnknownKeySpec;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|spec| spec.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| UnknownKeySpec { given: text.to_owned() })
    }
}
