//! The request that an authority of ours sends to an authority elsewhere (RFC 2986 4): what it asks for is written first, and signed then.

use thiserror::Error;

use super::{RequestError, SigningRequest};
use crate::asn1::{self, tag};
use crate::constraints::NameConstraints;
use crate::extension::{BasicConstraints, Extension, ExtensionFault, ExtensionValue};
use crate::key::PublicKey;
use crate::name::DistinguishedName;
use crate::oid;
use crate::profile::Profile;
use crate::signer::{SignError, Signer};

/// Context tag 0, constructed: the attributes.
const ATTRIBUTES: u8 = 0xa0;

/// What an authority asks to be certified with.
#[derive(Debug, Clone)]
pub struct AuthorityWish<'a> {
    /// Its subject.
    pub subject: &'a DistinguishedName,
    /// Its key.
    pub public_key: &'a PublicKey,
    /// Longest chain of further authorities below.
    pub path_length: Option<u8>,
    /// Names that may, and may not, appear below.
    pub constraints: &'a NameConstraints,
}

/// Why no request was signed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignRequestError {
    /// The key could not be used.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What was written and signed is no request of the signer's key: the bytes are not a `CertificationRequestInfo`, or name another key.
    #[error(transparent)]
    Unsound(#[from] RequestError),
}

/// Writes the `CertificationRequestInfo` of an authority: basicConstraints, keyUsage (as for [`Profile::intermediate`]), and nameConstraints where
/// there are any, as an extensionRequest (RFC 2985 5.4.2).
///
/// # Errors
/// [`ExtensionFault`] when the constraints break a rule of writing (RFC 5280 4.2.1.10).
pub fn authority_request_info(wish: &AuthorityWish<'_>) -> Result<Vec<u8>, ExtensionFault> {
    let path_length = wish.path_length.map(u32::from);
    let usages = Profile::intermediate().extensions().key_usages_for(&wish.public_key.algorithm());
    let mut values =
        vec![ExtensionValue::BasicConstraints(BasicConstraints { authority: true, path_length }), ExtensionValue::KeyUsages(usages)];
    if !wish.constraints.is_empty() {
        values.push(ExtensionValue::NameConstraints(wish.constraints.clone()));
    }
    let mut extensions = Vec::new();
    for value in &values {
        extensions.extend(written(&Extension::new(value)?));
    }
    // The identifier is a constant that encodes.
    let kind = asn1::oid(oid::EXTENSION_REQUEST).unwrap_or_default();
    let attribute = asn1::sequence(&[&kind, &asn1::tlv(tag::SET, &asn1::sequence(&[&extensions]))]);
    Ok(asn1::sequence(&[
        &asn1::tlv(tag::INTEGER, &[0]),
        wish.subject.as_der(),
        wish.public_key.spki_der(),
        &asn1::tlv(ATTRIBUTES, &attribute),
    ]))
}

/// Signs a `CertificationRequestInfo` with the key that it names, and reads the request back.
///
/// # Errors
/// [`SignRequestError`] when the key cannot be used, or the bytes are no request of this key.
pub fn sign_request(info: &[u8], signer: &dyn Signer) -> Result<SigningRequest, SignRequestError> {
    let signature = signer.sign(info)?;
    let der = asn1::sequence(&[info, &signer.algorithm().algorithm_identifier_der(), &asn1::bit_string(&signature)]);
    Ok(SigningRequest::from_der(&der)?)
}

fn written(extension: &Extension) -> Vec<u8> {
    // FALSE is the default, which DER leaves out (X.690 11.5).
    let critical: &[u8] = if extension.critical { &[tag::BOOLEAN, 1, 0xff] } else { &[] };
    let identifier = asn1::oid_as_read(&extension.oid);
    asn1::sequence(&[&identifier, critical, &asn1::tlv(tag::OCTET_STRING, &extension.der)])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::key::{KeySpec, PrivateKey};
    use crate::signer::KeySigner;
    use crate::usage::KeyUsage;

    fn info(key: &PublicKey, constraints: &NameConstraints) -> Vec<u8> {
        let subject = DistinguishedName::parse("CN=Issuing CA,O=Example,C=DE").unwrap();
        authority_request_info(&AuthorityWish { subject: &subject, public_key: key, path_length: Some(0), constraints }).unwrap()
    }

    #[test]
    fn what_is_asked_for_is_read_back_from_every_kind_of_key() {
        let constraints = NameConstraints::parse(&["dns:example.com"], &["dns:secret.example.com"]).unwrap();
        for spec in [KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521, KeySpec::Rsa2048, KeySpec::Ed25519] {
            let key = PrivateKey::generate(spec).unwrap();
            let info = info(key.public_key(), &constraints);
            let signer = KeySigner::new(key).unwrap();
            let request = sign_request(&info, &signer).unwrap();
            assert_eq!(request.subject().rfc4514(), "CN=Issuing CA,O=Example,C=DE");
            assert_eq!(request.public_key(), signer.public_key());
            let values: Vec<_> = request.extensions().iter().map(|one| (one.critical, one.value())).collect();
            let [(true, ExtensionValue::BasicConstraints(basic)), (true, ExtensionValue::KeyUsages(usages)), (true, names)] = &values[..]
            else {
                unreachable!("{values:?}")
            };
            assert_eq!(*basic, BasicConstraints { authority: true, path_length: Some(0) });
            assert!(usages.contains(KeyUsage::KeyCertSign) && usages.contains(KeyUsage::CrlSign), "{usages:?}");
            assert_eq!(names, &ExtensionValue::NameConstraints(constraints.clone()));
        }
    }

    #[test]
    fn a_request_is_signed_by_its_own_key_only() {
        let [one, other] = [(); 2].map(|()| PrivateKey::generate(KeySpec::EcP256).unwrap());
        let info = info(one.public_key(), &NameConstraints::default());
        let refused = sign_request(&info, &KeySigner::new(other).unwrap()).unwrap_err();
        assert!(matches!(refused, SignRequestError::Unsound(RequestError::BadSignature { .. })), "{refused:?}");
        assert!(sign_request(&info, &KeySigner::new(one).unwrap()).is_ok());
    }
}
