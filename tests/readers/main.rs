//! Whatever is read, nothing panics: every file of `cryptography-vectors` and of `tests/data`, and mutations of each that holds something we
//! know. The functions are those that the fuzzers of `tests/fuzz` call.
//!
//! `CHANCERY_MUTATIONS=1000` asks for so many of each file, as `cargo xtask prove readers` does.

mod kept;

use suite::reading::READERS;
use suite::trials::{read_all, tried};
use suite::vectors;

/// Mutations of each file, where nobody asks for more.
const MUTATIONS: usize = 8;

#[test]
fn nothing_that_is_read_makes_a_reader_panic() {
    let mutations = std::env::var("CHANCERY_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(MUTATIONS);
    let told = read_all(&vectors::all(), mutations);
    println!("{} files, {} of them known, {} mutations; {:?}", told.files, told.known, told.mutations, told.slowest);
    assert!(told.panics.is_empty(), "{:#?}", told.panics);
    assert!(told.files > 3000 && told.known > 2400 && told.mutations >= mutations * 2400, "{told:?}");
}

#[test]
fn a_reader_that_panics_is_found() {
    fn careless(octets: &[u8]) -> bool {
        octets[0] == 0x30
    }
    assert_eq!(tried(careless, &[0x30]), Some(true));
    assert_eq!(tried(careless, &[]), None);
}

#[test]
fn each_reader_takes_something() {
    let files = vectors::of_tests_data();
    let mut untouched: Vec<&str> = READERS.iter().map(|(kind, _)| *kind).collect();
    let certificate = &files.iter().find(|(name, _)| name.ends_with("GoodCACert.crt")).expect("a certificate").1;
    let given: Vec<Vec<u8>> = vec![[certificate.as_slice(); 2].concat()];
    for octets in files.iter().map(|(_, octets)| octets).chain(&given) {
        untouched.retain(|kind| !READERS.iter().any(|(name, read)| name == kind && read(octets)));
    }
    assert_eq!(untouched, [""; 0]);
}
