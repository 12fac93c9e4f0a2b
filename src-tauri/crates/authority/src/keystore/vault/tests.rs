#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]
use std::fs;

use pki::key::{KeySpec, PrivateKey};
use tempfile::TempDir;

use super::*;
use crate::clock::SeededEntropy;
use crate::keystore::{KeyRef, KeyStore};

struct Bench {
    folder: TempDir,
    path: PathBuf,
    vault: Vault,
    private: PrivateKey,
}

fn entropy(seed: u64) -> Arc<dyn Entropy> {
    Arc::new(SeededEntropy::new(seed))
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

fn key(text: &str) -> KeyRef {
    KeyRef::new(text).unwrap()
}

/// A vault with the passphrase `right`, an Ed25519 key `k` and a secret `mac`.
fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acme.vault");
    let vault = Vault::create_cheap(&path, &passphrase("right"), "reg-1", entropy(1)).unwrap();
    let private = PrivateKey::generate(KeySpec::Ed25519).unwrap();
    vault.store(&key("k"), "Acme Root", &private).unwrap();
    vault.store_secret("mac", &SecretBytes::new(vec![5; 32])).unwrap();
    Bench { folder, path, vault, private }
}

#[test]
fn a_vault_opens_again_with_its_passphrase() {
    let Bench { folder: _folder, path, vault, private } = bench();
    assert_eq!(KeyStore::state(&vault), StoreState::Ready);
    drop(vault);
    let vault = Vault::open(&path, entropy(2)).unwrap();
    assert_eq!((vault.registry(), KeyStore::kind(&vault), KeyStore::state(&vault)), ("reg-1", KeyStoreKind::Vault, StoreState::Locked));
    assert_eq!(vault.prove(&key("k"), private.public_key()), Err(KeyStoreError::Locked));
    assert_eq!(KeyStore::unlock(&vault, &passphrase("wrong")), Err(KeyStoreError::WrongPassphrase));
    assert_eq!(KeyStore::unlock(&vault, &passphrase("Right")), Err(KeyStoreError::WrongPassphrase));
    assert_eq!(KeyStore::state(&vault), StoreState::Locked);
    KeyStore::unlock(&vault, &passphrase("right")).unwrap();
    vault.prove(&key("k"), private.public_key()).unwrap();
    assert_eq!(vault.secret("mac").unwrap().unwrap().expose(), [5; 32]);
    KeyStore::lock(&vault);
    assert_eq!(vault.signer(&key("k"), private.public_key()).map(|_| ()), Err(KeyStoreError::Locked));
    KeyStore::sync(&vault).unwrap();
}

#[test]
fn every_flipped_octet_and_every_cut_is_damage_before_a_passphrase_is_asked_for() {
    let Bench { folder: _folder, path, .. } = bench();
    let good = fs::read(&path).unwrap();
    for offset in 0..good.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut flipped = good.clone();
            *flipped.get_mut(offset).unwrap() ^= bit;
            fs::write(&path, &flipped).unwrap();
            let opened = Vault::open(&path, entropy(2)).map(|_| ());
            assert!(matches!(opened, Err(KeyStoreError::Damaged { .. })), "octet {offset}, bit {bit:#x}: {opened:?}");
        }
        fs::write(&path, good.get(..offset).unwrap()).unwrap();
        let opened = Vault::open(&path, entropy(2)).map(|_| ());
        assert!(matches!(opened, Err(KeyStoreError::Damaged { .. })), "cut at {offset}: {opened:?}");
    }
}

/// Writes the file again with `change` made to its lines and the checksum put right: what somebody who knows the format can do.
fn forge(path: &Path, change: impl FnOnce(&mut Vec<String>)) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.pop();
    change(&mut lines);
    let covered: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let sum = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, covered.as_bytes()));
    fs::write(path, format!("{covered}sha256 {sum}\n")).unwrap();
}

#[test]
fn forged_files_yield_no_wrong_key() {
    let Bench { folder: _folder, path, vault, private } = bench();
    let other = PrivateKey::generate(KeySpec::Ed25519).unwrap();
    vault.store(&key("l"), "", &other).unwrap();
    let good = fs::read(&path).unwrap();
    let reopened = |change: &dyn Fn(&mut Vec<String>)| {
        fs::write(&path, &good).unwrap();
        forge(&path, |lines| change(lines));
        Vault::open(&path, entropy(2)).and_then(|vault| KeyStore::unlock(&vault, &passphrase("right")))
    };
    let unauthentic = Err(KeyStoreError::damaged("the authentication code of the vault file"));
    // Lines: title, header, key k, secret mac, key l, mac.
    assert_eq!(reopened(&|_| {}), Ok(()));
    assert_eq!(reopened(&|lines| drop(lines.remove(3))), unauthentic);
    assert_eq!(reopened(&|lines| lines.swap(2, 4)), unauthentic);
    let renamed = |lines: &mut Vec<String>| lines.iter_mut().for_each(|line| *line = line.replace("\"entry\":\"l\"", "\"entry\":\"k2\""));
    assert_eq!(reopened(&renamed), unauthentic);
    let other_registry = |lines: &mut Vec<String>| lines.iter_mut().for_each(|line| *line = line.replace("reg-1", "reg-2"));
    assert_eq!(reopened(&other_registry), Err(KeyStoreError::WrongPassphrase));
    let costlier = |lines: &mut Vec<String>| lines.iter_mut().for_each(|line| *line = line.replace("\"passes\":1", "\"passes\":2"));
    assert_eq!(reopened(&costlier), Err(KeyStoreError::WrongPassphrase));
    let newer = |lines: &mut Vec<String>| *lines.first_mut().unwrap() = "chancery-vault 2".to_owned();
    assert_eq!(reopened(&newer), Err(KeyStoreError::Unsupported { what: "vault files of version 2".to_owned() }));
    // While unlocked, a swapped file is seen at the next call.
    fs::write(&path, &good).unwrap();
    KeyStore::unlock(&vault, &passphrase("right")).unwrap();
    forge(&path, |lines| drop(lines.remove(4)));
    assert_eq!(vault.prove(&key("k"), private.public_key()), Err(KeyStoreError::damaged("the authentication code of the vault file")));
}

#[test]
fn costs_out_of_bounds_are_refused_unpaid() {
    let Bench { folder: _folder, path, .. } = bench();
    for (from, to, refused) in [
        ("\"memoryKib\":8,", "\"memoryKib\":4294967295,", KeyStoreError::CostRefused { memory_kib: u32::MAX, passes: 1, lanes: 1 }),
        ("\"memoryKib\":4294967295,", "\"memoryKib\":8,", KeyStoreError::WrongPassphrase),
        ("\"passes\":1,", "\"passes\":21,", KeyStoreError::CostRefused { memory_kib: 8, passes: 21, lanes: 1 }),
    ] {
        forge(&path, |lines| lines.iter_mut().for_each(|line| *line = line.replace(from, to)));
        let start = Instant::now();
        let opened = Vault::open(&path, entropy(2)).and_then(|vault| KeyStore::unlock(&vault, &passphrase("wrong")));
        assert_eq!(opened, Err(refused));
        assert!(start.elapsed() < Duration::from_secs(2));
    }
}

#[test]
fn changing_the_passphrase_keeps_the_keys() {
    let Bench { folder: _folder, path, vault, private } = bench();
    let elsewhere = Vault::open(&path, entropy(2)).unwrap();
    KeyStore::unlock(&elsewhere, &passphrase("right")).unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(vault.change_passphrase(&passphrase("wrong"), &passphrase("new")), Err(KeyStoreError::WrongPassphrase));
    assert_eq!(fs::read(&path).unwrap(), before);
    vault.change_passphrase(&passphrase("right"), &passphrase("new")).unwrap();
    vault.prove(&key("k"), private.public_key()).unwrap();
    elsewhere.prove(&key("k"), private.public_key()).unwrap();
    let reopened = Vault::open(&path, entropy(3)).unwrap();
    assert_eq!(KeyStore::unlock(&reopened, &passphrase("right")), Err(KeyStoreError::WrongPassphrase));
    KeyStore::unlock(&reopened, &passphrase("new")).unwrap();
    reopened.prove(&key("k"), private.public_key()).unwrap();
}

#[test]
fn two_processes_do_not_lose_each_others_entries() {
    let Bench { folder: _folder, path, vault, private } = bench();
    let elsewhere = Vault::open(&path, entropy(2)).unwrap();
    KeyStore::unlock(&elsewhere, &passphrase("right")).unwrap();
    thread::scope(|scope| {
        for (store, prefix) in [(&vault, "a"), (&elsewhere, "b")] {
            let private = &private;
            scope.spawn(move || {
                for number in 0..10 {
                    store.store(&key(&format!("{prefix}{number}")), "", private).unwrap();
                }
            });
        }
    });
    for number in 0..10 {
        vault.prove(&key(&format!("b{number}")), private.public_key()).unwrap();
        elsewhere.prove(&key(&format!("a{number}")), private.public_key()).unwrap();
    }
}

#[test]
fn another_vault_in_its_place_locks() {
    let Bench { folder, path, vault, private } = bench();
    let other = folder.path().join("other.vault");
    drop(Vault::create_cheap(&other, &passphrase("right"), "reg-1", entropy(9)).unwrap());
    fs::rename(&other, &path).unwrap();
    assert_eq!(vault.prove(&key("k"), private.public_key()), Err(KeyStoreError::Locked));
    assert_eq!(KeyStore::state(&vault), StoreState::Locked);
}

#[test]
fn a_write_that_fails_leaves_the_old_vault() {
    let Bench { folder: _folder, path, vault, private } = bench();
    let before = fs::read(&path).unwrap();
    let lock = path.with_extension("vault.lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let failed = vault.store(&key("l"), "", &private);
    assert!(matches!(failed, Err(KeyStoreError::Io { .. })), "{failed:?}");
    fs::remove_dir(&lock).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
    vault.store(&key("l"), "", &private).unwrap();
    // The vault is never made anew over another, nor when it is gone.
    let again = Vault::create_cheap(&path, &passphrase("x"), "reg-1", entropy(4)).map(|_| ());
    let Err(KeyStoreError::Io { kind: io::ErrorKind::AlreadyExists, .. }) = again else { panic!("{again:?}") };
    fs::remove_file(&path).unwrap();
    assert!(matches!(vault.store(&key("m"), "", &private), Err(KeyStoreError::Io { kind: io::ErrorKind::NotFound, .. })));
    assert!(matches!(KeyStore::state(&vault), StoreState::Unreachable { .. }));
    assert!(!path.exists());
}

#[test]
fn a_busy_vault_says_so() {
    let Bench { folder: _folder, path, mut vault, private } = bench();
    vault.patience = Duration::from_millis(100);
    let lock = File::options().write(true).open(path.with_extension("vault.lock")).unwrap();
    lock.lock().unwrap();
    vault.prove(&key("k"), private.public_key()).unwrap();
    let start = Instant::now();
    assert_eq!(vault.store(&key("l"), "", &private), Err(KeyStoreError::Busy { path }));
    assert!(start.elapsed() >= vault.patience);
}

#[cfg(unix)]
#[test]
fn vault_and_lock_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let Bench { folder: _folder, path, vault, private } = bench();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.with_extension("vault.lock"))), (0o600, 0o600));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    vault.store(&key("l"), "", &private).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn nothing_private_is_in_the_file_or_in_debug() {
    let Bench { folder: _folder, path, vault, private } = bench();
    let bytes = fs::read(&path).unwrap();
    let line = private.to_line().unwrap();
    let scalar = line.split(' ').nth(3).unwrap();
    for secret in [scalar.as_bytes(), b"right", &[5u8; 32]] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }
    let shown = format!("{vault:?}");
    assert!(shown.starts_with("Vault { path: "), "{shown}");
    assert!(shown.ends_with("registry: \"reg-1\", .. }"), "{shown}");
}

#[test]
fn unlocking_raises_the_cost_to_todays_and_a_new_passphrase_never_lowers_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.vault");
    let old = KdfCost::new(1024, 1, 1).unwrap();
    let vault = Vault::create_with_cost(&path, &passphrase("right"), "reg-1", entropy(1), old).unwrap();
    vault.store_secret("mac", &SecretBytes::new(vec![5; 32])).unwrap();
    KeyStore::lock(&vault);
    assert_eq!(KeyStore::unlock(&vault, &passphrase("wrong")), Err(KeyStoreError::WrongPassphrase));
    assert_eq!(read_file(&path).unwrap().0.header.cost, old);
    KeyStore::unlock(&vault, &passphrase("right")).unwrap();
    assert_eq!(read_file(&path).unwrap().0.header.cost, KdfCost::STANDARD);
    assert_eq!(vault.secret("mac").unwrap().unwrap().expose(), [5; 32]);
    vault.change_passphrase(&passphrase("right"), &passphrase("new")).unwrap();
    assert_eq!(read_file(&path).unwrap().0.header.cost, KdfCost::STANDARD);
    assert_eq!(
        (vault.verify_passphrase(&passphrase("new")), vault.verify_passphrase(&passphrase("right"))),
        (Ok(()), Err(KeyStoreError::WrongPassphrase))
    );
    // More than today's stays more.
    let dear = KdfCost::new(65536, 4, 2).unwrap();
    assert_eq!((dear.raised(), dear.is_below_standard()), (dear, false));
}
