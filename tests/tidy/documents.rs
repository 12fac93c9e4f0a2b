//! The pages a newcomer reads: they exist, and their links lead somewhere.

use crate::tree::Tree;
use crate::{assert_broken, assert_kept};

const PAGES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "docs/README.md",
    "tests/README.md",
    "icons/README.md",
    "migrations/README.md",
];

fn pages(tree: &Tree) -> Vec<String> {
    PAGES.iter().filter(|page| tree.text(page).is_none_or(|text| text.trim().is_empty())).map(|page| format!("{page} is missing")).collect()
}

/// Relative links of Markdown, `[text](target)`, without code blocks.
fn links(tree: &Tree) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, text) in tree.ending(".md") {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let prose: String = text.split("```").step_by(2).collect();
        for (at, _) in prose.match_indices("](") {
            let target = prose[at + 2..].split([')', ' ', '#']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let joined = resolve(folder, target);
            if tree.text(&joined).is_none() && !tree.has_below(&joined) {
                violations.push(format!("{path}: the link to {target} leads nowhere"));
            }
        }
    }
    violations
}

fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[test]
fn every_page_is_there() {
    assert_kept(pages);
    assert_broken(pages, &[("README.md", "text")], "SECURITY.md is missing");
}

#[test]
fn links_lead_somewhere() {
    assert_kept(links);
    assert_broken(links, &[("docs/README.md", "see [this](../nothing.md)")], "leads nowhere");
    assert!(links(&Tree::of(&[("docs/README.md", "see [this](../a.md#part)"), ("a.md", "x")])).is_empty());
}
