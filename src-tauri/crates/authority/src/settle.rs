//! What a crash left behind is finished or undone when the keys are next unlocked (invariants 2 and 15).

use time::Duration;

use crate::keystore::KeyStoreError;
use crate::registry::{KeyState, RegistryError};
use crate::session::{Session, SessionError, key_ref};

/// Another program may be in the middle of the same step; what is younger than this is left to it.
const UNDER_WAY: Duration = Duration::minutes(2);

impl Session {
    /// Voids intents that were never finished and undoes keys that were never taken into use.
    pub(crate) fn settle(&self) -> Result<(), SessionError> {
        self.abandon_tasks()?;
        let now = self.now();
        let (intents, keys) = self.registry().read(|tx| Ok::<_, RegistryError>((tx.open_intents()?, tx.unsettled_keys()?)))?;
        for intent in intents.into_iter().filter(|intent| intent.created_at + UNDER_WAY < now) {
            let event = self.event("intent.voided", &intent.id.to_string(), serde_json::json!({ "kind": intent.kind.as_str() }));
            self.change(|tx| {
                tx.void_intent(intent.id, now)?;
                if let (Some(generation), Some(number)) = (intent.generation, &intent.crl_number) {
                    tx.unplan_crl(generation, number)?;
                }
                tx.append_audit(&event)?;
                Ok::<_, RegistryError>(())
            })?;
        }
        for row in keys.into_iter().filter(|row| row.key.created_at + UNDER_WAY < now) {
            // No authority refers to a key in these states, so what the keystore may hold under its name was never used.
            match self.keystore().remove(&key_ref(row.key.id)?) {
                Ok(()) | Err(KeyStoreError::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            let event = self.event(
                "key.discarded",
                &row.key.id.to_string(),
                serde_json::json!({ "label": row.key.label, "state": row.key.state.as_str() }),
            );
            self.change(|tx| {
                tx.set_key_state(row.key.id, KeyState::Deleted, now)?;
                tx.append_audit(&event)?;
                Ok::<_, RegistryError>(())
            })?;
        }
        Ok(())
    }
}
