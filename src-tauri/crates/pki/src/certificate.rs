//! Certificates as they are (RFC 5280 section 4): owned, the DER kept byte for byte, read as leniently as can be.
//!
//! An extension whose value cannot be read degrades to its bytes and its name stands in
//! [`Certificate::unreadable_extensions`]; the certificate itself is refused only when its frame is broken.

mod known;

use std::{fmt, sync::Arc};

use thiserror::Error;
use time::OffsetDateTime;

use crate::{
    alt_name::GeneralName,
    asn1::{Malformed, Reader, Tlv, tag},
    constraints::NameConstraints,
    encoding::pem,
    extension::{ExtensionDescription, read_extensions},
    key::{Fingerprint, KeyError, KeyId, PublicKey},
    name::{DistinguishedName, NameError},
    serial::{SerialError, SerialNumber},
    signature::{MalformedAlgorithm, SignatureAlgorithmId, SignatureVerdict},
    usage::KeyUsages,
    validity::{Validity, ValidityError},
};

pub use crate::extension::{BasicConstraints, Extension};
pub use known::Addresses;
pub(crate) use known::{authority_key_id, full_name_urls, general_names};

/// A certificate with everything that lists, checks and lints ask for. Cheap to clone; equal when the DER is.
#[derive(Clone)]
pub struct Certificate(Arc<Parts>);

struct Parts {
    der: Vec<u8>,
    tbs: std::ops::Range<usize>,
    algorithm: SignatureAlgorithmId,
    algorithm_der: Vec<u8>,
    signature: Vec<u8>,
    body: Arc<Body>,
}

/// What the signed octets say.
struct Body {
    version: u8,
    serial: SerialNumber,
    inner_algorithm: Vec<u8>,
    issuer: DistinguishedName,
    validity: Validity,
    subject: DistinguishedName,
    public_key: PublicKey,
    extensions: Vec<Extension>,
    known: known::Known,
}

/// Why bytes are no certificate.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// The frame of RFC 5280 4.1 is not there.
    #[error("the {field} cannot be read")]
    Malformed {
        /// The field of `Certificate` or `TBSCertificate` that cannot be read.
        field: &'static str,
    },
    /// Octets follow the certificate.
    #[error("{octets} octets follow the certificate")]
    Trailing {
        /// How many.
        octets: usize,
    },
    /// The serial number cannot be read.
    #[error(transparent)]
    Serial(#[from] SerialError),
    /// Issuer or subject cannot be read.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The validity cannot be read.
    #[error(transparent)]
    Validity(#[from] ValidityError),
    /// The public key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
}

fn malformed(field: &'static str) -> impl Fn(Malformed) -> CertificateError {
    move |_| CertificateError::Malformed { field }
}

impl From<MalformedAlgorithm> for CertificateError {
    fn from(_: MalformedAlgorithm) -> Self {
        Self::Malformed { field: "signatureAlgorithm" }
    }
}

impl Certificate {
    /// Reads one certificate, leniently: negative serials, old string types, RSA-PSS, explicit curves, unknown critical
    /// extensions and lengths that are not minimal are all kept as they are.
    ///
    /// # Errors
    /// [`CertificateError`] when the frame of RFC 5280 4.1 is not there, or octets follow it.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        Self::framed(der, |tbs| Body::read(tbs.content).map(Arc::new))
    }

    /// As [`Self::from_der`]. Where the octets that are signed are those of a certificate that was read before, what they say is not read again.
    pub(crate) fn from_der_beside(before: &Self, der: &[u8]) -> Result<Self, CertificateError> {
        Self::framed(der, |tbs| match &before.0.body {
            body if tbs.raw == before.tbs_der() => Ok(Arc::clone(body)),
            _ => Body::read(tbs.content).map(Arc::new),
        })
    }

    fn framed(der: &[u8], body: impl FnOnce(&Tlv<'_>) -> Result<Arc<Body>, CertificateError>) -> Result<Self, CertificateError> {
        let mut whole = Reader::new(der);
        let outer = whole.expect(tag::SEQUENCE).map_err(malformed("certificate"))?;
        if outer.raw.len() != der.len() {
            return Err(CertificateError::Trailing { octets: der.len() - outer.raw.len() });
        }
        let mut fields = Reader::new(outer.content);
        let tbs = fields.expect(tag::SEQUENCE).map_err(malformed("tbsCertificate"))?;
        let algorithm = fields.expect(tag::SEQUENCE).map_err(malformed("signatureAlgorithm"))?;
        let signature = fields.expect(tag::BIT_STRING).map_err(malformed("signatureValue"))?;
        fields.finish().map_err(malformed("signatureValue"))?;
        let tbs_start = der.len() - outer.content.len();
        Ok(Self(Arc::new(Parts {
            body: body(&tbs)?,
            tbs: tbs_start..tbs_start + tbs.raw.len(),
            algorithm: SignatureAlgorithmId::from_der(algorithm.raw)?,
            algorithm_der: algorithm.raw.to_vec(),
            signature: signature.content.get(1..).ok_or(CertificateError::Malformed { field: "signatureValue" })?.to_vec(),
            der: der.to_vec(),
        })))
    }

    /// The whole certificate, byte for byte as it came.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The octets that are signed.
    pub fn tbs_der(&self) -> &[u8] {
        self.0.der.get(self.0.tbs.clone()).unwrap_or_default()
    }

    /// SHA-256 of the DER.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0.der)
    }

    /// Version as people count it: 1, 2 or 3 (RFC 5280 4.1.2.1).
    pub fn version(&self) -> u8 {
        self.0.body.version
    }

    /// The serial number, verbatim.
    pub fn serial(&self) -> &SerialNumber {
        &self.0.body.serial
    }

    /// Who is certified; may be empty (RFC 5280 4.1.2.6).
    pub fn subject(&self) -> &DistinguishedName {
        &self.0.body.subject
    }

    /// Who signed, by name.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.0.body.issuer
    }

    /// notBefore and notAfter, even when the one comes after the other.
    pub fn validity(&self) -> Validity {
        self.0.body.validity
    }

    /// The certified key.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.body.public_key
    }

    /// Every extension in the order of the certificate, duplicates included.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.body.extensions
    }

    /// The first extension with this object identifier.
    pub fn extension(&self, oid: &str) -> Option<&Extension> {
        self.0.body.extensions.iter().find(|extension| extension.oid == oid)
    }

    /// What every extension says, in the certificate's order. What cannot be read is shown as octets and said to be so.
    pub fn describe_extensions(&self) -> Vec<ExtensionDescription> {
        self.0.body.extensions.iter().map(Extension::describe).collect()
    }

    /// Object identifiers of the extensions that we know but whose value cannot be read.
    pub fn unreadable_extensions(&self) -> &[String] {
        &self.0.body.known.unreadable
    }

    /// subjectKeyIdentifier (RFC 5280 4.2.1.2).
    pub fn subject_key_id(&self) -> Option<KeyId> {
        self.0.body.known.subject_key_id.clone()
    }

    /// The keyIdentifier of authorityKeyIdentifier (RFC 5280 4.2.1.1).
    pub fn authority_key_id(&self) -> Option<KeyId> {
        self.0.body.known.authority_key_id.clone()
    }

    /// What this certificate's children and CRLs carry as authorityKeyIdentifier: its subjectKeyIdentifier, or the SHA-1 of
    /// the key bits where it has none (RFC 5280 4.2.1.2 (1)).
    pub fn key_id_for_children(&self) -> KeyId {
        self.subject_key_id().unwrap_or_else(|| self.0.body.public_key.key_id())
    }

    /// The names of subjectAltName (RFC 5280 4.2.1.6), in order.
    pub fn names(&self) -> &[GeneralName] {
        &self.0.body.known.names
    }

    /// basicConstraints (RFC 5280 4.2.1.9), if it is there and can be read.
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.0.body.known.basic_constraints
    }

    /// Whether it may sign certificates: basicConstraints says so, or it is a self-issued certificate of version 1, which
    /// has no way to say it.
    pub fn is_authority(&self) -> bool {
        match self.0.body.known.basic_constraints {
            Some(constraints) => constraints.authority,
            None => self.0.body.version == 1 && self.is_self_issued(),
        }
    }

    /// How many authorities may follow below (RFC 5280 4.2.1.9); `None`: no limit stated.
    pub fn path_length(&self) -> Option<u32> {
        self.0.body.known.basic_constraints.and_then(|constraints| constraints.path_length)
    }

    /// keyUsage (RFC 5280 4.2.1.3).
    pub fn key_usages(&self) -> Option<KeyUsages> {
        self.0.body.known.key_usages
    }

    /// Object identifiers of extKeyUsage (RFC 5280 4.2.1.12).
    pub fn extended_key_usages(&self) -> Option<Vec<String>> {
        self.0.body.known.extended_key_usages.clone()
    }

    /// As [`Self::extended_key_usages`], lent.
    pub(crate) fn lent_extended_key_usages(&self) -> Option<&[String]> {
        self.0.body.known.extended_key_usages.as_deref()
    }

    /// As [`Self::name_constraints`], lent.
    pub(crate) fn lent_name_constraints(&self) -> Option<&NameConstraints> {
        self.0.body.known.name_constraints.as_ref()
    }

    /// As [`Self::addresses`], lent.
    pub(crate) fn lent_addresses(&self) -> &Addresses {
        &self.0.body.known.addresses
    }

    /// nameConstraints (RFC 5280 4.2.1.10).
    pub fn name_constraints(&self) -> Option<NameConstraints> {
        self.0.body.known.name_constraints.clone()
    }

    /// Where CRLs, the issuer's certificate and OCSP answers are (RFC 5280 4.2.1.13, 4.2.2.1).
    pub fn addresses(&self) -> Addresses {
        self.0.body.known.addresses.clone()
    }

    /// The outer signatureAlgorithm (RFC 5280 4.1.1.2).
    pub fn signature_algorithm(&self) -> &SignatureAlgorithmId {
        &self.0.algorithm
    }

    /// DER of the outer signatureAlgorithm.
    pub fn signature_algorithm_der(&self) -> &[u8] {
        &self.0.algorithm_der
    }

    /// DER of the signature field inside, which must be the same (RFC 5280 4.1.2.3).
    pub fn inner_signature_algorithm_der(&self) -> &[u8] {
        &self.0.body.inner_algorithm
    }

    /// The signature's octets.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Whether issuer and subject are the same bytes (RFC 5280 3.2).
    pub fn is_self_issued(&self) -> bool {
        self.0.body.issuer == self.0.body.subject
    }

    /// Whether it is signed by the key that it certifies (RFC 5280 3.2: self-signed), weakly or not.
    pub fn is_self_signed(&self) -> bool {
        self.is_self_issued() && self.signed_by(self.public_key()).is_valid()
    }

    /// Whether `key` made this certificate's signature.
    pub fn signed_by(&self, key: &PublicKey) -> SignatureVerdict {
        key.verify(&self.0.algorithm, self.tbs_der(), &self.0.signature)
    }

    /// Whether the time lies inside the validity, ends included (RFC 5280 4.1.2.5).
    pub fn is_valid_at(&self, at: OffsetDateTime) -> bool {
        self.0.body.validity.contains(at)
    }

    /// What a list shows: the common name, else the first alternative name, else the subject, else the serial number.
    pub fn display_name(&self) -> String {
        let common_name = self.0.body.subject.common_name().filter(|name| !name.is_empty());
        common_name
            .or_else(|| self.0.body.known.names.first().map(GeneralName::value))
            .or_else(|| (!self.0.body.subject.is_empty()).then(|| self.0.body.subject.rfc4514()))
            .unwrap_or_else(|| self.0.body.serial.to_string())
    }

    /// The certificate as PEM (RFC 7468 5).
    pub fn pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.0.der)
    }
}

impl Body {
    /// Reads the contents of a `TBSCertificate`.
    fn read(tbs: &[u8]) -> Result<Self, CertificateError> {
        let mut reader = Reader::new(tbs);
        let version = match reader.optional(0xa0).map_err(malformed("version"))? {
            Some(explicit) => match Reader::new(explicit.content).expect(tag::INTEGER).map_err(malformed("version"))?.content {
                [number @ 0..=0x7e] => number + 1,
                _ => return Err(CertificateError::Malformed { field: "version" }),
            },
            None => 1,
        };
        let serial = reader.expect(tag::INTEGER).map_err(malformed("serialNumber"))?;
        let inner_algorithm = reader.expect(tag::SEQUENCE).map_err(malformed("signature"))?;
        let issuer = reader.expect(tag::SEQUENCE).map_err(malformed("issuer"))?;
        let validity = reader.expect(tag::SEQUENCE).map_err(malformed("validity"))?;
        let subject = reader.expect(tag::SEQUENCE).map_err(malformed("subject"))?;
        let spki = reader.expect(tag::SEQUENCE).map_err(malformed("subjectPublicKeyInfo"))?;
        // Unique identifiers of version 2 are passed over, implicit as X.509 has them or constructed as some wrote them.
        for unique in [0x81, 0xa1, 0x82, 0xa2] {
            reader.optional(unique).map_err(malformed("uniqueID"))?;
        }
        let extensions = match reader.optional(0xa3).map_err(malformed("extensions"))? {
            Some(explicit) => read_extensions(explicit.content).map_err(malformed("extensions"))?,
            None => Vec::new(),
        };
        reader.finish().map_err(malformed("tbsCertificate"))?;
        Ok(Self {
            version,
            serial: SerialNumber::from_content_octets(serial.content)?,
            inner_algorithm: inner_algorithm.raw.to_vec(),
            issuer: DistinguishedName::from_der(issuer.raw)?,
            validity: Validity::from_der(validity.raw)?,
            subject: DistinguishedName::from_der(subject.raw)?,
            public_key: PublicKey::from_spki_der(spki.raw)?,
            known: known::Known::read(&extensions),
            extensions,
        })
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl std::hash::Hash for Certificate {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.der.hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.0.body.subject.rfc4514())
            .field("serial", &self.0.body.serial.to_string())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
