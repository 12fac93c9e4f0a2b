//! The command line as a script meets it: the program itself is run, and its two streams and exit status are looked at.
#![expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests fail loudly, and run the program they test")]

mod answers;
mod audit;
mod authorities;
mod crl_run;
mod doctor;
mod errors;
#[cfg(target_os = "linux")]
mod full_disk;
mod issue_many;
#[cfg(target_os = "linux")]
mod locked_memory;
mod main_job;
mod profiles;
mod reference;
mod requests;
mod revoking;
mod usage;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse battery staple";

/// A folder of its own, in which the program runs without a terminal and without the environment of whoever runs the tests.
pub(crate) struct Folder {
    folder: TempDir,
}

/// What a run left behind.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    shown: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(folder.path("pass"), format!("{PASSPHRASE}\nsecond line\n")).unwrap();
        folder
    }

    /// A folder with the registry `team.chancery`, and in it the authorities `root` and `issuing`.
    pub(crate) fn with_authorities() -> Self {
        let folder = Self::new();
        folder.done("registry create team.chancery --name Team --keys passphrase");
        folder.done("authority create --name root --subject CN=Root,O=Example");
        folder.done(
            "authority create --name issuing --parent root --subject CN=Issuing,O=Example --crl-url http://pki.example.test/issuing.crl",
        );
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program with words that hold no blanks, on the registry `team.chancery` with its passphrase file.
    pub(crate) fn run(&self, line: &str) -> Ran {
        self.run_with(
            &line.split_whitespace().collect::<Vec<_>>(),
            &[("CHANCERY_REGISTRY", "team.chancery"), ("CHANCERY_PASSPHRASE_FILE", "pass")],
            "",
        )
    }

    /// Runs the program with nothing in its environment.
    pub(crate) fn bare(&self, line: &str) -> Ran {
        self.run_with(&line.split_whitespace().collect::<Vec<_>>(), &[], "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Ran {
        self.run_by(Command::new(env!("CARGO_BIN_EXE_chancery")), arguments, environment, input)
    }

    /// Runs a command that ends with the program, before its arguments.
    pub(crate) fn run_by(&self, mut command: Command, arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Ran {
        let mut child = command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that does not read its input is no fault.
        let _written = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Ran {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            shown: arguments.join(" "),
        }
    }

    /// Runs the program, which must end with 0.
    pub(crate) fn done(&self, line: &str) -> Ran {
        self.run(line).ends(0)
    }

    /// Runs the program with `--json`, which must end with 0, and gives the document.
    pub(crate) fn json(&self, line: &str) -> Value {
        self.done(&format!("{line} --json")).document()
    }

    /// Issues a server certificate and gives its serial.
    pub(crate) fn issue(&self, name: &str) -> String {
        let issued = self.json(&format!("cert issue --authority issuing --name {name} --out {name}.pem --plain-key"));
        text(&issued, "/certificate/serial")
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn ends(self, status: i32) -> Self {
        assert_eq!(self.status, status, "chancery {}\n{}{}", self.shown, self.out, self.err);
        self
    }

    /// Standard output as the one document it must be.
    #[track_caller]
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("chancery {}: {error}\n{}", self.shown, self.out))
    }

    /// The error that standard error must hold, alone; nothing may be on standard output.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        assert_eq!(self.out, "", "chancery {}", self.shown);
        let document: Value =
            serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("chancery {}: {error}\n{}", self.shown, self.err));
        document.get("error").unwrap().clone()
    }
}

#[track_caller]
pub(crate) fn text(document: &Value, pointer: &str) -> String {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {document:#}")).to_owned()
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
