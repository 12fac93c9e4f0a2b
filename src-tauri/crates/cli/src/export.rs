//! `chancery export`: authorities as folders that other tools go on from, and lists.

use std::path::PathBuf;

use api::request::{AuthorityExport, CertificatesExport};
use api::text::FilePath;
use api::{ApiError, ErrorCode};
use clap::{Args, Subcommand};

use crate::certificate::Chosen;
use crate::invocation::Invocation;
use crate::key::{Guarded, KeyOf, guarded};
use crate::status::Status;
use crate::{progress, render};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Makes a folder that `openssl ca` goes on from: index, numbers, certificates, CRL, key and configuration
    #[command(
        after_help = "Example:\n  chancery export openssl-index \"Acme Issuing CA\" --out ca --password-file password.txt --reason \"moving to openssl\"\n  \
                            openssl ca -config ca/openssl.cnf -gencrl -out ca/crl.pem"
    )]
    OpensslIndex(Folder),
    /// Makes the `pki` folder that easy-rsa 3 goes on from
    #[command(
        after_help = "Example:\n  chancery export easy-rsa \"Acme VPN CA\" --out pki --password-file password.txt --reason \"moving to easy-rsa\"\n  \
                            easyrsa --pki-dir=pki gen-crl"
    )]
    EasyRsa(Folder),
    /// Writes the files of many certificates into a folder, or into one ZIP
    #[command(
        after_help = "Example:\n  chancery export certificates --authority \"Acme Issuing CA\" --status valid --out certificates.zip\n  \
                            chancery export certificates --tag vpn --format chain --out vpn"
    )]
    Certificates(Files),
    /// Writes a table that spreadsheets open
    #[command(
        after_help = "Example:\n  chancery export csv --out certificates.csv\n  chancery export csv --expires-within 90d --out ending.csv"
    )]
    Csv(Listed),
    /// Writes a calendar of the certificates' ends, with alarms 30, 14, 7 days and one day before
    #[command(after_help = "Example:\n  chancery export ics --authority \"Acme Issuing CA\" --out certificates.ics")]
    Ics(Listed),
    /// Writes everything that is known about each certificate, as `cert list --json` does, without pages
    #[command(after_help = "Example:\n  chancery export json --out certificates.json && jq '.items[].name' certificates.json")]
    Json(Listed),
}

#[derive(Debug, Args)]
pub(crate) struct Folder {
    /// Id, name or fingerprint of the authority
    #[arg(value_name = "A")]
    authority: String,
    /// The folder itself: not there yet, or empty
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Its first line seals every key
    #[arg(long, value_name = "FILE", conflicts_with = "without_keys", required_unless_present = "without_keys")]
    password_file: Option<PathBuf>,
    /// Leaves the keys here: what needs the authority's key will not work there
    #[arg(long)]
    without_keys: bool,
    /// Why keys leave, for the audit log; required if they do
    #[arg(long, value_name = "TEXT", required_unless_present = "without_keys")]
    reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Files {
    /// A folder that is not there yet or empty; or a file that ends in .zip
    #[arg(long, value_name = "FOLDER|FILE.zip")]
    out: PathBuf,
    /// Of each file: `chain` is the certificate and its intermediates, `bundle` the same with the root
    #[arg(long, value_parser = ["pem", "der", "chain", "bundle", "pkcs7"], default_value = "pem")]
    format: String,
    #[command(flatten)]
    chosen: Chosen,
}

#[derive(Debug, Args)]
pub(crate) struct Listed {
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    chosen: Chosen,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::OpensslIndex(folder) => hand_over(folder, "openssl-index", invocation),
        Verb::EasyRsa(folder) => hand_over(folder, "easy-rsa", invocation),
        Verb::Certificates(files) => {
            let zip = files.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) && !files.out.is_dir();
            list(files.out, files.chosen, if zip { "zip" } else { "folder" }, Some(files.format), invocation)
        }
        Verb::Csv(listed) => list(listed.out, listed.chosen, "csv", None, invocation),
        Verb::Ics(listed) => list(listed.out, listed.chosen, "ics", None, invocation),
        Verb::Json(listed) => list(listed.out, listed.chosen, "json", None, invocation),
    }
}

fn hand_over(folder: Folder, format: &str, invocation: &Invocation) -> Result<Status, ApiError> {
    let Folder { authority, out, password_file, without_keys, reason } = folder;
    let mut request = AuthorityExport {
        authority,
        format: format.to_owned(),
        out: FilePath::from(out),
        without_keys,
        password: None,
        reason: None,
        passphrase: None,
        confirmation: None,
    };
    if without_keys {
        invocation.open()?;
    } else {
        request.reason = Some(reason.ok_or_else(|| ApiError::new(ErrorCode::ReasonRequired))?);
        let of = KeyOf::Authority(&request.authority);
        let Guarded { password, passphrase, confirmation } = guarded(of, password_file.as_ref(), false, invocation)?;
        (request.password, request.passphrase, request.confirmation) = (password, passphrase, Some(confirmation));
    }
    let view = progress::of_task(invocation, "certificates", || invocation.surface().authority_export(request))?;
    invocation.output.result(&view, render::export::folder)?;
    if view.notes_in_all > u32::try_from(view.notes.len()).unwrap_or(u32::MAX) {
        invocation.output.note(&format!("{} notes in all; the first {} are shown.", view.notes_in_all, view.notes.len()));
    }
    view.warnings.iter().for_each(|warning| invocation.output.note(&format!("warning: {warning}")));
    Ok(Status::Done)
}

fn list(out: PathBuf, chosen: Chosen, form: &str, format: Option<String>, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open()?;
    let request = CertificatesExport {
        certificates: Vec::new(),
        filter: chosen.filter(),
        form: form.to_owned(),
        format,
        out: FilePath::from(out),
        overwrite: invocation.global.overwrite,
    };
    let view = progress::of_task(invocation, "certificates", || invocation.surface().certificates_export(request))?;
    invocation.output.result(&view, render::export::list)?;
    Ok(Status::Done)
}
