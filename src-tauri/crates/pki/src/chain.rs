//! Whether a certificate is to be trusted, and why (RFC 5280 section 6, policies by RFC 9618): every test of a path is recorded with its
//! clause.
//!
//! All paths to trusted certificates are looked for, within bounds; each is judged as a whole, and the best comes first. Lists of
//! revocations are believed when their signer is: the issuer itself, or whom the same trusted certificate vouches for.

mod building;
mod host;
mod policies;
mod proofs;
mod revocation;
mod revocation_scope;
mod testing;

use std::{fmt, str::FromStr};

use thiserror::Error;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{certificate::Certificate, constraints::NameConstraints, crl::Crl, key::PublicKey};

use proofs::Proofs;

/// What is to be judged, and what is known besides.
#[derive(Debug, Clone, Copy)]
pub struct VerifyInput<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Certificates that may lie on the path; nothing is believed of them.
    pub untrusted: &'a [Certificate],
    /// Certificates that are trusted to begin with.
    pub trusted: &'a [Certificate],
    /// Lists to look revocations up in; complete ones and deltas, of any scope.
    pub crls: &'a [Crl],
    /// The moment to judge at.
    pub at: OffsetDateTime,
    /// What the certificate is to be used for.
    pub purpose: Purpose,
    /// The host name or address that it must carry.
    pub host: Option<&'a str>,
    /// Under which policies it must have been issued.
    pub policies: PolicyWishes<'a>,
    /// Names that all certificates below the trusted one must keep to, besides its own constraints (RFC 5280 6.1.1 (h), (i)).
    pub names: Option<&'a NameConstraints>,
    /// Whether a certificate whose revocation cannot be told is refused.
    pub require_revocation: bool,
}

impl<'a> VerifyInput<'a> {
    /// A certificate at a moment, with nothing known and nothing asked of it.
    pub fn new(certificate: &'a Certificate, at: OffsetDateTime) -> Self {
        Self {
            certificate,
            untrusted: &[],
            trusted: &[],
            crls: &[],
            at,
            purpose: Purpose::Any,
            host: None,
            policies: PolicyWishes::default(),
            names: None,
            require_revocation: false,
        }
    }
}

/// What is asked of policies to begin with (RFC 5280 6.1.1 (c) to (g)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyWishes<'a> {
    /// Object identifiers, dotted, of the policies that will do; empty: any.
    pub acceptable: &'a [String],
    /// Whether one of them must hold for the path.
    pub require: bool,
    /// Whether policies may not be mapped.
    pub inhibit_mapping: bool,
    /// Whether anyPolicy counts for nothing.
    pub inhibit_any: bool,
}

/// What a certificate is to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Purpose {
    /// Anything.
    #[default]
    Any,
    /// To prove a TLS server.
    TlsServer,
    /// To prove a TLS client.
    TlsClient,
    /// To protect e-mail.
    Email,
    /// To sign programs.
    CodeSigning,
}

/// A text that names no purpose.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no purpose of a certificate")]
pub struct UnknownPurpose(
    /// The text.
    pub String,
);

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [Self::Any, Self::TlsServer, Self::TlsClient, Self::Email, Self::CodeSigning];

    /// The name, such as `tls-server`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::TlsServer => "tls-server",
            Self::TlsClient => "tls-client",
            Self::Email => "email",
            Self::CodeSigning => "code-signing",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Purpose {
    type Err = UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, UnknownPurpose> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text).ok_or_else(|| UnknownPurpose(text.to_owned()))
    }
}

/// What one test said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckResult {
    /// As it should be.
    Pass,
    /// Not as it should be.
    Fail,
    /// Could not be told.
    Unknown,
}

impl CheckResult {
    /// `pass`, `fail` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }
}

/// Every test there is, by the id under which words are found for it.
pub const CHECKS: &[&str] = &[
    "path",
    "signature",
    "validity",
    "critical-extensions",
    "basic-constraints",
    "path-length",
    "key-usage",
    "name-constraints",
    "extended-key-usage",
    "purpose-nesting",
    "host",
    "policies",
    "no-policy",
    "policy-mappings",
    "revocation",
];

/// One test of one certificate of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The test's id, by which words are found for it.
    pub check: &'static str,
    /// What it said.
    pub result: CheckResult,
    /// The values compared, for the words.
    pub detail: Vec<(&'static str, String)>,
    /// Where the rule stands.
    pub clause: &'static str,
    /// Which certificate of the path; 0 is the one that is judged.
    pub subject: usize,
}

/// The verdict with its reasons.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Whether a path leads to a trusted certificate and nothing on it fails. A revocation that is not known either way does not
    /// refuse; anything else that could not be told does.
    pub trusted: bool,
    /// From the certificate upwards, as far as it goes.
    pub path: Vec<Certificate>,
    /// Every test, in the order of the path.
    pub checks: Vec<Check>,
}

/// Judges a certificate. Of several paths the first that passes is taken, else the one with the fewest failures.
pub fn verify(input: &VerifyInput<'_>) -> Verdict {
    judged(input, false).best
}

/// Every path that was found, judged.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The verdict: the best path.
    pub best: Verdict,
    /// The other paths, better ones first.
    pub others: Vec<Verdict>,
}

/// Judges a certificate by every path that leads to a trusted certificate.
pub fn explain(input: &VerifyInput<'_>) -> Explanation {
    judged(input, true)
}

fn judged(input: &VerifyInput<'_>, all: bool) -> Explanation {
    let proofs = Proofs::default();
    let paths = building::paths(input, input.certificate, &proofs);
    let mut verdicts: Vec<Verdict> = Vec::new();
    for path in paths.complete {
        let verdict = judge(input, path, true, &proofs);
        let done = verdict.trusted && !all;
        verdicts.push(verdict);
        if done {
            break;
        }
    }
    // Those that are equally good stay in the order in which they were found.
    verdicts.sort_by_key(|verdict| (!verdict.trusted, count(verdict, |check| refuses(check, input)), verdict.path.len()));
    let mut verdicts = verdicts.into_iter();
    let best = verdicts.next().unwrap_or_else(|| judge(input, paths.longest, false, &proofs));
    Explanation { best, others: verdicts.collect() }
}

fn count(verdict: &Verdict, wanted: impl Fn(&Check) -> bool) -> usize {
    verdict.checks.iter().filter(|check| wanted(check)).count()
}

/// Whether a test that was not passed refuses the path.
fn refuses(check: &Check, input: &VerifyInput<'_>) -> bool {
    match check.result {
        CheckResult::Pass => false,
        CheckResult::Fail => true,
        CheckResult::Unknown => check.check != "revocation" || input.require_revocation,
    }
}

/// A path that is being judged.
struct Walk<'a> {
    input: &'a VerifyInput<'a>,
    path: &'a [Certificate],
    /// The keys of the path, with what they inherit from above (RFC 5280 6.1.4 (d) to (f)).
    keys: Vec<PublicKey>,
    proofs: &'a Proofs,
}

impl<'a> Walk<'a> {
    fn new(input: &'a VerifyInput<'a>, path: &'a [Certificate], proofs: &'a Proofs) -> Self {
        let mut keys: Vec<PublicKey> = Vec::new();
        for certificate in path.iter().rev() {
            let own = certificate.public_key();
            keys.push(keys.last().map_or_else(|| own.clone(), |above| own.inheriting(above)));
        }
        keys.reverse();
        Self { input, path, keys, proofs }
    }
}

fn judge(input: &VerifyInput<'_>, path: Vec<Certificate>, complete: bool, proofs: &Proofs) -> Verdict {
    let last = path.len().saturating_sub(1);
    let mut record = Record { checks: Vec::new() };
    if complete {
        record.pass("path", "RFC 5280 6.1", last, Vec::new());
    } else {
        let issuer = path.last().map(|certificate| certificate.issuer().rfc4514()).unwrap_or_default();
        record.fail("path", "RFC 5280 6.1", last, vec![("issuer", issuer)]);
    }
    let walk = Walk::new(input, &path, proofs);
    testing::test(&walk, &mut record);
    policies::test(&walk, &mut record);
    revocation::test(&walk, &mut record);
    let trusted = complete && !record.checks.iter().any(|check| refuses(check, input));
    Verdict { trusted, path, checks: record.checks }
}

/// Collects what the tests say.
struct Record {
    checks: Vec<Check>,
}

type Detail = Vec<(&'static str, String)>;

impl Record {
    fn judged(&mut self, passed: bool, check: &'static str, clause: &'static str, subject: usize, detail: Detail) {
        let result = if passed { CheckResult::Pass } else { CheckResult::Fail };
        self.checks.push(Check { check, result, detail, clause, subject });
    }

    fn pass(&mut self, check: &'static str, clause: &'static str, subject: usize, detail: Detail) {
        self.checks.push(Check { check, result: CheckResult::Pass, detail, clause, subject });
    }

    fn fail(&mut self, check: &'static str, clause: &'static str, subject: usize, detail: Detail) {
        self.checks.push(Check { check, result: CheckResult::Fail, detail, clause, subject });
    }

    fn unknown(&mut self, check: &'static str, clause: &'static str, subject: usize, detail: Detail) {
        self.checks.push(Check { check, result: CheckResult::Unknown, detail, clause, subject });
    }
}

fn moment(at: OffsetDateTime) -> String {
    // Years that RFC 3339 cannot write do not come out of a certificate time.
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

#[cfg(test)]
mod tests;
