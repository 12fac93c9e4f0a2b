//! For each lint of lists a list that breaks it, and lists that break none. Nobody signed them: lints do not look at signatures.

use super::draft::{Draft, algorithm, crl_address, listed, oid_der};
use super::*;
use crate::asn1::{self, tag};
use crate::crl::{Crl, CrlEntry, RevokedEntry};
use crate::oid;
use crate::revocation::RevocationReason;
use crate::usage::KeyUsage;
use crate::validity::{generalized_time_to_der, time_to_der};
use std::collections::BTreeSet;
use time::macros::datetime;

const THIS: OffsetDateTime = datetime!(2026-06-01 00:00:00 UTC);
const NEXT: OffsetDateTime = datetime!(2026-06-08 00:00:00 UTC);
const REVOKED: OffsetDateTime = datetime!(2026-05-01 12:00:00 UTC);

type Flagged = (&'static str, bool, Vec<u8>);

/// A list in parts, so that one part can be wrong.
#[derive(Clone)]
struct List {
    version: Option<u8>,
    inner_algorithm: Vec<u8>,
    outer_algorithm: Vec<u8>,
    issuer: &'static str,
    times: Vec<Vec<u8>>,
    /// `None`: left out.
    entries: Option<Vec<Vec<u8>>>,
    extensions: Vec<Flagged>,
    all_flags: bool,
}

impl List {
    /// What `Draft::authority` would sign.
    fn sound() -> Self {
        Self {
            version: Some(1),
            inner_algorithm: algorithm("1.2.840.10045.4.3.2"),
            outer_algorithm: algorithm("1.2.840.10045.4.3.2"),
            issuer: "CN=Issuing",
            times: vec![time_to_der(THIS), time_to_der(NEXT)],
            entries: Some(vec![entry(&[1, 2, 3], &[])]),
            extensions: vec![key_identifier(), number(&[0x10])],
            all_flags: false,
        }
    }

    /// A list of changes since number 15.
    fn delta() -> Self {
        Self::sound().with((oid::DELTA_CRL_INDICATOR, true, vec![tag::INTEGER, 1, 15]))
    }

    fn partition(fields: &[u8]) -> Self {
        Self::sound().with((oid::ISSUING_DISTRIBUTION_POINT, true, asn1::tlv(tag::SEQUENCE, fields)))
    }

    fn entry(serial: &[u8], extensions: &[Flagged]) -> Self {
        Self::sound().changed(|list| list.entries = Some(vec![entry(serial, extensions)]))
    }

    fn with(mut self, extension: Flagged) -> Self {
        self.extensions.retain(|(found, _, _)| *found != extension.0);
        self.extensions.push(extension);
        self
    }

    fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|(found, _, _)| *found != oid);
        self
    }

    fn changed(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn crl(&self) -> Crl {
        let issuer = crate::name::DistinguishedName::parse(self.issuer).unwrap();
        let tbs = asn1::sequence(&[
            &self.version.map(|version| vec![tag::INTEGER, 1, version]).unwrap_or_default(),
            &self.inner_algorithm,
            issuer.as_der(),
            &self.times.concat(),
            &self.entries.as_ref().map(|entries| listed(entries)).unwrap_or_default(),
            &asn1::tlv(0xa0, &extensions(&self.extensions, self.all_flags)),
        ]);
        Crl::from_vec(asn1::sequence(&[&tbs, &self.outer_algorithm, &asn1::bit_string(&[0; 8])])).unwrap()
    }
}

fn extensions(extensions: &[Flagged], all_flags: bool) -> Vec<u8> {
    let written: Vec<Vec<u8>> = extensions
        .iter()
        .map(|(oid, critical, value)| {
            let flag: &[u8] = match (critical, all_flags) {
                (true, _) => &[tag::BOOLEAN, 1, 0xff],
                (false, true) => &[tag::BOOLEAN, 1, 0],
                (false, false) => &[],
            };
            asn1::sequence(&[&oid_der(oid), flag, &asn1::tlv(tag::OCTET_STRING, value)])
        })
        .collect();
    listed(&written)
}

fn entry(serial: &[u8], said: &[Flagged]) -> Vec<u8> {
    entry_at(serial, &time_to_der(REVOKED), said)
}

fn entry_at(serial: &[u8], time: &[u8], said: &[Flagged]) -> Vec<u8> {
    let said = if said.is_empty() { Vec::new() } else { extensions(said, false) };
    asn1::sequence(&[&asn1::tlv(tag::INTEGER, serial), time, &said])
}

fn number(octets: &[u8]) -> Flagged {
    (oid::CRL_NUMBER, false, asn1::tlv(tag::INTEGER, octets))
}

fn key_identifier() -> Flagged {
    let key_id = Draft::authority().certificate().subject_key_id().unwrap();
    (oid::AUTHORITY_KEY_IDENTIFIER, false, asn1::sequence(&[&asn1::tlv(0x80, key_id.as_bytes())]))
}

fn reason(code: u8) -> Flagged {
    (oid::CRL_REASON, false, vec![0x0a, 1, code])
}

fn certificate_issuer(critical: bool) -> Flagged {
    let name = crate::name::DistinguishedName::parse("CN=Another").unwrap();
    ("2.5.29.29", critical, listed(&[asn1::tlv(0xa4, name.as_der())]))
}

fn freshest() -> Flagged {
    (oid::FRESHEST_CRL, false, crl_address("http://crl.example.test/delta.crl").2)
}

fn cases() -> Vec<(&'static str, List, Option<Draft>)> {
    let alone = |lint, list| (lint, list, None);
    let beside = |lint, list, issuer| (lint, list, Some(issuer));
    let sound = List::sound;
    let timed = |times: [&[u8]; 2]| sound().changed(|list| list.times = times.iter().map(|time| time.to_vec()).collect());
    let single = |said: &[Flagged]| List::entry(&[5], said);
    let signed = |identifier: Vec<u8>| {
        sound().changed(|list| {
            list.inner_algorithm = identifier.clone();
            list.outer_algorithm = identifier;
        })
    };
    let pss = crate::signature::PssParameters {
        hash: crate::signature::HashFunction::Sha256,
        mask_hash: crate::signature::HashFunction::Sha1,
        salt: 20,
    };
    let (this, next) = (time_to_der(THIS), time_to_der(NEXT));
    let generalized = generalized_time_to_der(THIS);
    let late = time_to_der(datetime!(2027-06-03 00:00:00 UTC));
    let access = draft::access(&[(oid::AD_CA_ISSUERS, "http://ca.example.test/ca.crt")]).2;
    let unreadable = vec![tag::SEQUENCE, 3, tag::INTEGER, 1, 5];
    vec![
        alone("crl_version_not_two", sound().changed(|list| list.version = None)),
        alone("crl_algorithms_differ", sound().changed(|list| list.outer_algorithm = algorithm("1.2.840.10045.4.3.3"))),
        alone("crl_signature_parameters_wrong", signed(algorithm("1.2.840.113549.1.1.11"))),
        alone("crl_pss_parameters_uneven", signed(asn1::sequence(&[&oid_der(oid::RSASSA_PSS), &pss.to_der()]))),
        alone("crl_signature_weak", signed(algorithm("1.2.840.10045.4.1"))),
        alone("crl_issuer_empty", sound().changed(|list| list.issuer = "")),
        alone("crl_next_update_missing", sound().changed(|list| list.times = vec![time_to_der(THIS)])),
        alone("crl_next_update_not_after_this", timed([&this, &this])),
        alone("crl_time_encoding_wrong", timed([&generalized, &next])),
        alone("crl_time_encoding_wrong", timed([&this, &asn1::tlv(tag::UTC_TIME, b"2606080000Z")])),
        alone("crl_entries_empty", sound().changed(|list| list.entries = Some(Vec::new()))),
        alone("crl_lives_too_long", timed([&this, &late])),
        alone("crl_number_missing", sound().without(oid::CRL_NUMBER)),
        alone("crl_number_critical", sound().with((oid::CRL_NUMBER, true, vec![tag::INTEGER, 1, 5]))),
        alone("crl_number_not_minimal", sound().with(number(&[0, 5]))),
        alone("crl_authority_key_id_missing", sound().without(oid::AUTHORITY_KEY_IDENTIFIER)),
        alone("crl_authority_key_id_critical", sound().with((oid::AUTHORITY_KEY_IDENTIFIER, true, key_identifier().2))),
        alone("crl_extension_repeated", sound().changed(|list| list.extensions.push(number(&[0x10])))),
        alone("crl_critical_flag_wrong", sound().changed(|list| list.all_flags = true)),
        alone("crl_extension_critical_and_unknown", sound().with(("1.3.6.1.4.1.99999.1", true, vec![5, 0]))),
        alone("crl_partition_not_critical", sound().with((oid::ISSUING_DISTRIBUTION_POINT, false, vec![0x30, 3, 0x81, 1, 0xff]))),
        alone("crl_partition_empty", List::partition(&[])),
        alone("crl_partition_contradictory", List::partition(&[0x81, 1, 0xff, 0x82, 1, 0xff])),
        alone("crl_partition_flag_wrong", List::partition(&[0x81, 1, 0xff, 0x84, 1, 0])),
        alone("crl_delta_not_critical", sound().with((oid::DELTA_CRL_INDICATOR, false, vec![tag::INTEGER, 1, 15]))),
        alone("crl_delta_below_base", sound().with((oid::DELTA_CRL_INDICATOR, true, vec![tag::INTEGER, 1, 17]))),
        alone("crl_freshest_in_delta", List::delta().with(freshest())),
        alone("crl_freshest_critical", sound().with((oid::FRESHEST_CRL, true, freshest().2))),
        alone("crl_access_information_critical", sound().with((oid::AUTHORITY_INFO_ACCESS, true, access))),
        beside("crl_issuer_name_differs", sound(), Draft::authority().changed(|draft| draft.subject = "CN=issuing")),
        beside("crl_authority_key_id_differs", sound(), Draft::root()),
        beside("crl_issuer_may_not_sign", sound(), Draft::authority().with(draft::usages(&[KeyUsage::KeyCertSign]))),
        beside(
            "crl_outlives_issuer",
            sound(),
            Draft::authority().changed(|draft| draft.validity = draft::period(datetime!(2026-01-01 00:00:00 UTC), THIS)),
        ),
        alone("crl_entry_unreadable", sound().changed(|list| list.entries = Some(vec![entry(&[1], &[]), unreadable.clone(), unreadable]))),
        alone("crl_entry_repeated", sound().changed(|list| list.entries = Some(vec![entry(&[1], &[]), entry(&[1], &[reason(4)])]))),
        alone("crl_entry_serial_odd", List::entry(&[0x80], &[])),
        alone("crl_entry_serial_odd", List::entry(&[0, 1], &[])),
        alone(
            "crl_entry_time_encoding_wrong",
            sound().changed(|list| list.entries = Some(vec![entry_at(&[1], &generalized_time_to_der(REVOKED), &[])])),
        ),
        alone("crl_entry_after_list", sound().changed(|list| list.entries = Some(vec![entry_at(&[1], &time_to_der(NEXT), &[])]))),
        alone("crl_entry_reason_unspecified", single(&[reason(0)])),
        alone("crl_entry_reason_unknown", single(&[reason(7)])),
        alone("crl_entry_reason_unknown", single(&[reason(11)])),
        alone("crl_entry_removed_from_whole_list", single(&[reason(8)])),
        alone("crl_entry_date_not_generalized", single(&[(oid::INVALIDITY_DATE, false, time_to_der(REVOKED))])),
        alone("crl_entry_extension_critical", single(&[(oid::CRL_REASON, true, vec![0x0a, 1, 1])])),
        alone("crl_entry_not_understood", single(&[("1.3.6.1.4.1.99999.1", true, vec![5, 0])])),
        alone("crl_entry_of_another_issuer", single(&[certificate_issuer(true)])),
        alone("crl_entry_issuer_not_critical", single(&[certificate_issuer(false)])),
        alone("crl_entry_with_hold_instruction", single(&[reason(6), ("2.5.29.23", false, oid_der("1.2.840.10040.2.3"))])),
    ]
}

#[test]
fn every_lint_of_lists_finds_what_it_is_for_and_names_its_fields() {
    let mut tried = BTreeSet::new();
    for (lint, list, issuer) in cases() {
        let issuer = issuer.as_ref().map(Draft::certificate);
        let findings = lint_crl(&list.crl(), issuer.as_ref());
        let ids: Vec<&str> = findings.iter().map(|finding| finding.lint).collect();
        let finding = findings.iter().find(|finding| finding.lint == lint);
        assert!(finding.is_some(), "{lint} is not among {ids:?}");
        let info = crl_lints().iter().find(|info| info.id == lint).unwrap();
        let fields: Vec<&str> = finding.unwrap().fields.iter().map(|(name, _)| *name).collect();
        assert_eq!((fields.as_slice(), finding.unwrap().severity), (info.fields, info.severity), "{lint}");
        tried.insert(lint);
    }
    let all: BTreeSet<&str> = crl_lints().iter().map(|lint| lint.id).collect();
    assert_eq!(tried, all);
    assert_eq!(all.len(), crl_lints().len(), "names are unique");
    assert!(all.len() >= 20);
}

#[test]
fn sound_lists_have_nothing_to_say() {
    let authority = Draft::authority().certificate();
    let invalid_since = (oid::INVALIDITY_DATE, false, generalized_time_to_der(datetime!(1949-12-31 00:00:00 UTC)));
    let place = asn1::tlv(0xa0, &asn1::tlv(0xa0, &asn1::tlv(0x86, b"http://crl.example.test/1.crl")));
    let indirect = List::partition(&[place.as_slice(), &[0x84, 1, 0xff]].concat());
    for list in [
        List::sound(),
        List::sound().changed(|list| list.entries = None),
        List::sound().with(freshest()),
        List::sound().with((oid::AUTHORITY_INFO_ACCESS, false, listed(&[]))),
        List::sound().changed(|list| list.times = vec![time_to_der(THIS), time_to_der(datetime!(2026-12-01 00:00:00 UTC))]),
        List::partition(&[place.as_slice(), &[0x81, 1, 0xff]].concat()),
        // A delta issued together with a base carries the base's number.
        List::delta().with((oid::DELTA_CRL_INDICATOR, true, vec![tag::INTEGER, 1, 16])),
        List::delta().changed(|list| list.entries = Some(vec![entry(&[1], &[reason(8)])])),
        List::sound().changed(|list| list.entries = Some(vec![entry(&[1], &[reason(1), invalid_since]), entry(&[2], &[reason(10)])])),
        // Serial numbers of two issuers may be the same.
        indirect.changed(|list| list.entries = Some(vec![entry(&[1], &[]), entry(&[1], &[certificate_issuer(true)])])),
    ] {
        assert_eq!(lint_crl(&list.crl(), Some(&authority)), []);
        assert_eq!(lint_crl(&list.crl(), None), []);
    }
}

#[test]
fn entries_that_break_one_rule_are_counted_and_the_first_is_shown() {
    let broken = [(oid::CRL_REASON, false, Vec::new())];
    let entries = (1..=5_u8).map(|serial| entry(&[serial], if serial > 2 { &broken } else { &[] }));
    let list = List::sound().changed(|list| list.entries = Some(entries.collect()));
    let findings = lint_crl(&list.crl(), None);
    let fields: Vec<_> = findings.into_iter().map(|finding| (finding.lint, finding.fields)).collect();
    assert_eq!(fields, [("crl_entry_not_understood", vec![("serial", "03".to_owned()), ("entries", "3".to_owned())])]);
}

#[test]
fn what_we_write_passes_and_an_entry_alone_is_judged_without_its_list() {
    for reason in RevocationReason::ALL {
        let revoked = RevokedEntry {
            serial: "5a".parse().unwrap(),
            revoked_at: REVOKED,
            reason: Some(reason),
            invalidity_date: Some(datetime!(2051-01-01 00:00:00 UTC)),
        };
        let encoded = revoked.encode_linted().unwrap();
        assert_eq!(lint_crl_entry(&CrlEntry::from_der(&encoded).unwrap()), []);
    }
    let wrong = entry(&[5], &[reason(0), certificate_issuer(false)]);
    let found: Vec<&str> = lint_crl_entry(&CrlEntry::from_der(&wrong).unwrap()).iter().map(|finding| finding.lint).collect();
    assert_eq!(found, ["crl_entry_reason_unspecified", "crl_entry_issuer_not_critical"]);
}

#[test]
fn a_list_that_breaks_a_rule_is_not_signed() {
    use crate::crl::{CrlError, CrlNumber, CrlRequest, prepare_crl};
    let request = |issuer| CrlRequest {
        issuer,
        algorithm: crate::signer::SignatureAlgorithm::EcdsaP256Sha256,
        number: CrlNumber::from_u64(7),
        this_update: THIS,
        next_update: datetime!(2028-06-01 00:00:00 UTC),
        entries: entry(&[5], &[reason(1)]),
        form: crate::crl::CrlForm::default(),
    };
    let nameless = Draft::authority().changed(|draft| draft.subject = "").certificate();
    let refused = match prepare_crl(request(&nameless)) {
        Err(CrlError::Refused { findings }) => findings,
        _ => Vec::new(),
    };
    let found: Vec<&str> = refused.iter().map(|finding| finding.lint).collect();
    assert_eq!(found, ["crl_issuer_empty", "crl_lives_too_long", "crl_outlives_issuer"]);
    let prepared = prepare_crl(request(&Draft::authority().certificate())).unwrap();
    let found: Vec<&str> = prepared.findings().iter().map(|finding| finding.lint).collect();
    assert_eq!(found, ["crl_lives_too_long", "crl_outlives_issuer"]);
}
