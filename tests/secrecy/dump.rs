//! A program that is killed in the middle of its work leaves no core dump, whatever the shell it was started from allows.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};

use suite::Sandbox;
use suite::sandbox::PASSPHRASE;

/// Starts the program, unlocks, and sends it `SIGABRT`; gives how it ended, its limits while it ran, and the files that were not there before.
fn aborted(arguments: &[&str]) -> (ExitStatus, String, Vec<String>) {
    let sandbox = Sandbox::with_vault();
    sandbox.close();
    sandbox.write("passphrase", PASSPHRASE);
    let before = crate::names(sandbox.folder());
    // As much as this machine allows: an administrator may allow nothing.
    let script = "ulimit -c $(ulimit -H -c); exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_memory-driver")]).arg(sandbox.folder()).args(arguments);
    let mut child = command
        .current_dir(sandbox.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let (mut input, mut answers) = (child.stdin.take().expect("its input"), BufReader::new(child.stdout.take().expect("its output")));
    for word in ["open", "unlock"] {
        writeln!(input, "{word}").expect("it listens");
        let mut answer = String::new();
        answers.read_line(&mut answer).expect("an answer");
        assert_eq!(answer, "done\n");
    }
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).expect("its limits");
    let limit = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit").to_owned();
    assert!(Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().expect("kill (package procps)").success());
    let ended = child.wait().expect("it ends");
    let new = crate::names(sandbox.folder()).into_iter().filter(|name| !before.contains(name) && name.contains("core")).collect();
    (ended, limit, new)
}

/// SIGABRT.
const ABORT: i32 = 6;

#[test]
fn an_aborted_program_leaves_no_core_dump() {
    let (ended, limit, files) = aborted(&["private"]);
    assert_eq!((ended.signal(), ended.core_dumped(), files), (Some(ABORT), false, Vec::new()));
    let limits: Vec<&str> = limit.split_whitespace().filter(|word| word.parse::<u64>().is_ok() || *word == "unlimited").collect();
    assert_eq!(limits, ["0", "0"], "{limit}");
    // The same program that does not mind its memory has another limit, where this machine allows one: the test looks at what it should.
    let (ended, limit, _) = aborted(&[]);
    assert_eq!(ended.signal(), Some(ABORT));
    let allowed = Command::new("sh").args(["-c", "ulimit -H -c"]).output().expect("a shell");
    if String::from_utf8_lossy(&allowed.stdout).trim() != "0" {
        assert!(!limit.contains(" 0 "), "{limit}");
    }
}
