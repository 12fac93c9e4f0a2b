//! `chancery cert issue-many`.

use std::path::PathBuf;

use api::request::{IssueMany, IssueManyResume, ManyDraft};
use api::text::{FilePath, Secret};
use api::view::ManyReport;
use api::{ApiError, ErrorCode};
use clap::Args;

use super::delivery;
use crate::invocation::{Invocation, usage};
use crate::progress::Progress;
use crate::status::Status;
use crate::{render, secrets};

#[derive(Debug, Args)]
pub(crate) struct IssueManyArguments {
    /// The issuing authority
    #[arg(long, value_name = "A", required_unless_present = "resume")]
    authority: Option<String>,
    /// A CSV file; its header row names the columns: subject, names (separated by |), profile, key, days, tags (separated by |)
    #[arg(long, value_name = "FILE", conflicts_with = "csr_folder", required_unless_present_any = ["csr_folder", "resume"])]
    csv: Option<PathBuf>,
    /// A folder of certificate signing requests, PEM or DER
    #[arg(long, value_name = "FOLDER")]
    csr_folder: Option<PathBuf>,
    /// The profile of rows that name none
    #[arg(long, value_name = "P", default_value = "tls-server")]
    profile: String,
    /// Marks a warning as accepted in the record, in every row
    #[arg(long, value_name = "LINT")]
    accept: Vec<String>,
    /// Shows the table with every problem, and signs nothing
    #[arg(long)]
    dry_run: bool,
    /// Leaves bad rows out, and issues the others
    #[arg(long)]
    without_bad: bool,
    /// The folder that gets the files; made if missing
    #[arg(long, value_name = "FOLDER", required_unless_present_any = ["dry_run", "resume"])]
    out: Option<PathBuf>,
    /// How certificate and key are written
    #[arg(long, value_parser = ["pem", "pkcs12"], default_value = "pem")]
    format: String,
    /// Its first line seals the keys; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "plain_key")]
    password_file: Option<PathBuf>,
    /// Writes the keys unencrypted, on purpose
    #[arg(long)]
    plain_key: bool,
    /// Goes on with a task that was interrupted, cancelled or failed, as it was begun
    #[arg(long, value_name = "TASK", conflicts_with_all = ["authority", "csv", "csr_folder", "out", "dry_run", "without_bad", "plain_key"])]
    resume: Option<String>,
}

pub(crate) fn run(arguments: IssueManyArguments, invocation: &Invocation) -> Result<Status, ApiError> {
    let password = arguments.password_file.as_deref().map(|file| secrets::first_line(file, invocation)).transpose()?;
    if let Some(task) = arguments.resume {
        invocation.open_unlocked()?;
        let bar = Progress::new(0, "certificates", invocation);
        let request = IssueManyResume { task, password };
        let report = invocation.surface().issue_many_go_on(request, &|done, total| bar.of(done, total));
        bar.end();
        return told(&report?, invocation);
    }
    let missing = |what: &str| usage(&format!("--{what} is missing"));
    let draft = ManyDraft {
        authority: arguments.authority.ok_or_else(|| missing("authority"))?,
        csv: arguments.csv.map(FilePath::from),
        csr_folder: arguments.csr_folder.map(FilePath::from),
        profile: Some(arguments.profile),
        accept: arguments.accept,
    };
    if arguments.dry_run {
        invocation.open()?;
        let table = invocation.surface().issue_many_check(draft)?;
        invocation.output.result(&table, render::many::table)?;
        return Ok(Status::when(table.bad == 0 && table.good > 0, Status::Refused));
    }
    let status = invocation.open()?;
    let makes_keys = draft.csv.is_some();
    let password: Option<Secret> = match password {
        None if makes_keys && !arguments.plain_key => Some(delivery::password_for_key(invocation)?),
        given => given,
    };
    invocation.unlock(&status)?;
    let request = IssueMany {
        draft: draft.clone(),
        out: FilePath::from(arguments.out.ok_or_else(|| missing("out"))?),
        format: Some(arguments.format),
        password,
        plain_key: arguments.plain_key,
        overwrite: invocation.global.overwrite,
        without_bad: arguments.without_bad,
    };
    let bar = Progress::new(0, "certificates", invocation);
    let outcome = invocation.surface().issue_many(request, &|done, total| bar.of(done, total));
    bar.end();
    match outcome {
        Ok(report) => told(&report, invocation),
        Err(error) => {
            // Every bad row is told, not the first ones alone.
            if error.code == ErrorCode::BadRows && !invocation.output.is_json() {
                let table = invocation.surface().issue_many_check(draft)?;
                invocation.output.note(render::many::problems(&table).as_str());
            } else if let Some(task) = error.fields.get("task").filter(|_| error.code != ErrorCode::TaskNotFound) {
                invocation.output.note(&format!("What was issued is recorded. Go on with: chancery cert issue-many --resume {task}"));
            }
            Err(error)
        }
    }
}

fn told(report: &ManyReport, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.output.result(report, render::many::report)?;
    if report.state == "cancelled" {
        invocation.output.note(&format!("Go on with: chancery cert issue-many --resume {}", report.task));
    }
    Ok(Status::when(report.state == "done" && report.left_out.is_empty(), Status::Failed))
}
