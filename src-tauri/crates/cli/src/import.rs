//! `chancery import`: bring certificates, keys, requests and CRLs over.

use std::path::PathBuf;

use api::request::ImportFiles;
use api::text::{FilePath, Secret};
use api::view::ImportReport;
use api::{ApiError, ErrorCode};
use clap::Args;

use crate::invocation::Invocation;
use crate::status::Status;
use crate::{progress, questions, render, secrets};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  chancery import /etc/openvpn/easy-rsa/pki --dry-run\n  chancery import acme.xdb --password-file passwords.txt\n  chancery import /etc/ssl/ca server.p12"
)]
pub(crate) struct Import {
    /// Files, folders and databases (openssl ca, easy-rsa, XCA, tiny_ca); contents are recognised by looking, not by name
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
                let wanted = wanted(import, &passwords, invocation)?;
                passwords.push(secrets::prompted(&format!("Password for {wanted} (Enter to give up)"), ErrorCode::PasswordWanted)?);
            }
            outcome => break outcome?,
        }
    };
    invocation.output.result(&report, render::import::report)?;
    Ok(status(&report, import))
}

/// What is still locked, by the object's name: each password that is typed is tried on everything, so whoever has two is asked twice.
fn wanted(import: &Import, passwords: &[Secret], invocation: &Invocation) -> Result<String, ApiError> {
    let plan = invocation.surface().import_plan(request(import, passwords))?;
    let Some(locked) = plan.locked.first() else { return Ok(plan.locked_paths.join(", ")) };
    let object = if locked.object.is_empty() { String::new() } else { format!("{} in ", locked.object) };
    let others = match plan.locked.len() {
        1 => String::new(),
        many => format!(", and {} more", many - 1),
    };
    Ok(format!("{object}{}{others}", locked.path))
}

fn request(import: &Import, passwords: &[Secret]) -> ImportFiles {
    ImportFiles {
        paths: import.paths.iter().cloned().map(FilePath::from).collect(),
        text: None,
        passwords: passwords.iter().map(|password| Secret::new(password.expose().to_owned())).collect(),
        without_keys: import.without_keys,
        whole: true,
    }
}

fn attempt(import: &Import, passwords: &[Secret], invocation: &Invocation) -> Result<ImportReport, ApiError> {
    if import.dry_run {
        invocation.open_unlocked_if_given()?;
        progress::of_import(invocation, || invocation.surface().import_plan(request(import, passwords)))
    } else {
        invocation.with_keys_if_needed(|surface| progress::of_import(invocation, || surface.import_run(request(import, passwords))))
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
