//! A program to start, with the line that repeats it by hand.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::workspace;

/// Why a step did not succeed: one message for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// A program, its arguments, its folder and what differs in its environment (`None` takes a variable away).
#[derive(Clone)]
pub(crate) struct Invocation {
    program: OsString,
    arguments: Vec<OsString>,
    folder: PathBuf,
    environment: Vec<(OsString, Option<OsString>)>,
}

impl Invocation {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        Self { program: program.as_ref().to_owned(), arguments: Vec::new(), folder: workspace::root(), environment: Vec::new() }
    }

    /// `cargo`, the same one that runs this program.
    pub(crate) fn cargo(arguments: &[&str]) -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).arguments(arguments)
    }

    pub(crate) fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub(crate) fn arguments<T: AsRef<OsStr>>(mut self, arguments: &[T]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    pub(crate) fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = folder.into();
        self
    }

    pub(crate) fn set(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), Some(value.as_ref().to_owned())));
        self
    }

    pub(crate) fn unset(mut self, name: &str) -> Self {
        self.environment.push((name.into(), None));
        self
    }

    /// The same work started by another program, which gets this one's program and arguments at its end.
    pub(crate) fn wrapped_in<T: AsRef<OsStr>>(self, program: &str, before: &[T]) -> Self {
        let mut arguments: Vec<OsString> = before.iter().map(|argument| argument.as_ref().to_owned()).collect();
        arguments.push(self.program);
        arguments.extend(self.arguments);
        Self { program: program.into(), arguments, ..self }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.folder);
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Runs to the end, passing the output through.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let status = self.command().status().map_err(|error| self.unstartable(&error))?;
        self.judge(status)
    }

    /// Starts it and returns at once.
    pub(crate) fn start(&self) -> Result<Child, Failure> {
        self.command().spawn().map_err(|error| self.unstartable(&error))
    }

    /// Runs to the end, passing the output through line by line and returning all of it.
    pub(crate) fn run_and_keep(&self) -> Result<Vec<String>, Failure> {
        let mut child = self.command().stdout(Stdio::piped()).spawn().map_err(|error| self.unstartable(&error))?;
        let mut lines = Vec::new();
        if let Some(output) = child.stdout.take() {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line)? > 0 {
                let mut terminal = std::io::stdout().lock();
                terminal.write_all(&line)?;
                terminal.flush()?;
                lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
        }
        self.judge(child.wait()?)?;
        Ok(lines)
    }

    /// Runs silently; `Some` is what it wrote to standard output, `None` that it is missing or failed.
    pub(crate) fn ask(&self) -> Option<String> {
        let output = self.command().stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn judge(&self, status: std::process::ExitStatus) -> Result<(), Failure> {
        if status.success() { Ok(()) } else { Err(Failure(format!("this command failed ({status}):\n  {self}"))) }
    }

    fn unstartable(&self, error: &std::io::Error) -> Failure {
        Failure(format!("this command could not be started ({error}):\n  {self}"))
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.folder != workspace::root() {
            write!(formatter, "cd {} && ", quoted(self.folder.as_os_str()))?;
        }
        for (name, value) in &self.environment {
            if let Some(value) = value {
                write!(formatter, "{}={} ", name.to_string_lossy(), quoted(value))?;
            }
        }
        let program = PathBuf::from(&self.program);
        let name = if program.file_stem() == Some(OsStr::new("cargo")) { OsString::from("cargo") } else { self.program.clone() };
        formatter.write_str(&quoted(&name))?;
        for argument in &self.arguments {
            write!(formatter, " {}", quoted(argument))?;
        }
        Ok(())
    }
}

/// The word as a POSIX shell wants it.
fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:@,+".contains(letter);
    if !word.is_empty() && word.chars().all(plain) { word.into_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_names_the_line_that_repeats_it() {
        let failure =
            Invocation::new("sh").arguments(&["-c", "exit 3"]).set("COLOUR", "two words").run().map_err(|failure| failure.to_string());
        assert_eq!(failure, Err("this command failed (exit status: 3):\n  COLOUR='two words' sh -c 'exit 3'".to_owned()));
    }

    #[test]
    fn a_missing_program_is_a_failure_that_names_it() {
        let failure = Invocation::new("no-such-program-here").run().map_err(|failure| failure.to_string());
        assert!(failure.is_err_and(|message| message.contains("could not be started") && message.contains("no-such-program-here")));
    }

    #[test]
    fn wrapping_puts_the_work_behind_the_wrapper() {
        let wrapped = Invocation::new("npm").arguments(&["run", "tour"]).wrapped_in("xvfb-run", &["-a"]);
        assert_eq!(wrapped.to_string(), "xvfb-run -a npm run tour");
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted(OsStr::new("it's")), r"'it'\''s'");
        assert_eq!(quoted(OsStr::new("")), "''");
        assert_eq!(quoted(OsStr::new("--a=b/c")), "--a=b/c");
    }
}
