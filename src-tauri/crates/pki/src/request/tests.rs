#![expect(clippy::disallowed_methods, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly, and openssl judges")]

use std::{fs, process::Command};

use super::*;
use crate::{certificate::tests::data, key::KeyAlgorithm};

/// A request made by the openssl command line, DER.
fn by_openssl(key: &[&str], digest: &str) -> Vec<u8> {
    let unique = std::thread::current().name().unwrap_or_default().replace("::", "-");
    let folder = std::env::temp_dir().join(format!("chancery-request-{}-{unique}-{}", std::process::id(), key.join("-").replace(':', "-")));
    fs::create_dir_all(&folder).unwrap();
    let private = folder.join("key.pem");
    let made = Command::new("openssl").args(["genpkey", "-out"]).arg(&private).args(key).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let output = Command::new("openssl")
        .args([
            "req",
            "-new",
            "-outform",
            "DER",
            "-subj",
            "/O=acme/CN=www.acme.test",
            digest,
            "-addext",
            "subjectAltName=DNS:www.acme.test,IP:192.0.2.1",
        ])
        .args(["-addext", "1.2.3.4.5=critical,DER:0500", "-key"])
        .arg(&private)
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

const P384: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];

#[test]
fn the_key_decides_and_not_the_digest() {
    let request = SigningRequest::from_der(&by_openssl(P384, "-sha256")).unwrap();
    assert_eq!(request.public_key().algorithm(), KeyAlgorithm::EcP384);
    assert_eq!(request.signature_algorithm().oid, "1.2.840.10045.4.3.2");
    assert_eq!(request.subject().openssl(), "/O=acme/CN=www.acme.test");
    let names: Vec<_> = request.names().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["dns:www.acme.test", "ip:192.0.2.1"]);
    assert!(request.extensions().iter().any(|extension| extension.oid == "1.2.3.4.5" && extension.critical));
    assert_eq!(request.weakness(), None);
}

#[test]
fn keys_of_every_kind_ask() {
    let p521 = SigningRequest::from_der(&by_openssl(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"], "-sha512")).unwrap();
    assert_eq!(p521.public_key().algorithm(), KeyAlgorithm::EcP521);
    let edwards = SigningRequest::from_der(&by_openssl(&["-algorithm", "ed25519"], "-sha256")).unwrap();
    assert_eq!(edwards.public_key().algorithm(), KeyAlgorithm::Ed25519);
    let rsa = SigningRequest::from_der(&by_openssl(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "-sha384")).unwrap();
    assert_eq!(rsa.public_key().algorithm(), KeyAlgorithm::Rsa { bits: 2048 });
    let short = SigningRequest::from_der(&by_openssl(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], "-sha256")).unwrap();
    assert_eq!(short.weakness(), Some("rsa_below_2048"));
}

#[test]
fn a_broken_signature_is_refused() {
    let der = by_openssl(P384, "-sha384");
    let mut changed = der.clone();
    let position = der.windows(4).position(|window| window == b"acme").unwrap();
    changed[position] = b'x';
    assert!(matches!(SigningRequest::from_der(&changed), Err(RequestError::BadSignature { .. })));
    let mut signature = der.clone();
    *signature.last_mut().unwrap() ^= 1;
    assert!(matches!(SigningRequest::from_der(&signature), Err(RequestError::BadSignature { .. })));
    assert!(matches!(SigningRequest::from_der(&[der.as_slice(), &[0]].concat()), Err(RequestError::Trailing { octets: 1 })));
    for length in 0..der.len() {
        assert!(SigningRequest::from_der(&der[..length]).is_err());
    }
}

#[test]
fn requests_of_other_programs_are_read() {
    let mut count = 0;
    for folder in ["openssl-ca/issuing", "easyrsa/reqs", "tiny-ca/pki/certs/84b77d47-cbf1-4386-8d6d-ac9fdb833d38"] {
        for path in fs::read_dir(data(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|extension| extension == "csr" || extension == "req") {
                let request = SigningRequest::from_pem(&fs::read(&path).unwrap()).unwrap();
                assert!(!request.subject().is_empty(), "{}", path.display());
                assert_eq!(SigningRequest::from_pem(request.pem().as_bytes()).unwrap().der(), request.der());
                count += 1;
            }
        }
    }
    assert_eq!(count, 15);
    assert_eq!(SigningRequest::from_pem(b"nothing").unwrap_err(), RequestError::NoPem);
}
