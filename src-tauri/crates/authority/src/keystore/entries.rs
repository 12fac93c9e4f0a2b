//! What every store has in common: one line of text per entry, and the rules for keys and secrets built on it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pki::key::{Fingerprint, KeyError, PrivateKey, PublicKey};
use pki::signer::{KeySigner, SignError, Signer};
use zeroize::Zeroizing;

use super::name::is_entry_word;
use super::recovery::{self, RecoveryPublicKey, SealedKey};
use super::{KeyRef, KeyStore, KeyStoreError, KeyStoreKind, StoreState};
use crate::clock::Entropy;
use crate::secret::{Passphrase, SecretBytes};

/// The longest line that every platform takes: Windows keeps 2,560 bytes, and may store two for each character.
pub(super) const LONGEST_LINE: usize = 1200;

/// The name of an entry within one registry: a key id, or `secret/` and a word.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct EntryName(String);

impl EntryName {
    fn key(key: &KeyRef) -> Self {
        Self(key.as_str().to_owned())
    }

    fn secret(name: &str) -> Result<Self, KeyStoreError> {
        if is_entry_word(name) { Ok(Self(format!("secret/{name}"))) } else { Err(KeyStoreError::BadName { name: name.to_owned() }) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A store as a set of lines of text.
pub(crate) trait Entries: Send + Sync {
    fn kind(&self) -> KeyStoreKind;
    fn state(&self) -> StoreState;
    /// What is known of the state without waiting for long.
    fn glance(&self) -> StoreState {
        self.state()
    }
    /// The names of all lines, in any order.
    fn names(&self) -> Result<Vec<String>, KeyStoreError>;
    /// Reads a line; with `fresh`, past every cache and on a new connection.
    fn read(&self, name: &EntryName, fresh: bool) -> Result<Option<Zeroizing<String>>, KeyStoreError>;
    /// Writes a new line; never over another one ([`KeyStoreError::AlreadyPresent`]).
    fn create(&self, name: &EntryName, label: &str, line: Zeroizing<String>) -> Result<(), KeyStoreError>;
    /// Deletes a line; returns whether there was one.
    fn delete(&self, name: &EntryName) -> Result<bool, KeyStoreError>;
    fn sync(&self) -> Result<(), KeyStoreError>;
    fn unlock(&self, passphrase: &Passphrase) -> Result<(), KeyStoreError>;
    fn ask_to_unlock(&self) -> Result<(), KeyStoreError>;
    fn lock(&self);
    /// Takes back a lock of our own.
    fn reopen(&self) -> Result<(), KeyStoreError> {
        self.ask_to_unlock()
    }
    fn cancel(&self);
    /// For how long the call that is under way has waited.
    fn waits(&self) -> Option<Duration> {
        None
    }
    fn entropy(&self) -> &dyn Entropy;
}

impl<E: Entries> KeyStore for E {
    fn kind(&self) -> KeyStoreKind {
        Entries::kind(self)
    }

    fn state(&self) -> StoreState {
        Entries::state(self)
    }

    fn glance(&self) -> StoreState {
        Entries::glance(self)
    }

    fn store(&self, key: &KeyRef, label: &str, private: &PrivateKey) -> Result<(), KeyStoreError> {
        let line = private.to_line().map_err(|error| key_error(&error))?;
        if line.len() > LONGEST_LINE {
            return Err(KeyStoreError::TooLong);
        }
        Entries::ask_to_unlock(self)?;
        let name = EntryName::key(key);
        match self.read(&name, false)? {
            None => self.create(&name, label, line)?,
            Some(present) if present.is_empty() => fill(self, &name, label, line)?,
            Some(present) => {
                let same = PrivateKey::from_line(&present).is_ok_and(|present| present.public_key() == private.public_key());
                if !same {
                    return Err(KeyStoreError::AlreadyPresent);
                }
            }
        }
        match prove(self, key, private.public_key(), true) {
            // It was written a moment ago: that it is not there is a fault of the store, not an unknown key.
            Err(KeyStoreError::Missing { .. }) => Err(KeyStoreError::damaged("an entry that was just written is not there")),
            outcome => outcome,
        }
    }

    fn signer(&self, key: &KeyRef, expected: &PublicKey) -> Result<Box<dyn Signer + Send>, KeyStoreError> {
        Ok(Box::new(key_signer(load(self, key, expected, false)?)?))
    }

    fn prove(&self, key: &KeyRef, expected: &PublicKey) -> Result<(), KeyStoreError> {
        prove(self, key, expected, true)
    }

    fn remove(&self, key: &KeyRef) -> Result<(), KeyStoreError> {
        if delete_and_look(self, &EntryName::key(key))? { Ok(()) } else { Err(KeyStoreError::Missing { key: key.clone() }) }
    }

    fn present(&self, key: &KeyRef) -> Result<bool, KeyStoreError> {
        Ok(filled(self, &EntryName::key(key))?.is_some())
    }

    fn names(&self) -> Result<Vec<String>, KeyStoreError> {
        let mut names = Entries::names(self)?;
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn public_key(&self, key: &KeyRef) -> Result<PublicKey, KeyStoreError> {
        let line = self.read(&EntryName::key(key), false)?.ok_or_else(|| KeyStoreError::Missing { key: key.clone() })?;
        Ok(PrivateKey::from_line(&line).map_err(|error| key_error(&error))?.public_key().clone())
    }

    fn adopt(&self, from: &KeyRef, key: &KeyRef, expected: &PublicKey, label: &str) -> Result<(), KeyStoreError> {
        let private = load(self, from, expected, false)?;
        if from == key {
            return prove(self, key, expected, true);
        }
        self.store(key, label, &private)?;
        Entries::sync(self)?;
        KeyStore::remove(self, from)
    }

    fn set_aside(&self, key: &KeyRef, to: &KeyRef, label: &str) -> Result<(), KeyStoreError> {
        Entries::ask_to_unlock(self)?;
        let (name, aside) = (EntryName::key(key), EntryName::key(to));
        let line = self.read(&name, false)?.ok_or_else(|| KeyStoreError::Missing { key: key.clone() })?;
        if self.read(&aside, false)?.is_some() {
            return Err(KeyStoreError::AlreadyPresent);
        }
        self.create(&aside, label, line.clone())?;
        if self.read(&aside, true)? != Some(line) {
            return Err(KeyStoreError::damaged("an entry that was just written reads back differently"));
        }
        Entries::sync(self)?;
        delete_and_look(self, &name).map(drop)
    }

    fn secret(&self, name: &str) -> Result<Option<SecretBytes>, KeyStoreError> {
        match filled(self, &EntryName::secret(name)?)? {
            None => Ok(None),
            Some(line) => secret_from_line(&line).map(Some),
        }
    }

    fn store_secret(&self, name: &str, secret: &SecretBytes) -> Result<(), KeyStoreError> {
        let entry = EntryName::secret(name)?;
        let line = secret_to_line(secret);
        if line.len() > LONGEST_LINE {
            return Err(KeyStoreError::TooLong);
        }
        Entries::ask_to_unlock(self)?;
        match self.read(&entry, false)? {
            None => self.create(&entry, name, line)?,
            Some(present) if present.is_empty() => fill(self, &entry, name, line)?,
            Some(present) if secret_from_line(&present).is_ok_and(|present| present.same_as(secret)) => {}
            Some(_) => return Err(KeyStoreError::AlreadyPresent),
        }
        match self.read(&entry, true)? {
            Some(back) if secret_from_line(&back)?.same_as(secret) => Ok(()),
            _ => Err(KeyStoreError::damaged("a secret that was just written reads back differently")),
        }
    }

    fn remove_secret(&self, name: &str) -> Result<bool, KeyStoreError> {
        delete_and_look(self, &EntryName::secret(name)?)
    }

    fn sealed_export(&self, key: &KeyRef, expected: &PublicKey, to: &RecoveryPublicKey) -> Result<SealedKey, KeyStoreError> {
        let private = load(self, key, expected, false)?;
        let line = private.to_line().map_err(|error| key_error(&error))?;
        recovery::seal(key, &line, to, self.entropy())
    }

    fn sealed_secret(&self, name: &str, to: &RecoveryPublicKey) -> Result<Option<SealedKey>, KeyStoreError> {
        let key = KeyRef::new(name).map_err(|_| KeyStoreError::BadName { name: name.to_owned() })?;
        let Some(line) = filled(self, &EntryName::secret(name)?)? else { return Ok(None) };
        secret_from_line(&line)?;
        recovery::seal(&key, &line, to, self.entropy()).map(Some)
    }

    fn hand_over(&self, key: &KeyRef, expected: &PublicKey) -> Result<PrivateKey, KeyStoreError> {
        load(self, key, expected, false)
    }

    fn copy_key(&self, key: &KeyRef, expected: &PublicKey, label: &str, to: &dyn KeyStore) -> Result<(), KeyStoreError> {
        to.store(key, label, &load(self, key, expected, false)?)
    }

    fn sync(&self) -> Result<(), KeyStoreError> {
        Entries::sync(self)
    }

    fn unlock(&self, passphrase: &Passphrase) -> Result<(), KeyStoreError> {
        Entries::unlock(self, passphrase)
    }

    fn ask_to_unlock(&self) -> Result<(), KeyStoreError> {
        Entries::ask_to_unlock(self)
    }

    fn lock(&self) {
        Entries::lock(self);
    }

    fn reopen(&self) -> Result<(), KeyStoreError> {
        Entries::reopen(self)
    }

    fn cancel(&self) {
        Entries::cancel(self);
    }

    fn waits(&self) -> Option<Duration> {
        Entries::waits(self)
    }
}

/// Reads an entry that something is in. A keyring daemon that is killed while it makes an entry leaves an empty one (gnome-keyring 42 does): there is
/// nothing in it that could be lost, and it counts as none.
fn filled(entries: &impl Entries, name: &EntryName) -> Result<Option<Zeroizing<String>>, KeyStoreError> {
    Ok(entries.read(name, false)?.filter(|line| !line.is_empty()))
}

/// Makes an entry in the place of an empty one.
fn fill(entries: &impl Entries, name: &EntryName, label: &str, line: Zeroizing<String>) -> Result<(), KeyStoreError> {
    entries.delete(name)?;
    entries.create(name, label, line)
}

/// Reads a key and holds it against the public key that is expected.
fn load(entries: &impl Entries, key: &KeyRef, expected: &PublicKey, fresh: bool) -> Result<PrivateKey, KeyStoreError> {
    let line = entries.read(&EntryName::key(key), fresh)?.ok_or_else(|| KeyStoreError::Missing { key: key.clone() })?;
    let private = PrivateKey::from_line(&line).map_err(|error| key_error(&error))?;
    if private.public_key() != expected {
        let (expected, found) = (fingerprint(expected), fingerprint(private.public_key()));
        return Err(KeyStoreError::WrongKey { key: key.clone(), expected, found });
    }
    Ok(private)
}

/// Loads a key, signs a probe and verifies it. The probe is no DER, so that its signature is good for nothing else.
fn prove(entries: &impl Entries, key: &KeyRef, expected: &PublicKey, fresh: bool) -> Result<(), KeyStoreError> {
    let signer = key_signer(load(entries, key, expected, fresh)?)?;
    let mut nonce = [0u8; 32];
    entries.entropy().fill(&mut nonce)?;
    let probe = [b"chancery probe of a stored key\n".as_slice(), key.as_str().as_bytes(), b"\n", &nonce].concat();
    let signature = signer.sign(&probe).map_err(|error| sign_error(&error))?;
    if expected.verify(&signer.algorithm().identifier(), &probe, &signature).is_valid() {
        Ok(())
    } else {
        Err(KeyStoreError::damaged("a signature of the stored key does not verify"))
    }
}

fn delete_and_look(entries: &impl Entries, name: &EntryName) -> Result<bool, KeyStoreError> {
    let was_there = entries.delete(name)?;
    if was_there && entries.read(name, true)?.is_some() {
        return Err(KeyStoreError::damaged("an entry that was just deleted is still there"));
    }
    Ok(was_there)
}

fn fingerprint(key: &PublicKey) -> Fingerprint {
    key.fingerprint()
}

fn key_signer(private: PrivateKey) -> Result<KeySigner, KeyStoreError> {
    KeySigner::new(private).map_err(|error| sign_error(&error))
}

/// Sorts a fault of a stored line. The error's own fields are left behind: a checksum of a private key is not for logs.
fn key_error(error: &KeyError) -> KeyStoreError {
    match error {
        KeyError::Unsupported { algorithm } => KeyStoreError::Unsupported { what: format!("keys of kind {algorithm}") },
        _ => KeyStoreError::damaged("the entry is not a key"),
    }
}

fn sign_error(error: &SignError) -> KeyStoreError {
    match error {
        SignError::KeyNotForSigning { kind } => KeyStoreError::Unsupported { what: format!("signing with keys of kind {kind}") },
        SignError::Failed { .. } => KeyStoreError::damaged("the stored key does not sign"),
    }
}

/// Writes `chancery-secret 1 BASE64URL CHECKSUM`; the checksum is the start of the SHA-256 of what stands before it.
fn secret_to_line(secret: &SecretBytes) -> Zeroizing<String> {
    let mut line = Zeroizing::new(String::with_capacity(64 + secret.expose().len() * 2));
    line.push_str("chancery-secret 1 ");
    URL_SAFE_NO_PAD.encode_string(secret.expose(), &mut line);
    let sum = checksum(&line);
    line.push(' ');
    line.push_str(&sum);
    line
}

pub(super) fn secret_from_line(line: &str) -> Result<SecretBytes, KeyStoreError> {
    let damaged = || KeyStoreError::damaged("the entry is not a secret");
    let (body, sum) = line.rsplit_once(' ').ok_or_else(damaged)?;
    if checksum(body) != sum {
        return Err(damaged());
    }
    let bytes = body.strip_prefix("chancery-secret 1 ").ok_or_else(damaged)?;
    URL_SAFE_NO_PAD.decode(bytes).map(SecretBytes::new).map_err(|_| damaged())
}

fn checksum(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    hex::encode(digest.as_ref().get(..4).unwrap_or_default())
}

#[cfg(test)]
mod tests;
