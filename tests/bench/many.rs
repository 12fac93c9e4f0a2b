//! A table of many, issued: beside the keys and signatures that it cannot do without, on as many processors.
//!
//! Not to be run twice within minutes: ext4 looks at every inode that was freed in the last ones before it takes another (`recently_deleted`), and
//! a run ends with taking 60,000 files away. The next one then spends most of its time there, and may take minutes.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use authority::pki::{KeySigner, KeySpec, PrivateKey, Signer};
use serde_json::json;
use suite::ask;
use suite::seeded::{self, Seeded};

use crate::lists::grouped;
use crate::timing::{Shown, Whose, once, processor, ratio};

/// Rows of the table.
const ROWS: usize = 10_000;

/// How many times longer than keys and signatures alone it may take.
const PROMISED: f64 = 1.5;

/// A folder of a batch, while its files are written by themselves.
const STAGED: &str = "staged";

/// What something took.
struct Spent {
    /// From begin to end.
    wall: Duration,
    /// Of all processors together.
    processor: Duration,
}

impl Spent {
    fn by(mut work: impl FnMut()) -> Self {
        let before = processor(Whose::Own);
        let wall = once(&mut work);
        Self { wall, processor: processor(Whose::Own).saturating_sub(before) }
    }
}

/// Prints what is whole, its parts and their ratio; tells what was promised and is not kept. The registry is a copy: the kept one stays as it is.
pub fn tell(small: &Seeded, folder: &Path) -> Vec<String> {
    let folder = tempfile::tempdir_in(folder).expect("a folder");
    let (table, out) = (folder.path().join("table.csv"), folder.path().join("out"));
    let rows: String = (0..ROWS).map(|row| format!("bench-{row}.example.test,ec-p256\n")).collect();
    fs::write(&table, format!("names,key\n{rows}")).expect("a table");
    let surface = seeded::open(&seeded::copy(&small.path, folder.path()));
    let draft = json!({ "authority": "Seed CA 1", "csv": table });
    let request = json!({ "draft": draft, "out": out, "plainKey": true });
    let floor = Spent::by(alone);
    let checked = Spent::by(|| {
        let checked = surface.issue_many_check(ask(draft.clone())).expect("checked");
        assert_eq!(checked.items.len(), ROWS, "every row");
    });
    let whole = Spent::by(|| {
        let report = surface.issue_many_run(ask(request.clone())).expect("issued");
        assert_eq!((report.state.as_str(), usize::try_from(report.total).ok()), ("done", Some(ROWS)), "every row");
    });
    let files = files_alone(&out, folder.path());
    let times = ratio(whole.wall, floor.wall);
    println!(
        "Processor time is that of all processors together: what else runs on the machine does not count in it. Each certificate comes with three"
    );
    println!("files (key, certificate, chain), which are on the disk before it is recorded.\n");
    println!("| what | how many | time | per second | ratio | processor time of each | ratio |\n|---|--:|--:|--:|--:|--:|--:|");
    row("a fresh key and two signatures each, nothing else", &floor, &floor);
    row("the table checked, as before it is issued", &checked, &floor);
    row("the same files written and synced by themselves", &files, &floor);
    row("issued from a table: checked, linted, recorded, three files each", &whole, &floor);
    if times > PROMISED {
        return vec![format!("{ROWS} certificates from a table take {times:.2} times their keys and signatures; {PROMISED} was promised")];
    }
    Vec::new()
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Keys and signatures alone, on every processor.
fn alone() {
    let workers = workers();
    let ca = KeySigner::new(PrivateKey::generate(KeySpec::EcP256).expect("a key")).expect("a signer");
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let ca = &ca;
            scope.spawn(move || {
                for _ in (worker..ROWS).step_by(workers) {
                    let key = PrivateKey::generate(KeySpec::EcP256).expect("a key");
                    // One signature with a throwaway key before the lints look at it, and the one that counts.
                    for _ in 0..2 {
                        ca.sign(key.public_key().spki_der()).expect("a signature");
                    }
                }
            });
        }
    });
}

/// Writes what was handed over once more, with nothing else to do: on every processor into a hidden folder of its own, synced, and put in place.
fn files_alone(out: &Path, folder: &Path) -> Spent {
    let files: Vec<_> = fs::read_dir(out)
        .expect("the files")
        .map(|entry| {
            let entry = entry.expect("a file");
            (entry.file_name(), fs::read(entry.path()).expect("its contents"))
        })
        .collect();
    assert_eq!(files.len(), 3 * ROWS, "three files each");
    let again = folder.join("again");
    fs::create_dir(&again).expect("a folder");
    Spent::by(|| {
        std::thread::scope(|scope| {
            for (worker, share) in files.chunks(files.len().div_ceil(workers())).enumerate() {
                let again = &again;
                scope.spawn(move || {
                    let staged = again.join(format!("{STAGED}-{worker}"));
                    fs::create_dir(&staged).expect("a folder");
                    for (name, contents) in share {
                        fs::write(staged.join(name), contents).expect("written");
                    }
                    sync(&staged);
                    for (name, _) in share {
                        fs::rename(staged.join(name), again.join(name)).expect("put in place");
                    }
                    sync(again);
                });
            }
        });
    })
}

/// Makes everything on the disk of a folder durable at once, as issuing does.
fn sync(folder: &Path) {
    let done = Command::new("sync").arg("--file-system").arg(folder).status();
    assert!(done.expect("started").success(), "synced");
}

fn row(what: &str, spent: &Spent, floor: &Spent) {
    let rate = ROWS as f64 / spent.wall.as_secs_f64();
    let each = spent.processor / u32::try_from(ROWS).unwrap_or(1);
    println!(
        "| {what} | {} | {} | {rate:.0} | {:.2} | {} | {:.2} |",
        grouped(ROWS as u64),
        Shown(spent.wall),
        ratio(spent.wall, floor.wall),
        Shown(each),
        ratio(spent.processor, floor.processor)
    );
}
