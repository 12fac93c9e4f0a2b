//! Lists that came about elsewhere: deltas that a lost registry has published, lists of another copy of the same key, and lists of an authority's other keys.

use std::collections::BTreeMap;

use api::request::Nothing;
use api::view::{CrlNumberText, CrlView};
use api::{ErrorCode, Surface};
use pki::crl::Crl;
use serde_json::{Value, json};
use suite::judges::sqlite::sqlite;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};
use time::Duration;

fn with(mut one: Value, more: Value) -> Value {
    one.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    one
}

fn number(view: &CrlView) -> u64 {
    match view.number {
        Some(CrlNumberText::Small(number)) => number,
        ref other => panic!("{other:?}"),
    }
}

fn build(surface: &Surface, more: Value) -> CrlView {
    surface.crl_build(ask(with(json!({ "authority": "Issuing" }), more))).unwrap_or_else(|error| panic!("{error:?}"))
}

fn export(surface: &Surface, out: &str, more: Value) -> Vec<String> {
    let request = with(json!({ "authority": "Issuing", "out": out, "overwrite": true }), more);
    let view = surface.crl_export(ask(request)).unwrap_or_else(|error| panic!("{error:?}"));
    view.files.into_iter().map(|file| file.path).collect()
}

fn install(surface: &Surface, path: &str) -> u32 {
    surface.crl_install(ask(json!({ "authority": "Issuing", "path": path }))).unwrap_or_else(|error| panic!("{error:?}")).revocations_taken
}

fn set(surface: &Surface, more: Value) {
    surface.authority_set(ask(with(json!({ "authority": "Issuing" }), more))).unwrap_or_else(|error| panic!("{error:?}"));
}

fn serials(path: &str) -> Vec<String> {
    let crl = Crl::from_vec(std::fs::read(path).expect("a file")).expect("a CRL");
    let mut serials: Vec<_> = crl.entries().map(|entry| entry.expect("an entry").serial().expect("a serial").to_string()).collect();
    serials.sort();
    serials
}

fn waiting(surface: &Surface) -> Vec<String> {
    surface.registry_status(Nothing {}).expect("a status").awaited_crls.into_iter().map(|waiting| waiting.authority.name).collect()
}

fn revoke(surface: &Surface, certificate: &str, name: &str, reason: &str) {
    let request = json!({ "certificates": [certificate], "reason": reason, "confirmation": name });
    surface.certificate_revoke(ask(request)).unwrap_or_else(|error| panic!("{error:?}"));
}

fn revoke_serial(surface: &Surface, serial: &str, reason: &str) {
    let request = json!({ "certificates": [], "serials": [serial], "issuer": "Issuing", "reason": reason, "confirmation": "revoke 1" });
    surface.certificate_revoke(ask(request)).expect("revoked");
}

fn new_key(surface: &Surface) {
    surface.authority_renew(ask(json!({ "renewal": { "authority": "Issuing", "newKey": true } }))).expect("a new key");
}

fn is_whole(surface: &Surface) {
    let check = surface.registry_check(ask(json!({}))).expect("checked");
    assert!(check.ok, "{check:?}");
}

/// Restores `acme.backup`.
fn restored(sandbox: &Sandbox, more: Value) -> Surface {
    let surface = sandbox.second();
    let request = json!({ "path": sandbox.text("acme.backup"), "to": sandbox.text("restored.chancery") });
    surface.registry_restore(ask(with(request, more))).unwrap_or_else(|error| panic!("{error:?}"));
    surface
}

/// The registry as it is now, open on another machine that has the same keys.
fn on_the_laptop(sandbox: &Sandbox, name: &str) -> Surface {
    sandbox.close();
    sqlite(&sandbox.text("acme.chancery"), "PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::copy(sandbox.path("acme.chancery"), sandbox.path(name)).expect("a copy");
    sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    let laptop = sandbox.second();
    laptop.registry_open(ask(json!({ "path": sandbox.text(name) }))).expect("opened");
    laptop
}

/// Serials on the next lists of the first and the second key.
fn on_both_lists(sandbox: &Sandbox, surface: &Surface) -> [Vec<String>; 2] {
    build(surface, json!({}));
    let files = export(surface, &sandbox.text("both.crl"), json!({}));
    let [first, second] = &files[..] else { panic!("{files:?}") };
    [serials(first), serials(second)]
}

#[test]
fn what_deltas_have_published_is_not_lost_by_a_restore_and_their_numbers_are_not_used_again() {
    let sandbox = Sandbox::at_work();
    set(&sandbox.surface, json!({ "delta": true }));
    let gone = ["x", "y"].map(|name| sandbox.issue("Issuing", &[&format!("{name}.example.test")], name).certificate);
    build(&sandbox.surface, json!({}));
    let base = export(&sandbox.surface, &sandbox.text("base.crl"), json!({})).remove(0);
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    let mut deltas = Vec::new();
    for certificate in &gone {
        sandbox.revoke(&certificate.id, &certificate.name, "keyCompromise");
        let file = sandbox.text(&format!("{}.crl", certificate.name));
        deltas.push((
            number(&build(&sandbox.surface, json!({ "delta": true }))),
            export(&sandbox.surface, &file, json!({ "delta": true })).remove(0),
        ));
    }
    assert_eq!(deltas.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 3]);
    sandbox.close();

    let surface = restored(&sandbox, json!({}));
    let out = sandbox.text("stale.crl");
    let stale = json!({ "authority": "Issuing", "delta": true, "out": out });
    assert_eq!(refusal(surface.crl_export(ask(stale))), ErrorCode::CrlAwaited, "the backup's delta is older than what was published");
    assert!(!sandbox.path("stale.crl").exists());
    assert_eq!(install(&surface, &deltas[1].1), 2, "the newest delta tells both");
    assert!(waiting(&surface).contains(&"Issuing".to_owned()), "a delta is no answer by itself");
    assert_eq!(refusal(surface.crl_build(ask(json!({ "authority": "Issuing" })))), ErrorCode::CrlAwaited);
    assert_eq!(install(&surface, &base), 0);
    assert!(!waiting(&surface).contains(&"Issuing".to_owned()));
    assert!(surface.crls_are_due().expect("a look"), "the base lacks what the delta told");
    let next = build(&surface, json!({}));
    assert!(number(&next) > 1_000_000 && next.entries == 2, "{next:?}");
    is_whole(&surface);
}

#[test]
fn where_the_deltas_are_lost_with_the_registry_their_numbers_are_passed_over_all_the_same() {
    let sandbox = Sandbox::at_work();
    let gone = sandbox.issue("Issuing", &["x.example.test"], "x").certificate;
    let base = sandbox.crl("Issuing");
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    sandbox.revoke(&gone.id, &gone.name, "keyCompromise");
    // By hand, without the setting: nothing in the backup tells of it.
    let delta = number(&build(&sandbox.surface, json!({ "delta": true })));
    sandbox.close();
    let surface = restored(&sandbox, json!({ "crls": [base] }));
    assert!(number(&build(&surface, json!({}))) > delta);
}

#[test]
fn a_list_of_another_copy_that_lacks_what_ours_has_is_replaced() {
    let sandbox = Sandbox::at_work();
    let gone = sandbox.issue("Issuing", &["x.example.test"], "x").certificate;
    sandbox.crl("Issuing");
    let laptop = on_the_laptop(&sandbox, "laptop.chancery");
    sandbox.revoke(&gone.id, &gone.name, "keyCompromise");
    sandbox.crl("Issuing");
    build(&laptop, json!({}));
    assert_eq!(number(&build(&laptop, json!({}))), 3);
    let theirs = export(&laptop, &sandbox.text("theirs.crl"), json!({})).remove(0);
    assert_eq!(serials(&theirs), Vec::<String>::new());
    assert_eq!(install(&sandbox.surface, &theirs), 0);
    assert!(sandbox.surface.crls_are_due().expect("a look"), "a revoked certificate passes for a good one until then");
    let ours = export(&sandbox.surface, &sandbox.text("ours.crl"), json!({})).remove(0);
    assert_eq!(serials(&ours), [gone.serial]);
    let shown = sandbox.surface.crl_show(ask(json!({ "path": ours }))).expect("shown");
    assert_eq!(number(&shown), 4);
    is_whole(&sandbox.surface);
}

#[test]
fn a_list_of_another_copy_with_the_number_of_ours_has_its_revocations_taken_and_listed() {
    let sandbox = Sandbox::at_work();
    let gone = sandbox.issue("Issuing", &["x.example.test"], "x").certificate;
    sandbox.crl("Issuing");
    let laptop = on_the_laptop(&sandbox, "laptop.chancery");
    sandbox.crl("Issuing");
    revoke(&laptop, &gone.id, &gone.name, "superseded");
    assert_eq!(number(&build(&laptop, json!({}))), 2);
    let theirs = export(&laptop, &sandbox.text("theirs.crl"), json!({})).remove(0);
    assert_eq!(install(&sandbox.surface, &theirs), 1);
    assert!(sandbox.surface.crls_are_due().expect("a look"));
    assert_eq!(serials(&export(&sandbox.surface, &sandbox.text("ours.crl"), json!({}))[0]), [gone.serial]);
    is_whole(&sandbox.surface);
}

#[test]
fn a_serial_on_two_lists_is_on_both_after_a_restore_with_both() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["long.example.test"], "long");
    new_key(&sandbox.surface);
    build(&sandbox.surface, json!({}));
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    revoke_serial(&sandbox.surface, "0abc", "keyCompromise");
    let mut files = export(&sandbox.surface, &sandbox.text("newest.crl"), json!({}));
    files.reverse();
    sandbox.close();
    let surface = restored(&sandbox, json!({ "crls": files, "acceptLostCrls": true }));
    assert_eq!(on_both_lists(&sandbox, &surface), [["0abc"], ["0abc"]]);
    is_whole(&surface);
}

/// A registry whose first key has signed a certificate, and a list of its second key that has the certificate's serial: `openssl ca -gencrl` lists the whole
/// index under whichever key it is given.
fn listed_by_the_other_key(reason: &str) -> (Sandbox, String, String) {
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    new_key(&sandbox.surface);
    build(&sandbox.surface, json!({}));
    let laptop = on_the_laptop(&sandbox, "laptop.chancery");
    revoke(&laptop, &www.id, &www.name, reason);
    laptop.registry_close(Nothing {}).expect("closed");
    sandbox.keyring.set_locked(false);
    let both = "INSERT INTO crl_entries (generation, serial, encoded, not_after) SELECT g.id, e.serial, e.encoded, e.not_after \
        FROM crl_entries e JOIN generations f ON f.id = e.generation JOIN generations g ON g.authority = f.authority AND g.number = 2; \
        UPDATE generations SET revision = revision + 1, stale_since = created_at WHERE number = 2";
    sqlite(&sandbox.text("laptop.chancery"), both);
    laptop.registry_open(ask(json!({ "path": sandbox.text("laptop.chancery") }))).expect("opened");
    build(&laptop, json!({ "generation": 2 }));
    let theirs = export(&laptop, &sandbox.text("theirs.crl"), json!({ "generation": 2 })).remove(0);
    assert_eq!(serials(&theirs), std::slice::from_ref(&www.serial));
    (sandbox, www.id, theirs)
}

#[test]
fn a_revocation_on_another_keys_list_is_on_the_list_that_answers_for_the_certificate() {
    let (sandbox, www, theirs) = listed_by_the_other_key("superseded");
    assert_eq!(install(&sandbox.surface, &theirs), 1);
    let due = sandbox.surface.crl_run(Nothing {}).expect("a round");
    assert!(due.items.iter().any(|run| run.generation == 1 && run.outcome == "built"), "its own key's list lacks it: {due:?}");
    let serial = sandbox.surface.certificate_show(ask(json!({ "certificate": www }))).expect("shown").certificate.serial;
    assert_eq!(on_both_lists(&sandbox, &sandbox.surface), [[serial.clone()], [serial.clone()]]);
    is_whole(&sandbox.surface);

    // As earlier versions left it: recorded under the key that had listed it, and on no list of the one that has signed it.
    sandbox.close();
    let file = sandbox.text("acme.chancery");
    let key = |number: u32| {
        format!(
            "(SELECT g.id FROM generations g JOIN authorities a ON a.id = g.authority WHERE a.name = 'Issuing' AND g.number = {number})"
        )
    };
    let newest = format!("(SELECT max(number) FROM crls WHERE generation = {})", key(1));
    let under_the_other = format!("UPDATE revocations SET generation = {}", key(2));
    let ended = format!("UPDATE crl_entries SET last_crl = {newest}, closed = 'lifted' WHERE generation = {}", key(1));
    sqlite(&file, &format!("{under_the_other}; {ended}"));
    sandbox.surface.registry_open(ask(json!({ "path": file }))).expect("opened");
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
    assert!(check.findings.iter().any(|finding| finding.code == "revocation_unlisted"), "{check:?}");
    assert_eq!(on_both_lists(&sandbox, &sandbox.surface), [[serial.clone()], [serial]]);
    is_whole(&sandbox.surface);
}

#[test]
fn a_hold_on_two_lists_leaves_both() {
    let (sandbox, www, theirs) = listed_by_the_other_key("certificateHold");
    assert_eq!(install(&sandbox.surface, &theirs), 1);
    assert!(on_both_lists(&sandbox, &sandbox.surface).iter().all(|list| list.len() == 1));
    sandbox.surface.certificate_release(ask(json!({ "certificates": [www] }))).expect("released");
    let due = sandbox.surface.crl_run(Nothing {}).expect("a round");
    assert_eq!(due.items.iter().filter(|run| run.outcome == "built").count(), 2, "{due:?}");
    assert_eq!(on_both_lists(&sandbox, &sandbox.surface), [Vec::<String>::new(), Vec::new()]);
    is_whole(&sandbox.surface);
}

#[test]
fn a_serial_whose_entry_on_one_of_two_lists_is_lost_is_on_both_after_a_salvage() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["long.example.test"], "long");
    new_key(&sandbox.surface);
    revoke_serial(&sandbox.surface, "0abc", "keyCompromise");
    build(&sandbox.surface, json!({}));
    sandbox.close();
    let file = sandbox.text("acme.chancery");
    sqlite(
        &file,
        "DELETE FROM crl_entries WHERE generation IN (SELECT id FROM generations WHERE number = 1); DELETE FROM crl_pieces; DELETE FROM crl_cuts",
    );
    sqlite(&file, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    let request = api::request::RegistrySalvage { file: sandbox.path("acme.chancery").into(), to: sandbox.path("new.chancery").into() };
    sandbox.second().registry_salvage(&request).unwrap_or_else(|error| panic!("{error:?}"));
    let open = "SELECT count(*) FROM crl_entries WHERE last_crl IS NULL AND serial = x'0abc'";
    assert_eq!(sqlite(&sandbox.text("new.chancery"), open).trim(), "2");
}

#[test]
fn a_key_without_a_base_keeps_no_other_from_its_delta() {
    let sandbox = Sandbox::at_work();
    set(&sandbox.surface, json!({ "delta": true }));
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    build(&sandbox.surface, json!({}));
    new_key(&sandbox.surface);
    sandbox.clock.advance(Duration::hours(1));
    sandbox.revoke(&www.id, &www.name, "superseded");
    let files = export(&sandbox.surface, &sandbox.text("delta.crl"), json!({ "delta": true }));
    let [first, second] = &files[..] else { panic!("{files:?}") };
    assert_eq!((serials(first), serials(second)), (vec![www.serial.clone()], Vec::new()));
    new_key(&sandbox.surface);
    sandbox.issue("Issuing", &["late.example.test"], "late");
    let built = build(&sandbox.surface, json!({ "delta": true }));
    assert!(!built.base && built.earlier.iter().all(|earlier| !earlier.base), "{built:?}");
}

#[test]
fn deltas_go_on_after_they_are_switched_off_since_certificates_name_them() {
    let sandbox = Sandbox::at_work();
    set(&sandbox.surface, json!({ "delta": true }));
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    build(&sandbox.surface, json!({}));
    set(&sandbox.surface, json!({ "delta": false }));
    sandbox.clock.advance(Duration::hours(1));
    sandbox.revoke(&www.id, &www.name, "superseded");
    let base = number(&build(&sandbox.surface, json!({})));
    let delta = export(&sandbox.surface, &sandbox.text("delta.crl"), json!({ "delta": true, "number": base.to_string() })).remove(0);
    assert_eq!(serials(&delta), [www.serial]);
    let (late, plain) = (sandbox.issue("Issuing", &["late.example.test"], "late").certificate, "http://crl.example.test/issuing-delta.crl");
    let named = sandbox.surface.certificate_show(ask(json!({ "certificate": late.id }))).expect("shown");
    assert!(!format!("{named:?}").contains(plain), "what is issued now names none");
    is_whole(&sandbox.surface);
}

/// What stands on the lists of the scopes in these files, by their place.
fn on_parts(files: &[String]) -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let lists = files.iter().map(|file| Crl::from_vec(std::fs::read(file).expect("a file")).expect("a CRL"));
    lists
        .filter_map(|crl| {
            let entries = crl.entries().map(|entry| entry.expect("an entry"));
            let entries = entries.map(|entry| (entry.serial().expect("a serial").to_string(), entry.der().to_vec())).collect();
            Some((crl.idp_urls().into_iter().next()?, entries))
        })
        .collect()
}

#[test]
fn what_every_part_had_every_part_keeps_when_the_certificate_turns_up() {
    let sandbox = Sandbox::at_work();
    set(&sandbox.surface, json!({ "delta": true, "partitions": 2 }));
    let laptop = on_the_laptop(&sandbox, "laptop.chancery");
    let draft = json!({ "draft": { "authority": "Issuing", "names": ["www.example.test"] }, "handOver": { "out": sandbox.text("www"), "plainKey": true } });
    let www = laptop.certificate_issue(ask(draft)).expect("issued").certificate;
    revoke_serial(&sandbox.surface, &www.serial, "superseded");
    build(&sandbox.surface, json!({}));
    let mut parts = on_parts(&export(&sandbox.surface, &sandbox.text("issuing.crl"), json!({})));
    assert!(parts.len() == 2 && parts.values().all(|part| part.contains_key(&www.serial)), "nobody knows which part it is of");
    let file = sandbox.text("www/www.example.test.crt");
    sandbox.surface.import_run(ask(json!({ "paths": [file], "passwords": [] }))).expect("imported");
    revoke(&sandbox.surface, &www.fingerprint, "www.example.test", "keyCompromise");
    build(&sandbox.surface, json!({}));
    let deltas = on_parts(&export(&sandbox.surface, &sandbox.text("delta.crl"), json!({ "delta": true })));
    assert_eq!(deltas.len(), 2);
    for (place, delta) in deltas {
        parts.get_mut(&place.replace("-delta", "")).expect("a part").extend(delta);
    }
    assert_eq!(parts, on_parts(&export(&sandbox.surface, &sandbox.text("issuing.crl"), json!({}))), "delta and base lead to the next base");
    is_whole(&sandbox.surface);
}

#[test]
fn what_only_a_list_from_elsewhere_has_had_is_released_and_sharpened() {
    let sandbox = Sandbox::at_work();
    let held = sandbox.issue("Issuing", &["held.example.test"], "held").certificate;
    let lost = sandbox.issue("Issuing", &["lost.example.test"], "lost").certificate;
    let laptop = on_the_laptop(&sandbox, "laptop.chancery");
    laptop.registry_unlock(ask(json!({}))).expect("unlocked");
    for certificate in [&held, &lost] {
        revoke(&laptop, &certificate.id, &certificate.name, "certificateHold");
    }
    build(&laptop, json!({}));
    let published = sandbox.text("published.crl");
    export(&laptop, &published, json!({}));
    sandbox.surface.registry_unlock(ask(json!({}))).expect("unlocked");
    assert_eq!(install(&sandbox.surface, &published), 2);

    // No list of ours has been made.
    sandbox.surface.certificate_release(ask(json!({ "certificates": [held.id] }))).expect("released");
    revoke(&sandbox.surface, &lost.id, &lost.name, "keyCompromise");
    build(&sandbox.surface, json!({}));
    export(&sandbox.surface, &published, json!({}));
    assert_eq!(serials(&published), [lost.serial.to_string()]);
    is_whole(&sandbox.surface);
}
