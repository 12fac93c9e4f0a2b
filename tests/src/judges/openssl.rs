//! OpenSSL.

use super::{Verdict, judge};
use crate::NOW;

/// `openssl` with these arguments.
pub fn openssl(arguments: &[&str]) -> Verdict {
    judge("openssl", "openssl").args(arguments).verdict()
}

/// `openssl` with these arguments, whose clock shows an hour before [`NOW`]: what it signs is valid by then.
pub fn an_hour_before(arguments: &[&str]) -> Verdict {
    judge("faketime", "faketime").arg("2026-11-22 11:00:00").arg("openssl").args(arguments).verdict()
}

/// `openssl ca` on a folder of its own, whose clock shows five minutes after [`NOW`].
pub fn ca(configuration: &str, password: &str, arguments: &[&str]) -> Verdict {
    let pass = format!("pass:{password}");
    let first = ["2026-11-22 12:05:00", "openssl", "ca", "-config", configuration, "-batch", "-passin", &pass];
    judge("faketime", "faketime").args(&first).args(arguments).verdict()
}

/// As [`an_hour_before`], half an hour later: what somebody signs whose certificate was made then.
pub fn half_an_hour_before(arguments: &[&str]) -> Verdict {
    judge("faketime", "faketime").arg("2026-11-22 11:30:00").arg("openssl").args(arguments).verdict()
}

/// Strict verification at [`NOW`] of a certificate under the anchors in `bundle`, which may hold the intermediates too; with CRLs every link is checked.
pub fn verify(bundle: &str, crls: &[&str], certificate: &str) -> Verdict {
    verify_for(bundle, crls, certificate, &[])
}

/// As [`verify`], with further options such as `-purpose`.
pub fn verify_for(bundle: &str, crls: &[&str], certificate: &str, options: &[&str]) -> Verdict {
    let options: Vec<&str> = ["-x509_strict", "-check_ss_sig"].iter().chain(options).copied().collect();
    verify_with(bundle, crls, certificate, &options)
}

/// Verifies many certificates in one process, strictly, at [`NOW`], under one root and what may stand between, for a purpose (`sslserver`).
pub fn verify_each(root: &str, between: &str, purpose: &str, certificates: &[String]) -> Vec<Verdict> {
    let at = NOW.unix_timestamp().to_string();
    let options = ["verify", "-x509_strict", "-check_ss_sig", "-attime", &at, "-CAfile", root, "-untrusted", between, "-purpose", purpose];
    each(openssl(&[&options[..], &certificates.iter().map(String::as_str).collect::<Vec<_>>()].concat()), certificates)
}

/// What OpenSSL said of each: it names the file behind the words.
fn each(verdict: Verdict, certificates: &[String]) -> Vec<Verdict> {
    let mut rest = verdict.said.as_str();
    let accepted: Vec<&str> = rest.lines().filter_map(|line| line.strip_suffix(": OK")).collect();
    certificates
        .iter()
        .map(|certificate| {
            if accepted.contains(&certificate.as_str()) {
                return Verdict { accepted: true, said: String::new() };
            }
            let (said, behind) = rest.split_once(&format!("error {certificate}: ")).unwrap_or_else(|| panic!("{certificate}: {rest}"));
            rest = behind;
            Verdict { accepted: false, said: said.to_owned() }
        })
        .collect()
}

/// As [`verify`], where the CA that others made is not strictly right.
pub fn verify_leniently(bundle: &str, crls: &[&str], certificate: &str) -> Verdict {
    verify_with(bundle, crls, certificate, &[])
}

fn verify_with(bundle: &str, crls: &[&str], certificate: &str, options: &[&str]) -> Verdict {
    let at = NOW.unix_timestamp().to_string();
    let mut arguments = vec!["verify", "-attime", &at, "-CAfile", bundle];
    if !crls.is_empty() {
        arguments.push("-crl_check_all");
    }
    for crl in crls {
        arguments.extend(["-CRLfile", crl]);
    }
    arguments.extend(options);
    arguments.push(certificate);
    openssl(&arguments)
}

/// A certificate as OpenSSL prints it.
pub fn certificate_text(path: &str) -> String {
    openssl(&["x509", "-in", path, "-noout", "-text", "-nameopt", "RFC2253"]).assert_accepted()
}

/// A CRL as OpenSSL prints it.
pub fn crl_text(path: &str) -> String {
    openssl(&["crl", "-in", path, "-noout", "-text", "-nameopt", "RFC2253"]).assert_accepted()
}

/// The public key of a certificate, PEM.
pub fn public_key_of_certificate(path: &str) -> String {
    openssl(&["x509", "-in", path, "-noout", "-pubkey"]).assert_accepted()
}

/// The public key of a private key, PEM; `password` opens an encrypted one.
pub fn public_key_of_key(path: &str, password: Option<&str>) -> Verdict {
    let pass = format!("pass:{}", password.unwrap_or_default());
    openssl(&["pkey", "-in", path, "-pubout", "-passin", &pass])
}

/// As [`pkcs12`], with what OpenSSL keeps apart as legacy.
pub fn pkcs12_legacy(path: &str, password: &str) -> Verdict {
    let pass = format!("pass:{password}");
    openssl(&["pkcs12", "-legacy", "-in", path, "-passin", &pass, "-nodes"])
}

/// Everything in a PKCS#12 file, PEM.
pub fn pkcs12(path: &str, password: &str) -> Verdict {
    let pass = format!("pass:{password}");
    openssl(&["pkcs12", "-in", path, "-passin", &pass, "-nodes"])
}
