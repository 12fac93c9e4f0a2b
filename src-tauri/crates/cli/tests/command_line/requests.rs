//! The inbox of signing requests.

use std::fs;
use std::process::Command;

use crate::{Folder, read, text};

/// A request of OpenSSL for a new key.
fn csr(folder: &Folder, name: &str) {
    let made = Command::new("openssl")
        .args(["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout"])
        .arg(folder.path(&format!("{name}.key")))
        .arg("-out")
        .arg(folder.path(&format!("{name}.csr")))
        .args(["-subj", &format!("/CN={name}.example.test"), "-addext", &format!("subjectAltName=DNS:{name}.example.test")])
        .output()
        .unwrap();
    assert!(made.status.success());
}

#[test]
fn a_request_goes_in_and_comes_out_as_a_certificate() {
    let folder = Folder::with_authorities();
    csr(&folder, "a");
    csr(&folder, "b");
    fs::write(folder.path("noise.csr"), "nothing").unwrap();
    let report = folder.run("request add a.csr b.csr noise.csr --json").ends(1).document();
    assert_eq!([text(&report, "/items/0/outcome"), text(&report, "/items/2/code")], ["new", "nothing-known"]);
    let (a, b) = (text(&report, "/items/0/id"), text(&report, "/items/1/id"));
    assert_eq!(text(&folder.json("request add a.csr"), "/items/0/outcome"), "known");
    let environment = [("CHANCERY_REGISTRY", "team.chancery"), ("CHANCERY_PASSPHRASE_FILE", "pass")];
    let piped = folder.run_with(&["request", "add", "-", "--json"], &environment, &read(&folder.path("b.csr"))).ends(0).document();
    assert_eq!(text(&piped, "/items/0/id"), b);

    let shown = folder.done(&format!("request show {a}"));
    assert!(shown.out.contains("Judged by    issuing, profile tls-server"), "{}", shown.out);
    assert!(shown.out.contains("extKeyUsage") && shown.out.contains("added"), "{}", shown.out);
    folder.run(&format!("request show {a} --profile email")).ends(4);
    let pem = folder.done(&format!("request show {a} --pem")).out;
    fs::write(folder.path("again.csr"), &pem).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));

    folder.done("cert issue --authority issuing --csr again.csr --out a.crt");
    let rejected = folder.json(&format!("request reject {b} --note wrong"));
    assert_eq!([text(&rejected, "/state"), text(&rejected, "/note")], ["rejected", "wrong"]);
    assert_eq!(
        text(&folder.run("cert issue --authority issuing --csr b.csr --out b.crt --json").ends(4).error(), "/code"),
        "request-rejected"
    );
    assert!(!folder.path("b.crt").exists());
    assert_eq!(text(&folder.run(&format!("request reject {a} --json")).ends(4).error(), "/code"), "request-settled");
    let list = folder.json("request list");
    assert_eq!([text(&list, "/items/0/state"), text(&list, "/items/1/state")], ["rejected", "issued"]);
    assert_eq!(text(&folder.json("request list --state issued"), "/items/0/id"), a);
    assert!(folder.done("request list").out.contains("wrong"));
    folder.done(&format!("request reopen {b}"));
    folder.done("cert issue --authority issuing --csr b.csr --out b.crt");
    assert_eq!(text(&folder.run("request show nobody --json").ends(3).error(), "/code"), "request-not-found");
}
