//! Files to be read: those of PyPI `cryptography-vectors`, which `cargo xtask test` installs beside pkilint, and `tests/data`.

use std::fs;
use std::path::{Path, PathBuf};

use pki::encoding::pem;

/// All of them, each with its name, in the order of the names; and what is in PEM among them, bare.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let mut files = of_tests_data();
    let folder = installed();
    read(&folder, &folder, &mut files);
    files
}

/// The files of `tests/data`.
pub fn of_tests_data() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut files = Vec::new();
    read(&folder, &folder, &mut files);
    files
}

/// The folder of `cryptography-vectors`.
pub fn installed() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folders = test.ancestors().filter_map(|folder| fs::read_dir(folder.join("judges/lib")).ok()).flatten().flatten();
    folders
        .map(|python| python.path().join("site-packages/cryptography_vectors"))
        .find(|folder| folder.is_dir())
        .unwrap_or_else(|| panic!("`cryptography-vectors` is missing: `cargo xtask test --only test` installs it"))
}

fn read(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let octets = fs::read(&path).expect("a file");
            // What is armoured is read bare as well: a change of text is mostly a change of text.
            let blocks = pem::blocks(&octets).into_iter().enumerate();
            let bare = blocks.filter_map(|(index, block)| Some((format!("{name} #{index}"), block.body.ok()?.to_vec())));
            files.extend(bare.collect::<Vec<_>>());
            files.push((name, octets));
        }
    }
}
