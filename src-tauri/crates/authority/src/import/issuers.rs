//! The authorities that an import makes: whose certificates are at hand, and which of them are needed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pki::crl::Crl;
use pki::{Certificate, DistinguishedName, Fingerprint, PrivateKey, PublicKey};

use super::foreign_crl::unwritable;
use super::line::foremost;
use super::plan::Plan;
use super::{ObjectKind, Outcome, Refusal, Remark, ReportItem};
use crate::registry::{CrlKind, Read, RegistryError, WHOLE};

/// A CA key that will have an authority: the key fingerprint, and what is known of it.
#[derive(Debug)]
pub(super) struct PlannedIssuer {
    pub(super) key: PublicKey,
    /// CA certificates of the key in the input, and in the registry, oldest first.
    pub(super) certificates: Vec<Certificate>,
    /// The private key, by its place in [`Plan::keys`].
    pub(super) private: Option<usize>,
}

/// The CA certificates at hand, by key.
#[derive(Default)]
pub(super) struct Issuers {
    known: HashMap<Fingerprint, PlannedIssuer>,
    chosen: HashSet<Fingerprint>,
}

impl Issuers {
    /// CA certificates of the registry whose keys come now.
    pub(super) fn add_of_keys(&mut self, tx: &Read<'_>, keys: &[(usize, PrivateKey)]) -> Result<(), RegistryError> {
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

    pub(super) fn add(&mut self, certificate: Certificate) {
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
    pub(super) fn mark_issuing(&mut self, tx: &Read<'_>, plan: &mut Plan) -> Result<(), RegistryError> {
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

    pub(super) fn mark_crls(&mut self, tx: &Read<'_>, crls: Vec<(usize, Crl)>, plan: &mut Plan) -> Result<(), RegistryError> {
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
    pub(super) fn mark_keys(&self, tx: &Read<'_>, plan: &mut Plan) -> Result<(), RegistryError> {
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
    pub(super) fn chosen(self) -> Vec<PlannedIssuer> {
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
