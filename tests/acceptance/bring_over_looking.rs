//! A dry run tells how far it is, and stops when it is asked to, or when the next begins.

use std::fs::File;
use std::io::Write as _;
use std::thread;
use std::time::Duration;

use api::ErrorCode;
use api::request::Nothing;
use serde_json::json;
use suite::data::named;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

/// Larger than anybody waits for; it takes no room on the disk.
const ENDLESS: u64 = 1 << 40;

/// A text with nothing in it, in which no place to stop at is ever reached.
fn endless(sandbox: &Sandbox) -> String {
    let path = sandbox.path("endless.pem");
    let mut file = File::create(&path).expect("a file");
    file.write_all(b"# certificates of all the world\n").expect("written");
    file.set_len(ENDLESS).expect("a file with holes");
    path.to_str().expect("UTF-8").to_owned()
}

fn progress(sandbox: &Sandbox) -> (bool, u32, u32) {
    let seen = sandbox.surface.import_progress(Nothing {}).expect("progress");
    (seen.looking, seen.done, seen.total)
}

fn await_progress(sandbox: &Sandbox) {
    while !matches!(progress(sandbox), (true, 1.., 1..)) {
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_dry_run_tells_how_far_it_is_and_can_be_stopped() {
    let sandbox = Sandbox::with_keyring();
    assert_eq!(progress(&sandbox), (false, 0, 0));
    sandbox.surface.import_stop(Nothing {}).expect("nothing to stop");
    let paths = [endless(&sandbox)];
    thread::scope(|scope| {
        let looking = scope.spawn(|| refusal(sandbox.surface.import_plan(ask(json!({ "paths": paths })))));
        await_progress(&sandbox);
        let (_, done, total) = progress(&sandbox);
        assert!(done < total && u64::from(total) == ENDLESS / 1024, "{done} of {total}");
        sandbox.surface.import_stop(Nothing {}).expect("stopped");
        assert_eq!(looking.join().expect("no panic"), ErrorCode::Cancelled);
    });
    assert_eq!((progress(&sandbox), sandbox.count()), ((false, 0, 0), 0));
    assert!(sandbox.surface.task_list(Nothing {}).expect("a list").items.is_empty(), "a dry run leaves no row");
    sandbox.surface.import_plan(ask(json!({ "paths": [named("easyrsa")] }))).expect("the next one is not stopped");
}

#[test]
fn a_dry_run_ends_when_the_next_begins() {
    let sandbox = Sandbox::with_keyring();
    let paths = [endless(&sandbox)];
    thread::scope(|scope| {
        let looking = scope.spawn(|| refusal(sandbox.surface.import_plan(ask(json!({ "paths": paths })))));
        await_progress(&sandbox);
        let plan = sandbox.surface.import_plan(ask(json!({ "paths": [named("easyrsa")] }))).expect("a plan");
        assert!(plan.outcomes.new > 0);
        assert_eq!(looking.join().expect("no panic"), ErrorCode::Cancelled);
    });
    assert!(!progress(&sandbox).0);
}
