//! `cargo xtask prove`: what takes too long for every change, as a page of Markdown on standard output. `--quick` does the same with less.

mod crash;
mod rows;

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Instant;

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
        let verdict = if holds { "holds" } else { "**broken**" };
        let _ = writeln!(self.text, "| {claim} | {looked_at} | {:.1} s | {verdict} |", since.elapsed().as_secs_f64());
        if !holds {
            self.broken.push(claim.to_owned());
        }
    }
}

/// A section of the page: its title and its proof.
type Section = (&'static str, fn(Scale) -> Said);

/// Every proof, in the order of the page.
const SECTIONS: &[Section] = &[("A million certificates", rows::prove), ("Killed at any moment", crash::prove)];

fn main() -> ExitCode {
    let quick = std::env::args().skip(1).any(|argument| argument == "--quick");
    println!("# Reliability\n");
    println!("Written by `cargo xtask prove`: what is claimed, what was looked at, and whether it holds.");
    if quick {
        println!("\nThis was a quick run, which shows that the proofs run and little more.");
    }
    let mut broken = Vec::new();
    for (title, prove) in SECTIONS {
        eprintln!("proving: {title}");
        let said = prove(Scale { quick });
        println!("\n## {title}\n\n{}", said.text.trim_end());
        broken.extend(said.broken.into_iter().map(|claim| format!("{title}: {claim}")));
    }
    if broken.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("broken:\n  {}", broken.join("\n  "));
    ExitCode::FAILURE
}
