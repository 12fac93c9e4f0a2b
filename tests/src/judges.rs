//! The judges: programs that others wrote. A judge that is missing is a failure that names its package, never a silent pass.

pub mod easy_rsa;
pub mod gnutls;
pub mod java;
pub mod nss;
pub mod openssl;
pub mod pkilint;
pub mod python;
pub mod sqlite;
pub mod webpki;

use std::ffi::OsStr;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a judge said.
#[derive(Debug)]
pub struct Verdict {
    /// Whether it is satisfied.
    pub accepted: bool,
    /// Its words, standard output before standard error.
    pub said: String,
}

impl Verdict {
    /// Fails unless the judge is satisfied; gives its words.
    #[track_caller]
    pub fn assert_accepted(self) -> String {
        assert!(self.accepted, "the judge refused: {}", self.said);
        self.said
    }

    /// Fails unless the judge refused with these words.
    #[track_caller]
    pub fn assert_refused(&self, because: &str) {
        assert!(!self.accepted, "the judge accepted what it should refuse: {}", self.said);
        assert!(self.said.contains(because), "the judge refused, but not because of {because:?}: {}", self.said);
    }
}

/// A judge, in English, in UTC, without the person's configuration.
pub(crate) fn judge(program: &str, package: &str) -> Judge {
    let mut command = Command::new(program);
    command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC").env_remove("OPENSSL_CONF").env_remove("JAVA_TOOL_OPTIONS").stdin(Stdio::null());
    Judge { command, program: program.to_owned(), package: package.to_owned(), input: String::new() }
}

/// A judge whose clock shows [`crate::NOW`].
pub(crate) fn judge_now(program: &str, package: &str) -> Judge {
    // Both must be there; `faketime` would only say that it cannot start the other one.
    assert!(on_path(program), "the judge `{program}` is missing: install the package `{package}`");
    judge("faketime", "faketime").arg("2026-11-22 12:00:00").arg(program)
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|folders| std::env::split_paths(&folders).any(|folder| folder.join(program).is_file()))
}

pub(crate) struct Judge {
    command: Command,
    program: String,
    package: String,
    input: String,
}

impl Judge {
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// What it reads from standard input.
    pub(crate) fn input(mut self, input: String) -> Self {
        self.input = input;
        self
    }

    fn output(mut self) -> Output {
        if !self.input.is_empty() {
            self.command.stdin(Stdio::piped());
        }
        let started = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut running = started.unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => panic!("the judge `{}` is missing: install the package `{}`", self.program, self.package),
            _ => panic!("the judge `{}` does not start: {error}", self.program),
        });
        let input = running.stdin.take();
        std::thread::scope(|scope| {
            // Beside the reading, so that neither waits for the other; a judge may end before it has read everything.
            scope.spawn(|| input.map(|mut input| input.write_all(self.input.as_bytes())));
            running.wait_with_output().expect("what the judge said")
        })
    }

    pub(crate) fn verdict(self) -> Verdict {
        let output = self.output();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Verdict { accepted: output.status.success(), said }
    }
}
