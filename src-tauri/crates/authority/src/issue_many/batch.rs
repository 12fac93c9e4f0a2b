//! One batch: prepared, recorded, signed, staged, recorded as issued, put in place.

use pki::issuance::{Prepared, prepare_tried_out};
use pki::key::KeyError;
use pki::preflight::Finding;
use pki::{Certificate, PrivateKey, Signer};
use serde_json::json;
use time::OffsetDateTime;

use super::delivery::Staged;
use super::job::{Job, written};
use super::{IssueManyError, IssuedRow, Ready};
use crate::issue::{IssueError, KeyWish, issued_row};
use crate::issuer::IssuingAuthority;
use crate::registry::{CertificateId, IntentId, NewCertificate, NewIntent, NewKey, RegistryError, Write};
use crate::request_inbox;
use crate::session::Session;
use crate::watch::Watch;

/// A row whose certificate waits for the signature.
struct Waiting<'a> {
    row: &'a Ready,
    key: Option<PrivateKey>,
    kept: Option<NewKey>,
    prepared: Prepared,
    intent: NewIntent,
}

/// A row whose certificate is signed and not yet recorded.
struct Signed<'a> {
    row: &'a Ready,
    new: NewCertificate,
    kept: Option<NewKey>,
    intent: IntentId,
    whereabouts: &'static str,
    accepted: Vec<&'static str>,
}

impl Session {
    /// Issues one batch. When it was told to stop before anything was recorded, nothing is issued and the answer is empty.
    pub(super) fn issue_batch(
        &self,
        job: &Job,
        batch: usize,
        chain: &[Certificate],
        watch: &dyn Watch,
    ) -> Result<Vec<IssuedRow>, IssueManyError> {
        let now = self.now();
        let issuer = self.registry().read(|tx| self.issuer_in(tx, job.wish.authority, now))?;
        let signer = issuer.signer(self.keystore().as_ref()).map_err(IssueError::from)?;
        let mut waiting = Vec::new();
        for row in job.rows(batch) {
            if watch.cancelled() {
                return Ok(Vec::new());
            }
            waiting.push(self.prepare_row(row, &issuer, now)?);
        }
        let intents = NewIntent::put_in_order(waiting.iter_mut().map(|waiting| &mut waiting.intent));
        self.change(|tx| waiting.iter().try_for_each(|waiting| tx.open_intent(&waiting.intent)))?;
        let staged = match self.sign_and_stage(job, batch, waiting, &issuer, signer.as_ref(), chain, now) {
            Ok(staged) => staged,
            Err(error) => return Err(self.give_up(&intents, None, error)),
        };
        let (signed, files) = staged;
        let ids = match self.change(|tx| self.record_batch(tx, job, batch, &signed, &issuer, now)) {
            Ok(ids) => ids,
            Err(error) => {
                let mut document = job.document();
                if document.done.remove(&batch) {
                    document.issued -= u64::try_from(signed.len()).unwrap_or(0);
                }
                drop(document);
                return Err(self.give_up(&intents, Some(files), error));
            }
        };
        files.place()?;
        let rows = signed.into_iter().zip(ids).map(|(signed, certificate)| IssuedRow {
            number: signed.row.number,
            stem: signed.row.stem.clone(),
            certificate,
            serial: signed.new.facts.serial,
            fingerprint: signed.new.facts.fingerprint,
        });
        Ok(rows.collect())
    }

    fn prepare_row<'a>(&self, row: &'a Ready, issuer: &IssuingAuthority, now: OffsetDateTime) -> Result<Waiting<'a>, IssueManyError> {
        let wish = &row.wish;
        let key = match &wish.key {
            KeyWish::Make(spec) => {
                Some(PrivateKey::generate(spec.unwrap_or_else(|| wish.profile.keys().default())).map_err(IssueError::from)?)
            }
            KeyWish::Request(_) | KeyWish::Same(_) => None,
        };
        let public = key.as_ref().map(PrivateKey::public_key).or_else(|| wish.key.public_key());
        let public = public.ok_or(IssueError::Key(KeyError::Generation))?;
        let mut prepared = self.with_request(wish, issuer, public, now, prepare_tried_out)?;
        prepared.accept(&wish.accept);
        let keeps = key.as_ref().filter(|_| wish.profile.keys().kept());
        let kept = keeps.map(|key| self.kept_key(prepared.preview().display_name(), key, now)).transpose()?;
        let intent = self.intent_for(issuer, &prepared, now)?;
        Ok(Waiting { row, key, kept, prepared, intent })
    }

    #[expect(clippy::too_many_arguments, reason = "everything that a batch consists of")]
    fn sign_and_stage<'a, 'j>(
        &self,
        job: &'j Job,
        batch: usize,
        waiting: Vec<Waiting<'a>>,
        issuer: &IssuingAuthority,
        signer: &dyn Signer,
        chain: &[Certificate],
        now: OffsetDateTime,
    ) -> Result<(Vec<Signed<'a>>, Staged<'j>), IssueManyError> {
        let files = job.delivery.stage(job.task, batch)?;
        let outcome = (|| {
            let mut signed = Vec::with_capacity(waiting.len());
            for Waiting { row, key, kept, prepared, intent } in waiting {
                let said: Vec<Finding> = prepared.findings().to_vec();
                let certificate = prepared.sign(signer).map_err(IssueError::from)?;
                files.put(&row.stem, &certificate, key.as_ref(), chain)?;
                let mut new = issued_row(&certificate, issuer, &row.wish.profile, &said, now);
                new.record.key_held = kept.is_some();
                let accepted = said.iter().filter(|finding| finding.accepted).map(|finding| finding.lint).collect();
                signed.push(Signed { row, new, whereabouts: row.wish.key.whereabouts(kept.is_some()), kept, intent: intent.id, accepted });
            }
            files.sync()?;
            Ok::<_, IssueManyError>(signed)
        })();
        match outcome {
            Ok(signed) => Ok((signed, files)),
            Err(error) => {
                // The first failure is what is told; what stays behind is thrown away when the task is resumed.
                drop(files.discard());
                Err(error)
            }
        }
    }

    /// The transaction that records a batch: certificates, what became of their intents, tags, requests, the log, and the task's progress.
    fn record_batch(
        &self,
        tx: &Write<'_>,
        job: &Job,
        batch: usize,
        signed: &[Signed<'_>],
        issuer: &IssuingAuthority,
        now: OffsetDateTime,
    ) -> Result<Vec<CertificateId>, IssueManyError> {
        let mut ids = Vec::with_capacity(signed.len());
        let task = job.task.to_string();
        for Signed { row, new, kept, intent, whereabouts, accepted } in signed {
            if let Some(key) = kept {
                tx.insert_key(key)?;
            }
            let id = tx.insert_certificate(new)?;
            tx.finish_intent(*intent, &id.to_string(), now)?;
            for tag in &row.tags {
                tx.set_tag(id, tag, true)?;
            }
            if let KeyWish::Request(request) = &row.wish.key {
                request_inbox::settle(self, tx, request, id)?;
            }
            tx.append_audit(&self.event(
                "certificate.issued",
                &id.to_string(),
                json!({
                    "name": new.facts.display_name, "authority": issuer.row.name, "profile": row.wish.profile.name(), "serial": new.facts.serial.to_string(),
                    "fingerprint": new.facts.fingerprint.to_string(), "key": whereabouts, "accepted": accepted, "task": task, "row": row.number,
                }),
            ))?;
            ids.push(id);
        }
        let mut document = job.document();
        document.done.insert(batch);
        document.issued += u64::try_from(signed.len()).unwrap_or(0);
        tx.advance_task(job.task, document.issued, Some(job.total()), &written(&document)?)?;
        Ok(ids)
    }

    /// Voids the intents of a batch that came to nothing and throws its files away; gives the error back.
    fn give_up(&self, intents: &[IntentId], files: Option<Staged<'_>>, error: IssueManyError) -> IssueManyError {
        let now = self.now();
        let voided: Result<(), RegistryError> = self.change(|tx| intents.iter().try_for_each(|intent| tx.void_intent(*intent, now)));
        match voided {
            // Only now is it certain that nothing was recorded: a commit that says it failed may have reached the disk, and then these files
            // hold the only copies of the keys. The next run of the task finds out.
            Ok(()) => {
                if let Some(Err(cause)) = files.map(Staged::discard) {
                    tracing::warn!(%cause, "staged files stay until the task is resumed");
                }
            }
            Err(cause) => tracing::warn!(%cause, "intents and files of a batch stay until the keys are unlocked and the task is resumed"),
        }
        error
    }
}
