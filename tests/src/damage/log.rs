//! The audit log, edited by hand with SQLite's shell, past the triggers that forbid it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::{Sandbox, ask};

/// Changes of one row, each to a column of its own.
const CHANGES: [&str; 9] = [
    "sequence = sequence + 5000000",
    "at = at + 1",
    "actor = '{}'",
    "action = 'certificate.shown'",
    "subject = 'x'",
    "detail = '{\"x\":0}'",
    "why = CASE WHEN why IS NULL THEN '' ELSE NULL END",
    "previous = hash",
    "hash = zeroblob(32)",
];

/// One kind of edit, made at every place.
#[derive(Debug)]
pub struct Edits {
    /// What was done.
    pub what: &'static str,
    /// How often.
    pub tried: usize,
    /// How long that took.
    pub took: Duration,
    /// Those that the verification did not find.
    pub silent: Vec<String>,
}

/// SQLite's shell on an open registry.
struct Editor {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Editor {
    fn of(file: &str) -> Self {
        let mut shell = Command::new("sqlite3");
        // It ends at the first error: then no answer comes, and none is waited for.
        shell.args(["-bail", file]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = shell.spawn().expect("sqlite3 (package sqlite3)");
        let answers = BufReader::new(child.stdout.take().expect("its output"));
        let mut editor = Self { child, answers };
        writeln!(editor.child.stdin.as_mut().expect("its input"), "PRAGMA synchronous = off;").expect("it listens");
        editor.runs(
            "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted; DROP TRIGGER audit_is_appended; \
             CREATE TEMP TABLE kept AS SELECT * FROM audit; CREATE TEMP TABLE kept_heads AS SELECT * FROM audit_heads;",
        );
        editor
    }

    /// Runs statements, all or none of them.
    fn runs(&mut self, statements: &str) {
        writeln!(self.child.stdin.as_mut().expect("its input"), "BEGIN IMMEDIATE; {statements} COMMIT; SELECT 'done';")
            .expect("it listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        assert_eq!(line, "done\n", "{statements}");
    }

    fn ends(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().expect("it ends").success());
    }
}

/// A registry whose log has so many rows, and its editor.
struct Log {
    sandbox: Sandbox,
    editor: Editor,
    rows: u64,
}

impl Log {
    fn of(rows: u64) -> Self {
        let sandbox = Sandbox::at_work();
        let count = || u64::from(sandbox.surface.audit_verify(ask(json!({}))).expect("a verdict").count);
        for turn in 0.. {
            if count() >= rows {
                break;
            }
            let value = if turn % 2 == 0 { "6" } else { "5" };
            let changes = json!({ "changes": [{ "key": "backup.keep", "value": value }] });
            sandbox.surface.settings_set(ask(changes)).expect("set");
        }
        sandbox.assert_audit_whole();
        let rows = count();
        let editor = Editor::of(&sandbox.text("acme.chancery"));
        Self { sandbox, editor, rows }
    }

    /// Makes an edit, asks whether it is found, and takes it back.
    fn edited(&mut self, edits: &mut Edits, edit: &str, back: &str) {
        self.editor.runs(edit);
        let verdict = self.sandbox.surface.audit_verify(ask(json!({}))).expect("a verdict");
        edits.tried += 1;
        if verdict.ok {
            edits.silent.push(edit.to_owned());
        }
        self.editor.runs(back);
    }

    /// Does the same at every so manyth of these rows.
    fn at_each(
        &mut self,
        what: &'static str,
        rows: std::ops::RangeInclusive<u64>,
        step: usize,
        edit: impl Fn(u64) -> (String, String),
    ) -> Edits {
        let (start, mut edits) = (Instant::now(), Edits { what, tried: 0, took: Duration::ZERO, silent: Vec::new() });
        for row in rows.step_by(step) {
            let (edit, back) = edit(row);
            self.edited(&mut edits, &edit, &back);
        }
        edits.took = start.elapsed();
        edits
    }
}

/// Edits a log of so many rows at every so manyth of them, in every way, one edit at a time. Each must be found by the verification of the log; and nothing
/// when the last was taken back.
pub fn edited(rows: u64, step: usize) -> Vec<Edits> {
    let mut log = Log::of(rows);
    let rows = log.rows;
    let restored = |first: u64, last: u64| {
        format!(
            "DELETE FROM audit WHERE sequence BETWEEN {first} AND {last} OR sequence > 4000000; \
             INSERT INTO audit SELECT * FROM kept WHERE sequence BETWEEN {first} AND {last};"
        )
    };
    let heads = "DELETE FROM audit_heads; INSERT INTO audit_heads SELECT * FROM kept_heads;";
    let mut all = Vec::new();
    let mut changed = Edits { what: "a column of a row changed", tried: 0, took: Duration::ZERO, silent: Vec::new() };
    for change in CHANGES {
        let edit = |row: u64| (format!("UPDATE audit SET {change} WHERE sequence = {row};"), restored(row, row));
        let of_one = log.at_each(changed.what, 1..=rows, step, edit);
        changed.tried += of_one.tried;
        changed.took += of_one.took;
        changed.silent.extend(of_one.silent);
    }
    all.push(changed);
    all.push(
        log.at_each("a row deleted", 1..=rows, step, |row| (format!("DELETE FROM audit WHERE sequence = {row};"), restored(row, row))),
    );
    all.push(log.at_each("two neighbours exchanged", 1..=rows - 1, step, |row| {
        let next = row + 1;
        let exchange = format!(
            "UPDATE audit SET sequence = 5000000 WHERE sequence = {row}; UPDATE audit SET sequence = {row} WHERE sequence = {next}; \
             UPDATE audit SET sequence = {next} WHERE sequence = 5000000;"
        );
        (exchange, restored(row, next))
    }));
    let cut = |row: u64| format!("DELETE FROM audit WHERE sequence > {row};");
    let whole = |row: u64| format!("{} {heads}", restored(row + 1, rows));
    all.push(log.at_each("the newest rows cut off", 1..=rows - 1, step, |row| (cut(row), whole(row))));
    all.push(log.at_each("the newest rows cut off, and every seal of them", 1..=rows - 1, step, |row| {
        (format!("{} DELETE FROM audit_heads WHERE count > {row};", cut(row)), whole(row))
    }));
    all.push(log.at_each("the newest rows cut off, and the seal edited to fit", 1..=rows - 1, step, |row| {
        let forged = format!("UPDATE OR REPLACE audit_heads SET count = {row}, head = (SELECT hash FROM audit WHERE sequence = {row});");
        (format!("{} {forged}", cut(row)), whole(row))
    }));
    log.editor.ends();
    log.sandbox.assert_audit_whole();
    all
}
