//! What must not be found: the numbers that make a key private and the words that open things, in every form in which they could lie somewhere.

use authority::clock::SystemEntropy;
use authority::keystore::{KeyRef, RecoveryFile};
use authority::pki::encoding::pkcs8_pem;
use authority::pki::{PrivateKey, PublicKey};
use authority::registry::{KeyLocation, Read};
use authority::secret::Passphrase;
use authority::session::Session;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use suite::NOW;
use suite::judges::openssl;

/// What is looked for, in all forms.
pub struct Needles {
    /// By their first two octets, so that most places of a haystack are passed at once.
    by_first: Vec<Vec<(String, Vec<u8>)>>,
    /// Whether parts are looked for too.
    remains: bool,
}

/// How much of a secret is looked for by itself in memory, where the rest may have been written over.
const REMAINS: usize = 32;

impl Default for Needles {
    fn default() -> Self {
        Self { by_first: vec![Vec::new(); 1 << 16], remains: false }
    }
}

impl Needles {
    /// Needles for memory: also every 32 octets in a row of what is added, and all of it back to front, as numbers are calculated with.
    pub fn for_memory() -> Self {
        Self { remains: true, ..Self::default() }
    }

    /// Adds bytes: raw, as hexadecimal, as base64 of either alphabet at each of its three alignments, as numbers of a JSON list.
    pub fn add_bytes(&mut self, name: &str, bytes: &[u8]) {
        assert!(bytes.len() >= 16, "{name} is too short to be told from chance");
        self.add(name.to_owned(), bytes.to_vec());
        if self.remains {
            let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
            for (order, bytes) in [("", bytes), (", back to front", &reversed)] {
                let parts = bytes.windows(REMAINS.min(bytes.len()));
                parts.for_each(|part| self.add(format!("a part of {name}{order}"), part.to_vec()));
            }
        }
        self.add(format!("{name} in hexadecimal"), hex::encode(bytes).into_bytes());
        self.add(format!("{name} in capital hexadecimal"), hex::encode_upper(bytes).into_bytes());
        let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.add(format!("{name} in pairs"), pairs.join(":").into_bytes());
        let numbers: Vec<_> = bytes.iter().map(u8::to_string).collect();
        self.add(format!("{name} as a list"), numbers.join(",").into_bytes());
        self.add(format!("{name} as debug text"), numbers.join(", ").into_bytes());
        for start in 0..3 {
            let whole = &bytes[start..];
            let whole = &whole[..whole.len() / 3 * 3];
            self.add(format!("{name} in base64"), STANDARD.encode(whole).into_bytes());
            self.add(format!("{name} in base64url"), URL_SAFE.encode(whole).into_bytes());
        }
    }

    /// Adds a passphrase: as text, and as bytes are added.
    pub fn add_word(&mut self, word: &str) {
        self.add_bytes(&format!("the passphrase {word:?}"), word.as_bytes());
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) {
        let first = u16::from_be_bytes(*bytes.first_chunk().expect("long enough"));
        self.by_first[usize::from(first)].push((name, bytes));
    }

    /// Adds the private numbers of a key file.
    pub fn add_file(&mut self, path: &str, password: Option<&str>) {
        for (title, bytes) in private_numbers(path, password) {
            self.add_bytes(&format!("{title} of {path}"), &bytes);
        }
    }

    /// Adds the private numbers of a key.
    pub fn add_key(&mut self, label: &str, key: &PrivateKey) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key.pem");
        std::fs::write(&path, pkcs8_pem(key).as_bytes()).expect("a file");
        for (title, bytes) in private_numbers(path.to_str().expect("UTF-8"), None) {
            self.add_bytes(&format!("{title} of {label}"), &bytes);
        }
    }

    /// Adds every key and secret that an unlocked registry keeps in its keystore; returns how many keys there are.
    pub fn add_keystore(&mut self, session: &Session) -> usize {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("drill.recovery");
        let passphrase = Passphrase::new("of the drill".to_owned());
        RecoveryFile::create_cheap(&path, &passphrase, "drill", NOW, &SystemEntropy).expect("a recovery file");
        let recovery = RecoveryFile::open(&path, &passphrase).expect("opened");
        let rows = session.registry().read(|tx: &Read<'_>| tx.keys()).expect("keys");
        let mut keys = 0;
        for row in rows.iter().filter(|row| !matches!(row.key.location, KeyLocation::Registry | KeyLocation::Elsewhere)) {
            let name = KeyRef::new(&row.key.id.to_string()).expect("a name");
            let public = PublicKey::from_spki_der(&row.key.spki).expect("a key");
            let sealed = session.keystore().sealed_export(&name, &public, recovery.public()).expect("sealed");
            self.add_key(&row.key.label, &recovery.open_sealed(&sealed).expect("a key"));
            keys += 1;
        }
        for name in ["audit-head", "leaf-sealing"] {
            // The second one is made when a leaf key is kept.
            if let Some(secret) = session.keystore().secret(name).expect("the keystore answers") {
                self.add_bytes(&format!("the secret {name}"), secret.expose());
            }
        }
        keys
    }

    /// Every needle that the bytes hold, also across the line ends of PEM.
    pub fn found_in(&self, haystack: &[u8]) -> Vec<&str> {
        let mut found = self.found_as_is(haystack);
        let joined: Vec<u8> = haystack.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
        if joined.len() < haystack.len() {
            found.extend(self.found_as_is(&joined));
        }
        found
    }

    fn found_as_is(&self, haystack: &[u8]) -> Vec<&str> {
        let (mut found, mut before) = (Vec::new(), 0_usize);
        for (place, byte) in haystack.iter().enumerate() {
            let pair = (before << 8 | usize::from(*byte)) & 0xffff;
            before = pair;
            for (name, needle) in &self.by_first[pair] {
                if place > 0 && haystack[place - 1..].starts_with(needle) {
                    found.push(name.as_str());
                }
            }
        }
        found
    }

    /// Fails if the bytes hold a needle.
    #[track_caller]
    pub fn assert_absent(&self, place: &str, haystack: &[u8]) {
        let found = self.found_in(haystack);
        assert!(found.is_empty(), "{place} holds {found:?}");
    }
}

/// The numbers that make a key private, as OpenSSL prints them: the scalar or seed, and of an RSA key exponent, primes and coefficients.
fn private_numbers(key: &str, password: Option<&str>) -> Vec<(String, Vec<u8>)> {
    let pass = format!("pass:{}", password.unwrap_or_default());
    let text = openssl::openssl(&["pkey", "-in", key, "-noout", "-text", "-passin", &pass]).assert_accepted();
    let mut found: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let hex = line.trim().trim_end_matches(':');
        let is_hex = line.starts_with("    ") && hex.split(':').all(|pair| pair.len() == 2 && u8::from_str_radix(pair, 16).is_ok());
        if is_hex && inside {
            if let Some((_, digits)) = found.last_mut() {
                digits.push_str(&hex.replace(':', ""));
            }
        } else if !is_hex {
            let title = line.trim_end_matches(':');
            inside = ["priv", "privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient"].contains(&title);
            if inside {
                found.push((title.to_owned(), String::new()));
            }
        }
    }
    assert!(!found.is_empty(), "{key} shows no private number");
    found.into_iter().map(|(title, digits)| (title, without_zeros(&hex::decode(digits).expect("hexadecimal")))).collect()
}

fn without_zeros(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
}
