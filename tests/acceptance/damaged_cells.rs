//! Junk in each column of each table, written past every constraint: the check names table, row and column, and a repair makes anew what can be derived.

use serde_json::json;
use suite::damage::cells::{junk, lines, populated};
use suite::judges::sqlite::sqlite;
use suite::{Sandbox, ask};

#[test]
fn junk_in_any_column_is_told() {
    let cells = junk(std::env::var("CHANCERY_DAMAGE").is_ok_and(|wish| wish == "all"), 1);
    assert!(cells.silent.is_empty(), "{} of {} not told:\n{}", cells.silent.len(), cells.tried, cells.silent.join("\n"));
    assert!(cells.tried > 150, "only {} tried", cells.tried);
}

#[test]
fn a_repair_makes_anew_what_can_be_derived_and_leaves_what_was_signed() {
    let sandbox = populated();
    let whole = sandbox.text("acme.chancery");
    let ders = |file: &str| lines(file, "SELECT hex(der) FROM certificate_ders ORDER BY certificate").join("\n");
    let before = ders(&whole);
    sqlite(
        &whole,
        "PRAGMA ignore_check_constraints = ON;
         UPDATE certificates SET names = 'no list', not_after = not_after + 1000, display_name = 'x', sort_name = 'y' WHERE id = (SELECT max(id) FROM certificates);
         UPDATE certificates SET standing = 'good', revoked_at = NULL, revocation_reason = NULL; UPDATE certificates SET kind = 'odd' WHERE id = (SELECT min(id) FROM certificates);
         DELETE FROM certificate_names; UPDATE position_ranges SET count = count + 1; UPDATE certificate_totals SET count = 7;
         INSERT INTO certificate_words (certificate_words) VALUES ('delete-all');
         DROP INDEX certificates_by_end; DROP TRIGGER audit_is_not_changed;",
    );
    let surface = sandbox.second();
    surface.registry_open(ask(json!({ "path": whole }))).expect("opened");
    let found = surface.registry_check(ask(json!({}))).expect("checked");
    let codes: std::collections::BTreeSet<_> = found.findings.iter().map(|finding| finding.code.as_str()).collect();
    for code in ["cell_unreadable", "schema_differs", "counter_wrong", "positions_wrong", "words_differ", "revocation_differs"] {
        assert!(codes.contains(code), "{code} is not among {codes:?}");
    }
    let overview = surface.overview(ask(json!({}))).map(|overview| overview.attention);
    let repaired = surface.registry_check(ask(json!({ "repair": true }))).expect("repaired");
    assert!(repaired.ok, "{repaired:?}");
    let done = repaired.repaired.expect("what was done");
    assert!(done.certificates >= 2 && done.derived && done.indexes, "{done:?}");
    assert_eq!(ders(&whole), before, "nothing that was signed is written");
    assert!(surface.audit_verify(ask(json!({}))).expect("a verdict").ok);
    let listed = surface.certificate_list(ask(json!({ "search": "gone" }))).map(|page| page.items.len());
    assert_eq!(listed.ok(), Some(1), "found by its words again");
    // What could not be read before shows as damage; afterwards nothing of it is left.
    assert!(overview.is_err() || overview.is_ok_and(|attention| attention.iter().any(|item| item.code == "registry-damaged")));
    let after = surface.overview(ask(json!({}))).expect("an overview").attention;
    assert!(after.iter().all(|item| item.code != "registry-damaged"), "{after:?}");
    let log = lines(&whole, "SELECT action FROM audit WHERE action LIKE 'registry.%' ORDER BY sequence");
    for action in ["registry.damage-found", "registry.reindexed", "registry.repaired", "registry.rebuilt"] {
        assert!(log.iter().any(|row| row == action), "{action} is not in {log:?}");
    }
}

#[test]
fn an_unreadable_standing_stops_the_list_until_it_is_repaired() {
    let sandbox = populated();
    let whole = sandbox.text("acme.chancery");
    let list = |surface: &api::Surface| surface.certificate_list(ask(json!({})));
    let good = "SELECT id FROM certificates WHERE standing = 'good' ORDER BY id DESC LIMIT 1";
    let revoked = "SELECT id FROM certificates WHERE standing = 'revoked' ORDER BY id DESC LIMIT 1";
    for (select, mended) in [(good, "good"), (revoked, "revoked")] {
        let id = lines(&whole, select).join("");
        sqlite(&whole, &format!("PRAGMA ignore_check_constraints = ON; UPDATE certificates SET standing = 'odd' WHERE id = {id}"));
        let surface = sandbox.second();
        surface.registry_open(ask(json!({ "path": whole }))).expect("opened");
        let error = list(&surface).expect_err("a list must not pass over a certificate");
        assert_eq!(error.code, api::ErrorCode::RegistryDamaged);
        let problem = error.fields.get("problem").expect("a problem");
        assert!(problem.starts_with(&format!("certificates row {id}, column standing: ")), "{problem}");
        let repaired = surface.registry_check(ask(json!({ "repair": true }))).expect("repaired");
        assert!(repaired.ok, "{repaired:?}");
        assert_eq!(lines(&whole, &format!("SELECT standing FROM certificates WHERE id = {id}")), [mended]);
        list(&surface).expect("a list again");
    }
}

#[test]
fn a_damaged_der_is_named_and_left() {
    let sandbox = populated();
    let whole = sandbox.text("acme.chancery");
    let id = lines(&whole, "SELECT max(id) FROM certificates").join("");
    sqlite(&whole, &format!("UPDATE certificate_ders SET der = CAST(der || x'00' AS BLOB) WHERE certificate = {id}"));
    let surface = sandbox.second();
    surface.registry_open(ask(json!({ "path": whole }))).expect("opened");
    let repaired = surface.registry_check(ask(json!({ "repair": true }))).expect("checked");
    let found: Vec<_> = repaired.findings.iter().map(|finding| (finding.location.clone(), finding.code.as_str())).collect();
    assert_eq!(found, [(format!("certificate {id}"), "certificate_changed")]);
    assert!(repaired.findings.iter().all(|finding| !finding.fix.is_empty()));
    let shown = surface.certificate_export(ask(json!({ "certificate": id, "format": "der", "out": sandbox.text("x.der") })));
    assert_eq!(shown.expect_err("bytes that are not the certificate's never leave").code, api::ErrorCode::RegistryDamaged);
    assert!(!sandbox.path("x.der").exists());
}

#[test]
fn damage_that_stops_a_backup_is_on_record_once() {
    let sandbox = populated();
    let whole = sandbox.text("acme.chancery");
    let id = lines(&whole, "SELECT max(id) FROM certificates").join("");
    sqlite(&whole, &format!("UPDATE certificate_ders SET der = CAST(der || x'00' AS BLOB) WHERE certificate = {id}"));
    let surface = sandbox.second();
    surface.registry_open(ask(json!({ "path": whole }))).expect("opened");
    for attempt in ["one.backup", "two.backup"] {
        let refused = surface.registry_backup(ask(json!({ "out": sandbox.text(attempt) })));
        assert_eq!(refused.expect_err("damaged").code, api::ErrorCode::RegistryDamaged);
        assert!(!sandbox.path(attempt).exists());
    }
    let told = lines(&whole, "SELECT detail FROM audit WHERE action = 'registry.damage-found'");
    assert_eq!(told, [r#"{"cause":"backup","codes":["certificate_changed"],"findings":1}"#]);
    let attention = surface.overview(ask(json!({}))).expect("an overview").attention;
    assert!(attention.iter().any(|item| item.code == "registry-damaged"), "{attention:?}");
}

#[test]
fn damage_to_what_lists_are_copied_from_holds_no_list_up() {
    let sandbox = Sandbox::at_work();
    for name in ["one", "two"] {
        let gone = sandbox.issue("Issuing", &[&format!("{name}.example.test")], name).certificate;
        sandbox.revoke(&gone.id, &gone.name, "superseded");
    }
    sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
    let exported = || {
        let request = json!({ "authority": "Issuing", "out": sandbox.text("issuing.crl"), "overwrite": true });
        sandbox.surface.crl_export(ask(request)).expect("exported");
        std::fs::read(sandbox.path("issuing.crl")).expect("a file")
    };
    let codes = || -> Vec<String> {
        let found = sandbox.surface.registry_check(ask(json!({}))).expect("checked").findings;
        found.into_iter().map(|finding| finding.code).collect()
    };
    let (mut whole, file) = (exported(), sandbox.text("acme.chancery"));
    for damage in ["UPDATE crl_pieces SET bytes = CAST(x'31' || substr(bytes, 2) AS BLOB)", "DELETE FROM crl_pieces"] {
        sqlite(&file, damage);
        assert!(codes().iter().any(|code| code == "crl_piece_differs"), "{damage}: {:?}", codes());
        assert_eq!(exported(), whole, "{damage}: the newest list is put together from its entries");
        let view = sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("the next");
        assert_eq!((view.entries, view.signature.as_str()), (2, "valid"), "{damage}");
        assert!(sandbox.surface.registry_check(ask(json!({ "repair": true }))).expect("repaired").ok, "{damage}");
        sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("one after the repair");
        assert_eq!(codes(), Vec::<String>::new(), "{damage}");
        whole = exported();
    }
}
