#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]

use std::io::BufReader;

use proptest::prelude::*;

use super::*;

fn all(text: &[u8]) -> Vec<LdifValue> {
    let mut reader = LdifReader::new(BufReader::with_capacity(7, text));
    let mut found = Vec::new();
    while let Some(value) = reader.next_value().unwrap() {
        found.push(value);
    }
    assert_eq!(reader.position(), u64::try_from(text.len()).unwrap());
    found
}

#[test]
fn values_come_unfolded_from_both_line_ends() {
    let text = "version: 1\r\n# a comment\r\n that goes on\r\ndn: cn=one,\r\n c=DE\r\nobjectClass: top\r\nuserCertificate;binary:: AQ\r\n ID\r\n\r\n\
                dn:: Y249dHdv\ncACertificate: plain\ncertificateRevocationList;binary:: BAU=\nCscaMasterListData:: Bg==\npkdMasterListContent:: Bw==";
    let found = all(text.as_bytes());
    let read: Vec<_> = found.iter().map(|value| (value.entry.as_str(), value.line, value.value.clone().unwrap())).collect();
    assert_eq!(
        read,
        [
            ("cn=one,c=DE", 7, (LdifKind::Certificate, vec![1, 2, 3])),
            ("cn=two", 11, (LdifKind::Certificate, b"plain".to_vec())),
            ("cn=two", 12, (LdifKind::Crl, vec![4, 5])),
            ("cn=two", 13, (LdifKind::MasterList, vec![6])),
            ("cn=two", 14, (LdifKind::MasterList, vec![7])),
        ]
    );
}

#[test]
fn a_bad_entry_does_not_hide_the_next() {
    let text = "dn: cn=one\nuserCertificate;binary:: !!!\nnonsense\nuserCertificate;binary:< file:///etc/passwd\n\nuserCertificate:: AQ==\n\n\
                dn: cn=two\nchangetype: delete\nuserCertificate:: AQ==\n\ndn: cn=three\nchangetype: add\nuserCertificate:: AQ==\nuserCertificate::\n";
    let faults: Vec<_> = all(text.as_bytes()).into_iter().map(|value| value.value.map_err(|(fault, _)| fault)).collect();
    assert_eq!(
        faults,
        [
            Err(LdifFault::NotBase64),
            Err(LdifFault::NoColon),
            Err(LdifFault::Elsewhere),
            Err(LdifFault::NoName),
            Err(LdifFault::Change),
            Ok((LdifKind::Certificate, vec![1])),
        ]
    );
}

#[test]
fn a_value_without_end_is_refused_and_not_held() {
    let mut text = b"dn: cn=one\nuserCertificate:: ".to_vec();
    text.resize(LONGEST_VALUE + 100, b'A');
    text.extend_from_slice(b"\nuserCertificate:: AQ==\n");
    let found = all(&text);
    assert!(matches!(&found[0].value, Err((LdifFault::TooLong, kept)) if kept.len() == KEPT_OF_LONGER));
    assert_eq!(found[1].value, Ok((LdifKind::Certificate, vec![1])));
}

proptest! {
    #[test]
    fn what_is_written_is_read(octets in prop::collection::vec(any::<u8>(), 1..300), width in 1_usize..90, crlf: bool) {
        let end = if crlf { "\r\n" } else { "\n" };
        let line = format!("cACertificate;binary:: {}", STANDARD.encode(&octets));
        let folded: Vec<_> = line.as_bytes().chunks(width).map(|chunk| String::from_utf8(chunk.to_vec()).unwrap()).collect();
        let text = format!("dn: c=DE{end}{}{end}{end}", folded.join(&format!("{end} ")));
        let found = all(text.as_bytes());
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].value.clone(), Ok((LdifKind::Certificate, octets)));
    }

    #[test]
    fn nothing_panics(text in prop::collection::vec(any::<u8>(), 0..400)) {
        all(&text);
    }
}
