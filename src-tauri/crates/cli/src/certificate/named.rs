//! Tells the name of something in the registry from a file.

use std::path::{Path, PathBuf};

/// What an argument of the kind `C-OR-FILE` means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// Something in the registry.
    InRegistry(String),
    /// A file.
    InFile(PathBuf),
}

/// A file that exists is meant as a file; so is what can only be one, by its extension or by how it begins.
pub(crate) fn named_or_file(text: &str) -> Named {
    let path = Path::new(text);
    let begins_as_path = text.starts_with("./") || text.starts_with("../") || path.is_absolute();
    let ends_as_file = path
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| ["pem", "crt", "cer", "der", "p7b", "p7c", "crl"].contains(&extension.to_ascii_lowercase().as_str()));
    if path.is_file() || begins_as_path || ends_as_file { Named::InFile(path.to_path_buf()) } else { Named::InRegistry(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_files_are_told_apart() {
        for name in ["issuing/3fa8", "3fa8", "0192f0c1-7b1e-7c3a-9f00-000000000000", "Example Root"] {
            assert_eq!(named_or_file(name), Named::InRegistry(name.to_owned()));
        }
        for file in ["./x", "../y", "www.crt", "folder/chain.PEM", "/tmp/x"] {
            assert_eq!(named_or_file(file), Named::InFile(PathBuf::from(file)));
        }
    }
}
