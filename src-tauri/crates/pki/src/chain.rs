//! Whether a certificate is to be trusted, and why (RFC 5280 section 6): every test of a path is recorded with its clause.
//!
//! Certificate policies are not processed: policyConstraints, policyMappings and inhibitAnyPolicy, where critical, count as
//! not understood, so a path that depends on them is refused rather than waved through.

mod building;
mod host;
mod revocation;
mod testing;

use std::{fmt, str::FromStr};

use thiserror::Error;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{certificate::Certificate, crl::Crl};

/// What is to be judged, and what is known besides.
#[derive(Debug, Clone, Copy)]
pub struct VerifyInput<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Certificates that may lie on the path; nothing is believed of them.
    pub untrusted: &'a [Certificate],
    /// Certificates that are trusted to begin with.
    pub trusted: &'a [Certificate],
    /// Lists to look revocations up in; each must be signed by the key of the certificate's issuer.
    pub crls: &'a [Crl],
    /// The moment to judge at.
    pub at: OffsetDateTime,
    /// What the certificate is to be used for.
    pub purpose: Purpose,
    /// The host name or address that it must carry.
    pub host: Option<&'a str>,
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
    let paths = building::paths(input);
    let mut best: Option<Verdict> = None;
    for path in paths.complete {
        let verdict = judge(input, path, true);
        if verdict.trusted {
            return verdict;
        }
        if best.as_ref().is_none_or(|best| failures(&verdict) < failures(best)) {
            best = Some(verdict);
        }
    }
    best.unwrap_or_else(|| judge(input, paths.longest, false))
}

fn failures(verdict: &Verdict) -> usize {
    verdict.checks.iter().filter(|check| refuses(check)).count()
}

fn refuses(check: &Check) -> bool {
    match check.result {
        CheckResult::Pass => false,
        CheckResult::Fail => true,
        CheckResult::Unknown => check.check != "revocation",
    }
}

fn judge(input: &VerifyInput<'_>, path: Vec<Certificate>, complete: bool) -> Verdict {
    let last = path.len().saturating_sub(1);
    let mut record = Record { checks: Vec::new() };
    if complete {
        record.pass("path", "RFC 5280 6.1", last, Vec::new());
    } else {
        let issuer = path.last().map(|certificate| certificate.issuer().rfc4514()).unwrap_or_default();
        record.fail("path", "RFC 5280 6.1", last, vec![("issuer", issuer)]);
    }
    testing::test(input, &path, &mut record);
    revocation::test(input, &path, &mut record);
    let trusted = complete && !record.checks.iter().any(refuses);
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
