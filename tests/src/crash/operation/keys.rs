//! Operations on keys: moved, locked away anew, lost and brought back.

use std::path::{Path, PathBuf};

use api::request::Nothing;
use api::view::RecoveryView;
use api::{ApiError, ErrorCode, Surface};
use authority::keystore::KeyRef;
use authority::pki::{Fingerprint, KeySpec, PrivateKey};
use authority::registry::KeyRowId;
use authority::session::Session;
use serde_json::json;
use time::Duration;

use super::steps::{create, create_on_keyring, issue, machine, open, or_done};
use super::{Operation, Promise, registry};
use crate::crash::unfinished;
use crate::sandbox::PASSPHRASE;
use crate::{NOW, ask};

/// What the vault's passphrase is changed to.
pub const NEW_PASSPHRASE: &str = "another battery staple horse";

/// Names the file that says: keys of this registry were lost from its keyring on purpose. In it stands the fingerprint of a key that was put in their place.
const LOST: &str = "keys-lost";

/// The fingerprint of the foreign key in a keyring that has lost keys; nothing when none was lost.
pub(in crate::crash) fn lost(folder: &Path) -> Option<Option<Fingerprint>> {
    let text = std::fs::read_to_string(folder.join(LOST)).ok()?;
    Some(Fingerprint::from_hex(text.trim()).ok())
}

/// The recovery file in an operation's folder.
pub(in crate::crash) fn recovery_file(folder: &Path) -> PathBuf {
    folder.join("acme.recovery")
}

/// Makes the registry that an operation starts from.
pub(super) fn make(operation: Operation, surface: &Surface, folder: &Path) -> Result<(), ApiError> {
    match operation {
        Operation::MoveToVault => create_on_keyring(surface, folder),
        Operation::Repair | Operation::Recover | Operation::RecoverIntoVault => {
            let keys = json!({ "keys": "os", "recoveryFile": recovery_file(folder), "recoveryPassphrase": PASSPHRASE });
            let mut request = json!({ "path": registry(folder), "name": "Acme" });
            request.as_object_mut().expect("an object").extend(keys.as_object().expect("an object").clone());
            surface.registry_create(ask(request)).map(drop)
        }
        _ => create(surface, folder),
    }
}

/// Loses keys from the keyring, as far as the operation is about that.
pub(super) fn lose(operation: Operation, folder: &Path) {
    match operation {
        Operation::Recover | Operation::RecoverIntoVault => {
            // The keyring of another machine: nothing of this registry is in it, not even its secrets.
            std::fs::remove_dir_all(folder.join("keyring")).expect("removed");
            std::fs::write(folder.join(LOST), "").expect("written");
        }
        Operation::Repair => {
            let clock = std::sync::Arc::new(authority::clock::FixedClock::at(NOW));
            let session = Session::open(&registry(folder), machine(&clock, folder)).expect("opened");
            session.unlock(None).expect("unlocked");
            let key_of = |name: &str| {
                let id = session.registry().read(|tx| tx.authority_named(name)).expect("read").expect("an authority").id;
                session.registry().read(|tx| tx.current_generation(id)).expect("read").expect("a generation").generation.key
            };
            let (root, issuing) = (key_of("Root"), key_of("Issuing"));
            // The entry of one key has another name, that of the other holds another key, and a third was never taken into use.
            let place = folder.join("keyring").join(session.id().to_string());
            std::fs::rename(place.join(root.to_string()), place.join("root-by-hand")).expect("renamed");
            std::fs::remove_file(place.join(issuing.to_string())).expect("removed");
            let foreign = PrivateKey::generate(KeySpec::EcP256).expect("a key");
            let name = KeyRef::new(&issuing.to_string()).expect("a name");
            session.keystore().store(&name, "foreign", &foreign).expect("stored");
            unfinished::stage(&session, KeyRowId::new(NOW, [7; 10]), NOW + Duration::minutes(10));
            std::fs::write(folder.join(LOST), foreign.public_key().fingerprint().to_string()).expect("written");
        }
        _ => {}
    }
}

/// Opens the registry with whichever passphrase opens it by now.
pub(super) fn open_with_either(surface: &Surface, folder: &Path) -> Result<(), ApiError> {
    match open(surface, folder) {
        Err(error) if error.code == ErrorCode::PassphraseWrong => {
            surface.registry_unlock(ask(json!({ "passphrase": NEW_PASSPHRASE }))).map(drop)
        }
        outcome => outcome,
    }
}

/// Moves all keys, and uses them where they are now.
pub(super) fn move_keys(operation: Operation, surface: &Surface, out: &Path, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    let (keys, request) = if operation == Operation::MoveToVault {
        ("passphrase", json!({ "to": "passphrase", "newPassphrase": PASSPHRASE }))
    } else {
        ("os", json!({ "to": "os" }))
    };
    // What is there already is no fault of one who asks again.
    or_done(surface.registry_move_keys(ask(request)), ErrorCode::BadUsage)?;
    promise(&Promise::KeysIn { keys: keys.to_owned() });
    usable(promise);
    promise(&issue(surface, "three", out)?);
    Ok(())
}

pub(super) fn change_passphrase(surface: &Surface, out: &Path, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    let request = json!({ "passphrase": PASSPHRASE, "newPassphrase": NEW_PASSPHRASE });
    or_done(surface.registry_passphrase(ask(request)), ErrorCode::PassphraseWrong)?;
    promise(&Promise::OpensWithNewPassphraseOnly);
    usable(promise);
    promise(&issue(surface, "three", out)?);
    Ok(())
}

/// Does with each key what its own words say can be done, then restores what is still missing.
pub(super) fn repair(surface: &Surface, folder: &Path, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    let listed = surface.key_list(ask(json!({})))?;
    for stray in listed.strays.iter().filter(|stray| stray.fits.is_some()) {
        surface.key_repair(ask(json!({ "key": stray.entry, "action": "adopt" })))?;
    }
    for key in &listed.items {
        for action in ["set-aside", "forget"] {
            if key.repairs.iter().any(|repair| repair == action) {
                or_done(surface.key_repair(ask(json!({ "key": key.id, "action": action }))), ErrorCode::KeyNotFound)?;
            }
        }
    }
    recover(surface, folder, promise)
}

pub(super) fn recover(surface: &Surface, folder: &Path, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    all_restored(&surface.recovery_file_restore(ask(json!({ "path": recovery_file(folder), "passphrase": PASSPHRASE })))?)?;
    usable(promise);
    let status = surface.registry_status(Nothing {})?;
    assert_eq!(status.key_store, "ready");
    promise(&issue(surface, "three", &folder.join("out"))?);
    Ok(())
}

/// As [`recover`], into a vault that is made for it. What an interrupted run has restored is there already.
pub(super) fn recover_into_vault(surface: &Surface, folder: &Path, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    if surface.registry_status(Nothing {})?.keys == "os" {
        let request = json!({ "path": recovery_file(folder), "passphrase": PASSPHRASE, "newVaultPassphrase": PASSPHRASE });
        all_restored(&surface.recovery_file_restore(ask(request))?)?;
    }
    promise(&Promise::KeysIn { keys: "passphrase".to_owned() });
    usable(promise);
    promise(&issue(surface, "three", &folder.join("out"))?);
    Ok(())
}

/// Which keys did not come back the program says; nothing is promised of them, and whoever reads it tries again.
fn all_restored(done: &RecoveryView) -> Result<(), ApiError> {
    done.failures.first().map_or(Ok(()), |failure| Err(ApiError::new(ErrorCode::KeyMissing).with("label", &failure.name)))
}

fn usable(promise: &mut dyn FnMut(&Promise)) {
    for name in ["Root", "Issuing"] {
        promise(&Promise::Usable { authority: name.to_owned() });
    }
}
