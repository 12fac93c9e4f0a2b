//! An import that is stopped, wherever it is, and one whose passwords do not suffice: the registry is as before.

use std::sync::atomic::{AtomicUsize, Ordering};

use api::ErrorCode;
use authority::import::{ImportError, ImportWish};
use authority::pki::encoding::Password;
use authority::session::Session;
use authority::watch::Watch;
use serde_json::{Value, json};
use suite::data::{data, named};
use suite::sandbox::{forces, refusal};
use suite::{Sandbox, ask};

/// Says yes when it is asked for the nth time whether to stop.
struct StopsAt {
    asked: AtomicUsize,
    at: usize,
}

impl Watch for StopsAt {
    fn progress(&self, _: u64, _: u64) {}

    fn cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) + 1 >= self.at
    }
}

/// Everything that an import brings. The log may grow: it tells that somebody tried, and which keys were put into the keyring and taken out again.
fn standing(sandbox: &Sandbox) -> (u32, Vec<String>, Value, [usize; 3]) {
    let surface = &sandbox.surface;
    let requests = surface.request_list(ask(json!({}))).expect("a list").items.len();
    let authorities = serde_json::to_value(surface.authority_list(ask(json!({}))).expect("a list")).expect("JSON");
    let profiles = surface.profile_list(ask(json!({}))).expect("a list").items.len();
    let keys = surface.key_list(ask(json!({}))).expect("a list").items.len();
    let keyring = sandbox.keyring.names().into_iter().filter(|name| !name.starts_with("secret/")).collect();
    (sandbox.count(), keyring, authorities, [requests, profiles, keys])
}

#[test]
fn stopped_at_any_look_nothing_was_taken() {
    let sandbox = Sandbox::with_keyring();
    let session = Session::open(&sandbox.path("acme.chancery"), forces(&sandbox.clock, &sandbox.keyring)).expect("opened");
    session.unlock(None).expect("unlocked");
    let wish = || ImportWish {
        paths: ["openssl-ca", "easyrsa", "xca/acme.xdb", "tiny-ca"].map(data).to_vec(),
        passwords: ["issuing", "Tr0ub4dor"].map(|text| Password::new(text.to_owned())).into(),
        ..ImportWish::default()
    };
    let before = standing(&sandbox);
    let mut at = 1;
    let report = loop {
        let watch = StopsAt { asked: AtomicUsize::new(0), at };
        match session.import(&wish(), &watch) {
            Err(ImportError::Cancelled) => assert_eq!(standing(&sandbox), before, "stopped at look {at}"),
            other => break other.expect("taken"),
        }
        at += 1;
    };
    assert!(at > 100, "it looked only {at} times");
    assert!(!report.items.is_empty() && sandbox.count() > 20, "{}", sandbox.count());
    sandbox.assert_audit_whole();
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
    assert!(check.ok, "{:?}", check.findings);
}

#[test]
fn one_password_too_few_takes_nothing() {
    let sandbox = Sandbox::with_keyring();
    let before = standing(&sandbox);
    // Three things are locked; two of them open.
    let paths = [named("openssl-ca"), named("xca/acme.xdb"), named("keystores/modern.p12")];
    for passwords in [json!(["issuing", "Tr0ub4dor"]), json!(["issuing", "wrong", "changeit"]), json!(["Tr0ub4dor", "changeit"])] {
        let code = refusal(sandbox.surface.import_run(ask(json!({ "paths": paths, "passwords": passwords }))));
        assert_eq!((code, standing(&sandbox)), (ErrorCode::PasswordWanted, before.clone()), "{passwords}");
    }
    let passwords = json!(["issuing", "Tr0ub4dor", "changeit"]);
    let report = sandbox.surface.import_run(ask(json!({ "paths": paths, "passwords": passwords }))).expect("taken");
    assert_eq!((report.taken.certificates, sandbox.count()), (11, 11), "all three hold parts of one PKI");
}
