//! Sorts what was gathered against the registry. Changes nothing.

use std::collections::{HashMap, HashSet};

use pki::crl::{Crl, CrlNumber};
use pki::encoding::{Object, ObjectError};
use pki::profile::ProfileDocument;
use pki::request::SigningRequest;
use pki::{Certificate, DistinguishedName, Fingerprint, PrivateKey, SerialNumber};

use super::elsewhere::Note;
use super::gather::{Gathered, Given, Input, Unreadable};
use super::issuers::{Issuers, PlannedIssuer};
use super::line::foremost;
use super::links::{Fresh, PlannedCertificate, Signers, linked};
use super::owners::Lying;
use super::said::{PlannedRevocation, settle};
use super::{ImportError, KeyMissing, Locked, ObjectKind, Outcome, Refusal, Remark, Report, ReportItem, STEP, SourceKind};
use crate::registry::{KeyLocation, KeyState, Read, RegistryError};
use crate::watch::Watch;

/// A certificate of the input that the registry has.
pub(super) struct KnownCertificate {
    /// Its place in the report.
    pub(super) place: usize,
    pub(super) issuer: DistinguishedName,
    pub(super) serial: SerialNumber,
    pub(super) issuer_key: Option<Fingerprint>,
}

/// Everything that will be done, and the report that says so.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) report: Report,
    /// New certificates.
    pub(super) certificates: Vec<PlannedCertificate>,
    /// New private keys with their place in the report.
    pub(super) keys: Vec<(usize, PrivateKey)>,
    /// New requests with their place in the report, and what was known of them.
    pub(super) requests: Vec<(usize, SigningRequest, Option<Note>)>,
    /// CRLs with their place in the report and the key that signed them.
    pub(super) crls: Vec<(usize, Crl, Fingerprint)>,
    /// Issuers, roots before what they issued.
    pub(super) issuers: Vec<PlannedIssuer>,
    /// Revocations that registries elsewhere know.
    pub(super) revocations: Vec<PlannedRevocation>,
    /// CRL numbers that were used elsewhere, by the key.
    pub(super) floors: Vec<(Fingerprint, CrlNumber)>,
    /// Lives of CRLs in days as they were set elsewhere, by the key.
    pub(super) crl_days: HashMap<Fingerprint, u32>,
    /// Profiles with their place in the report.
    pub(super) profiles: Vec<(usize, ProfileDocument)>,
    /// Whether the registry had certificates before.
    pub(super) had_certificates: bool,
    /// Whether nothing of all that would change the registry.
    pub(super) is_done: bool,
}

impl Plan {
    /// Whether the registry has all of it.
    fn would_change_nothing(&self, tx: &Read<'_>) -> Result<bool, RegistryError> {
        let nothing_new = self.certificates.is_empty()
            && self.keys.is_empty()
            && self.requests.is_empty()
            && self.crls.is_empty()
            && self.revocations.is_empty()
            && self.floors.is_empty()
            && self.profiles.is_empty();
        if !nothing_new {
            return Ok(false);
        }
        for issuer in &self.issuers {
            if !has_generation(tx, &issuer.key.fingerprint())? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether a key is one of an authority of the registry.
pub(super) fn has_generation(tx: &Read<'_>, key: &Fingerprint) -> Result<bool, RegistryError> {
    let Some(row) = tx.key_by_fingerprint(key)? else { return Ok(false) };
    Ok(tx.generation_of_key(row.key.id)?.is_some())
}

/// Sorts the input.
pub(super) fn plan(tx: &Read<'_>, input: Input, without_keys: bool, watch: &dyn Watch) -> Result<Plan, ImportError> {
    let mut sorting = Sorting {
        tx,
        without_keys,
        has_certificates: tx.has_certificates()?,
        plan: Plan::default(),
        fresh: Vec::new(),
        lying: Lying::default(),
        known_authorities: Vec::new(),
        crls: Vec::new(),
        notes: HashMap::new(),
        seen: HashSet::new(),
        seen_keys: HashSet::new(),
        by_name: HashSet::new(),
    };
    sorting.plan.report.skipped = input.skipped;
    sorting.plan.report.sources = input.sources;
    for (number, gathered) in input.objects.into_iter().enumerate() {
        if number.is_multiple_of(STEP) && watch.cancelled() {
            return Err(ImportError::Cancelled);
        }
        sorting.sort(gathered)?;
    }
    let Sorting { mut plan, mut fresh, mut notes, lying, known_authorities, crls, by_name, has_certificates, .. } = sorting;
    if !notes.is_empty() {
        for fresh in fresh.iter_mut().filter(|fresh| fresh.note.is_none()) {
            fresh.note = notes.remove(&fresh.certificate.fingerprint());
        }
    }
    let mut signers = Signers::default();
    let mut issuers = Issuers::default();
    let authorities = fresh.iter().map(|fresh| &fresh.certificate).filter(|certificate| certificate.is_authority());
    for certificate in authorities.chain(&known_authorities) {
        signers.add(certificate);
        issuers.add(certificate.clone());
    }
    issuers.add_of_keys(tx, &plan.keys)?;
    if has_certificates {
        signers.add_from_registry(tx, &fresh)?;
    }
    plan.certificates = linked(&signers, fresh, watch)?;
    issuers.mark_issuing(tx, &mut plan)?;
    issuers.mark_crls(tx, crls, &mut plan)?;
    settle(tx, input.elsewhere, &lying, &mut issuers, &mut plan)?;
    issuers.mark_keys(tx, &mut plan)?;
    refuse_mismatched(&plan, &by_name)?;
    plan.issuers = issuers.chosen();
    remark_authorities(tx, &mut plan)?;
    plan.had_certificates = has_certificates;
    plan.is_done = plan.would_change_nothing(tx)?;
    Ok(plan)
}

/// Objects being sorted into what is new and what is known.
struct Sorting<'a, 't> {
    tx: &'a Read<'t>,
    without_keys: bool,
    has_certificates: bool,
    plan: Plan,
    fresh: Vec<Fresh>,
    lying: Lying,
    known_authorities: Vec<Certificate>,
    crls: Vec<(usize, Crl)>,
    /// What is known of certificates that were met before as files alone.
    notes: HashMap<Fingerprint, Note>,
    seen: HashSet<Fingerprint>,
    seen_keys: HashSet<Fingerprint>,
    /// Places of what was named by the user.
    by_name: HashSet<usize>,
}

impl Sorting<'_, '_> {
    fn sort(&mut self, gathered: Gathered) -> Result<(), RegistryError> {
        let place = self.plan.report.items.len();
        if gathered.given == Given::ByName {
            self.by_name.insert(place);
        }
        let Gathered { path, source, label, object, note, .. } = gathered;
        let (kind, outcome, remark) = (ObjectKind::Unknown, Outcome::New, Remark::None);
        let mut item = ReportItem { path, source, object: label, kind, outcome, remark, id: None };
        match object {
            Err(unreadable) => refuse(&mut item, &unreadable, self.without_keys, &mut self.plan.report.locked),
            Ok(Object::Certificate(certificate)) => self.certificate(place, certificate, note, &mut item)?,
            Ok(Object::PrivateKey(key)) => self.key(place, key, &mut item)?,
            Ok(Object::Request(request)) => {
                let name = request.subject().common_name().unwrap_or_else(|| request.subject().rfc4514());
                name_it(&mut item, ObjectKind::Request, &name);
                let fingerprint = Fingerprint::of(request.der());
                if self.tx.request_by_fingerprint(&fingerprint)?.is_some() || !self.seen.insert(fingerprint) {
                    item.outcome = Outcome::Known;
                } else {
                    self.plan.requests.push((place, request, note));
                }
            }
            Ok(Object::Crl(crl)) => {
                let name = crl.issuer().common_name().unwrap_or_else(|| crl.issuer().rfc4514());
                name_it(&mut item, ObjectKind::Crl, &name);
                if self.seen.insert(crl.sha256()) {
                    self.crls.push((place, crl));
                } else {
                    item.outcome = Outcome::Known;
                }
            }
        }
        self.plan.report.items.push(item);
        Ok(())
    }

    fn certificate(
        &mut self,
        place: usize,
        certificate: Certificate,
        note: Option<Note>,
        item: &mut ReportItem,
    ) -> Result<(), RegistryError> {
        name_it(item, ObjectKind::Certificate, &certificate.display_name());
        let fingerprint = certificate.fingerprint();
        if certificate.is_authority() {
            self.lying.authorities.push((place, certificate.public_key().fingerprint()));
        }
        let known = if self.has_certificates { self.tx.certificate_by_fingerprint(&fingerprint)? } else { None };
        if let Some(row) = known {
            item.id = Some(row.id.to_string());
            item.outcome = Outcome::Known;
            self.lying.known.push(KnownCertificate {
                place,
                issuer: row.facts.issuer,
                serial: row.facts.serial,
                issuer_key: row.record.issuer_key,
            });
            if certificate.is_authority() {
                self.known_authorities.push(certificate);
            }
        } else if self.seen.insert(fingerprint) {
            self.fresh.push(Fresh { place, certificate, note });
        } else {
            item.outcome = Outcome::Known;
            self.lying.again.push((place, fingerprint));
            if let Some(note) = note {
                self.notes.insert(fingerprint, note);
            }
        }
        Ok(())
    }

    fn key(&mut self, place: usize, key: PrivateKey, item: &mut ReportItem) -> Result<(), RegistryError> {
        name_it(item, ObjectKind::Key, &key.public_key().algorithm().label());
        let fingerprint = key.public_key().fingerprint();
        self.lying.keys.push((place, fingerprint));
        let held = |row: &crate::registry::KeyRow| row.key.state == KeyState::Ready && row.key.location != KeyLocation::Elsewhere;
        if self.without_keys {
            item.outcome = Outcome::LeftOut;
        } else if self.tx.key_by_fingerprint(&fingerprint)?.as_ref().is_some_and(held) || !self.seen_keys.insert(fingerprint) {
            item.outcome = Outcome::Known;
        } else {
            self.plan.keys.push((place, key));
        }
        Ok(())
    }
}

/// Says of the certificates of authorities whether their keys come along, and whose are missing.
fn remark_authorities(tx: &Read<'_>, plan: &mut Plan) -> Result<(), RegistryError> {
    let Plan { report, certificates, issuers, .. } = plan;
    let with_key: HashMap<Fingerprint, bool> = issuers.iter().map(|issuer| (issuer.key.fingerprint(), issuer.private.is_some())).collect();
    let mut places = HashMap::new();
    for certificate in certificates.iter().filter(|certificate| certificate.authority.is_some()) {
        places.entry(certificate.facts.key_fingerprint).or_insert(certificate.place);
        if let (Some(with_key), Some(item)) = (with_key.get(&certificate.facts.key_fingerprint), report.items.get_mut(certificate.place)) {
            item.remark = if *with_key { Remark::AuthorityWithKey } else { Remark::AuthorityWithoutKey };
        }
    }
    for issuer in issuers.iter().filter(|issuer| issuer.private.is_none()) {
        let key = issuer.key.fingerprint();
        let row = tx.key_by_fingerprint(&key)?;
        if row.is_some_and(|row| row.key.state == KeyState::Ready && row.key.location != KeyLocation::Elsewhere) {
            continue;
        }
        let path = places.get(&key).and_then(|place| report.items.get(*place)).map_or_else(String::new, |item| item.path.to_string());
        let name = foremost(&issuer.certificates).map_or_else(String::new, Certificate::display_name);
        report.keys_missing.push(KeyMissing { name, key, path });
    }
    Ok(())
}

fn name_it(item: &mut ReportItem, kind: ObjectKind, name: &str) {
    item.kind = kind;
    item.object = if item.object.is_empty() || item.object == name { name.to_owned() } else { format!("{name} ({})", item.object) };
}

fn refuse(item: &mut ReportItem, unreadable: &Unreadable, without_keys: bool, locked: &mut Vec<Locked>) {
    if let Unreadable::Object(error @ (ObjectError::PasswordNeeded | ObjectError::WrongPassword)) = unreadable {
        item.kind = ObjectKind::Key;
        if without_keys {
            item.outcome = Outcome::LeftOut;
            return;
        }
        let tried = matches!(error, ObjectError::WrongPassword);
        let entry = Locked { path: item.path.to_string(), object: item.object.clone(), tried };
        if !locked.contains(&entry) {
            locked.push(entry);
        }
    }
    item.outcome = Outcome::Refused(refusal_of(unreadable));
}

/// Why what was found cannot be taken, as the catalogue names it.
pub(crate) fn refusal_of(unreadable: &Unreadable) -> Refusal {
    let (code, fields) = match unreadable {
        Unreadable::Empty => ("file-empty", Vec::new()),
        Unreadable::Nothing => ("nothing-known", Vec::new()),
        Unreadable::OldXca => ("xca-old", Vec::new()),
        Unreadable::NewerXca(schema) => ("xca-newer", vec![("schema", schema.to_string())]),
        Unreadable::Registry => ("chancery-registry", Vec::new()),
        Unreadable::Database(cause) => ("database-unreadable", vec![("cause", cause.clone())]),
        Unreadable::Object(ObjectError::PasswordNeeded | ObjectError::WrongPassword) => ("password-wanted", Vec::new()),
        Unreadable::Object(error) => (error.code(), vec![("cause", error.to_string())]),
    };
    Refusal { code, fields }
}

/// A key and certificates that were named together, and none of the certificates, known ones included, is the key's: somebody took the
/// wrong file.
fn refuse_mismatched(plan: &Plan, by_name: &HashSet<usize>) -> Result<(), ImportError> {
    let path = |place: usize| plan.report.items.get(place).map_or_else(String::new, |item| item.path.to_string());
    // A database has keys without certificates, and certificates without keys.
    let named = |place: &usize| {
        let source = plan.report.items.get(*place).and_then(|item| plan.report.sources.get(item.source));
        by_name.contains(place) && source.is_none_or(|source| matches!(source.kind, SourceKind::File | SourceKind::Text))
    };
    let certificate = plan.report.items.iter().enumerate().find(|(place, item)| item.kind == ObjectKind::Certificate && named(place));
    let Some((certificate, _)) = certificate else { return Ok(()) };
    for (place, _) in plan.keys.iter().filter(|(place, _)| named(place)) {
        if plan.report.items.get(*place).is_some_and(|item| item.remark == Remark::KeyAlone) {
            return Err(ImportError::KeyMismatch { key: path(*place), certificate: path(certificate) });
        }
    }
    Ok(())
}
