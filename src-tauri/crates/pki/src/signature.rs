//! Signature algorithms as they stand in certificates, requests and CRLs, and what a check of a signature says.

mod hash;
mod pss;

pub(crate) use hash::{HashFunction, RunningHash, SignedOctets};
pub(crate) use pss::PssParameters;

use crate::asn1::{Malformed, Reader, oid_text, single, tag};
use std::fmt;

/// What checking a signature said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// The signature was made by this key over these bytes.
    Valid,
    /// As [`Self::Valid`], with a digest or key that is too weak to prove it: `md5`, `sha1`, `rsa_below_2048`,
    /// `dsa_below_2048`.
    ValidButWeak(&'static str),
    /// The signature was not made by this key over these bytes.
    Invalid,
    /// Nobody can tell here: the algorithm, its parameters or the key are none that we know or can read; the text names them.
    CannotCheck(String),
}

impl SignatureVerdict {
    /// Whether the signature was made by the key (weak or not).
    pub fn is_valid(&self) -> bool {
        matches!(self, Self::Valid | Self::ValidButWeak(_))
    }
}

/// An `AlgorithmIdentifier` of a signature, as found (RFC 5280 4.1.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SignatureAlgorithmId {
    /// The algorithm's object identifier, dotted.
    pub oid: String,
    /// DER of the parameters; absent for ECDSA and EdDSA.
    pub parameters: Option<Vec<u8>>,
}

/// The bytes are no `AlgorithmIdentifier`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed AlgorithmIdentifier")]
pub struct MalformedAlgorithm;

impl From<Malformed> for MalformedAlgorithm {
    fn from(_: Malformed) -> Self {
        Self
    }
}

impl SignatureAlgorithmId {
    /// Reads an `AlgorithmIdentifier`.
    ///
    /// # Errors
    /// [`MalformedAlgorithm`] when the bytes are not one SEQUENCE that begins with an object identifier.
    pub fn from_der(der: &[u8]) -> Result<Self, MalformedAlgorithm> {
        let mut reader = Reader::new(single(der, tag::SEQUENCE)?.content);
        let oid = oid_text(reader.expect(tag::OID)?.content);
        let parameters = if reader.is_empty() { None } else { Some(reader.any()?.raw.to_vec()) };
        Ok(Self { oid, parameters })
    }

    /// The name in use for it (RFC 8017, 5758, 8410), or the dotted object identifier.
    pub fn name(&self) -> &str {
        NAMES.iter().find(|(oid, _)| *oid == self.oid).map_or(self.oid.as_str(), |(_, name)| name)
    }
}

impl fmt::Display for SignatureAlgorithmId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

const NAMES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption"),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption"),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption"),
    ("1.3.14.3.2.29", "sha1WithRSASignature"),
    ("1.2.840.10040.4.3", "dsa-with-sha1"),
    ("2.16.840.1.101.3.4.3.1", "dsa-with-sha224"),
    ("2.16.840.1.101.3.4.3.2", "dsa-with-sha256"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
    ("1.2.643.2.2.3", "GOST R 34.10-2001"),
    ("1.2.643.7.1.1.3.2", "GOST R 34.10-2012 (256 bits)"),
    ("1.2.643.7.1.1.3.3", "GOST R 34.10-2012 (512 bits)"),
    ("1.2.156.10197.1.501", "SM2 with SM3"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];
