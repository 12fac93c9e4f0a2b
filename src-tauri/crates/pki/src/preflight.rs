//! Preflight: lints over a certificate, before it is signed and after it was imported.
//!
//! A lint is a function named after its rule, which gives the compared values where the rule is broken. The words stand in the
//! catalogue under the lint's name.

mod address;
mod frame;
mod issuer;
mod key;
mod names;
mod usages;

use crate::certificate::Certificate;
use std::fmt;
use std::str::FromStr;
use time::OffsetDateTime;

use Severity::{Error, Notice, Warning};

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
        Self { lint: VALIDITY_CUT.id, severity: VALIDITY_CUT.severity, clause: VALIDITY_CUT.clause, fields, accepted: false }
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
    check: fn(&Judged<'_>) -> Option<Fields>,
}

/// A certificate under judgement, with its issuer's where that is known.
pub(crate) struct Judged<'a> {
    certificate: &'a Certificate,
    issuer: Option<&'a Certificate>,
}

const fn lint(
    id: &'static str,
    severity: Severity,
    clause: &'static str,
    fields: &'static [&'static str],
    check: fn(&Judged<'_>) -> Option<Fields>,
) -> LintInfo {
    LintInfo { id, severity, clause, fields, check }
}

/// Found while preparing, where the wish is known; nothing in a certificate shows it.
const VALIDITY_CUT: LintInfo = lint("validity_cut_to_issuer", Notice, "RFC 5280 6.1.3", &["wished", "end"], |_| None);

const LINTS: &[LintInfo] = &[
    VALIDITY_CUT,
    lint("version_not_three", Error, "RFC 5280 4.1.2.1", &["version"], frame::version_not_three),
    lint("serial_not_positive", Error, "RFC 5280 4.1.2.2", &["serial"], frame::serial_not_positive),
    lint("serial_too_long", Error, "RFC 5280 4.1.2.2", &["serial", "octets"], frame::serial_too_long),
    lint("serial_not_minimal", Error, "X.690 8.3.2", &["octets"], frame::serial_not_minimal),
    lint("signature_algorithms_differ", Error, "RFC 5280 4.1.2.3", &["inner", "outer"], frame::signature_algorithms_differ),
    lint("validity_ends_before_start", Error, "RFC 5280 4.1.2.5", &["from", "until"], frame::validity_ends_before_start),
    lint("time_encoding_wrong", Error, "RFC 5280 4.1.2.5", &["from", "until"], frame::time_encoding_wrong),
    lint("extension_repeated", Error, "RFC 5280 4.2", &["extension"], frame::extension_repeated),
    lint("extension_unreadable", Error, "RFC 5280 4.2", &["extension"], frame::extension_unreadable),
    lint("server_lives_too_long", Warning, "Apple HT210176", &["days", "longest"], frame::server_lives_too_long),
    lint("rsa_key_too_short", Error, "CA/B BR 6.1.5", &["bits"], key::rsa_key_too_short),
    lint("rsa_exponent_unsafe", Error, "CA/B BR 6.1.6", &["exponent"], key::rsa_exponent_unsafe),
    lint("curve_uncommon", Warning, "CA/B BR 6.1.5", &["key"], key::curve_uncommon),
    lint("signature_weak", Warning, "CA/B BR 7.1.3.2", &["algorithm"], key::signature_weak),
    lint("subject_key_id_missing", Error, "RFC 5280 4.2.1.2", &[], key::subject_key_id_missing),
    lint("subject_key_id_missing_in_leaf", Notice, "RFC 5280 4.2.1.2", &[], key::subject_key_id_missing_in_leaf),
    lint("basic_constraints_not_critical", Error, "RFC 5280 4.2.1.9", &[], usages::basic_constraints_not_critical),
    lint("authority_without_key_usage", Error, "RFC 5280 4.2.1.3", &[], usages::authority_without_key_usage),
    lint("authority_without_cert_sign", Error, "RFC 5280 4.2.1.3", &["usages"], usages::authority_without_cert_sign),
    lint("authority_without_crl_sign", Warning, "RFC 5280 4.2.1.3", &["usages"], usages::authority_without_crl_sign),
    lint("cert_sign_without_authority", Error, "RFC 5280 4.2.1.9", &[], usages::cert_sign_without_authority),
    lint("path_length_without_authority", Error, "RFC 5280 4.2.1.9", &["path_length"], usages::path_length_without_authority),
    lint("key_usage_not_critical", Warning, "RFC 5280 4.2.1.3", &[], usages::key_usage_not_critical),
    lint("key_usage_empty", Error, "RFC 5280 4.2.1.3", &[], usages::key_usage_empty),
    lint("key_usage_does_not_fit_key", Error, "RFC 8813 3", &["usages", "key"], usages::key_usage_does_not_fit_key),
    lint("extended_key_usage_empty", Error, "RFC 5280 4.2.1.12", &[], usages::extended_key_usage_empty),
    lint("extended_key_usage_any", Warning, "RFC 5280 4.2.1.12", &[], usages::extended_key_usage_any),
    lint("server_key_cannot_sign", Warning, "RFC 8446 4.4.2.2", &["usages"], usages::server_key_cannot_sign),
    lint("authority_without_subject", Error, "RFC 5280 4.1.2.6", &[], names::authority_without_subject),
    lint("subject_empty_without_critical_names", Error, "RFC 5280 4.2.1.6", &[], names::subject_empty_without_critical_names),
    lint("names_critical_beside_subject", Warning, "RFC 5280 4.2.1.6", &[], names::names_critical_beside_subject),
    lint("names_empty", Error, "RFC 5280 4.2.1.6", &[], names::names_empty),
    lint("name_unreadable", Warning, "RFC 5280 4.2.1.6", &["name"], names::name_unreadable),
    lint("name_repeated", Warning, "RFC 5280 4.2.1.6", &["name"], names::name_repeated),
    lint("host_name_wrong", Error, "RFC 5280 4.2.1.6", &["name"], names::host_name_wrong),
    lint("wildcard_too_broad", Warning, "CA/B BR 3.2.2.6", &["name"], names::wildcard_too_broad),
    lint("server_without_names", Warning, "RFC 9525 6.1", &[], names::server_without_names),
    lint("common_name_not_among_names", Warning, "CA/B BR 7.1.4.3", &["common_name"], names::common_name_not_among_names),
    lint("name_constraints_in_leaf", Error, "RFC 5280 4.2.1.10", &[], names::name_constraints_in_leaf),
    lint("name_constraints_not_critical", Error, "RFC 5280 4.2.1.10", &[], names::name_constraints_not_critical),
    lint("name_constraints_empty", Error, "RFC 5280 4.2.1.10", &[], names::name_constraints_empty),
    lint("constraint_with_leading_dot", Notice, "RFC 5280 4.2.1.10", &["constraint"], names::constraint_with_leading_dot),
    lint("issuer_name_differs", Error, "RFC 5280 6.1.3", &["issuer", "expected"], issuer::issuer_name_differs),
    lint("authority_key_id_missing", Error, "RFC 5280 4.2.1.1", &[], issuer::authority_key_id_missing),
    lint("authority_key_id_differs", Error, "RFC 5280 4.2.1.1", &["found", "expected"], issuer::authority_key_id_differs),
    lint("issuer_not_authority", Error, "RFC 5280 4.2.1.9", &["issuer"], issuer::issuer_not_authority),
    lint("issuer_may_not_sign_certificates", Error, "RFC 5280 4.2.1.3", &["issuer"], issuer::issuer_may_not_sign_certificates),
    lint("path_length_exceeds_issuer", Error, "RFC 5280 4.2.1.9", &["allowed", "found"], issuer::path_length_exceeds_issuer),
    lint("name_outside_constraints", Error, "RFC 5280 4.2.1.10", &["name", "constraint"], issuer::name_outside_constraints),
    lint("outlives_issuer", Warning, "RFC 5280 6.1.3", &["until", "issuer_ends"], issuer::outlives_issuer),
    lint("no_revocation_address", Notice, "RFC 5280 4.2.1.13", &[], address::no_revocation_address),
    lint("crl_address_over_https", Warning, "RFC 5280 8", &["address"], address::crl_address_over_https),
    lint("must_staple_without_ocsp", Error, "RFC 7633 4.2.3", &[], address::must_staple_without_ocsp),
];

/// All lints, in the order in which findings come.
pub fn lints() -> &'static [LintInfo] {
    LINTS
}

/// What is wrong with a certificate. Rules that compare it with its issuer are judged if the issuer's certificate is given.
pub fn lint_certificate(certificate: &Certificate, issuer: Option<&Certificate>) -> Vec<Finding> {
    let judged = Judged { certificate, issuer };
    let broken = LINTS.iter().filter_map(|lint| (lint.check)(&judged).map(|fields| (lint, fields)));
    broken.map(|(lint, fields)| Finding { lint: lint.id, severity: lint.severity, clause: lint.clause, fields, accepted: false }).collect()
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

impl Judged<'_> {
    /// `Some` fields where the rule is broken.
    fn broken(is: bool, fields: impl FnOnce() -> Fields) -> Option<Fields> {
        is.then(fields)
    }

    fn is_server(&self) -> bool {
        self.has_extended_key_usage("1.3.6.1.5.5.7.3.1")
    }

    fn has_extended_key_usage(&self, oid: &str) -> bool {
        self.certificate.extended_key_usages().is_some_and(|usages| usages.iter().any(|usage| usage == oid))
    }

    fn is_critical(&self, oid: &str) -> Option<bool> {
        self.certificate.extension(oid).map(|extension| extension.critical)
    }
}

#[cfg(test)]
mod tests;
