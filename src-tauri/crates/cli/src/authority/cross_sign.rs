//! `chancery authority cross-sign`: a second way to trust another authority's key.

use std::path::PathBuf;

use api::ApiError;
use api::request::{AuthorityCrossSign, CrossSigning};
use api::text::FilePath;
use clap::Args;

use crate::certificate::delivery::{say_differences, say_findings};
use crate::certificate::{Named, named_or_file};
use crate::invocation::{Invocation, usage};
use crate::status::Status;
use crate::{questions, render};

#[derive(Debug, Args)]
pub(crate) struct CrossSign {
    /// Who signs: id, display name, or fingerprint of its current certificate
    #[arg(value_name = "A")]
    authority: String,
    /// Certificate of the other authority: id, A/SERIAL, serial or SHA-256 fingerprint; or a file
    #[arg(value_name = "CERT")]
    certificate: String,
    /// The file to write, PEM
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Life in days; without it an intermediate's, not beyond the end of who signs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// Longest chain of further authorities below; not longer than its own certificate says
    #[arg(long, value_name = "N")]
    path_length: Option<u8>,
    /// Binds it to this subtree, which must lie within those of its own certificate
    #[arg(long, value_name = "NAME")]
    permit: Vec<String>,
    /// Keeps it out of this subtree too
    #[arg(long, value_name = "NAME")]
    exclude: Vec<String>,
    /// Only says what would be signed
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(cross_sign: CrossSign, invocation: &Invocation) -> Result<Status, ApiError> {
    if !cross_sign.dry_run && !invocation.global.yes && !questions::can_ask() {
        return Err(usage("whoever trusts the one will trust the other: without a terminal this needs --yes"));
    }
    let (certificate, path) = match named_or_file(&cross_sign.certificate) {
        Named::InRegistry(name) => (Some(name), None),
        Named::InFile(path) => (None, Some(FilePath::from(path))),
    };
    let signing = CrossSigning {
        authority: cross_sign.authority,
        certificate,
        path,
        days: cross_sign.days,
        path_length: cross_sign.path_length,
        permit: cross_sign.permit,
        exclude: cross_sign.exclude,
    };
    if cross_sign.dry_run {
        invocation.open()?;
        let plan = invocation.surface().authority_cross_signing(signing)?;
        say_differences(&plan.preview.differences, invocation);
        say_findings(&plan.preview.findings, invocation);
        invocation.output.result(&plan, |plan| render::certificate::preview(&plan.preview))?;
        return Ok(Status::Done);
    }
    invocation.open_unlocked()?;
    let plan = invocation.surface().authority_cross_signing(signing.clone())?;
    say_differences(&plan.preview.differences, invocation);
    let wanted = &plan.confirmation;
    let confirmation = if invocation.global.yes {
        wanted.clone()
    } else {
        questions::ask(&format!("Whoever trusts {} will trust {wanted}. Type {wanted} to go on:", plan.authority.name))?
    };
    let signed = invocation.surface().authority_cross_sign(AuthorityCrossSign {
        signing,
        confirmation,
        out: FilePath::from(cross_sign.out),
        overwrite: invocation.global.overwrite,
    })?;
    say_findings(&signed.findings, invocation);
    invocation.output.result(&signed, render::authority::cross_signed)?;
    Ok(Status::Done)
}
