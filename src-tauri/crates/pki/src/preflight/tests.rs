#![expect(clippy::unwrap_used, reason = "tests fail loudly")]

mod broken;
mod crl;
mod details;
mod draft;

use super::Severity::{Error, Notice, Warning};
use super::*;
use draft::Draft;
use std::collections::BTreeSet;

fn found(draft: &Draft, issuer: Option<&Draft>) -> Vec<Finding> {
    let issuer = issuer.map(Draft::certificate);
    lint_certificate(&draft.certificate(), issuer.as_ref())
}

#[test]
fn sound_certificates_have_nothing_to_say() {
    let (root, authority, leaf) = (Draft::root(), Draft::authority(), Draft::server());
    for (draft, issuer) in [(&root, None), (&root, Some(&root)), (&authority, Some(&root)), (&leaf, Some(&authority)), (&leaf, None)] {
        assert_eq!(found(draft, issuer), []);
    }
    for draft in details::sound() {
        assert_eq!(found(&draft, None), []);
    }
}

#[test]
fn every_lint_finds_what_it_is_for_and_names_its_fields() {
    let mut tried = BTreeSet::from([table::VALIDITY_CUT.id]);
    for (lint, draft, issuer) in broken::cases() {
        let findings = found(&draft, issuer.as_ref());
        let ids: Vec<&str> = findings.iter().map(|finding| finding.lint).collect();
        let finding = findings.iter().find(|finding| finding.lint == lint);
        assert!(finding.is_some(), "{lint} is not among {ids:?}");
        let info = lints().iter().find(|info| info.id == lint).unwrap();
        let fields: Vec<&str> = finding.unwrap().fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(fields, info.fields, "{lint}");
        tried.insert(lint);
    }
    let all: BTreeSet<&str> = lints().iter().map(|lint| lint.id).collect();
    assert_eq!(tried, all);
    assert_eq!(all.len(), lints().len(), "names are unique");
    assert!(all.len() >= 60);
}

#[test]
fn values_are_shown() {
    let fields = |draft: &Draft| found(draft, Some(&Draft::authority())).into_iter().map(|finding| finding.fields).next().unwrap();
    let mut draft = Draft::server();
    draft.serial = vec![0xff];
    assert_eq!(fields(&draft), [("serial", "-01".to_owned())]);
    let moment = time::macros::datetime!(2026-01-02 03:04:05 UTC);
    assert_eq!(
        Finding::validity_cut_to_issuer(moment, moment).fields,
        [("wished", "2026-01-02T03:04:05Z".to_owned()), ("end", "2026-01-02T03:04:05Z".to_owned())]
    );
}

#[test]
fn severities_by_name() {
    for severity in [Error, Warning, Notice] {
        assert_eq!(severity.as_str().parse::<Severity>().unwrap(), severity);
    }
    assert!("fatal".parse::<Severity>().is_err());
}

#[test]
fn every_lint_has_its_words_and_they_speak_of_its_fields_only() {
    let catalogue = include_str!("../../../api/words/en/lints.json");
    let catalogue: std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>> =
        serde_json::from_str(catalogue).unwrap();
    let rules = || lints().iter().chain(crl_lints());
    let ids: BTreeSet<&str> = rules().map(|lint| lint.id).collect();
    assert_eq!(ids.len(), rules().count());
    assert_eq!(catalogue.keys().map(String::as_str).collect::<BTreeSet<_>>(), ids);
    for lint in rules() {
        let words = catalogue.get(lint.id).unwrap();
        assert_eq!(words.keys().collect::<Vec<_>>(), ["fix", "message", "title"], "{}", lint.id);
        for text in words.values() {
            let fields = text.split('{').skip(1).map(|part| part.split_once('}').unwrap().0);
            let strange: Vec<&str> = fields.filter(|field| !lint.fields.contains(field)).collect();
            assert!(strange.is_empty() && !text.is_empty(), "{}: {strange:?}", lint.id);
        }
    }
}
