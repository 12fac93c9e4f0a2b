//! Junk in each column of each table, written past every constraint: the check names table, row and column, and a repair makes anew what can be derived.

use std::path::Path;

use serde_json::json;
use suite::data::named;
use suite::judges::sqlite::sqlite;
use suite::{NOW, Sandbox, ask};

/// A registry with a row in every table.
pub(crate) fn populated() -> Sandbox {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["www.example.test", "api.example.test"], "www");
    let gone = sandbox.issue("Issuing", &["gone.example.test"], "gone").certificate;
    sandbox.revoke(&gone.id, &gone.name, "superseded");
    sandbox.crl("Issuing");
    sandbox.surface.import_run(ask(json!({ "paths": [named("openssl-ca/issuing/git.csr")] }))).expect("a request");
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("some.backup") }))).expect("a backup");
    sandbox.close();
    let millis = NOW.unix_timestamp() * 1000;
    let file = sandbox.text("acme.chancery");
    sqlite(
        &file,
        &format!(
            "INSERT OR IGNORE INTO policies VALUES ((SELECT id FROM authorities LIMIT 1), 9, '{{}}', {millis});
         INSERT INTO profiles VALUES ('own', 1, '{{}}', 0, {millis});
         INSERT INTO certificate_tags VALUES ('blue', (SELECT max(id) FROM certificates));
         INSERT INTO leases VALUES ('crl', 'somebody', {millis});
         INSERT INTO outside_parties VALUES (randomblob(16), 'target', 'web', '{{}}', {millis});
         INSERT OR IGNORE INTO settings VALUES ('language', 'en');"
        ),
    );
    sandbox
}

fn lines(file: &str, sql: &str) -> Vec<String> {
    sqlite(file, sql).lines().map(str::to_owned).collect()
}

/// What no column of this type may hold.
fn junk(declared: &str, column: &str) -> Vec<&'static str> {
    match declared {
        "INTEGER" if ["id", "sequence", "certificate", "crl", "part", "day", "from_version", "to_version"].contains(&column) => {
            vec!["'junk'", "x'010203'", "1.5"]
        }
        "INTEGER" => vec!["'junk'", "x'010203'", "1.5", "-9223372036854775808"],
        "TEXT" => vec!["x'fffe'", "CAST(x'fffe' AS TEXT)"],
        _ => vec!["'junk'", "7", "x'01'"],
    }
}

/// Writes a value into the first row, as an editor of bytes would: no type, constraint, trigger or parent is asked.
fn write_junk(file: &str, table: &str, column: &str, value: &str) -> bool {
    let key = lines(file, &format!("SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk")).join(", ");
    let sql = format!(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA writable_schema = ON;
         CREATE TEMP TABLE saved AS SELECT name AS saved_name, type AS saved_type, tbl_name, rootpage, sql AS saved_sql FROM sqlite_schema;
         UPDATE sqlite_schema SET sql = replace(replace(replace(replace(sql, ') STRICT, WITHOUT ROWID', ') WITHOUT ROWID'), ') STRICT', ')'), 'INTEGER NOT NULL', 'INTEGER'), '    NOT NULL', '')
             WHERE type = 'table' AND name = '{table}';
         DELETE FROM sqlite_schema WHERE type = 'trigger';
         PRAGMA writable_schema = RESET;
         UPDATE OR IGNORE {table} SET {column} = {value} WHERE ({key}) = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1) RETURNING 'written';
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = (SELECT saved_sql FROM saved WHERE saved_name = name AND saved_type = type) WHERE name = '{table}';
         INSERT INTO sqlite_schema SELECT saved_type, saved_name, tbl_name, rootpage, saved_sql FROM saved WHERE saved_type = 'trigger';
         PRAGMA writable_schema = RESET;"
    );
    sqlite(file, &sql).contains("written")
}

/// Whether opening fails for it, or the check names it.
fn told(sandbox: &Sandbox, file: &Path, table: &str, column: &str) -> Result<(), String> {
    let surface = sandbox.second();
    if let Err(error) = surface.registry_open(ask(json!({ "path": file }))) {
        let cause = format!("{:?} {:?}", error.cause, error.fields);
        return if cause.contains(table) || table == "settings" { Ok(()) } else { Err(cause) };
    }
    let view = surface.registry_check(ask(json!({}))).map_err(|error| format!("the check failed: {error:?}"))?;
    // Of what a column must fit with, each kind of finding says which rows; what cannot be read at all is named to the column.
    let named = view.findings.iter().any(|finding| {
        finding.code == "cell_unreadable" && finding.location.starts_with(table) && finding.message.contains(&format!("column {column}"))
            || !["cell_unreadable", "file_damaged", "row_without_parent", "schema_differs"].contains(&finding.code.as_str())
    });
    if named {
        Ok(())
    } else {
        Err(format!("{:?}", view.findings.iter().map(|finding| (&finding.location, &finding.code, &finding.message)).collect::<Vec<_>>()))
    }
}

/// Sealed bytes, of which only the key that opens them can tell whether they are right: `registry recovery-file test` does.
const SEALED: [&str; 2] = ["sealed_recovery", "sealed_private"];

/// A table, a column and a value to write there.
type Attempt = (String, String, &'static str);

/// Every column with one value that it may not hold, in turn; with `CHANCERY_DAMAGE=all` with each.
fn attempts(whole: &str) -> Vec<Attempt> {
    let every = std::env::var("CHANCERY_DAMAGE").is_ok_and(|wish| wish == "all");
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'certificate_words*'";
    let mut attempts = Vec::new();
    for table in lines(whole, tables) {
        assert!(!lines(whole, &format!("SELECT 1 FROM {table} LIMIT 1")).is_empty(), "the test has no row in {table}");
        // A rowid is whole whatever is written over it: it has no cell of its own.
        let columns = format!(
            "SELECT name || ' ' || type FROM pragma_table_info('{table}') \
             WHERE NOT (pk = 1 AND type = 'INTEGER' AND (SELECT wr FROM pragma_table_list('{table}')) = 0 AND '{table}' <> 'crl_chunks')"
        );
        for row in lines(whole, &columns) {
            let (column, declared) = row.split_once(' ').expect("two words");
            let values = junk(declared, column);
            // The bytes of a sealed key are any bytes, but they are bytes.
            let values: Vec<_> = values.into_iter().filter(|value| *value != "x'01'" || !SEALED.contains(&column)).collect();
            let turn = attempts.len() % values.len();
            let chosen = values.into_iter().enumerate().filter(|(at, _)| every || *at == turn);
            attempts.extend(chosen.map(|(_, value)| (table.clone(), column.to_owned(), value)));
        }
    }
    attempts
}

/// Tries each on a copy of its own name; gives how many could be written, and what was not told.
fn try_each(sandbox: &Sandbox, whole: &str, name: &str, attempts: &[Attempt]) -> (usize, Vec<String>) {
    let (mut tried, mut silent) = (0, Vec::new());
    for (table, column, value) in attempts {
        let file = sandbox.path(name);
        for ending in ["", "-wal", "-shm"] {
            std::fs::remove_file(sandbox.path(&format!("{name}{ending}"))).ok();
        }
        std::fs::copy(whole, &file).expect("a copy");
        if !write_junk(file.to_str().expect("UTF-8"), table, column, value) {
            continue;
        }
        tried += 1;
        if let Err(said) = told(sandbox, &file, table, column) {
            silent.push(format!("{table}.{column} = {value}: {said}"));
        }
    }
    (tried, silent)
}

#[test]
fn junk_in_any_column_is_told() {
    let sandbox = populated();
    let whole = sandbox.text("acme.chancery");
    let check = {
        let surface = sandbox.second();
        surface.registry_open(ask(json!({ "path": whole }))).expect("opened");
        surface.registry_check(ask(json!({}))).expect("checked")
    };
    assert!(check.ok, "the whole one: {check:?}");
    sqlite(&whole, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    let attempts = attempts(&whole);
    let (first, second) = attempts.split_at(attempts.len() / 2);
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| try_each(&sandbox, &whole, "one.chancery", first));
        (try_each(&sandbox, &whole, "other.chancery", second), one.join().expect("the other half"))
    });
    let (tried, silent) = (one.0 + other.0, [one.1, other.1].concat());
    assert!(silent.is_empty(), "{} of {tried} not told:\n{}", silent.len(), silent.join("\n"));
    assert!(tried > 150, "only {tried} tried");
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
