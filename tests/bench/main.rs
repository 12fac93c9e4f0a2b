//! `cargo xtask bench`: how fast it is on this machine, as a page of Markdown on standard output. Fails when a promised ratio is broken.
//!
//! Large registries are made once and kept in `target/bench`; the first run takes a quarter of an hour, later ones a few minutes. `--quick` does with
//! smaller ones, to try the program out.

mod bulk;
mod lists;
mod machine;
mod many;
mod process;
mod reading_lists;
mod revocation_lists;
mod timing;
mod writing;

use std::process::ExitCode;

use lists::grouped;
use suite::seeded::{Seeding, folder};

const SMALL: u64 = 1_000;
const LARGE: u64 = 1_000_000;
const QUICK: u64 = 20_000;

fn main() -> ExitCode {
    let most = if std::env::args().any(|argument| argument == "--quick") { QUICK } else { LARGE };
    let small = Seeding { certificates: SMALL, revoked: 0, authorities: 3 }.kept();
    let large = Seeding { certificates: most, revoked: 0, authorities: 3 }.kept();
    let work = tempfile::tempdir_in(folder()).expect("a folder to work in");

    println!("# Speed\n");
    println!(
        "Written by `cargo xtask bench`. Every figure is the quicker tenth of many runs (one in ten was quicker) in one process, through the same surface that the window and"
    );
    println!(
        "the command line use; what is compared is run in turn, so that whatever else the machine does falls on both alike. Files lie in the"
    );
    println!("system's cache.\n");
    machine::tell();
    println!("\n## Looking: {} certificates and {}\n", grouped(SMALL), grouped(most));
    println!("Filled by `chancery dev seed`. Pages are of 100 rows unless it says otherwise; each row carries its whole certificate.\n");
    let mut broken = lists::compare(&small, &large, (SMALL, most));
    writing::sizes(&small, &large, work.path());
    println!("\nThe command line, from start to end of the program:\n");
    println!("| command | {} | {} | ratio |\n|---|--:|--:|--:|", grouped(SMALL), grouped(most));
    process::compare(&small, &large);
    println!("\n## Issuing, by kind of key\n");
    println!(
        "Issuing is two transactions that are each synced to the disk, around one signature of a P-256 authority; before it the certificate is signed"
    );
    println!("with a throwaway key, read back and linted. \"Alone\" is a fresh key and one such signature, nothing else.\n");
    writing::algorithms(&small, work.path());
    println!("\n## CRLs, by number of entries\n");
    revocation_lists::sizes(&[1_000, most / 10, most]);
    println!("\nRead back as a file, from start to end of the program, the signature checked with the CA certificate of the registry:\n");
    broken.extend(reading_lists::sizes(&[1_000, most / 10, most], work.path()));
    println!("\n## Many at once\n");
    bulk::tell(&large, most, work.path());
    println!("\nA table of certificates with fresh P-256 keys, into a registry of {}, under a P-256 authority:\n", grouped(SMALL));
    broken.extend(many::tell(&small, work.path()));
    println!("\nLoad average when this ended: {}.", machine::load());
    if broken.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("broken promises:\n  {}", broken.join("\n  "));
    ExitCode::FAILURE
}
