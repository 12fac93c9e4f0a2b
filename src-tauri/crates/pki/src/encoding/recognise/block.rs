//! What is in a block of PEM (RFC 7468, and what OpenSSL writes besides).

use zeroize::Zeroizing;

use super::super::{Found, Object, ObjectError, Password, openssh, pem, pkcs7, pkcs8, pkcs12, traditional_pem};
use super::binary::shortfall;
use crate::{
    asn1::{Reader, tag},
    certificate::Certificate,
    crl::Crl,
    key::PrivateKey,
    request::SigningRequest,
};

/// A block and its place in the file.
pub struct Numbered {
    /// Its place, from 1.
    pub number: u64,
    /// The block.
    pub block: pem::Block,
}

/// What is in a block: one thing, those of a bundle or store, or nothing where it only goes with another (`EC PARAMETERS`). Blocks can be
/// read apart from each other, so that each core reads its own.
pub fn recognise_block(numbered: Numbered, passwords: &[Password]) -> Vec<Found> {
    let Numbered { number, block } = numbered;
    let pem::Block { label: kind, headers, body } = block;
    let label = format!("PEM block {number}");
    let body = match body {
        Ok(body) => body,
        Err(error) => {
            let object = Err(match error {
                pem::PemError::NoEnd => ObjectError::TruncatedPem,
                pem::PemError::TooLong { limit } => ObjectError::TooLarge { limit: u64::try_from(limit).unwrap_or(u64::MAX) },
                error => ObjectError::BadPem(error),
            });
            return vec![Found { label, object }];
        }
    };
    let missing = shortfall(&body).is_some();
    let object = match kind.as_str() {
        "CERTIFICATE" | "X509 CERTIFICATE" => Certificate::from_der(&body).map(Object::Certificate).map_err(Into::into),
        "TRUSTED CERTIFICATE" => trusted_certificate(&body),
        label if pem::is_request(label) => SigningRequest::from_der(&body).map(Object::Request).map_err(Into::into),
        "X509 CRL" => list(body),
        "ENCRYPTED PRIVATE KEY" => pkcs8::open(&body, passwords).map(Object::PrivateKey),
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => key(&headers, &body, passwords).map(Object::PrivateKey),
        "OPENSSH PRIVATE KEY" => openssh::open(&body, passwords).map(Object::PrivateKey),
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => return inner(&label, pkcs7::read(&body)),
        "PKCS12" => return inner(&label, pkcs12::read(&body, passwords)),
        // Parameters that OpenSSL writes in front of a key say nothing that the key does not.
        "EC PARAMETERS" | "DH PARAMETERS" => return Vec::new(),
        other => {
            let object = Err(ObjectError::Unsupported { what: other.to_owned() });
            return vec![Found { label, object }];
        }
    };
    let object = object.map_err(|error| if missing { ObjectError::TruncatedPem } else { error });
    vec![Found { label, object }]
}

/// A list, which may be long, without a copy of it.
fn list(mut body: Zeroizing<Vec<u8>>) -> Result<Object, ObjectError> {
    Ok(Object::Crl(Crl::from_vec(std::mem::take(&mut *body))?))
}

/// A PKCS#7 or PKCS#12 in a block: its objects carry the block in their label.
fn inner(label: &str, read: Result<Vec<Found>, ObjectError>) -> Vec<Found> {
    match read {
        Ok(found) => found.into_iter().map(|item| Found { label: format!("{label}, {}", item.label), object: item.object }).collect(),
        Err(error) => vec![Found { label: label.to_owned(), object: Err(error) }],
    }
}

/// OpenSSL's certificate with trust settings behind it: the certificate counts.
fn trusted_certificate(body: &[u8]) -> Result<Object, ObjectError> {
    let certificate = Reader::new(body).expect(tag::SEQUENCE).map_err(|error| ObjectError::malformed("certificate", &error))?;
    Ok(Object::Certificate(Certificate::from_der(certificate.raw)?))
}

fn key(headers: &[(String, String)], body: &[u8], passwords: &[Password]) -> Result<PrivateKey, ObjectError> {
    match traditional_pem::encryption(headers) {
        None => Ok(PrivateKey::from_any_der(body)?),
        Some((cipher, vector)) => pkcs8::first_that_fits(passwords, |password| traditional_pem::decrypt(cipher, vector, body, password)),
    }
}
