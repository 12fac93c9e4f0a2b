//! Profiles and policies of a registry: the built-in ones, own ones made by copying, and what each authority allows.

use pki::Profile;
use pki::policy::{Policy, PolicyDocument};
use pki::profile::{ProfileDocument, ProfileError};
use serde_json::json;

use crate::registry::{AuthorityId, Read, RegistryError};
use crate::session::Session;

/// A profile, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileEntry {
    /// The profile.
    pub profile: Profile,
    /// Whether it is built in, so that it can be copied but not changed.
    pub built_in: bool,
}

/// A profile or policy was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfilesError {
    /// There is no such profile.
    #[error("there is no profile {name}")]
    NotFound {
        /// The name.
        name: String,
    },
    /// It is built in: a copy under another name can be changed.
    #[error("{name} is built in")]
    BuiltIn {
        /// The name.
        name: String,
    },
    /// There is no such authority.
    #[error("there is no authority {id}")]
    AuthorityNotFound {
        /// The id.
        id: AuthorityId,
    },
    /// The document is not sound.
    #[error(transparent)]
    Refused(#[from] ProfileError),
    /// A policy names a profile that does not exist.
    #[error("there is no profile {name}")]
    PolicyNamesNoProfile {
        /// The name.
        name: String,
    },
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// Lists the profiles: the built-in ones, then own ones by name.
    ///
    /// # Errors
    /// [`RegistryError`], also when a stored document is not sound.
    pub fn profiles(&self) -> Result<Vec<ProfileEntry>, RegistryError> {
        let mut entries: Vec<_> = Profile::builtins().into_iter().map(|profile| ProfileEntry { profile, built_in: true }).collect();
        let own = self
            .registry()
            .read(|tx| tx.profiles()?.iter().map(|row| stored(&row.name, &row.document, row.version)).collect::<Result<Vec<_>, _>>())?;
        entries.extend(own.into_iter().map(|profile| ProfileEntry { profile, built_in: false }));
        Ok(entries)
    }

    /// Finds a profile by name.
    ///
    /// # Errors
    /// [`ProfilesError::NotFound`], or [`RegistryError`].
    pub fn profile(&self, name: &str) -> Result<ProfileEntry, ProfilesError> {
        if let Some(profile) = Profile::builtin(name) {
            return Ok(ProfileEntry { profile, built_in: true });
        }
        let own = self.registry().read(|tx| own(tx, name))?;
        let profile = own.ok_or_else(|| ProfilesError::NotFound { name: name.to_owned() })?;
        Ok(ProfileEntry { profile, built_in: false })
    }

    /// Puts a profile into force, as a new version where one of that name exists. A document that says what is in force already changes nothing.
    ///
    /// # Errors
    /// [`ProfilesError`]
    pub fn set_profile(&self, document: &ProfileDocument) -> Result<Profile, ProfilesError> {
        // Found unsound before anything else is said.
        Profile::check(document, 1)?;
        let name = &document.name;
        if Profile::builtin(name).is_some() {
            return Err(ProfilesError::BuiltIn { name: name.clone() });
        }
        let now = self.now();
        let version = self.change(|tx| {
            if let Some(present) = own(tx, name)?.filter(|present| present.document() == *document) {
                return Ok(present.version());
            }
            let version = tx.insert_profile(name, &json!(document), false, now)?;
            tx.append_audit(&self.event("profile.set", name, json!({ "version": version, "document": document })))?;
            Ok::<_, RegistryError>(version)
        })?;
        Ok(Profile::check(document, version)?)
    }

    /// Takes an own profile out of use. Certificates issued under it keep its name and version; setting it again brings it back.
    ///
    /// # Errors
    /// [`ProfilesError`]
    pub fn remove_profile(&self, name: &str) -> Result<(), ProfilesError> {
        if Profile::builtin(name).is_some() {
            return Err(ProfilesError::BuiltIn { name: name.to_owned() });
        }
        let now = self.now();
        self.change(|tx| {
            let present = own(tx, name)?.ok_or_else(|| ProfilesError::NotFound { name: name.to_owned() })?;
            let version = tx.insert_profile(name, &json!(present.document()), true, now)?;
            tx.append_audit(&self.event("profile.removed", name, json!({ "version": version })))?;
            Ok(())
        })
    }

    /// Puts a profile that is out of use back into force, as it was.
    ///
    /// # Errors
    /// [`ProfilesError::NotFound`] when no profile of this name is out of use, or [`RegistryError`].
    pub fn bring_back_profile(&self, name: &str) -> Result<Profile, ProfilesError> {
        let gone = || ProfilesError::NotFound { name: name.to_owned() };
        let row = self.registry().read(|tx| tx.profile(name, None))?.filter(|row| row.removed).ok_or_else(gone)?;
        self.set_profile(&stored(&row.name, &row.document, row.version)?.document())
    }

    /// The policy in force for an authority; nothing: it allows everything.
    ///
    /// # Errors
    /// [`ProfilesError::AuthorityNotFound`], or [`RegistryError`].
    pub fn policy(&self, authority: AuthorityId) -> Result<Option<Policy>, ProfilesError> {
        self.registry().read(|tx| {
            tx.authority(authority)?.ok_or(ProfilesError::AuthorityNotFound { id: authority })?;
            Ok(policy_in_force(tx, authority)?)
        })
    }

    /// Puts a policy into force for an authority, as a new version. One that says what is in force already changes nothing.
    ///
    /// # Errors
    /// [`ProfilesError`]
    pub fn set_policy(&self, authority: AuthorityId, document: &PolicyDocument) -> Result<Policy, ProfilesError> {
        Policy::check(document, 1)?;
        let now = self.now();
        let version = self.change(|tx| {
            let row = tx.authority(authority)?.ok_or(ProfilesError::AuthorityNotFound { id: authority })?;
            for name in &document.profiles {
                if Profile::builtin(name).is_none() && own(tx, name)?.is_none() {
                    return Err(ProfilesError::PolicyNamesNoProfile { name: name.clone() });
                }
            }
            if let Some(present) = policy_in_force(tx, authority)?.filter(|present| present.document() == document) {
                return Ok(present.version());
            }
            let version = tx.insert_policy(authority, &json!(document), now)?;
            let detail = json!({ "authority": row.name, "version": version, "document": document });
            tx.append_audit(&self.event("policy.set", &authority.to_string(), detail))?;
            Ok(version)
        })?;
        Ok(Policy::check(document, version)?)
    }
}

/// The policy in force for an authority.
pub(crate) fn policy_in_force(tx: &Read<'_>, authority: AuthorityId) -> Result<Option<Policy>, RegistryError> {
    let Some(row) = tx.policy(authority, None)? else { return Ok(None) };
    let unsound = |problem: String| RegistryError::Cell {
        table: "policies",
        column: "document",
        row: format!("{authority} version {}", row.version),
        problem,
    };
    let document: PolicyDocument = serde_json::from_value(row.document).map_err(|error| unsound(error.to_string()))?;
    Policy::check(&document, row.version).map(Some).map_err(|error| unsound(error.to_string()))
}

/// An own profile that is in force.
fn own(tx: &Read<'_>, name: &str) -> Result<Option<Profile>, RegistryError> {
    let Some(row) = tx.profile(name, None)?.filter(|row| !row.removed) else { return Ok(None) };
    stored(&row.name, &row.document, row.version).map(Some)
}

fn stored(name: &str, document: &serde_json::Value, version: u32) -> Result<Profile, RegistryError> {
    let unsound =
        |problem: String| RegistryError::Cell { table: "profiles", column: "document", row: format!("{name} version {version}"), problem };
    let document: ProfileDocument = serde_json::from_value(document.clone()).map_err(|error| unsound(error.to_string()))?;
    Profile::check(&document, version).map_err(|error| unsound(error.to_string()))
}
