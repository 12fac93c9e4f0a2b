//! Readers tried with files and with mutations of them: who panics, and what takes how long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::mutation::{Numbers, mutated};
use crate::reading::{READERS, Read};

/// The longest file that is changed: what is in longer ones is in shorter ones too.
const LONGEST_CHANGED: usize = 16 * 1024;

/// The longest file that is tried as every kind of thing.
const LONGEST_TRIED: usize = 1024 * 1024;

/// What came of it.
#[derive(Debug, Default)]
pub struct Told {
    /// Files that were read.
    pub files: usize,
    /// Those that a reader took.
    pub known: usize,
    /// Mutations that were read.
    pub mutations: usize,
    /// The longest that one reader took for one mutation, and of what.
    pub slowest: (Duration, String),
    /// What made a reader panic.
    pub panics: Vec<String>,
}

/// Whether the reader takes the octets; `None` when it panicked.
pub fn tried(read: Read, octets: &[u8]) -> Option<bool> {
    catch_unwind(AssertUnwindSafe(|| read(octets))).ok()
}

/// Reads every file with every reader, and so many mutations of each with the readers that took it; on all processors.
pub fn read_all(files: &[(String, Vec<u8>)], mutations: usize) -> Told {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<Told> = std::thread::scope(|scope| {
        let part = |first: usize| scope.spawn(move || read_some(files, first, threads, mutations));
        let parts: Vec<_> = (0..threads).map(part).collect();
        parts.into_iter().map(|part| part.join().expect("the panics are caught")).collect()
    });
    parts.into_iter().fold(Told::default(), |mut all, part| {
        all.files += part.files;
        all.known += part.known;
        all.mutations += part.mutations;
        all.slowest = all.slowest.max(part.slowest);
        all.panics.extend(part.panics);
        all
    })
}

fn read_some(files: &[(String, Vec<u8>)], first: usize, step: usize, mutations: usize) -> Told {
    let mut told = Told::default();
    for (index, (name, octets)) in files.iter().enumerate().skip(first).step_by(step) {
        told.files += 1;
        let mut takers = Vec::new();
        for (kind, read) in READERS {
            if octets.len() > LONGEST_TRIED && *kind != "pem" {
                continue;
            }
            match tried(*read, octets) {
                Some(true) => takers.push((*kind, *read)),
                Some(false) => {}
                None => told.panics.push(format!("{name} as {kind}")),
            }
        }
        told.known += usize::from(!takers.is_empty());
        if takers.is_empty() || octets.len() > LONGEST_CHANGED {
            continue;
        }
        let mut numbers = Numbers::new(u64::try_from(index).expect("a small number"));
        for number in 0..mutations {
            let changed = mutated(octets, &mut numbers);
            told.mutations += 1;
            for (kind, read) in &takers {
                let start = Instant::now();
                if tried(*read, &changed).is_none() {
                    let file = std::env::temp_dir().join(format!("chancery-panic-{index}-{number}"));
                    std::fs::write(&file, &changed).expect("a written file");
                    told.panics.push(format!("{name} as {kind}, mutation {number}: {}", file.display()));
                }
                let took = start.elapsed();
                if took > told.slowest.0 {
                    told.slowest = (took, format!("{name} as {kind}, mutation {number}"));
                }
            }
        }
    }
    told
}
