//! Authorities and their key generations.

use pki::{CrlNumber, DistinguishedName};
use time::OffsetDateTime;

use super::cell::{Bound, Cells, words};
use super::ids::{AuthorityId, GenerationId, KeyRowId};
use super::{Read, RegistryError, Write};

words! {
    /// How an authority came to be.
    pub enum AuthorityKind {
        /// Made here, signed by itself.
        Root = "root",
        /// Made here, signed by another.
        Intermediate = "intermediate",
        /// Taken in from elsewhere.
        Imported = "imported",
    }
}

/// An issuer name with its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityRow {
    /// Its id.
    pub id: AuthorityId,
    /// Its display name, unique in the registry.
    pub name: String,
    /// The authority that issued its certificate, if that is one of ours.
    pub parent: Option<AuthorityId>,
    /// How it came to be.
    pub kind: AuthorityKind,
    /// Whether it has stopped issuing.
    pub retired: bool,
    /// Its subject, byte for byte: the issuer field of all it issues.
    pub issuer_name: DistinguishedName,
    /// Where its CRL is found; written into what it issues.
    pub crl_urls: Vec<String>,
    /// Where its certificate is found.
    pub issuer_urls: Vec<String>,
    /// Where it answers OCSP.
    pub ocsp_urls: Vec<String>,
    /// Days from one CRL's thisUpdate to its nextUpdate, 1 to 36,500.
    pub crl_days: u32,
    /// Whether it also issues delta CRLs.
    pub delta: bool,
    /// Number of CRL partitions; 0 for none.
    pub partitions: u32,
    /// Whether authorities' certificates and all others have lists of their own.
    pub split: bool,
    /// When it was recorded.
    pub created_at: OffsetDateTime,
}

/// A key generation to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGeneration {
    /// Its id.
    pub id: GenerationId,
    /// The authority it belongs to.
    pub authority: AuthorityId,
    /// 1 for the first.
    pub number: u32,
    /// Its key.
    pub key: KeyRowId,
    /// Whether new certificates are signed by it. Recording a current one ends the currency of the one before.
    pub current: bool,
    /// When it was recorded.
    pub created_at: OffsetDateTime,
}

/// A recorded key generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationRow {
    /// What was recorded; `current` is as of now.
    pub generation: NewGeneration,
    /// CRL numbers start above this: the highest number known to be published elsewhere.
    pub crl_floor: Option<CrlNumber>,
    /// Counts the changes that a CRL must show.
    pub revision: u64,
    /// Since when the newest CRL lacks a change.
    pub stale_since: Option<OffsetDateTime>,
}

pub(super) const AUTHORITY: &str =
    "id, name, parent, kind, retired, issuer_name, crl_urls, issuer_urls, ocsp_urls, crl_days, delta, partitions, split, created_at";
pub(super) const GENERATION: &str = "id, authority, number, key, current, crl_floor, revision, stale_since, created_at";

pub(super) fn authority_row(cells: &Cells<'_>) -> Result<AuthorityRow, RegistryError> {
    Ok(AuthorityRow {
        id: cells.get("id")?,
        name: cells.get("name")?,
        parent: cells.get("parent")?,
        kind: cells.get("kind")?,
        retired: cells.get("retired")?,
        issuer_name: cells.get("issuer_name")?,
        crl_urls: cells.get("crl_urls")?,
        issuer_urls: cells.get("issuer_urls")?,
        ocsp_urls: cells.get("ocsp_urls")?,
        crl_days: cells.get("crl_days")?,
        delta: cells.get("delta")?,
        partitions: cells.get("partitions")?,
        split: cells.get("split")?,
        created_at: cells.get("created_at")?,
    })
}

pub(super) fn generation_row(cells: &Cells<'_>) -> Result<GenerationRow, RegistryError> {
    Ok(GenerationRow {
        generation: NewGeneration {
            id: cells.get("id")?,
            authority: cells.get("authority")?,
            number: cells.get("number")?,
            key: cells.get("key")?,
            current: cells.get("current")?,
            created_at: cells.get("created_at")?,
        },
        crl_floor: cells.get("crl_floor")?,
        revision: cells.get("revision")?,
        stale_since: cells.get("stale_since")?,
    })
}

impl Read<'_> {
    /// The authority with this id.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn authority(&self, id: AuthorityId) -> Result<Option<AuthorityRow>, RegistryError> {
        self.row("authorities", &format!("SELECT {AUTHORITY} FROM authorities WHERE id = ?1"), &[&Bound(&id)], authority_row)
    }

    /// The authority with this display name.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn authority_named(&self, name: &str) -> Result<Option<AuthorityRow>, RegistryError> {
        self.row("authorities", &format!("SELECT {AUTHORITY} FROM authorities WHERE name = ?1"), &[&name], authority_row)
    }

    /// The authorities with this issuer name, byte for byte, oldest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn authorities_with_issuer_name(&self, name: &DistinguishedName) -> Result<Vec<AuthorityRow>, RegistryError> {
        self.rows(
            "authorities",
            &format!("SELECT {AUTHORITY} FROM authorities WHERE issuer_name = ?1 ORDER BY id"),
            &[&Bound(name)],
            authority_row,
        )
    }

    /// All authorities, oldest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn authorities(&self) -> Result<Vec<AuthorityRow>, RegistryError> {
        self.rows("authorities", &format!("SELECT {AUTHORITY} FROM authorities ORDER BY id"), &[], authority_row)
    }

    /// The generation with this id.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn generation(&self, id: GenerationId) -> Result<Option<GenerationRow>, RegistryError> {
        self.row("generations", &format!("SELECT {GENERATION} FROM generations WHERE id = ?1"), &[&Bound(&id)], generation_row)
    }

    /// The generation that this key signs for.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn generation_of_key(&self, key: KeyRowId) -> Result<Option<GenerationRow>, RegistryError> {
        self.row("generations", &format!("SELECT {GENERATION} FROM generations WHERE key = ?1"), &[&Bound(&key)], generation_row)
    }

    /// The generations of an authority, first to last.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn generations(&self, authority: AuthorityId) -> Result<Vec<GenerationRow>, RegistryError> {
        self.rows(
            "generations",
            &format!("SELECT {GENERATION} FROM generations WHERE authority = ?1 ORDER BY number"),
            &[&Bound(&authority)],
            generation_row,
        )
    }

    /// The generation that signs new certificates of an authority.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn current_generation(&self, authority: AuthorityId) -> Result<Option<GenerationRow>, RegistryError> {
        self.row(
            "generations",
            &format!("SELECT {GENERATION} FROM generations WHERE authority = ?1 AND current = 1"),
            &[&Bound(&authority)],
            generation_row,
        )
    }
}

impl Write<'_> {
    /// Records an authority.
    ///
    /// # Errors
    /// `AlreadyPresent` if its display name is taken.
    pub fn insert_authority(&self, row: &AuthorityRow) -> Result<(), RegistryError> {
        let sql = format!("INSERT INTO authorities ({AUTHORITY}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
        self.execute(
            &sql,
            &[
                &Bound(&row.id),
                &row.name,
                &Bound(&row.parent),
                &Bound(&row.kind),
                &row.retired,
                &Bound(&row.issuer_name),
                &Bound(&row.crl_urls),
                &Bound(&row.issuer_urls),
                &Bound(&row.ocsp_urls),
                &row.crl_days,
                &row.delta,
                &row.partitions,
                &row.split,
                &Bound(&row.created_at),
            ],
        )?;
        Ok(())
    }

    /// Replaces what may change of an authority: name, parent, retired, addresses, CRL settings. Issuer name and kind stay.
    ///
    /// # Errors
    /// `Missing`, or `AlreadyPresent` if the new name is taken.
    pub fn update_authority(&self, row: &AuthorityRow) -> Result<(), RegistryError> {
        let sql = "UPDATE authorities SET name = ?2, parent = ?3, retired = ?4, crl_urls = ?5, issuer_urls = ?6, ocsp_urls = ?7, crl_days = ?8, delta = ?9, partitions = ?10, split = ?11 WHERE id = ?1";
        self.change(
            "authorities",
            &row.id,
            sql,
            &[
                &Bound(&row.id),
                &row.name,
                &Bound(&row.parent),
                &row.retired,
                &Bound(&row.crl_urls),
                &Bound(&row.issuer_urls),
                &Bound(&row.ocsp_urls),
                &row.crl_days,
                &row.delta,
                &row.partitions,
                &row.split,
            ],
        )
    }

    /// Records a key generation; if it is current, the one before no longer is.
    ///
    /// # Errors
    /// `AlreadyPresent` if its key or number is taken.
    pub fn insert_generation(&self, row: &NewGeneration) -> Result<(), RegistryError> {
        if row.current {
            self.execute("UPDATE generations SET current = 0 WHERE authority = ?1 AND current = 1", &[&Bound(&row.authority)])?;
        }
        let sql = "INSERT INTO generations (id, authority, number, key, current, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.execute(
            sql,
            &[&Bound(&row.id), &Bound(&row.authority), &row.number, &Bound(&row.key), &row.current, &Bound(&row.created_at)],
        )?;
        Ok(())
    }

    /// Lets a generation that is recorded sign new certificates; the one that did no longer does.
    ///
    /// # Errors
    /// `Missing` if there is no such generation.
    pub fn set_current_generation(&self, authority: AuthorityId, generation: GenerationId) -> Result<(), RegistryError> {
        self.execute("UPDATE generations SET current = 0 WHERE authority = ?1 AND current = 1", &[&Bound(&authority)])?;
        let sql = "UPDATE generations SET current = 1 WHERE id = ?1 AND authority = ?2";
        self.change("generations", &generation, sql, &[&Bound(&generation), &Bound(&authority)])
    }

    /// Takes over the subject of an authority's first certificate, byte for byte: it asked for this name, and has signed nothing under it yet.
    ///
    /// # Errors
    /// `Missing` if there is no such authority, or one of its keys signs already.
    pub fn adopt_issuer_name(&self, authority: AuthorityId, name: &DistinguishedName) -> Result<(), RegistryError> {
        let sql = "UPDATE authorities SET issuer_name = ?2 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM generations WHERE authority = ?1 AND current = 1)";
        self.change("authorities", &authority, sql, &[&Bound(&authority), &Bound(name)])
    }

    /// Raises the number above which this generation's CRLs are numbered; a lower one changes nothing.
    ///
    /// # Errors
    /// `Missing` if there is no such generation.
    pub fn raise_crl_floor(&self, generation: GenerationId, floor: &CrlNumber) -> Result<(), RegistryError> {
        let sql = "UPDATE generations SET crl_floor = max(coalesce(crl_floor, ?2), ?2) WHERE id = ?1";
        self.change("generations", &generation, sql, &[&Bound(&generation), &Bound(floor)])
    }

    /// Records that the newest CRL of this generation lacks something from now on.
    ///
    /// # Errors
    /// `Missing` if there is no such generation.
    pub fn mark_crl_stale(&self, generation: GenerationId, at: OffsetDateTime) -> Result<(), RegistryError> {
        let sql = "UPDATE generations SET revision = revision + 1, stale_since = coalesce(stale_since, ?2) WHERE id = ?1";
        self.change("generations", &generation, sql, &[&Bound(&generation), &Bound(&at)])
    }
}
