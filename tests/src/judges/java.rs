//! Java.

use super::{Verdict, judge};
use crate::NOW;

const PACKAGE: &str = "openjdk-17-jdk-headless";

/// Opens a PKCS#12 file and lists what is in it.
pub fn pkcs12(path: &str, password: &str) -> Verdict {
    judge("keytool", PACKAGE).args(&["-list", "-v", "-storetype", "PKCS12", "-keystore", path, "-storepass", password]).verdict()
}

/// Lists what is in a key store of this kind (`JKS`, `JCEKS`, `PKCS12`), with fingerprints.
pub fn key_store(path: &str, kind: &str, password: &str) -> Verdict {
    judge("keytool", PACKAGE).args(&["-list", "-storetype", kind, "-keystore", path, "-storepass", password]).verdict()
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

/// Reads lines from standard input: name, anchor, path (leaf first), purpose, parted by tabs. The argument is the moment.
const CHECK_PATHS: &str = r#"
import java.io.*;
import java.security.GeneralSecurityException;
import java.security.cert.*;
import java.util.*;

public class CheckPaths {
    public static void main(String[] given) throws Exception {
        var factory = CertificateFactory.getInstance("X.509");
        var input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            var fields = line.split("\t");
            String said = "accepted";
            try (var anchorFile = new FileInputStream(fields[1]); var pathFile = new FileInputStream(fields[2])) {
                var anchor = (X509Certificate) factory.generateCertificate(anchorFile);
                var path = new ArrayList<Certificate>(factory.generateCertificates(pathFile));
                path.removeIf(found -> found.equals(anchor));
                var wanted = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
                wanted.setDate(new Date(Long.parseLong(given[0])));
                wanted.setRevocationEnabled(false);
                var selector = new X509CertSelector();
                selector.setExtendedKeyUsage(Set.of(fields[3]));
                wanted.setTargetCertConstraints(selector);
                CertPathValidator.getInstance("PKIX").validate(factory.generateCertPath(path), wanted);
            } catch (GeneralSecurityException refusal) {
                said = refusal.toString().replaceAll("\\s+", " ");
            }
            System.out.println(fields[0] + "\t" + said);
        }
    }
}
"#;

/// A path to be verified: its name, the anchor's file, the path's file (PEM, leaf first), and the purpose of its leaf as an object identifier.
pub struct PathFile {
    pub name: String,
    pub anchor: String,
    pub path: String,
    pub purpose: &'static str,
}

/// Verifies many paths in one process, as [`verify`] does without lists; the verdicts are in the order of the paths.
pub fn verify_each(paths: &[PathFile]) -> Vec<Verdict> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("CheckPaths.java");
    std::fs::write(&program, CHECK_PATHS).expect("a program");
    let line = |PathFile { name, anchor, path, purpose }: &PathFile| format!("{name}\t{anchor}\t{path}\t{purpose}\n");
    let at = ((NOW.unix_timestamp() + 60) * 1000).to_string();
    let said = judge("java", PACKAGE).arg(&program).arg(at).input(paths.iter().map(line).collect()).verdict().assert_accepted();
    let verdicts: Vec<_> = said
        .lines()
        .zip(paths)
        .map(|(line, path)| {
            let said = line.strip_prefix(&format!("{}\t", path.name)).unwrap_or_else(|| panic!("Java: {line}"));
            Verdict { accepted: said == "accepted", said: said.to_owned() }
        })
        .collect();
    assert_eq!(verdicts.len(), paths.len(), "Java: {said}");
    verdicts
}

/// Reads lines from standard input: name, anchor, target, further certificates, lists, policies, wishes, parted by tabs. The argument is the
/// moment.
const BUILD_PATHS: &str = r#"
import java.io.*;
import java.security.GeneralSecurityException;
import java.security.cert.*;
import java.util.*;

public class BuildPaths {
    public static void main(String[] given) throws Exception {
        var factory = CertificateFactory.getInstance("X.509");
        var input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            var fields = line.split("\t", -1);
            String said = "accepted";
            try (var anchorFile = new FileInputStream(fields[1]); var targetFile = new FileInputStream(fields[2]);
                    var othersFile = new FileInputStream(fields[3]); var listsFile = new FileInputStream(fields[4])) {
                var anchor = (X509Certificate) factory.generateCertificate(anchorFile);
                var target = (X509Certificate) factory.generateCertificate(targetFile);
                var held = new ArrayList<Object>(factory.generateCertificates(othersFile));
                held.add(target);
                held.addAll(factory.generateCRLs(listsFile));
                var selector = new X509CertSelector();
                selector.setCertificate(target);
                var wanted = new PKIXBuilderParameters(Set.of(new TrustAnchor(anchor, null)), selector);
                wanted.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(held)));
                wanted.setDate(new Date(Long.parseLong(given[0])));
                wanted.setRevocationEnabled(true);
                if (!fields[5].isEmpty()) wanted.setInitialPolicies(Set.of(fields[5].split(",")));
                wanted.setExplicitPolicyRequired(fields[6].contains("require-policy"));
                wanted.setPolicyMappingInhibited(fields[6].contains("inhibit-mapping"));
                wanted.setAnyPolicyInhibited(fields[6].contains("inhibit-any"));
                CertPathBuilder.getInstance("PKIX").build(wanted);
            } catch (GeneralSecurityException refusal) {
                said = refusal.toString().replaceAll("\\s+", " ");
            }
            System.out.println(fields[0] + "\t" + said);
        }
    }
}
"#;

/// A case of path building: its name, files, the policies that will do, and `require-policy`, `inhibit-mapping`, `inhibit-any`.
pub struct BuildFiles {
    pub name: String,
    pub anchor: String,
    pub target: String,
    pub others: String,
    pub crls: String,
    pub policies: String,
    pub wishes: String,
}

/// Builds and verifies many paths in one process, at [`NOW`], every link checked for revocation; the verdicts are in the order of the cases.
pub fn build_each(cases: &[BuildFiles]) -> Vec<Verdict> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("BuildPaths.java");
    std::fs::write(&program, BUILD_PATHS).expect("a program");
    let line = |case: &BuildFiles| {
        let BuildFiles { name, anchor, target, others, crls, policies, wishes } = case;
        format!("{name}\t{anchor}\t{target}\t{others}\t{crls}\t{policies}\t{wishes}\n")
    };
    let at = (NOW.unix_timestamp() * 1000).to_string();
    let said = judge("java", PACKAGE).arg(&program).arg(at).input(cases.iter().map(line).collect()).verdict().assert_accepted();
    let verdicts: Vec<_> = said
        .lines()
        .zip(cases)
        .map(|(line, case)| {
            let said = line.strip_prefix(&format!("{}\t", case.name)).unwrap_or_else(|| panic!("Java: {line}"));
            Verdict { accepted: said == "accepted", said: said.to_owned() }
        })
        .collect();
    assert_eq!(verdicts.len(), cases.len(), "Java: {said}");
    verdicts
}
