//! Long work: what becomes of a task whose program is gone, and of one that runs elsewhere.

use api::ErrorCode;
use serde_json::json;
use suite::judges::sqlite::sqlite;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

/// Writes a task by hand, as a program that is gone would have left it.
fn left(sandbox: &Sandbox, number: u8, kind: &str, holder: &str, document: &str) -> String {
    let id = format!("0199c7a15e6d7c3b9d0e3f2a1b4c5d{number:02x}");
    let sql = format!(
        "INSERT INTO tasks (id, kind, state, done, total, message, document, holder, started_at, ended_at) \
         VALUES (x'{id}', '{kind}', 'running', 3, 9, '', '{document}', '{holder}', 1, NULL)"
    );
    sqlite(&sandbox.text("acme.chancery"), &sql);
    format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..])
}

fn shown(sandbox: &Sandbox, task: &str) -> api::view::TaskView {
    sandbox.surface.task_show(ask(json!({ "task": task }))).expect("a task")
}

fn reopen(sandbox: &Sandbox) {
    sandbox.close();
    sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
}

#[test]
fn what_a_program_that_is_gone_left_is_abandoned_with_words_and_can_be_resumed() {
    let sandbox = Sandbox::at_work();
    let out = sandbox.text("late.backup");
    let backup = left(&sandbox, 1, "backup", "testhost:4194305:1", &json!({ "out": out }).to_string());
    let import = left(&sandbox, 2, "import", "testhost:4194305:1", "{}");
    // Not marked yet, but not shown as running either.
    assert_eq!(shown(&sandbox, &backup).state, "abandoned");
    reopen(&sandbox);
    let view = shown(&sandbox, &backup);
    assert_eq!((view.state.as_str(), view.resumable, view.ended_at.is_some()), ("abandoned", true, true));
    assert!(view.message.contains("ended before it was done"), "{}", view.message);
    assert!(!shown(&sandbox, &import).resumable, "passwords are not kept");
    assert_eq!(refusal(sandbox.surface.task_resume(ask(json!({ "task": import })))), ErrorCode::TaskNotResumable);

    let again = sandbox.surface.task_resume(ask(json!({ "task": backup }))).expect("resumed");
    assert_eq!((again.kind.as_str(), again.state.as_str()), ("backup", "done"));
    assert!(sandbox.path("late.backup").exists());
    assert!(!shown(&sandbox, &backup).resumable, "once is enough");
    let actions: Vec<_> =
        sandbox.surface.audit_list(ask(json!({ "action": "task." }))).expect("a page").items.into_iter().map(|row| row.action).collect();
    assert_eq!(actions, ["task.resumed", "task.resume-refused", "task.abandoned", "task.abandoned"]);
    sandbox.assert_audit_whole();
}

#[test]
fn a_long_crl_that_was_left_unfinished_is_built_at_the_next_unlock() {
    let sandbox = Sandbox::with_vault();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Root" }));
    let build = left(&sandbox, 1, "crl-build", "testhost:4194305:1", r#"{"authority":"Root","nextUpdate":null}"#);
    reopen(&sandbox);
    assert_eq!(shown(&sandbox, &build).state, "abandoned");
    let none = sandbox.surface.crl_list(ask(json!({ "authority": "Root" }))).expect("a list").items;
    assert!(none.is_empty(), "its key is locked");
    sandbox.surface.registry_unlock(ask(json!({ "passphrase": suite::sandbox::PASSPHRASE }))).expect("unlocked");
    assert_eq!(sandbox.surface.crl_list(ask(json!({ "authority": "Root" }))).expect("a list").items.len(), 1);
    assert!(!shown(&sandbox, &build).resumable);
}

#[test]
fn a_task_of_a_program_that_lives_is_left_alone_and_can_be_asked_to_stop() {
    let sandbox = Sandbox::at_work();
    let here = left(&sandbox, 1, "backup", &format!("testhost:{}:", std::process::id()), r#"{"out":"x"}"#);
    let there = left(&sandbox, 2, "backup", "otherhost:1:1", r#"{"out":"x"}"#);
    reopen(&sandbox);
    for task in [&here, &there] {
        let view = shown(&sandbox, task);
        assert_eq!((view.state.as_str(), view.here, view.resumable, view.progress.done), ("running", false, false, 3), "{view:?}");
        assert_eq!(refusal(sandbox.surface.task_resume(ask(json!({ "task": task })))), ErrorCode::TaskNotResumable);
    }
    sandbox.surface.task_cancel(ask(json!({ "task": there }))).expect("asked");
    assert!(sandbox.path(&format!(".acme.chancery.stop-{there}")).exists(), "the other program looks for this");
    assert_eq!(
        refusal(sandbox.surface.task_cancel(ask(json!({ "task": "0199c7a1-5e6d-7c3b-9d0e-3f2a1b4c5dff" })))),
        ErrorCode::TaskNotFound
    );
}

#[test]
fn a_running_task_stops_when_another_program_asks_and_leaves_nothing() {
    let sandbox = Sandbox::at_work();
    let before = sandbox.count();
    let pile = Sandbox::at_work();
    for number in 0..400 {
        let one = pile.issue_as(json!({ "authority": "Issuing", "names": [format!("h{number}.example.test")] }), "pile").certificate;
        pile.export(&one.id, "pem", &format!("{number}.pem"));
    }
    let other = sandbox.second();
    other.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    let outcome = std::thread::scope(|scope| {
        let import = scope.spawn(|| sandbox.surface.import_run(ask(json!({ "paths": [pile.folder().to_str()], "withoutKeys": true }))));
        let task = loop {
            let running = other.task_list(ask(json!({}))).expect("tasks").items.into_iter().find(|task| task.state == "running");
            match running {
                Some(task) => break task,
                None => assert!(!import.is_finished(), "it was over before it was seen"),
            }
        };
        other.task_cancel(ask(json!({ "task": task.id }))).expect("asked");
        import.join().expect("no panic")
    });
    assert_eq!(refusal(outcome), ErrorCode::Cancelled);
    assert_eq!(sandbox.count(), before);
    let task = sandbox.surface.task_list(ask(json!({}))).expect("tasks").items.remove(0);
    assert_eq!((task.kind.as_str(), task.state.as_str()), ("import", "cancelled"));
    let left: Vec<_> =
        std::fs::read_dir(sandbox.folder()).expect("a folder").filter_map(Result::ok).map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains(".stop-")), "{left:?}");
}

#[test]
fn old_tasks_are_forgotten() {
    let sandbox = Sandbox::at_work();
    let sql: String = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700) \
         INSERT INTO tasks SELECT CAST(char(1) || printf('%015d', i) AS BLOB), 'import', 'done', 1, 1, '', '{}', 'h:1:1', i, i FROM n"
        .to_owned();
    sqlite(&sandbox.text("acme.chancery"), &sql);
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("a.backup") }))).expect("a backup");
    let count = sqlite(&sandbox.text("acme.chancery"), "SELECT count(*) FROM tasks");
    assert_eq!(count.trim(), "500");
}
