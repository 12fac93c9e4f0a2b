//! Cuts the power: an operation runs once with all its calls written down, and is then replayed onto a disk that forgets.
//!
//! At every moment of the run, and for every way in which a disk may lose what was not synced, the files are made as the disk would give them back; then
//! the registry in them is opened and examined like one that was killed, with the promises that had been heard by then, and the operation is repeated.

use std::collections::HashSet;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use super::disk::{Disk, Fate, Loss, Syncs, Tree};
use super::examination::examine;
use super::trace::{Event, events};
use super::{Operation, Promise, Scene, command, promise, strace};
use crate::NOW;

/// What came of one operation's outages.
#[derive(Debug)]
pub struct Outages {
    /// The operation.
    pub operation: Operation,
    /// Moments of its run at which files or promises differ.
    pub moments: usize,
    /// States of the disk that were looked at, all of them different.
    pub points: usize,
    /// How long that took.
    pub took: Duration,
    /// What was not as it should be, each with the moment and the loss.
    pub broken: Vec<String>,
}

/// What a power cut may take, of octets and of names.
const LOSSES: [(Fate, Fate); 7] = [
    (Fate::Dropped, Fate::Dropped),
    (Fate::Dropped, Fate::Kept),
    (Fate::Kept, Fate::Dropped),
    (Fate::Kept, Fate::Kept),
    (Fate::Torn, Fate::Reordered),
    (Fate::Reordered, Fate::Reordered),
    (Fate::Torn, Fate::Kept),
];

/// A disk given back after a power cut.
struct Point {
    shown: String,
    tree: Tree,
    promises: Vec<Promise>,
}

/// Cuts the power while `operation` runs, `count` times spread over the whole of it. `driver` is the program `crash-driver`. `workers` look at the states.
pub fn outages(driver: &Path, operation: Operation, count: usize, syncs: Syncs, workers: NonZero<usize>) -> Outages {
    let start = Instant::now();
    let base = tempfile::tempdir().expect("a folder");
    operation.prepare(base.path());
    let (events, scene) = recorded(driver, operation, base.path());
    // Where a run has written down whole paths, they mean something in one place only, and its states come back there, one after the other.
    let place = operation.knows_its_place().then(|| Place { folder: scene.folder.path(), driver });
    let workers = if place.is_some() { NonZero::<usize>::MIN } else { workers };
    let moments = events.iter().filter(|event| is_moment(event)).count();
    let (broken, points) = (Mutex::new(Vec::new()), Mutex::new(0));
    let (give, take) = sync_channel::<Point>(workers.get());
    let take = Mutex::new(take);
    std::thread::scope(|scope| {
        for _ in 0..workers.get() {
            scope.spawn(|| {
                loop {
                    let next = take.lock().expect("a channel").recv();
                    let Ok(point) = next else { return };
                    let nth = {
                        let mut points = points.lock().expect("a count");
                        *points += 1;
                        *points
                    };
                    let look = || looked_at(operation, place.as_ref(), &point, nth % 2 == 0);
                    let complaints =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(look)).unwrap_or_else(|_| vec!["panic".to_owned()]);
                    let complaints = complaints.into_iter().map(|complaint| format!("{operation}, {}: {complaint}", point.shown));
                    broken.lock().expect("complaints").extend(complaints);
                }
            });
        }
        cut(base.path(), &events, moments, count, syncs, |point| give.send(point).expect("a worker"));
        drop(give);
    });
    let (points, broken) = (points.into_inner().expect("a count"), broken.into_inner().expect("complaints"));
    Outages { operation, moments, points, took: start.elapsed(), broken }
}

/// Whether files or promises differ after this.
fn is_moment(event: &Event) -> bool {
    match event {
        Event::Opened { made, emptied, .. } => *made || *emptied,
        Event::Sought { .. } => false,
        _ => true,
    }
}

/// The calls of a run that nobody disturbs, and where it ran.
fn recorded(driver: &Path, operation: Operation, base: &Path) -> (Vec<Event>, Scene) {
    let scene = Scene { folder: tempfile::tempdir_in(workshop()).expect("a folder") };
    super::copy(base, scene.folder.path());
    let folder = scene.folder.path().canonicalize().expect("a folder");
    let (output, log) = strace::traced(&command(driver, operation, &folder, 10));
    assert!(output.status.success(), "{operation} fails undisturbed: {}", String::from_utf8_lossy(&output.stderr));
    let events = events(&log, &folder);
    // What was read from the log, without any loss, is what lies in the folder.
    let mut disk = Disk::of(base, Syncs::All);
    events.iter().for_each(|event| disk.apply(event));
    let nothing = Loss { octets: Fate::Kept, names: Fate::Kept, seed: 0 };
    let replayed = disk.after(nothing);
    let there = Disk::of(&folder, Syncs::All).after(nothing);
    assert!(replayed.mark() == there.mark(), "the replay of {operation} gives other files than its run");
    (events, scene)
}

/// Replays the calls and hands over `count` different states of the disk, as evenly spread over the moments as there are different ones.
fn cut(base: &Path, events: &[Event], moments: usize, count: usize, syncs: Syncs, mut give: impl FnMut(Point)) {
    let mut disk = Disk::of(base, syncs);
    let (mut heard, mut seen, mut given, mut passed) = (Vec::<u8>::new(), HashSet::new(), 0, 0);
    for (place, event) in events.iter().enumerate() {
        disk.apply(event);
        if let Event::Said { octets } = event {
            heard.extend(octets);
        }
        if !is_moment(event) {
            continue;
        }
        passed += 1;
        let promises: Vec<Promise> = promises(&heard);
        let due = count.saturating_mul(passed) / moments;
        // A state that was seen before is no new point; where nothing is unsynced there is but one.
        let tries = if disk.has_unsynced() { LOSSES.len() * 8 } else { 1 };
        for attempt in 0..tries {
            if given >= due {
                break;
            }
            // Another loss comes first at each moment, so that few points show all of them.
            let turn = attempt + place;
            let (octets, names) = LOSSES[turn % LOSSES.len()];
            let loss = Loss { octets, names, seed: (place * 1000 + attempt) as u64 };
            let tree = disk.after(loss);
            if seen.insert((tree.mark(), promises.len())) {
                given += 1;
                let shown = format!("after call {place} ({}), {loss:?}", shown(event));
                give(Point { shown, tree, promises: promises.clone() });
            }
        }
    }
}

fn shown(event: &Event) -> String {
    match event {
        Event::Wrote { file, at, octets } => format!("{} octets to file {file} at {at:?}", octets.len()),
        Event::Said { octets } => String::from_utf8_lossy(octets).trim_end().to_owned(),
        other => format!("{other:?}"),
    }
}

fn promises(heard: &[u8]) -> Vec<Promise> {
    String::from_utf8_lossy(heard).lines().map(|line| serde_json::from_str(line).expect("a promise")).collect()
}

/// Where states of the disk are made: in memory where that is possible, since each is looked at once.
fn workshop() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if tempfile::tempfile_in(&memory).is_ok() { memory } else { std::env::temp_dir() }
}

/// The one folder that an operation can go on in, and the program that does so: to it the folder is new each time.
struct Place<'a> {
    folder: &'a Path,
    driver: &'a Path,
}

impl Place<'_> {
    /// Repeats the operation and gives its promises.
    fn repeat(&self, operation: Operation, minutes: u32) -> Result<Vec<Promise>, String> {
        let command = command(self.driver, operation, self.folder, minutes);
        let output = Command::new(&command[0]).args(&command[1..]).output().expect("the driver starts");
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        output.status.success().then(|| promises(&output.stdout)).ok_or_else(said)
    }
}

/// What is wrong with a state of the disk, and with what comes of it when the operation is repeated.
fn looked_at(operation: Operation, place: Option<&Place<'_>>, point: &Point, patient: bool) -> Vec<String> {
    let elsewhere = tempfile::tempdir_in(workshop()).expect("a folder");
    let folder = place.map_or(elsewhere.path(), |place| place.folder);
    if place.is_some() {
        std::fs::remove_dir_all(folder).and_then(|()| std::fs::create_dir(folder)).expect("an empty folder");
    }
    point.tree.write(folder);
    let at = |minutes: u32| NOW + Duration::from_secs(u64::from(minutes) * 60);
    let mut kept = point.promises.clone();
    let mut complaints = if patient { examine(folder, at(60), &kept) } else { Vec::new() };
    // What was handed over before the power went is out in the world, even where the second run replaces it.
    super::set_aside(folder);
    let minutes = if patient { 120 } else { 11 };
    let outcome = match place {
        Some(place) => place.repeat(operation, minutes),
        None => {
            let mut repeated = Vec::new();
            let outcome = operation.run(folder, at(minutes), &mut |promise| repeated.push(promise.clone()));
            outcome.map(|()| repeated).map_err(|error| format!("{error:?}"))
        }
    };
    let repeated = match outcome {
        Ok(repeated) => repeated,
        Err(error) => {
            complaints.push(format!("it cannot be repeated: {error}"));
            return complaints;
        }
    };
    complaints.extend(super::left_over(folder).into_iter().map(|name| format!("{name} is left over although it was repeated")));
    complaints.extend(promise::given_twice(&kept, &repeated));
    kept.extend(repeated);
    complaints.extend(examine(folder, at(180), &kept).into_iter().map(|complaint| format!("once repeated, {complaint}")));
    complaints
}
