//! The readers that the fuzzers call, which are those of the suite `readers`, each input within what it may take.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cpu_time::ThreadTime;
use peak_alloc::PeakAlloc;

#[path = "../../src/reading.rs"]
pub mod reading;

/// The longest that a reader may take for one input, of the processor's time.
const LONGEST: Duration = Duration::from_millis(100);
/// The most memory that a reader may hold at a time for one input, in octets.
const MOST: usize = 64 * 1024 * 1024;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

static SLOWEST: AtomicUsize = AtomicUsize::new(0);
static LARGEST: AtomicUsize = AtomicUsize::new(0);

/// Reads, and panics where that takes longer, or more memory, than it may. libFuzzer knows only whole seconds, and allocations one by one. What took the
/// most so far is said on standard error whenever that grows by a tenth.
pub fn limited(read: reading::Read, octets: &[u8]) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let mut took = time_of(read, octets);
    let held = MEMORY.peak_usage().saturating_sub(before);
    // The processor is shared with others, and its caches too: what takes too long takes it every time.
    for _ in 0..2 {
        if took > LONGEST {
            took = took.min(time_of(read, octets));
        }
    }
    tell("slowest-micros", usize::try_from(took.as_micros()).unwrap_or(usize::MAX), &SLOWEST);
    tell("largest-octets", held, &LARGEST);
    assert!(took <= LONGEST, "{took:?} for one input");
    assert!(held <= MOST, "{held} octets at a time for one input");
}

fn time_of(read: reading::Read, octets: &[u8]) -> Duration {
    let start = ThreadTime::now();
    read(octets);
    start.elapsed()
}

fn tell(what: &str, now: usize, most: &AtomicUsize) {
    if now > most.load(Ordering::Relaxed) / 10 * 11 {
        most.store(now, Ordering::Relaxed);
        eprintln!("limit::{what}: {now}");
    }
}
