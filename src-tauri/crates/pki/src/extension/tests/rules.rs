//! What is refused when written, and how what is odd is read.

use super::samples::names;
use super::*;
use crate::alt_name::GeneralName;
use crate::key::KeyId;
use crate::revocation::RevocationReason;
use crate::serial::SerialNumber;

fn read(oid: &str, der: &str) -> ExtensionValue {
    ExtensionValue::from_der(oid, &hex::decode(der).unwrap())
}

/// Values that say little or nothing, and such as we do not write.
pub(super) fn odd() -> Vec<ExtensionValue> {
    let empty = [
        oid::AUTHORITY_KEY_IDENTIFIER,
        oid::SUBJECT_ALT_NAME,
        oid::BASIC_CONSTRAINTS,
        oid::EXTENDED_KEY_USAGE,
        oid::NAME_CONSTRAINTS,
        oid::CERTIFICATE_POLICIES,
        oid::POLICY_MAPPINGS,
        oid::POLICY_CONSTRAINTS,
        oid::CRL_DISTRIBUTION_POINTS,
        oid::AUTHORITY_INFO_ACCESS,
        oid::TLS_FEATURE,
        oid::PRIVATE_KEY_USAGE_PERIOD,
    ]
    .map(|oid| read(oid, "3000"));
    let authority = |path_length| ExtensionValue::BasicConstraints(BasicConstraints { authority: true, path_length });
    let mut values = vec![
        authority(None),
        authority(Some(0)),
        authority(Some(1)),
        ExtensionValue::AuthorityKeyIdentifier(AuthorityKeyIdentifier {
            key_id: Some(KeyId::from_bytes(&[1])),
            ..AuthorityKeyIdentifier::default()
        }),
        ExtensionValue::InhibitAnyPolicy(InhibitAnyPolicy(0)),
        ExtensionValue::PolicyConstraints(PolicyConstraints { require_explicit_policy: Some(3), inhibit_policy_mapping: Some(0) }),
        ExtensionValue::TlsFeatures(TlsFeatures(vec![16])),
        ExtensionValue::FreshestCrl(FreshestCrl(vec![DistributionPoint::default()])),
        read(oid::FRESHEST_CRL, "30073005a003a10130"),
        ExtensionValue::CrlDistributionPoints(CrlDistributionPoints(vec![DistributionPoint::default()])),
        read(oid::KEY_USAGE, "030100"),
        read(oid::NETSCAPE_CERT_TYPE, "030100"),
        policy("1.2.3", PolicyQualifier::Other { oid: "1.2.3.4".to_owned(), value: vec![5, 0] }),
        policy("1.2.3", PolicyQualifier::UserNotice(UserNotice::default())),
        read(oid::BASIC_CONSTRAINTS, "3009"),
        read("1.2.3.4", "0500"),
        ExtensionValue::Raw { oid: "1.2.3.4".to_owned(), der: vec![4; 65] },
    ];
    values.extend(empty);
    values
}

#[test]
fn what_is_odd_is_read_and_said() {
    let said: Vec<String> = odd().iter().map(|value| value.describe().iter().map(text).collect::<Vec<_>>().join("; ")).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    authority
    authority-with-none-below
    authority-with-one-below
    issuer-key identifier=01
    any-policy-inhibited
    policy-required-after certificates=3; policy-mapping-inhibited
    tls-feature-other number=16
    delta-crl-without-place
    delta-crl-at-entry entry=
    crl-without-place
    no-usage
    no-netscape-type
    policy policy=policy:1.2.3; policy-qualifier qualifier=qualifier:1.2.3.4 octets=0500
    policy policy=policy:1.2.3; policy-notice-empty
    unreadable part=value; octets octets=3009
    octets octets=0500
    octets-cut octets=04040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404 count=65
    no-issuer-key
    no-name
    no-authority
    no-purpose
    no-name-constraint
    no-policy
    no-policy-mapped
    no-policy-constraint
    no-crl
    no-access
    no-tls-feature
    no-private-key-period
    ");
}

#[test]
fn lenient_readings() {
    // cA FALSE written out, TRUE as 1, and a BIT STRING with zero bits at its end.
    let leaf = BasicConstraints::default();
    assert_eq!(read(oid::BASIC_CONSTRAINTS, "3003010100"), ExtensionValue::BasicConstraints(leaf));
    let authority = BasicConstraints { authority: true, path_length: None };
    assert_eq!(read(oid::BASIC_CONSTRAINTS, "3003010101"), ExtensionValue::BasicConstraints(authority));
    assert_eq!(read(oid::KEY_USAGE, "03020086"), read(oid::KEY_USAGE, "03020186"));
    // A length in more octets than needed.
    assert_eq!(read(oid::INHIBIT_ANY_POLICY, "02810105"), ExtensionValue::InhibitAnyPolicy(InhibitAnyPolicy(5)));
    // Template names of other programs.
    let ExtensionValue::TemplateName(name) = read(oid::MICROSOFT_TEMPLATE_NAME, "0c0455736572") else { unreachable!() };
    assert_eq!(name.0.text(), "User");
}

#[test]
fn what_cannot_be_read_is_kept_with_the_reason() {
    for (oid, der, part) in [
        (oid::BASIC_CONSTRAINTS, "3003020180", "pathLenConstraint"),
        (oid::BASIC_CONSTRAINTS, "30030101ff00", "value"),
        (oid::CERTIFICATE_POLICIES, "30023000", "PolicyInformation"),
        (oid::CRL_DISTRIBUTION_POINTS, "30043002a300", "DistributionPoint"),
        (oid::AUTHORITY_KEY_IDENTIFIER, "30028200", "authorityCertSerialNumber"),
        (oid::NO_REV_AVAIL, "050100", "NULL"),
        (oid::NTDS_CA_SECURITY, "30028200", "szOID_NTDS_OBJECTSID"),
        (oid::MICROSOFT_TEMPLATE_NAME, "020100", "name"),
        (oid::PRIVATE_KEY_USAGE_PERIOD, "30028000", "notBefore"),
    ] {
        let value = read(oid, der);
        let kept =
            ExtensionValue::Unreadable { oid: oid.to_owned(), der: hex::decode(der).unwrap(), fault: ExtensionFault::Unreadable { part } };
        assert_eq!((value.encoded(), value), (hex::decode(der).unwrap(), kept), "{der}");
    }
}

/// The parts that the rules of writing name when a value breaks one.
fn refused(value: ExtensionValue) -> &'static str {
    match Extension::new(&value) {
        Err(ExtensionFault::Missing { part, .. } | ExtensionFault::NotAllowed { part, .. } | ExtensionFault::Unreadable { part }) => part,
        Err(ExtensionFault::NotAnObjectIdentifier { .. }) => "identifier",
        Err(ExtensionFault::NotDer) => "der",
        other => unreachable!("{value:?}: {other:?}"),
    }
}

fn policy(policy: &str, qualifier: PolicyQualifier) -> ExtensionValue {
    let information = PolicyInformation { policy: policy.to_owned(), qualifiers: vec![qualifier] };
    ExtensionValue::CertificatePolicies(CertificatePolicies(vec![information]))
}

fn point(point: DistributionPoint) -> ExtensionValue {
    ExtensionValue::CrlDistributionPoints(CrlDistributionPoints(vec![point]))
}

fn notice(text: DisplayText) -> PolicyQualifier {
    PolicyQualifier::UserNotice(UserNotice { reference: None, text: Some(text) })
}

#[test]
fn what_breaks_a_rule_is_not_written() {
    use ExtensionValue as Value;
    let twice = CertificatePolicies(vec![PolicyInformation::of("1.2.3"), PolicyInformation::of("1.2.3")]);
    let key_id = Some(KeyId::from_bytes(&[1]));
    let serial = Some(SerialNumber::from_hex("05").unwrap());
    let name = Some(DistributionPointName::Full(names(&["http://a.test/"])));
    for (value, part) in [
        (Value::BasicConstraints(BasicConstraints { authority: false, path_length: Some(0) }), "pathLenConstraint"),
        (Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier::default()), "keyIdentifier"),
        (Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier { key_id, serial, issuer: Vec::new() }), "authorityCertIssuer"),
        (Value::SubjectKeyIdentifier(SubjectKeyIdentifier(KeyId::from_bytes(&[]))), "keyIdentifier"),
        (Value::KeyUsages(KeyUsages::default()), "KeyUsage"),
        (Value::ExtendedKeyUsages(ExtendedKeyUsages(Vec::new())), "ExtKeyUsageSyntax"),
        (Value::IssuerAltName(AlternativeNames(Vec::new())), "GeneralNames"),
        (Value::IssuerAltName(AlternativeNames(vec![GeneralName::Dns("a b".to_owned())])), "GeneralName"),
        (Value::IssuerAltName(AlternativeNames(vec![GeneralName::Dns("w*.test".to_owned())])), "GeneralName"),
        (Value::IssuerAltName(AlternativeNames(vec![GeneralName::X400Address(Vec::new())])), "GeneralName"),
        (Value::NameConstraints(NameConstraints::default()), "GeneralSubtrees"),
        (read(oid::NAME_CONSTRAINTS, "3009a007300587030a0000"), "GeneralSubtree"),
        (read(oid::NAME_CONSTRAINTS, "3006a0043002a300"), "GeneralSubtree"),
        (Value::CertificatePolicies(CertificatePolicies(Vec::new())), "PolicyInformation"),
        (Value::CertificatePolicies(twice), "policyIdentifier"),
        (Value::CertificatePolicies(CertificatePolicies(vec![PolicyInformation::of("1")])), "identifier"),
        (policy("1.2.3", PolicyQualifier::PracticeStatement("no address".to_owned())), "cPSuri"),
        (policy("1.2.3", PolicyQualifier::UserNotice(UserNotice::default())), "explicitText"),
        (policy("1.2.3", notice(DisplayText::bmp("text"))), "DisplayText"),
        (policy(oid::ANY_POLICY, PolicyQualifier::Other { oid: "1.2.3".to_owned(), value: vec![5, 0] }), "policyQualifierId"),
        (Value::PolicyMappings(PolicyMappings(Vec::new())), "PolicyMapping"),
        (
            Value::PolicyMappings(PolicyMappings(vec![PolicyMapping { issuer: oid::ANY_POLICY.to_owned(), subject: "1.2.3".to_owned() }])),
            "issuerDomainPolicy",
        ),
        (Value::PolicyConstraints(PolicyConstraints::default()), "requireExplicitPolicy"),
        (Value::CrlDistributionPoints(CrlDistributionPoints(Vec::new())), "DistributionPoint"),
        (point(DistributionPoint::default()), "distributionPoint"),
        (
            point(DistributionPoint { reasons: Some(ReasonFlags::of(&[RevocationReason::KeyCompromise])), ..DistributionPoint::default() }),
            "distributionPoint",
        ),
        (
            point(DistributionPoint { reasons: Some(ReasonFlags::default()), name: name.clone(), ..DistributionPoint::default() }),
            "ReasonFlags",
        ),
        (point(DistributionPoint { crl_issuer: names(&["dns:a.test"]), name, ..DistributionPoint::default() }), "cRLIssuer"),
        (
            point(DistributionPoint {
                name: Some(DistributionPointName::Relative(crate::name::DistinguishedName::parse("CN=a,O=b").unwrap())),
                ..DistributionPoint::default()
            }),
            "nameRelativeToCRLIssuer",
        ),
        (Value::AuthorityInfoAccess(InformationAccess(Vec::new())), "AccessDescription"),
        (Value::AuthorityInfoAccess(InformationAccess(vec![AccessDescription::at(oid::AD_OCSP, "no address")])), "GeneralName"),
        (Value::TlsFeatures(TlsFeatures(Vec::new())), "Features"),
        (Value::PrivateKeyUsagePeriod(PrivateKeyUsagePeriod::default()), "notBefore"),
        (Value::NetscapeComment(NetscapeComment("ä".to_owned())), "IA5String"),
        (Value::Template(Template { oid: "1.2.3".to_owned(), major: None, minor: Some(1) }), "templateMajorVersion"),
        (Value::TemplateName(TemplateName::of("")), "name"),
        (read(oid::BASIC_CONSTRAINTS, "3009"), "value"),
        (read("1.2.3.4", "0501"), "der"),
        (read("1.2.3.4", "05000500"), "der"),
        (read("1", "0500"), "identifier"),
    ] {
        assert_eq!(refused(value.clone()), part, "{value:?}");
    }
}

#[test]
fn texts_for_people() {
    assert!(DisplayText::new(&"ä".repeat(200)).is_ok());
    for text in [String::new(), "a".repeat(201), "a\nb".to_owned()] {
        assert!(DisplayText::new(&text).is_err(), "{text:?}");
    }
    assert_eq!(DisplayText::bmp("Für 😀").text(), "Für 😀");
}

#[test]
fn security_identifiers() {
    for text in ["S-1-5-18", "S-1-5-21-4294967295-0-1-1104"] {
        assert_eq!(SecurityIdentifier::parse(text).unwrap().as_str(), text);
    }
    let many = format!("S-1-5{}", "-1".repeat(16));
    for text in ["", "S-1-5", "S-2-5-18", "S-1-5-018", "S-1-5-4294967296", "S-1-5-", "S-1--5", "s-1-5-18", "S-1-5-18 ", &many] {
        assert!(SecurityIdentifier::parse(text).is_err(), "{text}");
    }
}

#[test]
fn criticality_is_judged() {
    let extension = |oid: &str| {
        let (value, _) = samples::all().into_iter().find(|(value, _)| value.oid() == oid).unwrap();
        let critical = ExtensionKind::of(oid).unwrap().critical_by_default();
        Extension { oid: oid.to_owned(), critical, der: value.encoded() }
    };
    for kind in KINDS.iter().filter(|kind| kind.oid != oid::AUTHORITY_KEY_IDENTIFIER && kind.oid != oid::CERTIFICATE_POLICIES) {
        let extension = extension(kind.oid);
        assert_eq!(extension.check(), Ok(()), "{}", extension.name());
        let other_way = extension.clone().marked(!extension.critical).check();
        let expected = match kind.criticality {
            Criticality::Always => Err(ExtensionFault::MustBeCritical { clause: kind.clause }),
            Criticality::Never => Err(ExtensionFault::MustNotBeCritical { clause: kind.clause }),
            Criticality::ByDefault | Criticality::IfWished => Ok(()),
        };
        assert_eq!(other_way, expected, "{}", extension.name());
    }
    let long_form = Extension { oid: oid::INHIBIT_ANY_POLICY.to_owned(), critical: true, der: vec![2, 0x81, 1, 5] };
    assert_eq!(long_form.check(), Err(ExtensionFault::NotDer));
}
