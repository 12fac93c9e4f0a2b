//! `cargo xtask bench`: how fast it is on this machine, as a page of Markdown on standard output. Fails when a promised ratio is broken.
//!
//! Large registries are made once and kept in `target/bench`; the first run takes a quarter of an hour, later ones a few minutes. `--quick` does with
//! smaller ones, to try the program out; `--only SECTION…` runs these sections alone: `lists`, `writing`, `revocation_lists`, `bulk`, `many`,
//! `import`.

mod bringing;
mod bulk;
mod lists;
mod machine;
mod many;
mod memory;
mod process;
mod reading_lists;
mod revocation_lists;
mod timing;
mod writing;

use std::path::Path;
use std::process::ExitCode;

use lists::grouped;
use suite::seeded::{Seeded, Seeding, folder};

const SMALL: u64 = 1_000;
const LARGE: u64 = 1_000_000;
const QUICK: u64 = 20_000;

/// What can be run alone, each named like the file that measures it.
const SECTIONS: [&str; 6] = ["lists", "writing", "revocation_lists", "bulk", "many", "import"];

/// What was asked for.
struct Asked {
    /// Certificates of the large registry.
    most: u64,
    /// The sections that are run, all if none is named.
    only: Vec<String>,
}

impl Asked {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut asked = Self { most: LARGE, only: Vec::new() };
        let mut naming = false;
        for argument in arguments {
            match argument.as_str() {
                "--quick" => (asked.most, naming) = (QUICK, false),
                "--only" => naming = true,
                section if naming && SECTIONS.contains(&section) => asked.only.push(argument),
                other => return Err(format!("{other:?} is neither --quick nor --only with one of {}", SECTIONS.join(", "))),
            }
        }
        Ok(asked)
    }

    fn runs(&self, section: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|named| named == section)
    }
}

fn main() -> ExitCode {
    let asked = match Asked::read(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(wrong) => {
            eprintln!("{wrong}");
            return ExitCode::FAILURE;
        }
    };
    let most = asked.most;
    let small = Seeding { certificates: SMALL, revoked: 0, authorities: 3 }.kept();
    let work = tempfile::tempdir_in(folder()).expect("a folder to work in");
    let mut broken = Vec::new();

    println!("# Speed\n");
    println!(
        "Written by `cargo xtask bench`. Every figure is the quicker tenth of many runs (one in ten was quicker) in one process, through the same surface that the window and"
    );
    println!(
        "the command line use; what is compared is run in turn, so that whatever else the machine does falls on both alike. Files lie in the"
    );
    println!("system's cache.\n");
    machine::tell();
    if asked.runs("lists") || asked.runs("writing") || asked.runs("bulk") {
        let large = Seeding { certificates: most, revoked: 0, authorities: 3 }.kept();
        broken.extend(with_large(&asked, &small, &large, work.path()));
    }
    if asked.runs("revocation_lists") {
        broken.extend(crls(most, work.path()));
    }
    if asked.runs("many") {
        println!("\n## A table of many\n");
        println!("Certificates with fresh P-256 keys, into a registry of {}, under a P-256 authority.\n", grouped(SMALL));
        broken.extend(many::tell(&small, work.path()));
    }
    if asked.runs("import") {
        println!("\n## Bringing over: one file of many certificates\n");
        println!("Read, parted, parsed, every signature checked, recorded in one transaction: from start to end of the program.\n");
        broken.extend(bringing::tell(most < LARGE, work.path()));
    }
    println!("\nLoad average when this ended: {}.", machine::load());
    ended(&broken)
}

/// The sections that need the large registry.
fn with_large(asked: &Asked, small: &Seeded, large: &Seeded, work: &Path) -> Vec<String> {
    let most = asked.most;
    let mut broken = Vec::new();
    if asked.runs("lists") {
        println!("\n## Looking: {} certificates and {}\n", grouped(SMALL), grouped(most));
        println!(
            "Filled by `chancery dev seed`. Pages are of 100 rows unless it says otherwise; each row carries its whole certificate.\n"
        );
        broken.extend(lists::compare(small, large, (SMALL, most)));
        writing::sizes(small, large, work);
        println!("\nThe command line, from start to end of the program:\n");
        println!("| command | {} | {} | ratio |\n|---|--:|--:|--:|", grouped(SMALL), grouped(most));
        process::compare(small, large);
    }
    if asked.runs("writing") {
        println!("\n## Issuing, by kind of key\n");
        println!(
            "Issuing is two transactions that are each synced to the disk, around one signature of a P-256 authority; before it the certificate is signed"
        );
        println!("with a throwaway key, read back and linted. \"Alone\" is a fresh key and one such signature, nothing else.\n");
        writing::algorithms(small, work);
    }
    if asked.runs("bulk") {
        println!("\n## Many at once\n");
        bulk::tell(large, most, work);
    }
    broken
}

fn crls(most: u64, work: &Path) -> Vec<String> {
    println!("\n## CRLs, by number of entries\n");
    let mut broken = revocation_lists::sizes(&[most / 100, most / 10, most], work);
    println!("\nRead back as a file, from start to end of the program, the signature checked with the CA certificate of the registry:\n");
    broken.extend(reading_lists::sizes(&[most / 100, most / 10, most], work));
    broken
}

fn ended(broken: &[String]) -> ExitCode {
    if broken.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("broken promises:\n  {}", broken.join("\n  "));
    ExitCode::FAILURE
}
