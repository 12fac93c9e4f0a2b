//! Mends what stands between a key row and its entry. Nothing here makes a key, overwrites one or destroys one that may be the last copy.

use pki::PublicKey;
use pki::signer::{KeySigner, Signer as _};
use serde_json::json;

use crate::clock::EntropyError;
use crate::keystore::{KeptKeyError, KeyRef, KeyStoreError, open_kept_key};
use crate::registry::{KeyLocation, KeyRow, KeyRowId, KeyState, RegistryError};
use crate::session::{SEALING_SECRET, Session, SessionError, key_ref};

/// How often a key is sealed to a recovery file that is replaced at the same time.
const ATTEMPTS: usize = 3;

/// A key could not be repaired; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RepairKeyError {
    /// There is no such key.
    #[error("there is no key {id}")]
    Unknown {
        /// The id.
        id: String,
    },
    /// The repair is not one for a key in this state.
    #[error("this is no repair for a key that is {state}")]
    NotForThis {
        /// The state.
        state: String,
    },
    /// No row has the public key of this entry.
    #[error("no key of the registry fits the entry {entry}")]
    FitsNone {
        /// The entry.
        entry: String,
    },
    /// The public key of the row cannot be read.
    #[error("the public key of {id} cannot be read")]
    RowDamaged {
        /// The id.
        id: String,
    },
    /// A key that is kept in the registry does not open.
    #[error(transparent)]
    Kept(#[from] KeptKeyError),
    /// The store refused.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// It could not be sealed to the recovery key.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// Proves a key: reads it afresh, signs a probe, verifies it, and notes the time.
    ///
    /// # Errors
    /// What the store says of the key.
    pub fn prove_key(&self, id: KeyRowId) -> Result<(), RepairKeyError> {
        let row = self.ready_row(id)?;
        let expected = public_key(&row)?;
        if row.key.location == KeyLocation::Registry {
            let under = self.keystore().secret(SEALING_SECRET)?.ok_or(KeyStoreError::Missing { key: key_ref(id)? })?;
            let key = open_kept_key(&under, &id.to_string(), row.key.sealed_private.as_deref().unwrap_or_default())?;
            let found = key.public_key().fingerprint();
            if key.public_key() != &expected {
                return Err(KeyStoreError::WrongKey { key: key_ref(id)?, expected: expected.fingerprint(), found }.into());
            }
            // A key that only agrees or decrypts signs nothing; that it opened and fits is its proof.
            if let Ok(signer) = KeySigner::new(key) {
                signer.sign(b"chancery probe of a kept key\n").map_err(|_| KeptKeyError::NotAKey)?;
            }
        } else {
            self.keystore().prove(&key_ref(id)?, &expected)?;
        }
        if self.registry().read_only() {
            return Ok(());
        }
        let now = self.now();
        self.change(|tx| {
            tx.set_key_state(id, KeyState::Ready, now)?;
            tx.append_audit(&self.event("key.proved", &id.to_string(), json!({ "label": row.key.label })))?;
            Ok::<_, RegistryError>(())
        })?;
        Ok(())
    }

    /// Takes a stray entry for the key of the row that has its public key: copies it to the row's name, proves it there, removes the stray.
    ///
    /// # Errors
    /// When no row fits, something else stands under the row's name, or the store refuses. The stray is still there then.
    pub fn adopt_stray(&self, entry: &KeyRef) -> Result<KeyRowId, RepairKeyError> {
        let public = self.keystore().public_key(entry)?;
        let none = || RepairKeyError::FitsNone { entry: entry.to_string() };
        let row = self.registry().read(|tx| tx.key_by_fingerprint(&public.fingerprint()))?.ok_or_else(none)?;
        if row.key.state != KeyState::Ready || row.key.location == KeyLocation::Registry {
            return Err(none());
        }
        let (id, now, location) = (row.key.id, self.now(), self.key_location());
        // On record before it moves: should the store fail in the middle, both copies are there and the next attempt finishes.
        let event = self.event("key.adopted", &id.to_string(), json!({ "label": row.key.label, "entry": entry.as_str() }));
        self.change(|tx| {
            self.check_keys_stay(tx)?;
            tx.append_audit(&event).map(drop)
        })?;
        self.keystore().adopt(entry, &key_ref(id)?, &public, &row.key.label)?;
        self.keystore().sync()?;
        for _ in 0..ATTEMPTS {
            let copy = self.recovery_copy(&key_ref(id)?, &public)?;
            let taken = self.change(|tx| {
                // A recovery file that was made or replaced since could not bring this key back: it is sealed to that one.
                if !copy.record(tx, id)? {
                    return Ok(false);
                }
                tx.set_key_state(id, KeyState::Ready, now)?;
                tx.set_key_location(id, location)?;
                for certificate in tx.certificates_of_key(&row.key.fingerprint)? {
                    tx.set_key_held(certificate.id, true)?;
                }
                Ok::<_, RegistryError>(true)
            })?;
            if taken {
                return Ok(id);
            }
        }
        Err(RegistryError::Busy.into())
    }

    /// Moves what stands under a key's name and is not the key to a name of its own, where it is a stray: the right key can then be restored or adopted.
    ///
    /// # Errors
    /// When it is the right key after all, or the store refuses.
    pub fn set_key_aside(&self, id: KeyRowId) -> Result<KeyRef, RepairKeyError> {
        let row = self.ready_row(id)?;
        let (name, expected) = (key_ref(id)?, public_key(&row)?);
        match self.keystore().signer(&name, &expected) {
            Ok(_) => return Err(RepairKeyError::NotForThis { state: "ready".to_owned() }),
            Err(KeyStoreError::WrongKey { .. } | KeyStoreError::Damaged { .. } | KeyStoreError::Unsupported { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let aside = KeyRef::draw(self.host().entropy.as_ref())?;
        let event = self.event("key.set-aside", &id.to_string(), json!({ "label": row.key.label, "entry": aside.as_str() }));
        self.change(|tx| tx.append_audit(&event).map(drop))?;
        self.keystore().set_aside(&name, &aside, &format!("set aside from {}", row.key.label))?;
        self.keystore().sync()?;
        Ok(aside)
    }

    /// Ends what was staged and never taken into use, or was being deleted: removes the entry, if there is one, and closes the row.
    ///
    /// # Errors
    /// When the key is in use, or the store refuses.
    pub fn forget_staged(&self, id: KeyRowId) -> Result<(), RepairKeyError> {
        let row = self.row(id)?;
        if !matches!(row.key.state, KeyState::Staging | KeyState::Deleting) {
            return Err(RepairKeyError::NotForThis { state: row.key.state.as_str().to_owned() });
        }
        Ok(self.discard(&row)?)
    }

    fn row(&self, id: KeyRowId) -> Result<KeyRow, RepairKeyError> {
        let row = self.registry().read(|tx| tx.key(id))?;
        row.filter(|row| row.key.state != KeyState::Deleted).ok_or_else(|| RepairKeyError::Unknown { id: id.to_string() })
    }

    fn ready_row(&self, id: KeyRowId) -> Result<KeyRow, RepairKeyError> {
        let row = self.row(id)?;
        match (row.key.state, row.key.location) {
            (_, KeyLocation::Elsewhere) => Err(RepairKeyError::NotForThis { state: "elsewhere".to_owned() }),
            (KeyState::Ready, _) => Ok(row),
            (state, _) => Err(RepairKeyError::NotForThis { state: state.as_str().to_owned() }),
        }
    }
}

fn public_key(row: &KeyRow) -> Result<PublicKey, RepairKeyError> {
    PublicKey::from_spki_der(&row.key.spki).map_err(|_| RepairKeyError::RowDamaged { id: row.key.id.to_string() })
}
