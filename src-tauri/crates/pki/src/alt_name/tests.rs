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
        "email:änn@a.test",
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
    for der in [&[0x82, 1, 0xe4][..], &[0x87, 3, 1, 2, 3], &[0xa3, 0], &[0xa0, 1, 0]] {
        let name = GeneralName::from_der(der).unwrap();
        assert_eq!((name.kind(), name.to_der().as_slice()), ("unreadable", der));
    }
    assert_eq!(GeneralName::from_der(&[0x82, 5, 1]), Err(AltNameError::Malformed));
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
