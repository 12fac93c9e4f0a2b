//! What is judged: below a root and an issuing authority of each kind of key a leaf of each profile, right, and made wrong in four ways.

use pki::issuance::{Addresses, IssuanceRequest, IssuerSide, prepare};
use pki::{
    Certificate, DistinguishedName, GeneralName, KeySigner, KeySpec, Lifetime, NameConstraints, PrivateKey, Profile, PublicKey,
    SerialNumber, SignatureAlgorithm, Signer as _,
};
use suite::data::bytes;
use suite::{NOW, Sandbox, pem};
use time::{Duration, OffsetDateTime};

/// Whether a leaf is right, and if not, what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// As it should be.
    Right,
    /// One bit of its signature is another.
    Changed,
    /// Its period has ended.
    Expired,
    /// Its names lie outside the constraints of its issuer.
    Outside,
    /// Signed in its issuer's name with another key.
    AnotherKey,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Right, Self::Changed, Self::Expired, Self::Outside, Self::AnotherKey];

    /// As a file's name has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Changed => "changed",
            Self::Expired => "expired",
            Self::Outside => "outside",
            Self::AnotherKey => "another-key",
        }
    }
}

/// The profiles of leaves, in the order in which they are offered.
pub fn profiles() -> Vec<Profile> {
    Profile::builtins().iter().filter(|profile| !profile.is_authority()).cloned().collect()
}

/// Which of the three fixed keys of a kind (`tests/data/keys`).
#[derive(Clone, Copy)]
pub enum Place {
    Root = 0,
    Issuing = 1,
    Leaf = 2,
}

/// A fixed key.
pub fn key(kind: KeySpec, place: Place) -> PrivateKey {
    // An RSA key that signs with PSS is one like any other.
    let file = if kind == KeySpec::RsaPss3072 { KeySpec::Rsa3072 } else { kind };
    let text = String::from_utf8(bytes(&format!("keys/{file}.pem"))).expect("PEM");
    let der = &pem::blocks(&text, "PRIVATE KEY")[place as usize];
    PrivateKey::from_any_der(der).and_then(|key| key.with_spec(kind)).expect("a key of its kind")
}

/// An authority that can sign.
pub struct Authority {
    kind: KeySpec,
    pub certificate: Certificate,
    signer: KeySigner,
}

impl Authority {
    /// Its signer.
    pub fn signer(&self) -> &KeySigner {
        &self.signer
    }

    fn issue(&self, wish: &IssuanceRequest<'_>) -> Certificate {
        let side = IssuerSide::Authority { certificate: &self.certificate, algorithm: self.signer.algorithm() };
        let prepared = prepare(wish, side).unwrap_or_else(|fault| panic!("{:?}: {fault:?}", wish.subject));
        prepared.sign(&self.signer).expect("signed")
    }
}

/// A wish that says no more than profile, key, serial and time.
pub fn wish<'a>(profile: &'a Profile, public_key: &'a PublicKey, seed: u32) -> IssuanceRequest<'a> {
    let mut octets = [0x55; 20];
    octets[16..].copy_from_slice(&seed.to_be_bytes());
    IssuanceRequest {
        profile,
        subject: None,
        names: Vec::new(),
        public_key,
        serial: SerialNumber::from_entropy(octets),
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

/// A name.
pub fn subject(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).expect("a name")
}

fn addresses(of: &str) -> Addresses {
    Addresses {
        crl_urls: vec![format!("http://pki.example.test/{of}.crl")],
        issuer_urls: vec![format!("http://pki.example.test/{of}.crt")],
        ocsp_urls: vec!["http://ocsp.example.test".to_owned()],
        ..Addresses::default()
    }
}

/// The names of a leaf.
fn names(profile: &str) -> &'static [&'static str] {
    match profile {
        "tls-server" | "tls-client" | "mtls" | "vpn-server" | "vpn-client" | "device" => &["dns:www.example.test"],
        "email" | "document-signing" => &["email:ada@example.test"],
        "ad-logon" => &["upn:ada@example.test", "email:ada@example.test"],
        _ => &[],
    }
}

/// A leaf on disk, named by kind of key, profile and form.
#[derive(Debug, Clone)]
pub struct Leaf {
    pub kind: KeySpec,
    pub profile: String,
    pub form: Form,
    /// The name of its files without ending.
    pub stem: String,
    /// Its issuer: `issuing`, or `signing` where it has no alternative names.
    pub issuer: &'static str,
    pub der: Vec<u8>,
}

/// Root, two issuing authorities and leaves with one kind of key.
pub struct Chain {
    pub kind: KeySpec,
    pub root: Authority,
    /// Constrains names of hosts and mailboxes.
    pub issuing: Authority,
    /// Constrains subjects, for leaves that have nothing else.
    pub signing: Authority,
    pub leaves: Vec<Leaf>,
}

/// Every chain, and the folder that holds its files.
pub struct Made {
    pub chains: Vec<Chain>,
    sandbox: Sandbox,
}

impl Made {
    /// Makes everything.
    pub fn new() -> Self {
        let made = Self { chains: KeySpec::ALL.into_iter().map(chain).collect(), sandbox: Sandbox::empty() };
        for chain in &made.chains {
            let root = chain.root.certificate.pem();
            for (name, authority) in [("root", &chain.root), ("issuing", &chain.issuing), ("signing", &chain.signing)] {
                made.sandbox.write(&format!("{}.{name}.pem", chain.kind), authority.certificate.pem());
            }
            for leaf in &chain.leaves {
                let pem = Certificate::from_der(&leaf.der).expect("a certificate").pem();
                made.sandbox.write(&format!("{}.pem", leaf.stem), &pem);
                let between = if leaf.issuer == "signing" { &chain.signing } else { &chain.issuing };
                made.sandbox.write(&format!("{}.path.pem", leaf.stem), [&*pem, &*between.certificate.pem(), &*root].concat());
            }
        }
        made
    }

    /// A file: `KIND.root`, `KIND.issuing`, `KIND.signing`, `STEM`, `STEM.path`.
    pub fn file(&self, stem: &str) -> String {
        self.sandbox.text(&format!("{stem}.pem"))
    }

    /// Every leaf.
    pub fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.chains.iter().flat_map(|chain| &chain.leaves)
    }
}

/// When the authorities were made: before everything that has expired since.
fn begin() -> OffsetDateTime {
    NOW - Duration::days(800)
}

/// An authority below the root that permits these names; the same before it was constrained, and one of its name with the root's key.
fn issuers(root: &Authority, name: &str, permitted: &[&str], next: &mut impl FnMut() -> u32) -> (Authority, [Authority; 2]) {
    let (kind, profile) = (root.kind, Profile::intermediate());
    let mut issuer = |place, permitted: &[&str]| {
        let key = key(kind, place);
        let wish = IssuanceRequest {
            subject: Some(subject(&format!("CN={name} {kind},O=Acme"))),
            now: begin(),
            path_length: Some(0),
            name_constraints: NameConstraints::parse(permitted, &[]).expect("constraints"),
            addresses: addresses("root"),
            ..wish(&profile, key.public_key(), next())
        };
        Authority { kind, certificate: root.issue(&wish), signer: KeySigner::new(key).expect("a signer") }
    };
    (issuer(Place::Issuing, permitted), [issuer(Place::Issuing, &[]), issuer(Place::Root, &[])])
}

fn chain(kind: KeySpec) -> Chain {
    let place = KeySpec::ALL.iter().position(|other| *other == kind).expect("one of all");
    let mut seed = u32::try_from(place).expect("eight") * 1000;
    let mut next = || {
        seed += 1;
        seed
    };
    let (root_key, leaf_key) = (key(kind, Place::Root), key(kind, Place::Leaf));
    let profile = Profile::root();
    let root_wish = IssuanceRequest {
        subject: Some(subject(&format!("CN=Root {kind},O=Acme"))),
        now: begin(),
        ..wish(&profile, root_key.public_key(), next())
    };
    let prepared = prepare(&root_wish, IssuerSide::SelfSigned(SignatureAlgorithm::for_key(kind))).expect("prepared");
    let signer = KeySigner::new(root_key).expect("a signer");
    let root = Authority { kind, certificate: prepared.sign(&signer).expect("signed"), signer };

    let (issuing, more) = issuers(&root, "Issuing", &["dns:example.test", "email:example.test"], &mut next);
    let (signing, others) = issuers(&root, "Signing", &["dir:/O=Acme"], &mut next);
    let mut leaves = Vec::new();
    for profile in &profiles() {
        for form in Form::ALL {
            let stem = format!("{kind}.{}.{}", profile.name(), form.word());
            let outside = form == Form::Outside;
            let name = |text: &&str| {
                let text = if outside { text.replace("example", "other") } else { (*text).to_owned() };
                GeneralName::parse(&text).expect("a name")
            };
            let mut wish = IssuanceRequest {
                subject: Some(subject(&format!(
                    "CN={} {} {kind},O={}",
                    profile.name(),
                    form.word(),
                    if outside { "Other" } else { "Acme" }
                ))),
                names: names(profile.name()).iter().map(name).collect(),
                addresses: addresses("issuing"),
                ..wish(profile, leaf_key.public_key(), next())
            };
            if form == Form::Expired {
                wish.now = NOW - Duration::days(700);
                wish.lifetime = Lifetime::Days(30);
            }
            let issuer = if names(profile.name()).is_empty() { "signing" } else { "issuing" };
            let (true_one, [free, false_one]) = if issuer == "signing" { (&signing, &others) } else { (&issuing, &more) };
            let signed_by = match form {
                Form::Outside => free,
                Form::AnotherKey => false_one,
                Form::Right | Form::Changed | Form::Expired => true_one,
            };
            let mut der = signed_by.issue(&wish).der().to_vec();
            if form == Form::Changed {
                *der.last_mut().expect("octets") ^= 1;
            }
            leaves.push(Leaf { kind, profile: profile.name().to_owned(), form, stem, issuer, der });
        }
    }
    Chain { kind, root, issuing, signing, leaves }
}
