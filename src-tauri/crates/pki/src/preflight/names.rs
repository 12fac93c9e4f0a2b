//! Subject, alternative names and name constraints (RFC 5280 4.1.2.6, 4.2.1.6, 4.2.1.10).

use super::{Fields, Judged};
use crate::alt_name::GeneralName;
use crate::asn1::{self, Reader, tag};
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

/// `Local-part@Domain` in ASCII, without a display name.
pub(super) fn mailbox_wrong(judged: &Judged<'_>) -> Option<Fields> {
    first(judged, |name| match name {
        GeneralName::Email(mailbox) => {
            let written = GeneralName::parse(&format!("email:{mailbox}"));
            !matches!(written, Ok(GeneralName::Email(written)) if written.eq_ignore_ascii_case(mailbox))
        }
        _ => false,
    })
}

/// A mailbox whose local part is ASCII stands in an rfc822Name; the other form has its domain in ASCII.
pub(super) fn mailbox_in_wrong_form(judged: &Judged<'_>) -> Option<Fields> {
    first(judged, |name| {
        international_mailbox(&name.to_der())
            .is_some_and(|mailbox| mailbox.rsplit_once('@').is_none_or(|(local, domain)| local.is_ascii() || !domain.is_ascii()))
    })
}

/// The text of a SmtpUTF8Mailbox, an `otherName` (RFC 9598 3).
fn international_mailbox(name: &[u8]) -> Option<String> {
    let mut fields = Reader::new(asn1::single(name, 0xa0).ok()?.content);
    let form = asn1::oid_text(fields.expect(tag::OID).ok()?.content);
    let text = asn1::single(fields.expect(0xa0).ok()?.content, tag::UTF8_STRING).ok()?.content;
    if form == "1.3.6.1.5.5.7.8.9" { String::from_utf8(text.to_vec()).ok() } else { None }
}

/// Absolute, with a scheme, in ASCII; a host where there is an authority.
pub(super) fn uri_wrong(judged: &Judged<'_>) -> Option<Fields> {
    first(judged, |name| matches!(name, GeneralName::Uri(uri) if GeneralName::parse(&format!("uri:{uri}")).is_err()))
}

pub(super) fn issuer_names_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical(oid::ISSUER_ALT_NAME) == Some(true), Vec::new)
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
    Judged::broken(judged.certificate.lent_name_constraints().is_some_and(|constraints| constraints.is_empty()), Vec::new)
}

/// A host constraint holds what is below it anyway; a leading dot is common, and not in RFC 5280.
pub(super) fn constraint_with_leading_dot(judged: &Judged<'_>) -> Option<Fields> {
    let constraints = judged.certificate.lent_name_constraints()?;
    let mut all = constraints.permitted.iter().chain(&constraints.excluded);
    let dotted = all.find(|subtree| matches!(subtree, GeneralSubtree::Dns(host) if host.starts_with('.')))?;
    Some(vec![("constraint", dotted.to_string())])
}

/// minimum is 0, which is not written, and maximum is absent.
pub(super) fn constraint_with_distance(judged: &Judged<'_>) -> Option<Fields> {
    let mut lists = Reader::new(asn1::single(judged.value(oid::NAME_CONSTRAINTS)?, tag::SEQUENCE).ok()?.content);
    while !lists.is_empty() {
        let mut subtrees = Reader::new(lists.any().ok()?.content);
        while !subtrees.is_empty() {
            let mut subtree = subtrees.enter(tag::SEQUENCE).ok()?;
            subtree.any().ok()?;
            if !subtree.is_empty() {
                return Some(Vec::new());
            }
        }
    }
    None
}

/// The ones of a mask stand in front, as in RFC 4632 3.1.
pub(super) fn network_mask_uneven(judged: &Judged<'_>) -> Option<Fields> {
    let constraints = judged.certificate.lent_name_constraints()?;
    let mut all = constraints.permitted.iter().chain(&constraints.excluded);
    let uneven = |mask: &[u8]| {
        let ones = mask.iter().take_while(|octet| **octet == 0xff).count();
        let rest = mask.get(ones..).unwrap_or_default();
        let first_uneven = rest.first().is_some_and(|octet| octet.leading_ones() != octet.count_ones());
        first_uneven || rest.iter().skip(1).any(|octet| *octet != 0)
    };
    let found = all.find(|subtree| matches!(subtree, GeneralSubtree::Ip { mask, .. } if uneven(mask)))?;
    Some(vec![("constraint", found.to_string())])
}
