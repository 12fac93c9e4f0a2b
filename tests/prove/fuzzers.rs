//! The readers under libFuzzer, ten minutes each, two at a time.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::time::Instant;
use std::{fs, thread};

use suite::reading::{READERS, Read};
use suite::vectors;

use crate::{Said, Scale, verdict};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz");
/// Seconds for each.
const SECONDS: u32 = 600;
/// The same when only a glance is wanted.
const GLANCE: u32 = 10;
/// The longest input, and the longest file that one starts from.
const LONGEST: usize = 8192;
/// Files that one starts from, at most.
const SEEDS: usize = 400;

/// Proves it.
pub fn prove(scale: Scale) -> Said {
    let mut said = Said::default();
    let build =
        Command::new("cargo").args(["fuzz", "build", "--fuzz-dir", FOLDER]).current_dir(FOLDER).env("RUSTC_BOOTSTRAP", "1").status();
    if !build.is_ok_and(|status| status.success()) {
        said.text.push_str("The fuzzers could not be built. They need `cargo install cargo-fuzz` and a C++ compiler.\n");
        said.broken.push("the fuzzers could not be built".to_owned());
        return said;
    }
    let seconds = if scale.quick { GLANCE } else { SECONDS };
    said.text.push_str(
        "Each starts from the files of `cryptography-vectors` and `tests/data` that its reader takes, with the address sanitizer; an input that \
         takes over 100 ms of the processor's time, or holds over 64 MB at a time, counts as broken.\n\n| fuzzer | inputs | time | slowest input | most memory | |\n\
         |---|--:|--:|--:|--:|---|\n",
    );
    let files = vectors::all();
    let waiting = Mutex::new(READERS.iter());
    let rows = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
                    let Some((name, read)) = next else { return };
                    eprintln!("fuzzing: {name}");
                    let row = fuzz(name, *read, &files, seconds);
                    if let Ok(mut rows) = rows.lock() {
                        rows.push(row);
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort();
    for Row { name, inputs, seconds, slowest, largest, broken } in rows {
        let (slowest, largest) = (slowest.div_ceil(1000), largest.div_ceil(1024));
        let _ = writeln!(said.text, "| {name} | {inputs} | {seconds} s | {slowest} ms | {largest} KB | {} |", verdict(broken.is_none()));
        said.broken.extend(broken.into_iter().map(|words| format!("{name}: {words}")));
    }
    said
}

/// What a fuzzer told.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    name: String,
    /// Inputs that it tried.
    inputs: u64,
    /// How long it ran.
    seconds: u64,
    /// The longest that it took for one, in microseconds.
    slowest: u64,
    /// The most memory that it held for one, in octets.
    largest: u64,
    /// Its last words, if it found something.
    broken: Option<String>,
}

/// What never ends is found by the clock on the wall, which runs on while other programs have the processors; what is slow, by the processor's time.
const HANGS: &str = "-timeout=25";

fn fuzz(name: &str, read: Read, files: &[(String, Vec<u8>)], seconds: u32) -> Row {
    let corpus = Path::new(FOLDER).join("corpus").join(name);
    let seeded = fs::create_dir_all(&corpus).and_then(|()| {
        let seeds = files.iter().filter(|(_, octets)| octets.len() <= LONGEST && read(octets)).take(SEEDS);
        seeds.enumerate().try_for_each(|(index, (_, octets))| fs::write(corpus.join(format!("seed-{index}")), octets))
    });
    let began = Instant::now();
    let said = seeded.map_err(|error| error.to_string()).and_then(|()| {
        let program = built(name).ok_or_else(|| "it is not built".to_owned())?;
        let time = format!("-max_total_time={seconds}");
        let length = format!("-max_len={LONGEST}");
        let prefix = format!("-artifact_prefix={}/", corpus.display());
        let arguments = [&time, &length, &prefix, HANGS, "-malloc_limit_mb=64", "-rss_limit_mb=2048", "-print_final_stats=1"];
        // SQLite's objects are compiled by GCC, whose sanitizer announces each global twice to that of LLVM: it would take them for two definitions.
        // Leaks are looked for with ptrace, which not every machine allows.
        let asan = ("ASAN_OPTIONS", "detect_odr_violation=0:detect_leaks=0");
        Command::new(program).args(arguments).arg(&corpus).env(asan.0, asan.1).output().map_err(|error| error.to_string())
    });
    match said {
        Ok(output) => {
            let inputs = number(&output, "stat::number_of_executed_units:");
            let (slowest, largest) = (number(&output, "limit::slowest-micros:"), number(&output, "limit::largest-octets:"));
            let last = || {
                String::from_utf8_lossy(&output.stderr)
                    .lines()
                    .rev()
                    .take(12)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .collect::<Vec<_>>()
                    .join(" / ")
            };
            // What measures must have measured.
            let broken = (!output.status.success() || inputs == 0 || slowest == 0 || largest == 0).then(last);
            Row { name: name.to_owned(), inputs, seconds: began.elapsed().as_secs(), slowest, largest, broken }
        }
        Err(problem) => Row { name: name.to_owned(), broken: Some(problem), ..Row::default() },
    }
}

/// `target/TRIPLE/release/NAME` of the fuzzers' own package.
fn built(name: &str) -> Option<PathBuf> {
    let folders = fs::read_dir(Path::new(FOLDER).join("target")).ok()?.flatten();
    folders.map(|folder| folder.path().join("release").join(name)).find(|program| program.is_file())
}

/// The last number that a fuzzer told under a name.
fn number(output: &Output, name: &str) -> u64 {
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().rev().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0)
}
