//! `strace`: counts the calls that change files, and kills before one of them, or lets it fail.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output};

use super::{Fault, Point};

/// The calls by which a program changes files or says something. Between two of them a kill finds the same files.
const CALLS: &str = "pwrite64,write,fsync,fdatasync,syncfs,ftruncate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat";

/// The calls that take octets from a program.
const WRITES: &str = "write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg";

/// SIGKILL.
const KILL: i32 = 9;

/// Runs a command and writes its calls to `log`.
pub(super) fn watched(command: &[String], log: &Path) -> Output {
    strace(&["-y", "-s", "0", "-o", log.to_str().expect("UTF-8"), "-e", &format!("trace={CALLS}")], command)
}

/// Runs a command and reads along what it writes, and where to.
pub(super) fn read(command: &[String]) -> (Output, Vec<Vec<u8>>) {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let path = log.path().to_str().expect("UTF-8");
    let output = strace(&["-y", "-xx", "-s", "100000000", "-o", path, "-e", &format!("trace={WRITES}")], command);
    let text = std::fs::read_to_string(log.path()).expect("the log of strace");
    (output, text.lines().map(unescaped).collect())
}

/// Runs a command and reads along everything that it does to files.
pub(super) fn traced(command: &[String]) -> (Output, String) {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let path = log.path().to_str().expect("UTF-8");
    let output = strace(&["-y", "-xx", "-s", "100000000", "-o", path, "-e", &format!("trace={}", super::trace::CALLS)], command);
    (output, std::fs::read_to_string(log.path()).expect("the log of strace"))
}

/// A line with its octets in the place of `\xNN`.
fn unescaped(line: &str) -> Vec<u8> {
    let mut parts = line.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
        bytes.extend(rest.as_bytes());
    }
    bytes
}

/// Runs a command and brings a fault upon its nth `call`; says whether it came.
pub(super) fn disturbed(command: &[String], fault: Fault, call: &str, nth: usize) -> (Output, bool) {
    let inject = match fault {
        Fault::Kill => format!("inject={call}:signal=KILL:when={nth}"),
        Fault::Full => format!("inject={call}:error=ENOSPC:when={nth}+"),
        Fault::Broken => format!("inject={call}:error=EIO:when={nth}"),
        Fault::Passing => {
            let error = if call.contains("write") || call.contains("truncate") { "ENOSPC" } else { "EIO" };
            format!("inject={call}:error={error}:when={nth}")
        }
    };
    let log = tempfile::NamedTempFile::new().expect("a file");
    let log = log.path();
    let (trace, log_text) = (format!("trace={call}"), log.to_str().expect("UTF-8"));
    let mut options = vec!["-o", log_text, "-s", "0", "-e", &trace, "-e", &inject];
    if fault != Fault::Kill {
        // Only the calls that matter stop the program. A signal does not arrive that way.
        options.push("--seccomp-bpf");
    }
    let output = strace(&options, command);
    let came = match fault {
        // `strace` ends as what it watched did.
        Fault::Kill => output.status.signal() == Some(KILL) || output.status.code() == Some(128 + KILL),
        Fault::Full | Fault::Broken | Fault::Passing => std::fs::read_to_string(log).expect("the log of strace").contains("(INJECTED)"),
    };
    (output, came)
}

fn strace(options: &[&str], command: &[String]) -> Output {
    let mut strace = Command::new("strace");
    strace.arg("-f").args(options).arg("--").args(command).env("LC_ALL", "C.UTF-8");
    strace.output().unwrap_or_else(|error| panic!("`strace` does not start (install the package `strace`): {error}"))
}

/// The calls in a log, in their order, numbered by name as `strace` counts them.
pub(super) fn points(log: &Path) -> Vec<Point> {
    let text = std::fs::read_to_string(log).expect("the log of strace");
    let (mut points, mut counts, mut processes) = (Vec::new(), BTreeMap::<String, usize>::new(), BTreeMap::<String, usize>::new());
    for line in text.lines() {
        let (process, rest) = line.split_once(' ').expect("a process number first");
        let Some((call, rest)) = rest.trim_start().split_once('(') else { continue };
        if !CALLS.split(',').any(|known| known == call) {
            continue;
        }
        *processes.entry(process.to_owned()).or_default() += 1;
        let nth = counts.entry(call.to_owned()).or_default();
        *nth += 1;
        points.push(Point { call: call.to_owned(), nth: *nth, shown: rest.chars().take(150).collect() });
    }
    // `strace` counts for each thread by itself.
    assert_eq!(processes.len(), 1, "more than one thread changes files: {processes:?}");
    points
}
