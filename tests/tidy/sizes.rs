//! A file has one subject, so it has an end.

use crate::tree::{Tree, is_test_file};
use crate::{assert_broken, assert_kept};

fn limit(path: &str) -> Option<usize> {
    let made = path.contains("/generated/");
    match path.rsplit_once('.')?.1 {
        "rs" if is_test_file(path) => Some(1000),
        "rs" => Some(600),
        "svelte" => Some(400),
        "ts" | "js" | "mjs" | "css" if !made => Some(600),
        _ => None,
    }
}

fn sizes(tree: &Tree) -> Vec<String> {
    tree.files()
        .filter_map(|(path, text)| Some((path, text.lines().count(), limit(path)?)))
        .filter(|(_, lines, limit)| lines > limit)
        .map(|(path, lines, limit)| format!("{path}: {lines} lines; {limit} is the limit"))
        .collect()
}

#[test]
fn files_are_not_too_long() {
    assert_kept(sizes);
    let lines = |count: usize| "\n".repeat(count);
    assert_broken(sizes, &[("src-tauri/crates/pki/src/crl.rs", &lines(601))], "601 lines");
    assert_broken(sizes, &[("tests/golden/main.rs", &lines(1001))], "1001 lines");
    assert_broken(sizes, &[("ui/src/app/App.svelte", &lines(401))], "401 lines");
    assert!(
        sizes(&Tree::of(&[("src-tauri/crates/pki/src/crl.rs", &lines(600)), ("ui/src/i18n/generated/en.ts", &lines(5000))])).is_empty()
    );
}
