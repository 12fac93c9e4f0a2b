//! The `pki` folder of easy-rsa 3: what stands in it besides index and certificates.

use pki::KeyAlgorithm;

use super::{ExportFolderError, Parting, openssl};
use crate::file::FileMode;
use crate::staged_folder::StagedFolder;

/// The variables are easy-rsa's; the two lines with `%` are where it puts in what its options say.
const CONFIGURATION: &str = "# For easy-rsa 3 with OpenSSL or LibreSSL.

[ ca ]
default_ca = CA_default

[ CA_default ]
dir = $ENV::EASYRSA_PKI
certs = $dir
crl_dir = $dir
database = $dir/index.txt
new_certs_dir = $dir/certs_by_serial
certificate = $dir/ca.crt
serial = $dir/serial
crl = $dir/crl.pem
crlnumber = $dir/crlnumber
private_key = $dir/private/ca.key
x509_extensions = basic_exts

# Where `--copy-ext` puts its line.
#%COPY_EXTS%

crl_extensions = crl_ext
default_days = $ENV::EASYRSA_CERT_EXPIRE
default_crl_days = $ENV::EASYRSA_CRL_DAYS
default_md = $ENV::EASYRSA_DIGEST
preserve = no
unique_subject = no
policy = policy_anything

[ policy_anything ]
domainComponent = optional
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
name = optional
serialNumber = optional
emailAddress = optional

[ req ]
default_bits = $ENV::EASYRSA_KEY_SIZE
default_keyfile = privkey.pem
default_md = $ENV::EASYRSA_DIGEST
distinguished_name = $ENV::EASYRSA_DN
x509_extensions = easyrsa_ca

# Where further extensions of a request go.
#%EXTRA_EXTS%

[ cn_only ]
commonName = Common Name (eg: your user, host, or server name)
commonName_max = 64
commonName_default = $ENV::EASYRSA_REQ_CN

[ org ]
countryName = Country Name (2 letter code)
countryName_default = $ENV::EASYRSA_REQ_COUNTRY
countryName_min = 2
countryName_max = 2
stateOrProvinceName = State or Province Name (full name)
stateOrProvinceName_default = $ENV::EASYRSA_REQ_PROVINCE
localityName = Locality Name (eg, city)
localityName_default = $ENV::EASYRSA_REQ_CITY
0.organizationName = Organization Name (eg, company)
0.organizationName_default = $ENV::EASYRSA_REQ_ORG
organizationalUnitName = Organizational Unit Name (eg, section)
organizationalUnitName_default = $ENV::EASYRSA_REQ_OU
commonName = Common Name (eg: your user, host, or server name)
commonName_max = 64
commonName_default = $ENV::EASYRSA_REQ_CN
emailAddress = Email Address
emailAddress_default = $ENV::EASYRSA_REQ_EMAIL
emailAddress_max = 64

[ basic_exts ]
basicConstraints = critical,CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always

[ easyrsa_ca ]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
basicConstraints = critical,CA:TRUE
keyUsage = critical,cRLSign,keyCertSign

# Where further extensions of an authority go.
#%CA_X509_TYPES_EXTRA_EXTS%

[ crl_ext ]
authorityKeyIdentifier = keyid:always
";

/// Name, basicConstraints, keyUsage and extendedKeyUsage of what easy-rsa calls a type.
const TYPES: [(&str, &str, &str, &str); 6] = [
    ("server", "CA:FALSE", "digitalSignature,keyEncipherment", "serverAuth"),
    ("client", "CA:FALSE", "digitalSignature", "clientAuth"),
    ("serverClient", "CA:FALSE", "digitalSignature,keyEncipherment", "serverAuth,clientAuth"),
    ("code-signing", "CA:FALSE", "digitalSignature", "codeSigning"),
    ("email", "CA:FALSE", "digitalSignature,keyEncipherment,nonRepudiation", "emailProtection"),
    ("ca", "CA:TRUE", "cRLSign,keyCertSign", ""),
];

pub(super) fn frame(staged: &StagedFolder, parting: &Parting) -> Result<(), ExportFolderError> {
    for folder in [
        "private",
        "reqs",
        "issued",
        "certs_by_serial",
        "revoked",
        "revoked/certs_by_serial",
        "revoked/private_by_serial",
        "revoked/reqs_by_serial",
        "renewed",
        "renewed/issued",
        "renewed/private_by_serial",
        "renewed/reqs_by_serial",
        "x509-types",
    ] {
        staged.folder(folder)?;
    }
    let write = |name: &str, text: &str| staged.write(name, FileMode::Public, text.as_bytes());
    write("openssl-easyrsa.cnf", CONFIGURATION)?;
    write("vars", &variables(parting))?;
    write("x509-types/COMMON", &common(parting))?;
    for (name, constraints, usages, purposes) in TYPES {
        let mut text = format!(
            "basicConstraints = critical,{constraints}\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid:always\nkeyUsage = critical,{usages}\n"
        );
        if !purposes.is_empty() {
            text.push_str(&format!("extendedKeyUsage = {purposes}\n"));
        }
        write(&format!("x509-types/{name}"), &text)?;
    }
    Ok(())
}

/// easy-rsa takes these where nothing in the surroundings says otherwise.
fn variables(parting: &Parting) -> String {
    let mut text = "if [ -z \"$EASYRSA_CALLER\" ]; then\n\treturn 1\nfi\n".to_owned();
    let curve = match parting.certificate.public_key().algorithm() {
        KeyAlgorithm::EcP256 => Some("prime256v1"),
        KeyAlgorithm::EcP384 => Some("secp384r1"),
        KeyAlgorithm::EcP521 => Some("secp521r1"),
        _ => None,
    };
    if let Some(curve) = curve {
        text.push_str(&format!("set_var EASYRSA_ALGO ec\nset_var EASYRSA_CURVE {curve}\n"));
    }
    let (digest, days) = (openssl::digest(&parting.certificate), parting.authority.crl_days);
    text.push_str(&format!("set_var EASYRSA_DIGEST \"{digest}\"\nset_var EASYRSA_CRL_DAYS {days}\n"));
    text
}

/// What every certificate from here says: where the CRL is, and the authority's certificate.
fn common(parting: &Parting) -> String {
    let mut text = String::new();
    let crls = openssl::plain_addresses(&parting.authority.crl_urls);
    if !crls.is_empty() {
        let names: Vec<String> = crls.iter().map(|url| format!("URI:{url}")).collect();
        text.push_str(&format!("crlDistributionPoints = {}\n", names.join(",")));
    }
    let issuers = openssl::plain_addresses(&parting.authority.issuer_urls).into_iter().map(|url| format!("caIssuers;URI:{url}"));
    let responders = openssl::plain_addresses(&parting.authority.ocsp_urls).into_iter().map(|url| format!("OCSP;URI:{url}"));
    let access: Vec<String> = issuers.chain(responders).collect();
    if !access.is_empty() {
        text.push_str(&format!("authorityInfoAccess = {}\n", access.join(",")));
    }
    text
}
