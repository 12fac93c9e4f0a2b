//! A page of the file is overwritten, the log beside it, or the whole file is another: each has its clear error, no byte of it is believed, and all is well
//! when the page is back.

use std::fs;
use std::path::Path;

use api::request::Nothing;
use api::{ErrorCode, Surface};
use serde_json::json;
use suite::judges::sqlite::sqlite;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

/// Every how manyth page is overwritten.
const STEP: usize = 3;

fn opened(file: &Path, sandbox: &Sandbox) -> Result<Surface, ErrorCode> {
    let surface = sandbox.second();
    surface.registry_open(ask(json!({ "path": file }))).map_err(|error| error.code)?;
    Ok(surface)
}

/// How damage shows: at opening, by its code, or to the check.
fn found(file: &Path, sandbox: &Sandbox) -> Option<String> {
    let surface = match opened(file, sandbox) {
        Ok(surface) => surface,
        Err(code) => return Some(code.as_str().to_owned()),
    };
    let found = match surface.registry_check(ask(json!({}))) {
        Ok(check) => check.findings.first().map(|finding| finding.code.clone()),
        Err(error) => Some(error.code.as_str().to_owned()),
    };
    surface.registry_close(Nothing {}).expect("closed");
    found
}

/// A closed registry with some certificates.
fn registry() -> (Sandbox, std::path::PathBuf) {
    let sandbox = Sandbox::at_work();
    for number in 0..12 {
        sandbox.issue("Issuing", &[&format!("host-{number}.example.test")], "out");
    }
    sandbox.crl("Issuing");
    sandbox.surface.registry_close(Nothing {}).expect("closed");
    let file = sandbox.path("acme.chancery");
    (sandbox, file)
}

#[test]
fn a_page_of_a_table_or_an_index_that_is_overwritten_is_found_and_all_is_well_when_it_is_back() {
    let (sandbox, file) = registry();
    let whole = fs::read(&file).expect("the file");
    let size = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    // By SQLite's own word, which page is what: free ones hold nothing.
    let pages = sqlite(file.to_str().expect("UTF-8"), "SELECT pageno, pagetype, name FROM dbstat ORDER BY pageno");
    assert!(
        ["leaf", "internal", "certificates_by_fingerprint", "certificate_ders", "audit"].iter().all(|kind| pages.contains(kind)),
        "{pages}"
    );
    for line in pages.lines().step_by(STEP) {
        let page: usize = line.split('|').next().and_then(|text| text.parse().ok()).expect("a page number");
        let mut damaged = whole.clone();
        let junk = |at: usize| u8::try_from(at.wrapping_mul(2_654_435_761) >> 7 & 0xff).expect("an octet");
        // The first page keeps its header of 100 octets: without it nobody can tell that it is a registry, see below.
        let start = if page == 1 { 100 } else { (page - 1) * size };
        (start..page * size).for_each(|at| damaged[at] = junk(at));
        fs::write(&file, damaged).expect("written");
        let shown = found(&file, &sandbox);
        let damage = ["registry-damaged", "file_damaged", "cell_unreadable"];
        assert!(shown.as_deref().is_some_and(|code| damage.contains(&code)), "page {line}: {shown:?}");
    }
    fs::write(&file, &whole).expect("written");
    assert_eq!(found(&file, &sandbox), None);
}

#[test]
fn another_file_in_its_place_is_told_apart() {
    let (sandbox, file) = registry();
    let whole = fs::read(&file).expect("the file");
    let open = |bytes: &[u8]| {
        fs::write(&file, bytes).expect("written");
        refusal(opened(&file, &sandbox).map(drop).map_err(api::ApiError::new))
    };
    let mut header = whole.clone();
    header[..100].fill(0);
    assert_eq!(open(&header), ErrorCode::NotARegistry);
    assert_eq!(open(b""), ErrorCode::NotARegistry);
    assert_eq!(open(b"-----BEGIN CERTIFICATE-----\n"), ErrorCode::NotARegistry);
    // Cut off in the middle: the header is right, and what it tells of is not there.
    fs::write(&file, &whole[..whole.len() / 2]).expect("written");
    assert!(matches!(found(&file, &sandbox).as_deref(), Some("registry-damaged" | "file_damaged")));
    let newer = [&whole[..60], &9_999_u32.to_be_bytes(), &whole[64..]].concat();
    assert_eq!(open(&newer), ErrorCode::RegistryNewer);
    fs::remove_file(&file).expect("removed");
    assert_eq!(opened(&file, &sandbox).map(drop), Err(ErrorCode::RegistryNotFound));
    fs::create_dir(&file).expect("a folder");
    assert_eq!(opened(&file, &sandbox).map(drop), Err(ErrorCode::RegistryIsFolder));
    fs::remove_dir(&file).expect("removed");
    fs::write(&file, &whole).expect("written");
    assert_eq!(found(&file, &sandbox), None);
}

#[test]
fn a_log_that_is_overwritten_loses_what_it_held_and_nothing_else() {
    let sandbox = Sandbox::at_work();
    let (file, wal) = (sandbox.path("acme.chancery"), sandbox.path("acme.chancery-wal"));
    sandbox.issue("Issuing", &["kept.example.test"], "out");
    // The file and its log as they lie there while the program runs: a copy, since closing empties the log.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let (copy, copied) = (elsewhere.path().join("acme.chancery"), elsewhere.path().join("acme.chancery-wal"));
    let log = fs::read(&wal).expect("the log");
    assert!(log.len() > 8_192, "there is something in the log");
    for at in (0..log.len()).step_by(log.len() / 12) {
        let mut damaged = log.clone();
        let end = log.len().min(at + 512);
        damaged[at..end].fill(0xa5);
        fs::copy(&file, &copy).expect("a copy");
        fs::write(&copied, damaged).expect("a log");
        // SQLite believes a commit only if its checksums hold, and none after one that does not: it is an earlier moment of the registry, and whole.
        assert_eq!(found(&copy, &sandbox), None, "the log from octet {at}");
    }
}
