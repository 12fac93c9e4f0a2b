//! Java's own key stores: JKS (`sun.security.provider.JavaKeyStore`) and JCEKS (`com.sun.crypto.provider.JceKeyStore`), read only. Certificates
//! lie open in them; keys are protected one by one, and a digest over the whole tells whether a password is the store's.

mod protection;
mod serialized;

use aws_lc_rs::digest;
use zeroize::Zeroizing;

use super::{Found, Object, ObjectError, Password, pkcs8};
use crate::certificate::Certificate;

/// What a JKS starts with.
const JKS: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
/// What a JCEKS starts with.
const JCEKS: [u8; 4] = [0xce, 0xce, 0xce, 0xce];
/// What the digest is over besides password and contents.
const WHITENER: &[u8] = b"Mighty Aphrodite";
/// Octets of the digest at the end: SHA-1.
const DIGEST: usize = 20;
/// The only type of certificate that there ever was.
const X509: &str = "X.509";

/// Whether these octets start such a store.
pub(super) fn is_java_store(bytes: &[u8]) -> bool {
    bytes.starts_with(&JKS) || bytes.starts_with(&JCEKS)
}

/// Octets that end before what should be in them does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Short;

/// Reads a store. Certificates come out whatever the passwords; a key with the first that fits it, which need not be the store's. Where the store ends
/// early, what was whole comes out, and the fault behind it.
///
/// # Errors
/// [`ObjectError::Unsupported`] for a version that Java never had.
pub(super) fn read(bytes: &[u8], passwords: &[Password]) -> Result<Vec<Found>, ObjectError> {
    let mut input = Octets(bytes);
    let Ok(frame) = Frame::read(&mut input) else { return Err(ObjectError::Truncated { missing: 1 }) };
    if !(1..=2).contains(&frame.version) {
        return Err(ObjectError::Unsupported { what: format!("Java keystore of version {}", frame.version) });
    }
    // The digest costs next to nothing, a key of JCEKS a tenth of a second: so the store's own password comes first, and the others only where a key has
    // one of its own. Where none is the store's, it was altered or they are for other files; nothing tells which, and certificates prove themselves.
    let (own, others): (Vec<_>, Vec<_>) = passwords.iter().partition(|password| is_password_of(bytes, password));
    let mut store = Store { frame, passwords: [own, others].concat(), found: Vec::new() };
    for _ in 0..store.frame.count {
        match store.entry(&mut input) {
            Ok(()) => {}
            Err(Fault::Short) => {
                store.add("file".to_owned(), Err(ObjectError::Truncated { missing: 1 }));
                return Ok(store.found);
            }
            Err(Fault::Broken(cause)) => {
                store.add("file".to_owned(), Err(ObjectError::Malformed { what: "Java keystore", cause: cause.to_owned() }));
                return Ok(store.found);
            }
        }
    }
    if input.0.len() < DIGEST {
        store.add("file".to_owned(), Err(ObjectError::Truncated { missing: DIGEST - input.0.len() }));
    }
    Ok(store.found)
}

/// Whether a password is that of the store, by the digest at its end.
fn is_password_of(bytes: &[u8], password: &Password) -> bool {
    let Some((contents, wanted)) = bytes.len().checked_sub(DIGEST).and_then(|at| bytes.split_at_checked(at)) else { return false };
    let mut hash = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    hash.update(&wide(password));
    hash.update(WHITENER);
    hash.update(contents);
    hash.finish().as_ref() == wanted
}

/// A password as JKS takes it: two octets for each unit of UTF-16.
fn wide(password: &Password) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.expose().encode_utf16().flat_map(u16::to_be_bytes).collect())
}

struct Frame {
    version: u32,
    count: u32,
    /// JCEKS rather than JKS.
    extended: bool,
}

impl Frame {
    fn read(input: &mut Octets<'_>) -> Result<Self, Short> {
        let extended = input.take(JKS.len())? == JCEKS;
        Ok(Self { extended, version: input.number()?, count: input.number()? })
    }
}

/// Why an entry, and all behind it, cannot be read.
enum Fault {
    Short,
    Broken(&'static str),
}

impl From<Short> for Fault {
    fn from(Short: Short) -> Self {
        Self::Short
    }
}

struct Store<'a> {
    frame: Frame,
    passwords: Vec<&'a Password>,
    found: Vec<Found>,
}

impl Store<'_> {
    fn add(&mut self, label: String, object: Result<Object, ObjectError>) {
        self.found.push(Found { label, object });
    }

    fn entry(&mut self, input: &mut Octets<'_>) -> Result<(), Fault> {
        let kind = input.number()?;
        let alias = input.text()?;
        // When it was put in, in milliseconds.
        input.take(8)?;
        match kind {
            1 => {
                let protected = input.counted()?;
                let key = self.key(protected);
                self.add(alias.clone(), key);
                for number in 1..=input.number()? {
                    let label = format!("{alias}, certificate {number}");
                    self.certificate(label, input)?;
                }
                Ok(())
            }
            2 => self.certificate(alias, input),
            3 if self.frame.extended => {
                serialized::pass_over(input)?;
                self.add(alias, Err(ObjectError::Unsupported { what: "a secret key".to_owned() }));
                Ok(())
            }
            _ => Err(Fault::Broken("an entry of an unknown kind")),
        }
    }

    fn certificate(&mut self, label: String, input: &mut Octets<'_>) -> Result<(), Fault> {
        // Version 1 had no other type.
        let kind = if self.frame.version == 1 { X509.to_owned() } else { input.text()? };
        let der = input.counted()?;
        let object = match kind.as_str() {
            X509 | "X509" => Certificate::from_der(der).map(Object::Certificate).map_err(ObjectError::from),
            other => Err(ObjectError::Unsupported { what: format!("a certificate of the type {other}") }),
        };
        self.add(label, object);
        Ok(())
    }

    fn key(&self, protected: &[u8]) -> Result<Object, ObjectError> {
        let (algorithm, ciphertext) = pkcs8::parts(protected)
            .ok_or_else(|| ObjectError::Malformed { what: "private key", cause: "no EncryptedPrivateKeyInfo".to_owned() })?;
        let protection = protection::Protection::read(algorithm)?;
        pkcs8::first_that_fits(&self.passwords, |password| protection.open(ciphertext, password)).map(Object::PrivateKey)
    }
}

/// Octets that are taken from the front.
struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    fn take(&mut self, octets: usize) -> Result<&'a [u8], Short> {
        let (taken, rest) = self.0.split_at_checked(octets).ok_or(Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn octet(&mut self) -> Result<u8, Short> {
        self.take(1)?.first().copied().ok_or(Short)
    }

    fn short_number(&mut self) -> Result<usize, Short> {
        let octets = self.take(2)?.try_into().map_err(|_| Short)?;
        Ok(usize::from(u16::from_be_bytes(octets)))
    }

    fn number(&mut self) -> Result<u32, Short> {
        let octets = self.take(4)?.try_into().map_err(|_| Short)?;
        Ok(u32::from_be_bytes(octets))
    }

    /// Octets behind their number.
    fn counted(&mut self) -> Result<&'a [u8], Short> {
        let length = usize::try_from(self.number()?).map_err(|_| Short)?;
        self.take(length)
    }

    /// A text in Java's own form of UTF-8: units of UTF-16 of one, two or three octets, and no octet that is zero.
    fn text(&mut self) -> Result<String, Short> {
        let length = self.short_number()?;
        let mut rest = self.take(length)?;
        let mut units: Vec<u16> = Vec::with_capacity(length);
        while let [first, after @ ..] = rest {
            let low = |octet: &u8| u16::from(octet & 0x3f);
            let first = u16::from(*first);
            let (unit, behind) = match (first, after) {
                (0xc0..=0xdf, [second, behind @ ..]) => ((first & 0x1f) << 6 | low(second), behind),
                (0xe0..=0xef, [second, third, behind @ ..]) => ((first & 0x0f) << 12 | low(second) << 6 | low(third), behind),
                _ => (first, after),
            };
            units.push(unit);
            rest = behind;
        }
        Ok(String::from_utf16_lossy(&units))
    }
}

#[cfg(test)]
mod tests;
