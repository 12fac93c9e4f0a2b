//! Pages of `docs/`, part by part: each test compares the part that is its own, or writes it anew.

use std::fs;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/");

/// The tests run beside each other.
static PEN: Mutex<()> = Mutex::new(());

/// Prints a part of `docs/judges.md`, and fails if the page says something else.
pub fn assert_part(name: &str, text: &str) {
    assert_part_of("judges.md", name, text);
}

/// Prints a part of a page of `docs/`, and fails if the page says something else.
pub fn assert_part_of(page: &str, name: &str, text: &str) {
    let file = format!("{DOCS}{page}");
    // Past the test runner, which would keep it to itself.
    writeln!(std::io::stdout(), "\n{text}").expect("printed");
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->\n"));
    let pen = PEN.lock().unwrap_or_else(PoisonError::into_inner);
    let whole = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let (before, rest) = whole.split_once(&begin).unwrap_or_else(|| panic!("{file} has no part `{name}`"));
    let (present, behind) = rest.split_once(&end).unwrap_or_else(|| panic!("{file}: the part `{name}` has no end"));
    if present == text {
        return;
    }
    if std::env::var_os("INSTA_UPDATE").is_some_and(|wish| wish == "always") {
        fs::write(&file, format!("{before}{begin}{text}{end}{behind}")).expect("a written page");
        return;
    }
    let present = present.to_owned();
    drop(pen);
    let changed: Vec<String> = [("-", &*present, text), ("+", text, &*present)]
        .into_iter()
        .flat_map(|(sign, lines, others)| {
            lines.lines().filter(move |line| !others.lines().any(|other| other == *line)).map(move |line| format!("{sign} {line}"))
        })
        .collect();
    panic!("docs/{page} says something else ({}):\n{}", "INSTA_UPDATE=always writes it anew", changed.join("\n"));
}
