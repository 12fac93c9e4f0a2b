//! Subject, alternative names and name constraints (RFC 5280 4.1.2.6, 4.2.1.6, 4.2.1.10).

use super::{Fields, Judged};
use crate::alt_name::GeneralName;
use crate::constraints::GeneralSubtree;
use crate::oid;
use std::collections::HashSet;

pub(super) fn authority_without_subject(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.is_authority() && judged.certificate.subject().is_empty(), Vec::new)
}

pub(super) fn subject_empty_without_critical_names(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.subject().is_empty() && judged.is_critical(oid::SUBJECT_ALT_NAME) != Some(true), Vec::new)
}

pub(super) fn names_critical_beside_subject(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(!judged.certificate.subject().is_empty() && judged.is_critical(oid::SUBJECT_ALT_NAME) == Some(true), Vec::new)
}

pub(super) fn names_empty(judged: &Judged<'_>) -> Option<Fields> {
    let extension = judged.certificate.extension(oid::SUBJECT_ALT_NAME)?;
    Judged::broken(GeneralName::list_from_der(&extension.der).is_ok_and(|names| names.is_empty()), Vec::new)
}

fn first(judged: &Judged<'_>, wrong: impl FnMut(&&GeneralName) -> bool) -> Option<Fields> {
    judged.certificate.names().iter().find(wrong).map(|name| vec![("name", name.to_string())])
}

pub(super) fn name_unreadable(judged: &Judged<'_>) -> Option<Fields> {
    first(judged, |name| matches!(name, GeneralName::Unreadable { .. }))
}

pub(super) fn name_repeated(judged: &Judged<'_>) -> Option<Fields> {
    let mut seen = HashSet::new();
    first(judged, |name| !seen.insert((*name).clone()))
}

/// The "preferred name syntax"; upper case is allowed, international names are A-labels.
pub(super) fn host_name_wrong(judged: &Judged<'_>) -> Option<Fields> {
    first(judged, |name| match name {
        GeneralName::Dns(host) => {
            let written = GeneralName::parse(&format!("dns:{host}"));
            !matches!(written, Ok(GeneralName::Dns(written)) if written.eq_ignore_ascii_case(host))
        }
        _ => false,
    })
}

/// `*.test`: below a whole top-level domain.
pub(super) fn wildcard_too_broad(judged: &Judged<'_>) -> Option<Fields> {
    first(judged, |name| matches!(name, GeneralName::Dns(host) if host.strip_prefix("*.").is_some_and(|domain| !domain.contains('.'))))
}

pub(super) fn server_without_names(judged: &Judged<'_>) -> Option<Fields> {
    let named =
        judged.certificate.names().iter().any(|name| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_) | GeneralName::Uri(_)));
    Judged::broken(judged.is_server() && !judged.certificate.is_authority() && !named, Vec::new)
}

pub(super) fn common_name_not_among_names(judged: &Judged<'_>) -> Option<Fields> {
    if !judged.is_server() || judged.certificate.is_authority() || judged.certificate.names().is_empty() {
        return None;
    }
    let common_name = judged.certificate.subject().common_name()?;
    let among = judged.certificate.names().iter().any(|name| name.value().eq_ignore_ascii_case(&common_name));
    Judged::broken(!among, || vec![("common_name", common_name)])
}

pub(super) fn name_constraints_in_leaf(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(!judged.certificate.is_authority() && judged.is_critical(oid::NAME_CONSTRAINTS).is_some(), Vec::new)
}

pub(super) fn name_constraints_not_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical(oid::NAME_CONSTRAINTS) == Some(false), Vec::new)
}

pub(super) fn name_constraints_empty(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.name_constraints().is_some_and(|constraints| constraints.is_empty()), Vec::new)
}

/// A host constraint holds what is below it anyway; a leading dot is common, and not in RFC 5280.
pub(super) fn constraint_with_leading_dot(judged: &Judged<'_>) -> Option<Fields> {
    let constraints = judged.certificate.name_constraints()?;
    let mut all = constraints.permitted.iter().chain(&constraints.excluded);
    let dotted = all.find(|subtree| matches!(subtree, GeneralSubtree::Dns(host) if host.starts_with('.')))?;
    Some(vec![("constraint", dotted.to_string())])
}
