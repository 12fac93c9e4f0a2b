//! CRLs as they pass, beside what OpenSSL prints of them.

use std::fs::File;

use authority::pki::SerialNumber;
use authority::pki::crl::CrlWalk;
use serde_json::json;
use suite::judges::openssl;
use suite::{Sandbox, ask};

use crate::KINDS;

/// How many serial numbers OpenSSL prints, and which.
fn of_openssl(path: &str) -> Vec<SerialNumber> {
    let text = openssl::crl_text(path);
    let serials = text.lines().filter_map(|line| line.trim().strip_prefix("Serial Number: "));
    serials.map(|serial| serial.parse().expect("a serial")).collect()
}

#[test]
fn counts_and_serials_are_those_that_openssl_prints() {
    for kind in KINDS {
        let sandbox = Sandbox::with_keyring();
        sandbox.authority(json!({ "name": "Root", "subject": "CN=Root,O=Acme", "key": kind }));
        // Of three octets to twelve, the top bit of the first set or not.
        let serials: Vec<String> = (1_u128..=600).map(|number| format!("{:x}", ((number * 37) << (16 + number % 64)) | number)).collect();
        let revoke = |serials: &[String]| {
            let confirmation = format!("revoke {}", serials.len());
            let request =
                json!({ "certificates": [], "serials": serials, "issuer": "Root", "reason": "superseded", "confirmation": confirmation });
            sandbox.surface.certificate_revoke(ask(request)).expect("revoked");
        };
        for some in [&serials[..0], &serials[..1], &serials[1..]] {
            if !some.is_empty() {
                revoke(some);
            }
            let path = sandbox.crl("Root");
            let mut walk = CrlWalk::open(File::open(&path).expect("a CRL")).expect("a CRL");
            let mut found = Vec::new();
            while let Some(entry) = walk.next_entry().expect("an entry") {
                found.push(entry.read().and_then(|entry| Ok(entry.serial()?)).expect("a serial"));
            }
            let summary = walk.finish().expect("a CRL");
            assert_eq!(found, of_openssl(&path), "{kind}");
            assert_eq!(summary.entry_count(), u64::try_from(found.len()).expect("a count"));
            let text = openssl::crl_text(&path);
            assert!(
                summary.number().is_some_and(|number| text.contains(&format!("X509v3 CRL Number: \n                {number}\n"))),
                "{text}"
            );
        }
    }
}
