//! `chancery cert export`.

use std::path::PathBuf;

use api::request::{CertificateExport, CertificateNamed};
use api::text::FilePath;
use api::{ApiError, ErrorCode};
use clap::Args;

use crate::invocation::{Invocation, usage};
use crate::key::{Departure, depart};
use crate::status::Status;
use crate::{render, secrets};

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Id, A/SERIAL, serial or SHA-256 fingerprint
    #[arg(value_name = "C")]
    certificate: String,
    /// `chain` is the certificate and its intermediates, `bundle` the same with the root; those named after a program are what it is set up with
    #[arg(long, value_parser = ["pem", "der", "chain", "bundle", "pkcs7", "pkcs12", "jks", "jwk", "openvpn", "nginx", "apache", "haproxy", "kubernetes"])]
    format: String,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Its first line seals the key, which goes along
    #[arg(long, value_name = "FILE", conflicts_with = "plain_key")]
    password_file: Option<PathBuf>,
    /// Lets the key go along without protection
    #[arg(long)]
    plain_key: bool,
    /// Leaves the key here: `jks` then holds trusted certificates
    #[arg(long, conflicts_with_all = ["plain_key", "reason"])]
    without_key: bool,
    /// Why the key leaves, for the audit log; required if one does
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// With `pkcs12`: the old form, triple DES, RC2 and SHA-1, for what reads nothing newer. It protects the key badly
    #[arg(long)]
    legacy: bool,
}

pub(crate) fn run(export: Export, invocation: &Invocation) -> Result<Status, ApiError> {
    let protected = export.password_file.is_some() || export.plain_key;
    if export.legacy && export.format != "pkcs12" {
        return Err(usage("only pkcs12 has an old form"));
    }
    let form = match export.format.as_str() {
        "pkcs12" if export.legacy => Some("pkcs12-legacy"),
        "pkcs12" => Some("pkcs12"),
        "jks" if export.without_key => None,
        "jks" => with_key_in_store(&export, invocation)?.then_some("jks"),
        "pem" if protected => Some("pem-with-certificate"),
        "der" | "chain" | "bundle" | "pkcs7" if protected => {
            return Err(usage("a key goes out as pem, pkcs12, jks, jwk, or in the form of a program"));
        }
        program @ ("jwk" | "openvpn" | "nginx" | "apache" | "haproxy" | "kubernetes") if protected || export.reason.is_some() => {
            Some(program)
        }
        _ => None,
    };
    if let Some(form) = form {
        if export.without_key {
            return Err(usage("this format is nothing without the key"));
        }
        if matches!(form, "jwk" | "kubernetes") && !export.plain_key {
            return Err(ApiError::new(ErrorCode::FormatPlainOnly).with("format", form));
        }
        let reason = export.reason.ok_or_else(|| ApiError::new(ErrorCode::ReasonRequired))?;
        let Export { certificate, out, password_file, plain_key, .. } = export;
        return depart(Departure { certificate, out, format: Some(form.to_owned()), password_file, plain_key, reason }, invocation);
    }
    let password = match (&export.password_file, export.format.as_str()) {
        (Some(file), "jks") => Some(secrets::first_line(file, invocation)?),
        (None, "jks") => Some(secrets::prompted_twice("Password of the store", ErrorCode::PasswordRequired, invocation)?),
        _ => None,
    };
    invocation.open()?;
    let view = invocation.surface().certificate_export(CertificateExport {
        certificate: export.certificate,
        format: export.format,
        out: FilePath::from(export.out),
        password,
        overwrite: invocation.global.overwrite,
    })?;
    invocation.output.result(&view, render::exported)?;
    Ok(Status::Done)
}

/// Whether a key goes into a Java store: it does where somebody says why. Where there is one and nobody says, that is asked for.
fn with_key_in_store(export: &Export, invocation: &Invocation) -> Result<bool, ApiError> {
    if export.plain_key {
        return Err(usage("a Java key store is never without a password"));
    }
    if export.reason.is_some() {
        return Ok(true);
    }
    invocation.open()?;
    let shown = invocation.surface().certificate_show(CertificateNamed { certificate: export.certificate.clone() })?;
    if shown.certificate.key.held {
        return Err(ApiError::new(ErrorCode::ReasonRequired));
    }
    Ok(false)
}
