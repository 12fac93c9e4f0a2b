//! The answer to "is anything wrong, what is next?".

use serde::Serialize;
use ts_rs::TS;

use super::{AuditEntry, AuthorityView};

/// Something that needs the user, with its fix.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Attention {
    /// A stable code: `crl-awaited`, `crl-expired`, `crl-stale`, `crl-due`, `crl-missing`, `earlier-crl-expired`, `earlier-crl-stale`,
    /// `earlier-crl-due`, `certificate-ends`, `authority-ends`, `key-missing`,
    /// `key-unreachable`, `backup-old`, `backup-none`, `backup-failed`, `backup-not-drilled`, `recovery-missing`, `clock-back`, `registry-damaged`,
    /// `registry-read-only`, `source-crl-expired`, `source-crl-due`, `source-failed`.
    pub code: String,
    /// `bad` or `warn`.
    pub severity: String,
    /// Title, in words.
    pub title: String,
    /// What and why, in words.
    pub detail: String,
    /// The authority concerned.
    pub authority: Option<String>,
    /// The certificate concerned.
    pub certificate: Option<String>,
    /// The source concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub source: Option<String>,
    /// The fix, as an action the page knows: `crl-build`, `crl-install`, `certificate-show`, `authority-show`, `backup`, `recovery-file`, `unlock`,
    /// `doctor`, `check`, `source-show`.
    pub action: String,
}

/// How many certificates end in one month.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExpiryMonth {
    /// `2026-11`.
    pub month: String,
    /// Server certificates.
    pub servers: u32,
    /// Client certificates.
    pub clients: u32,
    /// CA certificates.
    pub authorities: u32,
    /// Others.
    pub others: u32,
}

/// The whole overview.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// Now, as the core sees it.
    pub at: String,
    /// Valid certificates.
    pub valid: u32,
    /// Certificates that are revoked.
    pub revoked: u32,
    /// Certificates that have ended.
    pub expired: u32,
    /// What needs the user, worst first.
    pub attention: Vec<Attention>,
    /// Endings in the next twelve months, this month first.
    pub months: Vec<ExpiryMonth>,
    /// Authorities.
    pub authorities: Vec<AuthorityView>,
    /// Latest activity, newest first.
    pub latest: Vec<AuditEntry>,
}
