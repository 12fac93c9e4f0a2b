//! The memory of a program that goes on living: a second after the lock there is no secret left in it.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use authority::session::Session;
use serde_json::json;
use suite::Sandbox;
use suite::sandbox::{PASSPHRASE, forces};

use crate::needles::Needles;

const PASSWORD: &str = "a password of a key store";
const WRONG: &str = "a passphrase mistyped here";

/// The program, told what to do a word at a time.
struct Driver {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Driver {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_memory-driver"));
        let mut child = command.arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the driver starts");
        let answers = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, answers }
    }

    fn tell(&mut self, word: &str) {
        writeln!(self.child.stdin.as_mut().expect("its input"), "{word}").expect("it listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("an answer");
        assert_eq!(answer, "done\n", "{word}");
    }

    /// Everything in its memory that could be written to: heap, stacks, data, whatever libraries map. Program text is not.
    fn memory(&self) -> Vec<(String, Vec<u8>)> {
        let process = self.child.id();
        let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).expect("its mappings");
        let mut memory = std::fs::File::open(format!("/proc/{process}/mem")).expect("its memory: a parent may read it");
        let mut regions = Vec::new();
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().expect("a range"), words.next().expect("rights"));
            let name = words.nth(3).unwrap_or("anonymous").to_owned();
            let is_text = !rights.contains('w') && name.starts_with('/');
            if !rights.starts_with('r') || is_text || name.starts_with("[v") {
                continue;
            }
            let (from, to) = range.split_once('-').expect("from and to");
            let at = |text: &str| u64::from_str_radix(text, 16).expect("an address");
            let mut bytes = vec![0; usize::try_from(at(to) - at(from)).expect("a length")];
            memory.seek(SeekFrom::Start(at(from))).expect("a place");
            // A page that was given back between the two looks.
            if memory.read_exact(&mut bytes).is_ok() {
                regions.push((format!("{name} {range}"), bytes));
            }
        }
        let total: usize = regions.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(total > 1 << 18, "only {total} octets of memory");
        regions
    }

    fn found(&self, needles: &Needles) -> Vec<String> {
        let found = |(name, bytes): (String, Vec<u8>)| -> Vec<String> {
            needles.found_in(&bytes).into_iter().map(|needle| format!("{needle}, in {name}")).collect()
        };
        let mut all: Vec<String> = self.memory().into_iter().flat_map(found).collect();
        all.dedup();
        all
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[track_caller]
fn names(found: &[String], what: &str) {
    assert!(found.iter().any(|said| said.contains(what)), "no {what:?} among {found:?}");
}

#[test]
fn a_second_after_the_lock_no_secret_is_in_memory() {
    let sandbox = Sandbox::with_vault();
    for (name, key) in [("EC", "ec-p256"), ("RSA", "rsa-2048"), ("Ed25519", "ed25519")] {
        let mut request = json!({ "name": name, "subject": format!("CN=Acme {name} CA"), "key": key });
        request["pathLength"] = json!(0);
        sandbox.authority(request);
    }
    sandbox.close();
    sandbox.write("passphrase", PASSPHRASE);
    sandbox.write("password", PASSWORD);
    sandbox.write("wrong", WRONG);
    let mut needles = Needles::for_memory();
    {
        let session = Session::open(&sandbox.path("acme.chancery"), forces(&sandbox.clock, &sandbox.keyring)).expect("opened");
        session.unlock(Some(&authority::secret::Passphrase::new(PASSPHRASE.to_owned()))).expect("unlocked");
        assert_eq!(needles.add_keystore(&session), 3);
    }
    for word in [PASSPHRASE, PASSWORD, WRONG] {
        needles.add_word(word);
    }

    let mut driver = Driver::start(sandbox.folder());
    driver.tell("open");
    assert_eq!(driver.found(&needles), [""; 0], "nothing was unlocked yet");
    driver.tell("fail");
    driver.tell("unlock");
    // What must be in memory while it is unlocked shows that the search finds what is there.
    names(&driver.found(&needles), "audit-head");
    driver.tell("sign");
    driver.tell("hold");
    names(&driver.found(&needles), "priv of EC");
    driver.tell("forget");
    driver.tell("lock");
    std::thread::sleep(Duration::from_secs(1));

    // Keys that were made and handed over meanwhile.
    for authority in ["EC", "RSA", "Ed25519"] {
        needles.add_file(&sandbox.text(&format!("plain-{authority}/plain.example.test.key")), None);
    }
    let left = driver.found(&needles);
    assert!(left.is_empty(), "a second after the lock there is still {left:#?}");
    // And it was not for good.
    driver.tell("unlock");
    names(&driver.found(&needles), "audit-head");
}
