//! A thousand ask for one CRL that is not there: it is built once, and all get it. Whatever befalls the one who builds it, nobody waits in vain.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use api::ErrorCode;
use authority::clock::FixedClock;
use authority::current_crl::CurrentCrl;
use authority::keystore::{FaultyKeyStore, KeyStore, KeyStoreError, MemoryKeyStore};
use authority::pki::CrlNumber;
use authority::publish_crl::BuildCrlError;
use authority::registry::{AuthorityId, CrlKind, GenerationId, IntentId, IntentPurpose, NewIntent, RegistryError, RegistryId, WHOLE};
use authority::session::{Host as Forces, Keyring, Session};
use authority::watch::{Unwatched, Watch};
use serde_json::json;
use suite::{NOW, Sandbox, ask, sandbox};

const ASKERS: usize = 1_000;

/// A keyring that can be told to fail.
struct Faulty(Arc<FaultyKeyStore>);

impl Keyring for Faulty {
    fn open(&self, _: &RegistryId) -> Arc<dyn KeyStore> {
        Arc::clone(&self.0) as _
    }
}

/// `Issuing` has issued nothing and no CRL. The keys are behind a store that can fail.
fn missing_crl() -> (Sandbox, Session, Arc<FaultyKeyStore>, GenerationId) {
    let sandbox = Sandbox::at_work();
    sandbox.surface.registry_close(ask(json!({}))).expect("closed");
    let ring: MemoryKeyStore = sandbox.keyring.clone();
    let faulty = Arc::new(FaultyKeyStore::new(Arc::new(ring)));
    let clock = Arc::new(FixedClock::at(NOW));
    let forces = Forces { keyring: Arc::new(Faulty(Arc::clone(&faulty))), ..sandbox::forces(&clock, &sandbox.keyring) };
    let session = Session::open(&sandbox.path("acme.chancery"), forces).expect("opened");
    session.unlock(None).expect("unlocked");
    let generation = session.registry().read(|tx| {
        let issuing = tx.authorities()?.into_iter().find(|row| row.name == "Issuing").map(|row| row.id);
        let current = issuing.map(|id| tx.current_generation(id)).transpose()?.flatten();
        Ok::<_, RegistryError>(current.map(|row| row.generation.id))
    });
    (sandbox, session, faulty, generation.expect("read").expect("an authority with a key"))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    built: usize,
    kept: usize,
    cancelled: usize,
    panicked: usize,
    other: Vec<String>,
}

/// Lets a thousand ask at the same moment; each with a watch of its own.
fn ask_all<W: Watch>(session: &Session, generation: GenerationId, watch: impl Fn() -> W + Sync) -> Outcome {
    let start = Barrier::new(ASKERS);
    let mut outcome = Outcome::default();
    thread::scope(|scope| {
        let askers: Vec<_> = (0..ASKERS)
            .map(|_| {
                thread::Builder::new()
                    .stack_size(1 << 20)
                    .spawn_scoped(scope, || {
                        let watch = watch();
                        start.wait();
                        session.current_crl(generation, &watch)
                    })
                    .expect("a thread")
            })
            .collect();
        for asker in askers {
            match asker.join() {
                Ok(Ok(CurrentCrl::Built(..))) => outcome.built += 1,
                Ok(Ok(CurrentCrl::Kept(row))) => {
                    assert_eq!(row.crl.generation, generation);
                    outcome.kept += 1;
                }
                Ok(Err(BuildCrlError::Cancelled)) => outcome.cancelled += 1,
                Ok(Err(error)) => outcome.other.push(error.to_string()),
                Err(_) => outcome.panicked += 1,
            }
        }
    });
    outcome
}

/// Numbers of the CRLs on record, and what the history of runs says, oldest first.
fn on_record(session: &Session, generation: GenerationId) -> (usize, Vec<Option<String>>) {
    let both = session.registry().read(|tx| Ok::<_, RegistryError>((tx.crls(generation, 100)?, tx.crl_events(generation, 100)?)));
    let (crls, mut events) = both.expect("read");
    events.reverse();
    (crls.len(), events.into_iter().map(|event| event.error).collect())
}

#[test]
fn a_thousand_askers_and_one_build() {
    let (_sandbox, session, _, generation) = missing_crl();
    assert_eq!(ask_all(&session, generation, || Unwatched), Outcome { built: 1, kept: ASKERS - 1, ..Outcome::default() });
    assert_eq!(on_record(&session, generation), (1, vec![None]));
    // Now it is fresh: nothing is built, and the keys are not needed.
    session.lock();
    assert_eq!(ask_all(&session, generation, || Unwatched), Outcome { kept: ASKERS, ..Outcome::default() });
}

#[test]
fn the_first_builder_fails_and_the_next_one_builds() {
    let (_sandbox, session, faulty, generation) = missing_crl();
    // The only call that a build makes: for the signer.
    faulty.fail_at(faulty.calls() + 1, KeyStoreError::Unreachable { cause: "it went away".to_owned() });
    let outcome = ask_all(&session, generation, || Unwatched);
    assert_eq!((outcome.built, outcome.kept, outcome.other.len()), (1, ASKERS - 2, 1), "{outcome:?}");
    assert_eq!(on_record(&session, generation), (1, vec![Some("keyring-unreachable".to_owned()), None]));
}

#[test]
fn the_first_builder_panics_and_the_next_one_builds() {
    let (_sandbox, session, faulty, generation) = missing_crl();
    faulty.panic_at(faulty.calls() + 1);
    let outcome = ask_all(&session, generation, || Unwatched);
    assert_eq!(outcome, Outcome { built: 1, kept: ASKERS - 2, panicked: 1, ..Outcome::default() });
}

/// Stops, or panics, at the first word of progress that anybody hears.
struct FirstHeard<'a> {
    heard: &'a AtomicBool,
    panics: bool,
    mine: AtomicBool,
}

impl Watch for FirstHeard<'_> {
    fn progress(&self, _: u64, _: u64) {
        if !self.heard.swap(true, Ordering::SeqCst) {
            assert!(!self.panics, "in the middle of a transaction");
            self.mine.store(true, Ordering::SeqCst);
        }
    }

    fn cancelled(&self) -> bool {
        self.mine.load(Ordering::SeqCst)
    }
}

#[test]
fn the_first_builder_is_stopped_and_the_next_one_builds() {
    let (_sandbox, session, _, generation) = missing_crl();
    let heard = AtomicBool::new(false);
    let outcome = ask_all(&session, generation, || FirstHeard { heard: &heard, panics: false, mine: AtomicBool::new(false) });
    assert_eq!(outcome, Outcome { built: 1, kept: ASKERS - 2, cancelled: 1, ..Outcome::default() });
    assert_eq!(on_record(&session, generation), (1, vec![Some("cancelled".to_owned()), None]));
}

#[test]
fn a_panic_within_the_transaction_leaves_no_trace() {
    let (_sandbox, session, _, generation) = missing_crl();
    let heard = AtomicBool::new(false);
    let outcome = ask_all(&session, generation, || FirstHeard { heard: &heard, panics: true, mine: AtomicBool::new(false) });
    assert_eq!(outcome, Outcome { built: 1, kept: ASKERS - 2, panicked: 1, ..Outcome::default() });
    let first = session.registry().read(|tx| tx.crls(generation, 1)).expect("read");
    assert_eq!(
        first.first().map(|row| row.crl.number.to_string()).as_deref(),
        Some("1"),
        "the number of the one that broke off was not burnt"
    );
}

/// Takes as long as somebody lets it.
struct Slow {
    begun: mpsc::Sender<()>,
    go_on: std::sync::Mutex<mpsc::Receiver<()>>,
    times: AtomicUsize,
}

impl Watch for Slow {
    fn progress(&self, _: u64, _: u64) {
        if self.times.fetch_add(1, Ordering::SeqCst) == 0 {
            self.begun.send(()).expect("heard");
            self.go_on.lock().expect("alone").recv().expect("let go");
        }
    }

    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn nobody_waits_for_ever() {
    let (_sandbox, session, _, generation) = missing_crl();
    let (begun, has_begun) = mpsc::channel();
    let (let_go, go_on) = mpsc::channel();
    let slow = Slow { begun, go_on: go_on.into(), times: AtomicUsize::new(0) };
    thread::scope(|scope| {
        let leader = scope.spawn(|| session.current_crl(generation, &slow).map(drop));
        has_begun.recv().expect("it builds");
        let late = session.current_crl_within(generation, Duration::from_millis(50), &Unwatched);
        assert!(matches!(late, Err(BuildCrlError::Registry(RegistryError::Busy))), "{late:?}");
        let_go.send(()).expect("it waits");
        leader.join().expect("no panic").expect("built");
    });
    assert!(matches!(session.current_crl(generation, &Unwatched), Ok(CurrentCrl::Kept(_))));
}

#[test]
fn another_program_that_is_at_it_is_waited_for_and_one_that_is_gone_is_not() {
    let (sandbox, session, _, generation) = missing_crl();
    let lease = |holder: &str| {
        let (name, until) = (format!("crl.{generation}"), NOW + time::Duration::minutes(5));
        assert!(session.registry().write(|tx| tx.take_lease(&name, holder, NOW, until)).expect("written"));
        name
    };
    let name = lease("elsewhere:4711:17");
    let late = session.current_crl_within(generation, Duration::from_millis(120), &Unwatched);
    assert!(matches!(late, Err(BuildCrlError::Registry(RegistryError::Busy))), "{late:?}");
    session.registry().write(|tx| tx.release_lease(&name, "elsewhere:4711:17")).expect("given back");
    // No process has this number on any Linux (its highest is 4,194,304).
    lease("testhost:999999999:17");
    assert!(matches!(session.current_crl(generation, &Unwatched), Ok(CurrentCrl::Built(..))));
    let held = session.registry().read(|tx| tx.lease_holder(&name, NOW)).expect("read");
    assert_eq!(held, None, "given back after the build");
    drop(sandbox);
}

/// Stops after a while.
struct Impatient(Instant);

impl Watch for Impatient {
    fn progress(&self, _: u64, _: u64) {}

    fn cancelled(&self) -> bool {
        self.0.elapsed() > Duration::from_millis(500)
    }
}

fn authority_of(session: &Session, generation: GenerationId) -> AuthorityId {
    let row = session.registry().read(|tx| tx.generation(generation)).expect("read").expect("a key");
    row.generation.authority
}

#[test]
fn a_delta_waits_for_another_program_as_a_base_does() {
    let (_sandbox, session, _, generation) = missing_crl();
    let authority = authority_of(&session, generation);
    session.current_crl(generation, &Unwatched).expect("a base");
    let (name, holder, until) = (format!("crl.{generation}"), "elsewhere:4711:17", NOW + time::Duration::minutes(5));
    assert!(session.registry().write(|tx| tx.take_lease(&name, holder, NOW, until)).expect("written"));
    let delta = || session.build_delta_crl(authority, Some(generation), None, &Impatient(Instant::now()));
    assert!(matches!(delta(), Err(BuildCrlError::Cancelled)));
    assert_eq!(on_record(&session, generation).0, 1);
    session.registry().write(|tx| tx.release_lease(&name, holder)).expect("given back");
    delta().expect("a delta");
    let held = session.registry().read(|tx| tx.lease_holder(&name, NOW)).expect("read");
    assert_eq!(held, None, "given back");
}

#[test]
fn a_missing_delta_is_signed_once_however_many_ask_with_the_base_that_it_needs() {
    let (_sandbox, session, _, generation) = missing_crl();
    let start = Barrier::new(32);
    let built = thread::scope(|scope| {
        let ask = || {
            start.wait();
            matches!(session.current_delta(generation, &Unwatched).expect("a delta"), CurrentCrl::Built(..))
        };
        let askers: Vec<_> = (0..32).map(|_| scope.spawn(ask)).collect();
        askers.into_iter().map(|asker| asker.join().expect("no panic")).filter(|built| *built).count()
    });
    let lists = session.registry().read(|tx| tx.crls(generation, 100)).expect("read");
    assert_eq!((built, lists.len()), (1, 2), "{lists:?}");
}

#[test]
fn a_delta_that_could_not_be_built_stands_in_the_history() {
    let (_sandbox, session, faulty, generation) = missing_crl();
    let authority = authority_of(&session, generation);
    session.current_crl(generation, &Unwatched).expect("a base");
    faulty.fail_at(faulty.calls() + 1, KeyStoreError::Unreachable { cause: "gone".to_owned() });
    session.build_delta_crl(authority, Some(generation), None, &Unwatched).expect_err("no key");
    let newest = session.registry().read(|tx| tx.crl_events(generation, 1)).expect("read").remove(0);
    assert_eq!((newest.kind, newest.error.as_deref()), (CrlKind::Delta, Some("keyring-unreachable")));
}

#[test]
fn a_crl_is_no_older_than_one_of_a_lower_number_that_is_being_signed() {
    let (_sandbox, session, faulty, generation) = missing_crl();
    let authority = authority_of(&session, generation);
    let begin = |nth: u8, created_at| {
        let (kind, scope, number) = (CrlKind::Base, WHOLE.to_owned(), CrlNumber::from_u64(u64::from(nth)));
        let purpose = IntentPurpose::Crl { generation, kind, scope, number, covers_revision: 0 };
        let id = IntentId::new(created_at, [nth; 10]);
        let intent = NewIntent { id, authority: Some(authority), purpose, tbs: None, actor: json!({}), created_at };
        session.registry().write(|tx| tx.open_intent(&intent)).expect("written");
    };
    let build = || {
        let crl = session.build_crl_watched(authority, Some(generation), None, &Unwatched).expect("built").1;
        (crl.number().map(ToString::to_string).unwrap_or_default(), crl.this_update())
    };
    // While this one fetches its key, another program begins, whose clock is a minute ahead.
    let (ahead, calls) = (NOW + time::Duration::minutes(1), faulty.calls());
    faulty.delay_at(calls + 1, Duration::from_secs(1));
    let first = thread::scope(|scope| {
        let builder = scope.spawn(build);
        while faulty.calls() == calls {
            thread::sleep(Duration::from_millis(5));
        }
        begin(1, ahead);
        builder.join().expect("no panic")
    });
    assert_eq!(first, ("2".to_owned(), ahead));
    // One that is off by a year holds nobody up.
    begin(3, NOW + time::Duration::days(365));
    assert_eq!(build(), ("4".to_owned(), ahead));
}

#[test]
fn the_codes_of_the_history_are_those_of_the_catalogue() {
    use authority::issuer::Unusable;
    use authority::pki::crl::CrlError;
    let authority = || "A".to_owned();
    let errors = [
        BuildCrlError::Issuer(Unusable::KeyElsewhere { authority: authority() }),
        BuildCrlError::Issuer(Unusable::AwaitsCertificate { authority: authority() }),
        BuildCrlError::Issuer(Unusable::UsageMissing { authority: authority(), usage: "cRLSign" }),
        BuildCrlError::Issuer(Unusable::Unknown { id: authority() }),
        BuildCrlError::ClockWentBack { seen: NOW },
        BuildCrlError::AwaitsCrl { authority: authority() },
        BuildCrlError::NextUpdatePast { this_update: NOW, next_update: NOW },
        BuildCrlError::Crl(CrlError::Refused { findings: Vec::new() }),
        BuildCrlError::KeyStore(KeyStoreError::Locked),
        BuildCrlError::KeyStore(KeyStoreError::WrongPassphrase),
        BuildCrlError::KeyStore(KeyStoreError::Unreachable { cause: String::new() }),
        BuildCrlError::KeyStore(KeyStoreError::Cancelled),
        BuildCrlError::KeyStore(KeyStoreError::TooLong),
        BuildCrlError::Cancelled,
        BuildCrlError::Registry(RegistryError::Busy),
        BuildCrlError::Registry(RegistryError::ReadOnly),
        BuildCrlError::Registry(RegistryError::OnShare),
        BuildCrlError::Registry(RegistryError::Full),
        BuildCrlError::Registry(RegistryError::Damaged { detail: String::new() }),
        BuildCrlError::Registry(RegistryError::Io { detail: String::new() }),
        BuildCrlError::Registry(RegistryError::Statement { detail: String::new() }),
    ];
    for error in errors {
        let (code, shown) = (error.code(), error.to_string());
        assert_eq!(code, api::ApiError::from(error).code.as_str(), "{shown}");
        assert!(ErrorCode::ALL.iter().any(|known| known.as_str() == code));
    }
}
