//! `cargo xtask prove`: what takes too long for every change, as a page of Markdown on standard output.
//!
//! `prove [--quick] [--page FILE] [PROOF]...`: `--quick` does the same with less; where only some proofs are asked for, what FILE says of the others is
//! kept.

mod crash;
mod damage;
mod fuzzers;
mod keys;
mod power;
mod readers;
mod rows;
mod writers;

use std::fmt::Write as _;
use std::num::NonZero;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use authority::clock::{Clock as _, SystemClock};

/// How much a proof does.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Whether this only shows that the proofs run.
    pub quick: bool,
}

/// What a section says: paragraphs or a table, and what went wrong.
#[derive(Debug, Default)]
pub struct Said {
    /// Markdown.
    pub text: String,
    /// What does not hold; empty when all is well.
    pub broken: Vec<String>,
}

impl Said {
    /// Adds a row of a table of what was claimed, what was looked at and how long it took.
    pub fn row(&mut self, claim: &str, looked_at: &str, since: Instant, holds: bool) {
        self.row_in(claim, looked_at, since.elapsed(), holds);
    }

    /// The same where it is known how long it took.
    pub fn row_in(&mut self, claim: &str, looked_at: &str, took: Duration, holds: bool) {
        let verdict = verdict(holds);
        let _ = writeln!(self.text, "| {claim} | {looked_at} | {:.1} s | {verdict} |", took.as_secs_f64());
        if !holds {
            self.broken.push(claim.to_owned());
        }
    }
}

/// The last column of a table.
pub fn verdict(holds: bool) -> &'static str {
    if holds { "holds" } else { "**broken**" }
}

/// How many things are done at once.
pub fn processors() -> NonZero<usize> {
    std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// A section of the page: its name, its title and its proof.
struct Section {
    name: &'static str,
    title: &'static str,
    prove: fn(Scale) -> Said,
}

/// Every proof, in the order of the page.
const SECTIONS: &[Section] = &[
    Section { name: "rows", title: "A million certificates", prove: rows::prove },
    Section { name: "crash", title: "Killed at any moment", prove: crash::prove },
    Section { name: "keys", title: "Keys, killed at any moment", prove: keys::prove },
    Section { name: "power", title: "Power lost at any moment", prove: power::prove },
    Section { name: "damage", title: "Damaged, edited, held, misdated", prove: damage::prove },
    Section { name: "readers", title: "Whatever is read", prove: readers::prove },
    Section { name: "fuzzers", title: "Under the fuzzers", prove: fuzzers::prove },
    Section { name: "writers", title: "Many programs at once", prove: writers::prove },
];

/// What an earlier page has below a title.
fn earlier<'a>(page: &'a str, title: &str) -> Option<&'a str> {
    let below = page.split_once(&format!("\n## {title}\n"))?.1;
    Some(below.split("\n## ").next().unwrap_or_default().trim())
}

fn main() -> ExitCode {
    let (mut quick, mut page, mut wanted) = (false, String::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--page" => page = arguments.next().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default(),
            _ => wanted.push(argument),
        }
    }
    if let Some(unknown) = wanted.iter().find(|name| !SECTIONS.iter().any(|section| section.name == name.as_str())) {
        eprintln!("there is no proof {unknown:?}");
        return ExitCode::from(2);
    }
    println!("# Reliability\n");
    println!("Written by `cargo xtask prove`: what is claimed, what was looked at, and whether it holds.");
    let mut broken = Vec::new();
    for Section { name, title, prove } in SECTIONS {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            if let Some(text) = earlier(&page, title) {
                println!("\n## {title}\n\n{text}");
            }
            continue;
        }
        eprintln!("proving: {title}");
        let start = Instant::now();
        let said = prove(Scale { quick });
        println!("\n## {title}\n\n{}\n\n{}", said.text.trim_end(), ran(name, quick, start.elapsed()));
        broken.extend(said.broken.into_iter().map(|claim| format!("{title}: {claim}")));
    }
    if broken.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("broken:\n  {}", broken.join("\n  "));
    ExitCode::FAILURE
}

/// When and how a proof was run.
fn ran(name: &str, quick: bool, took: Duration) -> String {
    let how = if quick { ", a quick run, which shows that the proof runs and little more" } else { "" };
    let (day, processors) = (SystemClock.now().date(), processors());
    format!("Run on {day} by `cargo xtask prove {name}` on {processors} processors in {} s{how}.", took.as_secs())
}
