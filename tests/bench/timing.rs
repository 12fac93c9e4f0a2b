//! Times of many runs, and what is said of them.

use std::fmt;
use std::time::{Duration, Instant};

/// The times of an operation, shortest first.
#[derive(Clone)]
pub struct Times(Vec<Duration>);

impl Times {
    /// The quicker tenth: one run in ten was quicker. What else runs on the machine only ever adds to a time.
    pub fn quick(&self) -> Duration {
        self.0.get(self.0.len() / 10).copied().unwrap_or_default()
    }
}

impl From<Vec<Duration>> for Times {
    fn from(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }
}

/// Runs `work` so many times.
pub fn time(runs: usize, mut work: impl FnMut()) -> Times {
    (0..runs).map(|_| once(&mut work)).collect::<Vec<_>>().into()
}

/// Runs two in turn, so that what else the machine does falls on both alike. The first round warms up and does not count.
pub fn alternate(runs: usize, mut one: impl FnMut(), mut other: impl FnMut()) -> (Times, Times) {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for round in 0..=runs {
        let (first, second) = (once(&mut one), once(&mut other));
        if round > 0 {
            ones.push(first);
            others.push(second);
        }
    }
    (ones.into(), others.into())
}

/// Times one run.
pub fn once(work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Whose processor time it is.
#[derive(Clone, Copy)]
pub enum Whose {
    /// This process's, of its threads together.
    Own,
    /// That of programs which were started and waited for.
    Programs,
}

/// Processor time so far, in steps of ten milliseconds: what else runs on the machine does not count in it.
pub fn processor(whose: Whose) -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("what the kernel says of this process");
    let first = match whose {
        Whose::Own => OWN,
        Whose::Programs => OWN + 2,
    };
    told(&stat, first)
}

/// The same of a program that runs; nothing if it has ended.
pub fn processor_of(process: u32) -> Duration {
    std::fs::read_to_string(format!("/proc/{process}/stat")).map_or(Duration::ZERO, |stat| told(&stat, OWN))
}

/// User time is field 14, system time 15, those of programs 16 and 17 (proc(5)); so many of them are behind the name, before it.
const OWN: usize = 11;

fn told(stat: &str, first: usize) -> Duration {
    // The name in parentheses may hold anything.
    let behind = stat.rsplit_once(") ").expect("a name").1;
    let ticks: u64 = behind.split(' ').skip(first).take(2).map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// The time of a processor that the programs took which `work` started and waited for.
pub fn of_programs(work: &mut impl FnMut()) -> Duration {
    let before = processor(Whose::Programs);
    work();
    processor(Whose::Programs).saturating_sub(before)
}

/// How many times longer.
pub fn ratio(longer: Duration, shorter: Duration) -> f64 {
    longer.as_secs_f64() / shorter.as_secs_f64().max(1e-9)
}

/// A duration with three digits that matter.
pub struct Shown(pub Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        let (value, unit) = if seconds >= 1.0 {
            (seconds, "s")
        } else if seconds >= 1e-3 {
            (seconds * 1e3, "ms")
        } else {
            (seconds * 1e6, "µs")
        };
        let digits = if value >= 99.95 {
            0
        } else if value >= 9.995 {
            1
        } else {
            2
        };
        write!(f, "{value:.digits$} {unit}")
    }
}
