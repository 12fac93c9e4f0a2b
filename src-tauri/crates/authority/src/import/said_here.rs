//! Records what registries elsewhere said: revocations, numbers, names and comments, templates.

use pki::{Fingerprint, RevocationReason};
use serde_json::json;

use super::ImportError;
use super::book::Book;
use super::elsewhere::Note;
use super::links::PlannedCertificate;
use super::origin;
use super::plan::Plan;
use super::said::PlannedRevocation;
use crate::filing::is_tag;
use crate::registry::{CertificateId, CertificateRow, NewCrlEntry, NewRevocation, RegistryError, Standing};

impl Book<'_, '_> {
    /// Keeps what another program knew of a certificate: the name that it had there, where it is another one, and its kind as tags; all of it in a setting.
    pub(super) fn note(&self, id: CertificateId, new: &PlannedCertificate) -> Result<(), RegistryError> {
        let Some(note) = &new.note else { return Ok(()) };
        let Note { program, name, kind, .. } = note;
        let kind_tag = if *program == "tiny_ca" { kind.as_str() } else { "" };
        for tag in [name.as_str(), kind_tag].into_iter().filter(|tag| **tag != new.facts.display_name && is_tag(tag)) {
            self.tx.set_tag(id, tag, true)?;
        }
        origin::keep(self.tx, id, note)
    }

    /// Records the revocations that are in the plan beside those of CRLs, before these are read: what a register says is the more, and what a list says of
    /// the same serial number was weighed against it.
    pub(super) fn revocations(&mut self, plan: &Plan) -> Result<(), ImportError> {
        for planned in &plan.revocations {
            self.revocation(planned)?;
        }
        Ok(())
    }

    fn revocation(&mut self, planned: &PlannedRevocation) -> Result<(), RegistryError> {
        let PlannedRevocation { signer, issuer, entry, hold_instruction, sharpens, listed } = planned;
        let Some((authority, generation)) = self.signer(signer)? else {
            return Err(RegistryError::Refused { detail: format!("there is no authority of the key {signer}") });
        };
        let rows = self.tx.certificates_by_issuer_and_serial(issuer, &entry.serial)?;
        let own = rows.iter().position(|row| row.record.generation == Some(generation)).unwrap_or(0);
        let certificate = rows.into_iter().nth(own);
        let reason = entry.reason.unwrap_or(RevocationReason::Unspecified);
        let standing = self.tx.revocation(issuer, &entry.serial)?;
        let mut generations = vec![generation];
        match &standing {
            Some(standing) if *sharpens => {
                self.tx.sharpen_revocation(standing.id, reason, entry.invalidity_date, None)?;
                generations.extend(self.tx.generations_listing(standing.authority, &entry.serial)?);
                generations.push(standing.generation);
            }
            // Somebody was quicker.
            Some(_) => return Ok(()),
            None => {
                self.tx.insert_revocation(&NewRevocation {
                    authority,
                    generation,
                    issuer: issuer.clone(),
                    serial: entry.serial.clone(),
                    certificate: certificate.as_ref().map(|row| row.id),
                    revoked_at: entry.revoked_at,
                    reason,
                    invalidity_date: entry.invalidity_date,
                    note: None,
                    hold_instruction: hold_instruction.clone(),
                })?;
            }
        }
        generations.sort_unstable();
        generations.dedup();
        let not_after = certificate.as_ref().map(|row| row.facts.not_after);
        let encoded = crate::revoke::linted(entry)?;
        // What is on a list that is read behind this goes on ours then, which says as well whether they are stale.
        for generation in generations.into_iter().filter(|_| !listed) {
            let (serial, encoded) = (entry.serial.clone(), encoded.clone());
            self.tx.insert_crl_entry(&NewCrlEntry { generation, serial, encoded, not_after })?;
            self.tx.mark_crl_stale(generation, self.now)?;
        }
        let not_final = |row: &CertificateRow| *sharpens || !matches!(row.state.standing, Standing::Revoked | Standing::Held);
        match certificate.filter(not_final) {
            Some(row) => self.tx.set_revoked(row.id, entry.revoked_at, reason, entry.invalidity_date),
            None => Ok(()),
        }
    }

    /// CRLs of a key are numbered above what was used elsewhere.
    pub(super) fn floors(&mut self, plan: &Plan) -> Result<(), RegistryError> {
        for (key, number) in &plan.floors {
            let key: &Fingerprint = key;
            if let Some((_, generation)) = self.signer(key)? {
                self.tx.raise_crl_floor(generation, number)?;
            }
        }
        Ok(())
    }

    /// Templates become profiles.
    pub(super) fn profiles(&self, plan: &mut Plan) -> Result<(), RegistryError> {
        for (place, document) in &plan.profiles {
            let version = self.tx.insert_profile(&document.name, &json!(document), false, self.now)?;
            let detail = json!({ "version": version, "document": document, "from": "import" });
            self.tx.append_audit(&self.session.event("profile.set", &document.name, detail))?;
            if let Some(item) = plan.report.items.get_mut(*place) {
                item.id = Some(document.name.clone());
            }
        }
        Ok(())
    }
}
