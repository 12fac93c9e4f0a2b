//! A page of the file is overwritten, the log beside it, or the whole file is another: each has its clear error, no byte of it is believed, and all is well
//! when the page is back.

use std::fs;

use api::ErrorCode;
use suite::Sandbox;
use suite::damage::pages::{Harm, found, harmed, opened, registry};
use suite::sandbox::refusal;

#[test]
fn a_page_of_a_table_or_an_index_that_is_overwritten_is_found_and_all_is_well_when_it_is_back() {
    let came = harmed(3, &[Harm::Junk]);
    assert!(came.silent.is_empty(), "{}", came.silent.join("\n"));
    assert!(came.tried > 20, "{came:?}");
}

#[test]
fn a_page_that_is_empty_or_cut_off_is_found() {
    let came = harmed(11, &[Harm::Zeros, Harm::Cut]);
    assert!(came.silent.is_empty(), "{}", came.silent.join("\n"));
}

#[test]
fn another_file_in_its_place_is_told_apart() {
    let (sandbox, file) = registry();
    let whole = fs::read(&file).expect("the file");
    let open = |bytes: &[u8]| {
        fs::write(&file, bytes).expect("written");
        refusal(opened(&file, &sandbox).map(drop).map_err(api::ApiError::new))
    };
    let mut header = whole.clone();
    header[..100].fill(0);
    assert_eq!(open(&header), ErrorCode::RegistryDamaged);
    assert_eq!(open(b""), ErrorCode::NotARegistry);
    assert_eq!(open(b"-----BEGIN CERTIFICATE-----\n"), ErrorCode::NotARegistry);
    // Cut off in the middle: the header is right, and what it tells of is not there.
    fs::write(&file, &whole[..whole.len() / 2]).expect("written");
    assert!(matches!(found(&file, &sandbox).as_deref(), Some("registry-damaged" | "file_damaged")));
    let newer = [&whole[..60], &9_999_u32.to_be_bytes(), &whole[64..]].concat();
    assert_eq!(open(&newer), ErrorCode::RegistryNewer);
    fs::remove_file(&file).expect("removed");
    assert_eq!(opened(&file, &sandbox).map(drop), Err(ErrorCode::RegistryNotFound));
    fs::create_dir(&file).expect("a folder");
    assert_eq!(opened(&file, &sandbox).map(drop), Err(ErrorCode::RegistryIsFolder));
    fs::remove_dir(&file).expect("removed");
    fs::write(&file, &whole).expect("written");
    assert_eq!(found(&file, &sandbox), None);
}

#[test]
fn a_log_that_is_overwritten_loses_what_it_held_and_nothing_else() {
    let sandbox = Sandbox::at_work();
    let (file, wal) = (sandbox.path("acme.chancery"), sandbox.path("acme.chancery-wal"));
    sandbox.issue("Issuing", &["kept.example.test"], "out");
    // The file and its log as they lie there while the program runs: a copy, since closing empties the log.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let (copy, copied) = (elsewhere.path().join("acme.chancery"), elsewhere.path().join("acme.chancery-wal"));
    let log = fs::read(&wal).expect("the log");
    assert!(log.len() > 8_192, "there is something in the log");
    for at in (0..log.len()).step_by(log.len() / 12) {
        let mut damaged = log.clone();
        let end = log.len().min(at + 512);
        damaged[at..end].fill(0xa5);
        fs::copy(&file, &copy).expect("a copy");
        fs::write(&copied, damaged).expect("a log");
        // SQLite believes a commit only if its checksums hold, and none after one that does not: it is an earlier moment of the registry, and whole.
        assert_eq!(found(&copy, &sandbox), None, "the log from octet {at}");
    }
}
