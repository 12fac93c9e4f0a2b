#![expect(clippy::unwrap_used, reason = "tests fail loudly")]
use std::sync::Arc;

use pki::key::KeySpec;
use pki::signature::SignatureVerdict;

use super::*;
use crate::clock::SeededEntropy;
use crate::keystore::MemoryKeyStore;

fn key(text: &str) -> KeyRef {
    KeyRef::new(text).unwrap()
}

/// Windows keeps 2,560 bytes, maybe two for a character; KDE's wallet only text; a version of gnome-keyring no line feeds.
#[test]
fn every_kind_of_key_is_one_short_line_and_survives_the_store() {
    let store = MemoryKeyStore::new();
    for spec in KeySpec::ALL {
        let private = PrivateKey::generate(spec).unwrap();
        let line = private.to_line().unwrap();
        assert!(line.len() <= LONGEST_LINE && line.len() * 2 <= 2560, "{spec:?}: {}", line.len());
        assert!(line.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{spec:?}");
        let key = key(&format!("{spec:?}"));
        store.store(&key, "a label", &private).unwrap();
        let signer = store.signer(&key, private.public_key()).unwrap();
        let signature = signer.sign(b"message").unwrap();
        assert_eq!(
            private.public_key().verify(&signer.algorithm().identifier(), b"message", &signature),
            SignatureVerdict::Valid,
            "{spec:?}"
        );
    }
}

#[test]
fn storing_again_is_fine_and_overwriting_is_not() {
    let store = MemoryKeyStore::new();
    let (mine, other) = (PrivateKey::generate(KeySpec::EcP256).unwrap(), PrivateKey::generate(KeySpec::EcP256).unwrap());
    let key = key("k");
    store.store(&key, "", &mine).unwrap();
    store.store(&key, "", &mine).unwrap();
    assert_eq!(store.store(&key, "", &other), Err(KeyStoreError::AlreadyPresent));
    store.prove(&key, mine.public_key()).unwrap();
    store.tamper("k", "junk");
    assert_eq!(store.store(&key, "", &mine), Err(KeyStoreError::AlreadyPresent));
}

#[test]
fn an_entry_that_was_made_and_never_filled_is_filled() {
    let store = MemoryKeyStore::new();
    let mine = PrivateKey::generate(KeySpec::EcP256).unwrap();
    store.tamper("k", "");
    assert!(matches!(store.prove(&key("k"), mine.public_key()), Err(KeyStoreError::Damaged { .. })), "it is no key");
    assert_eq!(store.present(&key("k")), Ok(false), "nothing is in it");
    store.store(&key("k"), "", &mine).unwrap();
    store.prove(&key("k"), mine.public_key()).unwrap();
    assert_eq!(store.names(), ["k"]);

    let secret = SecretBytes::random(32, &SeededEntropy::new(1)).unwrap();
    store.tamper("secret/audit-mac", "");
    assert!(store.secret("audit-mac").unwrap().is_none());
    assert!(store.sealed_secret("audit-mac", &RecoveryPublicKey::new([9; 32])).unwrap().is_none());
    store.store_secret("audit-mac", &secret).unwrap();
    assert!(store.secret("audit-mac").unwrap().unwrap().same_as(&secret));
}

#[test]
fn every_load_is_held_against_the_public_key() {
    let store = MemoryKeyStore::new();
    let (mine, other) = (PrivateKey::generate(KeySpec::EcP256).unwrap(), PrivateKey::generate(KeySpec::EcP384).unwrap());
    store.store(&key("k"), "", &mine).unwrap();
    let wrong =
        KeyStoreError::WrongKey { key: key("k"), expected: other.public_key().fingerprint(), found: mine.public_key().fingerprint() };
    let recipient = RecoveryPublicKey::new([9; 32]);
    assert_eq!(store.signer(&key("k"), other.public_key()).map(|_| ()), Err(wrong.clone()));
    assert_eq!(store.prove(&key("k"), other.public_key()), Err(wrong.clone()));
    assert_eq!(store.hand_over(&key("k"), other.public_key()).map(|_| ()), Err(wrong.clone()));
    assert_eq!(store.sealed_export(&key("k"), other.public_key(), &recipient).map(|_| ()), Err(wrong.clone()));
    assert_eq!(store.copy_key(&key("k"), other.public_key(), "", &MemoryKeyStore::new()), Err(wrong));
    assert_eq!(store.prove(&key("absent"), mine.public_key()), Err(KeyStoreError::Missing { key: key("absent") }));
    store.tamper("k", "chancery-key 1 ec-p256 AAAA 00000000");
    assert_eq!(store.prove(&key("k"), mine.public_key()), Err(KeyStoreError::damaged("the entry is not a key")));
}

#[test]
fn removing_looks_whether_it_is_gone() {
    let store = MemoryKeyStore::new();
    let private = PrivateKey::generate(KeySpec::Ed25519).unwrap();
    store.store(&key("k"), "", &private).unwrap();
    assert_eq!(store.present(&key("k")), Ok(true));
    assert_eq!(store.remove(&key("k")), Ok(()));
    assert_eq!(store.present(&key("k")), Ok(false));
    assert_eq!(store.remove(&key("k")), Err(KeyStoreError::Missing { key: key("k") }));
}

#[test]
fn a_locked_store_does_nothing() {
    let store = MemoryKeyStore::new();
    let private = PrivateKey::generate(KeySpec::Ed25519).unwrap();
    store.store(&key("k"), "", &private).unwrap();
    KeyStore::lock(&store);
    assert_eq!(KeyStore::state(&store), StoreState::Locked);
    assert_eq!(store.store(&key("l"), "", &private), Err(KeyStoreError::Locked));
    assert_eq!(store.prove(&key("k"), private.public_key()), Err(KeyStoreError::Locked));
    assert_eq!(store.remove(&key("k")), Err(KeyStoreError::Locked));
    assert_eq!(store.present(&key("k")), Err(KeyStoreError::Locked));
    assert_eq!(store.secret("mac").map(|_| ()), Err(KeyStoreError::Locked));
    KeyStore::unlock(&store, &Passphrase::new("any".to_owned())).unwrap();
    store.prove(&key("k"), private.public_key()).unwrap();
}

#[test]
fn secrets_are_kept_and_never_overwritten() {
    let store = MemoryKeyStore::new();
    let entropy = SeededEntropy::new(1);
    let (one, two) = (SecretBytes::random(32, &entropy).unwrap(), SecretBytes::random(32, &entropy).unwrap());
    assert!(store.secret("audit-mac").unwrap().is_none());
    store.store_secret("audit-mac", &one).unwrap();
    store.store_secret("audit-mac", &one).unwrap();
    assert_eq!(store.store_secret("audit-mac", &two), Err(KeyStoreError::AlreadyPresent));
    assert!(store.secret("audit-mac").unwrap().unwrap().same_as(&one));
    assert_eq!(store.names(), ["secret/audit-mac"]);
    assert_eq!(store.secret("a/b").map(|_| ()), Err(KeyStoreError::BadName { name: "a/b".to_owned() }));
    assert_eq!(store.store_secret("large", &SecretBytes::new(vec![0; 1000])), Err(KeyStoreError::TooLong));
    assert_eq!((store.remove_secret("audit-mac"), store.remove_secret("audit-mac")), (Ok(true), Ok(false)));
}

#[test]
fn damaged_secrets_are_not_used() {
    let store = MemoryKeyStore::new();
    let line = secret_to_line(&SecretBytes::new(vec![7; 32]));
    for offset in 0..line.len() {
        let mut bytes = line.as_bytes().to_vec();
        let byte = bytes.get_mut(offset).unwrap();
        *byte = if *byte == b'x' { b'y' } else { b'x' };
        store.tamper("secret/s", std::str::from_utf8(&bytes).unwrap());
        assert_eq!(store.secret("s").map(|_| ()), Err(KeyStoreError::damaged("the entry is not a secret")), "octet {offset}");
    }
}

#[test]
fn keys_move_from_store_to_store() {
    let (from, to) = (MemoryKeyStore::new(), MemoryKeyStore::new());
    let private = PrivateKey::generate(KeySpec::EcP256).unwrap();
    from.store(&key("k"), "", &private).unwrap();
    let to: Arc<dyn KeyStore> = Arc::new(to);
    from.copy_key(&key("k"), private.public_key(), "", &*to).unwrap();
    to.prove(&key("k"), private.public_key()).unwrap();
    from.prove(&key("k"), private.public_key()).unwrap();
}

#[test]
fn a_stray_key_is_adopted_only_where_it_fits_and_what_is_in_the_way_is_kept() {
    let store = MemoryKeyStore::new();
    let (stray, row, aside) = (KeyRef::new("stray").unwrap(), KeyRef::new("row").unwrap(), KeyRef::new("aside").unwrap());
    let (private, other) = (PrivateKey::generate(KeySpec::EcP256).unwrap(), PrivateKey::generate(KeySpec::EcP256).unwrap());
    store.store(&stray, "", &private).unwrap();
    assert_eq!(store.public_key(&stray).as_ref(), Ok(private.public_key()));
    assert!(matches!(store.adopt(&stray, &row, other.public_key(), ""), Err(KeyStoreError::WrongKey { .. })));
    assert_eq!(KeyStore::names(&store), Ok(vec!["stray".to_owned()]));
    store.tamper("row", "somebody's note");
    assert_eq!(store.adopt(&stray, &row, private.public_key(), ""), Err(KeyStoreError::AlreadyPresent));
    store.set_aside(&row, &aside, "in the way").unwrap();
    assert!(matches!(store.public_key(&aside), Err(KeyStoreError::Damaged { .. })));
    assert_eq!(store.set_aside(&row, &aside, ""), Err(KeyStoreError::Missing { key: row.clone() }));
    store.adopt(&stray, &row, private.public_key(), "").unwrap();
    assert_eq!(KeyStore::names(&store), Ok(vec!["aside".to_owned(), "row".to_owned()]));
    store.prove(&row, private.public_key()).unwrap();
}
