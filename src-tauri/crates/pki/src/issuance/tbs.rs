//! The bytes to be signed (RFC 5280 4.1).

use super::PrepareError;
use crate::asn1;
use crate::extension::Extension;
use crate::key::PublicKey;
use crate::name::DistinguishedName;
use crate::serial::SerialNumber;
use crate::signer::SignatureAlgorithm;
use crate::validity::Validity;
use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode as _, Encode as _, Sequence};

/// `TBSCertificate` with names, key and algorithm as the bytes that they are: nothing is decoded and written anew.
#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: Any,
    signature: Any,
    issuer: Any,
    validity: Any,
    subject: Any,
    subject_public_key_info: Any,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: x509_cert::ext::Extensions,
}

/// What stands in a certificate.
pub(super) struct Parts<'a> {
    pub(super) serial: &'a SerialNumber,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) issuer: &'a DistinguishedName,
    pub(super) validity: Validity,
    pub(super) subject: &'a DistinguishedName,
    pub(super) public_key: &'a PublicKey,
    pub(super) extensions: &'a [Extension],
}

/// Writes a `TBSCertificate` of version 3, the extensions in their order.
pub(super) fn written(parts: &Parts<'_>) -> Result<Vec<u8>, PrepareError> {
    let extensions = parts.extensions.iter().map(extension).collect::<Result<Vec<_>, _>>()?;
    let certificate = TbsCertificate {
        version: 2,
        serial: raw("serialNumber", &parts.serial.to_der())?,
        signature: raw("signature", &parts.algorithm.algorithm_identifier_der())?,
        issuer: raw("issuer", parts.issuer.as_der())?,
        validity: raw("validity", &parts.validity.to_der())?,
        subject: raw("subject", parts.subject.as_der())?,
        subject_public_key_info: raw("subjectPublicKeyInfo", parts.public_key.spki_der())?,
        extensions,
    };
    certificate.to_der().map_err(|_| PrepareError::Encoding { part: "tbsCertificate" })
}

/// Puts a signature to what was signed (RFC 5280 4.1.1).
pub(super) fn assembled(tbs: &[u8], algorithm: SignatureAlgorithm, signature: &[u8]) -> Vec<u8> {
    asn1::sequence(&[tbs, &algorithm.algorithm_identifier_der(), &asn1::bit_string(signature)])
}

fn raw(part: &'static str, bytes: &[u8]) -> Result<Any, PrepareError> {
    Any::from_der(bytes).map_err(|_| PrepareError::Encoding { part })
}

fn extension(extension: &Extension) -> Result<x509_cert::ext::Extension, PrepareError> {
    let fault = |_| PrepareError::Encoding { part: "extensions" };
    Ok(x509_cert::ext::Extension {
        extn_id: extension.oid.parse::<ObjectIdentifier>().map_err(|_| PrepareError::Encoding { part: "extensions" })?,
        critical: extension.critical,
        extn_value: OctetString::new(extension.der.clone()).map_err(fault)?,
    })
}
