//! One list of commands: what `api` offers, the shell routes, the permissions allow and the page may call.

use std::collections::BTreeSet;

use crate::tree::Tree;
use crate::{assert_broken, assert_kept};

const SHELL: &str = "src-tauri/src/command_names.rs";
const HANDLER: &str = "src-tauri/src/handler.rs";
const CAPABILITY: &str = "src-tauri/capabilities/main.json";
const PAGE: &str = "ui/src/ipc/generated/commands.ts";
const HOST: &str = "ui/src/ipc/tauri.ts";

/// What the page may be permitted beside the commands.
const EVENTS: &[&str] = &["core:event:allow-listen", "core:event:allow-unlisten"];

type Names = BTreeSet<String>;

fn quoted(text: &str) -> Names {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The names in the shell's list, between the brackets after the equals sign.
fn shell_names(text: &str) -> Names {
    quoted(text.split_once("= &[").map_or("", |(_, list)| list))
}

/// The names of the handler table: what follows the last `::` of each path in `generate_handler![…]`.
fn handler_names(text: &str) -> Names {
    let table = text.split_once("generate_handler![").and_then(|(_, rest)| rest.split_once(']')).map_or("", |(table, _)| table);
    let path = |item: &str| item.trim().rsplit("::").next().unwrap_or_default().to_owned();
    table.split(',').map(path).filter(|name| !name.is_empty()).collect()
}

/// The page's list: the array after the types.
fn page_names(text: &str) -> Names {
    quoted(text.rsplit_once(" = [").and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list))
}

/// What the page asks of the shell itself, by name: dialogs and the like, which the command line has no need of.
fn host_names(text: &str) -> Names {
    let calls = text.match_indices("invoke").filter_map(|(at, _)| {
        let rest = &text[at + "invoke".len()..];
        let argument = rest.split_once('(')?.1.trim_start().strip_prefix('"')?;
        rest.starts_with(['<', '(']).then(|| argument.split('"').next().unwrap_or_default().to_owned())
    });
    calls.collect()
}

fn capability_names(text: &str, violations: &mut Vec<String>) -> Names {
    let Ok(capability) = serde_json::from_str::<serde_json::Value>(text) else {
        violations.push(format!("{CAPABILITY}: is not JSON"));
        return Names::new();
    };
    if capability["windows"] != serde_json::json!(["main"]) || !capability["remote"].is_null() {
        violations.push(format!("{CAPABILITY}: must be for the one local window `main`"));
    }
    let mut names = Names::new();
    for permission in capability["permissions"].as_array().into_iter().flatten() {
        match permission.as_str() {
            Some(event) if EVENTS.contains(&event) => {}
            Some(allowed) if allowed.starts_with("allow-") => {
                names.insert(allowed.trim_start_matches("allow-").replace('-', "_"));
            }
            _ => violations.push(format!("{CAPABILITY}: {permission} is not one of our commands")),
        }
    }
    names
}

fn compare(place: &str, found: &Names, wanted: &Names, violations: &mut Vec<String>) {
    let missing: Vec<_> = wanted.difference(found).collect();
    let surplus: Vec<_> = found.difference(wanted).collect();
    if !missing.is_empty() || !surplus.is_empty() {
        violations.push(format!("{place}: lacks {missing:?}, has too many {surplus:?}"));
    }
}

fn one_list(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for path in [SHELL, HANDLER, CAPABILITY, PAGE, HOST] {
        if tree.text(path).is_none() {
            violations.push(format!("{path} is missing"));
        }
    }
    if !violations.is_empty() {
        return violations;
    }
    let text = |path: &str| tree.text(path).unwrap_or_default();
    let core: Names = api::commands::COMMANDS.iter().map(|name| (*name).to_owned()).collect();
    let all: Names = core.union(&host_names(text(HOST))).cloned().collect();
    compare(PAGE, &page_names(text(PAGE)), &core, &mut violations);
    compare(SHELL, &shell_names(text(SHELL)), &all, &mut violations);
    compare(HANDLER, &handler_names(text(HANDLER)), &all, &mut violations);
    let allowed = capability_names(text(CAPABILITY), &mut violations);
    compare(CAPABILITY, &allowed, &all, &mut violations);
    if tree.files().filter(|(path, _)| path.starts_with("src-tauri/capabilities/")).count() != 1 {
        violations.push("src-tauri/capabilities/: there is one capability".to_owned());
    }
    violations
}

/// A tree that keeps the rule, with one file replaced.
fn changed(path: &str, change: impl Fn(&str) -> String) -> Vec<(String, String)> {
    [SHELL, HANDLER, CAPABILITY, PAGE, HOST]
        .iter()
        .map(|file| {
            let text = Tree::checkout().text(file).unwrap_or_default();
            ((*file).to_owned(), if *file == path { change(text) } else { text.to_owned() })
        })
        .collect()
}

fn assert_noticed(path: &str, change: impl Fn(&str) -> String, complaint: &str) {
    let files = changed(path, change);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_broken(one_list, &files, complaint);
}

#[test]
fn api_shell_permissions_and_page_know_the_same_commands() {
    assert_kept(one_list);
    assert_noticed(SHELL, |text| text.replace("\"crl_build\",", ""), "lacks [\"crl_build\"]");
    assert_noticed(HANDLER, |text| text.replace("crl_build,", "crl_bild,"), "has too many [\"crl_bild\"]");
    assert_noticed(CAPABILITY, |text| text.replace("\"allow-crl-build\"", "\"fs:default\""), "is not one of our commands");
    assert_noticed(CAPABILITY, |text| text.replace("\"main\"\n  ]", "\"*\"\n  ]"), "the one local window");
    assert_noticed(PAGE, |text| text.replace("  \"crl_build\",\n", ""), "lacks [\"crl_build\"]");
    assert_noticed(HOST, |text| text.replace("\"pick_files\"", "\"pick_flies\""), "pick_flies");
}
