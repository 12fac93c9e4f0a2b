//! The TypeScript of the surface is generated, committed, and compared here. `CHANCERY_BLESS=1` rewrites it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/ipc/generated")
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

fn generate(folder: &Path) {
    api::commands::export_typescript(folder).unwrap();
    let mut text = String::from("// Generated from the command list of `api`. Do not edit.\n");
    let signatures = api::commands::typescript_signatures();
    let mut types = std::collections::BTreeSet::new();
    for (_, request, response) in &signatures {
        for name in [request, response] {
            types.extend(name.split(['<', '>', ' ', ',']).filter(|part| !part.is_empty()).map(str::to_owned));
        }
    }
    for name in &types {
        writeln!(text, "import type {{ {name} }} from \"./{name}\";").unwrap();
    }
    text.push_str("\n/** Every command: what it takes and what it gives. */\nexport interface Commands {\n");
    for (name, request, response) in &signatures {
        writeln!(text, "  {name}: {{ request: {request}; response: {response} }};").unwrap();
    }
    text.push_str("}\n\nexport const COMMANDS = [\n");
    for (name, ..) in &signatures {
        writeln!(text, "  \"{name}\",").unwrap();
    }
    text.push_str("] as const satisfies readonly (keyof Commands)[];\n");
    fs::write(folder.join("commands.ts"), text).unwrap();
}

#[test]
fn typescript_is_up_to_date() {
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    if std::env::var_os("CHANCERY_BLESS").is_some() {
        if committed().is_dir() {
            fs::remove_dir_all(committed()).unwrap();
        }
        fs::create_dir_all(committed()).unwrap();
        for (name, text) in files(fresh.path()) {
            fs::write(committed().join(name), text).unwrap();
        }
    }
    let (fresh, committed) = (files(fresh.path()), files(&committed()));
    if fresh != committed {
        let changed: Vec<_> = fresh.iter().filter(|(name, text)| committed.get(*name) != Some(text)).map(|(name, _)| name).collect();
        let gone: Vec<_> = committed.keys().filter(|name| !fresh.contains_key(*name)).collect();
        panic!("generated TypeScript differs: {changed:?}, no longer generated: {gone:?}; run with CHANCERY_BLESS=1 and commit");
    }
}
