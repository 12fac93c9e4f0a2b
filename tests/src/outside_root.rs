//! A root that others run: the `openssl ca` command over a folder of its own.

use std::path::{Path, PathBuf};

use crate::judges::{Verdict, judge};

/// An hour before [`crate::NOW`], so that what it signs is valid by then.
const BEFORE: &str = "2026-11-22 11:00:00";

/// Copies what a request asks for, and adds the identifiers.
pub const AS_ASKED: &str = "as_asked";
/// Says that the subject is no authority.
pub const AS_LEAF: &str = "as_leaf";
/// An authority that may sign no CRL.
pub const WITHOUT_CRL_SIGN: &str = "without_crl_sign";

const CONFIGURATION: &str = "[ca]
default_ca = own
[own]
dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = root.pem
private_key = root.key
default_md = sha384
default_days = 1825
default_crl_days = 180
unique_subject = no
policy = any
copy_extensions = copy
crl_extensions = of_crl
[any]
countryName = optional
organizationName = optional
commonName = supplied
[of_crl]
authorityKeyIdentifier = keyid:always
[req]
distinguished_name = none
[none]
[of_root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[as_asked]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[as_leaf]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[without_crl_sign]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
";

/// The root, its key and its records.
pub struct OutsideRoot {
    folder: PathBuf,
}

impl OutsideRoot {
    /// Makes one in a folder that is made here.
    pub fn in_folder(folder: PathBuf, subject: &str) -> Self {
        std::fs::create_dir(&folder).expect("a folder");
        for (name, content) in [("ca.cnf", CONFIGURATION), ("index.txt", ""), ("serial", "7001\n"), ("crlnumber", "01\n")] {
            std::fs::write(folder.join(name), content).expect("a written file");
        }
        let root = Self { folder };
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", "root.key"];
        let made = ["req", "-x509", "-config", "ca.cnf", "-extensions", "of_root", "-days", "7300", "-subj", subject, "-out", "root.pem"];
        root.openssl(&[&made[..], &key[..]].concat()).assert_accepted();
        root
    }

    /// Its certificate, PEM.
    pub fn certificate(&self) -> String {
        self.file("root.pem")
    }

    /// Signs a request; `options` as of `openssl ca`. Gives the file of the certificate.
    pub fn sign(&self, request: &str, extensions: &str, options: &[&str], out: &str) -> String {
        let arguments = ["ca", "-batch", "-notext", "-config", "ca.cnf", "-extensions", extensions, "-in", request, "-out", out];
        self.openssl(&[&arguments[..], options].concat()).assert_accepted();
        self.file(out)
    }

    /// A request of a key that is made here; gives its file.
    pub fn request_of_another_key(&self, subject: &str) -> String {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "another.key"];
        self.openssl(&[&["req", "-new", "-config", "ca.cnf", "-subj", subject, "-out", "another.csr"][..], &key[..]].concat())
            .assert_accepted();
        self.file("another.csr")
    }

    /// Its CRL; gives the file.
    pub fn crl(&self) -> String {
        self.openssl(&["ca", "-gencrl", "-config", "ca.cnf", "-out", "root.crl"]).assert_accepted();
        self.file("root.crl")
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).to_str().expect("UTF-8").to_owned()
    }

    fn openssl(&self, arguments: &[&str]) -> Verdict {
        judge("faketime", "faketime").arg(BEFORE).arg("openssl").args(arguments).folder(&self.folder).verdict()
    }
}

/// Files one after the other in one file; gives its path.
pub fn joined(files: &[&str], out: &Path) -> String {
    let read = |file: &&str| std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    std::fs::write(out, files.iter().map(read).collect::<String>()).expect("a written file");
    out.to_str().expect("UTF-8").to_owned()
}
