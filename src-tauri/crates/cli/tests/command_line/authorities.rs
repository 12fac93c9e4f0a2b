//! Certificates between authorities: asked for outside, installed, cross-signed.

use serde_json::Value;

use crate::{Folder, read, text};

fn openssl(folder: &Folder, line: &str) {
    let done = std::process::Command::new("openssl").args(line.split(' ')).current_dir(folder.path("")).output().unwrap();
    assert!(done.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_certificate_is_asked_for_outside_and_installed() {
    let folder = Folder::with_authorities();
    let made = folder.done("authority create --name field --outside --subject CN=Field,O=Example --key ec-p256 --path-length 0");
    assert!(made.err.contains("chancery authority csr") && made.out.contains("waits for its certificate"), "{} {}", made.out, made.err);
    let list = folder.json("authority list");
    assert_eq!((text(&list, "/waiting/0/name").as_str(), text(&list, "/waiting/0/status").as_str()), ("field", "waiting"));
    assert!(folder.done("authority list").out.lines().any(|line| line.starts_with("field") && line.contains("waiting")));
    assert_eq!(text(&folder.json("authority show field"), "/subject/rfc4514"), "CN=Field,O=Example");
    folder.run("cert issue --authority field --name a.test --out a.pem --plain-key").ends(4);

    let asked = folder.json("authority csr field --out field.csr");
    assert_eq!(text(&asked, "/pem"), read(&folder.path("field.csr")));
    folder.run("authority csr field --out field.csr").ends(2);
    folder.done("authority csr field --out again.csr");
    assert_eq!(read(&folder.path("again.csr")), read(&folder.path("field.csr")));

    openssl(
        &folder,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout outside.key -days 300 -subj /CN=Outside -out outside.pem",
    );
    openssl(
        &folder,
        "x509 -req -in field.csr -CA outside.pem -CAkey outside.key -CAcreateserial -copy_extensions copyall -days 200 -out field.pem",
    );
    folder.done("cert issue --authority root --profile tls-server --name field.test --out other.pem --plain-key");
    assert_eq!(text(&folder.run("authority install field other.pem --json").ends(4).error(), "/code"), "answer-of-another-key");
    std::fs::write(folder.path("answer.pem"), read(&folder.path("field.pem")) + &read(&folder.path("outside.pem"))).unwrap();
    let installed = folder.json("authority install field answer.pem");
    assert_eq!(installed.get("issuerKnown"), Some(&Value::Bool(true)));
    assert_eq!(text(&installed, "/taken/0/name"), "Outside");
    assert_eq!(text(&installed, "/authority/status"), "valid");
    assert_eq!(text(&folder.run("authority install field field.pem --json").ends(4).error(), "/code"), "already-installed");
    folder.done("cert issue --authority field --name www.field.test --out www.pem --plain-key");
    assert_eq!(folder.json("cert verify www.pem").get("trusted"), Some(&Value::Bool(true)));

    let next = folder.json("authority csr field --new-key --key ec-p384 --out next.csr");
    assert_eq!((next.get("waits"), next.get("generation")), (Some(&Value::Bool(true)), Some(&Value::from(2))));
    assert!(folder.done("authority show field").out.contains("waits for its certificate"));
}

#[test]
fn a_foreign_authority_is_cross_signed_after_it_was_shown() {
    let folder = Folder::with_authorities();
    folder.done("authority create --name partner --subject CN=Partner,O=Partner --key ec-p256");
    folder.run("authority cross-sign root partner.pem --out cross.pem").ends(2);
    let partner = text(&folder.json("authority show partner"), "/certificate/id");
    folder.done(&format!("cert export {partner} --format pem --out partner.pem"));
    let planned = folder.json("authority cross-sign root partner.pem --path-length 0 --dry-run --out cross.pem");
    assert_eq!(text(&planned, "/preview/subject/rfc4514"), "CN=Partner,O=Partner");
    assert!(!folder.path("cross.pem").exists());
    let signed = folder.json("authority cross-sign root partner.pem --path-length 0 --out cross.pem --yes");
    assert_eq!(text(&signed, "/certificate/subject/rfc4514"), "CN=Partner,O=Partner");
    assert!(read(&folder.path("cross.pem")).contains("BEGIN CERTIFICATE"));
    folder.done("cert issue --authority partner --name www.partner.test --out www.pem --plain-key");
    let root = text(&folder.json("authority show root"), "/certificate/id");
    folder.done(&format!("cert export {root} --format pem --out root.pem"));
    folder.bare("cert verify www.pem --trust root.pem --untrusted cross.pem").ends(0);
    folder.bare("cert verify www.pem --trust root.pem").ends(4);
}

#[test]
fn a_warning_of_a_renewal_is_accepted_by_name() {
    let folder = Folder::with_authorities();
    folder.done("authority set root crl-url=https://crl.example.test/root.crl");
    let lint = "crl_address_over_https";
    let said = |options: &str| folder.done(&format!("authority renew issuing {options}")).err;
    let warned = said("--dry-run");
    assert!(warned.contains(lint) && !warned.contains("accepted"), "{warned}");
    let accepted = said(&format!("--accept {lint}"));
    assert!(accepted.lines().any(|line| line.contains(lint) && line.ends_with(", accepted)")), "{accepted}");
}

#[test]
fn the_request_of_an_authority_elsewhere_is_answered() {
    let folder = Folder::with_authorities();
    openssl(
        &folder,
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout field.key -subj /O=Field/CN=Field -addext basicConstraints=critical,CA:TRUE,pathlen:0 -out field.csr",
    );
    folder.run("cert issue --authority root --profile intermediate --subject CN=Field --out field.pem --plain-key").ends(2);
    let issued = folder.json("cert issue --authority root --profile intermediate --csr field.csr --out field.pem");
    let of = |field: &str| text(&issued, &format!("/certificate/{field}"));
    assert_eq!(
        (of("kind"), of("profile"), of("subject/openssl")),
        ("authority".to_owned(), "intermediate".to_owned(), "/O=Field/CN=Field".to_owned())
    );
    assert_eq!(issued.pointer("/certificate/key/held"), Some(&Value::Bool(false)));
    openssl(&folder, "x509 -in field.pem -noout -ext basicConstraints,keyUsage");
    assert!(folder.done("cert list --kind authority").out.contains("Field"));
    assert_eq!(folder.json("cert verify field.pem --purpose any").get("trusted"), Some(&Value::Bool(true)));
}
