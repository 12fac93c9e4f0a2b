//! What must hold of keys.

use std::path::Path;

use authority::key_standing::KeyStanding;
use authority::keystore::{FolderKeyStore, KeyRef, KeyStore as _};
use authority::pki::PublicKey;
use authority::recover::Recovered;
use authority::registry::{KeyLocation, KeyState, KeysKind, Read};
use authority::secret::Passphrase;
use authority::session::{Session, vault_path};

use super::Failure;
use crate::crash::operation::{lost, recovery_file};
use crate::sandbox::PASSPHRASE;

/// Every key that is in use works, or was lost on purpose and can be brought back; none is said to work that does not; none is left that was given up, and
/// none is anywhere that no row knows.
pub(super) fn look(session: &Session, folder: &Path, complaints: &mut Vec<String>) -> Result<(), Failure> {
    let lost = lost(folder);
    let strays = session.stray_keys()?;
    for row in session.registry().read(|tx: &Read<'_>| tx.keys())? {
        let (name, label) = (KeyRef::new(&row.key.id.to_string())?, &row.key.label);
        match (row.key.state, row.key.location) {
            (KeyState::Ready, KeyLocation::Vault | KeyLocation::Memory) => {
                let proved = session.keystore().prove(&name, &PublicKey::from_spki_der(&row.key.spki)?);
                let standing = session.key_standing(row.key.id)?.map(|key| key.standing);
                if (standing == Some(KeyStanding::Ready)) != proved.is_ok() {
                    complaints.push(format!("the key of {label} is said to be {standing:?}, and is {proved:?}"));
                }
                let Err(error) = proved else { continue };
                let stray = strays.iter().any(|stray| stray.fits == Some(row.key.id));
                let restorable = || {
                    let passphrase = Passphrase::new(PASSPHRASE.to_owned());
                    let whole = |done: Recovered| done.failed.is_empty();
                    row.key.sealed_recovery.is_some() && session.test_recovery_file(&recovery_file(folder), &passphrase).is_ok_and(whole)
                };
                if lost.is_none() || !(stray || restorable()) {
                    complaints.push(format!("the key of {label}: {error}"));
                }
            }
            (KeyState::Deleted, _) if session.keystore().present(&name)? => {
                complaints.push(format!("a key of {label} is left over"));
            }
            _ => {}
        }
    }
    let foreign = lost.flatten();
    for stray in &strays {
        // Of a key that was lost a copy may stand elsewhere, and what stood in the place of another is never destroyed.
        if !(lost.is_some() && (stray.fits.is_some() || stray.fingerprint == foreign && foreign.is_some())) {
            complaints.push(format!("the key store has an entry {} that no row knows", stray.entry));
        }
    }
    // Where the keys are not, nothing of them is.
    let keyring = FolderKeyStore::new(&folder.join("keyring").join(session.id().to_string()));
    match session.keys_kind() {
        KeysKind::Passphrase => {
            let there = keyring.names()?;
            complaints.extend(there.into_iter().map(|name| format!("the keyring has an entry {name} of a registry with a vault")));
        }
        KeysKind::Os | KeysKind::Memory => {
            if vault_path(session.registry().path()).exists() {
                complaints.push("a registry on a keyring has a vault".to_owned());
            }
            let mut there = Vec::new();
            for name in keyring.names()?.into_iter().filter(|name| !name.starts_with("secret/")) {
                there.push(keyring.public_key(&KeyRef::new(&name)?)?.fingerprint());
            }
            if let Some(foreign) = foreign
                && !there.contains(&foreign)
            {
                complaints.push("a foreign key that stood in the place of ours was destroyed".to_owned());
            }
        }
    }
    Ok(())
}

/// Whether the key of an authority works, and is said to.
pub(super) fn usable(session: &Session, name: &str) -> Result<bool, Failure> {
    let Some(row) = session.registry().read(|tx| tx.authority_named(name))? else { return Ok(false) };
    let Some(generation) = session.registry().read(|tx| tx.current_generation(row.id))? else { return Ok(false) };
    let Some(key) = session.key_standing(generation.generation.key)? else { return Ok(false) };
    let expected = PublicKey::from_spki_der(&key.row.key.spki)?;
    let proved = session.keystore().prove(&KeyRef::new(&key.row.key.id.to_string())?, &expected);
    Ok(key.standing == KeyStanding::Ready && proved.is_ok())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use authority::pki::PrivateKey;
    use tempfile::TempDir;
    use time::{Duration, OffsetDateTime};

    use crate::NOW;
    use crate::crash::Promise;
    use crate::crash::examination::examine;
    use crate::crash::operation::{Operation, registry};

    /// When what was staged is staged no more.
    const LATER: OffsetDateTime = NOW.saturating_add(Duration::HOUR);

    /// What an operation starts from, and where its keyring keeps entries.
    fn scene(operation: Operation) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        operation.prepare(folder.path());
        let keyrings = std::fs::read_dir(folder.path().join("keyring")).expect("a keyring");
        let keyring = keyrings.map(|entry| entry.expect("an entry").path()).next().expect("a registry's");
        (folder, keyring)
    }

    /// The file of some key in it.
    fn some_key(keyring: &std::path::Path) -> PathBuf {
        let entries = std::fs::read_dir(keyring).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| !path.to_string_lossy().contains("secret_")).min().expect("a key")
    }

    #[track_caller]
    fn is_found_out(folder: &TempDir, promises: &[Promise], complaint: &str) {
        let complaints = examine(folder.path(), LATER, promises);
        assert!(complaints.iter().any(|said| said.contains(complaint)), "no complaint with {complaint:?} among {complaints:?}");
    }

    #[test]
    fn a_lost_key_is_found_out() {
        let (folder, keyring) = scene(Operation::MoveToVault);
        assert_eq!(examine(folder.path(), LATER, &[]), [""; 0]);
        std::fs::remove_file(some_key(&keyring)).expect("removed");
        is_found_out(&folder, &[], "the key of ");
    }

    #[test]
    fn an_unknown_key_is_found_out() {
        let (folder, keyring) = scene(Operation::MoveToVault);
        std::fs::copy(some_key(&keyring), keyring.join("unknown")).expect("copied");
        is_found_out(&folder, &[], "an entry unknown that no row knows");
    }

    #[test]
    fn a_vault_beside_a_keyring_is_found_out() {
        let (folder, _) = scene(Operation::MoveToVault);
        std::fs::write(registry(folder.path()).with_extension("vault"), "").expect("written");
        is_found_out(&folder, &[], "has a vault");
    }

    #[test]
    fn a_promised_key_that_is_still_missing_is_found_out() {
        let (folder, _) = scene(Operation::Repair);
        assert_eq!(examine(folder.path(), LATER, &[]), [""; 0], "what can be brought back is not lost");
        is_found_out(&folder, &[Promise::Usable { authority: "Root".to_owned() }], "is not kept");
    }

    #[test]
    fn a_key_that_cannot_be_brought_back_is_found_out() {
        let (folder, keyring) = scene(Operation::Repair);
        std::fs::remove_file(crate::crash::operation::recovery_file(folder.path())).expect("removed");
        std::fs::remove_file(keyring.join("root-by-hand")).expect("removed");
        is_found_out(&folder, &[], "the key of Root");
    }

    #[test]
    fn a_destroyed_foreign_key_is_found_out() {
        let (folder, keyring) = scene(Operation::Repair);
        let foreign = super::lost(folder.path()).flatten().expect("a foreign key");
        for path in std::fs::read_dir(&keyring).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let line = std::fs::read_to_string(&path).expect("a line");
            if PrivateKey::from_line(&line).is_ok_and(|key| key.public_key().fingerprint() == foreign) {
                std::fs::remove_file(path).expect("removed");
            }
        }
        is_found_out(&folder, &[], "was destroyed");
    }
}
