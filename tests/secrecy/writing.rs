//! What is written on the way, also into files that are gone a moment later: every octet that leaves the process, as `strace` sees it.

use std::path::Path;
use std::sync::Arc;

use authority::clock::FixedClock;
use authority::secret::Passphrase;
use authority::session::Session;
use suite::NOW;
use suite::crash::{NEW_PASSPHRASE, Operation, everything_written, machine};
use suite::data::named;
use suite::sandbox::PASSPHRASE;

use crate::needles::Needles;

fn nothing_is_written(operation: Operation) {
    let folder = tempfile::tempdir().expect("a folder");
    let written = everything_written(Path::new(env!("CARGO_BIN_EXE_crash-driver")), operation, folder.path());
    let clock = Arc::new(FixedClock::at(NOW + time::Duration::HOUR));
    let session = Session::open(&folder.path().join("registry/acme.chancery"), machine(&clock, folder.path())).expect("opened");
    let typed = |text: &str| Some(Passphrase::new(text.to_owned()));
    session.unlock(typed(PASSPHRASE).as_ref()).or_else(|_| session.unlock(typed(NEW_PASSPHRASE).as_ref())).expect("unlocked");
    let mut needles = Needles::default();
    let keys = needles.add_keystore(&session);
    assert_eq!(keys == 0, operation == Operation::Create, "{keys} keys");
    needles.add_word(PASSPHRASE);
    needles.add_word(NEW_PASSPHRASE);
    needles.add_file(&named("openssl-ca/root/private/ca.key"), None);
    needles.add_file(&named("openssl-ca/issuing/private/ca.key"), Some("issuing"));
    needles.add_file(&named("openssl-ca/issuing/private/www.key"), None);
    // Keys that are handed over are written where they were wanted, and nowhere else.
    let mut handed_over = Needles::default();
    for name in ["three", "new/inner/three", "new/inner/four", "five"] {
        let file = folder.path().join(format!("out/{name}.example.test.key"));
        if file.exists() {
            handed_over.add_file(file.to_str().expect("UTF-8"), None);
        }
    }
    let there = format!("<{}/out/", folder.path().display());
    // The folder that stands in for a keyring holds keys as a keyring does, also while an entry has no name yet.
    let keyring = format!("<{}/keyring/", folder.path().display());
    let goes_to = |call: &[u8], place: &str| call.windows(place.len()).any(|window| window == place.as_bytes());
    let mut plain = 0;
    for call in written.iter().filter(|call| !goes_to(call, &keyring)) {
        needles.assert_absent("a call", call);
        let is_there = goes_to(call, &there);
        let found = !handed_over.found_in(call).is_empty();
        assert!(!found || is_there, "a handed-over key is written elsewhere: {}", String::from_utf8_lossy(call));
        plain += usize::from(found);
    }
    assert!(written.len() > 10, "{} calls", written.len());
    let wanted = match operation {
        Operation::Issue => 3,
        Operation::MoveToVault | Operation::MoveToKeyring | Operation::Passphrase | Operation::Repair | Operation::Recover => 1,
        _ => 0,
    };
    assert_eq!(plain, wanted, "keys are written once each");
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

#[test]
fn moving_keys_writes_them_into_vault_or_keyring_and_nowhere_else() {
    nothing_is_written(Operation::MoveToVault);
    nothing_is_written(Operation::MoveToKeyring);
}

#[test]
fn changing_the_passphrase_writes_no_secret() {
    nothing_is_written(Operation::Passphrase);
}

#[test]
fn repairing_and_restoring_write_keys_into_the_keyring_and_nowhere_else() {
    nothing_is_written(Operation::Repair);
    nothing_is_written(Operation::Recover);
}
