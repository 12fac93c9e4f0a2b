//! Taking over many certificates from one file: beside XCA, which does the same, and beside the signature checks that it cannot do without.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use authority::pki::encoding::{Object, recognise};
use authority::pki::{Certificate, PublicKey};
use serde_json::json;
use suite::ask;
use suite::data::data;
use suite::judges::sqlite::sqlite;
use suite::paging::each_certificate;
use suite::seeded::{self, SEED_PASSPHRASE, Seeded, Seeding, command_line};

use crate::lists::grouped;
use crate::memory::{peak_of, peak_until};
use crate::timing::{Shown, of_programs, once, processor_of, ratio};

/// How many times faster than XCA it is to be.
const FASTER: f64 = 300.0;
/// After so many times as long XCA is stopped: what it would have needed is more than that. It slows down as it fills, to most of an hour.
const ENOUGH: u32 = 1_000;
/// How many times the signature checks on all cores it may take, where these are dear.
const TIMES_THE_CHECKS: f64 = 2.0;
/// How many times longer ten times as many may take.
const TIMES_TEN: f64 = 11.0;
/// The password of the database that XCA starts from.
const XCA_PASSWORD: &str = "--password=pass:Tr0ub4dor";
/// Runs of what takes a second; the quickest counts.
const RUNS: usize = 3;

/// What it took to take a bundle in, and to open what it was taken into.
struct Taken {
    took: Duration,
    opened: Duration,
    /// The most memory at a time, in octets.
    peak: u64,
}

/// Prints the comparisons; tells what was promised and is not kept. `quick` does with a tenth.
pub fn tell(quick: bool, folder: &Path) -> Vec<String> {
    let few: u64 = if quick { 1_000 } else { 10_000 };
    let mut broken = Vec::new();
    let small = seeded_bundle(few, folder);
    let ours = ours(&small, folder);
    println!("| what | certificates | import | most memory | beside |\n|---|--:|--:|--:|---|");
    let many = seeded_bundle(few * 10, folder);
    let large = self::ours(&many, folder);
    let factor = ratio(large.took, ours.took);
    println!(
        "| ten times as many | {} | {} | {} | {factor:.1} times as long |",
        grouped(few * 10),
        Shown(large.took),
        mebibytes(large.peak)
    );
    if factor > TIMES_TEN {
        broken.push(format!("ten times as many certificates take {factor:.1} times as long"));
    }
    let (p384, checks) = issued_bundle(few, folder);
    let dear = self::ours(&p384, folder);
    let factor = ratio(dear.took, checks);
    println!(
        "| issuer P-384 | {} | {} | {} | {factor:.2} times the signature checks on all cores, {} |",
        grouped(few),
        Shown(dear.took),
        mebibytes(dear.peak),
        Shown(checks)
    );
    if factor > TIMES_THE_CHECKS {
        broken.push(format!("an import under a P-384 issuer takes {factor:.2} times the signature checks"));
    }
    println!("\n| what | certificates | import | opened afterwards | most memory |\n|---|--:|--:|--:|--:|");
    row("Chancery, issuer P-256", few, &ours);
    match xca(&small, folder, ours.took * ENOUGH) {
        Some((theirs, count)) => {
            row("XCA 2.4, headless, the same file", count, &theirs);
            if count < few {
                println!("\nXCA was stopped after {ENOUGH} times as long, with {} of {} certificates in.", grouped(count), grouped(few));
            }
            let (import, open) = (ratio(theirs.took, ours.took), ratio(theirs.opened, ours.opened));
            println!(
                "\nXCA takes {import:.0} times as long to import, {open:.0} times to open, and {:.2} times the memory. Of XCA, which works on one processor, its",
                times(theirs.peak, ours.peak)
            );
            println!(
                "time of a processor is told, so that nothing else counts in it; of Chancery, whose figures are from before XCA began, the time on the clock.\n"
            );
            for (what, factor) in [("an import", import), ("opening", open)] {
                if !quick && factor < FASTER {
                    broken.push(format!("{what} is {factor:.0} times faster than XCA's, not {FASTER}"));
                }
            }
            if theirs.peak <= ours.peak {
                broken.push("an import takes more memory than XCA's".to_owned());
            }
        }
        None => println!("\nXCA is not installed: nothing to compare with.\n"),
    }
    broken
}

fn row(what: &str, count: u64, taken: &Taken) {
    println!("| {what} | {} | {} | {} | {} |", grouped(count), Shown(taken.took), Shown(taken.opened), mebibytes(taken.peak));
}

fn mebibytes(octets: u64) -> String {
    format!("{} MiB", octets >> 20)
}

fn times(more: u64, less: u64) -> f64 {
    Duration::from_micros(more).as_secs_f64() / Duration::from_micros(less.max(1)).as_secs_f64()
}

/// The certificates of a registry in one file, its authorities' first.
fn bundle_of(registry: &Path, to: &Path) {
    let surface = seeded::open(registry);
    let (mut leaves, mut pem) = (String::new(), String::new());
    each_certificate(&surface, |item| if item.kind == "authority" { &mut pem } else { &mut leaves }.push_str(&item.pem));
    pem.push_str(&leaves);
    fs::write(to, pem).expect("a bundle");
}

fn seeded_bundle(count: u64, folder: &Path) -> PathBuf {
    let Seeded { path, .. } = Seeding { certificates: count, revoked: 0, authorities: 1 }.kept();
    let to = folder.join(format!("bundle-{count}.pem"));
    bundle_of(&path, &to);
    to
}

/// As many certificates under a P-384 authority, and what checking their signatures takes on all cores.
fn issued_bundle(count: u64, folder: &Path) -> (PathBuf, Duration) {
    let surface = new_registry(&folder.join("p384.chancery"));
    let root = json!({ "name": "Root", "subject": "CN=Bench Root", "key": "ec-p384" });
    surface.authority_create(ask(root)).expect("an authority");
    let rows: String = (0..count).map(|row| format!("bench-{row}.example.test,ec-p256\n")).collect();
    let (table, out) = (folder.join("p384.csv"), folder.join("p384-out"));
    fs::write(&table, format!("names,key\n{rows}")).expect("a table");
    let draft = json!({ "authority": "Root", "csv": table });
    surface.issue_many_run(ask(json!({ "draft": draft, "out": out, "plainKey": true }))).expect("issued");
    surface.registry_close(api::request::Nothing {}).expect("closed");
    let to = folder.join("p384.pem");
    bundle_of(&folder.join("p384.chancery"), &to);
    let found = recognise(&fs::read(&to).expect("a bundle"), &[]).found;
    let certificates: Vec<Certificate> = found
        .into_iter()
        .filter_map(|found| match found.object {
            Ok(Object::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    let key = certificates.first().expect("the root").public_key().clone();
    let took = quickest(|| once(&mut || check(&certificates, &key)));
    (to, took)
}

/// Checks every signature, each core a share.
fn check(certificates: &[Certificate], key: &PublicKey) {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for share in certificates.chunks(certificates.len().div_ceil(cores)) {
            scope.spawn(move || assert!(share.iter().all(|certificate| certificate.signed_by(key).is_valid())));
        }
    });
}

fn quickest(run: impl FnMut() -> Duration) -> Duration {
    std::iter::repeat_with(run).take(RUNS).min().expect("there are runs")
}

fn new_registry(path: &Path) -> api::Surface {
    seeded::remove(path);
    let surface = seeded::surface();
    let request = json!({ "path": path, "name": "Taken in", "keys": "passphrase", "passphrase": SEED_PASSPHRASE });
    surface.registry_create(ask(request)).expect("a registry");
    surface
}

fn silent(program: &mut Command) -> bool {
    program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The command line, from start to end of the program, into a new registry each time; then a first look at it.
fn ours(bundle: &Path, folder: &Path) -> Taken {
    let registry = folder.join("taken.chancery");
    let program = |arguments: &[&str]| {
        let mut program = Command::new(command_line());
        program.arg("--registry").arg(&registry).args(arguments);
        program
    };
    let file = bundle.to_str().expect("UTF-8");
    let fresh = || drop(new_registry(&registry).registry_close(api::request::Nothing {}));
    let mut times = Vec::new();
    for _ in 0..RUNS {
        fresh();
        times.push(once(&mut || assert!(silent(&mut program(&["import", file])), "taken in")));
    }
    let opened = quickest(|| once(&mut || assert!(silent(&mut program(&["cert", "list"])), "listed")));
    fresh();
    let peak = peak_of(&mut program(&["import", file]));
    Taken { took: times.into_iter().min().expect("there are runs"), opened, peak }
}

/// XCA without its window, into a database of its own with a few objects in it, for `longest` of a processor; then the shortest thing that opens it. With how
/// many certificates it took. `None` where there is no XCA.
fn xca(bundle: &Path, folder: &Path, longest: Duration) -> Option<(Taken, u64)> {
    if !silent(Command::new("xca").args(["--no-gui", "--version"])) {
        return None;
    }
    let database = folder.join("beside.xdb");
    let program = |more: &[&str]| {
        let mut program = Command::new("xca");
        program.args(["--no-gui", XCA_PASSWORD, "--exit"]).arg(format!("--database={}", database.display())).args(more);
        program.stdin(Stdio::null());
        program
    };
    fs::copy(data("xca/acme.xdb"), &database).expect("a database");
    let file = bundle.to_str().expect("UTF-8");
    let count = || sqlite(database.to_str().expect("UTF-8"), "SELECT count(*) FROM certs").trim().parse::<u64>().expect("a number");
    let before = count();
    let mut peak = 0;
    let enough = |process| processor_of(process) >= longest;
    let took = of_programs(&mut || peak = peak_until(&mut program(&["--import", file]), Duration::from_millis(10), enough));
    let taken = count() - before;
    let opened = quickest(|| of_programs(&mut || assert!(silent(&mut program(&["--issuers"])), "opened")));
    Some((Taken { took, opened, peak }, taken))
}
