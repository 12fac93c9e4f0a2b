//! Certificates for keys that others made.

use api::ErrorCode;
use serde_json::json;
use suite::data::named;
use suite::judges::openssl;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

/// A request as OpenSSL makes it.
fn request_of_openssl(sandbox: &Sandbox, key: &[&str], digest: &str) -> String {
    let (key_file, request) = (sandbox.text("theirs.key"), sandbox.text("theirs.csr"));
    let mut make = vec!["genpkey", "-out", &key_file];
    make.extend(key);
    openssl::openssl(&make).assert_accepted();
    openssl::openssl(&[
        "req",
        "-new",
        digest,
        "-key",
        &key_file,
        "-out",
        &request,
        "-subj",
        "/O=Theirs/CN=theirs.example.test",
        "-addext",
        "subjectAltName=DNS:theirs.example.test,IP:192.0.2.7",
    ])
    .assert_accepted();
    sandbox.read("theirs.csr")
}

fn issue(sandbox: &Sandbox, request: &str) -> Result<api::view::IssuedView, api::ApiError> {
    let draft = json!({ "authority": "Issuing", "request": request });
    sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": { "out": sandbox.text("theirs.crt"), "overwrite": true } })))
}

#[test]
fn every_kind_of_key_and_digest_gets_a_certificate_that_loads_with_its_key() {
    let p384 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
    let p521 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"];
    let p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    let cases: [(&[&str], &str); 6] = [
        (&p384, "-sha256"),
        (&p256, "-sha384"),
        (&p521, "-sha512"),
        (&rsa, "-sha256"),
        (&rsa, "-sha512"),
        (&["-algorithm", "ED25519"], "-sha256"),
    ];
    let sandbox = Sandbox::at_work();
    let chain = sandbox.bundle("Issuing", "bundle.pem");
    for (key, digest) in cases {
        let request = request_of_openssl(&sandbox, key, digest);
        let read =
            sandbox.surface.request_read(ask(json!({ "text": request }))).unwrap_or_else(|error| panic!("{key:?} {digest}: {error:?}"));
        assert_eq!(read.names, ["dns:theirs.example.test", "ip:192.0.2.7"]);
        let issued = issue(&sandbox, &request).unwrap_or_else(|error| panic!("{key:?} {digest}: {error:?}"));
        assert!(!issued.certificate.key.held);
        let certificate = sandbox.text("theirs.crt");
        openssl::verify(&chain, &[], &certificate).assert_accepted();
        let public = openssl::public_key_of_certificate(&certificate);
        assert_eq!(openssl::public_key_of_key(&sandbox.text("theirs.key"), None).assert_accepted(), public, "{key:?} {digest}");
        let p12 = sandbox.text("theirs.p12");
        openssl::openssl(&[
            "pkcs12",
            "-export",
            "-in",
            &certificate,
            "-inkey",
            &sandbox.text("theirs.key"),
            "-out",
            &p12,
            "-passout",
            "pass:x",
        ])
        .assert_accepted();
    }
}

#[test]
fn a_request_whose_signature_is_broken_or_that_is_none_is_refused() {
    let sandbox = Sandbox::at_work();
    let before = sandbox.count();
    let good = std::fs::read_to_string(named("openssl-ca/issuing/www.csr")).expect("a request");
    let der = sandbox.text("good.der");
    openssl::openssl(&["req", "-in", &named("openssl-ca/issuing/www.csr"), "-outform", "DER", "-out", &der]).assert_accepted();
    let mut bytes = std::fs::read(&der).expect("DER");
    *bytes.last_mut().expect("bytes") ^= 1;
    let broken = sandbox.write("broken.der", bytes);
    assert_eq!(refusal(sandbox.surface.request_read(ask(json!({ "path": broken })))), ErrorCode::RequestSignatureInvalid);
    openssl::openssl(&["req", "-inform", "DER", "-in", &broken, "-out", &sandbox.text("broken.csr")]).assert_accepted();
    assert_eq!(refusal(issue(&sandbox, &sandbox.read("broken.csr"))), ErrorCode::RequestSignatureInvalid);
    let half: String = good.chars().take(good.len() / 2).collect();
    for wrong in [half.as_str(), "", "no request at all", &std::fs::read_to_string(named("openssl-ca/issuing/www.crt")).expect("PEM")] {
        let code = refusal(issue(&sandbox, wrong));
        assert!(matches!(code, ErrorCode::NotAnObject | ErrorCode::FileTruncated | ErrorCode::FileEmpty), "{wrong:?}: {code:?}");
    }
    assert_eq!(sandbox.count(), before);
    assert!(!sandbox.path("theirs.crt").exists());
    issue(&sandbox, &good).expect("the good one");
    assert_eq!(sandbox.count(), before + 1);
}
