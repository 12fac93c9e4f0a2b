//! The catalogue and the codes are compared, both ways.
#![expect(clippy::unwrap_used, reason = "tests fail loudly")]

use authority::pki::ldif::LdifFault;

use super::*;

fn placeholders(text: &str) -> Vec<&str> {
    text.split('{').skip(1).map(|part| part.split_once('}').unwrap().0).collect()
}

#[test]
fn every_error_code_has_its_words_and_no_other_has() {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    let missing: Vec<_> = codes.iter().filter(|code| !errors().contains_key(*code)).collect();
    let unknown: Vec<_> = errors().keys().filter(|code| !codes.contains(code)).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "without words: {missing:?}; words without code: {unknown:?}");
}

#[test]
fn every_error_says_what_happened_what_is_safe_and_what_to_do() {
    for (code, words) in errors() {
        assert!(!words.title.ends_with('.') && words.title.len() > 10, "{code}: a title is a phrase");
        assert!(words.safe.ends_with('.'), "{code}: what is safe is a sentence");
        assert!(words.next.ends_with(['.', '}', '…', '?']), "{code}: the next step is a sentence");
    }
}

#[test]
fn every_field_of_an_error_has_general_words_and_each_is_used() {
    let mut used = std::collections::BTreeSet::new();
    for (code, words) in errors() {
        for text in [Some(&words.title), Some(&words.safe), Some(&words.next), words.cli.as_ref()].into_iter().flatten() {
            for name in placeholders(text) {
                assert!(error_fields().contains_key(name), "{code}: {{{name}}} has no general words");
                used.insert(name);
            }
        }
    }
    let unused: Vec<_> = error_fields().keys().filter(|name| !used.contains(name.as_str())).collect();
    assert!(unused.is_empty(), "general words for fields of no error: {unused:?}");
}

#[test]
fn no_sentence_shows_a_placeholder() {
    for code in ErrorCode::ALL {
        let words = error(&ApiError::new(*code));
        for text in [Some(words.title), Some(words.safe), Some(words.next), words.cli].into_iter().flatten() {
            assert!(!text.contains(['{', '}']) && !text.is_empty(), "{}: {text}", code.as_str());
        }
    }
}

#[test]
fn fields_are_put_in_once() {
    let words = error(&ApiError::new(ErrorCode::FileNotFound).with("path", "{path}"));
    assert_eq!(words.title, "There is no file {path}");
}

#[test]
fn every_finding_of_a_check_has_its_words_and_no_other_has() {
    let codes: Vec<_> = authority::registry::FINDING_CODES.iter().map(|code| (*code).to_owned()).collect();
    assert_eq!(findings().keys().cloned().collect::<Vec<_>>(), codes, "the codes are in order");
    for (code, words) in findings() {
        assert!(words.message.ends_with('.') && words.fix.ends_with('.'), "{code}: sentences");
        assert!(placeholders(&words.message).iter().all(|name| *name == "problem") && placeholders(&words.fix).is_empty(), "{code}");
    }
    assert_eq!(finding("counter_wrong", "kept {problem}").message, "A total is wrong: kept {problem}.");
}

#[test]
fn every_problem_of_a_profile_has_its_words() {
    let mut codes: Vec<_> = authority::pki::profile::ProblemKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect();
    codes.push("syntax".to_owned());
    codes.sort();
    assert_eq!(profile_problems().keys().cloned().collect::<Vec<_>>(), codes);
    assert_eq!(profile_problem("duplicate", "{given}"), "“{given}” stands here twice.");
}

#[test]
fn every_problem_of_a_table_has_its_words() {
    same(table_problems(), authority::issue_many::PROBLEMS.iter().copied());
    let said = table_problem("same-row", &[("text", "7".to_owned()), ("cause", "3".to_owned())]);
    assert_eq!(said, "Row 7 says the same as row 3. Remove one of them.");
}

#[test]
fn every_concern_about_a_request_has_its_words() {
    use authority::request_inbox::Concern;
    for part in ["messages", "fixes"] {
        same(&requests()[part], Concern::CODES.iter().copied());
    }
    same(&requests()["weaknesses"], ["sha1", "rsa_below_2048"]);
    for part in ["states", "known"] {
        same(&requests()[part], ["open", "issued", "rejected"]);
    }
    let (message, fix) = request_concern("key-in-use", &[("name", "www".to_owned()), ("until", "2027".to_owned())]);
    assert_eq!(message, "The certificate www has the same key. It ends 2027.");
    assert!(fix.starts_with("For a renewal"));
}

#[test]
fn every_revocation_reason_has_its_words() {
    // RFC 5280 5.3.1.
    let names = [
        "aaCompromise",
        "affiliationChanged",
        "caCompromise",
        "certificateHold",
        "cessationOfOperation",
        "keyCompromise",
        "privilegeWithdrawn",
        "removeFromCRL",
        "superseded",
        "unspecified",
    ];
    assert_eq!(reasons().keys().collect::<Vec<_>>(), names);
}

#[test]
fn the_other_files_parse() {
    assert!(!checks().is_empty() && !attentions().is_empty() && !observations().is_empty());
    assert_eq!(
        check("host", "fail", &[("host", "a".to_owned()), ("names", "b".to_owned())]).1,
        "The certificate does not carry a; it carries b."
    );
    assert_eq!(doctor("locks", None, true, &[]), ("No other program holds the registry.".to_owned(), String::new()));
    assert_eq!(attention("crl-missing", &[("authority", "root".to_owned())]).title, "root has no CRL yet");
}

/// Compares the names that a catalogue has with those it should have.
#[track_caller]
fn same<T>(catalogue: &Catalogue<T>, wanted: impl IntoIterator<Item = &'static str>) {
    let wanted: std::collections::BTreeSet<_> = wanted.into_iter().collect();
    assert_eq!(catalogue.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(), wanted);
}

#[test]
fn every_lint_has_its_words_and_every_placeholder_a_value() {
    let rules: Vec<_> = authority::pki::preflight::lints().iter().chain(authority::pki::preflight::crl_lints()).collect();
    same(lints(), rules.iter().map(|lint| lint.id));
    for rule in rules {
        let words = lints().get(rule.id).unwrap();
        for name in placeholders(&words.message).into_iter().chain(placeholders(&words.fix)).chain(placeholders(&words.title)) {
            assert!(rule.fields.contains(&name), "{}: its findings carry no {{{name}}}", rule.id);
        }
    }
}

#[test]
fn every_statement_of_an_extension_has_its_words_and_every_placeholder_a_value() {
    let statements = authority::pki::extension::STATEMENTS;
    same(extensions(), statements.iter().map(|(code, _)| *code));
    for (code, fields) in statements {
        let mut said = placeholders(extensions().get(*code).unwrap());
        let mut fields = fields.to_vec();
        said.sort_unstable();
        fields.sort_unstable();
        assert_eq!(said, fields, "{code}");
    }
}

#[test]
fn terms_have_their_words() {
    use authority::pki::extension::TermKind;
    same(terms(), TermKind::ALL.iter().map(|kind| kind.as_str()));
    same(terms().get("usage").unwrap(), authority::pki::KeyUsage::ALL.map(authority::pki::KeyUsage::as_str));
    same(terms().get("purpose").unwrap(), authority::pki::ExtendedKeyUsage::KNOWN.iter().map(|(_, oid)| *oid));
    for (kind, words) in terms() {
        for (code, words) in words {
            assert!(!words.is_empty() && !words.ends_with('.') && !words.contains('{'), "{kind} {code}");
        }
    }
}

#[test]
fn extensions_in_plain_words() {
    use authority::pki::extension::{CertificatePolicies, ExtendedKeyUsages, ExtensionValue, PolicyInformation};
    let said = |value: ExtensionValue| value.describe().iter().map(statement).collect::<Vec<_>>();
    let usages = ["serverAuth", "1.2.3.4"].map(|text| text.parse().unwrap());
    let lines = said(ExtensionValue::ExtendedKeyUsages(ExtendedKeyUsages(usages.to_vec())));
    assert_eq!(lines, ["proves a TLS server (serverAuth)", "1.2.3.4"]);
    let policies = vec![PolicyInformation::of("2.23.140.1.2.1"), PolicyInformation::of("1.2.3.4")];
    let lines = said(ExtensionValue::CertificatePolicies(CertificatePolicies(policies)));
    assert_eq!(lines, ["policy: TLS servers, domain validated (2.23.140.1.2.1)", "policy: 1.2.3.4"]);
    let lines = said(ExtensionValue::from_der("2.5.29.19", &[0x30, 9]));
    assert_eq!(lines, ["cannot be read (value)", "octets 3009"]);
}

#[test]
fn everything_in_quarantine_has_its_words() {
    let of_ldif = [LdifFault::NotBase64, LdifFault::Elsewhere, LdifFault::TooLong, LdifFault::NoColon, LdifFault::Change, LdifFault::NoName];
    same(quarantine_reasons(), authority::sources::QUARANTINE.iter().copied().chain(of_ldif.map(LdifFault::code)));
    assert!(quarantine_reasons().values().all(|words| words.ends_with('.')));
}

#[test]
fn every_check_of_a_verification_has_its_words() {
    same(checks(), authority::pki::chain::CHECKS.iter().copied().chain(["registry"]));
}

#[test]
fn what_needs_the_user_and_what_the_doctor_sees_have_their_words() {
    same(
        attentions(),
        [
            "crl-awaited",
            "crl-expired",
            "crl-stale",
            "crl-due",
            "crl-missing",
            "earlier-crl-expired",
            "earlier-crl-stale",
            "earlier-crl-due",
            "certificate-ends",
            "authority-ends",
            "key-missing",
            "key-unreachable",
            "backup-old",
            "backup-none",
            "backup-failed",
            "backup-not-drilled",
            "recovery-missing",
            "clock-back",
            "registry-damaged",
            "registry-read-only",
            "source-crl-expired",
            "source-crl-due",
            "source-failed",
        ],
    );
    let observed = ["keyring", "vault", "keys", "strays", "clock", "disk", "locks", "modes", "registry", "network", "memory"];
    same(observations(), observed.into_iter().chain(["keyring-locked", "keyring-unreachable"]));
}

#[test]
fn every_setting_has_its_words() {
    same(settings(), authority::settings::KNOWN.iter().map(authority::settings::Setting::key));
    same(settings_take(), ["switch", "number", "folder", "days", "minutes", "files"]);
    for (key, words) in settings() {
        assert!(!words.title.ends_with('.') && words.about.ends_with('.'), "{key}");
    }
}

#[test]
fn every_state_of_a_key_has_its_words_and_all_but_one_a_next_step() {
    let states = [
        "ready",
        "locked",
        "unreachable",
        "missing",
        "wrong-key",
        "unreadable",
        "ambiguous",
        "staged",
        "leaving",
        "elsewhere",
        "stray",
        "stray-fits",
    ];
    // What is to be done about a vault is not what is to be done about a keyring.
    let of_vault = ["unreachable-vault", "missing-vault"];
    let of_copies = ["copy-damaged", "copy-missing"];
    same(key_states(), states.into_iter().chain(of_vault).chain(of_copies));
    assert!(key_state("missing", "vault", "").message.contains("vault") && !key_state("missing", "os", "").message.contains("vault"));
    assert_eq!(key_state("ready", "vault", ""), key_state("ready", "os", ""));
    for (state, words) in key_states() {
        assert!(words.message.ends_with('.') && words.next.is_empty() == (state == "ready"), "{state}");
        assert!(!words.title.ends_with('.'), "{state}");
    }
}

#[test]
fn what_can_be_undone_has_its_words() {
    same(undoing(), ["acts", "will", "final"]);
    let acts = undoing().get("acts").unwrap();
    for action in authority::undo::UNDOABLE {
        assert!(acts.contains_key(*action), "{action}");
    }
    for words in undoing().values().flat_map(|words| words.values()) {
        assert!(words.ends_with('.'), "{words}");
    }
}

#[test]
fn every_attempt_has_words_for_its_refusal_in_the_log() {
    let frame: serde_json::Value = serde_json::from_str(include_str!("../../words/en/ui-frame.json")).unwrap();
    for (command, attempt) in crate::surface::ATTEMPTS {
        let (noun, verb) = attempt.split_once('.').unwrap();
        let words = frame.pointer(&format!("/audit/{noun}/{verb}-refused"));
        assert!(words.is_some_and(serde_json::Value::is_string), "{command}: audit.{attempt}-refused");
    }
}
