//! Another process holds the registry.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use api::ErrorCode;
use serde_json::json;

use crate::{Sandbox, ask};

/// How long a look may take meanwhile.
const AT_ONCE: Duration = Duration::from_secs(2);

/// SQLite's own shell, in the middle of a transaction.
struct Holder(Child);

impl Holder {
    fn of(file: &str) -> Self {
        let mut child =
            Command::new("sqlite3").arg(file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sqlite3 (package sqlite3)");
        writeln!(child.stdin.as_mut().expect("its input"), "BEGIN EXCLUSIVE; SELECT 'held';").expect("it listens");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("an answer");
        assert_eq!(line, "held\n");
        Self(child)
    }

    /// Lets go without a change.
    fn let_go(mut self) {
        writeln!(self.0.stdin.as_mut().expect("its input"), "ROLLBACK;").expect("it listens");
        drop(self.0.stdin.take());
        assert!(self.0.wait().expect("it ends").success());
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Held {
    /// Looks that were answered meanwhile.
    pub looks: usize,
    /// The longest of them.
    pub longest: Duration,
    /// Writes that said that the registry is in use.
    pub refusals: usize,
}

/// SQLite's shell holds the registry for so long: everything can be looked at, every write says that it is in use, and what waits when it is let go works.
/// Nothing that was refused is there.
pub fn held(time: Duration) -> Held {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["before.example.test"], "before");
    let holder = Holder::of(&sandbox.text("acme.chancery"));
    let start = Instant::now();
    let mut held = Held { looks: 0, longest: Duration::ZERO, refusals: 0 };
    while start.elapsed() < time {
        let look = Instant::now();
        let page = sandbox.surface.certificate_list(ask(json!({ "search": "before" }))).expect("a look");
        assert_eq!(page.items.len(), 1);
        held.looks += 1;
        held.longest = held.longest.max(look.elapsed());
        assert!(held.longest < AT_ONCE, "a look takes {:?}", held.longest);
        let draft = json!({ "authority": "Issuing", "names": ["during.example.test"] });
        let request = json!({ "draft": draft, "handOver": { "out": sandbox.text("during"), "plainKey": true } });
        let refusal = sandbox.surface.certificate_issue(ask(request)).expect_err("refused");
        assert_eq!((refusal.code, refusal.code.exit_status()), (ErrorCode::RegistryBusy, 6));
        held.refusals += 1;
    }
    assert!(held.refusals >= 1);
    assert!(!sandbox.path("during").exists(), "a folder that nothing came into is gone");
    // One who waits when it is let go does not need to ask again.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| sandbox.issue("Issuing", &["after.example.test"], "after"));
        std::thread::sleep(Duration::from_millis(300));
        holder.let_go();
        waiting.join().expect("issued");
    });
    let all = sandbox.surface.certificate_list(ask(json!({ "search": "example" }))).expect("a list");
    assert_eq!(all.items.len(), 2, "what was refused is not there");
    sandbox.assert_audit_whole();
    held
}
