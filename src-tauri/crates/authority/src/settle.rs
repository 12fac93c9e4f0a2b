//! What a crash left behind is finished or undone when the keys are next unlocked (invariants 2 and 15).

use time::Duration;

use crate::registry::{KeyRow, KeyState, RegistryError};
use crate::session::{Session, SessionError};

/// Another program may be in the middle of the same step; what is younger than this is left to it.
pub(crate) const UNDER_WAY: Duration = Duration::minutes(2);

impl Session {
    /// Voids intents that were never finished and undoes keys that were never taken into use.
    pub(crate) fn settle(&self) -> Result<(), SessionError> {
        // The first unlock of a start, perhaps long after it.
        self.abandon_tasks()?;
        self.settle_move(Some(UNDER_WAY))?;
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
            // A store that refuses one key must not keep all the others locked: the row stays, and is shown with its repair.
            if let Err(error) = self.discard(&row) {
                tracing::warn!(%error, key = %row.key.id, "a key that was never taken into use stays in the keystore");
            }
        }
        Ok(())
    }

    /// Removes what the keystore has under the name of a staged or leaving key, and closes its row. No authority refers to a key in these states, so what
    /// stands there was never used; and before it is removed the row says that it never will be, to a program too that is about to take it into use.
    pub(crate) fn discard(&self, row: &KeyRow) -> Result<(), SessionError> {
        let id = row.key.id;
        let detail = serde_json::json!({ "label": row.key.label, "state": row.key.state.as_str() });
        let event = self.event("key.discarded", &id.to_string(), detail);
        let leaves = self.change(|tx| {
            let leaves = tx.leave_key(id)?;
            if leaves {
                tx.append_audit(&event)?;
            } else if tx.key(id)?.is_some_and(|row| row.key.state == KeyState::Ready) {
                // Taken into use since the row was read.
                return Err(RegistryError::Busy);
            }
            Ok(leaves)
        })?;
        if leaves { self.remove_left(id) } else { Ok(()) }
    }
}
