//! Many at once: filling a registry, taking in a bundle.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use suite::ask;
use suite::seeded::{self, SEED_PASSPHRASE, Seeded, Seeding};

use crate::lists::grouped;
use crate::timing::{Shown, once};

/// Certificates of the bundle.
const BUNDLE: u64 = 10_000;
/// Certificates of the registry that is filled to be timed.
const FILLED: u64 = 20_000;

/// Prints one row for each.
pub fn tell(large: &Seeded, certificates: u64, folder: &Path) {
    println!("| what | how many | time | per second |\n|---|--:|--:|--:|");
    let took = Seeding { certificates: FILLED, revoked: 0, authorities: 3 }.fill(&folder.join("filled.chancery"));
    row("issue with `dev seed`: key, preflight, signature, record", FILLED, took);
    row("the same, of the registry used above, when it was made", certificates, large.took);
    let bundle = bundle(large, folder);
    let surface = seeded::surface();
    let path = folder.join("taken.chancery");
    let request = json!({ "path": path, "name": "Taken in", "keys": "passphrase", "passphrase": SEED_PASSPHRASE });
    surface.registry_create(ask(request)).expect("a registry");
    let request = json!({ "paths": [bundle] });
    let mut taken = 0;
    let took = once(&mut || taken = surface.import_run(ask(request.clone())).expect("taken in").taken.certificates);
    assert_eq!(u64::from(taken), BUNDLE, "the whole bundle was taken in");
    row("import of one PEM bundle: read, chain, verify, record", BUNDLE, took);
    let again = once(&mut || taken = surface.import_run(ask(request.clone())).expect("known").known.certificates);
    row("the same bundle again: nothing new", BUNDLE, again);
}

/// Writes certificates of the large registry into one PEM file.
fn bundle(large: &Seeded, folder: &Path) -> std::path::PathBuf {
    let surface = seeded::open(&large.path);
    let (mut pem, mut position) = (String::new(), 0);
    while position < BUNDLE {
        let page = surface.certificate_list(ask(json!({ "position": position, "limit": 500 }))).expect("a page");
        for item in page.items {
            pem.push_str(&item.pem);
            position += 1;
        }
    }
    let path = folder.join("bundle.pem");
    std::fs::write(&path, pem).expect("a bundle");
    path
}

fn row(what: &str, count: u64, took: Duration) {
    let rate = count as f64 / took.as_secs_f64();
    println!("| {what} | {} | {} | {rate:.0} |", grouped(count), Shown(took));
}
