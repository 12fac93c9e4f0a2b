//! Building a CRL, beside the digest and one write of the same bytes, and beside OpenSSL.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use api::Surface;
use authority::pki::crl::RevokedEntry;
use authority::pki::{RevocationReason, SerialNumber};
use authority::registry::{NewCrlEntry, NewRevocation, Registry, RegistryError, known_schema};
use aws_lc_rs::digest;
use serde_json::json;
use suite::ask;
use suite::sandbox::tester;
use suite::seeded::{self, Seeding};
use time::OffsetDateTime;

use crate::lists::grouped;
use crate::memory;
use crate::timing::{Shown, Times, once, ratio};

/// Revocations per transaction.
const BATCH: u64 = 50_000;

/// A kept registry of one authority with so many revoked serials, as they come in from CRLs that were issued elsewhere.
pub fn revoked(entries: u64) -> PathBuf {
    let path = seeded::folder().join(format!("revoked-{entries}-schema-{}.chancery", known_schema()));
    let note = path.with_extension("whole");
    if !note.exists() {
        seeded::remove(&path);
        Seeding { certificates: 1, revoked: 0, authorities: 1 }.fill(&path);
        fill(&path, entries);
        fs::write(&note, "").expect("a note");
    }
    path
}

fn fill(path: &Path, entries: u64) {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).expect("a second");
    let registry = Registry::open(path, &tester(), now).expect("opened");
    let mut done = 0;
    while done < entries {
        let count = BATCH.min(entries - done);
        let outcome: Result<(), RegistryError> = registry.write(|tx| {
            let authority = tx.authorities()?.pop().expect("an authority");
            let generation = tx.current_generation(authority.id)?.expect("a generation").generation.id;
            for _ in 0..count {
                let mut random = [0; 20];
                aws_lc_rs::rand::fill(&mut random).expect("randomness");
                let serial = SerialNumber::from_entropy(random);
                let reason = RevocationReason::Superseded;
                let entry = RevokedEntry { serial: serial.clone(), revoked_at: now, reason: Some(reason), invalidity_date: None };
                tx.insert_revocation(&NewRevocation {
                    authority: authority.id,
                    generation,
                    issuer: authority.issuer_name.clone(),
                    serial: serial.clone(),
                    certificate: None,
                    revoked_at: now,
                    reason,
                    invalidity_date: None,
                    note: None,
                    hold_instruction: None,
                })?;
                tx.insert_crl_entry(&NewCrlEntry { generation, serial, encoded: entry.encode(), not_after: None })?;
            }
            tx.mark_crl_stale(generation, now)
        });
        outcome.expect("revoked");
        done += count;
        if entries > 1 {
            eprintln!("revoking {entries}: {done}");
        }
    }
}

fn build(surface: &Surface) {
    surface.crl_build(ask(json!({ "authority": "Seed CA 1" }))).expect("a CRL");
}

/// How much longer than the floor a list may take, and how much longer than ours OpenSSL's has to, for the longest.
const PROMISED_WHOLE: f64 = 5.0;
const PROMISED_ONE_MORE: f64 = 2.5;
const PROMISED_OPENSSL: f64 = 25.0;
const PROMISED_MEMORY: f64 = 3.0;
/// Lists made one after another to see what each leaves behind.
const REBUILT: u64 = 1_000;

/// The times of one size.
struct Measured {
    entries: u64,
    bytes: u64,
    whole: Duration,
}

/// Prints a row for each size, and names the promises that are broken.
pub fn sizes(sizes: &[u64], work: &Path) -> Vec<String> {
    println!(
        "The floor is the digest of the CRL with the hash of the CA's signature (SHA-256) and one sequential write of its size, synced. \"Whole\" is a registry"
    );
    println!(
        "that was opened just now: all entries copied from it, signed, the signature checked, read back and recorded. \"One more\" is the next, after one more"
    );
    println!("revocation. \"First\" is the list on which all of them stand for the first time.\n");
    println!(
        "| entries | bytes | the floor | whole | times the floor | one more | times the floor | peak of memory | times the CRL | first |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut broken = Vec::new();
    let measured: Vec<Measured> = sizes.iter().map(|entries| size(*entries, work, Some(entries) == sizes.last(), &mut broken)).collect();
    let (Some(least), Some(most)) = (measured.first(), measured.last()) else { return broken };
    let (times, growth) = (ratio(most.whole, least.whole), most.entries as f64 / least.entries as f64);
    println!("\n{growth:.0} times the entries take {times:.1} times as long.\n");
    if times > growth {
        broken.push(format!("a CRL of {growth:.0} times the entries takes {times:.1} times as long"));
    }
    let theirs = openssl(most.entries, work);
    let factor = ratio(theirs, most.whole);
    println!("`openssl ca -gencrl` makes a CRL of {} entries in {}: {factor:.0} times as long.\n", grouped(most.entries), Shown(theirs));
    if factor < PROMISED_OPENSSL {
        broken.push(format!("openssl ca -gencrl takes {factor:.1} times as long, not {PROMISED_OPENSSL} times"));
    }
    broken.extend(rebuilt(least, work));
    broken
}

fn size(entries: u64, work: &Path, longest: bool, broken: &mut Vec<String>) -> Measured {
    let kept = revoked(entries);
    // Only the first CRL after a revocation marks its entry as listed; of a kept registry that was once.
    let note = kept.with_extension("first-crl");
    if !note.exists() {
        let surface = seeded::open(&kept);
        let first = once(&mut || build(&surface));
        fs::write(&note, first.as_millis().to_string()).expect("a note");
    }
    let first = fs::read_to_string(&note).expect("a note").trim().parse().map(Duration::from_millis).expect("a number");
    let path = seeded::copy(&kept, work);
    let out = work.join("list.crl");
    seeded::open(&path)
        .crl_export(ask(json!({ "authority": "Seed CA 1", "format": "der", "out": out, "overwrite": true })))
        .expect("exported");
    let bytes = fs::read(&out).expect("the CRL");
    let length = bytes.len() as u64;
    let runs = if entries > 100_000 { 7 } else { 15 };
    let (mut floors, mut wholes, mut ones) = (Vec::new(), Vec::new(), Vec::new());
    let mut peak = 0;
    for round in 0..=runs {
        let surface = seeded::open(&path);
        let floor = once(&mut || floor(&bytes, &out));
        memory::forget_peak();
        let whole = once(&mut || build(&surface));
        fill(&path, 1);
        let one = once(&mut || build(&surface));
        // What the bench itself holds is not the program's.
        peak = peak.max(memory::peak().saturating_sub(length));
        if round > 0 {
            floors.push(floor);
            wholes.push(whole);
            ones.push(one);
        }
    }
    let [floor, whole, one] = [floors, wholes, ones].map(|times| Times::from(times).quick());
    let times_memory = peak as f64 / length as f64;
    println!(
        "| {} | {} | {} | {} | {:.1} | {} | {:.1} | {} | {times_memory:.1} | {} |",
        grouped(entries),
        grouped(length),
        Shown(floor),
        Shown(whole),
        ratio(whole, floor),
        Shown(one),
        ratio(one, floor),
        grouped(peak),
        Shown(first),
    );
    if longest {
        let promises = [
            ("a whole CRL", ratio(whole, floor), PROMISED_WHOLE, "times the floor"),
            ("a CRL after one more revocation", ratio(one, floor), PROMISED_ONE_MORE, "times the floor"),
            ("a CRL", times_memory, PROMISED_MEMORY, "times its size in memory"),
        ];
        for (what, times, promised, of) in promises.into_iter().filter(|(_, times, promised, _)| times > promised) {
            broken.push(format!("{what} of {} entries takes {times:.1} {of}, not {promised}", grouped(entries)));
        }
    }
    seeded::remove(&path);
    Measured { entries, bytes: length, whole }
}

/// The least that anybody does who signs a list and keeps it.
fn floor(bytes: &[u8], out: &Path) {
    std::hint::black_box(digest::digest(&digest::SHA256, bytes));
    let mut file = fs::File::create(out).expect("a file");
    file.write_all(bytes).expect("written");
    file.sync_all().expect("synced");
}

/// How long `openssl ca -gencrl` takes for as many entries.
fn openssl(entries: u64, work: &Path) -> Duration {
    let folder = work.join("openssl");
    fs::create_dir_all(&folder).expect("a folder");
    let mut index = String::new();
    for serial in 0..entries {
        // As long as ours: 20 octets.
        writeln!(index, "R\t351231235959Z\t260101000000Z,superseded\t7A{serial:038X}\tunknown\t/CN=host{serial}").expect("a line");
    }
    let config = "[ca]\ndefault_ca = it\n[it]\ndatabase = index.txt\ncertificate = ca.crt\nprivate_key = ca.key\ncrlnumber = number\ndefault_md = sha256\n\
        default_crl_days = 7\nunique_subject = no\ncrl_extensions = ext\n[ext]\nauthorityKeyIdentifier = keyid\n";
    for (name, text) in [("index.txt", index.as_str()), ("ca.cnf", config), ("number", "01\n")] {
        fs::write(folder.join(name), text).expect("written");
    }
    let run = |arguments: &[&str]| {
        let done = Command::new("openssl").args(arguments).current_dir(&folder).output().expect("openssl");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key"];
    run(&[["req", "-x509", "-subj", "/CN=CA", "-out", "ca.crt"].as_slice(), key.as_slice()].concat());
    once(&mut || run(&["ca", "-gencrl", "-config", "ca.cnf", "-out", "list.pem"]))
}

/// What each of many lists leaves in the registry.
fn rebuilt(of: &Measured, work: &Path) -> Option<String> {
    let path = seeded::copy(&revoked(of.entries), work);
    let size = || {
        let surface = seeded::open(&path);
        build(&surface);
        drop(surface);
        fs::metadata(&path).expect("a file").len()
    };
    let before = size();
    let surface = seeded::open(&path);
    for _ in 0..REBUILT {
        fill(&path, 1);
        build(&surface);
    }
    drop(surface);
    let each = size().saturating_sub(before) / REBUILT;
    println!(
        "A registry of {} revoked serials grew by {} bytes for each of {} CRLs of {} bytes, each after one more revocation.\n",
        grouped(of.entries),
        grouped(each),
        grouped(REBUILT),
        grouped(of.bytes)
    );
    seeded::remove(&path);
    (each > of.bytes / 20).then(|| format!("each CRL leaves {each} bytes in the registry"))
}
