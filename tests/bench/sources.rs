//! Other people's lists: a directory of many document signers, and a CRL of many megabytes, taken and taken again.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use authority::pki::Certificate;
use serde_json::json;
use suite::ask;
use suite::master_list::{KeyOf, Workshop, ldif_entry};
use suite::seeded::{self, Seeding, command_line};

use crate::lists::grouped;
use crate::memory;
use crate::timing::Shown;

/// Document signers in the directory, and octets of the CRL.
const SIGNERS: usize = 30_000;
const CRL_OCTETS: usize = 21_000_000;
/// In how many seconds each is promised to be taken, and in how much memory.
const SECONDS: u64 = 15;
const MEMORY: u64 = 256 << 20;

/// Certificates of one authority, each with a serial number of its own: one that OpenSSL has signed, and others like it. What they are signed with is not asked.
fn directory(at: &Workshop, path: &Path, count: usize) {
    let csca = at.csca("UT", KeyOf::Curve("P-256"), "1");
    let model = at.below(&csca, "document", "document", KeyOf::Curve("P-256"), 300).der();
    let serial = Certificate::from_der(&model).expect("a certificate").serial().content_octets().to_vec();
    let place = model.windows(serial.len()).position(|part| part == serial).expect("its serial number");
    let mut file = BufWriter::new(std::fs::File::create(path).expect("a file"));
    file.write_all(b"version: 1\n\n").expect("written");
    for number in 0..count {
        let mut der = model.clone();
        let octets = u64::try_from(number).expect("a count").to_be_bytes();
        let start = place + serial.len() - octets.len();
        der[start..start + octets.len()].copy_from_slice(&octets);
        let entry = ldif_entry(&format!("o=dsc,cn={number},c=UT"), "userCertificate;binary", &der);
        file.write_all(entry.as_bytes()).expect("written");
    }
    file.flush().expect("written");
}

/// A CRL of so many octets, signed by OpenSSL: about 37 octets an entry.
fn crl(at: &Workshop, octets: usize) -> PathBuf {
    let csca = at.csca("UT", KeyOf::Curve("P-256"), "2");
    let serials: Vec<String> =
        (0..octets / 37).map(|number| format!("{:032X}", (1_u128 << 124) | u128::try_from(number).expect("a count"))).collect();
    let serials: Vec<&str> = serials.iter().map(String::as_str).collect();
    PathBuf::from(at.crl(&csca, "large.crl", &serials))
}

fn program(registry: &Path, words: &[&str]) -> Command {
    let mut program = Command::new(command_line());
    program.arg("--registry").arg(registry).args(words).stdout(Stdio::null()).stderr(Stdio::null());
    program
}

fn timed(program: &mut Command) -> (Duration, u64) {
    let start = Instant::now();
    let peak = memory::peak_of(program);
    (start.elapsed(), peak)
}

/// Prints a row for each list and what is done with it, and names the promises that are broken.
pub fn tell(most: u64, work: &Path) -> Vec<String> {
    let part = if most < 1_000_000 { 10 } else { 1 };
    let at = Workshop::new(work.join("sources"));
    let (ldif, count) = (work.join("directory.ldif"), SIGNERS / part);
    directory(&at, &ldif, count);
    let list = crl(&at, CRL_OCTETS / part);
    let registry = Seeding { certificates: 10, revoked: 0, authorities: 1 }.kept().path;
    let registry = seeded::copy(&registry, work);
    println!(
        "Each in a program of its own, from start to end: fetched from a file, believed, staged, compared, and put in the place of what was there.\n"
    );
    println!("| what | octets | taken first | refreshed, unchanged | peak of memory |\n|---|--:|--:|--:|--:|");
    let mut broken = Vec::new();
    for (name, kind, path, what) in [
        ("directory", "ldif", ldif.as_path(), format!("an LDIF of {} document signers", grouped(u64::try_from(count).expect("a count")))),
        ("list", "crl", list.as_path(), "a CRL".to_owned()),
    ] {
        let place = path.to_str().expect("UTF-8");
        let (first, peak) = timed(&mut program(&registry, &["source", "create", name, "--kind", kind, place, "--refresh-hours", "0"]));
        let (again, second) = timed(&mut program(&registry, &["source", "refresh", name]));
        let surface = seeded::open(&registry);
        let source = surface.source_show(ask(json!({ "source": name }))).expect("taken").source;
        assert!(source.failure.is_none() && source.quarantined == 0, "{source:?}");
        let octets = std::fs::metadata(path).expect("a file").len();
        let peak = peak.max(second);
        println!("| {what} | {} | {} | {} | {} |", grouped(octets), Shown(first), Shown(again), grouped(peak));
        if first.as_secs() >= SECONDS {
            broken.push(format!("{what} is taken in {} seconds, not in {SECONDS}", first.as_secs()));
        }
        if peak > MEMORY {
            broken.push(format!("{what} is taken in {} octets of memory", grouped(peak)));
        }
        drop(surface);
    }
    broken
}
