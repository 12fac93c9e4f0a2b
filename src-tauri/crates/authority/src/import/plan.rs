//! Sorts what was gathered against the registry. Changes nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pki::crl::{Crl, CrlNumber};
use pki::encoding::{Object, ObjectError};
use pki::profile::ProfileDocument;
use pki::request::SigningRequest;
use pki::{Certificate, DistinguishedName, Fingerprint, PrivateKey, PublicKey, SerialNumber};

use super::elsewhere::Note;
use super::foreign_crl::unwritable;
use super::gather::{Gathered, Given, Input, Unreadable};
use super::line::foremost;
use super::links::{Fresh, PlannedCertificate, Signers, linked};
use super::said::{PlannedRevocation, settle};
use super::{ImportError, KeyMissing, Locked, ObjectKind, Outcome, Refusal, Remark, Report, ReportItem, STEP, SourceKind};
use crate::registry::{CrlKind, KeyLocation, KeyState, Read, RegistryError, WHOLE};
use crate::watch::Watch;

/// A CA key that will have an authority: the key fingerprint, and what is known of it.
#[derive(Debug)]
pub(super) struct PlannedIssuer {
    pub(super) key: PublicKey,
    /// CA certificates of the key in the input, and in the registry, oldest first.
    pub(super) certificates: Vec<Certificate>,
    /// The private key, by its place in [`Plan::keys`].
    pub(super) private: Option<usize>,
}

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
        known: Vec::new(),
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
    let Sorting { mut plan, mut fresh, mut notes, known, known_authorities, crls, by_name, has_certificates, .. } = sorting;
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
    settle(tx, input.elsewhere, &known, &mut issuers, &mut plan)?;
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
    known: Vec<KnownCertificate>,
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
        let known = if self.has_certificates { self.tx.certificate_by_fingerprint(&fingerprint)? } else { None };
        if let Some(row) = known {
            item.id = Some(row.id.to_string());
            item.outcome = Outcome::Known;
            self.known.push(KnownCertificate {
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
            if let Some(note) = note {
                self.notes.insert(fingerprint, note);
            }
        }
        Ok(())
    }

    fn key(&mut self, place: usize, key: PrivateKey, item: &mut ReportItem) -> Result<(), RegistryError> {
        name_it(item, ObjectKind::Key, &key.public_key().algorithm().label());
        let fingerprint = key.public_key().fingerprint();
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

/// The CA certificates at hand, by key.
#[derive(Default)]
pub(super) struct Issuers {
    known: HashMap<Fingerprint, PlannedIssuer>,
    chosen: HashSet<Fingerprint>,
}

impl Issuers {
    /// CA certificates of the registry whose keys come now.
    fn add_of_keys(&mut self, tx: &Read<'_>, keys: &[(usize, PrivateKey)]) -> Result<(), RegistryError> {
        for (_, key) in keys {
            for row in tx.certificates_of_key(&key.public_key().fingerprint())? {
                let certificate = tx.certificate_of(&row)?;
                if certificate.is_authority() {
                    self.add(certificate);
                }
            }
        }
        for issuer in self.known.values_mut() {
            issuer.certificates.sort_by_key(|certificate| certificate.validity().not_before());
        }
        Ok(())
    }

    fn add(&mut self, certificate: Certificate) {
        let key = certificate.public_key().clone();
        let issuer = self.known.entry(key.fingerprint()).or_insert_with(|| PlannedIssuer { key, certificates: Vec::new(), private: None });
        if !issuer.certificates.contains(&certificate) {
            issuer.certificates.push(certificate);
        }
    }

    /// The name under which a key of the input signs.
    pub(super) fn name_of(&self, key: &Fingerprint) -> Option<&DistinguishedName> {
        foremost(&self.known.get(key)?.certificates).map(Certificate::subject)
    }

    /// Makes an authority of a key of the input; says whether the input has it.
    pub(super) fn choose(&mut self, key: &Fingerprint) -> bool {
        let known = self.known.contains_key(key);
        if known {
            self.chosen.insert(*key);
        }
        known
    }

    /// The key in the input that verifies a certificate's signature; names only tell where to look.
    fn issuer_of(&self, certificate: &Certificate) -> Option<Fingerprint> {
        let named = self.known.iter().filter(|(_, issuer)| issuer.certificates.iter().any(|ca| ca.subject() == certificate.issuer()));
        let mut verified = named.filter(|(_, issuer)| certificate.signed_by(&issuer.key).is_valid());
        verified.next().map(|(fingerprint, _)| *fingerprint)
    }

    /// A CA that issued something else in the input, or whose key is in the input, becomes an authority.
    fn mark_issuing(&mut self, tx: &Read<'_>, plan: &mut Plan) -> Result<(), RegistryError> {
        for certificate in &plan.certificates {
            match certificate.issuer {
                Some(issuer) if issuer != certificate.facts.key_fingerprint => drop(self.choose(&issuer)),
                Some(_) => {}
                None => {
                    if let Some(item) = plan.report.items.get_mut(certificate.place) {
                        item.remark = Remark::IssuerUnknown;
                    }
                }
            }
        }
        // One whose issue came before it: the certificate of an authority here that was signed outside, a leaf.
        for (fingerprint, issuer) in &self.known {
            for name in issuer.certificates.iter().map(Certificate::subject) {
                for row in tx.certificates_without_issuer(name)? {
                    if row.facts.key_fingerprint != *fingerprint && tx.certificate_of(&row)?.signed_by(&issuer.key).is_valid() {
                        self.chosen.insert(*fingerprint);
                        break;
                    }
                }
            }
        }
        for (place, (_, key)) in plan.keys.iter().enumerate() {
            let fingerprint = key.public_key().fingerprint();
            if let Some(issuer) = self.known.get_mut(&fingerprint) {
                issuer.private = Some(place);
                self.chosen.insert(fingerprint);
            }
        }
        Ok(())
    }

    fn mark_crls(&mut self, tx: &Read<'_>, crls: Vec<(usize, Crl)>, plan: &mut Plan) -> Result<(), RegistryError> {
        for (place, crl) in crls {
            let here = self.known.iter().find(|(_, issuer)| {
                issuer.certificates.iter().any(|ca| ca.subject() == crl.issuer()) && crl.signed_by(&issuer.key).is_valid()
            });
            let signer = match here.map(|(fingerprint, _)| *fingerprint) {
                Some(signer) => Some(signer),
                None => signer_in_registry(tx, &crl)?,
            };
            let Some(item) = plan.report.items.get_mut(place) else { continue };
            let Some(signer) = signer else {
                item.outcome = Outcome::Refused(Refusal { code: "crl-issuer-unknown", fields: vec![("issuer", crl.issuer().rfc4514())] });
                continue;
            };
            if crl.is_delta() || crl.idp_der().is_some() {
                item.outcome = Outcome::Refused(Refusal { code: "crl-not-complete", fields: vec![("issuer", crl.issuer().rfc4514())] });
                continue;
            }
            item.remark = Remark::CrlOfAuthority;
            if already_recorded(tx, &crl, &signer)? {
                item.outcome = Outcome::Known;
                continue;
            }
            let (path, source) = (Arc::clone(&item.path), item.source);
            let unwritable = unwritable(&crl);
            let known = entries_known(tx, &crl)?;
            plan.report.revocations_known += known;
            let entries = u32::try_from(crl.entry_count().saturating_sub(unwritable.len())).unwrap_or(u32::MAX);
            plan.report.revocations += entries.saturating_sub(known);
            for object in unwritable {
                let (kind, outcome) = (ObjectKind::Revocation, Outcome::Refused(Refusal::plain("revocation-unwritable")));
                let path = Arc::clone(&path);
                plan.report.items.push(ReportItem { path, source, object, kind, outcome, remark: Remark::None, id: None });
            }
            if self.known.contains_key(&signer) {
                self.chosen.insert(signer);
            }
            plan.crls.push((place, crl, signer));
        }
        Ok(())
    }

    /// Says of each key whose it is.
    fn mark_keys(&self, tx: &Read<'_>, plan: &mut Plan) -> Result<(), RegistryError> {
        let certified: HashSet<Fingerprint> = plan.certificates.iter().map(|certificate| certificate.facts.key_fingerprint).collect();
        for (place, key) in &plan.keys {
            let fingerprint = key.public_key().fingerprint();
            let remark = if self.chosen.contains(&fingerprint) {
                Remark::KeyOfAuthority
            } else if certified.contains(&fingerprint) || !tx.certificates_of_key(&fingerprint)?.is_empty() {
                Remark::KeyOfCertificate
            } else {
                Remark::KeyAlone
            };
            if let Some(item) = plan.report.items.get_mut(*place) {
                item.remark = remark;
            }
        }
        Ok(())
    }

    /// The issuers that become authorities, each after the one that issued it.
    fn chosen(self) -> Vec<PlannedIssuer> {
        let parents: HashMap<Fingerprint, Option<Fingerprint>> = self
            .known
            .iter()
            .map(|(own, issuer)| {
                (*own, foremost(&issuer.certificates).and_then(|foremost| self.issuer_of(foremost)).filter(|parent| parent != own))
            })
            .collect();
        let depth = |mut key: Fingerprint| {
            let mut depth = 0;
            while let Some(Some(parent)) = parents.get(&key) {
                key = *parent;
                depth += 1;
                if depth > parents.len() {
                    break;
                }
            }
            depth
        };
        let mut chosen: Vec<(usize, Fingerprint, PlannedIssuer)> =
            self.known.into_iter().filter(|(key, _)| self.chosen.contains(key)).map(|(key, issuer)| (depth(key), key, issuer)).collect();
        chosen.sort_by_key(|(depth, key, _)| (*depth, *key.as_bytes()));
        chosen.into_iter().map(|(_, _, issuer)| issuer).collect()
    }
}

/// The key of a CA certificate in the registry that signed a CRL.
fn signer_in_registry(tx: &Read<'_>, crl: &Crl) -> Result<Option<Fingerprint>, RegistryError> {
    for row in tx.issuer_candidates(crl.issuer(), crl.authority_key_id())? {
        if crl.signed_by(tx.certificate_of(&row)?.public_key()).is_valid() {
            return Ok(Some(row.facts.key_fingerprint));
        }
    }
    Ok(None)
}

fn already_recorded(tx: &Read<'_>, crl: &Crl, signer: &Fingerprint) -> Result<bool, RegistryError> {
    let Some(key) = tx.key_by_fingerprint(signer)? else { return Ok(false) };
    // A list without a number leaves no row of its own: it is known when it tells nothing new.
    let Some(number) = crl.number() else {
        return Ok(crl.entry_count() > 0 && entries_known(tx, crl)? == u32::try_from(crl.entry_count()).unwrap_or(u32::MAX));
    };
    let Some(generation) = tx.generation_of_key(key.key.id)? else { return Ok(false) };
    Ok(tx.crl_numbered(generation.generation.id, CrlKind::Base, WHOLE, number)?.is_some())
}

/// How many entries of a CRL the registry has as revocations already.
fn entries_known(tx: &Read<'_>, crl: &Crl) -> Result<u32, RegistryError> {
    let mut known = 0;
    for entry in crl.entries().filter_map(Result::ok) {
        if let Ok(serial) = entry.serial()
            && tx.revocation(crl.issuer(), &serial)?.is_some()
        {
            known += 1;
        }
    }
    Ok(known)
}
