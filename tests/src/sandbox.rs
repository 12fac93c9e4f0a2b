//! A folder, a clock that stands still, a keyring in memory, and a surface over them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::request::Nothing;
use api::view::{AuthorityView, IssuedView};
use api::{ApiError, ErrorCode, Host, Surface};
use authority::audit::Actor;
use authority::clock::{FixedClock, SystemEntropy};
use authority::keystore::{KdfCost, KeyStore, MemoryKeyStore};
use authority::registry::RegistryId;
use authority::session::{Host as Forces, Keyring, SystemDisks};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::clipboard::MemoryClipboard;

/// When everything happens, unless a test moves the clock: the test data was made on the day before.
pub const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

/// Passphrase of every vault and recovery file.
pub const PASSPHRASE: &str = "only for these tests";

/// A request as it crosses: from JSON.
pub fn ask<T: DeserializeOwned>(request: Value) -> T {
    let shown = request.to_string();
    serde_json::from_value(request).unwrap_or_else(|error| panic!("{shown}: {error}"))
}

/// The code of a refusal.
pub fn refusal<T: std::fmt::Debug>(outcome: Result<T, ApiError>) -> ErrorCode {
    match outcome {
        Ok(done) => panic!("this should have been refused: {done:?}"),
        Err(error) => error.code,
    }
}

struct InMemory(MemoryKeyStore);

impl Keyring for InMemory {
    fn open(&self, _: &RegistryId) -> Arc<dyn KeyStore> {
        Arc::new(self.0.clone())
    }
}

/// A place to work in that is gone afterwards.
pub struct Sandbox {
    folder: TempDir,
    /// The surface.
    pub surface: Surface,
    /// Its clock.
    pub clock: Arc<FixedClock>,
    /// What the operating system's keyring would hold.
    pub keyring: MemoryKeyStore,
    /// The desktop's clipboard.
    pub clipboard: MemoryClipboard,
}

impl Sandbox {
    /// No registry open.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (clock, keyring) = (Arc::new(FixedClock::at(NOW)), MemoryKeyStore::new());
        let clipboard = MemoryClipboard::default();
        let surface = Surface::new(host(&clock, &keyring).with_clipboard(Arc::new(clipboard.clone())));
        Self { folder, surface, clock, keyring, clipboard }
    }

    /// A new registry whose keys are in the keyring; no recovery file.
    pub fn with_keyring() -> Self {
        let sandbox = Self::empty();
        let request = json!({ "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "os", "withoutRecoveryFile": true });
        sandbox.surface.registry_create(ask(request)).expect("a registry");
        sandbox
    }

    /// A new registry whose keys are in a vault.
    pub fn with_vault() -> Self {
        let sandbox = Self::empty();
        let request = json!({ "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "passphrase", "passphrase": PASSPHRASE });
        sandbox.surface.registry_create(ask(request)).expect("a registry");
        sandbox
    }

    /// A new registry with `Root` and, below it, `Issuing`.
    pub fn at_work() -> Self {
        let sandbox = Self::with_keyring();
        sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA,O=Acme", "key": "ec-p384" }));
        sandbox.authority(json!({
            "name": "Issuing", "parent": "Root", "subject": "CN=Acme Issuing CA,O=Acme", "key": "ec-p256", "pathLength": 0,
            "crlUrls": ["http://crl.example.test/issuing.crl"],
        }));
        sandbox
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path in the folder, as text for a request.
    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    /// Writes a file into the folder and gives its path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).expect("a written file");
        self.text(name)
    }

    /// The text of a file in the folder.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A second program on the same machine: another surface, the same clock and keyring.
    pub fn second(&self) -> Surface {
        Surface::new(host(&self.clock, &self.keyring))
    }

    /// Creates an authority.
    pub fn authority(&self, request: Value) -> AuthorityView {
        self.surface.authority_create(ask(request)).expect("an authority")
    }

    /// Issues from `authority`; the plain key and the certificate end up in `FOLDER/STEM.crt`, `.chain.pem` and `.key`.
    pub fn issue(&self, authority: &str, names: &[&str], folder: &str) -> IssuedView {
        self.issue_as(json!({ "authority": authority, "names": names }), folder)
    }

    /// As [`Sandbox::issue`], with a whole draft.
    pub fn issue_as(&self, draft: Value, folder: &str) -> IssuedView {
        let request = json!({ "draft": draft, "handOver": { "out": self.text(folder), "plainKey": true } });
        self.surface.certificate_issue(ask(request)).unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// Revokes one certificate.
    pub fn revoke(&self, certificate: &str, name: &str, reason: &str) {
        let request = json!({ "certificates": [certificate], "reason": reason, "confirmation": name });
        self.surface.certificate_revoke(ask(request)).expect("revoked");
    }

    /// Builds the CRL of an authority and exports it as `NAME.crl`, PEM; gives its path.
    pub fn crl(&self, authority: &str) -> String {
        self.surface.crl_build(ask(json!({ "authority": authority }))).expect("a CRL");
        let file = format!("{}.crl", authority.replace([' ', '/'], "-"));
        self.surface
            .crl_export(ask(json!({ "authority": authority, "format": "pem", "out": self.text(&file), "overwrite": true })))
            .expect("an exported CRL");
        self.text(&file)
    }

    /// Exports a certificate in a form; gives the path.
    pub fn export(&self, certificate: &str, format: &str, file: &str) -> String {
        let request = json!({ "certificate": certificate, "format": format, "out": self.text(file), "overwrite": true });
        self.surface.certificate_export(ask(request)).expect("an exported certificate");
        self.text(file)
    }

    /// Writes the certificates of an authority and those above it into one file; gives the path.
    pub fn bundle(&self, authority: &str, file: &str) -> String {
        let shown = self.surface.authority_show(ask(json!({ "authority": authority }))).expect("an authority");
        self.export(&shown.certificate.id, "bundle", file)
    }

    /// Closes the registry. Closing forgets keys, which locks a keyring in memory; the one of an operating system stays as it is.
    pub fn close(&self) {
        self.surface.registry_close(Nothing {}).expect("closed");
        self.keyring.set_locked(false);
    }

    /// How many certificates the registry has.
    pub fn count(&self) -> u32 {
        self.surface.registry_status(ask(json!({}))).expect("a status").certificates
    }

    /// What the audit log says of itself: no finding, head compared with the sealed one.
    pub fn assert_audit_whole(&self) {
        let verified = self.surface.audit_verify(ask(json!({}))).expect("a verdict");
        assert!(verified.ok && verified.sealed, "{verified:?}");
    }
}

/// The machine of a test, for the surface.
pub fn host(clock: &Arc<FixedClock>, keyring: &MemoryKeyStore) -> Host {
    Host::of_a_test(forces(clock, keyring))
}

/// Who acts in a test.
pub fn tester() -> Actor {
    Actor { user: "tester".to_owned(), host: "testhost".to_owned(), program: "suite".to_owned() }
}

/// The forces of a test: a fixed clock, real randomness, a keyring in memory.
pub fn forces(clock: &Arc<FixedClock>, keyring: &MemoryKeyStore) -> Forces {
    Forces {
        clock: Arc::clone(clock) as _,
        entropy: Arc::new(SystemEntropy),
        actor: tester(),
        keyring: Arc::new(InMemory(keyring.clone())),
        passphrase_cost: KdfCost::STANDARD,
        disks: Arc::new(SystemDisks),
        on_share: false,
    }
}
