//! The keyring store against a real Secret Service.
//!
//! It locks, kills and restarts the keyring daemon of its session, so it runs only when `CHANCERY_TEST_KEYRING=1` says that the session is one of its own.
//! `cargo xtask test keyring` makes one. By hand (the password is `session`, or what `CHANCERY_TEST_KEYRING_PASSWORD` says; the folders must be set before the
//! bus is started, or a daemon that the bus starts has another home):
//!
//! ```sh
//! t=$(mktemp -d); mkdir -m 700 $t/run
//! HOME=$t XDG_DATA_HOME=$t/data XDG_RUNTIME_DIR=$t/run XDG_CACHE_HOME=$t/cache XDG_CONFIG_HOME=$t/config \
//!   dbus-run-session -- sh -c 'printf session | gnome-keyring-daemon --unlock --components=secrets;
//!   CHANCERY_TEST_KEYRING=1 cargo test -p authority --test secret_service -- --nocapture'
//! ```
#![cfg(target_os = "linux")]

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::panic,
        clippy::disallowed_methods,
        reason = "tests fail loudly, and start the programs of the desktop"
    )]
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use authority::clock::SystemEntropy;
    use authority::keystore::{KeyRef, KeyStore, KeyStoreError, OsKeyStore, StoreState};
    use authority::secret::SecretBytes;
    use pki::key::{KeySpec, PrivateKey};

    const REGISTRY: &str = "test-registry";

    /// Runs a program with `input`; returns what it prints.
    fn run(program: &str, arguments: &[&str], input: &str) -> String {
        let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn lock() {
        let arguments = ["call", "--session", "--dest", "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets", "--method"];
        let lock = ["org.freedesktop.Secret.Service.Lock", "['/org/freedesktop/secrets/collection/login']"];
        run("gdbus", &[arguments.as_slice(), &lock].concat(), "");
    }

    /// Kills the daemon of this session and starts another, unlocked: one that runs takes no password from outside.
    fn restart_daemon() {
        kill_daemon();
        start_daemon(&[]);
    }

    /// Kills the daemon that the bus knows, and waits until it knows none.
    fn kill_daemon() {
        let id = daemon().unwrap();
        let id = id.to_string();
        run("kill", &["-9", &id], "");
        let start = Instant::now();
        while daemon().is_some_and(|now| now.to_string() == id) {
            assert!(start.elapsed() < Duration::from_secs(10), "the bus goes on knowing a daemon that was killed");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The process id of the daemon of this session; asking starts none.
    fn daemon() -> Option<u32> {
        let bus = zbus::blocking::Connection::session().unwrap();
        let bus = zbus::blocking::fdo::DBusProxy::new(&bus).unwrap();
        bus.get_connection_unix_process_id("org.freedesktop.secrets".try_into().unwrap()).ok()
    }

    /// Starts one, unlocked, with so much changed of its surroundings, and waits until the bus knows it: a call before that makes the bus start another.
    fn start_daemon(surroundings: &[(&str, &str)]) {
        let password = std::env::var("CHANCERY_TEST_KEYRING_PASSWORD").unwrap_or_else(|_| "session".to_owned());
        let set: Vec<String> = surroundings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut arguments: Vec<&str> = set.iter().map(String::as_str).collect();
        arguments.extend(["gnome-keyring-daemon", "--unlock", "--components=secrets"]);
        run("env", &arguments, &password);
        let start = Instant::now();
        while daemon().is_none() {
            assert!(start.elapsed() < Duration::from_secs(10), "the bus knows no daemon");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn wait_until_ready(store: &OsKeyStore) {
        let start = Instant::now();
        while store.state() != StoreState::Ready {
            assert!(start.elapsed() < Duration::from_secs(10), "{:?}", store.state());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn open(deadline: Duration) -> OsKeyStore {
        let home = std::env::var_os("HOME").map(Into::into);
        OsKeyStore::new(REGISTRY, home, Arc::new(SystemEntropy)).with_deadline(deadline)
    }

    fn key(text: &str) -> KeyRef {
        KeyRef::new(text).unwrap()
    }

    #[test]
    fn real_secret_service() {
        if std::env::var("CHANCERY_TEST_KEYRING").as_deref() != Ok("1") {
            #[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
            {
                eprintln!("SKIPPED real_secret_service: CHANCERY_TEST_KEYRING=1 is not set (see the head of tests/secret_service.rs)");
            }
            return;
        }
        let store = open(Duration::from_secs(10));
        assert_eq!(store.state(), StoreState::Ready);
        stores_reads_and_signs(&store);
        absent_junk_and_ambiguous(&store);
        locked(&store);
        daemon_killed(&store);
        daemon_killed_midway(&store);
        replaced(&store);
        another_home(&store);
        prompt_unanswered(&store);
        without_a_bus();
    }

    fn stores_reads_and_signs(store: &OsKeyStore) {
        for (id, spec) in
            [("p256", KeySpec::EcP256), ("p521", KeySpec::EcP521), ("ed25519", KeySpec::Ed25519), ("rsa4096", KeySpec::Rsa4096)]
        {
            let private = PrivateKey::generate(spec).unwrap();
            store.store(&key(id), "Acme Root CA", &private).unwrap();
            store.store(&key(id), "Acme Root CA", &private).unwrap();
            // Another process finds the same key.
            let signer = open(Duration::from_secs(10)).signer(&key(id), private.public_key()).unwrap();
            signer.sign(b"message").unwrap();
            let other = PrivateKey::generate(KeySpec::EcP256).unwrap();
            assert_eq!(store.store(&key(id), "", &other), Err(KeyStoreError::AlreadyPresent));
            assert!(matches!(store.prove(&key(id), other.public_key()), Err(KeyStoreError::WrongKey { .. })));
            let label = run("secret-tool", &["search", "service", "chancery", "username", &format!("{REGISTRY}/{id}")], "");
            assert!(label.contains("label = Chancery: Acme Root CA"), "{id}");
            store.sync().unwrap();
        }
        let secret = SecretBytes::new(vec![7; 32]);
        store.store_secret("audit-mac", &secret).unwrap();
        assert!(store.secret("audit-mac").unwrap().unwrap().same_as(&secret));
        assert_eq!((store.remove_secret("audit-mac"), store.remove_secret("audit-mac")), (Ok(true), Ok(false)));
        assert_eq!(store.present(&key("p521")), Ok(true));
        store.remove(&key("p521")).unwrap();
        assert_eq!(store.present(&key("p521")), Ok(false));
    }

    fn absent_junk_and_ambiguous(store: &OsKeyStore) {
        let private = PrivateKey::generate(KeySpec::EcP256).unwrap();
        let public = private.public_key();
        assert_eq!(store.prove(&key("absent"), public), Err(KeyStoreError::Missing { key: key("absent") }));
        store.store(&key("junk"), "", &private).unwrap();
        let user = format!("{REGISTRY}/junk");
        run("secret-tool", &["clear", "service", "chancery", "username", &user], "");
        run("secret-tool", &["store", "--label=junk", "service", "chancery", "username", &user], "not a key");
        assert_eq!(store.prove(&key("junk"), public), Err(KeyStoreError::Damaged { what: "the entry is not a key".to_owned() }));
        assert_eq!(store.store(&key("junk"), "", &private), Err(KeyStoreError::AlreadyPresent));
        run("secret-tool", &["store", "--label=more", "service", "chancery", "username", &user, "more", "1"], "not a key");
        assert_eq!(store.prove(&key("junk"), public), Err(KeyStoreError::Ambiguous));
        assert_eq!(store.store(&key("junk"), "", &private), Err(KeyStoreError::Ambiguous));
        assert_eq!(store.remove(&key("junk")), Err(KeyStoreError::Ambiguous));
    }

    fn locked(store: &OsKeyStore) {
        let private = PrivateKey::generate(KeySpec::EcP256).unwrap();
        store.store(&key("locked"), "", &private).unwrap();
        lock();
        // Looking prompts nobody, and is quick.
        let start = Instant::now();
        assert_eq!(store.state(), StoreState::Locked);
        assert!(start.elapsed() < Duration::from_secs(2));
        // Without a display the prompt fails at once.
        assert_eq!(store.prove(&key("locked"), private.public_key()), Err(KeyStoreError::Locked));
        assert_eq!(store.present(&key("absent")), Err(KeyStoreError::Locked));
        assert_eq!(store.store(&key("new"), "", &private), Err(KeyStoreError::Locked));
        assert_eq!(store.remove(&key("locked")), Err(KeyStoreError::Locked));
        assert_eq!(store.ask_to_unlock(), Err(KeyStoreError::Locked));
        restart_daemon();
        wait_until_ready(store);
        store.prove(&key("locked"), private.public_key()).unwrap();
        assert_eq!(store.present(&key("new")), Ok(false));
    }

    /// The same store goes on with a daemon that was started anew.
    fn daemon_killed(store: &OsKeyStore) {
        let private = PrivateKey::generate(KeySpec::EcP256).unwrap();
        store.store(&key("survivor"), "", &private).unwrap();
        restart_daemon();
        wait_until_ready(store);
        store.signer(&key("survivor"), private.public_key()).unwrap();
        store.prove(&key("survivor"), private.public_key()).unwrap();
    }

    /// Whatever the daemon had said yes to is there, and nothing stands anywhere that is not the key of its name.
    fn daemon_killed_midway(store: &OsKeyStore) {
        for round in 0..3u64 {
            let keys: Vec<_> =
                (0..12).map(|number| (key(&format!("midway-{round}-{number}")), PrivateKey::generate(KeySpec::Ed25519).unwrap())).collect();
            let stored = std::thread::scope(|scope| {
                let work = scope.spawn(|| keys.iter().map(|(name, private)| store.store(name, "", private)).collect::<Vec<_>>());
                std::thread::sleep(Duration::from_millis(15 + 25 * round));
                kill_daemon();
                work.join().unwrap()
            });
            // Who called after the kill has made the bus start a daemon, which is locked and takes no password.
            if daemon().is_some() {
                kill_daemon();
            }
            start_daemon(&[]);
            wait_until_ready(store);
            for ((name, private), outcome) in keys.iter().zip(&stored) {
                match outcome {
                    Ok(()) => store.prove(name, private.public_key()).unwrap(),
                    Err(_) => {
                        let proved = store.prove(name, private.public_key());
                        let empty = || {
                            let user = format!("{REGISTRY}/{}", name.as_str());
                            run("secret-tool", &["search", "service", "chancery", "username", &user], "").contains("\nsecret = \n")
                        };
                        match proved {
                            Ok(()) | Err(KeyStoreError::Missing { .. }) => {}
                            // It was killed between making the entry and filling it.
                            Err(KeyStoreError::Damaged { .. }) => assert!(empty(), "{name:?} holds something that is no key"),
                            Err(error) => panic!("{name:?}: {error}"),
                        }
                    }
                }
                // And it can be repeated.
                store.store(name, "", private).unwrap();
                store.prove(name, private.public_key()).unwrap();
            }
        }
    }

    /// Another program wrote other octets under our name.
    fn replaced(store: &OsKeyStore) {
        let (mine, other) = (PrivateKey::generate(KeySpec::EcP256).unwrap(), PrivateKey::generate(KeySpec::EcP256).unwrap());
        store.store(&key("replaced"), "", &mine).unwrap();
        let user = format!("{REGISTRY}/replaced");
        for (line, what) in [(other.to_line().unwrap().to_string(), "wrong"), ("\u{1F511} not a key".to_owned(), "damaged")] {
            run("secret-tool", &["clear", "service", "chancery", "username", &user], "");
            run("secret-tool", &["store", "--label=x", "service", "chancery", "username", &user], &line);
            let proved = store.prove(&key("replaced"), mine.public_key()).unwrap_err();
            let as_expected = match what {
                "wrong" => matches!(proved, KeyStoreError::WrongKey { .. }),
                _ => matches!(proved, KeyStoreError::Damaged { .. }),
            };
            assert!(as_expected, "{what}: {proved:?}");
            assert_eq!(store.store(&key("replaced"), "", &mine), Err(KeyStoreError::AlreadyPresent));
            assert_eq!(run("secret-tool", &["lookup", "service", "chancery", "username", &user], ""), line, "left alone");
        }
    }

    /// A daemon with another home is open and has no key; with its own home they are all there again.
    fn another_home(store: &OsKeyStore) {
        let private = PrivateKey::generate(KeySpec::EcP256).unwrap();
        store.store(&key("at-home"), "", &private).unwrap();
        let names = store.names().unwrap();
        let elsewhere = std::env::temp_dir().join(format!("chancery-other-home-{}", std::process::id()));
        std::fs::create_dir_all(&elsewhere).unwrap();
        let home = elsewhere.to_str().unwrap();
        kill_daemon();
        start_daemon(&[("HOME", home), ("XDG_DATA_HOME", home)]);
        wait_until_ready(store);
        assert_eq!(store.names().unwrap(), [""; 0]);
        assert_eq!(store.prove(&key("at-home"), private.public_key()), Err(KeyStoreError::Missing { key: key("at-home") }));
        assert_eq!(store.present(&key("at-home")), Ok(false));
        restart_daemon();
        wait_until_ready(store);
        assert_eq!(store.names().unwrap(), names);
        store.prove(&key("at-home"), private.public_key()).unwrap();
        std::fs::remove_dir_all(&elsewhere).unwrap();
    }

    /// The daemon asks for the password, and the program that would show the question never answers: the call ends at its deadline.
    fn prompt_unanswered(store: &OsKeyStore) {
        let private = PrivateKey::generate(KeySpec::EcP256).unwrap();
        store.store(&key("asked"), "", &private).unwrap();
        let names = store.names().unwrap();
        // A prompter that takes questions and leaves them.
        let prompter = zbus::blocking::Connection::session().unwrap();
        prompter.request_name("org.gnome.keyring.SystemPrompter").unwrap();
        lock();
        let patient = open(Duration::from_secs(2));
        let start = Instant::now();
        assert_eq!(patient.prove(&key("asked"), private.public_key()), Err(KeyStoreError::TimedOut { seconds: 2 }));
        assert_eq!(patient.store(&key("never"), "", &private), Err(KeyStoreError::TimedOut { seconds: 2 }));
        assert!(start.elapsed() >= Duration::from_secs(4) && start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        // Looking goes on meanwhile, at once, and asks nobody.
        let start = Instant::now();
        assert_eq!((patient.state(), patient.glance()), (StoreState::Locked, StoreState::Locked));
        assert_eq!(store.state(), StoreState::Locked);
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        // Who does not want to wait any longer says so.
        let endless = open(Duration::from_secs(60));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| endless.prove(&key("asked"), private.public_key()));
            std::thread::sleep(Duration::from_millis(500));
            endless.cancel();
            assert_eq!(waiting.join().unwrap(), Err(KeyStoreError::Cancelled));
        });
        drop(prompter);
        restart_daemon();
        wait_until_ready(store);
        assert_eq!(store.names().unwrap(), names, "nothing that was given up was made late");
        store.prove(&key("asked"), private.public_key()).unwrap();
    }

    /// A process of its own, with the address of a bus that is not there.
    fn without_a_bus() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::child_without_a_bus", "--nocapture"])
            .env("CHANCERY_TEST_NO_BUS", "1")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .output()
            .unwrap();
        assert!(child.status.success(), "{child:?}");
        assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"), "{child:?}");
    }

    #[test]
    fn child_without_a_bus() {
        if std::env::var("CHANCERY_TEST_NO_BUS").as_deref() != Ok("1") {
            return;
        }
        let store = open(Duration::from_secs(10));
        let private = PrivateKey::generate(KeySpec::EcP256).unwrap();
        let StoreState::Unreachable { cause } = store.state() else { panic!("{:?}", store.state()) };
        assert!(!cause.is_empty());
        assert!(matches!(store.store(&key("k"), "", &private), Err(KeyStoreError::Unreachable { .. })));
        assert!(matches!(store.prove(&key("k"), private.public_key()), Err(KeyStoreError::Unreachable { .. })));
    }
}
