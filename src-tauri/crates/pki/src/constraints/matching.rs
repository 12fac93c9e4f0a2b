//! Whether a name lies in a subtree (RFC 5280 4.2.1.10).

use super::GeneralSubtree;
use crate::alt_name::GeneralName;
use crate::name::{DistinguishedName, NameAttribute, StringType};
use crate::oid;
use std::net::IpAddr;

/// Whether the subtree speaks about names of this form.
pub(super) fn same_form(subtree: &GeneralSubtree, name: &GeneralName) -> bool {
    match (subtree, name) {
        (GeneralSubtree::Dns(_), GeneralName::Dns(_))
        | (GeneralSubtree::Ip { .. }, GeneralName::Ip(_))
        // Constraints on mailboxes hold for both forms of mailbox (RFC 9598 6).
        | (GeneralSubtree::Email(_), GeneralName::Email(_) | GeneralName::SmtpUtf8(_))
        | (GeneralSubtree::Uri(_), GeneralName::Uri(_))
        | (GeneralSubtree::Upn(_), GeneralName::Upn(_))
        | (GeneralSubtree::Directory(_), GeneralName::Directory(_)) => true,
        (GeneralSubtree::Email(_), other) if other_name_type(other) == Some(oid::SMTP_UTF8_MAILBOX) => true,
        // The form of an otherName is its type.
        (GeneralSubtree::Upn(_), other) if other_name_type(other).is_some() => other_name_type(other) == Some(oid::USER_PRINCIPAL_NAME),
        (GeneralSubtree::WithoutRules(base), other) if other_name_type(base).is_some() && other_name_type(other).is_some() => {
            other_name_type(base) == other_name_type(other)
        }
        (GeneralSubtree::WithoutRules(base), other) => name_form_number(base) == name_form_number(other),
        // A name that cannot be read falls under every constraint of its form; the form is the tag's number.
        (_, GeneralName::Unreadable { .. }) | (GeneralSubtree::Unjudgeable { .. }, _) => form_number(subtree) == name_form_number(name),
        _ => false,
    }
}

/// Whether the name lies in the subtree; `None` when that cannot be judged. The forms are the same.
pub(super) fn contains(subtree: &GeneralSubtree, name: &GeneralName) -> Option<bool> {
    Some(match (subtree, name) {
        (GeneralSubtree::Dns(constraint), GeneralName::Dns(host)) => {
            // Every host that the wildcard stands for lies below what follows it.
            match host.strip_prefix("*.") {
                Some(domain) => host_in(constraint.trim_start_matches('.'), domain),
                None => host_in(constraint, host),
            }
        }
        (GeneralSubtree::Ip { address, mask }, GeneralName::Ip(ip)) => ip_in(address, mask, *ip),
        (GeneralSubtree::Email(constraint), GeneralName::Email(mailbox)) | (GeneralSubtree::Upn(constraint), GeneralName::Upn(mailbox)) => {
            mailbox_in(constraint, mailbox)?
        }
        // Hosts are compared; a constraint to one mailbox is deprecated and says nothing about this form (RFC 9598 6).
        (GeneralSubtree::Email(constraint), GeneralName::SmtpUtf8(mailbox)) if constraint.rfind('@').is_none_or(|at| at == 0) => {
            mailbox_in(constraint, mailbox)?
        }
        (GeneralSubtree::Uri(constraint), GeneralName::Uri(uri)) => exact_or_below(constraint, uri_host(uri)?),
        (GeneralSubtree::Directory(base), GeneralName::Directory(name)) => starts_with(name, base),
        _ => return None,
    })
}

/// Whether the excluded subtree hits the name; a wildcard is hit when any host that it stands for is.
pub(super) fn excluded_by(subtree: &GeneralSubtree, name: &GeneralName) -> Option<bool> {
    if !same_form(subtree, name) {
        return Some(false);
    }
    if let (GeneralSubtree::Dns(constraint), GeneralName::Dns(host)) = (subtree, name)
        && let Some(domain) = host.strip_prefix("*.")
    {
        let below = constraint.trim_start_matches('.').to_ascii_lowercase();
        let one_label = below.strip_suffix(&format!(".{}", domain.to_ascii_lowercase())).is_some_and(|label| !label.contains('.'));
        // ".a.example.test" excludes what is below a.example.test, which "*.example.test" does not reach.
        return Some(host_in(constraint.trim_start_matches('.'), domain) || (one_label && !constraint.starts_with('.')));
    }
    contains(subtree, name)
}

/// `example.test` holds itself and what is below it; `.example.test` only what is below it; nothing holds everything.
fn host_in(constraint: &str, host: &str) -> bool {
    let (constraint, host) = (constraint.to_ascii_lowercase(), host.trim_end_matches('.').to_ascii_lowercase());
    if constraint.starts_with('.') {
        return host.len() > constraint.len() && host.ends_with(&constraint);
    }
    constraint.is_empty() || host == constraint || host.strip_suffix(&constraint).is_some_and(|rest| rest.ends_with('.'))
}

/// For mailboxes and URIs, a host stands for itself alone, a leading dot for what is below it.
fn exact_or_below(constraint: &str, host: &str) -> bool {
    if constraint.is_empty() || constraint.starts_with('.') { host_in(constraint, host) } else { constraint.eq_ignore_ascii_case(host) }
}

fn mailbox_in(constraint: &str, mailbox: &str) -> Option<bool> {
    let (local, host) = mailbox.rsplit_once('@')?;
    Some(match constraint.rsplit_once('@') {
        Some(("", constraint)) => constraint.eq_ignore_ascii_case(host),
        // The local part is compared as it is (RFC 5280 7.5).
        Some((constraint_local, constraint_host)) => constraint_local == local && constraint_host.eq_ignore_ascii_case(host),
        None => exact_or_below(constraint, host),
    })
}

/// The host of a URI. One without an authority, or with an address in it, cannot be judged, and so is refused (RFC 5280 4.2.1.10).
fn uri_host(uri: &str) -> Option<&str> {
    let authority = uri.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host_and_port.split(':').next()?;
    if host.is_empty() || host.starts_with('[') || host.parse::<IpAddr>().is_ok() { None } else { Some(host) }
}

fn ip_in(address: &[u8], mask: &[u8], ip: IpAddr) -> bool {
    let octets = match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    octets.len() == address.len() && octets.iter().zip(address).zip(mask).all(|((octet, base), mask)| octet & mask == base & mask)
}

fn starts_with(name: &DistinguishedName, base: &DistinguishedName) -> bool {
    let (name, base) = (name.rdns(), base.rdns());
    name.len() >= base.len() && name.iter().zip(&base).all(|(rdn, wanted)| same_rdn(rdn, wanted))
}

fn same_rdn(left: &[NameAttribute], right: &[NameAttribute]) -> bool {
    left.len() == right.len() && right.iter().all(|wanted| left.iter().any(|attribute| same_attribute(attribute, wanted)))
}

/// RFC 5280 7.1: strings compare without regard to case, outer spaces and repeated spaces.
fn same_attribute(left: &NameAttribute, right: &NameAttribute) -> bool {
    let prepared = |attribute: &NameAttribute| {
        if attribute.string_type == StringType::NoString {
            attribute.value.clone()
        } else {
            attribute.value.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
        }
    };
    left.oid == right.oid && prepared(left) == prepared(right)
}

/// The type of an `otherName`.
fn other_name_type(name: &GeneralName) -> Option<&str> {
    match name {
        GeneralName::Upn(_) => Some(oid::USER_PRINCIPAL_NAME),
        GeneralName::SmtpUtf8(_) => Some(oid::SMTP_UTF8_MAILBOX),
        GeneralName::Other { oid, .. } => Some(oid),
        _ => None,
    }
}

fn form_number(subtree: &GeneralSubtree) -> u8 {
    match subtree {
        GeneralSubtree::Upn(_) => 0,
        GeneralSubtree::Email(_) => 1,
        GeneralSubtree::Dns(_) => 2,
        GeneralSubtree::Directory(_) => 4,
        GeneralSubtree::Uri(_) => 6,
        GeneralSubtree::Ip { .. } => 7,
        GeneralSubtree::WithoutRules(name) => name_form_number(name),
        GeneralSubtree::Unjudgeable { tag, .. } => tag & 0x1f,
    }
}

fn name_form_number(name: &GeneralName) -> u8 {
    match name {
        GeneralName::Upn(_) | GeneralName::SmtpUtf8(_) | GeneralName::Other { .. } => 0,
        GeneralName::X400Address(_) => 3,
        GeneralName::EdiPartyName(_) => 5,
        GeneralName::Email(_) => 1,
        GeneralName::Dns(_) => 2,
        GeneralName::Directory(_) => 4,
        GeneralName::Uri(_) => 6,
        GeneralName::Ip(_) => 7,
        GeneralName::RegisteredId(_) => 8,
        GeneralName::Unreadable { tag, .. } => tag & 0x1f,
    }
}
