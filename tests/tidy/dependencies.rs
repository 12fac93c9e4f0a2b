//! Each dependency is there for a stated reason, under a licence we can pass on, once.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::edges::dependencies;
use crate::tree::{Tree, root};
use crate::{assert_broken, assert_kept};

/// The names in a manifest's dependency tables that stand under no comment. A blank line ends what a comment speaks for.
fn unexplained(text: &str, only_versions: bool) -> Vec<String> {
    let (mut in_table, mut explained, mut found) = (false, false, Vec::new());
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('[') {
            in_table = line.ends_with("dependencies]");
            explained = false;
        } else if line.is_empty() {
            explained = false;
        } else if line.starts_with('#') {
            explained = true;
        } else if let Some((name, value)) = line.split_once('=').filter(|_| in_table) {
            let inherited = name.trim().ends_with(".workspace") || value.contains("workspace = true");
            let excused = explained || (only_versions && inherited);
            if !excused {
                found.push(name.trim().to_owned());
            }
        }
    }
    found
}

fn explained(tree: &Tree) -> Vec<String> {
    tree.files()
        .filter(|(path, _)| (*path == "Cargo.toml" || path.ends_with("/Cargo.toml")) && !path.starts_with("tests/fuzz/"))
        .flat_map(|(path, text)| {
            unexplained(text, path != "Cargo.toml").into_iter().map(move |name| format!("{path}: no comment says what demands `{name}`"))
        })
        .collect()
}

/// What the workspace lists and no package takes.
fn unused(tree: &Tree) -> Vec<String> {
    let manifests = tree.manifests();
    let taken: BTreeSet<String> = manifests.iter().flat_map(|(_, manifest)| dependencies(manifest)).map(|(name, _)| name).collect();
    let listed = manifests
        .iter()
        .filter(|(path, _)| *path == "Cargo.toml")
        .filter_map(|(_, manifest)| manifest.get("workspace")?.get("dependencies")?.as_table())
        .flat_map(toml::Table::keys);
    listed.filter(|name| !taken.contains(*name)).map(|name| format!("Cargo.toml: no package takes `{name}`")).collect()
}

/// Never in the tree: a second TLS stack or libcrypto of the system.
const BANNED: &[&str] = &["openssl", "openssl-sys", "native-tls"];
/// Once in the tree: two versions would mean two parsers, two SQLites or two keyrings that disagree.
const SINGLE: &[&str] = &["rusqlite", "libsqlite3-sys", "x509-parser", "x509-cert", "rcgen", "keyring-core", "aws-lc-rs", "tauri"];

fn locked(tree: &Tree) -> Vec<String> {
    let lock: toml::Table = tree.text("Cargo.lock").unwrap_or_default().parse().expect("Cargo.lock parses");
    let mut versions: BTreeMap<&str, u32> = BTreeMap::new();
    for name in
        lock.get("package").and_then(toml::Value::as_array).into_iter().flatten().filter_map(|package| package.get("name")?.as_str())
    {
        *versions.entry(name).or_default() += 1;
    }
    let banned = BANNED.iter().filter(|name| versions.contains_key(**name)).map(|name| format!("Cargo.lock: `{name}` is banned"));
    let doubled = SINGLE.iter().filter(|name| versions.get(**name).is_some_and(|count| *count > 1));
    banned.chain(doubled.map(|name| format!("Cargo.lock: `{name}` is there in two versions"))).collect()
}

/// The licences that may be passed on with a program under MIT or Apache-2.0. The same list stands in `deny.toml`.
const LICENCES: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "CC0-1.0",
    "Unicode-3.0",
    "Unlicense",
    "BSL-1.0",
    "MPL-2.0",
    "OpenSSL",
    "CDLA-Permissive-2.0",
];

/// Whether an SPDX expression can be satisfied. Parentheses are read for the two levels that crates use.
fn acceptable(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let (mut depth, mut part, mut parts, mut joins) = (0u32, String::new(), Vec::new(), Vec::new());
    for word in expression.replace('(', " ( ").replace(')', " ) ").split_whitespace() {
        match word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "AND" | "OR" if depth == 0 => {
                joins.push(word.to_owned());
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push_str(word);
        part.push(' ');
    }
    parts.push(part);
    let single = parts.len() == 1;
    let verdicts: Vec<bool> = parts
        .iter()
        .map(|part| {
            let inner = part.trim().trim_start_matches('(').trim_end_matches(')').trim();
            if single && inner == part.trim() { LICENCES.contains(&inner) } else { acceptable(inner) }
        })
        .collect();
    // AND binds tighter than OR: some run of ANDs must be acceptable as a whole.
    let mut run = verdicts.first().copied().unwrap_or(false);
    for (join, verdict) in joins.iter().zip(verdicts.iter().skip(1)) {
        if join == "OR" {
            if run {
                return true;
            }
            run = *verdict;
        } else {
            run &= *verdict;
        }
    }
    run
}

#[test]
fn every_dependency_says_what_demands_it() {
    assert_kept(explained);
    assert_broken(explained, &[("Cargo.toml", "[workspace.dependencies]\n# The registry.\nrusqlite = \"1\"\n\nhex = \"0.4\"\n")], "`hex`");
    assert_broken(explained, &[("src-tauri/crates/pki/Cargo.toml", "[dependencies]\nhex.workspace = true\naes = \"0.9\"\n")], "`aes`");
}

#[test]
fn every_listed_dependency_is_taken() {
    assert_kept(unused);
    assert_broken(unused, &[("Cargo.toml", "[workspace.dependencies]\nhex = \"0.4\"\n"), ("tests/Cargo.toml", "")], "`hex`");
}

#[test]
fn nothing_banned_and_nothing_double() {
    assert_kept(locked);
    assert_broken(locked, &[("Cargo.lock", "[[package]]\nname = \"openssl-sys\"\n")], "banned");
    assert_broken(locked, &[("Cargo.lock", &"[[package]]\nname = \"rusqlite\"\n".repeat(2))], "two versions");
}

#[test]
fn licences_can_be_passed_on() {
    let host = Command::new("rustc").arg("--version").arg("--verbose").output().expect("rustc answers");
    let host =
        String::from_utf8_lossy(&host.stdout).lines().find_map(|line| line.strip_prefix("host: ").map(str::to_owned)).expect("a host");
    let arguments = ["metadata", "--locked", "--format-version", "1", "--filter-platform", &host];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().expect("cargo answers");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 100, "only {} packages", packages.len());
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(acceptable))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "licences to look at:\n  {}", refused.join("\n  "));
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() {
    for good in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0 OR Apache-2.0",
        "MIT/Apache-2.0",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "ISC AND (Apache-2.0 OR ISC)",
    ] {
        assert!(acceptable(good), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0", "LGPL-2.1 OR GPL-3.0", ""] {
        assert!(!acceptable(bad), "{bad}");
    }
}
