//! NSS, the library of Firefox.

use std::path::Path;

use super::{Verdict, judge, judge_now};

/// A database of NSS.
pub struct Database {
    folder: tempfile::TempDir,
}

impl Database {
    /// An empty one without a password.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = Self { folder };
        judge("certutil", "libnss3-tools").args(&["-N", "--empty-password", "-d", &database.name()]).verdict().assert_accepted();
        database
    }

    fn name(&self) -> String {
        format!("sql:{}", self.folder.path().display())
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a certificate, PEM; trusted for TLS servers and clients if `trusted`.
    pub fn add(&self, nickname: &str, certificate: &str, trusted: bool) {
        self.try_to_add(nickname, certificate, trusted).assert_accepted();
    }

    /// As [`Self::add`], where NSS may refuse it.
    pub fn try_to_add(&self, nickname: &str, certificate: &str, trusted: bool) -> Verdict {
        let trust = if trusted { "CT,C,C" } else { ",," };
        judge_now("certutil", "libnss3-tools")
            .args(&["-A", "-d", &self.name(), "-n", nickname, "-t", trust, "-a", "-i", certificate])
            .verdict()
    }

    /// Adds many certificates (nickname, file, PEM) in one process, none of them trusted.
    pub fn add_each(&self, certificates: &[(String, String)]) {
        let name = self.name();
        let line = |(nickname, file): &(String, String)| format!("-A -d {name} -n {nickname} -t ,, -a -i {file}\n");
        let batch = self.folder().join("batch");
        std::fs::write(&batch, certificates.iter().map(line).collect::<String>()).expect("a written file");
        judge_now("certutil", "libnss3-tools").args(&["-B", "-d", &name, "-i"]).arg(&batch).verdict().assert_accepted();
    }

    /// Takes in a CRL, DER, after verifying it under its issuer.
    pub fn take_crl(&self, crl: &str) -> Verdict {
        judge_now("crlutil", "libnss3-tools").folder(self.folder()).args(&["-I", "-d", &self.name(), "-i", crl]).verdict()
    }

    /// Verifies a certificate that was added, as a TLS server (`V`) or client (`C`), signer of mail (`S`), programs (`J`) or OCSP answers (`O`); signatures included.
    pub fn verify(&self, nickname: &str, usage: &str) -> Verdict {
        judge_now("certutil", "libnss3-tools").args(&["-V", "-d", &self.name(), "-n", nickname, "-u", usage, "-e"]).verdict()
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::new()
    }
}

/// Opens a PKCS#12 file.
pub fn pkcs12(path: &str, password: &str) -> Verdict {
    let database = Database::new();
    judge_now("pk12util", "libnss3-tools").args(&["-l", path, "-d", &database.name(), "-W", password]).verdict()
}
