//! The window never stands still for the core: no command of the shell runs on the main thread, and none blocks the threads of the async runtime.

use crate::tree::Tree;
use crate::{assert_broken, assert_kept};

const DESK: &str = "src-tauri/src/desk.rs";

/// What may take long: the core itself, dialogs, and files, which may lie on a disk that has gone away.
const SLOW: &[&str] = &[".surface().", "surface.lock_", "blocking_", "std::fs::", "recent::read(", "recent::note("];

/// Where slow things are named without being done on a thread that matters: the helpers that a blocking thread runs, and the end of the program.
const BLOCKING_FUNCTIONS: &[&str] = &[
    "fn look_after",
    "fn back_up",
    "fn close_in_order",
    "fn files",
    "fn folder",
    "fn save",
    "fn next",
    "fn read(",
    "fn note(",
    "fn remember(",
    "fn now(",
];

/// The function that a line belongs to: the nearest line above that begins one.
fn function<'a>(lines: &[&'a str], at: usize) -> &'a str {
    lines.iter().take(at + 1).rev().find(|line| line.contains("fn ")).copied().unwrap_or_default()
}

fn off_the_main_thread(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    // The log is opened before there is a window.
    for (path, text) in tree.files().filter(|(path, _)| path.starts_with("src-tauri/src/") && !path.ends_with("/logging.rs")) {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let place = format!("{path}:{}", at + 1);
            if line.contains("#[tauri::command") && !lines.get(at + 1).is_some_and(|next| next.contains("async fn")) {
                violations.push(format!("{place}: a command that is not async runs on the main thread"));
            }
            let Some(slow) = SLOW.iter().find(|slow| line.contains(**slow)) else { continue };
            let before = lines.get(at.saturating_sub(2)..=at).unwrap_or_default().concat();
            let handed_on = before.contains("spawn_blocking") || before.contains("let look = move ||");
            let own_thread = before.contains("desktop_watch::watch(") || before.contains("RunEvent::Exit");
            let inside = function(&lines, at);
            if !handed_on && !own_thread && !BLOCKING_FUNCTIONS.iter().any(|name| inside.contains(name)) {
                violations.push(format!("{place}: `{slow}` may take long, and is not within `spawn_blocking`"));
            }
        }
    }
    if !tree.text(DESK).is_some_and(|text| text.contains("spawn_blocking(move || operation(&surface, request))")) {
        violations.push(format!("{DESK}: the one call of the surface is made on a thread that may block"));
    }
    violations
}

#[test]
fn no_command_runs_on_the_main_thread_or_blocks_the_runtime() {
    assert_kept(off_the_main_thread);
    let desk = (DESK, "spawn_blocking(move || operation(&surface, request))");
    let with = |text: &'static str| [desk, ("src-tauri/src/x.rs", text)];
    assert_broken(off_the_main_thread, &with("#[tauri::command]\npub(crate) fn look() {}"), "not async");
    assert_broken(off_the_main_thread, &with("async fn look(desk: Desk) {\n    desk.surface().lock_show(Nothing {});\n}"), "`.surface().`");
    assert_broken(off_the_main_thread, &with("async fn look() {\n    std::fs::read(\"x\");\n}"), "`std::fs::`");
    assert_broken(off_the_main_thread, &[(DESK, "operation(&surface, request)")], "a thread that may block");
}
