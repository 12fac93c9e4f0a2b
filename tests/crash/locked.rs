//! Another process holds the registry: everything can be looked at, a write says that it is in use, and works when it is free.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use api::ErrorCode;
use serde_json::json;
use suite::{Sandbox, ask};

/// For how many seconds it is held; a minute in the long proofs.
const HELD: &str = "CHANCERY_LOCKED_SECONDS";
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

#[test]
fn another_process_holds_the_registry() {
    let seconds = std::env::var(HELD).map_or(6, |text| text.parse().expect("a number of seconds"));
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["before.example.test"], "before");
    let holder = Holder::of(&sandbox.text("acme.chancery"));
    let start = Instant::now();
    let mut refusals = 0;
    while start.elapsed() < Duration::from_secs(seconds) {
        let look = Instant::now();
        let page = sandbox.surface.certificate_list(ask(json!({ "search": "before" }))).expect("a look");
        assert_eq!(page.items.len(), 1);
        assert!(look.elapsed() < AT_ONCE, "a look takes {:?}", look.elapsed());
        let draft = json!({ "authority": "Issuing", "names": ["during.example.test"] });
        let request = json!({ "draft": draft, "handOver": { "out": sandbox.text("during"), "plainKey": true } });
        let refusal = sandbox.surface.certificate_issue(ask(request)).expect_err("refused");
        assert_eq!((refusal.code, refusal.code.exit_status()), (ErrorCode::RegistryBusy, 6));
        refusals += 1;
    }
    assert!(refusals >= 1);
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
}
