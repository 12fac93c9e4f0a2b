//! Who may depend on whom: the arrows of `ARCHITECTURE.md`, and nothing else.

use crate::tree::{Tree, is_test_file, shipped_code};
use crate::{assert_broken, assert_kept};

/// Each package's manifest with the rooms that it may name.
const ALLOWED: &[(&str, &[&str])] = &[
    ("src-tauri/crates/pki", &[]),
    ("src-tauri/crates/authority", &["pki"]),
    ("src-tauri/crates/outside", &["pki"]),
    ("src-tauri/crates/api", &["authority", "outside"]),
    ("src-tauri/crates/cli", &["api"]),
    ("src-tauri", &["api"]),
    ("src-tauri/crates/xtask", &[]),
    ("tests", &["api", "authority", "outside", "pki"]),
];

/// The packages of this workspace by the name others use.
const ROOMS: &[&str] = &["pki", "authority", "outside", "api", "cli", "xtask", "suite", "chancery-desktop"];

/// All dependency tables of a manifest: plain, for development, for building, and per platform.
pub(crate) fn dependencies(manifest: &toml::Table) -> Vec<(String, toml::Value)> {
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let per_platform = manifest.get("target").and_then(toml::Value::as_table);
    let places = std::iter::once(manifest).chain(per_platform.into_iter().flat_map(|all| all.values().filter_map(toml::Value::as_table)));
    places
        .flat_map(|place| tables.iter().filter_map(|name| place.get(*name).and_then(toml::Value::as_table)))
        .flat_map(|table| table.iter().map(|(name, value)| (name.clone(), value.clone())))
        .collect()
}

fn manifest_edges(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, manifest) in tree.manifests() {
        let package = path.trim_end_matches("Cargo.toml").trim_end_matches('/');
        if package.is_empty() || package == "tests/fuzz" {
            continue;
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(folder, _)| *folder == package) else {
            violations.push(format!("{path}: this package has no place in the directions of tests/tidy/edges.rs"));
            continue;
        };
        for (name, _) in dependencies(&manifest) {
            if ROOMS.contains(&name.as_str()) && !allowed.contains(&name.as_str()) {
                violations.push(format!("{path}: may not depend on `{name}`, only on {allowed:?}"));
            }
        }
    }
    violations
}

/// Modules of `authority` that must not see each other.
const APART: &[(&str, &[&str])] =
    &[("src-tauri/crates/authority/src/registry", &["keystore"]), ("src-tauri/crates/authority/src/keystore", &["registry", "audit"])];

fn module_edges(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, text) in tree.ending(".rs") {
        let Some((room, unseen)) = APART.iter().find(|(room, _)| path.starts_with(room)) else { continue };
        let code = shipped_code(text);
        for name in *unseen {
            if ["crate::", "super::", "super::super::"].iter().any(|from| names_module(&code, from, name)) {
                violations.push(format!("{path}: {room}* may not see `{name}`"));
            }
        }
    }
    violations
}

/// Whether `from` is followed by this module, alone or in a list in braces.
fn names_module(code: &str, from: &str, name: &str) -> bool {
    code.match_indices(from).any(|(at, _)| {
        let rest = &code[at + from.len()..];
        let list = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or(rest, |(list, _)| list);
        let first = |item: &str| item.trim().split(|letter: char| !letter.is_alphanumeric() && letter != '_').next() == Some(name);
        if rest.starts_with('{') { list.split(',').any(first) } else { first(rest) }
    })
}

/// What the pure room has no business with.
const IMPURE: &[&str] =
    &["std::fs", "std::env", "std::process", "std::thread", "std::time::SystemTime", "std::net::Tcp", "std::net::Udp", "now_utc("];

fn purity(tree: &Tree) -> Vec<String> {
    tree.ending(".rs")
        .filter(|(path, _)| path.starts_with("src-tauri/crates/pki/src/") && !is_test_file(path))
        .flat_map(|(path, text)| {
            let code = shipped_code(text);
            IMPURE.iter().filter(move |name| code.contains(**name)).map(move |name| format!("{path}: pki is pure and may not use `{name}`"))
        })
        .collect()
}

#[test]
fn packages_depend_only_in_the_allowed_directions() {
    assert_kept(manifest_edges);
    let upward = "[package]\nname = \"pki\"\n[dev-dependencies]\nauthority.workspace = true\n";
    assert_broken(manifest_edges, &[("src-tauri/crates/pki/Cargo.toml", upward)], "may not depend on `authority`");
    let around = "[target.'cfg(unix)'.dependencies]\npki = { path = \"../pki\" }\n";
    assert_broken(manifest_edges, &[("src-tauri/crates/api/Cargo.toml", around)], "may not depend on `pki`");
    assert_broken(manifest_edges, &[("src-tauri/crates/new/Cargo.toml", "")], "has no place");
}

#[test]
fn registry_and_keystore_do_not_see_each_other() {
    assert_kept(module_edges);
    let path = "src-tauri/crates/authority/src/registry/keys.rs";
    assert_broken(module_edges, &[(path, "use crate::keystore::KeyRef;")], "may not see `keystore`");
    assert_broken(module_edges, &[(path, "use crate::{clock::Clock, keystore::KeyRef};")], "may not see `keystore`");
    assert_broken(module_edges, &[("src-tauri/crates/authority/src/keystore.rs", "use super::registry;")], "may not see `registry`");
    assert!(module_edges(&Tree::of(&[(path, "// see crate::keystore\nuse crate::clock::Clock;")])).is_empty());
}

#[test]
fn pki_has_no_files_clock_or_processes() {
    assert_kept(purity);
    assert_broken(purity, &[("src-tauri/crates/pki/src/crl.rs", "let now = OffsetDateTime::now_utc();")], "pki is pure");
    let only_in_tests = "fn f() {}\n\n#[cfg(test)]\nmod tests {\n use std::fs;\n}\n";
    assert!(purity(&Tree::of(&[("src-tauri/crates/pki/src/crl.rs", only_in_tests)])).is_empty());
}
