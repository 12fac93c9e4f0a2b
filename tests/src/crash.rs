//! Brings a fault upon an operation at every call that changes a file, looks at what is left, and lets the operation run again.
//!
//! The program `crash-driver` runs one [`Operation`] and prints a [`Promise`] after each step that it has acknowledged. It runs once under `strace` to
//! count its calls, then once for each call at which a [`Fault`] is to come: it is killed before the call is made, or the call fails. Then the registry is
//! opened and examined, the operation is repeated, and the registry is examined again with the promises of both runs.

mod disk;
mod examination;
mod operation;
mod power;
mod promise;
mod strace;
mod trace;
mod unfinished;

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::NOW;
use examination::examine;

pub use disk::Syncs;
pub use operation::{NEW_PASSPHRASE, Operation, machine};
pub use power::{Outages, outages};
pub use promise::Promise;

/// Names how many kills there are over all operations: a number, or `all`.
pub const KILLS: &str = "CHANCERY_CRASH_KILLS";
/// Names the faults that come at every call, with commas between: `kill`, `full`, `broken`, `passing`.
pub const AT_EVERY_CALL: &str = "CHANCERY_CRASH_AT_EVERY_CALL";
/// How many there are when nobody says.
const USUAL_KILLS: usize = 120;
/// How many there are at least over the operations on keys, whatever is said.
pub const KILLS_OF_KEYS: usize = 104;
/// Of the other faults there is one for so many kills.
const KILLS_PER_FAULT: usize = 4;

/// What happens to the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `SIGKILL` arrives before the call is made.
    Kill,
    /// From this call on, all calls of its name say that the disk is full (`ENOSPC`).
    Full,
    /// This call says that the disk is broken (`EIO`).
    Broken,
    /// This call says that the disk is full, or broken where it takes no octets; then all is well, and the same process tries again.
    Passing,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 4] = [Self::Kill, Self::Full, Self::Broken, Self::Passing];

    /// Whether it is to come at every call, as [`AT_EVERY_CALL`] says.
    fn comes_at_every_call(self) -> bool {
        let named = std::env::var(AT_EVERY_CALL).unwrap_or_default();
        let fault = |name: &str| match name {
            "kill" => Self::Kill,
            "full" => Self::Full,
            "broken" => Self::Broken,
            "passing" => Self::Passing,
            _ => panic!("{AT_EVERY_CALL} names {name:?}, which is no fault"),
        };
        named.split(',').filter(|name| !name.is_empty()).any(|name| fault(name) == self)
    }
}

/// What came of one operation's sweep.
#[derive(Debug)]
pub struct Sweep {
    /// The operation.
    pub operation: Operation,
    /// What happened to it.
    pub fault: Fault,
    /// Calls that change files, from its start to its end.
    pub calls: usize,
    /// How often it happened.
    pub faults: usize,
    /// How long that took.
    pub took: Duration,
    /// What was not as it should be, each with the call at which the fault came.
    pub broken: Vec<String>,
}

/// How often the fault is to come upon an operation, as [`KILLS`] and [`AT_EVERY_CALL`] say; `None` for every call.
pub fn wanted(operation: Operation, fault: Fault) -> Option<usize> {
    if fault.comes_at_every_call() {
        return None;
    }
    let total = match std::env::var(KILLS).as_deref() {
        Ok("all") => return None,
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{KILLS} is {text:?}, which is neither a number nor `all`")),
        Err(_) => USUAL_KILLS,
    };
    let each = |kills: usize, operations: usize| if fault == Fault::Kill { kills } else { kills / KILLS_PER_FAULT }.div_ceil(operations);
    let all = Operation::all();
    let of_keys = all.iter().filter(|operation| operation.is_of_keys()).count();
    let kills = each(total, all.len());
    Some(if operation.is_of_keys() { kills.max(each(KILLS_OF_KEYS, of_keys)) } else { kills })
}

/// Brings `fault` upon `operation` at `count` of its calls, evenly over the whole of it, or at each of them. `driver` is the program `crash-driver`;
/// `workers` do so beside each other.
pub fn sweep(driver: &Path, operation: Operation, fault: Fault, count: Option<usize>, workers: NonZero<usize>) -> Sweep {
    let start = Instant::now();
    let base = tempfile::tempdir().expect("a folder");
    operation.prepare(base.path());
    let points = points(driver, operation, base.path());
    let wanted = count.unwrap_or(points.len()).min(points.len());
    let (next, faults, broken) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= wanted {
                return;
            }
            let (scene, point) = (Scene::copy_of(base.path()), &points[index * points.len() / wanted]);
            // Half of the users look first, the others try again at once, before anything was settled.
            let (came, complaints) = scene.disturb_and_repeat(driver, operation, fault, point, index % 2 == 0);
            faults.fetch_add(usize::from(came), Ordering::Relaxed);
            let complaints = complaints.into_iter().map(|complaint| format!("{operation}, {fault:?} at {point}: {complaint}"));
            broken.lock().expect("complaints").extend(complaints);
        }
    };
    std::thread::scope(|scope| (0..workers.get()).for_each(|_| drop(scope.spawn(work))));
    let (faults, broken) = (faults.into_inner(), broken.into_inner().expect("complaints"));
    Sweep { operation, fault, calls: points.len(), faults, took: start.elapsed(), broken }
}

/// Runs `operation` undisturbed in `folder` and gives every octet that it hands to the system, also into files that are gone afterwards: one item for
/// each call, with the name of the file in it.
pub fn everything_written(driver: &Path, operation: Operation, folder: &Path) -> Vec<Vec<u8>> {
    operation.prepare(folder);
    let (output, written) = strace::read(&command(driver, operation, folder, 10));
    assert!(output.status.success(), "{operation} fails: {}", String::from_utf8_lossy(&output.stderr));
    written
}

fn command(driver: &Path, operation: Operation, folder: &Path, minutes: u32) -> Vec<String> {
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    // Two threads that change files at once cannot be told apart call by call: where every core works, there is one.
    let one_core = ["taskset".to_owned(), "--cpu-list".to_owned(), usable_core()];
    let one_core = one_core.into_iter().filter(|_| operation == Operation::Many);
    one_core.chain([text(driver), operation.to_string(), text(folder), minutes.to_string()]).collect()
}

/// The number of a core that this process may run on.
fn usable_core() -> String {
    let status = fs::read_to_string("/proc/self/status").expect("what Linux says of a process");
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).expect("the cores that it may run on");
    allowed.trim().chars().take_while(char::is_ascii_digit).collect()
}

/// Where a fault comes: at the `nth` such call.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Point {
    call: String,
    nth: usize,
    shown: String,
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.call, self.nth, self.shown)
    }
}

/// All calls of a run that nobody disturbs, which must itself be right.
fn points(driver: &Path, operation: Operation, base: &Path) -> Vec<Point> {
    let scene = Scene::copy_of(base);
    let log = scene.folder.path().join("calls.txt");
    let output = strace::watched(&scene.command(driver, operation, 10), &log);
    let promises = promises(&output);
    assert!(output.status.success(), "{operation} fails undisturbed: {}", String::from_utf8_lossy(&output.stderr));
    assert!(!promises.is_empty(), "{operation} promises nothing");
    assert_eq!(examine(scene.folder.path(), NOW + Duration::from_secs(3600), &promises), [""; 0], "{operation}, undisturbed");
    strace::points(&log)
}

/// A copy of the starting registry, and of the folder for what is handed over.
struct Scene {
    folder: TempDir,
}

impl Scene {
    fn copy_of(base: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        copy(base, folder.path());
        Self { folder }
    }

    fn command(&self, driver: &Path, operation: Operation, minutes: u32) -> Vec<String> {
        command(driver, operation, self.folder.path(), minutes)
    }

    /// Returns whether the fault came, and what was wrong after it.
    fn disturb_and_repeat(&self, driver: &Path, operation: Operation, fault: Fault, point: &Point, patient: bool) -> (bool, Vec<String>) {
        let at = |hours: u64| NOW + Duration::from_secs(hours * 3600);
        let mut command = self.command(driver, operation, 10);
        if fault == Fault::Passing {
            command.push("again".to_owned());
        }
        let (output, came) = strace::disturbed(&command, fault, &point.call, point.nth);
        let said = String::from_utf8_lossy(&output.stderr);
        let ended = match fault {
            Fault::Kill => came || output.status.success(),
            Fault::Full | Fault::Broken => output.status.success() || output.status.code() == Some(1),
            // What it said went nowhere, or it works again.
            Fault::Passing => output.status.success() || point.shown.starts_with("1<"),
        };
        let mut complaints = Vec::new();
        if !ended {
            complaints.push(format!("it ends with {}: {said}", output.status));
        }
        // Who is killed cannot clean up. Who is not does, unless that is what fails.
        if fault != Fault::Kill && !point.call.starts_with("unlink") {
            // A batch that is recorded and cannot be put in place is kept staged: it holds the only copies of its keys.
            let left = left_over(self.folder.path()).into_iter().filter(|name| !name.starts_with(".issue-"));
            complaints.extend(left.map(|name| format!("{name} is left over")));
        }
        let mut kept = promises(&output);
        if patient {
            complaints.extend(examine(self.folder.path(), at(1), &kept));
        }
        // What was handed over before the fault is out in the world, even where the second run replaces it.
        set_aside(self.folder.path());
        let command = self.command(driver, operation, if patient { 120 } else { 11 });
        let output = Command::new(&command[0]).args(&command[1..]).output().expect("the driver starts");
        if !output.status.success() {
            complaints.push(format!("it cannot be repeated: {}", String::from_utf8_lossy(&output.stderr)));
            return (came, complaints);
        }
        complaints.extend(left_over(self.folder.path()).into_iter().map(|name| format!("{name} is left over although it was repeated")));
        let repeated = promises(&output);
        complaints.extend(promise::given_twice(&kept, &repeated));
        kept.extend(repeated);
        complaints.extend(examine(self.folder.path(), at(3), &kept).into_iter().map(|complaint| format!("once repeated, {complaint}")));
        (came, complaints)
    }
}

/// The lines that were written whole: one that is cut off was not heard.
fn promises(output: &Output) -> Vec<Promise> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(|line| serde_json::from_str(line).expect("a promise")).collect()
}

/// Files that were on their way to another name, and folders that nothing came into.
fn left_over(folder: &Path) -> Vec<String> {
    let mut left = Vec::new();
    let mut folders = vec![folder.join("registry"), folder.join("out")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry")) {
            let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
            if name.starts_with('.') {
                left.push(name);
            } else if path.is_dir() && name != BEFORE {
                // Another tool wants folders that are empty as yet.
                let handed_out = path.ancestors().any(operation::is_handed_out);
                if !handed_out && fs::read_dir(&path).expect("a folder").next().is_none() {
                    left.push(name);
                }
                folders.push(path);
            }
        }
    }
    left
}

/// Where what was handed over before a fault is kept.
const BEFORE: &str = "before";

/// Keeps a copy of what was handed over.
fn set_aside(folder: &Path) {
    let out = folder.join("out");
    copy(&out, &out.join(BEFORE));
}

pub(crate) fn copy(from: &Path, to: &Path) {
    let entries: Vec<_> = fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    fs::create_dir_all(to).expect("a folder");
    for path in entries {
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a copy");
        }
    }
}
