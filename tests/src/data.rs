//! The test data that other programs made; see `tests/data/README.md`.

use std::path::{Path, PathBuf};

/// A file or folder of `tests/data`.
pub fn data(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    assert!(path.exists(), "{} is not there", path.display());
    path
}

/// A file of `tests/data` as text for a request.
pub fn named(name: &str) -> String {
    data(name).to_str().expect("the checkout's path is UTF-8").to_owned()
}

/// The bytes of a file of `tests/data`.
pub fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(data(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
