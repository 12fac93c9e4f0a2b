//! What can be set: listed with meaning, unit and default, changed all or none, on record.

use api::ErrorCode;
use api::request::Nothing;
use api::view::SettingView;
use serde_json::{Value, json};
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

fn setting(sandbox: &Sandbox, key: &str) -> SettingView {
    let list = sandbox.surface.settings_list(Nothing {}).expect("a list").items;
    list.into_iter().find(|setting| setting.key == key).unwrap_or_else(|| panic!("no {key}"))
}

fn set(sandbox: &Sandbox, changes: &Value) -> Result<(), api::ApiError> {
    sandbox.surface.settings_set(ask(json!({ "changes": changes }))).map(drop)
}

#[test]
fn every_setting_says_what_it_means_and_what_it_takes() {
    let sandbox = Sandbox::with_keyring();
    for setting in sandbox.surface.settings_list(Nothing {}).expect("a list").items {
        assert!(setting.about.ends_with('.') && !setting.title.is_empty(), "{setting:?}");
        assert!(!setting.changed && setting.value == setting.default, "{setting:?}");
        assert_eq!(
            setting.kind == "number",
            setting.unit.is_some() && setting.least <= setting.most && setting.most.is_some(),
            "{setting:?}"
        );
    }
    assert_eq!(setting(&sandbox, "backup.keep").takes, "a whole number of files from 1 to 3650");
}

#[test]
fn a_change_holds_is_on_record_and_can_go_back() {
    let sandbox = Sandbox::with_keyring();
    set(&sandbox, &json!([{ "key": "backup.keep", "value": "30" }, { "key": "backup.daily", "value": "off" }])).expect("set");
    let keep = setting(&sandbox, "backup.keep");
    assert_eq!((keep.value.as_str(), keep.default.as_str(), keep.changed), ("30", "14", true));
    let log = sandbox.surface.audit_list(ask(json!({ "action": "setting." }))).expect("a log").items;
    assert_eq!(log.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(), ["backup.daily", "backup.keep"]);
    set(&sandbox, &json!([{ "key": "backup.keep" }])).expect("set");
    assert!(!setting(&sandbox, "backup.keep").changed);
    sandbox.assert_audit_whole();
}

#[test]
fn all_are_set_or_none() {
    let sandbox = Sandbox::with_keyring();
    let refused = set(&sandbox, &json!([{ "key": "backup.keep", "value": "30" }, { "key": "backup.old-after", "value": "0" }]));
    let error = refused.expect_err("out of bounds");
    assert_eq!(error.code, ErrorCode::BadSetting);
    assert_eq!(error.fields["takes"], "a whole number of days from 1 to 365");
    assert!(!setting(&sandbox, "backup.keep").changed);
    assert_eq!(refusal(set(&sandbox, &json!([{ "key": "backup.last", "value": "1" }]))), ErrorCode::SettingNotFound);
}

#[test]
fn a_folder_is_chosen_not_typed() {
    let sandbox = Sandbox::with_keyring();
    let typed = json!([{ "key": "backup.folder", "value": sandbox.text("") }]);
    assert_eq!(refusal(set(&sandbox, &typed)), ErrorCode::BadSetting);
    let missing = json!([{ "key": "backup.folder", "path": sandbox.text("missing") }]);
    assert_eq!(refusal(set(&sandbox, &missing)), ErrorCode::BadSetting);
    let folder = sandbox.folder().to_str().expect("UTF-8").to_owned();
    set(&sandbox, &json!([{ "key": "backup.folder", "path": folder }])).expect("set");
    assert_eq!(setting(&sandbox, "backup.folder").value, folder);
    set(&sandbox, &json!([{ "key": "backup.folder", "value": "" }])).expect("set");
    assert_eq!(setting(&sandbox, "backup.folder").value, "");
}

#[test]
fn the_life_of_crls_is_that_of_new_authorities() {
    let sandbox = Sandbox::with_keyring();
    set(&sandbox, &json!([{ "key": "crl.root-days", "value": "30" }])).expect("set");
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Root" }));
    let crl = sandbox.surface.crl_build(ask(json!({ "authority": "Root" }))).expect("a CRL");
    assert_eq!((crl.this_update.as_str(), crl.next_update.as_deref()), ("2026-11-22T12:00:00Z", Some("2026-12-22T12:00:00Z")));
}
