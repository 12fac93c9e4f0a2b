//! Everything that reads what others wrote, each as one function of octets: what the fuzzers of `tests/fuzz` and the suite `readers` call.
//! Nothing of it may panic, take long or take much memory, whatever the octets.

use pki::chain::{VerifyInput, explain};
use pki::cms::SignedContent;
use pki::constraints::GeneralSubtree;
use pki::crl::{CrlWalk, differences};
use pki::encoding::{Object, ObjectError, asn1_rows, pem, recognise};
use pki::foreign::openssl_index::{IndexLine, IndexLines};
use pki::foreign::xca::XcaTemplate;
use pki::icao::{Context, Role, country, list_signer};
use pki::ldif::LdifReader;
use pki::master_list::{ListElement, MasterList};
use pki::validity::{Validity, time_from_der};
use pki::{Certificate, Crl, DistinguishedName, GeneralName, Profile, SigningRequest};
use time::macros::datetime;

/// Reads octets; tells whether they were what it reads.
pub type Read = fn(&[u8]) -> bool;

/// Each reader with the name of its fuzzer.
pub const READERS: &[(&str, Read)] = &[
    ("certificate", certificate),
    ("request", request),
    ("crl", crl),
    ("crl_walk", crl_walk),
    ("cms", cms),
    ("master_list", master_list),
    ("ldif", ldif),
    ("pem", pem_text),
    ("pkcs7", pkcs7),
    ("pkcs12", pkcs12),
    ("name", name),
    ("time", moment),
    ("profile", profile),
    ("path", path),
    ("csv", table),
    ("java_store", java_store),
    ("archive", archive),
    ("openssh", openssh),
    ("index", index),
    ("template", template),
];

/// A certificate, with everything that is shown of it.
pub fn certificate(octets: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(octets) else { return false };
    assert_eq!(certificate.der(), octets);
    shown(&certificate);
    assert_eq!(pem::blocks(certificate.pem().as_bytes()).len(), 1);
    asn1_rows(octets);
    true
}

fn shown(certificate: &Certificate) {
    for extension in certificate.describe_extensions() {
        for statement in &extension.statements {
            assert!(!statement.code.is_empty());
        }
    }
    for extension in certificate.extensions() {
        let _ = extension.check();
        let _ = extension.value().encoded();
    }
    named(certificate.subject());
    named(certificate.issuer());
    for name in certificate.names() {
        let _ = (name.to_string(), name.to_der());
    }
    if let Some(constraints) = certificate.name_constraints() {
        let _ = constraints.permits_all(certificate.subject(), certificate.names());
        let _ = constraints.to_der();
    }
    let _ = (certificate.display_name(), certificate.key_id_for_children(), certificate.addresses(), certificate.is_authority());
    let _ = (certificate.serial().to_string(), certificate.public_key().algorithm().label(), certificate.validity().seconds());
}

fn named(name: &DistinguishedName) {
    assert!(name.matches(name));
    let _ = (name.rfc4514(), name.openssl(), name.common_name());
}

/// A signing request.
pub fn request(octets: &[u8]) -> bool {
    let Ok(request) = SigningRequest::from_der(octets) else { return false };
    assert_eq!(request.der(), octets);
    named(request.subject());
    let _ = (request.names().len(), request.attributes().len(), request.weakness(), request.pem());
    true
}

/// A list of revocations, every entry of it.
pub fn crl(octets: &[u8]) -> bool {
    let Ok(crl) = Crl::from_der(octets) else { return false };
    assert_eq!([crl.header_der(), crl.entries_der(), crl.trailer_der()].concat(), octets);
    for entry in crl.entries() {
        let Ok(entry) = entry else { break };
        if let Ok(serial) = entry.serial() {
            let _ = crl.find(&serial);
            break;
        }
    }
    for entry in crl.entries().flatten() {
        let _ = (entry.reason(), entry.invalidity_date(), entry.hold_instruction(), entry.to_revoked());
    }
    named(crl.issuer());
    let _ = (crl.idp_urls(), crl.number(), crl.pem());
    true
}

/// A list of revocations as it passes, beside the reader that holds it: what the strict one takes the other takes too, and both say the same.
pub fn crl_walk(octets: &[u8]) -> bool {
    let Ok(mut walk) = CrlWalk::open(octets) else { return false };
    let mut entries = Vec::new();
    loop {
        match walk.next_entry() {
            Ok(Some(entry)) => {
                let at = usize::try_from(entry.offset).expect("an offset");
                assert!(octets.first() != Some(&0x30) || octets.get(at..).is_some_and(|rest| rest.starts_with(entry.der)));
                entries.extend_from_slice(entry.der);
            }
            Ok(None) => break,
            Err(_) => return false,
        }
    }
    let Ok(summary) = walk.finish() else { return false };
    named(summary.issuer());
    if octets.first() == Some(&0x30) {
        let crl = Crl::from_der(octets).expect("the lenient reader takes what the strict one takes");
        assert_eq!(crl.entries_der(), entries);
        assert_eq!(summary.entry_count(), u64::try_from(crl.entry_count()).expect("a count"));
        assert_eq!((summary.sha256(), summary.number(), summary.next_update()), (crl.sha256(), crl.number(), crl.next_update()));
        assert_eq!((summary.idp_der(), summary.base_number()), (crl.idp_der(), crl.base_number()));
    }
    if let (Ok(mut from), Ok(mut to)) = (CrlWalk::open(octets), CrlWalk::open(octets)) {
        let counts = differences(&mut from, &mut to, |_| {}).expect("it was read before");
        assert_eq!((counts.added, counts.removed), (0, 0));
    }
    true
}

/// Signed content, every signature checked by every certificate that comes along.
pub fn cms(octets: &[u8]) -> bool {
    let Ok(signed) = SignedContent::read(octets) else { return false };
    for signer in &signed.signers {
        for certificate in signed.certificates.iter().filter(|certificate| signer.id.names(certificate)).take(2) {
            let _ = signed.check(signer, certificate.public_key());
        }
    }
    let _ = list_signer(&signed, &signed.certificates, datetime!(2026-11-22 12:00 UTC));
    master_list(&signed.content);
    true
}

/// A master list, every certificate of it.
pub fn master_list(octets: &[u8]) -> bool {
    let Ok(list) = MasterList::open(octets) else { return false };
    let mut length = 0;
    for element in list {
        length += match element {
            ListElement::Element(der) => {
                if let Ok(certificate) = Certificate::from_der(der) {
                    let _ = (Role::of(&certificate, Context::TravelDocuments), country(certificate.subject()));
                }
                der.len()
            }
            ListElement::Broken(rest) => rest.len(),
        };
    }
    assert!(length <= octets.len());
    true
}

/// A directory, value by value.
pub fn ldif(octets: &[u8]) -> bool {
    let mut reader = LdifReader::new(octets);
    let mut found = false;
    while let Some(value) = reader.next_value().expect("octets in memory can be read") {
        found |= value.value.is_ok();
    }
    assert_eq!(usize::try_from(reader.position()), Ok(octets.len()));
    found
}

/// Text with PEM in it.
pub fn pem_text(octets: &[u8]) -> bool {
    if pem::blocks(octets).is_empty() {
        return false;
    }
    recognise(octets, &[]).known
}

/// PKCS#7, in DER or BER.
pub fn pkcs7(octets: &[u8]) -> bool {
    let found = recognise(octets, &[]);
    found.found.iter().any(|item| matches!(item.object, Ok(Object::Certificate(_) | Object::Crl(_))))
        && Certificate::from_der(octets).is_err()
}

/// PKCS#12 and keys, without a password: what a password costs is asked before it is paid.
pub fn pkcs12(octets: &[u8]) -> bool {
    let found = recognise(octets, &[]);
    found.found.iter().any(|item| matches!(item.object, Ok(Object::PrivateKey(_)) | Err(ObjectError::PasswordNeeded)))
}

/// Key stores of Java's own, without a password.
pub fn java_store(octets: &[u8]) -> bool {
    (octets.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) || octets.starts_with(&[0xce, 0xce, 0xce, 0xce])) && something_known(octets)
}

/// ZIP archives of anything.
pub fn archive(octets: &[u8]) -> bool {
    octets.starts_with(b"PK") && something_known(octets)
}

/// Private keys of OpenSSH, in PEM or bare, without a password.
pub fn openssh(octets: &[u8]) -> bool {
    let text =
        if octets.starts_with(b"openssh-key-v1\0") { pem::encode("OPENSSH PRIVATE KEY", octets).into_bytes() } else { octets.to_vec() };
    pem::blocks(&text).iter().any(|block| block.label == "OPENSSH PRIVATE KEY") && something_known(&text)
}

/// Whether there is an object, or one behind a password.
fn something_known(octets: &[u8]) -> bool {
    recognise(octets, &[]).found.iter().any(|item| matches!(item.object, Ok(_) | Err(ObjectError::PasswordNeeded)))
}

/// The index of an OpenSSL folder: what is read is written again.
pub fn index(octets: &[u8]) -> bool {
    let mut lines = 0_usize;
    for line in IndexLines::new(octets) {
        let (number, read) = line.expect("octets in memory");
        assert!(number > 0);
        let Ok(read) = read else { continue };
        let written = read.to_string();
        // What would break a line is written as a space; all else comes back.
        let again = IndexLine::read(written.as_bytes()).ok().flatten().unwrap_or_else(|| panic!("{written:?} is not read"));
        assert_eq!(again.to_string(), written, "written once, it stays");
        let bare = |text: &str| text.replace(char::is_control, " ");
        assert_eq!((bare(&again.subject), bare(&again.file)), (bare(&read.subject), bare(&read.file)), "{written:?}");
        assert_eq!((&again.serial, again.expires, &again.status), (&read.serial, read.expires, &read.status), "{written:?}");
        assert_eq!(again.revocation, read.revocation, "{written:?}");
        let _ = (read.name(), read.readable_subject());
        lines += 1;
    }
    lines > 0
}

/// Templates of XCA, in files and as blobs of every version, with the profile that each becomes.
pub fn template(octets: &[u8]) -> bool {
    let read = XcaTemplate::read_file(octets)
        .into_iter()
        .chain([2, 4, 9, 10].into_iter().filter_map(|version| XcaTemplate::read(octets, version).ok()));
    let profiles: Vec<_> = read.map(|template| template.to_profile(template.name.as_deref().unwrap_or("template"))).collect();
    for profile in &profiles {
        assert!(Profile::check(&profile.document, 1).is_ok(), "{profile:?}");
    }
    !profiles.is_empty()
}

/// Names, as text and as DER.
pub fn name(octets: &[u8]) -> bool {
    let mut taken = GeneralName::from_der(octets).is_ok();
    if let Ok(name) = DistinguishedName::from_der(octets) {
        named(&name);
        taken = true;
    }
    let Ok(text) = std::str::from_utf8(octets) else { return taken };
    if let Ok(name) = DistinguishedName::parse(text) {
        named(&name);
        taken = true;
    }
    if let Ok(name) = GeneralName::parse(text) {
        assert!(GeneralName::from_der(&name.to_der()).is_ok(), "{text:?}");
        taken = true;
    }
    let _ = GeneralSubtree::parse(text).map(|subtree| subtree.to_string());
    taken
}

/// Times of certificates.
pub fn moment(octets: &[u8]) -> bool {
    let _ = Validity::from_der(octets).map(|validity| validity.to_der());
    time_from_der(octets).map(pki::validity::time_to_der).is_ok()
}

/// Profiles, as they stand in files.
pub fn profile(octets: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(octets) else { return false };
    let Ok(profile) = Profile::from_toml(text, 1) else { return false };
    let written = profile.to_toml().expect("a profile that was read can be written");
    assert_eq!(Profile::from_toml(&written, 1).map(|profile| profile.document()).ok(), Some(profile.document()));
    true
}

/// Certificates and lists one after another, verified with each other: the first against the last.
pub fn path(octets: &[u8]) -> bool {
    let (mut certificates, mut crls) = (Vec::new(), Vec::new());
    let mut rest = octets;
    while let Some(length) = element(rest).filter(|_| certificates.len() + crls.len() < 12) {
        let (object, behind) = rest.split_at(length);
        if let Ok(certificate) = Certificate::from_der(object) {
            certificates.push(certificate);
        } else if let Ok(crl) = Crl::from_der(object) {
            crls.push(crl);
        }
        rest = behind;
    }
    let [first, untrusted @ .., last] = certificates.as_slice() else { return false };
    let trusted = std::slice::from_ref(last);
    let input =
        VerifyInput { untrusted, trusted, crls: &crls, host: Some("a.test"), ..VerifyInput::new(first, datetime!(2026-11-22 12:00 UTC)) };
    let explanation = explain(&input);
    assert!(!explanation.best.trusted || explanation.best.path.last() == Some(last) || first == last);
    true
}

/// Tables of certificates to be issued, as spreadsheets write them.
pub fn table(octets: &[u8]) -> bool {
    // A row is a line at least.
    authority::issue_many::rows_of_csv(octets).is_some_and(|rows| rows <= octets.len())
}

/// How long the first element is, header and all.
fn element(octets: &[u8]) -> Option<usize> {
    let (length, header) = match octets.get(1)? {
        short @ 0..=0x7f => (usize::from(*short), 2),
        0x81 => (usize::from(*octets.get(2)?), 3),
        0x82 => (usize::from(u16::from_be_bytes([*octets.get(2)?, *octets.get(3)?])), 4),
        _ => return None,
    };
    Some(header + length).filter(|whole| *whole <= octets.len())
}
