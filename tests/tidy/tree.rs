//! The files that the rules look at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Folders that are made, not written.
const MADE: &[&str] = &["target", "node_modules", "dist", "dist-fake", ".git", ".svelte-kit", "gen", "corpus"];

/// Paths below the root with forward slashes; the text is empty for what is not UTF-8.
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// What is checked out, read once.
    pub(crate) fn checkout() -> &'static Self {
        static CHECKOUT: OnceLock<Tree> = OnceLock::new();
        CHECKOUT.get_or_init(|| {
            let mut files = BTreeMap::new();
            read(&root(), &root(), &mut files);
            assert!(files.contains_key("Cargo.toml"), "the checkout was not found at {}", root().display());
            Tree { files }
        })
    }

    /// An invented tree.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose name ends so.
    pub(crate) fn ending(&self, end: &'static str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| path.ends_with(end))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    pub(crate) fn has_below(&self, folder: &str) -> bool {
        self.files.keys().any(|path| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    }

    /// The manifests of all packages, parsed.
    pub(crate) fn manifests(&self) -> Vec<(&str, toml::Table)> {
        self.files()
            .filter(|(path, _)| *path == "Cargo.toml" || path.ends_with("/Cargo.toml"))
            .map(|(path, text)| (path, text.parse().unwrap_or_else(|error| panic!("{path}: {error}"))))
            .collect()
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent").to_owned()
}

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.expect("readable entry");
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() && !MADE.contains(&name.as_str()) {
            read(root, &path, files);
        } else if kind.is_file() && name != ".git" {
            let relative = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{relative}: {error}"));
            files.insert(relative, String::from_utf8(bytes).unwrap_or_default());
        }
    }
}

/// The text without what follows `//` on a line, and without the module of unit tests that closes a file.
pub(crate) fn shipped_code(text: &str) -> String {
    let before_tests = text.find("\n#[cfg(test)]\nmod ").map_or(text, |at| &text[..at]);
    before_tests.lines().map(|line| line.find("//").map_or(line, |at| &line[..at])).collect::<Vec<_>>().join("\n")
}

/// Whether the text has the path of a crate or module at the start of a path: `name::`, not `other::name::`.
pub(crate) fn mentions(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    code.match_indices(&path).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == ':')
    })
}

/// Whether a Rust file holds tests only.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}
