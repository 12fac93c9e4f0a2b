//! The house rules, as tests. Each rule is a function from a tree of files to its violations; it is run over the checkout, and over
//! small broken trees that it must object to.

mod commands;
mod dependencies;
mod documents;
mod edges;
mod fixtures;
mod migrations;
mod names;
mod rooms;
mod shell;
mod sizes;
mod tree;

use tree::Tree;

/// A rule found nothing to object to in the checkout.
fn assert_kept(rule: fn(&Tree) -> Vec<String>) {
    let violations = rule(Tree::checkout());
    assert!(violations.is_empty(), "{} violation(s):\n  {}", violations.len(), violations.join("\n  "));
}

/// A rule objects once to a tree of these files, and says this.
fn assert_broken(rule: fn(&Tree) -> Vec<String>, files: &[(&str, &str)], complaint: &str) {
    let violations = rule(&Tree::of(files));
    assert!(violations.iter().any(|violation| violation.contains(complaint)), "no complaint with {complaint:?} among {violations:?}");
}
