//! Java.

use super::{Verdict, judge};

/// Opens a PKCS#12 file and lists what is in it.
pub fn pkcs12(path: &str, password: &str) -> Verdict {
    judge("keytool", "openjdk-17-jdk-headless")
        .args(&["-list", "-v", "-storetype", "PKCS12", "-keystore", path, "-storepass", password])
        .verdict()
}
