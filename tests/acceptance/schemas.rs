//! A registry of each landed schema is opened, brought up to date without loss, and taken down again.

use std::collections::{BTreeMap, BTreeSet};

use api::request::RegistryMigrate;
use authority::registry::known_schema;
use pki::crl::Crl;
use serde_json::json;
use suite::data::data;
use suite::judges::sqlite::sqlite;
use suite::{Sandbox, ask};

/// Everything that was signed or put on record, as text, but for the rows that tell of a change of schema.
fn content(file: &str) -> BTreeSet<String> {
    let sql = "SELECT 'certificate ' || hex(der) FROM certificate_ders UNION ALL SELECT 'crl ' || hex(sha256) FROM crls \
        UNION ALL SELECT 'entry ' || hex(encoded) FROM crl_entries UNION ALL SELECT 'audit ' || hex(hash) FROM audit WHERE action <> 'registry.migrated' \
        UNION ALL SELECT 'key ' || hex(spki) FROM keys UNION ALL SELECT 'revocation ' || hex(serial) FROM revocations \
        UNION ALL SELECT 'intent ' || hex(id) || state FROM intents UNION ALL SELECT 'authority ' || name FROM authorities";
    sqlite(file, sql).lines().map(str::to_owned).collect()
}

/// The changes of schema that the log tells of, oldest first.
fn migrations(file: &str) -> Vec<String> {
    let sql = "SELECT json_extract(detail, '$.from') || ' to ' || json_extract(detail, '$.to') FROM audit WHERE action = 'registry.migrated' ORDER BY sequence";
    sqlite(file, sql).lines().map(str::to_owned).collect()
}

#[test]
fn a_registry_of_each_schema_is_brought_up_to_date_without_loss_and_taken_down_again() {
    for schema in 1..=known_schema() {
        let sandbox = Sandbox::empty();
        for ending in ["chancery", "vault"] {
            let kept = data(&format!("registries/schema-{schema}.{ending}"));
            std::fs::copy(kept, sandbox.path(&format!("old.{ending}"))).expect("a copy");
        }
        let file = sandbox.text("old.chancery");
        let before = content(&file);
        assert!(before.len() > 30, "schema {schema} holds {}", before.len());
        let status = sandbox.surface.registry_open(ask(json!({ "path": file }))).expect("opened");
        assert_eq!((status.schema, status.certificates), (known_schema(), 13));
        let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
        assert!(check.ok, "schema {schema}: {:?}", check.findings);
        assert!(sandbox.surface.audit_verify(ask(json!({}))).expect("a verdict").ok);
        sandbox.surface.registry_unlock(ask(json!({ "passphrase": "seed" }))).expect("unlocked");
        sandbox.issue("Seed CA 1", &["new.example.test"], "new");
        let missing: Vec<_> = before.difference(&content(&file)).cloned().collect();
        assert!(missing.is_empty(), "schema {schema} lost {missing:?}");
        sandbox.close();
        // A copy of the old one was put beside it, and what came since goes down with it.
        assert_eq!(sandbox.path(&format!("old.chancery.schema-{schema}")).exists(), schema < known_schema());
        let whole = content(&file);
        let done = sandbox.surface.registry_migrate(&RegistryMigrate { path: sandbox.path("old.chancery").into(), to: Some(schema) });
        let done = done.expect("taken down");
        assert_eq!((done.from, done.to, done.copy.is_some()), (known_schema(), schema, schema < known_schema()));
        assert_eq!(content(&file), whole);
        let up = sandbox.surface.registry_migrate(&RegistryMigrate { path: sandbox.path("old.chancery").into(), to: None }).expect("up");
        assert_eq!((up.from, up.to, content(&file) == whole), (schema, known_schema(), true));
        // What an earlier change left lacks what came since: each change has a copy of its own.
        assert_eq!(sandbox.path(&format!("old.chancery.schema-{schema}.2")).exists(), schema < known_schema());
        sandbox.surface.registry_open(ask(json!({ "path": file }))).expect("opened again");
        let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked again");
        assert!(check.ok, "schema {schema}, up again: {:?}", check.findings);
        assert!(sandbox.surface.audit_verify(ask(json!({}))).expect("a verdict").ok);
        let (up, down) = (format!("{schema} to {}", known_schema()), format!("{} to {schema}", known_schema()));
        let told = if schema < known_schema() { vec![up.clone(), down, up] } else { Vec::new() };
        assert_eq!(migrations(&file), told, "each change of schema is in the log");
    }
}

/// The serials on each list of the authority's scopes, by the address of the list.
fn parts(sandbox: &Sandbox) -> BTreeMap<String, BTreeSet<String>> {
    let request = json!({ "authority": "Issuing", "out": sandbox.text("issuing.crl"), "overwrite": true });
    let files = sandbox.surface.crl_export(ask(request)).unwrap_or_else(|error| panic!("{error:?}")).files;
    let lists = files.iter().map(|file| Crl::from_vec(std::fs::read(&file.path).expect("a file")).expect("a CRL"));
    let of = |list: &Crl| list.entries().map(|entry| entry.expect("an entry").serial().expect("a serial").to_string()).collect();
    lists.filter_map(|list| list.idp_urls().into_iter().next().map(|url| (url, of(&list)))).collect()
}

#[test]
fn lists_of_parts_go_on_after_a_registry_was_taken_down() {
    let sandbox = Sandbox::at_work();
    let file = sandbox.text("acme.chancery");
    sandbox.surface.authority_set(ask(json!({ "authority": "Issuing", "partitions": 2, "delta": true }))).expect("set");
    let issued: Vec<_> =
        (0..8).map(|number| sandbox.issue("Issuing", &[&format!("host{number}.example.test")], "out").certificate).collect();
    let (early, late) = issued.split_at(5);
    for gone in early {
        sandbox.revoke(&gone.id, &gone.name, "superseded");
    }
    let before = parts(&sandbox);
    assert_eq!((before.len(), before.values().map(BTreeSet::len).sum::<usize>()), (2, 5));
    for gone in late {
        sandbox.revoke(&gone.id, &gone.name, "superseded");
    }
    let all = parts(&sandbox);
    assert_eq!(all.values().map(BTreeSet::len).sum::<usize>(), 8);
    sandbox.close();
    for to in [Some(3), None] {
        sandbox.surface.registry_migrate(&RegistryMigrate { path: sandbox.path("acme.chancery").into(), to }).expect("migrated");
        let kept = "SELECT group_concat(delta || ' ' || partitions) FROM authorities WHERE name = 'Issuing'";
        assert_eq!(sqlite(&file, kept).trim(), "0 0", "a program of schema 3 would issue neither");
    }
    sandbox.surface.registry_open(ask(json!({ "path": file }))).expect("opened");
    assert_eq!(parts(&sandbox), all, "what certificates name goes on");
    let newest = "SELECT count(*) FROM crls WHERE kind = 'delta' AND number = (SELECT max(number) FROM crls)";
    assert_eq!(sqlite(&file, newest).trim(), "3", "and so do the deltas of the whole and of both parts");
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
    assert!(check.ok, "{:?}", check.findings);
}
