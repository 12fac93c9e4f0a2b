//! Two registers of one authority that give different reasons: both are shown, and the graver is taken whichever comes first.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;
use suite::data::{data, named};
use suite::{Sandbox, ask};

/// As the register has it for one of the certificates.
const SUPERSEDED: &str = "261121015439Z,superseded\t";

/// An authority's certificate and its register, with the reason of one revocation.
fn folder(sandbox: &Sandbox, name: &str, reason: &str) -> String {
    let (from, to) = (data("openssl-ca/issuing"), sandbox.path(name));
    fs::create_dir(&to).expect("a folder");
    for file in ["ca.crt", "serial", "crlnumber"] {
        fs::copy(from.join(file), to.join(file)).expect("copied");
    }
    let index = fs::read_to_string(from.join("index.txt")).expect("an index");
    assert!(index.contains(SUPERSEDED));
    fs::write(to.join("index.txt"), index.replace(SUPERSEDED, &format!("261121015439Z,{reason}\t"))).expect("written");
    sandbox.text(name)
}

/// The reasons that certificates are revoked for, by serial number.
fn reasons(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let certificates = sandbox.surface.certificate_list(ask(json!({ "limit": 500 }))).expect("a page").items;
    let revoked = certificates.into_iter().filter_map(|one| Some((one.serial.clone(), one.revocation?.reason)));
    revoked.collect()
}

#[test]
fn the_graver_of_two_final_reasons_is_taken_whichever_comes_first() {
    for order in [["superseded", "keyCompromise"], ["keyCompromise", "superseded"], ["keyCompromise", "CACompromise"]] {
        let sandbox = Sandbox::with_keyring();
        let [one, other] = order.map(|reason| folder(&sandbox, reason, reason));
        let leaf = named("openssl-ca/issuing/mail.crt");
        let request = json!({ "paths": [leaf, one, other], "whole": true });
        let report = sandbox.surface.import_run(ask(request.clone())).expect("taken");
        let differing: Vec<_> = report.items.iter().filter(|item| item.outcome == "conflicting").collect();
        assert_eq!(differing.iter().map(|item| item.code.as_str()).collect::<Vec<_>>(), ["revocation-differs"], "{order:?}: {report:?}");
        for said in order {
            assert!(differing[0].detail.to_lowercase().contains(&said.to_lowercase()), "{order:?}: {}", differing[0].detail);
        }
        let standing = &reasons(&sandbox)["a8fa44e5a0da2144f09a63f8bd6a215a"];
        assert!(standing.ends_with("ompromise"), "{order:?}: {standing}");
        let again = sandbox.surface.import_run(ask(request)).expect("again");
        assert_eq!((again.outcomes.new, reasons(&sandbox).len()), (0, 1), "{order:?}: {again:?}");
    }
}

#[test]
fn a_register_is_whose_certificate_lies_beside_it_be_it_known_already() {
    let sandbox = Sandbox::with_keyring();
    let folder = folder(&sandbox, "beside", "superseded");
    sandbox
        .surface
        .import_run(ask(json!({ "paths": [named("openssl-ca/issuing/ca.crt"), named("openssl-ca/issuing/mail.crt")] })))
        .expect("taken");
    assert!(reasons(&sandbox).is_empty());
    let report = sandbox.surface.import_run(ask(json!({ "paths": [folder], "whole": true }))).expect("taken");
    assert_eq!((report.taken.revocations, report.refused.len()), (4, 0), "{:?}", report.refused);
    assert_eq!(reasons(&sandbox).into_values().collect::<Vec<_>>(), ["superseded"]);
}
