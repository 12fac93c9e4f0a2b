#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly, and openssl judges"
)]

use std::{fs, path::Path, process::Command, time::Instant};

use super::*;
use crate::{
    certificate::tests::{certificate, data},
    key::{KeyAlgorithm, KeySpec},
};

mod other_programs;
mod streams;

fn passwords(list: &[&str]) -> Vec<Password> {
    list.iter().map(|text| Password::new((*text).to_owned())).collect()
}

fn read(path: &str, list: &[&str]) -> Recognised {
    recognise(&fs::read(data(path)).unwrap(), &passwords(list))
}

/// Certificates, requests, lists, keys and the codes of errors.
fn counted(recognised: &Recognised) -> (usize, usize, usize, usize, Vec<&'static str>) {
    let mut counts = (0, 0, 0, 0, Vec::new());
    for found in &recognised.found {
        match &found.object {
            Ok(Object::Certificate(_)) => counts.0 += 1,
            Ok(Object::Request(_)) => counts.1 += 1,
            Ok(Object::Crl(_)) => counts.2 += 1,
            Ok(Object::PrivateKey(_)) => counts.3 += 1,
            Err(error) => counts.4.push(error.code()),
        }
    }
    counts
}

fn key(recognised: &Recognised) -> &PrivateKey {
    match &recognised.found[0].object {
        Ok(Object::PrivateKey(key)) => key,
        other => panic!("{other:?}"),
    }
}

#[test]
fn stores_open_with_their_passwords() {
    for (path, password) in [
        ("keystores/modern.p12", "changeit"),
        ("keystores/legacy-rc2-3des.p12", "changeit"),
        ("keystores/unicode-password.p12", "Pässwörd🔑"),
        ("keystores/java.p12", "changeit"),
        ("forms/pbmac1-sha256.p12", "changeit"),
        ("forms/pbmac1-sha512-sha384.p12", "Pässwörd🔑"),
    ] {
        let opened = read(path, &["wrong", password]);
        let (certificates, _, _, keys, errors) = counted(&opened);
        assert!(errors.is_empty(), "{path}: {:?}", opened.found);
        assert!(certificates >= 1 && keys == 1, "{path}: {certificates} certificates, {keys} keys");
        assert!(opened.known && opened.passwords_wanted == 0);
        let without = read(path, &[]);
        assert_eq!((counted(&without).4, without.passwords_wanted), (vec!["password_needed"], 1), "{path}");
        assert_eq!(counted(&read(path, &["wrong"])).4, ["wrong_password"], "{path}");
    }
    let empty = read("keystores/certs-only-empty-password.p12", &[]);
    assert!(counted(&empty).0 >= 1 && counted(&empty).4.is_empty(), "{:?}", empty.found);
}

#[test]
fn a_trap_is_refused_before_it_is_paid() {
    for path in ["hostile/kdf-bomb.p12", "hostile/pbmac1-bomb.p12"] {
        let start = Instant::now();
        let trap = read(path, &["changeit", "x"]);
        assert!(start.elapsed().as_millis() < 100, "{path}");
        match &trap.found[0].object {
            Err(error) => assert_eq!(error, &ObjectError::TooCostly { cost: 0x7fff_ffff, limit: MOST_ITERATIONS }, "{path}"),
            Ok(_) => panic!("opened"),
        }
        assert_eq!(trap.passwords_wanted, 0);
    }
}

#[test]
fn a_mac_whose_key_has_no_length_is_not_computed() {
    let whole = fs::read(data("forms/pbmac1-sha256.p12")).unwrap();
    // INTEGER 2048, INTEGER 32: iterations and length of the key.
    let named = [0x02, 0x02, 0x08, 0x00, 0x02, 0x01, 0x20];
    let place = whole.windows(named.len()).rposition(|octets| octets == named).unwrap();
    for length in [0x00, 0x41, 0xff] {
        let mut altered = whole.clone();
        altered[place + 6] = length;
        let recognised = recognise(&altered, &passwords(&["changeit"]));
        let error = recognised.found[0].object.as_ref().unwrap_err();
        assert!(matches!(error, ObjectError::Unsupported { what } if what.contains("PBMAC1")), "{length}: {error:?}");
    }
}

#[test]
fn a_wrong_password_is_told_from_damage() {
    let whole = fs::read(data("keystores/modern.p12")).unwrap();
    let right = passwords(&["changeit"]);
    // The MAC's value is the last OCTET STRING of 32 octets before the salt.
    let mut altered = whole.clone();
    let position = whole.len() - 30;
    altered[position] ^= 1;
    let recognised = recognise(&altered, &right);
    assert_eq!(counted(&recognised).4, ["damaged"], "{:?}", recognised.found);
    assert_eq!(counted(&recognise(&altered, &passwords(&["wrong"]))).4, ["wrong_password"]);
    let cut = recognise(&whole[..whole.len() - 10], &right);
    assert_eq!(counted(&cut).4, ["truncated"]);
    assert_eq!(cut.found[0].object.as_ref().unwrap_err(), &ObjectError::Truncated { missing: 10 });
}

#[test]
fn bundles_give_every_certificate() {
    let (certificates, ..) = counted(&read("keystores/bundle.pem", &[]));
    let block_count = fs::read_to_string(data("keystores/bundle.pem")).unwrap().matches("BEGIN CERTIFICATE").count();
    assert_eq!(certificates, block_count);
    let p7b = counted(&read("keystores/bundle.p7b", &[]));
    assert!(p7b.0 >= 2 && p7b.4.is_empty(), "{p7b:?}");
    let with_crl = counted(&read("keystores/bundle-with-crl.p7c.pem", &[]));
    assert!(with_crl.0 >= 1 && with_crl.2 >= 1 && with_crl.4.is_empty(), "{with_crl:?}");
}

#[test]
fn keys_open_in_every_form() {
    for path in ["pkcs1-des3.pem", "sec1-encrypted.pem", "pkcs8-scrypt.pem", "pkcs8-pbes1.pem"] {
        let path = format!("keystores/{path}");
        let opened = read(&path, &["wrong", "changeit"]);
        assert_eq!(counted(&opened).3, 1, "{path}: {:?}", opened.found);
        assert_eq!(counted(&read(&path, &["wrong"])).4, ["wrong_password"], "{path}");
        let without = read(&path, &[]);
        assert_eq!((counted(&without).4, without.passwords_wanted), (vec!["password_needed"], 1), "{path}");
    }
    assert_eq!(key(&read("keystores/ed25519.pem", &[])).public_key().algorithm(), KeyAlgorithm::Ed25519);
    assert_eq!(key(&read("keystores/rsa-pss.pem", &[])).public_key().algorithm(), KeyAlgorithm::RsaPss { bits: 2048 });
    let issuing = read("openssl-ca/issuing/private/ca.key", &["issuing"]);
    assert_eq!(key(&issuing).public_key(), certificate("openssl-ca/issuing/ca.crt").public_key());
    let root = read("easyrsa/private/ca.key", &[]);
    assert_eq!(key(&root).public_key(), certificate("easyrsa/ca.crt").public_key());
}

#[test]
fn what_is_nothing_we_know_is_said_so() {
    assert!(!read("keystores/empty.pem", &[]).known);
    for bytes in
        [&b"Dear colleague,\nno certificate here.\n"[..], b"0123456789", &[0xff; 64], &[0x30], &[0x30, 0x03, 1, 1, 0], b"SQLite format 3\0"]
    {
        let recognised = recognise(bytes, &[]);
        assert!(!recognised.known && recognised.found.is_empty(), "{:?}", recognised.found);
    }
    let truncated = read("keystores/truncated.pem", &[]);
    assert!(truncated.known);
    assert_eq!(counted(&truncated).4, ["truncated_pem"]);
    let half = fs::read(data("easyrsa/ca.crt")).unwrap();
    let half = &half[..half.len() - 60];
    assert_eq!(counted(&recognise(half, &[])).4, ["truncated_pem"]);
}

fn each_file(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { each_file(&path, visit) } else { visit(&path) }
    }
}

#[test]
fn every_file_of_other_programs_is_read_as_what_it_is() {
    let mut seen = 0;
    for folder in ["openssl-ca", "easyrsa", "tiny-ca", "hostile"] {
        each_file(&data(folder), &mut |path| {
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            let bytes = fs::read(path).unwrap();
            let counts = counted(&recognise(&bytes, &passwords(&["issuing"])));
            let crl = path.to_string_lossy().ends_with("crl.pem");
            let wanted = match extension {
                "crt" | "pem" if !crl => counts.0 >= 1,
                "pem" => counts.2 == 1,
                "csr" | "req" => counts.1 == 1,
                "key" => counts.3 == 1,
                _ => return,
            };
            assert!(wanted && counts.4.is_empty(), "{}: {counts:?}", path.display());
            seen += 1;
        });
    }
    assert!(seen > 80, "{seen}");
}

#[test]
fn der_is_told_apart_by_its_shape() {
    let leaf = certificate("openssl-ca/issuing/www.crt");
    assert_eq!(counted(&recognise(leaf.der(), &[])).0, 1);
    let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
    assert_eq!(counted(&recognise(&key.expose_pkcs8_der(), &[])).3, 1);
    for (path, index) in
        [("openssl-ca/issuing/www.csr", 1), ("openssl-ca/issuing/crl/issuing.crl.pem", 2), ("openssl-ca/root/crl/root.crl.pem", 2)]
    {
        let text = fs::read(data(path)).unwrap();
        let der = pem::blocks(&text).remove(0).body.unwrap();
        let counts = counted(&recognise(&der, &[]));
        assert_eq!([counts.0, counts.1, counts.2, counts.3][index], 1, "{path}: {counts:?}");
    }
}

#[test]
fn an_indefinite_bundle_is_read() {
    let leaf = certificate("openssl-ca/issuing/www.crt");
    let bundle = pkcs7_bundle(&[leaf.clone(), certificate("openssl-ca/issuing/ca.crt")]);
    assert_eq!(counted(&recognise(&bundle, &[])).0, 2);
    // The same in BER: every frame around the certificates with an indefinite length.
    let identifier = |dotted| crate::asn1::oid(dotted).unwrap();
    let open = |tag: u8, parts: &[&[u8]]| [&[tag, 0x80], parts.concat().as_slice(), &[0, 0]].concat();
    let signed =
        open(0x30, &[&[2, 1, 1], &[0x31, 0], &open(0x30, &[&identifier("1.2.840.113549.1.7.1")]), &open(0xa0, &[leaf.der()]), &[0x31, 0]]);
    let ber = open(0x30, &[&identifier("1.2.840.113549.1.7.2"), &open(0xa0, &[&signed])]);
    let recognised = recognise(&ber, &[]);
    match &recognised.found[0].object {
        Ok(Object::Certificate(found)) => assert_eq!(found, &leaf),
        other => panic!("{other:?}"),
    }
}

fn openssl(arguments: &[&str], input: &[u8]) -> (bool, String) {
    use std::io::Write as _;
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_store_of_ours_opens_here_and_in_openssl() {
    let key = match read("openssl-ca/issuing/private/www.key", &[]).found.remove(0).object.unwrap() {
        Object::PrivateKey(key) => key,
        other => panic!("{other:?}"),
    };
    let leaf = certificate("openssl-ca/issuing/www.crt");
    let chain = [certificate("openssl-ca/issuing/ca.crt"), certificate("openssl-ca/root/ca.crt")];
    let password = Password::new("Pässwörd🔑".to_owned());
    let store = pkcs12_encode(&key, &leaf, &chain, "www Büro 🏢", &password).unwrap();
    let opened = recognise(&store, &[password]);
    assert_eq!(counted(&opened), (3, 0, 0, 1, vec![]), "{:?}", opened.found);
    assert_eq!(opened.found[0].label, "www Büro 🏢");
    let (ok, said) = openssl(&["pkcs12", "-info", "-passin", "pass:Pässwörd🔑", "-nodes"], &store);
    assert!(ok, "{said}");
    assert!(said.contains("PBKDF2") && said.contains("AES-256-CBC") && said.contains("MAC: sha256"), "{said}");
    assert_eq!(said.matches("BEGIN CERTIFICATE").count(), 3);
    assert!(said.contains("BEGIN PRIVATE KEY"));
    let other = PrivateKey::generate(KeySpec::EcP256).unwrap();
    assert_eq!(pkcs12_encode(&other, &leaf, &[], "", &Password::new("x".into())).unwrap_err(), EncodeError::AnotherKey);
}

#[test]
fn a_library_that_shares_no_code_opens_our_store() {
    let path = "openssl-ca/issuing/private/www.key";
    let opened = read(path, &[]);
    let store =
        pkcs12_encode(key(&opened), &certificate("openssl-ca/issuing/www.crt"), &[], "www", &Password::new("changeit".into())).unwrap();
    let archive = p12_keystore::Pkcs12Archive::from_pkcs12(&store, "changeit").unwrap();
    assert_eq!((archive.keys.len(), archive.certs.len()), (1, 1));
    assert_eq!(archive.keys[0].friendly_name.as_deref(), Some("www"));
    assert_eq!(archive.certs[0].cert.as_der(), certificate("openssl-ca/issuing/www.crt").der());
}

#[test]
fn keys_of_ours_open_in_openssl() {
    let made = PrivateKey::generate(KeySpec::EcP384).unwrap();
    let text = pkcs8_encrypt_pem(&made, &Password::new("secret".into())).unwrap();
    let (ok, said) = openssl(&["pkey", "-passin", "pass:secret", "-noout", "-text_pub"], text.as_bytes());
    assert!(ok, "{said}");
    let back = recognise(text.as_bytes(), &passwords(&["Secret", "secret"]));
    assert_eq!(key(&back).public_key(), made.public_key());
    for spec in [KeySpec::EcP256, KeySpec::Ed25519] {
        let made = PrivateKey::generate(spec).unwrap();
        let plain = recognise(pkcs8_pem(&made).as_bytes(), &[]);
        assert_eq!(key(&plain).public_key(), made.public_key());
    }
}

#[test]
fn passwords_are_not_shown() {
    assert_eq!(format!("{:?}", Password::new("secret".into())), "Password(…)");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]
    #[test]
    fn flipped_octets_never_panic(position in 0_usize..4000, value: u8) {
        let mut bytes = fs::read(data("keystores/bundle.p7b")).unwrap();
        let length = bytes.len();
        bytes[position % length] = value;
        recognise(&bytes, &[]);
    }

    #[test]
    fn any_octets_never_panic(bytes: Vec<u8>) {
        recognise(&bytes, &[]);
        recognise(&[&[0x30, 0x80][..], &bytes].concat(), &[]);
    }
}
