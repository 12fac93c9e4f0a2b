//! Which key has signed each certificate: the costly part of an import, on all cores.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use pki::{Certificate, Fingerprint, PublicKey};

use super::elsewhere::Note;
use super::{ImportError, STEP};
use crate::registry::{CertificateFacts, Read, RegistryError};
use crate::watch::Watch;

/// A certificate that is not in the registry, with what is to be written of it.
#[derive(Debug)]
pub(super) struct PlannedCertificate {
    /// Its place in the report.
    pub(super) place: usize,
    pub(super) facts: CertificateFacts,
    pub(super) der: Vec<u8>,
    /// The key that verifies its signature, its own included.
    pub(super) issuer: Option<Fingerprint>,
    /// The certificate itself, where it is an authority's: the others are many, and not asked again.
    pub(super) authority: Option<Certificate>,
    pub(super) self_signed: bool,
    /// What the program that kept it knew of it.
    pub(super) note: Option<Note>,
}

/// A certificate that is new, before its issuer is looked for.
pub(super) struct Fresh {
    pub(super) place: usize,
    pub(super) certificate: Certificate,
    pub(super) note: Option<Note>,
}

/// The keys that may have signed something, by the name of their holder. Names only tell where to look.
#[derive(Default)]
pub(super) struct Signers {
    by_name: HashMap<Vec<u8>, Vec<(Fingerprint, PublicKey)>>,
}

impl Signers {
    pub(super) fn add(&mut self, certificate: &Certificate) {
        let key = certificate.public_key();
        let fingerprint = key.fingerprint();
        let keys = self.by_name.entry(certificate.subject().as_der().to_vec()).or_default();
        if !keys.iter().any(|(known, _)| *known == fingerprint) {
            keys.push((fingerprint, key.clone()));
        }
    }

    /// Adds the authorities of the registry that the issuers of these certificates are called like.
    pub(super) fn add_from_registry(&mut self, tx: &Read<'_>, fresh: &[Fresh]) -> Result<(), RegistryError> {
        let mut asked: HashMap<&[u8], ()> = HashMap::new();
        for certificate in fresh.iter().map(|fresh| &fresh.certificate) {
            if asked.insert(certificate.issuer().as_der(), ()).is_some() {
                continue;
            }
            for row in tx.issuer_candidates(certificate.issuer(), None)? {
                self.add(&tx.certificate_of(&row)?);
            }
        }
        Ok(())
    }

    /// The key that verifies a certificate's signature.
    pub(super) fn signer_of(&self, certificate: &Certificate) -> Option<Fingerprint> {
        if certificate.is_self_signed() {
            return Some(certificate.public_key().fingerprint());
        }
        let keys = self.by_name.get(certificate.issuer().as_der())?;
        keys.iter().find(|(_, key)| certificate.signed_by(key).is_valid()).map(|(fingerprint, _)| *fingerprint)
    }

    fn planned(&self, fresh: Fresh) -> PlannedCertificate {
        let Fresh { place, certificate, note } = fresh;
        let issuer = self.signer_of(&certificate);
        let facts = CertificateFacts::of(&certificate);
        PlannedCertificate {
            place,
            der: certificate.der().to_vec(),
            self_signed: issuer == Some(facts.key_fingerprint),
            issuer,
            facts,
            authority: certificate.is_authority().then_some(certificate),
            note,
        }
    }
}

/// Finds the issuers of all certificates, each core a share of them, and what is to be written of each.
pub(super) fn linked(signers: &Signers, fresh: Vec<Fresh>, watch: &dyn Watch) -> Result<Vec<PlannedCertificate>, ImportError> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let total = u64::try_from(fresh.len()).unwrap_or(0);
    let share = fresh.len().div_ceil(workers).max(STEP);
    let mut shares = Vec::new();
    let mut rest = fresh;
    while rest.len() > share {
        let behind = rest.split_off(share);
        shares.push(std::mem::replace(&mut rest, behind));
    }
    shares.push(rest);
    let done = AtomicU64::new(0);
    let one = |share: Vec<Fresh>| {
        let mut planned = Vec::with_capacity(share.len());
        for (number, fresh) in share.into_iter().enumerate() {
            if number % STEP == 0 {
                if watch.cancelled() {
                    return Err(ImportError::Cancelled);
                }
                watch.progress(done.load(Ordering::Relaxed), total);
            }
            planned.push(signers.planned(fresh));
            done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(planned)
    };
    let mut shares = shares.into_iter();
    let first = shares.next().unwrap_or_default();
    let one = &one;
    thread::scope(|scope| {
        let others: Vec<_> = shares.map(|share| scope.spawn(move || one(share))).collect();
        let mut planned = one(first)?;
        for other in others {
            match other.join() {
                Ok(theirs) => planned.extend(theirs?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(planned)
    })
}
