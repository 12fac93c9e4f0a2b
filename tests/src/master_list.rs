//! Master lists and directories made with OpenSSL: authorities of countries with keys of every kind, list signers, lists, CRLs.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::judges::openssl::{an_hour_before, openssl};

/// How the key of an authority or signer is made and signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOf {
    /// RSA, signing with PKCS#1.
    Rsa,
    /// RSA, signing with PSS.
    Pss,
    /// A named curve.
    Curve(&'static str),
    /// A curve that is spelled out.
    Explicit(&'static str),
}

impl KeyOf {
    fn arguments(self) -> Vec<String> {
        let words: Vec<String> = match self {
            Self::Rsa | Self::Pss => vec!["-newkey".to_owned(), "rsa:2048".to_owned()],
            Self::Curve(curve) => ["-newkey", "ec", "-pkeyopt"].map(str::to_owned).into_iter().chain([format!("ec_paramgen_curve:{curve}")]).collect(),
            Self::Explicit(curve) => ["-newkey", "ec", "-pkeyopt"]
                .map(str::to_owned)
                .into_iter()
                .chain([format!("ec_paramgen_curve:{curve}"), "-pkeyopt".to_owned(), "ec_param_enc:explicit".to_owned()])
                .collect(),
        };
        words
    }

    fn padding(self, option: &str) -> Vec<String> {
        match self {
            Self::Pss => vec![option.to_owned(), "rsa_padding_mode:pss".to_owned()],
            _ => Vec::new(),
        }
    }
}

/// A certificate with its key, in files.
#[derive(Debug, Clone)]
pub struct Holder {
    /// PEM.
    pub certificate: String,
    /// PEM, plain.
    pub key: String,
    kind: KeyOf,
}

impl Holder {
    /// The certificate's DER.
    pub fn der(&self) -> Vec<u8> {
        let text = std::fs::read(&self.certificate).expect("a certificate");
        let body = pki::encoding::pem::blocks(&text).remove(0).body.expect("PEM");
        body.to_vec()
    }
}

/// A folder in which OpenSSL works.
pub struct Workshop {
    folder: PathBuf,
}

fn run(arguments: &[String]) {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    an_hour_before(&words).assert_accepted();
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

impl Workshop {
    /// In this folder, which is made.
    pub fn new(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).expect("a folder");
        let config = "[req]\ndistinguished_name = dn\nstring_mask = MASK:0x6\n[dn]\n[csca]\nbasicConstraints = critical, CA:TRUE, pathlen:0\nkeyUsage = critical, keyCertSign, cRLSign\n\
            subjectKeyIdentifier = hash\n[signer]\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = critical, 2.23.136.1.1.3\nauthorityKeyIdentifier = keyid\nsubjectKeyIdentifier = hash\n\
            [document]\nkeyUsage = critical, digitalSignature\nauthorityKeyIdentifier = keyid\n[plain]\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = serverAuth\nauthorityKeyIdentifier = keyid\n";
        std::fs::write(folder.join("openssl.cnf"), config).expect("written");
        Self { folder }
    }

    /// A file in the folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    /// The authority of a country: its name is written in T61String, its serial number is negative where that is asked for.
    pub fn csca(&self, country: &str, kind: KeyOf, serial: &str) -> Holder {
        let name = format!("csca-{country}-{serial}");
        let holder = Holder { certificate: self.path(&format!("{name}.pem")), key: self.path(&format!("{name}.key")), kind };
        let mut line = words("req -x509 -nodes -sha256 -days 3650 -extensions csca -set_serial");
        line.extend([serial.to_owned(), "-config".to_owned(), self.path("openssl.cnf"), "-subj".to_owned(), format!("/C={country}/O=Müller/CN=CSCA {country}")]);
        line.extend(["-utf8", "-keyout", &holder.key, "-out", &holder.certificate].map(str::to_owned));
        line.extend(kind.arguments());
        line.extend(kind.padding("-sigopt"));
        run(&line);
        holder
    }

    /// Somebody whom an authority has certified: `signer` (of lists), `document` or `plain`; `days` may be 0.
    pub fn below(&self, issuer: &Holder, name: &str, section: &str, kind: KeyOf, days: u32) -> Holder {
        let holder = Holder { certificate: self.path(&format!("{name}.pem")), key: self.path(&format!("{name}.key")), kind };
        let request = self.path(&format!("{name}.csr"));
        let mut line = words("req -new -nodes -utf8");
        line.extend(["-config".to_owned(), self.path("openssl.cnf"), "-subj".to_owned(), format!("/C=DE/CN={name}")]);
        line.extend(["-keyout", &holder.key, "-out", &request].map(str::to_owned));
        line.extend(kind.arguments());
        run(&line);
        let mut line = words("x509 -req -sha256 -CAcreateserial");
        line.extend(["-in", &request, "-CA", &issuer.certificate, "-CAkey", &issuer.key, "-out", &holder.certificate].map(str::to_owned));
        line.extend(["-extfile".to_owned(), self.path("openssl.cnf"), "-extensions".to_owned(), section.to_owned(), "-days".to_owned(), days.to_string()]);
        line.extend(issuer.kind.padding("-sigopt"));
        run(&line);
        holder
    }

    /// A master list of these certificates, signed; the authority's certificate comes along.
    pub fn list(&self, name: &str, signer: &Holder, with: Option<&Holder>, certificates: &[Vec<u8>], options: &str) -> String {
        let (content, out) = (self.path(&format!("{name}.content")), self.path(name));
        std::fs::write(&content, master_list(certificates)).expect("written");
        let mut line = words("cms -sign -binary -nodetach -econtent_type 2.23.136.1.1.2 -md sha256 -outform DER");
        line.extend(["-in", &content, "-signer", &signer.certificate, "-inkey", &signer.key, "-out", &out].map(str::to_owned));
        if let Some(with) = with {
            line.extend(["-certfile".to_owned(), with.certificate.clone()]);
        }
        line.extend(signer.kind.padding("-keyopt"));
        line.extend(words(options));
        run(&line);
        out
    }

    /// A CRL of an authority with these serial numbers (hex), in DER.
    pub fn crl(&self, issuer: &Holder, name: &str, serials: &[&str]) -> String {
        let (index, config) = (self.path(&format!("{name}.index")), self.path(&format!("{name}.cnf")));
        let lines: String = serials.iter().map(|serial| format!("R\t361122110000Z\t261101000000Z,keyCompromise\t{serial}\tunknown\t/CN=x\n")).collect();
        std::fs::write(&index, lines).expect("written");
        std::fs::write(self.path(&format!("{name}.number")), "2A\n").expect("written");
        let text = format!("[ca]\ndefault_ca = c\n[c]\ndatabase = {index}\ncrlnumber = {}\ndefault_md = sha256\ndefault_crl_days = 30\ncrl_extensions = e\n[e]\nauthorityKeyIdentifier = keyid\n", self.path(&format!("{name}.number")));
        std::fs::write(&config, text).expect("written");
        let (pem, out) = (self.path(&format!("{name}.pem")), self.path(name));
        let mut line = words("ca -gencrl");
        line.extend(["-config", &config, "-cert", &issuer.certificate, "-keyfile", &issuer.key, "-out", &pem].map(str::to_owned));
        run(&line);
        openssl(&["crl", "-in", &pem, "-outform", "DER", "-out", &out]).assert_accepted();
        out
    }
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..=0x7f => out.push(u8::try_from(length).expect("short")),
        _ => {
            let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
            out.push(0x80 | u8::try_from(octets.len()).expect("short"));
            out.extend(octets);
        }
    }
    out.extend_from_slice(content);
    out
}

/// `CscaMasterList` (ICAO 9303-12 9).
pub fn master_list(certificates: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &[tlv(0x02, &[0]), tlv(0x31, &certificates.concat())].concat())
}

/// An entry of a directory.
pub fn ldif_entry(name: &str, attribute: &str, octets: &[u8]) -> String {
    let line = format!("{attribute}:: {}", STANDARD.encode(octets));
    let folded: Vec<&str> = line.as_bytes().chunks(76).map(|chunk| std::str::from_utf8(chunk).expect("ASCII")).collect();
    format!("dn: {name}\nobjectClass: top\n{}\n\n", folded.join("\n "))
}

/// Writes a file and gives its path.
pub fn write(path: &Path, octets: &[u8]) -> String {
    std::fs::write(path, octets).expect("written");
    path.to_string_lossy().into_owned()
}
