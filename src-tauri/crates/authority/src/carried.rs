//! What a new certificate of an authority keeps of the one before it, so that nothing that bound the authority falls away unseen.

use pki::{Certificate, Extension, NameConstraints, oid};

/// What constrains an authority beside its path length and names (RFC 5280 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.12, 4.2.1.14).
const CONSTRAINING: [&str; 5] =
    [oid::CERTIFICATE_POLICIES, oid::POLICY_MAPPINGS, oid::POLICY_CONSTRAINTS, oid::EXTENDED_KEY_USAGE, oid::INHIBIT_ANY_POLICY];

/// The constraining extensions that may be written as they are; one that may not shows as a difference.
pub(crate) fn extensions(before: &Certificate) -> Vec<Extension> {
    let constraining = |extension: &&Extension| CONSTRAINING.contains(&extension.oid.as_str()) && extension.check().is_ok();
    before.extensions().iter().filter(constraining).cloned().collect()
}

/// The path length; what is longer than we write is as good as 255.
pub(crate) fn path_length(before: &Certificate) -> Option<u8> {
    before.path_length().map(|length| u8::try_from(length).unwrap_or(u8::MAX))
}

/// The name constraints.
pub(crate) fn name_constraints(before: &Certificate) -> NameConstraints {
    before.name_constraints().unwrap_or_default()
}
