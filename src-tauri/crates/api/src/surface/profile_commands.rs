//! Profiles and policies: list, show, check, set, remove.

use authority::pki::policy::{self, PolicyDocument};
use authority::pki::profile::{ProfileDocument as Document, ProfileError};
use authority::pki::{Policy, Profile};
use authority::profiles::{ProfileEntry, ProfilesError};
use authority::registry::AuthorityRow;

use super::{Surface, certificate_view, named};
use crate::request::{AuthorityNamed, Nothing, PolicySet, ProfileNamed, ProfileSet};
use crate::view::{
    AuthorityRef, Done, PolicyRules, PolicyView, ProfileChecked, ProfileDetail, ProfileDocument, ProfileList, ProfileProblem, ProfileView,
};
use crate::{ApiError, ErrorCode, words};

impl Surface {
    /// Lists the profiles, built-in ones first. Without an open registry, those alone.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn profile_list(&self, _: Nothing) -> Result<ProfileList, ApiError> {
        let entries = match self.current() {
            Some(session) => session.profiles()?,
            None => Profile::builtins().into_iter().map(|profile| ProfileEntry { profile, built_in: true }).collect(),
        };
        Ok(ProfileList { items: entries.iter().map(in_short).collect() })
    }

    /// Shows everything that a profile says.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn profile_show(&self, request: ProfileNamed) -> Result<ProfileDetail, ApiError> {
        let entry = match self.current() {
            Some(session) => session.profile(&request.profile)?,
            None => {
                let profile = Profile::builtin(&request.profile);
                let profile = profile.ok_or_else(|| ApiError::new(ErrorCode::ProfileNotFound).with("profile", &request.profile))?;
                ProfileEntry { profile, built_in: true }
            }
        };
        detail(&entry)
    }

    /// Tells what is wrong with a profile that is being written; nothing is changed.
    ///
    /// # Errors
    /// When neither document nor text is given, or both.
    pub fn profile_check(&self, request: ProfileSet) -> Result<ProfileChecked, ApiError> {
        match checked(request)? {
            Ok(profile) => {
                let entry = ProfileEntry { profile, built_in: false };
                let ProfileDetail { document, text, .. } = detail(&entry)?;
                Ok(ProfileChecked { problems: vec![], text: Some(text), document: Some(document) })
            }
            Err((error, document)) => {
                let document = document.as_ref().map(crossing).transpose()?;
                Ok(ProfileChecked { problems: problems(&error), text: None, document })
            }
        }
    }

    pub(super) fn try_profile_set(&self, request: ProfileSet) -> Result<ProfileDetail, ApiError> {
        let session = self.session()?;
        let profile = checked(request)?.map_err(|(error, _)| unsound(&error))?;
        let profile = session.set_profile(&profile.document())?;
        detail(&ProfileEntry { profile, built_in: false })
    }

    pub(super) fn try_profile_remove(&self, request: ProfileNamed) -> Result<Done, ApiError> {
        self.session()?.remove_profile(&request.profile)?;
        Ok(Done {})
    }

    /// Shows what an authority allows.
    ///
    /// # Errors
    /// When there is no such authority.
    pub fn policy_show(&self, request: AuthorityNamed) -> Result<PolicyView, ApiError> {
        let session = self.session()?;
        let row = session.registry().read(|tx| named::authority(tx, &request.authority))?;
        Ok(policy_view(&row, session.policy(row.id)?.as_ref()))
    }

    pub(super) fn try_policy_set(&self, request: PolicySet) -> Result<PolicyView, ApiError> {
        let session = self.session()?;
        let row = session.registry().read(|tx| named::authority(tx, &request.authority))?;
        let PolicyRules { profiles, keys, longest_days, names } = request.rules;
        let document = PolicyDocument { format: policy::FORMAT, profiles, keys, longest_days, names };
        let policy = session.set_policy(row.id, &document)?;
        Ok(policy_view(&row, Some(&policy)))
    }
}

/// A profile that was read and checked, or what is wrong with it and what could be read.
type Checked = Result<Profile, (ProfileError, Option<Document>)>;

fn checked(request: ProfileSet) -> Result<Checked, ApiError> {
    let bad_usage = |problem: &str| ApiError::new(ErrorCode::BadUsage).with("problem", problem);
    match (request.document, request.text) {
        (Some(document), None) => {
            let value = serde_json::to_value(document).map_err(|error| ApiError::new(ErrorCode::Internal).because(error))?;
            let document: Document = serde_json::from_value(value).map_err(|error| bad_usage(&error.to_string()))?;
            Ok(Profile::check(&document, 1).map_err(|error| (error, Some(document))))
        }
        (None, Some(text)) => Ok(Profile::from_toml(&text, 1).map_err(|error| (error, None))),
        _ => Err(bad_usage("a profile is given as a document or as text")),
    }
}

fn in_short(entry: &ProfileEntry) -> ProfileView {
    let ProfileEntry { profile, built_in } = entry;
    ProfileView {
        name: profile.name().to_owned(),
        version: profile.version(),
        description: profile.description().to_owned(),
        built_in: *built_in,
        authority: profile.is_authority(),
        self_signed: profile.is_self_signed(),
        default_days: profile.lifetime().default_days(),
        longest_days: profile.lifetime().longest_days(),
        default_key: profile.keys().default().as_str().to_owned(),
        keys: profile.keys().allowed().iter().map(|spec| spec.as_str().to_owned()).collect(),
        keeps_key: profile.keys().kept(),
        name_kinds: profile.names().kinds().iter().map(|kind| (*kind).to_owned()).collect(),
        name_required: profile.names().at_least_one(),
        subject_from_name: profile.subject().from_first_name(),
        key_usages: profile.extensions().key_usages().iter().map(|usage| usage.as_str().to_owned()).collect(),
        extended_key_usages: certificate_view::usage_names(
            profile.extensions().extended_key_usages().iter().map(|usage| usage.oid().to_owned()).collect(),
        ),
    }
}

fn detail(entry: &ProfileEntry) -> Result<ProfileDetail, ApiError> {
    let text = entry.profile.to_toml().map_err(|error| ApiError::new(ErrorCode::Internal).because(error))?;
    Ok(ProfileDetail { profile: in_short(entry), document: crossing(&entry.profile.document())?, text })
}

fn crossing(document: &Document) -> Result<ProfileDocument, ApiError> {
    let internal = |error: serde_json::Error| ApiError::new(ErrorCode::Internal).because(error);
    serde_json::from_value(serde_json::to_value(document).map_err(internal)?).map_err(internal)
}

fn problems(error: &ProfileError) -> Vec<ProfileProblem> {
    match error {
        ProfileError::Syntax { line, problem } => vec![ProfileProblem {
            field: format!("line {line}"),
            code: "syntax".to_owned(),
            message: words::profile_problem("syntax", problem),
            given: problem.clone(),
        }],
        ProfileError::Refused(problems) => problems
            .iter()
            .map(|problem| ProfileProblem {
                field: problem.field.clone(),
                code: problem.kind.as_str().to_owned(),
                message: words::profile_problem(problem.kind.as_str(), &problem.given),
                given: problem.given.clone(),
            })
            .collect(),
    }
}

fn unsound(error: &ProfileError) -> ApiError {
    let all: Vec<_> = problems(error).into_iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect();
    ApiError::new(ErrorCode::ProfileUnsound).with("problems", all.join(" ")).because(error)
}

fn policy_view(row: &AuthorityRow, policy: Option<&Policy>) -> PolicyView {
    let document = policy.map(Policy::document).cloned().unwrap_or_default();
    PolicyView {
        authority: AuthorityRef { id: row.id.to_string(), name: row.name.clone() },
        version: policy.map(Policy::version),
        rules: PolicyRules { profiles: document.profiles, keys: document.keys, longest_days: document.longest_days, names: document.names },
    }
}

impl From<ProfilesError> for ApiError {
    fn from(error: ProfilesError) -> Self {
        match error {
            ProfilesError::NotFound { name } | ProfilesError::PolicyNamesNoProfile { name } => {
                Self::new(ErrorCode::ProfileNotFound).with("profile", name)
            }
            ProfilesError::BuiltIn { name } => Self::new(ErrorCode::ProfileBuiltIn).with("profile", name),
            ProfilesError::AuthorityNotFound { id } => Self::new(ErrorCode::AuthorityNotFound).with("authority", id),
            ProfilesError::Refused(inner) => unsound(&inner),
            ProfilesError::Registry(inner) => inner.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn a_profile_crosses_unchanged() {
        for profile in Profile::builtins() {
            let document = profile.document();
            let there = serde_json::to_value(crossing(&document).unwrap()).unwrap();
            let back: Document = serde_json::from_value(there).unwrap();
            assert_eq!(back, document, "{}", profile.name());
        }
    }

    #[test]
    fn every_field_crosses() {
        // Every list filled, so that a field that one side lacks is refused by the other.
        let mut full = Profile::tls_server().document();
        full.extensions.require_explicit_policy = Some(1);
        full.extensions.inhibit_policy_mapping = Some(2);
        full.extensions.inhibit_any_policy = Some(3);
        full.names.at_most = Some(9);
        full.validity.longest_days = None;
        let crossed = serde_json::to_value(crossing(&full).unwrap()).unwrap();
        assert_eq!(serde_json::from_value::<Document>(crossed).unwrap(), full);
    }
}
