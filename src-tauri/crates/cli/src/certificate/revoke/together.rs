//! Many at once, in one act: all are revoked, or none.

use std::io::Read as _;

use api::request::{CertificateNamed, CertificateRevoke};
use api::text::FilePath;
use api::view::RevokedView;
use api::{ApiError, ErrorCode};

use super::{Revoke, say_stale};
use crate::invocation::{Invocation, usage};
use crate::status::Status;
use crate::{questions, render};

pub(super) fn run(revoke: &Revoke, invocation: &Invocation) -> Result<Status, ApiError> {
    let mut names: Vec<String> = Vec::new();
    let more = from_file(revoke)?;
    for name in revoke.certificates.iter().chain(&more) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    if names.is_empty() {
        return Err(usage("the file names no certificate"));
    }
    invocation.open_unlocked_if_given()?;
    let expected = match names.as_slice() {
        [one] if !revoke.unknown_serial => {
            invocation.surface().certificate_show(CertificateNamed { certificate: one.clone() })?.certificate.name
        }
        many => format!("revoke {}", many.len()),
    };
    if !invocation.global.yes {
        let reason = revoke.reason.as_deref().unwrap_or("unspecified");
        let answer = questions::ask(&format!("Revoking cannot be undone (reason: {reason}). Type {expected} to go on:"))?;
        if answer != expected {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", expected));
        }
    }
    let request = CertificateRevoke {
        certificates: Vec::new(),
        serials: Vec::new(),
        issuer: None,
        reason: revoke.reason.clone(),
        invalidity_date: revoke.invalidity_date.clone(),
        note: revoke.note.clone(),
        confirmation: expected,
    };
    let done = if revoke.unknown_serial {
        let (issuer, serials) = of_one_authority(&names)?;
        invocation.surface().certificate_revoke(CertificateRevoke { serials, issuer: Some(issuer), ..request })?
    } else {
        invocation.surface().certificate_revoke(CertificateRevoke { certificates: names, ..request })?
    };
    show(&done, invocation)
}

/// The names in the file, one a line; empty lines and what follows a `#` are left out.
fn from_file(revoke: &Revoke) -> Result<Vec<String>, ApiError> {
    let Some(path) = &revoke.from else { return Ok(Vec::new()) };
    let shown = FilePath::from(path.clone()).0;
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ApiError::new(ErrorCode::FileNotFound).with("path", &shown),
        _ => ApiError::new(ErrorCode::Io).with("path", &shown).with("problem", &error),
    })?;
    let lines = text.lines().map(|line| line.split_once('#').map_or(line, |(name, _)| name).trim());
    Ok(lines.filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// `A/SERIAL` each, of one authority: what is one act is on one CRL.
fn of_one_authority(names: &[String]) -> Result<(String, Vec<String>), ApiError> {
    let mut issuer: Option<&str> = None;
    let mut serials = Vec::new();
    for name in names {
        let Some((authority, serial)) = name.rsplit_once('/') else {
            return Err(usage(&format!("--unknown-serial wants A/SERIAL, and {name:?} names no authority")));
        };
        if *issuer.get_or_insert(authority) != authority {
            return Err(usage("--unknown-serial takes serials of one authority at a time"));
        }
        serials.push(serial.to_owned());
    }
    Ok((issuer.unwrap_or_default().to_owned(), serials))
}

pub(crate) fn show(done: &RevokedView, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.output.result(done, render::certificate::revoked)?;
    for stale in &done.stale {
        say_stale(stale, invocation);
    }
    Ok(Status::Done)
}
