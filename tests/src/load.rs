//! Many programs on one registry: writers issue, revoke and build CRLs while readers list and search. Each is a process of its own, the program
//! `load-driver`.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use api::request::Nothing;
use api::{ApiError, Host, Surface};
use authority::clock::FixedClock;
use authority::keystore::{KdfCost, MemoryKeyStore};
use authority::session::Host as Forces;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::sandbox::{PASSPHRASE, forces};
use crate::{NOW, ask};

/// A writer revokes one certificate of so many, and builds a CRL then.
const REVOKES_ONE_OF: u64 = 50;
/// What a reader does nothing for after each answer: people look at what they asked for.
const PAUSE: Duration = Duration::from_millis(500);

/// How many do how much.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Certificates in all.
    pub certificates: u64,
    /// Programs that issue them.
    pub writers: u64,
    /// Programs that list and search meanwhile.
    pub readers: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// From the first certificate to the last.
    pub took: Duration,
    /// How long each issuing took, in order.
    pub issued: Vec<Duration>,
    /// How long each first page took, in order.
    pub listed: Vec<Duration>,
    /// How long each search took, in order.
    pub searched: Vec<Duration>,
    /// How many CRLs were built.
    pub crls: usize,
    /// What was not as it should be.
    pub broken: Vec<String>,
}

/// What a driver says, a line each.
#[derive(Debug, Serialize, Deserialize)]
enum Said {
    Issued { serial: String, microseconds: u64 },
    Revoked { serial: String },
    Crl { number: u64 },
    Listed { microseconds: u64 },
    Searched { microseconds: u64 },
}

fn say(said: &Said) {
    let line = format!("{}\n", serde_json::to_string(said).expect("JSON"));
    std::io::stdout().lock().write_all(line.as_bytes()).expect("somebody listens");
}

fn surface() -> Surface {
    let forces = forces(&Arc::new(FixedClock::at(NOW)), &MemoryKeyStore::new());
    Surface::new(Host::of_a_test(Forces { passphrase_cost: KdfCost::CHEAP, ..forces }))
}

fn opened(file: &Path) -> Result<Surface, ApiError> {
    let surface = surface();
    surface.registry_open(ask(json!({ "path": file })))?;
    surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE })))?;
    Ok(surface)
}

/// Microseconds since `start`.
fn since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Keys that a writer's certificates share.
const KEYS: u64 = 64;

/// A request for a fresh key.
fn request() -> String {
    let arguments =
        ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=host"];
    let made = Command::new("openssl").args(arguments).output().expect("OpenSSL starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("PEM")
}

/// A writer: issues `count` certificates for names of its own.
///
/// # Errors
/// The surface's.
pub fn write(file: &Path, name: &str, count: u64) -> Result<(), ApiError> {
    let surface = opened(file)?;
    let requests: Vec<String> = (0..count.min(KEYS)).map(|_| request()).collect();
    for number in 0..count {
        let host = format!("host-{number}.{name}.example.test");
        let csr = requests.iter().cycle().nth(usize::try_from(number % KEYS).unwrap_or(0));
        let draft = json!({ "authority": "Issuing", "names": [host], "request": csr });
        let start = Instant::now();
        let issued = surface.certificate_issue(ask(json!({ "draft": draft })))?.certificate;
        say(&Said::Issued { serial: issued.serial.clone(), microseconds: since(start) });
        if number % REVOKES_ONE_OF == REVOKES_ONE_OF - 1 {
            let request = json!({ "certificates": [issued.id], "reason": "superseded", "confirmation": issued.name });
            surface.certificate_revoke(ask(request))?;
            say(&Said::Revoked { serial: issued.serial });
            let built = surface.crl_build(ask(json!({ "authority": "Issuing" })))?;
            let built = serde_json::to_value(&built.number).expect("JSON");
            say(&Said::Crl { number: built.to_string().trim_matches('"').parse().expect("a number") });
        }
    }
    Ok(())
}

/// A reader: lists and searches until its standard input ends.
///
/// # Errors
/// The surface's.
pub fn read(file: &Path) -> Result<(), ApiError> {
    let (surface, ended) = (opened(file)?, Arc::new(AtomicBool::new(false)));
    let end = Arc::clone(&ended);
    std::thread::spawn(move || {
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        end.store(true, Ordering::Relaxed);
    });
    for round in 0_u64.. {
        let start = Instant::now();
        surface.certificate_list(ask(json!({ "limit": 100 })))?;
        say(&Said::Listed { microseconds: since(start) });
        std::thread::sleep(PAUSE);
        let start = Instant::now();
        let words = ["host-1", "writer-3", "example", "issuing acme"];
        surface.certificate_list(ask(json!({ "search": words[usize::try_from(round % 4).unwrap_or(0)], "limit": 50 })))?;
        say(&Said::Searched { microseconds: since(start) });
        if ended.load(Ordering::Relaxed) {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

/// Makes a registry with an authority on P-256, and lets them at it. `driver` is the program `load-driver`.
pub fn run(driver: &Path, load: Load, progress: &mut dyn FnMut(u64)) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("acme.chancery");
    let surface = surface();
    let request = json!({ "path": file, "name": "Acme", "keys": "passphrase", "passphrase": PASSPHRASE });
    surface.registry_create(ask(request)).expect("a registry");
    let request = json!({ "name": "Issuing", "subject": "CN=Acme Issuing CA,O=Acme", "key": "ec-p256" });
    surface.authority_create(ask(request)).expect("an authority");
    let start = Instant::now();
    let started = |arguments: &[&str]| {
        let mut command = Command::new(driver);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("load-driver starts")
    };
    let path = file.to_str().expect("UTF-8");
    let readers: Vec<Child> = (0..load.readers).map(|_| started(&["read", path])).collect();
    let share = |writer: u64| load.certificates / load.writers + u64::from(writer < load.certificates % load.writers);
    let writers: Vec<Child> =
        (0..load.writers).map(|writer| started(&["write", path, &format!("writer-{writer}"), &share(writer).to_string()])).collect();
    let (tell, hear) = std::sync::mpsc::channel::<()>();
    let (writers, took, readers) = std::thread::scope(|scope| {
        let counted = tell.clone();
        let reading: Vec<_> = readers
            .into_iter()
            .map(|mut child| {
                let stdin = child.stdin.take();
                (stdin, scope.spawn(move || listen(child, None)))
            })
            .collect();
        let writing: Vec<_> = writers
            .into_iter()
            .map(|child| {
                let counted = counted.clone();
                scope.spawn(move || listen(child, Some(counted)))
            })
            .collect();
        drop((counted, tell));
        let mut done = 0;
        while hear.recv().is_ok() {
            done += 1;
            progress(done);
        }
        let writers: Vec<_> = writing.into_iter().map(|thread| thread.join().expect("a writer")).collect();
        let took = start.elapsed();
        let readers: Vec<_> = reading
            .into_iter()
            .map(|(stdin, thread)| {
                drop(stdin);
                thread.join().expect("a reader")
            })
            .collect();
        (writers, took, readers)
    });
    let mut outcome = Outcome { took, issued: Vec::new(), listed: Vec::new(), searched: Vec::new(), crls: 0, broken: Vec::new() };
    judge(&surface, load, &writers, &readers, &mut outcome);
    for latencies in [&mut outcome.issued, &mut outcome.listed, &mut outcome.searched] {
        latencies.sort();
    }
    outcome
}

/// What a driver said, and what it complained of.
type Heard = (Vec<Said>, Vec<String>);

fn listen(mut child: Child, counted: Option<std::sync::mpsc::Sender<()>>) -> Heard {
    let mut heard = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("its output")).lines() {
        let said: Said = serde_json::from_str(&line.expect("UTF-8")).expect("a line of JSON");
        if let (Some(counted), Said::Issued { .. }) = (&counted, &said) {
            counted.send(()).expect("somebody counts");
        }
        heard.push(said);
    }
    let output = child.wait_with_output().expect("it ends");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let complaints =
        if output.status.success() && complaint.is_empty() { Vec::new() } else { vec![format!("{}: {complaint}", output.status)] };
    (heard, complaints)
}

fn judge(surface: &Surface, load: Load, writers: &[Heard], readers: &[Heard], outcome: &mut Outcome) {
    let (mut serials, mut numbers, mut revoked) = (HashSet::new(), HashSet::new(), 0_u64);
    let broken = &mut outcome.broken;
    for (heard, complaints) in writers.iter().chain(readers) {
        broken.extend(complaints.iter().cloned());
        let mut last = 0;
        for said in heard {
            match said {
                Said::Issued { serial, microseconds } => {
                    outcome.issued.push(Duration::from_micros(*microseconds));
                    if !serials.insert(serial.clone()) {
                        broken.push(format!("serial {serial} comes twice"));
                    }
                }
                Said::Revoked { .. } => revoked += 1,
                Said::Crl { number } => {
                    outcome.crls += 1;
                    if !numbers.insert(*number) || *number <= last {
                        broken.push(format!("CRL {number} comes twice, or after {last}"));
                    }
                    last = *number;
                }
                Said::Listed { microseconds } => outcome.listed.push(Duration::from_micros(*microseconds)),
                Said::Searched { microseconds } => outcome.searched.push(Duration::from_micros(*microseconds)),
            }
        }
    }
    let status = surface.registry_status(Nothing {}).expect("a status");
    if u64::from(status.certificates) != load.certificates + 1 || serials.len() as u64 != load.certificates {
        broken.push(format!("{} certificates were issued, {} are there", serials.len(), status.certificates));
    }
    let check = surface.registry_check(ask(json!({}))).expect("a check");
    broken.extend(check.findings.into_iter().map(|finding| format!("the check finds {finding:?}")));
    let audit = surface.audit_verify(Nothing {}).expect("a look at the log");
    if !audit.ok || !audit.sealed {
        broken.push(format!("the audit log: {audit:?}"));
    }
    // What was revoked last is on the last CRL, or on the next.
    surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
    let last = surface.crl_show(ask(json!({ "authority": "Issuing" }))).expect("the last CRL");
    if u64::from(last.entries) != revoked || outcome.listed.is_empty() {
        broken.push(format!("{revoked} are revoked, the CRL has {}", last.entries));
    }
}

/// The latency that a share of all does not exceed; `sorted` must not be empty.
pub fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let last = sorted.len() - 1;
    let index = (last as f64 * share).round() as usize;
    sorted[index.min(last)]
}
