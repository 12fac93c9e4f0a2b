//! How much memory is in use at most, as Linux tells it.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

fn highest(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

/// The most that this program has had in memory since [`forget_peak`], in bytes.
pub fn peak() -> u64 {
    fs::read_to_string("/proc/self/status").ok().and_then(|status| highest(&status)).expect("a peak")
}

/// From now on the peak is counted anew.
pub fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").expect("a peak that is forgotten");
}

/// The most that a program has in memory until it ends, in bytes, as far as one who looks every millisecond can see.
pub fn peak_of(program: &mut Command) -> u64 {
    peak_until(program, Duration::from_millis(1), |_| false)
}

/// The same of one that is ended when `enough` says so of its number; who looks so often sees it.
pub fn peak_until(program: &mut Command, often: Duration, enough: impl Fn(u32) -> bool) -> u64 {
    let mut child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("a child").is_none() {
        peak = fs::read_to_string(&status).ok().and_then(|status| highest(&status)).unwrap_or(0).max(peak);
        if enough(child.id()) {
            child.kill().expect("ended");
        }
        std::thread::sleep(often);
    }
    peak
}
