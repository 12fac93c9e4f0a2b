//! What the doctor finds in the key store: keys that are not as they should be, and entries that no key knows.

use time::OffsetDateTime;

use super::Observation;
use crate::key_standing::{KeyOwner, KeyStanding, KeysOf, StandingKey, Stray, StrayError};
use crate::keystore::{KeyStoreError, StoreState};
use crate::registry::RegistryError;
use crate::session::Session;
use crate::settle::UNDER_WAY;

impl Session {
    /// Looks at every key of an authority, at the key that leaf keys are sealed under, and for stray entries. Nothing is changed and nobody is prompted; a
    /// store that is locked or cannot be reached is told about by [`examine`](super::examine), and nothing is looked for in it.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn examine_keys(&self) -> Result<Vec<Observation>, RegistryError> {
        if self.store_state() != StoreState::Ready {
            return Ok(Vec::new());
        }
        let now = self.now();
        let (mut keys, _, _) = self.keys_standing(KeysOf::Authorities, None, usize::MAX)?;
        // All of them are sealed under one key of the store: the first stands for the others.
        keys.extend(self.keys_standing(KeysOf::Leaves, None, 1)?.0);
        keys.retain(|key| key.standing != KeyStanding::Elsewhere);
        let mut seen: Vec<Observation> = keys.iter().filter_map(|key| disorder(key, now)).collect();
        if seen.is_empty() {
            seen.push(Observation::new("keys", true, vec![("count", keys.len().to_string())]));
        }
        match self.stray_keys() {
            Ok(strays) if strays.is_empty() => seen.push(Observation::new("strays", true, Vec::new())),
            Ok(strays) => seen.extend(strays.iter().map(stray)),
            // A platform that cannot list its entries says nothing about strays.
            Err(StrayError::KeyStore(KeyStoreError::Unsupported { .. })) => {}
            Err(StrayError::KeyStore(error)) => seen.push(Observation::new("strays", false, vec![("problem", error.to_string())])),
            Err(StrayError::Registry(error)) => return Err(error),
        }
        Ok(seen)
    }
}

fn disorder(key: &StandingKey, now: OffsetDateTime) -> Option<Observation> {
    match key.standing {
        KeyStanding::Ready | KeyStanding::Elsewhere => return None,
        // Another program may be at it right now.
        KeyStanding::Staged | KeyStanding::Leaving if key.row.key.created_at + UNDER_WAY >= now => return None,
        _ => {}
    }
    let name = match &key.owner {
        Some(KeyOwner::Authority { name, .. } | KeyOwner::Certificate { name, .. }) => name.clone(),
        None => key.row.key.label.clone(),
    };
    let location = key.row.key.location.as_str().to_owned();
    let fields = vec![("name", name), ("location", location), ("problem", key.standing.problem())];
    Some(Observation::bad("keys", key.standing.as_str(), fields))
}

fn stray(stray: &Stray) -> Observation {
    let state = if stray.fits.is_some() { "stray-fits" } else { "stray" };
    let fields = vec![("name", stray.entry.to_string()), ("problem", stray.problem.clone().unwrap_or_default())];
    Observation::bad("strays", state, fields)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use std::sync::Arc;

    use pki::{KeySpec, PrivateKey};

    use super::*;
    use crate::audit::Actor;
    use crate::clock::{FixedClock, SystemEntropy};
    use crate::keystore::{FaultyKeyStore, KdfCost, KeyStore, MemoryKeyStore};
    use crate::registry::{KeyRowId, RegistryId};
    use crate::session::{Host, Keyring, NewKeys, SystemDisks};

    struct Ring(Arc<FaultyKeyStore>);

    impl Keyring for Ring {
        fn open(&self, _: &RegistryId) -> Arc<dyn KeyStore> {
            Arc::clone(&self.0) as Arc<dyn KeyStore>
        }
    }

    struct Scene {
        _folder: tempfile::TempDir,
        memory: MemoryKeyStore,
        faulty: Arc<FaultyKeyStore>,
        clock: Arc<FixedClock>,
        session: Session,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (memory, clock) = (MemoryKeyStore::new(), Arc::new(FixedClock::at(time::macros::datetime!(2026-11-21 12:00 UTC))));
            let faulty = Arc::new(FaultyKeyStore::new(Arc::new(memory.clone())));
            let host = Host {
                clock: Arc::clone(&clock) as _,
                entropy: Arc::new(SystemEntropy),
                actor: Actor { user: "u".to_owned(), host: "h".to_owned(), program: "p".to_owned() },
                keyring: Arc::new(Ring(Arc::clone(&faulty))),
                passphrase_cost: KdfCost::CHEAP,
                disks: Arc::new(SystemDisks),
                on_share: false,
            };
            let session = Session::create(&folder.path().join("a.chancery"), "A", NewKeys::Os, true, host).unwrap();
            Self { _folder: folder, memory, faulty, clock, session }
        }

        /// A key in the keystore, with its row: staged, or ready.
        fn key(&self, name: &str, ready: bool) -> KeyRowId {
            let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
            let id = KeyRowId::new(self.session.now(), self.session.id_entropy().unwrap());
            let row = self.session.staged_key(id, name, &key, self.session.now());
            self.session.change(|tx| tx.insert_key(&row)).unwrap();
            assert!(self.session.keep_staged(id, name, &key).is_ok());
            if ready {
                self.session.change(|tx| crate::key_staging::make_ready(tx, id, None, self.session.now())).unwrap();
            }
            id
        }

        /// Code, state and name of what is not as it should be.
        fn disorders(&self) -> Vec<(&'static str, &'static str, String)> {
            let named = |seen: &Observation| seen.fields.iter().find(|(field, _)| *field == "name").unwrap().1.clone();
            let seen = self.session.examine_keys().unwrap();
            // Keys of one millisecond stand in any order.
            let mut bad: Vec<_> = seen.iter().filter(|seen| !seen.ok).map(|seen| (seen.code, seen.state.unwrap(), named(seen))).collect();
            bad.sort();
            bad
        }
    }

    #[test]
    fn keys_in_their_places_are_counted() {
        let scene = Scene::new();
        scene.key("one", true);
        scene.key("two", true);
        let seen = scene.session.examine_keys().unwrap();
        assert_eq!(seen, [Observation::new("keys", true, vec![("count", "2".to_owned())]), Observation::new("strays", true, Vec::new())]);
    }

    #[test]
    fn every_disorder_of_an_entry_has_its_own_name() {
        let scene = Scene::new();
        let ids = ["lost", "other", "junk", "twice"].map(|name| scene.key(name, true).to_string());
        let [lost, other, junk, twice] = &ids;
        scene.memory.lose(lost);
        scene.memory.tamper(other, &PrivateKey::generate(KeySpec::EcP256).unwrap().to_line().unwrap());
        scene.memory.tamper(junk, "no key");
        scene.memory.double(twice, true);
        scene.memory.tamper("stray", "no key either");
        let said = |code, state, name: &str| (code, state, name.to_owned());
        let wanted = [
            said("keys", "ambiguous", "twice"),
            said("keys", "missing", "lost"),
            said("keys", "unreadable", "junk"),
            said("keys", "wrong-key", "other"),
            said("strays", "stray", "stray"),
        ];
        assert_eq!(scene.disorders(), wanted);
    }

    #[test]
    fn a_stray_that_is_a_lost_key_is_told_from_any_other() {
        let scene = Scene::new();
        let id = scene.key("moved", true);
        scene
            .session
            .keystore()
            .set_aside(&crate::session::key_ref(id).unwrap(), &crate::keystore::KeyRef::new("elsewhere").unwrap(), "x")
            .unwrap();
        assert_eq!(scene.disorders(), [("keys", "missing", "moved".to_owned()), ("strays", "stray-fits", "elsewhere".to_owned())]);
    }

    #[test]
    fn a_key_that_is_being_made_is_left_to_whoever_makes_it_for_a_while() {
        let scene = Scene::new();
        scene.key("new", false);
        assert_eq!(scene.disorders(), []);
        scene.clock.set(scene.session.now() + std::time::Duration::from_secs(121));
        assert_eq!(scene.disorders(), [("keys", "staged", "new".to_owned())]);
    }

    #[test]
    fn in_a_store_that_is_locked_or_gone_nothing_is_looked_for() {
        let scene = Scene::new();
        scene.key("one", true);
        for fault in [KeyStoreError::Locked, KeyStoreError::Unreachable { cause: "gone".to_owned() }] {
            scene.faulty.fail_all(Some(fault));
            assert_eq!(scene.session.examine_keys().unwrap(), []);
        }
    }
}
