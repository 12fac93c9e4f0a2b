//! Landed migrations are frozen: numbered, up and down, each with its checksum.

use std::collections::BTreeMap;

use crate::tree::Tree;
use crate::{assert_broken, assert_kept};

const CHECKSUMS: &str = "migrations/checksums.txt";

fn sha256(text: &str) -> String {
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()))
}

fn frozen(tree: &Tree) -> Vec<String> {
    let Some(list) = tree.text(CHECKSUMS) else { return vec![format!("{CHECKSUMS} is missing")] };
    let mut noted: BTreeMap<&str, &str> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, path)| (path.trim(), sum))
        .collect();
    let mut violations = Vec::new();
    for (path, text) in tree.ending(".sql").filter(|(path, _)| path.starts_with("migrations/")) {
        let below = path.trim_start_matches("migrations/");
        match noted.remove(below) {
            None => violations.push(format!("{path}: its checksum is not in {CHECKSUMS}")),
            Some(sum) if sum != sha256(text) => violations.push(format!("{path}: changed after it landed; write a new migration")),
            Some(_) => {}
        }
    }
    violations.extend(noted.keys().map(|path| format!("{CHECKSUMS}: {path} is gone")));
    violations
}

fn numbered(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    let mut folders: Vec<&str> =
        tree.ending(".sql").filter_map(|(path, _)| path.strip_prefix("migrations/")?.split_once('/')).map(|(folder, _)| folder).collect();
    folders.dedup();
    if folders.is_empty() {
        violations.push("migrations/ holds no migration".to_owned());
    }
    for (index, folder) in folders.iter().enumerate() {
        if !folder.starts_with(&format!("{:04}-", index + 1)) {
            violations.push(format!("migrations/{folder}: number {:04} is expected here", index + 1));
        }
        for file in ["up.sql", "down.sql"].iter().filter(|file| tree.text(&format!("migrations/{folder}/{file}")).is_none()) {
            violations.push(format!("migrations/{folder}: has no {file}"));
        }
    }
    violations
}

/// Every landed schema has a registry that the suites bring up to date and take down again.
fn kept(tree: &Tree) -> Vec<String> {
    let mut folders: Vec<&str> =
        tree.ending(".sql").filter_map(|(path, _)| path.strip_prefix("migrations/")?.split_once('/')).map(|(folder, _)| folder).collect();
    folders.dedup();
    let files =
        (1..=folders.len()).flat_map(|schema| ["chancery", "vault"].map(|end| format!("tests/data/registries/schema-{schema}.{end}")));
    files.filter(|file| tree.text(file).is_none()).map(|file| format!("{file} is missing: a registry of that schema is kept")).collect()
}

#[test]
fn each_landed_schema_has_a_registry_that_is_kept() {
    assert_kept(kept);
    assert_broken(kept, &[("migrations/0001-initial/up.sql", "")], "schema-1.chancery is missing");
    let files = [
        ("migrations/0001-initial/up.sql", ""),
        ("tests/data/registries/schema-1.chancery", ""),
        ("tests/data/registries/schema-1.vault", ""),
    ];
    assert!(kept(&Tree::of(&files)).is_empty());
}

#[test]
fn landed_migrations_do_not_change() {
    assert_kept(frozen);
    let sum = sha256("SELECT 1;");
    let list = format!("{sum}  0001-initial/up.sql\n");
    assert!(frozen(&Tree::of(&[(CHECKSUMS, &list), ("migrations/0001-initial/up.sql", "SELECT 1;")])).is_empty());
    assert_broken(frozen, &[(CHECKSUMS, &list), ("migrations/0001-initial/up.sql", "SELECT 2;")], "changed after it landed");
    assert_broken(frozen, &[(CHECKSUMS, ""), ("migrations/0001-initial/up.sql", "SELECT 1;")], "is not in");
    assert_broken(frozen, &[(CHECKSUMS, &list)], "is gone");
    assert_broken(frozen, &[], "is missing");
}

#[test]
fn migrations_are_numbered_without_gaps_and_go_both_ways() {
    assert_kept(numbered);
    assert_broken(numbered, &[("migrations/0001-initial/up.sql", "")], "has no down.sql");
    assert_broken(numbered, &[("migrations/0002-more/up.sql", ""), ("migrations/0002-more/down.sql", "")], "0001 is expected");
    assert_broken(numbered, &[], "holds no migration");
}
