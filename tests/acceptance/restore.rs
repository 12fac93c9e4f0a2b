//! A restored registry signs no CRL until the newest published one is given or given up, and loses no revocation that stands on it.

use api::ErrorCode;
use api::Surface;
use api::request::Nothing;
use api::view::{CrlNumberText, RestoreView};
use serde_json::{Value, json};
use suite::sandbox::{PASSPHRASE, refusal};
use suite::{Sandbox, ask};

/// A registry that published CRLs 1 and 2 of Issuing and was then backed up; after that it revoked `late` and published CRL 3.
struct Scene {
    sandbox: Sandbox,
    /// Serial of the certificate that was revoked after the backup.
    late: String,
    /// CRL 3, and CRL 2.
    newest: String,
    older: String,
}

fn scene() -> Scene {
    let sandbox = Sandbox::at_work();
    let early = sandbox.issue("Issuing", &["early.example.test"], "early").certificate;
    let late = sandbox.issue("Issuing", &["late.example.test"], "late").certificate;
    sandbox.crl("Issuing");
    sandbox.revoke(&early.id, "early.example.test", "superseded");
    let older = sandbox.write("older.crl", std::fs::read(sandbox.crl("Issuing")).expect("a CRL"));
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    sandbox.revoke(&late.id, "late.example.test", "keyCompromise");
    let newest = sandbox.crl("Issuing");
    sandbox.close();
    Scene { sandbox, late: late.serial, newest, older }
}

fn restored(sandbox: &Sandbox, more: &Value) -> (Surface, Result<RestoreView, api::ApiError>) {
    let mut request = json!({ "path": sandbox.text("acme.backup"), "to": sandbox.text("restored.chancery") });
    request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let surface = sandbox.second();
    let view = surface.registry_restore(ask(request));
    (surface, view)
}

fn waiting(surface: &Surface) -> Vec<String> {
    surface.registry_status(Nothing {}).expect("a status").awaited_crls.into_iter().map(|waiting| waiting.authority.name).collect()
}

fn build(surface: &Surface, authority: &str) -> Result<api::view::CrlView, api::ApiError> {
    surface.crl_build(ask(json!({ "authority": authority })))
}

fn number(view: &api::view::CrlView) -> u64 {
    match view.number {
        Some(CrlNumberText::Small(number)) => number,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn no_crl_is_signed_until_the_newest_is_given_or_given_up() {
    let Scene { sandbox, late, newest, older } = scene();
    let (surface, view) = restored(&sandbox, &json!({}));
    let view = view.expect("restored");
    assert_eq!((view.epoch, view.status.certificates), (1, 4));
    assert_eq!(view.made_at.as_deref(), Some("2026-11-22T12:00:00Z"));
    assert_eq!(waiting(&surface), ["Issuing", "Root"]);
    assert_eq!(refusal(build(&surface, "Issuing")), ErrorCode::CrlAwaited);
    let export = json!({ "authority": "Root", "out": sandbox.text("root.crl") });
    assert_eq!(refusal(surface.crl_export(ask(export))), ErrorCode::CrlAwaited);
    let known = surface.crl_list(ask(json!({ "authority": "Issuing" }))).expect("a list").items;
    let known_number = match &known[0].number {
        CrlNumberText::Small(number) => number.to_string(),
        CrlNumberText::Large(number) => number.clone(),
    };
    for named in [json!({}), json!({ "generation": 1 })] {
        let mut export = json!({ "authority": "Issuing", "out": sandbox.text("stale.crl") });
        export.as_object_mut().expect("an object").extend(named.as_object().expect("an object").clone());
        assert_eq!(refusal(surface.crl_export(ask(export.clone()))), ErrorCode::CrlAwaited);
        assert!(!sandbox.path("stale.crl").exists());
    }
    let by_number = json!({ "authority": "Issuing", "number": known_number, "out": sandbox.text("known.crl") });
    surface.crl_export(ask(by_number)).expect("the one that was asked for");
    let attention = surface.overview(Nothing {}).expect("an overview").attention;
    assert_eq!(attention.iter().filter(|item| item.code == "crl-awaited").count(), 2);

    let install = |path: &str| surface.crl_install(ask(json!({ "authority": "Issuing", "path": path })));
    // The one that the backup knows as its newest answers: nothing may have been published since.
    assert_eq!(install(&older).expect("installed").revocations_taken, 0);
    let installed = install(&newest).expect("installed");
    assert_eq!(installed.revocations_taken, 1);
    assert_eq!(installed.revocations[0].serial, late);
    assert_eq!(installed.revocations[0].reason, "keyCompromise");
    assert_eq!(waiting(&surface), ["Root"]);

    // Above the one that was given, and above any delta that may have been published since.
    let built = build(&surface, "Issuing").expect("built");
    assert!(number(&built) > 1_000_000 && built.entries == 2, "{built:?}");

    let wrong = json!({ "authority": "Root", "confirmation": "root" });
    assert_eq!(refusal(surface.crl_decline(ask(wrong))), ErrorCode::ConfirmationWrong);
    let status = surface.crl_decline(ask(json!({ "authority": "Root", "confirmation": "Root" }))).expect("declined");
    assert!(status.awaited_crls.is_empty());
    assert!(number(&build(&surface, "Root").expect("built")) > 1_000_000);
    let verified = surface.audit_verify(Nothing {}).expect("a verdict");
    assert!(verified.ok && verified.sealed, "{verified:?}");
    assert!(surface.registry_check(ask(json!({}))).expect("a check").ok);
}

#[test]
fn what_was_given_up_is_not_handed_out_as_current_again() {
    let Scene { sandbox, .. } = scene();
    let (surface, view) = restored(&sandbox, &json!({ "acceptLostCrls": true }));
    assert!(view.expect("restored").status.awaited_crls.is_empty());
    // The backup's CRL has life left, but a newer one was published before the registry was lost.
    let out = sandbox.text("issuing.crl");
    surface.crl_export(ask(json!({ "authority": "Issuing", "out": out }))).expect("exported");
    let shown = surface.crl_show(ask(json!({ "path": out }))).expect("a CRL");
    assert!(number(&shown) > 1_000_000, "{:?}", shown.number);
}

#[test]
fn lists_of_another_moment_are_not_handed_out_beside_a_crl_that_was_taken_in() {
    let sandbox = Sandbox::at_work();
    sandbox.surface.authority_set(ask(json!({ "authority": "Issuing", "partitions": 2 }))).expect("partitions");
    let late = sandbox.issue("Issuing", &["late.example.test"], "late").certificate;
    sandbox.crl("Issuing");
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    sandbox.revoke(&late.id, "late.example.test", "keyCompromise");
    let newest = sandbox.crl("Issuing");
    sandbox.close();
    let (surface, view) = restored(&sandbox, &json!({}));
    view.expect("restored");
    surface.crl_install(ask(json!({ "authority": "Issuing", "path": newest }))).expect("installed");
    assert!(surface.crls_are_due().expect("a look"), "the lists that belong to it were not given with it");
    std::fs::create_dir(sandbox.path("lists")).expect("a folder");
    let export = json!({ "authority": "Issuing", "out": sandbox.text("lists/issuing.crl") });
    let files = surface.crl_export(ask(export)).expect("exported").files;
    let shown: Vec<_> = files.iter().map(|file| surface.crl_show(ask(json!({ "path": file.path }))).expect("a CRL")).collect();
    let told: Vec<_> = shown.iter().map(|crl| crl.entries).collect();
    assert!(shown.iter().all(|crl| number(crl) == number(&shown[0]) && number(crl) > 2), "{shown:?}");
    assert!(told == [1, 1, 0] || told == [1, 0, 1], "{told:?}");
}

#[test]
fn an_older_crl_that_is_taken_in_later_leaves_past_ones_as_they_were() {
    let Scene { sandbox, newest, .. } = scene();
    let (surface, view) = restored(&sandbox, &json!({ "acceptLostCrls": true }));
    view.expect("restored");
    let first = build(&surface, "Issuing").expect("built");
    // CRL 3 turns up after all, with a revocation that the list above it lacks.
    let installed = surface.crl_install(ask(json!({ "authority": "Issuing", "path": newest }))).expect("installed");
    assert_eq!(installed.revocations_taken, 1);
    assert!(surface.crls_are_due().expect("a look"));
    assert_eq!((first.entries, build(&surface, "Issuing").expect("built").entries), (1, 2));
    let out = sandbox.text("first.crl");
    let export = json!({ "authority": "Issuing", "number": number(&first).to_string(), "out": out });
    surface.crl_export(ask(export)).expect("put together again");
    assert_eq!(surface.crl_show(ask(json!({ "path": out }))).expect("a CRL").sha256, first.sha256);
    assert!(surface.registry_check(ask(json!({}))).expect("a check").ok);
}

#[test]
fn crls_given_with_the_restore_bring_back_what_was_lost() {
    let Scene { sandbox, late, newest, .. } = scene();
    let (surface, view) = restored(&sandbox, &json!({ "crls": [newest], "acceptLostCrls": true }));
    let view = view.expect("restored");
    assert!(view.status.awaited_crls.is_empty());
    let [crl] = &view.crls[..] else { panic!("{view:?}") };
    assert_eq!((crl.authority.as_str(), crl.revocations[0].serial.as_str()), ("Issuing", late.as_str()));
    assert_eq!(crl.revocations[0].name.as_deref(), Some("late.example.test"));
    let shown = surface.certificate_show(ask(json!({ "certificate": late }))).expect("a certificate");
    assert_eq!(shown.certificate.status, "revoked");
    let built = build(&surface, "Issuing").expect("built");
    assert!(number(&built) > 1_000_000 && built.entries == 2, "{built:?}");
    let log = surface.audit_list(ask(json!({}))).expect("a log").items;
    for action in ["registry.restored", "crl.installed", "crl.declined"] {
        assert!(log.iter().any(|row| row.action == action), "{action}");
    }
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let Scene { sandbox, newest, .. } = scene();
    let foreign = Sandbox::at_work();
    foreign.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
    let (_, view) = restored(&sandbox, &json!({ "crls": [newest, foreign.crl("Issuing")] }));
    assert_eq!(refusal(view), ErrorCode::CrlSignatureInvalid);
    assert!(!sandbox.path("restored.chancery").exists());
    sandbox.write("restored.chancery", "something else");
    assert_eq!(refusal(restored(&sandbox, &json!({})).1), ErrorCode::RegistryExists);
    assert_eq!(sandbox.read("restored.chancery"), "something else");
    std::fs::remove_file(sandbox.path("restored.chancery")).expect("gone");
    let damaged = std::fs::read(sandbox.path("acme.backup")).expect("a backup");
    std::fs::write(sandbox.path("acme.backup"), &damaged[..damaged.len() / 2]).expect("cut");
    assert_eq!(refusal(restored(&sandbox, &json!({})).1), ErrorCode::RegistryDamaged);
    let left: Vec<_> = std::fs::read_dir(sandbox.folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("restor")), "{left:?}");
}

#[test]
fn an_older_crl_than_the_backup_knows_is_no_answer() {
    let sandbox = Sandbox::at_work();
    let first = sandbox.write("first.crl", std::fs::read(sandbox.crl("Issuing")).expect("a CRL"));
    sandbox.crl("Issuing");
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    sandbox.close();
    assert_eq!(refusal(restored(&sandbox, &json!({ "crls": [first] })).1), ErrorCode::CrlNotNewer);
}

#[test]
fn a_vault_comes_along_and_a_new_authority_waits_for_nothing() {
    let sandbox = Sandbox::with_vault();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA" }));
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    sandbox.close();
    for name in ["acme.chancery", "acme.vault"] {
        std::fs::remove_file(sandbox.path(name)).expect("gone");
    }
    let (surface, view) = restored(&sandbox, &json!({}));
    assert!(!view.expect("restored").status.unlocked);
    assert!(sandbox.path("restored.vault").exists());
    surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE }))).expect("unlocked");
    surface.authority_create(ask(json!({ "name": "Second", "subject": "CN=Acme Second CA" }))).expect("an authority");
    assert_eq!(waiting(&surface), ["Root"]);
    assert_eq!(number(&build(&surface, "Second").expect("built")), 1);
    assert_eq!(refusal(build(&surface, "Root")), ErrorCode::CrlAwaited);
}

#[test]
fn a_backup_that_is_opened_as_it_is_waits_as_well() {
    let Scene { sandbox, .. } = scene();
    let surface = sandbox.second();
    surface.registry_open(ask(json!({ "path": sandbox.text("acme.backup") }))).expect("opened");
    assert_eq!(waiting(&surface), ["Issuing", "Root"]);
    surface.registry_close(Nothing {}).expect("closed");
    sandbox.keyring.set_locked(false);
    surface.registry_open(ask(json!({ "path": sandbox.text("acme.backup") }))).expect("opened");
    let log = surface.audit_list(ask(json!({ "action": "registry.restored" }))).expect("a log").items;
    assert_eq!(log.len(), 1, "it is taken over once");
}
