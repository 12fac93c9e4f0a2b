//! What a judge cannot do. Each is asserted: the matrix fails when a judge suddenly can.

use pki::KeySpec;

use crate::made::Form;

/// A judge's limit.
pub struct Cannot {
    judge: &'static str,
    /// None: of every profile.
    profiles: &'static [&'static str],
    /// None: with every kind of key.
    kinds: &'static [KeySpec],
    /// Which forms it judges wrongly: refuses what is right, accepts what is wrong.
    pub forms: &'static [Form],
    /// It is not even asked, because it has no word for the purpose.
    pub unasked: bool,
    /// What it says.
    pub said: &'static str,
    /// Why, for people.
    pub why: &'static str,
}

impl Cannot {
    /// Whether this is about a profile with a kind of key.
    pub fn is_about(&self, profile: &str, kind: KeySpec) -> bool {
        (self.profiles.is_empty() || self.profiles.contains(&profile)) && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }
}

/// All but those that sign with PSS.
const NOT_PSS: &[KeySpec] =
    &[KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521, KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096, KeySpec::Ed25519];

/// All but Ed25519.
const NOT_EDWARDS: &[KeySpec] =
    &[KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521, KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096, KeySpec::RsaPss3072];

const ALL: &[Cannot] = &[
    Cannot {
        judge: "GnuTLS",
        profiles: &["code-signing", "time-stamping", "ocsp-signer"],
        kinds: &[],
        forms: &[Form::Outside],
        unasked: false,
        said: "Verified. The certificate is trusted.",
        why: "GnuTLS 3.7 passes over constraints of directory names: it accepts the leaf whose subject, its only name, lies outside them.",
    },
    Cannot {
        judge: "NSS",
        profiles: &["document-signing", "time-stamping"],
        kinds: &[],
        forms: &Form::ALL,
        unasked: true,
        said: "",
        why: "`certutil` has no word for this purpose.",
    },
    Cannot {
        judge: "NSS",
        profiles: &["code-signing"],
        kinds: NOT_EDWARDS,
        forms: &[Form::Right],
        unasked: false,
        said: "Issuer certificate is invalid",
        why: "NSS takes an authority for one that certifies signers of programs only if its `netscapeCertType` says so, which ours leave out.",
    },
    Cannot {
        judge: "NSS",
        profiles: &[
            "tls-server",
            "tls-client",
            "mtls",
            "vpn-server",
            "vpn-client",
            "email",
            "code-signing",
            "ocsp-signer",
            "ad-logon",
            "device",
        ],
        kinds: &[KeySpec::Ed25519],
        forms: &[Form::Right],
        unasked: false,
        said: "could not add certificate to token or database",
        why: "NSS 3.87 does not know Ed25519: it does not take the root in.",
    },
    Cannot {
        judge: "rustls",
        profiles: &["email", "code-signing", "document-signing", "time-stamping", "ocsp-signer"],
        kinds: &[],
        forms: &Form::ALL,
        unasked: true,
        said: "",
        why: "Not for TLS.",
    },
    Cannot {
        judge: "rustls",
        profiles: &["ad-logon"],
        kinds: &[],
        forms: &[Form::Right],
        unasked: false,
        said: "NameConstraintViolation",
        why: "rustls knows no constraints of mailboxes, and refuses every mailbox below one.",
    },
    Cannot {
        judge: "pkilint",
        profiles: &[],
        kinds: NOT_PSS,
        forms: &[Form::Expired, Form::Outside],
        unasked: false,
        said: "",
        why: "pkilint looks at form, issuer and signature; it does not ask for the time, nor whether names keep to constraints.",
    },
    Cannot {
        judge: "pkilint",
        profiles: &[],
        kinds: &[KeySpec::RsaPss3072],
        forms: &[Form::Right],
        unasked: false,
        said: "pkix.signature_verification_failed",
        why: "pkilint takes the signature of a key that says `rsaEncryption` for PKCS#1 v1.5, also where the certificate says PSS. It finds nothing else.",
    },
];

/// The limits of a judge, in the order of their numbers.
pub fn of(judge: &str) -> Vec<&'static Cannot> {
    ALL.iter().filter(|cannot| cannot.judge == judge).collect()
}
