//! Policies and profiles: versioned documents. Each certificate records the versions it was issued under, so none is ever changed.

use time::OffsetDateTime;

use super::cell::{Bound, Cells};
use super::ids::AuthorityId;
use super::{Read, RegistryError, Write};

/// A version of what an authority allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    /// The authority.
    pub authority: AuthorityId,
    /// 1 for the first.
    pub version: u32,
    /// The policy (JSON).
    pub document: serde_json::Value,
    /// When it came into force.
    pub created_at: OffsetDateTime,
}

/// A version of what a kind of certificate contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRow {
    /// Its name.
    pub name: String,
    /// 1 for the first.
    pub version: u32,
    /// The profile (JSON).
    pub document: serde_json::Value,
    /// Whether the profile is gone since this version.
    pub removed: bool,
    /// When it came into force.
    pub created_at: OffsetDateTime,
}

pub(super) fn policy_row(cells: &Cells<'_>) -> Result<PolicyRow, RegistryError> {
    Ok(PolicyRow {
        authority: cells.get("authority")?,
        version: cells.get("version")?,
        document: cells.get("document")?,
        created_at: cells.get("created_at")?,
    })
}

pub(super) fn profile_row(cells: &Cells<'_>) -> Result<ProfileRow, RegistryError> {
    Ok(ProfileRow {
        name: cells.get("name")?,
        version: cells.get("version")?,
        document: cells.get("document")?,
        removed: cells.get("removed")?,
        created_at: cells.get("created_at")?,
    })
}

impl Read<'_> {
    /// The policy of an authority: a version of it, or the newest.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn policy(&self, authority: AuthorityId, version: Option<u32>) -> Result<Option<PolicyRow>, RegistryError> {
        let sql = "SELECT authority, version, document, created_at FROM policies WHERE authority = ?1 AND (?2 IS NULL OR version = ?2) ORDER BY version DESC LIMIT 1";
        self.row("policies", sql, &[&Bound(&authority), &version], policy_row)
    }

    /// A profile: a version of it, or the newest (which may say that it is removed).
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn profile(&self, name: &str, version: Option<u32>) -> Result<Option<ProfileRow>, RegistryError> {
        let sql = "SELECT name, version, document, removed, created_at FROM profiles WHERE name = ?1 AND (?2 IS NULL OR version = ?2) ORDER BY version DESC LIMIT 1";
        self.row("profiles", sql, &[&name, &version], profile_row)
    }

    /// The newest version of every profile that is not removed, by name.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn profiles(&self) -> Result<Vec<ProfileRow>, RegistryError> {
        let sql = "SELECT name, version, document, removed, created_at FROM profiles p \
            WHERE version = (SELECT max(version) FROM profiles newest WHERE newest.name = p.name) AND removed = 0 ORDER BY name";
        self.rows("profiles", sql, &[], profile_row)
    }
}

impl Read<'_> {
    /// The newest version of every profile that is removed, by name.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn removed_profiles(&self) -> Result<Vec<ProfileRow>, RegistryError> {
        let sql = "SELECT name, version, document, removed, created_at FROM profiles p \
            WHERE version = (SELECT max(version) FROM profiles newest WHERE newest.name = p.name) AND removed = 1 ORDER BY name";
        self.rows("profiles", sql, &[], profile_row)
    }
}

impl Write<'_> {
    /// Puts a new policy of an authority into force and returns its version.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn insert_policy(&self, authority: AuthorityId, document: &serde_json::Value, now: OffsetDateTime) -> Result<u32, RegistryError> {
        let version = self.policy(authority, None)?.map_or(1, |row| row.version + 1);
        let sql = "INSERT INTO policies (authority, version, document, created_at) VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, &[&Bound(&authority), &version, &Bound(document), &Bound(&now)])?;
        Ok(version)
    }

    /// Puts a new version of a profile into force, or its removal, and returns the version.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn insert_profile(
        &self,
        name: &str,
        document: &serde_json::Value,
        removed: bool,
        now: OffsetDateTime,
    ) -> Result<u32, RegistryError> {
        let version = self.profile(name, None)?.map_or(1, |row| row.version + 1);
        let sql = "INSERT INTO profiles (name, version, document, removed, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.execute(sql, &[&name, &version, &Bound(document), &removed, &Bound(&now)])?;
        Ok(version)
    }
}
