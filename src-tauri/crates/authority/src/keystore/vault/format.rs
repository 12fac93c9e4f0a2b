//! The vault file, version 1. Text, one thing a line, each line ended by a line feed:
//!
//! ```text
//! chancery-vault 1
//! {"registry":ID,"kdf":{"name":"argon2id","memoryKib":N,"passes":N,"lanes":N,"salt":B},"master":{"nonce":B,"sealed":B}}
//! {"entry":NAME,"label":TEXT,"nonce":B,"sealed":B}                      any number of these
//! mac HEX          HMAC-SHA256 of all lines above, under HKDF-SHA256 of the master key
//! sha256 HEX       SHA-256 of all lines above
//! ```
//!
//! `B` is base64url without padding (RFC 4648 5), `HEX` lower case. The checksum tells a damaged file from a wrong passphrase before one is asked for; the
//! authentication code shows entries that were removed, added or put back from an older file line by line.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::keystore::KeyStoreError;
use crate::keystore::sealing::{KdfCost, Sealed};
use crate::secret::SecretBytes;

/// The first line.
pub(super) const TITLE: &str = "chancery-vault 1";
/// What a title of another version starts with.
const TITLE_STEM: &str = "chancery-vault ";

/// How the passphrase opens the vault.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) registry: String,
    pub(super) cost: KdfCost,
    pub(super) salt: Vec<u8>,
    pub(super) master: Sealed,
}

/// One sealed entry.
#[derive(Debug)]
pub(super) struct VaultEntry {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) sealed: Sealed,
}

/// The whole file.
#[derive(Debug)]
pub(super) struct VaultFile {
    pub(super) header: Header,
    pub(super) entries: Vec<VaultEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLine {
    registry: String,
    kdf: KdfPart,
    master: SealedPart,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct KdfPart {
    name: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedPart {
    nonce: String,
    sealed: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryLine {
    entry: String,
    label: String,
    nonce: String,
    sealed: String,
}

impl VaultFile {
    /// Writes the file, authenticated under `master`.
    pub(super) fn to_bytes(&self, master: &SecretBytes) -> Result<Vec<u8>, KeyStoreError> {
        let header = &self.header;
        let kdf = KdfPart {
            name: "argon2id".to_owned(),
            memory_kib: header.cost.memory_kib(),
            passes: header.cost.passes(),
            lanes: header.cost.lanes(),
            salt: encode(&header.salt),
        };
        let master_part = SealedPart { nonce: encode(&header.master.nonce), sealed: encode(&header.master.text) };
        let mut text = format!("{TITLE}\n");
        push_line(&mut text, &HeaderLine { registry: header.registry.clone(), kdf, master: master_part })?;
        for VaultEntry { name, label, sealed } in &self.entries {
            let line = EntryLine { entry: name.clone(), label: label.clone(), nonce: encode(&sealed.nonce), sealed: encode(&sealed.text) };
            push_line(&mut text, &line)?;
        }
        let key = mac_key(master).ok_or_else(|| KeyStoreError::damaged("the master key"))?;
        let tag = hmac::sign(&key, text.as_bytes());
        text.push_str(&format!("mac {}\n", hex::encode(tag)));
        text.push_str(&format!("sha256 {}\n", hex::encode(digest(&SHA256, text.as_bytes()))));
        Ok(text.into_bytes())
    }

    /// Reads a file: checksum first, then form, then whether the cost is one that may be paid.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, KeyStoreError> {
        let damaged = || KeyStoreError::damaged("the vault file");
        let text = std::str::from_utf8(bytes).map_err(|_| damaged())?;
        let version =
            text.lines().next().and_then(|line| line.strip_prefix(TITLE_STEM)).ok_or_else(|| KeyStoreError::damaged("not a vault file"))?;
        let (covered, sum) = split_last_line(text, "sha256 ").ok_or_else(damaged)?;
        if hex::encode(digest(&SHA256, covered.as_bytes())) != sum {
            return Err(KeyStoreError::damaged("the checksum of the vault file"));
        }
        if version != "1" {
            return Err(KeyStoreError::Unsupported { what: format!("vault files of version {version}") });
        }
        let (lines, _) = split_last_line(covered, "mac ").ok_or_else(damaged)?;
        let mut lines = lines.lines().skip(1);
        let header: HeaderLine = lines.next().and_then(|line| serde_json::from_str(line).ok()).ok_or_else(damaged)?;
        if header.kdf.name != "argon2id" {
            return Err(KeyStoreError::Unsupported { what: format!("key derivation {}", header.kdf.name) });
        }
        let header = Header {
            registry: header.registry,
            cost: KdfCost::new(header.kdf.memory_kib, header.kdf.passes, header.kdf.lanes)?,
            salt: URL_SAFE_NO_PAD.decode(header.kdf.salt).map_err(|_| damaged())?,
            master: sealed(&header.master.nonce, &header.master.sealed).ok_or_else(damaged)?,
        };
        let mut entries = Vec::new();
        for line in lines {
            let line: EntryLine = serde_json::from_str(line).map_err(|_| damaged())?;
            let sealed = sealed(&line.nonce, &line.sealed).ok_or_else(damaged)?;
            entries.push(VaultEntry { name: line.entry, label: line.label, sealed });
        }
        Ok(Self { header, entries })
    }

    /// Holds the bytes that this file was read from against the authentication code in them.
    pub(super) fn verify(&self, master: &SecretBytes, bytes: &[u8]) -> Result<(), KeyStoreError> {
        let damaged = || KeyStoreError::damaged("the authentication code of the vault file");
        let text = std::str::from_utf8(bytes).map_err(|_| damaged())?;
        let (covered, _) = split_last_line(text, "sha256 ").ok_or_else(damaged)?;
        let (lines, tag) = split_last_line(covered, "mac ").ok_or_else(damaged)?;
        let tag = hex::decode(tag).map_err(|_| damaged())?;
        let key = mac_key(master).ok_or_else(damaged)?;
        hmac::verify(&key, lines.as_bytes(), &tag).map_err(|_| damaged())
    }
}

/// Splits `NAME VALUE\n` off the end of `text`.
fn split_last_line<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let body = text.strip_suffix('\n')?;
    let start = body.rfind('\n')? + 1;
    let (before, line) = body.split_at_checked(start)?;
    Some((before, line.strip_prefix(name)?))
}

fn push_line(text: &mut String, line: &impl Serialize) -> Result<(), KeyStoreError> {
    text.push_str(&serde_json::to_string(line).map_err(|_| KeyStoreError::damaged("a line of the vault file"))?);
    text.push('\n');
    Ok(())
}

fn mac_key(master: &SecretBytes) -> Option<hmac::Key> {
    let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, master.expose());
    let okm = prk.expand(&[b"chancery vault file 1"], hmac::HMAC_SHA256).ok()?;
    Some(hmac::Key::from(okm))
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sealed(nonce: &str, text: &str) -> Option<Sealed> {
    Some(Sealed { nonce: URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?, text: URL_SAFE_NO_PAD.decode(text).ok()? })
}
