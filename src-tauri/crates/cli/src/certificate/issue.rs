//! `chancery cert issue`.

use std::path::{Path, PathBuf};

use api::request::{CertificateDraft, CertificateIssue, HandOver, RequestRead};
use api::text::{FilePath, Secret};
use api::view::FindingView;
use api::{ApiError, ErrorCode};
use clap::Args;
use zeroize::Zeroizing;

use crate::invocation::{Invocation, usage};
use crate::output::Output;
use crate::status::Status;
use crate::{questions, render, secrets};

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// The issuing authority
    #[arg(long, value_name = "A")]
    authority: String,
    /// What the certificate is for; `chancery profile list` shows them
    #[arg(long, value_name = "P", default_value = "tls-server")]
    profile: String,
    /// Subject, RFC 4514 or, starting with /, in the order of encoding; without it CN = the first name
    #[arg(long, value_name = "DN")]
    subject: Option<String>,
    /// Subject alternative name: dns:… ip:… email:… uri:… upn:… dir:… rid:…, or without a prefix
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// Kind of key to make: ec-p256 ec-p384 ec-p521 rsa-2048 rsa-3072 rsa-4096 rsa-pss-3072 ed25519
    #[arg(long, value_name = "KEY", conflicts_with = "csr")]
    key: Option<String>,
    /// A certificate signing request, PEM or DER; `-` is standard input
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// Life in days
    #[arg(long, value_name = "N", conflicts_with = "not_after", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// Last moment of validity, RFC 3339 or a date (UTC)
    #[arg(long, value_name = "TIME")]
    not_after: Option<String>,
    /// Asks for the TLS feature extension (RFC 7633)
    #[arg(long)]
    must_staple: bool,
    /// Security identifier of the Active Directory account that it is for (KB5014754)
    #[arg(long, value_name = "S-1-5-…")]
    sid: Option<String>,
    /// Marks a warning as accepted in the record
    #[arg(long, value_name = "LINT")]
    accept: Vec<String>,
    /// Shows what would be signed, and signs nothing
    #[arg(long)]
    dry_run: bool,
    /// A folder, a file (a name with an extension), or `-` for standard output
    #[arg(long, value_name = "PATH", required_unless_present_any = ["dry_run", "csr"])]
    out: Option<PathBuf>,
    /// How certificate and key are written
    #[arg(long, value_parser = ["pem", "pkcs12"], default_value = "pem")]
    format: String,
    /// Its first line seals the key; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "plain_key")]
    password_file: Option<PathBuf>,
    /// Writes the key unencrypted, on purpose
    #[arg(long)]
    plain_key: bool,
}

pub(crate) fn run(issue: Issue, invocation: &Invocation) -> Result<Status, ApiError> {
    let to_standard_output = issue.out.as_deref() == Some(Path::new("-"));
    if to_standard_output && invocation.output.is_json() && !issue.dry_run {
        return Err(usage("--out - and --json both want standard output"));
    }
    let draft = CertificateDraft {
        request: issue.csr.as_deref().map(|csr| request_text(csr, invocation)).transpose()?,
        authority: issue.authority,
        profile: Some(issue.profile),
        subject: issue.subject,
        names: issue.name,
        key: issue.key,
        days: issue.days,
        not_after: issue.not_after,
        must_staple: issue.must_staple,
        sid: issue.sid,
        accept: issue.accept,
    };
    if issue.dry_run {
        return dry_run(draft, invocation);
    }
    let status = invocation.open()?;
    let makes_key = draft.request.is_none();
    let password = match &issue.password_file {
        Some(file) => Some(secrets::first_line(file, invocation)?),
        None if makes_key && !issue.plain_key => Some(password_for_key(invocation)?),
        None => None,
    };
    let hand_over = issue.out.map(|out| HandOver {
        out: FilePath::from(out),
        format: Some(issue.format),
        password,
        plain_key: issue.plain_key,
        overwrite: invocation.global.overwrite,
    });
    invocation.unlock(&status)?;
    let request = CertificateIssue { draft, hand_over };
    if to_standard_output {
        let mut written = Zeroizing::new(Vec::new());
        let issued = invocation.surface().certificate_issue_to(request, &mut *written)?;
        say_findings(&issued.findings, invocation);
        invocation.output.note(&format!("issued {} with serial {}", issued.certificate.name, issued.certificate.serial));
        Output::bytes(&written)?;
    } else {
        let issued = invocation.surface().certificate_issue(request)?;
        say_findings(&issued.findings, invocation);
        invocation.output.result(&issued, render::certificate::issued)?;
    }
    Ok(Status::Done)
}

fn dry_run(draft: CertificateDraft, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open()?;
    let preview = invocation.surface().certificate_preview(draft)?;
    say_findings(&preview.findings, invocation);
    invocation.output.result(&preview, render::certificate::preview)?;
    Ok(Status::when(preview.may_be_issued, Status::Refused))
}

/// The request as PEM text, wherever and however it is written.
fn request_text(csr: &Path, invocation: &Invocation) -> Result<String, ApiError> {
    let read = if csr == Path::new("-") {
        RequestRead { text: Some(secrets::text_of(csr, invocation)?.to_string()), path: None }
    } else {
        RequestRead { text: None, path: Some(FilePath::from(csr.to_path_buf())) }
    };
    Ok(invocation.surface().request_read(read)?.pem)
}

fn password_for_key(invocation: &Invocation) -> Result<Secret, ApiError> {
    if !questions::can_ask() {
        return Err(ApiError::new(ErrorCode::PasswordRequired));
    }
    let password = secrets::prompted_twice("Password to seal the key", ErrorCode::PasswordRequired, invocation)?;
    secrets::warn_if_weak(&password, "password", invocation);
    Ok(password)
}

/// Findings are notes beside the result; in JSON they are part of it.
fn say_findings(findings: &[FindingView], invocation: &Invocation) {
    if invocation.output.is_json() {
        return;
    }
    for finding in findings {
        let accepted = if finding.accepted { ", accepted" } else { "" };
        invocation.output.note(&format!("{}: {} ({}, {}{accepted})", finding.severity, finding.message, finding.lint, finding.clause));
        if finding.severity != "notice" && !finding.fix.is_empty() {
            invocation.output.note(&format!("  {}", finding.fix));
        }
    }
}
