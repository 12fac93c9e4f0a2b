//! Junk in the cells of tables, written past every constraint.

use std::path::Path;

use pki::encoding::pem;
use serde_json::json;

use crate::data::named;
use crate::judges::sqlite::sqlite;
use crate::{NOW, Sandbox, ask};

/// A closed registry with a row in every table.
pub fn populated() -> Sandbox {
    let sandbox = Sandbox::at_work();
    sandbox.surface.authority_set(ask(json!({ "authority": "Issuing", "partitions": 2 }))).expect("partitions");
    sandbox.issue("Issuing", &["www.example.test", "api.example.test"], "www");
    let gone = sandbox.issue("Issuing", &["gone.example.test"], "gone").certificate;
    sandbox.revoke(&gone.id, &gone.name, "superseded");
    let held = sandbox.issue("Issuing", &["held.example.test"], "held").certificate;
    sandbox.revoke(&held.id, &held.name, "certificateHold");
    sandbox.crl("Issuing");
    sandbox.surface.certificate_release(ask(json!({ "certificates": [held.id] }))).expect("released");
    sandbox.surface.import_run(ask(json!({ "paths": [named("openssl-ca/issuing/git.csr")] }))).expect("a request");
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("some.backup") }))).expect("a backup");
    let root = named("openssl-ca/root/ca.crt");
    let crl = std::fs::read(sandbox.path("Issuing.crl")).expect("a CRL");
    let theirs = [
        std::fs::read_to_string(&root).expect("a certificate"),
        pem::encode("X509 CRL", &crl),
        "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n".to_owned(),
    ];
    let theirs = sandbox.write("theirs.pem", theirs.concat());
    let source = json!({ "name": "Theirs", "kind": "pem", "path": theirs, "signers": [root] });
    sandbox.surface.source_create(ask(source)).expect("a source");
    std::fs::remove_file(&theirs).expect("removed");
    assert!(sandbox.surface.source_refresh(ask(json!({ "source": "Theirs" }))).is_err());
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

/// What a statement answers, line by line.
pub fn lines(file: &str, sql: &str) -> Vec<String> {
    sqlite(file, sql).lines().map(str::to_owned).collect()
}

/// What no column of this type may hold.
fn unfit(declared: &str, column: &str) -> Vec<&'static str> {
    match declared {
        "INTEGER" if ["id", "sequence", "certificate", "crl", "part", "day", "from_version", "to_version"].contains(&column) => {
            vec!["'junk'", "x'010203'", "1.5"]
        }
        "INTEGER" => vec!["'junk'", "x'010203'", "1.5", "-9223372036854775808"],
        "TEXT" => vec!["x'fffe'", "CAST(x'fffe' AS TEXT)"],
        _ => vec!["'junk'", "7", "x'01'"],
    }
}

/// Rows of one table may differ in which columns they use; each kind is tried. Which row is the first is left to chance: ids are random.
fn kinds(table: &str) -> &'static [&'static str] {
    match table {
        "intents" => &["kind = 'certificate'", "kind = 'crl'"],
        _ => &["1"],
    }
}

/// Writes a value into the first row of a kind, as an editor of bytes would: no type, constraint, trigger or parent is asked.
fn write_junk(file: &str, table: &str, kind: &str, column: &str, value: &str) -> bool {
    let key = lines(file, &format!("SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk")).join(", ");
    let sql = format!(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA writable_schema = ON;
         CREATE TEMP TABLE saved AS SELECT name AS saved_name, type AS saved_type, tbl_name, rootpage, sql AS saved_sql FROM sqlite_schema;
         UPDATE sqlite_schema SET sql = replace(replace(replace(replace(sql, ') STRICT, WITHOUT ROWID', ') WITHOUT ROWID'), ') STRICT', ')'), 'INTEGER NOT NULL', 'INTEGER'), '    NOT NULL', '')
             WHERE type = 'table' AND name = '{table}';
         DELETE FROM sqlite_schema WHERE type = 'trigger';
         PRAGMA writable_schema = RESET;
         UPDATE OR IGNORE {table} SET {column} = {value} WHERE ({key}) = (SELECT {key} FROM {table} WHERE {kind} ORDER BY {key} LIMIT 1) RETURNING 'written';
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

/// A table, a kind of row, a column and a value to write there.
type Attempt = (String, &'static str, String, &'static str);

/// Every column with one value that it may not hold, in turn, or with each.
fn attempts(whole: &str, every: bool) -> Vec<Attempt> {
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
            let values = unfit(declared, column);
            // The bytes of a sealed key are any bytes, but they are bytes.
            let values: Vec<_> = values.into_iter().filter(|value| *value != "x'01'" || !SEALED.contains(&column)).collect();
            let turn = attempts.len() % values.len();
            let chosen = values.into_iter().enumerate().filter(|(at, _)| every || *at == turn);
            let of_each_kind = chosen.flat_map(|(_, value)| kinds(&table).iter().map(move |kind| (*kind, value)));
            attempts.extend(of_each_kind.map(|(kind, value)| (table.clone(), kind, column.to_owned(), value)));
        }
    }
    attempts
}

/// Tries each on a copy of its own name; gives how many could be written, and what was not told.
fn try_each(sandbox: &Sandbox, whole: &str, name: &str, attempts: &[Attempt]) -> (usize, Vec<String>) {
    let (mut tried, mut silent) = (0, Vec::new());
    for (table, kind, column, value) in attempts {
        let file = sandbox.path(name);
        for ending in ["", "-wal", "-shm"] {
            std::fs::remove_file(sandbox.path(&format!("{name}{ending}"))).ok();
        }
        std::fs::copy(whole, &file).expect("a copy");
        if !write_junk(file.to_str().expect("UTF-8"), table, kind, column, value) {
            continue;
        }
        tried += 1;
        if let Err(said) = told(sandbox, &file, table, column) {
            silent.push(format!("{table}.{column} = {value} where {kind}: {said}"));
        }
    }
    (tried, silent)
}

/// What came of it.
#[derive(Debug)]
pub struct Cells {
    /// Columns and values that could be written.
    pub tried: usize,
    /// What was not told.
    pub silent: Vec<String>,
}

/// Writes junk into each column of each table of a registry, one at a time: one value that it may not hold, or every kind of them; of all that, every so
/// manyth. Each must be told: at opening, or by the check, with its table and its column.
pub fn junk(every: bool, step: usize) -> Cells {
    let sandbox = populated();
    let whole = sandbox.text("acme.chancery");
    let check = {
        let surface = sandbox.second();
        surface.registry_open(ask(json!({ "path": whole }))).expect("opened");
        surface.registry_check(ask(json!({}))).expect("checked")
    };
    assert!(check.ok, "the whole one: {check:?}");
    sqlite(&whole, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    let attempts: Vec<Attempt> = attempts(&whole, every).into_iter().step_by(step).collect();
    let (first, second) = attempts.split_at(attempts.len() / 2);
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| try_each(&sandbox, &whole, "one.chancery", first));
        (try_each(&sandbox, &whole, "other.chancery", second), one.join().expect("the other half"))
    });
    Cells { tried: one.0 + other.0, silent: [one.1, other.1].concat() }
}
