//! An authority that is handed over as a folder goes on there: `openssl ca` and easy-rsa issue, revoke and list in it, and their lists have what was
//! revoked here, under a number above ours.

use std::path::Path;

use serde_json::{Value, json};
use suite::judges::{easy_rsa::easy_rsa, openssl};
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

const SEALED: &str = "change it";

/// An authority with certificates of every standing, one of them replaced, a serial without a certificate, names that are hard to write, a key that is kept.
fn populated() -> Sandbox {
    let sandbox = Sandbox::at_work();
    for name in ["good.example.test", "compromised.example.test", "held.example.test", "withdrawn.example.test", "later.example.test"] {
        sandbox.issue("Issuing", &[name], "out");
    }
    // The same name twice, and a subject with every sign that an index has a meaning for.
    sandbox.issue("Issuing", &["good.example.test"], "again");
    sandbox.issue_as(
        json!({ "authority": "Issuing", "profile": "tls-client", "subject": "CN=Müller \\/ Söhne\\, Inc.+OU=a\\+b,O=Ac\\\\me", "names": [] }),
        "strange",
    );
    let key = sandbox.text("out/good.example.test.key");
    sandbox.surface.import_run(ask(json!({ "paths": [key] }))).expect("kept");
    let revoke = |name: &str, reason: &str, since: Option<&str>| {
        let certificate = id(&sandbox, name);
        let request = json!({ "certificates": [certificate], "reason": reason, "confirmation": name, "invalidityDate": since });
        sandbox.surface.certificate_revoke(ask(request)).expect("revoked");
    };
    revoke("compromised.example.test", "keyCompromise", Some("2026-11-01T10:00:00Z"));
    revoke("held.example.test", "certificateHold", None);
    revoke("withdrawn.example.test", "privilegeWithdrawn", Some("2026-11-02T10:00:00Z"));
    let unknown = json!({ "certificates": [], "serials": ["0abc"], "issuer": "Issuing", "confirmation": "revoke 1" });
    sandbox.surface.certificate_revoke(ask(unknown)).expect("revoked");
    sandbox.crl("Issuing");
    sandbox.crl("Issuing");
    sandbox
}

fn id(sandbox: &Sandbox, name: &str) -> String {
    let found = sandbox.surface.certificate_list(ask(json!({ "search": name, "kind": "leaf" }))).expect("a list");
    found.items.first().expect("the certificate").id.clone()
}

fn serial(sandbox: &Sandbox, name: &str) -> String {
    let shown = sandbox.surface.certificate_show(ask(json!({ "certificate": id(sandbox, name) }))).expect("shown");
    shown.certificate.serial.to_uppercase()
}

fn export(format: &str, out: &str, keys: bool) -> Value {
    let confirmation = "Acme Issuing CA";
    if keys {
        json!({ "authority": "Issuing", "format": format, "out": out, "password": SEALED, "reason": "moving", "confirmation": confirmation })
    } else {
        json!({ "authority": "Issuing", "format": format, "out": out, "withoutKeys": true })
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o777
}

/// Every folder 0700, every key 0600.
fn assert_private(folder: &Path) -> usize {
    assert_eq!(mode(folder), 0o700, "{}", folder.display());
    let mut keys = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            keys += assert_private(&path);
        } else if path.extension().is_some_and(|ending| ending == "key") {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            openssl::public_key_of_key(path.to_str().expect("UTF-8"), Some(SEALED)).assert_accepted();
            assert!(!openssl::public_key_of_key(path.to_str().expect("UTF-8"), Some("wrong")).accepted);
            keys += 1;
        }
    }
    keys
}

/// A request of a new key; gives its path.
fn request(sandbox: &Sandbox, name: &str) -> String {
    let (csr, key) = (sandbox.text(&format!("{name}.csr")), sandbox.text(&format!("{name}.new.key")));
    let subject = format!("/CN={name}");
    let extension = format!("subjectAltName=DNS:{name}");
    openssl::openssl(&[
        "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", &subject, "-addext", &extension, "-keyout", &key, "-out", &csr,
    ])
    .assert_accepted();
    csr
}

/// A list has these serials, and a number above the two that were issued here.
fn assert_lists(crl: &str, serials: &[&str], number: &str) {
    let text = openssl::crl_text(crl);
    for serial in serials {
        assert!(text.contains(&format!("Serial Number: {serial}")), "{serial} is not in {text}");
    }
    assert_eq!(text.matches("Serial Number:").count(), serials.len(), "{text}");
    let line = text.lines().skip_while(|line| !line.contains("X509v3 CRL Number")).nth(1).expect("a number").trim();
    assert_eq!(line, number, "{text}");
}

#[test]
fn openssl_goes_on_in_our_folder() {
    let sandbox = populated();
    let out = sandbox.text("ca folder $x #1");
    let view = sandbox.surface.authority_export(ask(export("openssl-index", &out, true))).expect("handed over");
    assert_eq!((view.certificates, view.revocations, view.unknown_serials, view.keys), (7, 4, 1, 2), "{view:?}");
    assert_eq!(view.next_crl_number, "3");
    assert_eq!(view.notes.iter().map(|note| note.code.as_str()).collect::<Vec<_>>(), ["reason-lost", "invalidity-date-lost"]);
    assert!(view.warnings.iter().any(|warning| warning.contains("two places")));
    let folder = Path::new(&out);
    assert_eq!(assert_private(folder), 2);

    let of = |name: &str| serial(&sandbox, name);
    let (compromised, held, withdrawn) = (of("compromised.example.test"), of("held.example.test"), of("withdrawn.example.test"));
    let configuration = folder.join("openssl.cnf").to_str().expect("UTF-8").to_owned();
    let in_folder = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let first = sandbox.text("first.crl");
    openssl::ca(&configuration, SEALED, &["-gencrl", "-out", &first]).assert_accepted();
    assert_lists(&first, &[&compromised, &held, &withdrawn, "0ABC"], "3");
    assert!(openssl::crl_text(&first).contains("Invalidity Date"), "{}", openssl::crl_text(&first));

    let later = of("later.example.test");
    openssl::ca(&configuration, SEALED, &["-revoke", &in_folder(&format!("newcerts/{later}.pem")), "-crl_reason", "superseded"])
        .assert_accepted();
    let (csr, issued) = (request(&sandbox, "new.example.test"), sandbox.text("new.crt"));
    openssl::ca(&configuration, SEALED, &["-in", &csr, "-out", &issued, "-notext"]).assert_accepted();
    let second = sandbox.text("second.crl");
    openssl::ca(&configuration, SEALED, &["-gencrl", "-out", &second]).assert_accepted();
    assert_lists(&second, &[&compromised, &held, &withdrawn, "0ABC", &later], "4");
    assert_eq!(std::fs::read_to_string(folder.join("crlnumber")).expect("a file").trim(), "05");

    let bundle = sandbox.bundle("Issuing", "bundle.pem");
    let at = (suite::NOW + time::Duration::minutes(10)).unix_timestamp().to_string();
    let verify = |crl: &str, certificate: &str| {
        openssl::openssl(&["verify", "-x509_strict", "-crl_check", "-attime", &at, "-CAfile", &bundle, "-CRLfile", crl, certificate])
    };
    verify(&second, &issued).assert_accepted();
    verify(&second, &sandbox.text("again/good.example.test.crt")).assert_accepted();
    verify(&second, &sandbox.text("out/later.example.test.crt")).assert_refused("certificate revoked");
    verify(&second, &sandbox.text("out/held.example.test.crt")).assert_refused("certificate revoked");
    let text = openssl::certificate_text(&issued);
    assert!(text.contains("DNS:new.example.test") && text.contains("URI:http://crl.example.test/issuing.crl"), "{text}");

    // What was revoked there comes back here.
    let back = Sandbox::at_work();
    let report = back.surface.import_run(ask(json!({ "paths": [out], "passwords": [SEALED] })));
    assert!(report.is_ok(), "{report:?}");
}

#[test]
fn easy_rsa_goes_on_in_our_folder() {
    let sandbox = populated();
    let out = sandbox.text("easy/pki");
    let view = sandbox.surface.authority_export(ask(export("easy-rsa", &out, true))).expect("handed over");
    assert_eq!((view.certificates, view.revocations, view.keys), (7, 4, 2), "{view:?}");
    let folder = Path::new(&out);
    assert_eq!(assert_private(folder), 2);
    assert!(folder.join("issued/good.example.test.crt").exists(), "the newest has the name");

    let of = |name: &str| serial(&sandbox, name);
    let (compromised, held, withdrawn) = (of("compromised.example.test"), of("held.example.test"), of("withdrawn.example.test"));
    let crl = folder.join("crl.pem").to_str().expect("UTF-8").to_owned();
    easy_rsa(folder, SEALED, &["gen-crl"]).assert_accepted();
    assert_lists(&crl, &[&compromised, &held, &withdrawn, "0ABC"], "3");
    let later = of("later.example.test");
    easy_rsa(folder, SEALED, &["revoke", "later.example.test", "superseded"]).assert_accepted();
    assert!(folder.join(format!("revoked/certs_by_serial/{later}.crt")).exists());
    easy_rsa(folder, SEALED, &["import-req", &request(&sandbox, "new.example.test"), "new"]).assert_accepted();
    easy_rsa(folder, SEALED, &["sign-req", "server", "new"]).assert_accepted();
    easy_rsa(folder, SEALED, &["build-client-full", "alice", "nopass"]).assert_accepted();
    easy_rsa(folder, SEALED, &["gen-crl"]).assert_accepted();
    assert_lists(&crl, &[&compromised, &held, &withdrawn, "0ABC", &later], "4");
    let bundle = sandbox.bundle("Issuing", "bundle.pem");
    let at = (suite::NOW + time::Duration::minutes(10)).unix_timestamp().to_string();
    let verify = |certificate: &Path| {
        let certificate = certificate.to_str().expect("UTF-8");
        openssl::openssl(&["verify", "-x509_strict", "-crl_check", "-attime", &at, "-CAfile", &bundle, "-CRLfile", &crl, certificate])
    };
    verify(&folder.join("issued/new.crt")).assert_accepted();
    verify(&folder.join("issued/alice.crt")).assert_accepted();
    verify(&folder.join(format!("revoked/certs_by_serial/{later}.crt"))).assert_refused("certificate revoked");
    let text = openssl::certificate_text(folder.join("issued/new.crt").to_str().expect("UTF-8"));
    assert!(text.contains("DNS:new.example.test") && text.contains("URI:http://crl.example.test/issuing.crl"), "{text}");
}

#[test]
fn every_kind_of_authority_goes_on_with_openssl() {
    for kind in ["ec-p384", "ec-p521", "rsa-3072", "ed25519"] {
        let sandbox = Sandbox::with_keyring();
        sandbox.authority(json!({ "name": "Root", "subject": "CN=Root,O=Acme", "key": kind }));
        sandbox.issue("Root", &["www.example.test"], "out");
        let out = sandbox.text("ca");
        let request = json!({ "authority": "Root", "format": "openssl-index", "out": out, "password": SEALED, "reason": "moving", "confirmation": "Root" });
        let view = sandbox.surface.authority_export(ask(request)).expect("handed over");
        // A root is not among what it issued, and no list was there before.
        assert_eq!((view.certificates, view.revocations, view.next_crl_number.as_str()), (1, 0, "1"), "{kind}");
        let configuration = format!("{out}/openssl.cnf");
        let crl = sandbox.text("root.crl");
        openssl::ca(&configuration, SEALED, &["-revoke", &format!("{out}/newcerts/{}.pem", serial(&sandbox, "www.example.test"))])
            .assert_accepted();
        openssl::ca(&configuration, SEALED, &["-gencrl", "-out", &crl]).assert_accepted();
        assert_lists(&crl, &[&serial(&sandbox, "www.example.test")], "1");
        openssl::openssl(&["crl", "-in", &crl, "-CAfile", &format!("{out}/ca.crt"), "-noout"]).assert_accepted();
    }
}

/// Whoever stops at the first look.
struct Stopped;

impl authority::watch::Watch for Stopped {
    fn progress(&self, _: u64, _: u64) {}

    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn stopped_halfway_nothing_is_there_and_the_log_says_that_no_key_left() {
    use authority::export_folder::{ExportFolderError, FolderExport, FolderForm, FolderKeys};
    use authority::pki::encoding::Password;
    let sandbox = populated();
    let session =
        authority::session::Session::open(&sandbox.path("acme.chancery"), suite::sandbox::forces(&sandbox.clock, &sandbox.keyring))
            .expect("open");
    session.unlock(None).expect("unlocked");
    let issuing = session.registry().read(|tx| tx.authority_named("Issuing")).expect("read").expect("an authority");
    let keys = FolderKeys {
        password: Password::new(SEALED.to_owned()),
        reason: "moving".to_owned(),
        passphrase: None,
        confirmation: Some("Acme Issuing CA".to_owned()),
    };
    let export = FolderExport { authority: issuing.id, form: FolderForm::EasyRsa, out: sandbox.path("new/pki"), keys: Some(keys) };
    assert!(matches!(session.export_folder(export, &Stopped), Err(ExportFolderError::Cancelled)));
    assert!(!sandbox.path("new").exists(), "not even the folder above");
    let log = sandbox.surface.audit_list(ask(json!({}))).expect("a log").items;
    let newest: Vec<_> = log.iter().take(4).map(|row| row.action.as_str()).collect();
    assert_eq!(newest, ["key.not-exported", "key.not-exported", "key.exported", "key.exported"]);
}

#[test]
fn without_keys_there_are_none_and_nothing_is_replaced() {
    let sandbox = populated();
    let out = sandbox.text("pki");
    std::fs::create_dir(&out).expect("an empty folder");
    let view = sandbox.surface.authority_export(ask(export("easy-rsa", &out, false))).expect("handed over");
    assert_eq!((view.keys, assert_private(Path::new(&out))), (0, 0));
    assert!(Path::new(&out).join("crl.pem").exists());
    let actions =
        || -> Vec<String> { sandbox.surface.audit_list(ask(json!({}))).expect("a log").items.into_iter().map(|row| row.action).collect() };
    assert_eq!(actions()[0], "authority.exported");
    assert_eq!(refusal(sandbox.surface.authority_export(ask(export("easy-rsa", &out, true)))), api::ErrorCode::FolderNotEmpty);
    // The guard stands before keys.
    let mut unsaid = export("openssl-index", &sandbox.text("other"), true);
    unsaid["reason"] = json!(" ");
    assert_eq!(refusal(sandbox.surface.authority_export(ask(unsaid.clone()))), api::ErrorCode::ReasonRequired);
    unsaid["reason"] = json!("moving");
    unsaid["confirmation"] = json!("Root");
    assert_eq!(refusal(sandbox.surface.authority_export(ask(unsaid))), api::ErrorCode::ConfirmationWrong);
    assert!(!sandbox.path("other").exists());
    sandbox.surface.authority_export(ask(export("openssl-index", &sandbox.text("other"), true))).expect("handed over");
    // Two keys left: the authority's, then the one that the registry keeps, each before the folder was there.
    let now = actions();
    assert_eq!(now.iter().take(3).map(String::as_str).collect::<Vec<_>>(), ["authority.exported", "key.exported", "key.exported"]);
    sandbox.assert_audit_whole();
}
