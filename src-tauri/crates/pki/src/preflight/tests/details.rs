//! For each lint of encodings, purposes, policies and the like a certificate that breaks it, and certificates that have all these things as
//! they should be.

use super::broken::{Case, alone, keyed, rsa};
use super::draft::{Draft, access, algorithm, crl_address, ec_key, listed, names, oid_der, period, purposes, raw_name, spki, usages};
use crate::alt_name::GeneralName;
use crate::asn1::{self, tag};
use crate::constraints::NameConstraints;
use crate::oid;
use crate::signature::{HashFunction, PssParameters};
use crate::usage::KeyUsage;
use time::macros::datetime;

const MGF1_WITH_SHA1: PssParameters = PssParameters { hash: HashFunction::Sha256, mask_hash: HashFunction::Sha1, salt: 20 };

pub(super) fn cases() -> Vec<Case> {
    [encodings(), keys(), subjects(), names_and_constraints(), use_of_keys(), policies(), addresses()].concat()
}

fn signed(draft: Draft, identifier: Vec<u8>) -> Draft {
    draft.changed(|draft| {
        draft.inner_algorithm = identifier.clone();
        draft.outer_algorithm = identifier;
    })
}

fn pss(parameters: PssParameters) -> Vec<u8> {
    asn1::sequence(&[&oid_der(oid::RSASSA_PSS), &parameters.to_der()])
}

fn encodings() -> Vec<Case> {
    let server = Draft::server;
    let endless = period(datetime!(2026-01-01 00:00:00 UTC), crate::validity::NO_EXPIRY);
    let with_null = |dotted| asn1::sequence(&[&oid_der(dotted), asn1::NULL]);
    vec![
        alone("serial_short", server().changed(|draft| draft.serial = vec![0x12, 0x34])),
        alone("signature_parameters_wrong", signed(server(), algorithm("1.2.840.113549.1.1.11"))),
        alone("signature_parameters_wrong", signed(server(), with_null("1.2.840.10045.4.3.2"))),
        alone("signature_parameters_wrong", signed(server(), with_null(oid::ED25519))),
        alone("signature_parameters_wrong", signed(server(), algorithm(oid::RSASSA_PSS))),
        alone("pss_parameters_uneven", signed(server(), pss(MGF1_WITH_SHA1))),
        alone("signature_weak", signed(server(), pss(PssParameters::of_hash(HashFunction::Sha1)))),
        alone("issuer_empty", server().changed(|draft| draft.issuer = "")),
        alone("unique_identifier_present", server().changed(|draft| draft.unique_identifiers = vec![0x82, 2, 0, 0xaa])),
        alone("no_end", Draft::root().changed(|draft| draft.validity = endless)),
        alone("critical_flag_wrong", server().changed(|draft| draft.all_flags = true)),
        alone("extension_critical_and_unknown", server().with(("1.3.6.1.4.1.99999.1", true, vec![5, 0]))),
    ]
}

fn keys() -> Vec<Case> {
    let server = Draft::server;
    let rsa_bits = rsa(256, &[1, 0, 1]);
    let without_null = |bits: &[u8]| spki(oid::RSA_ENCRYPTION, &[], bits);
    let inner = asn1::sequence(&[&asn1::unsigned(&[0xc5; 256]), &asn1::unsigned(&[1, 0, 1])]);
    let curve = oid_der(oid::SECP256R1);
    let point = [&[4], [7_u8; 64].as_slice()].concat();
    let compressed = spki(oid::EC_PUBLIC_KEY, &curve, &[&[2], [7_u8; 32].as_slice()].concat());
    let half_named = asn1::sequence(&[&asn1::tlv(0x80, &[1; 20]), &asn1::tlv(0x82, &[1])]);
    vec![
        alone("rsa_length_odd", keyed(server(), odd_rsa())),
        alone("rsa_modulus_divisible", keyed(server(), rsa_bits)),
        alone("rsa_parameters_not_null", keyed(server(), without_null(&inner))),
        alone("curve_unnamed", keyed(server(), spki(oid::EC_PUBLIC_KEY, &[0x30, 3, 2, 1, 1], &point))),
        alone("curve_unnamed", keyed(server(), spki(oid::EC_PUBLIC_KEY, asn1::NULL, &point))),
        alone("point_malformed", keyed(server(), spki(oid::EC_PUBLIC_KEY, &curve, &[4; 64]))),
        alone("point_malformed", keyed(server(), spki(oid::EC_PUBLIC_KEY, &curve, &[2; 65]))),
        alone("point_compressed", keyed(server(), compressed)),
        alone("edwards_key_malformed", keyed(server(), spki(oid::ED25519, asn1::NULL, &[7; 32]))),
        alone("edwards_key_malformed", keyed(server(), spki(oid::ED448, &[], &[7; 32]))),
        alone("key_outdated", keyed(server(), spki("1.2.840.10040.4.1", &[0x30, 0], &[2, 1, 5]))),
        alone("subject_key_id_critical", server().critical(oid::SUBJECT_KEY_IDENTIFIER, true)),
        alone("authority_key_id_critical", server().critical(oid::AUTHORITY_KEY_IDENTIFIER, true)),
        alone("authority_key_id_half_named", server().with((oid::AUTHORITY_KEY_IDENTIFIER, false, half_named))),
    ]
}

/// 2049 bits.
fn odd_rsa() -> Vec<u8> {
    let modulus = [&[1], [0xc5_u8; 256].as_slice()].concat();
    spki(oid::RSA_ENCRYPTION, asn1::NULL, &asn1::sequence(&[&asn1::unsigned(&modulus), &asn1::unsigned(&[1, 0, 1])]))
}

/// A modulus that no small prime divides.
fn sound_rsa() -> Vec<u8> {
    let modulus = [vec![0xff; 255], vec![0x01]].concat();
    let bits = asn1::sequence(&[&asn1::unsigned(&modulus), &asn1::unsigned(&[1, 0, 1])]);
    spki(oid::RSA_ENCRYPTION, asn1::NULL, &bits)
}

fn subjects() -> Vec<Case> {
    const CN: &str = "2.5.4.3";
    let named = |attribute: (&str, u8, &[u8])| {
        let host: (&str, u8, &[u8]) = (CN, tag::UTF8_STRING, b"www.example.test");
        Draft::server().changed(|draft| draft.raw_subject = Some(raw_name(&[attribute, host])))
    };
    let long = [b'a'; 65];
    vec![
        alone("country_wrong", named(("2.5.4.6", tag::PRINTABLE_STRING, b"Germany"))),
        alone("country_wrong", named(("2.5.4.6", tag::PRINTABLE_STRING, b"D1"))),
        alone("attribute_string_type_wrong", named(("2.5.4.6", tag::UTF8_STRING, b"DE"))),
        alone("attribute_string_type_wrong", named(("0.9.2342.19200300.100.1.25", tag::UTF8_STRING, b"test"))),
        alone("attribute_too_long", named(("2.5.4.10", tag::UTF8_STRING, &long))),
        alone("attribute_empty", named(("2.5.4.10", tag::UTF8_STRING, b""))),
        alone("attribute_in_old_string", named(("2.5.4.10", 0x14, b"Acme"))),
        alone("attribute_in_old_string", named(("2.5.4.10", 0x1e, &[0, b'A']))),
        alone("attribute_unreadable", named(("2.5.4.10", tag::UTF8_STRING, &[0xff]))),
        alone("attribute_character_wrong", named(("2.5.4.10", tag::PRINTABLE_STRING, b"a@b"))),
        alone("subject_hides_characters", named(("2.5.4.10", tag::UTF8_STRING, "Ac\u{202e}me".as_bytes()))),
        alone("subject_hides_characters", named(("2.5.4.10", tag::UTF8_STRING, b"Ac\nme"))),
        alone("email_in_subject", named(("1.2.840.113549.1.9.1", tag::IA5_STRING, b"ann@example.test"))),
    ]
}

/// A SmtpUTF8Mailbox (RFC 9598 3) beside the server's name.
fn international(mailbox: &str) -> (&'static str, bool, Vec<u8>) {
    let name = asn1::tlv(0xa0, &[oid_der("1.3.6.1.5.5.7.8.9"), asn1::tlv(0xa0, &asn1::tlv(tag::UTF8_STRING, mailbox.as_bytes()))].concat());
    (oid::SUBJECT_ALT_NAME, false, listed(&[name, asn1::tlv(0x82, b"www.example.test")]))
}

fn names_and_constraints() -> Vec<Case> {
    let server = Draft::server;
    let raw = |name: GeneralName| {
        let names = [GeneralName::Dns("www.example.test".to_owned()), name];
        server().with((oid::SUBJECT_ALT_NAME, false, GeneralName::list_to_der(&names)))
    };
    let base = asn1::tlv(0x82, b"a.test");
    let deep = asn1::sequence(&[&asn1::tlv(0xa0, &asn1::sequence(&[&base, &[0x80, 1, 1]]))]);
    let mask = asn1::sequence(&[&asn1::tlv(0xa0, &asn1::sequence(&[&asn1::tlv(0x87, &[10, 0, 0, 0, 255, 0, 255, 0])]))]);
    let partial = asn1::sequence(&[&asn1::tlv(0xa1, &asn1::sequence(&[&asn1::tlv(0x87, &[10, 0, 0, 0, 0xfd, 0, 0, 0])]))]);
    vec![
        alone("mailbox_wrong", raw(GeneralName::Email("Ann <ann@example.test>".to_owned()))),
        alone("mailbox_wrong", raw(GeneralName::Email("ann".to_owned()))),
        alone("mailbox_in_wrong_form", server().with(international("ann@example.test"))),
        alone("mailbox_in_wrong_form", server().with(international("\u{e4}nn@ex\u{e4}mple.test"))),
        alone("uri_wrong", raw(GeneralName::Uri("/a/path".to_owned()))),
        alone("issuer_names_critical", server().with((oid::ISSUER_ALT_NAME, true, listed(&[asn1::tlv(0x82, b"ca.test")])))),
        alone("constraint_with_distance", Draft::authority().with((oid::NAME_CONSTRAINTS, true, deep))),
        alone("network_mask_uneven", Draft::authority().with((oid::NAME_CONSTRAINTS, true, mask))),
        alone("network_mask_uneven", Draft::authority().with((oid::NAME_CONSTRAINTS, true, partial))),
    ]
}

fn use_of_keys() -> Vec<Case> {
    let server = Draft::server;
    let with_purposes = |list: &[&str], usage: KeyUsage| server().with(purposes(list)).with(usages(&[usage]));
    let not_an_authority = (oid::BASIC_CONSTRAINTS, true, asn1::sequence(&[&[tag::BOOLEAN, 1, 0]]));
    let stamps = with_purposes(&["timeStamping"], KeyUsage::DigitalSignature).without(oid::SUBJECT_ALT_NAME);
    vec![
        alone("narrowing_without_agreement", server().with(usages(&[KeyUsage::DigitalSignature, KeyUsage::EncipherOnly]))),
        alone(
            "authority_key_enciphers",
            Draft::authority().with(usages(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign, KeyUsage::KeyAgreement])),
        ),
        alone("authority_flag_wrong", server().with(not_an_authority)),
        alone("purpose_does_not_fit_usages", with_purposes(&["clientAuth"], KeyUsage::ContentCommitment)),
        alone("purpose_does_not_fit_usages", with_purposes(&["codeSigning"], KeyUsage::KeyAgreement)),
        alone("any_purpose_critical", server().with(purposes(&["anyExtendedKeyUsage"])).critical(oid::EXTENDED_KEY_USAGE, true)),
        alone("time_stamping_not_critical", stamps.clone()),
        alone(
            "time_stamping_beside_others",
            with_purposes(&["timeStamping", "codeSigning"], KeyUsage::DigitalSignature).critical(oid::EXTENDED_KEY_USAGE, true),
        ),
        alone("ocsp_signer_to_be_checked", with_purposes(&["OCSPSigning"], KeyUsage::DigitalSignature)),
        alone("server_signs_code", with_purposes(&["serverAuth", "codeSigning"], KeyUsage::DigitalSignature)),
    ]
}

fn policy(dotted: &str) -> Vec<u8> {
    asn1::sequence(&[&oid_der(dotted)])
}

/// A policy with a notice of so many characters.
fn noticed(dotted: &str, characters: usize) -> Vec<u8> {
    let text = asn1::tlv(tag::UTF8_STRING, "\u{e4}".repeat(characters).as_bytes());
    let qualifier = asn1::sequence(&[&oid_der("1.3.6.1.5.5.7.2.2"), &asn1::sequence(&[&text])]);
    asn1::sequence(&[&oid_der(dotted), &asn1::sequence(&[&qualifier])])
}

fn mapping(issuer: &str, subject: &str) -> (&'static str, bool, Vec<u8>) {
    (oid::POLICY_MAPPINGS, true, listed(&[asn1::sequence(&[&oid_der(issuer), &oid_der(subject)])]))
}

fn policies() -> Vec<Case> {
    let authority = Draft::authority;
    let with = |policies: &[Vec<u8>]| Draft::server().with((oid::CERTIFICATE_POLICIES, false, listed(policies)));
    let asserting = || authority().with((oid::CERTIFICATE_POLICIES, false, listed(&[policy("1.2.3")])));
    let required = (oid::POLICY_CONSTRAINTS, true, asn1::sequence(&[&[0x80, 1, 0]]));
    vec![
        alone("policies_empty", with(&[])),
        alone("policy_repeated", with(&[policy("1.2.3"), policy("1.2.3")])),
        alone("policy_notice_too_long", with(&[noticed("1.2.3", 201)])),
        alone("policy_constraints_empty", authority().with((oid::POLICY_CONSTRAINTS, true, listed(&[])))),
        alone("policy_constraints_not_critical", authority().with(required.clone()).critical(oid::POLICY_CONSTRAINTS, false)),
        alone("inhibit_any_policy_not_critical", authority().with((oid::INHIBIT_ANY_POLICY, false, vec![2, 1, 0]))),
        alone("any_policy_mapped", authority().with(mapping("2.5.29.32.0", "1.2.3"))),
        alone("any_policy_mapped", asserting().with(mapping("1.2.3", "2.5.29.32.0"))),
        alone("policy_mappings_not_critical", asserting().with(mapping("1.2.3", "1.2.4")).critical(oid::POLICY_MAPPINGS, false)),
        alone("mapped_policy_not_asserted", asserting().with(mapping("1.2.5", "1.2.4"))),
        alone("policy_rule_in_leaf", Draft::server().with(required)),
    ]
}

fn addresses() -> Vec<Case> {
    let server = Draft::server;
    let responder = |address| access(&[(oid::AD_OCSP, address)]);
    let freshest = || (oid::FRESHEST_CRL, false, crl_address("http://crl.example.test/delta.crl").2);
    let reasons_only = listed(&[asn1::sequence(&[&asn1::tlv(0x81, &[1, 0x40])])]);
    let no_revocation = || (oid::NO_REV_AVAIL, false, asn1::NULL.to_vec());
    vec![
        alone(
            "access_information_critical",
            server().with(responder("http://ocsp.example.test")).critical(oid::AUTHORITY_INFO_ACCESS, true),
        ),
        alone("freshest_crl_critical", server().with(freshest()).critical(oid::FRESHEST_CRL, true)),
        alone("distribution_points_critical", server().critical(oid::CRL_DISTRIBUTION_POINTS, true)),
        alone("distribution_point_without_place", server().with((oid::CRL_DISTRIBUTION_POINTS, false, reasons_only))),
        alone("crl_address_scheme_uncommon", server().with(crl_address("file:///var/crl"))),
        alone("access_address_over_https", server().with(responder("https://ocsp.example.test"))),
        alone("access_address_over_https", server().with(access(&[(oid::AD_CA_ISSUERS, "HTTPS://ca.example.test/ca.crt")]))),
        alone("no_revocation_beside_addresses", server().with(no_revocation())),
        alone(
            "no_revocation_beside_addresses",
            server().without(oid::CRL_DISTRIBUTION_POINTS).with(responder("http://ocsp.example.test")).with(no_revocation()),
        ),
        alone("no_revocation_in_authority", Draft::authority().without(oid::CRL_DISTRIBUTION_POINTS).with(no_revocation())),
        alone("directory_attributes_critical", server().with(("2.5.29.9", true, listed(&[])))),
        alone("netscape_extension_present", server().with(("2.16.840.1.113730.1.13", false, asn1::tlv(tag::IA5_STRING, b"hello")))),
    ]
}

/// Certificates that have what the lints above look for, as it should be. Each is issued by `Draft::root` or `Draft::authority`.
pub(super) fn sound() -> Vec<Draft> {
    let server = Draft::server;
    let leaf = |purpose: &str, usage: KeyUsage| {
        server().with(purposes(&[purpose])).with(usages(&[usage])).without(oid::SUBJECT_ALT_NAME).changed(|draft| draft.subject = "CN=Ann")
    };
    let constraints = NameConstraints::parse(&["dns:a.test", "ip:10.0.0.0/8", "ip:2001:db8::/33"], &["email:b.test"]).unwrap();
    let furnished = Draft::authority()
        .with((oid::NAME_CONSTRAINTS, true, constraints.to_der()))
        .with((oid::CERTIFICATE_POLICIES, false, listed(&[noticed("1.2.3", 200), policy("1.2.4")])))
        .with(mapping("1.2.3", "1.2.9"))
        .with((oid::POLICY_CONSTRAINTS, true, asn1::sequence(&[&[0x80, 1, 0], &[0x81, 1, 2]])))
        .with((oid::INHIBIT_ANY_POLICY, true, vec![2, 1, 0]))
        .with((oid::FRESHEST_CRL, false, crl_address("http://crl.example.test/delta.crl").2))
        .with((oid::ISSUER_ALT_NAME, false, listed(&[asn1::tlv(0x82, b"ca.test")])))
        .with(access(&[(oid::AD_OCSP, "http://ocsp.example.test"), (oid::AD_CA_ISSUERS, "http://ca.example.test/ca.crt")]));
    let subject = raw_name(&[
        ("2.5.4.6", tag::PRINTABLE_STRING, b"DE"),
        ("0.9.2342.19200300.100.1.25", tag::IA5_STRING, b"test"),
        ("2.5.4.10", tag::UTF8_STRING, &[b'a'; 64]),
        ("2.5.4.11", tag::PRINTABLE_STRING, b"Acme (Test), Ltd."),
        ("2.5.4.3", tag::UTF8_STRING, b"www.example.test"),
    ]);
    let short_lived = server().without(oid::CRL_DISTRIBUTION_POINTS).with((oid::NO_REV_AVAIL, false, asn1::NULL.to_vec())).with(names(&[
        "www.example.test",
        "uri:https://www.example.test/",
        "email:ann@example.test",
    ]));
    let agreeing = leaf("clientAuth", KeyUsage::KeyAgreement).with(usages(&[KeyUsage::KeyAgreement, KeyUsage::EncipherOnly]));
    let rsa_signed = asn1::sequence(&[&oid_der("1.2.840.113549.1.1.11"), asn1::NULL]);
    vec![
        furnished,
        server().changed(|draft| draft.raw_subject = Some(subject)),
        server().with(international("\u{e4}nn@example.test")),
        server().with(crl_address("ldap://ldap.example.test/cn=ca?certificateRevocationList")),
        short_lived,
        agreeing,
        leaf("codeSigning", KeyUsage::DigitalSignature),
        leaf("emailProtection", KeyUsage::ContentCommitment),
        leaf("timeStamping", KeyUsage::DigitalSignature).critical(oid::EXTENDED_KEY_USAGE, true),
        leaf("OCSPSigning", KeyUsage::DigitalSignature).with((oid::OCSP_NO_CHECK, false, asn1::NULL.to_vec())),
        keyed(server(), sound_rsa()),
        keyed(server(), spki(oid::ED25519, &[], &[7; 32])),
        keyed(server(), ec_key(9)),
        signed(server(), rsa_signed),
        signed(server(), pss(PssParameters::of_hash(HashFunction::Sha384))),
        signed(server(), algorithm(oid::ED25519)),
    ]
}
