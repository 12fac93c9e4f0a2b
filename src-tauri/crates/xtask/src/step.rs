//! Named steps with their times, and the closing lines of the programs that ran in them.

use std::time::{Duration, Instant};

use crate::invocation::{Failure, Invocation};

/// What a command has done so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Done>,
}

struct Done {
    name: String,
    took: Duration,
    closings: Vec<String>,
}

impl Steps {
    /// Does one step; prints its name before and its seconds after.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce(&mut Closings) -> Result<(), Failure>) -> Result<(), Failure> {
        println!("\n=== {name}");
        let begin = Instant::now();
        let mut closings = Closings::default();
        let outcome = work(&mut closings);
        let took = begin.elapsed();
        match outcome {
            Ok(()) => {
                println!("--- {name}: done in {:.1} s", took.as_secs_f64());
                self.done.push(Done { name: name.to_owned(), took, closings: closings.0 });
                Ok(())
            }
            Err(failure) => {
                println!("--- {name}: FAILED after {:.1} s", took.as_secs_f64());
                Err(Failure::new(format!("{name}: {failure}")))
            }
        }
    }

    /// Prints every step with its seconds and what its runners said last.
    pub(crate) fn summary(&self) {
        println!("\n=== summary");
        for step in &self.done {
            println!("{:>8.1} s  {}", step.took.as_secs_f64(), step.name);
            for closing in &step.closings {
                println!("              {closing}");
            }
        }
        let all: Duration = self.done.iter().map(|step| step.took).sum();
        println!("{:>8.1} s  all {} steps passed", all.as_secs_f64(), self.done.len());
    }
}

/// Collects the closing lines of test runners.
#[derive(Default)]
pub(crate) struct Closings(Vec<String>);

impl Closings {
    /// Runs a program that may say how its tests went.
    pub(crate) fn run(&mut self, invocation: &Invocation) -> Result<(), Failure> {
        let lines = invocation.run_and_keep()?;
        self.0.extend(lines.iter().filter_map(|line| closing(line)));
        Ok(())
    }
}

/// The line if it is one with which cargo's, Vitest's or Node's test runner closes, and if any test ran.
fn closing(line: &str) -> Option<String> {
    let plain = without_colour(line);
    let words: Vec<&str> = plain.split_whitespace().collect();
    let is_closing = match words.as_slice() {
        ["test", "result:", rest @ ..] => !rest.starts_with(&["ok.", "0", "passed;", "0", "failed;", "0", "ignored;"]),
        ["Tests", count, ..] => count.parse::<u32>().is_ok(),
        ["#" | "ℹ", "pass" | "fail", count] => count.parse::<u32>().is_ok(),
        _ => false,
    };
    is_closing.then(|| words.join(" "))
}

/// The line without ANSI colour sequences.
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_three_runners_are_kept() {
        let cargo = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(closing(cargo).as_deref(), Some(cargo));
        assert_eq!(
            closing("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m7 passed\u{1b}[39m (7)").as_deref(),
            Some("Tests 7 passed (7)")
        );
        assert_eq!(closing("ℹ pass 3").as_deref(), Some("ℹ pass 3"));
        assert_eq!(closing("# fail 1").as_deref(), Some("# fail 1"));
    }

    #[test]
    fn other_lines_and_empty_runs_are_not() {
        assert_eq!(closing("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s"), None);
        assert_eq!(closing("test serial::tests::is_minimal ... ok"), None);
        assert_eq!(closing("Tests are fun"), None);
    }

    #[test]
    fn a_failed_step_says_its_name() {
        let mut steps = Steps::default();
        let outcome = steps.step("nothing", |_| Err(Failure::new("because"))).map_err(|failure| failure.to_string());
        assert_eq!(outcome, Err("nothing: because".to_owned()));
        assert!(steps.done.is_empty());
    }
}
