//! Java.

use super::{Verdict, judge};
use crate::NOW;

const PACKAGE: &str = "openjdk-17-jdk-headless";

/// Opens a PKCS#12 file and lists what is in it.
pub fn pkcs12(path: &str, password: &str) -> Verdict {
    judge("keytool", PACKAGE).args(&["-list", "-v", "-storetype", "PKCS12", "-keystore", path, "-storepass", password]).verdict()
}

/// Arguments: moment in milliseconds, anchor, path (leaf first), lists. Each list is found by the path's own revocation check.
const CHECK_PATH: &str = r#"
import java.io.FileInputStream;
import java.security.cert.*;
import java.util.*;

public class CheckPath {
    public static void main(String[] given) throws Exception {
        var factory = CertificateFactory.getInstance("X.509");
        var anchor = (X509Certificate) factory.generateCertificate(new FileInputStream(given[1]));
        var path = new ArrayList<Certificate>(factory.generateCertificates(new FileInputStream(given[2])));
        path.removeIf(found -> found.equals(anchor));
        var lists = new ArrayList<CRL>();
        for (int place = 3; place < given.length; place++) lists.addAll(factory.generateCRLs(new FileInputStream(given[place])));
        var wanted = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
        wanted.setDate(new Date(Long.parseLong(given[0])));
        wanted.setRevocationEnabled(!lists.isEmpty());
        wanted.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
        anchor.verify(anchor.getPublicKey());
        CertPathValidator.getInstance("PKIX").validate(factory.generateCertPath(path), wanted);
    }
}
"#;

/// Verifies a path (PEM, leaf first) under an anchor a minute after [`NOW`], since Java takes what is revoked at the very moment; with lists
/// every link is checked.
pub fn verify(anchor: &str, path: &str, crls: &[&str]) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("CheckPath.java");
    std::fs::write(&program, CHECK_PATH).expect("a program");
    let at = ((NOW.unix_timestamp() + 60) * 1000).to_string();
    judge("java", PACKAGE).arg(&program).args(&[&at, anchor, path]).args(crls).verdict()
}
