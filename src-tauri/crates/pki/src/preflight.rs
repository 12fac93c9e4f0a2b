//! Preflight: lints over certificates and revocation lists, before they are signed and after they were imported.
//!
//! A lint is a function named after its rule, which gives the compared values where the rule is broken. The words stand in the
//! catalogue under the lint's name.

mod address;
mod crl;
mod frame;
mod issuer;
mod key;
mod names;
mod policies;
mod purposes;
mod raw;
mod signature;
mod subject;
mod table;
mod usages;

use crate::certificate::Certificate;
use crate::name::NameAttribute;
use std::fmt;
use std::str::FromStr;
use time::OffsetDateTime;

pub use crl::{EntryLints, crl_lints, lint_crl, lint_crl_entry, lint_crl_frame, lint_passed_crl};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A rule is broken; we issue nothing of the kind.
    Error,
    /// It works, and will hurt somebody.
    Warning,
    /// Good to know.
    Notice,
}

/// The text names no severity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown severity {given:?}")]
pub struct UnknownSeverity {
    /// The text.
    pub given: String,
}

impl Severity {
    /// `error`, `warning`, `notice`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Error, Self::Warning, Self::Notice]
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| UnknownSeverity { given: text.to_owned() })
    }
}

/// The values that a finding's words speak of.
pub(crate) type Fields = Vec<(&'static str, String)>;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the lint.
    pub lint: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// Where the rule stands.
    pub clause: &'static str,
    /// The compared values.
    pub fields: Vec<(&'static str, String)>,
    /// Whether the user accepted it (warnings only).
    pub accepted: bool,
}

impl Finding {
    /// A profile's default lifetime was cut to the issuer's end.
    pub(crate) fn validity_cut_to_issuer(wished: OffsetDateTime, issuer_ends: OffsetDateTime) -> Self {
        let fields = vec![("wished", utc(wished)), ("end", utc(issuer_ends))];
        table::VALIDITY_CUT.finding(fields)
    }
}

/// A lint.
#[derive(Debug, Clone, Copy)]
pub struct LintInfo {
    /// Its name.
    pub id: &'static str,
    /// How much its findings weigh.
    pub severity: Severity,
    /// Where the rule stands.
    pub clause: &'static str,
    /// The names of the values that its findings carry.
    pub fields: &'static [&'static str],
    check: Check,
}

/// What a lint looks at.
#[derive(Debug, Clone, Copy)]
enum Check {
    /// Nothing on its own: what is found while a certificate is prepared, or while a list's entries are walked.
    InPassing,
    /// A certificate.
    Certificate(fn(&Judged<'_>) -> Option<Fields>),
    /// A revocation list but for its entries.
    Crl(fn(&crl::JudgedCrl<'_>) -> Option<Fields>),
    /// One entry of a revocation list.
    Entry(fn(&crl::JudgedEntry<'_>) -> Option<Fields>),
}

impl LintInfo {
    fn finding(&self, fields: Fields) -> Finding {
        Finding { lint: self.id, severity: self.severity, clause: self.clause, fields, accepted: false }
    }
}

/// A certificate under judgement, with its issuer's where that is known.
pub(crate) struct Judged<'a> {
    certificate: &'a Certificate,
    issuer: Option<&'a Certificate>,
    /// The attributes of the subject, read once.
    subject: Vec<NameAttribute>,
}

/// All lints of certificates, in the order in which findings come.
pub fn lints() -> &'static [LintInfo] {
    table::LINTS
}

/// What is wrong with a certificate. Rules that compare it with its issuer are judged if the issuer's certificate is given.
pub fn lint_certificate(certificate: &Certificate, issuer: Option<&Certificate>) -> Vec<Finding> {
    let subject = certificate.subject().rdns().into_iter().flatten().collect();
    let judged = Judged { certificate, issuer, subject };
    let found = |lint: &LintInfo| match lint.check {
        Check::Certificate(check) => check(&judged).map(|fields| lint.finding(fields)),
        Check::InPassing | Check::Crl(_) | Check::Entry(_) => None,
    };
    table::LINTS.iter().filter_map(found).collect()
}

/// A moment as the words show it: `2026-11-21T03:41:13Z`.
pub(crate) fn utc(moment: OffsetDateTime) -> String {
    let moment = moment.to_offset(time::UtcOffset::UTC);
    let (date, time) = (moment.date(), moment.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

impl<'a> Judged<'a> {
    /// `Some` fields where the rule is broken.
    fn broken(is: bool, fields: impl FnOnce() -> Fields) -> Option<Fields> {
        is.then(fields)
    }

    fn is_server(&self) -> bool {
        self.has_extended_key_usage("1.3.6.1.5.5.7.3.1")
    }

    fn has_extended_key_usage(&self, oid: &str) -> bool {
        self.certificate.lent_extended_key_usages().is_some_and(|usages| usages.iter().any(|usage| usage == oid))
    }

    /// The contents of the first extension of this kind.
    fn value(&self, oid: &str) -> Option<&'a [u8]> {
        self.certificate.extension(oid).map(|extension| extension.der.as_slice())
    }

    fn is_critical(&self, oid: &str) -> Option<bool> {
        self.certificate.extension(oid).map(|extension| extension.critical)
    }
}

#[cfg(test)]
mod tests;
