//! Signed content (CMS SignedData, RFC 5652 5), as master lists come: one signer, what is signed inside, BER or DER.
//!
//! Read strictly where a signature hangs on it: the content's type and digest must stand in the signed attributes, each once (RFC 5652 5.3, 11.1, 11.2).

use thiserror::Error;
use time::OffsetDateTime;

use crate::{
    asn1::{self, Malformed, Reader, Tlv, oid_text, tag},
    certificate::Certificate,
    encoding::ber,
    key::{KeyId, PublicKey},
    name::DistinguishedName,
    oid,
    serial::SerialNumber,
    signature::{HashFunction, SignatureAlgorithmId, SignatureVerdict},
    validity::time_from_der,
};

/// `id-signedData` (RFC 5652 5.1).
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
/// `id-contentType` (RFC 5652 11.1).
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
/// `id-messageDigest` (RFC 5652 11.2).
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
/// `id-signingTime` (RFC 5652 11.3).
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
/// Certificates that come along with a signature, at most.
const MOST_CERTIFICATES: usize = 1_000;

/// Octets are no signed content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CmsError {
    /// The frame of RFC 5652 5.1 is not there.
    #[error("no CMS SignedData: the {0} cannot be read")]
    Malformed(
        /// The field.
        &'static str,
    ),
    /// The content is not inside: the signature is detached.
    #[error("the signed content is not inside")]
    Detached,
    /// Nobody has signed.
    #[error("nobody has signed it")]
    Unsigned,
    /// More certificates come along than are looked at.
    #[error("more than {MOST_CERTIFICATES} certificates come along with the signature")]
    TooManyCertificates,
}

/// Who signed, as the signature names him (RFC 5652 5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerId {
    /// By issuer and serial number of his certificate.
    IssuerAndSerial(DistinguishedName, SerialNumber),
    /// By the subject key identifier of his certificate.
    KeyId(KeyId),
}

impl SignerId {
    /// Whether a certificate is the one that is named.
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial(issuer, serial) => {
                certificate.serial() == serial && (certificate.issuer() == issuer || certificate.issuer().matches(issuer))
            }
            Self::KeyId(id) => certificate.key_id_for_children() == *id,
        }
    }
}

impl std::fmt::Display for SignerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::IssuerAndSerial(issuer, serial) => write!(f, "serial number {serial} of {}", issuer.rfc4514()),
            Self::KeyId(id) => write!(f, "the key {id}"),
        }
    }
}

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureFault {
    /// Nothing but plain data may be signed without signed attributes (RFC 5652 5.3).
    #[error("the signed attributes are missing or cannot be read")]
    Attributes,
    /// What was signed is of another type.
    #[error("the signature is for content of the type {0}")]
    OtherType(
        /// The type that was signed, dotted.
        String,
    ),
    /// The content was changed since.
    #[error("the content is not what was signed")]
    OtherContent,
    /// The signature is none of this key.
    #[error("the signature was not made by this key")]
    Invalid,
    /// The signature proves too little: `md5`, `sha1`, `rsa_below_2048`, `dsa_below_2048`.
    #[error("the signature is too weak: {0}")]
    Weak(
        /// The weakness.
        &'static str,
    ),
    /// The algorithm or the key is none that can be checked.
    #[error("the signature cannot be checked: {0}")]
    CannotCheck(
        /// What is not known.
        String,
    ),
}

/// One signature.
#[derive(Debug, Clone)]
pub struct SignerInfo {
    /// Who made it.
    pub id: SignerId,
    /// When, by his own word.
    pub signing_time: Option<OffsetDateTime>,
    hash: Option<HashFunction>,
    digest_algorithm: String,
    attributes: Option<Attributes>,
    algorithm: SignatureAlgorithmId,
    signature: Vec<u8>,
}

/// What the signature is over.
#[derive(Debug, Clone)]
struct Attributes {
    /// As a SET OF, which is what is signed (RFC 5652 5.4).
    der: Vec<u8>,
    content_type: String,
    digest: Vec<u8>,
}

/// Content with its signatures.
#[derive(Debug, Clone)]
pub struct SignedContent {
    /// The content's type, dotted.
    pub content_type: String,
    /// The content.
    pub content: Vec<u8>,
    /// The certificates that came along and can be read; nothing is believed of them.
    pub certificates: Vec<Certificate>,
    /// The signatures, at least one.
    pub signers: Vec<SignerInfo>,
}

impl SignedContent {
    /// Whether octets look like signed content, in BER or DER: what follows is read as such.
    pub fn is_at(octets: &[u8]) -> bool {
        let identifier = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
        octets.first() == Some(&tag::SEQUENCE) && (2..=10).any(|at| octets.get(at..).is_some_and(|rest| rest.starts_with(&identifier)))
    }

    /// Reads signed content, BER or DER.
    ///
    /// # Errors
    /// [`CmsError`]
    pub fn read(octets: &[u8]) -> Result<Self, CmsError> {
        match Self::read_der(octets) {
            // An indefinite length somewhere, or an octet string in pieces: the octets of what is signed stay as they are.
            Err(CmsError::Malformed(field)) => {
                let der = ber::to_der(octets).map_err(|_| CmsError::Malformed(field))?;
                Self::read_der(&der)
            }
            outcome => outcome,
        }
    }

    fn read_der(der: &[u8]) -> Result<Self, CmsError> {
        let malformed = |field| move |_: Malformed| CmsError::Malformed(field);
        let mut info = Reader::new(asn1::single(der, tag::SEQUENCE).map_err(malformed("ContentInfo"))?.content);
        let kind = info.expect(tag::OID).map_err(malformed("contentType"))?;
        if oid_text(kind.content) != SIGNED_DATA {
            return Err(CmsError::Malformed("contentType"));
        }
        let mut signed = info.enter(0xa0).and_then(|mut content| content.enter(tag::SEQUENCE)).map_err(malformed("SignedData"))?;
        signed.expect(tag::INTEGER).map_err(malformed("version"))?;
        signed.expect(tag::SET).map_err(malformed("digestAlgorithms"))?;
        let mut encapsulated = signed.enter(tag::SEQUENCE).map_err(malformed("encapContentInfo"))?;
        let content_type = oid_text(encapsulated.expect(tag::OID).map_err(malformed("eContentType"))?.content);
        let content = match encapsulated.optional(0xa0).map_err(malformed("eContent"))? {
            None => return Err(CmsError::Detached),
            Some(content) => asn1::single(content.content, tag::OCTET_STRING).map_err(malformed("eContent"))?.content.to_vec(),
        };
        let mut certificates = Vec::new();
        if let Some(list) = signed.optional(0xa0).map_err(malformed("certificates"))? {
            let mut list = Reader::new(list.content);
            while !list.is_empty() {
                if certificates.len() == MOST_CERTIFICATES {
                    return Err(CmsError::TooManyCertificates);
                }
                let element = list.any().map_err(malformed("certificates"))?;
                certificates.extend(Certificate::from_der(element.raw).ok());
            }
        }
        signed.optional(0xa1).map_err(malformed("crls"))?;
        let infos = signed.expect(tag::SET).map_err(malformed("signerInfos"))?;
        let signers = asn1::each(infos.content, tag::SEQUENCE, signer).map_err(malformed("SignerInfo"))?;
        if signers.is_empty() {
            return Err(CmsError::Unsigned);
        }
        Ok(Self { content_type, content, certificates, signers })
    }

    /// Whether this key made that signature over the content.
    ///
    /// # Errors
    /// [`SignatureFault`]; a signature that is too weak to prove anything does not hold either.
    pub fn check(&self, signer: &SignerInfo, key: &PublicKey) -> Result<(), SignatureFault> {
        let attributes = signer.attributes.as_ref().ok_or(SignatureFault::Attributes)?;
        if attributes.content_type != self.content_type {
            return Err(SignatureFault::OtherType(attributes.content_type.clone()));
        }
        let unknown = || SignatureFault::CannotCheck(format!("the digest {}", signer.digest_algorithm));
        let hash = signer.hash.ok_or_else(unknown)?;
        if hash.of(&self.content) != attributes.digest {
            return Err(SignatureFault::OtherContent);
        }
        if let Some(weakness) = hash.weakness() {
            return Err(SignatureFault::Weak(weakness));
        }
        match key.verify(&signer.algorithm, &attributes.der, &signer.signature) {
            SignatureVerdict::Valid => Ok(()),
            SignatureVerdict::ValidButWeak(weakness) => Err(SignatureFault::Weak(weakness)),
            SignatureVerdict::Invalid => Err(SignatureFault::Invalid),
            SignatureVerdict::CannotCheck(what) => Err(SignatureFault::CannotCheck(what)),
        }
    }
}

fn signer(element: Tlv<'_>) -> Result<SignerInfo, Malformed> {
    let mut fields = Reader::new(element.content);
    fields.expect(tag::INTEGER)?;
    let id = match fields.any()? {
        named if named.tag == tag::SEQUENCE => {
            let mut named = Reader::new(named.content);
            let issuer = DistinguishedName::from_der(named.expect(tag::SEQUENCE)?.raw).map_err(|_| Malformed)?;
            let serial = SerialNumber::from_content_octets(named.expect(tag::INTEGER)?.content).map_err(|_| Malformed)?;
            SignerId::IssuerAndSerial(issuer, serial)
        }
        key if key.tag == 0x80 => SignerId::KeyId(KeyId::from_bytes(key.content)),
        _ => return Err(Malformed),
    };
    let digest_algorithm = SignatureAlgorithmId::from_der(fields.expect(tag::SEQUENCE)?.raw).map_err(|_| Malformed)?.oid;
    let hash = HashFunction::of_oid(&digest_algorithm);
    let (mut attributes, mut signing_time) = (None, None);
    if let Some(signed) = fields.optional(0xa0)? {
        signing_time = single_value(signed.content, SIGNING_TIME)?.and_then(|value| time_from_der(value.raw).ok());
        attributes = match (single_value(signed.content, CONTENT_TYPE)?, single_value(signed.content, MESSAGE_DIGEST)?) {
            (Some(kind), Some(digest)) if kind.tag == tag::OID && digest.tag == tag::OCTET_STRING => Some(Attributes {
                der: asn1::tlv(tag::SET, signed.content),
                content_type: oid_text(kind.content),
                digest: digest.content.to_vec(),
            }),
            _ => None,
        };
    }
    let algorithm = SignatureAlgorithmId::from_der(fields.expect(tag::SEQUENCE)?.raw).map_err(|_| Malformed)?;
    let signature = fields.expect(tag::OCTET_STRING)?.content.to_vec();
    fields.optional(0xa1)?;
    fields.finish()?;
    let algorithm = with_digest(algorithm, hash);
    Ok(SignerInfo { id, signing_time, hash, digest_algorithm, attributes, algorithm, signature })
}

/// The one value of an attribute; `None` where it is missing or has several, or stands there twice: nobody could tell which was meant.
fn single_value<'a>(attributes: &'a [u8], wanted: &str) -> Result<Option<Tlv<'a>>, Malformed> {
    let mut found = Vec::new();
    for (kind, values) in asn1::each(attributes, tag::SEQUENCE, |attribute| {
        let mut parts = Reader::new(attribute.content);
        Ok::<_, Malformed>((oid_text(parts.expect(tag::OID)?.content), parts.expect(tag::SET)?.content))
    })? {
        if kind == wanted {
            let mut values = Reader::new(values);
            found.push(values.any()?);
            if !values.is_empty() {
                return Ok(None);
            }
        }
    }
    Ok(match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

/// RSA and EC may be named as kinds of key, with the digest told apart (RFC 3370 3.2, RFC 5754 3.2).
fn with_digest(algorithm: SignatureAlgorithmId, hash: Option<HashFunction>) -> SignatureAlgorithmId {
    let named = match (algorithm.oid.as_str(), hash) {
        (oid::RSA_ENCRYPTION, Some(HashFunction::Md5)) => "1.2.840.113549.1.1.4",
        (oid::RSA_ENCRYPTION, Some(HashFunction::Sha1)) => "1.2.840.113549.1.1.5",
        (oid::RSA_ENCRYPTION, Some(HashFunction::Sha224)) => "1.2.840.113549.1.1.14",
        (oid::RSA_ENCRYPTION, Some(HashFunction::Sha256)) => "1.2.840.113549.1.1.11",
        (oid::RSA_ENCRYPTION, Some(HashFunction::Sha384)) => "1.2.840.113549.1.1.12",
        (oid::RSA_ENCRYPTION, Some(HashFunction::Sha512)) => "1.2.840.113549.1.1.13",
        (oid::EC_PUBLIC_KEY, Some(HashFunction::Sha1)) => "1.2.840.10045.4.1",
        (oid::EC_PUBLIC_KEY, Some(HashFunction::Sha224)) => "1.2.840.10045.4.3.1",
        (oid::EC_PUBLIC_KEY, Some(HashFunction::Sha256)) => "1.2.840.10045.4.3.2",
        (oid::EC_PUBLIC_KEY, Some(HashFunction::Sha384)) => "1.2.840.10045.4.3.3",
        (oid::EC_PUBLIC_KEY, Some(HashFunction::Sha512)) => "1.2.840.10045.4.3.4",
        _ => return algorithm,
    };
    SignatureAlgorithmId { oid: named.to_owned(), parameters: None }
}
