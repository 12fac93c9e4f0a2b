#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail loudly")]

mod oracle;
mod rules;
mod wished;

use super::*;
use crate::key::{KeySpec, PrivateKey};
use crate::signer::KeySigner;
use crate::usage::KeyUsage;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00:00 UTC);

/// RSA-3072 and 4096 go the way of 2048 and take their time.
const SPECS: [KeySpec; 5] = [KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521, KeySpec::Rsa2048, KeySpec::Ed25519];

/// An authority with its key.
struct Authority {
    certificate: Certificate,
    key: PrivateKey,
}

impl Authority {
    fn root(spec: KeySpec) -> Self {
        let key = PrivateKey::generate(spec).unwrap();
        let profile = Profile::root();
        let mut request = request(&profile, key.public_key());
        request.subject = Some(DistinguishedName::parse("/DC=test/DC=example/OU=PKI/OU=CA+O=Acme/CN=Root").unwrap());
        let prepared = prepare(&request, IssuerSide::SelfSigned(SignatureAlgorithm::for_key(spec))).unwrap();
        Self { certificate: prepared.sign(&KeySigner::new(copy(&key)).unwrap()).unwrap(), key }
    }

    /// An authority below this one, as the closure wishes it.
    fn below(&self, wish: impl FnOnce(&mut IssuanceRequest<'_>)) -> Result<Self, PrepareError> {
        let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
        let profile = Profile::intermediate();
        let mut request = request(&profile, key.public_key());
        request.subject = Some(DistinguishedName::parse("CN=Issuing,O=Acme").unwrap());
        wish(&mut request);
        let certificate = prepare(&request, self.side())?.sign(&self.signer()).unwrap();
        Ok(Self { certificate, key })
    }

    fn side(&self) -> IssuerSide<'_> {
        let algorithm = SignatureAlgorithm::for_public_key(self.key.public_key()).unwrap();
        IssuerSide::Authority { certificate: &self.certificate, algorithm }
    }

    fn signer(&self) -> KeySigner {
        KeySigner::new(copy(&self.key)).unwrap()
    }

    /// A server certificate from this authority, as the closure wishes it.
    fn server(&self, wish: impl FnOnce(&mut IssuanceRequest<'_>)) -> Result<Prepared, PrepareError> {
        let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
        let profile = Profile::tls_server();
        let mut request = request(&profile, key.public_key());
        request.names = names(&["www.example.test"]);
        wish(&mut request);
        prepare(&request, self.side())
    }
}

fn copy(key: &PrivateKey) -> PrivateKey {
    PrivateKey::from_pkcs8_der(&key.expose_pkcs8_der()).unwrap()
}

fn names(texts: &[&str]) -> Vec<GeneralName> {
    texts.iter().map(|text| GeneralName::parse(text).unwrap()).collect()
}

fn request<'a>(profile: &'a Profile, public_key: &'a PublicKey) -> IssuanceRequest<'a> {
    IssuanceRequest {
        profile,
        subject: None,
        names: Vec::new(),
        public_key,
        serial: SerialNumber::from_entropy([0x5a; 20]),
        now: NOW,
        lifetime: Lifetime::ProfileDefault,
        path_length: None,
        name_constraints: NameConstraints::default(),
        addresses: Addresses { crl_urls: vec!["http://crl.example.test/ca.crl".to_owned()], ..Addresses::default() },
        must_staple: false,
        requested: &[],
        extensions: Vec::new(),
        policy: None,
        subject_key_id: None,
    }
}
