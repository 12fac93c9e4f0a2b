//! The folder of `openssl ca`: what stands in it besides index and certificates.

use std::path::Path;

use pki::{Certificate, KeyAlgorithm};

use super::{ExportFolderError, Parting};
use crate::file::FileMode;
use crate::registry::AuthorityRow;
use crate::staged_folder::StagedFolder;

/// Days of a certificate that nobody said more about.
const DAYS: u32 = 397;

pub(super) fn frame(staged: &StagedFolder, parting: &Parting) -> Result<(), ExportFolderError> {
    for folder in ["certs", "newcerts", "private"] {
        staged.folder(folder)?;
    }
    let text = configuration(staged.out(), &parting.authority, &parting.certificate);
    staged.write("openssl.cnf", FileMode::Public, text.as_bytes())?;
    Ok(())
}

/// The hash that goes with a key, as Chancery signs with it. OpenSSL takes none for a key that wants none.
pub(super) fn digest(certificate: &Certificate) -> &'static str {
    match certificate.public_key().algorithm() {
        KeyAlgorithm::EcP384 => "sha384",
        KeyAlgorithm::EcP521 => "sha512",
        _ => "sha256",
    }
}

/// Addresses that a configuration can say without a sign that means something there.
pub(super) fn plain_addresses(urls: &[String]) -> Vec<&str> {
    let plain = |url: &&String| url.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-._~:/?@!*+=%&".contains(&octet));
    urls.iter().filter(plain).map(String::as_str).collect()
}

/// A value that OpenSSL reads as it is written: no variable, no comment, no escape in it. `None` for what is no line of text.
fn value(path: &Path) -> Option<String> {
    let text = path.to_str().filter(|text| !text.contains(char::is_control))?;
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '$' | '#' | '"' | '\'' | ';' | '`') {
            out.push('\\');
        }
        out.push(character);
    }
    Some(out)
}

fn configuration(out: &Path, authority: &AuthorityRow, certificate: &Certificate) -> String {
    // Where the folder lies now; what cannot be said there is found from inside of it.
    let place = out.canonicalize().ok().or_else(|| std::path::absolute(out).ok());
    let place = place.as_deref().and_then(value).unwrap_or_else(|| ".".to_owned());
    let (crl_days, digest) = (authority.crl_days, digest(certificate));
    let mut text = format!(
        "# For `openssl ca -config openssl.cnf`. A folder that is moved needs its new place in `dir`.

[ca]
default_ca = authority

[authority]
dir = {place}
certificate = $dir/ca.crt
private_key = $dir/private/ca.key
database = $dir/index.txt
new_certs_dir = $dir/newcerts
certs = $dir/certs
serial = $dir/serial
# Serial numbers are drawn at random; the file is for who turns this off.
rand_serial = yes
crl = $dir/crl.pem
crlnumber = $dir/crlnumber
default_md = {digest}
default_days = {DAYS}
default_crl_days = {crl_days}
x509_extensions = end_entity
crl_extensions = crl
# Subject alternative names come from the request; what stands in [end_entity] wins over it.
copy_extensions = copy
unique_subject = no
preserve = yes
email_in_dn = yes
string_mask = utf8only
name_opt = ca_default
cert_opt = ca_default
policy = any

[any]
domainComponent = optional
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
serialNumber = optional
emailAddress = optional

[end_entity]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth,clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
"
    );
    let (crls, issuers, responders) =
        (plain_addresses(&authority.crl_urls), plain_addresses(&authority.issuer_urls), plain_addresses(&authority.ocsp_urls));
    if !crls.is_empty() {
        text.push_str("crlDistributionPoints = crl_addresses\n");
    }
    if !issuers.is_empty() || !responders.is_empty() {
        text.push_str("authorityInfoAccess = @addresses\n");
    }
    text.push_str("\n[crl]\nauthorityKeyIdentifier = keyid:always\n");
    if !crls.is_empty() {
        text.push_str("\n[crl_addresses]\nfullname = @crl_names\n\n[crl_names]\n");
        crls.iter().enumerate().for_each(|(index, url)| text.push_str(&format!("URI.{index} = {url}\n")));
    }
    if !issuers.is_empty() || !responders.is_empty() {
        text.push_str("\n[addresses]\n");
        issuers.iter().enumerate().for_each(|(index, url)| text.push_str(&format!("caIssuers;URI.{index} = {url}\n")));
        responders.iter().enumerate().for_each(|(index, url)| text.push_str(&format!("OCSP;URI.{index} = {url}\n")));
    }
    text
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn a_path_cannot_say_more_than_a_path() {
        assert_eq!(value(Path::new("/srv/a b/$x#;'\"\\")).unwrap(), "/srv/a b/\\$x\\#\\;\\'\\\"\\\\");
        assert_eq!(value(Path::new("/srv/a\nprivate_key = /etc/shadow")), None);
    }

    #[test]
    fn addresses_with_signs_of_their_own_are_left_out() {
        let urls =
            ["http://pki.test/ca.crl?x=1&y=2", "http://pki.test/a,URI:b", "ldap://x/cn=a,dc=b", "http://x/$ENV::HOME", "http://x/\ny"];
        assert_eq!(plain_addresses(&urls.map(str::to_owned)), ["http://pki.test/ca.crl?x=1&y=2"]);
    }
}
