#![expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests fail loudly, and keytool judges")]

use std::{fs, path::PathBuf, process::Command};

use proptest::prelude::*;

use super::*;
use crate::{certificate::tests::data, encoding::recognise};

fn passwords(list: &[&str]) -> Vec<Password> {
    list.iter().map(|text| Password::new((*text).to_owned())).collect()
}

/// `label: what`, or the code of the error.
fn told(bytes: &[u8], list: &[&str]) -> Vec<String> {
    let what = |found: &Found| match &found.object {
        Ok(Object::Certificate(certificate)) => certificate.display_name(),
        Ok(Object::PrivateKey(key)) => key.public_key().algorithm().label(),
        Ok(_) => panic!("nothing else is in such a store"),
        Err(error) => error.code().to_owned(),
    };
    recognise(bytes, &passwords(list)).found.iter().map(|found| format!("{}: {}", found.label, what(found))).collect()
}

/// A folder in which `keytool` makes stores; gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("chancery-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn keytool(&self, arguments: &[&str]) {
        let done = Command::new("keytool")
            .args(["-J-Dfile.encoding=UTF-8", "-J-Dsun.jnu.encoding=UTF-8"])
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .current_dir(&self.0)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn stores_of_keytool_open() {
    for path in ["keystores/java.jks", "keystores/java.jceks"] {
        let bytes = fs::read(data(path)).unwrap();
        let opened = told(&bytes, &["wrong", "changeit"]);
        assert!(opened.len() >= 2 && opened.iter().all(|line| line.starts_with("www")), "{opened:?}");
        let locked = told(&bytes, &[]);
        assert_eq!((locked.first().unwrap().as_str(), locked.get(1..)), ("www: password_needed", opened.get(1..)));
        assert_eq!(told(&bytes, &["wrong"]).first().unwrap(), "www: wrong_password");
        assert!(is_password_of(&bytes, &Password::new("changeit".to_owned())));
        assert!(!is_password_of(&bytes, &Password::new("changeit2".to_owned())));
        let key = recognise(&bytes, &passwords(&["changeit"])).found;
        let [Found { object: Ok(Object::PrivateKey(key)), .. }, Found { object: Ok(Object::Certificate(own)), .. }, ..] = key.as_slice()
        else {
            panic!()
        };
        assert_eq!(key.public_key(), own.public_key());
    }
}

#[test]
fn entries_of_every_kind_are_told_apart() {
    let folder = Folder::new("jceks");
    let store = ["-storetype", "jceks", "-keystore", "s", "-storepass", "changeit"];
    folder.keytool(
        &[&["-genseckey", "-keyalg", "AES", "-keysize", "128", "-alias", "secret", "-keypass", "changeit"], store.as_slice()].concat(),
    );
    folder.keytool(
        &[
            &[
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-alias",
                "ünïcode 🔑",
                "-dname",
                "CN=own",
                "-keypass",
                "other123",
            ],
            store.as_slice(),
        ]
        .concat(),
    );
    fs::copy(data("easyrsa/ca.crt"), folder.0.join("ca.crt")).unwrap();
    folder.keytool(&[&["-importcert", "-noprompt", "-trustcacerts", "-alias", "root", "-file", "ca.crt"], store.as_slice()].concat());
    let bytes = folder.read("s");
    let mut opened = told(&bytes, &["changeit", "other123"]);
    opened.sort();
    let key = told(&bytes, &["other123"]);
    assert_eq!(opened.len(), 4, "{opened:?}");
    assert!(
        opened.contains(&"secret: unsupported".to_owned()) && opened.contains(&"ünïcode 🔑, certificate 1: own".to_owned()),
        "{opened:?}"
    );
    assert!(
        opened.iter().any(|line| line.starts_with("root: ")) && key.iter().any(|line| line.starts_with("ünïcode 🔑: EC")),
        "{opened:?} {key:?}"
    );
    assert!(told(&bytes, &["changeit"]).contains(&"ünïcode 🔑: wrong_password".to_owned()));
    // Cut anywhere, what was whole comes out.
    for cut in [bytes.len() - 1, bytes.len() - 30, 40, 20, 12, 5] {
        let found = told(bytes.get(..cut).unwrap(), &["changeit"]);
        assert_eq!(found.last().unwrap().rsplit(' ').next(), Some("truncated"), "{cut}: {found:?}");
    }
}

#[test]
fn jks_keys_have_passwords_of_any_characters() {
    let folder = Folder::new("jks");
    let store = ["-storetype", "jks", "-keystore", "s", "-storepass", "pässwörd🔑"];
    folder.keytool(
        &[
            &["-genkeypair", "-keyalg", "RSA", "-keysize", "2048", "-alias", "one", "-dname", "CN=one", "-keypass", "schlüssel"],
            store.as_slice(),
        ]
        .concat(),
    );
    let bytes = folder.read("s");
    assert_eq!(told(&bytes, &["schlüssel"]), ["one: RSA 2048", "one, certificate 1: one"]);
    assert_eq!(told(&bytes, &["pässwörd🔑"]), ["one: wrong_password", "one, certificate 1: one"]);
    assert!(is_password_of(&bytes, &Password::new("pässwörd🔑".to_owned())));
}

#[test]
fn a_trap_is_refused_before_it_is_paid() {
    let mut bytes = fs::read(data("keystores/java.jceks")).unwrap();
    // The iterations of its only key: 200,000, as keytool has it.
    let at = bytes.windows(5).position(|octets| octets == [0x02, 0x03, 0x03, 0x0d, 0x40]).unwrap();
    bytes.get_mut(at + 2..at + 5).unwrap().copy_from_slice(&[0x7f, 0xff, 0xff]);
    assert_eq!(told(&bytes, &["changeit"]).first().unwrap(), "www: too_costly");
}

#[test]
fn nesting_in_a_secret_key_is_bounded() {
    let head = [JCEKS.as_slice(), &[0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 1, b'x'], &[0; 8], &[0xac, 0xed, 0, 5]].concat();
    for deep in
        [[0x73, 0x73].repeat(50_000), [0x7e, 0x70].repeat(50_000), [0x72, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0x78].repeat(5_000)]
    {
        let found = told(&[head.as_slice(), &deep].concat(), &[]);
        assert_eq!(found.len(), 1);
        assert!(found.first().unwrap().starts_with("file: "), "{found:?}");
    }
}

proptest! {
    #[test]
    fn altered_stores_are_survived(at in 0_usize..3000, octet in any::<u8>(), extended in any::<bool>()) {
        let mut bytes = fs::read(data(if extended { "keystores/java.jceks" } else { "keystores/java.jks" })).unwrap();
        if let Some(changed) = bytes.get_mut(at) {
            *changed = octet;
        }
        let _ = recognise(&bytes, &[]);
    }

    #[test]
    fn any_octets_are_survived(octets in proptest::collection::vec(any::<u8>(), 0..200), secret in any::<bool>()) {
        let start: &[u8] = if secret { &[0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xac, 0xed, 0, 5, 0x73] } else { &[] };
        let _ = recognise(&[JCEKS.as_slice(), start, &octets].concat(), &passwords(&["x"]));
    }
}
