//! Third parties keep to one room each.

use crate::edges::dependencies;
use crate::tree::{Tree, is_test_file, mentions, shipped_code};
use crate::{assert_broken, assert_kept};

/// A third party with the packages whose manifests may name it.
const MANIFESTS: &[(&[&str], &[&str])] = &[
    (&["rcgen", "x509-parser", "x509-cert", "der", "cms", "pkcs8", "p12-keystore"], &["src-tauri/crates/pki"]),
    (&["rusqlite", "rusqlite_migration", "include_dir"], &["src-tauri/crates/authority"]),
    (
        &["keyring", "keyring-core", "zbus-secret-service-keyring-store", "secret-service", "argon2", "chacha20poly1305"],
        &["src-tauri/crates/authority"],
    ),
    (&["ts-rs"], &["src-tauri/crates/api"]),
    (&["reqwest"], &["src-tauri/crates/outside"]),
    (&["clap", "clap_complete", "clap_mangen", "rpassword", "indicatif"], &["src-tauri/crates/cli", "src-tauri/crates/xtask"]),
    (&["tokio"], &["src-tauri/crates/api", "src-tauri/crates/outside", "src-tauri/crates/cli", "src-tauri"]),
];

fn manifest_rooms(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, manifest) in tree.manifests() {
        let package = path.trim_end_matches("Cargo.toml").trim_end_matches('/');
        for (name, _) in dependencies(&manifest) {
            let rooms: &[&str] = match MANIFESTS.iter().find(|(names, _)| names.contains(&name.as_str())) {
                Some((_, rooms)) => rooms,
                None if name == "tauri" || name.starts_with("tauri-") => &["src-tauri"],
                None => continue,
            };
            if !rooms.contains(&package) {
                violations.push(format!("{path}: `{name}` belongs in {rooms:?} only"));
            }
        }
    }
    violations
}

/// A crate as Rust code names it, with the start of the paths where that may be.
const CODE: &[(&str, &str)] = &[
    ("rusqlite", "src-tauri/crates/authority/src/registry"),
    ("rusqlite_migration", "src-tauri/crates/authority/src/registry"),
    ("include_dir", "src-tauri/crates/authority/src/registry"),
    ("keyring", "src-tauri/crates/authority/src/keystore"),
    ("keyring_core", "src-tauri/crates/authority/src/keystore"),
    ("secret_service", "src-tauri/crates/authority/src/keystore"),
    ("zbus_secret_service_keyring_store", "src-tauri/crates/authority/src/keystore"),
];

fn code_rooms(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, text) in tree.ending(".rs").filter(|(path, _)| path.starts_with("src-tauri/") && !is_test_file(path)) {
        let code = shipped_code(text);
        for (name, room) in CODE.iter().filter(|(_, room)| !path.starts_with(room)) {
            if mentions(&code, name) {
                violations.push(format!("{path}: `{name}` belongs in {room}* only"));
            }
        }
    }
    violations
}

/// The one file of the interface that knows the shell.
const TAURI_FILE: &str = "ui/src/ipc/tauri.ts";

fn page_rooms(tree: &Tree) -> Vec<String> {
    tree.files()
        .filter(|(path, _)| path.starts_with("ui/src/") && *path != TAURI_FILE)
        .filter(|(_, text)| text.contains("@tauri-apps/"))
        .map(|(path, _)| format!("{path}: only {TAURI_FILE} may speak to Tauri"))
        .collect()
}

#[test]
fn manifests_name_third_parties_in_their_room() {
    assert_kept(manifest_rooms);
    let manifest = "[dependencies]\nrcgen.workspace = true\n";
    assert_broken(manifest_rooms, &[("src-tauri/crates/authority/Cargo.toml", manifest)], "`rcgen` belongs");
    let manifest = "[dependencies]\ntauri-plugin-fs = \"2\"\n";
    assert_broken(manifest_rooms, &[("src-tauri/crates/api/Cargo.toml", manifest)], "`tauri-plugin-fs` belongs");
}

#[test]
fn sql_stays_in_the_registry_and_the_keyring_in_the_keystore() {
    assert_kept(code_rooms);
    assert_broken(code_rooms, &[("src-tauri/crates/authority/src/issue.rs", "use rusqlite::params;")], "`rusqlite` belongs");
    assert_broken(code_rooms, &[("src-tauri/crates/authority/src/registry.rs", "keyring::Entry::new(a, b)")], "`keyring` belongs");
    assert!(code_rooms(&Tree::of(&[("src-tauri/crates/authority/src/registry/crls.rs", "use rusqlite::params;")])).is_empty());
}

#[test]
fn one_file_of_the_page_speaks_to_tauri() {
    assert_kept(page_rooms);
    assert!(Tree::checkout().text(TAURI_FILE).is_some(), "{TAURI_FILE} is missing");
    assert_broken(page_rooms, &[("ui/src/app/App.svelte", "import { invoke } from \"@tauri-apps/api/core\";")], "may speak to Tauri");
}
