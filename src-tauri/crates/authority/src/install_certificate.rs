//! Installing what an authority elsewhere answers to the request of one of ours: the certificate is compared with what was asked for, and its issuers,
//! where they are known or came along, must vouch for it. Installing is an act: of several certificates of one key and line the one that was installed last
//! is in force, whichever begins later (RFC 5280 leaves the choice to who builds a path); one that is not valid now is refused.

use pki::chain::{Check, CheckResult, Verdict, VerifyInput, verify};
use pki::{Certificate, Fingerprint, KeyUsage};
use serde_json::json;
use time::OffsetDateTime;

use crate::clock::EntropyError;
use crate::generation_url;
use crate::import::{ImportError, take_issuers};
use crate::issuer::{CROSS_CERTIFICATE, Duty, IssuingAuthority, Unusable, certificates_of_authority, is_cross};
use crate::registry::{
    AuthorityId, AuthorityRequestRow, AuthorityRow, CertificateFacts, CertificateId, CertificateRow, GenerationRow, IssueRecord,
    KeyLocation, KeyState, NewCertificate, Read, RegistryError, Standing, Write,
};
use crate::request_authority::waits;
use crate::session::Session;

/// Longest chain of issuers that is followed.
const DEEPEST: usize = 16;

/// What was installed.
#[derive(Debug)]
pub struct InstalledCertificate {
    /// Row of the certificate.
    pub id: CertificateId,
    /// The certificate.
    pub certificate: Certificate,
    /// Whether its issuer is known, and vouches for it.
    pub issuer_known: bool,
    /// Certificates above it that were not here before.
    pub taken: Vec<CertificateId>,
}

/// Nothing was installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallCertificateError {
    /// The authority cannot take a certificate.
    #[error(transparent)]
    Authority(#[from] Unusable),
    /// There is no certificate at all.
    #[error("there is no certificate")]
    Nothing,
    /// No certificate has a key of the authority that could be asked for.
    #[error("the certificate has the key {given}, {authority} has {wanted:?}")]
    AnotherKey {
        /// The authority.
        authority: String,
        /// SHA-256 of the SubjectPublicKeyInfo of the first certificate given.
        given: Fingerprint,
        /// Those of the authority's keys.
        wanted: Vec<Fingerprint>,
    },
    /// It has another subject than was asked for (RFC 5280 7.1), or than the authority signs under.
    #[error("the certificate is for {given}, not for {wanted}")]
    AnotherSubject {
        /// The subject of the certificate, RFC 4514.
        given: String,
        /// The authority's, RFC 4514.
        wanted: String,
    },
    /// It does not allow what an authority does (RFC 5280 4.2.1.3, 4.2.1.9).
    #[error("the certificate of {name} lacks {usage}")]
    UsageMissing {
        /// Its name.
        name: String,
        /// `cA`, `keyCertSign` or `cRLSign`.
        usage: &'static str,
    },
    /// It has ended, or has not begun.
    #[error("the certificate of {name} is valid from {not_before} to {not_after}")]
    OutsideValidity {
        /// Its name.
        name: String,
        /// First moment.
        not_before: OffsetDateTime,
        /// Last moment.
        not_after: OffsetDateTime,
    },
    /// It is in force already.
    #[error("the certificate of {authority} is installed already")]
    Already {
        /// The authority.
        authority: String,
    },
    /// The issuer that it names did not sign it: it was altered, or another authority of that name did.
    #[error("the certificate of {name} was not signed by {issuer}")]
    NotSignedBy {
        /// The certificate.
        name: String,
        /// The certificate that its issuer was looked for in.
        issuer: String,
    },
    /// Its issuers do not vouch for it (RFC 5280 6.1).
    #[error("the path above does not verify: {}", .check.check)]
    Path {
        /// The first test that fails.
        check: Check,
    },
    /// The clock is behind the last time seen.
    #[error("the clock is behind {seen}")]
    ClockWentBack {
        /// The last time seen.
        seen: OffsetDateTime,
    },
    /// The certificates above could not be taken.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// A certificate that fits, with where it goes.
struct Answer {
    row: AuthorityRow,
    generation: GenerationRow,
    certificate: Certificate,
    /// Its issuers as far as they are known, the next one first.
    above: Vec<Certificate>,
    /// What the authority issues under now.
    present: Option<IssuingAuthority>,
    /// Whether it is a second way to trust a key that has a line of our own, and takes nothing's place.
    cross: bool,
    /// Its row, if it came in before by an import.
    known: Option<CertificateRow>,
}

impl Session {
    /// Installs the certificate among `given` that answers an authority's request; the others may be its issuers. A key that waited issues from here on.
    ///
    /// # Errors
    /// See [`InstallCertificateError`]; nothing was changed then.
    pub fn install_certificate(
        &self,
        authority: AuthorityId,
        given: &[Certificate],
    ) -> Result<InstalledCertificate, InstallCertificateError> {
        let now = self.now();
        self.change(|tx| {
            if let Err(seen) = self.check_clock(tx)? {
                return Err(InstallCertificateError::ClockWentBack { seen });
            }
            let answer = answer(tx, authority, given, now)?;
            self.record_answer(tx, answer, now)
        })
    }

    fn record_answer(&self, tx: &Write<'_>, answer: Answer, now: OffsetDateTime) -> Result<InstalledCertificate, InstallCertificateError> {
        let Answer { row, generation, certificate, above, present, cross, known } = answer;
        let topmost_first: Vec<_> = above.iter().rev().cloned().collect();
        let taken = take_issuers(self, tx, &topmost_first)?;
        let issuer = above.first().map(|issuer| issuer.public_key().fingerprint());
        let signer = issuer.map(|key| signing(tx, &key)).transpose()?.flatten();
        let id = match known {
            Some(known) => {
                if known.record.issuer_key.is_none()
                    && let Some(key) = &issuer
                {
                    let signer = signer.as_ref().map(|signer| (signer.generation.authority, signer.generation.id));
                    tx.set_issuer(known.id, key, signer)?;
                }
                // Installing is deliberate: what lay beside the line is the line from here on.
                if !cross && is_cross(&known) {
                    tx.set_profile(known.id, None)?;
                }
                known.id
            }
            None => tx.insert_certificate(&NewCertificate {
                facts: CertificateFacts::of(&certificate),
                record: IssueRecord {
                    authority: signer.as_ref().map(|signer| signer.generation.authority),
                    generation: signer.as_ref().map(|signer| signer.generation.id),
                    issuer_key: issuer,
                    key_held: true,
                    profile: cross.then(|| CROSS_CERTIFICATE.to_owned()),
                    profile_version: None,
                    policy_version: None,
                    issued_at: now,
                    imported: true,
                    findings: None,
                },
                der: certificate.der().to_vec(),
            })?,
        };
        if !cross {
            self.take_over(tx, &row, &generation, &certificate, signer.as_ref(), present.as_ref(), id)?;
        }
        if let Some(request) = tx.authority_request(generation.generation.key)? {
            tx.set_authority_request(generation.generation.key, &AuthorityRequestRow { waits: false, ..request })?;
        }
        tx.append_audit(&self.event(
            "authority.installed",
            &row.id.to_string(),
            json!({
                "name": row.name, "certificate": id.to_string(), "serial": certificate.serial().to_string(), "generation": generation.generation.number,
                "fingerprint": certificate.fingerprint().to_string(), "issuer": certificate.issuer().rfc4514(), "issuerKnown": issuer.is_some(),
                "before": present.as_ref().map(|present| present.certificate_id().to_string()),
            }),
        ))?;
        Ok(InstalledCertificate { id, certificate, issuer_known: issuer.is_some(), taken })
    }

    /// The authority goes on under the new certificate.
    #[expect(clippy::too_many_arguments, reason = "one transaction takes everything that was found out before it")]
    fn take_over(
        &self,
        tx: &Write<'_>,
        row: &AuthorityRow,
        generation: &GenerationRow,
        certificate: &Certificate,
        signer: Option<&GenerationRow>,
        present: Option<&IssuingAuthority>,
        id: CertificateId,
    ) -> Result<(), RegistryError> {
        let mut row = row.clone();
        if present.is_none() && &row.issuer_name != certificate.subject() {
            tx.adopt_issuer_name(row.id, certificate.subject())?;
        }
        if !generation.generation.current {
            if let Some(before) = tx.current_generation(row.id)? {
                tx.keep_generation_crl_urls(before.generation.id, &row.crl_urls)?;
                let (from, to) = (before.generation.number, generation.generation.number);
                row.crl_urls = row.crl_urls.iter().map(|url| generation_url::of_generation(url, from, to)).collect();
            }
            tx.set_current_generation(row.id, generation.generation.id)?;
        }
        // Verified a moment ago; an authority is never below itself.
        let parent = signer.map(|signer| signer.generation.authority).filter(|parent| *parent != row.id);
        if parent.is_some() || present.is_none() {
            row.parent = parent;
        }
        tx.update_authority(&row)?;
        // One that was followed once is in force again.
        if tx.certificate(id)?.is_some_and(|own| own.state.superseded_by.is_some()) {
            tx.set_superseded(id, None)?;
        }
        // What was imported for the same key meanwhile gives way as well: what is installed is what the authority goes on under.
        let mut followed = certificates_of_authority(tx, &certificate.public_key().fingerprint())?;
        followed.retain(|other| !is_cross(other) && other.state.superseded_by.is_none());
        if let Some(present) = present
            && followed.iter().all(|other| other.id != present.certificate_row.id)
        {
            followed.push(present.certificate_row.clone());
        }
        for before in followed.iter().filter(|before| before.id != id) {
            tx.set_superseded(before.id, Some(id))?;
            let detail = json!({ "name": before.facts.display_name, "by": id.to_string() });
            tx.append_audit(&self.event("certificate.superseded", &before.id.to_string(), detail))?;
        }
        Ok(())
    }
}

/// Finds the certificate that answers, and compares it with what was asked for.
fn answer(tx: &Read<'_>, authority: AuthorityId, given: &[Certificate], now: OffsetDateTime) -> Result<Answer, InstallCertificateError> {
    let row = tx.authority(authority)?.ok_or_else(|| Unusable::Unknown { id: authority.to_string() })?;
    if row.retired {
        return Err(Unusable::Retired { authority: row.name }.into());
    }
    let first = given.first().ok_or(InstallCertificateError::Nothing)?;
    let (mut wanted, mut found) = (Vec::new(), Vec::new());
    for generation in tx.generations(authority)? {
        if !generation.generation.current && !waits(tx, &generation)? {
            continue;
        }
        let Some(key) = tx.key(generation.generation.key)? else { continue };
        wanted.push(key.key.fingerprint);
        for certificate in given.iter().filter(|one| one.public_key().fingerprint() == key.key.fingerprint) {
            found.push((generation.clone(), key.clone(), certificate.clone()));
        }
    }
    // Rather a key that waits, and of several certificates the newest.
    found.sort_by_key(|(generation, _, certificate)| (!generation.generation.current, certificate.validity().not_before()));
    let another = || InstallCertificateError::AnotherKey { authority: row.name.clone(), given: first.public_key().fingerprint(), wanted };
    let (generation, key, certificate) = found.pop().ok_or_else(another)?;
    if key.key.location == KeyLocation::Elsewhere {
        return Err(Unusable::KeyElsewhere { authority: row.name }.into());
    }
    if key.key.state != KeyState::Ready {
        return Err(Unusable::KeyNotReady { authority: row.name, state: key.key.state.as_str().to_owned() }.into());
    }
    let present = match IssuingAuthority::load(tx, authority, Duty::Itself, now)? {
        Ok(present) => Some(present),
        Err(Unusable::AwaitsCertificate { .. }) => None,
        Err(why) => return Err(why.into()),
    };
    check_content(&row, present.is_some(), &certificate, now)?;
    let current = generation.generation.current;
    // Beside a line of our own it is a second way to trust the same key; else it takes the place of the one before.
    let cross = match &present {
        Some(present) if current => own_line(tx, present)?,
        _ => false,
    };
    let known = tx.certificate_by_fingerprint(&certificate.fingerprint())?;
    let in_force = present.as_ref().is_some_and(|present| present.certificate.fingerprint() == certificate.fingerprint());
    if in_force || (cross && known.is_some()) {
        return Err(InstallCertificateError::Already { authority: row.name });
    }
    // One that an import has brought in may have been revoked since.
    if known.as_ref().is_some_and(|known| matches!(known.state.standing, Standing::Revoked | Standing::Held)) {
        return Err(Unusable::Revoked { authority: row.name }.into());
    }
    let above = issuers(tx, &certificate, given)?;
    if let Some(top) = above.last() {
        let trusted = std::slice::from_ref(top);
        let verdict = verify(&VerifyInput { untrusted: &above, trusted, ..VerifyInput::new(&certificate, now) });
        if !verdict.trusted {
            return Err(no_path(&verdict));
        }
    } else if !cross && present.as_ref().is_some_and(vouched_for) && !certificate.is_self_signed() {
        // What is known to be signed by its issuer does not give way to what only says so: the issuer has to be here first.
        return Err(no_path(&verify(&VerifyInput::new(&certificate, now))));
    }
    Ok(Answer { row, generation, certificate, above, present, cross, known })
}

/// The first test that a path does not pass.
fn no_path(verdict: &Verdict) -> InstallCertificateError {
    let failed = verdict.checks.iter().find(|check| check.result == CheckResult::Fail).or(verdict.checks.first());
    failed.cloned().map_or(InstallCertificateError::Nothing, |check| InstallCertificateError::Path { check })
}

/// Whether the issuer of an authority's certificate is known, and has signed it.
fn vouched_for(present: &IssuingAuthority) -> bool {
    present.certificate_row.record.issuer_key.is_some()
}

fn check_content(row: &AuthorityRow, issues: bool, certificate: &Certificate, now: OffsetDateTime) -> Result<(), InstallCertificateError> {
    // What the authority has signed names it byte for byte; before the first signature another writing of the same name will do (RFC 5280 7.1).
    let (given, wanted) = (certificate.subject(), &row.issuer_name);
    if !(given == wanted || (!issues && given.matches(wanted))) {
        return Err(InstallCertificateError::AnotherSubject { given: given.rfc4514(), wanted: wanted.rfc4514() });
    }
    let name = || certificate.display_name();
    let lacks = |usage| InstallCertificateError::UsageMissing { name: name(), usage };
    if !certificate.is_authority() {
        return Err(lacks("cA"));
    }
    if let Some(usages) = certificate.key_usages() {
        for (usage, word) in [(KeyUsage::KeyCertSign, "keyCertSign"), (KeyUsage::CrlSign, "cRLSign")] {
            if !usages.contains(usage) {
                return Err(lacks(word));
            }
        }
    }
    let validity = certificate.validity();
    if !validity.contains(now) {
        let (not_before, not_after) = (validity.not_before(), validity.not_after());
        return Err(InstallCertificateError::OutsideValidity { name: name(), not_before, not_after });
    }
    Ok(())
}

/// The issuers of a certificate, among what was given and in the registry; the next one first. A link is a verified signature (invariant 7): where the
/// issuer is at hand and did not sign, the certificate is refused.
fn issuers(tx: &Read<'_>, certificate: &Certificate, given: &[Certificate]) -> Result<Vec<Certificate>, InstallCertificateError> {
    let mut above: Vec<Certificate> = Vec::new();
    while above.len() < DEEPEST {
        let current = above.last().unwrap_or(certificate);
        if current.is_self_signed() {
            break;
        }
        let named: Vec<_> = given.iter().filter(|one| one.is_authority() && one.subject().matches(current.issuer())).collect();
        let found = match named.iter().find(|one| current.signed_by(one.public_key()).is_valid()) {
            Some(issuer) => Some((*issuer).clone()),
            None => tx.issuer_of(current)?.map(|link| link.certificate),
        };
        match found {
            // Authorities that have signed each other.
            Some(issuer) if above.contains(&issuer) || &issuer == certificate => break,
            Some(issuer) => above.push(issuer),
            None => {
                let mut suspect = named.first().map(|one| one.display_name());
                if suspect.is_none()
                    && let Some(key_id) = current.authority_key_id()
                {
                    let known = tx.issuer_candidates(current.issuer(), Some(&key_id))?;
                    suspect =
                        known.into_iter().find(|row| row.facts.subject_key_id.as_ref() == Some(&key_id)).map(|row| row.facts.display_name);
                }
                match suspect {
                    Some(issuer) => return Err(InstallCertificateError::NotSignedBy { name: current.display_name(), issuer }),
                    None => break,
                }
            }
        }
    }
    Ok(above)
}

/// The generation that signs with a key.
fn signing(tx: &Read<'_>, key: &Fingerprint) -> Result<Option<GenerationRow>, RegistryError> {
    match tx.key_by_fingerprint(key)? {
        Some(row) => tx.generation_of_key(row.key.id),
        None => Ok(None),
    }
}

/// Whether an authority's certificate comes from here: from its own key, or from an authority whose key is held.
fn own_line(tx: &Read<'_>, present: &IssuingAuthority) -> Result<bool, RegistryError> {
    let certificate = &present.certificate;
    if certificate.is_self_signed() {
        return Ok(true);
    }
    let Some(issuer) = tx.issuer_of(certificate)? else { return Ok(false) };
    let key = tx.key_by_fingerprint(&issuer.row.facts.key_fingerprint)?;
    Ok(key.is_some_and(|row| row.key.state == KeyState::Ready && row.key.location != KeyLocation::Elsewhere))
}
