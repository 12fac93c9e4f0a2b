//! Signing: the algorithms that we sign with, and the seam behind which a private key may live anywhere.

use crate::asn1;
use crate::key::{KeyAlgorithm, KeySpec, PrivateKey, PublicKey};
use crate::oid;
use crate::signature::{HashFunction, PssParameters, SignatureAlgorithmId};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaEncoding};
use std::fmt;
use std::str::FromStr;

/// An algorithm that we sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// ECDSA over P-256 with SHA-256 (RFC 5758 3.2).
    EcdsaP256Sha256,
    /// ECDSA over P-384 with SHA-384.
    EcdsaP384Sha384,
    /// ECDSA over P-521 with SHA-512.
    EcdsaP521Sha512,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 4055 5).
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and 32 octets of salt (RFC 4055 3).
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and 48 octets of salt.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512 and 64 octets of salt.
    RsaPssSha512,
    /// Ed25519 (RFC 8410).
    Ed25519,
}

/// The text names no algorithm that we sign with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown signature algorithm {given:?}")]
pub struct UnknownSignatureAlgorithm {
    /// The text.
    pub given: String,
}

impl SignatureAlgorithm {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::EcdsaP256Sha256,
        Self::EcdsaP384Sha384,
        Self::EcdsaP521Sha512,
        Self::RsaPkcs1Sha256,
        Self::RsaPkcs1Sha384,
        Self::RsaPkcs1Sha512,
        Self::RsaPssSha256,
        Self::RsaPssSha384,
        Self::RsaPssSha512,
        Self::Ed25519,
    ];

    /// The algorithm that a key of ours signs with.
    pub fn for_key(spec: KeySpec) -> Self {
        match spec {
            KeySpec::EcP256 => Self::EcdsaP256Sha256,
            KeySpec::EcP384 => Self::EcdsaP384Sha384,
            KeySpec::EcP521 => Self::EcdsaP521Sha512,
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => Self::RsaPkcs1Sha256,
            KeySpec::RsaPss3072 => Self::RsaPssSha256,
            KeySpec::Ed25519 => Self::Ed25519,
        }
    }

    /// The algorithm that we sign with under this public key where nothing else was chosen ([`Self::for_key`]): also for an RSA key of an
    /// uncommon length of 2048 bits or more, and for one that is bound to PSS, with the hash that it is bound to. `None` where we sign
    /// nothing (secp256k1, RSA below 2048 bits, keys bound to parameters that are none of ours, unknown ones).
    pub fn for_public_key(key: &PublicKey) -> Option<Self> {
        match key.algorithm() {
            KeyAlgorithm::Rsa { bits: 2048..=8192 } => Some(Self::RsaPkcs1Sha256),
            KeyAlgorithm::RsaPss { bits: 2048..=8192 } => match key.pss_parameters() {
                None => Some(Self::RsaPssSha256),
                Some(bound) => {
                    let bound = PssParameters::from_der(&bound).ok()?;
                    let ours = [
                        (HashFunction::Sha256, Self::RsaPssSha256),
                        (HashFunction::Sha384, Self::RsaPssSha384),
                        (HashFunction::Sha512, Self::RsaPssSha512),
                    ];
                    ours.into_iter().find(|(hash, _)| bound.allows(PssParameters::of_hash(*hash))).map(|(_, algorithm)| algorithm)
                }
            },
            algorithm => KeySpec::of(&algorithm).map(Self::for_key),
        }
    }

    /// Whether such signatures come from such keys.
    pub fn fits(self, key: &KeyAlgorithm) -> bool {
        match self {
            Self::EcdsaP256Sha256 => *key == KeyAlgorithm::EcP256,
            Self::EcdsaP384Sha384 => *key == KeyAlgorithm::EcP384,
            Self::EcdsaP521Sha512 => *key == KeyAlgorithm::EcP521,
            Self::RsaPkcs1Sha256 | Self::RsaPkcs1Sha384 | Self::RsaPkcs1Sha512 => matches!(key, KeyAlgorithm::Rsa { bits: 2048..=8192 }),
            Self::RsaPssSha256 | Self::RsaPssSha384 | Self::RsaPssSha512 => {
                matches!(key, KeyAlgorithm::Rsa { bits: 2048..=8192 } | KeyAlgorithm::RsaPss { bits: 2048..=8192 })
            }
            Self::Ed25519 => *key == KeyAlgorithm::Ed25519,
        }
    }

    /// The name in files: `ecdsa-p384-sha384`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Self::EcdsaP384Sha384 => "ecdsa-p384-sha384",
            Self::EcdsaP521Sha512 => "ecdsa-p521-sha512",
            Self::RsaPkcs1Sha256 => "rsa-pkcs1-sha256",
            Self::RsaPkcs1Sha384 => "rsa-pkcs1-sha384",
            Self::RsaPkcs1Sha512 => "rsa-pkcs1-sha512",
            Self::RsaPssSha256 => "rsa-pss-sha256",
            Self::RsaPssSha384 => "rsa-pss-sha384",
            Self::RsaPssSha512 => "rsa-pss-sha512",
            Self::Ed25519 => "ed25519",
        }
    }

    fn oid(self) -> &'static str {
        match self {
            Self::EcdsaP256Sha256 => "1.2.840.10045.4.3.2",
            Self::EcdsaP384Sha384 => "1.2.840.10045.4.3.3",
            Self::EcdsaP521Sha512 => "1.2.840.10045.4.3.4",
            Self::RsaPkcs1Sha256 => "1.2.840.113549.1.1.11",
            Self::RsaPkcs1Sha384 => "1.2.840.113549.1.1.12",
            Self::RsaPkcs1Sha512 => "1.2.840.113549.1.1.13",
            Self::RsaPssSha256 | Self::RsaPssSha384 | Self::RsaPssSha512 => oid::RSASSA_PSS,
            Self::Ed25519 => "1.3.101.112",
        }
    }

    /// The algorithm as it stands in certificates: NULL parameters for RSA with PKCS#1 v1.5 (RFC 4055 5), hash, mask and salt for PSS
    /// (RFC 4055 3.1), none for ECDSA and Ed25519 (RFC 5758 3.2, 8410 3).
    pub fn identifier(self) -> SignatureAlgorithmId {
        let parameters = match self {
            Self::RsaPkcs1Sha256 | Self::RsaPkcs1Sha384 | Self::RsaPkcs1Sha512 => Some(asn1::NULL.to_vec()),
            Self::RsaPssSha256 => Some(PssParameters::of_hash(HashFunction::Sha256).to_der()),
            Self::RsaPssSha384 => Some(PssParameters::of_hash(HashFunction::Sha384).to_der()),
            Self::RsaPssSha512 => Some(PssParameters::of_hash(HashFunction::Sha512).to_der()),
            Self::EcdsaP256Sha256 | Self::EcdsaP384Sha384 | Self::EcdsaP521Sha512 | Self::Ed25519 => None,
        };
        SignatureAlgorithmId { oid: self.oid().to_owned(), parameters }
    }

    /// DER of the `AlgorithmIdentifier`.
    pub fn algorithm_identifier_der(self) -> Vec<u8> {
        // The identifiers above are well formed; a test encodes each of them.
        let oid = asn1::oid(self.oid()).unwrap_or_default();
        asn1::sequence(&[&oid, &self.identifier().parameters.unwrap_or_default()])
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for SignatureAlgorithm {
    type Err = UnknownSignatureAlgorithm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
            .ok_or_else(|| UnknownSignatureAlgorithm { given: text.to_owned() })
    }
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// We do not sign with keys of this kind.
    #[error("keys of kind {kind} are not used for signing")]
    KeyNotForSigning {
        /// The kind of key, as [`KeyAlgorithm::kind`] names it.
        kind: String,
    },
    /// The private key could not be loaded or used.
    #[error("the private key cannot be used: {cause}")]
    Failed {
        /// What the holder of the key says.
        cause: String,
    },
}

/// Whoever can sign with a private key, wherever that key lives.
pub trait Signer {
    /// The public half.
    fn public_key(&self) -> &PublicKey;
    /// The algorithm of the signatures.
    fn algorithm(&self) -> SignatureAlgorithm;
    /// Signs the message itself (hashing is part of it).
    ///
    /// # Errors
    /// [`SignError`] when the key cannot be used.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Signs with a private key in memory.
pub struct KeySigner {
    public: PublicKey,
    algorithm: SignatureAlgorithm,
    pair: Pair,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ed25519(Ed25519KeyPair),
}

impl KeySigner {
    /// Takes the key over; its PKCS#8 bytes are wiped.
    ///
    /// # Errors
    /// [`SignError::KeyNotForSigning`] for keys that are only kept (secp256k1, short RSA), [`SignError::Failed`] for damaged ones.
    pub fn new(key: PrivateKey) -> Result<Self, SignError> {
        let not_for_signing = || SignError::KeyNotForSigning { kind: key.public_key().algorithm().kind() };
        let habit = key.spec().map(SignatureAlgorithm::for_key);
        let algorithm = habit.or_else(|| SignatureAlgorithm::for_public_key(key.public_key())).ok_or_else(not_for_signing)?;
        Self::with_algorithm(key, algorithm)
    }

    /// As [`Self::new`], with another algorithm of the same kind of key (RSA with another padding or hash).
    ///
    /// # Errors
    /// As [`Self::new`]; [`SignError::KeyNotForSigning`] also when the algorithm is none of the key's.
    #[expect(clippy::needless_pass_by_value, reason = "the caller's copy of the key ends here")]
    pub fn with_algorithm(key: PrivateKey, algorithm: SignatureAlgorithm) -> Result<Self, SignError> {
        let public = key.public_key().clone();
        if !algorithm.fits(&public.algorithm()) {
            return Err(SignError::KeyNotForSigning { kind: public.algorithm().kind() });
        }
        let failed = |cause: aws_lc_rs::error::KeyRejected| SignError::Failed { cause: cause.to_string() };
        let pkcs8 = key.expose_pkcs8_der();
        let rsa_private_key = key.rsa_private_key().unwrap_or_default();
        let ecdsa = |signing| EcdsaKeyPair::from_pkcs8(signing, &pkcs8).map(Pair::Ecdsa).map_err(failed);
        let rsa = |encoding| RsaKeyPair::from_der(rsa_private_key).map(|pair| Pair::Rsa(pair, encoding)).map_err(failed);
        let pair = match algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 => ecdsa(&lc::ECDSA_P256_SHA256_ASN1_SIGNING),
            SignatureAlgorithm::EcdsaP384Sha384 => ecdsa(&lc::ECDSA_P384_SHA384_ASN1_SIGNING),
            SignatureAlgorithm::EcdsaP521Sha512 => ecdsa(&lc::ECDSA_P521_SHA512_ASN1_SIGNING),
            SignatureAlgorithm::RsaPkcs1Sha256 => rsa(&lc::RSA_PKCS1_SHA256),
            SignatureAlgorithm::RsaPkcs1Sha384 => rsa(&lc::RSA_PKCS1_SHA384),
            SignatureAlgorithm::RsaPkcs1Sha512 => rsa(&lc::RSA_PKCS1_SHA512),
            SignatureAlgorithm::RsaPssSha256 => rsa(&lc::RSA_PSS_SHA256),
            SignatureAlgorithm::RsaPssSha384 => rsa(&lc::RSA_PSS_SHA384),
            SignatureAlgorithm::RsaPssSha512 => rsa(&lc::RSA_PSS_SHA512),
            SignatureAlgorithm::Ed25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8).map(Pair::Ed25519).map_err(failed),
        }?;
        Ok(Self { public, algorithm, pair })
    }
}

impl Signer for KeySigner {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        let failed = |cause: aws_lc_rs::error::Unspecified| SignError::Failed { cause: cause.to_string() };
        match &self.pair {
            Pair::Ecdsa(pair) => pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()).map_err(failed),
            Pair::Ed25519(pair) => pair.try_sign(message).map(|signature| signature.as_ref().to_vec()).map_err(failed),
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for KeySigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeySigner").field("public", &self.public).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
