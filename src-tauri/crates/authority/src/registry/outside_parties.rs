//! The world beyond, as rows: trust sources, publishing targets, people to notify.

use time::OffsetDateTime;

use super::cell::{Bound, Cells, words};
use super::ids::OutsidePartyId;
use super::{Read, RegistryError, Write};

words! {
    /// What an outside party is to us.
    pub enum OutsidePartyKind {
        /// Where certificates or CRLs to trust come from.
        Source = "source",
        /// Where CRLs and certificates are published.
        Target = "target",
        /// Who is told.
        Notify = "notify",
    }
}

/// An outside party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsidePartyRow {
    /// Its id.
    pub id: OutsidePartyId,
    /// What it is to us.
    pub kind: OutsidePartyKind,
    /// Its name, unique within its kind.
    pub name: String,
    /// How to reach it, and what was last seen of it (JSON; never credentials).
    pub document: serde_json::Value,
    /// When it was recorded.
    pub created_at: OffsetDateTime,
}

pub(super) const COLUMNS: &str = "id, kind, name, document, created_at";

pub(super) fn party_row(cells: &Cells<'_>) -> Result<OutsidePartyRow, RegistryError> {
    Ok(OutsidePartyRow {
        id: cells.get("id")?,
        kind: cells.get("kind")?,
        name: cells.get("name")?,
        document: cells.get("document")?,
        created_at: cells.get("created_at")?,
    })
}

impl Read<'_> {
    /// The outside parties of a kind, by name.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn outside_parties(&self, kind: OutsidePartyKind) -> Result<Vec<OutsidePartyRow>, RegistryError> {
        self.rows(
            "outside_parties",
            &format!("SELECT {COLUMNS} FROM outside_parties WHERE kind = ?1 ORDER BY name"),
            &[&Bound(&kind)],
            party_row,
        )
    }

    /// The outside party of a kind with this name.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn outside_party(&self, kind: OutsidePartyKind, name: &str) -> Result<Option<OutsidePartyRow>, RegistryError> {
        self.row(
            "outside_parties",
            &format!("SELECT {COLUMNS} FROM outside_parties WHERE kind = ?1 AND name = ?2"),
            &[&Bound(&kind), &name],
            party_row,
        )
    }
}

impl Write<'_> {
    /// Records an outside party.
    ///
    /// # Errors
    /// `AlreadyPresent` if its name is taken.
    pub fn insert_outside_party(&self, party: &OutsidePartyRow) -> Result<(), RegistryError> {
        let sql = format!("INSERT INTO outside_parties ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5)");
        self.execute(&sql, &[&Bound(&party.id), &Bound(&party.kind), &party.name, &Bound(&party.document), &Bound(&party.created_at)])?;
        Ok(())
    }

    /// Replaces what is known of an outside party.
    ///
    /// # Errors
    /// `Missing` if there is none such.
    pub fn set_outside_party_document(&self, id: OutsidePartyId, document: &serde_json::Value) -> Result<(), RegistryError> {
        self.change("outside_parties", &id, "UPDATE outside_parties SET document = ?2 WHERE id = ?1", &[&Bound(&id), &Bound(document)])
    }

    /// Forgets an outside party.
    ///
    /// # Errors
    /// `Missing` if there is none such.
    pub fn remove_outside_party(&self, id: OutsidePartyId) -> Result<(), RegistryError> {
        self.change("outside_parties", &id, "DELETE FROM outside_parties WHERE id = ?1", &[&Bound(&id)])
    }
}
