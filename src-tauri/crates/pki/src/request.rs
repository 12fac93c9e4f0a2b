//! Certification requests (PKCS#10, RFC 2986), accepted only with proof that the sender has the private key.

mod writing;

use std::fmt;

use thiserror::Error;

use crate::{
    alt_name::GeneralName,
    asn1::{Malformed, Reader, oid_text, tag},
    certificate::general_names,
    encoding::pem,
    extension::{Extension, ExtensionValue, read_extensions},
    key::{KeyError, PublicKey},
    name::{DistinguishedName, NameError},
    oid,
    signature::{MalformedAlgorithm, SignatureAlgorithmId, SignatureVerdict},
};

pub use writing::{AuthorityWish, SignRequestError, authority_request_info, sign_request};

/// A request whose own signature was verified. What it asks for are wishes; a profile decides.
#[derive(Clone)]
pub struct SigningRequest {
    der: Vec<u8>,
    subject: DistinguishedName,
    public_key: PublicKey,
    extensions: Vec<Extension>,
    names: Vec<GeneralName>,
    attributes: Vec<String>,
    algorithm: SignatureAlgorithmId,
    weakness: Option<&'static str>,
}

/// Why bytes are no request that can be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestError {
    /// The frame of RFC 2986 4 is not there.
    #[error("the {field} cannot be read")]
    Malformed {
        /// The field of `CertificationRequest` that cannot be read.
        field: &'static str,
    },
    /// Octets follow the request.
    #[error("{octets} octets follow the request")]
    Trailing {
        /// How many.
        octets: usize,
    },
    /// The subject cannot be read.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The public key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signature was not made by the request's own key (RFC 2986 3): it was altered, or the sender lacks the key.
    #[error("the signature ({algorithm}) is not of the request's own key")]
    BadSignature {
        /// The signature algorithm that the request names.
        algorithm: String,
    },
    /// The signature cannot be checked here, so possession of the key is not proven.
    #[error("the signature cannot be checked: {algorithm}")]
    CannotCheck {
        /// What is unknown.
        algorithm: String,
    },
    /// There is no PEM block of a request.
    #[error("no PEM block of a certification request")]
    NoPem,
}

fn malformed(field: &'static str) -> impl Fn(Malformed) -> RequestError {
    move |_| RequestError::Malformed { field }
}

impl From<MalformedAlgorithm> for RequestError {
    fn from(_: MalformedAlgorithm) -> Self {
        Self::Malformed { field: "signatureAlgorithm" }
    }
}

impl SigningRequest {
    /// Reads one request and verifies its signature with the request's own key, whatever digest goes with it. Unknown
    /// extensions and attributes are kept as wishes.
    ///
    /// # Errors
    /// [`RequestError`] when the frame is broken, octets follow, or the signature does not verify.
    pub fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        let outer = Reader::new(der).expect(tag::SEQUENCE).map_err(malformed("certificationRequest"))?;
        if outer.raw.len() != der.len() {
            return Err(RequestError::Trailing { octets: der.len() - outer.raw.len() });
        }
        let mut fields = Reader::new(outer.content);
        let info = fields.expect(tag::SEQUENCE).map_err(malformed("certificationRequestInfo"))?;
        let algorithm = fields.expect(tag::SEQUENCE).map_err(malformed("signatureAlgorithm"))?;
        let signature = fields.expect(tag::BIT_STRING).map_err(malformed("signature"))?;
        fields.finish().map_err(malformed("signature"))?;

        let mut reader = Reader::new(info.content);
        reader.expect(tag::INTEGER).map_err(malformed("version"))?;
        let subject = reader.expect(tag::SEQUENCE).map_err(malformed("subject"))?;
        let spki = reader.expect(tag::SEQUENCE).map_err(malformed("subjectPKInfo"))?;
        let mut extensions = Vec::new();
        let mut attributes = Vec::new();
        // Some programs leave the attributes out altogether, against RFC 2986 4.1.
        if let Some(list) = reader.optional(0xa0).map_err(malformed("attributes"))? {
            let mut list = Reader::new(list.content);
            while !list.is_empty() {
                let mut attribute = list.enter(tag::SEQUENCE).map_err(malformed("attributes"))?;
                let kind = oid_text(attribute.expect(tag::OID).map_err(malformed("attributes"))?.content);
                let mut values = attribute.enter(tag::SET).map_err(malformed("attributes"))?;
                if matches!(kind.as_str(), oid::EXTENSION_REQUEST | oid::MICROSOFT_EXTENSION_REQUEST) && !values.is_empty() {
                    let value = values.any().map_err(malformed("extensionRequest"))?;
                    extensions.extend(read_extensions(value.raw).map_err(malformed("extensionRequest"))?);
                } else {
                    attributes.push(kind);
                }
            }
        }
        let names = match extensions.iter().find(|extension: &&Extension| extension.oid == oid::SUBJECT_ALT_NAME) {
            Some(extension) => general_names(&extension.der).map_err(malformed("subjectAltName"))?,
            None => Vec::new(),
        };
        let public_key = PublicKey::from_spki_der(spki.raw)?;
        let algorithm = SignatureAlgorithmId::from_der(algorithm.raw)?;
        let bits = signature.content.get(1..).ok_or(RequestError::Malformed { field: "signature" })?;
        let weakness = match public_key.verify(&algorithm, info.raw, bits) {
            SignatureVerdict::Valid => None,
            SignatureVerdict::ValidButWeak(weakness) => Some(weakness),
            SignatureVerdict::Invalid => return Err(RequestError::BadSignature { algorithm: algorithm.to_string() }),
            SignatureVerdict::CannotCheck(what) => return Err(RequestError::CannotCheck { algorithm: what }),
        };
        Ok(Self {
            der: der.to_vec(),
            subject: DistinguishedName::from_der(subject.raw)?,
            public_key,
            extensions,
            names,
            attributes,
            algorithm,
            weakness,
        })
    }

    /// Reads the first PEM block of a request; text around it is passed over.
    ///
    /// # Errors
    /// [`RequestError::NoPem`] when there is none that can be decoded, else as [`Self::from_der`].
    pub fn from_pem(text: &[u8]) -> Result<Self, RequestError> {
        let block = pem::blocks(text).into_iter().find(|block| pem::is_request(&block.label)).ok_or(RequestError::NoPem)?;
        Self::from_der(&block.body.map_err(|_| RequestError::NoPem)?)
    }

    /// The whole request, byte for byte as it came.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Who asks to be certified; may be empty.
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// The alternative names asked for, in order.
    pub fn names(&self) -> &[GeneralName] {
        &self.names
    }

    /// The key to be certified.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The extensions asked for (RFC 2985 5.4.2), in order.
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The longest chain of further authorities below that is asked for (RFC 5280 4.2.1.9).
    pub fn path_length(&self) -> Option<u32> {
        let asked = self.extensions.iter().find(|extension| extension.oid == oid::BASIC_CONSTRAINTS)?;
        match asked.value() {
            ExtensionValue::BasicConstraints(constraints) => constraints.path_length,
            _ => None,
        }
    }

    /// Object identifiers of the other attributes, such as challengePassword.
    pub fn attributes(&self) -> &[String] {
        &self.attributes
    }

    /// What the request was signed with.
    pub fn signature_algorithm(&self) -> &SignatureAlgorithmId {
        &self.algorithm
    }

    /// Why the signature, though it verifies, proves little: `sha1` or `rsa_below_2048`.
    pub fn weakness(&self) -> Option<&'static str> {
        self.weakness
    }

    /// The request as PEM (RFC 7468 7).
    pub fn pem(&self) -> String {
        pem::encode("CERTIFICATE REQUEST", &self.der)
    }
}

impl fmt::Debug for SigningRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningRequest").field("subject", &self.subject.rfc4514()).field("key", &self.public_key).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
