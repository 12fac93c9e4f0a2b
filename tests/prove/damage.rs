//! Harm that comes from outside: damaged pages and cells, an edited log, a holder of the file, a wrong clock.

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use suite::damage::cells::junk;
use suite::damage::clock;
use suite::damage::locked::held;
use suite::damage::log::edited;
use suite::damage::pages::{Harm, harmed};

use crate::{Said, Scale};

/// Rows of the log that is edited, and of the one for a glance; every so manyth is edited then.
const ROWS: u64 = 1_000;
const ROWS_OF_A_GLANCE: u64 = 40;
const GLANCE: usize = 13;
/// For how long another process holds the registry.
const HELD: Duration = Duration::from_secs(60);

/// Proves it.
pub fn prove(scale: Scale) -> Said {
    let mut said = Said::default();
    said.text.push_str(
        "What happens to the file past the program, beside it, or to its clock. A disk that is full, that breaks, or whose sync fails, at every call that \
         changes a file, stands under \u{201c}Killed at any moment\u{201d}.\n\n| claim | looked at | time | |\n|---|---|--:|---|\n",
    );
    pages(scale, &mut said);
    cells(scale, &mut said);
    log(scale, &mut said);
    lock(scale, &mut said);
    clocks(&mut said);
    said
}

fn pages(scale: Scale, said: &mut Said) {
    for (harm, claim) in Harm::ALL.into_iter().zip([
        "a page overwritten with other octets shows at opening or in the check",
        "a page emptied shows at opening or in the check",
        "a file cut off before a page shows at opening or in the check",
    ]) {
        eprintln!("harming pages: {harm:?}");
        let start = Instant::now();
        let came = harmed(if scale.quick { GLANCE } else { 1 }, &[harm]);
        let how: Vec<String> = came.told.iter().map(|(code, count)| format!("`{code}` {count}")).collect();
        let looked_at = format!("{} of {} pages, tables and indexes: {}", came.tried, came.pages, how.join(", "));
        said.row(claim, &looked_at, start, came.silent.is_empty());
        said.broken.extend(came.silent);
    }
}

fn cells(scale: Scale, said: &mut Said) {
    eprintln!("junk in cells");
    let start = Instant::now();
    let came = junk(!scale.quick, if scale.quick { GLANCE } else { 1 });
    let looked_at = format!("{} values, one after the other, over the columns of all tables", came.tried);
    said.row("a value that a cell may not hold is told with its table and column", &looked_at, start, came.silent.is_empty());
    said.broken.extend(came.silent);
}

fn log(scale: Scale, said: &mut Said) {
    eprintln!("editing the audit log");
    let rows = if scale.quick { ROWS_OF_A_GLANCE } else { ROWS };
    for edits in edited(rows, if scale.quick { GLANCE } else { 1 }) {
        let found = edits.tried - edits.silent.len();
        let looked_at = format!("{} edits of a log of {rows} rows, {found} found", edits.tried);
        said.row_in(&format!("audit log: {} is found", edits.what), &looked_at, edits.took, edits.silent.is_empty() && edits.tried > 0);
        said.broken.extend(edits.silent);
    }
}

fn lock(scale: Scale, said: &mut Said) {
    let time = if scale.quick { Duration::from_secs(1) } else { HELD };
    eprintln!("held by another process for {time:?}");
    let start = Instant::now();
    let outcome = catch_unwind(|| held(time));
    let looked_at = outcome.as_ref().map_or_else(
        |_| "see above".to_owned(),
        |held| format!("{} looks, the longest {} ms; {} writes refused", held.looks, held.longest.as_millis(), held.refusals),
    );
    let claim = format!(
        "held by another process for {} s: all can be looked at, each write says that the registry is in use, nothing is lost, and what waits goes on",
        time.as_secs()
    );
    said.row(&claim, &looked_at, start, outcome.is_ok());
}

/// A claim about the clock, and its proof.
type Claim = (&'static str, &'static str, fn());

fn clocks(said: &mut Said) {
    eprintln!("turning the clock");
    let claims: [Claim; 3] = [
        (
            "clock back ten years: nothing is signed until a person confirms, which is written down",
            "issuing, revoking, a CRL, a new authority; back again, and confirmed",
            clock::back_ten_years_nothing_is_signed_until_a_person_confirms,
        ),
        (
            "clock back four minutes: it is signed, and no CRL is older than the one before",
            "two CRLs",
            clock::back_by_a_little_no_crl_is_older_than_the_one_before,
        ),
        (
            "clock forward fifty years: nothing is issued, CRL numbers go on rising, and what was signed then asks for a person's word",
            "issuing and CRLs, then and afterwards",
            clock::forward_fifty_years_nothing_is_issued_and_what_was_seen_is_not_forgotten,
        ),
    ];
    for (claim, looked_at, proof) in claims {
        let start = Instant::now();
        let holds = catch_unwind(proof).is_ok();
        said.row(claim, looked_at, start, holds);
    }
}
