//! Kills an operation at every call that changes a file, looks at what is left, and lets the operation run again.
//!
//! The program `crash-driver` runs one [`Operation`] and prints a [`Promise`] after each step that it has acknowledged. It runs once under `strace` to
//! count its calls, then once for each call at which it is to be killed: `SIGKILL` arrives before that call is made. After each kill the registry is
//! opened and examined, the operation is repeated, and the registry is examined again with the promises of both runs.

mod examination;
mod operation;
mod promise;
mod strace;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::NOW;
use examination::examine;

pub use operation::Operation;
pub use promise::Promise;

/// Names how many kills there are over all operations: a number, or `all`.
pub const KILLS: &str = "CHANCERY_CRASH_KILLS";
/// How many there are when nobody says.
const USUAL_KILLS: usize = 120;

/// What came of one operation's sweep.
#[derive(Debug)]
pub struct Sweep {
    /// The operation.
    pub operation: Operation,
    /// Calls that change files, from its start to its end.
    pub calls: usize,
    /// How often it was killed.
    pub kills: usize,
    /// How long that took.
    pub took: Duration,
    /// What was not as it should be, each with the call before which the kill came.
    pub broken: Vec<String>,
}

/// How often each operation is to be killed, as [`KILLS`] says; `None` for every call.
pub fn wanted() -> Option<usize> {
    let total = match std::env::var(KILLS).as_deref() {
        Ok("all") => return None,
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{KILLS} is {text:?}, which is neither a number nor `all`")),
        Err(_) => USUAL_KILLS,
    };
    Some(total.div_ceil(Operation::all().len()))
}

/// Kills `operation` before `kills` of its calls, evenly over the whole of it, or before each of them. `driver` is the program `crash-driver`.
pub fn sweep(driver: &Path, operation: Operation, kills: Option<usize>) -> Sweep {
    let start = Instant::now();
    let base = tempfile::tempdir().expect("a folder");
    operation.prepare(base.path());
    let points = points(driver, operation, base.path());
    let wanted = kills.unwrap_or(points.len()).min(points.len());
    let (mut done, mut broken) = (0, Vec::new());
    for point in (0..wanted).map(|index| &points[index * points.len() / wanted]) {
        let scene = Scene::copy_of(base.path());
        let (killed, complaints) = scene.kill_and_repeat(driver, operation, point);
        done += usize::from(killed);
        broken.extend(complaints.into_iter().map(|complaint| format!("{operation}, before {point}: {complaint}")));
    }
    Sweep { operation, calls: points.len(), kills: done, took: start.elapsed(), broken }
}

/// Where a kill comes: before the `nth` such call.
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
        let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        vec![text(driver), operation.to_string(), text(self.folder.path()), minutes.to_string()]
    }

    /// Returns whether the kill came, and what was wrong after it.
    fn kill_and_repeat(&self, driver: &Path, operation: Operation, point: &Point) -> (bool, Vec<String>) {
        let at = |hours: u64| NOW + Duration::from_secs(hours * 3600);
        let output = strace::killed(&self.command(driver, operation, 10), &point.call, point.nth);
        let killed = strace::was_killed(&output);
        if !killed && !output.status.success() {
            return (killed, vec![format!("neither killed nor right: {}", String::from_utf8_lossy(&output.stderr))]);
        }
        let mut kept = promises(&output);
        let mut complaints = examine(self.folder.path(), at(1), &kept);
        // What was handed over before the kill is out in the world, even where the second run replaces it.
        copy(&self.folder.path().join("out"), &self.folder.path().join("out/before"));
        let command = self.command(driver, operation, 120);
        let output = Command::new(&command[0]).args(&command[1..]).output().expect("the driver starts");
        if !output.status.success() {
            complaints.push(format!("it cannot be repeated: {}", String::from_utf8_lossy(&output.stderr)));
            return (killed, complaints);
        }
        let repeated = promises(&output);
        complaints.extend(promise::given_twice(&kept, &repeated));
        kept.extend(repeated);
        complaints.extend(examine(self.folder.path(), at(3), &kept).into_iter().map(|complaint| format!("once repeated, {complaint}")));
        (killed, complaints)
    }
}

/// The lines that were written whole: one that is cut off was not heard.
fn promises(output: &Output) -> Vec<Promise> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(|line| serde_json::from_str(line).expect("a promise")).collect()
}

fn copy(from: &Path, to: &Path) {
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
