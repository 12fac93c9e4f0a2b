#![expect(clippy::unwrap_used, reason = "tests fail loudly")]
use super::*;

fn permits(permitted: &[&str], excluded: &[&str], name: &str) -> bool {
    let constraints = NameConstraints::parse(permitted, excluded).unwrap();
    assert_eq!(NameConstraints::from_der(&constraints.to_der()).unwrap(), constraints);
    constraints.permits(&GeneralName::parse(name).unwrap()).is_ok()
}

#[test]
fn permitted_subtrees() {
    for (constraint, name, expected) in [
        ("dns:example.test", "dns:example.test", true),
        ("dns:example.test", "dns:a.b.example.test", true),
        ("dns:example.test", "dns:notexample.test", false),
        ("dns:.example.test", "dns:example.test", false),
        ("dns:.example.test", "dns:a.example.test", true),
        ("dns:example.test", "dns:*.example.test", true),
        ("dns:.example.test", "dns:*.example.test", true),
        ("dns:a.example.test", "dns:*.example.test", false),
        ("dns:", "dns:anything.test", true),
        ("ip:10.0.0.0/8", "ip:10.255.0.1", true),
        ("ip:10.0.0.0/8", "ip:11.0.0.1", false),
        ("ip:10.0.0.0/8", "ip:2001:db8::1", false),
        ("ip:2001:db8::/32", "ip:2001:db8:1::1", true),
        ("email:example.test", "email:ann@example.test", true),
        ("email:example.test", "email:ann@a.example.test", false),
        ("email:.example.test", "email:ann@a.example.test", true),
        ("email:ann@example.test", "email:Ann@example.test", false),
        ("email:ann@example.test", "email:ann@EXAMPLE.test", true),
        ("uri:example.test", "uri:https://example.test:8443/x", true),
        ("uri:example.test", "uri:https://a.example.test/x", false),
        ("uri:.example.test", "uri:https://u@a.example.test/x", true),
        ("uri:example.test", "uri:https://10.0.0.1/", false),
        ("uri:example.test", "uri:urn:x:y", false),
        ("upn:@example.test", "upn:ann@example.test", true),
        ("upn:@example.test", "upn:ann@other.test", false),
        ("dir:O=Acme,C=DE", "dir:CN=a,O=ACME,C=de", true),
        ("dir:O=Acme,C=DE", "dir:CN=a,O=Other,C=DE", false),
        ("dns:example.test", "email:ann@other.test", true),
        ("email:example.test", "email:änn@example.test", true),
        ("email:example.test", "email:änn@a.example.test", false),
        ("email:.example.test", "email:änn@a.example.test", true),
        ("email:ann@example.test", "email:änn@example.test", false),
        ("upn:example.test", "email:änn@other.test", true),
        ("rid:1.2.3", "rid:1.2.3", false),
        ("rid:1.2.3", "dns:a.test", true),
        ("other:1.2.3:#0500", "other:1.2.3:#0500", false),
        ("other:1.2.3:#0500", "other:1.2.4:#0500", true),
        ("other:1.2.3:#0500", "upn:ann@a.test", true),
        ("other:1.3.6.1.4.1.311.20.2.3:#0500", "upn:ann@a.test", false),
    ] {
        assert_eq!(permits(&[constraint], &[], name), expected, "{constraint} {name}");
    }
}

#[test]
fn excluded_subtrees_win() {
    for (constraint, name, expected) in [
        ("dns:secret.example.test", "dns:secret.example.test", false),
        ("dns:secret.example.test", "dns:www.example.test", true),
        ("dns:secret.example.test", "dns:*.example.test", false),
        ("dns:a.secret.example.test", "dns:*.example.test", true),
        ("ip:0.0.0.0/0", "ip:1.2.3.4", false),
        ("ip:0.0.0.0/0", "ip:::1", true),
    ] {
        assert_eq!(permits(&["dns:example.test"], &[constraint], name), expected, "{constraint} {name}");
    }
}

#[test]
fn subject_and_its_mailbox_are_names_too() {
    let constraints = NameConstraints::parse(&["email:example.test", "dir:O=Acme"], &[]).unwrap();
    let judge = |subject: &str, names: &[&str]| {
        let names: Vec<GeneralName> = names.iter().map(|name| GeneralName::parse(name).unwrap()).collect();
        constraints.permits_all(&DistinguishedName::parse(subject).unwrap(), &names).is_ok()
    };
    assert!(judge("CN=a,O=Acme", &["dns:a.test"]));
    assert!(!judge("CN=a,O=Other", &[]));
    assert!(!judge("emailAddress=ann@other.test,O=Acme", &[]));
    assert!(judge("emailAddress=ann@other.test,O=Acme", &["email:ann@example.test"]));
    assert!(judge("", &[]));
}

#[test]
fn what_cannot_be_judged_is_refused_for_its_form_only() {
    // An iPAddress of five octets, and a minimum of 1.
    for content in [&[0x87, 5, 1, 2, 3, 4, 5][..], &[0x87, 8, 10, 0, 0, 0, 255, 0, 0, 0, 0x80, 1, 1]] {
        let der = asn1::sequence(&[&asn1::tlv(0xa0, &asn1::sequence(&[content]))]);
        let constraints = NameConstraints::from_der(&der).unwrap();
        assert_eq!(constraints.to_der(), der);
        assert!(matches!(constraints.permits(&GeneralName::parse("10.0.0.1").unwrap()), Err(Violation::CannotJudge { .. })));
        assert!(constraints.permits(&GeneralName::parse("a.test").unwrap()).is_ok());
    }
}

#[test]
fn forms_without_rules_are_kept_and_refused_for_their_form_only() {
    // An x400Address and an ediPartyName.
    for (content, shown) in [(&[0xa3, 0][..], "x400:#a300"), (&[0xa5, 2, 0x81, 0], "edi:#a5028100")] {
        let der = asn1::sequence(&[&asn1::tlv(0xa1, &asn1::sequence(&[content]))]);
        let constraints = NameConstraints::from_der(&der).unwrap();
        assert_eq!((constraints.to_der(), constraints.excluded.iter().map(ToString::to_string).collect()), (der, vec![shown.to_owned()]));
        assert!(constraints.permits(&GeneralName::from_der(content).unwrap()).is_err());
        assert!(constraints.permits(&GeneralName::parse("a.test").unwrap()).is_ok());
    }
}

/// What claims to be a mailbox and is none does not slip by.
#[test]
fn mailboxes_that_cannot_be_read_are_refused() {
    let odd = GeneralName::Other { oid: crate::oid::SMTP_UTF8_MAILBOX.to_owned(), value: asn1::NULL.to_vec() };
    for constraints in [NameConstraints::parse(&["email:example.test"], &[]), NameConstraints::parse(&[], &["email:bad.test"])] {
        assert!(matches!(constraints.unwrap().permits(&odd), Err(Violation::CannotJudge { .. })));
    }
    assert!(NameConstraints::parse(&["upn:example.test"], &[]).unwrap().permits(&odd).is_ok());
}

#[test]
fn networks_as_text() {
    for text in ["ip:10.0.0.0/8", "ip:10.1.2.3/32", "ip:2001:db8::/33", "ip:0.0.0.0/0"] {
        assert_eq!(GeneralSubtree::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(GeneralSubtree::parse("10.0.0.1").unwrap().to_string(), "ip:10.0.0.1/32");
    for text in ["ip:10.0.0.1/8", "ip:10.0.0.0/33", "dns:*.a.test", "dns:a b", "email:a b@c.test"] {
        assert!(GeneralSubtree::parse(text).is_err(), "{text}");
    }
}
