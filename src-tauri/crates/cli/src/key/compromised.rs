//! `chancery key compromised`.

use api::request::KeyCompromised;
use api::text::FilePath;
use api::view::CompromiseView;
use api::{ApiError, ErrorCode};
use clap::Args;

use crate::certificate::{Named, named_or_file, say_stale};
use crate::invocation::{Invocation, usage};
use crate::status::Status;
use crate::{questions, render};

#[derive(Debug, Args)]
pub(crate) struct Compromised {
    /// A certificate of the key, SHA-256 of its public key, or a file with a certificate, a request or the key
    #[arg(value_name = "C-OR-FINGERPRINT-OR-FILE")]
    key: String,
    /// Only says which certificates would be revoked
    #[arg(long)]
    dry_run: bool,
    /// When the key came into other hands, RFC 3339 or a date (UTC)
    #[arg(long, value_name = "TIME")]
    invalidity_date: Option<String>,
    /// Why it is known, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

pub(crate) fn run(compromised: Compromised, invocation: &Invocation) -> Result<Status, ApiError> {
    if !compromised.dry_run && !invocation.global.yes && !questions::can_ask() {
        return Err(usage("revoking cannot be undone: without a terminal it needs --yes, or --dry-run to see what it would do"));
    }
    invocation.open_unlocked_if_given()?;
    let (key, path) = match named_or_file(&compromised.key) {
        Named::InRegistry(text) => (Some(text), None),
        Named::InFile(path) => (None, Some(FilePath::from(path))),
    };
    let request = KeyCompromised {
        key,
        path,
        dry_run: true,
        invalidity_date: compromised.invalidity_date,
        note: compromised.note,
        confirmation: String::new(),
    };
    // What it would do is shown before it is done.
    let plan: CompromiseView = invocation.surface().key_compromised(request.clone())?;
    if compromised.dry_run {
        invocation.output.result(&plan, render::key::compromise)?;
        return Ok(Status::Done);
    }
    if !invocation.global.yes {
        invocation.output.note(render::key::compromise(&plan).as_str());
        let answer = questions::ask(&format!("Revoking cannot be undone. Type {} to go on:", plan.confirmation))?;
        if answer != plan.confirmation {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", plan.confirmation));
        }
    }
    let done = invocation.surface().key_compromised(KeyCompromised { dry_run: false, confirmation: plan.confirmation, ..request })?;
    invocation.output.result(&done, render::key::compromise)?;
    done.stale.iter().for_each(|stale| say_stale(stale, invocation));
    Ok(Status::Done)
}
