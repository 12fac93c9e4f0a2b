#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use super::*;
use crate::alt_name::GeneralName;
use crate::key::{KeyAlgorithm, KeySpec};
use crate::name::DistinguishedName;
use crate::usage::KeyUsage;

fn names(texts: &[&str]) -> Vec<GeneralName> {
    texts.iter().map(|text| GeneralName::parse(text).unwrap()).collect()
}

fn subject(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).unwrap()
}

/// A copy of a built-in profile under another name, changed.
fn changed(name: &str, change: impl FnOnce(&mut ProfileDocument)) -> Result<Profile, ProfileError> {
    let mut document = Profile::builtin(name).unwrap().document();
    document.name = format!("own-{name}");
    change(&mut document);
    Profile::check(&document, 1)
}

fn problems(result: Result<Profile, ProfileError>) -> Vec<(String, ProblemKind)> {
    match result {
        Err(ProfileError::Refused(problems)) => problems.into_iter().map(|problem| (problem.field, problem.kind)).collect(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn built_in_profiles_are_sound_documents() {
    assert_eq!(Profile::builtins().len(), 14);
    for profile in Profile::builtins() {
        assert_eq!(Profile::builtin(profile.name()).unwrap(), profile);
        assert_eq!(Profile::check(&profile.document(), profile.version()).unwrap(), profile, "{}", profile.name());
        assert_eq!(Profile::from_toml(&profile.to_toml().unwrap(), 1).unwrap(), profile, "{}", profile.name());
        assert!(profile.keys().allows(&profile.keys().default().algorithm()));
    }
    assert_eq!(Profile::builtin("server"), None);
}

#[test]
fn only_rsa_enciphers_keys_and_only_ec_agrees_on_them() {
    let usages = |profile: &str, key: KeySpec| Profile::builtin(profile).unwrap().extensions().key_usages_for(&key.algorithm());
    assert!(usages("tls-server", KeySpec::Rsa2048).contains(KeyUsage::KeyEncipherment));
    assert!(!usages("tls-server", KeySpec::EcP256).contains(KeyUsage::KeyEncipherment));
    assert!(!usages("tls-client", KeySpec::Rsa2048).contains(KeyUsage::KeyEncipherment));
    assert!(usages("email", KeySpec::EcP256).contains(KeyUsage::KeyAgreement));
    assert!(!usages("email", KeySpec::Ed25519).contains(KeyUsage::KeyAgreement));
}

#[test]
fn short_and_foreign_keys_are_not_certified() {
    let keys = |profile: Result<Profile, ProfileError>| profile.unwrap().keys().clone();
    let any = keys(changed("tls-server", |_| {}));
    assert!(any.allows(&KeyAlgorithm::Rsa { bits: 3000 }) && any.allows(&KeyAlgorithm::Ed25519));
    for key in [KeyAlgorithm::Rsa { bits: 2047 }, KeyAlgorithm::Rsa { bits: 16_384 }, KeyAlgorithm::EcSecp256k1, KeyAlgorithm::Ed448] {
        assert!(!any.allows(&key), "{}", key.label());
    }
    let long = keys(changed("tls-server", |document| {
        document.key =
            KeyDocument { allowed: vec!["rsa-3072".to_owned(), "rsa-4096".to_owned()], default: "rsa-3072".to_owned(), kept: false };
    }));
    assert!(long.allows(&KeyAlgorithm::Rsa { bits: 3500 }));
    assert!(!long.allows(&KeyAlgorithm::Rsa { bits: 2048 }) && !long.allows(&KeyAlgorithm::EcP256));
}

#[test]
fn what_is_wrong_is_told_at_once() {
    let wrong = changed("tls-server", |document| {
        document.name = "Own Profile".to_owned();
        document.names.patterns = vec!["dns:*.example.test".to_owned(), "email:*".to_owned(), "nonsense".to_owned()];
        document.key.default = "rsa-1024".to_owned();
        document.validity.default_days = 900;
        document.subject.fixed = "/C=Germany".to_owned();
        document.extensions.raw = vec![
            RawExtensionDocument { oid: "2.5.29.15".to_owned(), critical: true, der: "0500".to_owned() },
            RawExtensionDocument { oid: "1.2.3.4".to_owned(), critical: false, der: "0501".to_owned() },
        ];
    });
    let wrong = problems(wrong);
    for (field, kind) in [
        ("name", ProblemKind::BadName),
        ("names.patterns[2]", ProblemKind::BadPattern),
        ("names.patterns[1]", ProblemKind::NotAllowedHere),
        ("key.default", ProblemKind::UnknownWord),
        ("validity.defaultDays", ProblemKind::Contradiction),
        ("subject.fixed", ProblemKind::BadSubject),
        ("extensions.raw[0].oid", ProblemKind::WrittenElsewhere),
        ("extensions.raw[1].der", ProblemKind::BadDer),
    ] {
        assert!(wrong.contains(&(field.to_owned(), kind)), "{field} {kind:?} is not among {wrong:?}");
    }
    assert_eq!(wrong.len(), 8, "{wrong:?}");
}

#[test]
fn leaves_do_not_sign_certificates() {
    let wrong = problems(changed("tls-server", |document| document.extensions.key_usage.push("keyCertSign".to_owned())));
    assert_eq!(wrong, [("extensions.keyUsage".to_owned(), ProblemKind::OnlyForAuthorities)]);
    let wrong = problems(changed("intermediate", |document| document.extensions.key_usage = vec!["cRLSign".to_owned()]));
    assert_eq!(wrong, [("extensions.keyUsage".to_owned(), ProblemKind::Missing)]);
}

#[test]
fn no_revocation_and_its_addresses_exclude_each_other() {
    let wrong = problems(changed("tls-client", |document| document.extensions.no_revocation_available = true));
    assert_eq!(wrong, [("extensions.noRevocationAvailable".to_owned(), ProblemKind::Contradiction)]);
    let sound = changed("tls-client", |document| {
        document.extensions.no_revocation_available = true;
        document.extensions.crl_addresses = false;
        document.extensions.ocsp_addresses = false;
    });
    assert_eq!(sound.unwrap().extensions().further().len(), 1);
}

#[test]
fn every_field_of_the_extensions_is_written() {
    let profile = changed("intermediate", |document| {
        let extensions = &mut document.extensions;
        let notice = Some("For tests only".to_owned());
        extensions.policies = vec![PolicyInformationDocument {
            oid: "1.2.3.4".to_owned(),
            statements: vec!["https://pki.example.test/cps".to_owned()],
            notice,
        }];
        extensions.policy_mappings = vec![PolicyMappingDocument { issuer: "1.2.3.4".to_owned(), subject: "1.2.3.5".to_owned() }];
        extensions.require_explicit_policy = Some(0);
        extensions.inhibit_policy_mapping = Some(1);
        extensions.inhibit_any_policy = Some(2);
        extensions.issuer_alt_names = vec!["dns:pki.example.test".to_owned()];
        extensions.freshest_crl = vec!["http://pki.example.test/delta.crl".to_owned()];
        extensions.subject_access =
            vec![AccessDocument { method: "1.3.6.1.5.5.7.48.5".to_owned(), location: "uri:http://pki.example.test/repository".to_owned() }];
        extensions.microsoft_template =
            Some(MicrosoftTemplateDocument { oid: "1.3.6.1.4.1.311.21.8.1".to_owned(), major: Some(1), minor: Some(2) });
        extensions.raw = vec![RawExtensionDocument { oid: "1.3.6.1.4.1.99999.1".to_owned(), critical: false, der: "0c026869".to_owned() }];
    })
    .unwrap();
    let written: Vec<_> = profile.extensions().further().iter().map(|extension| (extension.name(), extension.critical)).collect();
    assert_eq!(
        written,
        [
            ("certificatePolicies", false),
            ("policyMappings", true),
            ("policyConstraints", true),
            ("inhibitAnyPolicy", true),
            ("issuerAltName", false),
            ("freshestCRL", false),
            ("subjectInfoAccess", false),
            ("msCertificateTemplate", false),
            ("1.3.6.1.4.1.99999.1", false),
        ]
    );
    assert_eq!(Profile::from_toml(&profile.to_toml().unwrap(), 1).unwrap(), profile);
}

#[test]
fn extensions_that_break_a_rule_are_refused_with_the_rule() {
    let wrong = problems(changed("tls-server", |document| document.extensions.inhibit_any_policy = Some(0)));
    assert_eq!(wrong, [("extensions.inhibitAnyPolicy".to_owned(), ProblemKind::OnlyForAuthorities)]);
    let wrong = problems(changed("tls-server", |document| {
        let notice = Some("x".repeat(201));
        document.extensions.policies = vec![PolicyInformationDocument { oid: "1.2.3".to_owned(), statements: vec![], notice }];
    }));
    assert!(wrong.iter().any(|(_, kind)| *kind == ProblemKind::Unfit), "{wrong:?}");
}

#[test]
fn a_text_that_is_no_profile_says_where() {
    let Err(ProfileError::Syntax { line, problem }) = Profile::from_toml("format = 1\nname = \"x\"\ncolour = \"red\"\n", 1) else {
        panic!("taken")
    };
    assert_eq!(line, 3, "{problem}");
    assert!(problem.contains("colour"), "{problem}");
}

#[test]
fn fixed_attributes_stand_in_front_once() {
    let profile = changed("tls-client", |document| document.subject.fixed = "/C=DE/O=Example".to_owned()).unwrap();
    let applied = |text: &str| profile.subject().applied(&subject(text)).map(|name| name.openssl());
    assert_eq!(applied("/CN=alice").unwrap(), "/C=DE/O=Example/CN=alice");
    assert_eq!(applied("/C=DE/CN=alice").unwrap(), "/O=Example/C=DE/CN=alice");
    assert_eq!(applied("/C=DE/O=Example/CN=alice").unwrap(), "/C=DE/O=Example/CN=alice");
    assert!(matches!(applied("/O=Other/CN=alice"), Err(RuleBroken::AttributeFixed { .. })));
}

#[test]
fn subjects_are_held_to_the_rules() {
    let profile = changed("tls-client", |document| {
        document.subject.required = vec!["CN".to_owned(), "OU".to_owned()];
        document.subject.allowed = vec!["CN".to_owned(), "OU".to_owned(), "O".to_owned()];
        document.subject.patterns = vec![SubjectPatternDocument { attribute: "OU".to_owned(), pattern: "team-*".to_owned() }];
    })
    .unwrap();
    let applied = |text: &str| profile.subject().applied(&subject(text));
    assert!(applied("/OU=team-a/CN=alice").is_ok());
    assert!(matches!(applied("/CN=alice"), Err(RuleBroken::AttributeMissing { .. })));
    assert!(matches!(applied("/L=Bonn/OU=team-a/CN=alice"), Err(RuleBroken::AttributeNotAllowed { .. })));
    assert!(matches!(applied("/OU=sales/CN=alice"), Err(RuleBroken::AttributePattern { .. })));
}

#[test]
fn names_are_held_to_the_rules() {
    let profile = changed("mtls", |document| {
        document.names.required = vec!["dns".to_owned()];
        document.names.at_most = Some(3);
        document.names.fixed = vec!["dns:fixed.example.test".to_owned()];
        document.names.patterns = vec!["dns:*.internal.test".to_owned(), "ip:10.0.0.0/8".to_owned()];
    })
    .unwrap();
    let applied = |texts: &[&str]| profile.names().applied(&names(texts));
    assert_eq!(applied(&["dns:a.internal.test"]).unwrap(), names(&["dns:a.internal.test", "dns:fixed.example.test"]));
    assert!(matches!(applied(&["dns:a.example.test"]), Err(RuleBroken::NamePattern { .. })));
    assert!(matches!(applied(&["ip:192.0.2.1"]), Err(RuleBroken::NamePattern { .. })));
    assert!(matches!(applied(&["email:a@b.test"]), Err(RuleBroken::NameNotAllowed { .. })));
    assert!(matches!(applied(&["ip:10.0.0.1", "ip:10.0.0.2", "ip:10.0.0.3"]), Err(RuleBroken::TooManyNames { .. })));
    assert!(matches!(
        Profile::builtin("ad-logon").unwrap().names().applied(&names(&["email:a@b.test"])),
        Err(RuleBroken::NameMissing { .. })
    ));
    assert!(matches!(Profile::tls_server().names().applied(&[]), Err(RuleBroken::TooFewNames { .. })));
}
