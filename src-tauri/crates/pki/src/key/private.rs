//! Private keys: PKCS#8 in memory that is wiped (RFC 5958), from every plain form that is met.

use super::{KeyAlgorithm, KeyError, KeySpec, PublicKey, line, rsa};
use crate::asn1::{self, Malformed, Reader, oid_text, tag};
use crate::oid;
use aws_lc_rs::encoding::AsBigEndian as _;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _};
use std::fmt;
use zeroize::{Zeroize as _, Zeroizing};

/// A private key. It cannot be copied, compared, printed or serialised; its memory is wiped when it is dropped.
pub struct PrivateKey {
    pkcs8: Zeroizing<Vec<u8>>,
    public: PublicKey,
    spec: Option<KeySpec>,
}

impl PrivateKey {
    /// Makes a key with the random source of the cryptographic library.
    ///
    /// # Errors
    /// [`KeyError::Generation`] when the library fails.
    pub fn generate(spec: KeySpec) -> Result<Self, KeyError> {
        let pair = match spec {
            // Point and scalar are taken as they are made: to write and read them again costs as much as making them.
            KeySpec::EcP256 | KeySpec::EcP384 | KeySpec::EcP521 => return Self::generate_ec(&spec.algorithm()),
            KeySpec::Rsa2048 => rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048),
            KeySpec::Rsa3072 | KeySpec::RsaPss3072 => rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_3072),
            KeySpec::Rsa4096 => rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_4096),
            KeySpec::Ed25519 => rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519),
        };
        let mut pair = pair.map_err(|_| KeyError::Generation)?;
        let key = Self::from_pkcs8_der(pair.serialized_der());
        pair.zeroize();
        key?.with_spec(spec)
    }

    fn generate_ec(algorithm: &KeyAlgorithm) -> Result<Self, KeyError> {
        let signing = signing_algorithm(algorithm).ok_or(KeyError::Generation)?;
        let pair = EcdsaKeyPair::generate(signing).map_err(|_| KeyError::Generation)?;
        let scalar = pair.private_key().as_be_bytes().map_err(|_| KeyError::Generation)?;
        Self::from_ec_parts(algorithm, scalar.as_ref(), pair.public_key().as_ref())
    }

    /// The same key under another specification of its kind: an RSA key of 3072 bits that is to sign with PSS, or no longer.
    ///
    /// # Errors
    /// [`KeyError::Inconsistent`] when the key is of another kind.
    pub fn with_spec(mut self, spec: KeySpec) -> Result<Self, KeyError> {
        if self.public.algorithm() != spec.algorithm() {
            return Err(KeyError::Inconsistent);
        }
        self.spec = Some(spec);
        Ok(self)
    }

    fn from_parts(pkcs8: Zeroizing<Vec<u8>>, public: PublicKey) -> Self {
        Self { spec: KeySpec::of(&public.algorithm()), pkcs8, public }
    }

    /// Reads an unencrypted `PrivateKeyInfo` or `OneAsymmetricKey` (RFC 5958). Besides the keys that we make, RSA of other lengths, RSA
    /// bound to PSS (`id-RSASSA-PSS`) and secp256k1 are taken in; [`Self::spec`] is then `None`.
    ///
    /// # Errors
    /// [`KeyError`] says whether the structure, the algorithm or the key itself is at fault.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        let parts = read_pkcs8(der).map_err(|Malformed| KeyError::Malformed { what: "PKCS#8" })?;
        match parts.algorithm.as_str() {
            oid::RSA_ENCRYPTION => Self::from_rsa_private_key(parts.private_key),
            oid::RSASSA_PSS => {
                let parameters = parts.parameters.map(|parameters| parameters.raw).unwrap_or_default();
                Self::from_rsa_parts(oid::RSASSA_PSS, parameters, parts.private_key)
            }
            oid::EC_PUBLIC_KEY => {
                let curve = match parts.parameters {
                    Some(parameters) if parameters.tag == tag::OID => oid_text(parameters.content),
                    Some(_) => "explicit".to_owned(),
                    None => "implicit".to_owned(),
                };
                Self::from_ec(&curve, der)
            }
            oid::ED25519 => {
                let seed =
                    asn1::single(parts.private_key, tag::OCTET_STRING).map_err(|Malformed| KeyError::Malformed { what: "Ed25519 seed" })?;
                Self::from_ed25519_seed(seed.content)
            }
            other => Err(KeyError::Unsupported { algorithm: other.to_owned() }),
        }
    }

    /// Reads an unencrypted key in PKCS#8, SEC 1 (`ECPrivateKey`, RFC 5915) or PKCS#1 (`RSAPrivateKey`, RFC 8017 A.1.2).
    ///
    /// # Errors
    /// As [`Self::from_pkcs8_der`].
    pub fn from_any_der(der: &[u8]) -> Result<Self, KeyError> {
        let malformed = |Malformed| KeyError::Malformed { what: "private key" };
        let mut reader = Reader::new(asn1::single(der, tag::SEQUENCE).map_err(malformed)?.content);
        reader.expect(tag::INTEGER).map_err(malformed)?;
        match reader.peek() {
            Some(tag::SEQUENCE) => Self::from_pkcs8_der(der),
            Some(tag::INTEGER) => Self::from_rsa_private_key(der),
            Some(tag::OCTET_STRING) => {
                reader.any().map_err(malformed)?;
                let parameters = reader.enter(0xa0).and_then(|mut inner| inner.any()).map_err(malformed)?;
                let curve = if parameters.tag == tag::OID { oid_text(parameters.content) } else { "explicit".to_owned() };
                Self::from_ec(&curve, der)
            }
            _ => Err(KeyError::Malformed { what: "private key" }),
        }
    }

    /// The kind of key, if it is one that we make; `None` for legacy RSA lengths and secp256k1. PKCS#8 does not say whether an RSA key
    /// signs with PSS: only keys that were made so, and their lines, know.
    pub fn spec(&self) -> Option<KeySpec> {
        self.spec
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Hands out the private key as PKCS#8 (version 1, unencrypted). Every caller is a place where a key leaves.
    pub fn expose_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }

    /// The key as one line of text for a keyring entry: `chancery-key 1 ec-p384 BASE64URL CHECKSUM`, at most 1200 characters.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for a key that signs nothing here: secp256k1, RSA below 2048 bits.
    pub fn to_line(&self) -> Result<Zeroizing<String>, KeyError> {
        line::write(self)
    }

    /// Reads what [`Self::to_line`] wrote.
    ///
    /// # Errors
    /// [`KeyError::LineForm`], [`KeyError::LineChecksum`], or what reading the key itself says.
    pub fn from_line(text: &str) -> Result<Self, KeyError> {
        line::read(text)
    }

    pub(super) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The `RSAPrivateKey` inside (RFC 8017 A.1.2), for a key of RSA in either form.
    pub(crate) fn rsa_private_key(&self) -> Option<&[u8]> {
        let rsa = matches!(self.public.algorithm(), KeyAlgorithm::Rsa { .. } | KeyAlgorithm::RsaPss { .. });
        read_pkcs8(&self.pkcs8).ok().filter(|_| rsa).map(|parts| parts.private_key)
    }

    /// Any encoding of an elliptic curve key that AWS-LC reads; written anew with scalar and point.
    fn from_ec(curve: &str, der: &[u8]) -> Result<Self, KeyError> {
        let algorithm = KeyAlgorithm::of_curve(curve);
        let signing = signing_algorithm(&algorithm).ok_or_else(|| KeyError::Unsupported { algorithm: curve.to_owned() })?;
        let pair = EcdsaKeyPair::from_private_key_der(signing, der).map_err(|_| KeyError::Inconsistent)?;
        let scalar = ec_scalar(der).map_err(|Malformed| KeyError::Malformed { what: "ECPrivateKey" })?;
        Self::from_ec_parts(&algorithm, &scalar, pair.public_key().as_ref())
    }

    /// A scalar whose point is not known yet.
    pub(crate) fn from_ec_scalar(algorithm: &KeyAlgorithm, scalar: &[u8]) -> Result<Self, KeyError> {
        let (curve, _) = algorithm.curve().ok_or_else(|| KeyError::Unsupported { algorithm: algorithm.kind() })?;
        let parameters = asn1::oid(curve).ok_or(KeyError::LineForm)?;
        let scalar_der = Zeroizing::new(asn1::tlv(tag::OCTET_STRING, scalar));
        let sec1 = Zeroizing::new(asn1::sequence(&[&[tag::INTEGER, 1, 1], &scalar_der, &asn1::tlv(0xa0, &parameters)]));
        Self::from_ec(curve, &sec1)
    }

    fn from_ec_parts(algorithm: &KeyAlgorithm, scalar: &[u8], point: &[u8]) -> Result<Self, KeyError> {
        let (curve, octets) = algorithm.curve().ok_or_else(|| KeyError::Unsupported { algorithm: algorithm.kind() })?;
        let parameters = asn1::oid(curve).ok_or(KeyError::Inconsistent)?;
        let significant = scalar.iter().position(|octet| *octet != 0).ok_or(KeyError::Inconsistent)?;
        let significant = scalar.get(significant..).unwrap_or_default();
        let padding = octets.checked_sub(significant.len()).ok_or(KeyError::Inconsistent)?;
        let padded = Zeroizing::new([&vec![0; padding], significant].concat());
        let scalar_der = Zeroizing::new(asn1::tlv(tag::OCTET_STRING, &padded));
        let sec1 = Zeroizing::new(asn1::sequence(&[&[tag::INTEGER, 1, 1], &scalar_der, &asn1::tlv(0xa1, &asn1::bit_string(point))]));
        let public = PublicKey::from_parts(oid::EC_PUBLIC_KEY, &parameters, point)?;
        Ok(Self::from_parts(pkcs8(oid::EC_PUBLIC_KEY, &parameters, &sec1)?, public))
    }

    pub(crate) fn from_ed25519_seed(seed: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Inconsistent)?;
        let inner = Zeroizing::new(asn1::tlv(tag::OCTET_STRING, seed));
        let public = PublicKey::from_parts(oid::ED25519, &[], pair.public_key().as_ref())?;
        Ok(Self::from_parts(pkcs8(oid::ED25519, &[], &inner)?, public))
    }

    /// An RSA key of its primes and public exponent, big-endian; what follows from them is computed.
    pub(crate) fn from_rsa_primes(p: &[u8], q: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        Self::from_rsa_private_key(&rsa::of_primes(p, q, exponent)?)
    }

    pub(super) fn from_rsa_private_key(rsa_private_key: &[u8]) -> Result<Self, KeyError> {
        Self::from_rsa_parts(oid::RSA_ENCRYPTION, asn1::NULL, rsa_private_key)
    }

    pub(super) fn from_rsa_parts(algorithm: &str, parameters: &[u8], rsa_private_key: &[u8]) -> Result<Self, KeyError> {
        let (modulus, exponent) = rsa_public_parts(rsa_private_key).map_err(|Malformed| KeyError::Malformed { what: "RSAPrivateKey" })?;
        let bits = asn1::sequence(&[&asn1::unsigned(modulus), &asn1::unsigned(exponent)]);
        let public = PublicKey::from_parts(algorithm, parameters, &bits)?;
        // AWS-LC checks that the parts fit together, from 2048 bits on; shorter keys are only ever kept and handed back.
        let checkable = public.algorithm().bits().is_some_and(|bits| (2048..=8192).contains(&bits));
        if checkable && RsaKeyPair::from_der(rsa_private_key).is_err() {
            return Err(KeyError::Inconsistent);
        }
        Ok(Self::from_parts(pkcs8(algorithm, parameters, rsa_private_key)?, public))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PrivateKey").field("public", &self.public).finish_non_exhaustive()
    }
}

pub(super) struct Pkcs8Parts<'a> {
    pub(super) algorithm: String,
    pub(super) parameters: Option<asn1::Tlv<'a>>,
    pub(super) private_key: &'a [u8],
}

pub(super) fn read_pkcs8(der: &[u8]) -> Result<Pkcs8Parts<'_>, Malformed> {
    let mut reader = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
    reader.expect(tag::INTEGER)?;
    let mut identifier = reader.enter(tag::SEQUENCE)?;
    let algorithm = oid_text(identifier.expect(tag::OID)?.content);
    let parameters = if identifier.is_empty() { None } else { Some(identifier.any()?) };
    let private_key = reader.expect(tag::OCTET_STRING)?.content;
    Ok(Pkcs8Parts { algorithm, parameters, private_key })
}

fn pkcs8(algorithm: &str, parameters: &[u8], private_key: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let algorithm = asn1::oid(algorithm).ok_or(KeyError::Malformed { what: "object identifier" })?;
    let wrapped = Zeroizing::new(asn1::tlv(tag::OCTET_STRING, private_key));
    Ok(Zeroizing::new(asn1::sequence(&[&[tag::INTEGER, 1, 0], &asn1::sequence(&[&algorithm, parameters]), &wrapped])))
}

/// The private scalar in a PKCS#8 or SEC 1 structure.
pub(super) fn ec_scalar(der: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let inner = read_pkcs8(der).map_or(der, |parts| parts.private_key);
    let mut reader = Reader::new(asn1::single(inner, tag::SEQUENCE)?.content);
    reader.expect(tag::INTEGER)?;
    Ok(Zeroizing::new(reader.expect(tag::OCTET_STRING)?.content.to_vec()))
}

fn rsa_public_parts(rsa_private_key: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut reader = Reader::new(asn1::single(rsa_private_key, tag::SEQUENCE)?.content);
    reader.expect(tag::INTEGER)?;
    Ok((reader.expect(tag::INTEGER)?.content, reader.expect(tag::INTEGER)?.content))
}

fn signing_algorithm(algorithm: &KeyAlgorithm) -> Option<&'static EcdsaSigningAlgorithm> {
    Some(match algorithm {
        KeyAlgorithm::EcP256 => &lc::ECDSA_P256_SHA256_ASN1_SIGNING,
        KeyAlgorithm::EcP384 => &lc::ECDSA_P384_SHA384_ASN1_SIGNING,
        KeyAlgorithm::EcP521 => &lc::ECDSA_P521_SHA512_ASN1_SIGNING,
        KeyAlgorithm::EcSecp256k1 => &lc::ECDSA_P256K1_SHA256_ASN1_SIGNING,
        _ => return None,
    })
}
