//! What looking costs with a thousand certificates and with a million.

use std::path::Path;
use std::time::Duration;

use api::Surface;
use api::request::Nothing;
use serde_json::{Value, json};
use suite::ask;
use suite::seeded::{self, Seeded};

use crate::timing::{Shown, alternate, ratio};

/// Rounds of each operation.
const ROUNDS: usize = 61;
/// What the promised operations may cost at most with a million, in terms of what they cost with a thousand.
const PROMISE: f64 = 2.0;

/// One of the two registries, open, with what the operations ask of it.
struct Side {
    surface: Surface,
    path: std::path::PathBuf,
    middle: u64,
    san: String,
    serial: String,
    fingerprint: String,
    cursor: String,
}

impl Side {
    fn of(seeded: &Seeded, certificates: u64) -> Self {
        let surface = seeded::open(&seeded.path);
        let middle = certificates / 2;
        let page = surface.certificate_list(ask(json!({ "position": middle }))).expect("a page");
        let item = page.items.first().expect("a row");
        Self {
            path: seeded.path.clone(),
            middle,
            san: item.names.first().expect("a name").trim_start_matches("dns:").to_owned(),
            serial: item.serial.clone(),
            fingerprint: item.fingerprint.clone(),
            cursor: page.next.expect("a cursor"),
            surface,
        }
    }

    fn list(&self, request: Value) -> usize {
        self.surface.certificate_list(ask(request)).expect("a page").items.len()
    }
}

/// An operation: its name, whether its ratio is promised, and how it is done; tells how many rows came.
type Operation = (&'static str, bool, fn(&Side) -> usize);

const OPERATIONS: &[Operation] = &[
    ("first page of 100", true, |side| side.list(json!({}))),
    ("first page, by name", false, |side| side.list(json!({ "sort": "name" }))),
    ("first page, by end", false, |side| side.list(json!({ "sort": "ends" }))),
    ("search by a SAN", true, |side| side.list(json!({ "search": side.san }))),
    ("search by the start of a SAN", true, |side| {
        side.list(json!({ "search": side.san.split('.').next().expect("a label"), "limit": 10 }))
    }),
    ("exact SAN (`--name`)", false, |side| side.list(json!({ "name": format!("dns:{}", side.san) }))),
    ("search by a word that all have", false, |side| side.list(json!({ "search": "seed" }))),
    ("the same, by name", false, |side| side.list(json!({ "search": "seed", "sort": "name" }))),
    ("page in the middle, by position", true, |side| side.list(json!({ "position": side.middle }))),
    ("page in the middle, by position, by name", true, |side| side.list(json!({ "position": side.middle, "sort": "name" }))),
    ("page in the middle, by position, by end", true, |side| side.list(json!({ "position": side.middle, "sort": "ends" }))),
    ("next page, by cursor", false, |side| side.list(json!({ "after": side.cursor }))),
    ("certificate by serial", false, |side| show(side, &side.serial)),
    ("certificate by fingerprint", false, |side| show(side, &side.fingerprint)),
    ("valid ones, by end", false, |side| side.list(json!({ "status": ["valid"], "sort": "ends" }))),
    ("ending within 30 days (a few rows in the large one, none in the small)", false, |side| {
        side.list(json!({ "expiresWithinDays": 30, "sort": "ends" }))
    }),
    ("ending within 60 days", false, |side| side.list(json!({ "expiresWithinDays": 60, "sort": "ends" }))),
    ("totals (`registry status`)", false, |side| side.surface.registry_status(Nothing {}).expect("a status").certificates as usize),
    ("overview", false, |side| side.surface.overview(Nothing {}).expect("an overview").months.len()),
    ("opening the registry", false, |side| opened(&side.path)),
];

fn show(side: &Side, certificate: &str) -> usize {
    usize::from(!side.surface.certificate_show(ask(json!({ "certificate": certificate }))).expect("shown").certificate.id.is_empty())
}

fn opened(path: &Path) -> usize {
    let surface = seeded::surface();
    surface.registry_open(ask(json!({ "path": path }))).expect("opened").certificates as usize
}

/// Prints the table; tells which promises were broken.
pub fn compare(small: &Seeded, large: &Seeded, sizes: (u64, u64)) -> Vec<String> {
    let (small, large) = (Side::of(small, sizes.0), Side::of(large, sizes.1));
    println!("| operation | {} certificates | {} certificates | ratio | promised |", grouped(sizes.0), grouped(sizes.1));
    println!("|---|--:|--:|--:|---|");
    let mut broken = Vec::new();
    for (name, promised, run) in OPERATIONS {
        let (less, more) = alternate(
            ROUNDS,
            || {
                run(&small);
            },
            || {
                run(&large);
            },
        );
        let factor = ratio(more.quick(), less.quick());
        broken.extend(tell(name, less.quick(), more.quick(), factor, *promised));
    }
    broken
}

fn tell(name: &str, less: Duration, more: Duration, factor: f64, promised: bool) -> Option<String> {
    let kept = factor <= PROMISE;
    let verdict = match (promised, kept) {
        (false, _) => "",
        (true, true) => "at most 2: kept",
        (true, false) => "at most 2: **broken**",
    };
    println!("| {name} | {} | {} | {factor:.2} | {verdict} |", Shown(less), Shown(more));
    (promised && !kept).then(|| format!("{name}: {factor:.2} times"))
}

/// A number with its thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
