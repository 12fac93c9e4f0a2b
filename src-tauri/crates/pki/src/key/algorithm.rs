//! What a key may be when others made it.

use crate::oid;

/// The kind of a public key, ours or foreign.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// P-256, also called secp256r1 and prime256v1.
    EcP256,
    /// P-384.
    EcP384,
    /// P-521.
    EcP521,
    /// The curve of Bitcoin.
    EcSecp256k1,
    /// Another curve: its dotted object identifier, or `explicit` when its parameters are spelled out.
    EcOther(String),
    /// RSA.
    Rsa {
        /// Length of the modulus.
        bits: u32,
    },
    /// RSA that may only sign with PSS (RFC 4055 1.2).
    RsaPss {
        /// Length of the modulus.
        bits: u32,
    },
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
    /// Anything else: its dotted object identifier.
    Other(String),
}

impl KeyAlgorithm {
    /// One word for lists and filters: `ec-p256`, `rsa-2048`, `ed25519`, else the object identifier.
    pub fn kind(&self) -> String {
        match self {
            Self::EcP256 => "ec-p256".to_owned(),
            Self::EcP384 => "ec-p384".to_owned(),
            Self::EcP521 => "ec-p521".to_owned(),
            Self::EcSecp256k1 => "ec-secp256k1".to_owned(),
            Self::EcOther(curve) => format!("ec-{curve}"),
            Self::Rsa { bits } => format!("rsa-{bits}"),
            Self::RsaPss { bits } => format!("rsa-pss-{bits}"),
            Self::Ed25519 => "ed25519".to_owned(),
            Self::Ed448 => "ed448".to_owned(),
            Self::Other(oid) => oid.clone(),
        }
    }

    /// Length of an RSA modulus or size of a curve's field, in bits, where it is known.
    pub fn bits(&self) -> Option<u32> {
        match self {
            Self::EcP256 | Self::EcSecp256k1 | Self::Ed25519 => Some(256),
            Self::EcP384 => Some(384),
            Self::EcP521 => Some(521),
            Self::Ed448 => Some(456),
            Self::Rsa { bits } | Self::RsaPss { bits } => Some(*bits),
            Self::EcOther(_) | Self::Other(_) => None,
        }
    }

    /// The name for people: `EC P-256`, `RSA 2048`.
    pub fn label(&self) -> String {
        match self {
            Self::EcP256 => "EC P-256".to_owned(),
            Self::EcP384 => "EC P-384".to_owned(),
            Self::EcP521 => "EC P-521".to_owned(),
            Self::EcSecp256k1 => "EC secp256k1".to_owned(),
            Self::EcOther(curve) => format!("EC {curve}"),
            Self::Rsa { bits } => format!("RSA {bits}"),
            Self::RsaPss { bits } => format!("RSA-PSS {bits}"),
            Self::Ed25519 => "Ed25519".to_owned(),
            Self::Ed448 => "Ed448".to_owned(),
            Self::Other(oid) => oid.clone(),
        }
    }

    /// Whether the key can wrap another key (RFC 3279 2.3.1: keyEncipherment is for RSA).
    pub fn can_encipher_keys(&self) -> bool {
        matches!(self, Self::Rsa { .. })
    }

    /// The curve of this object identifier.
    pub(super) fn of_curve(curve: &str) -> Self {
        match curve {
            oid::SECP256R1 => Self::EcP256,
            oid::SECP384R1 => Self::EcP384,
            oid::SECP521R1 => Self::EcP521,
            oid::SECP256K1 => Self::EcSecp256k1,
            other => Self::EcOther(other.to_owned()),
        }
    }

    /// The object identifier of a curve that we can hold private keys of, and the octets of its scalars.
    pub(crate) fn curve(&self) -> Option<(&'static str, usize)> {
        match self {
            Self::EcP256 => Some((oid::SECP256R1, 32)),
            Self::EcP384 => Some((oid::SECP384R1, 48)),
            Self::EcP521 => Some((oid::SECP521R1, 66)),
            Self::EcSecp256k1 => Some((oid::SECP256K1, 32)),
            _ => None,
        }
    }
}
