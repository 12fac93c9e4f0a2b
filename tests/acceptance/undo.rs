//! What was not signed can be taken back, on the record; what was signed says why not.

use api::ErrorCode;
use api::request::Nothing;
use api::view::UndoView;
use serde_json::json;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

fn undo(sandbox: &Sandbox) -> UndoView {
    let plan = sandbox.surface.registry_undo_plan(ask(json!({}))).expect("a plan");
    sandbox.surface.registry_undo(ask(json!({ "sequence": plan.act.sequence }))).expect("undone")
}

fn set_keep(sandbox: &Sandbox, value: &str) {
    let changes = json!({ "changes": [{ "key": "backup.keep", "value": value }] });
    sandbox.surface.settings_set(ask(changes)).expect("set");
}

fn keep(sandbox: &Sandbox) -> String {
    let list = sandbox.surface.settings_list(Nothing {}).expect("a list").items;
    list.into_iter().find(|setting| setting.key == "backup.keep").expect("a setting").value
}

#[test]
fn acts_are_taken_back_one_by_one() {
    let sandbox = Sandbox::at_work();
    set_keep(&sandbox, "20");
    set_keep(&sandbox, "30");
    let done = undo(&sandbox);
    assert_eq!((done.act.action.as_str(), done.will.as_str()), ("setting.changed", "It is 20 again."));
    assert_eq!(keep(&sandbox), "20");
    undo(&sandbox);
    assert_eq!(keep(&sandbox), "14");
    assert_eq!(refusal(sandbox.surface.registry_undo_plan(ask(json!({})))), ErrorCode::NothingToUndo);
    let unknown = json!({ "sequence": 999_999 });
    assert_eq!(refusal(sandbox.surface.registry_undo_plan(ask(unknown.clone()))), ErrorCode::AuditEntryNotFound);
    assert_eq!(refusal(sandbox.surface.registry_undo(ask(unknown))), ErrorCode::AuditEntryNotFound);
    let again = json!({ "sequence": done.act.sequence });
    assert_eq!(refusal(sandbox.surface.registry_undo(ask(again))), ErrorCode::ChangedSince);
    let log = sandbox.surface.audit_list(ask(json!({ "action": "registry.undone" }))).expect("a log").items;
    assert_eq!(log.len(), 2);
    sandbox.assert_audit_whole();
}

#[test]
fn what_was_changed_again_is_not_taken_back_from_under_it() {
    let sandbox = Sandbox::at_work();
    set_keep(&sandbox, "20");
    let first = sandbox.surface.registry_undo_plan(ask(json!({}))).expect("a plan").act.sequence;
    set_keep(&sandbox, "30");
    assert_eq!(refusal(sandbox.surface.registry_undo(ask(json!({ "sequence": first })))), ErrorCode::ChangedSince);
    assert_eq!(keep(&sandbox), "30");
}

#[test]
fn what_was_signed_says_why_it_stays() {
    let sandbox = Sandbox::at_work();
    set_keep(&sandbox, "20");
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    sandbox.revoke(&www.id, "www.example.test", "superseded");
    let plan = sandbox.surface.registry_undo_plan(ask(json!({}))).expect("a plan");
    assert_eq!(plan.act.action, "setting.changed");
    assert!(plan.later.expect("something final").contains("issue a new certificate instead"));
    let revoked = sandbox.surface.audit_list(ask(json!({ "action": "certificate.revoked" }))).expect("a log").items.remove(0);
    let refused = sandbox.surface.registry_undo(ask(json!({ "sequence": revoked.sequence }))).expect_err("final");
    assert_eq!(refused.code, ErrorCode::UndoImpossible);
    assert_eq!(
        refused.fields["problem"],
        "A certificate was revoked: www.example.test. A revocation stays: issue a new certificate instead."
    );
}

#[test]
fn profiles_and_policies_go_back_as_new_versions() {
    let sandbox = Sandbox::at_work();
    let shown = sandbox.surface.profile_show(ask(json!({ "profile": "tls-server" }))).expect("a profile");
    let text = shown.text.replacen("tls-server", "intranet", 1);
    assert_eq!(sandbox.surface.profile_set(ask(json!({ "text": text }))).expect("set").profile.version, 1);
    sandbox.surface.profile_remove(ask(json!({ "profile": "intranet" }))).expect("removed");
    let trash = sandbox.surface.trash_list(Nothing {}).expect("the trash").items;
    assert_eq!(trash.iter().map(|item| (item.kind.as_str(), item.id.as_str())).collect::<Vec<_>>(), [("profile", "intranet")]);
    undo(&sandbox);
    assert_eq!(sandbox.surface.profile_show(ask(json!({ "profile": "intranet" }))).expect("back").profile.version, 3);
    sandbox.surface.profile_remove(ask(json!({ "profile": "intranet" }))).expect("removed");
    let left = sandbox.surface.trash_restore(ask(json!({ "kind": "profile", "id": "intranet" }))).expect("restored").items;
    assert!(left.is_empty());
    assert_eq!(refusal(sandbox.surface.trash_restore(ask(json!({ "kind": "profile", "id": "intranet" })))), ErrorCode::ProfileNotFound);

    let policy = |days: u32| json!({ "authority": "Issuing", "rules": { "profiles": [], "keys": [], "longestDays": days, "names": [] } });
    sandbox.surface.policy_set(ask(policy(90))).expect("set");
    sandbox.surface.policy_set(ask(policy(30))).expect("set");
    undo(&sandbox);
    let shown = sandbox.surface.policy_show(ask(json!({ "authority": "Issuing" }))).expect("a policy");
    assert_eq!((shown.version, shown.rules.longest_days), (Some(3), Some(90)));
    undo(&sandbox);
    assert_eq!(sandbox.surface.policy_show(ask(json!({ "authority": "Issuing" }))).expect("a policy").rules.longest_days, None);
}

#[test]
fn an_authority_is_renamed_and_renamed_back() {
    let sandbox = Sandbox::at_work();
    let set = |request| sandbox.surface.authority_set(ask(request));
    let changed = set(json!({ "authority": "Issuing", "name": "Team CA", "crlDays": 14, "crlUrls": [] })).expect("changed");
    assert_eq!(changed.name, "Team CA");
    let crl = sandbox.surface.crl_build(ask(json!({ "authority": "Team CA" }))).expect("a CRL");
    assert_eq!(crl.next_update.as_deref(), Some("2026-12-06T12:00:00Z"));
    assert_eq!(refusal(set(json!({ "authority": "Team CA", "name": "Root" }))), ErrorCode::NameTaken);
    assert_eq!(refusal(set(json!({ "authority": "Team CA", "crlDays": 0 }))), ErrorCode::BadUsage);
    assert_eq!(refusal(set(json!({ "authority": "Team CA", "crlUrls": ["nowhere"] }))), ErrorCode::BadUrl);
    undo(&sandbox);
    let shown = sandbox.surface.authority_show(ask(json!({ "authority": "Issuing" }))).expect("an authority");
    assert_eq!(shown.crl_urls, ["http://crl.example.test/issuing.crl"]);
}

#[test]
fn certificates_are_put_away_labelled_and_back_but_never_gone() {
    let sandbox = Sandbox::at_work();
    let one = sandbox.issue("Issuing", &["one.example.test"], "one").certificate.id;
    let two = sandbox.issue("Issuing", &["two.example.test"], "two").certificate.id;
    let both = json!([one, two]);
    sandbox.surface.certificate_tag(ask(json!({ "certificates": both, "add": ["vpn", "old"] }))).expect("tagged");
    sandbox.surface.certificate_tag(ask(json!({ "certificates": [one], "remove": ["old"] }))).expect("tagged");
    let tags = |id: &str| sandbox.surface.certificate_show(ask(json!({ "certificate": id }))).expect("a certificate").certificate.tags;
    assert_eq!((tags(&one), tags(&two)), (vec!["vpn".to_owned()], vec!["old".to_owned(), "vpn".to_owned()]));
    undo(&sandbox);
    assert_eq!(tags(&one), ["old", "vpn"]);
    undo(&sandbox);
    assert!(tags(&one).is_empty() && tags(&two).is_empty());
    let bad = json!({ "certificates": [one], "add": ["a,b"] });
    assert_eq!(refusal(sandbox.surface.certificate_tag(ask(bad))), ErrorCode::BadUsage);

    sandbox.surface.certificate_archive(ask(json!({ "certificates": both, "archived": true }))).expect("archived");
    let listed = |archived: bool| sandbox.surface.certificate_list(ask(json!({ "archived": archived }))).expect("a list").items.len();
    assert_eq!(listed(false), 2, "the authorities' own");
    assert_eq!(sandbox.surface.trash_list(Nothing {}).expect("the trash").items.len(), 2);
    undo(&sandbox);
    assert_eq!(listed(false), 4);
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("a check").ok);
}
