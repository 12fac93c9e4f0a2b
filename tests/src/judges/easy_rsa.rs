//! easy-rsa 3, which is a script over OpenSSL.

use std::path::Path;

use super::{Verdict, judge};

/// Where the package puts it: not on the path.
const PROGRAM: &str = "/usr/share/easy-rsa/easyrsa";

/// Does something in a `pki` folder, five minutes after [`crate::NOW`].
pub fn easy_rsa(pki: &Path, password: &str, arguments: &[&str]) -> Verdict {
    assert!(Path::new(PROGRAM).is_file(), "easy-rsa is missing: install the package `easy-rsa`");
    let place = format!("--pki-dir={}", pki.display());
    let password = format!("--passin=pass:{password}");
    judge("faketime", "faketime")
        .folder(pki.parent().expect("a folder above"))
        .args(&["2026-11-22 12:05:00", PROGRAM, "--batch", &place, &password])
        .args(arguments)
        .verdict()
}
