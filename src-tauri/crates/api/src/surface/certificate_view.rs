//! Certificates as views.

use authority::chain::Link;
use authority::pki::Extension;
use authority::pki::certificate::Certificate;
use authority::pki::preflight::Finding;
use authority::pki::{DistinguishedName, ExtendedKeyUsage};
use authority::registry::{CertificateFacts, CertificateRow, CertificateStatus, Read};
use time::OffsetDateTime;

use crate::text::time_text;
use crate::view::{AuthorityRef, CertificateView, ChainLink, ExtensionText, FindingView, KeyView, NameText, RevocationView};
use crate::words;
use crate::{ApiError, ErrorCode};

/// A name in both ways of writing.
pub(super) fn name_text(name: &DistinguishedName) -> NameText {
    NameText { rfc4514: name.rfc4514(), openssl: name.openssl() }
}

/// A row of the registry, with its certificate.
pub(super) fn of_row(tx: &Read<'_>, row: &CertificateRow, now: OffsetDateTime) -> Result<CertificateView, ApiError> {
    let certificate = tx.certificate_of(row)?;
    let authority = match row.record.authority {
        Some(id) => tx.authority(id)?.map(|authority| AuthorityRef { id: authority.id.to_string(), name: authority.name }),
        None => None,
    };
    let mut view = of_certificate(&certificate, now);
    view.id = row.id.to_string();
    view.status = row.status(now).as_str().to_owned();
    view.archived = row.state.archived;
    view.authority = authority;
    view.profile.clone_from(&row.record.profile);
    view.policy_version = row.record.policy_version;
    view.key.held = row.record.key_held;
    view.tags = tx.certificate_tags(row.id)?;
    view.revocation = match (row.state.revoked_at, row.state.reason) {
        (Some(at), Some(reason)) => Some(RevocationView {
            reason: reason.as_str().to_owned(),
            at: time_text(at),
            invalidity_date: row.state.invalidity_date.map(time_text),
            note: tx.revocations_of(row.id)?.pop().and_then(|revocation| revocation.note),
        }),
        _ => None,
    };
    Ok(view)
}

/// A certificate that is in no registry.
pub(super) fn of_certificate(certificate: &Certificate, now: OffsetDateTime) -> CertificateView {
    let facts = CertificateFacts::of(certificate);
    let algorithm = certificate.public_key().algorithm();
    let status = if facts.not_after < now { CertificateStatus::Expired } else { CertificateStatus::Valid };
    CertificateView {
        id: String::new(),
        name: facts.display_name,
        status: status.as_str().to_owned(),
        archived: false,
        kind: facts.kind.as_str().to_owned(),
        authority: None,
        profile: None,
        policy_version: None,
        subject: name_text(&facts.subject),
        issuer: name_text(&facts.issuer),
        serial: facts.serial.to_string(),
        fingerprint: facts.fingerprint.to_string(),
        names: facts.names,
        not_before: time_text(facts.not_before),
        not_after: time_text(facts.not_after),
        key: KeyView { kind: facts.key_kind, bits: algorithm.bits(), fingerprint: facts.key_fingerprint.to_string(), held: false },
        revocation: None,
        tags: Vec::new(),
        pem: certificate.pem(),
    }
}

/// A chain, the root first.
pub(super) fn chain(links: &[Link], now: OffsetDateTime) -> Vec<ChainLink> {
    links
        .iter()
        .rev()
        .map(|link| ChainLink {
            id: Some(link.row.id.to_string()),
            name: link.row.facts.display_name.clone(),
            not_after: time_text(link.row.facts.not_after),
            status: link.row.status(now).as_str().to_owned(),
        })
        .collect()
}

/// Extensions in plain words.
pub(super) fn extensions(extensions: &[Extension]) -> Vec<ExtensionText> {
    extensions
        .iter()
        .map(|extension| {
            let said = extension.describe();
            let lines = said.statements.iter().map(words::statement).collect();
            ExtensionText { oid: said.oid, name: said.name, critical: said.critical, lines, der: hex(&said.der) }
        })
        .collect()
}

/// Extended key usages by name, else OID.
pub(super) fn usage_names(oids: Vec<String>) -> Vec<String> {
    oids.into_iter().map(|oid| oid.parse::<ExtendedKeyUsage>().map_or_else(|_| oid.clone(), |usage| usage.name().to_owned())).collect()
}

/// Findings with their words.
pub(super) fn findings(findings: &[Finding]) -> Vec<FindingView> {
    findings
        .iter()
        .map(|finding| {
            let (message, fix) = words::lint(finding.lint, &finding.fields);
            FindingView {
                lint: finding.lint.to_owned(),
                severity: finding.severity.as_str().to_owned(),
                message,
                fix,
                clause: finding.clause.to_owned(),
                accepted: finding.accepted,
            }
        })
        .collect()
}

/// What errors of the preflight come to: nothing is signed.
pub(super) fn refused(said: &[Finding]) -> ApiError {
    let errors: Vec<_> = findings(said).into_iter().filter(|view| view.severity == "error").collect();
    let texts: Vec<_> = errors.iter().map(|view| format!("{} ({})", view.message, view.clause)).collect();
    let lints: Vec<_> = errors.iter().map(|view| view.lint.as_str()).collect();
    ApiError::new(ErrorCode::RefusedByLint).with("findings", texts.join(" ")).with("lints", lints.join(", "))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        if write!(text, "{byte:02x}").is_err() {
            text.push('?');
        }
        text
    })
}
