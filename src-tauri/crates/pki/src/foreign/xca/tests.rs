#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail loudly, and sqlite3 and openssl judge"
)]

use std::{collections::BTreeMap, process::Command};

use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::{
    certificate::tests::data,
    encoding::{ObjectError, Password},
    key::KeyAlgorithm,
    name::DistinguishedName,
    profile::Profile,
    usage::{KeyUsage, KeyUsages},
};

/// What `sqlite3` says of the database that XCA wrote.
fn rows(query: &str) -> Vec<Vec<String>> {
    let said = Command::new("sqlite3").args(["-readonly", "-separator", "\u{1f}"]).arg(data("xca/acme.xdb")).arg(query).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap().lines().map(|line| line.split('\u{1f}').map(str::to_owned).collect()).collect()
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

fn templates() -> BTreeMap<String, XcaTemplate> {
    rows("SELECT i.name, t.version, t.template FROM templates t JOIN items i ON i.id = t.item")
        .into_iter()
        .map(|row| match row.as_slice() {
            [name, version, blob] => (name.clone(), XcaTemplate::read(&der(blob).unwrap(), version.parse().unwrap()).unwrap()),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn the_password_is_checked_and_opens_the_keys() {
    let setting = rows("SELECT value FROM settings WHERE key_ = 'pwhash'").remove(0).remove(0);
    let hash = XcaPasswordHash::parse(&setting).unwrap();
    assert!(hash.accepts(&password("Tr0ub4dor")).is_some());
    assert!(hash.accepts(&password("tr0ub4dor")).is_none());
    let passwords: Vec<_> = hash.accepts(&password("Tr0ub4dor")).into_iter().collect();
    let keys = rows("SELECT p.private, k.public FROM private_keys p JOIN public_keys k ON k.item = p.item");
    assert_eq!(keys.len(), 4);
    for row in &keys {
        let [private, public] = row.as_slice() else { panic!("{row:?}") };
        let key = private_key(&der(private).unwrap(), &passwords).unwrap();
        assert_eq!(key.public_key().spki_der(), der(public).unwrap());
        let wrong = XcaPassword::forms_of(&password("wrong"));
        assert_eq!(private_key(&der(private).unwrap(), &wrong).unwrap_err(), ObjectError::WrongPassword);
        assert_eq!(private_key(&der(private).unwrap(), &[]).unwrap_err(), ObjectError::PasswordNeeded);
    }
}

#[test]
fn older_hashes_of_passwords() {
    // As openssl dgst says of "Sab12" with the password behind, and of the password alone.
    let short = "Sab12".to_owned() + &hex::encode_upper(sha512(b"Sab12p\xe4ss"));
    assert!(XcaPasswordHash::parse(&short).unwrap().accepts(&password("päss")).is_some());
    let utf8 = "Sab12".to_owned() + &hex::encode_upper(sha512("Sab12päss".as_bytes()));
    assert!(XcaPasswordHash::parse(&utf8).unwrap().accepts(&password("päss")).is_some());
    let question = "Sab12".to_owned() + &hex::encode_upper(sha512(b"Sab12p?ss"));
    assert!(XcaPasswordHash::parse(&question).unwrap().accepts(&password("p🔑ss")).is_some());
    for md5 in ["5f4dcc3b5aa765d61d8327deb882cf99", "5F:4D:CC:3B:5A:A7:65:D6:1D:83:27:DE:B8:82:CF:99"] {
        assert!(XcaPasswordHash::parse(md5).unwrap().accepts(&password("password")).is_some());
        assert!(XcaPasswordHash::parse(md5).unwrap().accepts(&password("Password")).is_none());
    }
    for none in ["", "T", "S12", "Tzzzz", "x"] {
        assert_eq!(XcaPasswordHash::parse(none), None, "{none}");
    }
}

fn sha512(octets: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, octets).as_ref().to_vec()
}

/// The form of before 2.0, made by OpenSSL: `EVP_BytesToKey` with SHA-1 and the salt as vector.
#[test]
fn keys_of_before_release_2_open() {
    let folder = std::env::temp_dir().join(format!("chancery-xca-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (plain, sealed) = (folder.join("key.der"), folder.join("key.enc"));
    let run = |arguments: &[&str]| {
        let done = Command::new("openssl").args(arguments).current_dir(&folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    run(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-outform", "DER", "-out", "key.der"]);
    // -S gives the salt; without -p the file has "Salted__" and the salt in front, and the vector is derived: so both are given as XCA has them.
    let salt = "0123456789abcdef";
    let derived = {
        let first = sha1(&[b"Tr0ub4dor".as_slice(), &hex::decode(salt).unwrap()].concat());
        let second = sha1(&[first.as_slice(), b"Tr0ub4dor", &hex::decode(salt).unwrap()].concat());
        hex::encode([first, second].concat().get(..24).unwrap())
    };
    run(&["enc", "-des-ede3-cbc", "-K", &derived, "-iv", salt, "-in", "key.der", "-out", "key.enc"]);
    let blob = [hex::decode(salt).unwrap(), std::fs::read(&sealed).unwrap()].concat();
    assert!(std::fs::read(&plain).unwrap().starts_with(&[0x30]));
    std::fs::remove_dir_all(&folder).unwrap();
    let key = private_key(&blob, &XcaPassword::forms_of(&password("Tr0ub4dor"))).unwrap();
    assert_eq!(key.public_key().algorithm(), KeyAlgorithm::EcP256);
    assert_eq!(private_key(&blob, &XcaPassword::forms_of(&password("x"))).unwrap_err(), ObjectError::WrongPassword);
    assert!(matches!(private_key(b"123456789", &[]), Err(ObjectError::Malformed { .. })));
}

fn sha1(octets: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, octets).as_ref().to_vec()
}

#[test]
fn columns_are_read() {
    assert_eq!(moment("20261121015439Z"), Ok(Some(datetime!(2026-11-21 01:54:39 UTC))));
    assert_eq!(moment("99991231235959Z"), Ok(None));
    assert_eq!(moment(""), Ok(None));
    assert!(moment("2026").is_err() && moment("20261121015439").is_err());
    assert_eq!(der("*"), Err(ColumnError::NotBase64));
}

#[test]
fn templates_say_what_xca_shows() {
    let templates = templates();
    assert_eq!(templates.keys().collect::<Vec<_>>(), ["CA", "TLS_client", "TLS_server"]);
    let authority = &templates["CA"];
    assert_eq!((authority.authority, authority.lifetime), (Some(true), XcaLifetime::Years(10)));
    assert_eq!(authority.key_usages, KeyUsages::of(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign]));
    let server = &templates["TLS_server"];
    assert_eq!((server.authority, server.lifetime), (Some(false), XcaLifetime::Days(365)));
    assert_eq!(
        (server.subject_alt_names.as_str(), server.extended_key_usages.as_slice()),
        ("DNS:copycn", ["serverAuth".to_owned()].as_slice())
    );
    assert_eq!(server.netscape, BTreeMap::from([("nsCertType".into(), "2".into()), ("nsComment".into(), "xca certificate".into())]));
    assert!(server.unknown.is_empty() && server.subject.is_none());
}

#[test]
fn profiles_of_templates_are_taken() {
    for (name, template) in templates() {
        let profile = template.to_profile(&name);
        let checked = Profile::check(&profile.document, 1).unwrap();
        assert_eq!(checked.is_authority(), name == "CA");
        let left: Vec<&str> = profile.left_out.iter().map(|left| left.key.as_str()).collect();
        assert_eq!(left, ["nsCertType", "nsComment"], "{name}");
    }
    let server = templates().remove("TLS_server").unwrap().to_profile("TLS_server").document;
    assert_eq!((server.name.as_str(), server.validity.default_days, server.names.required), ("tls-server", 365, vec!["dns".to_owned()]));
    assert_eq!(server.extensions.key_usage, ["digitalSignature", "contentCommitment"]);
    assert_eq!(
        (server.extensions.key_usage_of_rsa, server.extensions.key_usage_of_ec),
        (vec!["keyEncipherment".to_owned()], vec!["keyAgreement".to_owned()])
    );
    assert_eq!(templates().remove("CA").unwrap().to_profile("CA").document.validity.default_days, 3653);
}

#[test]
fn what_no_profile_says_is_left_out() {
    let subject = DistinguishedName::parse("/C=DE/O=a\\/b/OU=x y/CN=www").unwrap();
    let template = XcaTemplate {
        subject: Some(subject),
        authority: Some(false),
        key_usages: KeyUsages::of(&[KeyUsage::KeyCertSign]),
        extended_key_usages: vec!["msSmartcardLogin".into(), "1.2.3.4".into(), "nonsense".into()],
        extended_key_usages_critical: true,
        subject_alt_names: "email:copy, DNS:fixed.example.test,otherName:msUPN;UTF8:a@b".into(),
        issuer_alt_names: "URI:http://example.test/,issuer:copy".into(),
        crl_addresses: "URI:http://example.test/crl".into(),
        path_length: "3".into(),
        further: "noCheck=ignored".into(),
        lifetime: XcaLifetime::Years(500),
        never_ends: true,
        must_staple: true,
        ..XcaTemplate::default()
    };
    let XcaProfile { document, left_out } = template.to_profile("Ünïcode  Name!");
    Profile::check(&document, 1).unwrap();
    assert_eq!((document.name.as_str(), document.subject.fixed.as_str()), ("n-code-name", "/C=DE/O=a\\/b/OU=x\\ y"));
    assert_eq!(document.names.fixed, ["dns:fixed.example.test", "upn:a@b"]);
    assert_eq!(document.extensions.extended_key_usage, ["smartcardLogon", "1.2.3.4"]);
    assert_eq!(document.extensions.issuer_alt_names, ["uri:http://example.test/"]);
    let left: Vec<String> = left_out.iter().map(|left| format!("{}={}", left.key, left.value)).collect();
    assert_eq!(
        left,
        [
            "subAltName=email:copy",
            "subject=/CN=www",
            "validN=182625",
            "keyUse=keyCertSign",
            "eKeyUse=nonsense",
            "issAltName=issuer:copy",
            "basicPath=3",
            "crlDist=URI:http://example.test/crl",
            "adv_ext=noCheck=ignored",
            "noWellDefinedExpDate=1",
        ]
    );
}

/// A template in the layout of before version 10.
fn older(version: u32) -> Vec<u8> {
    let mut blob = b"server\0".to_vec();
    blob.extend([1, 0, 0, 1, 0]);
    blob.extend(2_u32.to_be_bytes());
    if version > 5 {
        blob.extend(b"1\0");
    } else {
        blob.extend(1_u32.to_be_bytes());
    }
    for number in [2_u32, 1, 23] {
        blob.extend(number.to_be_bytes());
    }
    if version > 4 {
        blob.extend(b"serverAuth, msSGC\0");
    } else {
        blob.extend(0b1_0000_0001_u32.to_be_bytes());
    }
    blob.extend(2_u32.to_be_bytes());
    blob.extend("DNS:ü\0\0\0xca certificate\0\0\0\0\0\0\0".as_bytes());
    blob.extend(DistinguishedName::parse("/O=old").unwrap().as_der());
    blob.extend(b"\0\0\x01");
    if version > 2 {
        blob.extend(b"noCheck=ignored\0");
    }
    if version > 3 {
        blob.push(0);
    }
    blob
}

#[test]
fn templates_of_older_versions_are_read() {
    for version in 2..=9 {
        let template = XcaTemplate::read(&older(version), version).unwrap();
        assert_eq!((template.authority, template.path_length.as_str()), (Some(false), "1"), "{version}");
        assert_eq!(template.extended_key_usages, ["serverAuth", "msSGC"], "{version}");
        assert_eq!((template.lifetime, template.to_midnight), (XcaLifetime::Months(2), true), "{version}");
        assert_eq!(template.subject.unwrap().openssl(), "/O=old");
        assert_eq!(template.further.is_empty(), version == 2);
        assert_eq!(template.subject_alt_names, "DNS:ü");
        for cut in 0..older(version).len() {
            assert!(XcaTemplate::read(older(version).get(..cut).unwrap(), version).is_err());
        }
    }
    assert_eq!(XcaTemplate::read(&[older(9), vec![0]].concat(), 9), Err(TemplateError::Trailing { octets: 1 }));
}

#[test]
fn templates_in_files_are_read() {
    let blob = [[0x30, 0].as_slice(), &[0, 0, 0, 1], &[0, 0, 0, 26], &wide("internal_name"), &[0, 0, 0, 4], &wide("ab")].concat();
    let file = [u32::try_from(blob.len()).unwrap().to_be_bytes().as_slice(), &10_u32.to_be_bytes(), &blob].concat();
    let text = crate::encoding::pem::encode("XCA TEMPLATE", &file);
    assert_eq!(XcaTemplate::read_file(text.as_bytes()).unwrap().name.as_deref(), Some("ab"));
    assert_eq!(XcaTemplate::read_file(&file).unwrap().name.as_deref(), Some("ab"));
    assert_eq!(XcaTemplate::read_file(b"nothing of the kind"), Err(TemplateError::NoTemplate));
    let many = [[0x30, 0].as_slice(), &[0xff; 4]].concat();
    assert!(matches!(XcaTemplate::read(&many, 10), Err(TemplateError::TooMany { .. })));
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

proptest! {
    #[test]
    fn any_octets_are_survived(octets in proptest::collection::vec(any::<u8>(), 0..200), version in 0_u32..12) {
        let _ = XcaTemplate::read(&octets, version);
        let _ = XcaTemplate::read_file(&octets);
        let _ = private_key(&octets, &XcaPassword::forms_of(&password("x")));
    }

    #[test]
    fn every_profile_of_a_template_is_taken(
        ca in 0_u8..3, usages in 0_u16..512, lifetime in any::<u32>(), years in any::<bool>(), critical in any::<bool>(), title in ".{0,80}",
        purposes in proptest::collection::vec("[a-zA-Z]{3,12}|[0-9.]{3,12}|serverAuth|msSGC", 0..4),
        names in proptest::collection::vec("(DNS|IP|URI|email|RID|UPN|dirName):[ -~]{0,20}", 0..4),
        subject in "(/(O|OU|C|CN|DC)=[ -~]{1,12}){0,3}",
    ) {
        let template = XcaTemplate {
            subject: DistinguishedName::parse(&subject).ok(),
            authority: match ca { 0 => None, 1 => Some(true), _ => Some(false) },
            key_usages: KeyUsage::ALL.into_iter().enumerate().filter(|(bit, _)| usages >> bit & 1 == 1).fold(KeyUsages::default(), |set, (_, usage)| set.with(usage)),
            extended_key_usages: purposes,
            extended_key_usages_critical: critical,
            must_staple: critical,
            subject_alt_names: names.join(","),
            issuer_alt_names: names.join(","),
            lifetime: if years { XcaLifetime::Years(lifetime) } else { XcaLifetime::Months(lifetime) },
            ..XcaTemplate::default()
        };
        let profile = template.to_profile(&title);
        prop_assert!(Profile::check(&profile.document, 1).is_ok(), "{:?} {:?}", Profile::check(&profile.document, 1), profile);
    }
}
