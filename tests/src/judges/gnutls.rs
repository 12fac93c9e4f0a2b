//! GnuTLS.

use super::{Verdict, judge_now};

fn certtool(arguments: &[&str]) -> Verdict {
    judge_now("certtool", "gnutls-bin").args(arguments).verdict()
}

/// Verifies a certificate (its chain may follow in the same file) under trusted roots and CRLs at [`crate::NOW`].
pub fn verify(roots: &str, crls: Option<&str>, chain: &str) -> Verdict {
    let mut arguments = vec!["--verify", "--load-ca-certificate", roots, "--infile", chain];
    if let Some(crls) = crls {
        arguments.extend(["--load-crl", crls]);
    }
    certtool(&arguments)
}

/// As [`verify`], for a purpose (an object identifier).
pub fn verify_for(roots: &str, chain: &str, purpose: &str) -> Verdict {
    certtool(&["--verify", "--load-ca-certificate", roots, "--infile", chain, "--verify-purpose", purpose])
}

/// Verifies a CRL under its issuer at [`crate::NOW`].
pub fn verify_crl(issuer: &str, crl: &str) -> Verdict {
    certtool(&["--verify-crl", "--load-ca-certificate", issuer, "--infile", crl])
}

/// Opens a PKCS#12 file.
pub fn pkcs12(path: &str, password: &str) -> Verdict {
    certtool(&["--p12-info", "--inder", "--infile", path, "--password", password])
}
