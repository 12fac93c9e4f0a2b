//! What `cert issue`, `renew` and `rotate` share: showing what would be signed, and handing over what was.

use std::path::{Path, PathBuf};

use api::request::{CertificateDraft, CertificateIssue, HandOver};
use api::text::{FilePath, Secret};
use api::view::{DifferenceView, FindingView, IssuedView};
use api::{ApiError, ErrorCode};
use clap::Args;
use zeroize::Zeroizing;

use crate::invocation::{Invocation, usage};
use crate::output::Output;
use crate::status::Status;
use crate::{questions, render, secrets};

#[derive(Debug, Args)]
pub(crate) struct Delivery {
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

impl Delivery {
    /// Issues what the draft says, or shows it; gives what was issued.
    pub(super) fn deliver(self, mut draft: CertificateDraft, invocation: &Invocation) -> Result<(Status, Option<IssuedView>), ApiError> {
        let to_standard_output = self.out.as_deref() == Some(Path::new("-"));
        if to_standard_output && invocation.output.is_json() && !self.dry_run {
            return Err(usage("--out - and --json both want standard output"));
        }
        draft.accept = self.accept;
        if self.dry_run {
            return dry_run(draft, invocation).map(|status| (status, None));
        }
        let status = invocation.open()?;
        if draft.renews.is_some() {
            say_differences(&invocation.surface().certificate_preview(draft.clone())?.differences, invocation);
        }
        let makes_key = draft.request.is_none() && !draft.same_key;
        let password = match &self.password_file {
            Some(file) => Some(secrets::first_line(file, invocation)?),
            None if makes_key && !self.plain_key => Some(password_for_key(invocation)?),
            None => None,
        };
        let hand_over = self.out.map(|out| HandOver {
            out: FilePath::from(out),
            format: Some(self.format),
            password,
            plain_key: self.plain_key,
            overwrite: invocation.global.overwrite,
        });
        invocation.unlock(&status)?;
        let request = CertificateIssue { draft, hand_over };
        let issued = if to_standard_output {
            let mut written = Zeroizing::new(Vec::new());
            let issued = invocation.surface().certificate_issue_to(request, &mut *written)?;
            say_findings(&issued.findings, invocation);
            invocation.output.note(&format!("issued {} with serial {}", issued.certificate.name, issued.certificate.serial));
            Output::bytes(&written)?;
            issued
        } else {
            let issued = invocation.surface().certificate_issue(request)?;
            say_findings(&issued.findings, invocation);
            invocation.output.result(&issued, render::certificate::issued)?;
            issued
        };
        Ok((Status::Done, Some(issued)))
    }
}

fn dry_run(draft: CertificateDraft, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open()?;
    let preview = invocation.surface().certificate_preview(draft)?;
    say_findings(&preview.findings, invocation);
    invocation.output.result(&preview, render::certificate::preview)?;
    Ok(Status::when(preview.may_be_issued, Status::Refused))
}

/// Before a successor is signed it is said what becomes different.
pub(crate) fn say_differences(differences: &[DifferenceView], invocation: &Invocation) {
    if invocation.output.is_json() {
        return;
    }
    for difference in differences {
        for line in render::certificate::difference(difference) {
            invocation.output.note(&line);
        }
    }
}

pub(super) fn password_for_key(invocation: &Invocation) -> Result<Secret, ApiError> {
    if !questions::can_ask() {
        return Err(ApiError::new(ErrorCode::PasswordRequired));
    }
    let password = secrets::prompted_twice("Password to seal the key", ErrorCode::PasswordRequired, invocation)?;
    secrets::warn_if_weak(&password, "password", invocation);
    Ok(password)
}

/// Findings are notes beside the result; in JSON they are part of it.
pub(crate) fn say_findings(findings: &[FindingView], invocation: &Invocation) {
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
