//! The profiles that are always there. They are values, not documents: what ships cannot fail to be read.

use super::document::{ExtensionsDocument, RequestDocument};
use super::extensions::ExtensionRules;
use super::keys::KeyRule;
use super::lifetime::LifetimeRule;
use super::names::NamesRule;
use super::request::RequestRule;
use super::subject::SubjectRule;
use super::{Kind, Profile};
use crate::key::KeySpec;
use crate::usage::KeyUsage::{self, ContentCommitment, CrlSign, DigitalSignature, KeyAgreement, KeyCertSign, KeyEncipherment};

/// Authorities first, then in the order in which they are offered.
pub(super) const NAMES: [&str; 14] = [
    "root",
    "intermediate",
    "tls-server",
    "tls-client",
    "mtls",
    "vpn-server",
    "vpn-client",
    "email",
    "code-signing",
    "document-signing",
    "time-stamping",
    "ocsp-signer",
    "ad-logon",
    "device",
];

/// 20 years.
const ROOT_DAYS: u32 = 7_305;
/// 10 years.
const INTERMEDIATE_DAYS: u32 = 3_653;
/// 5 years.
const FIVE_YEARS: u32 = 1_826;
/// A year and a month to renew in.
const LEAF_DAYS: u32 = 397;
/// The most that Apple's systems accept from TLS servers below private roots.
const APPLE_DAYS: u32 = 825;
/// A responder whose certificate nobody checks lives briefly (RFC 6960 4.2.2.2.1).
const RESPONDER_DAYS: u32 = 90;

const SERVER_AUTH: &str = "serverAuth";
const CLIENT_AUTH: &str = "clientAuth";
const EVERY_FORM: [&str; 8] = super::pattern::KINDS;

/// The built-in profile of this name.
pub(super) fn profile(name: &str) -> Option<Profile> {
    Some(match name {
        "root" => root(),
        "intermediate" => intermediate(),
        "tls-server" => tls_server(),
        "tls-client" => tls_client(),
        "mtls" => Profile {
            names: NamesRule::of(&["dns", "ip", "uri"], 1),
            lifetime: LifetimeRule::of(LEAF_DAYS, Some(APPLE_DAYS)),
            extensions: Written::new(&[DigitalSignature], &[SERVER_AUTH, CLIENT_AUTH]).rsa(&[KeyEncipherment]).rules(),
            ..leaf("mtls", "A service that is client and server to others")
        },
        // Windows asks VPN servers for serverAuth, others for ipsecIKE (RFC 4945 5.1.3.12).
        "vpn-server" => Profile {
            names: NamesRule::of(&["dns", "ip"], 1),
            lifetime: LifetimeRule::of(LEAF_DAYS, Some(APPLE_DAYS)),
            extensions: Written::new(&[DigitalSignature], &[SERVER_AUTH, "ipsecIKE"]).rsa(&[KeyEncipherment]).rules(),
            ..leaf("vpn-server", "A VPN server: OpenVPN, IPsec")
        },
        "vpn-client" => Profile {
            names: NamesRule::of(&EVERY_FORM, 0),
            extensions: Written::new(&[DigitalSignature], &[CLIENT_AUTH]).rules(),
            ..leaf("vpn-client", "A person or machine on the VPN")
        },
        // RFC 8550 4.4.2: signing, and key transport with RSA or key agreement with EC.
        "email" => Profile {
            names: NamesRule::of(&["email"], 1),
            extensions: Written::new(&[DigitalSignature], &["emailProtection"]).rsa(&[KeyEncipherment]).ec(&[KeyAgreement]).rules(),
            ..leaf("email", "Signed and encrypted mail (S/MIME)")
        },
        "code-signing" => Profile {
            subject: SubjectRule::any().requiring("CN").always_given(),
            extensions: Written::new(&[DigitalSignature], &["codeSigning"]).rules(),
            ..leaf("code-signing", "Signed programs and scripts")
        },
        // RFC 9336 3.1.
        "document-signing" => Profile {
            names: NamesRule::of(&["email"], 0),
            extensions: Written::new(&[DigitalSignature, ContentCommitment], &["documentSigning"]).rules(),
            ..leaf("document-signing", "Signed documents")
        },
        // RFC 3161 2.3: timeStamping alone, and critical.
        "time-stamping" => Profile {
            subject: SubjectRule::any().requiring("CN").always_given(),
            lifetime: LifetimeRule::of(FIVE_YEARS, None),
            extensions: Written::new(&[DigitalSignature], &["timeStamping"]).critical().rules(),
            ..leaf("time-stamping", "A time-stamping authority")
        },
        "ocsp-signer" => Profile {
            subject: SubjectRule::any().requiring("CN").always_given(),
            lifetime: LifetimeRule::of(RESPONDER_DAYS, Some(LEAF_DAYS)),
            extensions: Written::new(&[DigitalSignature], &["OCSPSigning"]).never_checked().rules(),
            ..leaf("ocsp-signer", "An OCSP responder of this authority")
        },
        "ad-logon" => Profile {
            names: NamesRule::of(&["upn", "email", "uri"], 1).requiring("upn"),
            extensions: Written::new(&[DigitalSignature], &[CLIENT_AUTH, "smartcardLogon"]).rsa(&[KeyEncipherment]).rules(),
            ..leaf("ad-logon", "Smart card log-on to Active Directory")
        },
        "device" => Profile {
            names: NamesRule::of(&["dns", "ip"], 1),
            extensions: Written::new(&[DigitalSignature], &[CLIENT_AUTH, SERVER_AUTH]).rsa(&[KeyEncipherment]).rules(),
            ..leaf("device", "A printer, switch or sensor")
        },
        _ => return None,
    })
}

pub(super) fn root() -> Profile {
    authority("root", "A self-signed authority", Kind::Root, ROOT_DAYS)
}

pub(super) fn intermediate() -> Profile {
    authority("intermediate", "An authority below another", Kind::Intermediate, INTERMEDIATE_DAYS)
}

pub(super) fn tls_server() -> Profile {
    Profile {
        names: NamesRule::of(&["dns", "ip"], 1),
        lifetime: LifetimeRule::of(LEAF_DAYS, Some(APPLE_DAYS)),
        extensions: Written::new(&[DigitalSignature], &[SERVER_AUTH]).rsa(&[KeyEncipherment]).rules(),
        ..leaf("tls-server", "A web or other TLS server")
    }
}

pub(super) fn tls_client() -> Profile {
    Profile {
        names: NamesRule::of(&EVERY_FORM, 0),
        extensions: Written::new(&[DigitalSignature], &[CLIENT_AUTH]).rules(),
        ..leaf("tls-client", "A person or machine that logs in over TLS")
    }
}

fn authority(name: &str, description: &str, kind: Kind, days: u32) -> Profile {
    Profile {
        kind,
        subject: SubjectRule::any().always_given(),
        names: NamesRule::of(&["dns", "email", "uri", "dir"], 0),
        keys: KeyRule::any(KeySpec::EcP384),
        lifetime: LifetimeRule::of(days, None),
        extensions: Written::new(&[KeyCertSign, CrlSign], &[]).rules(),
        ..leaf(name, description)
    }
}

fn leaf(name: &str, description: &str) -> Profile {
    Profile {
        name: name.to_owned(),
        version: 1,
        description: description.to_owned(),
        kind: Kind::Leaf,
        subject: SubjectRule::any(),
        names: NamesRule::default(),
        keys: KeyRule::any(KeySpec::EcP256),
        lifetime: LifetimeRule::of(LEAF_DAYS, None),
        extensions: ExtensionRules::default(),
        request: RequestRule::of_document(RequestDocument::default()),
    }
}

/// What a built-in profile writes into the extensions.
struct Written(ExtensionsDocument);

impl Written {
    fn new(key_usages: &[KeyUsage], extended: &[&str]) -> Self {
        let extended_key_usage = extended.iter().map(|usage| (*usage).to_owned()).collect();
        Self(ExtensionsDocument { key_usage: words(key_usages), extended_key_usage, ..ExtensionsDocument::default() })
    }

    fn rsa(mut self, usages: &[KeyUsage]) -> Self {
        self.0.key_usage_of_rsa = words(usages);
        self
    }

    fn ec(mut self, usages: &[KeyUsage]) -> Self {
        self.0.key_usage_of_ec = words(usages);
        self
    }

    fn critical(mut self) -> Self {
        self.0.extended_key_usage_critical = true;
        self
    }

    fn never_checked(mut self) -> Self {
        self.0.ocsp_no_check = true;
        self.0.crl_addresses = false;
        self.0.ocsp_addresses = false;
        self
    }

    fn rules(self) -> ExtensionRules {
        ExtensionRules::of_sound(self.0)
    }
}

fn words(usages: &[KeyUsage]) -> Vec<String> {
    usages.iter().map(|usage| usage.as_str().to_owned()).collect()
}
