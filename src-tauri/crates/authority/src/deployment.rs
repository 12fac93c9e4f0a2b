//! What programs are set up with: the file that each reads, and the lines of its configuration that name it, ready to be pasted.
//!
//! A certificate's names are hostile (invariant 22). Into a configuration come only host names of letters, digits, `-`, `.` and a leading `*.`, and file
//! names of an allow-list; everything else is left out, never escaped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pki::{Certificate, GeneralName};
use zeroize::Zeroizing;

use crate::chain::{Link, without_root};
use crate::file_name;

/// Extended key usages (RFC 5280 4.2.1.12).
const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

/// A program that is set up with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deployment {
    /// OpenVPN: one profile with everything inside.
    OpenVpn,
    /// nginx.
    Nginx,
    /// Apache's mod_ssl.
    Apache,
    /// HAProxy.
    HaProxy,
    /// A Secret of Kubernetes, in YAML.
    Kubernetes,
}

/// Whether a key stands in the file that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyInFile {
    /// It does not.
    Absent,
    /// It does, under a password.
    Sealed,
    /// It does, as it is.
    Plain,
}

impl Deployment {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::OpenVpn, Self::Nginx, Self::Apache, Self::HaProxy, Self::Kubernetes];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenVpn => "openvpn",
            Self::Nginx => "nginx",
            Self::Apache => "apache",
            Self::HaProxy => "haproxy",
            Self::Kubernetes => "kubernetes",
        }
    }

    /// The lines that name a file of this name, where the program keeps such files.
    #[must_use]
    pub fn configuration(self, certificate: &Certificate, file: &str, key: KeyInFile) -> String {
        let (hosts, stem) = (host_names(certificate), file_stem(certificate, file));
        match self {
            Self::OpenVpn => openvpn_use(certificate, &stem),
            Self::Nginx => nginx(&hosts, &stem, key),
            Self::Apache => apache(&hosts, &stem, key),
            Self::HaProxy => haproxy(&stem, key),
            Self::Kubernetes => ingress(&hosts, &resource_name(certificate)),
        }
    }
}

/// Host names that mean nothing but themselves in any configuration.
fn host_names(certificate: &Certificate) -> Vec<String> {
    let plain = |name: &String| {
        let rest = name.strip_prefix("*.").unwrap_or(name);
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
        };
        name.len() <= 253 && rest.split('.').all(label)
    };
    let names = certificate.names().iter().filter(|name| matches!(name, GeneralName::Dns(_))).map(GeneralName::value);
    names.filter(plain).collect()
}

/// The name of the file where it can stand in a configuration as it is; else one made from it.
fn file_stem(certificate: &Certificate, file: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_');
    if !file.is_empty() && !file.starts_with(['.', '-']) && file.bytes().all(plain) {
        return file.to_owned();
    }
    format!("{}.pem", file_name::stem(file.strip_suffix(".pem").unwrap_or(file), &certificate.fingerprint()))
}

/// What Kubernetes takes for a name (RFC 1123 2.1): lower case, digits and `-`, at most 63.
fn resource_name(certificate: &Certificate) -> String {
    let name: String = crate::hand_over::stem_of(certificate)
        .to_ascii_lowercase()
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
        .take(59)
        .collect();
    let name = name.trim_matches('-');
    format!("{}-tls", if name.is_empty() { "certificate" } else { name })
}

fn nginx(hosts: &[String], file: &str, key: KeyInFile) -> String {
    let names = if hosts.is_empty() { "_".to_owned() } else { hosts.join(" ") };
    let key_line = match key {
        KeyInFile::Absent => "    # The key is not in this file: name the one that belongs to the certificate.\n    ssl_certificate_key /etc/nginx/tls/KEY;\n".to_owned(),
        KeyInFile::Plain => format!("    ssl_certificate_key /etc/nginx/tls/{file};\n"),
        KeyInFile::Sealed => format!(
            "    ssl_certificate_key /etc/nginx/tls/{file};\n    # One line, the password of the key, readable by root alone.\n    ssl_password_file /etc/nginx/tls/{file}.password;\n"
        ),
    };
    format!(
        "server {{\n    listen 443 ssl;\n    listen [::]:443 ssl;\n    server_name {names};\n    ssl_certificate /etc/nginx/tls/{file};\n{key_line}    ssl_protocols TLSv1.2 TLSv1.3;\n}}\n"
    )
}

fn apache(hosts: &[String], file: &str, key: KeyInFile) -> String {
    let mut names = String::new();
    // The name of a server has no wildcard in Apache; its other names may.
    let first = hosts.iter().find(|host| !host.starts_with('*'));
    first.iter().for_each(|host| names.push_str(&format!("    ServerName {host}\n")));
    let others: Vec<&str> = hosts.iter().filter(|host| Some(*host) != first).map(String::as_str).collect();
    if !others.is_empty() {
        names.push_str(&format!("    ServerAlias {}\n", others.join(" ")));
    }
    let key_line = match key {
        KeyInFile::Absent => {
            "    # The key is not in this file: name the one that belongs to the certificate.\n    SSLCertificateKeyFile \"/etc/apache2/tls/KEY\"\n"
                .to_owned()
        }
        KeyInFile::Plain => format!("    SSLCertificateKeyFile \"/etc/apache2/tls/{file}\"\n"),
        KeyInFile::Sealed => format!(
            "    # Apache asks for the password of the key at its start; see SSLPassPhraseDialog.\n    SSLCertificateKeyFile \"/etc/apache2/tls/{file}\"\n"
        ),
    };
    format!("<VirtualHost *:443>\n{names}    SSLEngine on\n    SSLCertificateFile \"/etc/apache2/tls/{file}\"\n{key_line}</VirtualHost>\n")
}

fn haproxy(file: &str, key: KeyInFile) -> String {
    let note = match key {
        KeyInFile::Absent => format!("    # HAProxy looks for the key in /etc/haproxy/tls/{file}.key.\n"),
        KeyInFile::Plain => String::new(),
        KeyInFile::Sealed => "    # HAProxy asks for the password of the key at its start, and cannot be reloaded without it.\n".to_owned(),
    };
    format!("frontend https\n{note}    bind :443 ssl crt /etc/haproxy/tls/{file} ssl-min-ver TLSv1.2\n    default_backend servers\n")
}

fn ingress(hosts: &[String], name: &str) -> String {
    let mut text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: ".to_owned();
    text.push_str(name.strip_suffix("-tls").unwrap_or(name));
    text.push_str("\nspec:\n  tls:\n");
    text.push_str(&format!("    - secretName: {name}\n"));
    if !hosts.is_empty() {
        text.push_str("      hosts:\n");
        hosts.iter().for_each(|host| text.push_str(&format!("        - \"{host}\"\n")));
    }
    text
}

fn has_purpose(certificate: &Certificate, oid: &str) -> bool {
    certificate.extended_key_usages().is_some_and(|usages| usages.iter().any(|usage| usage == oid))
}

fn openvpn_use(certificate: &Certificate, file: &str) -> String {
    if has_purpose(certificate, SERVER_AUTH) && !has_purpose(certificate, CLIENT_AUTH) {
        format!("openvpn --config {file} --port 1194 --proto udp --server 10.8.0.0 255.255.255.0 --dh none\n")
    } else {
        format!("openvpn --config {file} --remote vpn.example.com 1194\n")
    }
}

/// A profile of OpenVPN with authorities, certificate and key inside: of a client, unless the certificate is a server's alone.
pub(crate) fn inline_profile(chain: &[Link], key: Option<&Zeroizing<String>>) -> Zeroizing<Vec<u8>> {
    let Some(own) = chain.first().map(|link| &link.certificate) else { return Zeroizing::default() };
    let server = has_purpose(own, SERVER_AUTH) && !has_purpose(own, CLIENT_AUTH);
    let mut text = Zeroizing::new(String::new());
    text.push_str(if server {
        "# Server: addresses, routes and port stand in the line that starts it, or are added here.\ntls-server\ndev tun\nremote-cert-tls client\n"
    } else {
        "# Client: the address of the server is added here.\n# remote vpn.example.com 1194\nclient\ndev tun\nnobind\nremote-cert-tls server\n"
    });
    text.push_str("persist-key\npersist-tun\ntls-version-min 1.2\n");
    let block = |text: &mut Zeroizing<String>, name: &str, content: &str| {
        text.push_str(&format!("<{name}>\n"));
        text.push_str(content);
        text.push_str(&format!("</{name}>\n"));
    };
    // Without its root a chain ends with what is known of it.
    let authorities: String = chain.iter().skip(1).map(|link| link.certificate.pem()).collect();
    let authorities = if authorities.is_empty() { own.pem() } else { authorities };
    block(&mut text, "ca", &authorities);
    let with_chain = without_root(chain).iter().fold(own.pem(), |text, certificate| text + &certificate.pem());
    block(&mut text, "cert", &with_chain);
    match key {
        Some(key) => block(&mut text, "key", key),
        None => text.push_str("# The key stays where it is: name its file.\nkey KEY\n"),
    }
    Zeroizing::new(text.as_bytes().to_vec())
}

/// A Secret of type kubernetes.io/tls. Base64 is no protection: whoever reads it has the key.
pub(crate) fn secret(chain: &[Link], key: &str) -> Zeroizing<Vec<u8>> {
    let Some(own) = chain.first().map(|link| &link.certificate) else { return Zeroizing::default() };
    let with_chain = without_root(chain).iter().fold(own.pem(), |text, certificate| text + &certificate.pem());
    let root = chain.last().map(|link| &link.certificate).filter(|last| last.is_self_issued() && chain.len() > 1);
    let root = root.map_or_else(String::new, |root| format!("  ca.crt: {}\n", STANDARD.encode(root.pem())));
    let mut text = Zeroizing::new(format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\ntype: kubernetes.io/tls\ndata:\n{root}  tls.crt: {}\n  tls.key: ",
        resource_name(own),
        STANDARD.encode(with_chain)
    ));
    text.push_str(&Zeroizing::new(STANDARD.encode(key)));
    text.push('\n');
    Zeroizing::new(text.as_bytes().to_vec())
}
