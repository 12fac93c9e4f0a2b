//! Every authority of NIST PKITS and of the machine's trust store lends its name: a CA with those octets and our key issues, and OpenSSL
//! builds the chain. Issuer and authority key identifier are compared with what DER of our own walking says.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_lc_rs::digest;
use pki::issuance::{IssuanceRequest, IssuerSide, PrepareError, prepare};
use pki::{Certificate, GeneralName, KeySigner, KeySpec, Profile, Signer as _};
use suite::data::bytes;
use suite::judges::openssl;
use suite::{NOW, Sandbox, pem};
use time::{Duration, OffsetDateTime};

use crate::made::{Place, key, wish};
use crate::{der, page};

/// `openssl version -d` of Debian and others; written by the package `ca-certificates`.
const TRUST_STORE: &str = "/etc/ssl/certs/ca-certificates.crt";

const SUBJECT_KEY_IDENTIFIER: [u8; 5] = [0x06, 0x03, 0x55, 0x1d, 0x0e];

fn signer() -> KeySigner {
    KeySigner::new(key(KeySpec::EcP256, Place::Issuing)).expect("a signer")
}

/// The same certificate with our key, signed with it: name, extensions and all else as they were.
fn with_our_key(theirs: &[u8], signer: &KeySigner) -> Vec<u8> {
    let algorithm = signer.algorithm().algorithm_identifier_der();
    let (mut fields, serial) = der::fields(theirs);
    fields[serial + 1] = &algorithm;
    fields[serial + 5] = signer.public_key().spki_der();
    let tbs = der::joined(0x30, &fields);
    let signature = signer.sign(&tbs).expect("signed");
    der::joined(0x30, &[&tbs, &algorithm, &der::joined(0x03, &[&[0], &signature])])
}

/// A root that we make under that name.
fn made_anew(theirs: &[u8], at: OffsetDateTime, signer: &KeySigner) -> Result<Certificate, PrepareError> {
    let (profile, theirs) = (Profile::root(), Certificate::from_der(theirs).expect("a certificate"));
    let wish = IssuanceRequest { subject: Some(theirs.subject().clone()), now: at, ..wish(&profile, signer.public_key(), 1) };
    Ok(prepare(&wish, IssuerSide::SelfSigned(signer.algorithm()))?.sign(signer).expect("signed"))
}

fn leaf(issuer: &Certificate, at: OffsetDateTime, signer: &KeySigner) -> Result<Certificate, PrepareError> {
    let (profile, leaf_key) = (Profile::tls_server(), key(KeySpec::EcP256, Place::Leaf));
    let names = vec![GeneralName::parse("dns:www.example.test").expect("a name")];
    let wish = IssuanceRequest { names, now: at, ..wish(&profile, leaf_key.public_key(), 2) };
    Ok(prepare(&wish, IssuerSide::Authority { certificate: issuer, algorithm: signer.algorithm() })?.sign(signer).expect("signed"))
}

/// The AKI that RFC 5280 4.2.1.1 asks for: the issuer's SKI, else SHA-1 of its key's bits.
fn expected_key_id(issuer: &[u8]) -> Vec<u8> {
    if let Some(value) = der::extension(issuer, &SUBJECT_KEY_IDENTIFIER) {
        return der::contents(value).to_vec();
    }
    let (fields, serial) = der::fields(issuer);
    let bits = der::contents(der::children(fields[serial + 5])[1]);
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &bits[1..]).as_ref().to_vec()
}

/// Chains one leaf, or says why it was refused before anything was signed.
fn chained(
    sandbox: &Sandbox,
    label: &str,
    theirs: &[u8],
    issuer: &Certificate,
    at: OffsetDateTime,
    strict: bool,
) -> Result<(), PrepareError> {
    let leaf = leaf(issuer, at, &signer())?;
    assert_eq!(der::issuer(leaf.der()), der::subject(theirs), "{label}: the issuer is another one, octet for octet");
    let key_id = leaf.authority_key_id().expect("an AKI");
    assert_eq!(key_id.as_bytes(), expected_key_id(issuer.der()), "{label}: the AKI");
    let (bundle, path) = (sandbox.write("ca.pem", issuer.pem()), sandbox.write("leaf.pem", leaf.pem()));
    let at = at.unix_timestamp().to_string();
    let mut options = vec!["verify", "-partial_chain", "-attime", &at, "-purpose", "sslserver", "-CAfile", &bundle];
    if strict {
        options.push("-x509_strict");
    }
    options.push(&path);
    let verdict = openssl::openssl(&options);
    assert!(verdict.accepted, "{label}: OpenSSL does not chain it: {}", verdict.said);
    Ok(())
}

fn reason(error: &PrepareError) -> String {
    match error {
        PrepareError::IssuerNotAuthority { .. } => "it is not an authority".to_owned(),
        PrepareError::IssuerMayNotSign { .. } => "its key may not sign certificates".to_owned(),
        PrepareError::IssuerExpired { .. } => "it has expired".to_owned(),
        PrepareError::IssuerNotYetValid { .. } => "it is not valid yet".to_owned(),
        PrepareError::NameConstraints(_) => "its name constraints exclude the leaf's names".to_owned(),
        PrepareError::Refused { findings, .. } => {
            let errors = findings.iter().filter(|finding| finding.severity == pki::preflight::Severity::Error);
            let mut lints: Vec<String> = errors.map(|finding| format!("`{}`", finding.lint)).collect();
            lints.dedup();
            format!("lint {}", lints.join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// How many were chained, and how many refused for which reason.
#[derive(Default)]
struct Count {
    chained: usize,
    refused: BTreeMap<String, usize>,
}

impl Count {
    fn note(&mut self, outcome: Result<(), PrepareError>) {
        match outcome {
            Ok(()) => self.chained += 1,
            Err(error) => *self.refused.entry(reason(&error)).or_default() += 1,
        }
    }

    fn refusals(&self) -> String {
        let lines: Vec<String> = self.refused.iter().map(|(reason, count)| format!("{count}: {reason}")).collect();
        if lines.is_empty() { "–".to_owned() } else { lines.join("; ") }
    }
}

/// As brought over, with our key in place of theirs; and made by us under their name.
fn counted(sandbox: &Sandbox, authorities: &[Vec<u8>], at: impl Fn(&Certificate) -> OffsetDateTime) -> [Count; 2] {
    let (mut brought, mut made) = (Count::default(), Count::default());
    let signer = signer();
    for (number, theirs) in authorities.iter().enumerate() {
        let ours = Certificate::from_der(&with_our_key(theirs, &signer)).expect("a certificate");
        let label = format!("{number}: {}", ours.subject());
        assert_eq!(ours.subject().as_der(), der::subject(theirs), "{label}");
        let at = at(&ours);
        brought.note(chained(sandbox, &label, theirs, &ours, at, false));
        made.note(made_anew(theirs, at, &signer).and_then(|root| chained(sandbox, &label, theirs, &root, at, true)));
    }
    [brought, made]
}

#[test]
fn every_name_of_an_authority_chains_octet_for_octet() {
    let sandbox = Sandbox::empty();
    let pkits = pem::blocks(&String::from_utf8(bytes("pkits/authorities.pem")).expect("PEM"), "CERTIFICATE");
    let store = std::fs::read_to_string(TRUST_STORE).expect("the package `ca-certificates` is missing");
    let store = pem::blocks(&store, "CERTIFICATE");
    assert!(store.len() >= 100, "{} roots are no trust store", store.len());

    let mut text = "| names of | taken over | chained by OpenSSL | refused before signing |\n|---|---|---|---|\n".to_owned();
    let ways = ["with all its octets, our key in place of its own", "as the name of a new root"];
    for (way, count) in ways.into_iter().zip(counted(&sandbox, &pkits, |_| NOW)) {
        writeln!(text, "| NIST PKITS, {} authorities | {way} | {} | {} |", pkits.len(), count.chained, count.refusals()).expect("text");
    }
    // Which roots a machine trusts changes from day to day; those that have ended are judged by a day before.
    let before_its_end = |root: &Certificate| NOW.min(root.validity().not_after() - Duration::days(1));
    for (way, count) in ways.into_iter().zip(counted(&sandbox, &store, before_its_end)) {
        let chained = if count.chained == store.len() { "all".to_owned() } else { format!("{} of {}", count.chained, store.len()) };
        writeln!(text, "| the machine's trust store | {way} | {chained} | {} |", count.refusals()).expect("text");
    }
    page::assert_part("re-chaining", &text);
}
