//! Completions, manual pages and help.

use std::path::{Path, PathBuf};

use api::{ApiError, ErrorCode, words};
use clap::{Args, CommandFactory as _};
use serde::Serialize;

use crate::arguments::Arguments;
use crate::invocation::{Invocation, usage};
use crate::layout::Text;
use crate::output::{Listing, Output};
use crate::status::Status;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  chancery completions bash > /etc/bash_completion.d/chancery")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish", "powershell"])]
    pub(crate) shell: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  chancery man --out /usr/local/share/man/man1")]
pub(crate) struct Man {
    /// The folder to write into, made if missing
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  chancery help cert issue\n  chancery help errors")]
pub(crate) struct Help {
    /// The words of the command; or `errors`
    #[arg(value_name = "COMMAND")]
    pub(crate) of: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeView {
    code: &'static str,
    exit_status: u8,
    message: String,
    safe: String,
    hint: String,
}

pub(crate) fn completions(shell: &str) -> Result<Status, ApiError> {
    let shell: clap_complete::Shell = shell.parse().map_err(|problem: String| usage(&problem))?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "chancery", &mut script);
    Output::bytes(&script)?;
    Ok(Status::Done)
}

pub(crate) fn manual(folder: &Path, invocation: &Invocation) -> Result<Status, ApiError> {
    let failed = |cause: std::io::Error| ApiError::new(ErrorCode::Io).with("path", folder.display()).with("problem", cause);
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Arguments::command(), folder).map_err(failed)?;
    invocation.output.note(&format!(
        "The manual pages are in {}; read the first with: man -l {}",
        folder.display(),
        folder.join("chancery.1").display()
    ));
    Ok(Status::Done)
}

pub(crate) fn help(of: &[String], invocation: &Invocation) -> Result<Status, ApiError> {
    if of.len() == 1 && of.first().is_some_and(|word| word == "errors") {
        return errors(invocation);
    }
    let mut command = Arguments::command();
    command.build();
    let mut found = &mut command;
    for word in of {
        found = found.find_subcommand_mut(word).ok_or_else(|| usage(&format!("there is no command {}", of.join(" "))))?;
    }
    Output::bytes(found.render_long_help().to_string().as_bytes())?;
    Ok(Status::Done)
}

fn errors(invocation: &Invocation) -> Result<Status, ApiError> {
    let codes: Vec<CodeView> = ErrorCode::ALL
        .iter()
        .map(|code| {
            let words = words::template(*code);
            CodeView {
                code: code.as_str(),
                exit_status: code.exit_status(),
                message: words.title,
                safe: words.safe,
                hint: words.cli.unwrap_or(words.next),
            }
        })
        .collect();
    invocation.output.result(&Listing::whole(&codes), |_| {
        let mut text = Text::new();
        let rows = codes.iter().map(|code| [code.exit_status.to_string(), code.code.to_owned(), code.message.clone()]).collect();
        text.table(["exit", "code", "meaning"], rows);
        text
    })?;
    Ok(Status::Done)
}
