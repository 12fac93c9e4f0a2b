//! Opening a store: the password is proven by the MAC where there is one, then every bag is read on its own.

use std::borrow::Cow;

use aws_lc_rs::{digest, hmac};
use zeroize::Zeroizing;

use super::{
    super::{
        Found, MOST_ITERATIONS, Object, ObjectError, Password, ber,
        encryption::{self, DerivedFor, bmp_password, count, pkcs12_derive, within},
        key_derivation::{HMAC_SHA256, Pbkdf2},
    },
    CERTIFICATE_BAG, CRL_BAG, DATA, ENCRYPTED_DATA, FRIENDLY_NAME, KEY_BAG, NESTED_BAGS, SECRET_BAG, SHROUDED_KEY_BAG, X509_CERTIFICATE,
    X509_CRL,
};
use crate::{
    asn1::{self, Malformed, Reader, oid_text, tag},
    certificate::Certificate,
    crl::Crl,
    key::PrivateKey,
};

/// PBMAC1 (RFC 8018 7.1).
const PBMAC1: &str = "1.2.840.113549.1.5.14";
/// Lengths of an HMAC's key in octets that are derived: each block of the hash costs the iterations once more.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 1..=64;

/// Bags within bags that are followed.
const MOST_NESTING: usize = 8;

/// Whether these octets are a PFX: a SEQUENCE that starts with version 3 and a ContentInfo, in BER or DER.
pub(crate) fn is_pfx(bytes: &[u8]) -> bool {
    let start = [0x02, 0x01, 0x03, 0x30];
    bytes.first() == Some(&tag::SEQUENCE) && (2..=6).any(|offset| bytes.get(offset..).is_some_and(|rest| rest.starts_with(&start)))
}

/// Opens a store with the first password that fits; the empty one is tried by itself.
///
/// # Errors
/// [`ObjectError::TooCostly`] before anything is derived, [`ObjectError::PasswordNeeded`], [`ObjectError::WrongPassword`],
/// [`ObjectError::Damaged`] when the password is right and the contents are not.
pub(crate) fn read(bytes: &[u8], passwords: &[Password]) -> Result<Vec<Found>, ObjectError> {
    let unreadable = |error| match error {
        ber::BerError::Truncated => ObjectError::Truncated { missing: 1 },
        other => ObjectError::malformed("PKCS#12 store", &other),
    };
    let der = ber::to_der(bytes).map_err(unreadable)?;
    let (authenticated, mac) = frame(&der).map_err(broken)?;
    // BER of its own in the octets that the MAC is over, in what NSS writes.
    let contents = ber::to_der(authenticated).map_err(unreadable)?;
    let store = Store { authenticated, mac, safes: safes(&contents).map_err(broken)? };
    store.check_cost()?;
    let empty = [Password::new(String::new())];
    let mut damage = None;
    for password in empty.iter().chain(passwords) {
        match store.open(password) {
            Ok(found) => return Ok(found),
            Err(ObjectError::WrongPassword) => {}
            Err(error @ ObjectError::Damaged { .. }) => damage = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(match damage {
        Some(damage) => damage,
        None if passwords.is_empty() => ObjectError::PasswordNeeded,
        None => ObjectError::WrongPassword,
    })
}

fn broken(_: Malformed) -> ObjectError {
    ObjectError::Malformed { what: "PKCS#12 store", cause: "its frame cannot be read".to_owned() }
}

/// The frame of a PFX (RFC 7292 4).
struct Store<'a> {
    /// The octets that the MAC is over.
    authenticated: &'a [u8],
    mac: Option<Mac<'a>>,
    safes: Vec<Safe<'a>>,
}

struct Mac<'a> {
    value: &'a [u8],
    way: Way<'a>,
}

/// How the key of a MAC comes from the password.
enum Way<'a> {
    /// RFC 7292 B.
    Pkcs12 { digest: String, salt: &'a [u8], iterations: u64 },
    /// PBMAC1 (RFC 9579): PBKDF2 and an HMAC. `None` where one of them is another, or the key of no length that makes sense.
    Pbmac1(Option<(Pbkdf2, hmac::Algorithm, usize)>),
}

enum Safe<'a> {
    Plain(&'a [u8]),
    Encrypted { algorithm: &'a [u8], ciphertext: Cow<'a, [u8]> },
}

/// The octets that the MAC is over, and the MAC (RFC 7292 4).
fn frame(der: &[u8]) -> Result<(&[u8], Option<Mac<'_>>), Malformed> {
    let mut pfx = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
    pfx.expect(tag::INTEGER)?;
    let mut info = pfx.enter(tag::SEQUENCE)?;
    // Signed stores (RFC 7292 3.1, public-key integrity) are seen nowhere.
    if oid_text(info.expect(tag::OID)?.content) != DATA {
        return Err(Malformed);
    }
    let authenticated = info.enter(0xa0)?.expect(tag::OCTET_STRING)?.content;
    let mac = match pfx.optional(tag::SEQUENCE)? {
        None => None,
        Some(element) => {
            let mut fields = Reader::new(element.content);
            let mut info = fields.enter(tag::SEQUENCE)?;
            let mut algorithm = info.enter(tag::SEQUENCE)?;
            let digest = oid_text(algorithm.expect(tag::OID)?.content);
            let value = info.expect(tag::OCTET_STRING)?.content;
            if digest == PBMAC1 {
                return Ok((authenticated, Some(Mac { value, way: Way::Pbmac1(pbmac1(algorithm)) })));
            }
            let salt = fields.expect(tag::OCTET_STRING)?.content;
            let iterations = fields.optional(tag::INTEGER)?.map_or(1, |number| count(number.content));
            Some(Mac { value, way: Way::Pkcs12 { digest, salt, iterations } })
        }
    };
    Ok((authenticated, mac))
}

/// PBMAC1-params (RFC 8018 A.5). The length of the key must be named there (RFC 9579 4).
fn pbmac1(mut algorithm: Reader<'_>) -> Option<(Pbkdf2, hmac::Algorithm, usize)> {
    let mut parameters = algorithm.enter(tag::SEQUENCE).ok()?;
    let derivation = Pbkdf2::read(parameters.enter(tag::SEQUENCE).ok()?)?;
    let scheme = match oid_text(parameters.enter(tag::SEQUENCE).ok()?.expect(tag::OID).ok()?.content).as_str() {
        "1.2.840.113549.2.7" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "1.2.840.113549.2.8" => hmac::HMAC_SHA224,
        HMAC_SHA256 => hmac::HMAC_SHA256,
        "1.2.840.113549.2.10" => hmac::HMAC_SHA384,
        "1.2.840.113549.2.11" => hmac::HMAC_SHA512,
        _ => return None,
    };
    let octets = usize::try_from(derivation.octets?).ok().filter(|octets| KEY_LENGTHS.contains(octets))?;
    Some((derivation, scheme, octets))
}

/// The parts of an AuthenticatedSafe (RFC 7292 4.1).
fn safes(contents: &[u8]) -> Result<Vec<Safe<'_>>, Malformed> {
    let mut safes = Vec::new();
    let mut list = Reader::new(asn1::single(contents, tag::SEQUENCE)?.content);
    while !list.is_empty() {
        let mut info = list.enter(tag::SEQUENCE)?;
        match oid_text(info.expect(tag::OID)?.content).as_str() {
            DATA => safes.push(Safe::Plain(info.enter(0xa0)?.expect(tag::OCTET_STRING)?.content)),
            ENCRYPTED_DATA => {
                let mut data = info.enter(0xa0)?.enter(tag::SEQUENCE)?;
                data.expect(tag::INTEGER)?;
                let mut content = data.enter(tag::SEQUENCE)?;
                content.expect(tag::OID)?;
                let algorithm = content.expect(tag::SEQUENCE)?.raw;
                let ciphertext = octets(content.any()?)?;
                safes.push(Safe::Encrypted { algorithm, ciphertext });
            }
            _ => return Err(Malformed),
        }
    }
    Ok(safes)
}

impl Store<'_> {
    fn check_cost(&self) -> Result<(), ObjectError> {
        if let Some(mac) = &self.mac {
            within(mac.way.iterations(), MOST_ITERATIONS)?;
        }
        for safe in &self.safes {
            if let Safe::Encrypted { algorithm, .. } = safe {
                encryption::check_cost(algorithm)?;
            }
        }
        Ok(())
    }

    fn open(&self, password: &Password) -> Result<Vec<Found>, ObjectError> {
        let proven = match &self.mac {
            None => false,
            Some(mac) => mac.verify(self.authenticated, password)?,
        };
        if self.mac.is_some() && !proven {
            // Contents that open although the MAC differs: the password is right, and something was altered.
            return Err(match self.contents(password) {
                Ok(found) if self.is_encrypted() && found.iter().all(|item| item.object.is_ok()) => {
                    ObjectError::Damaged { what: "checksum" }
                }
                _ => ObjectError::WrongPassword,
            });
        }
        self.contents(password).map_err(|error| match error {
            ObjectError::WrongPassword | ObjectError::Malformed { .. } if proven => ObjectError::Damaged { what: "encrypted part" },
            other => other,
        })
    }

    fn is_encrypted(&self) -> bool {
        self.safes.iter().any(|safe| matches!(safe, Safe::Encrypted { .. }))
    }

    fn contents(&self, password: &Password) -> Result<Vec<Found>, ObjectError> {
        let mut bags = Bags { password, found: Vec::new() };
        for safe in &self.safes {
            match safe {
                Safe::Plain(contents) => bags.read(&Zeroizing::new(ber::to_der(contents).map_err(|_| broken(Malformed))?), 0)?,
                Safe::Encrypted { algorithm, ciphertext } => {
                    let plain = encryption::decrypt(algorithm, ciphertext, password)?;
                    // Decrypted with another password, it is no element at all.
                    let plain = Zeroizing::new(ber::to_der(&plain).map_err(|_| ObjectError::WrongPassword)?);
                    if asn1::single(&plain, tag::SEQUENCE).is_err() {
                        return Err(ObjectError::WrongPassword);
                    }
                    bags.read(&plain, 0)?;
                }
            }
        }
        Ok(bags.found)
    }
}

/// An OCTET STRING under the tag of encryptedContent (RFC 5652 8), whole, or in the pieces in which NSS writes it (X.690 8.7.3).
fn octets(element: asn1::Tlv<'_>) -> Result<Cow<'_, [u8]>, Malformed> {
    match element.tag {
        0x80 => Ok(Cow::Borrowed(element.content)),
        0xa0 => Ok(Cow::Owned(asn1::each(element.content, tag::OCTET_STRING, |piece| Ok::<_, Malformed>(piece.content))?.concat())),
        _ => Err(Malformed),
    }
}

impl Way<'_> {
    fn iterations(&self) -> u64 {
        match self {
            Self::Pkcs12 { iterations, .. } => *iterations,
            Self::Pbmac1(Some((derivation, ..))) => derivation.iterations.get().into(),
            Self::Pbmac1(None) => 0,
        }
    }
}

impl Mac<'_> {
    /// HMAC with a key from the password: in UTF-8 under PBMAC1 (RFC 9579 4), else RFC 7292 4. There Java leaves the terminating zeros out of an empty
    /// password, OpenSSL does not.
    fn verify(&self, message: &[u8], password: &Password) -> Result<bool, ObjectError> {
        let (digest, salt, iterations) = match &self.way {
            Way::Pkcs12 { digest, salt, iterations } => (digest, *salt, *iterations),
            Way::Pbmac1(Some((derivation, scheme, octets))) => {
                let key = derivation.derive(password.expose().as_bytes(), *octets);
                return Ok(hmac::verify(&hmac::Key::new(*scheme, &key), message, self.value).is_ok());
            }
            Way::Pbmac1(None) => return Err(ObjectError::Unsupported { what: "PKCS#12 MAC PBMAC1 with these parameters".to_owned() }),
        };
        let (hash, algorithm) = match digest.as_str() {
            "1.3.14.3.2.26" => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            "2.16.840.1.101.3.4.2.4" => (&digest::SHA224, hmac::HMAC_SHA224),
            "2.16.840.1.101.3.4.2.1" => (&digest::SHA256, hmac::HMAC_SHA256),
            "2.16.840.1.101.3.4.2.2" => (&digest::SHA384, hmac::HMAC_SHA384),
            "2.16.840.1.101.3.4.2.3" => (&digest::SHA512, hmac::HMAC_SHA512),
            other => return Err(ObjectError::Unsupported { what: format!("PKCS#12 MAC {other}") }),
        };
        let verifies = |password: &[u8]| {
            let key = pkcs12_derive(hash, password, salt, DerivedFor::Mac, iterations, hash.output_len());
            hmac::verify(&hmac::Key::new(algorithm, &key), message, self.value).is_ok()
        };
        Ok(verifies(&bmp_password(password)) || (password.is_empty() && verifies(&[])))
    }
}

/// Collects what is in the bags.
struct Bags<'a> {
    password: &'a Password,
    found: Vec<Found>,
}

impl Bags<'_> {
    fn read(&mut self, contents: &[u8], depth: usize) -> Result<(), ObjectError> {
        if depth > MOST_NESTING {
            return Err(ObjectError::Malformed { what: "PKCS#12 store", cause: format!("bags nested deeper than {MOST_NESTING}") });
        }
        let mut list = Reader::new(asn1::single(contents, tag::SEQUENCE).map_err(broken)?.content);
        while !list.is_empty() {
            let mut bag = list.enter(tag::SEQUENCE).map_err(broken)?;
            let kind = oid_text(bag.expect(tag::OID).map_err(broken)?.content);
            let value = bag.expect(0xa0).map_err(broken)?.content;
            let name = match bag.optional(tag::SET).map_err(broken)? {
                Some(attributes) => friendly_name(attributes.content).map_err(broken)?,
                None => None,
            };
            self.read_bag(&kind, value, name, depth)?;
        }
        Ok(())
    }

    fn read_bag(&mut self, kind: &str, value: &[u8], name: Option<String>, depth: usize) -> Result<(), ObjectError> {
        let (what, object) = match kind {
            KEY_BAG => ("key", PrivateKey::from_pkcs8_der(value).map(Object::PrivateKey).map_err(ObjectError::from)),
            SHROUDED_KEY_BAG => ("key", self.shrouded(value)?),
            CERTIFICATE_BAG => {
                ("certificate", wrapped(value, X509_CERTIFICATE).and_then(|der| Ok(Object::Certificate(Certificate::from_der(der)?))))
            }
            CRL_BAG => ("revocation list", wrapped(value, X509_CRL).and_then(|der| Ok(Object::Crl(Crl::from_der(der)?)))),
            SECRET_BAG => ("secret", Err(ObjectError::Unsupported { what: "a secret key".to_owned() })),
            NESTED_BAGS => return self.read(value, depth + 1),
            other => ("bag", Err(ObjectError::Unsupported { what: other.to_owned() })),
        };
        let label = name.unwrap_or_else(|| format!("{what} {}", self.found.len() + 1));
        self.found.push(Found { label, object });
        Ok(())
    }

    /// A key that is encrypted by itself. Its own failure to open is the password's; a key of an unknown kind is not.
    fn shrouded(&self, value: &[u8]) -> Result<Result<Object, ObjectError>, ObjectError> {
        let (algorithm, ciphertext) = super::super::pkcs8::parts(value).ok_or(Malformed).map_err(broken)?;
        let plain: Zeroizing<Vec<u8>> = match encryption::decrypt(algorithm, ciphertext, self.password) {
            Ok(plain) if asn1::single(&plain, tag::SEQUENCE).is_ok() => plain,
            Ok(_) => return Err(ObjectError::WrongPassword),
            Err(error @ (ObjectError::WrongPassword | ObjectError::TooCostly { .. })) => return Err(error),
            Err(other) => return Ok(Err(other)),
        };
        Ok(PrivateKey::from_pkcs8_der(&plain).map(Object::PrivateKey).map_err(ObjectError::from))
    }
}

/// The octets in a CertBag or CRLBag (RFC 7292 4.2.3, 4.2.4).
fn wrapped<'a>(value: &'a [u8], kind: &str) -> Result<&'a [u8], ObjectError> {
    let read = || -> Result<(String, &'a [u8]), Malformed> {
        let mut fields = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
        Ok((oid_text(fields.expect(tag::OID)?.content), fields.enter(0xa0)?.expect(tag::OCTET_STRING)?.content))
    };
    match read().map_err(broken)? {
        (found, der) if found == kind => Ok(der),
        (other, _) => Err(ObjectError::Unsupported { what: other }),
    }
}

/// The friendlyName among bag attributes (RFC 2985 5.5.1): a BMPString.
fn friendly_name(attributes: &[u8]) -> Result<Option<String>, Malformed> {
    let mut list = Reader::new(attributes);
    while !list.is_empty() {
        let mut attribute = list.enter(tag::SEQUENCE)?;
        if oid_text(attribute.expect(tag::OID)?.content) != FRIENDLY_NAME {
            continue;
        }
        let Ok(value) = attribute.enter(tag::SET)?.any() else { continue };
        let units: Vec<u16> =
            value.content.chunks_exact(2).map(|pair| pair.iter().fold(0, |sum, octet| (sum << 8) | u16::from(*octet))).collect();
        return Ok(Some(String::from_utf16_lossy(&units)).filter(|name| !name.is_empty()));
    }
    Ok(None)
}
