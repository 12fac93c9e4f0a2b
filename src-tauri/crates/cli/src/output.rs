//! Where words go: the result to standard output, everything else to standard error.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use api::{ApiError, ErrorCode, words};
use clap::error::ErrorKind;
use serde::Serialize;

use crate::arguments::Global;
use crate::layout::Text;
use api::visible::{visible, visible_json};

/// The two streams and how to write on them.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
    verbose: bool,
    /// Notes of a run with `--json`. Its error is one document on standard error, so notes wait until it is clear that there is none.
    waiting: RefCell<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorDocument<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
    hint: &'a str,
    safe: &'a str,
    fields: &'a std::collections::BTreeMap<String, String>,
}

/// A list as every list is shown: rows, cursor, total.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listing<'a, T> {
    items: &'a [T],
    next: Option<String>,
    total: api::view::Total,
}

impl<'a, T> Listing<'a, T> {
    /// A list that is short enough to come whole.
    pub(crate) fn whole(items: &'a [T]) -> Self {
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        Self { items, next: None, total: api::view::Total { count, at_least: false } }
    }
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        Self { json: global.json, quiet: global.quiet, verbose: global.verbose, waiting: RefCell::default() }
    }

    /// Whether the result goes out as JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Writes the result: the view as JSON, or as text.
    pub(crate) fn result<V: Serialize>(&self, view: &V, text: impl FnOnce(&V) -> Text) -> Result<(), ApiError> {
        if self.json {
            let mut document = serde_json::to_string_pretty(view).map_err(|cause| ApiError::new(ErrorCode::Internal).because(cause))?;
            document.push('\n');
            Self::bytes(visible_json(&document).as_bytes())
        } else {
            Self::bytes(text(view).as_str().as_bytes())
        }
    }

    /// Writes bytes that were asked for as such.
    pub(crate) fn bytes(bytes: &[u8]) -> Result<(), ApiError> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            // Whoever reads the other end has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(ApiError::new(ErrorCode::Io).with("path", "standard output").with("problem", error)),
            Ok(()) => Ok(()),
        }
    }

    /// Says something that is not the result, unless told to be quiet.
    pub(crate) fn note(&self, note: &str) {
        if self.quiet {
            return;
        }
        let lines: String = note.lines().map(|line| format!("{}\n", visible(line))).collect();
        if self.json {
            self.waiting.borrow_mut().push_str(&lines);
        } else {
            Self::stderr(&lines);
        }
    }

    /// Says the notes that waited: the run ended without an error.
    pub(crate) fn finish(&self) {
        Self::stderr(&self.waiting.take());
    }

    /// Shows an error: what happened, what is safe, what to do next.
    pub(crate) fn error(&self, error: &ApiError) {
        let words = words::error(error);
        let next = words.cli.as_deref().unwrap_or(&words.next);
        if self.json {
            let body = ErrorBody { code: error.code.as_str(), message: &words.title, hint: next, safe: &words.safe, fields: &error.fields };
            Self::error_document(&body);
        } else {
            Self::stderr(&format!("error: {}\nsafe: {}\nnext: {}\n", visible(&words.title), visible(&words.safe), visible(next)));
        }
        if self.verbose
            && let Some(cause) = &error.cause
        {
            Self::stderr(&format!("cause: {}\n", visible(cause)));
        }
    }

    /// Shows why the arguments cannot be understood; help that was asked for is not an error.
    pub(crate) fn refuse_usage(refusal: &clap::Error) -> ExitCode {
        let asked_for = matches!(refusal.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        if asked_for || !std::env::args_os().any(|argument| argument == "--json") {
            // Nothing is left to tell it to when the stream is gone.
            let _printed = refusal.print();
        } else {
            let rendered = refusal.render().to_string();
            let problem = usage_problem(&rendered);
            Self { json: true, quiet: false, verbose: false, waiting: RefCell::default() }.error(&crate::invocation::usage(&problem));
        }
        ExitCode::from(if asked_for { 0 } else { 2 })
    }

    /// Whether progress may be drawn.
    pub(crate) fn draws_progress(&self) -> bool {
        !self.quiet && !self.json && io::stderr().is_terminal()
    }

    fn error_document(body: &ErrorBody<'_>) {
        let document = serde_json::to_string_pretty(&ErrorDocument { error: ErrorBody { ..*body } });
        if let Ok(document) = document {
            Self::stderr(&format!("{}\n", visible_json(&document)));
        }
    }

    fn stderr(text: &str) {
        // When standard error is gone there is nobody left to tell.
        let _written = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// What clap says is wrong, in one line: which arguments it is about stands in the lines below the first, up to the usage.
fn usage_problem(rendered: &str) -> String {
    let told = rendered.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"));
    let told: Vec<_> = told.filter(|line| !line.is_empty()).collect();
    told.join(" ").trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::usage_problem;

    #[test]
    fn the_argument_that_is_wrong_is_named() {
        let missing = "error: the following required arguments were not provided:\n  --name <TEXT>\n  <PATH>\n\nUsage: chancery registry create\n\nFor more information, try '--help'.\n";
        assert_eq!(usage_problem(missing), "the following required arguments were not provided: --name <TEXT> <PATH>");
        let value =
            "error: invalid value 'x' for '--keys <KEYS>'\n  [possible values: os, passphrase]\n\nFor more information, try '--help'.\n";
        assert_eq!(usage_problem(value), "invalid value 'x' for '--keys <KEYS>' [possible values: os, passphrase]");
    }
}
