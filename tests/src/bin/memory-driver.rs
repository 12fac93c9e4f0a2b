//! `memory-driver FOLDER [private]`: a program that goes on living, as the window does, so that its memory can be looked through from outside. It does what it is told
//! on standard input, a word a line, and answers each with `done`. What is secret it reads from files, as nothing should be typed that it does not know of. With `private` it keeps its memory
//! to itself, as the programs that ship do.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use api::request::Nothing;
use api::{Host, Surface};
use authority::clock::FixedClock;
use authority::keystore::MemoryKeyStore;
use serde_json::{Value, json};
use suite::clipboard::MemoryClipboard;
use suite::sandbox::forces;
use suite::{NOW, ask};

/// As the programs that ship do.
#[global_allocator]
static MEMORY: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

struct Driver {
    folder: PathBuf,
    surface: Surface,
    clipboard: MemoryClipboard,
    /// A key in the clear that somebody forgot to forget.
    held: Vec<String>,
}

impl Driver {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().expect("UTF-8").to_owned()
    }

    fn secret(&self, name: &str) -> Value {
        std::fs::read_to_string(self.folder.join(name)).expect("a secret").into()
    }

    fn obey(&mut self, word: &str) {
        let passphrase = || self.secret("passphrase");
        match word {
            "open" => drop(self.surface.registry_open(ask(json!({ "path": self.path("acme.chancery") }))).expect("opened")),
            "unlock" => drop(self.surface.registry_unlock(ask(json!({ "passphrase": passphrase() }))).expect("unlocked")),
            "fail" => drop(self.surface.registry_unlock(ask(json!({ "passphrase": self.secret("wrong") }))).expect_err("wrong")),
            "sign" => {
                let issue = |draft: Value, over: Value| {
                    self.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": over }))).expect("issued");
                };
                for authority in ["EC", "RSA", "Ed25519"] {
                    issue(
                        json!({ "authority": authority, "names": ["plain.example.test"] }),
                        json!({ "out": self.path(&format!("plain-{authority}")), "plainKey": true }),
                    );
                    self.surface.crl_build(ask(json!({ "authority": authority }))).expect("a CRL");
                }
                issue(
                    json!({ "authority": "RSA", "names": ["sealed.example.test"], "key": "rsa-2048" }),
                    json!({ "out": self.path("sealed.p12"), "format": "pkcs12", "password": self.secret("password") }),
                );
                let away = json!({
                    "certificate": "EC", "out": self.path("away.p12"), "password": self.secret("password"), "reason": "a drill",
                    "passphrase": passphrase(), "overwrite": true,
                });
                self.surface.key_export(ask(away)).expect("exported");
            }
            "hold" => {
                let copy = json!({ "certificate": "EC", "reason": "a drill", "passphrase": passphrase(), "confirmation": "Acme EC CA" });
                self.surface.key_copy(ask(copy)).expect("a key");
                self.held.push(self.clipboard.text());
                self.clipboard.set("");
            }
            "forget" => self.held.clear(),
            "lock" => drop(self.surface.registry_lock(Nothing {}).expect("locked")),
            other => panic!("there is no {other:?}"),
        }
    }
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("usage: memory-driver FOLDER [private]"));
    if std::env::args().nth(2).as_deref() == Some("private") {
        api::host::keep_memory_private();
    }
    let clipboard = MemoryClipboard::default();
    let host = Host::of_a_test(forces(&Arc::new(FixedClock::at(NOW)), &MemoryKeyStore::new())).with_clipboard(Arc::new(clipboard.clone()));
    let mut driver = Driver { folder, surface: Surface::new(host), clipboard, held: Vec::new() };
    for line in std::io::stdin().lock().lines() {
        driver.obey(line.expect("a line").trim());
        println!("done");
        std::io::stdout().flush().expect("heard");
    }
}
