//! For each lint a certificate that breaks its rule, with its issuer where the rule compares them.

use super::details;
use super::draft::{Draft, algorithm, authority_mark, crl_address, names, period, purposes, spki, subject_key_id, usages};
use crate::alt_name::GeneralName;
use crate::asn1::{self, tag};
use crate::constraints::NameConstraints;
use crate::oid;
use crate::usage::KeyUsage;
use time::macros::datetime;

pub(super) type Case = (&'static str, Draft, Option<Draft>);

pub(super) fn cases() -> Vec<Case> {
    [frames(), keys(), marks(), subjects(), constraints(), issuers(), addresses(), details::cases()].concat()
}

pub(super) fn alone(lint: &'static str, draft: Draft) -> Case {
    (lint, draft, None)
}

fn frames() -> Vec<Case> {
    let server = Draft::server;
    let times = asn1::sequence(&[&asn1::tlv(tag::GENERALIZED_TIME, b"20260101000000Z"), &asn1::tlv(tag::UTC_TIME, b"270101000000Z")]);
    vec![
        alone("version_not_three", server().changed(|draft| draft.version = None)),
        alone("serial_not_positive", server().changed(|draft| draft.serial = vec![0])),
        alone("serial_not_positive", server().changed(|draft| draft.serial = vec![0x80])),
        alone("serial_too_long", server().changed(|draft| draft.serial = vec![1; 21])),
        alone("serial_not_minimal", server().changed(|draft| draft.serial = vec![0, 1])),
        alone("signature_algorithms_differ", server().changed(|draft| draft.outer_algorithm = algorithm("1.2.840.10045.4.3.3"))),
        alone(
            "validity_ends_before_start",
            server().changed(|draft| draft.validity = period(datetime!(2027-01-01 00:00:00 UTC), datetime!(2026-01-01 00:00:00 UTC))),
        ),
        alone("time_encoding_wrong", server().changed(|draft| draft.validity = times)),
        alone("extension_repeated", server().changed(|draft| draft.extensions.push(usages(&[KeyUsage::DigitalSignature])))),
        alone("extension_unreadable", server().with((oid::KEY_USAGE, true, vec![tag::OCTET_STRING, 0]))),
        alone(
            "server_lives_too_long",
            server().changed(|draft| draft.validity = period(datetime!(2026-01-01 00:00:00 UTC), datetime!(2028-04-05 00:00:00 UTC))),
        ),
    ]
}

pub(super) fn rsa(modulus_octets: usize, exponent: &[u8]) -> Vec<u8> {
    let bits = asn1::sequence(&[&asn1::unsigned(&vec![0xaa; modulus_octets]), &asn1::unsigned(exponent)]);
    spki(oid::RSA_ENCRYPTION, asn1::NULL, &bits)
}

pub(super) fn keyed(draft: Draft, spki: Vec<u8>) -> Draft {
    draft.with(subject_key_id(&spki)).changed(|draft| draft.spki = spki)
}

fn keys() -> Vec<Case> {
    let curve = spki(oid::EC_PUBLIC_KEY, &asn1::oid(oid::SECP256K1).unwrap(), &[4; 65]);
    let sha1 = Draft::server().changed(|draft| draft.inner_algorithm = algorithm("1.2.840.10045.4.1"));
    vec![
        alone("rsa_key_too_short", keyed(Draft::server(), rsa(255, &[1, 0, 1]))),
        alone("rsa_exponent_unsafe", keyed(Draft::server(), rsa(256, &[3]))),
        alone("rsa_exponent_unsafe", keyed(Draft::server(), rsa(256, &[1, 0, 2]))),
        alone("curve_uncommon", keyed(Draft::server(), curve)),
        alone("signature_weak", sha1.changed(|draft| draft.outer_algorithm = draft.inner_algorithm.clone())),
        alone("subject_key_id_missing", Draft::authority().without(oid::SUBJECT_KEY_IDENTIFIER)),
        alone("subject_key_id_missing_in_leaf", Draft::server().without(oid::SUBJECT_KEY_IDENTIFIER)),
    ]
}

fn marks() -> Vec<Case> {
    let (authority, server) = (Draft::authority, Draft::server);
    let no_usages = (oid::KEY_USAGE, true, vec![tag::BIT_STRING, 1, 0]);
    let leaf_with_limit = (oid::BASIC_CONSTRAINTS, true, asn1::sequence(&[&[tag::INTEGER, 1, 0]]));
    vec![
        alone("basic_constraints_not_critical", authority().critical(oid::BASIC_CONSTRAINTS, false)),
        alone("authority_without_key_usage", authority().without(oid::KEY_USAGE)),
        alone("authority_without_cert_sign", authority().with(usages(&[KeyUsage::CrlSign]))),
        alone("authority_without_crl_sign", authority().with(usages(&[KeyUsage::KeyCertSign]))),
        alone("cert_sign_without_authority", server().with(usages(&[KeyUsage::KeyCertSign]))),
        alone("path_length_without_authority", server().with(leaf_with_limit)),
        alone("key_usage_not_critical", server().critical(oid::KEY_USAGE, false)),
        alone("key_usage_empty", server().with(no_usages)),
        alone("key_usage_does_not_fit_key", server().with(usages(&[KeyUsage::KeyEncipherment]))),
        alone("extended_key_usage_empty", server().with(purposes(&[]))),
        alone("extended_key_usage_any", server().with(purposes(&["anyExtendedKeyUsage"]))),
        alone("server_key_cannot_sign", server().with(usages(&[KeyUsage::KeyAgreement]))),
    ]
}

fn subjects() -> Vec<Case> {
    let server = Draft::server;
    let raw_names = |names: &[GeneralName]| (oid::SUBJECT_ALT_NAME, false, GeneralName::list_to_der(names));
    let nameless = |draft: Draft| draft.changed(|draft| draft.subject = "");
    vec![
        alone("authority_without_subject", nameless(Draft::authority())),
        alone("subject_empty_without_critical_names", nameless(server())),
        alone("names_critical_beside_subject", server().critical(oid::SUBJECT_ALT_NAME, true)),
        alone("names_empty", server().with(raw_names(&[]))),
        alone("name_unreadable", server().with(raw_names(&[GeneralName::Unreadable { tag: 0x87, content: vec![1] }]))),
        alone("name_repeated", server().with(names(&["www.example.test", "www.example.test"]))),
        alone("host_name_wrong", server().with(raw_names(&[GeneralName::Dns("a b".to_owned())]))),
        alone("wildcard_too_broad", server().with(names(&["*.test"]))),
        alone("server_without_names", server().with(names(&["ann@example.test"]))),
        alone("common_name_not_among_names", server().with(names(&["other.example.test"]))),
    ]
}

fn constraints() -> Vec<Case> {
    let constrained = |permitted: &[&str]| (oid::NAME_CONSTRAINTS, true, NameConstraints::parse(permitted, &[]).unwrap().to_der());
    let child = Draft::server();
    vec![
        alone("name_constraints_in_leaf", Draft::server().with(constrained(&["dns:a.test"]))),
        alone(
            "name_constraints_not_critical",
            Draft::authority().with(constrained(&["dns:a.test"])).critical(oid::NAME_CONSTRAINTS, false),
        ),
        alone("name_constraints_empty", Draft::authority().with(constrained(&[]))),
        alone("constraint_with_leading_dot", Draft::authority().with(constrained(&["dns:.a.test"]))),
        ("name_outside_constraints", child, Some(Draft::authority().with(constrained(&["dns:a.test"])))),
    ]
}

fn issuers() -> Vec<Case> {
    let (root, authority, server) = (Draft::root, Draft::authority, Draft::server);
    vec![
        ("issuer_name_differs", server(), Some(authority().changed(|draft| draft.subject = "CN=issuing"))),
        alone("authority_key_id_missing", server().without(oid::AUTHORITY_KEY_IDENTIFIER)),
        ("authority_key_id_differs", server(), Some(root().changed(|draft| draft.subject = "CN=Issuing"))),
        ("issuer_not_authority", server(), Some(authority().without(oid::BASIC_CONSTRAINTS))),
        ("issuer_may_not_sign_certificates", server(), Some(authority().with(usages(&[KeyUsage::CrlSign])))),
        ("path_length_exceeds_issuer", authority().with(authority_mark(Some(1))), Some(root())),
        ("path_length_exceeds_issuer", authority().with(authority_mark(None)), Some(root().with(authority_mark(Some(0))))),
        (
            "outlives_issuer",
            server(),
            Some(
                authority()
                    .changed(|draft| draft.validity = period(datetime!(2026-01-01 00:00:00 UTC), datetime!(2026-12-31 23:59:59 UTC))),
            ),
        ),
    ]
}

fn addresses() -> Vec<Case> {
    let staple = (oid::TLS_FEATURE, false, asn1::sequence(&[&[tag::INTEGER, 1, 5]]));
    vec![
        alone("no_revocation_address", Draft::server().without(oid::CRL_DISTRIBUTION_POINTS)),
        alone("crl_address_over_https", Draft::server().with(crl_address("https://crl.example.test/a.crl"))),
        alone("must_staple_without_ocsp", Draft::server().with(staple)),
    ]
}
