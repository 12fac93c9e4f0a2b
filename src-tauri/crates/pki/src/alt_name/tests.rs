#![expect(clippy::unwrap_used, reason = "tests fail loudly")]
use super::*;
use proptest::prelude::*;

#[test]
fn forms_with_and_without_a_prefix() {
    for (text, shown) in [
        ("www.Example.test", "dns:www.example.test"),
        ("DNS:*.example.test", "dns:*.example.test"),
        ("localhost", "dns:localhost"),
        ("example.test.", "dns:example.test"),
        ("bücher.example", "dns:xn--bcher-kva.example"),
        ("*.münchen.example", "dns:*.xn--mnchen-3ya.example"),
        ("10.0.0.1", "ip:10.0.0.1"),
        ("2001:DB8::1", "ip:2001:db8::1"),
        ("IP Address:::1", "ip:::1"),
        ("ann@bücher.example", "email:ann@xn--bcher-kva.example"),
        ("änn@bücher.example", "email:änn@xn--bcher-kva.example"),
        ("email:李@EXAMPLE.test", "email:李@example.test"),
        ("ldap:///CN=a,DC=test?certificateRevocationList", "uri:ldap:///CN=a,DC=test?certificateRevocationList"),
        ("spiffe://example.test/a", "uri:spiffe://example.test/a"),
        ("urn:uuid:1", "uri:urn:uuid:1"),
        ("upn:ann@corp.example", "upn:ann@corp.example"),
        ("dir:CN=a,O=b", "dir:CN=a,O=b"),
        ("rid:1.2.3", "rid:1.2.3"),
        ("other:1.2.3:#0500", "other:1.2.3:#0500"),
    ] {
        let name = GeneralName::parse(text).unwrap();
        assert_eq!(name.to_string(), shown);
        assert_eq!(GeneralName::parse(&name.to_string()).unwrap(), name);
        assert_eq!(GeneralName::from_der(&name.to_der()).unwrap(), name);
    }
}

#[test]
fn host_names_that_are_none() {
    for (text, problem) in [
        ("dns:a.*.test", HostNameProblem::Wildcard),
        ("dns:w*.test", HostNameProblem::Wildcard),
        ("dns:*.*.test", HostNameProblem::Wildcard),
        ("*", HostNameProblem::BareWildcard),
        ("*.", HostNameProblem::BareWildcard),
        ("dns:10.0.0.1", HostNameProblem::Address),
        ("dns:10.0.0.256", HostNameProblem::Rules),
        ("a..b", HostNameProblem::Rules),
        ("-a.test", HostNameProblem::Rules),
        ("a_b.test", HostNameProblem::Rules),
        ("a b.test", HostNameProblem::Rules),
        ("host:8443", HostNameProblem::Rules),
    ] {
        let given = text.strip_prefix("dns:").unwrap_or(text).to_owned();
        assert_eq!(GeneralName::parse(text), Err(AltNameError::NotAHostName { given, problem }), "{text}");
    }
    assert!(GeneralName::parse(&format!("{}.test", "a".repeat(63))).is_ok());
    assert!(GeneralName::parse(&format!("{}.test", "a".repeat(64))).is_err());
    assert!(GeneralName::parse(&["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".")).is_ok());
    assert!(GeneralName::parse(&["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(62)].join(".")).is_err());
}

#[test]
fn other_forms_that_are_none() {
    assert_eq!(GeneralName::parse(" "), Err(AltNameError::Empty));
    for text in [
        "ip:1.2.3",
        "email:Ann <ann@a.test>",
        "email:\u{feff}änn@a.test",
        "email:ä\u{a0}nn@a.test",
        "email:ä..b@c.test",
        "email:a..b@c.test",
        "email:a@*.test",
        "uri:/relative",
        "uri:http://",
        "uri:http://a b/",
        "upn:ann",
        "rid:1",
        "dir:x",
        "other:1.2.3",
    ] {
        assert!(GeneralName::parse(text).is_err(), "{text}");
    }
}

#[test]
fn odd_content_is_kept() {
    for der in [&[0x82, 1, 0xe4][..], &[0x87, 3, 1, 2, 3], &[0xa9, 0], &[0xa0, 1, 0]] {
        let name = GeneralName::from_der(der).unwrap();
        assert_eq!((name.kind(), name.to_der().as_slice()), ("unreadable", der));
    }
    for (der, shown) in [(&[0xa3, 2, 0x30, 0][..], "x400:#a3023000"), (&[0xa5, 0], "edi:#a500")] {
        let name = GeneralName::from_der(der).unwrap();
        assert_eq!((name.to_string().as_str(), name.to_der().as_slice(), name.is_writable()), (shown, der, false));
    }
    assert_eq!(GeneralName::from_der(&[0x82, 5, 1]), Err(AltNameError::Malformed));
}

#[test]
fn a_type_that_has_a_form_is_that_form() {
    let other =
        |oid: &str, text: &str| GeneralName::parse(&format!("other:{oid}:#{}", hex::encode(asn1::tlv(tag::UTF8_STRING, text.as_bytes()))));
    assert_eq!(other(oid::USER_PRINCIPAL_NAME, "ann@corp"), Ok(GeneralName::Upn("ann@corp".to_owned())));
    assert!(other(oid::USER_PRINCIPAL_NAME, "ann").is_err());
    assert_eq!(other(oid::SMTP_UTF8_MAILBOX, "änn@a.test"), Ok(GeneralName::SmtpUtf8("änn@a.test".to_owned())));
    for text in ["ann@a.test", "änn@A.test", "änn@bücher.test", "änn"] {
        assert!(other(oid::SMTP_UTF8_MAILBOX, text).is_err(), "{text}");
    }
}

/// The form of a mailbox follows from its local part (RFC 9598 3), not from who wrote it.
#[test]
fn mailboxes_in_two_forms() {
    let der = hex::decode(concat!("a022", "06082b06010505070809", "a016", "0c14", "c3a4", "6e6e40786e2d2d627563682d6b61632e7465")).unwrap();
    assert_eq!(GeneralName::from_der(&der).unwrap().to_string(), "email:änn@xn--buch-kac.te");
    assert!(GeneralName::SmtpUtf8("änn@a.test".to_owned()).is_writable());
    assert!(!GeneralName::SmtpUtf8("ann@a.test".to_owned()).is_writable());
    assert!(!GeneralName::SmtpUtf8("änn@A.test".to_owned()).is_writable());
    assert!(!GeneralName::Email("änn@a.test".to_owned()).is_writable());
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_back(tag in any::<u8>(), content in prop::collection::vec(any::<u8>(), 0..40)) {
        let der = asn1::tlv(tag, &content);
        if let Ok(name) = GeneralName::from_der(&der) {
            prop_assert_eq!(name.to_der(), der);
        }
    }

    #[test]
    fn whatever_is_parsed_is_named_again(text in "\\PC{0,40}") {
        if let Ok(name) = GeneralName::parse(&text) {
            prop_assert_eq!(GeneralName::parse(&name.to_string()).unwrap(), name);
        }
    }
}
