//! `chancery import`: bring certificates, keys, requests and CRLs over.

use std::path::PathBuf;

use api::request::ImportFiles;
use api::text::{FilePath, Secret};
use api::view::ImportReport;
use api::{ApiError, ErrorCode};
use clap::Args;

use crate::invocation::Invocation;
use crate::status::Status;
use crate::{questions, render, secrets};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  chancery import /etc/openvpn/easy-rsa/pki --dry-run\n  chancery import server.p12 --password-file passwords.txt"
)]
pub(crate) struct Import {
    /// Files and folders; contents are recognised by looking, not by name
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Says what would happen, and takes nothing
    #[arg(long)]
    dry_run: bool,
    /// One password per line, each tried on everything that is locked
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Leaves keys out, and with them the need for passwords
    #[arg(long)]
    without_keys: bool,
}

pub(crate) fn run(import: &Import, invocation: &Invocation) -> Result<Status, ApiError> {
    let mut passwords = match &import.password_file {
        Some(file) => secrets::lines(file, invocation)?,
        None => Vec::new(),
    };
    let report = loop {
        match attempt(import, &passwords, invocation) {
            Err(error) if error.code == ErrorCode::PasswordWanted && import.password_file.is_none() && questions::can_ask() => {
                let files = error.fields.get("path").cloned().unwrap_or_default();
                passwords.push(secrets::prompted(&format!("Password for {files} (Enter to give up)"), ErrorCode::PasswordWanted)?);
            }
            outcome => break outcome?,
        }
    };
    invocation.output.result(&report, render::import::report)?;
    Ok(status(&report, import))
}

fn attempt(import: &Import, passwords: &[Secret], invocation: &Invocation) -> Result<ImportReport, ApiError> {
    let request = || ImportFiles {
        paths: import.paths.iter().cloned().map(FilePath::from).collect(),
        text: None,
        passwords: passwords.iter().map(|password| Secret::new(password.expose().to_owned())).collect(),
        without_keys: import.without_keys,
        whole: true,
    };
    if import.dry_run {
        invocation.open_unlocked_if_given()?;
        invocation.surface().import_plan(request())
    } else {
        invocation.with_keys_if_needed(|surface| surface.import_run(request()))
    }
}

/// A dry run ends as the real one would.
fn status(report: &ImportReport, import: &Import) -> Status {
    if report.passwords_wanted > 0 && !import.without_keys {
        Status::Locked
    } else {
        Status::when(report.refused.is_empty(), Status::Failed)
    }
}
