//! PKCS#12 files open in the four programs that people open them with, and with their password only.

use serde_json::json;
use suite::judges::{Verdict, gnutls, java, nss, openssl};
use suite::{Sandbox, ask};

use crate::KINDS;

fn issue(sandbox: &Sandbox, kind: &str, password: &str) -> String {
    let out = sandbox.text(&format!("{kind}.p12"));
    let draft = json!({ "authority": "Issuing", "key": kind, "names": ["www.example.test"] });
    let hand_over = json!({ "out": out, "format": "pkcs12", "password": password });
    sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": hand_over }))).expect("issued");
    out
}

type Opens = fn(&str, &str) -> Verdict;

#[test]
fn four_programs_open_every_kind_with_its_password_only() {
    let sandbox = Sandbox::at_work();
    let judges: [(&str, Opens); 4] =
        [("openssl", openssl::pkcs12), ("certtool", gnutls::pkcs12), ("pk12util", nss::pkcs12), ("keytool", java::pkcs12)];
    for kind in ["ec-p256", "rsa-2048"] {
        let file = issue(&sandbox, kind, "change it");
        for (name, open) in judges {
            let opened = open(&file, "change it");
            assert!(opened.accepted, "{name} does not open {kind}: {}", opened.said);
            assert!(opened.said.contains("www.example.test") || opened.said.contains("BEGIN CERTIFICATE"), "{name}: {}", opened.said);
            assert!(!open(&file, "change It").accepted, "{name} opens {kind} with a wrong password");
        }
    }
}

#[test]
fn openssl_opens_every_other_kind_and_passwords_beyond_ascii() {
    let sandbox = Sandbox::at_work();
    for kind in KINDS {
        let file = issue(&sandbox, kind, "Pässwörd");
        openssl::pkcs12(&file, "Pässwörd").assert_accepted();
    }
}
