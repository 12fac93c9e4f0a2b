#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail loudly")]

use std::{fs, path::PathBuf};

use super::*;
use crate::usage::KeyUsage;

pub(crate) fn data(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data").join(path)
}

pub(crate) fn certificate(path: &str) -> Certificate {
    let text = fs::read(data(path)).unwrap();
    let block = pem::blocks(&text).into_iter().find(|block| block.label == "CERTIFICATE").unwrap();
    Certificate::from_der(&block.body.unwrap()).unwrap()
}

#[test]
fn an_intermediate_of_openssl_is_read() {
    let ca = certificate("openssl-ca/issuing/ca.crt");
    let root = certificate("openssl-ca/root/ca.crt");
    assert_eq!(ca.subject().openssl(), "/DC=test/DC=acme/OU=PKI+O=acme/CN=acme Issuing CA 1");
    assert_eq!(ca.issuer(), root.subject());
    assert_eq!(ca.display_name(), "acme Issuing CA 1");
    assert_eq!(ca.version(), 3);
    assert!(ca.is_authority());
    assert_eq!(ca.path_length(), Some(0));
    assert_eq!(ca.key_usages(), Some(KeyUsages::of(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign])));
    assert_eq!(ca.authority_key_id(), root.subject_key_id());
    assert_eq!(ca.subject_key_id().unwrap(), ca.public_key().key_id());
    assert_eq!(ca.addresses().crl_urls, ["http://crl.acme.test/root.crl"]);
    assert_eq!(ca.signed_by(root.public_key()), SignatureVerdict::Valid);
    assert_eq!(ca.signed_by(ca.public_key()), SignatureVerdict::Invalid);
    assert_eq!(root.signed_by(root.public_key()), SignatureVerdict::Valid);
    assert!(root.is_self_issued() && !ca.is_self_issued());
    assert_eq!(ca.inner_signature_algorithm_der(), ca.signature_algorithm_der());
}

#[test]
fn what_was_read_is_taken_over_only_from_the_same_octets() {
    let (ca, leaf) = (certificate("openssl-ca/issuing/ca.crt"), certificate("openssl-ca/issuing/www.crt"));
    let again = Certificate::from_der_beside(&leaf, leaf.der()).unwrap();
    assert!(Arc::ptr_eq(&again.0.body, &leaf.0.body));
    let other = Certificate::from_der_beside(&ca, leaf.der()).unwrap();
    assert_eq!((other.serial(), other.names(), other.signature()), (leaf.serial(), leaf.names(), leaf.signature()));
    let mut broken = leaf.der().to_vec();
    broken.push(0);
    assert_eq!(Certificate::from_der_beside(&leaf, &broken).unwrap_err(), CertificateError::Trailing { octets: 1 });
}

#[test]
fn a_leaf_of_openssl_is_described() {
    let leaf = certificate("openssl-ca/issuing/www.crt");
    assert!(!leaf.is_authority());
    assert_eq!(leaf.extended_key_usages().unwrap(), ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    let views = leaf.describe_extensions();
    let codes = |name: &str| {
        let view = views.iter().find(|view| view.name == name).unwrap();
        view.statements.iter().map(|statement| statement.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("basicConstraints"), ["no-authority"]);
    assert_eq!(codes("extKeyUsage"), ["purpose", "purpose"]);
    assert_eq!(codes("cRLDistributionPoints"), ["crl-at"]);
    assert_eq!(codes("keyUsage"), ["usage"]);
}

/// Serial, names, times, key and extensions as a reader that shares no code with ours finds them.
#[test]
fn another_reader_finds_the_same() {
    use x509_parser::prelude::{FromDer, X509Certificate};
    for path in
        ["openssl-ca/issuing/ca.crt", "openssl-ca/issuing/www.crt", "easyrsa/ca.crt", "easyrsa/issued/alice.crt", "hostile/bidi.pem"]
    {
        let ours = certificate(path);
        let (rest, theirs) = X509Certificate::from_der(ours.der()).unwrap();
        assert!(rest.is_empty());
        assert_eq!(ours.serial().content_octets(), theirs.raw_serial(), "{path}");
        assert_eq!(ours.subject().as_der(), theirs.subject().as_raw());
        assert_eq!(ours.issuer().as_der(), theirs.issuer().as_raw());
        assert_eq!(ours.validity().not_before(), theirs.validity().not_before.to_datetime());
        assert_eq!(ours.validity().not_after(), theirs.validity().not_after.to_datetime());
        assert_eq!(ours.public_key().spki_der(), theirs.public_key().raw);
        assert_eq!(ours.tbs_der(), theirs.tbs_certificate.as_ref());
        assert_eq!(ours.is_authority(), theirs.is_ca());
        let extensions: Vec<_> =
            theirs.extensions().iter().map(|found| (found.oid.to_id_string(), found.critical, found.value.to_vec())).collect();
        let found: Vec<_> = ours.extensions().iter().map(|found| (found.oid.clone(), found.critical, found.der.clone())).collect();
        assert_eq!(found, extensions);
    }
}

#[test]
fn every_hostile_certificate_is_read_and_kept() {
    let mut count = 0;
    for entry in fs::read_dir(data("hostile")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "pem") {
            let text = fs::read(&path).unwrap();
            let der = pem::blocks(&text).into_iter().next().unwrap().body.unwrap();
            let certificate = Certificate::from_der(&der).unwrap();
            assert_eq!(certificate.der(), der.as_slice());
            assert!(!certificate.describe_extensions().is_empty() || certificate.extensions().is_empty());
            assert!(!certificate.display_name().is_empty());
            count += 1;
        }
    }
    assert_eq!(count, 12);
}

#[test]
fn every_root_of_this_machine_is_read_and_kept() {
    let Ok(folder) = fs::read_dir("/etc/ssl/certs") else { return };
    for path in folder.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|extension| extension == "pem")) {
        for block in pem::blocks(&fs::read(&path).unwrap()) {
            let der = block.body.unwrap();
            let certificate = Certificate::from_der(&der).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(certificate.der(), der.as_slice());
            assert!(certificate.unreadable_extensions().is_empty(), "{}: {:?}", path.display(), certificate.unreadable_extensions());
            assert!(
                certificate.describe_extensions().iter().all(|view| view.statements.first().is_some_and(|said| said.code != "unreadable"))
            );
            // Trustwave's key usages end with zero bits, which DER leaves out (X.690 11.2.2).
            let in_der = |extension: &&Extension| extension.oid != crate::oid::KEY_USAGE || !extension.der.ends_with(&[0]);
            for extension in certificate.extensions().iter().filter(in_der) {
                assert_eq!(
                    hex::encode(extension.value().encoded()),
                    hex::encode(&extension.der),
                    "{}: {}",
                    path.display(),
                    extension.name()
                );
            }
            assert!(
                !matches!(certificate.signed_by(certificate.public_key()), SignatureVerdict::Invalid),
                "{} does not verify itself",
                path.display()
            );
        }
    }
}

/// A certificate put together by hand, with a signature that nobody made.
fn odd(serial: &[u8], version: &[u8], extensions: &[u8]) -> Vec<u8> {
    let name = [0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x03, 0x14, 0x04, b'c', b'a', b'f', 0xe9];
    let algorithm = crate::asn1::sequence(&[&crate::asn1::oid("1.2.3.4").unwrap()]);
    let time = crate::asn1::tlv(tag::UTC_TIME, b"2601010000Z");
    let spki = crate::asn1::sequence(&[&algorithm, &crate::asn1::bit_string(&[1, 2, 3])]);
    let tbs = crate::asn1::sequence(&[
        version,
        &crate::asn1::tlv(tag::INTEGER, serial),
        &algorithm,
        &name,
        &crate::asn1::sequence(&[&time, &time]),
        &name,
        &spki,
        extensions,
    ]);
    crate::asn1::sequence(&[&tbs, &algorithm, &crate::asn1::bit_string(&[9])])
}

#[test]
fn what_breaks_the_rules_is_kept() {
    let der = odd(&[0xff, 0x80, 0x01], &[], &[]);
    let certificate = Certificate::from_der(&der).unwrap();
    assert_eq!(certificate.der(), der);
    assert_eq!(certificate.version(), 1);
    assert_eq!(certificate.serial().content_octets(), [0xff, 0x80, 0x01]);
    assert_eq!(certificate.display_name(), "café");
    assert!(matches!(certificate.signed_by(certificate.public_key()), SignatureVerdict::CannotCheck(_)));
    assert!(certificate.is_authority(), "a self-issued certificate of version 1 cannot say it");
}

#[test]
fn a_damaged_extension_degrades() {
    let broken = crate::asn1::sequence(&[
        &crate::asn1::oid(crate::oid::BASIC_CONSTRAINTS).unwrap(),
        &[1, 1, 1],
        &crate::asn1::tlv(tag::OCTET_STRING, &[0x30, 9]),
    ]);
    let extensions = crate::asn1::tlv(0xa3, &crate::asn1::sequence(&[&broken]));
    let certificate = Certificate::from_der(&odd(&[1], &[0xa0, 3, 2, 1, 2], &extensions)).unwrap();
    assert_eq!(certificate.unreadable_extensions(), [crate::oid::BASIC_CONSTRAINTS]);
    assert!(!certificate.is_authority());
    let view = &certificate.describe_extensions()[0];
    assert!(view.critical);
    assert_eq!(view.statements.iter().map(|statement| statement.code).collect::<Vec<_>>(), ["unreadable", "octets"]);
}

#[test]
fn what_is_no_certificate_is_refused() {
    let der = certificate("easyrsa/ca.crt").der().to_vec();
    let longer = [der.as_slice(), &[0]].concat();
    assert_eq!(Certificate::from_der(&longer), Err(CertificateError::Trailing { octets: 1 }));
    assert_eq!(Certificate::from_der(&[]), Err(CertificateError::Malformed { field: "certificate" }));
    for length in 0..der.len() {
        assert!(Certificate::from_der(&der[..length]).is_err());
    }
    assert!(Certificate::from_der(b"\x30\x03\x02\x01\x05").is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(512))]
    #[test]
    fn flipped_octets_never_panic(position in 0_usize..1200, value: u8) {
        let mut der = certificate("openssl-ca/issuing/www.crt").der().to_vec();
        let length = der.len();
        der[position % length] = value;
        if let Ok(read) = Certificate::from_der(&der) {
            assert_eq!(read.der(), der);
            read.describe_extensions();
            read.display_name();
        }
    }
}
