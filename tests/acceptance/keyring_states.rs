//! A keyring in every mood: nothing is lost, overwritten or made anew, and everything but signing goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::request::Nothing;
use api::view::RegistryStatus;
use api::{ApiError, ErrorCode, Host, Surface};
use authority::clock::FixedClock;
use authority::keystore::{FaultyKeyStore, KeyStore, KeyStoreError, MemoryKeyStore};
use authority::pki::{KeySpec, PrivateKey};
use authority::registry::RegistryId;
use authority::session::{Host as Forces, Keyring};
use serde_json::json;
use suite::sandbox::forces;
use suite::{NOW, Sandbox, ask};

/// The keyring of a desktop, in whose way a fault can be put.
struct Moody(Arc<FaultyKeyStore>);

impl Keyring for Moody {
    fn open(&self, _: &RegistryId) -> Arc<dyn KeyStore> {
        Arc::clone(&self.0) as _
    }
}

struct Scene {
    sandbox: Sandbox,
    surface: Surface,
    clock: Arc<FixedClock>,
    inside: MemoryKeyStore,
    keyring: Arc<FaultyKeyStore>,
}

impl Scene {
    fn new() -> Self {
        let (sandbox, clock, inside) = (Sandbox::empty(), Arc::new(FixedClock::at(NOW)), MemoryKeyStore::new());
        let keyring = Arc::new(FaultyKeyStore::new(Arc::new(inside.clone())));
        let machine = Forces { keyring: Arc::new(Moody(Arc::clone(&keyring))), ..forces(&clock, &inside) };
        let surface = Surface::new(Host::of_a_test(machine));
        let request = json!({ "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "os", "withoutRecoveryFile": true });
        surface.registry_create(ask(request)).expect("a registry");
        let request = json!({ "name": "Root", "subject": "CN=Acme Root CA", "key": "ec-p256" });
        surface.authority_create(ask(request)).expect("an authority");
        let scene = Self { sandbox, surface, clock, inside, keyring };
        scene.issue("before").expect("issued");
        scene
    }

    fn issue(&self, name: &str) -> Result<(), ApiError> {
        let draft = json!({ "authority": "Root", "names": [format!("{name}.example.test")] });
        let over = json!({ "out": self.sandbox.text(name), "plainKey": true });
        self.surface.certificate_issue(ask(json!({ "draft": draft, "handOver": over }))).map(drop)
    }

    /// Everything that takes no key.
    fn browse(&self) {
        let surface = &self.surface;
        let page = surface.certificate_list(ask(json!({ "search": "before" }))).expect("a list");
        assert_eq!(page.items.len(), 1);
        let certificate = json!({ "certificate": page.items[0].id });
        surface.certificate_show(ask(certificate.clone())).expect("a certificate");
        let mut export = certificate;
        export["out"] = json!(self.sandbox.text("exported.pem"));
        export["overwrite"] = json!(true);
        export["format"] = json!("pem");
        surface.certificate_export(ask(export)).expect("exported");
        assert_eq!(surface.authority_list(Nothing {}).expect("authorities").items.len(), 1, "no authority was made");
        surface.overview(Nothing {}).expect("an overview");
        surface.audit_list(ask(json!({}))).expect("the log");
        surface.registry_status(Nothing {}).expect("a status");
        surface.doctor(Nothing {}).expect("a doctor");
    }

    /// The state of the authority's key, which has its words.
    fn state(&self) -> String {
        let listed = self.surface.key_list(ask(json!({ "of": "authorities" }))).expect("keys");
        let key = listed.items.iter().find(|key| key.label.contains("Root")).expect("the key's row");
        assert!(!key.title.is_empty() && !key.message.is_empty());
        assert!(key.state == "ready" || !key.next.is_empty(), "{key:?}");
        key.state.clone()
    }

    /// Everything that takes a key is refused with this code.
    fn signing_is_refused(&self, code: ErrorCode) {
        assert_eq!(self.issue("during").expect_err("refused").code, code);
        assert_eq!(self.surface.crl_build(ask(json!({ "authority": "Root" }))).expect_err("refused").code, code);
    }

    /// An authority that cannot have its key is not made.
    fn no_authority_is_made(&self, code: ErrorCode) {
        let request = json!({ "name": "Another", "subject": "CN=Another CA", "key": "ec-p256" });
        assert_eq!(self.surface.authority_create(ask(request)).expect_err("refused").code, code);
    }

    fn works_again(&self) {
        self.surface.registry_unlock(ask(json!({}))).expect("unlocked");
        assert_eq!(self.state(), "ready");
        self.issue("after").expect("issued");
        self.surface.crl_build(ask(json!({ "authority": "Root" }))).expect("a CRL");
        assert!(self.surface.audit_verify(Nothing {}).expect("a verdict").ok);
    }
}

#[test]
fn a_keyring_that_refuses_everything_loses_nothing() {
    let moods = [
        (KeyStoreError::Locked, ErrorCode::Locked, "locked"),
        (KeyStoreError::TimedOut { seconds: 30 }, ErrorCode::KeyringTimedOut, "unreachable"),
        (KeyStoreError::Unreachable { cause: "the daemon is gone".to_owned() }, ErrorCode::KeyringUnreachable, "unreachable"),
        (KeyStoreError::Ambiguous, ErrorCode::KeyStoreFailed, "ambiguous"),
        (KeyStoreError::Damaged { what: "the entry is not text".to_owned() }, ErrorCode::KeyStoreFailed, "unreadable"),
    ];
    for (mood, code, state) in moods {
        let scene = Scene::new();
        let before = scene.inside.digest();
        scene.keyring.fail_all(Some(mood.clone()));
        scene.browse();
        assert_eq!(scene.state(), state, "{mood:?}");
        scene.signing_is_refused(code);
        scene.no_authority_is_made(code);
        scene.browse();
        assert_eq!(scene.inside.digest(), before, "{mood:?}");
        scene.keyring.fail_all(None);
        scene.clock.set(NOW + Duration::from_secs(600));
        scene.works_again();
        assert_eq!(scene.inside.digest(), before, "what was refused left something behind: {mood:?}");
    }
}

#[test]
fn an_entry_that_is_too_long_is_refused_and_nothing_else_happens() {
    let scene = Scene::new();
    let before = scene.inside.digest();
    scene.keyring.fail_all(Some(KeyStoreError::TooLong));
    scene.no_authority_is_made(ErrorCode::KeyStoreFailed);
    scene.browse();
    scene.keyring.fail_all(None);
    scene.clock.set(NOW + Duration::from_secs(600));
    scene.works_again();
    assert_eq!(scene.inside.digest(), before);
}

#[test]
fn a_slow_keyring_is_waited_for_only_by_what_needs_a_key() {
    let scene = Scene::new();
    let before = scene.inside.digest();
    scene.keyring.delay_all(Duration::from_millis(40));
    let calls = scene.keyring.calls();
    let surface = &scene.surface;
    surface.certificate_list(ask(json!({ "search": "before" }))).expect("a list");
    surface.overview(Nothing {}).expect("an overview");
    surface.authority_list(Nothing {}).expect("authorities");
    surface.registry_status(Nothing {}).expect("a status");
    surface.audit_list(ask(json!({}))).expect("the log");
    assert_eq!(scene.keyring.calls(), calls, "a look at the registry asks the keyring for an entry");
    scene.works_again();
    assert_eq!(scene.inside.digest(), before);
}

/// Opened for a look, a registry leaves the keyring alone until something is written: then the log is sealed as ever.
#[test]
fn who_only_looks_does_not_wait_for_the_keyring() {
    let scene = Scene::new();
    let machine = Forces { keyring: Arc::new(Moody(Arc::clone(&scene.keyring))), ..forces(&scene.clock, &scene.inside) };
    let looker = Surface::new(Host::of_a_test(machine));
    let calls = scene.keyring.calls();
    looker.registry_open_to_look(ask(json!({ "path": scene.sandbox.text("acme.chancery") }))).expect("opened");
    let page = looker.certificate_list(ask(json!({ "search": "before" }))).expect("a list");
    looker.certificate_show(ask(json!({ "certificate": page.items[0].id }))).expect("a certificate");
    looker.audit_list(ask(json!({}))).expect("the log");
    assert_eq!(scene.keyring.calls(), calls);
    looker.settings_set(ask(json!({ "changes": [{ "key": "lock.idle-minutes", "value": "10" }] }))).expect("set");
    assert!(scene.keyring.calls() > calls);
    scene.surface.registry_close(Nothing {}).expect("closed");
    assert_eq!(looker.registry_unlock(ask(json!({}))).expect("unlocked").sealed_at_unlock, 0, "what was written was sealed at once");
    assert!(looker.audit_verify(Nothing {}).expect("a verdict").ok);
}

/// Every state of the keyring and of an entry is told by its own words, and what is wrong is never called well.
#[test]
fn the_doctor_tells_the_states_of_the_keyring_apart() {
    let scene = Scene::new();
    let bad = || {
        let view = scene.surface.doctor(Nothing {}).expect("a look");
        let bad: Vec<_> = view
            .findings
            .into_iter()
            .filter(|finding| matches!(finding.code.as_str(), "keyring" | "keys" | "strays") && !finding.ok)
            .collect();
        assert!(bad.iter().all(|finding| !finding.fix.is_empty() && !finding.message.contains('…')), "{bad:?}");
        bad.into_iter().map(|finding| (finding.code, finding.state.unwrap_or_default(), finding.message + &finding.fix)).collect::<Vec<_>>()
    };
    assert_eq!(bad(), []);
    let mut said = Vec::new();
    let mut sees = |code: &str, state: &str| {
        let seen = bad();
        assert!(seen.iter().any(|(seen, how, _)| (seen.as_str(), how.as_str()) == (code, state)), "{code} {state}: {seen:?}");
        said.extend(seen.into_iter().map(|(_, _, words)| words));
    };
    let whole = scene.inside.names();
    let key = whole.iter().find(|name| !name.starts_with("secret/")).expect("a key").clone();
    scene.keyring.fail_all(Some(KeyStoreError::Locked));
    sees("keyring", "locked");
    scene.keyring.fail_all(Some(KeyStoreError::Unreachable { cause: "no session bus".to_owned() }));
    sees("keyring", "unreachable");
    scene.keyring.fail_all(None);
    scene.inside.double(&key, true);
    sees("keys", "ambiguous");
    scene.inside.double(&key, false);
    let foreign = PrivateKey::generate(KeySpec::EcP256).expect("a key").to_line().expect("a line");
    scene.inside.tamper(&key, &foreign);
    sees("keys", "wrong-key");
    scene.inside.tamper("left-over", &foreign);
    scene.inside.lose(&key);
    sees("keys", "missing");
    sees("strays", "stray");
    said.sort();
    said.dedup();
    assert_eq!(said.len(), 6, "{said:#?}");
}

#[test]
fn an_empty_keyring_and_other_octets_in_it_are_never_filled_in() {
    let scene = Scene::new();
    let whole = scene.inside.names();
    let key = whole.iter().find(|name| !name.starts_with("secret/")).expect("a key").clone();
    let line = |text: &str| scene.inside.tamper(&key, text);
    let foreign = PrivateKey::generate(KeySpec::EcP256).expect("a key").to_line().expect("a line");
    for (text, code, state) in [
        ("junk", ErrorCode::KeyStoreFailed, "unreadable"),
        ("", ErrorCode::KeyStoreFailed, "unreadable"),
        (foreign.as_str(), ErrorCode::KeyWrong, "wrong-key"),
        (&"x".repeat(100_000), ErrorCode::KeyStoreFailed, "unreadable"),
    ] {
        line(text);
        let before = scene.inside.digest();
        scene.browse();
        assert_eq!(scene.state(), state);
        scene.signing_is_refused(code);
        assert_eq!(scene.inside.digest(), before, "{state}");
    }
    // A daemon that came back with another home: it answers, and knows of nothing.
    for name in &whole {
        assert!(scene.inside.lose(name));
    }
    scene.browse();
    assert_eq!(scene.state(), "missing");
    scene.signing_is_refused(ErrorCode::KeyMissing);
    scene.surface.registry_unlock(ask(json!({}))).expect("it is open");
    assert_eq!(scene.inside.names(), [""; 0], "nothing was made anew");
}

#[test]
fn the_first_wait_for_a_keyring_is_seen_and_ended_before_there_is_a_registry() {
    let (sandbox, inside) = (Sandbox::empty(), MemoryKeyStore::new());
    let keyring = Arc::new(FaultyKeyStore::new(Arc::new(inside.clone())));
    let machine = Forces { keyring: Arc::new(Moody(Arc::clone(&keyring))), ..forces(&sandbox.clock, &inside) };
    let surface = Surface::new(Host::of_a_test(machine));
    let waits = || surface.lock_show(Nothing {}).expect("a lock").keyring_waits;
    assert_eq!(waits(), None);
    surface.keyring_cancel(Nothing {}).expect("nothing to end");
    let start = Instant::now();
    // Does something that is slow for a minute, sees that it waits, and ends the wait.
    let ended = |act: &(dyn Fn() -> Result<RegistryStatus, ApiError> + Sync)| {
        keyring.delay_all(Duration::from_secs(60));
        let outcome = std::thread::scope(|scope| {
            let call = scope.spawn(act);
            while waits().is_none() {
                assert!(!call.is_finished(), "it did not wait");
                std::thread::sleep(Duration::from_millis(2));
            }
            surface.keyring_cancel(Nothing {}).expect("ended");
            call.join().expect("no panic")
        });
        keyring.delay_all(Duration::ZERO);
        assert_eq!(waits(), None);
        outcome
    };

    let request = json!({ "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "os", "withoutRecoveryFile": true });
    let create = || surface.registry_create(ask(request.clone()));
    assert_eq!(ended(&create).expect_err("ended").code, ErrorCode::Cancelled);
    assert!(!sandbox.path("acme.chancery").exists());
    assert_eq!(inside.names(), [""; 0]);
    create().expect("the same again");

    surface.registry_close(Nothing {}).expect("closed");
    // Another program that opens it has not locked its own way in.
    keyring.reopen().expect("open again");
    let opened = ended(&|| surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") })))).expect("it opens for browsing");
    assert_eq!(opened.name, "Acme");
    surface.registry_unlock(ask(json!({}))).expect("unlocked");

    // A move of keys waits for a keyring that the open registry does not know yet.
    let to_vault = json!({ "to": "passphrase", "newPassphrase": "a vault of its own" });
    surface.registry_move_keys(ask(to_vault)).expect("moved");
    let back = || surface.registry_move_keys(ask(json!({ "to": "os" }))).map(|moved| moved.status);
    assert_eq!(ended(&back).expect_err("ended").code, ErrorCode::Cancelled);
    assert_eq!(surface.registry_status(Nothing {}).expect("a status").keys, "passphrase");
    // What was not begun is undone: keys are taken into use.
    let request = json!({ "name": "Root", "subject": "CN=Acme Root CA", "key": "ec-p256" });
    surface.authority_create(ask(request)).expect("an authority");
    assert!(start.elapsed() < Duration::from_secs(60), "nothing was waited for to its end");
}
