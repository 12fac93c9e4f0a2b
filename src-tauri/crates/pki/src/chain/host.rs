//! Whether a certificate carries a host (RFC 9525 6): alternative names only, the common name is no host.

use std::net::IpAddr;

use crate::{alt_name::GeneralName, certificate::Certificate};

/// Whether one of the certificate's names is this host: an address octet for octet, a name label for label; a wildcard is the whole
/// leftmost label and stands for exactly one (RFC 9525 6.3).
pub(super) fn carries(certificate: &Certificate, host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return certificate.names().iter().any(|name| matches!(name, GeneralName::Ip(found) if *found == address));
    }
    // A name with other than ASCII letters is looked for as its A-labels (RFC 5890).
    let wanted = match GeneralName::parse(&format!("dns:{}", host.trim_end_matches('.'))) {
        Ok(GeneralName::Dns(name)) if !name.contains('*') => name.to_ascii_lowercase(),
        _ => return false,
    };
    certificate.names().iter().any(|name| matches!(name, GeneralName::Dns(pattern) if matches(&pattern.to_ascii_lowercase(), &wanted)))
}

fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == domain),
        None => pattern == host,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_wildcard_stands_for_one_whole_label() {
        assert!(matches("*.example.test", "www.example.test"));
        assert!(!matches("*.example.test", "a.www.example.test"));
        assert!(!matches("*.example.test", "example.test"));
        assert!(!matches("w*.example.test", "www.example.test"));
        assert!(matches("example.test", "example.test"));
    }
}
