//! One value of every kind that we know, with the DER that OpenSSL 3.0 wrote for it (`openssl req -x509`, one section of extensions).

use super::*;
use crate::alt_name::GeneralName;
use crate::key::KeyId;
use crate::name::DistinguishedName;
use crate::revocation::RevocationReason;
use crate::serial::SerialNumber;
use crate::usage::KeyUsage;
use time::macros::datetime;

pub(super) fn names(texts: &[&str]) -> Vec<GeneralName> {
    texts.iter().map(|text| GeneralName::parse(text).unwrap()).collect()
}

/// The RDNs in the order of encoding, every string UTF8String but the country.
fn directory(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).unwrap()
}

fn visible(text: &str) -> DisplayText {
    let der = asn1::tlv(tag::VISIBLE_STRING, text.as_bytes());
    DisplayText::read(Reader::new(&der).any().unwrap()).unwrap()
}

fn policies() -> CertificatePolicies {
    let notice = UserNotice {
        reference: Some(NoticeReference { organization: visible("Acme"), numbers: vec![1, 300] }),
        text: Some(DisplayText::new("Für Prüfer").unwrap()),
    };
    let qualifiers = vec![PolicyQualifier::PracticeStatement("http://cps.example.test/".to_owned()), PolicyQualifier::UserNotice(notice)];
    CertificatePolicies(vec![
        PolicyInformation::of("1.2.3.4"),
        PolicyInformation::of("2.23.140.1.2.1"),
        PolicyInformation { policy: "1.3.5.8".to_owned(), qualifiers },
    ])
}

fn distribution_points() -> CrlDistributionPoints {
    use RevocationReason::{AaCompromise, CaCompromise, KeyCompromise};
    CrlDistributionPoints(vec![
        DistributionPoint {
            name: Some(DistributionPointName::Full(names(&["http://crl.example.test/a.crl", "ldap:///CN=a"]))),
            reasons: Some(ReasonFlags::of(&[KeyCompromise, CaCompromise, AaCompromise])),
            crl_issuer: vec![GeneralName::Directory(directory("/C=DE/O=Acme"))],
        },
        DistributionPoint { name: Some(DistributionPointName::Relative(directory("CN=part 1"))), ..DistributionPoint::default() },
    ])
}

fn mapping(issuer: &str, subject: &str) -> PolicyMapping {
    PolicyMapping { issuer: issuer.to_owned(), subject: subject.to_owned() }
}

pub(super) fn all() -> Vec<(ExtensionValue, &'static str)> {
    use ExtensionValue as Value;
    let usages = ["serverAuth", "OCSPSigning", "smartcardLogon", "1.2.3.4"].map(|text| text.parse().unwrap());
    let permitted = ["dns:example.test", "ip:10.0.0.0/8", "email:.example.test", "dir:/C=DE/O=Acme"];
    let excluded = ["uri:bad.test", "rid:1.2.3", "upn:corp.test"];
    let constraints = NameConstraints::parse(&permitted, &excluded).unwrap();
    let issuer = AuthorityKeyIdentifier {
        key_id: None,
        issuer: vec![GeneralName::Directory(directory("CN=x"))],
        serial: Some(SerialNumber::from_hex("79A24495D9DBB096F11973B1997C561EC15F3C5E").unwrap()),
    };
    let period =
        PrivateKeyUsagePeriod { not_before: Some(datetime!(2026-01-01 0:00 UTC)), not_after: Some(datetime!(2027-01-01 0:00 UTC)) };
    vec![
        (Value::AuthorityKeyIdentifier(issuer), "3028a110a40e300c310a300806035504030c0178821479a24495d9dbb096f11973b1997c561ec15f3c5e"),
        (
            Value::SubjectKeyIdentifier(SubjectKeyIdentifier(KeyId::from_bytes(
                &hex::decode("9f3d2664f95621e1de3a892bb0578d18a17dca77").unwrap(),
            ))),
            "04149f3d2664f95621e1de3a892bb0578d18a17dca77",
        ),
        (Value::KeyUsages(KeyUsages::of(&[KeyUsage::DigitalSignature, KeyUsage::KeyAgreement, KeyUsage::DecipherOnly])), "0303078880"),
        (Value::PrivateKeyUsagePeriod(period), "3022800f32303236303130313030303030305a810f32303237303130313030303030305a"),
        (
            Value::CertificatePolicies(policies()),
            "306d300506032a03043008060667810c010201305a06032b05083053302406082b060105050702011618687474703a2f2f6370732e6578616d706c652e746573742f302b06082b06010505070202301f300f1a0441636d6530070201010202012c0c0c46c3bc72205072c3bc666572",
        ),
        (
            Value::PolicyMappings(PolicyMappings(vec![mapping("1.2.3.4", "1.2.3.5"), mapping("1.2.3.6", "1.2.3.7")])),
            "3018300a06032a030406032a0305300a06032a030606032a0307",
        ),
        (
            Value::SubjectAltName(AlternativeNames(names(&[
                "dns:*.example.test",
                "ip:192.0.2.1",
                "ip:2001:db8::1",
                "email:ann@example.test",
                "uri:https://example.test/a",
                "dir:/C=DE/O=Acme",
                "rid:1.2.3.4",
                "upn:ann@corp.test",
                "other:1.2.3:#0101ff",
                "email:änn@example.test",
            ]))),
            "3081c2820e2a2e6578616d706c652e746573748704c0000201871020010db80000000000000000000000018110616e6e406578616d706c652e74657374861668747470733a2f2f6578616d706c652e746573742f61a41e301c310b3009060355040613024445310d300b060355040a0c0441636d6588032a0304a01d060a2b060104018237140203a00f0c0d616e6e40636f72702e74657374a00906022a03a0030101ffa01f06082b06010505070809a0130c11c3a46e6e406578616d706c652e74657374",
        ),
        (
            Value::IssuerAltName(AlternativeNames(names(&["http://ca.example.test"]))),
            "30188616687474703a2f2f63612e6578616d706c652e74657374",
        ),
        (Value::BasicConstraints(BasicConstraints { authority: true, path_length: Some(3) }), "30060101ff020103"),
        (
            Value::NameConstraints(constraints),
            "308182a04f300e820c6578616d706c652e74657374300a87080a000000ff000000300f810d2e6578616d706c652e746573743020a41e301c310b3009060355040613024445310d300b060355040a0c0441636d65a12f300a86086261642e74657374300488022a03301ba019060a2b060104018237140203a00b0c09636f72702e74657374",
        ),
        (
            Value::PolicyConstraints(PolicyConstraints { require_explicit_policy: Some(0), inhibit_policy_mapping: Some(200) }),
            "3007800100810200c8",
        ),
        (
            Value::ExtendedKeyUsages(ExtendedKeyUsages(usages.to_vec())),
            "302506082b0601050507030106082b06010505070309060a2b06010401823714020206032a0304",
        ),
        (
            Value::CrlDistributionPoints(distribution_points()),
            "306f3058a02fa02d861d687474703a2f2f63726c2e6578616d706c652e746573742f612e63726c860c6c6461703a2f2f2f434e3d618103076080a220a41e301c310b3009060355040613024445310d300b060355040a0c0441636d653013a011a10f300d06035504030c06706172742031",
        ),
        (Value::InhibitAnyPolicy(InhibitAnyPolicy(2)), "020102"),
        (
            Value::FreshestCrl(FreshestCrl(vec![DistributionPoint::at("http://crl.example.test/delta.crl")])),
            "30293027a025a0238621687474703a2f2f63726c2e6578616d706c652e746573742f64656c74612e63726c",
        ),
        (
            Value::AuthorityInfoAccess(InformationAccess(vec![
                AccessDescription::at(oid::AD_OCSP, "http://ocsp.example.test"),
                AccessDescription::at(oid::AD_CA_ISSUERS, "http://crl.example.test/ca.crt"),
            ])),
            "3052302406082b060105050730018618687474703a2f2f6f6373702e6578616d706c652e74657374302a06082b06010505073002861e687474703a2f2f63726c2e6578616d706c652e746573742f63612e637274",
        ),
        (
            Value::SubjectInfoAccess(InformationAccess(vec![
                AccessDescription::at(oid::AD_CA_REPOSITORY, "http://repo.example.test"),
                AccessDescription::at(oid::AD_TIME_STAMPING, "http://tsa.example.test"),
            ])),
            "304b302406082b060105050730058618687474703a2f2f7265706f2e6578616d706c652e74657374302306082b060105050730038617687474703a2f2f7473612e6578616d706c652e74657374",
        ),
        (Value::TlsFeatures(TlsFeatures(vec![STATUS_REQUEST, STATUS_REQUEST_V2])), "3006020105020111"),
        (Value::NoRevocationAvailable(NoRevocationAvailable), "0500"),
        (Value::OcspNoCheck(OcspNoCheck), "0500"),
        (Value::NetscapeComment(NetscapeComment("hello".to_owned())), "160568656c6c6f"),
        (Value::NetscapeTypes(NetscapeTypes::of(&["sslClient", "smime", "objectSigningCA"])), "030200a1"),
        (Value::TemplateName(TemplateName::of("User")), "1e080055007300650072"),
        (
            Value::Template(Template { oid: "1.3.6.1.4.1.311.21.8.1.2.3".to_owned(), major: Some(100), minor: Some(4) }),
            "3014060c2b0601040182371508010203020164020104",
        ),
        (Value::CaVersion(CaVersion { certificate: 1, key: 2 }), "0203020001"),
        (
            Value::ApplicationPolicies(ApplicationPolicies(CertificatePolicies(vec![PolicyInformation::of("1.3.6.1.5.5.7.3.2")]))),
            "300c300a06082b06010505070302",
        ),
        (
            Value::SecurityIdentifier(SecurityIdentifier::parse("S-1-5-21-1111-2222-3333-1104").unwrap()),
            "302ea02c060a2b060104018237190201a01e041c532d312d352d32312d313131312d323232322d333333332d31313034",
        ),
    ]
}
