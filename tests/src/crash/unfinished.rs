//! What a crash leaves behind, made by hand: a staged key in the vault that no authority uses, a certificate and a CRL that were about to be signed.

use std::path::Path;
use std::sync::Arc;

use authority::clock::FixedClock;
use authority::keystore::{KeyRef, KeyStoreKind, MemoryKeyStore};
use authority::pki::{KeySpec, PrivateKey, SerialNumber};
use authority::registry::{CrlKind, IntentId, IntentPurpose, KeyLocation, KeyRowId, KeyState, NewIntent, NewKey, RegistryError, Write};
use authority::secret::Passphrase;
use authority::session::Session;
use time::OffsetDateTime;

use crate::NOW;
use crate::sandbox::{PASSPHRASE, forces};

/// Leaves all that behind in a registry with an authority `Issuing`.
pub(super) fn leave(file: &Path) {
    let session = Session::open(file, forces(&Arc::new(FixedClock::at(NOW)), &MemoryKeyStore::new())).expect("opened");
    session.unlock(Some(&Passphrase::new(PASSPHRASE.to_owned()))).expect("unlocked");
    stage(&session, KeyRowId::new(NOW, [1; 10]), NOW);
    session.registry().write(intend).expect("written");
}

/// Stages a key, row and entry, and leaves it there.
pub(super) fn stage(session: &Session, id: KeyRowId, created_at: OffsetDateTime) {
    let key = PrivateKey::generate(KeySpec::EcP256).expect("a key");
    let location = match session.keystore().kind() {
        KeyStoreKind::Vault => KeyLocation::Vault,
        KeyStoreKind::Os | KeyStoreKind::Memory => KeyLocation::Memory,
    };
    let row = NewKey {
        id,
        spki: key.public_key().spki_der().to_vec(),
        fingerprint: key.public_key().fingerprint(),
        key_kind: key.public_key().algorithm().kind(),
        location,
        state: KeyState::Staging,
        label: "Unfinished".to_owned(),
        sealed_recovery: None,
        sealed_private: None,
        created_at,
    };
    session.registry().write(|tx| tx.insert_key(&row)).expect("written");
    let name = KeyRef::new(&id.to_string()).expect("a name");
    session.keystore().store(&name, "Unfinished", &key).expect("stored");
}

fn intend(tx: &Write<'_>) -> Result<(), RegistryError> {
    let authority = tx.authority_named("Issuing")?.expect("an authority");
    let generation = tx.current_generation(authority.id)?.expect("a generation").generation.id;
    let number = tx.highest_crl_number(generation)?.expect("a CRL").next().expect("a number");
    let serial = SerialNumber::from_entropy([1; 20]);
    for (mark, purpose) in [
        (1, IntentPurpose::Certificate { issuer: authority.issuer_name.clone(), serial }),
        (2, IntentPurpose::Crl { generation, kind: CrlKind::Base, scope: String::new(), number: number.clone(), covers_revision: 0 }),
    ] {
        let (id, actor) = (IntentId::new(NOW, [mark; 10]), serde_json::json!({}));
        tx.open_intent(&NewIntent { id, authority: Some(authority.id), purpose, tbs: Some(vec![mark]), actor, created_at: NOW })?;
    }
    tx.plan_crl(generation, CrlKind::Base, &number, NOW)
}
