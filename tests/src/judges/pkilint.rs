//! pkilint, a linter in Python: `cargo xtask test` installs it below the folder that cargo builds into, from `tests/judges/requirements.txt`.

use std::collections::BTreeMap;
use std::path::Path;

use super::{judge, python};

const LINT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/judges/lint.py");

/// What is linted: its name, and its file, PEM.
pub enum Linted {
    /// A certificate, with the file of its issuer's.
    Certificate { name: String, file: String, issuer: String },
    /// A CRL of an authority that certifies leaves.
    Crl { name: String, file: String },
}

/// What it found, of severity WARNING or worse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub severity: String,
    pub code: String,
    /// Where in the object.
    pub place: String,
    pub message: String,
}

/// Lints everything in one process; what has no findings is not in the answer.
pub fn lint(all: &[Linted]) -> BTreeMap<String, Vec<Finding>> {
    let line = |linted: &Linted| match linted {
        Linted::Certificate { name, file, issuer } => format!("cert\t{name}\t{file}\t{issuer}\n"),
        Linted::Crl { name, file } => format!("crl\t{name}\t{file}\n"),
    };
    assert!(Path::new(LINT).exists());
    let python = python::program();
    let program = python.to_str().expect("a path of UTF-8");
    let said =
        judge(program, "python3-venv").args(&["-W", "ignore"]).arg(LINT).input(all.iter().map(line).collect()).verdict().assert_accepted();
    let mut findings: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    let mut done = None;
    for line in said.lines() {
        match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["done", count] => done = count.parse::<usize>().ok(),
            [name, severity, code, place, message] => findings.entry((*name).to_owned()).or_default().push(Finding {
                severity: (*severity).to_owned(),
                code: (*code).to_owned(),
                place: (*place).to_owned(),
                message: (*message).to_owned(),
            }),
            _ => panic!("pkilint: {line}"),
        }
    }
    assert_eq!(done, Some(all.len()), "pkilint: {said}");
    findings
}
