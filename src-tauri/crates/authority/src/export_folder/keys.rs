//! The keys that go with a folder: the authority's own, and those of its certificates that the registry keeps. All have their rows in the log before any
//! is written.

use std::collections::HashSet;

use pki::encoding::pkcs8_encrypt_pem;
use serde_json::json;
use zeroize::Zeroizing;

use super::{ExportFolderError, FolderKeys, Parting};
use crate::audit::AuditEvent;
use crate::export_key::{ExportKeyError, KeyDeparture, KeyForm};
use crate::hand_over::Protection;
use crate::registry::{
    Archived, CertificateFilter, CertificateRow, KeyLocation, KeyRow, KeyRowId, KeyState, Page, Read, RegistryError, Sort,
};
use crate::session::Session;

/// Rows of a page.
pub(super) const PAGE: u32 = 500;

/// What a file of a key holds.
pub(super) type KeyFile = Zeroizing<String>;

/// The keys that were said to leave.
pub(super) struct DepartingKeys {
    /// The authority's, sealed, PEM.
    pub(super) authority: Zeroizing<Vec<u8>>,
    authority_key: KeyRowId,
    /// Those of certificates.
    leaves: HashSet<KeyRowId>,
    /// What was asked for, with the password that seals them all.
    departure: KeyDeparture,
    /// The name of the folder.
    to: String,
}

impl Session {
    /// Asks the guard, opens the authority's key, and puts on record that it and the kept keys of its certificates leave.
    pub(super) fn depart_with_folder(&self, keys: FolderKeys, parting: &Parting, to: String) -> Result<DepartingKeys, ExportFolderError> {
        let departure = KeyDeparture {
            certificate: parting.certificate_row.id,
            form: KeyForm::Pem,
            protection: Protection::Password(keys.password),
            reason: keys.reason,
            passphrase: keys.passphrase,
            confirmation: keys.confirmation,
        };
        let (row, authority) = self.key_for_departure(&departure, &to)?;
        let mut departing = DepartingKeys { authority, authority_key: row.key.id, leaves: HashSet::new(), departure, to };
        let filter = CertificateFilter { authority: Some(parting.authority.id), archived: Archived::With, ..CertificateFilter::default() };
        let mut page = Page::First;
        loop {
            let (held, next) = self.registry().read(|tx| {
                let found = tx.certificates_page(&filter, Sort::default(), &page, PAGE, self.now())?;
                let mut held = Vec::new();
                for certificate in found.items.into_iter().filter(|certificate| certificate.record.key_held) {
                    if let Some(key) = kept(tx, &certificate)?
                        && departing.leaves.insert(key.key.id)
                    {
                        held.push((key.key.id, certificate));
                    }
                }
                Ok::<_, RegistryError>((held, found.next))
            })?;
            if !held.is_empty() {
                let events: Vec<AuditEvent> =
                    held.iter().map(|(key, certificate)| self.leaves_with(&departing, *key, certificate)).collect();
                self.change(|tx| events.iter().try_for_each(|event| tx.append_audit(event).map(drop)))?;
            }
            match next {
                Some(cursor) => page = Page::After(cursor),
                None => return Ok(departing),
            }
        }
    }

    fn leaves_with(&self, departing: &DepartingKeys, key: KeyRowId, certificate: &CertificateRow) -> AuditEvent {
        let detail = json!({
            "certificate": certificate.id.to_string(), "name": certificate.facts.display_name, "to": departing.to,
            "form": KeyForm::Pem.as_str(), "protected": true,
        });
        AuditEvent { why: Some(departing.departure.reason.trim().to_owned()), ..self.event("key.exported", &key.to_string(), detail) }
    }

    /// Puts on record that none of them has left after all.
    pub(super) fn keys_stayed(&self, keys: &DepartingKeys) -> Result<(), RegistryError> {
        let all = std::iter::once(&keys.authority_key).chain(&keys.leaves);
        let events: Vec<AuditEvent> = all.map(|key| self.event("key.not-exported", &key.to_string(), json!({ "to": keys.to }))).collect();
        self.change(|tx| events.iter().try_for_each(|event| tx.append_audit(event).map(drop)))
    }

    /// The sealed key of a certificate, where it is one of those that leave.
    pub(super) fn key_file(
        &self,
        tx: &Read<'_>,
        keys: &DepartingKeys,
        certificate: &CertificateRow,
    ) -> Result<Option<KeyFile>, ExportFolderError> {
        if !certificate.record.key_held {
            return Ok(None);
        }
        let Some(row) = kept(tx, certificate)?.filter(|row| keys.leaves.contains(&row.key.id)) else { return Ok(None) };
        let Protection::Password(password) = &keys.departure.protection else { return Ok(None) };
        let key = self.key_of(&row, tx.certificate_of(certificate)?.public_key())?;
        Ok(Some(pkcs8_encrypt_pem(&key, password).map_err(ExportKeyError::from)?))
    }
}

/// The key of a certificate, where the registry itself keeps it.
fn kept(tx: &Read<'_>, certificate: &CertificateRow) -> Result<Option<KeyRow>, RegistryError> {
    let key = tx.key_by_fingerprint(&certificate.facts.key_fingerprint)?;
    Ok(key.filter(|row| row.key.location == KeyLocation::Registry && row.key.state == KeyState::Ready))
}
