//! The readers under libFuzzer, ten minutes of a processor each, two at a time. `CHANCERY_FUZZERS=crl,name` runs these alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Mutex;
use std::time::Duration;
use std::{fs, io, thread};

use suite::reading::{READERS, Read};
use suite::vectors;

use crate::{Said, Scale, verdict};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz");
/// Seconds of a processor for each: what other programs take meanwhile does not count.
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
         takes over 100 ms of the processor's time, or holds over 64 MB at a time, counts as broken.\n\n| fuzzer | inputs | of a processor | slowest input | most memory | |\n\
         |---|--:|--:|--:|--:|---|\n",
    );
    let files = vectors::all();
    let named = std::env::var("CHANCERY_FUZZERS").unwrap_or_default();
    let named: Vec<&str> = named.split(',').filter(|name| !name.is_empty()).collect();
    if let Some(unknown) = named.iter().find(|wanted| !READERS.iter().any(|(name, _)| name == *wanted)) {
        said.broken.push(format!("there is no fuzzer {unknown:?}"));
        return said;
    }
    let waiting = Mutex::new(READERS.iter().filter(|(name, _)| named.is_empty() || named.contains(name)));
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
    /// How long it had a processor.
    seconds: u64,
    /// The longest that it took for one, in microseconds.
    slowest: u64,
    /// The most memory that it held for one, in octets.
    largest: u64,
    /// Its last words, if it found something.
    broken: Option<String>,
}

/// What never ends is found by the clock on the wall, which runs on while other programs have the processors; what is slow, by the processor's time.
const HANGS: &str = "-timeout=300";

fn fuzz(name: &str, read: Read, files: &[(String, Vec<u8>)], seconds: u32) -> Row {
    let corpus = Path::new(FOLDER).join("corpus").join(name);
    let seeded = fs::create_dir_all(&corpus).and_then(|()| {
        let seeds = files.iter().filter(|(_, octets)| octets.len() <= LONGEST && read(octets)).take(SEEDS);
        seeds.enumerate().try_for_each(|(index, (_, octets))| fs::write(corpus.join(format!("seed-{index}")), octets))
    });
    let said = seeded.and_then(|()| {
        let program = built(name).ok_or_else(|| io::Error::other("it is not built"))?;
        let length = format!("-max_len={LONGEST}");
        let prefix = format!("-artifact_prefix={}/", corpus.display());
        let arguments = [&length, &prefix, HANGS, "-malloc_limit_mb=64", "-rss_limit_mb=2048", "-print_final_stats=1"];
        let words = Path::new(FOLDER).join("target").join(format!("{name}.log"));
        // SQLite's objects are compiled by GCC, whose sanitizer announces each global twice to that of LLVM: it would take them for two definitions.
        // Leaks are looked for with ptrace, which not every machine allows.
        let asan = ("ASAN_OPTIONS", "detect_odr_violation=0:detect_leaks=0");
        let mut fuzzer =
            Command::new(program).args(arguments).arg(&corpus).env(asan.0, asan.1).stderr(fs::File::create(&words)?).spawn()?;
        let (succeeded, ran) = watched(&mut fuzzer, seconds)?;
        Ok((succeeded, ran, String::from_utf8_lossy(&fs::read(&words)?).into_owned()))
    });
    match said {
        Ok((succeeded, ran, words)) => {
            let inputs = number(&words, "stat::number_of_executed_units:");
            let (slowest, largest) = (number(&words, "limit::slowest-micros:"), number(&words, "limit::largest-octets:"));
            let last = || words.lines().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(" / ");
            // What measures must have measured.
            let broken = (!succeeded || inputs == 0 || slowest == 0 || largest == 0).then(last);
            Row { name: name.to_owned(), inputs, seconds: ran, slowest, largest, broken }
        }
        Err(problem) => Row { name: name.to_owned(), broken: Some(problem.to_string()), ..Row::default() },
    }
}

/// Waits until a fuzzer has had a processor for so many seconds, asks it to end, and tells whether it ended well and how long it had one.
fn watched(fuzzer: &mut Child, seconds: u32) -> io::Result<(bool, u64)> {
    let (mut ran, mut asked) = (0, false);
    loop {
        if let Some(status) = fuzzer.try_wait()? {
            return Ok((status.success(), ran));
        }
        ran = processor_seconds(fuzzer.id()).unwrap_or(ran);
        if ran >= u64::from(seconds) && !asked {
            // libFuzzer's signal for an end with its statistics.
            asked = Command::new("kill").args(["-USR1", &fuzzer.id().to_string()]).status()?.success();
        }
        thread::sleep(Duration::from_millis(500));
    }
}

/// How long a program has had a processor (proc(5): `utime` and `stime`, behind the name in parentheses, in hundredths of a second).
fn processor_seconds(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut hundredths = || fields.next()?.parse::<u64>().ok();
    Some((hundredths()? + hundredths()?) / 100)
}

/// `target/TRIPLE/release/NAME` of the fuzzers' own package.
fn built(name: &str) -> Option<PathBuf> {
    let folders = fs::read_dir(Path::new(FOLDER).join("target")).ok()?.flatten();
    folders.map(|folder| folder.path().join("release").join(name)).find(|program| program.is_file())
}

/// The last number that a fuzzer told under a name.
fn number(words: &str, name: &str) -> u64 {
    words.lines().rev().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0)
}
