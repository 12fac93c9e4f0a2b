//! Fixed keys, serials and times, and how what is made from them is shown.

use authority::clock::{Entropy as _, SeededEntropy};
use authority::pki::issuance::{Addresses, IssuanceRequest, IssuerSide, Prepared, prepare};
use authority::pki::{
    Certificate, DistinguishedName, Fingerprint, GeneralName, KeySigner, Lifetime, NameConstraints, PrivateKey, Profile, PublicKey,
    SerialNumber, SignatureAlgorithm, Signer as _,
};
use serde_json::{Value, json};
use suite::data::data;
use suite::judges::openssl;
use suite::{NOW, Sandbox, ask, pem};

/// A key of `tests/data/golden`.
pub fn key(name: &str) -> PrivateKey {
    let path = data(&format!("golden/{name}.key"));
    PrivateKey::from_any_der(&pem::only(path.to_str().expect("UTF-8"), "PRIVATE KEY")).expect("a key")
}

/// A signer with a key of `tests/data/golden`.
pub fn signer(name: &str) -> KeySigner {
    KeySigner::new(key(name)).expect("a signer")
}

/// The serial that belongs to a seed.
pub fn serial(seed: u64) -> SerialNumber {
    let mut random = [0; 20];
    SeededEntropy::new(seed).fill(&mut random).expect("random octets");
    SerialNumber::from_entropy(random)
}

/// A name from its text.
pub fn subject(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).expect("a name")
}

/// An alternative name from its text.
pub fn name(text: &str) -> GeneralName {
    GeneralName::parse(text).expect("a name")
}

/// A wish that says no more than profile, key and serial.
pub fn wish<'a>(profile: &'a Profile, public_key: &'a PublicKey, seed: u64) -> IssuanceRequest<'a> {
    IssuanceRequest {
        profile,
        subject: None,
        names: Vec::new(),
        public_key,
        serial: serial(seed),
        now: NOW,
        lifetime: Lifetime::ProfileDefault,
        path_length: None,
        name_constraints: NameConstraints::default(),
        addresses: Addresses::default(),
        must_staple: false,
        requested: &[],
        policy: None,
        subject_key_id: None,
        extensions: Vec::new(),
    }
}

/// Where the things of an authority are.
pub fn addresses(authority: &str) -> Addresses {
    Addresses {
        crl_urls: vec![format!("http://pki.example.test/{authority}.crl")],
        issuer_urls: vec![format!("http://pki.example.test/{authority}.crt")],
        ocsp_urls: vec!["http://ocsp.example.test".to_owned()],
        ..Addresses::default()
    }
}

/// A prepared certificate, and what it became.
pub struct Made {
    pub certificate: Certificate,
    tbs: Fingerprint,
    findings: Vec<&'static str>,
    /// An ECDSA signature is another one each time.
    signature_is_random: bool,
}

impl Made {
    /// Signs what was prepared.
    pub fn of(prepared: Prepared, issuer: &str) -> Self {
        let tbs = Fingerprint::of(prepared.tbs_der());
        let findings = prepared.findings().iter().map(|finding| finding.lint).collect();
        let signer = signer(issuer);
        let signature_is_random = signer.algorithm().as_str().contains("ecdsa");
        Self { certificate: prepared.sign(&signer).expect("signed"), tbs, findings, signature_is_random }
    }

    /// Self-signed with its own key.
    pub fn root(key: &str, seed: u64) -> Self {
        let (profile, private) = (Profile::root(), self::key(key));
        let algorithm = SignatureAlgorithm::for_key(private.spec().expect("a kind of key that we make"));
        let wish =
            IssuanceRequest { subject: Some(subject("CN=Acme Root CA,O=Acme GmbH,C=DE")), ..wish(&profile, private.public_key(), seed) };
        Self::of(prepare(&wish, IssuerSide::SelfSigned(algorithm)).expect("prepared"), key)
    }

    /// Issued by an authority of the golden suite.
    pub fn issued(wish: &IssuanceRequest<'_>, issuer: &Self, issuer_key: &str) -> Self {
        let algorithm = SignatureAlgorithm::for_public_key(issuer.certificate.public_key()).expect("an algorithm");
        Self::of(prepare(wish, IssuerSide::Authority { certificate: &issuer.certificate, algorithm }).expect("prepared"), issuer_key)
    }

    /// The description that the surface gives of it, with its hashes.
    pub fn described(&self) -> String {
        let sandbox = Sandbox::empty();
        let path = sandbox.write("made.pem", self.certificate.pem());
        let view = sandbox.surface.certificate_in_file(ask(json!({ "path": path }))).expect("a view");
        let mut view = serde_json::to_value(view).expect("JSON");
        let mut hashes = format!("sha256 of what was signed: {}\n", self.tbs);
        if self.signature_is_random {
            // So are the fingerprint and all that is made of it.
            for field in ["fingerprint", "id", "pem"] {
                view[field] = Value::Null;
            }
        } else {
            hashes += &format!("sha256 of the certificate: {}\n", self.certificate.fingerprint());
        }
        let findings = if self.findings.is_empty() { "none".to_owned() } else { self.findings.join(" ") };
        format!("{hashes}findings: {findings}\n{}\n", serde_json::to_string_pretty(&view).expect("JSON"))
    }

    /// As OpenSSL prints it.
    pub fn printed(&self) -> String {
        let sandbox = Sandbox::empty();
        let path = sandbox.write("made.pem", self.certificate.pem());
        let options = if self.signature_is_random { "no_sigdump" } else { "compatible" };
        openssl::openssl(&["x509", "-in", &path, "-noout", "-text", "-nameopt", "RFC2253", "-certopt", options]).assert_accepted()
    }
}
