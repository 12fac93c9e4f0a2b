//! A table of many, issued: beside the keys and signatures that it cannot do without, on as many processors.

use std::path::Path;
use std::time::Duration;

use authority::pki::{KeySigner, KeySpec, PrivateKey, Signer};
use serde_json::json;
use suite::ask;
use suite::seeded::{self, Seeded};

use crate::lists::grouped;
use crate::timing::{Shown, once, ratio};

/// Rows of the table.
const ROWS: usize = 10_000;

/// How many times longer than keys and signatures alone it may take.
const PROMISED: f64 = 1.5;

/// Prints both and their ratio; tells what was promised and is not kept. The registry is a copy: the kept one stays as it is.
pub fn tell(small: &Seeded, folder: &Path) -> Vec<String> {
    let folder = tempfile::tempdir_in(folder).expect("a folder");
    let table = folder.path().join("table.csv");
    let rows: String = (0..ROWS).map(|row| format!("bench-{row}.example.test,ec-p256\n")).collect();
    std::fs::write(&table, format!("names,key\n{rows}")).expect("a table");
    let surface = seeded::open(&seeded::copy(&small.path, folder.path()));
    let draft = json!({ "authority": "Seed CA 1", "csv": table });
    let request = json!({ "draft": draft, "out": folder.path().join("out"), "plainKey": true });
    let floor = alone();
    let whole = once(&mut || {
        let report = surface.issue_many_run(ask(request.clone())).expect("issued");
        assert_eq!((report.state.as_str(), usize::try_from(report.total).ok()), ("done", Some(ROWS)), "every row");
    });
    let times = ratio(whole, floor);
    println!("| what | how many | time | per second | ratio |\n|---|--:|--:|--:|--:|");
    row("a fresh key and two signatures each, nothing else", floor, "");
    row("issued from a table: checked, linted, recorded, three files each", whole, &format!("{times:.2}"));
    if times > PROMISED {
        return vec![format!("{ROWS} certificates from a table take {times:.2} times their keys and signatures; {PROMISED} was promised")];
    }
    Vec::new()
}

/// Keys and signatures alone, on every processor.
fn alone() -> Duration {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let ca = KeySigner::new(PrivateKey::generate(KeySpec::EcP256).expect("a key")).expect("a signer");
    once(&mut || {
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
    })
}

fn row(what: &str, took: Duration, times: &str) {
    println!("| {what} | {} | {} | {:.0} | {times} |", grouped(ROWS as u64), Shown(took), ROWS as f64 / took.as_secs_f64());
}
