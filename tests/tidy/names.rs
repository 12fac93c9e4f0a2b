//! Names that say nothing, and words that do not belong in what is handed over.

use crate::tree::{Tree, shipped_code};
use crate::{assert_broken, assert_kept};

const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "manager", "service", "services", "misc", "types"];
const EMPTY_ENDINGS: &[&str] = &["Util", "Utils", "Helper", "Helpers", "Manager", "Misc"];
const CODE: &[&str] = &["rs", "ts", "js", "mjs", "svelte", "css", "sql", "sh"];

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn file_names(tree: &Tree) -> Vec<String> {
    let says_nothing = |path: &str| {
        path.split('/').any(|part| {
            let stem = part.split('.').next().unwrap_or(part).to_lowercase();
            EMPTY_NAMES.contains(&stem.as_str())
        })
    };
    tree.files()
        .filter(|(path, _)| CODE.contains(&extension(path)) && !path.contains("/generated/") && says_nothing(path))
        .map(|(path, _)| format!("{path}: the name says nothing about the subject"))
        .collect()
}

fn type_names(tree: &Tree) -> Vec<String> {
    let declares = ["struct ", "enum ", "trait ", "class ", "interface "];
    let mut violations = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| ["rs", "ts"].contains(&extension(path)) && !path.contains("/generated/")) {
        let code = shipped_code(text);
        for line in code.lines() {
            for rest in declares.iter().filter_map(|word| line.split_once(word).map(|(_, rest)| rest)) {
                let name = rest.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
                if EMPTY_ENDINGS.iter().any(|end| name.ends_with(end)) {
                    violations.push(format!("{path}: the type `{name}` says nothing about its subject"));
                }
            }
        }
    }
    violations
}

/// Notes to be done, and places that exist on one machine only. Written in pieces, so that this file does not hold them.
fn forbidden() -> Vec<(String, &'static str)> {
    let note = "finish it or write an issue";
    let local = "a path of one machine";
    vec![
        (["TO", "DO"].concat(), note),
        (["FIX", "ME"].concat(), note),
        (["XX", "X:"].concat(), note),
        (["/wo", "rk/"].concat(), local),
        (["/ro", "ot/"].concat(), local),
    ]
}

/// The word at a border: not inside a longer word or path.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let joined = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.' || letter == '}';
        let path = word.starts_with('/');
        !before.is_some_and(joined) && (path || !after.is_some_and(|letter| letter.is_alphanumeric() || letter == '_'))
    })
}

fn words(tree: &Tree) -> Vec<String> {
    let forbidden = forbidden();
    let mut violations = Vec::new();
    let data = |path: &str| path.starts_with("tests/data/") || path.ends_with("package-lock.json") || path == "Cargo.lock";
    for (path, text) in tree.files().filter(|(path, _)| !data(path)) {
        for (number, line) in text.lines().enumerate() {
            for (word, reason) in forbidden.iter().filter(|(word, _)| has_word(line, word)) {
                violations.push(format!("{path}:{}: `{word}`: {reason}", number + 1));
            }
        }
    }
    violations
}

/// Lock files may name the public registries only.
fn lock_files(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, text) in tree.files() {
        let allowed: &[&str] = match path.rsplit('/').next() {
            Some("package-lock.json") => &["\"resolved\": \"https://registry.npmjs.org/"],
            Some("Cargo.lock") => &["source = \"registry+https://github.com/rust-lang/crates.io-index\""],
            _ => continue,
        };
        for line in text.lines().map(str::trim).filter(|line| line.starts_with("\"resolved\": \"http") || line.starts_with("source = ")) {
            if !allowed.iter().any(|start| line.starts_with(start)) {
                violations.push(format!("{path}: from elsewhere than the public registry: {line}"));
            }
        }
    }
    violations
}

#[test]
fn files_are_named_after_their_subject() {
    assert_kept(file_names);
    assert_broken(file_names, &[("src-tauri/crates/pki/src/utils.rs", "")], "says nothing");
    assert_broken(file_names, &[("ui/src/common/button.svelte", "")], "says nothing");
    assert_broken(file_names, &[("ui/src/lib/helpers.test.ts", "")], "says nothing");
}

#[test]
fn types_are_named_after_their_subject() {
    assert_kept(type_names);
    assert_broken(type_names, &[("src-tauri/crates/pki/src/crl.rs", &["pub struct Crl", "Manager {}"].concat())], "`CrlManager`");
}

#[test]
fn no_notes_and_no_places_of_one_machine() {
    assert_kept(words);
    let note = ["// TO", "DO later"].concat();
    assert_broken(words, &[("src-tauri/crates/pki/src/crl.rs", &note)], "pki/src/crl.rs:1:");
    let place = ["read(\"/wo", "rk/x\")"].concat();
    assert_broken(words, &[("docs/a.md", &place)], "a path of one machine");
    assert!(words(&Tree::of(&[("a.rs", &["target/wo", "rk/x"].concat())])).is_empty());
}

#[test]
fn lock_files_name_public_registries() {
    assert_kept(lock_files);
    assert_broken(lock_files, &[("ui/package-lock.json", "  \"resolved\": \"https://mirror.test/a.tgz\",")], "elsewhere");
    assert_broken(lock_files, &[("Cargo.lock", "source = \"git+https://example.test/a\"")], "elsewhere");
}
