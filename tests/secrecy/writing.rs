//! What is written on the way, also into files that are gone a moment later: every octet that leaves the process, as `strace` sees it.

use std::path::Path;
use std::sync::Arc;

use authority::clock::FixedClock;
use authority::keystore::MemoryKeyStore;
use authority::secret::Passphrase;
use authority::session::Session;
use suite::NOW;
use suite::crash::{Operation, everything_written};
use suite::data::named;
use suite::sandbox::{PASSPHRASE, forces};

use crate::needles::Needles;

fn nothing_is_written(operation: Operation) {
    let folder = tempfile::tempdir().expect("a folder");
    let written = everything_written(Path::new(env!("CARGO_BIN_EXE_crash-driver")), operation, folder.path());
    let clock = Arc::new(FixedClock::at(NOW + time::Duration::HOUR));
    let session = Session::open(&folder.path().join("registry/acme.chancery"), forces(&clock, &MemoryKeyStore::new())).expect("opened");
    session.unlock(Some(&Passphrase::new(PASSPHRASE.to_owned()))).expect("unlocked");
    let mut needles = Needles::default();
    let keys = needles.add_keystore(&session);
    assert_eq!(keys == 0, operation == Operation::Create, "{keys} keys");
    needles.add_word(PASSPHRASE);
    needles.add_file(&named("openssl-ca/root/private/ca.key"), None);
    needles.add_file(&named("openssl-ca/issuing/private/ca.key"), Some("issuing"));
    needles.add_file(&named("openssl-ca/issuing/private/www.key"), None);
    // Keys that are handed over are written where they were wanted, and nowhere else.
    let mut handed_over = Needles::default();
    for name in ["three", "four", "five"] {
        let file = folder.path().join(format!("out/{name}.example.test.key"));
        if file.exists() {
            handed_over.add_file(file.to_str().expect("UTF-8"), None);
        }
    }
    let there = format!("<{}/out/", folder.path().display());
    let mut plain = 0;
    for call in &written {
        needles.assert_absent("a call", call);
        let is_there = call.windows(there.len()).any(|window| window == there.as_bytes());
        let found = !handed_over.found_in(call).is_empty();
        assert!(!found || is_there, "a handed-over key is written elsewhere: {}", String::from_utf8_lossy(call));
        plain += usize::from(found);
    }
    assert!(written.len() > 10, "{} calls", written.len());
    assert_eq!(plain, if operation == Operation::Issue { 3 } else { 0 }, "keys are written once each");
}

#[test]
fn making_a_registry_writes_no_secret() {
    nothing_is_written(Operation::Create);
}

#[test]
fn creating_authorities_writes_no_secret() {
    nothing_is_written(Operation::Authority);
}

#[test]
fn issuing_writes_keys_where_they_go_and_nowhere_else() {
    nothing_is_written(Operation::Issue);
}

#[test]
fn bringing_over_writes_no_secret() {
    nothing_is_written(Operation::Import);
}

#[test]
fn a_backup_writes_no_secret() {
    nothing_is_written(Operation::Backup);
}
