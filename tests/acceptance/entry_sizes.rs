//! What a keyring is given: one line of text that Windows (2,560 octets, maybe two for a character), macOS and KDE (text only) keep, or nothing.

use std::sync::Arc;

use authority::clock::SystemEntropy;
use authority::keystore::{KeyRef, KeyStore, KeyStoreError, MemoryKeyStore, Vault};
use authority::pki::{KeySpec, PrivateKey};
use authority::secret::Passphrase;
use suite::pem;

/// What the Credential Manager of Windows keeps of one entry.
const MOST_OCTETS: usize = 2_560;

/// Every key of one file of test data.
fn keys(name: &str) -> Vec<PrivateKey> {
    let path = format!("{}/data/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let keys: Vec<_> = pem::blocks(&text, "PRIVATE KEY").iter().map(|der| PrivateKey::from_pkcs8_der(der).expect("a key")).collect();
    assert!(!keys.is_empty(), "{path}");
    keys
}

#[test]
fn every_kind_of_key_that_is_offered_fits_every_platform() {
    for spec in KeySpec::ALL {
        // PSS is a way to sign, not another key.
        let file = spec.to_string().replace("rsa-pss-", "rsa-");
        for key in keys(&file) {
            let line = key.with_spec(spec).expect("a key of this kind").to_line().expect("a line");
            assert!(line.len() * 2 <= MOST_OCTETS, "{spec}: {} octets", line.len());
            assert!(
                line.bytes().all(|octet| octet.is_ascii_graphic() || octet == b' '),
                "{spec}: one line of text that is the same in UTF-8 and ASCII"
            );
            let utf16 = line.encode_utf16().count() * 2;
            assert!(utf16 <= MOST_OCTETS, "{spec}: {utf16} octets as Windows stores passwords");
            assert!(PrivateKey::from_line(&line).expect("read back").to_line().expect("a line") == line, "{spec}");
        }
    }
}

#[test]
fn a_key_that_fits_nowhere_is_refused_by_every_store_before_anything_is_written() {
    let key = &keys("rsa-8192")[0];
    let line = key.to_line().expect("a line");
    assert!(line.encode_utf16().count() * 2 > MOST_OCTETS, "{} octets", line.len());
    let folder = tempfile::tempdir().expect("a folder");
    let passphrase = Passphrase::new("only for this test".to_owned());
    let vault = Vault::create_cheap(&folder.path().join("a.vault"), &passphrase, "r", Arc::new(SystemEntropy)).expect("a vault");
    let memory = MemoryKeyStore::new();
    let stores: [&dyn KeyStore; 2] = [&memory, &vault];
    for store in stores {
        assert_eq!(store.store(&KeyRef::new("k").expect("a name"), "label", key), Err(KeyStoreError::TooLong));
        assert_eq!(store.names().expect("names"), [""; 0]);
    }
}
