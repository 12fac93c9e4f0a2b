//! No private key and no passphrase in any file of the registry's folder, in any view, error or debug text.

use api::request::Nothing;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use suite::data::named;
use suite::judges::openssl;
use suite::sandbox::PASSPHRASE;
use suite::{Sandbox, ask};

/// What must not be found: a name for the report, and the bytes.
type Needle = (String, Vec<u8>);

/// The numbers that make a key private, as OpenSSL prints them: the scalar or seed, and of an RSA key exponent and primes.
fn private_numbers(key: &str, password: Option<&str>) -> Vec<Needle> {
    let pass = format!("pass:{}", password.unwrap_or_default());
    let text = openssl::openssl(&["pkey", "-in", key, "-noout", "-text", "-passin", &pass]).assert_accepted();
    let mut found: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let hex = line.trim().trim_end_matches(':');
        let is_hex = line.starts_with("    ") && hex.split(':').all(|pair| pair.len() == 2 && u8::from_str_radix(pair, 16).is_ok());
        if is_hex && inside {
            if let Some((_, digits)) = found.last_mut() {
                digits.push_str(&hex.replace(':', ""));
            }
        } else if !is_hex {
            let title = line.trim_end_matches(':');
            inside = ["priv", "privateExponent", "prime1", "prime2"].contains(&title);
            if inside {
                found.push((title.to_owned(), String::new()));
            }
        }
    }
    assert!(!found.is_empty(), "{key} shows no private number");
    found.into_iter().map(|(title, digits)| (title, without_zeros(&hex::decode(digits).expect("hex")))).collect()
}

fn without_zeros(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
}

/// The forms in which bytes could lie somewhere: raw, hex, base64 at each of its three alignments.
fn forms(needles: &[Needle]) -> Vec<Needle> {
    let mut all = Vec::new();
    for (name, bytes) in needles {
        all.push((name.clone(), bytes.clone()));
        all.push((format!("{name} in hex"), hex::encode(bytes).into_bytes()));
        all.push((format!("{name} in capital hex"), hex::encode_upper(bytes).into_bytes()));
        for start in 0..3 {
            let whole = &bytes[start..];
            let whole = &whole[..whole.len() / 3 * 3];
            all.push((format!("{name} in base64"), STANDARD.encode(whole).into_bytes()));
        }
    }
    all
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn assert_absent(place: &str, haystack: &[u8], needles: &[Needle]) {
    for (name, needle) in needles {
        assert!(!holds(haystack, needle), "{place} holds {name}");
    }
}

/// Every view that the surface gives of a registry, as JSON, and as debug text.
fn all_views(sandbox: &Sandbox) -> String {
    let surface = &sandbox.surface;
    let mut text = String::new();
    macro_rules! view {
        ($($outcome:expr),* $(,)?) => {$(
            match $outcome {
                Ok(view) => text.push_str(&format!("{}{view:?}", serde_json::to_string(&view).expect("JSON"))),
                Err(error) => text.push_str(&format!("{}{error:?}", serde_json::to_string(&error).expect("JSON"))),
            }
        )*};
    }
    view!(
        surface.registry_status(Nothing {}),
        surface.overview(Nothing {}),
        surface.authority_list(Nothing {}),
        surface.certificate_list(ask(json!({}))),
        surface.audit_list(ask(json!({}))),
        surface.task_list(Nothing {}),
        surface.doctor(Nothing {}),
        surface.registry_check(ask(json!({}))),
    );
    for item in surface.certificate_list(ask(json!({}))).expect("a list").items {
        view!(surface.certificate_show(ask(json!({ "certificate": item.id }))));
    }
    text
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let needles = forms(&private_numbers(&named("openssl-ca/issuing/private/www.key"), None));
    let key = std::fs::read_to_string(named("openssl-ca/issuing/private/www.key")).expect("PEM");
    let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(needles.iter().any(|(_, needle)| holds(body.as_bytes(), needle)), "base64 of the key's own file");
    let raw = STANDARD.decode(&body).expect("base64");
    assert!(needles.iter().any(|(_, needle)| holds(&raw, needle)));
}

#[test]
fn no_file_and_no_view_holds_a_private_key_or_a_passphrase() {
    let sandbox = Sandbox::with_vault();
    sandbox.surface.import_run(ask(json!({ "paths": [named("openssl-ca")], "passwords": ["issuing"] }))).expect("taken");
    let issuing = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items.remove(1).name;
    // What is handed over goes elsewhere, as to a stick: the folder is the registry's own.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let out = elsewhere.path().to_str().expect("UTF-8");
    for (kind, key) in [("ec", "ec-p256"), ("rsa", "rsa-2048")] {
        let draft = json!({ "authority": issuing, "names": [format!("{kind}.acme.example")], "key": key });
        sandbox.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": { "out": out, "plainKey": true } }))).expect("issued");
        let sealed = json!({ "draft": draft, "handOver": { "out": format!("{out}/{kind}.p12"), "format": "pkcs12", "password": "a hand-over password" } });
        sandbox.surface.certificate_issue(ask(sealed)).expect("issued");
    }
    sandbox.crl(&issuing);
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("backup.chancery") }))).expect("a backup");
    let locked = sandbox.surface.registry_unlock(ask(json!({ "passphrase": "a wrong passphrase" })));
    drop(locked);

    let mut needles = Vec::new();
    for (file, password) in [("root/private/ca.key", None), ("issuing/private/ca.key", Some("issuing")), ("issuing/private/www.key", None)]
    {
        needles.extend(private_numbers(&named(&format!("openssl-ca/{file}")), password));
    }
    for kind in ["ec", "rsa"] {
        needles.extend(private_numbers(&format!("{out}/{kind}.acme.example.key"), None));
    }
    let mut needles = forms(&needles);
    for passphrase in [PASSPHRASE, "a hand-over password", "a wrong passphrase"] {
        needles.push((format!("the passphrase {passphrase:?}"), passphrase.as_bytes().to_vec()));
    }
    let mut files = 0;
    for entry in std::fs::read_dir(sandbox.folder()).expect("a folder") {
        let path = entry.expect("an entry").path();
        assert_absent(&path.display().to_string(), &std::fs::read(&path).expect("a file"), &needles);
        files += 1;
    }
    assert!(files >= 4, "registry, vault, backup, CRL: {files}");
    assert_absent("a view", all_views(&sandbox).as_bytes(), &needles);
}
