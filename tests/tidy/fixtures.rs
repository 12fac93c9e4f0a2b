//! No forgotten suite, no forgotten file of a suite, no test data of unknown origin.

use std::collections::BTreeSet;

use crate::tree::Tree;
use crate::{assert_broken, assert_kept};

/// Folders below `tests/` that are no suites.
const NO_SUITES: &[&str] = &["src", "data", "e2e", "fuzz"];

fn wired(tree: &Tree) -> Vec<String> {
    let manifest: toml::Table = tree.text("tests/Cargo.toml").unwrap_or_default().parse().expect("tests/Cargo.toml parses");
    // What measures and proves at length is a program, not a test.
    let entries: BTreeSet<&str> = ["test", "bin"]
        .into_iter()
        .filter_map(|kind| manifest.get(kind).and_then(toml::Value::as_array))
        .flatten()
        .filter_map(|entry| entry.get("path").and_then(toml::Value::as_str))
        .collect();
    let suites: BTreeSet<&str> = tree
        .files()
        .filter_map(|(path, _)| path.strip_prefix("tests/")?.split_once('/'))
        .map(|(suite, _)| suite)
        .filter(|suite| !NO_SUITES.contains(suite))
        .collect();
    suites
        .into_iter()
        .filter(|suite| !entries.contains(format!("{suite}/main.rs").as_str()))
        .map(|suite| format!("tests/{suite}/: tests/Cargo.toml has no [[test]] or [[bin]] with path \"{suite}/main.rs\""))
        .collect()
}

/// Each Rust file of a suite is declared as a module of it by the file above it.
fn reachable(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, _) in tree.ending(".rs").filter(|(path, _)| path.starts_with("tests/")) {
        let parts: Vec<&str> = path.split('/').collect();
        let [_, suite, .., name] = parts.as_slice() else { continue };
        let stem = name.trim_end_matches(".rs");
        if ["main", "lib"].contains(&stem) || path.starts_with("tests/src/bin/") || ["e2e", "fuzz", "data"].contains(suite) {
            continue;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let above = if stem == "mod" { folder.rsplit_once('/').map_or("", |(above, _)| above) } else { folder };
        let module = if stem == "mod" { folder.rsplit('/').next().unwrap_or_default() } else { stem };
        let parents = [format!("{above}/main.rs"), format!("{above}/lib.rs"), format!("{above}/mod.rs"), format!("{above}.rs")];
        let declared = parents
            .iter()
            .filter_map(|parent| tree.text(parent))
            .any(|text| text.lines().any(|line| line.trim_start_matches("pub ").trim() == format!("mod {module};")));
        if !declared {
            violations.push(format!("{path}: no `mod {module};` reaches it, so it is never compiled"));
        }
    }
    violations
}

/// Each folder of test data has a README that says where the files come from: its own, one above it, or a line of `tests/data/README.md` that names it.
fn told(tree: &Tree) -> Vec<String> {
    let overview = tree.text("tests/data/README.md").unwrap_or_default();
    let folders: BTreeSet<&str> =
        tree.files().filter(|(path, _)| path.starts_with("tests/data/")).filter_map(|(path, _)| Some(path.rsplit_once('/')?.0)).collect();
    let is_told = |folder: &str| {
        let mut above = folder;
        while let Some(name) = above.strip_prefix("tests/data/") {
            if tree.text(&format!("{above}/README.md")).is_some() || overview.contains(&format!("| `{name}/")) {
                return true;
            }
            above = above.rsplit_once('/').map_or("", |(rest, _)| rest);
        }
        false
    };
    folders
        .into_iter()
        .filter(|folder| *folder != "tests/data" && !is_told(folder))
        .map(|folder| format!("{folder}/: no README.md says what made these files"))
        .collect()
}

#[test]
fn every_suite_is_in_the_manifest() {
    assert_kept(wired);
    let files = [("tests/Cargo.toml", "[[test]]\nname = \"tidy\"\npath = \"tidy/main.rs\"\n"), ("tests/crash/main.rs", "")];
    assert_broken(wired, &files, "tests/crash/");
}

#[test]
fn every_file_of_a_suite_is_compiled() {
    assert_kept(reachable);
    assert_broken(reachable, &[("tests/interop/main.rs", "mod openssl;\n"), ("tests/interop/gnutls.rs", "")], "`mod gnutls;`");
    let good =
        [("tests/interop/main.rs", "mod openssl;\n"), ("tests/interop/openssl.rs", "mod chain;"), ("tests/interop/openssl/chain.rs", "")];
    assert!(reachable(&Tree::of(&good)).is_empty());
}

#[test]
fn test_data_says_where_it_comes_from() {
    assert_kept(told);
    assert_broken(told, &[("tests/data/crls/valid/a.crl", "")], "tests/data/crls/valid/");
    assert!(told(&Tree::of(&[("tests/data/crls/README.md", ""), ("tests/data/crls/valid/a.crl", "")])).is_empty());
    assert!(told(&Tree::of(&[("tests/data/README.md", "| `crls/` | openssl |"), ("tests/data/crls/a.crl", "")])).is_empty());
    assert_broken(told, &[("tests/data/README.md", "| `certs/` | openssl |"), ("tests/data/crls/a.crl", "")], "tests/data/crls/");
}
