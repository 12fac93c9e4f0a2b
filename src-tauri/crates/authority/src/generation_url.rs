//! The address of a generation's CRL: a number of its own in the file name, so that no two keys ever publish at one place.

/// The address for the CRL of key number `number`, made from the one of key number `before`: `…/issuing.crl`, then `…/issuing-2.crl`, `…/issuing-3.crl`.
/// An LDAP address stays: the attribute there holds several CRLs (RFC 4523 2.5).
pub(crate) fn of_generation(url: &str, before: u32, number: u32) -> String {
    if is_shared(url) {
        return url.to_owned();
    }
    named(url, &number.to_string(), |stem| if before > 1 { stem.strip_suffix(&format!("-{before}")).unwrap_or(stem) } else { stem })
}

/// The address with this behind the file's name: `…/issuing.crl`, then `…/issuing-delta.crl`. Not for an address that several CRLs share.
pub(crate) fn with_suffix(url: &str, suffix: &str) -> String {
    named(url, suffix, |stem| stem)
}

fn named(url: &str, suffix: &str, bare: impl Fn(&str) -> &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (place, rest) = url.split_at(end);
    let path = place.find("://").map_or(0, |at| at + 3);
    let Some(name) = place.rfind('/').filter(|slash| *slash >= path).map(|slash| slash + 1) else {
        return format!("{place}/{suffix}.crl{rest}");
    };
    let (folder, name) = place.split_at(name);
    let (stem, extension) = match name.rfind('.').filter(|dot| *dot > 0) {
        Some(dot) => name.split_at(dot),
        None => (name, ""),
    };
    let stem = bare(stem);
    let separator = if stem.is_empty() { "" } else { "-" };
    format!("{folder}{stem}{separator}{suffix}{extension}{rest}")
}

/// Whether several CRLs may stand at one address.
pub(crate) fn is_shared(url: &str) -> bool {
    url.starts_with("ldap://") || url.starts_with("ldaps://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_has_an_address_of_its_own() {
        for (url, before, number, expected) in [
            ("http://pki.example.test/issuing.crl", 1, 2, "http://pki.example.test/issuing-2.crl"),
            ("http://pki.example.test/issuing-2.crl", 2, 3, "http://pki.example.test/issuing-3.crl"),
            ("http://pki.example.test/issuing-2.crl", 1, 2, "http://pki.example.test/issuing-2-2.crl"),
            ("http://pki.example.test/crl", 1, 2, "http://pki.example.test/crl-2"),
            ("http://pki.example.test/", 1, 2, "http://pki.example.test/2"),
            ("http://pki.example.test", 1, 2, "http://pki.example.test/2.crl"),
            ("http://pki.example.test/a.d/ca.crl?x=1.2/3", 1, 2, "http://pki.example.test/a.d/ca-2.crl?x=1.2/3"),
            ("ldap://dir.example.test/cn=ca?certificateRevocationList", 1, 2, "ldap://dir.example.test/cn=ca?certificateRevocationList"),
        ] {
            assert_eq!(of_generation(url, before, number), expected);
        }
    }
}
