//! No private key and no passphrase in any file of the registry's folder, in any reply, error, debug text or log line.

mod dump;
mod memory;
mod needles;
mod said;
mod writing;

use std::path::{Path, PathBuf};

use api::request::{
    CertificateIssue, HandOver, ImportFiles, Nothing, RecoveryCreate, RecoveryFile, RecoveryRestore, RegistryCreate, RegistryUnlock,
};
use authority::pki::encoding::Password;
use authority::pki::{KeySpec, PrivateKey};
use authority::secret::{Passphrase, SecretBytes};
use authority::session::Session;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use suite::data::named;
use suite::judges::sqlite::sqlite;
use suite::sandbox::{PASSPHRASE, forces};
use suite::{Sandbox, ask};

use needles::Needles;
use said::{Said, listen_to_log, log};

/// What is typed and must not be found again.
const WORDS: &[&str] = &[PASSPHRASE, "a hand-over password", "a passphrase that is wrong", "a password that opens nothing"];

/// A registry at work, what it said, and the folder to which it handed keys over, which is not its own.
struct Scene {
    sandbox: Sandbox,
    said: Said,
    elsewhere: tempfile::TempDir,
    /// What was put on the clipboard: the octets of the PEM.
    clipboard: Vec<Vec<u8>>,
}

impl Scene {
    fn new(keys: &str) -> Self {
        let (sandbox, mut said) = (Sandbox::empty(), Said::default());
        let mut request = json!({ "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": keys });
        if keys == "os" {
            request["recoveryFile"] = json!(sandbox.text("acme.recovery"));
            request["recoveryPassphrase"] = json!(PASSPHRASE);
        } else {
            request["passphrase"] = json!(PASSPHRASE);
        }
        said.hear("registry_create", sandbox.surface.registry_create(ask(request))).expect("a registry");
        Self { sandbox, said, elsewhere: tempfile::tempdir().expect("a folder"), clipboard: Vec::new() }
    }

    /// A path outside the registry's folder.
    fn out(&self, name: &str) -> String {
        self.elsewhere.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    /// Runs everything that has to do with keys, and asks for everything that can be asked for.
    fn work(&mut self) {
        self.create_and_issue();
        self.bring_over();
        self.fail();
        self.look();
        self.depart();
        self.move_away_and_back();
    }

    /// Keys leave, to where they were told to go and nowhere else.
    fn depart(&mut self) {
        let out = self.out("");
        let Self { sandbox, said, clipboard, .. } = self;
        let surface = &sandbox.surface;
        let export = |name: &str, passphrase: &str| {
            json!({
                "certificate": "Issuing", "out": format!("{out}{name}"), "password": "a hand-over password", "reason": "a drill", "passphrase": passphrase,
            })
        };
        said.hear("key_export", surface.key_export(ask(export("ca.key", PASSPHRASE)))).expect("a key");
        said.hear("key_export", surface.key_export(ask(export("ca.p12", PASSPHRASE)))).expect("a key");
        said.hear("key_export", surface.key_export(ask(export("no.key", "a passphrase that is wrong")))).expect_err("a wrong passphrase");
        let copy = json!({ "certificate": "Issuing", "password": "a hand-over password", "reason": "a drill", "passphrase": PASSPHRASE });
        let mut plain = copy.clone();
        plain["password"] = json!(null);
        plain["confirmation"] = json!("Acme Issuing CA");
        for request in [copy, plain] {
            said.hear("key_copy", surface.key_copy(ask(request))).expect("a key on the clipboard");
            let text = sandbox.clipboard.text();
            let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
            clipboard.push(STANDARD.decode(body).expect("PEM"));
        }
        assert_ne!(clipboard[0], clipboard[1], "sealed and plain");
        said.hear("passphrase_copy", surface.passphrase_copy(ask(json!({ "passphrase": "a passphrase that is wrong" })))).expect("copied");
        said.hear("clipboard_show", surface.clipboard_show(Nothing {})).expect("said");
        said.hear("clipboard_clear", surface.clipboard_clear(Nothing {})).expect("cleared");
    }

    /// All keys move to the other kind of store, and back.
    fn move_away_and_back(&mut self) {
        let Self { sandbox, said, .. } = self;
        let surface = &sandbox.surface;
        let change = json!({ "passphrase": PASSPHRASE, "newPassphrase": PASSPHRASE });
        drop(said.hear("registry_passphrase", surface.registry_passphrase(ask(change))));
        let change = json!({ "passphrase": "a passphrase that is wrong", "newPassphrase": PASSPHRASE });
        said.hear("registry_passphrase", surface.registry_passphrase(ask(change))).expect_err("a wrong passphrase, or no vault");
        let keys = surface.registry_status(Nothing {}).expect("a status").keys;
        let there = if keys == "os" { ["passphrase", "os"] } else { ["os", "passphrase"] };
        for to in there {
            let request = json!({ "to": to, "passphrase": (to == "os").then_some(PASSPHRASE), "newPassphrase": PASSPHRASE });
            said.hear("registry_move_keys", surface.registry_move_keys(ask(request))).expect("moved");
        }
    }

    fn create_and_issue(&mut self) {
        let out = self.out("");
        let Self { sandbox, said, .. } = self;
        let surface = &sandbox.surface;
        for (name, parent, key) in [("Root", None, "ec-p384"), ("Issuing", Some("Root"), "rsa-2048"), ("Other", None, "ed25519")] {
            let request = json!({ "name": name, "parent": parent, "subject": format!("CN=Acme {name} CA"), "key": key });
            said.hear("authority_create", surface.authority_create(ask(request))).expect("an authority");
        }
        for key in ["ec-p256", "rsa-2048"] {
            let draft = json!({ "authority": "Issuing", "names": [format!("{key}.example.test")], "key": key });
            said.hear("certificate_preview", surface.certificate_preview(ask(draft.clone()))).expect("a preview");
            for hand_over in [
                json!({ "out": format!("{out}plain"), "plainKey": true }),
                json!({ "out": format!("{out}sealed"), "password": "a hand-over password" }),
                json!({ "out": format!("{out}{key}.p12"), "format": "pkcs12", "password": "a hand-over password" }),
            ] {
                let request = json!({ "draft": draft, "handOver": hand_over });
                said.hear("certificate_issue", surface.certificate_issue(ask(request))).expect("issued");
            }
        }
        let name = "ec-p256.example.test";
        let issued = surface.certificate_list(ask(json!({ "name": name }))).expect("a list").items.remove(0);
        let revoke = json!({ "certificates": [issued.id], "reason": "keyCompromise", "confirmation": name });
        said.hear("certificate_revoke", surface.certificate_revoke(ask(revoke))).expect("revoked");
        let export = json!({ "certificate": issued.id, "format": "bundle", "out": sandbox.text("bundle.pem") });
        said.hear("certificate_export", surface.certificate_export(ask(export))).expect("exported");
        said.hear("crl_build", surface.crl_build(ask(json!({ "authority": "Issuing" })))).expect("a CRL");
        let export = json!({ "authority": "Issuing", "out": sandbox.text("issuing.crl") });
        said.hear("crl_export", surface.crl_export(ask(export))).expect("a CRL file");
    }

    fn bring_over(&mut self) {
        let Self { sandbox, said, .. } = self;
        let files = json!({
            "paths": [named("openssl-ca"), named("keystores/modern.p12")],
            "passwords": ["a password that opens nothing", "issuing", "changeit"],
        });
        let plan = said.hear("import_plan", sandbox.surface.import_plan(ask(files.clone()))).expect("a plan");
        said.hear("import_items", sandbox.surface.import_items(ask(json!({ "report": plan.report })))).expect("a page");
        let kept = json!({ "report": plan.report, "out": sandbox.text("plan.json") });
        said.hear("import_keep", sandbox.surface.import_keep(ask(kept))).expect("kept");
        said.hear("import_run", sandbox.surface.import_run(ask(files))).expect("taken");
        let alone = json!({ "paths": [named("keystores/ed25519.pem")] });
        said.hear("import_run", sandbox.surface.import_run(ask(alone))).expect("taken");
        let backup = json!({ "out": sandbox.text("backup.chancery") });
        said.hear("registry_backup", sandbox.surface.registry_backup(ask(backup))).expect("a backup");
        let drill = json!({ "path": sandbox.text("backup.chancery"), "passphrase": PASSPHRASE });
        said.hear("registry_drill", sandbox.surface.registry_drill(ask(drill))).expect("a drill");
        let restored = json!({ "path": sandbox.text("backup.chancery"), "to": sandbox.text("restored.chancery"), "acceptLostCrls": true });
        said.hear("registry_restore", sandbox.second().registry_restore(ask(restored))).expect("restored");
        let declined = json!({ "authority": "Issuing", "confirmation": "Issuing" });
        said.hear("crl_decline", sandbox.surface.crl_decline(ask(declined))).expect("nothing to decline");
    }

    /// Errors that have to do with what was typed.
    fn fail(&mut self) {
        let (out, wrong) = (self.out("none"), "a passphrase that is wrong");
        let Self { sandbox, said, .. } = self;
        let surface = &sandbox.surface;
        let file = json!({ "path": sandbox.text("acme.recovery"), "passphrase": wrong });
        said.hear("recovery_file_test", surface.recovery_file_test(ask(file.clone()))).expect_err("a wrong passphrase");
        said.hear("recovery_file_restore", surface.recovery_file_restore(ask(file.clone()))).expect_err("a wrong passphrase");
        said.hear("recovery_file_create", surface.recovery_file_create(ask(file))).expect_err("not here, or made before");
        let locked = json!({ "paths": [named("keystores/pkcs8-scrypt.pem")], "passwords": ["a password that opens nothing"] });
        said.hear("import_run", surface.import_run(ask(locked))).expect_err("a wrong password");
        let both = json!({ "out": out, "password": "a hand-over password", "plainKey": true });
        let draft = json!({ "authority": "Issuing", "names": ["no.example.test"] });
        said.hear("certificate_issue", surface.certificate_issue(ask(json!({ "draft": draft, "handOver": both })))).expect_err("both");
        let request = json!({ "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "passphrase", "passphrase": wrong });
        said.hear("registry_create", surface.registry_create(ask(request))).expect_err("in the way");
        said.hear("registry_lock", surface.registry_lock(Nothing {})).expect("locked");
        let over = json!({ "out": out, "password": "a hand-over password" });
        said.hear("certificate_issue", surface.certificate_issue(ask(json!({ "draft": draft, "handOver": over })))).expect_err("locked");
        drop(said.hear("registry_unlock", surface.registry_unlock(ask(json!({ "passphrase": wrong })))));
        // A keyring in memory is unlocked from outside.
        sandbox.keyring.set_locked(false);
        said.hear("registry_unlock", surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE })))).expect("unlocked");
        let misspelt = json!({ "passphrase": wrong, "passprase": wrong });
        let refused = serde_json::from_value::<RegistryUnlock>(misspelt).expect_err("no such field");
        said.note(&format!("{refused} {refused:?}"));
    }

    /// Every view that there is.
    fn look(&mut self) {
        let (log, many, many_out) = (self.out("audit.jsonl"), self.out("many.csv"), self.out("many"));
        std::fs::write(&many, "names,key\nmany.example.test,ec-p256\n").expect("written");
        let Self { sandbox, said, .. } = self;
        let surface = &sandbox.surface;
        macro_rules! views {
            ($($command:ident $request:tt;)*) => {
                $(drop(said.hear(stringify!($command), surface.$command(ask(json!($request))))));*
            };
        }
        views! {
            registry_undo_plan {}; registry_undo { "sequence": 1 }; trash_list {}; trash_restore { "kind": "profile", "id": "none" };
            authority_set { "authority": "Issuing", "crlDays": 9 }; authority_renewal { "authority": "Issuing", "newKey": true };
            authority_request { "name": "Outside", "subject": "CN=Outside" }; authority_csr { "authority": "Outside", "out": sandbox.text("outside.csr") };
            authority_install { "authority": "Outside", "path": named("openssl-ca/root/ca.crt") };
            authority_cross_signing { "authority": "Other", "path": named("openssl-ca/root/ca.crt") };
            authority_cross_sign { "signing": { "authority": "Other", "path": named("openssl-ca/root/ca.crt") }, "confirmation": "no", "out": sandbox.text("cross.pem") };
            authority_impact { "authority": "Root" }; authority_retire { "authority": "Other", "confirmation": "Other" };
            authority_renew { "renewal": { "authority": "Issuing", "newKey": true } }; certificate_archive { "certificates": [], "archived": true };
            certificate_tag { "certificates": [], "add": ["x"] }; certificate_tags {};
            registry_status {}; lock_show {}; lock_touch {}; keyring_cancel {}; import_progress {}; import_stop {}; key_list {}; key_show { "key": "Issuing" }; key_repair { "key": "Issuing", "action": "prove" };
            passphrase_meter { "passphrase": PASSPHRASE }; passphrase_generate {}; registry_backups {}; settings_list {}; settings_set { "changes": [{ "key": "backup.keep", "value": "none" }] }; registry_check {}; registry_history {}; authority_list {}; profile_list {}; overview {}; doctor {}; clock_confirm {};
            certificates_export { "form": "json", "out": sandbox.text("all.json"), "overwrite": true };
            authority_export { "authority": "Issuing", "format": "easy-rsa", "out": sandbox.text("pki"), "password": "a hand-over password", "reason": "a move", "passphrase": PASSPHRASE, "confirmation": "Issuing" };
            task_list {}; task_show { "task": "none" }; task_cancel { "task": "none" }; task_resume { "task": "none" }; audit_show { "sequence": 1 }; audit_facets {}; audit_verify {}; audit_export { "out": log, "overwrite": true }; certificate_list { "limit": 500 }; audit_list { "limit": 500 };
            request_add { "paths": [named("openssl-ca/issuing/www.csr"), named("openssl-ca/issuing/private/www.key")] };
            request_list {}; request_show { "request": "none" }; request_reject { "request": "none" }; request_reopen { "request": "none" };
            issue_many_check { "authority": "Issuing", "csv": many }; issue_many_run { "draft": { "authority": "Issuing", "csv": many }, "out": many_out, "password": "a hand-over password" };
            issue_many_failures { "draft": { "authority": "Issuing", "csv": many }, "out": many_out };
            issue_many_resume { "task": "none", "password": "a hand-over password" };
            names_recognise { "texts": ["example.test"] }; request_read { "path": named("openssl-ca/issuing/private/www.key") };
            certificate_in_file { "path": named("openssl-ca/issuing/www.crt") };
            file_show { "path": named("keystores/modern.p12"), "passwords": ["a password that opens nothing", "changeit"] };
            file_show { "path": named("openssl-ca/issuing/private/www.key") };
            certificate_asn1 { "path": named("openssl-ca/issuing/www.crt") }; certificate_verify { "path": named("openssl-ca/issuing/www.crt") };
            profile_show { "profile": "tls-server" }; profile_check { "text": "name = 1" }; profile_set { "text": "name = 1" };
            profile_remove { "profile": "tls-server" }; policy_show { "authority": "Issuing" };
            policy_set { "authority": "Issuing", "rules": {} }; crl_list { "authority": "Issuing" }; crl_events { "authority": "Issuing" }; crl_diff { "authority": "Issuing" }; certificate_release { "certificates": ["none"] }; key_compromised { "path": named("openssl-ca/issuing/private/www.key"), "dryRun": true }; crl_show { "authority": "Issuing", "entries": true };
            crl_install { "authority": "Issuing", "path": sandbox.text("issuing.crl") };
            source_create { "name": "Theirs", "kind": "pem", "path": named("openssl-ca/issuing/www.crt") };
            source_create { "name": "A key", "kind": "pem", "path": named("openssl-ca/issuing/private/www.key") };
            source_refresh { "source": "Theirs" }; source_diff { "source": "Theirs" }; source_list {}; source_show { "source": "Theirs" };
            source_certificates { "source": "Theirs" }; source_crls { "source": "Theirs" }; source_revoked { "crl": "1" };
            source_quarantine { "source": "Theirs" }; source_events { "source": "Theirs" };
            source_export { "source": "Theirs", "out": sandbox.text("theirs.pem") }; source_remove { "source": "Theirs", "confirmation": "Theirs" };
        }
        for authority in surface.authority_list(Nothing {}).expect("a list").items {
            let named = ask(json!({ "authority": authority.id }));
            said.hear("authority_show", surface.authority_show(named)).expect("an authority");
        }
        for certificate in surface.certificate_list(ask(json!({ "kind": "leaf", "limit": 1 }))).expect("a list").items {
            drop(said.hear("certificate_renewal", surface.certificate_renewal(ask(json!({ "certificate": certificate.id })))));
            let both = json!({ "one": certificate.id, "otherPath": named("openssl-ca/issuing/www.crt") });
            said.hear("certificate_compare", surface.certificate_compare(ask(both))).expect("compared");
        }
        for certificate in surface.certificate_list(ask(json!({ "limit": 500 }))).expect("a list").items {
            said.hear("certificate_show", surface.certificate_show(ask(json!({ "certificate": certificate.id })))).expect("a certificate");
            said.hear("certificate_asn1", surface.certificate_asn1(ask(json!({ "certificate": certificate.id })))).expect("its elements");
        }
    }

    fn close_and_open(&mut self) {
        let Self { sandbox, said, .. } = self;
        said.hear("registry_close", sandbox.surface.registry_close(Nothing {})).expect("closed");
        sandbox.keyring.set_locked(false);
        let request = ask(json!({ "path": sandbox.text("acme.chancery") }));
        said.hear("registry_open", sandbox.surface.registry_open(request)).expect("opened");
    }

    /// Keys made here, keys brought over, keys handed over, secrets of the registry, everything typed.
    fn needles(&self) -> Needles {
        let mut needles = Needles::default();
        WORDS.iter().for_each(|word| needles.add_word(word));
        // The beginning says of what kind it is, and of a plain key the end is public.
        assert_eq!(self.clipboard.len(), 2);
        self.clipboard.iter().for_each(|text| needles.add_bytes("the clipboard's text", &text[text.len() / 2..][..48]));
        let session =
            Session::open(&self.sandbox.path("acme.chancery"), forces(&self.sandbox.clock, &self.sandbox.keyring)).expect("opened");
        session.unlock(Some(&Passphrase::new(PASSPHRASE.to_owned()))).expect("unlocked");
        assert_eq!(needles.add_keystore(&session), 7, "Root, both keys of Issuing, Other, Outside, and the two brought over");
        for (file, password) in
            [("root/private/ca.key", None), ("issuing/private/ca.key", Some("issuing")), ("issuing/private/www.key", None)]
        {
            needles.add_file(&named(&format!("openssl-ca/{file}")), password);
        }
        needles.add_file(&named("keystores/ed25519.pem"), None);
        needles.add_file(&self.out("many/many.example.test.key"), Some("a hand-over password"));
        for key in ["ec-p256", "rsa-2048"] {
            needles.add_file(&self.out(&format!("plain/{key}.example.test.key")), None);
            needles.add_file(&self.out(&format!("sealed/{key}.example.test.key")), Some("a hand-over password"));
        }
        needles
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect()
}

fn assert_folder_clean(folder: &Path, needles: &Needles) {
    for path in files(folder) {
        if path.is_dir() {
            assert_folder_clean(&path, needles);
            continue;
        }
        needles.assert_absent(&path.display().to_string(), &std::fs::read(&path).expect("a file"));
    }
}

fn nothing_leaks(keys: &str, expected: &[&str]) {
    listen_to_log();
    let mut scene = Scene::new(keys);
    scene.work();
    let needles = scene.needles();
    // While it is open, what was written last stands in the WAL.
    let folder = scene.sandbox.folder().to_owned();
    let present = names(&folder);
    for name in expected.iter().chain(&["acme.chancery", "acme.chancery-wal", "backup.chancery", "bundle.pem", "issuing.crl"]) {
        assert!(present.iter().any(|there| there == name), "{name} is not among {present:?}");
    }
    assert_folder_clean(&folder, &needles);
    // A long value is spread over pages of the file; SQLite's own dump has it in one piece, as text or in hexadecimal.
    for file in ["acme.chancery", "backup.chancery"] {
        needles.assert_absent(&format!("the dump of {file}"), sqlite(&scene.sandbox.text(file), ".dump").as_bytes());
    }
    scene.close_and_open();
    assert_folder_clean(&folder, &needles);
    scene.said.assert_all_heard();
    needles.assert_absent("what the surface said", scene.said.text().as_bytes());
    let log = log();
    assert!(String::from_utf8_lossy(&log).contains("the log is listened to"));
    needles.assert_absent("the log", &log);
}

#[test]
fn a_registry_with_a_vault_shows_no_secret() {
    nothing_leaks("passphrase", &["acme.vault"]);
}

#[test]
fn a_registry_with_a_keyring_shows_no_secret() {
    nothing_leaks("os", &["acme.recovery"]);
}

#[test]
fn debug_text_of_what_holds_a_secret_is_redacted() {
    let mut needles = Needles::default();
    let word = "a hand-over password";
    needles.add_word(word);
    let mut said = String::new();
    for spec in KeySpec::ALL {
        let key = PrivateKey::generate(spec).expect("a key");
        needles.add_key(spec.as_str(), &key);
        said += &format!("{key:?}{key:#?}{:?}", Some(&key));
    }
    let bytes = SecretBytes::new((100..132).collect());
    needles.add_bytes("secret bytes", bytes.expose());
    said += &format!("{bytes:?}{bytes:#?}{:?}{:?}", Passphrase::new(word.to_owned()), Password::new(word.to_owned()));
    let over = json!({ "out": "x", "password": word });
    let draft = json!({ "draft": { "authority": "x" }, "handOver": over });
    said += &format!("{:?}{:#?}", ask::<HandOver>(over), ask::<CertificateIssue>(draft));
    said += &format!("{:?}", ask::<RegistryUnlock>(json!({ "passphrase": word })));
    said += &format!("{:?}", ask::<RecoveryFile>(json!({ "path": "x", "passphrase": word })));
    said += &format!("{:?}", ask::<RecoveryCreate>(json!({ "path": "x", "passphrase": word, "replace": true })));
    said += &format!("{:?}", ask::<RecoveryRestore>(json!({ "path": "x", "passphrase": word, "newVaultPassphrase": word })));
    said += &format!("{:?}", ask::<ImportFiles>(json!({ "paths": [], "passwords": [word] })));
    let create = json!({ "path": "x", "name": "x", "keys": "os", "passphrase": word, "recoveryPassphrase": word });
    said += &format!("{:?}", ask::<RegistryCreate>(create));
    needles.assert_absent("debug text", said.as_bytes());
    assert!(said.len() > 500, "{said}");
}

/// The search itself: what is planted, in any form, is found.
#[test]
fn what_is_planted_is_found() {
    for (file, label) in [("root/private/ca.key", "PRIVATE KEY"), ("issuing/private/www.key", "EC PRIVATE KEY")] {
        let file = named(&format!("openssl-ca/{file}"));
        let mut needles = Needles::default();
        needles.add_file(&file, None);
        needles.add_word(PASSPHRASE);
        let is_found = |planted: &[u8]| !needles.found_in(&[b"before", planted, b"behind"].concat()).is_empty();
        let pem = std::fs::read_to_string(&file).expect("PEM");
        let der = suite::pem::only(&file, label);
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let url = body.replace('+', "-").replace('/', "_");
        let (list, hex, capitals) = (format!("{der:?}"), hex::encode(&der), hex::encode_upper(&der));
        for planted in [pem.as_bytes(), &der, body.as_bytes(), url.as_bytes(), list.as_bytes(), hex.as_bytes(), capitals.as_bytes()] {
            assert!(is_found(planted), "{}", String::from_utf8_lossy(planted));
        }
        assert!(
            is_found(PASSPHRASE.as_bytes()) && !is_found(b"") && !is_found(suite::data::bytes("openssl-ca/issuing/www.crt").as_slice())
        );

        let sandbox = Sandbox::with_keyring();
        let clean = || files(sandbox.folder()).iter().all(|path| needles.found_in(&std::fs::read(path).expect("a file")).is_empty());
        assert!(clean());
        sqlite(&sandbox.text("acme.chancery"), &format!("INSERT INTO settings (key, value) VALUES ('planted', '{pem}')"));
        assert!(!clean(), "a key in the database");
    }
}
