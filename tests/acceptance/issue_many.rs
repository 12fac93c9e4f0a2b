//! Many certificates from a table: checked as a whole, issued in batches, cancelled and resumed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use api::request::TaskNamed;
use api::view::{ManyReport, ManyTable};
use api::{ApiError, ErrorCode};
use serde_json::{Value, json};
use suite::data::named;
use suite::judges::openssl;
use suite::judges::sqlite::sqlite;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

fn check(sandbox: &Sandbox, draft: Value) -> ManyTable {
    sandbox.surface.issue_many_check(ask(draft)).unwrap_or_else(|error| panic!("{error:?}"))
}

fn run(sandbox: &Sandbox, csv: &str, more: Value) -> Result<ManyReport, ApiError> {
    let mut request = json!({ "draft": { "authority": "Issuing", "csv": csv }, "out": sandbox.text("out"), "plainKey": true });
    for (name, value) in more.as_object().expect("fields") {
        request[name] = value.clone();
    }
    sandbox.surface.issue_many_run(ask(request))
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
}

/// A table of so many hosts.
fn hosts(sandbox: &Sandbox, count: usize) -> String {
    let rows: String = (0..count).map(|host| format!("host-{host}.example.test\n")).collect();
    sandbox.write("hosts.csv", format!("names\n{rows}"))
}

#[test]
fn every_kind_of_row_is_issued_and_loads_with_its_key() {
    let sandbox = Sandbox::at_work();
    let csv = sandbox.write(
        "table.csv",
        "subject,names,profile,key,days,tags\n\
         ,a.example.test|ip:192.0.2.1,,,,web|blue\n\
         \"CN=Anna,O=Example\",email:anna@example.test,email,rsa-2048,20,\n\
         /O=Example/CN=device,,tls-client,ed25519,,\n\
         ,a.example.test,,,,\n\
         ,A.example.test,mtls,ec-p384,,\n",
    );
    let table = check(&sandbox, json!({ "authority": "Issuing", "csv": csv }));
    assert!(table.bad == 0 && table.good == 5, "{table:?}");
    assert_eq!(table.items.iter().map(|row| row.row).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    let before = sandbox.count();
    let report = run(&sandbox, &csv, json!({})).expect("issued");
    assert_eq!((report.state.as_str(), report.total, report.before, report.items.len()), ("done", 5, 0, 5));
    assert_eq!(sandbox.count(), before + 5);
    let stems: Vec<_> = report.items.iter().map(|item| item.stem.as_str()).collect();
    assert_eq!(stems[..4], ["a.example.test", "anna_example.test-row-3", "device", "a.example.test-row-5"]);
    assert_eq!(stems[4].to_lowercase(), "a.example.test-row-6", "also where file systems do not tell case apart");
    let wanted: BTreeSet<_> = stems.iter().flat_map(|stem| ["crt", "key", "chain.pem"].map(|ending| format!("{stem}.{ending}"))).collect();
    assert_eq!(names(&sandbox.path("out")), wanted, "and nothing that was on its way");
    let chain = sandbox.bundle("Issuing", "bundle.pem");
    for (item, row) in report.items.iter().zip(&table.items) {
        let file = |ending: &str| sandbox.text(&format!("out/{}.{ending}", item.stem));
        openssl::verify(&chain, &[], &file("crt")).assert_accepted();
        let public = openssl::public_key_of_certificate(&file("crt"));
        assert_eq!(openssl::public_key_of_key(&file("key"), None).assert_accepted(), public);
        assert_eq!(fs::read_to_string(file("chain.pem")).expect("a chain").matches("BEGIN CERTIFICATE").count(), 2);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(file("key")).expect("a key").permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(item.row, row.row);
    }
    let shown = sandbox.surface.certificate_show(ask(json!({ "certificate": report.items[0].certificate }))).expect("shown");
    assert_eq!(shown.certificate.tags, ["blue", "web"]);
    assert!(shown.history.iter().any(|entry| entry.action == "certificate.issued"), "each has its own row in the log");
    sandbox.assert_audit_whole();
}

#[test]
fn every_problem_is_named_by_row_and_column_and_nothing_is_signed() {
    let sandbox = Sandbox::at_work();
    let csv = sandbox.write(
        "table.csv",
        b"names,profile,key,days,subject,tags\n\
         good.example.test,,,,,\n\
         not a name,,,,,\n\
         b.example.test,no-such,,,,\n\
         c.example.test,root,,,,\n\
         d.example.test,,dsa-1024,,,\n\
         e.example.test,,,-3,,\n\
         f.example.test,,,4000,,\n\
         g.example.test,,,,nothing=,\n\
         anna@example.test,,,,,\n\
         good.example.test,,,,,\n\
         h.example.test,,\n\
         i.example.test,,,,\"CN=\xff\",\n\
         j.example.test,,,99999999999,,\n",
    );
    let table = check(&sandbox, json!({ "authority": "Issuing", "csv": csv }));
    let found: Vec<_> = table
        .items
        .iter()
        .flat_map(|row| row.problems.iter().map(move |problem| (row.row, problem.column.as_str(), problem.code.as_str())))
        .collect();
    assert_eq!(
        found,
        [
            (3, "names", "name"),
            (4, "profile", "profile"),
            (5, "profile", "profile"),
            (6, "key", "key"),
            (7, "days", "days"),
            (8, "days", "outlives-issuer"),
            (9, "subject", "subject"),
            (10, "names", "refused-by-profile"),
            (11, "row", "same-row"),
            (12, "row", "cell-count"),
            (13, "subject", "not-utf8"),
            (14, "days", "days"),
        ]
    );
    assert!(
        table
            .items
            .iter()
            .flat_map(|row| &row.problems)
            .all(|problem| problem.message.ends_with(['.', '…']) || problem.message.contains(": "))
    );
    let before = sandbox.count();
    assert_eq!(refusal(run(&sandbox, &csv, json!({}))), ErrorCode::BadRows);
    assert_eq!(sandbox.count(), before);
    assert!(!sandbox.path("out").exists() && sandbox.surface.task_list(ask(json!({}))).expect("a list").items.is_empty());
    let report = run(&sandbox, &csv, json!({ "withoutBad": true })).expect("the good one");
    assert_eq!((report.items.len(), report.left_out.len()), (1, 12));

    for (text, code) in [("", "no-table"), ("host\na\n", "no-table"), ("names\n", "no-table")] {
        let csv = sandbox.write("none.csv", text);
        let outcome = sandbox.surface.issue_many_check(ask(json!({ "authority": "Issuing", "csv": csv })));
        assert_eq!(refusal(outcome), ErrorCode::NotATable, "{code}: {text:?}");
    }
    let both = json!({ "authority": "Issuing", "csv": csv, "csrFolder": sandbox.text("out") });
    assert_eq!(refusal(sandbox.surface.issue_many_check(ask(both))), ErrorCode::BadUsage);
    let unsaid = run(&sandbox, &hosts(&sandbox, 1), json!({ "plainKey": false, "out": sandbox.text("elsewhere") }));
    assert_eq!(refusal(unsaid), ErrorCode::PasswordRequired);
}

#[test]
fn a_folder_of_requests_is_issued_and_settles_the_inbox() {
    let sandbox = Sandbox::at_work();
    fs::create_dir(sandbox.path("csrs")).expect("a folder");
    for name in ["a", "b"] {
        let (key, csr) = (sandbox.text(&format!("{name}.key")), sandbox.text(&format!("csrs/{name}.csr")));
        openssl::openssl(&["genpkey", "-out", &key, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]).assert_accepted();
        let subject = format!("/CN={name}.example.test");
        openssl::openssl(&[
            "req",
            "-new",
            "-key",
            &key,
            "-out",
            &csr,
            "-subj",
            &subject,
            "-addext",
            &format!("subjectAltName=DNS:{name}.example.test"),
        ])
        .assert_accepted();
    }
    fs::write(sandbox.path("csrs/readme.txt"), "nothing").expect("written");
    let taken = sandbox.surface.request_add(ask(json!({ "paths": [sandbox.text("csrs/a.csr")] }))).expect("taken in");
    let mut bytes = fs::read_to_string(named("openssl-ca/issuing/www.csr")).expect("a request");
    bytes = bytes.replacen("MII", "MIJ", 1);
    fs::write(sandbox.path("csrs/broken.csr"), bytes).expect("written");
    fs::copy(sandbox.path("csrs/b.csr"), sandbox.path("csrs/c.csr")).expect("copied");
    let draft = json!({ "authority": "Issuing", "csrFolder": sandbox.text("csrs") });
    let table = check(&sandbox, draft.clone());
    assert!(table.skipped.contains(&sandbox.text("csrs/readme.txt")));
    let twice = table.items.iter().find(|row| row.file.ends_with("c.csr")).expect("the copy");
    assert_eq!(twice.problems[0].code, "same-request");
    let request = json!({ "draft": draft, "out": sandbox.text("out"), "withoutBad": true });
    let report = sandbox.surface.issue_many_run(ask(request)).expect("issued without any key");
    assert_eq!(report.items.iter().map(|item| item.stem.as_str()).collect::<Vec<_>>(), ["a.example.test", "b.example.test"]);
    assert_eq!(names(&sandbox.path("out")).len(), 4, "certificate and chain of two");
    let shown = sandbox.surface.request_show(ask(json!({ "request": taken.items[0].id }))).expect("shown").request;
    assert_eq!((shown.state.as_str(), shown.certificate.as_deref()), ("issued", Some(report.items[0].certificate.as_str())));
}

#[test]
fn pkcs12_and_sealed_keys_open_with_the_password() {
    let sandbox = Sandbox::at_work();
    let csv = hosts(&sandbox, 3);
    let p12 = run(&sandbox, &csv, json!({ "out": sandbox.text("p12"), "format": "pkcs12", "plainKey": false, "password": "a password" }))
        .expect("issued");
    assert_eq!(names(&sandbox.path("p12")).len(), 3);
    let file = sandbox.text(&format!("p12/{}.p12", p12.items[0].stem));
    openssl::openssl(&["pkcs12", "-in", &file, "-passin", "pass:a password", "-nodes", "-out", &sandbox.text("opened.pem")])
        .assert_accepted();
    let sealed =
        run(&sandbox, &csv, json!({ "out": sandbox.text("sealed"), "plainKey": false, "password": "a password" })).expect("issued");
    let stem = &sealed.items[2].stem;
    let public = openssl::public_key_of_certificate(&sandbox.text(&format!("sealed/{stem}.crt")));
    assert_eq!(openssl::public_key_of_key(&sandbox.text(&format!("sealed/{stem}.key")), Some("a password")).assert_accepted(), public);
}

#[test]
fn a_cancelled_task_is_resumed_and_each_row_issued_once() {
    let sandbox = Sandbox::at_work();
    let csv = hosts(&sandbox, 1_700);
    let before = sandbox.count();
    // Stopped by another thread of the same program as soon as a batch is told.
    let told = Mutex::new(0);
    let request = json!({ "draft": { "authority": "Issuing", "csv": csv }, "out": sandbox.text("out"), "plainKey": true });
    let report = sandbox.surface.issue_many(ask(request), &|done, _| {
        *told.lock().expect("unpoisoned") = done;
        if done > 0 {
            for task in sandbox.surface.task_list(ask(json!({}))).expect("a list").items {
                drop(sandbox.surface.task_cancel(TaskNamed { task: task.id }));
            }
        }
    });
    let report = report.expect("a report");
    assert_eq!(report.state, "cancelled");
    let first = report.items.len();
    assert!(first > 0 && first < 1_700, "{first}");
    assert_eq!(usize::try_from(sandbox.count() - before).expect("a count"), first);
    assert_eq!(names(&sandbox.path("out")).len(), 3 * first);
    let task = sandbox.surface.task_list(ask(json!({}))).expect("a list").items.remove(0);
    assert_eq!((task.state.as_str(), task.progress.total), ("cancelled", 1_700));

    // With another input it does not go on.
    let rows = sandbox.read("hosts.csv");
    sandbox.write("hosts.csv", format!("{rows}one-more.example.test\n"));
    let resume = || sandbox.surface.issue_many_resume(ask(json!({ "task": report.task })));
    assert_eq!(refusal(resume()), ErrorCode::InputChanged);
    sandbox.write("hosts.csv", rows);
    let rest = resume().expect("resumed");
    assert_eq!((rest.state.as_str(), usize::try_from(rest.before).expect("a count")), ("done", first));
    assert_eq!(rest.items.len(), 1_700 - first);
    assert_eq!(sandbox.count() - before, 1_700);
    assert_eq!(names(&sandbox.path("out")).len(), 3 * 1_700);
    let both: BTreeSet<_> = report.items.iter().chain(&rest.items).map(|item| item.row).collect();
    assert_eq!(both.len(), 1_700);
    assert_eq!(refusal(resume()), ErrorCode::TaskNotResumable);
    sandbox.assert_audit_whole();
    sandbox.close();
    let open = "SELECT count(*) FROM intents WHERE state <> 'done'";
    assert_eq!(sqlite(&sandbox.text("acme.chancery"), open).trim(), "0");
}

#[test]
fn the_rows_that_fail_are_written_down_and_nothing_else() {
    let sandbox = Sandbox::at_work();
    let csv = sandbox.write("hosts.csv", "names,days\ngood.example.test,\nnot a name,\nother.example.test,=1+1\n");
    let out = sandbox.text("failures.csv");
    let ask_for = |overwrite: bool| ask(json!({ "draft": { "authority": "Issuing", "csv": csv }, "out": out, "overwrite": overwrite }));
    sandbox.surface.issue_many_failures(ask_for(false)).expect("written");
    let written = sandbox.read("failures.csv");
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "row,file,subject,names,profile,key,days,tags,problem"));
    assert!(lines[1].starts_with("3,,,not a name,tls-server,,,,") && lines[1].contains("names: “not a name” is no name"), "{}", lines[1]);
    assert!(lines[2].starts_with("4,,,other.example.test,tls-server,,'=1+1,,"), "{}", lines[2]);
    assert_eq!(refusal(sandbox.surface.issue_many_failures(ask_for(false))), ErrorCode::FileExists);
    sandbox.surface.issue_many_failures(ask_for(true)).expect("replaced");
    let good = json!({ "draft": { "authority": "Issuing", "csv": hosts(&sandbox, 2) }, "out": sandbox.text("none.csv") });
    assert_eq!(refusal(sandbox.surface.issue_many_failures(ask(good))), ErrorCode::BadUsage);
    assert!(!sandbox.path("none.csv").exists());
}
