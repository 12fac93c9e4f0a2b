//! Intents: what is about to be signed, committed before the key is touched. Serials and CRL numbers are reserved here and never come back.

use pki::{CrlNumber, DistinguishedName, Fingerprint, SerialNumber};
use time::OffsetDateTime;

use super::cell::{Bound, Cells, words};
use super::crls::CrlKind;
use super::ids::{AuthorityId, GenerationId, IntentId};
use super::{Read, RegistryError, Write};

words! {
    /// What an intent is about.
    pub enum IntentKind {
        /// A certificate.
        Certificate = "certificate",
        /// A CRL.
        Crl = "crl",
    }
}

words! {
    /// How an intent ended.
    pub enum IntentState {
        /// Not yet.
        Open = "open",
        /// The object was signed and recorded.
        Done = "done",
        /// Nothing was recorded; serial or number are burnt.
        Void = "void",
    }
}

/// What is about to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentPurpose {
    /// A certificate with this serial, unique within the issuer's name bytes.
    Certificate {
        /// The issuer field.
        issuer: DistinguishedName,
        /// The serial number.
        serial: SerialNumber,
    },
    /// A CRL with this number, unique within generation, scope and kind.
    Crl {
        /// Whose key signs it.
        generation: GenerationId,
        /// Base or delta.
        kind: CrlKind,
        /// The partition; empty for the full CRL.
        scope: String,
        /// Its number.
        number: CrlNumber,
        /// The generation's revision that its entries show.
        covers_revision: u64,
    },
}

/// An intent to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// Its id.
    pub id: IntentId,
    /// The authority that signs; `None` for the very first certificate of an authority that is not recorded yet.
    pub authority: Option<AuthorityId>,
    /// What is about to be signed.
    pub purpose: IntentPurpose,
    /// The bytes to be signed, if they are of a size to keep.
    pub tbs: Option<Vec<u8>>,
    /// Who asked for it (JSON).
    pub actor: serde_json::Value,
    /// When.
    pub created_at: OffsetDateTime,
}

impl NewIntent {
    /// Gives the ids that were drawn for a batch to its intents in order, and back: they are then written, and found again, side by side.
    pub(crate) fn put_in_order<'a>(intents: impl Iterator<Item = &'a mut Self>) -> Vec<IntentId> {
        let mut intents: Vec<_> = intents.collect();
        let mut ids: Vec<_> = intents.iter().map(|intent| intent.id).collect();
        ids.sort_unstable();
        for (intent, id) in intents.iter_mut().zip(&ids) {
            intent.id = *id;
        }
        ids
    }
}

/// A recorded intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentRow {
    /// Its id.
    pub id: IntentId,
    /// Certificate or CRL.
    pub kind: IntentKind,
    /// The authority that signs.
    pub authority: Option<AuthorityId>,
    /// The generation, for a CRL.
    pub generation: Option<GenerationId>,
    /// SHA-256 of the issuer's name bytes, for a certificate.
    pub issuer_hash: Option<Fingerprint>,
    /// The reserved serial, for a certificate.
    pub serial: Option<SerialNumber>,
    /// Base or delta, for a CRL.
    pub crl_kind: Option<CrlKind>,
    /// The partition, for a CRL.
    pub crl_scope: Option<String>,
    /// The reserved number, for a CRL.
    pub crl_number: Option<CrlNumber>,
    /// The revision its entries show, for a CRL.
    pub covers_revision: Option<u64>,
    /// The bytes to be signed, until it ended.
    pub tbs: Option<Vec<u8>>,
    /// Who asked for it (JSON).
    pub actor: serde_json::Value,
    /// When.
    pub created_at: OffsetDateTime,
    /// How it ended.
    pub state: IntentState,
    /// When it ended.
    pub ended_at: Option<OffsetDateTime>,
    /// The id of what came of it.
    pub result: Option<String>,
}

pub(super) const COLUMNS: &str = "id, kind, authority, generation, issuer_hash, serial, crl_kind, crl_scope, crl_number, covers_revision, tbs, actor, created_at, state, ended_at, result";

pub(super) fn intent_row(cells: &Cells<'_>) -> Result<IntentRow, RegistryError> {
    Ok(IntentRow {
        id: cells.get("id")?,
        kind: cells.get("kind")?,
        authority: cells.get("authority")?,
        generation: cells.get("generation")?,
        issuer_hash: cells.get("issuer_hash")?,
        serial: cells.get("serial")?,
        crl_kind: cells.get("crl_kind")?,
        crl_scope: cells.get("crl_scope")?,
        crl_number: cells.get("crl_number")?,
        covers_revision: cells.get("covers_revision")?,
        tbs: cells.get("tbs")?,
        actor: cells.get("actor")?,
        created_at: cells.get("created_at")?,
        state: cells.get("state")?,
        ended_at: cells.get("ended_at")?,
        result: cells.get("result")?,
    })
}

impl Read<'_> {
    /// The intent with this id.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn intent(&self, id: IntentId) -> Result<Option<IntentRow>, RegistryError> {
        self.row("intents", &format!("SELECT {COLUMNS} FROM intents WHERE id = ?1"), &[&Bound(&id)], intent_row)
    }

    /// Intents that a crash has left open, oldest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn open_intents(&self) -> Result<Vec<IntentRow>, RegistryError> {
        self.rows("intents", &format!("SELECT {COLUMNS} FROM intents WHERE state = 'open' ORDER BY created_at, id"), &[], intent_row)
    }

    /// Whether a serial was ever reserved or seen under an issuer name.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn serial_is_taken(&self, issuer: &DistinguishedName, serial: &SerialNumber) -> Result<bool, RegistryError> {
        self.serial_of_hash_is_taken(&Fingerprint::of(issuer.as_der()), serial)
    }

    fn serial_of_hash_is_taken(&self, issuer_hash: &Fingerprint, serial: &SerialNumber) -> Result<bool, RegistryError> {
        // Each is one look into an index; "imported" tells which.
        let sql = "SELECT 1 AS taken WHERE EXISTS (SELECT 1 FROM intents WHERE kind = 'certificate' AND issuer_hash = ?1 AND serial = ?2) \
            OR EXISTS (SELECT 1 FROM certificates WHERE imported = 0 AND serial = ?2 AND issuer_hash = ?1) \
            OR EXISTS (SELECT 1 FROM certificates WHERE imported = 1 AND serial = ?2 AND issuer_hash = ?1)";
        Ok(self.row("intents", sql, &[&Bound(issuer_hash), &Bound(serial)], |_| Ok(()))?.is_some())
    }
}

impl Write<'_> {
    /// Reserves the serial or number and keeps the bytes to be signed. To be committed before the key is touched.
    ///
    /// # Errors
    /// `AlreadyPresent` if the serial or number was ever reserved or is on a certificate here.
    pub fn open_intent(&self, intent: &NewIntent) -> Result<(), RegistryError> {
        let NewIntent { id, authority, purpose, tbs, actor, created_at } = intent;
        match purpose {
            IntentPurpose::Certificate { issuer, serial } => {
                let hash = Fingerprint::of(issuer.as_der());
                if self.serial_of_hash_is_taken(&hash, serial)? {
                    return Err(RegistryError::AlreadyPresent { what: "intents.issuer_hash, intents.serial".to_owned() });
                }
                let sql = "INSERT INTO intents (id, kind, authority, issuer_hash, serial, tbs, actor, created_at, state) VALUES (?1, 'certificate', ?2, ?3, ?4, ?5, ?6, ?7, 'open')";
                self.execute(sql, &[&Bound(id), &Bound(authority), &Bound(&hash), &Bound(serial), tbs, &Bound(actor), &Bound(created_at)])?;
            }
            IntentPurpose::Crl { generation, kind, scope, number, covers_revision } => {
                let sql = "INSERT INTO intents (id, kind, authority, generation, crl_kind, crl_scope, crl_number, covers_revision, tbs, actor, created_at, state) \
                    VALUES (?1, 'crl', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'open')";
                let covers = Bound(covers_revision);
                self.execute(
                    sql,
                    &[
                        &Bound(id),
                        &Bound(authority),
                        &Bound(generation),
                        &Bound(kind),
                        scope,
                        &Bound(number),
                        &covers,
                        tbs,
                        &Bound(actor),
                        &Bound(created_at),
                    ],
                )?;
            }
        }
        Ok(())
    }

    /// Ends an intent whose object is recorded in this same transaction, and blanks its bytes.
    ///
    /// # Errors
    /// `Missing` if there is no such open intent.
    pub fn finish_intent(&self, id: IntentId, result: &str, now: OffsetDateTime) -> Result<(), RegistryError> {
        let sql = "UPDATE intents SET state = 'done', result = ?2, tbs = NULL, ended_at = ?3 WHERE id = ?1 AND state = 'open'";
        self.change("intents", &id, sql, &[&Bound(&id), &result, &Bound(&now)])
    }

    /// Ends an intent that came to nothing. Its serial or number stays burnt, its bytes are kept: a signature over them may exist.
    /// A voided CRL's entries are to be planned anew ([`Write::unplan_crl`]).
    ///
    /// # Errors
    /// `Missing` if there is no such open intent.
    pub fn void_intent(&self, id: IntentId, now: OffsetDateTime) -> Result<(), RegistryError> {
        let sql = "UPDATE intents SET state = 'void', ended_at = ?2 WHERE id = ?1 AND state = 'open'";
        self.change("intents", &id, sql, &[&Bound(&id), &Bound(&now)])
    }
}
