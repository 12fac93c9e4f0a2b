#![expect(clippy::unwrap_used, reason = "tests fail loudly")]
use super::*;
use proptest::prelude::*;

#[test]
fn two_domain_components_and_a_multi_valued_rdn_survive() {
    let name = DistinguishedName::parse("/DC=test/DC=example/OU=PKI+O=acme/OU=b/CN=x").unwrap();
    assert_eq!(name.openssl(), "/DC=test/DC=example/OU=PKI+O=acme/OU=b/CN=x");
    assert_eq!(name.rfc4514(), "CN=x,OU=b,OU=PKI+O=acme,DC=example,DC=test");
    assert_eq!(DistinguishedName::parse(&name.rfc4514()).unwrap(), name);
    assert_eq!(name.common_name().as_deref(), Some("x"));
    let types: Vec<StringType> = name.rdns().into_iter().flatten().map(|attribute| attribute.string_type).collect();
    assert_eq!(types, [StringType::Ia5, StringType::Ia5, StringType::Utf8, StringType::Utf8, StringType::Utf8, StringType::Utf8]);
}

#[test]
fn members_of_a_set_are_sorted_by_encoding() {
    let one = DistinguishedName::parse("O=acme+OU=PKI").unwrap();
    let other = DistinguishedName::parse("OU=PKI+O=acme").unwrap();
    assert_eq!(one, other);
}

#[test]
fn string_types_and_limits() {
    let country = DistinguishedName::parse("C=DE,serialNumber=1-2").unwrap();
    assert!(country.rdns().into_iter().flatten().all(|attribute| attribute.string_type == StringType::Printable));
    assert_eq!(DistinguishedName::parse("C=Germany"), Err(NameError::NotACountry { value: "Germany".into() }));
    assert_eq!(
        DistinguishedName::parse(&format!("CN={}", "ä".repeat(65))),
        Err(NameError::TooLong { attribute: "CN".into(), length: 65, longest: 64 })
    );
    assert!(DistinguishedName::parse(&format!("CN={}", "ä".repeat(64))).is_ok());
    assert_eq!(DistinguishedName::parse("DC=exämple"), Err(NameError::ForbiddenCharacter { attribute: "DC".into(), character: 'ä' }));
    assert_eq!(
        DistinguishedName::parse("serialNumber=a*b"),
        Err(NameError::ForbiddenCharacter { attribute: "serialNumber".into(), character: '*' })
    );
    assert_eq!(DistinguishedName::parse("CN="), Err(NameError::EmptyValue { attribute: "CN".into() }));
    assert_eq!(DistinguishedName::parse("CN=a,b"), Err(NameError::NoEqualsSign { part: "b".into() }));
    assert_eq!(DistinguishedName::parse("foo=a"), Err(NameError::UnknownAttribute { given: "foo".into() }));
    assert_eq!(DistinguishedName::parse("CN=a\\"), Err(NameError::BadEscape { part: "CN=a\\".into() }));
}

#[test]
fn escapes_of_rfc_4514() {
    for (text, value) in [
        (r#"CN=Before\0dAfter"#, "Before\rAfter"),
        (r#"CN=James \"Jim\" Smith\, III"#, r#"James "Jim" Smith, III"#),
        (r#"CN="Smith, III""#, "Smith, III"),
        (r"CN=Lu\C4\8Di\C4\87", "Lučić"),
        (r"CN=\ a \ ", " a  "),
        (r"CN=\#1", "#1"),
        ("CN=  a b  ", "a b"),
    ] {
        assert_eq!(DistinguishedName::parse(text).unwrap().common_name().as_deref(), Some(value), "{text}");
    }
    let dotted = DistinguishedName::parse("1.3.6.1.4.1.1466.0=#04024869,O=Test,C=GB").unwrap();
    assert_eq!(dotted.rfc4514(), "1.3.6.1.4.1.1466.0=#04024869,O=Test,C=GB");
}

#[test]
fn slashes_in_values_are_escaped_in_the_form_of_openssl() {
    let name = DistinguishedName::parse("/CN=a\\/b").unwrap();
    assert_eq!((name.common_name().as_deref(), name.openssl().as_str()), (Some("a/b"), "/CN=a\\/b"));
}

#[test]
fn odd_names_are_kept_and_shown() {
    let teletex = [&[0x30, 0x0d, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x03, 0x14, 0x02][..], &[0xe4, b'x']].concat();
    let name = DistinguishedName::from_der(&teletex).unwrap();
    assert_eq!((name.rfc4514().as_str(), name.as_der()), ("CN=äx", teletex.as_slice()));
    assert!(DistinguishedName::empty().is_empty() && DistinguishedName::parse("").unwrap().is_empty());
    assert_eq!(DistinguishedName::from_der(&[0x31, 0]), Err(NameError::Malformed));
    assert!(DistinguishedName::from_der(&[0x30, 2, 0xff, 0xff]).unwrap().rdns().is_empty());
}

fn label() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["CN", "O", "OU", "L", "ST", "1.2.3.4", "UID"])
}

proptest! {
    #[test]
    fn both_text_forms_name_the_same_bytes(rdns in prop::collection::vec(prop::collection::vec((label(), "[^\\x00]{1,40}"), 1..3), 1..5)) {
        let encoded: Vec<Vec<Vec<u8>>> = rdns
            .iter()
            .map(|rdn| rdn.iter().map(|(label, value)| AttributeKind::of_label(label).unwrap().encode(value).unwrap()).collect())
            .collect();
        let name = DistinguishedName::from_rdns(&encoded);
        prop_assert_eq!(&DistinguishedName::parse(&name.rfc4514()).unwrap(), &name, "{}", name.rfc4514());
        prop_assert_eq!(&DistinguishedName::parse(&name.openssl()).unwrap(), &name, "{}", name.openssl());
    }

    #[test]
    fn hostile_bytes_and_text_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), text in "\\PC{0,60}") {
        if let Ok(name) = DistinguishedName::from_der(&asn1::tlv(tag::SEQUENCE, &bytes)) {
            let _ = (name.rfc4514(), name.openssl());
        }
        let _ = DistinguishedName::parse(&text);
    }
}

#[test]
fn names_are_one_but_for_case_spaces_and_string_type() {
    let name = |text: &str| DistinguishedName::parse(text).unwrap();
    assert!(name("CN=Acme  Root ,O=ACME").matches(&name("CN=acme root,O=Acme")));
    assert!(name("CN=STRASSE").matches(&name("CN=strasse")));
    for (one, other) in [("CN=a b", "CN=ab"), ("CN=a", "O=a"), ("CN=a,O=b", "O=b,CN=a"), ("CN=a", "CN=a,O=b"), ("CN=a", "CN=a+O=b")] {
        assert!(!name(one).matches(&name(other)), "{one} {other}");
    }
    // Several values of one RDN are a set; another string type changes nothing; what is no string is compared octet for octet.
    assert!(name("CN=a+O=B").matches(&name("O=b+CN=A")));
    let typed = |tag: u8, value: &[u8]| {
        let attribute = asn1::sequence(&[&asn1::oid("2.5.4.3").unwrap(), &asn1::tlv(tag, value)]);
        DistinguishedName::from_der(&asn1::sequence(&[&asn1::tlv(0x31, &attribute)])).unwrap()
    };
    assert!(typed(0x13, b"Acme").matches(&typed(0x0c, b"ACME")));
    assert!(typed(0x13, b"Acme").matches(&typed(0x1e, b"\0a\0c\0m\0e")));
    assert!(!typed(0x04, b"Acme").matches(&typed(0x04, b"acme")));
    assert!(!typed(0x04, b"a").matches(&typed(0x0c, b"#040161")));
}
