//! The forms that a certificate is handed out in, with its key and without, are what the programs read that they are for.

use serde_json::{Value, json};
use suite::judges::{gnutls, java, nss, openssl};
use suite::pem::{blocks, only};
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

/// A registry that keeps the key of `www`, issued by `Issuing`.
pub(crate) fn keeping(kinds: &[&str]) -> Sandbox {
    let sandbox = Sandbox::at_work();
    for kind in kinds {
        let name = format!("{kind}.example.test");
        sandbox.issue_as(json!({ "authority": "Issuing", "key": kind, "names": [name, format!("*.{name}")] }), "out");
        sandbox.surface.import_run(ask(json!({ "paths": [sandbox.text(&format!("out/{name}.key"))] }))).expect("kept");
    }
    sandbox
}

fn id(sandbox: &Sandbox, name: &str) -> String {
    let found = sandbox.surface.certificate_list(ask(json!({ "search": name, "kind": "leaf" }))).expect("a list");
    found.items.first().expect("the certificate").id.clone()
}

/// Lets a key leave; gives the path and what a configuration says.
fn leave(sandbox: &Sandbox, kind: &str, format: &str, protection: Value) -> (String, Option<String>) {
    let name = format!("{kind}.example.test");
    let out = sandbox.text(&format!("{kind}.{format}"));
    let mut request = json!({ "certificate": id(sandbox, &name), "out": out, "format": format, "reason": "a move", "confirmation": name, "overwrite": true });
    request.as_object_mut().expect("an object").extend(protection.as_object().expect("an object").clone());
    let view = sandbox.surface.key_export(ask(request)).unwrap_or_else(|error| panic!("{kind} as {format}: {error:?}"));
    (out, view.configuration)
}

fn public_key(sandbox: &Sandbox, kind: &str) -> String {
    openssl::public_key_of_certificate(&sandbox.text(&format!("out/{kind}.example.test.crt")))
}

#[test]
fn the_old_form_of_pkcs12_is_read_by_old_and_new() {
    let sandbox = keeping(&["rsa-2048", "ec-p256"]);
    for kind in ["rsa-2048", "ec-p256"] {
        let (file, _) = leave(&sandbox, kind, "pkcs12-legacy", json!({ "password": "change it" }));
        let said = openssl::pkcs12_legacy(&file, "change it").assert_accepted();
        assert_eq!((blocks(&said, "CERTIFICATE").len(), blocks(&said, "PRIVATE KEY").len()), (2, 1));
        assert!(!openssl::pkcs12_legacy(&file, "change It").accepted && !openssl::pkcs12(&file, "change it").accepted, "named as old");
        let dump = openssl::openssl(&["pkcs12", "-legacy", "-info", "-noout", "-in", &file, "-passin", "pass:change it"]).assert_accepted();
        for algorithm in ["sha1", "pbeWithSHA1And40BitRC2-CBC", "pbeWithSHA1And3-KeyTripleDES-CBC"] {
            assert!(dump.contains(algorithm), "{algorithm}: {dump}");
        }
        for opened in [gnutls::pkcs12(&file, "change it"), nss::pkcs12(&file, "change it"), java::pkcs12(&file, "change it")] {
            assert!(opened.accepted, "{}", opened.said);
        }
        let (modern, _) = leave(&sandbox, kind, "pkcs12", json!({ "password": "change it" }));
        openssl::pkcs12(&modern, "change it").assert_accepted();
    }
    let (file, _) = leave(&sandbox, "rsa-2048", "pkcs12-legacy", json!({ "password": "Pässwörd🔑" }));
    openssl::pkcs12_legacy(&file, "Pässwörd🔑").assert_accepted();
}

#[test]
fn keytool_opens_our_java_stores_and_the_key_in_them() {
    let sandbox = keeping(&["rsa-2048", "ec-p256"]);
    for (kind, password) in [("rsa-2048", "changeit"), ("ec-p256", "Pässwörd🔑")] {
        let (file, _) = leave(&sandbox, kind, "jks", json!({ "password": password }));
        let right = sandbox.write("right", password);
        let said = java::key_store(&file, &right).assert_accepted();
        assert!(said.contains("PrivateKeyEntry") && said.contains("Certificate chain length: 2") && !said.contains("WARNING"), "{said}");
        java::key_store(&file, &sandbox.write("wrong", "Changeit")).assert_refused("password was incorrect");
        std::fs::write(&file, std::fs::read(&file).expect("a store").into_iter().rev().collect::<Vec<_>>()).expect("written");
        assert!(!java::key_store(&file, &right).accepted);
    }
    let (file, _) = leave(&sandbox, "rsa-2048", "jks", json!({ "password": "changeit" }));
    let out = sandbox.text("out.p12");
    java::key_out_of_store(&file, "changeit", &out).assert_accepted();
    let key = sandbox.write("taken.pem", openssl::pkcs12(&out, "change it").assert_accepted());
    assert_eq!(openssl::public_key_of_key(&key, None).assert_accepted(), public_key(&sandbox, "rsa-2048"));
    // Without the key: certificates that are trusted.
    let trust = sandbox.text("trust.jks");
    let request = json!({ "certificate": id(&sandbox, "rsa-2048.example.test"), "format": "jks", "out": trust, "password": "changeit" });
    sandbox.surface.certificate_export(ask(request)).expect("exported");
    let said = java::key_store(&trust, &sandbox.write("right", "changeit")).assert_accepted();
    assert_eq!(said.matches("trustedCertEntry").count(), 3, "{said}");
    assert_eq!(refusal(sandbox.surface.key_export(ask(json!({ "certificate": id(&sandbox, "rsa-2048.example.test"), "out": sandbox.text("x"), "format": "jks", "plainKey": true, "reason": "x", "confirmation": "rsa-2048.example.test" })))), api::ErrorCode::PasswordRequired);
}

#[test]
fn a_json_web_key_is_the_key_of_its_certificate() {
    let kinds = ["ec-p256", "ec-p384", "ec-p521", "rsa-2048", "ed25519"];
    let sandbox = keeping(&kinds);
    const CHECK: &str = r#"
import base64, hashlib, json, sys
from cryptography import x509
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
jwk = json.load(open(sys.argv[1]))
octets = lambda name: base64.urlsafe_b64decode(jwk[name] + "=" * (-len(jwk[name]) % 4))
number = lambda name: int.from_bytes(octets(name), "big")
chain = [base64.b64decode(der) for der in jwk["x5c"]]
assert octets("x5t#S256") == hashlib.sha256(chain[0]).digest()
certified = x509.load_der_x509_certificate(chain[0]).public_key()
curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
if jwk["kty"] == "EC":
    key = ec.EllipticCurvePublicNumbers(number("x"), number("y"), curves[jwk["crv"]])
    private = ec.EllipticCurvePrivateNumbers(number("d"), key).private_key() if "d" in jwk else None
    key = key.public_key()
elif jwk["kty"] == "RSA":
    key = rsa.RSAPublicNumbers(number("e"), number("n"))
    private = rsa.RSAPrivateNumbers(number("p"), number("q"), number("d"), number("dp"), number("dq"), number("qi"), key).private_key() if "d" in jwk else None
    key = key.public_key()
else:
    key = ed25519.Ed25519PublicKey.from_public_bytes(octets("x"))
    private = ed25519.Ed25519PrivateKey.from_private_bytes(octets("d")) if "d" in jwk else None
spki = lambda key: key.public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
assert spki(key) == spki(certified)
if private is not None:
    assert spki(private.public_key()) == spki(certified)
members = {name: jwk[name] for name in {"EC": ["crv", "kty", "x", "y"], "RSA": ["e", "kty", "n"], "OKP": ["crv", "kty", "x"]}[jwk["kty"]]}
thumbprint = hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
assert octets("kid") == thumbprint
print(len(chain), "private" if private is not None else "public")
"#;
    for kind in kinds {
        let (file, _) = leave(&sandbox, kind, "jwk", json!({ "plainKey": true }));
        assert_eq!(suite::judges::python::run(CHECK, &[&file]).assert_accepted().trim(), "2 private", "{kind}");
        let public = sandbox.export(&id(&sandbox, &format!("{kind}.example.test")), "jwk", "public.jwk");
        assert_eq!(suite::judges::python::run(CHECK, &[&public]).assert_accepted().trim(), "2 public", "{kind}");
    }
}

#[test]
fn what_programs_are_set_up_with_holds_chain_and_key_and_names_that_mean_nothing_else() {
    let sandbox = keeping(&["ec-p256"]);
    let wanted = public_key(&sandbox, "ec-p256");
    for format in ["nginx", "apache", "haproxy", "openvpn"] {
        for (protection, password) in [(json!({ "plainKey": true }), None), (json!({ "password": "change it" }), Some("change it"))] {
            let (file, configuration) = leave(&sandbox, "ec-p256", format, protection);
            let text = std::fs::read_to_string(&file).expect("a file");
            assert!(blocks(&text, "CERTIFICATE").len() >= 2, "{format}");
            let label = if password.is_some() { "ENCRYPTED PRIVATE KEY" } else { "PRIVATE KEY" };
            let key = blocks(&text, label);
            assert_eq!(key.len(), 1, "{format}: {text}");
            assert_eq!(openssl::public_key_of_key(&file, password).assert_accepted(), wanted, "{format}");
            assert!(!configuration.expect("a configuration").is_empty());
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600, "{format}");
            }
            std::fs::remove_file(&file).expect("removed");
        }
    }
    let (_, nginx) = leave(&sandbox, "ec-p256", "nginx", json!({ "plainKey": true }));
    let nginx = nginx.expect("a configuration");
    assert!(nginx.contains("server_name ec-p256.example.test *.ec-p256.example.test;"), "{nginx}");
    assert!(nginx.contains("ssl_certificate /etc/nginx/tls/ec-p256.nginx;"), "{nginx}");
    let (secret, ingress) = leave(&sandbox, "ec-p256", "kubernetes", json!({ "plainKey": true }));
    const CHECK: &str = r#"
import base64, re, sys
text = open(sys.argv[1]).read()
assert re.search(r"^type: kubernetes.io/tls$", text, re.M) and re.search(r"^  name: [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", text, re.M), text
data = dict(re.findall(r"^  ([a-z.]+): ([A-Za-z0-9+/=]+)$", text, re.M))
sys.stdout.buffer.write(base64.b64decode(data["tls.crt"]) + base64.b64decode(data["tls.key"]) + base64.b64decode(data["ca.crt"]))
"#;
    let inside = suite::judges::python::run(CHECK, &[&secret]).assert_accepted();
    assert_eq!((blocks(&inside, "CERTIFICATE").len(), blocks(&inside, "PRIVATE KEY").len()), (3, 1));
    assert!(ingress.expect("a configuration").contains("- \"*.ec-p256.example.test\""));
}

#[test]
fn what_a_form_cannot_hold_is_refused_before_the_key_is_touched() {
    let sandbox = keeping(&["ec-p256"]);
    let certificate = id(&sandbox, "ec-p256.example.test");
    let asked = |format: &str, more: Value| {
        let mut request = json!({ "certificate": certificate, "out": sandbox.text("no"), "format": format, "reason": "a move", "confirmation": "ec-p256.example.test" });
        request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        refusal(sandbox.surface.key_export(ask(request)))
    };
    assert_eq!(asked("jwk", json!({ "password": "change it" })), api::ErrorCode::FormatPlainOnly);
    assert_eq!(asked("kubernetes", json!({ "password": "change it" })), api::ErrorCode::FormatPlainOnly);
    assert_eq!(asked("nonsense", json!({ "password": "change it" })), api::ErrorCode::BadFormat);
    let without = json!({ "certificate": certificate, "format": "kubernetes", "out": sandbox.text("no") });
    assert_eq!(refusal(sandbox.surface.certificate_export(ask(without))), api::ErrorCode::FormatNeedsKey);
    assert!(!sandbox.path("no").exists());
    let log = sandbox.surface.audit_list(ask(json!({}))).expect("a log");
    assert!(log.items.iter().all(|row| row.action != "key.exported"));
}

#[test]
fn hostile_names_stay_names() {
    let sandbox = Sandbox::with_keyring();
    let hostile = suite::data::data("hostile");
    sandbox.surface.import_run(ask(json!({ "paths": [hostile] }))).expect("taken");
    let all = sandbox.surface.certificate_list(ask(json!({ "limit": 500 }))).expect("a list").items;
    assert!(all.len() > 5);
    for (place, certificate) in all.iter().enumerate() {
        for format in ["nginx", "apache", "haproxy", "openvpn"] {
            let out = sandbox.text(&format!("{place}\n$(x);\"{format}"));
            let view = sandbox
                .surface
                .certificate_export(ask(json!({ "certificate": certificate.id, "format": format, "out": out })))
                .expect("exported");
            let text = view.configuration.expect("a configuration");
            assert!(text.chars().all(|sign| sign == '\n' || (' '..='~').contains(&sign)), "{text:?}");
            assert!(!text.contains("$(x)") && !text.contains("<script") && !text.contains(".."), "{text}");
        }
    }
    // One line each, whatever the names say, and no cell that is a formula.
    let table = sandbox.text("all.csv");
    sandbox.surface.certificates_export(ask(json!({ "form": "csv", "out": table }))).expect("a table");
    const CHECK: &str = r#"
import csv, sys
rows = list(csv.reader(open(sys.argv[1], newline="")))
assert all(len(row) == len(rows[0]) for row in rows)
assert not any(cell[:1] in "=+-@\t\r\n" for row in rows for cell in row if cell), rows
print(len(rows) - 1)
"#;
    assert_eq!(suite::judges::python::run(CHECK, &[&table]).assert_accepted().trim(), all.len().to_string());
    // Files in a folder and in a ZIP: as many as certificates, all of plain names.
    let folder = sandbox.path("many");
    sandbox.surface.certificates_export(ask(json!({ "form": "folder", "out": folder, "format": "der" }))).expect("a folder");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(names.len(), all.len());
    assert!(
        names
            .iter()
            .all(|name| name.ends_with(".cer") && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b".-_".contains(&octet))),
        "{names:?}"
    );
    let zip = sandbox.text("many.zip");
    sandbox.surface.certificates_export(ask(json!({ "form": "zip", "out": zip, "format": "der" }))).expect("a ZIP");
    const UNZIP: &str =
        "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint('\\n'.join(sorted(z.namelist())))";
    assert_eq!(suite::judges::python::run(UNZIP, &[&zip]).assert_accepted().trim(), names.join("\n"));
}

#[test]
fn a_calendar_and_a_listing_of_what_is_there() {
    let sandbox = keeping(&["ec-p256"]);
    sandbox.issue("Issuing", &["gone.example.test"], "out");
    sandbox.revoke(&id(&sandbox, "gone.example.test"), "gone.example.test", "superseded");
    let calendar = sandbox.text("ends.ics");
    let view = sandbox.surface.certificates_export(ask(json!({ "form": "ics", "out": calendar }))).expect("a calendar");
    let text = std::fs::read_to_string(&calendar).expect("a file");
    // Root, Issuing and the leaf; what was revoked wants nobody's attention.
    assert_eq!((view.count, text.matches("BEGIN:VEVENT").count(), text.matches("TRIGGER:-P").count()), (3, 3, 12));
    assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && text.ends_with("END:VCALENDAR\r\n") && !text.contains("gone"));
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
    let listing = sandbox.text("all.json");
    sandbox.surface.certificates_export(ask(json!({ "form": "json", "out": listing }))).expect("a listing");
    let read: Value = serde_json::from_slice(&std::fs::read(&listing).expect("a file")).expect("JSON");
    let shown = serde_json::to_value(sandbox.surface.certificate_list(ask(json!({}))).expect("a list")).expect("JSON");
    assert_eq!(read, shown);
    // Chosen ones only; a file that is there stays.
    let again = json!({ "form": "zip", "format": "chain", "out": listing, "certificates": [id(&sandbox, "ec-p256.example.test")] });
    assert_eq!(refusal(sandbox.surface.certificates_export(ask(again.clone()))), api::ErrorCode::FileExists);
    let mut over = again;
    over["overwrite"] = json!(true);
    assert_eq!(sandbox.surface.certificates_export(ask(over)).expect("a ZIP").count, 1);
    let taken = sandbox.write("own.crt", sandbox.read("out/ec-p256.example.test.crt"));
    assert_eq!(only(&taken, "CERTIFICATE").len(), only(&sandbox.text("out/ec-p256.example.test.crt"), "CERTIFICATE").len());
}
