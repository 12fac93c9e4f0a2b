//! What the figures were taken on.

use std::fs;

use crate::timing::{Shown, Times, time};

/// Prints processor, cores, memory and system; no names of people, machines or folders.
pub fn tell() {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, key: &str| {
        text.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim_matches([' ', '\t', ':', '=', '"']).to_owned())
    };
    let processor = after(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".to_owned());
    let system = after(&read("/etc/os-release"), "PRETTY_NAME").unwrap_or_else(|| std::env::consts::OS.to_owned());
    let kernel = read("/proc/sys/kernel/osrelease");
    let memory = after(&read("/proc/meminfo"), "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok()).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("| | |\n|---|---|");
    println!("| processor | {processor}, {cores} cores |");
    println!("| memory | {} GiB |", memory.div_ceil(1024 * 1024));
    println!("| system | {system}, Linux {} |", kernel.trim());
    println!("| waiting for a processor when this began (load average, 1 minute) | {} |", load());
    println!("| a 4 KiB write that is synced to the disk | {} |", Shown(synced_write().quick()));
}

/// How many programs want a processor.
pub fn load() -> String {
    fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default().to_owned()
}

/// What nothing that must survive a power cut can be quicker than.
pub fn synced_write() -> Times {
    use std::io::Write as _;
    let mut file = tempfile::tempfile_in(suite::seeded::folder()).expect("a file");
    time(101, || {
        file.write_all(&[7; 4096]).expect("written");
        file.sync_data().expect("synced");
    })
}
