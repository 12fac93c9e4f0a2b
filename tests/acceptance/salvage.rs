//! A damaged file: each page overwritten in turn is noticed, and every certificate that lies on none of the damaged bytes comes out into a registry that is
//! whole, works with the same keys, and signs no CRL before the newest published one is known.

use std::collections::BTreeSet;
use std::path::Path;

use api::ErrorCode;
use api::view::SalvageView;
use serde_json::json;
use suite::judges::sqlite::sqlite;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

const PAGE: usize = 4096;

/// A registry with some certificates, revocations and CRLs, closed, in one file.
fn filled(certificates: usize) -> Sandbox {
    let sandbox = Sandbox::at_work();
    let mut ids = Vec::new();
    for number in 0..certificates {
        let name = format!("host-{number}.example.test");
        ids.push(sandbox.issue("Issuing", &[&name], "out").certificate);
        std::fs::remove_dir_all(sandbox.path("out")).ok();
    }
    for gone in ids.iter().step_by(7) {
        sandbox.revoke(&gone.id, &gone.name, "superseded");
    }
    sandbox.crl("Issuing");
    if let Some(gone) = ids.get(1) {
        sandbox.revoke(&gone.id, &gone.name, "keyCompromise");
    }
    sandbox.crl("Issuing");
    sandbox.close();
    sqlite(&sandbox.text("acme.chancery"), "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    sandbox
}

fn ders(file: &Path) -> BTreeSet<Vec<u8>> {
    let listed = sqlite(file.to_str().expect("UTF-8"), "SELECT hex(der) FROM certificate_ders");
    listed.lines().map(|line| hex::decode(line).expect("hex")).collect()
}

fn salvage(sandbox: &Sandbox, from: &Path, to: &str) -> SalvageView {
    for ending in ["", "-wal", "-shm"] {
        std::fs::remove_file(sandbox.path(&format!("{to}{ending}"))).ok();
    }
    let request = api::request::RegistrySalvage { file: from.to_path_buf().into(), to: sandbox.path(to).into() };
    sandbox.second().registry_salvage(&request).unwrap_or_else(|error| panic!("{}: {error:?}", from.display()))
}

/// What a check of a file says that is wrong, opening included.
fn complaints(sandbox: &Sandbox, file: &Path) -> Vec<String> {
    let surface = sandbox.second();
    if let Err(error) = surface.registry_open(ask(json!({ "path": file }))) {
        return vec![format!("{:?} {:?}", error.code, error.cause)];
    }
    match surface.registry_check(ask(json!({}))) {
        Ok(view) => view.findings.into_iter().map(|finding| format!("{} {} {}", finding.location, finding.code, finding.message)).collect(),
        Err(error) => vec![format!("{:?} {:?}", error.code, error.cause)],
    }
}

/// Which certificates have all their bytes outside a page somewhere in the file: in their row, or where SQLite left an older copy of it.
fn off_page<'a>(whole: &[u8], all: &'a BTreeSet<Vec<u8>>, page: usize) -> BTreeSet<&'a Vec<u8>> {
    let (before, after) = whole.split_at(page * PAGE);
    let after = after.get(PAGE..).unwrap_or_default();
    let holds = |bytes: &[u8], der: &[u8]| bytes.windows(der.len()).any(|window| window == der);
    all.iter().filter(|der| holds(before, der) || holds(after, der)).collect()
}

/// Overwrites each of the pages in turn; tells what was not as it should be.
fn sweep(sandbox: &Sandbox, whole: &[u8], all: &BTreeSet<Vec<u8>>, pages: &[usize], name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for page in pages {
        let damaged = sandbox.path(&format!("{name}.damaged"));
        for ending in ["-wal", "-shm"] {
            std::fs::remove_file(sandbox.path(&format!("{name}.damaged{ending}"))).ok();
        }
        let mut bytes = whole.to_vec();
        for (nth, byte) in bytes.iter_mut().skip(page * PAGE).take(PAGE).enumerate() {
            *byte = u8::try_from((nth * 31 + page) % 251).expect("below 251");
        }
        std::fs::write(&damaged, &bytes).expect("a damaged copy");
        let view = salvage(sandbox, &damaged, &format!("{name}.salvaged"));
        if complaints(sandbox, &damaged).is_empty() {
            wrong.push(format!("page {}: the damage is not noticed", page + 1));
        }
        let salvaged = sandbox.path(&format!("{name}.salvaged"));
        let after = complaints(sandbox, &salvaged);
        if !after.is_empty() {
            wrong.push(format!("page {}: the salvaged registry: {after:?}; {view:?}", page + 1));
        }
        let kept = ders(&salvaged);
        let lost = off_page(whole, all, *page).into_iter().filter(|der| !kept.contains(*der)).count();
        if lost > 0 {
            wrong.push(format!("page {}: {lost} undamaged certificates are lost; {view:?}", page + 1));
        }
    }
    wrong
}

#[test]
fn every_page_may_be_overwritten() {
    let every = std::env::var("CHANCERY_DAMAGE").is_ok_and(|wish| wish == "all");
    let sandbox = filled(if every { 250 } else { 40 });
    let file = sandbox.path("acme.chancery");
    let (whole, all) = (std::fs::read(&file).expect("the file"), ders(&file));
    let count = whole.len() / PAGE;
    let step = if every { 1 } else { count.div_ceil(20) };
    // The header, the pages of the schema behind it, then a few of everything.
    let pages: Vec<usize> = (0..count).filter(|page| *page < 2 || page % step == 0).collect();
    let (first, second) = pages.split_at(pages.len() / 2);
    let wrong = std::thread::scope(|scope| {
        let one = scope.spawn(|| sweep(&sandbox, &whole, &all, first, "one"));
        [sweep(&sandbox, &whole, &all, second, "other"), one.join().expect("the other half")].concat()
    });
    assert!(wrong.is_empty(), "{} of {} pages:\n{}", wrong.len(), pages.len(), wrong.join("\n"));
}

#[test]
fn a_cut_off_file_and_a_spoilt_wal_give_what_they_hold() {
    let sandbox = filled(12);
    let file = sandbox.path("acme.chancery");
    let (whole, all) = (std::fs::read(&file).expect("the file"), ders(&file));
    let cut = sandbox.path("cut.damaged");
    std::fs::write(&cut, &whole[..whole.len() / 2 / PAGE * PAGE + 100]).expect("half of it");
    salvage(&sandbox, &cut, "cut.salvaged");
    assert_eq!(complaints(&sandbox, &sandbox.path("cut.salvaged")), Vec::<String>::new());
    let spoilt = sandbox.path("spoilt.damaged");
    std::fs::write(&spoilt, &whole).expect("a copy");
    std::fs::write(sandbox.path("spoilt.damaged-wal"), [0x37, 0x7f, 0x06, 0x82].repeat(3_000)).expect("a WAL that is none");
    let view = salvage(&sandbox, &spoilt, "spoilt.salvaged");
    assert_eq!((view.lost.len(), ders(&sandbox.path("spoilt.salvaged"))), (0, all));
    let noise = sandbox.path("noise");
    std::fs::write(&noise, [7; 20_000]).expect("noise");
    let request = api::request::RegistrySalvage { file: noise.into(), to: sandbox.path("never").into() };
    assert_eq!(refusal(sandbox.second().registry_salvage(&request)), ErrorCode::NotARegistry);
    assert!(!sandbox.path("never").exists());
}

#[test]
fn what_only_the_wal_holds_is_salvaged_too() {
    let sandbox = filled(3);
    sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    let late = sandbox.issue("Issuing", &["late.example.test"], "late").certificate;
    // As a power cut leaves it: the file with its WAL.
    for ending in ["", "-wal"] {
        std::fs::copy(sandbox.path(&format!("acme.chancery{ending}")), sandbox.path(&format!("torn.damaged{ending}"))).expect("a copy");
    }
    let mut bytes = std::fs::read(sandbox.path("torn.damaged")).expect("the file");
    bytes[..PAGE].fill(0);
    std::fs::write(sandbox.path("torn.damaged"), bytes).expect("a file without its first page");
    salvage(&sandbox, &sandbox.path("torn.damaged"), "torn.salvaged");
    let surface = sandbox.second();
    surface.registry_open(ask(json!({ "path": sandbox.text("torn.salvaged") }))).expect("opened");
    assert_eq!(surface.certificate_show(ask(json!({ "certificate": late.fingerprint }))).expect("there").certificate.id, late.id);
}

#[test]
fn a_salvaged_registry_works_with_its_keys_and_waits_for_its_crl() {
    let sandbox = filled(9);
    let file = sandbox.path("acme.chancery");
    let crl = sandbox.text("Issuing.crl");
    // The newest rows of the log lie on a page of their own.
    let page: usize =
        sqlite(file.to_str().expect("UTF-8"), "SELECT rootpage FROM sqlite_schema WHERE name = 'keys'").trim().parse().expect("a page");
    let mut bytes = std::fs::read(&file).expect("the file");
    bytes[(page - 1) * PAGE..page * PAGE].fill(0xee);
    std::fs::write(sandbox.path("acme.damaged"), bytes).expect("a damaged copy");
    let view = salvage(&sandbox, &sandbox.path("acme.damaged"), "rescued.chancery");
    assert_eq!((view.certificates, view.damaged_pages.as_slice()), (11, [u32::try_from(page).expect("a page")].as_slice()), "{view:?}");
    sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("rescued.chancery") }))).expect("opened");
    sandbox.assert_audit_whole();
    let again = sandbox.issue("Issuing", &["again.example.test"], "again").certificate;
    assert_eq!(again.status, "valid");
    assert_eq!(refusal(sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" })))), ErrorCode::CrlAwaited);
    sandbox.surface.crl_install(ask(json!({ "authority": "Issuing", "path": crl }))).expect("the newest published one");
    let built = sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("built");
    assert_eq!(built.entries, 3, "{built:?}");
    sandbox.assert_audit_whole();
}

#[test]
fn a_revocation_whose_entry_ended_too_early_is_listed_again() {
    let sandbox = filled(9);
    let file = sandbox.text("acme.chancery");
    sqlite(&file, "UPDATE crl_entries SET last_crl = first_crl, closed = 'expired'");
    salvage(&sandbox, &sandbox.path("acme.chancery"), "ended.salvaged");
    assert_eq!(complaints(&sandbox, &sandbox.path("ended.salvaged")), Vec::<String>::new());
    let open = "SELECT count(*) FROM crl_entries WHERE last_crl IS NULL";
    assert_eq!(sqlite(&sandbox.text("ended.salvaged"), open).trim(), "3", "one for each revocation in force");
}

#[test]
fn scopes_whose_rows_are_lost_come_back_from_their_lists() {
    let sandbox = Sandbox::at_work();
    let set = |changes: serde_json::Value| sandbox.surface.authority_set(ask(changes)).expect("set");
    set(json!({ "authority": "Issuing", "partitions": 2 }));
    for number in 0..6 {
        let issued = sandbox.issue("Issuing", &[&format!("host{number}.example.test")], "out").certificate;
        sandbox.revoke(&issued.id, &issued.name, "superseded");
    }
    sandbox.crl("Issuing");
    // What an earlier list said of its place is not what the newest says.
    set(json!({ "authority": "Issuing", "crlUrls": ["http://crl.example.test/issuing.crl", "http://mirror.example.test/issuing.crl"] }));
    sandbox.crl("Issuing");
    sandbox.close();
    let file = sandbox.text("acme.chancery");
    sqlite(&file, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    let damaged = sandbox.text("parts.damaged");
    let salvaged = sandbox.path("parts.salvaged");
    let spoil = |statements: &str| {
        std::fs::copy(&file, &damaged).expect("a copy");
        sqlite(&damaged, statements);
        salvage(&sandbox, Path::new(&damaged), "parts.salvaged")
    };
    let scopes = |file: &str| sqlite(file, "SELECT hex(generation), scope, covers, urls FROM crl_scopes ORDER BY scope");
    let whole = scopes(&file);
    assert_eq!(whole.lines().count(), 2);

    let view = spoil("DELETE FROM crl_scopes");
    assert!(complaints(&sandbox, Path::new(&damaged)).iter().any(|told| told.contains("row_without_parent")));
    assert_eq!((scopes(salvaged.to_str().expect("UTF-8")), view.lost.len()), (whole.clone(), 0), "{view:?}");
    assert_eq!(complaints(&sandbox, &salvaged), Vec::<String>::new());

    // Every list can still be put together from what the certificates say.
    let view = spoil("UPDATE crl_entries SET crl_urls = 'no list'");
    assert_eq!((complaints(&sandbox, &salvaged), view.lost.len()), (Vec::new(), 0), "{view:?}");

    // A list that does not say what it is about is let go; the others stay.
    let view = spoil("UPDATE crls SET trailer = x'00' WHERE scope <> '' AND number = (SELECT max(number) FROM crls)");
    assert_eq!((complaints(&sandbox, &salvaged), view.lost.len()), (Vec::new(), 2), "{view:?}");
    let taken = "SELECT count(*) FROM audit WHERE action = 'crl.installed'";
    assert_eq!(sqlite(salvaged.to_str().expect("UTF-8"), taken).trim(), "0", "a part does not pass for the whole");
    assert_eq!(scopes(salvaged.to_str().expect("UTF-8")), whole);

    // Without the whole list of a run nobody can tell what its parts had.
    let newest = "number = (SELECT max(number) FROM crls)";
    let view =
        spoil(&format!("UPDATE crls SET trailer = x'00' WHERE scope = '' AND {newest}; DELETE FROM crl_pieces; DELETE FROM crl_cuts"));
    assert_eq!((complaints(&sandbox, &salvaged), view.lost.len()), (Vec::new(), 3), "{view:?}");
}
