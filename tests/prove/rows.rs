//! A million rows: lists reach each of them once, jumps land where walking would, and the full check finds nothing.

use std::collections::HashSet;
use std::time::Instant;

use api::Surface;
use serde_json::{Value, json};
use suite::ask;
use suite::seeded::{self, Seeding};

use crate::{Said, Scale};

/// Rows of a page.
const PAGE: u64 = 500;

/// What is kept of a row: its id, and what the list is sorted by.
type Row = (u64, String);

fn page(surface: &Surface, request: Value, sort: &str) -> (Vec<Row>, Option<String>, u64) {
    let page = surface.certificate_list(ask(request)).expect("a page");
    let rows = page.items.into_iter().map(|item| {
        let key = match sort.trim_start_matches('-') {
            // Names are sorted without regard to case.
            "name" => item.name.to_lowercase(),
            "ends" => item.not_after,
            _ => String::new(),
        };
        (item.id.parse().expect("an id is a number"), key)
    });
    (rows.collect(), page.next, u64::from(page.total.count))
}

/// All rows by cursor; the total that the pages told, if they all told the same.
fn walk(surface: &Surface, sort: &str) -> (Vec<Row>, Option<u64>) {
    let (mut rows, mut totals, mut after) = (Vec::new(), HashSet::new(), None::<String>);
    loop {
        let (more, next, total) = page(surface, json!({ "sort": sort, "limit": PAGE, "after": after }), sort);
        rows.extend(more);
        totals.insert(total);
        if next.is_none() {
            let told = if totals.len() == 1 { totals.into_iter().next() } else { None };
            return (rows, told);
        }
        after = next;
    }
}

/// Proves it.
pub fn prove(scale: Scale) -> Said {
    let certificates = if scale.quick { 10_000 } else { 1_000_000 };
    let seeded = Seeding { certificates, revoked: 0, authorities: 3 }.kept();
    let surface = seeded::open(&seeded.path);
    let mut said = Said::default();
    said.text.push_str("| claim | looked at | time | |\n|---|---|--:|---|\n");
    for sort in ["-issued", "name", "ends"] {
        let start = Instant::now();
        let (rows, told) = walk(&surface, sort);
        let unique: HashSet<u64> = rows.iter().map(|(id, _)| *id).collect();
        let ordered = match sort {
            "-issued" => rows.windows(2).all(|two| matches!(two, [one, other] if one.0 > other.0)),
            _ => rows.windows(2).all(|two| matches!(two, [one, other] if (&one.1, one.0) < (&other.1, other.0))),
        };
        let total = u64::try_from(rows.len()).expect("a count");
        let whole = total >= certificates && unique.len() == rows.len() && told == Some(total) && ordered;
        let looked_at = format!("{total} rows in pages of {PAGE}");
        said.row(
            &format!("sorted by `{sort}`, walking shows each certificate once, in order, as many as the total says"),
            &looked_at,
            start,
            whole,
        );

        let start = Instant::now();
        let step = (total / 97).max(1);
        let positions: Vec<u64> = (0..total).step_by(usize::try_from(step).expect("a step")).chain([total - 1, total]).collect();
        let lands = positions.iter().all(|position| {
            let found = page(&surface, json!({ "sort": sort, "limit": 5, "position": position }), sort).0;
            let at = usize::try_from(*position).expect("a position");
            found.as_slice() == rows.get(at..rows.len().min(at + 5)).unwrap_or_default()
        });
        said.row(&format!("sorted by `{sort}`, a jump lands where walking does"), &format!("{} positions", positions.len()), start, lands);
    }
    let start = Instant::now();
    let check = surface.registry_check(ask(json!({}))).expect("a check");
    let looked_at = "every certificate against its columns, every counter, the audit log";
    said.row("the full check finds nothing", looked_at, start, check.ok);
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        peak.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|text| text.trim().split(' ').next()?.parse::<u64>().ok());
    let size = std::fs::metadata(&seeded.path).expect("the file").len();
    said.text.push_str(&format!(
        "\nThe file has {} MB; the proof, which keeps every row it saw, never took more than {} MB of memory.\n",
        size / 1_000_000,
        peak.unwrap_or(0) / 1_000
    ));
    said
}
