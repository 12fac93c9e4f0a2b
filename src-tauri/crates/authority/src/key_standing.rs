//! How each key stands: where it lives, whether it can be used, and what stands in the store that no row knows.

use std::collections::HashMap;

use pki::{Fingerprint, PublicKey};

use crate::keystore::{KeyRef, KeyStoreError, StoreState, open_kept_key};
use crate::registry::{AuthorityId, CertificateId, CertificateKind, KeyLocation, KeyRow, KeyRowId, KeyState, Read, RegistryError};
use crate::session::{SEALING_SECRET, Session, key_ref};

/// How a key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyStanding {
    /// It can be used now, and is the one that belongs here.
    Ready,
    /// The store wants to be unlocked first.
    Locked,
    /// The store cannot be reached, or does not answer.
    Unreachable {
        /// What the platform said.
        cause: String,
    },
    /// The store is open and has no such key. That is no proof that it is gone.
    Missing,
    /// Another key stands under its name.
    WrongKey {
        /// SHA-256 of the public key that belongs to what was found.
        found: Fingerprint,
    },
    /// Something stands under its name that is no key.
    Unreadable {
        /// What was found.
        what: String,
    },
    /// Several entries stand under its name, and nothing tells which is the right one.
    Ambiguous,
    /// Its making was not finished, or is under way.
    Staged,
    /// Its removal was not finished, or is under way.
    Leaving,
    /// It was never here: imported without its private half.
    Elsewhere,
}

impl KeyStanding {
    /// Returns the name: `ready`, `locked`, `unreachable`, `missing`, `wrong-key`, `unreadable`, `ambiguous`, `staged`, `leaving`, `elsewhere`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Locked => "locked",
            Self::Unreachable { .. } => "unreachable",
            Self::Missing => "missing",
            Self::WrongKey { .. } => "wrong-key",
            Self::Unreadable { .. } => "unreadable",
            Self::Ambiguous => "ambiguous",
            Self::Staged => "staged",
            Self::Leaving => "leaving",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// What else is known: the platform's words, what was found, or the fingerprint of another key; empty where the state says all.
    #[must_use]
    pub fn problem(&self) -> String {
        match self {
            Self::Unreachable { cause } => cause.clone(),
            Self::Unreadable { what } => what.clone(),
            Self::WrongKey { found } => found.to_string(),
            Self::Ready | Self::Locked | Self::Missing | Self::Ambiguous | Self::Staged | Self::Leaving | Self::Elsewhere => String::new(),
        }
    }

    /// Sorts what a store says of one key.
    pub(crate) fn of_error(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Locked | KeyStoreError::WrongPassphrase => Self::Locked,
            KeyStoreError::Missing { .. } => Self::Missing,
            KeyStoreError::WrongKey { found, .. } => Self::WrongKey { found },
            KeyStoreError::Ambiguous => Self::Ambiguous,
            KeyStoreError::Damaged { .. } | KeyStoreError::AlreadyPresent => Self::Unreadable { what: error.to_string() },
            KeyStoreError::Unsupported { what } => Self::Unreadable { what },
            error => Self::Unreachable { cause: error.to_string() },
        }
    }

    /// A store that cannot be used says the same of every key in it.
    fn of_store(state: &StoreState) -> Option<Self> {
        match state {
            StoreState::Ready => None,
            StoreState::Locked => Some(Self::Locked),
            StoreState::Unreachable { cause } => Some(Self::Unreachable { cause: cause.clone() }),
        }
    }
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOwner {
    /// A generation of an authority.
    Authority {
        /// The authority.
        id: AuthorityId,
        /// Its name.
        name: String,
        /// Which generation.
        generation: u32,
        /// Whether it is the generation that signs certificates.
        current: bool,
    },
    /// A certificate: a leaf key that is kept.
    Certificate {
        /// The newest certificate of this key.
        id: CertificateId,
        /// Its name.
        name: String,
    },
}

/// A key with its owner and how it stands.
#[derive(Debug, Clone)]
pub struct StandingKey {
    /// Its row.
    pub row: KeyRow,
    /// Whose it is; nothing for a staged key, which nobody has yet.
    pub owner: Option<KeyOwner>,
    /// How it stands.
    pub standing: KeyStanding,
}

/// An entry of the store that no row of the registry knows.
#[derive(Debug, Clone)]
pub struct Stray {
    /// The name it stands under.
    pub entry: KeyRef,
    /// SHA-256 of the public key, where it is a key that can be read.
    pub fingerprint: Option<Fingerprint>,
    /// Kind of key.
    pub kind: Option<String>,
    /// The row whose key it is: it can be adopted.
    pub fits: Option<KeyRowId>,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

/// Which keys are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysOf {
    /// Keys of authorities, and staged ones.
    Authorities,
    /// Leaf keys that are kept in the registry, sealed.
    Leaves,
    /// Both.
    Everybody,
}

impl KeysOf {
    fn holds(self, row: &KeyRow) -> bool {
        let leaf = row.key.location == KeyLocation::Registry;
        match self {
            Self::Authorities => !leaf,
            Self::Leaves => leaf,
            Self::Everybody => true,
        }
    }
}

impl Session {
    /// Looks at up to `limit` keys after `after`, oldest first, without prompting anybody; `None` after the last.
    ///
    /// # Errors
    /// When the registry cannot be read. What the store says is part of the answer.
    pub fn keys_standing(
        &self,
        of: KeysOf,
        after: Option<KeyRowId>,
        limit: usize,
    ) -> Result<(Vec<StandingKey>, Option<KeyRowId>, usize), RegistryError> {
        let (page, next, total, owners) = self.registry().read(|tx| {
            let mut rows = tx.keys()?;
            rows.retain(|row| of.holds(row));
            let total = rows.len();
            rows.retain(|row| after.is_none_or(|after| row.key.id > after));
            let more = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().filter(|_| more).map(|row| row.key.id);
            let owners = owners(tx, &rows)?;
            Ok::<_, RegistryError>((rows, next, total, owners))
        })?;
        let mut store = KeyStanding::of_store(&self.keystore().glance());
        let sealing = SealingKey::default();
        let keys = page.into_iter().map(|row| {
            let standing = self.standing_of(&row, store.as_ref(), &sealing);
            // A store that did not answer for one key is not waited for again for each of the others.
            if let KeyStanding::Unreachable { .. } = &standing {
                store.get_or_insert_with(|| standing.clone());
            }
            StandingKey { owner: owners.get(&row.key.id).cloned(), standing, row }
        });
        Ok((keys.collect(), next, total))
    }

    /// Looks at one key.
    ///
    /// # Errors
    /// When the registry cannot be read; `None` when there is no such key.
    pub fn key_standing(&self, id: KeyRowId) -> Result<Option<StandingKey>, RegistryError> {
        let found = self.registry().read(|tx| {
            let Some(row) = tx.key(id)?.filter(|row| row.key.state != KeyState::Deleted) else { return Ok(None) };
            let owners = owners(tx, std::slice::from_ref(&row))?;
            Ok::<_, RegistryError>(Some((row, owners)))
        })?;
        let Some((row, mut owners)) = found else { return Ok(None) };
        let store = KeyStanding::of_store(&self.keystore().glance());
        let standing = self.standing_of(&row, store.as_ref(), &SealingKey::default());
        Ok(Some(StandingKey { owner: owners.remove(&id), standing, row }))
    }

    fn standing_of(&self, row: &KeyRow, store: Option<&KeyStanding>, sealing: &SealingKey) -> KeyStanding {
        match (row.key.location, row.key.state) {
            (KeyLocation::Elsewhere, _) => return KeyStanding::Elsewhere,
            (_, KeyState::Staging) => return KeyStanding::Staged,
            (_, KeyState::Deleting | KeyState::Deleted) => return KeyStanding::Leaving,
            (_, KeyState::Ready) => {}
        }
        if let Some(standing) = store {
            return standing.clone();
        }
        let (Ok(expected), Ok(name)) = (PublicKey::from_spki_der(&row.key.spki), key_ref(row.key.id)) else {
            return KeyStanding::Unreadable { what: "the public key of this row cannot be read".to_owned() };
        };
        if row.key.location == KeyLocation::Registry {
            return sealing.standing(self, row, &expected);
        }
        match self.keystore().signer(&name, &expected) {
            Ok(_) => KeyStanding::Ready,
            Err(error) => KeyStanding::of_error(error),
        }
    }

    /// Entries of the store that no row knows, with the row that each would fit.
    ///
    /// # Errors
    /// When the registry cannot be read, or the store cannot list.
    pub fn stray_keys(&self) -> Result<Vec<Stray>, StrayError> {
        if let Some(standing) = KeyStanding::of_store(&self.keystore().glance()) {
            return Err(match standing {
                KeyStanding::Unreachable { cause } => KeyStoreError::Unreachable { cause },
                _ => KeyStoreError::Locked,
            }
            .into());
        }
        let names = self.keystore().names()?;
        let rows = self.registry().read(|tx| tx.keys())?;
        let mut strays = Vec::new();
        for name in names.into_iter().filter(|name| !name.starts_with("secret/")) {
            let known = |row: &KeyRow| row.key.location != KeyLocation::Elsewhere && row.key.id.to_string() == name;
            let Ok(entry) = KeyRef::new(&name) else { continue };
            if rows.iter().any(known) {
                continue;
            }
            strays.push(match self.keystore().public_key(&entry) {
                Ok(public) => {
                    let fingerprint = public.fingerprint();
                    let fits = rows.iter().find(|row| row.key.fingerprint == fingerprint && row.key.location != KeyLocation::Registry);
                    Stray {
                        entry,
                        fingerprint: Some(fingerprint),
                        kind: Some(public.algorithm().kind()),
                        fits: fits.filter(|row| row.key.state == KeyState::Ready).map(|row| row.key.id),
                        problem: None,
                    }
                }
                // It went away between the two looks.
                Err(KeyStoreError::Missing { .. }) => continue,
                Err(error) => Stray { entry, fingerprint: None, kind: None, fits: None, problem: Some(error.to_string()) },
            });
        }
        Ok(strays)
    }
}

/// Stray entries could not be looked for.
#[derive(Debug, thiserror::Error)]
pub enum StrayError {
    /// The store said no.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// The key that seals leaf keys, fetched once for many of them.
#[derive(Default)]
struct SealingKey(std::cell::OnceCell<Result<Option<crate::secret::SecretBytes>, KeyStoreError>>);

impl SealingKey {
    fn standing(&self, session: &Session, row: &KeyRow, expected: &PublicKey) -> KeyStanding {
        let under = match self.0.get_or_init(|| session.keystore().secret(SEALING_SECRET)) {
            Ok(Some(secret)) => secret,
            Ok(None) => return KeyStanding::Missing,
            Err(error) => return KeyStanding::of_error(error.clone()),
        };
        let Some(sealed) = &row.key.sealed_private else { return KeyStanding::Missing };
        match open_kept_key(under, &row.key.id.to_string(), sealed) {
            Ok(key) if key.public_key() == expected => KeyStanding::Ready,
            Ok(key) => KeyStanding::WrongKey { found: key.public_key().fingerprint() },
            Err(error) => KeyStanding::Unreadable { what: error.to_string() },
        }
    }
}

/// Whose keys these are.
fn owners(tx: &Read<'_>, rows: &[KeyRow]) -> Result<HashMap<KeyRowId, KeyOwner>, RegistryError> {
    let mut owners = HashMap::new();
    for row in rows {
        if row.key.location == KeyLocation::Registry {
            let mut certificates = tx.certificates_of_key(&row.key.fingerprint)?;
            certificates.retain(|certificate| certificate.facts.kind == CertificateKind::Leaf);
            certificates.sort_by_key(|certificate| certificate.id);
            if let Some(newest) = certificates.pop() {
                owners.insert(row.key.id, KeyOwner::Certificate { id: newest.id, name: newest.facts.display_name });
            }
        }
    }
    for authority in tx.authorities()? {
        for generation in tx.generations(authority.id)? {
            let owner = KeyOwner::Authority {
                id: authority.id,
                name: authority.name.clone(),
                generation: generation.generation.number,
                current: generation.generation.current,
            };
            owners.insert(generation.generation.key, owner);
        }
    }
    Ok(owners)
}
