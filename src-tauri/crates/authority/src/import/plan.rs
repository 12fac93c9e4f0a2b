//! Sorts what was gathered against the registry. Changes nothing.

use std::collections::{HashMap, HashSet};

use pki::crl::Crl;
use pki::encoding::{Object, ObjectError};
use pki::request::SigningRequest;
use pki::{Certificate, Fingerprint, PrivateKey, PublicKey};

use super::gather::{Gathered, Given, Input, LARGEST_FILE, Unreadable};
use super::line::foremost;
use super::{ImportError, Locked, ObjectKind, Outcome, Refusal, Remark, Report, ReportItem};
use crate::registry::{CrlKind, KeyLocation, KeyState, Read, RegistryError, WHOLE};

/// A CA key that will have an authority: the key fingerprint, and what is known of it.
#[derive(Debug)]
pub(super) struct PlannedIssuer {
    pub(super) key: PublicKey,
    /// CA certificates of the key in the input, and in the registry, oldest first.
    pub(super) certificates: Vec<Certificate>,
    /// The private key, by its place in [`Plan::keys`].
    pub(super) private: Option<usize>,
}

/// Everything that will be done, and the report that says so.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) report: Report,
    /// New certificates with their place in the report.
    pub(super) certificates: Vec<(usize, Certificate)>,
    /// New private keys with their place in the report.
    pub(super) keys: Vec<(usize, PrivateKey)>,
    /// New requests with their place in the report.
    pub(super) requests: Vec<(usize, SigningRequest)>,
    /// CRLs with their place in the report and the key that signed them.
    pub(super) crls: Vec<(usize, Crl, Fingerprint)>,
    /// Issuers, roots before what they issued.
    pub(super) issuers: Vec<PlannedIssuer>,
}

/// Sorts the input.
pub(super) fn plan(tx: &Read<'_>, input: Input, without_keys: bool) -> Result<Plan, ImportError> {
    let mut plan = Plan::default();
    plan.report.skipped = input.skipped;
    plan.report.sources = input.sources;
    let mut known_certificates = Vec::new();
    let mut crls = Vec::new();
    let mut seen = HashSet::new();
    let mut by_name = HashMap::new();
    for gathered in input.objects {
        let place = plan.report.items.len();
        by_name.insert(place, gathered.given == Given::ByName);
        let Gathered { path, source, label, object, .. } = gathered;
        let mut item = ReportItem { path, source, object: label, kind: ObjectKind::Unknown, outcome: Outcome::New, remark: Remark::None, id: None };
        match object {
            Err(unreadable) => refuse(&mut item, &unreadable, without_keys, &mut plan.report.locked),
            Ok(Object::Certificate(certificate)) => {
                name_it(&mut item, ObjectKind::Certificate, &certificate.display_name());
                let known = tx.certificate_by_fingerprint(&certificate.fingerprint())?;
                item.id = known.as_ref().map(|row| row.id.to_string());
                if known.is_some() {
                    item.outcome = Outcome::Known;
                    known_certificates.push(certificate);
                } else if seen.insert(certificate.fingerprint()) {
                    plan.certificates.push((place, certificate));
                } else {
                    item.outcome = Outcome::Known;
                }
            }
            Ok(Object::PrivateKey(key)) => {
                name_it(&mut item, ObjectKind::Key, &key.public_key().algorithm().label());
                let fingerprint = key.public_key().fingerprint();
                let known = tx
                    .key_by_fingerprint(&fingerprint)?
                    .is_some_and(|row| row.key.state == KeyState::Ready && row.key.location != KeyLocation::Elsewhere);
                if without_keys {
                    item.outcome = Outcome::LeftOut;
                } else if known || plan.keys.iter().any(|(_, other)| other.public_key() == key.public_key()) {
                    item.outcome = Outcome::Known;
                } else {
                    plan.keys.push((place, key));
                }
            }
            Ok(Object::Request(request)) => {
                let name = request.subject().common_name().unwrap_or_else(|| request.subject().rfc4514());
                name_it(&mut item, ObjectKind::Request, &name);
                let fingerprint = Fingerprint::of(request.der());
                if tx.request_by_fingerprint(&fingerprint)?.is_some() || !seen.insert(fingerprint) {
                    item.outcome = Outcome::Known;
                } else {
                    plan.requests.push((place, request));
                }
            }
            Ok(Object::Crl(crl)) => {
                let name = crl.issuer().common_name().unwrap_or_else(|| crl.issuer().rfc4514());
                name_it(&mut item, ObjectKind::Crl, &name);
                if seen.insert(crl.sha256()) {
                    crls.push((place, crl));
                } else {
                    item.outcome = Outcome::Known;
                }
            }
        }
        plan.report.items.push(item);
    }
    let mut issuers = Issuers::of(tx, &plan, &known_certificates)?;
    issuers.mark_issuing(tx, &mut plan)?;
    issuers.mark_crls(tx, crls, &mut plan)?;
    issuers.mark_keys(tx, &mut plan)?;
    refuse_mismatched(&plan, &by_name)?;
    plan.issuers = issuers.chosen();
    for issuer in &plan.issuers {
        let remark = if issuer.private.is_some() { Remark::AuthorityWithKey } else { Remark::AuthorityWithoutKey };
        for (place, certificate) in &plan.certificates {
            if certificate.is_authority()
                && certificate.public_key() == &issuer.key
                && let Some(item) = plan.report.items.get_mut(*place)
            {
                item.remark = remark;
            }
        }
    }
    Ok(plan)
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
        Unreadable::TooLarge => ("file-too-large", vec![("limit", LARGEST_FILE.to_string())]),
        Unreadable::Nothing => ("nothing-known", Vec::new()),
        Unreadable::Object(ObjectError::PasswordNeeded | ObjectError::WrongPassword) => ("password-wanted", Vec::new()),
        Unreadable::Object(error) => (error.code(), vec![("cause", error.to_string())]),
    };
    Refusal { code, fields }
}

/// A key and certificates that were named together, and none of the certificates, known ones included, is the key's: somebody took the
/// wrong file.
fn refuse_mismatched(plan: &Plan, by_name: &HashMap<usize, bool>) -> Result<(), ImportError> {
    let named = |place: &usize| by_name.get(place).copied().unwrap_or(false);
    let path = |place: usize| plan.report.items.get(place).map_or_else(String::new, |item| item.path.to_string());
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
struct Issuers {
    known: HashMap<Fingerprint, PlannedIssuer>,
    chosen: HashSet<Fingerprint>,
}

impl Issuers {
    fn of(tx: &Read<'_>, plan: &Plan, known_certificates: &[Certificate]) -> Result<Self, RegistryError> {
        let mut issuers = Self { known: HashMap::new(), chosen: HashSet::new() };
        for certificate in plan.certificates.iter().map(|(_, certificate)| certificate).chain(known_certificates) {
            if certificate.is_authority() {
                issuers.add(certificate.clone());
            }
        }
        for (_, key) in &plan.keys {
            for row in tx.certificates_of_key(&key.public_key().fingerprint())? {
                let certificate = tx.certificate_of(&row)?;
                if certificate.is_authority() {
                    issuers.add(certificate);
                }
            }
        }
        for issuer in issuers.known.values_mut() {
            issuer.certificates.sort_by_key(|certificate| certificate.validity().not_before());
        }
        Ok(issuers)
    }

    fn add(&mut self, certificate: Certificate) {
        let key = certificate.public_key().clone();
        let issuer = self.known.entry(key.fingerprint()).or_insert_with(|| PlannedIssuer { key, certificates: Vec::new(), private: None });
        if !issuer.certificates.contains(&certificate) {
            issuer.certificates.push(certificate);
        }
    }

    /// The key in the input that verifies a certificate's signature; names only tell where to look.
    fn issuer_of(&self, certificate: &Certificate) -> Option<Fingerprint> {
        let named = self.known.iter().filter(|(_, issuer)| issuer.certificates.iter().any(|ca| ca.subject() == certificate.issuer()));
        let mut verified = named.filter(|(_, issuer)| certificate.signed_by(&issuer.key).is_valid());
        verified.next().map(|(fingerprint, _)| *fingerprint)
    }

    /// A CA that issued something else in the input, or whose key is in the input, becomes an authority.
    fn mark_issuing(&mut self, tx: &Read<'_>, plan: &mut Plan) -> Result<(), RegistryError> {
        for (place, certificate) in &plan.certificates {
            let own = certificate.public_key().fingerprint();
            match self.issuer_of(certificate) {
                Some(issuer) if issuer != own => {
                    self.chosen.insert(issuer);
                }
                Some(_) => {}
                None => {
                    if tx.issuer_of(certificate)?.is_none()
                        && let Some(item) = plan.report.items.get_mut(*place)
                    {
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
            let known = entries_known(tx, &crl)?;
            plan.report.revocations_known += known;
            plan.report.revocations += u32::try_from(crl.entry_count()).unwrap_or(u32::MAX).saturating_sub(known);
            if self.known.contains_key(&signer) {
                self.chosen.insert(signer);
            }
            plan.crls.push((place, crl, signer));
        }
        Ok(())
    }

    /// Says of each key whose it is.
    fn mark_keys(&self, tx: &Read<'_>, plan: &mut Plan) -> Result<(), RegistryError> {
        for (place, key) in &plan.keys {
            let public = key.public_key();
            let remark = if self.chosen.contains(&public.fingerprint()) {
                Remark::KeyOfAuthority
            } else if plan.certificates.iter().any(|(_, certificate)| certificate.public_key() == public)
                || !tx.certificates_of_key(&public.fingerprint())?.is_empty()
            {
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
