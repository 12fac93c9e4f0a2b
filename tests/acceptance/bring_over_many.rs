//! So many certificates at once that their indexes are made at the end: the registry is as if they had come one by one.

use serde_json::{Value, json};
use suite::paging::each_certificate;
use suite::seeded::{self, Seeding};
use suite::{Sandbox, ask};
use time::Duration;

/// More than are recorded with their indexes (`authority::import::book::MANY`).
const MANY: u64 = 8_300;

/// The certificates of a registry that was filled for testing, the newest first: the order in which they are not recorded.
fn bundle(sandbox: &Sandbox) -> String {
    let path = sandbox.path("seeded.chancery");
    Seeding { certificates: MANY, revoked: 0, authorities: 2 }.fill(&path);
    let mut pem = String::new();
    each_certificate(&seeded::open(&path), |item| pem.push_str(&item.pem));
    pem
}

#[test]
fn all_of_many_are_found_counted_and_checked() {
    let sandbox = Sandbox::with_keyring();
    // Seeding works by the clock of the machine.
    sandbox.clock.set(time::OffsetDateTime::now_utc() + Duration::hours(1));
    let pem = bundle(&sandbox);
    let file = sandbox.path("many.pem");
    std::fs::write(&file, &pem).expect("a bundle");
    let run = || sandbox.surface.import_run(ask(json!({ "paths": [file] }))).expect("taken");
    let taken = run();
    assert_eq!(u64::from(taken.taken.certificates), MANY + 2, "{:?}", taken.refused);
    assert_eq!(u64::from(sandbox.count()), MANY + 2);
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
    assert!(check.ok, "{:?}", check.findings);
    let list = |request: Value| sandbox.surface.certificate_list(ask(request)).expect("a list");
    let named = list(json!({ "search": "host-0004321" })).items;
    assert_eq!(named.len(), 1, "found by a word");
    let (serial, fingerprint) = (&named[0].serial, &named[0].fingerprint);
    for one in [serial, fingerprint] {
        let shown = sandbox.surface.certificate_show(ask(json!({ "certificate": one }))).expect("shown");
        assert_eq!(&shown.certificate.fingerprint, fingerprint);
    }
    for sort in ["issued", "ends", "name"] {
        let page = list(json!({ "sort": sort, "kind": "leaf", "limit": 500 }));
        assert_eq!(page.items.len(), 500, "by {sort}");
    }
    let authorities = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items;
    assert_eq!(authorities.len(), 2);
    let again = run();
    assert_eq!((again.taken.certificates, u64::from(again.known.certificates)), (0, MANY + 2));
    sandbox.assert_audit_whole();
}
