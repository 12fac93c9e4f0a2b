//! A root that others run, in this process: its key and its certificate are files beside the registry.

use std::path::Path;

use authority::pki::issuance::{Addresses, IssuanceRequest, IssuerSide, prepare};
use authority::pki::{
    Certificate, DistinguishedName, KeySigner, KeySpec, Lifetime, NameConstraints, PrivateKey, Profile, PublicKey, SerialNumber,
    SignatureAlgorithm, SigningRequest,
};

use crate::NOW;

/// Where its key is, in our one-line form.
const KEY: &str = "outside.key";
/// Where its certificate is.
const CERTIFICATE: &str = "outside.pem";

fn wish<'a>(profile: &'a Profile, subject: &DistinguishedName, public_key: &'a PublicKey, serial: u8) -> IssuanceRequest<'a> {
    IssuanceRequest {
        profile,
        policy: None,
        subject: Some(subject.clone()),
        names: Vec::new(),
        public_key,
        serial: SerialNumber::from_entropy([serial; 20]),
        now: NOW,
        lifetime: Lifetime::ProfileDefault,
        path_length: None,
        name_constraints: NameConstraints::default(),
        addresses: Addresses::default(),
        must_staple: false,
        requested: &[],
        extensions: Vec::new(),
        subject_key_id: None,
    }
}

/// Makes it.
pub(super) fn make(folder: &Path) {
    let key = PrivateKey::generate(KeySpec::EcP256).expect("a key");
    std::fs::write(folder.join(KEY), key.to_line().expect("a line").as_str()).expect("written");
    let (profile, subject) = (Profile::root(), DistinguishedName::parse("CN=Corporate Root").expect("a name"));
    let side = IssuerSide::SelfSigned(SignatureAlgorithm::for_key(KeySpec::EcP256));
    let prepared = prepare(&wish(&profile, &subject, key.public_key(), 7), side).expect("prepared");
    let certificate = prepared.sign(&KeySigner::new(key).expect("a signer")).expect("signed");
    std::fs::write(folder.join(CERTIFICATE), certificate.pem()).expect("written");
}

/// What it answers to a request: the certificate, and its own.
pub(super) fn answer(folder: &Path, request: &SigningRequest) -> String {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    let key = PrivateKey::from_line(&read(KEY)).expect("a key");
    let own = crate::pem::only(folder.join(CERTIFICATE).to_str().expect("UTF-8"), "CERTIFICATE");
    let own = Certificate::from_der(&own).expect("a certificate");
    let side = IssuerSide::Authority { certificate: &own, algorithm: SignatureAlgorithm::for_key(KeySpec::EcP256) };
    let prepared = prepare(&wish(&Profile::intermediate(), request.subject(), request.public_key(), 8), side).expect("prepared");
    let certificate = prepared.sign(&KeySigner::new(key).expect("a signer")).expect("signed");
    certificate.pem() + &own.pem()
}
