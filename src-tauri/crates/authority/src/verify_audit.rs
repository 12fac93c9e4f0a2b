//! The audit log's head is MACed under a secret that is not in the registry: cutting off the newest rows shows (invariant 16).

use aws_lc_rs::hmac;
use pki::Fingerprint;
use time::OffsetDateTime;

use crate::audit::head_text;
use crate::registry::{AuditHead, ChainVerdict, CheckFinding, Read, RegistryError, Write};
use crate::secret::SecretBytes;
use crate::session::Session;

/// The result of a verification.
#[derive(Debug, Clone)]
pub struct AuditVerdict {
    /// What is wrong.
    pub findings: Vec<CheckFinding>,
    /// Rows in the log.
    pub count: u64,
    /// Hash of the newest row.
    pub head: Fingerprint,
    /// Whether count and head were compared with the MACed ones.
    pub sealed: bool,
    /// Breaks that the sealed row of a salvage names, and that are no findings for that.
    pub on_record: u64,
}

/// MACs the head as it stands in this transaction. A seal that is gone or does not fit the log is left as it is: sealed anew, the log would look whole.
pub(crate) fn seal_head(tx: &Write<'_>, secret: &SecretBytes, now: OffsetDateTime) -> Result<(), RegistryError> {
    let (count, head) = tx.audit_head()?;
    match tx.newest_audit_mac()? {
        Some(sealed) if sealed.count == count || !fits(tx, secret, &sealed)? => return Ok(()),
        // The first row is sealed with the registry's creation.
        None if count > 1 && !tx.seal_was_lost()? => return Ok(()),
        _ => {}
    }
    let mac = hmac::sign(&key(secret), head_text(count, &head).as_bytes());
    tx.set_audit_mac(&AuditHead { count, head, mac: mac.as_ref().to_vec(), at: now })
}

/// Whether a seal is ours and the row that it stands for has the hash that was sealed.
fn fits(tx: &Write<'_>, secret: &SecretBytes, sealed: &AuditHead) -> Result<bool, RegistryError> {
    if hmac::verify(&key(secret), head_text(sealed.count, &sealed.head).as_bytes(), &sealed.mac).is_err() {
        return Ok(false);
    }
    let row = tx.audit_page(None, Some(sealed.count.saturating_add(1)), 1)?;
    Ok(row.first().is_some_and(|row| row.sequence == sealed.count && row.hash == sealed.head))
}

fn key(secret: &SecretBytes) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.expose())
}

/// What is wrong with the seal of a log of `count` rows.
pub(crate) fn examine_seal(secret: &SecretBytes, sealed: Option<&AuditHead>, count: u64) -> Vec<CheckFinding> {
    let finding = |place: &str, code, message: String| CheckFinding { place: place.to_owned(), code, message };
    // Every change made with unlocked keys seals the head, the creation too: a log without a seal has lost it.
    let Some(sealed) = sealed else {
        return vec![finding("audit_heads", "audit_unsealed", "the MAC over the head of the log is gone".to_owned())];
    };
    let mut findings = Vec::new();
    if hmac::verify(&key(secret), head_text(sealed.count, &sealed.head).as_bytes(), &sealed.mac).is_err() {
        findings.push(finding("audit_heads", "audit_mac_wrong", "the MAC over the head of the log is wrong".to_owned()));
    }
    if sealed.count > count {
        let message = format!("the log had {} rows when its head was last sealed, and has {count} now", sealed.count);
        findings.push(finding("audit", "audit_cut", message));
    }
    findings
}

/// How many rows were written since the head was last sealed: all of them, when a salvage says that the seal was lost.
pub(crate) fn unsealed_rows(tx: &Read<'_>) -> Result<u64, RegistryError> {
    let (count, _) = tx.audit_head()?;
    match tx.newest_audit_mac()? {
        Some(sealed) => Ok(count.saturating_sub(sealed.count)),
        None if tx.seal_was_lost()? => Ok(count),
        None => Ok(0),
    }
}

impl Session {
    /// Seals what was written while the keys were locked, with a row that says how many entries that were; gives their number. A seal that does not
    /// fit is left as it is, for the verification to tell.
    pub(crate) fn seal_unsealed(&self) -> Result<u64, RegistryError> {
        let rows = self.registry().read(unsealed_rows)?;
        if rows > 0 {
            self.change(|tx| {
                // Another program may have been quicker.
                match unsealed_rows(tx)? {
                    0 => Ok(0),
                    rows => {
                        tx.append_audit(&self.event("audit.sealed", &self.id().to_string(), serde_json::json!({ "entries": rows })))?;
                        Ok(rows)
                    }
                }
            })
        } else {
            Ok(0)
        }
    }

    /// Verifies the chain of the log and, while unlocked, the MAC over its head.
    ///
    /// # Errors
    /// When the log cannot be read at all.
    pub fn verify_audit(&self) -> Result<AuditVerdict, RegistryError> {
        let (chain, (count, head), sealed, excused) = self
            .registry()
            .read(|tx| Ok::<_, RegistryError>((tx.verify_chain(|_| {})?, tx.audit_head()?, tx.newest_audit_mac()?, tx.seal_was_lost()?)))?;
        let ChainVerdict { mut findings, on_record } = chain;
        let compared = self.with_audit_secret(|secret| {
            let Some(secret) = secret else { return false };
            if sealed.is_none() && excused {
                return false;
            }
            for finding in examine_seal(secret, sealed.as_ref(), count) {
                // The walk along the chain tells of a cut as well.
                if findings.iter().all(|known| known.code != finding.code) {
                    findings.push(finding);
                }
            }
            true
        });
        Ok(AuditVerdict { findings, count, head: Fingerprint::from_bytes(head), sealed: compared, on_record })
    }
}
