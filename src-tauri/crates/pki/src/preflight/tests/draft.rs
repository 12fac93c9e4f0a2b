//! Certificates in parts, so that one part can be wrong. Nobody signed them: lints do not look at signatures.

use crate::alt_name::GeneralName;
use crate::asn1::{self, tag};
use crate::certificate::Certificate;
use crate::key::PublicKey;
use crate::name::DistinguishedName;
use crate::oid;
use crate::usage::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use crate::validity::Validity;
use time::macros::datetime;

#[derive(Clone)]
pub(super) struct Draft {
    pub(super) version: Option<u8>,
    pub(super) serial: Vec<u8>,
    pub(super) inner_algorithm: Vec<u8>,
    pub(super) outer_algorithm: Vec<u8>,
    pub(super) issuer: &'static str,
    pub(super) validity: Vec<u8>,
    pub(super) subject: &'static str,
    /// In place of `subject`.
    pub(super) raw_subject: Option<Vec<u8>>,
    pub(super) unique_identifiers: Vec<u8>,
    /// Writes `critical FALSE` too.
    pub(super) all_flags: bool,
    pub(super) spki: Vec<u8>,
    pub(super) extensions: Vec<(&'static str, bool, Vec<u8>)>,
}

pub(super) fn algorithm(dotted: &str) -> Vec<u8> {
    asn1::sequence(&[&asn1::oid(dotted).unwrap()])
}

pub(super) fn spki(algorithm: &str, parameters: &[u8], bits: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&asn1::sequence(&[&asn1::oid(algorithm).unwrap(), parameters]), &asn1::bit_string(bits)])
}

pub(super) fn ec_key(number: u8) -> Vec<u8> {
    spki(oid::EC_PUBLIC_KEY, &asn1::oid(oid::SECP256R1).unwrap(), &[&[4], [number; 64].as_slice()].concat())
}

fn key_id(spki: &[u8]) -> Vec<u8> {
    PublicKey::from_spki_der(spki).unwrap().key_id().as_bytes().to_vec()
}

pub(super) fn subject_key_id(spki: &[u8]) -> (&'static str, bool, Vec<u8>) {
    (oid::SUBJECT_KEY_IDENTIFIER, false, asn1::tlv(tag::OCTET_STRING, &key_id(spki)))
}

fn authority_key_id(spki: &[u8]) -> (&'static str, bool, Vec<u8>) {
    (oid::AUTHORITY_KEY_IDENTIFIER, false, asn1::sequence(&[&asn1::tlv(0x80, &key_id(spki))]))
}

pub(super) fn usages(usages: &[KeyUsage]) -> (&'static str, bool, Vec<u8>) {
    (oid::KEY_USAGE, true, KeyUsages::of(usages).to_der())
}

pub(super) fn purposes(purposes: &[&str]) -> (&'static str, bool, Vec<u8>) {
    let purposes: Vec<ExtendedKeyUsage> = purposes.iter().map(|purpose| purpose.parse().unwrap()).collect();
    (oid::EXTENDED_KEY_USAGE, false, ExtendedKeyUsage::list_to_der(&purposes))
}

pub(super) fn names(texts: &[&str]) -> (&'static str, bool, Vec<u8>) {
    let names: Vec<GeneralName> = texts.iter().map(|text| GeneralName::parse(text).unwrap()).collect();
    (oid::SUBJECT_ALT_NAME, false, GeneralName::list_to_der(&names))
}

pub(super) fn authority_mark(path_length: Option<u8>) -> (&'static str, bool, Vec<u8>) {
    let limit = path_length.map(|limit| vec![tag::INTEGER, 1, limit]).unwrap_or_default();
    (oid::BASIC_CONSTRAINTS, true, asn1::sequence(&[&[tag::BOOLEAN, 1, 0xff], &limit]))
}

pub(super) fn oid_der(dotted: &str) -> Vec<u8> {
    asn1::oid(dotted).unwrap()
}

/// A name of one attribute: its type, the tag of its string, the octets.
pub(super) fn raw_name(attributes: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let rdns: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(kind, string, value)| asn1::tlv(tag::SET, &asn1::sequence(&[&oid_der(kind), &asn1::tlv(*string, value)])))
        .collect();
    asn1::tlv(tag::SEQUENCE, &rdns.concat())
}

/// authorityInfoAccess with an address for each method.
pub(super) fn access(descriptions: &[(&str, &str)]) -> (&'static str, bool, Vec<u8>) {
    let described: Vec<Vec<u8>> =
        descriptions.iter().map(|(method, address)| asn1::sequence(&[&oid_der(method), &asn1::tlv(0x86, address.as_bytes())])).collect();
    (oid::AUTHORITY_INFO_ACCESS, false, asn1::tlv(tag::SEQUENCE, &described.concat()))
}

/// A SEQUENCE of these elements.
pub(super) fn listed(elements: &[Vec<u8>]) -> Vec<u8> {
    asn1::tlv(tag::SEQUENCE, &elements.concat())
}

pub(super) fn crl_address(address: &str) -> (&'static str, bool, Vec<u8>) {
    let full_name = asn1::tlv(0xa0, &asn1::tlv(0x86, address.as_bytes()));
    (oid::CRL_DISTRIBUTION_POINTS, false, asn1::sequence(&[&asn1::sequence(&[&asn1::tlv(0xa0, &full_name)])]))
}

pub(super) fn period(from: time::OffsetDateTime, until: time::OffsetDateTime) -> Vec<u8> {
    Validity::as_found(from, until).to_der()
}

impl Draft {
    fn new(issuer: &'static str, issuer_key: u8, subject: &'static str, key: u8) -> Self {
        let (spki, issuer_spki) = (ec_key(key), ec_key(issuer_key));
        Self {
            version: Some(2),
            serial: vec![0x5a; 20],
            inner_algorithm: algorithm("1.2.840.10045.4.3.2"),
            outer_algorithm: algorithm("1.2.840.10045.4.3.2"),
            issuer,
            validity: period(datetime!(2026-01-01 00:00:00 UTC), datetime!(2027-01-01 00:00:00 UTC)),
            subject,
            raw_subject: None,
            unique_identifiers: Vec::new(),
            all_flags: false,
            extensions: vec![authority_key_id(&issuer_spki), subject_key_id(&spki), crl_address("http://crl.example.test/a.crl")],
            spki,
        }
    }

    pub(super) fn root() -> Self {
        Self::new("CN=Root", 1, "CN=Root", 1).with(usages(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign])).with(authority_mark(Some(1)))
    }

    pub(super) fn authority() -> Self {
        Self::new("CN=Root", 1, "CN=Issuing", 2).with(usages(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign])).with(authority_mark(Some(0)))
    }

    pub(super) fn server() -> Self {
        Self::new("CN=Issuing", 2, "CN=www.example.test", 3)
            .with(usages(&[KeyUsage::DigitalSignature]))
            .with(purposes(&["serverAuth"]))
            .with(names(&["www.example.test"]))
    }

    /// With this extension, in place of the one that was there.
    pub(super) fn with(mut self, extension: (&'static str, bool, Vec<u8>)) -> Self {
        self = self.without(extension.0);
        self.extensions.push(extension);
        self
    }

    pub(super) fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|(found, _, _)| *found != oid);
        self
    }

    pub(super) fn critical(mut self, oid: &str, critical: bool) -> Self {
        for extension in self.extensions.iter_mut().filter(|(found, _, _)| *found == oid) {
            extension.1 = critical;
        }
        self
    }

    pub(super) fn changed(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(super) fn certificate(&self) -> Certificate {
        let extensions: Vec<Vec<u8>> = self
            .extensions
            .iter()
            .map(|(oid, critical, value)| {
                let flag: &[u8] = match (critical, self.all_flags) {
                    (true, _) => &[tag::BOOLEAN, 1, 0xff],
                    (false, true) => &[tag::BOOLEAN, 1, 0],
                    (false, false) => &[],
                };
                asn1::sequence(&[&asn1::oid(oid).unwrap(), flag, &asn1::tlv(tag::OCTET_STRING, value)])
            })
            .collect();
        let name = |text: &str| DistinguishedName::parse(text).unwrap().as_der().to_vec();
        let tbs = asn1::sequence(&[
            &self.version.map(|version| asn1::tlv(0xa0, &[tag::INTEGER, 1, version])).unwrap_or_default(),
            &asn1::tlv(tag::INTEGER, &self.serial),
            &self.inner_algorithm,
            &name(self.issuer),
            &self.validity,
            &self.raw_subject.clone().unwrap_or_else(|| name(self.subject)),
            &self.spki,
            &self.unique_identifiers,
            &asn1::tlv(0xa3, &asn1::tlv(tag::SEQUENCE, &extensions.concat())),
        ]);
        Certificate::from_der(&asn1::sequence(&[&tbs, &self.outer_algorithm, &asn1::bit_string(&[0; 8])])).unwrap()
    }
}
