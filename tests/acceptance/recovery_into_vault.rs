//! The recovery file where no place is left to restore into: a machine without a keyring, a vault that is gone, a passphrase that is.

use std::sync::Arc;

use api::request::Nothing;
use api::view::RecoveryView;
use api::{ApiError, ErrorCode, Host, Surface};
use authority::keystore::{FaultyKeyStore, KeyStore, KeyStoreError, MemoryKeyStore};
use authority::registry::RegistryId;
use authority::session::{Host as Forces, Keyring};
use serde_json::json;
use suite::judges::openssl;
use suite::sandbox::{PASSPHRASE, forces, refusal};
use suite::{Sandbox, ask};

/// Passphrase of the vaults that are made here.
const VAULT: &str = "a vault of its own";

/// A machine without a keyring.
struct Nowhere(Arc<FaultyKeyStore>);

impl Keyring for Nowhere {
    fn open(&self, _: &RegistryId) -> Arc<dyn KeyStore> {
        Arc::clone(&self.0) as _
    }
}

fn without_keyring(sandbox: &Sandbox) -> Surface {
    let nothing = MemoryKeyStore::new();
    let keyring = Arc::new(FaultyKeyStore::new(Arc::new(nothing.clone())));
    keyring.fail_all(Some(KeyStoreError::Unreachable { cause: "no session bus".to_owned() }));
    Surface::new(Host::of_a_test(Forces { keyring: Arc::new(Nowhere(keyring)), ..forces(&sandbox.clock, &nothing) }))
}

/// A keyring registry with a recovery file, two authorities and a certificate.
fn with_recovery_file() -> Sandbox {
    let sandbox = Sandbox::empty();
    let request = json!({
        "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "os",
        "recoveryFile": sandbox.text("acme.recovery"), "recoveryPassphrase": PASSPHRASE,
    });
    sandbox.surface.registry_create(ask(request)).expect("a registry");
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA,O=Acme" }));
    sandbox.authority(json!({ "name": "Issuing", "parent": "Root", "subject": "CN=Acme Issuing CA,O=Acme" }));
    sandbox
}

fn moved_to_vault() -> Sandbox {
    let sandbox = with_recovery_file();
    let to_vault = json!({ "to": "passphrase", "newPassphrase": VAULT });
    sandbox.surface.registry_move_keys(ask(to_vault)).expect("moved");
    // Sealed to the recovery file as it is made, though the file is far away.
    sandbox.authority(json!({ "name": "Late", "parent": "Root", "subject": "CN=Acme Late CA,O=Acme" }));
    sandbox.close();
    sandbox
}

fn restore(surface: &Surface, sandbox: &Sandbox, new: Option<&str>) -> Result<RecoveryView, ApiError> {
    let request = json!({ "path": sandbox.text("acme.recovery"), "passphrase": PASSPHRASE, "newVaultPassphrase": new });
    surface.recovery_file_restore(ask(request))
}

fn open(surface: &Surface, sandbox: &Sandbox) -> api::view::RegistryStatus {
    surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened")
}

fn states(surface: &Surface) -> Vec<(String, String)> {
    let keys = surface.key_list(ask(json!({}))).expect("keys").items;
    keys.into_iter().map(|key| (key.location, key.state)).collect()
}

/// Issues a certificate that OpenSSL takes together with the CRLs.
fn assert_signs(surface: &Surface, sandbox: &Sandbox, name: &str) {
    let draft = json!({ "authority": "Issuing", "names": [format!("{name}.example.test")] });
    let over = json!({ "out": sandbox.text(name), "plainKey": true });
    surface.certificate_issue(ask(json!({ "draft": draft, "handOver": over }))).expect("issued");
    let mut files = Vec::new();
    for authority in ["Root", "Issuing"] {
        surface.crl_build(ask(json!({ "authority": authority }))).expect("a CRL");
        let out = sandbox.text(&format!("{authority}.crl"));
        let export = json!({ "authority": authority, "format": "pem", "out": out, "overwrite": true });
        surface.crl_export(ask(export)).expect("exported");
        files.push(out);
    }
    let pem = |name: &str| surface.authority_show(ask(json!({ "authority": name }))).expect("an authority").certificate.pem;
    let bundle = sandbox.write("bundle.pem", [pem("Root"), pem("Issuing")].concat());
    let certificate = sandbox.text(&format!("{name}/{name}.example.test.crt"));
    openssl::verify(&bundle, &[&files[0], &files[1]], &certificate).assert_accepted();
    let verified = surface.audit_verify(Nothing {}).expect("a verdict");
    assert!(verified.ok && verified.sealed, "{verified:?}");
}

#[test]
fn on_a_machine_without_a_keyring_the_keys_come_back_into_a_vault() {
    let sandbox = with_recovery_file();
    sandbox.surface.import_run(ask(json!({ "paths": [suite::data::named("openssl-ca")], "passwords": ["issuing"] }))).expect("taken");
    sandbox.close();
    let surface = without_keyring(&sandbox);
    let status = open(&surface, &sandbox);
    assert_eq!((status.keys.as_str(), status.key_store.as_str(), status.unlocked), ("os", "unreachable", false));
    let keys = surface.key_list(ask(json!({ "of": "authorities" }))).expect("keys").items;
    assert!(keys.iter().filter(|key| key.state == "unreachable").all(|key| key.repairs == ["retry", "restore"]), "{keys:?}");
    // Into the keyring nothing goes that is not there, and no vault is made unasked.
    assert_eq!(refusal(restore(&surface, &sandbox, None)), ErrorCode::KeyringUnreachable);
    assert_eq!(refusal(restore(&surface, &sandbox, Some(""))), ErrorCode::PassphraseRequired);
    assert!(!sandbox.path("acme.vault").exists());

    let done = restore(&surface, &sandbox, Some(VAULT)).expect("restored");
    assert_eq!((done.keys_sealed, done.keys_restored, done.old_vault), (4, 4, None));
    let status = surface.registry_status(Nothing {}).expect("a status");
    assert_eq!((status.keys.as_str(), status.key_store.as_str(), status.recovery.as_str()), ("passphrase", "ready", "made"));
    let standing = states(&surface);
    assert!(standing.iter().filter(|(_, state)| state != "elsewhere").all(|(_, state)| state == "ready"), "{standing:?}");
    assert_eq!(standing.iter().filter(|(place, _)| place == "vault").count(), 4);
    assert_signs(&surface, &sandbox, "after");
    // From now on it opens with the vault's passphrase and with no other.
    surface.registry_close(Nothing {}).expect("closed");
    assert!(!open(&surface, &sandbox).unlocked);
    assert_eq!(refusal(surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE })))), ErrorCode::PassphraseWrong);
    surface.registry_unlock(ask(json!({ "passphrase": VAULT }))).expect("unlocked");
    let log: Vec<_> = surface.audit_list(ask(json!({ "limit": 500 }))).expect("a log").items.into_iter().map(|row| row.action).collect();
    assert_eq!(log.iter().filter(|action| *action == "key.restored").count(), 4);
    assert_eq!(log.iter().filter(|action| *action == "recovery-file.restored").count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(sandbox.path("acme.vault")).expect("a vault").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_registry_whose_vault_is_gone_is_browsed_and_its_keys_come_back() {
    let sandbox = moved_to_vault();
    std::fs::remove_file(sandbox.path("acme.vault")).expect("removed");
    let status = open(&sandbox.surface, &sandbox);
    assert_eq!((status.key_store.as_str(), status.authorities, status.recovery.as_str()), ("unreachable", 3, "made"));
    assert_eq!(refusal(sandbox.surface.registry_unlock(ask(json!({ "passphrase": VAULT })))), ErrorCode::VaultUnreadable);
    let key = sandbox.surface.key_show(ask(json!({ "key": "Late" }))).expect("a key");
    assert_eq!((key.state.as_str(), key.title.as_str()), ("unreachable", "Vault not readable"));
    assert_eq!(key.repairs, ["retry", "restore"]);
    assert!(refusal(restore(&sandbox.surface, &sandbox, None)) != ErrorCode::Internal);
    let done = restore(&sandbox.surface, &sandbox, Some("another one")).expect("restored");
    assert_eq!((done.keys_restored, done.old_vault), (3, None));
    assert!(states(&sandbox.surface).iter().all(|(place, state)| place == "vault" && state == "ready"));
    assert_signs(&sandbox.surface, &sandbox, "after");
}

#[test]
fn a_damaged_or_closed_vault_is_kept_beside_the_new_one() {
    let sandbox = moved_to_vault();
    let whole = std::fs::read(sandbox.path("acme.vault")).expect("a vault");
    let cut = &whole[..whole.len() / 2];
    std::fs::write(sandbox.path("acme.vault"), cut).expect("written");
    assert_eq!(open(&sandbox.surface, &sandbox).key_store, "unreachable");
    assert_eq!(refusal(sandbox.surface.registry_unlock(ask(json!({ "passphrase": VAULT })))), ErrorCode::VaultUnreadable);
    let done = restore(&sandbox.surface, &sandbox, Some("forgotten soon")).expect("restored");
    assert_eq!(done.old_vault, Some(sandbox.text("acme.old-1.vault")));
    assert_eq!(std::fs::read(sandbox.path("acme.old-1.vault")).expect("kept"), cut);

    // Nobody knows the passphrase any more.
    let closed = std::fs::read(sandbox.path("acme.vault")).expect("a vault");
    sandbox.close();
    assert_eq!(open(&sandbox.surface, &sandbox).key_store, "locked");
    let key = sandbox.surface.key_show(ask(json!({ "key": "Late" }))).expect("a key");
    assert_eq!((key.state.as_str(), key.repairs.as_slice()), ("locked", ["unlock".to_owned(), "restore".to_owned()].as_slice()));
    assert_eq!(refusal(restore(&sandbox.surface, &sandbox, None)), ErrorCode::Locked);
    let done = restore(&sandbox.surface, &sandbox, Some("noted this time")).expect("restored");
    assert_eq!(done.old_vault, Some(sandbox.text("acme.old-2.vault")));
    assert_eq!(std::fs::read(sandbox.path("acme.old-2.vault")).expect("kept"), closed);
    assert_signs(&sandbox.surface, &sandbox, "after");
    // A program that had the old vault open wants the new passphrase.
    let other = sandbox.second();
    open(&other, &sandbox);
    assert_eq!(refusal(other.registry_unlock(ask(json!({ "passphrase": "forgotten soon" })))), ErrorCode::PassphraseWrong);
    other.registry_unlock(ask(json!({ "passphrase": "noted this time" }))).expect("unlocked");
}

#[test]
fn a_key_that_an_open_vault_lost_goes_back_into_it() {
    let sandbox = moved_to_vault();
    let older = std::fs::read(sandbox.path("acme.vault")).expect("a vault");
    open(&sandbox.surface, &sandbox);
    sandbox.surface.registry_unlock(ask(json!({ "passphrase": VAULT }))).expect("unlocked");
    sandbox.authority(json!({ "name": "Later", "parent": "Root", "subject": "CN=Acme Later CA,O=Acme" }));
    sandbox.close();
    // An older copy of the vault was put back.
    std::fs::write(sandbox.path("acme.vault"), &older).expect("written");
    open(&sandbox.surface, &sandbox);
    sandbox.surface.registry_unlock(ask(json!({ "passphrase": VAULT }))).expect("unlocked");
    let key = sandbox.surface.key_show(ask(json!({ "key": "Later" }))).expect("a key");
    assert_eq!((key.state.as_str(), key.repairs.as_slice()), ("missing", ["restore".to_owned()].as_slice()));
    assert!(key.message.contains("vault"), "{}", key.message);
    let done = restore(&sandbox.surface, &sandbox, None).expect("restored");
    assert_eq!((done.keys_sealed, done.keys_restored, done.old_vault), (4, 1, None));
    assert_eq!(sandbox.surface.key_show(ask(json!({ "key": "Later" }))).expect("a key").state, "ready");
    assert_signs(&sandbox.surface, &sandbox, "after");
}

#[test]
fn whatever_is_wrong_with_the_file_the_keys_stay_where_they_are() {
    let (sandbox, other) = (with_recovery_file(), with_recovery_file());
    let attempt = |path: String, passphrase: &str| {
        refusal(sandbox.surface.recovery_file_restore(ask(json!({ "path": path, "passphrase": passphrase, "newVaultPassphrase": VAULT }))))
    };
    assert_eq!(attempt(sandbox.text("acme.recovery"), "wrong"), ErrorCode::PassphraseWrong);
    assert_eq!(attempt(other.text("acme.recovery"), PASSPHRASE), ErrorCode::RecoveryFileWrong);
    // What lies where the vault is to be is somebody's.
    sandbox.write("acme.vault", "somebody's");
    assert_eq!(attempt(sandbox.text("acme.recovery"), PASSPHRASE), ErrorCode::RegistryExists);
    assert_eq!(sandbox.read("acme.vault"), "somebody's");
    std::fs::remove_file(sandbox.path("acme.vault")).expect("removed");
    assert_eq!(sandbox.surface.registry_status(Nothing {}).expect("a status").keys, "os");
    assert_signs(&sandbox.surface, &sandbox, "after");
    // A registry without a recovery file has nothing to restore from.
    let bare = Sandbox::with_vault();
    let request = json!({ "path": sandbox.text("acme.recovery"), "passphrase": PASSPHRASE, "newVaultPassphrase": VAULT });
    assert_eq!(refusal(bare.surface.recovery_file_restore(ask(request))), ErrorCode::RecoveryFileMissing);
}
