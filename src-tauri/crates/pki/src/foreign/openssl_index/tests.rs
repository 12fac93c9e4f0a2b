#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail loudly, and openssl judges"
)]

use std::{fs, process::Command};

use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::{
    certificate::tests::{certificate, data},
    revocation::RevocationReason,
};

const HEAD: &str = "271223015439Z";

fn revoked(field: &str) -> Result<IndexRevocation, IndexError> {
    let line = format!("R\t{HEAD}\t{field}\t01\tunknown\t/CN=x\n");
    IndexLine::read(line.as_bytes()).map(|line| line.unwrap().revocation.unwrap())
}

fn lines(path: &str) -> Vec<IndexLine> {
    let text = fs::read(data(path)).unwrap();
    IndexLines::new(text.as_slice()).map(|line| line.unwrap().1.unwrap()).collect()
}

#[test]
fn what_openssl_wrote_is_read_and_written_again() {
    for path in ["openssl-ca/issuing/index.txt", "openssl-ca/root/index.txt", "easyrsa/index.txt"] {
        let written: String = lines(path).iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(written, fs::read_to_string(data(path)).unwrap(), "{path}");
    }
    let issuing = lines("openssl-ca/issuing/index.txt");
    let reasons: Vec<_> = issuing.iter().filter_map(|line| line.revocation.as_ref()).map(|found| found.reason.clone()).collect();
    assert_eq!(
        reasons,
        [
            IndexReason::Stated(RevocationReason::Superseded),
            IndexReason::KeyCompromisedSince(datetime!(2026-10-15 12:00 UTC)),
            IndexReason::HoldInstruction("1.2.840.10040.2.3".to_owned()),
            IndexReason::Unstated,
        ]
    );
    assert_eq!(issuing.iter().filter(|line| line.status == IndexStatus::Expired).count(), 1);
}

#[test]
fn lines_are_those_of_the_certificates() {
    for (index, folder) in
        [("openssl-ca/issuing/index.txt", "openssl-ca/issuing/newcerts"), ("easyrsa/index.txt", "easyrsa/certs_by_serial")]
    {
        for line in lines(index) {
            let file = format!("{folder}/{}.pem", super::super::openssl_number::serial_digits(&line.serial));
            if !data(&file).exists() {
                continue;
            }
            let certificate = certificate(&file);
            assert_eq!(line.subject, one_line(certificate.subject()), "{file}");
            assert_eq!((&line.serial, line.expires), (certificate.serial(), certificate.validity().not_after()), "{file}");
            let name = line.name().unwrap();
            assert!(name.matches(certificate.subject()), "{file}: {name}");
        }
    }
    assert!(lines("easyrsa/index.txt")[0].readable_subject().contains("/L=Nürnberg/O=Müller & Söhne/"));
}

/// Values with everything that is escaped; OpenSSL shows the subject in the form of its index.
#[test]
fn names_are_written_as_openssl_does() {
    let folder = std::env::temp_dir().join(format!("chancery-one-line-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (key, file) = (folder.join("key.pem"), folder.join("certificate.pem"));
    let subject = "/O=a\\/b\\\\c\\+d/OU=x=y,z+CN=tab\té\"#/street=Weg 1/title=T/SN=s/telephoneNumber=12/UID=u/description=#x/GN= g";
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8", "-days", "3", "-subj", subject])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let shown = Command::new("openssl").args(["x509", "-noout", "-subject", "-nameopt", "compat", "-in"]).arg(&file).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let pem = fs::read(&file).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let block = crate::encoding::pem::blocks(&pem).remove(0);
    let certificate = crate::Certificate::from_der(&block.body.unwrap()).unwrap();
    let written = one_line(certificate.subject());
    assert_eq!(format!("subject={written}"), shown.trim_end());
    let line = IndexLine::new(certificate.subject(), certificate.serial().clone(), certificate.validity().not_after(), None);
    assert!(line.name().unwrap().matches(certificate.subject()), "{written}");
}

#[test]
fn every_form_of_revocation() {
    let at = datetime!(2026-11-21 01:54:39 UTC);
    let since = datetime!(2026-10-15 12:00 UTC);
    for (text, reason) in [
        ("261121015439Z", IndexReason::Unstated),
        ("20261121015439Z", IndexReason::Unstated),
        ("261121015439Z,unspecified", IndexReason::Stated(RevocationReason::Unspecified)),
        ("261121015439Z,CACompromise", IndexReason::Stated(RevocationReason::CaCompromise)),
        ("261121015439Z,certificateHold", IndexReason::Stated(RevocationReason::CertificateHold)),
        ("261121015439Z,removeFromCRL", IndexReason::Stated(RevocationReason::RemoveFromCrl)),
        ("261121015439Z,KEYCOMPROMISE", IndexReason::Stated(RevocationReason::KeyCompromise)),
        ("261121015439Z,holdInstruction,holdInstructionNone", IndexReason::HoldInstruction("1.2.840.10040.2.1".to_owned())),
        ("261121015439Z,holdInstruction,1.2.3.4", IndexReason::HoldInstruction("1.2.3.4".to_owned())),
        ("261121015439Z,keyTime,20261015120000Z", IndexReason::KeyCompromisedSince(since)),
        ("261121015439Z,CAkeyTime,20261015120000Z", IndexReason::CaCompromisedSince(since)),
    ] {
        assert_eq!(revoked(text), Ok(IndexRevocation { revoked_at: at, reason }), "{text}");
    }
    assert_eq!(revoked("261121015439Z,because"), Err(IndexError::Reason { found: "because".to_owned() }));
    assert_eq!(revoked("yesterday"), Err(IndexError::Time { found: "yesterday".to_owned() }));
    for (word, text) in [("keyTime", "261121015439Z,keyTime"), ("holdInstruction", "261121015439Z,holdInstruction,later")] {
        assert!(matches!(revoked(text), Err(IndexError::Argument { reason, .. }) if reason == word), "{text}");
    }
}

#[test]
fn what_cannot_be_said_is_named() {
    use RevocationReason::{CaCompromise, CertificateHold, PrivilegeWithdrawn, Superseded};
    let since = datetime!(2026-10-15 12:00 UTC);
    assert_eq!(IndexReason::of(Some(CaCompromise), Some(since), None), (IndexReason::CaCompromisedSince(since), vec![]));
    assert_eq!(
        IndexReason::of(Some(Superseded), Some(since), None),
        (IndexReason::Stated(Superseded), vec![LostDetail::InvalidityDate(since)])
    );
    assert_eq!(
        IndexReason::of(Some(PrivilegeWithdrawn), None, None),
        (IndexReason::Unstated, vec![LostDetail::Reason(PrivilegeWithdrawn)])
    );
    assert_eq!(
        IndexReason::of(Some(CertificateHold), None, Some("later")),
        (IndexReason::Stated(CertificateHold), vec![LostDetail::HoldInstruction("later".to_owned())])
    );
    assert_eq!(IndexReason::of(None, None, None), (IndexReason::Unstated, vec![]));
}

#[test]
fn lines_that_are_wrong_are_told_with_their_number() {
    let long = "x".repeat(2 * LONGEST_LINE);
    let text = format!(
        "# comment\n\nV\t{HEAD}\t\t01\tunknown\t/CN=a\r\nV\t{HEAD}\t01\nX\t{HEAD}\t\t01\tu\t/CN=a\n{long}\nR\t{HEAD}\t\t01\tu\t/CN=a\nV\t{HEAD}\t{HEAD}\t01\tu\t/CN=a\nV\tx\t\t01\tu\t/CN=a\nV\t{HEAD}\t\tzz\tu\t/CN=a\nE\t{HEAD}\t\t02\tu\t/CN=tab\\\tx"
    );
    let read: Vec<_> = IndexLines::new(text.as_bytes()).map(|line| line.unwrap()).collect();
    let numbers: Vec<u64> = read.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let codes: Vec<_> = read.iter().map(|(_, line)| line.as_ref().map_or_else(IndexError::code, |_| "")).collect();
    assert_eq!(
        codes,
        [
            "",
            "index_fields",
            "index_status",
            "index_too_long",
            "index_no_revocation",
            "index_contradiction",
            "index_time",
            "index_serial",
            ""
        ]
    );
    let last = read[8].1.as_ref().unwrap();
    assert_eq!((last.subject.as_str(), last.status), ("/CN=tab\tx", IndexStatus::Expired));
    assert!(last.to_string().ends_with("/CN=tab\\\tx"));
}

proptest! {
    #[test]
    fn any_line_is_survived_and_one_that_is_read_is_written_again(line in "[VRE]\t[0-9]{10,14}Z\t([0-9]{12}Z(,[a-zA-Z]{3,12}(,[0-9.]{3,14}Z?)?)?)?\t[0-9A-F]{1,8}\t[^\t\r\n\\\\]{0,9}\t[^\t\r\n]{0,30}") {
        if let Ok(Some(read)) = IndexLine::read(line.as_bytes()) {
            let again = IndexLine::read(read.to_string().as_bytes()).unwrap().unwrap();
            prop_assert_eq!(&again, &read);
            let _ = (read.name(), read.readable_subject());
        }
    }

    #[test]
    fn any_octets_are_survived(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        for line in IndexLines::new(octets.as_slice()) {
            if let (_, Ok(line)) = line.unwrap() {
                let _ = (line.name(), line.readable_subject());
            }
        }
    }

    #[test]
    fn names_come_back(values in proptest::collection::vec("[ -~äöü€\u{1F511}]{1,20}", 1..4)) {
        let text: String = values.iter().map(|value| format!("/O={}", crate::foreign::written_value(value))).collect();
        let name = DistinguishedName::parse(&text).unwrap();
        let line = IndexLine::new(&name, SerialNumber::from_hex("1").unwrap(), datetime!(2030-01-01 0:00 UTC), None);
        // A backslash is not escaped by OpenSSL: behind it, a sign cannot be told from an escape.
        if !text.contains("\\\\") {
            prop_assert_eq!(line.name(), Some(name));
        }
    }
}

#[test]
fn a_subject_that_is_empty_is_its_serial_number() {
    let serial = SerialNumber::from_hex("0a").unwrap();
    let line = IndexLine::new(&DistinguishedName::empty(), serial, datetime!(2051-01-01 0:00 UTC), None);
    assert_eq!(line.to_string(), "V\t20510101000000Z\t\t0A\tunknown\t0A");
    assert_eq!(line.name(), None);
    match IndexLine::read(line.to_string().as_bytes()) {
        Ok(Some(read)) => assert_eq!(read, line),
        other => panic!("{other:?}"),
    }
}
